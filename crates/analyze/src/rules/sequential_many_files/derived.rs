//! Which names and expressions come from something.

use rustc_hash::FxHashSet;

use crate::edits::visit_lets;
use crate::syntax::{Block, Expr, ExprKind, Pattern, TextRange, walk};

/// What comes from a file's path, or from its content.
#[derive(Debug, Default, Clone)]
pub(super) struct Derived {
    names: FxHashSet<String>,
    /// Expressions that yield it.
    seeds: Vec<TextRange>,
}

impl Derived {
    pub(super) fn from_pattern(pattern: &Pattern) -> Self {
        let mut derived = Self::default();
        derived.bind(pattern);
        derived
    }

    pub(super) fn add_name(&mut self, name: &str) {
        self.names.insert(name.to_owned());
    }

    pub(super) fn add_seed(&mut self, range: TextRange) {
        self.seeds.push(range);
    }

    /// Whether an expression mentions any of it.
    pub(super) fn is_in(&self, expr: &Expr) -> bool {
        let mut found = false;
        walk::expressions(expr, &mut |inner| {
            found |= self.seeds.contains(&inner.range) || self.is_named(inner);
            !found
        });
        found
    }

    fn is_named(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Path(path) => path.single().is_some_and(|name| self.names.contains(name)),
            ExprKind::Macro(mac) => self.captured(&mac.captures),
            _ => false,
        }
    }

    /// Whether a format string names any of it.
    pub(super) fn captured(&self, captures: &[String]) -> bool {
        captures.iter().any(|name| self.names.contains(name))
    }

    /// Whether an expression is it, and not only made of it: borrowed, unwrapped or seen as another type.
    pub(super) fn is(&self, expr: &Expr) -> bool {
        if self.seeds.contains(&expr.range) {
            return true;
        }
        match &expr.kind {
            ExprKind::Path(_) => self.is_named(expr),
            ExprKind::Reference { inner }
            | ExprKind::Deref(inner)
            | ExprKind::Try(inner)
            | ExprKind::Cast { inner, .. }
            | ExprKind::Index { base: inner, .. } => self.is(inner),
            ExprKind::Method { receiver, name, .. } => {
                let views = name.starts_with("as_")
                    || name.starts_with("into_")
                    || name.starts_with("trim")
                    || matches!(
                        name.as_str(),
                        "clone" | "into" | "unwrap" | "expect" | "context" | "to_vec" | "to_owned"
                    );
                views && self.is(receiver)
            }
            _ => false,
        }
    }

    /// Follows it through a body, until nothing new comes from it.
    pub(super) fn spread(&mut self, body: &Block) {
        loop {
            let before = self.names.len();
            visit_lets(body, &mut |pattern, value| {
                if self.is_in(value) {
                    self.bind(pattern);
                }
            });
            walk::block_expressions(body, &mut |expr| {
                self.pass(expr);
                true
            });
            if self.names.len() == before {
                return;
            }
        }
    }

    fn pass(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Let { pattern, scrutinee } if self.is_in(scrutinee) => self.bind(pattern),
            ExprKind::Match { scrutinee, arms } if self.is_in(scrutinee) => {
                arms.iter().for_each(|arm| self.bind(&arm.pattern));
            }
            ExprKind::Loop {
                pattern: Some(pattern),
                iterated: Some(iterated),
                ..
            } if self.is_in(iterated) => self.bind(pattern),
            ExprKind::Assign { left, right } if self.is_in(right) => self.names.extend(root(left)),
            ExprKind::Method {
                receiver,
                arguments,
                ..
            } => {
                if arguments.iter().any(|argument| self.is_in(argument)) {
                    self.names.extend(root(receiver));
                    self.lend(arguments);
                }
                if self.is_in(receiver) {
                    self.lend(arguments);
                    for argument in arguments {
                        if let ExprKind::Closure(closure) = &argument.kind {
                            closure.parameters.iter().for_each(|it| self.bind(it));
                        }
                    }
                }
            }
            ExprKind::Call { arguments, .. } if arguments.iter().any(|it| self.is_in(it)) => {
                self.lend(arguments);
            }
            _ => {}
        }
    }

    /// What is lent together with it may get some of it.
    fn lend(&mut self, arguments: &[Expr]) {
        for argument in arguments {
            if matches!(argument.kind, ExprKind::Reference { .. }) {
                self.names.extend(root(argument));
            }
        }
    }

    /// An error says what went wrong, and is none of it.
    fn bind(&mut self, pattern: &Pattern) {
        let is_error = matches!(pattern, Pattern::TupleStruct { path, .. } if path.last() == "Err");
        if !is_error {
            each_name(pattern, &mut |name| {
                self.names.insert(name.to_owned());
            });
        }
    }
}

/// The names that a pattern binds.
pub(super) fn each_name<'a>(pattern: &'a Pattern, each: &mut dyn FnMut(&'a str)) {
    match pattern {
        Pattern::Binding { name, inner, .. } => {
            each(name);
            inner.iter().for_each(|inner| each_name(inner, each));
        }
        Pattern::Tuple(all) | Pattern::Or(all) | Pattern::Slice(all) => {
            all.iter().for_each(|inner| each_name(inner, each));
        }
        Pattern::TupleStruct { elements, .. } => {
            elements.iter().for_each(|inner| each_name(inner, each));
        }
        Pattern::Struct { fields, .. } => {
            fields.iter().for_each(|(_, inner)| each_name(inner, each));
        }
        Pattern::Typed { pattern, .. } => each_name(pattern, each),
        Pattern::Other => {}
    }
}

/// The variable that a place belongs to.
pub(super) fn root(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Path(path) => path.single().map(str::to_owned),
        ExprKind::Field { base: inner, .. }
        | ExprKind::Index { base: inner, .. }
        | ExprKind::Deref(inner)
        | ExprKind::Try(inner)
        | ExprKind::Reference { inner }
        | ExprKind::Method {
            receiver: inner, ..
        } => root(inner),
        _ => None,
    }
}
