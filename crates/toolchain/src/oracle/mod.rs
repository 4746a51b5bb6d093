//! rustc as a type oracle, on stable: asks for the types of expressions in a whole workspace with one `cargo check`.
//!
//! The files that are asked about are copied, with probes ([`probe`]) round the expressions, into a mirror of the workspace
//! ([`job`]). This program stands in for rustc ([`wrapper`]): it compiles each crate as it is and then type checks the copy,
//! whose errors are the answers.
//!
//! **What is asked again.** Cargo runs the wrapper only for units that it builds. Each unit's dep-info is made to name an
//! environment variable that holds a hash of what is asked of the package, so cargo builds it again when the questions
//! change, as when the code does. Answers are kept by the content of all sources of the crate, the probes in them, its
//! arguments and what it can see of its dependencies ([`interface`]): a crate that cargo builds again although none of
//! this changed, say because a function's body in a dependency did, is not asked again.
//!
//! **What is left in the user's target directory.** Dependencies are checked where the user's own `cargo check` has them, and
//! are shared with it. A workspace wrapper is part of the names of what cargo makes for members, so theirs lie beside the user's own;
//! `cargo check` puts nothing where finished binaries are. The user's next build finds everything as it was.
//!
//! Needs rustc 1.78 (`diagnostic::on_unimplemented`); with an older one every answer is unknown. So are those of crates
//! for targets without a standard library, and of files that a crate reaches by a path that leaves the workspace;
//! [`Answers::unclear`] names them.
#![expect(clippy::disallowed_methods, reason = "cargo and rustc run here")]

mod cfg;
mod configured;
mod interface;
mod job;
mod mirror;
mod plan;
mod probe;
mod remembered;
mod run;
mod unit;
mod wrapper;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use self::job::PackageJob;
use self::remembered::Remembered;
use self::run::Run;
use crate::messages::CompileError;
use crate::{CargoOptions, Workspace, lock};

pub use probe::{Answer, KnownType};
pub use wrapper::run_as_wrapper_if_asked;

/// Version of what is kept between runs: another number makes every crate be asked again.
const FORMAT: u32 = 2;

/// Where mirror and answers are kept, in the scratch directory of a workspace.
const CACHE: &str = "oracle";

/// An expression whose type is asked for.
///
/// It must be an expression in its own right, which a parenthesised one could replace: not a field written short
/// (`S { file }`), a pattern, the left side of an assignment, or text in a format string. Two questions of a file are nested or apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// Path relative to the workspace root, `/`-separated.
    pub path: String,
    /// Offset of the expression's first byte in the text of the file.
    pub start: u32,
    /// Offset behind its last byte.
    pub end: u32,
}

/// The body of a function, from brace to brace, whose content decides about no question: only what stands outside it
/// can be seen from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Body {
    /// Path relative to the workspace root, `/`-separated.
    pub path: String,
    /// Offset of the opening brace.
    pub start: u32,
    /// Offset behind the closing brace.
    pub end: u32,
}

/// What is asked in one run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inquiry<'a> {
    /// The expressions whose types are asked for.
    pub questions: &'a [Question],
    /// Bodies that need not be checked for that.
    pub unasked: &'a [Body],
    /// Files, by their paths relative to the workspace root, of which it is asked under which conditions they are compiled.
    pub conditional: &'a [String],
}

/// A crate as it was compiled: one of several ways if it is a library with tests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Compiled {
    /// Path of its root, relative to the workspace root, `/`-separated.
    pub root: String,
    /// The files that it is made of, by their paths relative to the workspace root.
    pub files: Vec<String>,
    /// What `#[cfg]` is true of, as rustc prints it: `unix`, `feature="x"`. Empty where that is not known.
    pub cfg: Vec<String>,
}

/// What came of the questions.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// For each question, in their order, what rustc said: nothing where it is not known, several where the place is
    /// compiled several times (a macro's body, several targets).
    pub answers: Vec<Vec<Answer>>,
    /// Crates that rustc was asked about in this run, sorted; the answers of others were known.
    pub asked: Vec<String>,
    /// How the crates were compiled that were asked about, sorted.
    pub compiled: Vec<Compiled>,
    /// The first error of each package that does not compile. Its answers are unknown, and those of its dependents.
    pub failed: Vec<CompileError>,
    /// Crates of which a part could not be asked about, and the first error of their copy, sorted.
    pub unclear: Vec<(String, String)>,
    /// Command lines that were executed.
    pub executed: Vec<String>,
}

