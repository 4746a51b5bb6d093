//! The loop as one call.

use model::{Applicability, Edit, Fix};

use super::read_buffer;
use crate::context::{Context, Subject};
use crate::edits::{self, edit};
use crate::flow::{Event, EventKind};
use crate::shapes::fits;
use crate::syntax::{StatementKind, TextRange};
use crate::types::Ty;
use crate::words::{has_word, is_part};

/// Loops that do nothing else, without white space: `$1` and the like are names, equal digits equal names.
const SHAPES: &[&str] = &[
    "loop{let$1=READ?;if$1==0breakWRITE?}",
    "loop{let$1=READ?;if0==$1breakWRITE?}",
    "loop{matchREAD?{0=>break,$1=>WRITE?}}",
    "loop{matchREAD?{0=>break$1=>WRITE?}}",
    "loop{let$1=matchREAD{Ok(0)=>break,Ok($2)=>$2,Err($3)if$3.kind()==KIND=>continue,Err($4)=>returnErr($4)};WRITE?}",
    "loop{let$1=matchREAD{Ok($2)=>$2,Err($3)if$3.kind()==KIND=>continue,Err($4)=>returnErr($4)};if$1==0breakWRITE?}",
];

/// The same, at the end of a function.
const LEAVING: &str = "loop{let$1=READ?;if$1==0{returnOk(())}WRITE?}";

/// The first piece is read before the loop.
const READ_BEFORE: &[&str] = &["while$1>0{WRITE?;$1=READ?}", "while$1!=0{WRITE?;$1=READ?}"];

/// One call in place of a loop that only copies between two plain names, where every failure is passed on by `?`: of std's
/// function, and of the runtime crate's where that takes both.
pub(super) fn fixes(
    context: &Context<'_>,
    subject: Subject<'_>,
    range: TextRange,
    read: &Event,
    write: &Event,
) -> Option<(Fix, Option<Fix>)> {
    let (from, to) = (subject.text_of(read.at), subject.text_of(write.at));
    let plain = |text: &str| text.chars().all(is_part);
    if !plain(from) || !plain(to) {
        return None;
    }
    // A function that writes a byte is not a write.
    if !matches!(write.kind, EventKind::Transfer { .. }) {
        return None;
    }
    let shape = normal(subject, range, read.range, write.range)?;
    let is_tail = subject.body.tail().is_some_and(|tail| tail.range == range);
    let (replaced, ending) = if is_tail {
        fits(LEAVING, &shape)?;
        let indentation = edits::indentation(subject.text, range.start);
        (range, format!("\n{indentation}Ok(())"))
    } else if SHAPES.iter().any(|known| fits(known, &shape).is_some()) {
        (range, String::new())
    } else {
        let count = READ_BEFORE
            .iter()
            .find_map(|known| fits(known, &shape)?[0])?;
        (with_first_read(subject, range, read, count)?, String::new())
    };
    if edits::has_comment(subject.text_of(replaced)) {
        return None;
    }
    let buffer = read_buffer(subject, read)?;
    let rest = subject.text_of(TextRange::new(range.end, subject.body.range.end));
    if rest.contains(&buffer) {
        return None;
    }
    let lend = |name: &str, event: &Event| {
        let borrowed = event
            .origins
            .iter()
            .any(|id| subject.flow.origin(*id).borrowed);
        if borrowed {
            name.to_owned()
        } else {
            format!("&mut {name}")
        }
    };
    let arguments = format!("({}, {})?;{ending}", lend(from, read), lend(to, write));
    let call = |copy: &str, title: &str| {
        let mut changes = vec![edit(subject, replaced, format!("{copy}{arguments}"))];
        changes.extend(remove_buffer(subject, read, replaced));
        edits::fix(title, Applicability::MaybeIncorrect, changes)
    };
    let std = match context.index.means(subject.data.module, "io", "std::io") {
        true => "io::copy",
        false => "std::io::copy",
    };
    let std = call(std, "copy with `io::copy`")?;
    let is_taken = is_each(subject, read, edits::is_copied_from)
        && is_each(subject, write, edits::is_copied_to);
    let ours = "io_optimize::io_copy";
    let runtime = is_taken
        .then(|| call(ours, "copy with `io_optimize::io_copy`"))
        .flatten();
    Some((std, runtime.map(|fix| edits::onto_runtime(fix, ours))))
}

