//! A line or record of its own for each turn of a loop that drops it.

use model::{Applicability, EvidenceKind, Fix, Label};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::edits::{self, edit};
use crate::fate::{self, Fate, Hold, Pieces, Use};
use crate::flow::{OriginKind, Walk, WalkKind};
use crate::sizes::{self, Size};
use crate::syntax::{Block, ExprKind, StatementKind, TextRange, walk};
use crate::types::Handle;
use crate::words::{has_word, is_part, places_of};

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "lines_alloc",
    operations: &[model::Operation::Read, model::Operation::Streaming],
    summary: "each line or record is allocated, and dropped before the next",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`BufRead::lines` and `BufRead::split` of a file, the standard input or a reader \
            that a caller gives, and the `records()` and `byte_records()` of csv, in a loop or \
            a chain of adaptors that has no use for a line after its turn. The iterator may be \
            handed to another function of the workspace before it is walked. Lines that are \
            collected, stored, sent, kept for the next turn or passed on by value to what keeps \
            them need to be values of their own and are not reported; neither are files of a few lines (below \
            `/proc`, `/sys` and `/etc`, configuration), nor input that a person types at a prompt. Of low \
            confidence are lines that a parser of JSON, URLs or regular expressions takes, and loops \
            of which each turn prints a line or seeks.",
        why_slow: "The iterators make a new `String`, `Vec` or record for each item: an allocation \
            that grows while the line is read, and its release at the end of the turn. `read_line`, \
            `read_until` and `read_record` fill a value of the caller's, which after a few turns is \
            large enough for every line.",
        when_not_faster: "Where a turn does much with its line (a regular expression, a parser, a \
            system call), the allocation is lost in it. A file of a few lines gains nothing. \
            `lines()` also removes the line's end and checks that it is UTF-8: `read_line` leaves \
            `\\n` or `\\r\\n` at the end, and `read_until` checks nothing.",
        fix_safety: "Machine-applicable for a `for` whose body only lends the line or record: the \
            iterator does inside what the loop then does. For `records()` and `byte_records()` of \
            csv the body has to begin with `let record = record?;`, or with `record = result?;` where the \
            variable is declared before the loop and used within it only. For `lines()` and `split(…)`, \
            also under `enumerate()`, it begins with `let line = line?;` or the same with \
            `unwrap`, `expect`, `map_err`, `context` or `with_context`, or the iterator ends at \
            the first error by `map_while(Result::ok)`; `\\n` or `\\r\\n`, or the byte that `split` is \
            given, is taken off the end of the line as the iterator does. The reader then lives \
            until the end of the block and no longer until the end of the loop, so that the fix \
            is `maybe-incorrect` where something behind the loop touches files by path, processes \
            or threads. There is no fix for an iterator that has a name, is walked by adaptors or \
            in another function, and none where the standard input is locked for the loop and \
            may be read behind it. \
            With `--runtime` the lines of a file that the function opens and reads through a `BufReader` are lent from the \
            buffer of an `io_optimize::LineReader` of 256 KiB, unless that measures no faster. That is `maybe-incorrect`: \
            the error of a line that is not UTF-8 is of the same kind and says in other words what is wrong, and in which line; and \
            each line is a `&str`, so that what takes a `&String` no longer compiles.",
        example: model::Example {
            before: r"use std::io::Read;

pub fn longest(input: impl Read) -> Result<usize, csv::Error> {
    let mut reader = csv::Reader::from_reader(input);
    let mut longest = 0;
    for record in reader.byte_records() {
        let record = record?;
        longest = longest.max(record.len());
    }
    Ok(longest)
}
",
            after: r"use std::io::Read;

pub fn longest(input: impl Read) -> Result<usize, csv::Error> {
    let mut reader = csv::Reader::from_reader(input);
    let mut longest = 0;
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        longest = longest.max(record.len());
    }
    Ok(longest)
}
",
        },
        references: &[
            "[std::io::BufRead::read_line](https://doc.rust-lang.org/std/io/trait.BufRead.html#method.read_line)",
            "[csv: Amortizing allocations](https://docs.rs/csv/latest/csv/tutorial/index.html#amortizing-allocations)",
            "[The Rust Performance Book: reading lines](https://nnethercote.github.io/perf-book/io.html#reading-lines-from-a-file)",
        ],
    },
};

mod as_str;
mod assigned;
mod lent;
mod line_reader;
mod lines;

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    for walk in &subject.flow.walks {
        let fate = fate::of(context, subject.id, walk.range, Hold::Walk, Pieces::Owned);
        let Some(run) = fate.first(Use::Walked) else {
            continue;
        };
        if fate.has(Use::Kept) {
            continue;
        }
        let Some(source) = source_of(context, subject, walk) else {
            continue;
        };
        verdicts
            .drafts
            .push(draft(context, subject, walk, &fate, run, source));
    }
}

