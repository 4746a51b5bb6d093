//! How an item of std is called in a place, and the `use` that is needed for it.

use model::Edit;

use super::use_order::inserted;
use super::use_tree::UseTree;
use crate::context::{Context, Subject};
use crate::syntax::{Statement, StatementKind};

/// The `use` statements that a fix adds.
#[derive(Default)]
pub(crate) struct Imports {
    pub(crate) edits: Vec<Edit>,
}

/// The name under which `std::io::<name>` and the like can be written in this place.
pub(crate) fn item(
    context: &Context<'_>,
    subject: Subject<'_>,
    path: &str,
    imports: &mut Imports,
) -> String {
    if let Some(known) = in_scope(context, subject, path) {
        return known;
    }
    let (_, name) = path.rsplit_once("::").unwrap_or(("", path));
    let index = context.index;
    let at = subject.data.module;
    if !index.is_taken(at, name)
        && index
            .module(index.named(at))
            .parent
            .is_none_or(|parent| index.module(parent).file != subject.file)
        && let Some(edit) = import(context, subject, path)
    {
        imports.edits.push(edit);
        return name.to_owned();
    }
    path.to_owned()
}

/// The name that an item has in this place already.
pub(crate) fn in_scope(context: &Context<'_>, subject: Subject<'_>, path: &str) -> Option<String> {
    let (module, name) = path.rsplit_once("::").unwrap_or(("", path));
    if sees(context, subject, name, path) {
        return Some(name.to_owned());
    }
    let short = module.rsplit("::").next().unwrap_or(module);
    let by_module = sees(context, subject, short, module);
    by_module.then(|| format!("{short}::{name}"))
}

impl Imports {
    /// How to call a method of `std::io::Write` on a place: `name.method()`, with the trait brought into scope.
    pub(crate) fn write_method(
        &mut self,
        context: &Context<'_>,
        subject: Subject<'_>,
        on: &str,
        method: &str,
    ) -> String {
        let index = context.index;
        let at = subject.data.module;
        if sees(context, subject, "Write", "std::io::Write")
            || has_trait_without_name(context, subject)
        {
            return format!("{on}.{method}()");
        }
        let outermost = index
            .module(index.named(at))
            .parent
            .is_none_or(|parent| index.module(parent).file != subject.file);
        let path = if index.is_taken(at, "Write") {
            "std::io::Write as _"
        } else {
            "std::io::Write"
        };
        if outermost && let Some(edit) = import(context, subject, path) {
            self.edits.push(edit);
            return format!("{on}.{method}()");
        }
        format!("std::io::Write::{method}(&mut {on})")
    }

    /// Brings a trait into scope, if that can be done in this place.
    pub(crate) fn bring_trait(
        &mut self,
        context: &Context<'_>,
        subject: Subject<'_>,
        path: &str,
    ) -> Option<()> {
        let (index, at) = (context.index, subject.data.module);
        let (_, name) = path.rsplit_once("::")?;
        if sees(context, subject, name, path) {
            return Some(());
        }
        let parent = index.module(index.named(at)).parent;
        let outermost = parent.is_none_or(|parent| index.module(parent).file != subject.file);
        if !outermost || index.is_taken(at, name) {
            return None;
        }
        self.edits.push(import(context, subject, path)?);
        Some(())
    }
}

/// Whether a name means an item all over a function's body: a `use` in one of its blocks is seen in that block only.
fn sees(context: &Context<'_>, subject: Subject<'_>, name: &str, path: &str) -> bool {
    let index = context.index;
    let at = subject.data.module;
    let brings = |statement: &Statement| {
        let text = subject.text_of(statement.range);
        matches!(statement.kind, StatementKind::Item)
            && text.starts_with("use ")
            && text.contains(name)
    };
    index.means(index.named(at), name, path)
        || index.means(at, name, path) && subject.body.statements.iter().any(brings)
}

/// Whether the file has `use std::io::Write as _`.
fn has_trait_without_name(context: &Context<'_>, subject: Subject<'_>) -> bool {
    let uses = &context.files[subject.file.0 as usize].uses;
    uses.iter()
        .filter(|statement| statement.plain)
        .any(|statement| {
            let text = subject.text_of(statement.range);
            UseTree::of(text).is_some_and(|tree| {
                let mut leaves = tree.leaves().into_iter();
                leaves.any(|leaf| leaf == "std::io::Write as _")
            })
        })
}

fn import(context: &Context<'_>, subject: Subject<'_>, path: &str) -> Option<Edit> {
    inserted(subject, &context.files[subject.file.0 as usize].uses, path)
}
