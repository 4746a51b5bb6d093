//! The targets of a package: those its manifest names, and those cargo finds in their usual places.

use std::fs;
use std::path::{Path, PathBuf};

use model::TargetKind;
use toml::{Table, Value};

use super::{Target, manifest};

/// A kind of target that a package has several of.
struct Several {
    kind: TargetKind,
    section: &'static str,
    switch: &'static str,
    folder: &'static str,
}

const SEVERAL: [Several; 4] = [
    Several {
        kind: TargetKind::Binary,
        section: "bin",
        switch: "autobins",
        folder: "src/bin",
    },
    Several {
        kind: TargetKind::Example,
        section: "example",
        switch: "autoexamples",
        folder: "examples",
    },
    Several {
        kind: TargetKind::Test,
        section: "test",
        switch: "autotests",
        folder: "tests",
    },
    Several {
        kind: TargetKind::Benchmark,
        section: "bench",
        switch: "autobenches",
        folder: "benches",
    },
];

/// The targets of the package in a folder, sorted by kind and name. A target whose file is missing is left out.
pub(super) fn discover(root: &Path, package: &str, edition: &str, manifest: &Table) -> Vec<Target> {
    let mut targets = Vec::new();
    targets.extend(library(root, package, manifest));
    targets.extend(build_scripts(root, manifest));
    for several in &SEVERAL {
        targets.extend(of_kind(root, package, edition, manifest, several));
    }
    targets.retain(|target| target.source.is_file());
    targets.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    targets
}

fn target(root: &Path, name: &str, kind: TargetKind, source: &Path) -> Target {
    Target {
        name: name.to_owned(),
        crate_name: name.replace('-', "_"),
        kind,
        source: manifest::normalise(&root.join(source)),
    }
}

fn flag(table: &Table, keys: [&str; 2]) -> bool {
    keys.iter()
        .any(|key| table.get(*key).and_then(Value::as_bool) == Some(true))
}

fn library(root: &Path, package: &str, manifest: &Table) -> Option<Target> {
    let section = manifest.get("lib").and_then(Value::as_table);
    let text = |key| section?.get(key)?.as_str();
    let source = text("path").unwrap_or("src/lib.rs");
    let is_macro = section.is_some_and(|section| flag(section, ["proc-macro", "proc_macro"]));
    let kind = if is_macro {
        TargetKind::ProcMacro
    } else {
        TargetKind::Library
    };
    // The library's default name is the package's with `_` for `-`, unlike a binary's.
    let name = text("name").map_or_else(|| package.replace('-', "_"), str::to_owned);
    Some(target(root, &name, kind, Path::new(source)))
}

fn build_scripts(root: &Path, manifest: &Table) -> Vec<Target> {
    let sources = match manifest
        .get("package")
        .and_then(|package| package.get("build"))
    {
        Some(Value::Boolean(false)) => Vec::new(),
        Some(Value::String(path)) => vec![path.as_str()],
        Some(Value::Array(paths)) => paths.iter().filter_map(Value::as_str).collect(),
        _ => vec!["build.rs"],
    };
    sources
        .into_iter()
        .map(|source| {
            let stem = Path::new(source).file_stem().and_then(|stem| stem.to_str());
            let name = format!("build-script-{}", stem.unwrap_or("build"));
            target(root, &name, TargetKind::BuildScript, Path::new(source))
        })
        .collect()
}

fn of_kind(
    root: &Path,
    package: &str,
    edition: &str,
    manifest: &Table,
    several: &Several,
) -> Vec<Target> {
    let inferred = inferred(root, package, several);
    let sections = manifest.get(several.section).and_then(Value::as_array);
    let sections: Vec<&Table> = sections
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
        .collect();
    let mut targets: Vec<Target> = sections
        .iter()
        .filter_map(|section| {
            let name = section.get("name")?.as_str()?;
            let source = match section.get("path").and_then(Value::as_str) {
                Some(path) => PathBuf::from(path),
                None => inferred
                    .iter()
                    .find(|(inferred_name, _)| inferred_name == name)
                    .map(|(_, source)| source.clone())
                    .or_else(|| legacy(root, package, name, several))?,
            };
            Some(target(root, name, several.kind, &source))
        })
        .collect();
    let switch = manifest
        .get("package")
        .and_then(|package| package.get(several.switch));
    // Edition 2015 looks for further targets only where the manifest names none.
    let infers = match switch.and_then(Value::as_bool) {
        Some(infers) => infers,
        None => edition != "2015" || sections.is_empty(),
    };
    if infers {
        for (name, source) in inferred {
            let source = target(root, &name, several.kind, &source);
            if !targets
                .iter()
                .any(|t| t.name == source.name || t.source == source.source)
            {
                targets.push(source);
            }
        }
    }
    targets
}

/// Where cargo still looks for a binary without a path when nothing of that name is in the usual places.
fn legacy(root: &Path, package: &str, name: &str, several: &Several) -> Option<PathBuf> {
    if several.kind != TargetKind::Binary {
        return None;
    }
    let candidates = [
        format!("src/{name}.rs"),
        "src/bin/main.rs".into(),
        "src/main.rs".into(),
    ];
    let main_fits = name == package || !root.join("src/lib.rs").exists();
    candidates
        .into_iter()
        .map(PathBuf::from)
        .filter(|path| !path.ends_with("main.rs") || main_fits)
        .find(|path| root.join(path).is_file())
}

/// Names and files of the targets in their usual places, sorted by name.
fn inferred(root: &Path, package: &str, several: &Several) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    if several.kind == TargetKind::Binary && root.join("src/main.rs").is_file() {
        found.push((package.to_owned(), PathBuf::from("src/main.rs")));
    }
    let folder = Path::new(several.folder);
    for entry in fs::read_dir(root.join(folder))
        .into_iter()
        .flatten()
        .flatten()
    {
        let file_name = entry.file_name();
        let Some(file_name) = file_name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let path = entry.path();
        if let Some(stem) = file_name.strip_suffix(".rs") {
            if path.is_file() {
                found.push((stem.to_owned(), folder.join(file_name)));
            }
        } else if path.join("main.rs").is_file() {
            found.push((file_name.to_owned(), folder.join(file_name).join("main.rs")));
        }
    }
    found.sort();
    found
}