/// What is walked over, if it may be long.
fn source_of(context: &Context<'_>, subject: Subject<'_>, walk: &Walk) -> Option<Size> {
    let handle = walk.over.handle();
    let is_stdin = under(subject, walk, |handle| handle == Handle::Stdin);
    if is_stdin && sizes::prompts(subject) {
        return None;
    }
    let waits = |handle| matches!(handle, Handle::Pipe | Handle::Socket);
    if under(subject, walk, waits) || sizes::is_piped(subject, walk.range) {
        // Who waits for another process or host does not wait for an allocation.
        return Some(Size::Small("it waits for what is at the other end"));
    }
    if under(subject, walk, |handle| handle == Handle::Memory) || handle == Handle::Memory {
        return None;
    }
    match sizes::size(context, subject, &walk.origins) {
        Size::Special => None,
        size => Some(size),
    }
}

/// Whether each turn of the loop over a walk prints a line or seeks, whatever it finds.
fn calls_system(subject: Subject<'_>, walk: TextRange) -> bool {
    let mut around = None;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::Loop {
            iterated: Some(iterated),
            body,
            ..
        } = &expr.kind
            && iterated.range.contains(walk)
        {
            around = Some(body);
        }
        expr.range.contains(walk)
    });
    let mut statements = around.iter().flat_map(|body| &body.statements);
    statements.any(|statement| {
        let StatementKind::Expr { expr, .. } = &statement.kind else {
            return false;
        };
        let inner = match &expr.kind {
            ExprKind::Try(inner) => inner,
            _ => expr,
        };
        match &inner.kind {
            ExprKind::Macro(mac) => mac.name == "println",
            ExprKind::Method { name, .. } => name == "seek",
            _ => false,
        }
    })
}

/// What makes a value of a whole line in its turn, which takes longer than the line's allocation.
const PARSERS: &[&str] = &[
    "Url::parse(",
    "Uri::from_str(",
    "Regex::new(",
    "serde_json::from_str(",
    "from_slice(",
    "from_slice::<",
    "serde_json::from_str::<",
];

/// Whether the statement around a walk, or around one of its adaptors, hands what it yields to a parser.
fn is_parsed(subject: Subject<'_>, walk: TextRange) -> bool {
    let home = edits::home(subject.body, walk);
    let statement = home.map_or(walk, |(block, at)| block.statements[at].range);
    let text = subject.text_of(statement);
    PARSERS.iter().any(|parser| text.contains(parser))
}

/// Whether a handle below the reader is of that kind.
fn under(subject: Subject<'_>, walk: &Walk, is: impl Fn(Handle) -> bool) -> bool {
    let mut open = walk.origins.clone();
    let mut seen = 0;
    while let Some(id) = open.pop() {
        let origin = subject.flow.origin(id);
        if is(origin.ty.handle()) || origin.ty.arguments().iter().any(|inner| is(inner.handle())) {
            return true;
        }
        seen += 1;
        if let (OriginKind::Buffer { over, .. } | OriginKind::Wrapper { over, .. }, true) =
            (&origin.kind, seen < 64)
        {
            open.extend(over);
        }
    }
    walk.over.arguments().iter().any(|inner| is(inner.handle()))
}

fn draft(
    context: &Context<'_>,
    subject: Subject<'_>,
    walk: &Walk,
    fate: &Fate,
    run: TextRange,
    size: Size,
) -> Draft {
    let span = subject.span(walk.range);
    let (what, instead, variant) = match walk.kind {
        WalkKind::Lines => (
            "line",
            "`read_line` into one `String`".to_owned(),
            Some("default"),
        ),
        WalkKind::Split => (
            "piece",
            "`read_until` into one `Vec`".to_owned(),
            Some("default"),
        ),
        WalkKind::Records(row) => {
            let row = context.effects.record(row);
            let instead = format!("`{}` into one `{}`", row.into, row.record);
            let variant = match (row.krate(), row.record.as_str()) {
                ("csv", "StringRecord") => Some("records"),
                ("csv", "ByteRecord") => Some("byte-records"),
                // Figures of another reader would be guesses.
                _ => None,
            };
            ("record", instead, variant)
        }
    };
    let mut proof = vec![
        evidence(
            EvidenceKind::ResolvedPath,
            span,
            format!("the iterator makes a value of its own for each {what}"),
        ),
        evidence(
            EvidenceKind::Repeated,
            subject.span(run),
            format!("no {what} is used after its turn"),
        ),
    ];
    if fate.bounded {
        proof.push(evidence(
            EvidenceKind::SmallWork,
            subject.span(run),
            "it ends after a fixed handful",
        ));
    }
    if calls_system(subject, walk.range) {
        proof.push(evidence(
            EvidenceKind::SmallWork,
            subject.span(run),
            "each turn calls the system, which takes longer than to allocate",
        ));
    }
    if [walk.range, run].iter().any(|at| is_parsed(subject, *at)) {
        proof.push(evidence(
            EvidenceKind::SmallWork,
            subject.span(run),
            "each is parsed to a value with memory of its own",
        ));
    }
    if let Size::Small(note) = size {
        proof.push(evidence(EvidenceKind::SmallWork, span, note));
    }
    Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message: format!(
            "each {what} is allocated and dropped in the same turn: {instead} would do"
        ),
        related: vec![Label {
            span: subject.span(run),
            text: format!("each {what} is dropped here, at the end of its turn"),
        }],
        evidence: proof,
        alternatives: line_reader::fix(context, subject, walk)
            .into_iter()
            .collect(),
        workload: variant.map(|variant| workload(META.name, variant)),
        fix: record_fix(context, subject, walk).or_else(|| lines::line_fix(context, subject, walk)),
    }
}