/// Asks rustc about a workspace.
#[derive(Debug)]
pub struct Oracle<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// What cargo is to check.
    pub options: &'a CargoOptions,
    /// Where mirror and answers are kept; it belongs to one target directory.
    pub cache_directory: PathBuf,
    /// The program that stands in for rustc: one whose `main` calls [`run_as_wrapper_if_asked`] first.
    pub wrapper: PathBuf,
}

/// Whether [`ask`] has been at work on a workspace, and cargo with it.
#[must_use]
pub fn has_been_asked(workspace: &Workspace) -> bool {
    workspace.scratch_directory().join(CACHE).exists()
}

/// Asks with this program as the wrapper, and keeps answers below the target directory. See [`Oracle::ask`].
///
/// # Errors
/// As [`Oracle::ask`], and if the path of this program is not known.
pub fn ask(
    workspace: &Workspace,
    options: &CargoOptions,
    files: &dyn Fn(&str) -> Option<Arc<str>>,
    inquiry: Inquiry<'_>,
) -> Result<Answers> {
    let oracle = Oracle {
        workspace,
        options,
        cache_directory: workspace.make_scratch_directory()?.join(CACHE),
        wrapper: std::env::current_exe().context("cannot tell where this program is")?,
    };
    oracle.ask(files, inquiry)
}

impl Oracle<'_> {
    /// Answers what it can of the questions, with at most one `cargo check`, and with none if nothing has changed since they
    /// were answered. `files` gives the texts that offsets count in, by path relative to the workspace root.
    ///
    /// # Errors
    /// If cargo cannot be run or refuses the project for another reason than code that does not compile, or if the cache
    /// directory cannot be written.
    pub fn ask(
        &self,
        files: &dyn Fn(&str) -> Option<Arc<str>>,
        inquiry: Inquiry<'_>,
    ) -> Result<Answers> {
        let mut result = Answers {
            answers: vec![Vec::new(); inquiry.questions.len()],
            ..Answers::default()
        };
        if inquiry.questions.is_empty() && inquiry.conditional.is_empty() {
            return Ok(result);
        }
        let _lock = lock::acquire(&self.cache_directory.join("lock"))?;
        let jobs = plan::jobs(self.workspace, &self.cache_directory, files, inquiry)?;
        if jobs.is_empty() {
            return Ok(result);
        }
        let hashes: Vec<String> = jobs.values().map(PackageJob::hash).collect();
        let request = remembered::request(self, &(inquiry.questions, hashes));
        if let Some(known) = Remembered::recall(&self.cache_directory, &request) {
            return Ok(known);
        }
        let mut run = self.run(&jobs, files, &mut result)?;
        if run.damaged {
            // Cargo takes units for fresh whose answers are lost: another generation has them built again.
            let _ = fs::remove_file(self.cache_directory.join("generation"));
            run = self.run(&jobs, files, &mut result)?;
        }
        self.collect(&run, inquiry.questions, &mut result);
        if run.checked.success
            && let Some(known) = Remembered::of(self, &run, &result)
        {
            known.keep(&self.cache_directory, &request);
        }
        Ok(result)
    }

    fn collect(&self, run: &Run, questions: &[Question], result: &mut Answers) {
        let mut known: BTreeMap<u64, BTreeSet<&Answer>> = BTreeMap::new();
        for (name, unit) in &run.units {
            for (id, answers) in &unit.answers {
                known.entry(*id).or_default().extend(answers);
            }
            let trouble = unit.trouble.iter();
            result
                .unclear
                .extend(trouble.map(|error| (name.clone(), error.clone())));
        }
        result.unclear.sort();
        for (question, answers) in questions.iter().zip(&mut result.answers) {
            let id = job::question_id(&question.path, question.start, question.end);
            let known = known.get(&id).into_iter().flatten();
            *answers = known.map(|answer| (*answer).clone()).collect();
        }
        let compiled = run
            .records
            .iter()
            .filter_map(|record| record.compiled.clone());
        result.compiled = compiled.collect();
        result.compiled.sort();
        result.compiled.dedup();
        for error in &run.checked.errors {
            let package = &error.package;
            if !result.failed.iter().any(|known| known.package == *package) {
                result.failed.push(error.clone());
            }
        }
    }
}