/// Whether all that a read or write may be made on is of such a type.
fn is_each(subject: Subject<'_>, event: &Event, of: fn(&Ty) -> bool) -> bool {
    let mut origins = event.origins.iter();
    !event.origins.is_empty() && origins.all(|id| of(&subject.flow.origin(*id).ty))
}

/// The loop's text without white space, with words in place of the read, the write and the kind of an error that is no
/// failure.
fn normal(
    subject: Subject<'_>,
    range: TextRange,
    read: TextRange,
    write: TextRange,
) -> Option<String> {
    let mut parts = [(read, "READ"), (write, "WRITE")];
    parts.sort();
    let mut text = String::new();
    let mut at = range.start;
    for (part, word) in parts {
        text.push_str(subject.text.get(at as usize..part.start as usize)?);
        text.push_str(word);
        at = part.end;
    }
    text.push_str(subject.text.get(at as usize..range.end as usize)?);
    text.retain(|c| !c.is_whitespace());
    for kind in ["std::io::ErrorKind", "io::ErrorKind", "ErrorKind"] {
        text = text.replace(&format!("{kind}::Interrupted"), "KIND");
    }
    for (written, short) in [
        (";}", "}"),
        (",}", "}"),
        ("{break}", "break"),
        ("{WRITE?}", "WRITE?"),
    ] {
        text = text.replace(written, short);
    }
    // A trailing comma behind a block that was shortened.
    Some(text.replace(",}", "}"))
}

/// The loop with the statement before it, where that is the same read.
fn with_first_read(
    subject: Subject<'_>,
    range: TextRange,
    read: &Event,
    count: &str,
) -> Option<TextRange> {
    let wanted: String = format!("letmut{count}={}?;", subject.text_of(read.range))
        .split_whitespace()
        .collect();
    let mut found = None;
    edits::visit_blocks(subject.body, &mut |block| {
        for pair in block.statements.windows(2) {
            let text: String = subject.text_of(pair[0].range).split_whitespace().collect();
            if pair[1].range.start == range.start
                && matches!(pair[0].kind, StatementKind::Let { .. })
                && text == wanted
            {
                found = Some(TextRange::new(pair[0].range.start, range.end));
            }
        }
    });
    let rest = subject.text_of(TextRange::new(range.end, subject.body.range.end));
    found.filter(|_| !has_word(rest, count))
}

/// The buffer has no other use: its `let` goes too.
fn remove_buffer(subject: Subject<'_>, read: &Event, looped: TextRange) -> Option<Edit> {
    let name = read_buffer(subject, read)?;
    let origin = subject.flow.origins.iter().find(|origin| {
        origin.binding.as_ref().is_some_and(|binding| {
            binding.name == name
                && binding.statement.end <= looped.start
                && binding.block.contains(looped)
        })
    })?;
    let binding = origin.binding.as_ref()?;
    let between = TextRange::new(binding.statement.end, looped.start);
    let rest = TextRange::new(looped.end, subject.body.range.end);
    let used = subject.text_of(between).contains(&name) || subject.text_of(rest).contains(&name);
    let gap = subject.text[binding.statement.end as usize..].len()
        - subject.text[binding.statement.end as usize..]
            .trim_start()
            .len();
    let whole = TextRange::new(
        binding.statement.start,
        binding.statement.end + u32::try_from(gap).ok()?,
    );
    (!used && !edits::has_comment(subject.text_of(binding.statement)))
        .then(|| edit(subject, whole, ""))
}
