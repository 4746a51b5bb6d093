//! What cargo says in JSON while it checks, and how it is run for that.
#![expect(clippy::disallowed_methods, reason = "cargo is started here")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};
use cargo_metadata::{Artifact, Message, PackageId};

use crate::workspace::{normalise, relative_to};

/// A place in a file, in bytes of the text that was compiled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Path relative to the workspace root, `/`-separated.
    pub path: String,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

/// An error or a warning of the compiler.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CompileError {
    /// The package that is compiled.
    pub package: String,
    /// What is wrong, in one line.
    pub message: String,
    /// The same as rustc shows it.
    pub rendered: String,
    /// Where it is; a place inside a macro from elsewhere is that of the call. Empty when rustc points nowhere.
    pub places: Vec<Place>,
    /// Further places that rustc points at.
    pub related: Vec<Place>,
}

/// What one run of cargo said.
#[derive(Debug)]
pub(crate) struct CargoRun {
    pub(crate) command: String,
    pub(crate) success: bool,
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) errors: Vec<CompileError>,
    /// What the compiler warns of at places of the workspace.
    pub(crate) warnings: Vec<CompileError>,
    /// Manifest of each package with a build script, and the file with what the script printed.
    pub(crate) build_scripts: Vec<(PathBuf, PathBuf)>,
    /// What cargo wrote for people.
    pub(crate) talk: String,
}

impl CargoRun {
    /// Cargo's own error, for a run that failed without an error in code.
    pub(crate) fn own_error(&self) -> String {
        let from = self.talk.find("error:").unwrap_or(0);
        self.talk[from..].trim().to_owned()
    }
}

/// The cargo that called this program, or the one in the path.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs cargo with `--message-format=json` among its arguments; its talk goes to stderr as it comes unless `quiet`.
///
/// # Errors
/// If cargo cannot be started or its output is not what cargo writes.
pub(crate) fn run(
    command: &mut Command,
    root: &Path,
    names: &BTreeMap<PathBuf, String>,
    quiet: bool,
) -> Result<CargoRun> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| {
            format!(
                "cannot start {}: is cargo installed?",
                command.get_program().display()
            )
        })?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let mut stderr = child.stderr.take().context("cargo has no error output")?;
    let talk = std::thread::spawn(move || {
        let mut talk = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stderr.read(&mut buffer) {
            talk.extend_from_slice(&buffer[..length]);
            if !quiet {
                let _ = std::io::stderr().write_all(&buffer[..length]);
            }
        }
        String::from_utf8_lossy(&talk).into_owned()
    });
    let mut result = CargoRun {
        command: shown(command),
        success: false,
        artifacts: Vec::new(),
        errors: Vec::new(),
        warnings: Vec::new(),
        build_scripts: Vec::new(),
        talk: String::new(),
    };
    let mut manifests: BTreeMap<PackageId, String> = BTreeMap::new();
    let mut packages: BTreeMap<PackageId, PathBuf> = BTreeMap::new();
    for line in BufReader::new(stdout).lines() {
        let line = line.context("cannot read what cargo says")?;
        match serde_json::from_str(&line) {
            Ok(Message::CompilerArtifact(artifact)) => {
                packages.insert(
                    artifact.package_id.clone(),
                    artifact.manifest_path.clone().into_std_path_buf(),
                );
                result.artifacts.push(artifact);
            }
            Ok(Message::BuildScriptExecuted(script)) => {
                if let (Some(manifest), Some(folder)) = (
                    packages.get(&script.package_id),
                    script.out_dir.as_std_path().parent(),
                ) {
                    let output = folder.join("output");
                    result.build_scripts.push((manifest.clone(), output));
                }
            }
            Ok(Message::CompilerMessage(message)) => {
                let level = message.message.level;
                let is_warning = level == DiagnosticLevel::Warning;
                if !is_warning && !is_error(&message.message) {
                    continue;
                }
                let package = manifests.entry(message.package_id).or_insert_with(|| {
                    let source = message.target.src_path.as_std_path();
                    package_name(source, names).unwrap_or_else(|| message.target.name.clone())
                });
                let said = compile_error(package, message.message, root);
                if !is_warning {
                    result.errors.push(said);
                } else if !said.places.is_empty() {
                    result.warnings.push(said);
                }
            }
            _ => {}
        }
    }
    result.success = child.wait().context("cannot wait for cargo")?.success();
    result.talk = talk.join().unwrap_or_default();
    Ok(result)
}

/// A command line of cargo's as it would be typed.
pub(crate) fn shown(command: &Command) -> String {
    let arguments = command.get_args();
    let shown: Vec<String> = arguments.map(|a| quoted(&a.to_string_lossy())).collect();
    format!("cargo {}", shown.join(" "))
}

/// An argument as it would be typed.
fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_=./:,@+\\".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', "'\\''"))
}

/// Name of the package whose folder is the closest one around a file.
fn package_name(source: &Path, names: &BTreeMap<PathBuf, String>) -> Option<String> {
    source
        .ancestors()
        .find_map(|folder| names.get(folder))
        .cloned()
}

/// Errors that stand for themselves: not the count of errors at the end, which points nowhere.
fn is_error(diagnostic: &Diagnostic) -> bool {
    matches!(
        diagnostic.level,
        DiagnosticLevel::Error | DiagnosticLevel::Ice
    ) && !(diagnostic.spans.is_empty() && diagnostic.message.starts_with("aborting due to"))
}

fn compile_error(package: &str, diagnostic: Diagnostic, root: &Path) -> CompileError {
    let places = |primary: bool| {
        let spans = diagnostic
            .spans
            .iter()
            .filter(move |span| span.is_primary == primary);
        spans.filter_map(|span| place(span, root)).collect()
    };
    CompileError {
        package: package.to_owned(),
        places: places(true),
        related: places(false),
        rendered: diagnostic
            .rendered
            .unwrap_or_else(|| diagnostic.message.clone()),
        message: diagnostic.message,
    }
}

/// Where a span is in the workspace, going out of macros until it is.
fn place(span: &DiagnosticSpan, root: &Path) -> Option<Place> {
    let path = normalise(&root.join(&span.file_name));
    match relative_to(root, &path) {
        Some(path) if !span.file_name.starts_with('<') => Some(Place {
            path,
            start: span.byte_start,
            end: span.byte_end,
        }),
        _ => place(&span.expansion.as_ref()?.span, root),
    }
}
