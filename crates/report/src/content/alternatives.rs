//! The text of the rewrites that stand beside the suggested one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::{Edit, FileId, Finding, Fix, Patch};

use super::Context;
use crate::diff::diff;
use crate::document::{Block, Words};

/// A diff for each alternative that has a text, behind its title.
pub(super) fn diffs<'a>(context: &Context<'a>, finding: &Finding) -> Vec<Block<'a>> {
    let written = finding.alternatives.iter().filter(|fix| fix.has_text());
    let shown = |fix: &Fix| {
        let patches = patches(context, fix);
        let diffs = patches.iter().map(diff).map(Block::Diff);
        Block::Fold(Words::from("Or: ").clause(&fix.title), diffs.collect())
    };
    written.map(shown).collect()
}

/// What the edits of a fix change, file by file.
fn patches(context: &Context<'_>, fix: &Fix) -> Vec<Patch> {
    let mut files: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        files.entry(edit.span.file).or_default().push(edit);
    }
    let patch = |(file, edits): (FileId, Vec<&Edit>)| {
        let before = context.places.text(file);
        let mut after = before.to_owned();
        for edit in edits.into_iter().rev() {
            let replaced = edit.span.start as usize..edit.span.end as usize;
            after.replace_range(replaced, &edit.replacement);
        }
        Patch {
            path: context.places.path(file).to_owned(),
            absolute: PathBuf::new(),
            before: Some(before.to_owned()),
            after,
            findings: Vec::new(),
        }
    };
    files.into_iter().map(patch).collect()
}
