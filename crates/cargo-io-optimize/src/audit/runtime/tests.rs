//! Which rewrite is the suggestion.

use std::path::{Path, PathBuf};

use analyze::{Analysis, CrateInput, Loader};
use model::{
    Audit, Cache, DependencySource, Measurement, Outcome, Project, Ratio, TargetKind, WorkloadId,
};

use super::{Source, beats_std, keep_what_pays, prefer};
use crate::audit::empty_audit;

fn row(method: &str, size: u64, low: f64, high: f64) -> Measurement {
    Measurement {
        method: method.to_owned(),
        is_baseline: false,
        is_suggested: method == "fs::copy",
        size,
        cache: Cache::Warm,
        time_ns: 1,
        bytes_per_second: None,
        ratio: Ratio {
            median: f64::midpoint(low, high),
            low,
            high,
        },
        samples: 9,
    }
}

fn outcome(measurements: Vec<Measurement>) -> Outcome {
    Outcome {
        workload: WorkloadId::new("read_write_copy", "default"),
        description: String::new(),
        measurements,
        cached: false,
        note: None,
    }
}

#[test]
fn the_runtime_has_to_be_faster_than_the_best_of_std_at_the_largest_size() {
    let ours = |low, high| row("io_optimize::copy", 100, low, high);
    let std = || row("fs::copy", 100, 1.1, 1.3);
    let small = row("fs::copy", 1, 9.0, 9.1);
    let beats = |rows| beats_std(&outcome(rows), "io_optimize::copy");
    assert_eq!(beats(vec![std(), ours(1.5, 1.9), small]), Some(true));
    assert_eq!(beats(vec![std(), ours(1.2, 1.9)]), Some(false));
    assert_eq!(beats(vec![std()]), None);
    // Without the cache it is the disk that counts.
    let cold = |row| Measurement {
        cache: Cache::Cold,
        ..row
    };
    let rows = vec![std(), ours(1.5, 1.9), cold(std()), cold(ours(1.0, 1.9))];
    assert_eq!(beats(rows), Some(true));
}

/// Two copies: one that std can repair too, and one that the runtime crate alone can.
const COPIES: &str = "use std::fs::{self, File};
use std::io;
pub fn back_up(from: &str, to: &str) -> io::Result<()> {
    let bytes = fs::read(from)?;
    fs::write(to, bytes)?;
    Ok(())
}
pub fn boxed(from: &str, to: &str) -> io::Result<u64> {
    let mut input = Box::new(File::open(from)?);
    io::copy(&mut input, &mut File::create(to)?)
}
";

struct OneFile;

impl Loader for OneFile {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        Ok((path == "lib.rs").then(|| COPIES.as_bytes().to_vec()))
    }
}

fn audit() -> Audit {
    let input = CrateInput {
        package: "example".to_owned(),
        name: "example".to_owned(),
        kind: TargetKind::Library,
        rust_version: None,
        root: "lib.rs".to_owned(),
        dependencies: Vec::new(),
        features: Vec::new(),
        selected: true,
    };
    let analysis = Analysis::load(&[input], &[], &OneFile, Path::new("/project"));
    let project = Project {
        root: PathBuf::from("/project"),
        packages: vec!["example".to_owned()],
        online: None,
    };
    Audit {
        sources: analysis.sources().clone(),
        findings: analysis.run(&[]).findings,
        ..empty_audit(project, Vec::new())
    }
}

/// The rule, the suggestion and the alternatives of each finding.
fn offered(audit: &Audit) -> Vec<(&'static str, Option<&str>, Vec<&str>)> {
    let findings = audit.findings.iter();
    findings
        .map(|finding| {
            let suggestion = finding.suggestion.as_ref();
            let alternatives = finding.alternatives.iter();
            (
                finding.rule.name,
                suggestion.map(|fix| fix.title.as_str()),
                alternatives.map(|fix| fix.title.as_str()).collect(),
            )
        })
        .collect()
}

#[test]
fn the_runtime_crate_comes_in_the_place_of_std_or_of_nothing_and_goes_where_it_does_not_pay() {
    let (copy, io_copy) = (
        "copy the file with `io_optimize::copy`",
        "copy with `io_optimize::io_copy`",
    );
    let std = "copy the file with `fs::copy`";
    let mut audit = audit();
    let before = vec![
        ("read_write_copy", Some(std), vec![copy]),
        ("copy_off_fast_path", None, vec![io_copy]),
    ];
    assert_eq!(offered(&audit), before);
    let source = Source {
        from: DependencySource::Path("io-optimize".to_owned()),
        version: String::new(),
    };
    prefer(&source, &mut audit);
    let preferred = vec![
        ("read_write_copy", Some(copy), vec![std]),
        ("copy_off_fast_path", Some(io_copy), vec![]),
    ];
    assert_eq!(offered(&audit), preferred);
    assert_eq!(keep_what_pays(&mut audit, 1.05), 0, "nothing was measured");
    assert_eq!(offered(&audit), preferred);
    let measured = |rule: &'static str, method: &str, low: f64| Outcome {
        workload: WorkloadId::new(rule, "default"),
        ..outcome(vec![
            row("fs::copy", 100, 1.1, 1.3),
            row(method, 100, low, low + 0.1),
        ])
    };
    audit.outcomes = vec![
        measured("read_write_copy", "io_optimize::copy", 1.2),
        measured("copy_off_fast_path", "io_optimize::io_copy", 1.2),
    ];
    assert_eq!(keep_what_pays(&mut audit, 1.05), 2);
    assert_eq!(offered(&audit), before);
    prefer(&source, &mut audit);
    audit.outcomes = vec![
        measured("read_write_copy", "io_optimize::copy", 1.4),
        measured("copy_off_fast_path", "io_optimize::io_copy", 1.4),
    ];
    assert_eq!(keep_what_pays(&mut audit, 1.05), 0);
    assert_eq!(offered(&audit), preferred);
}
