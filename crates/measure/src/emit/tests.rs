//! The templates are the models.

use std::collections::BTreeSet;
use std::path::Path;

use model::WorkloadId;

use super::pieces::IN_PIECES;
use super::table::TEMPLATES;
use super::templates::pattern::{Answer, Pattern};
use super::templates::*;
use super::*;
use crate::workload::{Model, Role};

type Run = dyn Fn(&Path, u64) -> (u64, Vec<blake3::Hash>);

/// What a template says of itself and does.
struct Known {
    name: &'static str,
    throughput: bool,
    methods: Vec<&'static str>,
    /// Bytes of the input and, of each way, the hash of its answer, in a folder at a size.
    run: Box<Run>,
}

fn known<I: 'static, A: Answer + 'static>(pattern: Pattern<I, A>) -> Known {
    Known {
        name: pattern.name,
        throughput: pattern.throughput,
        methods: pattern.ways.iter().map(|way| way.method).collect(),
        run: Box::new(move |folder, size| {
            let place = (pattern.set_up)(folder, size).unwrap();
            let bytes = place.size;
            let input = (pattern.prepare)(place).unwrap();
            let hash = |way: &pattern::Way<I, A>| {
                let answer = (way.run)(&input).unwrap();
                let hash = blake3::hash(&answer.bytes().unwrap());
                answer.discard().unwrap();
                hash
            };
            (bytes, pattern.ways.iter().map(hash).collect())
        }),
    }
}

/// The same order as that of the table, and behind it those that are files for pieces alone.
fn all() -> Vec<Known> {
    vec![
        known(async_small_io_read::PATTERN),
        known(async_small_io_write::PATTERN),
        known(blocking_in_async::PATTERN),
        known(bufwriter_no_flush::PATTERN),
        known(copy_off_fast_path_dynamic::PATTERN),
        known(copy_off_fast_path_progress::PATTERN),
        known(double_buffering_read::PATTERN),
        known(double_buffering_write::PATTERN),
        known(exists_then_open::PATTERN),
        known(fsync_in_loop::PATTERN),
        known(lines_alloc::PATTERN),
        known(lines_alloc_records::PATTERN),
        known(lines_alloc_byte_records::PATTERN),
        known(manual_copy_loop::PATTERN),
        known(metadata_per_entry_path_metadata::PATTERN),
        known(metadata_per_entry_entry_metadata::PATTERN),
        known(open_in_loop::PATTERN),
        known(read_write_copy::PATTERN),
        known(seek_discards_buffer::PATTERN),
        known(seek_read::PATTERN),
        known(sequential_many_files::PATTERN),
        known(small_buffer::PATTERN),
        known(stdout_unbuffered::PATTERN),
        known(streaming_no_hint::PATTERN),
        known(tree_copy::PATTERN),
        known(unbuffered_read::PATTERN),
        known(unbuffered_serde_bincode_1_read::PATTERN),
        known(unbuffered_serde_bincode_1_write::PATTERN),
        known(unbuffered_serde_bincode_2_read::PATTERN),
        known(unbuffered_serde_bincode_2_write::PATTERN),
        known(unbuffered_serde_cbor_read::PATTERN),
        known(unbuffered_serde_cbor_write::PATTERN),
        known(unbuffered_serde_json_read::PATTERN),
        known(unbuffered_serde_json_write::PATTERN),
        known(unbuffered_serde_messagepack_read::PATTERN),
        known(unbuffered_serde_messagepack_write::PATTERN),
        known(unbuffered_serde_xml_write::PATTERN),
        known(unbuffered_write::PATTERN),
        known(verbose_file_read::PATTERN),
        known(whole_file_read_lines::PATTERN),
        known(whole_file_read_hash::PATTERN),
        known(whole_file_read_first_line::PATTERN),
        known(unbuffered_read_pieces::PATTERN),
        known(unbuffered_write_pieces::PATTERN),
    ]
}

fn with_models() -> impl Iterator<Item = (Known, Template, Model)> {
    let in_pieces = ["unbuffered_read", "unbuffered_write"]
        .map(|rule| template(WorkloadId::new(rule, "default").in_pieces(Some(64))).unwrap());
    let templates: Vec<Template> = TEMPLATES.iter().cloned().chain(in_pieces).collect();
    assert_eq!(all().len(), templates.len());
    all().into_iter().zip(templates).map(|(known, template)| {
        let model = workloads::find(template.workload).unwrap();
        (known, template, model)
    })
}

