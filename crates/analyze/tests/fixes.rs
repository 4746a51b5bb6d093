//! What decides how a fix is written, besides the code that it changes.
#![expect(clippy::disallowed_methods, reason = "rustfmt judges the fixes")]

use std::io::Write as _;
use std::process::{Command, Stdio};

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
    // What the crate's root names for clippy is for all of its files.
    let root = "#![clippy::msrv = \"1.60\"]\nmod entries;\n";
    let named = Project::library(&[("src/lib.rs", root), ("src/entries.rs", ENTRIES)]);
    let analysis = named.rust_version("1.80.0").load();
    let mut fixes = shown(&analysis).into_iter().filter_map(|it| it.suggestion);
    let mut edits = fixes.by_ref().flat_map(|fix| fix.edits);
    assert!(edits.any(|edit| edit.replacement.contains("map_or(false")));
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

#[test]
fn a_method_that_readers_of_any_type_have_since_lately_is_for_packages_of_lately() {
    const SKIP: &str = "use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
pub fn sum(reader: &mut BufReader<File>, lengths: &[i64]) -> io::Result<u8> {
    let mut sum = 0_u8;
    for length in lengths {
        let mut tag = [0; 4];
        reader.read_exact(&mut tag)?;
        sum = sum.wrapping_add(tag[0]);
        reader.seek(SeekFrom::Current(*length))?;
    }
    Ok(sum)
}
";
    let skip = Project::library(&[("src/lib.rs", SKIP)]);
    let fixed_for = |version| fixed(&skip.clone().rust_version(version));
    assert!(fixed_for("1.80.0").contains("seek_relative("));
    assert_eq!(fixed_for("1.79.0"), SKIP);
}

#[test]
fn a_buffer_that_would_make_a_line_too_long_is_not_put_in() {
    const INDEX: &str = "use std::fs;
use std::io::{self, Read};
pub struct NAME(u32);
impl NAME {
    pub fn from_reader(mut reader: impl Read, count: u32) -> io::Result<Self> {
        let mut sum = 0;
        for _ in 0..count {
            let mut field = [0; 4];
            reader.read_exact(&mut field)?;
            sum += u32::from_le_bytes(field);
        }
        Ok(Self(sum))
    }
}
pub fn open(path: &str, count: u32) -> io::Result<NAME> {
    NAME::from_reader(fs::File::open(path)?, count)
}
";
    let long = "IndexOfAllFieldsThatTheFileHasAndThatAreRead";
    for (name, fits) in [("Index", true), (long, false)] {
        let text = INDEX.replace("NAME", name);
        let fixed = fixed(&Project::library(&[("src/lib.rs", &text)]));
        assert_eq!(fixed.contains("BufReader::new("), fits, "{fixed}");
        assert!(fixed.lines().all(|line| line.len() <= 100), "{fixed}");
    }
}

