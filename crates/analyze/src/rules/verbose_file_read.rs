//! Opening a file only to read all of it.

use model::{Applicability, EvidenceKind, Fix};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::edits::{self, block_at, edit, has_comment};
use crate::flow::{Binding, Direction, Event, EventKind, Origin, OriginId, OriginKind};
use crate::syntax::{Block, StatementKind, TextRange};

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "verbose_file_read",
    operations: &[model::Operation::Read],
    summary: "a file is opened only to be read whole, which `fs::read` does in one call",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A file that is opened by its path and read with `read_to_end` or `read_to_string` \
            into an empty buffer, where the handle serves no other purpose; also through a \
            `BufReader`, which adds a buffer that such a read does not use.",
        why_slow: "Mostly it is longer rather than slow: three statements, a mutable binding and \
            an import where one call would do. `fs::read` asks for the size first and allocates \
            once; `File::read_to_end` does so too in today's standard library, but a reader that \
            is wrapped (`BufReader`, `Take`) may lose the size and grow the buffer step by step.",
        when_not_faster: "For a plain `File` no clear gain in speed is to be expected: the same \
            calls reach the system. Take it as a simplification. A loop that reads many files into \
            one buffer that it keeps saves the allocations of `fs::read`, and is not reported.",
        fix_safety: "The fix replaces the statements that open the file, make the buffer and read \
            by one `let`. It is machine-applicable when both failures are passed on in the same \
            way, by `?` or by `unwrap()`: bytes and errors are then the same. Where opening and \
            reading report their failures differently or otherwise, the way of the opening stands \
            for both, which is `maybe-incorrect`. There is none when the number of bytes read is \
            used, when another statement or a comment stands between, or when the reading is the \
            value of a block. A handle with another use (metadata, locks, seeks), one with options \
            of its own and a buffer that held something before are not reported. The file is \
            closed at once and no longer at the end of the block. A `use` that loses its last user \
            (`File`, `Read`, `BufReader`) is left behind: rustc then warns, and in a crate with \
            `#![deny(warnings)]` that counts as an error, so that `--apply` takes the fix out \
            again. The same holds for a variable that only gave the buffer its capacity.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub fn load(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}
",
            after: r"use std::fs;
use std::io;
use std::path::Path;

pub fn load(path: &Path) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    Ok(text)
}
",
        },
        references: &[
            "[std::fs::read](https://doc.rust-lang.org/std/fs/fn.read.html)",
            "[clippy::verbose_file_reads](https://rust-lang.github.io/rust-clippy/master/index.html#verbose_file_reads)",
            "[rust-lang/rust-clippy#5368: where that rewrite is wrong](https://github.com/rust-lang/rust-clippy/issues/5368)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    // Who tells clippy that it is meant tells us.
    let function = subject.data.function.range;
    let head = TextRange::new(function.start, subject.body.range.start);
    if subject.text_of(head).contains("clippy::verbose_file_reads") {
        return;
    }
    for id in subject.flow.ids() {
        let origin = subject.flow.origin(id);
        let opens = matches!(&origin.kind, OriginKind::Open { api } if matches!(api.as_str(), "std::fs::File::open" | "fs_err::File::open"));
        if !opens {
            continue;
        }
        let Some((event, how)) = whole_read(subject, id) else {
            continue;
        };
        let Some(target) = fresh_target(subject, event) else {
            continue;
        };
        // Who gives the size himself knows more than the file's own: that of a file below `/proc` is zero.
        let made = subject.text_of(target.range);
        if made.contains("with_capacity") && !made.contains("len()") {
            continue;
        }
        let span = subject.span(event.range);
        let function = if how == "read_to_end" {
            "read"
        } else {
            "read_to_string"
        };
        verdicts.drafts.push(Draft {
            rule: &META,
            operation: META.operations[0],
            function: subject.id,
            span,
            message: format!("the file is opened only to be read whole: `fs::{function}` does both, and allocates once"),
            related: vec![model::Label { span: subject.span(origin.range), text: "it is opened here, and used for nothing else".to_owned() }],
            evidence: vec![
                evidence(EvidenceKind::Constructor, subject.span(origin.range), "`File::open` makes the handle here"),
                evidence(EvidenceKind::ResolvedPath, span, format!("`{how}` is the only thing done with it")),
                evidence(EvidenceKind::ResolvedPath, subject.span(target.range), "it is read into an empty buffer made here"),
            ],
            workload: Some(workload(META.name, "default")),
            fix: rewrite(context, subject, origin, event, target, function),
        });
    }
}

