//! Findings and sources made by hand.

use std::path::PathBuf;

use model::{
    Applicability, Confidence, Edit, Example, FileId, Finding, FindingId, Fix, FixAvailability,
    Operation, RuleDocs, RuleMeta, SourceFile, Sources, Span, TargetKind, Verified,
};

pub(crate) static RULE: RuleMeta = RuleMeta {
    name: "unbuffered_write",
    operations: &[Operation::Write],
    summary: "writes without a buffer",
    fix: FixAvailability::Sometimes,
    about_speed: true,
    docs: RuleDocs {
        finds: "",
        why_slow: "",
        when_not_faster: "",
        fix_safety: "",
        example: Example {
            before: "",
            after: "",
        },
        references: &[],
    },
};

/// Files `src/0.rs`, `src/1.rs` and so on with these texts.
pub(crate) fn sources(texts: &[&str]) -> Sources {
    let file = |(index, text): (usize, &&str)| SourceFile {
        id: FileId(u32::try_from(index).unwrap()),
        path: format!("src/{index}.rs"),
        absolute: PathBuf::from(format!("/nowhere/src/{index}.rs")),
        text: (*text).into(),
        package: "example".to_owned(),
        target: TargetKind::Library,
    };
    Sources {
        files: texts.iter().enumerate().map(file).collect(),
    }
}

pub(crate) fn edit(file: u32, start: usize, end: usize, replacement: &str) -> Edit {
    let (start, end) = (u32::try_from(start).unwrap(), u32::try_from(end).unwrap());
    Edit {
        span: Span {
            file: FileId(file),
            start,
            end,
        },
        replacement: replacement.to_owned(),
    }
}

/// A machine-applicable finding at the place of its first edit.
pub(crate) fn finding(id: &str, edits: Vec<Edit>) -> Finding {
    let span = edits.first().map_or(
        Span {
            file: FileId(0),
            start: 0,
            end: 0,
        },
        |edit| edit.span,
    );
    Finding {
        id: FindingId(id.to_owned()),
        rule: &RULE,
        operation: Operation::Write,
        span,
        related: Vec::new(),
        function: "main".to_owned(),
        message: "writes without a buffer".to_owned(),
        evidence: Vec::new(),
        confidence: Confidence::High,
        workload: None,
        no_figure: None,
        headline: None,
        measurements: Vec::new(),
        trace: None,
        suggestion: Some(Fix {
            title: "add a buffer".to_owned(),
            applicability: Applicability::MachineApplicable,
            edits,
            creates: Vec::new(),
            requires: Vec::new(),
            verified: Verified::No,
            method: None,
            headline: None,
        }),
        alternatives: Vec::new(),
        suppressed: None,
    }
}

pub(crate) fn id(id: &str) -> FindingId {
    FindingId(id.to_owned())
}
