//! The diffs.

use model::{Audit, Patch};

use crate::diff::{changed_lines, diff};
use crate::document::{Block, Items, Part, Section, Words};
use crate::text::counted;
use crate::view;

pub(super) fn code_changes(audit: &Audit) -> Section<'_> {
    let many = view::many_new_files(&audit.patches);
    let shown = audit
        .patches
        .iter()
        .filter(|patch| patch.before.is_some() || many.is_none());
    let files: Vec<(&Patch, String)> = shown
        .map(|patch| (patch, diff(patch)))
        .filter(|(_, diff)| !diff.is_empty())
        .collect();
    let mut section = Section::new("Code Changes").say(match (files.is_empty(), audit.written) {
        (true, _) => "None.",
        (false, true) => "These changes have been made.",
        (false, false) => "These changes are proposed; nothing has been written.",
    });
    if let Some(many) = many {
        let folder = if many.folder.is_empty() {
            "."
        } else {
            &many.folder
        };
        section = section.say(
            Words::from(format!(
                "{} of {} in ",
                counted(many.files as u64, "new file"),
                counted(many.lines as u64, "line")
            ))
            .code(folder)
            .text(": ")
            .code("--format patch")
            .text(" shows them."),
        );
    }
    let part = |(patch, diff): (&Patch, String)| {
        let (plus, minus) = changed_lines(&diff);
        let findings = match patch.before {
            None => "new file".to_owned(),
            Some(_) => counted(patch.findings.len() as u64, "finding"),
        };
        let summary = Words::new()
            .code(&patch.path)
            .text(format!(": +{plus} -{minus}, {findings}"));
        Part {
            heading: None,
            blocks: vec![Block::Fold(summary, vec![Block::Diff(diff)])],
        }
    };
    section.with(
        "diff",
        8,
        Items::Parts(files.into_iter().map(part).collect()),
    )
}
