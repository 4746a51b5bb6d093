//! The `use` of a name that a fix takes the last uses of.

use model::Edit;

use super::use_tree::{UseTree, without};
use crate::context::{Context, Subject};
use crate::syntax::TextRange;
use crate::words::{has_word, places_of};

/// What has to go with the uses of a name in `gone`: nothing if the file uses it elsewhere too, else its import.
///
/// `None` where the import would be left unused and cannot be taken out, or where that cannot be told.
pub(crate) fn without_import(
    context: &Context<'_>,
    subject: Subject<'_>,
    name: &str,
    gone: &[TextRange],
) -> Option<Vec<Edit>> {
    match remaining(context, subject, name, gone) {
        Remaining::Used => return Some(Vec::new()),
        Remaining::UnderACondition => return None,
        Remaining::Unused => {}
    }
    // What a module brings in is seen by the modules below it that ask for all that it has.
    let home = context.index.named(subject.data.module);
    let is_seen_below = context.index.modules.iter().any(|module| {
        module.parent == Some(home)
            && module.file != subject.file
            && context.sources.file(module.file).text.contains("super::")
    });
    if is_seen_below {
        return None;
    }
    let uses = &context.files[subject.file.0 as usize].uses;
    let names_it = |at: &usize| has_word(subject.text_of(uses[*at].range), name);
    let mut found = (0..uses.len()).filter(names_it);
    let (Some(at), None) = (found.next(), found.next()) else {
        return None;
    };
    let leaves = UseTree::of(subject.text_of(uses[at].range))?.leaves();
    // `use std::fs::{self, File}` brings in the module by its own name.
    let brings = |leaf: &&String| {
        let path = leaf.strip_suffix("::self").unwrap_or(leaf);
        path.rsplit("::").next() == Some(name)
    };
    let leaf = leaves.iter().find(brings)?;
    without(subject, uses, at, &[leaf]).map(|drop| vec![drop])
}

enum Remaining {
    Used,
    /// Only where a condition holds, such as in tests, which some builds leave out.
    UnderACondition,
    Unused,
}

fn remaining(
    context: &Context<'_>,
    subject: Subject<'_>,
    name: &str,
    gone: &[TextRange],
) -> Remaining {
    let facts = &context.files[subject.file.0 as usize];
    let mut remaining = Remaining::Unused;
    let mut line_start = 0;
    for line in subject.text.split_inclusive('\n') {
        let start = line_start;
        line_start += line.len();
        let code = line.split("//").next().unwrap_or_default();
        for at in places_of(code, name) {
            // `std::fs::read` names the module without its import.
            if code[..at].ends_with("::") {
                continue;
            }
            let Some(at) = offset(start + at) else {
                continue;
            };
            let place = TextRange::new(at, at);
            let imports = facts.uses.iter().any(|it| it.range.contains(place));
            if imports || gone.iter().any(|range| range.contains(place)) {
                continue;
            }
            let conditions = facts.conditions.iter();
            let under = |(range, _): &&(TextRange, _)| {
                range.contains(place) && !range.contains(subject.body.range)
            };
            if conditions.clone().any(|one| under(&one)) {
                remaining = Remaining::UnderACondition;
            } else {
                return Remaining::Used;
            }
        }
    }
    remaining
}

fn offset(at: usize) -> Option<u32> {
    u32::try_from(at).ok()
}
