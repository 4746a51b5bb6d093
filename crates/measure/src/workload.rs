//! What a model of a pattern is made of.
//!
//! A [`Workload`] is data and one plain function that sets it up at a size. Its candidates do the same work in
//! different ways and return what they produced, so that the answers can be compared before any time counts.

use std::borrow::Cow;
use std::fs::{self, File};
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use model::WorkloadId;

use crate::{libraries, units};

/// A model of one pattern.
#[derive(Debug)]
pub(crate) struct Workload {
    /// The rule whose pattern it is.
    pub(crate) rule: &'static str,
    /// The names it answers to; the first is its own.
    pub(crate) variants: &'static [&'static str],
    /// What the model does: a sentence without its full stop.
    pub(crate) description: &'static str,
    /// At which sizes it is measured.
    pub(crate) sizes: Sizes,
    /// Whether bytes per second tell something; they do not where each call costs the same whatever the bytes.
    pub(crate) throughput: bool,
    /// Makes the input in an empty directory, for about that many bytes, and says how the work is done.
    pub(crate) set_up: fn(&Path, u64) -> io::Result<Setup>,
    /// The same with a pattern that works in pieces of so many bytes, where that can be asked for.
    pub(crate) pieces: Option<InPieces>,
}

/// Makes the input of a pattern that works in pieces: the directory, about so many bytes, and the bytes of a piece.
type InPieces = fn(&Path, u64, u32) -> io::Result<Setup>;

/// At which sizes a workload is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sizes {
    /// What counts are the calls: 1 KiB and 1 MiB.
    Calls,
    /// Moving many bytes is the point: 100 MiB too, with the page cache and without it.
    Bulk,
    /// These alone, smallest first, the largest without the page cache too.
    These(&'static [u64]),
}

impl Sizes {
    /// The sizes in bytes for one who has files of `hint` bytes in mind, smallest first; at least one.
    pub(crate) fn up_to(self, hint: Option<u64>) -> Vec<u64> {
        const KIB: u64 = 1 << 10;
        const MIB: u64 = 1 << 20;
        let (usual, most): (&[u64], u64) = match self {
            Self::Calls => (&[KIB, MIB], MIB),
            Self::Bulk => (&[KIB, MIB, 100 * MIB], 1024 * MIB),
            Self::These(sizes) => (sizes, sizes.last().copied().unwrap_or(MIB)),
        };
        let Some(hint) = hint else {
            return usual.to_vec();
        };
        let largest = hint.clamp(1, most);
        let below = usual.iter().copied().filter(|size| *size < largest);
        below.chain([largest]).collect()
    }

    /// Whether a run without the page cache says something that one with it does not.
    pub(crate) const fn cold_too(self) -> bool {
        !matches!(self, Self::Calls)
    }
}

/// A workload as a finding asks for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub(crate) workload: &'static Workload,
    /// Bytes of a piece, for workloads that can be made with it.
    piece: Option<u32>,
}

impl Model {
    /// The workload in such pieces, if it can be made with them.
    pub(crate) fn new(workload: &'static Workload, piece: Option<u32>) -> Self {
        Self {
            workload,
            piece: piece.filter(|bytes| workload.pieces.is_some() && *bytes > 0),
        }
    }

    /// Its own name.
    pub(crate) const fn id(&self) -> WorkloadId {
        WorkloadId {
            rule: self.workload.rule,
            variant: self.workload.variants[0],
            piece: self.piece,
        }
    }

    /// What it does, as [`Workload::description`], and the crates that it is built with.
    pub(crate) fn description(&self) -> String {
        let mut text = self.workload.description.to_owned();
        if let Some(bytes) = self.piece {
            text += &format!(
                "; here in pieces of {}, as in the code that was found",
                units::size(bytes.into())
            );
        }
        let built_with: Vec<String> = libraries(self.id())
            .iter()
            .map(|library| format!("{} {}", library.name, library.version))
            .collect();
        if !built_with.is_empty() {
            text += &format!("; built with {}", built_with.join(" and "));
        }
        text
    }

    /// Makes the input in an empty directory, for about so many bytes.
    ///
    /// # Errors
    /// Those of making the input.
    pub(crate) fn set_up(&self, directory: &Path, size: u64) -> io::Result<Setup> {
        match (self.workload.pieces, self.piece) {
            (Some(pieces), Some(bytes)) => pieces(directory, size, bytes),
            _ => (self.workload.set_up)(directory, size),
        }
    }
}

/// A workload at one size, ready to run.
pub(crate) struct Setup {
    /// Bytes that the candidates work on.
    pub(crate) size: u64,
    /// The ways to do the work. The first is the baseline.
    pub(crate) candidates: Vec<Candidate>,
}

/// Who runs against the pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Contest {
    /// Its rewrites.
    Rewrites,
    /// The pattern once more, on an input of its own, made slower by that share of its time: what tells whether differences
    /// are seen that are there, and none that are not.
    Itself(f64),
}

