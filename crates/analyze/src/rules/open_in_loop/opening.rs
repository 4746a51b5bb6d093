//! Functions that open the file they are given, and what their callers give them.

use crate::context::Context;
use crate::flow::{Flow, PathUse, PathUseKind};
use crate::index::FunctionId;
use crate::syntax::{Expr, ExprKind, Pattern, walk};

use super::{is_repeatable, is_special};

/// Where a function takes the path from that it opens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Parameter(usize),
    /// A field of `self`.
    Itself,
}

/// What a function does, at each call, with a path that its caller gives or its object keeps.
pub(super) fn opened_by<'a>(
    context: &'a Context<'_>,
    id: FunctionId,
    flow: &'a Flow,
) -> impl Iterator<Item = (&'a PathUse, Source)> {
    let data = context.index.function(id);
    let text = &context.sources.file(context.index.file_of(id)).text;
    flow.path_uses.iter().filter_map(move |one| {
        let body = data.function.body.as_ref()?;
        let use_text = text.get(one.range.at())?;
        let repeatable = is_repeatable(one.kind, use_text)
            && one.kind != PathUseKind::CreateDirectory
            && !is_special(use_text)
            && one.loops.is_empty();
        let path = plain(walk::at(body, one.path, |_| true).filter(|_| repeatable)?);
        match &path.kind {
            ExprKind::Path(name) => {
                let name = name.single()?;
                let parameters = &data.function.parameters;
                let position = parameters
                    .iter()
                    .position(|parameter| names(&parameter.pattern, name))?;
                Some((one, Source::Parameter(position)))
            }
            ExprKind::Field { base, .. } => {
                let of_self =
                    matches!(&base.kind, ExprKind::Path(path) if path.single() == Some("self"));
                of_self.then_some((one, Source::Itself))
            }
            _ => None,
        }
    })
}

pub(super) fn names(pattern: &Pattern, name: &str) -> bool {
    pattern.name() == Some(name)
}

/// The expression without what only borrows, copies or wraps a path.
pub(super) fn plain(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Reference { inner } | ExprKind::Deref(inner) => plain(inner),
        ExprKind::Method { receiver, name, .. }
            if matches!(
                name.as_str(),
                "as_ref" | "clone" | "as_path" | "to_path_buf" | "to_owned" | "as_str"
            ) =>
        {
            plain(receiver)
        }
        ExprKind::Call { callee, arguments } if matches!(&callee.kind, ExprKind::Path(path) if matches!(path.last(), "new" | "from")) => {
            match arguments.as_slice() {
                [only] => plain(only),
                _ => expr,
            }
        }
        _ => expr,
    }
}

/// What a call gives as a parameter, `self` not counted.
pub(super) fn argument<'a>(
    context: &Context<'_>,
    callee: FunctionId,
    called: &'a Expr,
    position: usize,
) -> Option<&'a Expr> {
    match &called.kind {
        ExprKind::Method { arguments, .. } => arguments.get(position),
        ExprKind::Call { arguments, .. } => {
            let skip = usize::from(context.index.function(callee).function.has_self);
            arguments.get(position + skip)
        }
        _ => None,
    }
}

pub(super) fn receiver(called: &Expr) -> Option<&Expr> {
    match &called.kind {
        ExprKind::Method { receiver, .. } => Some(receiver),
        _ => None,
    }
}
