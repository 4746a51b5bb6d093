//! The copy in which a patched tree is checked.

use std::fs;

use toolchain::{CargoOptions, Shadow};

use crate::support::Project;

const MAIN: &str = "fn main() { let x: u8 = 1; println!(\"{x}\"); }\n";

fn project() -> Project {
    Project::new(&[
        (
            "inside/Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\noutside = { path = \"../outside\" }\n",
        ),
        ("inside/src/main.rs", MAIN),
        ("inside/data/notes.txt", "notes"),
        (
            "outside/Cargo.toml",
            "[package]\nname = \"outside\"\nversion = \"0.1.0\"\n",
        ),
        ("outside/src/lib.rs", ""),
    ])
}

fn options(project: &Project) -> CargoOptions {
    CargoOptions {
        manifest_path: Some(project.root().join("inside/Cargo.toml")),
        target_dir: Some(project.root().join("inside/target")),
        ..project.options()
    }
}

#[test]
fn a_patch_is_checked_and_the_tree_stays() {
    let project = project();
    let options = options(&project);
    let workspace = toolchain::load(&options).expect("cargo reads it");
    let mut shadow = Shadow::create(&workspace).expect("it can be written");
    let baseline = shadow.check(&options).expect("cargo runs");
    assert!(baseline.success, "{baseline:?}");

    let broken = MAIN.replace("= 1", "= \"é\"");
    shadow
        .write("src/main.rs", &broken)
        .expect("it can be written");
    let outcome = shadow.check(&options).expect("cargo runs");
    assert!(!outcome.success);
    assert_eq!(outcome.other, None);
    assert_eq!(outcome.errors.len(), 1, "{:?}", outcome.errors);
    let error = &outcome.errors[0];
    assert_eq!(
        (error.package.as_str(), error.message.as_str()),
        ("app", "mismatched types")
    );
    let place = &error.places[0];
    assert_eq!(place.path, "src/main.rs");
    assert_eq!(&broken[place.start as usize..place.end as usize], "\"é\"");
    assert_eq!(
        &*project.read("inside/src/main.rs").expect("it is there"),
        MAIN
    );

    shadow.restore("src/main.rs").expect("it can be written");
    assert!(
        shadow.check(&options).expect("cargo runs").success,
        "the patch is out again"
    );
}

#[test]
fn offsets_count_in_the_text_as_it_is_written() {
    let project = project();
    let options = options(&project);
    let workspace = toolchain::load(&options).expect("cargo reads it");
    let mut shadow = Shadow::create(&workspace).expect("it can be written");
    let text = "\u{feff}// a\r\nmacro_rules! m { ($e:expr) => { let _: u8 = $e; }; }\r\nfn main() {\r\n    m!(\"x\");\r\n}\r\n";
    shadow
        .write("src/main.rs", text)
        .expect("it can be written");
    let outcome = shadow.check(&options).expect("cargo runs");
    let place = &outcome.errors[0].places[0];
    assert_eq!(&text[place.start as usize..place.end as usize], "\"x\"");
}

#[test]
fn a_later_run_follows_the_tree() {
    let project = project();
    let options = options(&project);
    let workspace = toolchain::load(&options).expect("cargo reads it");
    let mut shadow = Shadow::create(&workspace).expect("it can be written");
    shadow
        .write("src/main.rs", "broken")
        .expect("it can be written");
    shadow
        .write("src/new.rs", "new")
        .expect("it can be written");
    let root = shadow.root().to_owned();
    let kept = fs::metadata(root.join("data/notes.txt"))
        .and_then(|m| m.modified())
        .expect("copied");
    // A run that was killed leaves its patches.
    drop(shadow);
    project.write("inside/data/more.txt", "more");
    fs::remove_file(project.root().join("inside/Cargo.lock")).ok();
    let mut shadow = Shadow::create(&workspace).expect("it can be written");
    assert_eq!(
        fs::read_to_string(root.join("src/main.rs")).expect("copied"),
        MAIN
    );
    assert!(!root.join("src/new.rs").exists());
    assert_eq!(
        fs::read_to_string(root.join("data/more.txt")).expect("copied"),
        "more"
    );
    let now = fs::metadata(root.join("data/notes.txt"))
        .and_then(|m| m.modified())
        .expect("copied");
    assert_eq!(kept, now, "what did not change is not written");
    shadow
        .write("src/new.rs", "new")
        .expect("it can be written");
    shadow.restore_all().expect("it can be written");
    assert!(!root.join("src/new.rs").exists());
}

