//! Handles that little reaches, though it comes in many pieces or in a loop: plain documents, answers, what there are few of.

use crate::context::{Context, Subject};
use crate::edits;
use crate::flow::{Direction, Origin};
use crate::index::Meaning;
use crate::sizes;
use crate::syntax::{Expr, ExprKind, TextRange, TypeRef, walk};
use crate::types::Handle;
use crate::usage::Witness;

/// Why what reaches a handle is little, or waited for, whatever its form; `answers` if the handle is written to as well.
pub(super) fn little(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    direction: Direction,
    witness: &Witness,
    answers: bool,
) -> Option<&'static str> {
    if answers
        && direction == Direction::Read
        && origin.ty.handle() == Handle::Socket
        && !witness.looped
    {
        return Some("a few reads take each message of a peer that is then answered");
    }
    let [event] = witness.events.as_slice() else {
        return None;
    };
    if witness.serde.is_some() {
        return is_plain(context, subject, *event)
            .then_some("the document has a handful of plain fields");
    }
    let mut around = subject.flow.loops.iter().rev();
    let around = around.find(|around| around.range.contains(*event))?;
    let head = subject.text_of(around.range).split('{').next();
    head.is_some_and(sizes::is_of_few)
        .then_some("by its name there are few")
}

/// So many fields make a document of a few dozen bytes.
const FEW_FIELDS: usize = 4;

/// Types that are one token of a document.
const PLAIN: &[&str] = &[
    "bool", "char", "str", "String", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16",
    "i32", "i64", "i128", "isize", "f32", "f64",
];

/// Whether what is written, in the call on that range, is a value of the workspace with a few plain fields.
fn is_plain(context: &Context<'_>, subject: Subject<'_>, call: TextRange) -> bool {
    let called = walk::at(subject.body, call, |kind| {
        matches!(kind, ExprKind::Call { .. })
    });
    let Some(ExprKind::Call { arguments, .. }) = called.map(|called| &called.kind) else {
        return false;
    };
    arguments.iter().any(|argument| {
        let ExprKind::Struct { path, .. } = &made(subject, argument).kind else {
            return false;
        };
        let meaning = context.index.resolve(subject.data.module, path);
        let Meaning::Type(of) = meaning else {
            return false;
        };
        let data = context.index.type_data(of);
        let is_plain = |ty: &TypeRef| {
            let mut ty = ty;
            while let TypeRef::Reference { inner } = ty {
                ty = inner;
            }
            matches!(ty, TypeRef::Path(path) if PLAIN.contains(&path.last()))
        };
        data.fields.len() <= FEW_FIELDS && data.fields.iter().all(|(_, ty)| is_plain(ty))
    })
}

/// An expression without `&`, or what its variable was given by `let`.
fn made<'a>(subject: Subject<'a>, expr: &'a Expr) -> &'a Expr {
    let mut found = match &expr.kind {
        ExprKind::Reference { inner, .. } => inner,
        _ => expr,
    };
    if let ExprKind::Path(path) = &found.kind
        && let Some(name) = path.single()
    {
        edits::visit_lets(subject.body, &mut |pattern, value| {
            if pattern.name() == Some(name) && value.range.end <= expr.range.start {
                found = value;
            }
        });
    }
    found
}
