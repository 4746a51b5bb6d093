//! Reading: whole files, lines, records.

use std::fs;
use std::path::{Path, PathBuf};

use crate::child::{summary, text, Outcome, RECORD};
use crate::driver::Subject;
use crate::faults::Fault;

/// One of the operations that read the file and write nothing.
pub(crate) struct Reading {
    pub(crate) operation: &'static str,
    /// How often the file has the text that the writers write.
    pub(crate) repeats: usize,
}

impl Reading {
    fn contents(&self) -> Vec<u8> {
        text().repeat(self.repeats)
    }

    /// Of the whole, and of what each claim that the file ends could leave.
    fn wanted(&self) -> Vec<u8> {
        let mut contents = self.contents();
        if self.operation == "records" {
            contents.truncate(contents.len() / RECORD * RECORD);
        }
        contents
    }
}

impl Subject for Reading {
    fn name(&self) -> String {
        format!("{} of {} texts", self.operation, self.repeats)
    }

    fn operation(&self) -> String {
        self.operation.to_owned()
    }

    fn make(&self, directory: &Path) {
        fs::write(directory.join("from"), self.contents()).unwrap();
    }

    fn reset(&self, _: &Path) {}

    fn watched(&self, directory: &Path) -> Vec<PathBuf> {
        vec![directory.join("from")]
    }

    fn is_threaded(&self) -> bool {
        self.operation == "fold"
    }

    fn judge(&self, directory: &Path, fault: &Fault, outcome: &Outcome) -> Result<(), String> {
        let from = directory.join("from");
        if fs::read(&from).unwrap() != self.contents() {
            return Err("the file was changed".to_owned());
        }
        match outcome {
            // A reader has to believe that the file ends. Records are asked for as whole ones.
            Outcome::Done(_) if fault.is_end() && self.operation != "records" => Ok(()),
            Outcome::Done(found) if *found == summary(&self.wanted()) => Ok(()),
            Outcome::Done(_) => Err("something else was read".to_owned()),
            Outcome::Failed(_, text) if !text.contains(&*from.to_string_lossy()) => {
                Err("the error does not name the path".to_owned())
            }
            Outcome::Failed(..) | Outcome::Killed => Ok(()),
        }
    }
}
