//! The dialogue, with answers from a list.

use std::path::PathBuf;

use model::{Audit, Finding, FindingId, SourceFile, Sources};
use rewrite::Selection;

use super::{Dialogue, HELP};
use crate::audit::empty_audit;

/// Findings in one file, each `(name, rule, bytes its fix replaces)`.
fn audit(findings: &[(&str, usize, std::ops::Range<u32>)]) -> Audit {
    let rules: Vec<_> = analyze::rules().collect();
    let file = model::FileId(0);
    let finding = |(name, rule, range): &(&str, usize, std::ops::Range<u32>)| {
        let span = model::Span {
            file,
            start: range.start,
            end: range.end,
        };
        Finding {
            id: FindingId((*name).to_owned()),
            rule: rules[*rule],
            operation: model::Operation::Write,
            span,
            related: Vec::new(),
            function: "main".to_owned(),
            message: format!("{name} is slow"),
            evidence: Vec::new(),
            confidence: model::Confidence::High,
            workload: None,
            no_figure: None,
            headline: None,
            measurements: Vec::new(),
            trace: None,
            suggestion: Some(model::Fix {
                title: "be quick".to_owned(),
                applicability: model::Applicability::MachineApplicable,
                edits: vec![model::Edit {
                    span,
                    replacement: name.to_uppercase(),
                }],
                creates: Vec::new(),
                requires: Vec::new(),
                verified: model::Verified::No,
                method: None,
                headline: None,
            }),
            alternatives: Vec::new(),
            suppressed: None,
        }
    };
    let project = model::Project {
        root: PathBuf::from("/nowhere"),
        packages: Vec::new(),
        online: None,
    };
    Audit {
        sources: Sources {
            files: vec![SourceFile {
                id: file,
                path: "src/lib.rs".to_owned(),
                absolute: PathBuf::from("/nowhere/src/lib.rs"),
                text: "0123456789\n".into(),
                package: "example".to_owned(),
                target: model::TargetKind::Library,
            }],
        },
        findings: findings.iter().map(finding).collect(),
        ..empty_audit(project, Vec::new())
    }
}

/// What is applied, what is declined, and all that was said.
fn held(audit: &Audit, answers: &[&str]) -> (Vec<String>, Vec<String>, String) {
    let mut selection = Selection::default();
    let mut said = String::new();
    let mut answers = answers.iter();
    let plan = Dialogue {
        say: &mut |text| said.push_str(text),
        hear: &mut || Ok(answers.next().map(|&answer| answer.to_owned())),
        show: &|finding, _| format!("<{}>", finding.id.0),
    }
    .hold(audit, &rewrite::Manifests::default(), &mut selection)
    .expect("the answers can be read");
    assert_eq!(answers.next(), None, "not all answers were asked for");
    let mut applied: Vec<String> = plan.fixes.iter().map(|fix| fix.id.0.clone()).collect();
    applied.sort();
    let declined = plan.not_applied.iter();
    let declined = declined.filter(|one| one.reason == "declined");
    let mut declined: Vec<String> = declined.map(|one| one.id.0.clone()).collect();
    declined.sort();
    (applied, declined, said)
}

fn four() -> Audit {
    audit(&[
        ("a", 0, 0..1),
        ("b", 1, 2..3),
        ("c", 0, 4..5),
        ("d", 1, 6..7),
    ])
}

#[test]
fn each_fix_is_asked_about_once_and_taken_or_left_as_said() {
    let (applied, declined, said) = held(&four(), &["y", "n", " Y ", "no"]);
    assert_eq!(applied, ["a", "c"]);
    assert_eq!(declined, ["b", "d"]);
    for finding in ["<a>", "<b>", "<c>", "<d>"] {
        assert_eq!(said.matches(finding).count(), 1, "{said}");
    }
    assert!(said.contains("(1/4)") && said.contains("(4/4)"), "{said}");
}

#[test]
fn all_or_none_of_a_rule_leaves_the_other_rules_to_be_asked_about() {
    let (applied, declined, said) = held(&four(), &["a", "d"]);
    assert_eq!(applied, ["a", "c"]);
    assert_eq!(declined, ["b", "d"]);
    assert!(!said.contains("<c>") && !said.contains("<d>"), "{said}");
}

#[test]
fn quitting_or_the_end_of_input_keeps_what_was_said_yes_to() {
    for answers in [&["y", "q"][..], &["y"]] {
        let (applied, declined, _) = held(&four(), answers);
        assert_eq!(applied, ["a"]);
        assert_eq!(declined, ["b", "c", "d"]);
    }
}

#[test]
fn anything_else_is_explained_and_asked_again() {
    let (applied, _, said) = held(&four(), &["?", "", "maybe", "y", "q"]);
    assert_eq!(applied, ["a"]);
    assert_eq!(said.matches(HELP).count(), 3, "{said}");
    assert_eq!(said.matches("<a>").count(), 1, "{said}");
}

#[test]
fn what_a_declined_fix_stood_in_the_way_of_is_asked_about_next() {
    let overlapping = audit(&[("a", 0, 0..3), ("b", 1, 2..5)]);
    let (applied, declined, said) = held(&overlapping, &["n", "y"]);
    assert_eq!(
        (applied, declined),
        (vec!["b".to_owned()], vec!["a".to_owned()])
    );
    assert!(said.contains("<b>"), "{said}");
    let (applied, declined, said) = held(&overlapping, &["y"]);
    assert_eq!((applied, declined.len()), (vec!["a".to_owned()], 0));
    assert!(!said.contains("<b>"), "{said}");
}

#[test]
fn a_fix_that_was_accepted_is_not_displaced_by_one_that_a_refusal_brings_up() {
    // "b" overlaps "a" and "c", and comes before "c".
    let chain = audit(&[("a", 0, 0..3), ("b", 1, 2..6), ("c", 0, 5..8)]);
    let (applied, declined, _) = held(&chain, &["n", "y"]);
    assert_eq!(
        (applied, declined),
        (vec!["c".to_owned()], vec!["a".to_owned()])
    );
}
