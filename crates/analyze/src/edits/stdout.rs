//! One buffered writer for the lines of a loop, or for what goes through one handle of the standard output.

mod handle;
mod meanwhile;
mod prints;

pub(crate) use handle::stdout_handle_fix;

use model::{Applicability, Edit, Fix};

use super::errors::{suffix_at, takes_io_errors};
use super::exits::early_exits;
use super::imports::in_scope;
use super::{Imports, fix, indentation, insertion, item, visit_blocks};
use crate::context::{Context, Subject};
use crate::flow::{Direction, Event, EventKind, OriginKind, Print};
use crate::syntax::{Expr, ExprKind, LoopKind, Statement, StatementKind, TextRange, walk};
use crate::types::Handle;
use crate::words::has_word;
use meanwhile::{Meanwhile, Point};

/// Names for the buffer, of which the first is taken that the function does not know.
const NAMES: [&str; 5] = ["stdout", "out", "output", "writer", "printed"];

/// Replaces the prints of the loop `id`, and its writes to `io::stdout()`, by writes to a buffer that is flushed behind it.
///
/// `None` where something else in the loop prints too, so that lines would change places, or could end the process with
/// lines in the buffer.
pub(crate) fn stdout_fix(context: &Context<'_>, subject: Subject<'_>, id: u32) -> Option<Fix> {
    let flow = subject.flow;
    let home = statement_of(subject, flow.loops[id as usize].range)?;
    let prints: Vec<&Print> = flow
        .prints
        .iter()
        .filter(|print| print.loops.contains(&id))
        .collect();
    let writes = writes_in_place(subject, id)?;
    let own: Vec<TextRange> = prints
        .iter()
        .map(|print| print.range)
        .chain(writes.iter().map(|event| event.range))
        .collect();
    let in_closure = |loops: &[u32]| {
        loops
            .iter()
            .any(|id| flow.loops[*id as usize].kind.is_none())
    };
    if own.is_empty()
        || prints
            .iter()
            .any(|print| print.deferred || in_closure(&print.loops))
        || writes
            .iter()
            .any(|write| write.deferred || in_closure(&write.loops))
        || is_in_macro(subject, &own)
        || !own.iter().any(|range| ends_line(subject.text_of(*range)))
    {
        return None;
    }
    let meanwhile = Meanwhile {
        context,
        subject,
        part: std::slice::from_ref(home),
        own,
    };
    let points = meanwhile.points()?;
    let exits = early_exits(subject, std::slice::from_ref(home))?;
    let known = subject.text_of(subject.data.function.range);
    let name = NAMES.into_iter().find(|name| !has_word(known, name))?;
    let habit = match prints.is_empty() {
        false => panic_or_pass(context, subject).to_owned(),
        true => writes
            .iter()
            .find_map(|write| suffix_at(subject.text, write.range.end))?,
    };
    let mut imports = Imports::default();
    let writer = item(context, subject, "std::io::BufWriter", &mut imports);
    // The bare name of the function may be that of the buffer.
    let stdout = in_scope(context, subject, "std::io::stdout")
        .filter(|path| path.contains("::"))
        .unwrap_or_else(|| "std::io::stdout".to_owned());
    let flush = imports.write_method(context, subject, name, "flush");
    if flush.contains("::") {
        return None;
    }
    let flush = format!("{flush}{habit};");
    let indent = indentation(subject.text, home.range.start);
    let mut edits = vec![
        insertion(
            subject,
            home.range.start,
            format!("let mut {name} = {writer}::new({stdout}());\n{indent}"),
        ),
        insertion(subject, home.range.end, format!("\n{indent}{flush}")),
    ];
    edits.extend(flushes(subject, &flush, exits, points)?);
    for print in prints {
        edits.extend(prints::written(subject, print, name, &habit)?);
    }
    for write in writes {
        edits.push(super::edit(subject, write.at, name));
    }
    edits.append(&mut imports.edits);
    let title =
        format!("write the loop's lines to one buffer, `{name}`, and flush it behind the loop");
    fix(title, Applicability::MaybeIncorrect, edits)
}

