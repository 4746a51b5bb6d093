//! Whether the turns of a loop need nothing of each other, so that they may run in any order and at the same time.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::context::{Context, Subject};
use crate::edits::visit_blocks;
use crate::flow::{PathUseKind, is_quiet_macro};
use crate::syntax::{
    Block, Expr, ExprKind, Macro, Operator, StatementKind, TextRange, TypeRef, walk,
};

use super::derived::{Derived, each_name, root};

/// Methods that add a result to a collection.
const COLLECTS: &[&str] = &["push", "push_back", "insert", "extend", "append"];

/// Methods that only look at what they are called on.
const LOOKS: &[&str] = &[
    "as_bytes",
    "as_deref",
    "as_path",
    "as_ref",
    "as_slice",
    "as_str",
    "clone",
    "contains",
    "contains_key",
    "display",
    "exists",
    "get",
    "is_dir",
    "is_empty",
    "is_file",
    "is_none",
    "is_some",
    "iter",
    "join",
    "len",
    "starts_with",
    "ends_with",
    "strip_prefix",
    "to_owned",
    "to_path_buf",
    "to_str",
    "to_string",
    "to_string_lossy",
];

/// Methods by which somebody else sees an order, whatever they are called on.
const SHOWS: &[&str] = &[
    "send",
    "try_send",
    "emit",
    "flush",
    "execute",
    "query",
    "lock",
    "borrow_mut",
    "set",
    "next",
    "start",
    "commit",
    "write",
    "write_all",
    "write_fmt",
    "write_str",
    "print",
    "println",
    "call",
    "apply",
    "record",
    "prepare",
    "step",
    "load",
    "store",
    "fetch_add",
    "get_or_insert_with",
];

/// Words of a loop that has its own ways with other threads, processes or the environment.
const APART: &[&str] = &[
    "par_iter",
    "par_bridge",
    "into_par",
    "rayon::",
    "spawn",
    "thread::",
    "scope(",
    "Command::",
    "env::set_",
    "unsafe",
    "static mut",
    "static ",
];

/// How a variable from outside may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outer {
    Fixed,
    Mutable,
    /// A mutable reference: whoever gets it may change what is behind it.
    Lent,
}

struct Turns<'c, 'a> {
    context: &'c Context<'a>,
    subject: Subject<'a>,
    looped: TextRange,
    turn: &'c Derived,
    content: &'c Derived,
    outer: FxHashMap<String, Outer>,
    /// Places where a result is added, with the variable that gets it.
    added: Vec<(TextRange, String)>,
    /// Whole statements: their value is not used.
    statements: FxHashSet<TextRange>,
    independent: bool,
}

/// `turn` is what comes from what a turn is for, `content` what comes from the files that it reads.
pub(super) fn are_independent<'a>(
    context: &Context<'a>,
    subject: Subject<'a>,
    looped: TextRange,
    body: &Block,
    turn: &Derived,
    content: &Derived,
) -> bool {
    let text = subject.text_of(looped);
    if APART.iter().any(|word| text.contains(word)) {
        return false;
    }
    let mut turns = Turns {
        context,
        subject,
        looped,
        turn,
        content,
        outer: outer(subject, looped),
        added: Vec::new(),
        statements: statements(body),
        independent: true,
    };
    walk::block_expressions(body, &mut |expr| {
        turns.see(expr);
        turns.independent
    });
    turns.independent && turns.keeps_results_apart(body) && turns.writes_apart() && !turns.prints()
}

impl Turns<'_, '_> {
    fn outer_root(&self, expr: &Expr) -> Option<(String, Outer)> {
        let name = root(expr)?;
        let kind = *self.outer.get(&name)?;
        Some((name, kind))
    }

    fn depends(&mut self) {
        self.independent = false;
    }

