//! A crate in the mirror: rustc is asked about it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;
use serde::Deserialize;

use super::job::{self, FileJob, Job, PackageJob, Region};
use super::probe;
use super::unit::{Unit, UnitAnswers};
use super::wrapper::JOB_VARIABLE;

/// How often the mirror is asked again without the probes that kept it from being checked.
const ROUNDS: usize = 5;

/// A crate in the mirror.
pub(super) struct Mirror<'a> {
    pub(super) job: &'a Job,
    pub(super) package: &'a PackageJob,
    pub(super) unit: &'a Unit,
    pub(super) command: &'a [OsString],
}

impl Mirror<'_> {
    /// The answers of the crate. Where probes keep it from being checked (a macro that does not take them), it is asked
    /// again without them.
    pub(super) fn ask(&self) -> Result<UnitAnswers> {
        fs::write(self.job.run.join(self.unit.name()), &self.unit.crate_name)?;
        let mut tokio = self
            .package
            .tokio
            .as_deref()
            .filter(|name| self.unit.depends_on(name));
        let mut without = Without::default();
        let mut mirror = self.job.mirror.clone();
        let mut found = UnitAnswers::default();
        let mut holes = BTreeSet::new();
        for _ in 0..ROUNDS {
            let diagnostics = self.compile(tokio, &mirror)?;
            let mut errors = Vec::new();
            for diagnostic in diagnostics {
                match probe::parse(&diagnostic.message) {
                    Some((id, Some(answer))) => {
                        let answers = found.answers.entry(id).or_default();
                        if !answers.contains(&answer) {
                            answers.push(answer);
                        }
                    }
                    Some((id, None)) => {
                        found.answers.entry(id).or_default();
                        holes.insert(id);
                    }
                    None if diagnostic.is_error() => errors.push(diagnostic),
                    None => {}
                }
            }
            let files = self.package.files.values();
            let mut questions = files.flat_map(|file| &file.questions);
            let is_open =
                |id: u64| !found.answers.contains_key(&id) && !without.probes.contains(&id);
            if errors.is_empty() || !questions.any(|&(id, ..)| is_open(id)) {
                break;
            }
            let in_module = errors
                .iter()
                .any(|error| error.touches(&self.module_path(tokio)));
            if tokio.is_some() && in_module {
                // Without the feature `fs` tokio has no file.
                tokio = None;
            } else {
                let before = without.clone();
                mirror = self.change(&errors, &mirror, &mut without)?;
                if without.probes.len() > before.probes.len() || without == before {
                    let first = errors.into_iter().next().map(|error| error.message);
                    found.trouble = found.trouble.or(first);
                }
                if without == before {
                    break;
                }
            }
        }
        // What is not known at one of several places is not known.
        for id in holes {
            found.answers.insert(id, Vec::new());
        }
        Ok(found)
    }

    fn module_path(&self, tokio: Option<&str>) -> PathBuf {
        self.job
            .cache
            .join(format!("probes-{}.rs", tokio.unwrap_or("std")))
    }

    fn compile(&self, tokio: Option<&str>, mirror: &Path) -> Result<Vec<Diagnostic>> {
        let module = self.module_path(tokio);
        job::write_if_changed(&module, &probe::module(tokio))?;
        let scratch = self.job.run.join(format!("{}.out", self.unit.name()));
        fs::create_dir_all(&scratch)?;
        let output = Command::new(&self.command[0])
            .args(&self.command[1..])
            .args(self.arguments(&scratch, mirror))
            .env("IO_OPTIMIZE_PROBES", &module)
            .env_remove(JOB_VARIABLE)
            .stdin(Stdio::null())
            .output()?;
        let _ = fs::remove_dir_all(&scratch);
        let text = String::from_utf8_lossy(&output.stderr);
        Ok(text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect())
    }

    /// The unit's arguments, for a check of the mirror that leaves nothing behind.
    fn arguments(&self, scratch: &Path, mirror: &Path) -> Vec<OsString> {
        let arguments = &self.unit.arguments;
        let mut result: Vec<OsString> = Vec::with_capacity(arguments.len());
        let mut has_cap = false;
        for (index, argument) in arguments.iter().enumerate() {
            let text = argument.to_string_lossy();
            if index == self.unit.root_index {
                let mirrored = self.job.relative(Path::new(argument));
                let mirrored = mirrored.map(|path| mirror.join(path).into());
                result.push(mirrored.unwrap_or_else(|| argument.clone()));
            } else if index > 0 && arguments[index - 1] == "--out-dir" {
                result.push(scratch.into());
            } else if text.starts_with("--emit=") {
                result.push("--emit=metadata".into());
            } else if text.starts_with("incremental=") {
                // The `-C` before it goes too.
                result.pop();
            } else if !text.starts_with("--json=") {
                has_cap |= text.starts_with("--cap-lints");
                result.push(argument.clone());
            }
        }
        if !has_cap {
            result.extend(["--cap-lints".into(), "allow".into()]);
        }
        result
    }

    /// Leaves out the probes that errors point at and, where an error points elsewhere, puts the bodies back that were left
    /// out. What that makes of the sources goes into a mirror of the unit's own: others look at the common one.
    fn change(
        &self,
        errors: &[Diagnostic],
        mirror: &Path,
        without: &mut Without,
    ) -> Result<PathBuf> {
        let before = without.clone();
        let mut originals = BTreeMap::new();
        let mut explained = 0;
        for (path, file) in &self.package.files {
            let text = fs::read_to_string(self.job.root.join(path))?;
            if blake3::hash(text.as_bytes()).to_hex().as_str() != file.original {
                continue;
            }
            let (_, regions) = before.instrument(&text, file);
            for error in errors {
                let mut hits = false;
                for (start, end) in error.places(&mirror.join(path)) {
                    let hit = regions
                        .iter()
                        .filter(|r| r.start < end.max(start + 1) && start < r.end);
                    for region in hit {
                        hits = true;
                        without.probes.extend(&region.ids);
                    }
                }
                explained += usize::from(hits);
            }
            originals.insert(path.clone(), (text, file));
        }
        without.whole |= explained < errors.len();
        if *without == before {
            return Ok(mirror.to_owned());
        }
        let mut texts: BTreeMap<String, String> = originals
            .into_iter()
            .map(|(path, (text, file))| (path, without.instrument(&text, file).0))
            .collect();
        if let Some(root) = self.job.relative(Path::new(self.unit.root())) {
            let on_disk = self.job.root.join(&root);
            let text = match texts.remove(&root) {
                Some(text) => text,
                None => fs::read_to_string(on_disk)?,
            };
            texts.insert(root, text + job::ROOT_ENDING);
        }
        let own = self.job.run.join(format!("{}.mirror", self.unit.name()));
        job::write_mirror(&self.job.root, &own, &texts, &self.job.target_directory)?;
        Ok(own)
    }
}

