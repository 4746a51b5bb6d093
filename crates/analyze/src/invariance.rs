//! Whether an expression means the same in every turn of a loop.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::context::Subject;
use crate::syntax::{Expr, ExprKind, Operator, Pattern, Statement, StatementKind, TextRange, walk};

/// Methods that make a path or text from another, and do nothing else.
const PURE: &[&str] = &[
    "join",
    "with_extension",
    "with_file_name",
    "as_path",
    "as_ref",
    "as_str",
    "as_os_str",
    "as_deref",
    "to_path_buf",
    "to_owned",
    "to_string",
    "to_string_lossy",
    "to_str",
    "into",
    "into_owned",
    "clone",
    "cloned",
    "borrow",
    "deref",
    "parent",
    "file_name",
    "display",
    "unwrap",
    "expect",
    "unwrap_or",
    "unwrap_or_default",
    "path",
];

/// Methods that change what they are called on.
const CHANGING: &[&str] = &[
    "push",
    "push_str",
    "pop",
    "set_file_name",
    "set_extension",
    "clear",
    "insert",
    "insert_str",
    "truncate",
    "replace",
    "take",
    "next",
    "extend",
    "write_str",
];

/// What a loop binds and changes.
pub(crate) struct Turn<'a> {
    around: TextRange,
    /// Names bound inside it, with what they are bound to where one `let` tells it.
    bound: FxHashMap<&'a str, Option<&'a Expr>>,
    /// Names, and fields as `base.name`, that are changed inside it.
    changed: FxHashSet<String>,
}

impl<'a> Turn<'a> {
    /// `around` is a loop, or the call that runs a closure for each element.
    pub(crate) fn new(subject: Subject<'a>, around: &'a Expr) -> Self {
        let mut turn = Self {
            around: around.range,
            bound: FxHashMap::default(),
            changed: FxHashSet::default(),
        };
        walk::expressions(around, &mut |expr| {
            turn.note(subject, expr);
            true
        });
        turn
    }

    /// Besides, what a closure binds in which a place stands, if it is made before the loop and called in it.
    pub(crate) fn within(mut self, subject: Subject<'a>, place: TextRange) -> Self {
        walk::block_expressions(subject.body, &mut |expr| {
            if !expr.range.contains(place) || self.around.contains(expr.range) {
                return false;
            }
            if matches!(expr.kind, ExprKind::Closure(_)) && !expr.range.contains(self.around) {
                walk::expressions(expr, &mut |inner| {
                    self.note(subject, inner);
                    true
                });
                return false;
            }
            true
        });
        self
    }

    fn note(&mut self, subject: Subject<'a>, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Closure(closure) => {
                closure
                    .parameters
                    .iter()
                    .for_each(|pattern| self.bind(pattern));
            }
            ExprKind::Loop { pattern, body, .. } => {
                pattern.iter().for_each(|pattern| self.bind(pattern));
                self.statements(&body.statements);
            }
            ExprKind::Block(block) | ExprKind::Async(block) => self.statements(&block.statements),
            ExprKind::If { then, .. } => self.statements(&then.statements),
            ExprKind::Let { pattern, .. } => self.bind(pattern),
            ExprKind::Match { arms, .. } => {
                arms.iter().for_each(|arm| self.bind(&arm.pattern));
            }
            ExprKind::Assign { left, .. }
            | ExprKind::Binary {
                left,
                operator: Operator::Assign,
                ..
            } => self.change(left),
            ExprKind::Reference { inner } if subject.text_of(expr.range).starts_with("&mut") => {
                self.change(inner);
            }
            ExprKind::Method { receiver, name, .. } if CHANGING.contains(&name.as_str()) => {
                self.change(receiver);
            }
            _ => {}
        }
    }

    fn statements(&mut self, statements: &'a [Statement]) {
        for statement in statements {
            if let StatementKind::Let {
                pattern,
                initializer,
                ..
            } = &statement.kind
            {
                match (pattern.name(), initializer) {
                    (Some(name), Some(initializer)) if !self.bound.contains_key(name) => {
                        self.bound.insert(name, Some(initializer));
                    }
                    _ => self.bind(pattern),
                }
            }
        }
    }

    fn bind(&mut self, pattern: &'a Pattern) {
        match pattern {
            Pattern::Binding { name, inner, .. } => {
                self.bound.insert(name, None);
                inner.iter().for_each(|inner| self.bind(inner));
            }
            Pattern::Tuple(all) | Pattern::Or(all) | Pattern::Slice(all) => {
                all.iter().for_each(|inner| self.bind(inner));
            }
            Pattern::TupleStruct { elements, .. } => {
                elements.iter().for_each(|inner| self.bind(inner));
            }
            Pattern::Struct { fields, .. } => {
                fields.iter().for_each(|(_, inner)| self.bind(inner));
            }
            Pattern::Typed { pattern, .. } => self.bind(pattern),
            Pattern::Other => {}
        }
    }

    fn change(&mut self, expr: &Expr) {
        self.changed.extend(place(expr));
    }

    /// Whether a turn has a variable of that name for itself.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.bound.contains_key(name)
    }

    /// Whether an expression means the same in every turn, as far as its text tells.
    pub(crate) fn keeps(&self, expr: &Expr) -> bool {
        self.keeps_through(expr, 0)
    }

    fn keeps_through(&self, expr: &Expr, depth: u32) -> bool {
        let same = |inner: &Expr| self.keeps_through(inner, depth);
        match &expr.kind {
            ExprKind::Integer(_) | ExprKind::Text(_) | ExprKind::Bytes(_) | ExprKind::Literal => {
                true
            }
            ExprKind::Path(path) => match path.single() {
                Some(name) => self.keeps_name(name, depth),
                None => true,
            },
            ExprKind::Reference { inner }
            | ExprKind::Deref(inner)
            | ExprKind::Try(inner)
            | ExprKind::Cast { inner, .. } => same(inner),
            ExprKind::Field { base, .. } => {
                place(expr).is_some_and(|place| !self.changed.contains(&place)) && same(base)
            }
            ExprKind::Method {
                receiver,
                name,
                arguments,
                ..
            } => PURE.contains(&name.as_str()) && same(receiver) && arguments.iter().all(same),
            ExprKind::Call { callee, arguments } => {
                let makes_path = matches!(&callee.kind, ExprKind::Path(path)
                    if matches!(path.last(), "new" | "from" | "temp_dir" | "Some"));
                makes_path && arguments.iter().all(same)
            }
            ExprKind::Macro(mac) if matches!(mac.name.as_str(), "format" | "concat" | "env") => {
                mac.arguments.iter().all(same)
                    && mac.captures.iter().all(|name| self.keeps_name(name, depth))
            }
            _ => false,
        }
    }

    fn keeps_name(&self, name: &str, depth: u32) -> bool {
        if self.changed.contains(name) {
            return false;
        }
        match self.bound.get(name) {
            None => true,
            Some(Some(initializer)) => depth < 4 && self.keeps_through(initializer, depth + 1),
            Some(None) => false,
        }
    }
}

/// A variable or field, as text.
fn place(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Path(path) => path.single().map(str::to_owned),
        ExprKind::Field { base, name } => place(base).map(|base| format!("{base}.{name}")),
        ExprKind::Deref(inner) | ExprKind::Reference { inner } => place(inner),
        _ => None,
    }
}

/// The loop, or the call that runs a closure for each element, on that range.
pub(crate) fn loop_at(subject: Subject<'_>, range: TextRange) -> Option<&Expr> {
    walk::at(subject.body, range, |kind| {
        matches!(kind, ExprKind::Loop { .. } | ExprKind::Method { .. })
    })
}
