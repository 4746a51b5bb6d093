//! Bundles the sources of the runtime crate, for `--runtime vendored` to copy.

#![expect(
    clippy::disallowed_methods,
    reason = "it writes into the directory that cargo gives it"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    // Links to the crate beside this one, in whose place a package of this one has the files.
    let runtime = here.join("runtime");
    let mut files = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"]
        .map(|name| (name.to_owned(), runtime.join(name)))
        .to_vec();
    add_sources(&runtime.join("src"), "src", &mut files);
    files.sort();
    let mut list = String::from("&[\n");
    for (name, path) in &files {
        let path = path.canonicalize().unwrap_or_else(|error| {
            panic!("cannot bundle {}: {error}", path.display());
        });
        println!("cargo::rerun-if-changed={}", path.display());
        let _infallible = writeln!(list, "({name:?}, include_str!({path:?})),");
    }
    list.push_str("]\n");
    println!("cargo::rerun-if-changed={}", runtime.join("src").display());
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("bundled.rs"), list).expect("the output directory can be written");
}

fn add_sources(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| {
        panic!(
            "cannot bundle {}: {error}; it is a symbolic link, which git makes where `core.symlinks` is true",
            folder.display()
        );
    });
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        let last = path.file_name().and_then(|it| it.to_str());
        let name = format!("{name}/{}", last.expect("a plain name"));
        if path.is_dir() {
            add_sources(&path, &name, files);
        } else {
            files.push((name, path));
        }
    }
}