/// What of the planned changes to the sources is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Without {
    /// Questions that are not asked.
    probes: BTreeSet<u64>,
    /// All bodies are checked.
    whole: bool,
}

impl Without {
    fn instrument(&self, text: &str, file: &FileJob) -> (String, Vec<Region>) {
        let questions = file.questions.iter().copied();
        let kept: Vec<_> = questions
            .filter(|(id, ..)| !self.probes.contains(id))
            .collect();
        let skipped: &[_] = if self.whole { &[] } else { &file.skipped };
        job::instrument(text, &kept, skipped)
    }
}

/// What rustc says in JSON, as far as it matters.
#[derive(Deserialize)]
struct Diagnostic {
    message: String,
    level: String,
    spans: Vec<DiagnosticSpan>,
}

#[derive(Deserialize)]
struct DiagnosticSpan {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    expansion: Option<Expansion>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Box<DiagnosticSpan>,
}

impl Diagnostic {
    /// Whether it is an error, and not the count of errors at the end.
    fn is_error(&self) -> bool {
        self.level == "error"
            && !(self.spans.is_empty() && self.message.starts_with("aborting due to"))
    }

    fn touches(&self, path: &Path) -> bool {
        self.spans
            .iter()
            .any(|span| Path::new(&span.file_name) == path)
    }

    /// The places in a file that it points at, macro calls on the way included.
    fn places(&self, path: &Path) -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        for span in &self.spans {
            let mut span = Some(span);
            while let Some(at) = span {
                if Path::new(&at.file_name) == path {
                    places.push((at.byte_start, at.byte_end));
                }
                span = at.expansion.as_ref().map(|expansion| &*expansion.span);
            }
        }
        places
    }
}
