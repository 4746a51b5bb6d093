//! Both loaders, on the layouts that projects have.

use std::fs;

use toolchain::{CargoOptions, Package, Workspace, load_without_cargo};

use crate::support::Project;

fn both(project: &Project, manifest: &str) -> (Workspace, Workspace) {
    let manifest_path = project.root().join(manifest);
    let options = CargoOptions {
        manifest_path: Some(manifest_path.clone()),
        target_dir: Some(project.root().join("target")),
        offline: true,
        ..CargoOptions::default()
    };
    let asked = toolchain::load(&options).expect("cargo reads the project");
    let mut read = load_without_cargo(Some(&manifest_path)).expect("the manifests can be read");
    // The environment of the tests names another one.
    read.target_directory.clone_from(&asked.target_directory);
    (asked, read)
}

fn assert_agree(project: &Project, manifest: &str) -> Workspace {
    let (asked, read) = both(project, manifest);
    assert_eq!(asked, read);
    read
}

#[test]
fn a_single_package_with_targets_in_their_usual_places() {
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"my-package\"\nversion = \"1.2.3\"\nedition = \"2021\"\npublish = false\n\
          [dependencies]\nother = { path = \"other\", package = \"real-other\" }\n[target.'cfg(unix)'.dev-dependencies]\nnext-one = { path = \"next\" }\n",
        ),
        ("src/lib.rs", ""),
        ("src/main.rs", "fn main() {}"),
        ("src/bin/one.rs", ""),
        ("src/bin/two/main.rs", ""),
        ("src/bin/two/not.rs", ""),
        ("examples/e.rs", ""),
        ("examples/big/main.rs", ""),
        ("tests/t.rs", ""),
        ("tests/common/mod.rs", ""),
        ("benches/b.rs", ""),
        ("build.rs", ""),
        (
            "other/Cargo.toml",
            "[package]\nname = \"real-other\"\nversion = \"0.1.0\"\n",
        ),
        ("other/src/lib.rs", ""),
        (
            "next/Cargo.toml",
            "[package]\nname = \"next-one\"\nversion = \"0.1.0\"\n",
        ),
        ("next/src/lib.rs", ""),
    ]);
    let workspace = assert_agree(&project, "Cargo.toml");
    assert_eq!(workspace.packages.len(), 1);
    assert_eq!(workspace.packages[0].targets.len(), 9);
    assert!(!workspace.packages[0].publish);
}

#[test]
fn a_virtual_workspace_with_patterns_inheritance_and_exclusion() {
    let member = |name: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion.workspace = true\nedition.workspace = true\npublish.workspace = true\n[dependencies]\nhelper.workspace = true\n"
        )
    };
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\nexclude = [\"crates/out\"]\ndefault-members = [\"crates/b\"]\n\
          [workspace.package]\nversion = \"3.0.0\"\nedition = \"2021\"\npublish = [\"mine\"]\n[workspace.dependencies]\nhelper = { path = \"lib/helper\", package = \"the-helper\" }\n",
        ),
        ("crates/a/Cargo.toml", &member("a")),
        ("crates/a/src/lib.rs", ""),
        ("crates/b/Cargo.toml", &member("b")),
        ("crates/b/src/main.rs", "fn main() {}"),
        (
            "crates/out/Cargo.toml",
            "[package]\nname = \"out\"\nversion = \"0.1.0\"\n[workspace]\n",
        ),
        ("crates/out/src/lib.rs", ""),
        ("crates/notes.txt", "not a folder"),
        (
            "lib/helper/Cargo.toml",
            "[package]\nname = \"the-helper\"\nversion = \"0.1.0\"\nedition = \"2018\"\n",
        ),
        ("lib/helper/src/lib.rs", ""),
    ]);
    let workspace = assert_agree(&project, "Cargo.toml");
    let names: Vec<_> = workspace
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b", "the-helper"]);
    let selected = CargoOptions::default()
        .selected_targets(&workspace)
        .expect("no names");
    assert_eq!(selected.len(), 1);
    let inner = assert_agree(&project, "crates/a/Cargo.toml");
    assert_eq!(inner.default_packages, [0]);
    assert_agree(&project, "crates/out/Cargo.toml");
}