/// `for record in reader.records() { let record = record?; …` becomes a `while` that fills one record.
fn record_fix(context: &Context<'_>, subject: Subject<'_>, walk: &Walk) -> Option<Fix> {
    let WalkKind::Records(row) = walk.kind else {
        return None;
    };
    let row = context.effects.record(row);
    let (looped, turn, body) = loop_over(subject, walk.range)?;
    let first = body.statements.first()?;
    let (name, kept) = match &first.kind {
        StatementKind::Let { pattern, .. } => (pattern.name()?, None),
        StatementKind::Expr { expr, .. } => {
            let (name, kept) = assigned::declared(subject, expr, looped)?;
            (name, Some(kept))
        }
        StatementKind::Item => return None,
    };
    let given = if kept.is_some() { "" } else { "let " };
    let opens = subject.text_of(first.range) == format!("{given}{name} = {turn}?;");
    let reader = subject
        .text_of(walk.range)
        .strip_suffix(&format!(".{}()", row.method))?;
    let is_place = reader.chars().all(|c| is_part(c) || c == '.');
    let rest = TextRange::new(first.range.end, body.range.end);
    let behind = subject.text_of(TextRange::new(looped.end, subject.body.range.end));
    let head = TextRange::new(looped.start, first.range.end);
    let is_free = !has_word(behind, name);
    let alone = name == turn || !has_word(subject.text_of(rest), turn);
    let record = format!("{}::{}", row.krate(), row.record);
    let fits = opens
        && is_place
        && !row.consumes
        && is_free
        && alone
        && is_only_lent(subject.text_of(rest), name)
        && context.index.reaches(subject.data.module, &record)
        && !edits::has_comment(subject.text_of(head));
    let indent = edits::indentation(subject.text, looped.start);
    let condition = format!("while {reader}.{}(&mut {name})? {{", row.into);
    if !fits || indent.len() + condition.len() > 100 {
        return None;
    }
    let made = match &kept {
        Some(kept) if !kept.in_same_block => "",
        _ => "let mut ",
    };
    let text = format!("{made}{name} = {record}::new();\n{indent}{condition}");
    // A block does not begin with an empty line.
    let blank = subject.text_of(rest).starts_with("\n\n");
    let head = TextRange::new(head.start, head.end + u32::from(blank));
    let mut changes = vec![edit(subject, head, text)];
    if let Some(kept) = kept.filter(|kept| kept.in_same_block) {
        changes.push(edit(subject, kept.lines?, ""));
    }
    edits::fix(
        format!("fill one `{}` in every turn", row.record),
        Applicability::MachineApplicable,
        changes,
    )
}

/// The `for` statement over an expression: its range, the name of what a turn yields, and its body.
fn loop_over(subject: Subject<'_>, range: TextRange) -> Option<(TextRange, &str, &Block)> {
    let mut found = None;
    edits::visit_blocks(subject.body, &mut |block| {
        for statement in &block.statements {
            let StatementKind::Expr { expr, .. } = &statement.kind else {
                continue;
            };
            if let ExprKind::Loop {
                pattern: Some(pattern),
                iterated: Some(iterated),
                body,
                ..
            } = &expr.kind
                && iterated.range == range
                && subject.text_of(statement.range).starts_with("for ")
                && let Some(name) = pattern.name()
            {
                found = Some((statement.range, name, body));
            }
        }
    });
    found
}

/// Whether every mention of a name borrows it.
fn is_only_lent(text: &str, name: &str) -> bool {
    places_of(text, name).all(|at| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let takes = after.starts_with(".into") || after.starts_with(".unwrap");
        before.ends_with('&') || (after.starts_with(['.', '[']) && !takes)
    })
}
