//! Small projects in temporary folders, and questions about them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toolchain::oracle::Oracle;
use toolchain::{Answer, Answers, CargoOptions, Question, Workspace};

/// A project that is removed when it goes out of scope.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// A project of these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// Its folder, without links on the way.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder
            .path()
            .canonicalize()
            .expect("the folder is there")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders can be made");
        fs::write(path, text).expect("files can be written");
    }

    pub(crate) fn read(&self, path: &str) -> Option<Arc<str>> {
        fs::read_to_string(self.root().join(path))
            .ok()
            .map(Arc::from)
    }

    /// Options that name its manifest and keep cargo quiet and at home.
    pub(crate) fn options(&self) -> CargoOptions {
        CargoOptions {
            manifest_path: Some(self.root().join("Cargo.toml")),
            target_dir: Some(self.root().join("target")),
            offline: true,
            quiet: true,
            ..CargoOptions::default()
        }
    }

    pub(crate) fn load(&self) -> Workspace {
        toolchain::load(&self.options()).expect("cargo reads the project")
    }

    /// Asks about every place that is written `/*name*/(expression)/*?*/` in the files: the parentheses are part of the
    /// expression. Returns names and answers in the order of the files, and the whole result.
    pub(crate) fn ask(
        &self,
        options: &CargoOptions,
        paths: &[&str],
    ) -> (Vec<(String, Vec<Answer>)>, Answers) {
        let workspace = toolchain::load(options).expect("cargo reads the project");
        let mut names = Vec::new();
        let mut questions = Vec::new();
        for path in paths {
            let text = self.read(path).expect("the file is there");
            for (name, question) in marked(path, &text) {
                names.push(name);
                questions.push(question);
            }
        }
        let oracle = Oracle {
            workspace: &workspace,
            options,
            cache_directory: workspace.scratch_directory().join("oracle"),
            wrapper: wrapper(),
        };
        let answers = oracle
            .ask(
                &|path| self.read(path),
                toolchain::Inquiry {
                    questions: &questions,
                    ..Default::default()
                },
            )
            .expect("the oracle can be asked");
        (
            names.into_iter().zip(answers.answers.clone()).collect(),
            answers,
        )
    }
}

/// The places that are marked in a text, inner ones included.
fn marked(path: &str, text: &str) -> Vec<(String, Question)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("/*") {
        let Some((name, _)) = text[at + 2..].split_once("*/") else {
            continue;
        };
        let start = at + 2 + name.len() + 2;
        if !text[start..].starts_with('(') {
            continue;
        }
        let mut depth = 0_i32;
        let end = text[start..].char_indices().find_map(|(offset, c)| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            (depth == 0).then_some(start + offset + 1)
        });
        let end = end.expect("parentheses close");
        // A plain name is asked about without its parentheses, as it is written in real code.
        let inner = &text[start + 1..end - 1];
        let is_plain = inner
            .chars()
            .all(|c| c.is_alphanumeric() || "_.*".contains(c));
        let margin = usize::from(is_plain);
        let question = Question {
            path: path.to_owned(),
            start: u32::try_from(start + margin).expect("small files"),
            end: u32::try_from(end - margin).expect("small files"),
        };
        found.push((name.to_owned(), question));
    }
    found
}

/// The program that stands in for rustc, which cargo builds beside the tests.
pub(crate) fn wrapper() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test
        .parent()
        .and_then(Path::parent)
        .expect("deps lies in the profile's folder");
    let wrapper = profile
        .join("examples")
        .join(format!("wrapper{}", std::env::consts::EXE_SUFFIX));
    assert!(
        wrapper.is_file(),
        "{}: build the example `wrapper`",
        wrapper.display()
    );
    wrapper
}