#[test]
fn explicit_targets_old_editions_and_other_places() {
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2018\"\nautobins = false\nautotests = false\nbuild = \"make/it.rs\"\n\
          [lib]\nname = \"renamed\"\npath = \"lib/here.rs\"\nproc-macro = true\n[[bin]]\nname = \"tool-x\"\npath = \"tools/x.rs\"\n[[bin]]\nname = \"two\"\n[[example]]\nname = \"e\"\n[[test]]\nname = \"only\"\n[[bench]]\nname = \"speed\"\nharness = false\n\
          [workspace]\nmembers = [\"old\"]\n",
        ),
        ("make/it.rs", ""),
        ("lib/here.rs", ""),
        ("tools/x.rs", "fn main() {}"),
        ("src/bin/two.rs", ""),
        ("src/bin/unseen.rs", ""),
        ("examples/e.rs", ""),
        ("examples/more.rs", ""),
        ("tests/only.rs", ""),
        ("tests/unseen.rs", ""),
        ("benches/speed.rs", ""),
        (
            "old/Cargo.toml",
            "[package]\nname = \"old\"\nversion = \"0.1.0\"\n[[bin]]\nname = \"old\"\npath = \"src/main.rs\"\n",
        ),
        ("old/src/lib.rs", ""),
        ("old/src/main.rs", "fn main() {}"),
        ("old/src/bin/unseen.rs", ""),
        ("old/examples/x.rs", ""),
    ]);
    let workspace = assert_agree(&project, "Cargo.toml");
    assert_eq!(workspace.default_packages.len(), 1);
}

#[test]
fn the_locked_versions_are_those_of_the_lock_file() {
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"p\"\nversion = \"0.1.0\"\n",
        ),
        ("src/lib.rs", ""),
        (
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"p\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"csv\"\nversion = \"1.3.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n",
        ),
    ]);
    let workspace = load_without_cargo(Some(&project.root().join("Cargo.toml"))).expect("it reads");
    let expected = [
        ("csv".to_owned(), "1.3.0".to_owned()),
        ("p".to_owned(), "0.1.0".to_owned()),
    ];
    let locked = workspace.locked.into_iter();
    let locked: Vec<_> = locked.map(|it| (it.name, it.version)).collect();
    assert_eq!(locked, expected);
}

#[test]
fn a_package_out_of_its_workspace_stands_for_itself() {
    let project = Project::new(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"gone\"]\n"),
        (
            "unpacked/Cargo.toml",
            "[package]\nname = \"u\"\nversion = \"0.1.0\"\n",
        ),
        ("unpacked/src/lib.rs", ""),
        (
            "published/Cargo.toml",
            "[package]\nname = \"v\"\nversion = \"0.1.0\"\n[workspace]\nmembers = [\"gone\"]\n",
        ),
        ("published/src/lib.rs", ""),
    ]);
    for (folder, name) in [("unpacked", "u"), ("published", "v")] {
        let manifest = project.root().join(folder).join("Cargo.toml");
        let workspace = load_without_cargo(Some(&manifest)).expect("it reads");
        assert_eq!(workspace.root, project.root().join(folder));
        assert_eq!(workspace.packages.len(), 1);
        assert_eq!(workspace.packages[0].name, name);
    }
}

#[test]
fn what_is_wrong_with_a_manifest_is_said_with_its_line() {
    let project = Project::new(&[("Cargo.toml", "[package]\nname = \"p\"\nversion = = 1\n")]);
    let manifest = project.root().join("Cargo.toml");
    let error = load_without_cargo(Some(&manifest)).expect_err("it is not TOML");
    assert!(error.to_string().contains("Cargo.toml:3:"), "{error}");
    fs::remove_file(&manifest).expect("it is there");
    let error = load_without_cargo(Some(&manifest)).expect_err("it is gone");
    assert!(error.to_string().contains("--manifest-path"), "{error}");
    fs::write(&manifest, [b'[', 0xff]).expect("it can be written");
    let error = load_without_cargo(Some(&manifest)).expect_err("it is not text");
    assert!(error.to_string().contains("Cargo.toml"), "{error}");
}

