//! A function that copies a directory by calling itself, as one call of the runtime crate.

use model::{Applicability, Fix};

use crate::context::{Context, Subject};
use crate::edits::{self, edit};
use crate::shapes::fits;
use crate::syntax::{Block, ExprKind, LoopKind, Parameter, StatementKind, TextRange};

/// What the loop begins with: `$1` is the entry, `$2` its type, `$3` the path of the copy, `$4` that of the source.
const OPENINGS: [&str; 8] = [
    "",
    "KIND",
    "TARGET",
    "KINDTARGET",
    "TARGETKIND",
    "SOURCETARGET",
    "KINDSOURCETARGET",
    "SOURCETARGETKIND",
];

/// The loop as one call, where the function makes the directory, goes through it once, calls itself for directories, copies all other
/// entries, and does nothing else.
pub(super) fn fix(context: &Context<'_>, subject: Subject<'_>) -> Option<Fix> {
    let [made, looped, end] = subject.body.statements.as_slice() else {
        return None;
    };
    let [from, to] = subject.data.function.parameters.as_slice() else {
        return None;
    };
    let is_std = context.index.means(subject.data.module, "fs", "std::fs");
    let ends = matches!(
        &end.kind,
        StatementKind::Expr {
            semicolon: false,
            ..
        }
    ) && subject.text_of(end.range) == "Ok(())";
    if !is_std || !ends || edits::has_comment(subject.text_of(subject.body.range)) {
        return None;
    }
    let names = Names {
        function: &subject.data.function.name,
        from: parameter(from)?,
        to: parameter(to)?,
    };
    let target = made_directory(subject.text_of(made.range), names.to)?;
    let (source, turn) = read_directory(subject, &looped.kind, names.from)?;
    let turn = plain(subject.text_of(turn.range), &names);
    let mut openings = OPENINGS.iter();
    openings.find(|opening| fits(&shape(opening, &names), &turn).is_some())?;
    let indent = edits::indentation(subject.text, looped.range.start);
    let call = format!(
        "io_optimize::TreeOptions::new()\n{indent}    .merge(true)\n{indent}    \
         .existing(io_optimize::Existing::Replace)\n{indent}    .on_error(io_optimize::OnError::Stop)\n\
         {indent}    .copy({source}, {target})?;"
    );
    let changes = vec![edit(subject, looped.range, call)];
    let title = "copy the tree with `io_optimize::TreeOptions`";
    let fix = edits::fix(title, Applicability::MaybeIncorrect, changes)?;
    Some(edits::onto_runtime(fix, "io_optimize::TreeOptions"))
}

struct Names<'a> {
    function: &'a str,
    from: &'a str,
    to: &'a str,
}

fn parameter(parameter: &Parameter) -> Option<&str> {
    parameter.pattern.name()
}

/// What is given to the call that makes the directory of the copy.
fn made_directory<'a>(statement: &'a str, to: &str) -> Option<&'a str> {
    let call = statement.strip_suffix("?;")?.strip_suffix(')')?;
    let call = call.strip_prefix("std::").unwrap_or(call);
    let target = call
        .strip_prefix("fs::create_dir_all(")
        .or_else(|| call.strip_prefix("fs::create_dir("))?;
    (target.trim_start_matches('&') == to).then_some(target)
}

/// What is given to the call that lists the directory, and the body of the loop over it.
fn read_directory<'a>(
    subject: Subject<'a>,
    looped: &'a StatementKind,
    from: &str,
) -> Option<(&'a str, &'a Block)> {
    let StatementKind::Expr { expr, .. } = looped else {
        return None;
    };
    let ExprKind::Loop {
        kind: LoopKind::For,
        iterated: Some(iterated),
        body,
        pattern: Some(_),
        ..
    } = &expr.kind
    else {
        return None;
    };
    let head = TextRange::new(expr.range.start, iterated.range.end);
    let call = &subject.text[iterated.range.at()];
    let call = call.strip_suffix(")?")?;
    let source = call
        .trim_start_matches("std::")
        .strip_prefix("fs::read_dir(")?;
    let is_from = source.trim_start_matches('&') == from;
    (is_from && subject.text_of(head).starts_with("for ")).then_some((source, body))
}

/// A text without white space, and without what only lends a path.
fn plain(text: &str, names: &Names<'_>) -> String {
    let mut text: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '&')
        .collect();
    for name in [names.from, names.to] {
        text = text.replace(&format!("{name}.as_ref()"), name);
    }
    text.replace("std::fs::", "fs::").replace(";}", "}")
}

fn shape(opening: &str, names: &Names<'_>) -> String {
    let Names { function, to, .. } = names;
    let join = format!("{to}.join($1.file_name())");
    let has = |word: &str| opening.contains(word);
    let kind = if has("KIND") { "$2" } else { "$1.file_type()?" };
    let target = if has("TARGET") { "$3" } else { &join };
    let source = if has("SOURCE") { "$4" } else { "$1.path()" };
    let opening = opening
        .replace("KIND", "let$2=$1.file_type()?;")
        .replace("TARGET", &format!("let$3={join};"))
        .replace("SOURCE", "let$4=$1.path();");
    format!(
        "{{let$1=$1?;{opening}if{kind}.is_dir(){{{function}({source},{target})?}}else{{fs::copy({source},{target})?}}}}"
    )
}
