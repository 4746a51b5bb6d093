//! The findings of the sample, with what was measured for them.

use model::*;

use super::*;

fn insertion(file: u32, at: u32, text: &str) -> Edit {
    Edit {
        span: Span {
            file: FileId(file),
            start: at,
            end: at,
        },
        replacement: text.to_owned(),
    }
}

fn replacement(file: u32, text: &str, needle: &str, by: &str) -> Edit {
    Edit {
        span: span(file, text, needle),
        replacement: by.to_owned(),
    }
}

fn evidence(kind: EvidenceKind, note: &str) -> Evidence {
    Evidence {
        kind,
        span: None,
        note: note.to_owned(),
    }
}

pub(crate) fn fix(title: &str, applicability: Applicability, edits: Vec<Edit>) -> Fix {
    Fix {
        title: title.to_owned(),
        applicability,
        edits,
        creates: Vec::new(),
        requires: Vec::new(),
        verified: Verified::Compiled,
        method: None,
        headline: None,
    }
}

fn measurement(method: &str, size: u64, time_ns: u64, ratio: [f64; 3]) -> Measurement {
    Measurement {
        method: method.to_owned(),
        is_baseline: ratio == [1.0; 3],
        is_suggested: false,
        size,
        cache: Cache::Warm,
        time_ns,
        bytes_per_second: Some(size as f64 * 1e9 / time_ns as f64),
        ratio: Ratio {
            median: ratio[0],
            low: ratio[1],
            high: ratio[2],
        },
        samples: 21,
    }
}

fn headline(
    workload: WorkloadId,
    baseline: &Measurement,
    best: &Measurement,
    worth_it: bool,
) -> Headline {
    Headline {
        workload,
        method: best.method.clone(),
        size: best.size,
        baseline_ns: baseline.time_ns,
        optimized_ns: best.time_ns,
        ratio: best.ratio,
        samples: best.samples,
        cache: best.cache,
        worth_it,
    }
}

fn suggested(measurement: Measurement) -> Measurement {
    Measurement {
        is_suggested: true,
        ..measurement
    }
}

pub(super) fn write_finding() -> Finding {
    let wrap = fix(
        "wrap the file in a `BufWriter` and flush it at the end",
        Applicability::MachineApplicable,
        vec![
            replacement(0, EXPORT, "{self, Write}", "{self, BufWriter, Write}"),
            replacement(
                0,
                EXPORT,
                "File::create(path)?",
                "BufWriter::new(File::create(path)?)",
            ),
            insertion(
                0,
                EXPORT.find("\tOk(())").expect("present") as u32,
                "\tout.flush()?;\n",
            ),
        ],
    );
    let rows = write_measurements();
    Finding {
        related: vec![
            Label {
                span: span(0, EXPORT, "File::create(path)"),
                text: "the bare file is made here".to_owned(),
            },
            Label {
                span: span(1, LOAD, "load"),
                text: "a place in another file, `load`".to_owned(),
            },
        ],
        function: "demo::export::export".to_owned(),
        evidence: vec![
            evidence(
                EvidenceKind::Constructor,
                "`out` is a `std::fs::File` made by `File::create`",
            ),
            evidence(
                EvidenceKind::Repeated,
                "the `writeln!` runs once per element of `rows`",
            ),
        ],
        confidence: Confidence::High,
        workload: Some(WRITE),
        headline: Some(headline(WRITE, &rows[0], &rows[1], true)),
        measurements: rows.clone(),
        trace: Some(TraceWeight {
            calls: 12_345,
            bytes: 400_000,
            time_ns: 98_765_432,
            share: 0.4321,
        }),
        suggestion: Some(wrap),
        alternatives: vec![Fix {
            verified: Verified::No,
            headline: Some(headline(WRITE, &rows[0], &rows[2], true)),
            ..fix(
                "do it by `String, then fs::write | one call`, which measured faster here",
                Applicability::HasPlaceholders,
                Vec::new(),
            )
        }],
        ..finding(
            "w1",
            &UNBUFFERED_WRITE,
            span(
                0,
                EXPORT,
                "writeln!(out, \"`{}` | <b>{}</b>\", row.name, row.size)",
            ),
            "every `writeln!` to the bare file `out` is at least one system call",
        )
    }
}

pub(super) fn write_measurements() -> Vec<Measurement> {
    vec![
        measurement("writeln!(File)", 1 << 20, 1_904_321, [1.0; 3]),
        suggested(measurement(
            "writeln!(BufWriter)",
            1 << 20,
            24_640,
            [77.31, 75.12, 79.94],
        )),
        measurement(
            "String, then fs::write | one call",
            1 << 20,
            20_010,
            [95.2, 93.0, 97.1],
        ),
        measurement("writeln!(File)", 65_536, 119_000, [1.0; 3]),
        suggested(measurement(
            "writeln!(BufWriter)",
            65_536,
            3_020,
            [39.4, 38.8, 40.1],
        )),
    ]
}

pub(super) fn load_finding() -> Finding {
    let slice = "serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()";
    let mut vendored = fix(
        "map the file with the runtime crate",
        Applicability::HasPlaceholders,
        vec![replacement(
            1,
            LOAD,
            "serde_json::from_reader(file).unwrap()",
            slice,
        )],
    );
    vendored.requires = vec![
        Requirement::Dependency {
            name: "io-optimize".to_owned(),
            version: "0.1".to_owned(),
            source: DependencySource::Registry,
        },
        Requirement::Feature("mmap".to_owned()),
    ];
    vendored.verified = Verified::No;
    let mut buffered = fix(
        "read through a `BufReader`",
        Applicability::MaybeIncorrect,
        vec![replacement(
            1,
            LOAD,
            "from_reader(file)",
            "from_reader(\r\n        std::io::BufReader::new(file),\r\n    )",
        )],
    );
    buffered.creates = vec![NewFile {
        path: "src/io/mod.rs".to_owned(),
        contents: "//! I/O.\n".to_owned(),
    }];
    Finding {
        operation: Operation::Read,
        function: "demo::load::load".to_owned(),
        evidence: vec![evidence(
            EvidenceKind::EffectTable,
            "`serde_json::from_reader` asks for one byte at a time",
        )],
        workload: Some(READ),
        suggestion: Some(buffered),
        alternatives: vec![vendored],
        ..finding(
            "s1",
            &UNBUFFERED_SERDE,
            span(1, LOAD, "serde_json::from_reader(file)"),
            "`from_reader` parses the bare file byte by byte",
        )
    }
}

pub(super) fn copy_finding() -> Finding {
    let start = COPY.find("loop").expect("present") as u32;
    let end = COPY.rfind("    }\n").expect("present") as u32 + 5;
    let rows = copy_measurements();
    Finding {
        operation: Operation::Copy,
        function: "demo::copy::copy".to_owned(),
        confidence: Confidence::Low,
        workload: Some(COPYING),
        headline: Some(headline(COPYING, &rows[0], &rows[1], false)),
        measurements: rows,
        ..finding(
            "c1",
            &MANUAL_COPY_LOOP,
            Span {
                file: FileId(2),
                start,
                end,
            },
            "this loop does what `io::copy` does",
        )
    }
}

pub(super) fn copy_measurements() -> Vec<Measurement> {
    vec![
        measurement("read/write_all loop", 100 << 20, 52_000_000, [1.0; 3]),
        suggested(measurement(
            "io::copy",
            100 << 20,
            51_500_000,
            [1.01, 0.97, 1.04],
        )),
        measurement("fs::copy", 100 << 20, 98_100_000, [0.53, 0.51, 0.56]),
    ]
}
