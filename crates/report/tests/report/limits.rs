//! Reports of large audits.

use io_optimize_report::{MARKDOWN_LIMIT, MarkdownOptions, markdown_whole};
use model::{Applicability, Finding, FindingId, Patch};

use crate::sample;

fn many_findings(count: usize) -> model::Audit {
    let mut audit = sample::audit();
    let worth = audit.findings[2].clone();
    let unmeasured = Finding {
        no_figure: None,
        headline: None,
        workload: None,
        ..worth.clone()
    };
    for number in 0..count {
        audit.findings.push(Finding {
            id: FindingId(format!("n{number}")),
            ..unmeasured.clone()
        });
    }
    audit
}

fn markdown(audit: &model::Audit) -> String {
    io_optimize_report::markdown(audit, &MarkdownOptions::default()).text
}

fn sections(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.starts_with("## "))
        .collect()
}

#[test]
fn a_report_that_would_be_too_long_loses_diffs_first_and_says_so() {
    let mut audit = sample::audit();
    let change = &audit.patches[0];
    let large = Patch {
        path: "src/large.rs".to_owned(),
        after: "let x = 1;\n".repeat(10_000),
        ..change.clone()
    };
    audit.patches.insert(0, large);
    let (text, whole) = (markdown(&audit), markdown(&sample::audit()));
    assert!(text.len() < MARKDOWN_LIMIT);
    assert!(text.contains("_1 diff left out here"), "{text}");
    assert!(
        text.contains("<code>src/export.rs</code>"),
        "a diff that fits stays"
    );
    assert!(!text.contains("finding left out") && !text.contains("findings left out"));
    assert_eq!(sections(&text), sections(&whole));
}

#[test]
fn a_report_of_a_thousand_findings_keeps_the_most_worth_and_every_section() {
    let text = markdown(&many_findings(1_000));
    assert!(text.len() < MARKDOWN_LIMIT, "{}", text.len());
    assert!(text.contains("findings left out here"), "{text}");
    assert!(
        text.contains("### 1. `src/export.rs:8`"),
        "the measured finding stands first"
    );
    assert!(text.contains("77.3x faster"));
    assert_eq!(sections(&text), sections(&markdown(&sample::audit())));
}

#[test]
fn a_report_of_five_hundred_findings_says_how_many_it_leaves_out_and_where_they_are() {
    let mut audit = many_findings(500 - 4);
    audit.host = model::HostFigures::default();
    for (number, finding) in audit.findings.iter_mut().enumerate() {
        let title = format!("rewrite number {number}");
        let edits = finding.suggestion.take().map(|fix| fix.edits);
        let fix = sample::fix(
            &title,
            Applicability::MachineApplicable,
            edits.unwrap_or_default(),
        );
        finding.suggestion = Some(fix);
    }
    audit.patches = (0..500)
        .map(|number| Patch {
            path: format!("src/file{number}.rs"),
            ..audit.patches[0].clone()
        })
        .collect();
    let options = MarkdownOptions {
        whole: Some("report-full.md"),
        ..MarkdownOptions::default()
    };
    let report = io_optimize_report::markdown(&audit, &options);
    let whole = markdown_whole(&audit, &options);
    assert!(report.is_cut && report.text.len() < MARKDOWN_LIMIT);
    assert_eq!(sections(&report.text), sections(&whole));
    for (noun, mark, count) in [
        ("findings", "\n### ", 499 + 3),
        ("rewrites", "| rewrite number ", 499),
        ("diffs", "<summary><code>src/file", 500),
    ] {
        let shown = report.text.matches(mark).count();
        assert_eq!(whole.matches(mark).count(), count, "{noun}");
        assert!(shown > 3, "{noun}: {shown} shown");
        let notice = format!(
            "_{} {noun} left out here to fit into a comment; the whole text is in `report-full.md`._",
            count - shown
        );
        assert!(report.text.contains(&notice), "no {notice}");
    }
    assert!(!whole.contains("left out here"));
}

#[test]
fn a_report_stays_below_the_limit_whatever_part_is_large() {
    let mut audit = many_findings(300);
    let long = "very ".repeat(100_000);
    audit.project.packages = vec![long.clone(); 50];
    audit.command = long.clone();
    audit.executed = vec![long.clone(); 200];
    audit.failures = vec![audit.failures[0].clone(); 2_000];
    audit.fine = vec![audit.fine[0].clone(); 2_000];
    audit.outcomes = vec![audit.outcomes[0].clone(); 200];
    audit.environment.as_mut().expect("present").processor = long.clone();
    audit.findings[0].message = long;
    let text = markdown(&audit);
    assert!(text.len() < MARKDOWN_LIMIT, "{}", text.len());
    assert_eq!(sections(&text).len(), 11);
}

#[test]
fn the_files_of_a_new_crate_are_counted_and_not_shown() {
    let mut audit = sample::audit();
    let change = audit.patches[0].clone();
    audit.patches.extend((0..20).map(|number| Patch {
        path: format!("vendor/lib/src/{number}/x.rs"),
        before: None,
        after: "fn secret() {}\n".to_owned(),
        ..change.clone()
    }));
    let text = markdown(&audit);
    assert!(
        text.contains("20 new files of 20 lines in `vendor/lib/src`"),
        "{text}"
    );
    assert!(text.contains("<code>src/export.rs</code>"), "{text}");
    assert!(!text.contains("fn secret"), "{text}");
}
