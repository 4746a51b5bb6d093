//! A handle that comes out of one of several branches, which gets one buffer behind them.

use super::block_at;
use crate::context::Subject;
use crate::flow::{Event, Origin, OriginId};
use crate::syntax::{Block, Expr, ExprKind, Macro, StatementKind, TextRange};
use crate::types::{Handle, Ty};

/// The expressions one of which a value is, behind all its branches.
pub(super) fn leaves(value: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

fn collect<'a>(value: &'a Expr, found: &mut Vec<&'a Expr>) {
    match &value.kind {
        ExprKind::Block(block) => collect_block(block, found),
        ExprKind::If {
            then,
            otherwise: Some(otherwise),
            ..
        } => {
            collect_block(then, found);
            collect(otherwise, found);
        }
        ExprKind::Match { arms, .. } => arms.iter().for_each(|arm| collect(&arm.body, found)),
        _ => found.push(value),
    }
}

fn collect_block<'a>(block: &'a Block, found: &mut Vec<&'a Expr>) {
    let last = block.statements.last().map(|statement| &statement.kind);
    if let Some(StatementKind::Expr { expr, .. }) = last {
        collect(expr, found);
    }
}

/// The handles that a `let` takes one of, if each of its branches opens a file of std or yields nothing.
pub(super) fn joined(
    subject: Subject<'_>,
    origin: &Origin,
    events: &[&Event],
) -> Option<Vec<OriginId>> {
    let binding = origin.binding.as_ref().filter(|binding| !binding.typed)?;
    let block = block_at(subject.body, binding.block)?;
    let statement = block
        .statements
        .iter()
        .find(|statement| statement.range == binding.statement)?;
    let StatementKind::Let {
        initializer: Some(value),
        otherwise: None,
        ..
    } = &statement.kind
    else {
        return None;
    };
    let all = &events.first()?.origins;
    let same = |event: &&Event| {
        event.origins.len() == all.len() && all.iter().all(|id| event.origins.contains(id))
    };
    let opens = |range: TextRange| {
        all.iter().any(|id| {
            let other = subject.flow.origin(*id);
            other.opened == range
                && matches!(other.ty, Ty::External(..))
                && other.ty.handle() == Handle::File
                && other
                    .binding
                    .as_ref()
                    .is_some_and(|it| it.statement == binding.statement)
        })
    };
    let leaves = leaves(value);
    let yields = |leaf: &&Expr| opens(leaf.range) || goes_elsewhere(leaf);
    let is_branch = |id: &OriginId| {
        leaves
            .iter()
            .any(|leaf| leaf.range == subject.flow.origin(*id).opened)
    };
    (events.iter().all(same) && leaves.iter().all(yields) && all.iter().all(is_branch))
        .then(|| all.clone())
}

fn goes_elsewhere(leaf: &Expr) -> bool {
    match &leaf.kind {
        ExprKind::Return(_) | ExprKind::Break(_) | ExprKind::Continue => true,
        ExprKind::Macro(Macro { name, .. }) => {
            matches!(
                name.as_str(),
                "panic" | "unreachable" | "todo" | "unimplemented" | "bail"
            )
        }
        _ => false,
    }
}
