//! Rewrites onto the runtime crate: alternatives, where the code allows them.

use crate::support::{Project, apply};

/// The root of a library after the rewrites onto the runtime crate alone.
#[track_caller]
fn onto_runtime(text: &str) -> String {
    let analysis = Project::library(&[("src/lib.rs", text)]).load();
    let fixes = analysis
        .run(&[])
        .findings
        .into_iter()
        .flat_map(|finding| finding.alternatives)
        .filter(|fix| !fix.requires.is_empty());
    apply(text, fixes.flat_map(|fix| fix.edits)).expect("fixes go together")
}

/// Which of the changes to a text keep the rewrite away.
#[track_caller]
fn none_after(text: &str, changes: &[(&str, &str)]) {
    assert!(onto_runtime(text).contains("io_optimize::"), "{text}");
    for (old, new) in changes {
        let changed = text.replacen(old, new, 1);
        assert_ne!(&changed, text, "`{old}` is not there");
        let after = onto_runtime(&changed);
        assert!(!after.contains("io_optimize::"), "`{new}`: {after}");
    }
}

const LOOP: &str = "use std::fs::File;
use std::io::{self, Read, Write};

pub fn copy(from: &str, to: &str) -> io::Result<()> {
    let mut input = File::open(from)?;
    let mut output = File::create(to)?;
    let mut buffer = [0; 8192];
    loop {
        let read = input.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        output.write_all(&buffer[..read])?;
    }
    Ok(())
}
";

#[test]
fn a_loop_that_copies_becomes_the_copy_of_streams_between_types_that_it_takes() {
    assert_eq!(
        onto_runtime(LOOP),
        "use std::fs::File;
use std::io;

pub fn copy(from: &str, to: &str) -> io::Result<()> {
    let mut input = File::open(from)?;
    let mut output = File::create(to)?;
    io_optimize::io_copy(&mut input, &mut output)?;
    Ok(())
}
"
    );
    let sent = LOOP.replace("File::create(to)?", "io::stdout().lock()");
    assert!(onto_runtime(&sent).contains("io_optimize::io_copy(&mut input, &mut output)?;"));
    none_after(
        LOOP,
        &[
            // Types that it does not know, or that are not known.
            (
                "File::open(from)?",
                "flate2::read::GzDecoder::new(File::open(from)?)",
            ),
            ("File::create(to)?", "made(to)?"),
            // Two failures are not one.
            (
                "input.read(&mut buffer)?",
                "input.read(&mut buffer).map_err(io::Error::other)?",
            ),
        ],
    );
    let generic = LOOP
        .replace(
            "pub fn copy(from: &str, to: &str)",
            "pub fn copy(mut input: impl Read, to: &str)",
        )
        .replace("    let mut input = File::open(from)?;\n", "");
    assert_eq!(onto_runtime(&generic), generic);
}

const BOXED: &str = "use std::fs::File;
use std::io;

pub fn copy(from: &str, to: &str) -> io::Result<u64> {
    let mut input = Box::new(File::open(from)?);
    io::copy(&mut input, &mut File::create(to)?)
}
";

#[test]
fn a_copy_through_a_box_becomes_one_that_sees_through_it() {
    let copied = "    io_optimize::io_copy(&mut input, &mut File::create(to)?)\n";
    assert!(
        onto_runtime(BOXED).contains(copied),
        "{}",
        onto_runtime(BOXED)
    );
    let shared = BOXED.replace("Box::new", "std::sync::Arc::new");
    assert!(onto_runtime(&shared).contains(copied));
    none_after(
        BOXED,
        &[
            // What is in the box is not known, or may not be copied through it.
            ("let mut input =", "let mut input: Box<dyn io::Read> ="),
            ("Box::new", "std::rc::Rc::new"),
        ],
    );
}

const LINES: &str = "use std::fs::File;
use std::io::{self, BufRead, BufReader};

pub fn count(path: &str, words: &[String]) -> io::Result<usize> {
    let mut count = 0;
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        if line.is_empty() {
            continue;
        }
        count += find(&line, words);
    }
    Ok(count)
}

fn find(line: &str, words: &[String]) -> usize {
    words.iter().filter(|word| line.contains(word.as_str())).count()
}
";