/// The flushes before early exits and before what writes elsewhere, one in each place.
fn flushes(
    subject: Subject<'_>,
    flush: &str,
    exits: Vec<TextRange>,
    mut points: Vec<Point>,
) -> Option<Vec<Edit>> {
    points.extend(exits.into_iter().map(Point::Statement));
    points.sort();
    points.dedup();
    let mut edits = Vec::new();
    for point in points {
        edits.extend(point.put(subject, flush)?);
    }
    Some(edits)
}

/// The writes of a loop to an `io::stdout()` that is made in place; `None` if the loop does anything else with such a handle.
fn writes_in_place(subject: Subject<'_>, id: u32) -> Option<Vec<&Event>> {
    let flow = subject.flow;
    let mut found = Vec::new();
    for event in flow.events.iter().filter(|event| event.loops.contains(&id)) {
        let mut origins = event.origins.iter().map(|origin| flow.origin(*origin));
        if !origins.any(|origin| origin.ty.handle() == Handle::Stdout) {
            continue;
        }
        let [origin] = event.origins.as_slice() else {
            return None;
        };
        let origin = flow.origin(*origin);
        let made = matches!(&origin.kind, OriginKind::Open { api } if api == "std::io::stdout");
        let writes = matches!(
            event.kind,
            EventKind::Transfer {
                direction: Direction::Write,
                ..
            }
        );
        let stays = origin.binding.is_none() && event.at.contains(origin.range);
        let rest = subject.text_of(TextRange::new(origin.range.end, event.at.end));
        let before = subject.text_of(TextRange::new(event.at.start, origin.range.start));
        let plain = matches!(rest, "" | ".lock()") && matches!(before, "" | "&mut ");
        // An error that is thrown away would be thrown away for what waits in the buffer as well.
        let passed_on = suffix_at(subject.text, event.range.end).is_some();
        if !(made && writes && stays && plain && passed_on) {
            return None;
        }
        found.push(event);
    }
    Some(found)
}

/// Whether one of some calls stands in what another macro is given.
fn is_in_macro(subject: Subject<'_>, calls: &[TextRange]) -> bool {
    let mut inside = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if matches!(expr.kind, ExprKind::Macro(_)) {
            inside |= calls
                .iter()
                .any(|call| expr.range.contains(*call) && expr.range != *call);
        }
        true
    });
    inside
}

/// Whether a print or write may end a line: pieces of one are collected by the standard output itself.
fn ends_line(call: &str) -> bool {
    call.starts_with("println!") || call.starts_with("writeln!") || call.contains("\\n")
}

/// The white space of a line one step deeper.
fn deeper(indent: &str) -> String {
    let step = if indent.contains('\t') { "\t" } else { "    " };
    format!("{indent}{step}")
}

/// The statement that is the loop and nothing else, and has no value.
fn statement_of(subject: Subject<'_>, range: TextRange) -> Option<&Statement> {
    let mut found = None;
    visit_blocks(subject.body, &mut |block| {
        found = found.or_else(|| {
            let mut statements = block.statements.iter();
            statements.find(|statement| statement.range == range && !has_value(statement))
        });
    });
    found
}

/// Whether a statement is a `loop` whose value is that of its block.
fn has_value(statement: &Statement) -> bool {
    let is_loop = |expr: &Expr| {
        matches!(
            expr.kind,
            ExprKind::Loop {
                kind: LoopKind::Loop,
                ..
            }
        )
    };
    matches!(&statement.kind, StatementKind::Expr { expr, semicolon: false } if is_loop(expr))
}

/// `?` where the function returns errors of any kind or of I/O; else the panic that `println!` is.
fn panic_or_pass(context: &Context<'_>, subject: Subject<'_>) -> &'static str {
    const PANICS: &str = ".expect(\"failed printing to stdout\")";
    if takes_io_errors(context, subject) {
        "?"
    } else {
        PANICS
    }
}
