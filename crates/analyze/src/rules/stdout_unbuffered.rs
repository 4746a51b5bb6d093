//! Line after line to standard output, each written by itself.

use model::{EvidenceKind, TargetKind};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::data_loop::conditions;
use crate::edits;
use crate::effects::{EffectDirection, Usage};
use crate::flow::{Amount, Direction, Event, EventKind, OriginId, OriginKind, Print};
use crate::seeks;
use crate::syntax::TextRange;
use crate::types::Handle;
use crate::usage::{Place as UsedPlace, Weight};

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "stdout_unbuffered",
    operations: &[model::Operation::Write],
    summary: "every line printed is a system call of its own",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`println!`, `print!` of whole lines, or `writeln!` to `io::stdout()` or its lock, \
            in a loop whose length the data decides, or in a function that is called from a loop. \
            A loop of a few turns, what a build script, a procedural macro or a test prints, lines \
            for cargo, and functions and modules named for debugging or help are not reported. \
            Confidence is low where the loop, or what it calls, also reads answers, starts \
            processes, sleeps or flushes, since somebody is there to see each line; and where few \
            lines are to be expected: in an example, in a walk over a constant or over what there are a \
            handful of by its name, in warnings, for a terminal, in place of a progress bar, beside \
            messages on the standard error, before the program fails, of what somebody has answered, \
            in empty lines between blocks, and where each line tells of work that takes longer than \
            it.",
        why_slow: "`Stdout` writes at every end of line even when the output is a file or a pipe, \
            and `println!` takes a lock each time besides. A `BufWriter` over it turns thousands \
            of lines into a handful of system calls.",
        when_not_faster: "Locking alone (`io::stdout().lock()` without a `BufWriter`) gains next \
            to nothing: the write is what costs. A terminal that has to draw the text, or a reader \
            at the other end of the pipe that is slower than the program, hides the gain. Pieces \
            of one line are collected by `Stdout` already.",
        fix_safety: "Never applied by default: at most `maybe-incorrect`. Where the lines go through \
            a handle or lock that the function makes, and that is bound to a variable, boxed, or \
            made in the call that writes, the fix puts a `BufWriter` round it, lends it to what \
            takes any writer, and flushes it behind the last use. In a loop of `println!`, \
            `print!` and writes to `io::stdout()` it makes a `BufWriter` over `io::stdout()` \
            before the loop, turns them into writes to it, and flushes it behind the loop. Both \
            are flushed before each `return`, `break` or `continue` that leaves without an error, \
            and, where these do not come in every turn of a loop, before `eprintln!`, writes to \
            `io::stderr()`, `process::exit`, macros that are not known, and whatever changes \
            files, starts or meets processes or threads, or calls a closure. The lines \
            appear when the buffer is full or flushed and no longer one by one, which a person at \
            a terminal or a program that waits for a line notices, and the lines of other threads \
            and of a logger come in between at other places. `println!` panics when the output is \
            closed; so do the writes, with another message, unless the function returns an `io::Result` or another \
            result that takes any error: then the error is returned. Where an error leaves, the \
            destructor writes the rest and an error of that is lost. A process that is killed or \
            that aborts meanwhile loses the lines in the buffer. There is no fix when the loop is \
            not a statement by itself, when it prints in a closure or in what another macro is \
            given, when it calls a function of the workspace that prints for itself, when what \
            is named above comes in every turn, or when an error of a write is thrown away. A \
            `Display` that prints, a function that writes to the standard error and a function \
            outside the workspace that ends the process are not seen. Functions that print one \
            line and are called from a loop are only reported.",
        example: model::Example {
            before: r#"use std::collections::BTreeMap;

pub fn print_totals(totals: &BTreeMap<String, u64>) {
    for (name, total) in totals {
        println!("{name}\t{total}");
    }
}
"#,
            after: r#"use std::collections::BTreeMap;
use std::io::BufWriter;
use std::io::Write;

pub fn print_totals(totals: &BTreeMap<String, u64>) {
    let mut stdout = BufWriter::new(std::io::stdout());
    for (name, total) in totals {
        writeln!(stdout, "{name}\t{total}").expect("failed printing to stdout");
    }
    stdout.flush().expect("failed printing to stdout");
}
"#,
        },
        references: &[
            "[std::io::Stdout](https://doc.rust-lang.org/std/io/struct.Stdout.html)",
            "[rust-lang/rust-clippy#712: unlocked standard output in loops](https://github.com/rust-lang/rust-clippy/issues/712)",
            "[rust-cli/team#86: what buffering does to interactive output](https://github.com/rust-cli/team/issues/86)",
        ],
    },
};

