//! The copy of one file, by each strategy and by the ladder.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use io_optimize::Strategy;

use crate::child::Outcome;
use crate::common::{make, Piece};
use crate::driver::Subject;
use crate::faults::Fault;

/// Of the source: a special bit, which is set last.
const MODE: u32 = 0o4750;
/// Of an old destination: more than the source's access bits.
const OLD_MODE: u32 = 0o666;
/// From this length on several threads write, and who is killed leaves zeros between their stretches.
const SEVERAL_WRITERS: usize = 8 << 20;

/// What the copy of such a file does under a fault.
pub(crate) struct Copy {
    pub(crate) shape: &'static str,
    pub(crate) pieces: &'static [Piece],
    /// `None` for the ladder.
    pub(crate) strategy: Option<Strategy>,
    /// Whether the destination has contents already.
    pub(crate) overwrites: bool,
}

impl Copy {
    fn length(&self) -> usize {
        let lengths = self.pieces.iter().map(|piece| match piece {
            Piece::Data(length) | Piece::Hole(length) => length,
        });
        lengths.sum()
    }

    fn old(&self) -> Vec<u8> {
        vec![0xff; self.length().min(200_000) + 70_000]
    }
}

impl Subject for Copy {
    fn name(&self) -> String {
        let by = self.strategy.map_or("the ladder", Strategy::name);
        let onto = match self.overwrites {
            true => "an old file",
            false => "nothing",
        };
        format!("copy of {} by {by} onto {onto}", self.shape)
    }

    fn operation(&self) -> String {
        let index = self.strategy.and_then(|wanted| {
            let mut all = Strategy::available().iter();
            all.position(|&strategy| strategy == wanted)
        });
        index.map_or("copy:".to_owned(), |index| format!("copy:{index}"))
    }

    fn make(&self, directory: &Path) {
        let from = directory.join("from");
        make(&from, self.pieces);
        fs::set_permissions(&from, Permissions::from_mode(MODE)).unwrap();
    }

    fn reset(&self, directory: &Path) {
        if self.strategy == Some(Strategy::Mmap) {
            // Where the system does not tell of holes they are mapped, and on tmpfs are none after that.
            self.make(directory);
        }
        let to = directory.join("to");
        let _ = fs::remove_file(&to);
        if self.overwrites {
            fs::write(&to, self.old()).unwrap();
            fs::set_permissions(&to, Permissions::from_mode(OLD_MODE)).unwrap();
        }
    }

    fn watched(&self, directory: &Path) -> Vec<PathBuf> {
        vec![directory.join("from"), directory.join("to")]
    }

    fn is_threaded(&self) -> bool {
        self.length() >= SEVERAL_WRITERS
    }

    fn bears_interruptions(&self) -> bool {
        self.strategy != Some(Strategy::Std)
    }

    fn judge(&self, directory: &Path, fault: &Fault, outcome: &Outcome) -> Result<(), String> {
        let (from, to) = (directory.join("from"), directory.join("to"));
        let source = fs::read(&from).unwrap();
        if source.len() != self.length() || mode(&from) != MODE {
            return Err("the source was changed".to_owned());
        }
        let copy = fs::read(&to).ok();
        let is_old = copy.as_deref() == self.overwrites.then(|| self.old()).as_deref();
        let is_prefix = copy.as_deref().is_some_and(|copy| source.starts_with(copy));
        match outcome {
            Outcome::Done(bytes) => {
                let copy = copy.unwrap_or_default();
                if *bytes != copy.len().to_string() {
                    return Err(format!("the copy has {} bytes", copy.len()));
                }
                if !is_prefix || (copy != source && !self.may_end(fault)) {
                    return Err("the copy is not the source".to_owned());
                }
                if mode(&to) != MODE && !fault.is_without_modes() {
                    return Err(format!("the copy's mode is {:o}", mode(&to)));
                }
                Ok(())
            }
            Outcome::Failed(_, text) => {
                let names_both = [&from, &to].iter().all(|path| {
                    let path = format!("`{}`", path.display());
                    text.contains(&path)
                });
                if !names_both {
                    return Err("the error does not name both paths".to_owned());
                }
                if !is_old && !is_prefix {
                    return Err("the copy is neither the old file nor a part".to_owned());
                }
                self.check_access(&to, is_old)
            }
            Outcome::Killed => {
                let copy = copy.unwrap_or_default();
                let is_known = is_old
                    || is_prefix
                    || copy.is_empty()
                    || (self.is_threaded() && is_part_with_zeros(&copy, &source));
                if !is_known {
                    return Err("the copy is neither the old file nor a part".to_owned());
                }
                self.check_access(&to, is_old || copy.is_empty())
            }
        }
    }
}

impl Copy {
    /// Whether the system said, by the only call that is believed, that the source ends.
    fn may_end(&self, fault: &Fault) -> bool {
        let is_read = ["read", "pread64"].contains(&&*fault.call);
        fault.is_end() && (is_read || self.strategy == Some(Strategy::Std))
    }

    /// Nobody may read new contents whom the source's permission bits keep out.
    fn check_access(&self, to: &Path, is_without_new: bool) -> Result<(), String> {
        if is_without_new || self.strategy == Some(Strategy::Std) {
            return Ok(());
        }
        match mode(to) & 0o777 & !MODE {
            0 => Ok(()),
            more => Err(format!("the copy's mode has {more:o} too much")),
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Whether each block is the source's or has not been written.
fn is_part_with_zeros(copy: &[u8], source: &[u8]) -> bool {
    let blocks = copy.chunks(4096).zip(source.chunks(4096));
    copy.len() <= source.len()
        && blocks
            .into_iter()
            .all(|(copy, source)| source.starts_with(copy) || copy.iter().all(|&byte| byte == 0))
}
