//! Projects in memory, and ways to say what was found in them.

pub(crate) mod marks;

use std::collections::BTreeMap;
use std::path::Path;

use analyze::{Analysis, CrateInput, Loader};
use model::{Confidence, Edit, Finding, Sources, TargetKind};

/// A workspace that lies in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Project {
    files: BTreeMap<String, Result<Vec<u8>, String>>,
    crates: Vec<CrateInput>,
}

impl Loader for Project {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        self.files.get(path).cloned().transpose()
    }
}

impl Project {
    /// A library named `app` whose root is `src/lib.rs`.
    pub(crate) fn library(files: &[(&str, &str)]) -> Self {
        files
            .iter()
            .fold(Self::default(), |project, (path, text)| {
                project.file(path, text)
            })
            .target("app", TargetKind::Library, "src/lib.rs", &[])
    }

    pub(crate) fn file(mut self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.files
            .insert(path.to_owned(), Ok(text.as_ref().to_owned()));
        self
    }

    /// A file that is there and cannot be read.
    pub(crate) fn unreadable(mut self, path: &str, reason: &str) -> Self {
        self.files.insert(path.to_owned(), Err(reason.to_owned()));
        self
    }

    /// `dependencies`: what each is called in code, and the crate it is.
    pub(crate) fn target(
        mut self,
        name: &str,
        kind: TargetKind,
        root: &str,
        dependencies: &[(&str, &str)],
    ) -> Self {
        self.crates.push(CrateInput {
            package: name.to_owned(),
            name: name.to_owned(),
            kind,
            rust_version: None,
            root: root.to_owned(),
            dependencies: dependencies
                .iter()
                .map(|(called, is)| ((*called).to_owned(), (*is).to_owned()))
                .collect(),
            features: Vec::new(),
            selected: true,
        });
        self
    }

    /// The features that the target added last asks for of a dependency.
    pub(crate) fn features(mut self, dependency: &str, features: &[&str]) -> Self {
        let target = self.crates.last_mut().expect("a target");
        let features = features.iter().map(|name| (*name).to_owned()).collect();
        target.features.push((dependency.to_owned(), features));
        self
    }

    /// The oldest compiler that the target added last is for.
    pub(crate) fn rust_version(mut self, version: &str) -> Self {
        let target = self.crates.last_mut().expect("a target");
        target.rust_version = Some(version.parse().expect("a version"));
        self
    }

    pub(crate) fn load(&self) -> Analysis {
        self.load_with(&[])
    }

    pub(crate) fn load_with(&self, versions: &[(String, String)]) -> Analysis {
        Analysis::load(&self.crates, versions, self, Path::new("/workspace"))
    }

    /// The findings at the default confidence as `path:line rule`, in order.
    pub(crate) fn places(&self) -> Vec<String> {
        let analysis = self.load();
        shown(&analysis)
            .iter()
            .map(|finding| place(analysis.sources(), finding))
            .collect()
    }
}

/// The findings that are reported at the default confidence.
pub(crate) fn shown(analysis: &Analysis) -> Vec<Finding> {
    let mut findings = analysis.run(&[]).findings;
    findings.retain(|finding| finding.confidence >= Confidence::Medium);
    findings
}

/// 1-based.
pub(crate) fn line(sources: &Sources, finding: &Finding) -> usize {
    let text = &sources.file(finding.span.file).text;
    1 + text[..finding.span.start as usize].matches('\n').count()
}

/// `path:line rule`
pub(crate) fn place(sources: &Sources, finding: &Finding) -> String {
    let path = &sources.file(finding.span.file).path;
    format!("{path}:{} {}", line(sources, finding), finding.rule.name)
}

/// A tiny project of one file and what is found in it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The files; in a project of one file its path is `src/lib.rs`. Lines that are reported are marked with `//~`.
    pub(crate) files: &'static [(&'static str, &'static str)],
}

/// Runs the cases and fails with all that went wrong in any of them.
///
/// # Panics
/// If a case finds something else than its marks say.
pub(crate) fn check(cases: &[Case]) {
    let mut report = marks::Report::default();
    for case in cases {
        let stripped: Vec<_> = case
            .files
            .iter()
            .map(|(path, text)| (*path, marks::strip(text)))
            .collect();
        let mut project = Project::default();
        for (path, text) in &stripped {
            project = project.file(path, text);
        }
        let roots = [
            ("app", TargetKind::Library, "src/lib.rs"),
            ("used", TargetKind::Library, "used/src/lib.rs"),
        ];
        for (name, kind, root) in roots {
            if case.files.iter().any(|(path, _)| *path == root) {
                project = project.target(name, kind, root, DEPENDENCIES);
            }
        }
        let analysis = project.load();
        let name = case.name;
        for missed in analysis.not_analysed() {
            report.fail(format!("{name}: {}: {}", missed.path, missed.reason));
        }
        let findings = shown(&analysis);
        for (path, text) in case.files {
            let here: Vec<_> = findings
                .iter()
                .filter(|finding| analysis.sources().file(finding.span.file).path == *path)
                .map(|finding| marks::Found::of(analysis.sources(), finding))
                .collect();
            report.compare(&format!("{name}: {path}"), &marks::read(text), &here);
        }
    }
    report.finish();
}

/// What the crates of a case may call their dependencies: each other, and two of the registry, one of them renamed.
const DEPENDENCIES: &[(&str, &str)] = &[
    ("used", "used"),
    ("renamed", "used"),
    ("serde_json", "serde_json"),
    ("json", "serde_json"),
    ("byteorder", "byteorder"),
];

/// The text of a file with the edits made; equal edits are made once.
///
/// # Errors
/// Says which edits overlap.
pub(crate) fn apply(text: &str, edits: impl Iterator<Item = Edit>) -> Result<String, String> {
    let mut edits: Vec<Edit> = edits.collect();
    edits.sort();
    edits.dedup();
    for pair in edits.windows(2) {
        if pair[1].span.start < pair[0].span.end {
            return Err(format!("edits overlap: {:?} and {:?}", pair[0], pair[1]));
        }
    }
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        let range = edit.span.start as usize..edit.span.end as usize;
        if text.get(range.clone()).is_none() {
            return Err(format!("an edit does not lie on characters: {edit:?}"));
        }
        text.replace_range(range, &edit.replacement);
    }
    Ok(text)
}