/// One place that prints, by macro or through a handle.
struct Place {
    range: TextRange,
    loops: Vec<u32>,
    format: Option<String>,
    what: String,
    /// The lines are not the program's own, but what an encoder makes of its records.
    encoded: bool,
    /// It is a call of a function that prints in a loop of its own.
    many: bool,
    /// The handles that it may write through.
    handles: Vec<OriginId>,
}

mod few;

use few::few_lines;

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    // A build script talks to cargo, a test to its reader.
    let target = context.sources.file(subject.file).target;
    if matches!(target, TargetKind::BuildScript | TargetKind::ProcMacro) || subject.is_test(context)
    {
        return;
    }
    let mut places = places(context, subject);
    let outlives = context.usages.is_hot(subject.id);
    let mut reported: Vec<Option<u32>> = Vec::new();
    // What each turn prints speaks for a loop before what comes now and then.
    places.sort_by_key(|place| is_now_and_then(subject, place));
    for place in &places {
        let in_loop = subject.flow.repeats(&place.loops, &[]);
        if !(in_loop || place.many || outlives && places.len() == 1)
            || speaks_to_cargo(place.format.as_deref())
            || is_for_debugging(context, subject, place)
        {
            continue;
        }
        // One finding a loop, its first print, and one for all that is given to functions outside loops.
        let outermost = place.loops.first().copied();
        if reported.contains(&outermost) {
            continue;
        }
        reported.push(outermost);
        let span = subject.span(place.range);
        let (kind, often) = if in_loop {
            (
                EvidenceKind::Repeated,
                "it runs once for each turn of the loop",
            )
        } else if place.many {
            (EvidenceKind::Summary, "it prints in a loop of its own")
        } else {
            (EvidenceKind::Summary, "the function is called from a loop")
        };
        let mut proof = vec![
            evidence(
                EvidenceKind::ResolvedPath,
                span,
                format!(
                    "`{}` goes to the standard output, which std flushes at each line end",
                    place.what
                ),
            ),
            evidence(kind, span, often),
        ];
        if let Some(note) = few_lines(context, subject, place) {
            proof.push(evidence(EvidenceKind::SmallWork, span, note));
        }
        let related = outermost
            .map(|id| subject.flow.loops[id as usize].range)
            .map(|range| model::Label {
                span: subject.span(TextRange::new(
                    range.start,
                    range.start + first_line(subject.text_of(range)),
                )),
                text: "for each turn of this loop".to_owned(),
            })
            .or_else(|| match place.many {
                true => None,
                false => seeks::called_in_loop(context, subject),
            });
        verdicts.drafts.push(Draft {
            rule: &META,
            operation: META.operations[0],
            function: subject.id,
            span,
            message: message(place),
            related: related.into_iter().collect(),
            evidence: proof,
            alternatives: Vec::new(),
            workload: Some(workload(META.name, "default")),
            fix: fix_of(context, subject, place),
        });
    }
}

/// A buffer for the handle that a place writes through, or else for the outermost loop around it that can have one.
fn fix_of(context: &Context<'_>, subject: Subject<'_>, place: &Place) -> Option<model::Fix> {
    let mut handles = place.handles.iter();
    if let Some(fix) = handles.find_map(|id| edits::stdout_handle_fix(context, subject, *id)) {
        return Some(fix);
    }
    let turns = |id: &&u32| subject.flow.repeats(&[**id], &[]);
    let mut loops = place.loops.iter().filter(turns);
    loops.find_map(|id| edits::stdout_fix(context, subject, *id))
}

/// Whether a place is in a closure that its loop calls, or under a condition that counts turns.
fn is_now_and_then(subject: Subject<'_>, place: &Place) -> bool {
    place.loops.iter().any(|id| {
        let around = subject.flow.loops[*id as usize].range;
        let counted = conditions(subject, around, place.range);
        let counts = |text: &&str| text.contains('%') || text.contains("is_multiple_of(");
        !around.contains(place.range) || counted.iter().any(counts)
    })
}

