//! One audit with the cases that renderers get wrong.

mod findings;

use std::path::PathBuf;
use std::sync::Arc;

use model::*;

pub(crate) use findings::fix;
use findings::{copy_finding, copy_measurements, load_finding, write_finding, write_measurements};

const fn rule(name: &'static str, summary: &'static str, about_speed: bool) -> RuleMeta {
    let example = Example {
        before: "",
        after: "",
    };
    let docs = RuleDocs {
        finds: "",
        why_slow: "",
        when_not_faster: "",
        fix_safety: "",
        example,
        references: &[],
    };
    let fix = FixAvailability::Sometimes;
    RuleMeta {
        name,
        operations: &[Operation::Write],
        summary,
        fix,
        about_speed,
        docs,
    }
}

pub(crate) static UNBUFFERED_WRITE: RuleMeta = rule(
    "unbuffered_write",
    "small writes go to the system one by one",
    true,
);
pub(crate) static UNBUFFERED_SERDE: RuleMeta = rule(
    "unbuffered_serde",
    "a parser reads a bare file byte by byte",
    true,
);
pub(crate) static MANUAL_COPY_LOOP: RuleMeta = rule(
    "manual_copy_loop",
    "a loop copies what `io::copy` copies",
    true,
);
pub(crate) static NO_FLUSH: RuleMeta = rule(
    "bufwriter_no_flush",
    "a buffer is dropped with its last error lost",
    false,
);
pub(crate) static STDOUT: RuleMeta = rule("stdout_unbuffered", "each line is a system call", true);

/// Tabs, non-ASCII text before the place on its line, a helper in another file.
pub(crate) const EXPORT: &str = "use std::fs::File;\nuse std::io::{self, Write};\n\n/// Größe | `name`\npub fn export(path: &str, rows: &[Row]) -> io::Result<()> {\n\tlet mut out = File::create(path)?;\n\tfor row in rows {\n\t\t/* größer → 名前 */ writeln!(out, \"`{}` | <b>{}</b>\", row.name, row.size)?;\n\t}\n\tOk(())\n}\n";
/// Windows line endings, and no line end at the end of the file.
pub(crate) const LOAD: &str = "use std::fs::File;\r\n\r\npub fn load(path: &str) -> Config {\r\n    let file = File::open(path).unwrap();\r\n    serde_json::from_reader(file).unwrap()\r\n}";
/// A byte order mark, a wide span, a bell and an escape sequence in a comment, and control characters of Latin-1.
pub(crate) const COPY: &str = "\u{feff}pub fn copy(mut a: File, mut b: File) -> io::Result<()> {\n    // \u{7}\u{1b}[31mred\u{1b}[0m \u{9b}31m \u{202e}evil\n    let mut buffer = [0; 4096];\n    loop {\n        let read = a.read(&mut buffer)?;\n        if read == 0 {\n            return Ok(());\n        }\n        b.write_all(&buffer[..read])?;\n    }\n}\n";

fn source(id: u32, path: &str, text: &str) -> SourceFile {
    SourceFile {
        id: FileId(id),
        path: path.to_owned(),
        absolute: PathBuf::from("/somewhere").join(path),
        text: Arc::from(text),
        package: "demo".to_owned(),
        target: TargetKind::Library,
    }
}

/// The span of the first occurrence of some text.
pub(crate) fn span(file: u32, text: &str, needle: &str) -> Span {
    let start = text.find(needle).expect("the sample holds the text") as u32;
    Span {
        file: FileId(file),
        start,
        end: start + needle.len() as u32,
    }
}

/// The text after some edits of it, which are sorted.
pub(crate) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut after = text.to_owned();
    for edit in edits.iter().rev() {
        after.replace_range(
            edit.span.start as usize..edit.span.end as usize,
            &edit.replacement,
        );
    }
    after
}

pub(crate) fn finding(id: &str, rule: &'static RuleMeta, span: Span, message: &str) -> Finding {
    Finding {
        id: FindingId(id.to_owned()),
        rule,
        operation: Operation::Write,
        span,
        related: Vec::new(),
        function: String::new(),
        message: message.to_owned(),
        evidence: Vec::new(),
        confidence: Confidence::Medium,
        workload: None,
        no_figure: None,
        headline: None,
        measurements: Vec::new(),
        trace: None,
        suggestion: None,
        alternatives: Vec::new(),
        suppressed: None,
    }
}

pub(crate) const WRITE: WorkloadId = WorkloadId::new("unbuffered_write", "default");
pub(crate) const READ: WorkloadId = WorkloadId::new("unbuffered_serde", "json-read");
pub(crate) const COPYING: WorkloadId = WorkloadId::new("manual_copy_loop", "default");

pub(crate) fn outcome(
    workload: WorkloadId,
    description: &str,
    measurements: Vec<Measurement>,
) -> Outcome {
    Outcome {
        workload,
        description: description.to_owned(),
        measurements,
        cached: false,
        note: None,
    }
}

