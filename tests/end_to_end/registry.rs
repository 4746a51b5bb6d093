//! `--runtime registry`: the runtime crate of a registry, if it is the one that the program carries.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};
use toolchain::{Locked, Registry};
use walkdir::WalkDir;

use crate::runtime::{APPLY, COPY, PRIVATE, applied, private};
use crate::support::{Project, Run, repository};

/// What the crate needs on Linux: here it is compiled with it.
const COMPILED: [&str; 6] = [
    "bitflags",
    "errno",
    "libc",
    "linux-raw-sys",
    "memchr",
    "rustix",
];
/// What it needs elsewhere, with the features that are asked for there: cargo only has to know of it.
const KNOWN: &str =
    "[package]\nname = \"windows-sys\"\nversion = \"0.61.99\"\nedition = \"2021\"\n[features]\n";

/// A project, and beside it a registry that holds what the runtime crate needs, and an archive of the crate itself, packed
/// from what the program carries; `None`, said aloud, where something is missing for that.
struct Published {
    project: Project,
    /// Sum of the archive.
    checksum: String,
}

impl Published {
    fn new() -> Option<Self> {
        let project = private();
        project.cargo(&["generate-lockfile"]);
        let registry = project.outside().join("registry");
        let mut features = Vec::new();
        for name in COMPILED {
            let Some(folder) = unpacked(name) else {
                let mut log = io::stderr();
                let _ = writeln!(
                    log,
                    "SKIPPED: cargo has not unpacked {name}: build the workspace first"
                );
                return None;
            };
            let copy = registry.join(name);
            copy_folder(&folder, &copy);
            let manifest = fs::read_to_string(copy.join("Cargo.toml")).expect("it has one");
            features.extend(wanted_of_windows(&manifest));
            known_by(&copy, &"0".repeat(64));
        }
        let target = project.outside().join("packed");
        let runtime = repository().join("crates/io-optimize/Cargo.toml");
        let text = |path: &Path| path.to_str().expect("it is UTF-8").to_owned();
        project.cargo(&[
            "package",
            "--quiet",
            "--offline",
            "--no-verify",
            "--allow-dirty",
            "--manifest-path",
            &text(&runtime),
            "--target-dir",
            &text(&target),
        ]);
        let archive = format!("io-optimize-{}.crate", env!("CARGO_PKG_VERSION"));
        let archive = target.join("package").join(archive);
        let bytes = fs::read(&archive).expect("it was packed");
        let sum = Sha256::digest(&bytes);
        let checksum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        let unpacked = Command::new("tar")
            .args(["xzf", &text(&archive), "-C", &text(&registry)])
            .status();
        if !unpacked.is_ok_and(|status| status.success()) {
            let mut log = io::stderr();
            let _ = writeln!(log, "SKIPPED: `tar` is not installed");
            return None;
        }
        let published = Self { project, checksum };
        known_by(&published.folder(), &published.checksum);
        let manifest = fs::read_to_string(published.folder().join("Cargo.toml"));
        features.extend(wanted_of_windows(&manifest.expect("it has one")));
        features.sort();
        features.dedup();
        let windows = registry.join("windows-sys");
        fs::create_dir_all(windows.join("src")).expect("folders can be made");
        let features: String = features
            .iter()
            .map(|name| format!("{name} = []\n"))
            .collect();
        fs::write(windows.join("Cargo.toml"), format!("{KNOWN}{features}"))
            .expect("files can be written");
        fs::write(windows.join("src/lib.rs"), "").expect("files can be written");
        known_by(&windows, &"0".repeat(64));
        let home = published.home();
        fs::create_dir_all(&home).expect("folders can be made");
        let settings = format!(
            "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\ndirectory = {registry:?}\n"
        );
        fs::write(home.join("config.toml"), settings).expect("files can be written");
        Some(published)
    }

    fn home(&self) -> PathBuf {
        self.project.outside().join("cargo-home")
    }

    /// The crate as the registry has it.
    fn folder(&self) -> PathBuf {
        let name = format!("io-optimize-{}", env!("CARGO_PKG_VERSION"));
        self.project.outside().join("registry").join(name)
    }

    fn apply(&self) -> Run {
        let mut arguments = APPLY.to_vec();
        arguments.extend(["--runtime", "registry"]);
        let mut command = self.project.program(&arguments);
        Run::of(command.env("CARGO_HOME", self.home()))
    }

    #[track_caller]
    fn refused(&self, words: &[&str]) {
        let sources = || {
            let mut contents = self.project.contents();
            contents.retain(|path, _| !path.starts_with("target"));
            contents
        };
        let before = sources();
        self.apply().refused(words);
        assert_eq!(sources(), before);
    }
}