fn places(context: &Context<'_>, subject: Subject<'_>) -> Vec<Place> {
    let prints = subject
        .flow
        .prints
        .iter()
        .filter(|print| ends_a_line(print))
        .map(|print| Place {
            range: print.range,
            loops: print.loops.clone(),
            format: print.format.clone(),
            what: format!("{}!", print.name),
            encoded: false,
            many: false,
            handles: Vec::new(),
        });
    let to_stdout = |event: &Event| {
        event.origins.iter().any(|id| {
            let origin = subject.flow.origin(*id);
            origin.ty.handle() == Handle::Stdout
                && !matches!(origin.kind, OriginKind::Buffer { .. })
        })
    };
    let through_handles = subject
        .flow
        .events
        .iter()
        .filter(|event| to_stdout(event))
        .filter_map(|event| {
            let (what, many) = match &event.kind {
                EventKind::Transfer {
                    direction: Direction::Write,
                    amount,
                    how,
                } if *amount != Amount::Bulk && !is_piece(subject.text_of(event.range)) => {
                    (how.clone(), false)
                }
                EventKind::Argument {
                    callee, parameter, ..
                } => {
                    let usage = context
                        .usages
                        .of(&UsedPlace::Parameter(*callee, *parameter))?;
                    let witness = usage.small_writes.as_ref()?;
                    // JSON on one line is collected until its end.
                    let one_line = witness
                        .serde
                        .as_ref()
                        .is_some_and(|serde| serde.krate == "serde_json")
                        && !witness.chain.iter().any(|hop| hop.note.contains("pretty"));
                    let many = witness.weight == Weight::Many && !one_line;
                    let name = context.index.function(*callee).function.name.clone();
                    if !many && event.loops.is_empty() {
                        return None;
                    }
                    (name, many)
                }
                EventKind::Effect { row, result, .. } => {
                    let effect = context.effects.row(*row);
                    let is_small = effect.usage == Usage::Small
                        && effect.direction != EffectDirection::Read
                        && result.is_none_or(|result| is_filled_in_loop(subject, result));
                    (is_small.then(|| effect.name())?, true)
                }
                _ => return None,
            };
            Some(Place {
                range: event.range,
                loops: event.loops.clone(),
                format: None,
                what,
                encoded: matches!(event.kind, EventKind::Effect { .. }),
                many,
                handles: event.origins.clone(),
            })
        });
    let mut all: Vec<Place> = prints.chain(through_handles).collect();
    all.sort_by_key(|place| place.range);
    all
}

/// Whether what holds the handle is written to for each of many records.
fn is_filled_in_loop(subject: Subject<'_>, id: OriginId) -> bool {
    let made_in = &subject.flow.origin(id).loops;
    subject.flow.events_on(id).any(|event| {
        matches!(event.kind, EventKind::Transfer { .. })
            && subject.flow.repeats(&event.loops, made_in)
    })
}

/// `print!` without a line end only adds to a line that std collects.
fn ends_a_line(print: &Print) -> bool {
    print.name == "println"
        || print
            .format
            .as_deref()
            .is_none_or(|format| format.contains('\n'))
}

/// `write!` of a text without a line end, likewise.
fn is_piece(text: &str) -> bool {
    text.starts_with("write!") && text.contains('"') && !text.contains("\\n")
}

fn message(place: &Place) -> String {
    if place.encoded {
        format!(
            "`{}` writes small pieces to the standard output, which std flushes at each line end",
            place.what
        )
    } else {
        "each line is written to the standard output by a system call of its own".to_owned()
    }
}

fn first_line(text: &str) -> u32 {
    u32::try_from(text.find('\n').unwrap_or(text.len())).unwrap_or(0)
}

fn speaks_to_cargo(format: Option<&str>) -> bool {
    format.is_some_and(|format| format.starts_with("cargo:"))
}

fn is_for_debugging(context: &Context<'_>, subject: Subject<'_>, place: &Place) -> bool {
    let module = context.index.module(subject.data.module).path.last();
    let name = &subject.data.function.name;
    let debugs = |word: &str| {
        matches!(
            word,
            "debug" | "dbg" | "dump" | "trace" | "usage" | "help" | "version" | "verbose"
        )
    };
    name.split('_').any(debugs)
        || place.what.split('_').any(debugs)
        || module.is_some_and(|name| name.split('_').any(debugs))
        || place
            .format
            .as_deref()
            .is_some_and(|format| format.starts_with("DEBUG"))
}