#[test]
fn every_model_has_a_template_under_its_name() {
    let templates: BTreeSet<WorkloadId> = TEMPLATES.iter().map(|it| it.workload).collect();
    let models: BTreeSet<WorkloadId> = workloads::ALL
        .iter()
        .map(|it| WorkloadId::new(it.rule, it.variants[0]))
        .collect();
    assert_eq!(templates, models);
    for (known, template, model) in with_models() {
        assert_eq!(known.name, template.workload.name());
        let throughput = model.workload.throughput;
        assert_eq!(known.throughput, throughput, "{}", known.name);
        let module = template.module;
        assert!(module.starts_with(template.workload.rule), "{module}");
    }
}

#[test]
fn a_template_has_the_ways_of_its_model_but_those_of_the_runtime_crate() {
    for (known, _, model) in with_models() {
        assert_eq!(known.methods, ways_of(model), "{}", known.name);
    }
}

/// What the ways of a model are called, but those of the runtime crate.
fn ways_of(model: Model) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let mut candidates = model.set_up(directory.path(), 1000).unwrap().candidates;
    // The order of alternatives is of no weight.
    candidates.sort_by_key(|candidate| match candidate.role {
        Role::Baseline => 0,
        Role::Suggested => 1,
        Role::Alternative => 2,
    });
    let all = candidates.len();
    let methods = candidates.into_iter().map(|it| it.method.into_owned());
    let ways: Vec<String> = methods
        .filter(|method| !method.starts_with("io_optimize::"))
        .collect();
    // Whether the runtime crate pays is asked of the one way that its rewrite takes.
    assert!(all <= ways.len() + 1, "{ways:?}");
    ways
}

#[test]
fn a_template_in_pieces_says_what_its_model_does_and_is_otherwise_as_it_was_compiled() {
    for source in IN_PIECES {
        for piece in [1_u32, 16, 64, 512, 4 << 10, 8 << 10, 256 << 10] {
            let id = WorkloadId::new(source.rule, "default").in_pieces(Some(piece.into()));
            let template = template(id).unwrap();
            assert_eq!(template.workload, id);
            let text = &*template.text;
            let ways = text.split("Way::new(\"").skip(1);
            let ways: Vec<&str> = ways.map(|it| it.split('"').next().unwrap()).collect();
            assert_eq!(ways, ways_of(workloads::find(id).unwrap()), "{id:?}");
            for once in [
                format!("    name: \"{}\",\n", id.name()),
                format!("const PIECE: u32 = {};\n", literal(piece.into())),
            ] {
                assert_eq!(text.matches(&once).count(), 1, "{once} in {text}");
            }
            let same: BTreeSet<&str> = source.text.lines().collect();
            let others: Vec<&str> = text.lines().filter(|line| !same.contains(line)).collect();
            let tells = |line: &&str| {
                ["name: ", "const PIECE", "Way::new(", "//! Pieces of "]
                    .iter()
                    .any(|it| line.contains(it))
            };
            assert!(others.iter().all(tells), "{others:?}");
            assert!(text.lines().count() + 1 >= source.text.lines().count());
        }
    }
}

#[test]
fn files_of_an_earlier_run_are_known_by_their_names() {
    let in_pieces = |rule, bytes| WorkloadId::new(rule, "default").in_pieces(bytes);
    let ids = [
        in_pieces("manual_copy_loop", Some(4 << 10)),
        in_pieces("small_buffer", Some(1 << 30)),
        in_pieces("unbuffered_read", None),
        in_pieces("unbuffered_read", Some(1)),
        in_pieces("unbuffered_read", Some(64)),
        in_pieces("unbuffered_write", Some(2 << 20)),
    ];
    let templates = ids.map(|id| template(id).unwrap());
    let names = templates.each_ref().map(|it| format!("{}.rs", it.module));
    assert_eq!(
        names,
        [
            "manual_copy_loop_4_kib.rs",
            "small_buffer_1_gib.rs",
            "unbuffered_read.rs",
            "unbuffered_read_1_byte.rs",
            "unbuffered_read_64_bytes.rs",
            "unbuffered_write_2_mib.rs",
        ]
    );
    let others = [
        "main.rs",
        "unbuffered_read_3_bytes.rs",
        "unbuffered_read_64_bytes",
    ];
    let all = names.iter().map(String::as_str).chain(others);
    assert_eq!(super::known(all), templates);
}

#[test]
fn pieces_that_a_model_has_not_are_no_name_of_another() {
    let id = WorkloadId::new("unbuffered_serde", "json-read").in_pieces(Some(64));
    assert_eq!(template(id).unwrap().module, "unbuffered_serde_json_read");
}

