//! The templates are the models.

use std::collections::BTreeSet;
use std::path::Path;

use super::templates::pattern::{Answer, Pattern};
use super::templates::*;
use super::*;
use crate::workload::{Role, Workload};

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

/// The same order as that of the table.
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
    ]
}

fn with_workloads() -> impl Iterator<Item = (Known, &'static Template, &'static Workload)> {
    assert_eq!(all().len(), TEMPLATES.len());
    all().into_iter().zip(TEMPLATES).map(|(known, template)| {
        let workload = workloads::find(template.workload).unwrap().workload;
        (known, template, workload)
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
    for (known, template, workload) in with_workloads() {
        assert_eq!(known.name, template.workload.name());
        assert_eq!(known.throughput, workload.throughput, "{}", known.name);
        let module = template.module;
        assert!(module.starts_with(template.workload.rule), "{module}");
    }
}

#[test]
fn a_template_has_the_ways_of_its_model_but_those_of_the_runtime_crate() {
    for (known, _, workload) in with_workloads() {
        let directory = tempfile::tempdir().unwrap();
        let mut candidates = (workload.set_up)(directory.path(), 1000)
            .unwrap()
            .candidates;
        // The order of alternatives is of no weight.
        candidates.sort_by_key(|candidate| match candidate.role {
            Role::Baseline => 0,
            Role::Suggested => 1,
            Role::Alternative => 2,
        });
        let methods: Vec<&str> = candidates.iter().map(|it| &*it.method).collect();
        let ways = methods.len();
        let without_runtime: Vec<&str> = methods
            .into_iter()
            .filter(|method| !method.starts_with("io_optimize::"))
            .collect();
        assert_eq!(known.methods, without_runtime, "{}", known.name);
        // Whether the runtime crate pays is asked of the one way that its rewrite takes.
        assert!(ways <= without_runtime.len() + 1, "{}", known.name);
    }
}

#[test]
fn a_template_gives_the_answers_of_its_model() {
    for (known, template, workload) in with_workloads() {
        for size in [1, 1000, 40_000] {
            let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let (bytes, answers) = (known.run)(ours.path(), size);
            let mut setup = (workload.set_up)(theirs.path(), size).unwrap();
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
    let of = |rule| template(WorkloadId::new(rule, "default")).unwrap();
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
        Emission {
            template: of("unbuffered_read"),
            places: Vec::new(),
            left_out: None,
        },
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
            "unbuffered_read.rs"
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

mod measuring;
mod pattern;

mod lines_alloc;
mod unbuffered_read;

use criterion::Criterion;

/// Sizes of data in bytes.
const SIZES: [u64; 2] = [1 << 10, 1 << 20];

/// Sizes of data in bytes.
const BULK_SIZES: [u64; 3] = [1 << 10, 1 << 20, 100 << 20];

fn patterns(criterion: &mut Criterion) {
    measuring::measure(criterion, &lines_alloc::PATTERN, &BULK_SIZES);
    measuring::measure(criterion, &unbuffered_read::PATTERN, &SIZES);
}

criterion::criterion_group! {
    name = io_optimize;
    config = measuring::settings();
    targets = patterns
}
criterion::criterion_main!(io_optimize);
";
