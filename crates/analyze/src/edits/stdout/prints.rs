//! `println!` as a write to a buffer, laid out as rustfmt does.

use model::Edit;

use super::deeper;
use crate::context::Subject;
use crate::edits::wrap::{ARGUMENTS, LINE};
use crate::edits::{edit, has_comment, indentation};
use crate::flow::Print;
use crate::syntax::{ExprKind, Macro, TextRange, walk};

/// `println!(…)` as `writeln!(name, …)` with `suffix` behind it.
pub(super) fn written(
    subject: Subject<'_>,
    print: &Print,
    name: &str,
    suffix: &str,
) -> Option<Vec<Edit>> {
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
    let end = TextRange::new(print.range.end, print.range.end);
    let plain = |suffix: String| {
        vec![
            edit(subject, head, format!("{macro_name}!({target}")),
            edit(subject, end, suffix),
        ]
    };
    let indent = indentation(subject.text, print.range.start);
    if text.contains('\n') {
        let broken = match suffix {
            "?" => suffix.to_owned(),
            _ => format!("\n{indent}{suffix}"),
        };
        return Some(plain(broken));
    }
    let call = format!("{macro_name}!({target}{arguments})");
    let before = before_on_line(subject.text, print.range.start);
    let after = &subject.text[print.range.end as usize..];
    let is_arm = subject.text[..print.range.start as usize].ends_with("=> ");
    let rest = after.strip_prefix(',').unwrap_or(after);
    let alone = rest
        .lines()
        .next()
        .is_some_and(|rest| rest.trim().is_empty());
    let inner = deeper(indent);
    if target.len() + arguments.len() <= ARGUMENTS {
        if before + call.len() + suffix.len() < LINE {
            return Some(plain(suffix.to_owned()));
        }
        if is_arm && alone && inner.len() + call.len() + suffix.len() <= LINE {
            let comma = u32::from(after.starts_with(','));
            let whole = TextRange::new(print.range.start, print.range.end + comma);
            let block = format!("{{\n{inner}{call}{suffix}\n{indent}}}");
            return Some(vec![edit(subject, whole, block)]);
        }
        if suffix != "?" && before + call.len() <= LINE {
            return Some(plain(format!("\n{inner}{suffix}")));
        }
    }
    match broken_call(subject, print, macro_name, name, indent) {
        Some(call) => {
            let suffix = match suffix {
                "?" => suffix.to_owned(),
                _ => format!("\n{indent}{suffix}"),
            };
            Some(vec![edit(subject, print.range, format!("{call}{suffix}"))])
        }
        // rustfmt leaves a text alone that is too long for a line.
        _ => Some(plain(suffix.to_owned())),
    }
}

/// The call with its format on a line of its own and what goes into it on the next ones, if these fit.
fn broken_call(
    subject: Subject<'_>,
    print: &Print,
    macro_name: &str,
    name: &str,
    indent: &str,
) -> Option<String> {
    let (format, values) = call_at(subject, print.range)?.arguments.split_first()?;
    if has_comment(subject.text_of(print.range)) {
        return None;
    }
    let values: Vec<&str> = values
        .iter()
        .map(|value| subject.text_of(value.range))
        .collect();
    let inner = deeper(indent);
    let mut lines = vec![
        format!("{inner}{name},"),
        format!("{inner}{}", subject.text_of(format.range)),
    ];
    let is_simple = |value: &&str| !value.contains(['(', '{', ' ']);
    if !values.is_empty() {
        lines[1].push(',');
    }
    if values.iter().all(is_simple) {
        lines.extend((!values.is_empty()).then(|| format!("{inner}{}", values.join(", "))));
    } else {
        lines.extend(values.iter().map(|value| format!("{inner}{value},")));
        if let Some(last) = lines.last_mut() {
            last.pop();
        }
    }
    let fits = lines.iter().all(|line| line.len() <= LINE);
    fits.then(|| format!("{macro_name}!(\n{}\n{indent})", lines.join("\n")))
}

fn call_at<'a>(subject: Subject<'a>, range: TextRange) -> Option<&'a Macro> {
    let found = walk::at(subject.body, range, |kind| {
        matches!(kind, ExprKind::Macro(_))
    })?;
    match &found.kind {
        ExprKind::Macro(mac) => Some(mac),
        _ => None,
    }
}

/// How much stands before an offset on its line.
fn before_on_line(text: &str, at: u32) -> usize {
    let before = &text[..at as usize];
    before.chars().rev().take_while(|c| *c != '\n').count()
}