#[test]
fn a_buffer_round_an_opening_of_several_lines_is_written_as_rustfmt_writes_it() {
    const PARSE: &str = "use std::fs::File;
use std::path::Path;

pub enum Failure {
    Io { message: String },
    Json { message: String },
}

pub fn parse(path: &Path) -> Result<serde_json::Value, Failure> {
    {
        {
            let output_data: serde_json::Value =
                serde_json::from_reader(File::open(path.join(\"output.json\")).map_err(|error| {
                    Failure::Io {
                        message: format!(\"Failed to read output: {error}\"),
                    }
                })?)
                .map_err(|error| Failure::Json {
                    message: format!(\"Failed to parse JSON: {error}\"),
                })?;
            Ok(output_data)
        }
    }
}
";
    let fixed_of = |text: &str| {
        let project = Project::default().file("src/lib.rs", text).target(
            "app",
            TargetKind::Library,
            "src/lib.rs",
            &[("serde_json", "serde_json")],
        );
        fixed(&project)
    };
    assert_ne!(is_formatted(PARSE), Some(false), "{PARSE}");
    let short = fixed_of(PARSE);
    let broken = "serde_json::from_reader(BufReader::new(\n                \
                  File::open(path.join(\"output.json\")).map_err(|error| Failure::Io {\n";
    assert!(short.contains(broken), "{short}");
    // What is declared is too long for the call to stand beside it.
    let name = "output_data_that_was_made_by_the_other_program";
    let long = PARSE.replace("output_data", name);
    assert_ne!(is_formatted(&long), Some(false), "{long}");
    let long = fixed_of(&long);
    assert!(long.contains("BufReader::new("), "{long}");
    for fixed in [short, long] {
        assert!(fixed.lines().all(|line| line.len() <= 100), "{fixed}");
        assert_ne!(is_formatted(&fixed), Some(false), "{fixed}");
    }
}

#[test]
fn a_value_that_is_too_long_beside_its_variable_gets_a_line_of_its_own() {
    const LABEL: &str = "use std::fs::File;
use std::io::{self, Read};
pub struct LabelRetrievalFailure(io::Error);
pub fn label() -> Result<String, LabelRetrievalFailure> {
    let mut label = String::new();
    File::open(\"/proc/self/attr/current-of-it\")
        .map_err(LabelRetrievalFailure)?
        .read_to_string(&mut label)
        .map_err(LabelRetrievalFailure)?;
    Ok(label.trim().to_string())
}
";
    let fixed = fixed(&Project::library(&[("src/lib.rs", LABEL)]));
    assert!(fixed.contains("fs::read_to_string("), "{fixed}");
    assert_ne!(is_formatted(&fixed), Some(false), "{fixed}");
}

/// Whether rustfmt leaves a text as it is; `None` without rustfmt.
pub(crate) fn is_formatted(text: &str) -> Option<bool> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--check", "--edition=2021", "--config-path=/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = rustfmt.stdin.take()?;
    input.write_all(text.as_bytes()).ok()?;
    drop(input);
    Some(rustfmt.wait().ok()?.success())
}

#[test]
fn imports_stand_where_rustfmt_puts_them() {
    const CODE: &str = r#"
pub fn all(path: &Path, names: &[&str]) -> std::io::Result<()> {
    let mut output = File::create(path)?;
    for name in names {
        writeln!(output, "{name}")?;
    }
    Ok(())
}
"#;
    const KEPT: [&str; 2] = [
        "use std::io::BufReader; // for lines\n",
        "// Paths are of the system.\nuse std::path::Path;",
    ];
    let cases = [
        // Behind an import with a condition, and before one.
        "use std::fs::File;
use std::io::Write;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::Path;
",
        "use std::fs::File;
use std::io::Write;
use std::path::Path;
#[cfg(windows)]
use std::time::Duration;
",
        "#[cfg(unix)]
use std::collections::HashMap;
#[cfg(unix)]
use std::io::prelude::*;
#[cfg(not(unix))]
use std::io::Write;
#[cfg(unix)]
use std::net::Shutdown;
use std::{fs::File, path::Path};
",
        // In a group with imports for others, and in one of its own.
        "pub use std::env;
use std::io::Write;
pub use std::mem::swap;
use std::{fs::File, path::Path};
",
        "use super::other;
use std::fs::File;
use std::io::Write;

#[cfg(unix)]
pub use self::unix::Handle;
use crate::thing;
use std::path::Path;
",
        // Comments stay with what they are about.
        "use std::fs::File;
use std::io::prelude::*;
use std::io::BufReader; // for lines
// Paths are of the system.
use std::path::Path;
",
    ];
    for imports in cases {
        let text = format!("{imports}{CODE}");
        if is_formatted(&text).is_none() {
            println!("SKIPPED: rustfmt is not installed");
            return;
        }
        assert_eq!(is_formatted(&text), Some(true), "{text}");
        let fixed = fixed(&Project::library(&[("src/lib.rs", &text)]));
        assert!(fixed.contains("BufWriter::new("), "{fixed}");
        assert_eq!(is_formatted(&fixed), Some(true), "{fixed}");
        let mut kept = KEPT.iter().filter(|kept| imports.contains(**kept));
        assert!(kept.all(|kept| fixed.contains(kept)), "{fixed}");
    }
}

#[test]
fn reads_take_the_place_of_seeks_only_where_nobody_needs_the_position() {
    const BEFORE: &str = "use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;

pub fn sum(path: &str, offsets: &[u64]) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut sum = file.metadata()?.size();
    let mut byte = [0];
    for offset in offsets {
        file.seek(SeekFrom::Start(*offset))?;
        file.read_exact(&mut byte)?;
        sum += u64::from(byte[0]);
    }
    Ok(sum)
}
";
    const AFTER: &str = "use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::MetadataExt;

pub fn sum(path: &str, offsets: &[u64]) -> io::Result<u64> {
    let file = File::open(path)?;
    let mut sum = file.metadata()?.size();
    let mut byte = [0];
    for offset in offsets {
        file.read_exact_at(&mut byte, *offset)?;
        sum += u64::from(byte[0]);
    }
    Ok(sum)
}
";
    let after = |text: &str| fixed(&Project::library(&[("src/lib.rs", text)]));
    assert_eq!(after(BEFORE), AFTER);
    let others = [
        // Elsewhere there is no such call.
        ("use std::os::unix", "#[cfg(unix)]\nuse std::os::unix"),
        // The next read goes on from there, in the loop or behind it.
        (
            "        sum += u64",
            "        file.read_exact(&mut byte)?;\n        sum += u64",
        ),
        (
            "    Ok(sum)",
            "    file.read_exact(&mut byte)?;\n    Ok(sum)",
        ),
        // The position is the caller's.
        ("(path: &str,", "(mut file: &File, path: &str,"),
        // The buffer says where to read.
        ("Start(*offset)", "Start(*offset + u64::from(byte[0]))"),
        // A failed seek is one thing, a failed read another.
        ("read_exact(&mut byte)?", "read_exact(&mut byte).unwrap()"),
        // What is said about the seek would be lost.
        ("(*offset))?;", "(*offset))?; // first"),
    ];
    for (old, new) in others {
        let mut text = BEFORE.replacen(old, new, 1);
        if new.contains("mut file: &File") {
            text = text.replacen("    let mut file = File::open(path)?;\n", "", 1);
        }
        assert!(!after(&text).contains("read_exact_at"), "{new}");
    }
}