/// The one thing done with a handle, if that is to read all of it; a `BufReader` in between adds nothing.
fn whole_read(subject: Subject<'_>, id: OriginId) -> Option<(&Event, &str)> {
    let mut events: Vec<&Event> = subject.flow.events_on(id).collect();
    if let [
        Event {
            kind: EventKind::Buffered { by, .. },
            ..
        },
    ] = events.as_slice()
    {
        events = subject.flow.events_on(*by).collect();
    }
    let [event] = events.as_slice() else {
        return None;
    };
    match &event.kind {
        EventKind::Transfer {
            direction: Direction::Read,
            how,
            ..
        } if how == "read_to_end" || how == "read_to_string" => {
            (!subject.text_of(event.at).contains(".take(")).then_some((*event, how.as_str()))
        }
        _ => None,
    }
}

/// The empty buffer that is read into, if it was made in this function and nothing was put into it before.
fn fresh_target<'a>(subject: Subject<'a>, event: &Event) -> Option<&'a Origin> {
    let into = subject
        .flow
        .events
        .iter()
        .find(|other| other.range == event.range && other.at != event.at)?;
    let [id] = into.origins.as_slice() else {
        return None;
    };
    let origin = subject.flow.origin(*id);
    let empty = matches!(origin.kind, OriginKind::Fresh { empty: true, .. });
    let untouched = subject
        .flow
        .events_on(*id)
        .all(|other| other.range.start >= event.range.start);
    (empty && untouched && origin.loops == event.loops && !event.deferred).then_some(origin)
}

/// `let mut file = open; let mut text = String::new(); file.read_to_string(&mut text)?;` in this order, or with the first
/// two the other way round, becomes one `let`.
fn rewrite(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    event: &Event,
    target: &Origin,
    function: &str,
) -> Option<Fix> {
    let buffer = target.binding.as_ref()?;
    let block = block_at(subject.body, buffer.block)?;
    let reading = block
        .statements
        .iter()
        .position(|statement| statement.range.contains(event.range))?;
    let statement = &block.statements[reading];
    let StatementKind::Expr {
        expr,
        semicolon: true,
    } = &statement.kind
    else {
        return None;
    };
    if expr.range.start != event.range.start {
        return None;
    }
    let read_suffix = subject.text_of(TextRange::new(event.range.end, expr.range.end));
    let open_suffix = subject.text_of(TextRange::new(origin.range.end, origin.opened.end));
    let simple = |suffix: &str| suffix == "?" || suffix == ".unwrap()";
    if origin.opened.start != origin.range.start
        || open_suffix.is_empty()
        || read_suffix.is_empty()
        || read_suffix.contains('\n')
    {
        return None;
    }
    let first = statements_before(subject, block, reading, origin, buffer)?;
    let whole = TextRange::new(block.statements[first].range.start, statement.range.end);
    if has_comment(subject.text_of(whole)) {
        return None;
    }
    let reader = if subject.flow.origins.iter().any(|other| matches!(&other.kind, OriginKind::Open { api } if api.starts_with("fs_err") && other.range == origin.range)) {
        format!("fs_err::{function}")
    } else {
        module_function(context, subject, function)
    };
    let path = open_argument(subject, origin)?;
    let mutable = if changes_later(subject, buffer, whole.end) {
        "mut "
    } else {
        ""
    };
    let text = format!(
        "let {mutable}{} = {reader}({path}){open_suffix};",
        buffer.name
    );
    // Where both failures were treated alike, they still are.
    let applicability = if simple(open_suffix) && open_suffix == read_suffix {
        Applicability::MachineApplicable
    } else {
        Applicability::MaybeIncorrect
    };
    let edits = vec![edit(subject, whole, text)];
    edits::fix(
        format!("read the file with `fs::{function}`"),
        applicability,
        edits,
    )
}

