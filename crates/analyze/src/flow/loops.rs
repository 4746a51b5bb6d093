//! Loops, what they yield, and how often they turn.

use rustc_hash::FxHashMap;

use super::{Evaluation, OriginId, OriginKind, Value};
use crate::index::Meaning;
use crate::syntax::{Block, Expr, ExprKind, Operator, TextRange, walk};
use crate::types::Ty;

/// `for function in &[one, another]`: what a variable may stand for.
pub(super) struct Listed {
    name: String,
    scope: usize,
    functions: Vec<Meaning>,
}

impl Evaluation<'_> {
    pub(super) fn looped(&mut self, expr: &Expr) -> Value {
        let ExprKind::Loop {
            kind,
            condition,
            pattern,
            iterated,
            body,
        } = &expr.kind
        else {
            return Value::default();
        };
        let over = iterated
            .as_ref()
            .map(|iterated| (self.expr(iterated), turns(iterated)));
        let at_most = match (&over, condition) {
            (Some((_, turns)), _) => *turns,
            (None, Some(condition)) => self.places(condition, body),
            (None, None) => None,
        };
        let functions = iterated.as_ref().and_then(|list| self.functions_of(list));
        let runs_own_code = over
            .as_ref()
            .is_some_and(|(value, _)| matches!(value.ty, Ty::Local(..)));
        self.repeated(expr.range, Some(*kind), at_most, |this| {
            if let Some(id) = this.loops.last() {
                this.flow.loops[*id as usize].runs_own_code = runs_own_code;
            }
            this.scoped(|this| {
                if let Some(condition) = condition {
                    this.expr(condition);
                }
                if let (Some(pattern), Some((over, _))) = (pattern, over) {
                    let element = this.element(&over, expr.range);
                    if let Some(id) = this.loops.last() {
                        this.flow.loops[*id as usize].element = element.ty.clone();
                    }
                    this.bind_pattern(pattern, element);
                }
                let name = pattern.as_ref().and_then(|pattern| pattern.name());
                let listed = name.zip(functions).map(|(name, functions)| Listed {
                    name: name.to_owned(),
                    scope: this.scopes.len() - 1,
                    functions,
                });
                let known = this.listed.len();
                this.listed.extend(listed);
                this.block(body);
                this.listed.truncate(known);
            });
        });
        Value::default()
    }

    /// The functions that a list names, if it names nothing else.
    fn functions_of(&self, list: &Expr) -> Option<Vec<Meaning>> {
        let elements = match &list.kind {
            ExprKind::Array(elements) => elements,
            ExprKind::Reference { inner } => return self.functions_of(inner),
            _ => return None,
        };
        let function = |element: &Expr| {
            let ExprKind::Path(path) = &element.kind else {
                return None;
            };
            let is_variable = path
                .single()
                .is_some_and(|name| self.variable(name).is_some());
            let meaning = self.resolve(path);
            let is_function = matches!(meaning, Meaning::Function(_) | Meaning::External(_));
            (is_function && !is_variable).then_some(meaning)
        };
        elements.iter().map(function).collect()
    }

    /// What a variable stands for that walks over a list of functions.
    pub(super) fn listed_as(&self, name: &str) -> Option<Vec<Meaning>> {
        let bound = |scope: &FxHashMap<String, Value>| scope.contains_key(name);
        let scope = self.scopes.iter().rposition(bound)?;
        let mut listed = self.listed.iter().rev();
        let found = listed.find(|listed| listed.name == name && listed.scope == scope)?;
        Some(found.functions.clone())
    }

    /// How many places there are to fill in `while filled < buffer.len()`, if nothing in the loop sets `filled` back.
    fn places(&self, condition: &Expr, body: &Block) -> Option<u64> {
        let ExprKind::Binary {
            left,
            right,
            operator: Operator::Other,
        } = &condition.kind
        else {
            return None;
        };
        let (ExprKind::Path(filled), ExprKind::Method { receiver, name, .. }) =
            (&left.kind, &right.kind)
        else {
            return None;
        };
        let ExprKind::Path(buffer) = &receiver.kind else {
            return None;
        };
        let filled = filled.single()?;
        let mut set = false;
        walk::block_expressions(body, &mut |expr| {
            set |= matches!(&expr.kind, ExprKind::Assign { left, .. }
                if matches!(&left.kind, ExprKind::Path(path) if path.single() == Some(filled)));
            true
        });
        if name != "len" || set {
            return None;
        }
        let buffer = self.variable(buffer.single()?)?;
        let bytes = |id: &OriginId| match self.flow.origin(*id).kind {
            OriginKind::Fresh { bytes, .. } => bytes,
            _ => None,
        };
        let all: Option<Vec<u64>> = buffer.origins.iter().map(bytes).collect();
        all?.into_iter().max()
    }

    /// One of the things that a value yields when it is walked over.
    pub(super) fn element(&mut self, over: &Value, range: TextRange) -> Value {
        let ty = over.ty.element();
        match ty.path() {
            Some(path @ ("std::fs::DirEntry" | "walkdir::DirEntry" | "ignore::DirEntry")) => {
                let api = path.to_owned();
                self.made(OriginKind::Entry { api }, ty, range)
            }
            _ => match self.kept_path(ty.clone(), range) {
                Some(path) => path,
                None => Value::of(ty),
            },
        }
    }
}

/// How many turns a `for` over this expression takes at most.
fn turns(iterated: &Expr) -> Option<u64> {
    match &iterated.kind {
        ExprKind::Array(all) => u64::try_from(all.len()).ok(),
        ExprKind::Reference { inner, .. } => turns(inner),
        ExprKind::Range { start, end } => {
            let end = end.as_deref().and_then(integer)?;
            Some(
                end.saturating_sub(start.as_deref().and_then(integer).unwrap_or(0))
                    .saturating_add(1),
            )
        }
        ExprKind::Method {
            receiver,
            name,
            arguments,
            ..
        } => match (name.as_str(), arguments.as_slice()) {
            ("take", [most]) => match (turns(receiver), integer(most)) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
            (
                "iter" | "into_iter" | "enumerate" | "rev" | "map" | "filter" | "filter_map"
                | "skip" | "skip_while" | "take_while" | "copied" | "cloned" | "zip",
                _,
            ) => turns(receiver),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn integer(expr: &Expr) -> Option<u64> {
    match &expr.kind {
        ExprKind::Integer(value) => *value,
        ExprKind::Cast { inner, .. } => integer(inner),
        ExprKind::Binary {
            left,
            right,
            operator,
        } => match operator {
            Operator::Multiply => integer(left)?.checked_mul(integer(right)?),
            Operator::ShiftLeft => integer(left)?.checked_shl(u32::try_from(integer(right)?).ok()?),
            Operator::Assign | Operator::Other => None,
        },
        _ => None,
    }
}