/// Where the user's cargo has unpacked what this workspace has locked.
fn unpacked(name: &str) -> Option<PathBuf> {
    let lock = fs::read_to_string(repository().join("Cargo.lock")).expect("it is there");
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    let (version, _) = rest.split_once('"')?;
    Registry::of_user().folder(&Locked {
        name: name.to_owned(),
        version: version.to_owned(),
        source: Some("registry+https://github.com/rust-lang/crates.io-index".to_owned()),
        checksum: None,
        dependencies: Vec::new(),
    })
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in WalkDir::new(from) {
        let entry = entry.expect("it can be listed");
        let path = to.join(entry.path().strip_prefix(from).expect("it lies there"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(path).expect("folders can be made");
        } else {
            fs::copy(entry.path(), path).expect("files can be copied");
        }
    }
}

/// Makes a folder one that cargo takes for what an archive of that sum holds.
pub(crate) fn known_by(folder: &Path, checksum: &str) {
    let text = format!("{{\"files\":{{}},\"package\":\"{checksum}\"}}");
    fs::write(folder.join(".cargo-checksum.json"), text).expect("files can be written");
}

fn wanted_of_windows(manifest: &str) -> Vec<String> {
    let parts = manifest.split("windows-sys]").skip(1);
    let parts = parts.map(|part| part.split("\n[").next().unwrap_or_default());
    let words = parts
        .flat_map(|part| part.split('"'))
        .filter(|word| word.contains("W"));
    words.map(str::to_owned).collect()
}

#[test]
fn what_the_registry_has_as_bundled_is_pinned_by_version_and_checksum() {
    let Some(published) = Published::new() else {
        return;
    };
    let project = &published.project;
    let run = published.apply().ended(0);
    assert_eq!(applied(&run), 1, "{run}");
    assert!(run.stderr.contains("byte for byte"), "{run}");
    assert!(run.stderr.contains(&published.checksum), "{run}");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        project.read("Cargo.toml"),
        format!("{PRIVATE}io-optimize = \"={version}\"\n")
    );
    assert!(
        project
            .read("src/lib.rs")
            .contains("io_optimize::copy(from, to)?;")
    );
    let lock = project.read("Cargo.lock");
    assert!(
        lock.contains(&format!("checksum = \"{}\"", published.checksum)),
        "{lock}"
    );
}

#[test]
fn what_the_registry_has_otherwise_is_refused() {
    let Some(published) = Published::new() else {
        return;
    };
    let folder = published.folder();
    let changed = |path: &str, change: &dyn Fn(&str) -> String, words: &[&str]| {
        let path = folder.join(path);
        let text = fs::read_to_string(&path).expect("it is there");
        fs::write(&path, change(&text)).expect("it can be written");
        published.refused(words);
        fs::write(&path, text).expect("it can be written");
    };
    changed(
        "src/lib.rs",
        &|text| text.replacen("//!", "//?", 1),
        &["src/lib.rs differs"],
    );
    changed(
        "Cargo.toml.orig",
        &|text| format!("{text}\n"),
        &["Cargo.toml.orig differs"],
    );
    let builds = |text: &str| text.replacen("build = false", "build = \"src/lib.rs\"", 1);
    changed("Cargo.toml", &builds, &["its Cargo.toml was not made from"]);
    let feature = |text: &str| text.replacen("[features]", "[features]\ndefault = []", 1);
    changed(
        "Cargo.toml",
        &feature,
        &["its Cargo.toml was not made from"],
    );
    let added = folder.join("build.rs");
    fs::write(&added, "fn main() {}").expect("it can be written");
    published.refused(&["it has build.rs besides"]);
    fs::remove_file(added).expect("it is there");
    fs::remove_file(folder.join("src/read_at.rs")).expect("it is there");
    published.refused(&["it has no src/read_at.rs"]);
    assert_eq!(published.project.read("src/lib.rs"), COPY);
}

#[test]
fn a_registry_without_the_crate_or_its_version_is_refused() {
    let Some(published) = Published::new() else {
        return;
    };
    let manifest = published.folder().join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("it is there");
    let version = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
    let other = text.replacen(&version, "version = \"99.0.0\"", 1);
    fs::write(&manifest, other).expect("it can be written");
    let words = ["cannot be had from there", "failed to select a version"];
    published.refused(&words);
    fs::remove_dir_all(published.folder()).expect("it is there");
    published.refused(&["cannot be had from there", "no matching package"]);
}

#[test]
fn a_package_of_the_program_holds_the_crate_that_it_carries() {
    let program = repository().join("crates/cargo-io-optimize/Cargo.toml");
    let program = program.to_str().expect("it is Unicode");
    let path = std::env::var("PATH").unwrap_or_default();
    let list = private()
        .run_cargo(
            &[
                "package",
                "--list",
                "--allow-dirty",
                "--offline",
                "--manifest-path",
                program,
            ],
            &path,
        )
        .ended(0)
        .stdout;
    let packed: Vec<&str> = list.lines().collect();
    let crate_folder = repository().join("crates/io-optimize");
    let sources = WalkDir::new(crate_folder.join("src"));
    let sources = sources
        .into_iter()
        .map(|entry| entry.expect("it can be listed"));
    let mut files: Vec<String> = sources
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry
                .path()
                .strip_prefix(&crate_folder)
                .expect("it lies there");
            format!("runtime/{}", path.display())
        })
        .collect();
    assert!(files.len() > 10, "{files:?}");
    for other in [
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "manifest.toml",
    ] {
        files.push(format!("runtime/{other}"));
    }
    for file in files {
        assert!(
            packed.contains(&file.as_str()),
            "{file} is not packed: {list}"
        );
    }
}
