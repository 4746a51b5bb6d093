//! Parsers that are given what has been read whole, in the place of a reader: an alternative of the buffer.

use model::TargetKind;

use crate::fixes::is_formatted;
use crate::support::{Project, apply};

/// The root of a library after the alternatives of its findings.
#[track_caller]
fn parsed_in_memory(text: &str) -> String {
    let crates = [
        ("bincode", "bincode"),
        ("ciborium", "ciborium"),
        ("json", "serde_json"),
        ("fs_err", "fs_err"),
        ("rmp_serde", "rmp_serde"),
        ("serde_json", "serde_json"),
    ];
    let project = Project::default().file("src/lib.rs", text);
    let project = project.target("app", TargetKind::Library, "src/lib.rs", &crates);
    let findings = project.load().run(&[]).findings.into_iter();
    let fixes = findings.flat_map(|finding| finding.alternatives);
    apply(text, fixes.flat_map(|fix| fix.edits)).expect("fixes go together")
}

/// What becomes of a body, in a file that imports `File` and its module.
#[track_caller]
fn body_after(body: &str) -> String {
    let head = "use std::fs::{self, File};
use std::io;

pub fn read(path: &str, first: &str) -> io::Result<Vec<u32>> {
";
    let text = format!("{head}{body}}}\n");
    assert_ne!(is_formatted(&text), Some(false), "{text}");
    let after = parsed_in_memory(&text);
    assert_ne!(is_formatted(&after), Some(false), "{after}");
    let (_, after) = after.split_once("{\n").expect("a body");
    after.strip_suffix("}\n").expect("a body").to_owned()
}

#[track_caller]
fn becomes(body: &str, after: &str) {
    assert_eq!(body_after(body), after);
}

#[track_caller]
fn stays(body: &str) {
    becomes(body, body);
}

#[test]
fn what_is_parsed_at_once_needs_no_variable() {
    let parsed = "    Ok(serde_json::from_slice(&fs::read(path)?)?)\n";
    becomes(
        "    Ok(serde_json::from_reader(File::open(path)?)?)\n",
        parsed,
    );
    becomes(
        "    Ok(serde_json::from_reader(&File::open(path)?)?)\n",
        parsed,
    );
    let lent = "    let mut file = File::open(path)?;
    Ok(serde_json::from_reader(&mut file)?)
";
    becomes(lent, parsed);
    becomes(
        "    let file = File::open(path).map_err(|error| {
        let text = format!(\"could not open {path}: {error}\");
        io::Error::new(error.kind(), text)
    })?;
    Ok(serde_json::from_reader(file)?)
",
        "    let bytes = fs::read(path).map_err(|error| {
        let text = format!(\"could not open {path}: {error}\");
        io::Error::new(error.kind(), text)
    })?;
    Ok(serde_json::from_slice(&bytes)?)
",
    );
}

#[test]
fn what_stands_between_stays_there() {
    becomes(
        "    let file = File::open(path)?;
    let least = first.len() as u32;
    let mut values: Vec<u32> = serde_json::from_reader(file)?;
    values.retain(|value| *value >= least);
    Ok(values)
",
        "    let bytes = fs::read(path)?;
    let least = first.len() as u32;
    let mut values: Vec<u32> = serde_json::from_slice(&bytes)?;
    values.retain(|value| *value >= least);
    Ok(values)
",
    );
    // The comment is about the file.
    becomes(
        "    let file = File::open(path)?; // from the last run
    Ok(serde_json::from_reader(file)?)
",
        "    let bytes = fs::read(path)?; // from the last run
    Ok(serde_json::from_slice(&bytes)?)
",
    );
    // What only sounds like it is not the file.
    becomes(
        "    let file = File::open(path)?;
    // The file is small.
    let values = serde_json::from_reader(file).expect(\"a good file\");
    Ok(values)
",
        "    // The file is small.
    let values = serde_json::from_slice(&fs::read(path)?).expect(\"a good file\");
    Ok(values)
",
    );
    // The first of two calls in a statement comes first.
    becomes(
        "    let file = File::open(path)?;
    log(first, serde_json::from_reader(file)?)
",
        "    let bytes = fs::read(path)?;
    log(first, serde_json::from_slice(&bytes)?)
",
    );
    // What is written or removed in the meantime may be what is read.
    stays(
        "    let file = File::open(path)?;
    fs::remove_file(first)?;
    Ok(serde_json::from_reader(file)?)
",
    );
    stays(
        "    let file = File::open(path)?;
    if first.is_empty() {
        return Ok(serde_json::from_reader(file)?);
    }
    Ok(Vec::new())
",
    );
}

#[test]
fn each_format_has_a_function_of_its_own_and_types_in_angle_brackets_stay() {
    let cases = [
        (
            "bincode::deserialize_from(FILE)",
            "bincode::deserialize(&READ)",
        ),
        (
            "rmp_serde::from_read::<_, Vec<u32>>(FILE)",
            "rmp_serde::from_slice::<Vec<u32>>(&READ)",
        ),
        (
            "ciborium::from_reader::<Vec<u32>, _>(FILE)",
            "ciborium::from_reader::<Vec<u32>, _>(READ.as_slice())",
        ),
        (
            "ciborium::from_reader(FILE)",
            "ciborium::from_reader(READ.as_slice())",
        ),
        ("json::from_reader(FILE)", "json::from_slice(&READ)"),
        (
            "serde_json::de::from_reader(FILE)",
            "serde_json::de::from_slice(&READ)",
        ),
    ];
    let body = |call: &str| {
        let call = call.replace("FILE", "File::open(path)?");
        let call = call.replace("READ", "fs::read(path)?");
        format!("    {call}.map_err(io::Error::other)\n")
    };
    for (before, after) in cases {
        becomes(&body(before), &body(after));
    }
    // It is not told which of the types is which, or what comes back.
    stays(&body("serde_json::from_reader::<File, Vec<u32>>(FILE)"));
    stays(&body("bincode::options().deserialize_from(FILE)"));
    stays(&body("serde_json::Deserializer::from_reader(FILE)"));
}

#[test]
fn a_failure_to_open_has_to_be_told_as_one_to_read_may_be() {
    let parsed = "    Ok(serde_json::from_slice(&fs::read(path).expect(\"a file\"))?)\n";
    becomes(
        "    Ok(serde_json::from_reader(File::open(path).expect(\"a file\"))?)\n",
        parsed,
    );
    stays(
        "    let Ok(file) = File::open(path) else {
        return Ok(Vec::new());
    };
    Ok(serde_json::from_reader(file)?)
",
    );
    stays(
        "    let file = match File::open(path) {
        Ok(file) => file,
        Err(_) => return Ok(Vec::new()),
    };
    Ok(serde_json::from_reader(file)?)
",
    );
    stays("    Ok(serde_json::from_reader(File::open(path).or_else(|_| File::open(first))?)?)\n");
    // It may have no end.
    stays("    Ok(serde_json::from_reader(File::open(\"/dev/fd/3\")?)?)\n");
}