/// `fs::read` under whatever name `std::fs` has here.
fn module_function(context: &Context<'_>, subject: Subject<'_>, function: &str) -> String {
    let short = context.index.means(subject.data.module, "fs", "std::fs");
    if short {
        format!("fs::{function}")
    } else {
        format!("std::fs::{function}")
    }
}

/// Index of the first of the statements that make the handle, a buffer round it and the target, right before the one that
/// reads; `None` if another statement stands between them.
fn statements_before(
    subject: Subject<'_>,
    block: &Block,
    reading: usize,
    origin: &Origin,
    buffer: &Binding,
) -> Option<usize> {
    let around = subject.flow.origins.iter().filter(|other| {
        matches!(&other.kind, OriginKind::Buffer { over, .. } if over.iter().any(|id| subject.flow.origin(*id).range == origin.range))
    });
    let inline = block.statements[reading].range;
    let mut needed: Vec<TextRange> = vec![buffer.statement];
    for made in around.chain(std::iter::once(origin)) {
        match &made.binding {
            Some(binding) => needed.push(binding.statement),
            None if inline.contains(made.range)
                || needed
                    .iter()
                    .any(|statement| statement.contains(made.range)) => {}
            None => return None,
        }
    }
    needed.sort_unstable();
    needed.dedup();
    let first = reading.checked_sub(needed.len())?;
    let before: Vec<TextRange> = block.statements[first..reading]
        .iter()
        .map(|statement| statement.range)
        .collect();
    let whole_value = origin.binding.as_ref().is_none_or(|handle| {
        subject
            .text_of(handle.statement)
            .trim_end_matches(';')
            .trim_end_matches(')')
            .ends_with(subject.text_of(origin.opened).trim_end_matches(')'))
    });
    (before == needed && whole_value).then_some(first)
}

fn open_argument<'a>(subject: Subject<'a>, origin: &Origin) -> Option<&'a str> {
    let call = &subject.text[origin.range.at()];
    let open = call.find('(')?;
    let argument = call[open + 1..]
        .strip_suffix(')')?
        .trim()
        .trim_end_matches(',');
    (!argument.contains('\n')).then_some(argument)
}

/// Whether the buffer may be changed after it was filled, so that it stays `mut`: each later mention has to be one that is
/// known to leave it alone.
fn changes_later(subject: Subject<'_>, buffer: &Binding, from: u32) -> bool {
    const READS: [&str; 24] = [
        "len",
        "lines",
        "as_bytes",
        "as_str",
        "trim",
        "split",
        "contains",
        "starts_with",
        "ends_with",
        "is_empty",
        "iter",
        "chars",
        "bytes",
        "parse",
        "split_whitespace",
        "to_string",
        "to_owned",
        "clone",
        "as_ref",
        "as_slice",
        "get",
        "first",
        "find",
        "windows",
    ];
    let rest = &subject.text[from as usize..subject.body.range.end as usize];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    rest.match_indices(buffer.name.as_str()).any(|(at, name)| {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        if before.ends_with(is_word) || before.ends_with('.') || after.starts_with(is_word) {
            return false;
        }
        if before.ends_with('&') {
            return false;
        }
        match after.strip_prefix('.') {
            Some(method) => !READS.iter().any(|read| {
                method
                    .strip_prefix(read)
                    .is_some_and(|rest| rest.starts_with('('))
            }),
            None => {
                !after
                    .trim_start()
                    .starts_with([')', ',', ';', '}', '?', ':'])
                    && !before.ends_with('{')
            }
        }
    })
}