#[test]
fn what_is_wrong_outside_of_code_is_told() {
    let project = project();
    let options = options(&project);
    let workspace = toolchain::load(&options).expect("cargo reads it");
    let mut shadow = Shadow::create(&workspace).expect("it can be written");
    shadow
        .write("Cargo.toml", "[package]\nname = 1\n")
        .expect("it can be written");
    let outcome = shadow.check(&options).expect("cargo runs");
    assert!(!outcome.success && outcome.errors.is_empty());
    let other = outcome.other.expect("cargo said something");
    assert!(other.contains("Cargo.toml"), "{other}");
}

#[test]
fn a_workspace_is_checked_as_one() {
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"a\", \"b\"]\nresolver = \"2\"\n",
        ),
        (
            ".cargo/config.toml",
            "[build]\nrustflags = [\"--cfg\", \"special\"]\n",
        ),
        (
            "a/Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"0.1.0\"\n",
        ),
        ("a/src/lib.rs", "#[cfg(special)] pub fn special() {}\n"),
        (
            "b/Cargo.toml",
            "[package]\nname = \"b\"\nversion = \"0.1.0\"\n[dependencies]\na = { path = \"../a\" }\n",
        ),
        (
            "b/src/lib.rs",
            "extern crate a; pub fn f() { a::special() }\n",
        ),
    ]);
    for target in ["target", "../elsewhere"] {
        let elsewhere = tempfile::tempdir().expect("a temporary folder");
        let target_dir = match target {
            "target" => project.root().join(target),
            _ => elsewhere.path().canonicalize().expect("it is there"),
        };
        let options = CargoOptions {
            target_dir: Some(target_dir),
            ..project.options()
        };
        let workspace = toolchain::load(&options).expect("cargo reads it");
        let mut shadow = Shadow::create(&workspace).expect("it can be written");
        assert!(
            shadow.check(&options).expect("cargo runs").success,
            "{target}: settings hold"
        );
        shadow
            .write("a/src/lib.rs", "pub fn other() {}\n")
            .expect("it can be written");
        let outcome = shadow.check(&options).expect("cargo runs");
        assert_eq!(outcome.errors[0].package, "b", "{target}");
        assert_eq!(outcome.errors[0].places[0].path, "b/src/lib.rs", "{target}");
    }
}

#[cfg(unix)]
#[test]
fn links_loops_and_read_only_files_do_no_harm() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let project = project();
    let inside = project.root().join("inside");
    symlink(".", inside.join("data/loop")).expect("links work");
    symlink("../../outside/src/lib.rs", inside.join("data/out")).expect("links work");
    symlink("../../outside/src", inside.join("data/away")).expect("links work");
    symlink("nowhere", inside.join("dangling")).expect("links work");
    let script = inside.join("script.sh");
    fs::write(&script, "true").expect("it can be written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o555)).expect("it is ours");
    let options = options(&project);
    let workspace = toolchain::load(&options).expect("cargo reads it");
    let big = fs::File::create(inside.join("data/big.bin")).expect("it can be made");
    big.set_len(16 << 20).expect("it can be long");
    for _ in 0..2 {
        let mut shadow = Shadow::create(&workspace).expect("it can be written");
        assert_eq!(
            fs::read_link(shadow.root().join("data/loop"))
                .expect("a link")
                .as_os_str(),
            "."
        );
        let out = fs::canonicalize(shadow.root().join("data/out")).expect("it leads outside");
        assert_eq!(out, project.root().join("outside/src/lib.rs"));
        let big = fs::read_link(shadow.root().join("data/big.bin")).expect("a link");
        assert_eq!(big, inside.join("data/big.bin"));
        let mode = fs::metadata(shadow.root().join("script.sh"))
            .expect("copied")
            .permissions()
            .mode();
        assert_eq!(mode & 0o100, 0o100, "scripts stay executable");
        shadow
            .write("script.sh", "false")
            .expect("nothing in the copy is read-only");
        shadow
            .write("data/big.bin", "small")
            .expect("the link is replaced");
        shadow
            .write("data/away/lib.rs", "")
            .expect_err("that is outside of the workspace");
    }
    let big = fs::metadata(inside.join("data/big.bin")).expect("it is there");
    assert_eq!(big.len(), 16 << 20);
}