#[test]
fn lines_are_lent_from_a_reader_over_the_file_itself() {
    assert_eq!(
        onto_runtime(LINES),
        LINES
            .replace("use std::io::{self, BufRead, BufReader};", "use std::io;")
            .replace(
                "    for line in BufReader::new(File::open(path)?).lines() {\n        let line = line?;\n",
                "    let mut reader = io_optimize::LineReader::new(File::open(path)?);\n    \
                 while let Some(line) = reader.next_str()? {\n",
            )
            .replace("find(&line, words)", "find(line, words)")
    );
    let of = |old: &str, new: &str| onto_runtime(&LINES.replacen(old, new, 1));
    let named = of(
        "    let mut count = 0;\n    for line in BufReader::new(File::open(path)?).lines() {\n        let line = line?;\n",
        "    let mut count = 0;\n    let file = File::open(path)?;\n    let reader = BufReader::new(file);\n    \
         for line in reader.lines() {\n        let line = line.unwrap();\n",
    );
    assert!(
        named.contains(
            "    let mut reader = io_optimize::LineReader::new(file);\n    \
             while let Some(line) = reader.next_str().unwrap() {\n"
        ),
        "{named}"
    );
    let counted = of(
        "for line in BufReader::new(File::open(path)?).lines() {",
        "'all: for (number, line) in BufReader::new(File::open(path)?).lines().enumerate() {",
    );
    assert!(
        counted.contains(
            "    'all: for number in 0usize.. {\n        let Some(line) = reader.next_str()? else {\n            \
             break;\n        };\n"
        ),
        "{counted}"
    );
    let as_str = of("line.is_empty()", "line.as_str() == \"#\"");
    assert!(as_str.contains("if line == \"#\" {"), "{as_str}");
    let until = of(
        ".lines() {\n        let line = line?;",
        ".lines().map_while(Result::ok) {",
    );
    assert!(
        until.contains("while let Ok(Some(line)) = reader.next_str() {"),
        "{until}"
    );
    let shadowed = of(
        "let line = line?;",
        "let line = line?;\n        let line = line.trim();",
    );
    assert!(shadowed.contains("find(&line, words)"), "{shadowed}");
}

#[test]
fn lines_are_not_lent_where_the_line_or_the_file_is_needed_otherwise() {
    none_after(
        LINES,
        &[
            // What a `str` has not, or has otherwise.
            ("line.is_empty()", "line.capacity() == 0"),
            ("line.is_empty()", "line.clone().is_empty()"),
            ("find(&line, words)", "find(&&line, words)"),
            (
                "find(&line, words)",
                "words.iter().filter(|line| find(&line, words) > 0).count()",
            ),
            // Others read on where it ended.
            ("File::open(path)?", "file"),
            ("File::open(path)?", "io::stdin().lock()"),
            // The comment would be lost.
            ("let line = line?;", "// or none\n        let line = line?;"),
        ],
    );
}

const TREE: &str = "use std::path::Path;
use std::{fs, io};

pub fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
";

#[test]
fn a_function_that_copies_a_tree_and_does_nothing_else_calls_the_one_that_does() {
    let called = |source: &str, target: &str| {
        format!(
            "    io_optimize::TreeOptions::new()\n        .merge(true)\n        \
             .existing(io_optimize::Existing::Replace)\n        .on_error(io_optimize::OnError::Stop)\n        \
             .copy({source}, {target})?;\n    Ok(())\n}}\n"
        )
    };
    let after = onto_runtime(TREE);
    let made = "    fs::create_dir_all(to)?;\n";
    assert!(
        after.ends_with(&format!("{made}{}", called("from", "to"))),
        "{after}"
    );
    let generic = "use std::path::Path;
use std::{fs, io};

fn copy_dir_all(src: impl AsRef<Path>, dst: impl AsRef<Path>) -> io::Result<()> {
    fs::create_dir_all(&dst)?;
    for entry in fs::read_dir(src)? {
        let entry = entry?;
        let ty = entry.file_type()?;
        if ty.is_dir() {
            copy_dir_all(entry.path(), dst.as_ref().join(entry.file_name()))?;
        } else {
            fs::copy(entry.path(), dst.as_ref().join(entry.file_name()))?;
        }
    }
    Ok(())
}
";
    let after = onto_runtime(generic);
    assert!(after.ends_with(&called("src", "&dst")), "{after}");
    none_after(
        TREE,
        &[
            // Something is left out, told or named otherwise.
            ("        } else {", "        } else if entry.path() != to {"),
            (
                "            fs::copy",
                "            println!(\"{target:?}\");\n            fs::copy",
            ),
            ("to.join(entry", "to.join(\"copy\").join(entry"),
            (
                "copy_tree(&entry.path(), &target)?;",
                "copy_tree(&target, &entry.path())?;",
            ),
            ("    Ok(())", "    fs::remove_dir(from)"),
            // Links to directories are gone into.
            ("entry.file_type()?.is_dir()", "entry.path().is_dir()"),
        ],
    );
}