#[test]
fn packages_and_targets_are_selected_as_by_cargo() {
    let package = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
    let project = Project::new(&[
        (
            "Cargo.toml",
            &(package("root") + "[workspace]\nmembers = [\"io-a\", \"io-b\"]\n"),
        ),
        ("src/lib.rs", ""),
        ("src/bin/x.rs", ""),
        ("tests/t.rs", ""),
        ("build.rs", ""),
        ("io-a/Cargo.toml", &package("io-a")),
        ("io-a/src/lib.rs", ""),
        ("io-b/Cargo.toml", &package("io-b")),
        ("io-b/src/lib.rs", ""),
    ]);
    let workspace = load_without_cargo(Some(&project.root().join("Cargo.toml"))).expect("it reads");
    let selected = |options: &CargoOptions| {
        let targets = options
            .selected_targets(&workspace)
            .expect("the names are right");
        targets
            .iter()
            .map(|(_, target)| target.name.clone())
            .collect::<Vec<_>>()
    };
    let default = CargoOptions::default();
    assert_eq!(selected(&default), ["root", "x", "build-script-build"]);
    assert_eq!(
        selected(&CargoOptions {
            packages: vec!["io-*".into()],
            ..default.clone()
        }),
        ["io_a", "io_b"]
    );
    let excluding = CargoOptions {
        workspace: true,
        exclude: vec!["root".into(), "io-b@0.1.0".into()],
        ..default.clone()
    };
    assert_eq!(selected(&excluding), ["io_a"]);
    assert_eq!(
        selected(&CargoOptions {
            bin: vec!["x".into()],
            ..default.clone()
        }),
        ["x"]
    );
    assert_eq!(
        selected(&CargoOptions {
            tests: true,
            ..default.clone()
        }),
        ["t"]
    );
    for (name, found) in [("t", &["t"][..]), ("x", &[])] {
        let named = CargoOptions {
            test: vec![name.into()],
            ..default.clone()
        };
        assert_eq!(selected(&named), found);
        assert_eq!(selected(&named.without_selection()), selected(&default));
    }
    for wrong in [
        CargoOptions {
            packages: vec!["none".into()],
            ..default.clone()
        },
        CargoOptions {
            bin: vec!["none".into()],
            ..default.clone()
        },
        CargoOptions {
            exclude: vec!["io-a".into()],
            ..default
        },
    ] {
        assert!(wrong.selected_targets(&workspace).is_err(), "{wrong:?}");
    }
}

#[test]
fn what_a_manifest_says_of_compilers_and_copies() {
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"a\", \"b\"]\n[workspace.package]\nrust-version = \"1.70\"\n",
        ),
        (
            "a/Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\nrust-version.workspace = true\n",
        ),
        ("a/src/lib.rs", ""),
        (
            "b/Cargo.toml",
            "[package]\nname = \"b\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
             [package.metadata.cargo-io-optimize]\nbundled = true\n",
        ),
        ("b/src/lib.rs", ""),
    ]);
    let workspace = assert_agree(&project, "Cargo.toml");
    let [a, b] = &workspace.packages[..] else {
        panic!("{workspace:?}");
    };
    let needs = |package: &Package| package.rust_version.as_ref().map(ToString::to_string);
    assert_eq!((needs(a).as_deref(), a.bundled), (Some("1.70.0"), false));
    assert_eq!((needs(b), b.bundled), (None, true));
}

#[test]
fn clippys_configuration_is_found_from_the_package_upwards_and_counts_where_it_names_an_older_compiler()
 {
    let member = |name: &str, version: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{version}")
    };
    let project = Project::new(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"*\"]\n"),
        ("clippy.toml", "msrv = \"1.60\"\n"),
        ("a/Cargo.toml", &member("a", "")),
        ("a/src/lib.rs", ""),
        ("b/Cargo.toml", &member("b", "rust-version = \"1.56\"\n")),
        ("b/src/lib.rs", ""),
        // The hidden one comes first, and is the only one that is read.
        ("c/Cargo.toml", &member("c", "rust-version = \"1.80\"\n")),
        ("c/src/lib.rs", ""),
        ("c/.clippy.toml", "msrv = \"1.70.1\"\n"),
        ("c/clippy.toml", "msrv = \"1.58\"\n"),
        // One without a version hides those above.
        ("d/Cargo.toml", &member("d", "rust-version = \"1.80\"\n")),
        ("d/src/lib.rs", ""),
        ("d/clippy.toml", "allow-print-in-tests = true\n"),
        ("e/Cargo.toml", &member("e", "rust-version = \"1.80\"\n")),
        ("e/src/lib.rs", ""),
        ("e/clippy.toml", "msrv = {\n"),
        ("f/Cargo.toml", &member("f", "rust-version = \"1.80\"\n")),
        ("f/src/lib.rs", ""),
        ("f/clippy.toml", "msrv = 1.6\n"),
    ]);
    let workspace = assert_agree(&project, "Cargo.toml");
    let oldest: Vec<_> = workspace
        .packages
        .iter()
        .map(|package| workspace.oldest_compiler(package).map(|it| it.to_string()))
        .collect();
    let expected = ["1.60.0", "1.56.0", "1.70.1", "1.80.0", "1.80.0", "1.80.0"];
    assert_eq!(oldest, expected.map(|it| Some(it.to_owned())));
}
