//! What a run read and what it said, kept for the next: while all that was read is the same, so is the answer.

mod wire;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use analyze::{CrateInput, Loader, Outcome};
use model::{FileId, NotAnalysed, SourceFile, Sources};
use serde::{Deserialize, Serialize};
use toolchain::{Store, Workspace};

use super::dependencies::Asked;

/// What an analysis says.
pub(super) struct Said {
    pub(super) sources: Sources,
    pub(super) not_analysed: Vec<NotAnalysed>,
    pub(super) outcome: Outcome,
}

/// What stood at a path when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Seen {
    Nothing,
    Content(String),
    Refused(String),
}

impl Seen {
    fn of(read: &Result<Option<Vec<u8>>, String>) -> Self {
        match read {
            Ok(None) => Self::Nothing,
            Ok(Some(bytes)) => Self::Content(blake3::hash(bytes).to_hex().to_string()),
            Err(reason) => Self::Refused(reason.clone()),
        }
    }
}

/// Everything that was asked of the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Probes {
    read: BTreeMap<String, Seen>,
    exists: BTreeMap<String, bool>,
}

/// A loader that remembers what it was asked.
pub(super) struct Recorder<'a> {
    loader: &'a dyn Loader,
    probes: Mutex<Probes>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(loader: &'a dyn Loader) -> Self {
        Self {
            loader,
            probes: Mutex::default(),
        }
    }

    fn probes(self) -> Probes {
        self.probes.into_inner().unwrap_or_default()
    }
}

impl Loader for Recorder<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let read = self.loader.read(path);
        let seen = Seen::of(&read);
        if let Ok(mut probes) = self.probes.lock() {
            probes.read.insert(path.to_owned(), seen);
        }
        read
    }

    fn exists(&self, path: &str) -> bool {
        let exists = self.loader.exists(path);
        if let Ok(mut probes) = self.probes.lock() {
            probes.exists.insert(path.to_owned(), exists);
        }
        exists
    }
}

#[derive(Serialize, Deserialize)]
struct Record {
    probes: Probes,
    dependencies: Vec<Asked>,
    files: Vec<wire::File>,
    not_analysed: Vec<(String, String)>,
    findings: Vec<wire::Finding>,
    fine: Vec<wire::Fine>,
}

/// Which build of the program this is: another may say something else.
pub(super) fn program() -> Option<String> {
    let program = std::env::current_exe().ok()?.metadata().ok()?;
    let built = (program.len(), program.modified().ok()?);
    Some(format!("{} {built:?}", env!("CARGO_PKG_VERSION")))
}

/// Where the answer for one choice of targets is kept.
pub(super) struct Memory {
    store: Store,
    key: String,
}

impl Memory {
    /// `None` where nothing can be kept.
    pub(super) fn of(workspace: &Workspace, crates: &[CrateInput]) -> Option<Self> {
        let key = format!("{} {crates:?} {:?}", program()?, workspace.locked);
        Some(Self {
            store: Store::of_user("audits")?,
            key,
        })
    }

    /// The answer of an earlier run, if all that it read is as it was, and `still` says that of the dependencies.
    pub(super) fn recall(
        &self,
        loader: &dyn Loader,
        still: &dyn Fn(&[Asked]) -> bool,
        root: &Path,
    ) -> Option<Said> {
        let record: Record = serde_json::from_slice(&self.store.get(&self.key)?).ok()?;
        if !still(&record.dependencies) {
            return None;
        }
        let Probes { read, exists } = record.probes;
        if exists
            .iter()
            .any(|(path, existed)| loader.exists(path) != *existed)
        {
            return None;
        }
        let mut texts: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (path, seen) in read {
            let now = loader.read(&path);
            if Seen::of(&now) != seen {
                return None;
            }
            if let Ok(Some(bytes)) = now {
                texts.insert(path, bytes);
            }
        }
        let mut sources = Sources::default();
        for (position, file) in record.files.into_iter().enumerate() {
            sources.files.push(SourceFile {
                id: FileId(u32::try_from(position).ok()?),
                absolute: root.join(&file.path),
                text: String::from_utf8(texts.remove(&file.path)?).ok()?.into(),
                path: file.path,
                package: file.package,
                target: file.target,
            });
        }
        let not_analysed = record.not_analysed.into_iter();
        let findings = record.findings.into_iter().map(wire::Finding::read);
        let fine = record.fine.into_iter().map(wire::Fine::read);
        let outcome = Outcome {
            findings: findings.collect::<Option<_>>()?,
            fine: fine.collect::<Option<_>>()?,
            questions: Vec::new(),
            silent: Vec::new(),
        };
        Some(Said {
            sources,
            not_analysed: not_analysed
                .map(|(path, reason)| NotAnalysed { path, reason })
                .collect(),
            outcome,
        })
    }

    /// Keeps an answer for the next run.
    pub(super) fn keep(&self, recorder: Recorder<'_>, dependencies: Vec<Asked>, said: &Said) {
        let files = said.sources.files.iter().map(wire::File::of);
        let record = Record {
            probes: recorder.probes(),
            dependencies,
            files: files.collect(),
            not_analysed: said
                .not_analysed
                .iter()
                .map(|it| (it.path.clone(), it.reason.clone()))
                .collect(),
            findings: said
                .outcome
                .findings
                .iter()
                .map(wire::Finding::of)
                .collect(),
            fine: said.outcome.fine.iter().map(wire::Fine::of).collect(),
        };
        if let Ok(bytes) = serde_json::to_vec(&record) {
            self.store.put(&self.key, &bytes);
        }
    }
}

#[cfg(test)]
mod tests;