#[test]
fn a_template_gives_the_answers_of_its_model() {
    for (known, template, model) in with_models() {
        for size in [1, 1000, 40_000] {
            let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let (bytes, answers) = (known.run)(ours.path(), size);
            let mut setup = model.set_up(theirs.path(), size).unwrap();
            assert_eq!(bytes, setup.size, "{} at {size}", known.name);
            let agree = answers.iter().all(|answer| *answer == answers[0]);
            assert!(agree, "{} at {size}: {answers:?}", known.name);
            // A tree is named by where it lies: what is compared there is its input.
            if template.workload.rule == "tree_copy" {
                continue;
            }
            let expected = setup.candidates[0].answer().unwrap().1;
            assert_eq!(answers[0], expected, "{} at {size}", known.name);
        }
    }
}

#[test]
fn a_header_tells_whether_a_file_was_changed() {
    let sealed = seal("fn main() {}\n");
    assert!(is_unchanged(&sealed));
    assert!(
        is_unchanged(&sealed.replace('\n', "\r\n")),
        "as git checks it out on Windows"
    );
    for changed in [
        sealed.replace("main", "mine"),
        format!("{sealed}\n"),
        "fn main() {}\n".to_owned(),
        String::new(),
    ] {
        assert!(!is_unchanged(&changed), "{changed}");
    }
}

#[test]
fn sizes_are_written_as_a_person_does() {
    let sizes = [1, 1000, 1 << 10, 1536 << 10, 100 << 20, 1 << 30];
    let written = ["1", "1000", "1 << 10", "1536 << 10", "100 << 20", "1 << 30"];
    assert_eq!(sizes.map(literal), written);
}

#[test]
fn the_main_file_of_a_benchmark() {
    let in_pieces = |rule, bytes| template(WorkloadId::new(rule, "default").in_pieces(bytes));
    let of = |rule| in_pieces(rule, None).unwrap();
    let reads = |bytes| Emission {
        template: in_pieces("unbuffered_read", bytes).unwrap(),
        places: Vec::new(),
        left_out: None,
    };
    let emissions = [
        Emission {
            template: of("lines_alloc"),
            places: vec!["src/lib.rs, `app::read`".to_owned()],
            left_out: None,
        },
        Emission {
            template: of("sequential_many_files"),
            places: Vec::new(),
            left_out: Some("the package does not use the crate blake3".to_owned()),
        },
        reads(None),
        reads(Some(2)),
        reads(Some(16)),
    ];
    let files = benchmark(&emissions, "2021", None);
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "main.rs",
            "measuring.rs",
            "pattern.rs",
            "lines_alloc.rs",
            "unbuffered_read.rs",
            "unbuffered_read_2_bytes.rs",
            "unbuffered_read_16_bytes.rs",
        ]
    );
    assert!(files.iter().all(|file| is_unchanged(&file.text)));
    let (_, main) = files[0].text.split_once('\n').unwrap();
    assert_eq!(main, MAIN);
}

const MAIN: &str = "\
//! Benchmarks of the I/O patterns that `cargo io-optimize` found in this package, beside their rewrites.
//!
//! Each measures a model of the pattern with criterion: `cargo bench --bench io_optimize`.
//!
//! - `lines_alloc/default`
//!   - src/lib.rs, `app::read`
//! - `sequential_many_files/default`, left out: the package does not use the crate blake3
//! - `unbuffered_read/default`
//! - `unbuffered_read/default-2`
//! - `unbuffered_read/default-16`

mod measuring;
mod pattern;

mod lines_alloc;
mod unbuffered_read;

mod unbuffered_read_2_bytes;

mod unbuffered_read_16_bytes;

use criterion::Criterion;

/// Sizes of data in bytes.
const SIZES: [u64; 2] = [1 << 10, 1 << 20];

/// Sizes of data in bytes.
const BULK_SIZES: [u64; 3] = [1 << 10, 1 << 20, 100 << 20];

fn patterns(criterion: &mut Criterion) {
    measuring::measure(criterion, &lines_alloc::PATTERN, &BULK_SIZES);
    measuring::measure(criterion, &unbuffered_read::PATTERN, &SIZES);
    measuring::measure(criterion, &unbuffered_read_2_bytes::PATTERN, &SIZES);
    measuring::measure(criterion, &unbuffered_read_16_bytes::PATTERN, &SIZES);
}

criterion::criterion_group! {
    name = io_optimize;
    config = measuring::settings();
    targets = patterns
}
criterion::criterion_main!(io_optimize);
";
