//! The models of patterns as Rust files for a user's own package: benchmarks for criterion, and tests that hold what a
//! pattern and its rewrites do.
//!
//! The texts are those of `emit/templates`, which are compiled and run here as they will be there. That they are the
//! models which the report measures is held by tests: the same ways, the same sizes, the same answers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::workloads;

mod measured;
mod pieces;
mod table;
pub(crate) mod templates;
#[cfg(test)]
mod tests;

pub(crate) use measured::{set_up, set_up_in_pieces, set_up_on};
use table::Part;
pub use table::{Template, template};

/// What the benchmark and the test are called in a user's package.
pub const TARGET: &str = "io_optimize";

/// What becomes of a pattern.
#[derive(Debug, Clone)]
pub struct Emission {
    /// The pattern.
    pub template: Template,
    /// Where it was found, as a reader would say it; empty if it is known from an earlier run only.
    pub places: Vec<String>,
    /// Why it is left out, as a clause; `None` if it is not.
    pub left_out: Option<String>,
}

/// A file that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmittedFile {
    /// Its name; all files lie in one folder.
    pub name: String,
    /// Its text, the header of [`seal`] included.
    pub text: String,
}

/// Whether every compiler that the edition names can read the template.
#[must_use]
pub fn compiles_in(template: &Template, edition: &str) -> bool {
    // Paths to other crates need an import there, and there are no async functions.
    edition != "2015" || template.crates.is_empty()
}

/// The files of a criterion benchmark of these patterns, for files of about `hint` bytes.
#[must_use]
pub fn benchmark(emissions: &[Emission], edition: &str, hint: Option<u64>) -> Vec<EmittedFile> {
    let mut main = String::from(
        "//! Benchmarks of the I/O patterns that `cargo io-optimize` found in this package, beside their rewrites.\n\
         //!\n\
         //! Each measures a model of the pattern with criterion: `cargo bench --bench io_optimize`.\n",
    );
    list(&mut main, emissions);
    main.push('\n');
    if edition == "2015" {
        main.push_str("extern crate criterion;\n\n");
    }
    main.push_str("mod measuring;\n");
    modules(&mut main, emissions);
    main.push_str("\nuse criterion::Criterion;\n");
    let emitted: Vec<(&Template, Vec<u64>)> = emitted(emissions)
        .filter_map(|template| Some((template, sizes(template, hint)?)))
        .collect();
    let mut ladders: Vec<&Vec<u64>> = emitted.iter().map(|(_, sizes)| sizes).collect();
    ladders.sort();
    ladders.dedup();
    let name = |sizes: &Vec<u64>| match ladders.iter().position(|ladder| *ladder == sizes) {
        Some(0) | None => "SIZES",
        Some(_) => "BULK_SIZES",
    };
    for sizes in &ladders {
        let list: Vec<String> = sizes.iter().copied().map(literal).collect();
        put(
            &mut main,
            format_args!(
                "\n/// Sizes of data in bytes.\nconst {}: [u64; {}] = [{}];\n",
                name(sizes),
                sizes.len(),
                list.join(", ")
            ),
        );
    }
    main.push_str("\nfn patterns(criterion: &mut Criterion) {\n");
    for (template, sizes) in &emitted {
        put(
            &mut main,
            format_args!(
                "    measuring::measure(criterion, &{}::PATTERN, &{});\n",
                template.module,
                name(sizes)
            ),
        );
    }
    main.push_str(
        "}\n\ncriterion::criterion_group! {\n    name = io_optimize;\n    config = measuring::settings();\n    targets = \
         patterns\n}\ncriterion::criterion_main!(io_optimize);\n",
    );
    let measuring = ("measuring", include_str!("emit/templates/measuring.rs"));
    files(main, measuring, emissions)
}

/// The files of a test that holds what these patterns and their rewrites do.
#[must_use]
pub fn test(emissions: &[Emission]) -> Vec<EmittedFile> {
    let mut main = String::from(
        "//! Holds that the I/O patterns which `cargo io-optimize` found in this package and their rewrites end alike.\n\
         //!\n\
         //! Each test runs a model of the pattern: `cargo test --test io_optimize`.\n",
    );
    list(&mut main, emissions);
    main.push_str("\nmod comparing;\n");
    modules(&mut main, emissions);
    for template in emitted(emissions) {
        let module = &template.module;
        put(
            &mut main,
            format_args!(
                "\n#[test]\nfn {module}_ends_alike() {{\n    comparing::compare(&{module}::PATTERN);\n}}\n"
            ),
        );
    }
    let comparing = ("comparing", include_str!("emit/templates/comparing.rs"));
    files(main, comparing, emissions)
}