#[test]
fn a_file_that_is_used_for_anything_else_stays_one() {
    let uses = [
        "    file.lock()?;\n",
        "    let size = file.metadata()?.len();\n    println!(\"{size}\");\n",
        "    println!(\"{file:?}\");\n",
    ];
    for used in uses {
        let body = format!(
            "    let file = File::open(path)?;
{used}    Ok(serde_json::from_reader(file)?)
"
        );
        stays(&body);
    }
    stays(
        "    let mut file = File::open(path)?;
    let mut all = Vec::new();
    for _ in 0..2 {
        all.extend(bincode::deserialize_from::<_, Vec<u32>>(&mut file).map_err(io::Error::other)?);
    }
    Ok(all)
",
    );
    stays(
        "    let mut file = File::open(path)?;
    let mut all = Vec::new();
    while let Ok(value) = bincode::deserialize_from::<_, u32>(&mut file) {
        all.push(value);
    }
    Ok(all)
",
    );
    stays(
        "    let mut file = File::open(path)?;
    let values = serde_json::from_reader(&mut file)?;
    keep(file);
    Ok(values)
",
    );
}

#[test]
fn the_functions_are_called_by_the_names_that_the_file_has_for_them() {
    let of = |imports: &str, open: &str| {
        let text = format!(
            "{imports}
pub fn read(path: &str) -> std::io::Result<Vec<u32>> {{
    Ok(serde_json::from_reader({open}(path)?)?)
}}
"
        );
        assert_ne!(is_formatted(&text), Some(false), "{text}");
        let after = parsed_in_memory(&text);
        assert_ne!(is_formatted(&after), Some(false), "{after}");
        after
    };
    // Where the import of `File` served nothing else, it goes.
    let after = of("use std::fs::File;\n", "File::open");
    assert!(after.starts_with("pub fn"), "{after}");
    let parsed = "    Ok(serde_json::from_slice(&std::fs::read(path)?)?)\n";
    assert!(after.contains(parsed), "{after}");
    assert!(of("", "std::fs::File::open").contains(parsed));
    let short = "    Ok(serde_json::from_slice(&fs::read(path)?)?)\n";
    assert!(of("use std::fs;\n", "fs::File::open").contains(short));
    let other = "    Ok(serde_json::from_slice(&fs_err::read(path)?)?)\n";
    assert!(of("", "fs_err::File::open").contains(other));
    let handed_on = "mod parsers {
    pub use serde_json::from_reader;
}

pub fn read(path: &str) -> std::io::Result<Vec<u32>> {
    Ok(parsers::from_reader(std::fs::File::open(path)?)?)
}
";
    assert_eq!(parsed_in_memory(handed_on), handed_on);
    let imported = "use serde_json::from_reader;
pub fn read(path: &str) -> std::io::Result<Vec<u32>> {
    Ok(from_reader(std::fs::File::open(path)?)?)
}
";
    assert_eq!(parsed_in_memory(imported), imported);
}

#[test]
fn rustfmt_has_nothing_to_change_where_lines_are_long() {
    // In one line it would be too long, before and after.
    becomes(
        "    let values = serde_json::from_reader(File::open(path)?)
        .map_err(|error| io::Error::other(format!(\"could not parse {path}: {error}\")))?;
    Ok(values)
",
        "    let values = serde_json::from_slice(&fs::read(path)?)
        .map_err(|error| io::Error::other(format!(\"could not parse {path}: {error}\")))?;
    Ok(values)
",
    );
    // With two characters less it would fit.
    stays(
        "    let values = serde_json::from_reader(File::open(path)?)
        .map_err(|error| io::Error::other(error))?;
    Ok(values)
",
    );
    // `std::fs::read` makes arguments too wide.
    let text = "use std::fs::File;

pub fn read(name_of_the_file: &std::path::Path) -> std::io::Result<Vec<u32>> {
    Ok(serde_json::from_reader(File::open(name_of_the_file)?)?)
}
";
    assert_ne!(is_formatted(text), Some(false), "{text}");
    assert_ne!(is_formatted(&parsed_in_memory(text)), Some(false));
}