fn environment() -> Environment {
    Environment {
        system: "Linux 6.8.0".to_owned(),
        architecture: "x86_64".to_owned(),
        processor: "Example CPU @ 3.00GHz".to_owned(),
        cores: 2,
        memory_bytes: 8 << 30,
        memory_limit_bytes: Some(4 << 30),
        load_hundredths: Some(30),
        page_bytes: 4096,
        io_uring: Capability::Refused("EPERM: operation not permitted".to_owned()),
        file_system: FileSystem {
            directory: "/somewhere/target/io-optimize".to_owned(),
            kind: "ext4".to_owned(),
            mount_point: "/".to_owned(),
            device: "/dev/vda1".to_owned(),
            network: false,
            available_bytes: Some(123_456_789_012),
            reflink: Capability::Refused("EOPNOTSUPP".to_owned()),
            copy_file_range: Capability::Supported,
            direct_io: DirectIo {
                capability: Capability::Supported,
                memory_alignment: Some(512),
                offset_alignment: None,
            },
        },
    }
}

/// Findings with and without a fix, a figure, related places; files with awkward text; failures; a written plan.
pub(crate) fn audit() -> Audit {
    let sources = Sources {
        files: vec![
            source(0, "src/export.rs", EXPORT),
            source(1, "src/load.rs", LOAD),
            source(2, "src/co|py `\u{1b}[2J`.rs", COPY),
        ],
    };
    let write = write_finding();
    let edits = write.suggestion.as_ref().expect("present").edits.clone();
    let lost = finding(
        "f1",
        &NO_FLUSH,
        span(2, COPY, "b.write_all(&buffer[..read])?"),
        "the last error of `b` is lost when it is dropped",
    );
    let allowed = Finding {
        suppressed: Some(Suppression::Comment),
        ..finding("o1", &STDOUT, span(0, EXPORT, "Ok(())"), "allowed here")
    };
    let mut load_outcome = outcome(
        READ,
        "parses one JSON document of records (serde_json 1.0)",
        Vec::new(),
    );
    load_outcome.note = Some("the answers of the candidates differ".to_owned());
    let mut copied = outcome(
        COPYING,
        "copies one file in blocks of 4 KiB",
        copy_measurements(),
    );
    copied.cached = true;
    Audit {
        project: Project {
            root: PathBuf::from("/somewhere"),
            packages: vec!["demo".to_owned()],
            online: None,
        },
        analysis: Analysis {
            types: Types::Rustc,
            files: 12,
            lines: 3_456,
            elapsed_ms: 789,
            not_analysed: vec![NotAnalysed {
                path: "src/bindings.rs".to_owned(),
                reason: "it is generated".to_owned(),
            }],
        },
        environment: Some(environment()),
        patches: vec![Patch {
            path: "src/export.rs".to_owned(),
            absolute: PathBuf::from("/somewhere/src/export.rs"),
            before: Some(EXPORT.to_owned()),
            after: edited(EXPORT, &edits),
            findings: vec![FindingId("w1".to_owned())],
        }],
        sources,
        findings: vec![copy_finding(), lost, write, load_finding(), allowed],
        fine: vec![Fine {
            span: span(0, EXPORT, "File::create"),
            rule: "unbuffered_write",
            reason: "the receiver is a `Vec<u8>`, which is memory".to_owned(),
        }],
        outcomes: vec![
            outcome(
                WRITE,
                "writes lines of about 80 bytes to a new file",
                write_measurements(),
            ),
            load_outcome,
            copied,
        ],
        host: host(),
        written: false,
        applied: Vec::new(),
        not_applied: vec![NotApplied {
            id: FindingId("s1".to_owned()),
            reason: "the patched package did not compile: E0308".to_owned(),
            backed_out: true,
        }],
        failures: vec![Failure {
            what: "io_uring was refused (EPERM)".to_owned(),
            fallback: "measured with plain system calls".to_owned(),
            look_with: Some(
                "strace -f -e trace=io_uring_setup cargo io-optimize preflight".to_owned(),
            ),
        }],
        executed: vec!["cargo check --message-format=json --workspace".to_owned()],
        command: "cargo io-optimize write".to_owned(),
    }
}

/// What the host did, and one strategy of several.
fn host() -> HostFigures {
    let figure = |work, bytes, cache, time_ns| HostFigure {
        work,
        bytes,
        cache,
        time_ns,
        quartiles_ns: (time_ns - time_ns / 10, time_ns + time_ns / 5),
        samples: 15,
    };
    let file = 64 << 20;
    HostFigures {
        figures: vec![
            figure(HostWork::MemoryCopy, file, None, 5_000_000),
            figure(HostWork::SystemCall, 1, None, 400),
            figure(HostWork::SequentialRead, file, Some(Cache::Warm), 9_000_000),
            figure(
                HostWork::SequentialRead,
                file,
                Some(Cache::Cold),
                50_000_000,
            ),
            figure(HostWork::Sync, 4096, None, 900_000),
        ],
        strategies: vec![outcome(
            WorkloadId::new("host", "copy"),
            "copies a file to a new file by each strategy",
            copy_measurements(),
        )],
        notes: Vec::new(),
    }
}

/// A run that found nothing and measured nothing.
pub(crate) fn empty() -> Audit {
    Audit {
        project: Project {
            root: PathBuf::from("/somewhere"),
            packages: Vec::new(),
            online: None,
        },
        analysis: Analysis {
            types: Types::Syntax,
            files: 1,
            lines: 1,
            elapsed_ms: 3,
            not_analysed: Vec::new(),
        },
        environment: None,
        sources: Sources::default(),
        findings: Vec::new(),
        fine: Vec::new(),
        outcomes: Vec::new(),
        host: HostFigures::default(),
        patches: Vec::new(),
        written: false,
        applied: Vec::new(),
        not_applied: Vec::new(),
        failures: Vec::new(),
        executed: Vec::new(),
        command: "cargo io-optimize --fast".to_owned(),
    }
}