    fn see(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Break(_) | ExprKind::Await(_) | ExprKind::Async(_) => self.depends(),
            ExprKind::Return(value) => {
                let fails = value.as_ref().is_some_and(|value| {
                    matches!(&value.kind, ExprKind::Call { callee, .. }
                        if matches!(&callee.kind, ExprKind::Path(path) if path.last() == "Err"))
                });
                if !fails {
                    self.depends();
                }
            }
            ExprKind::Assign { left, .. } if self.outer_root(left).is_some() => self.depends(),
            ExprKind::Binary {
                left,
                operator: Operator::Assign,
                ..
            } => {
                if let Some((name, _)) = self.outer_root(left) {
                    self.added.push((left.range, name));
                }
            }
            ExprKind::Reference { inner } => {
                let mutable = self.subject.text_of(expr.range).starts_with("&mut");
                if mutable && self.outer_root(inner).is_some() {
                    self.depends();
                }
            }
            ExprKind::Method {
                receiver,
                name,
                arguments,
                ..
            } => {
                self.method(expr, receiver, name);
                self.lent(arguments);
            }
            ExprKind::Call { callee, arguments } => {
                let by_name = match &callee.kind {
                    ExprKind::Path(path) => path.single(),
                    _ => None,
                };
                // A function value may do anything.
                let named = matches!(callee.kind, ExprKind::Path(_))
                    && by_name.is_none_or(|name| !self.outer.contains_key(name));
                if !named {
                    self.depends();
                }
                self.lent(arguments);
            }
            ExprKind::Macro(mac) => self.macro_call(mac),
            _ => {}
        }
    }

    fn method(&mut self, expr: &Expr, receiver: &Expr, name: &str) {
        let Some((variable, kind)) = self.outer_root(receiver) else {
            return;
        };
        // `totals.entry(name).or_default()` adds, too.
        if COLLECTS.contains(&name) && self.statements.contains(&expr.range) || name == "entry" {
            self.added.push((receiver.range, variable));
            return;
        }
        // Of a chain only the first method is called on the variable itself.
        let first = matches!(receiver.kind, ExprKind::Path(_) | ExprKind::Field { .. });
        let looks = LOOKS.contains(&name) || !first;
        // Nobody takes what it yields: it is called for what it does to the variable.
        let acts = first && self.statements.contains(&expr.range);
        if acts || SHOWS.contains(&name) || kind != Outer::Fixed && !looks {
            self.depends();
        }
    }

    /// A reference that is handed on need not be written as one.
    fn lent(&mut self, arguments: &[Expr]) {
        let lent = arguments.iter().any(|argument| {
            matches!(argument.kind, ExprKind::Path(_) | ExprKind::Field { .. })
                && matches!(self.outer_root(argument), Some((_, Outer::Lent)))
        });
        if lent {
            self.depends();
        }
    }

    fn macro_call(&mut self, mac: &Macro) {
        let writes = matches!(mac.name.as_str(), "write" | "writeln");
        let to_outer = writes
            && mac
                .arguments
                .first()
                .is_some_and(|to| self.outer_root(to).is_some());
        // A line that says which file it is may come in any order, one that says what is in it may not.
        let prints = matches!(mac.name.as_str(), "print" | "println");
        let shows = prints
            && (mac.arguments.iter().any(|it| self.content.is_in(it))
                || self.content.captured(&mac.captures));
        if to_outer || shows || !is_quiet_macro(&mac.name) {
            self.depends();
        }
    }

    /// What gets the results is not looked at before the end.
    fn keeps_results_apart(&self, body: &Block) -> bool {
        let mut apart = true;
        walk::block_expressions(body, &mut |expr| {
            let mentioned: Vec<&str> = match &expr.kind {
                ExprKind::Path(path) => path.single().into_iter().collect(),
                ExprKind::Macro(mac) => mac.captures.iter().map(String::as_str).collect(),
                _ => Vec::new(),
            };
            for name in mentioned {
                let gets_results = self.added.iter().any(|(_, added)| added == name);
                let is_adding = self
                    .added
                    .iter()
                    .any(|(range, added)| added == name && range.contains(expr.range));
                apart &= !gets_results || is_adding || name == "self";
            }
            true
        });
        apart
    }

    /// No two turns make or change the same file.
    fn writes_apart(&self) -> bool {
        let uses = self.subject.flow.path_uses.iter();
        let mut within = uses.filter(|one| self.looped.contains(one.range));
        within.all(|one| match one.kind {
            PathUseKind::Remove => false,
            PathUseKind::Create | PathUseKind::Options => {
                walk::at(self.subject.body, one.path, |_| true)
                    .is_some_and(|path| self.turn.is_in(path))
            }
            _ => true,
        })
    }

    /// Whether something prints that a turn calls.
    fn prints(&self) -> bool {
        let calls = self.subject.flow.calls.iter();
        let mut within = calls.filter(|call| self.looped.contains(call.range));
        within.any(|call| self.context.usages.prints(call.callee))
    }
}