/// Names of the patterns whose files are among these names.
pub fn known<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Template> {
    let mut known: Vec<Template> = names
        .filter_map(|name| table::of_module(name.strip_suffix(".rs")?))
        .collect();
    known.sort_by_key(|template| template.workload);
    known
}

/// The sizes at which a pattern is measured.
fn sizes(template: &Template, hint: Option<u64>) -> Option<Vec<u64>> {
    Some(
        workloads::find(template.workload)?
            .workload
            .sizes
            .up_to(hint),
    )
}

fn emitted(emissions: &[Emission]) -> impl Iterator<Item = &Template> {
    emissions
        .iter()
        .filter(|emission| emission.left_out.is_none())
        .map(|emission| &emission.template)
}

/// What was found where, for the doc of the crate.
fn list(text: &mut String, emissions: &[Emission]) {
    text.push_str("//!\n");
    for emission in emissions {
        put(
            text,
            format_args!("//! - `{}`", emission.template.workload.name()),
        );
        if let Some(reason) = &emission.left_out {
            put(text, format_args!(", left out: {reason}"));
        }
        text.push('\n');
        for place in &emission.places {
            put(text, format_args!("//!   - {place}\n"));
        }
    }
}

fn modules(text: &mut String, emissions: &[Emission]) {
    text.push_str("mod pattern;\n\n");
    let is_in_pieces = |template: &Template| template.workload.piece.is_some();
    let (in_pieces, others): (Vec<&Template>, Vec<&Template>) =
        emitted(emissions).partition(|it| is_in_pieces(it));
    let parts = parts(emissions);
    let parts = parts.iter().map(|part| part.module);
    let mut modules: Vec<&str> = others.iter().map(|it| &*it.module).chain(parts).collect();
    modules.sort_unstable();
    for module in &modules {
        put(text, format_args!("mod {module};\n"));
    }
    // Styles of rustfmt differ in how they sort numbers, and sort no further than to an empty line.
    for (index, template) in in_pieces.iter().enumerate() {
        if index > 0 || !modules.is_empty() {
            text.push('\n');
        }
        put(text, format_args!("mod {};\n", template.module));
    }
}

fn files(main: String, glue: (&str, &str), emissions: &[Emission]) -> Vec<EmittedFile> {
    let file = |name: &str, text: &str| EmittedFile {
        name: format!("{name}.rs"),
        text: seal(text),
    };
    let mut files = vec![
        file("main", &main),
        file(glue.0, glue.1),
        file("pattern", include_str!("emit/templates/pattern.rs")),
    ];
    // A package calls it by its own name, and this one has both of its majors.
    let text = |text: &str| text.replace("bincode_2::", "bincode::");
    files.extend(
        parts(emissions)
            .iter()
            .map(|it| file(it.module, &text(it.text))),
    );
    files.extend(emitted(emissions).map(|it| file(&it.module, &it.text)));
    files
}

/// The files that the patterns share.
fn parts(emissions: &[Emission]) -> BTreeSet<&'static Part> {
    emitted(emissions).flat_map(|it| it.parts).collect()
}

/// A size as a person writes it.
fn literal(bytes: u64) -> String {
    match bytes.trailing_zeros() {
        zeros @ 20.. if bytes != 0 => {
            let shift = if zeros >= 30 { 30 } else { 20 };
            format!("{} << {shift}", bytes >> shift)
        }
        10..=19 => format!("{} << 10", bytes >> 10),
        _ => bytes.to_string(),
    }
}

const MARK: &str =
    "// @generated by cargo io-optimize, which writes it anew while it is unchanged: ";

/// The text under a header by which [`is_unchanged`] recognises it.
#[must_use]
pub fn seal(text: &str) -> String {
    format!("{MARK}{}\n{text}", sum(text))
}

/// Whether a file was written by this program, by whichever version, and has not been changed since; line endings do
/// not count.
#[must_use]
pub fn is_unchanged(text: &str) -> bool {
    let text = text.replace("\r\n", "\n");
    let sealed = text
        .strip_prefix(MARK)
        .and_then(|rest| rest.split_once('\n'));
    sealed.is_some_and(|(known, rest)| known == sum(rest))
}

fn sum(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

/// Writing to a string cannot fail.
fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _infallible = text.write_fmt(arguments);
}
