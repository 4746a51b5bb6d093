//! One buffered writer for the prints of a loop.

use model::{Applicability, Fix};

use super::errors::takes_io_errors;
use super::exits::early_exits;
use super::wrap::LINE;
use super::{Imports, edit, fix, has_comment, indentation, insertion, item, visit_blocks};
use crate::context::{Context, Subject};
use crate::flow::Print;
use crate::syntax::{Statement, TextRange};

/// Replaces the prints of the loop `id` by writes to a buffer that is flushed behind it.
///
/// `None` where something else in the loop prints too, so that lines would change places, or could end the process with
/// lines in the buffer.
pub(crate) fn stdout_fix(context: &Context<'_>, subject: Subject<'_>, id: u32) -> Option<Fix> {
    let flow = subject.flow;
    let range = flow.loops[id as usize].range;
    let inside = |loops: &[u32]| loops.contains(&id);
    let prints: Vec<&Print> = flow
        .prints
        .iter()
        .filter(|print| inside(&print.loops))
        .collect();
    let in_closures = |print: &&Print| {
        print
            .loops
            .iter()
            .any(|id| flow.loops[*id as usize].kind.is_none())
    };
    let text = subject.text_of(range);
    let others = prints_elsewhere(context, subject, id);
    let lost = [
        "process::exit",
        "eprint",
        "stdout",
        "abort(",
        "exec(",
        ".await",
        "spawn",
    ]
    .iter()
    .any(|word| text.contains(word));
    let home = statement_of(subject, range)?;
    if prints.is_empty()
        || prints
            .iter()
            .any(|print| print.deferred || in_closures(print))
        || others
        || lost
    {
        return None;
    }
    let exits = early_exits(subject, std::slice::from_ref(home))?;
    let name = ["stdout", "out", "output"]
        .into_iter()
        .find(|name| !subject.text_of(subject.body.range).contains(name))?;
    let mut imports = Imports::default();
    let writer = item(context, subject, "std::io::BufWriter", &mut imports);
    let stdout = match context.index.means(subject.data.module, "io", "std::io") {
        true => "io::stdout()",
        false => "std::io::stdout()",
    };
    let flush = imports.write_method(context, subject, name, "flush");
    if flush.contains("::") {
        return None;
    }
    let suffix = panic_or_pass(context, subject);
    let indent = indentation(subject.text, home.range.start);
    let mut edits = vec![
        insertion(
            subject,
            home.range.start,
            format!("let mut {name} = {writer}::new({stdout});\n{indent}"),
        ),
        insertion(
            subject,
            home.range.end,
            format!("\n{indent}{flush}{suffix};"),
        ),
    ];
    for exit in exits {
        let indent = indentation(subject.text, exit.start);
        edits.push(insertion(
            subject,
            exit.start,
            format!("{flush}{suffix};\n{indent}"),
        ));
    }
    for print in prints {
        edits.extend(written(subject, print, name, suffix)?);
    }
    edits.append(&mut imports.edits);
    let title =
        format!("write the loop's lines to one buffer, `{name}`, and flush it behind the loop");
    fix(title, Applicability::MaybeIncorrect, edits)
}

/// Whether anything in the loop but its own prints may print, end the process or start another.
fn prints_elsewhere(context: &Context<'_>, subject: Subject<'_>, id: u32) -> bool {
    let flow = subject.flow;
    let mut calls = flow
        .calls
        .iter()
        .filter(|call| call.loops.contains(&id))
        .map(|call| call.callee);
    calls.any(|callee| context.usages.prints(callee) || context.usages.acts(callee))
        || flow.acts.iter().any(|act| act.loops.contains(&id))
        || flow.loops[id as usize].runs_own_code
}

/// The statement that is the loop and nothing else.
fn statement_of(subject: Subject<'_>, range: TextRange) -> Option<&Statement> {
    let mut found = None;
    visit_blocks(subject.body, &mut |block| {
        found = found.or_else(|| {
            block
                .statements
                .iter()
                .find(|statement| statement.range == range)
        });
    });
    found
}

/// `println!(…)` as `writeln!(name, …)`.
fn written(
    subject: Subject<'_>,
    print: &Print,
    name: &str,
    suffix: &str,
) -> Option<[model::Edit; 2]> {
    let text = subject.text_of(print.range);
    let open = text.find('(')?;
    if has_comment(&text[..open]) || !text.ends_with(')') {
        return None;
    }
    let macro_name = if print.name == "println" {
        "writeln"
    } else {
        "write"
    };
    let arguments = &text[open + 1..text.len() - 1];
    let spaced = &arguments[..arguments.len() - arguments.trim_start().len()];
    let target = match (arguments.trim().is_empty(), spaced.contains('\n')) {
        (true, _) => name.to_owned(),
        (false, true) => format!("{spaced}{name},"),
        (false, false) => format!("{name}, "),
    };
    let head = TextRange::new(
        print.range.start,
        print.range.start + u32::try_from(open).ok()? + 1,
    );
    // As rustfmt breaks a chain behind a macro call.
    let indent = indentation(subject.text, print.range.start);
    let line = indent.len() + text.len() + target.len() + suffix.len();
    let suffix = match (suffix == "?", text.contains('\n'), line > LINE) {
        (false, true, _) => format!("\n{indent}{suffix}"),
        (false, false, true) => format!("\n{indent}    {suffix}"),
        _ => suffix.to_owned(),
    };
    Some([
        edit(subject, head, format!("{macro_name}!({target}")),
        insertion(subject, print.range.end, suffix),
    ])
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
