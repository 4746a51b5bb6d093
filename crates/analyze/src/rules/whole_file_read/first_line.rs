//! A text of which only the first line is used, read no further than that.

use model::{Applicability, Fix};

use super::opening::mentions;
use crate::context::{Context, Subject};
use crate::edits::{self, Imports, edit, indentation, item};
use crate::flow::{Origin, OriginKind};
use crate::syntax::{Expr, ExprKind, TextRange, walk};

/// `let text = fs::read_to_string(path)?;` reads one line instead, if nothing behind it can see that the others are missing,
/// other than in a message.
pub(super) fn fix(context: &Context<'_>, subject: Subject<'_>, made: &Origin) -> Option<Fix> {
    let binding = made.binding.as_ref()?;
    if !matches!(&made.kind, OriginKind::Content { api, .. } if api == "std::fs::read_to_string") {
        return None;
    }
    let name = &binding.name;
    let call = subject.text_of(made.range);
    let path = call.split_once("read_to_string(")?.1.strip_suffix(')')?;
    let opened = subject.text_of(made.opened);
    let suffix = opened.strip_prefix(call)?;
    let whole = subject.text_of(binding.statement);
    let plain = whole == format!("let {name} = {opened};");
    if !plain || !matches!(suffix, "?" | ".unwrap()") || !only_first_line(subject, made, name) {
        return None;
    }
    let mut imports = Imports::default();
    imports.bring_trait(context, subject, "std::io::BufRead")?;
    let file = item(context, subject, "std::fs::File", &mut imports);
    let reader = item(context, subject, "std::io::BufReader", &mut imports);
    let indent = indentation(subject.text, binding.statement.start);
    let made = format!("{reader}::new({file}::open({path}){suffix})");
    let line = format!("{made}.read_line(&mut {name}){suffix};");
    // rustfmt breaks a chain of more than one call where it is longer than that.
    let long = suffix != "?" && line.len() > 61;
    if indent.len() + line.len() > 100 || path.contains('\n') {
        return None;
    }
    let line = match long {
        true => format!("{made}\n{indent}    .read_line(&mut {name})\n{indent}    {suffix};"),
        false => line,
    };
    let text = format!("let mut {name} = String::new();\n{indent}{line}");
    let mut changes = vec![edit(subject, binding.statement, text)];
    changes.append(&mut imports.edits);
    edits::fix(
        "read the first line only",
        Applicability::MaybeIncorrect,
        changes,
    )
}

/// Whether a text is split into lines once, and the first of these asked for once.
fn only_first_line(subject: Subject<'_>, made: &Origin, name: &str) -> bool {
    let Some(binding) = &made.binding else {
        return false;
    };
    let from = binding.statement.end;
    let mut lines = None;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::Method {
            receiver,
            name: method,
            arguments,
            ..
        } = &expr.kind
            && from <= expr.range.start
            && is_name(receiver, name)
        {
            let text = arguments.first().map(|one| subject.text_of(one.range));
            let by_line = method == "lines" && text.is_none()
                || matches!(method.as_str(), "split" | "split_terminator")
                    && matches!(text, Some("'\\n'" | "\"\\n\""));
            lines = lines.or(by_line.then_some(expr.range));
        }
        true
    });
    let rest = TextRange::new(from, subject.body.range.end);
    let Some(lines) = lines.filter(|_| mentions(subject, name, rest) == 1) else {
        return false;
    };
    let rest = TextRange::new(lines.end, subject.body.range.end);
    if subject.text_of(rest).trim_start().starts_with(".next()") {
        return true;
    }
    let mut parts = None;
    edits::visit_lets(subject.body, &mut |pattern, value| {
        if value.range.contains(lines) {
            let rest = subject.text_of(TextRange::new(lines.end, value.range.end));
            let collected = rest.starts_with(".collect") && rest.matches('(').count() == 1;
            let named = pattern.name().filter(|_| rest.is_empty() || collected);
            parts = named.map(|named| (named, value.range.end, collected));
        }
    });
    parts.is_some_and(|(parts, end, collected)| asks_once(subject, parts, end, collected))
}

/// Whether of some lines nothing is asked but the first of them, once, and whether there are any.
fn asks_once(subject: Subject<'_>, parts: &str, from: u32, collected: bool) -> bool {
    let (mut first, mut harmless) = (0, 0);
    let mut macros: Vec<TextRange> = Vec::new();
    walk::block_expressions(subject.body, &mut |expr| {
        if expr.range.start < from {
            return true;
        }
        match &expr.kind {
            ExprKind::Macro(_) => macros.push(expr.range),
            ExprKind::Index { base, index } if is_name(base, parts) => {
                first += usize::from(matches!(index.kind, ExprKind::Integer(Some(0))));
            }
            ExprKind::Method { receiver, name, .. } if is_name(receiver, parts) => {
                // How many there are may be told, and decide nothing.
                let told = name == "len" && macros.iter().any(|told| told.contains(expr.range));
                let asked = collected && (name == "is_empty" || told);
                first += usize::from(name == if collected { "first" } else { "next" });
                harmless += usize::from(asked);
            }
            _ => {}
        }
        true
    });
    let rest = TextRange::new(from, subject.body.range.end);
    first == 1 && mentions(subject, parts, rest) == first + harmless
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Path(path) if path.single() == Some(name))
}
