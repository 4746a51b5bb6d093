//! The whole change as one patch.

use model::{Audit, Patch};

use crate::diff::diff;

/// One unified diff of everything the suggested fixes change or add, for `git apply` at the workspace root; empty if
/// they change nothing.
///
/// What [`Audit::patches`] holds is rendered; the caller decides which fixes are in it.
#[must_use]
pub fn patch(audit: &Audit) -> String {
    let mut patches: Vec<&Patch> = audit.patches.iter().collect();
    // Only the heading of an empty file is git's own, and git would take what follows for a part of it.
    patches.sort_by_key(|patch| patch.before.is_none() && patch.after.is_empty());
    patches.into_iter().map(diff).collect()
}