/// The variables that a loop may use and does not make itself.
fn outer(subject: Subject<'_>, looped: TextRange) -> FxHashMap<String, Outer> {
    let mut outer = FxHashMap::default();
    let head = subject.text_of(TextRange::new(
        subject.data.function.range.start,
        subject.body.range.start,
    ));
    if subject.data.function.has_self {
        let lent = head.contains("&mut self") || head.contains("mut self");
        let kind = if lent { Outer::Lent } else { Outer::Fixed };
        outer.insert("self".to_owned(), kind);
    }
    for parameter in &subject.data.function.parameters {
        each_name(&parameter.pattern, &mut |name| {
            let declared = head.split(&format!("{name}:")).nth(1).unwrap_or_default();
            let is_reference = matches!(parameter.declared, TypeRef::Reference { .. });
            let lent = is_reference && is_mutable_reference(declared);
            let kind = match (lent, parameter.pattern.is_mutable()) {
                (true, _) => Outer::Lent,
                (_, true) => Outer::Mutable,
                _ => Outer::Fixed,
            };
            outer.insert(name.to_owned(), kind);
        });
    }
    visit_blocks(subject.body, &mut |block| {
        if !block.range.contains(looped) {
            return;
        }
        for statement in &block.statements {
            if let StatementKind::Let {
                pattern,
                initializer,
                ..
            } = &statement.kind
                && statement.range.end <= looped.start
            {
                let text = initializer
                    .as_ref()
                    .map_or("", |it| subject.text_of(it.range));
                let kind = match (text.starts_with("&mut"), pattern.is_mutable()) {
                    (true, _) => Outer::Lent,
                    (_, true) => Outer::Mutable,
                    _ => Outer::Fixed,
                };
                each_name(pattern, &mut |name| {
                    outer.insert(name.to_owned(), kind);
                });
            }
        }
    });
    // Names that loops and conditions around it bind.
    walk::block_expressions(subject.body, &mut |expr| {
        if !expr.range.contains(looped) || expr.range == looped {
            return expr.range.contains(looped) && expr.range != looped;
        }
        let mut add = |pattern| {
            each_name(pattern, &mut |name| {
                outer.entry(name.to_owned()).or_insert(Outer::Mutable);
            });
        };
        match &expr.kind {
            ExprKind::Loop {
                pattern: Some(pattern),
                ..
            } => add(pattern),
            ExprKind::Let { pattern, .. } => add(pattern),
            ExprKind::Match { arms, .. } => arms.iter().for_each(|arm| add(&arm.pattern)),
            ExprKind::Closure(closure) => closure.parameters.iter().for_each(add),
            ExprKind::If { condition, .. } => walk::expressions(condition, &mut |inner| {
                if let ExprKind::Let { pattern, .. } = &inner.kind {
                    add(pattern);
                }
                true
            }),
            _ => {}
        }
        true
    });
    outer
}

fn is_mutable_reference(declared: &str) -> bool {
    let rest = declared.trim_start().trim_start_matches('&').trim_start();
    let rest = match rest.strip_prefix('\'') {
        Some(lifetime) => lifetime.split_once(' ').map_or("", |(_, rest)| rest),
        None => rest,
    };
    rest.starts_with("mut ")
}

/// The expressions that are whole statements.
fn statements(body: &Block) -> FxHashSet<TextRange> {
    let mut found = FxHashSet::default();
    visit_blocks(body, &mut |block| {
        for statement in &block.statements {
            if let StatementKind::Expr { expr, .. } = &statement.kind {
                found.insert(expr.range);
                if let ExprKind::Try(inner) = &expr.kind {
                    found.insert(inner.range);
                }
            }
        }
    });
    found
}
