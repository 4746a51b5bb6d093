//! The whole change as one patch.

use std::collections::{BTreeMap, BTreeSet};

use model::{Audit, FindingId};

use crate::diff::{diff, diff_of_new_file};

/// One unified diff of everything the suggested fixes change or add, for `git apply` at the workspace root; empty if
/// they change nothing.
///
/// What [`Audit::patches`] holds is rendered; the caller decides which fixes are in it.
#[must_use]
pub fn patch(audit: &Audit) -> String {
    let changed: String = audit.patches.iter().map(diff).collect();
    let mut added: Vec<(&str, &str)> = new_files(audit).into_iter().collect();
    // Only the heading of an empty file is git's own, and git would take what follows for a part of it.
    added.sort_by_key(|(_, text)| text.is_empty());
    changed
        + &added
            .into_iter()
            .map(|(path, text)| diff_of_new_file(path, text))
            .collect::<String>()
}

/// Files that the fixes in the patches add, by path.
pub(crate) fn new_files(audit: &Audit) -> BTreeMap<&str, &str> {
    let planned: BTreeSet<&FindingId> = audit
        .patches
        .iter()
        .flat_map(|patch| &patch.findings)
        .collect();
    audit
        .findings
        .iter()
        .filter(|finding| planned.contains(&finding.id))
        .filter_map(|finding| finding.suggestion.as_ref())
        .flat_map(|fix| &fix.creates)
        .map(|file| (file.path.as_str(), file.contents.as_str()))
        .collect()
}