impl Contest {
    /// Makes the input in an empty directory.
    ///
    /// # Errors
    /// Those of making the input.
    pub(crate) fn set_up(self, model: Model, directory: &Path, size: u64) -> io::Result<Setup> {
        let Self::Itself(slower) = self else {
            return model.set_up(directory, size);
        };
        let pattern = |name: &str| {
            let directory = directory.join(name);
            fs::create_dir(&directory)?;
            model.set_up(&directory, size)
        };
        let (mut setup, again) = (pattern("first")?, pattern("second")?);
        setup.candidates.truncate(1);
        let rival = again.candidates.into_iter().next();
        setup
            .candidates
            .extend(rival.map(|rival| rival.slowed_down(slower)));
        Ok(setup)
    }
}

/// What a candidate is to the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The pattern itself.
    Baseline,
    /// What the rule's fix turns it into.
    Suggested,
    /// Another way that a person may choose.
    Alternative,
}

/// One way to do the work.
pub(crate) struct Candidate {
    /// As a reader would name it.
    pub(crate) method: Cow<'static, str>,
    /// What it is to the rule.
    pub(crate) role: Role,
    /// Whether threads share the work.
    pub(crate) in_threads: bool,
    once: Once,
}

/// Does the work once, feeds the answer to the hasher if there is one, and returns the time of the work alone.
type Once = Box<dyn FnMut(Option<&mut blake3::Hasher>) -> io::Result<Duration>>;

impl Candidate {
    /// A way to do the work that `run` does. What `run` returns is compared between candidates.
    pub(crate) fn new<A: Answer>(
        role: Role,
        method: impl Into<Cow<'static, str>>,
        mut run: impl FnMut() -> io::Result<A> + 'static,
    ) -> Self {
        let once = move |hasher: Option<&mut blake3::Hasher>| {
            let start = Instant::now();
            let answer = black_box(run()?);
            let elapsed = start.elapsed();
            if let Some(hasher) = hasher {
                answer.feed(hasher)?;
            }
            answer.discard()?;
            Ok(elapsed)
        };
        Self {
            method: method.into(),
            role,
            in_threads: false,
            once: Box::new(once),
        }
    }

    /// The same way, in which threads share the work or wait for each other.
    pub(crate) fn in_threads(self) -> Self {
        Self {
            in_threads: true,
            ..self
        }
    }

    /// The same work as the suggested way to do it, with some of its time spent once more on nothing.
    fn slowed_down(self, share: f64) -> Self {
        let mut inner = self.once;
        let once = move |hasher: Option<&mut blake3::Hasher>| {
            let elapsed = inner(hasher)?;
            let more = elapsed.mul_f64(share);
            let start = Instant::now();
            while start.elapsed() < more {
                std::hint::spin_loop();
            }
            Ok(elapsed + more.min(start.elapsed()))
        };
        Self {
            method: Cow::Borrowed("the same once more"),
            role: Role::Suggested,
            in_threads: self.in_threads,
            once: Box::new(once),
        }
    }

    /// Does the work once.
    ///
    /// # Errors
    /// Those of the work.
    pub(crate) fn time(&mut self) -> io::Result<Duration> {
        (self.once)(None)
    }

    /// Does the work once and returns its time with a hash of the answer.
    ///
    /// # Errors
    /// Those of the work, and of reading back what it wrote.
    pub(crate) fn answer(&mut self) -> io::Result<(Duration, blake3::Hash)> {
        let mut hasher = blake3::Hasher::new();
        let elapsed = (self.once)(Some(&mut hasher))?;
        Ok((elapsed, hasher.finalize()))
    }
}

/// What a candidate produced.
pub(crate) trait Answer {
    /// Feeds every byte of it to the hasher.
    fn feed(&self, hasher: &mut blake3::Hasher) -> io::Result<()>;

    /// Takes back what the work left behind, outside the time measured.
    fn discard(self) -> io::Result<()>
    where
        Self: Sized,
    {
        Ok(())
    }
}

impl Answer for u64 {
    fn feed(&self, hasher: &mut blake3::Hasher) -> io::Result<()> {
        hasher.update(&self.to_le_bytes());
        Ok(())
    }
}

impl Answer for Vec<u8> {
    fn feed(&self, hasher: &mut blake3::Hasher) -> io::Result<()> {
        hasher.update(self);
        Ok(())
    }
}

/// A file that a candidate wrote; its contents are the answer. It is removed after each run: writing over a file
/// that has contents costs something else on some file systems than writing a new one.
pub(crate) struct Written(pub(crate) Rc<Path>);

impl Answer for Written {
    fn feed(&self, hasher: &mut blake3::Hasher) -> io::Result<()> {
        io::copy(&mut File::open(&self.0)?, hasher).map(drop)
    }

    fn discard(self) -> io::Result<()> {
        fs::remove_file(&self.0)
    }
}
