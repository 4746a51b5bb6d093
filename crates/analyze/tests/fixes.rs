//! What decides how a fix is written, besides the code that it changes.

use crate::support::{Project, apply, shown};
use model::TargetKind;

/// The root of a library after the fixes that are offered.
fn fixed(project: &Project) -> String {
    let analysis = project.load();
    let fixes = shown(&analysis).into_iter().filter_map(|it| it.suggestion);
    let text = &analysis.sources().files[0].text;
    apply(text, fixes.flat_map(|fix| fix.edits)).expect("fixes go together")
}

#[test]
fn nothing_newer_is_written_than_the_package_is_for() {
    const ENTRIES: &str = "use std::{fs, io, path::Path};
pub fn directories(root: &Path) -> io::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(root)? {
        if entry?.path().is_dir() {
            count += 1;
        }
    }
    Ok(count)
}
";
    let entries = Project::library(&[("src/lib.rs", ENTRIES)]);
    let new = "entry?.file_type().is_ok_and(|kind| kind.is_dir())";
    let old = "entry?.file_type().map_or(false, |kind| kind.is_dir())";
    assert!(fixed(&entries).contains(new), "{}", fixed(&entries));
    for (version, written) in [("1.60.0", old), ("1.69.0", old), ("1.70.0", new)] {
        let fixed = fixed(&entries.clone().rust_version(version));
        assert!(fixed.contains(written), "{version}: {fixed}");
    }
    // A file of two crates is for the older of both.
    let two = entries.rust_version("1.80.0");
    let two = two.target("other", TargetKind::Library, "src/lib.rs", &[]);
    assert!(fixed(&two).contains(new), "{}", fixed(&two));
    let two = two.rust_version("1.60.0");
    assert!(fixed(&two).contains(old), "{}", fixed(&two));
}

#[test]
fn a_fix_that_needs_a_newer_compiler_than_the_package_is_for_is_not_offered() {
    const NAMES: &str = r#"use std::io::{self, Write};
pub fn all(names: &[&str]) -> io::Result<()> {
    write_names(&mut io::stdout().lock(), names)
}
fn write_names(output: &mut impl Write, names: &[&str]) -> io::Result<()> {
    for name in names {
        writeln!(output, "{name}")?;
    }
    Ok(())
}
"#;
    let names = Project::library(&[("src/lib.rs", NAMES)]);
    let held = "BufWriter::new(io::stdout().lock());";
    assert!(fixed(&names).contains(held), "{}", fixed(&names));
    assert!(fixed(&names.clone().rust_version("1.61.0")).contains(held));
    assert_eq!(fixed(&names.rust_version("1.60.0")), NAMES);
}
