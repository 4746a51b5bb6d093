//! The disk is waited for once per record.

mod holder;

use model::{Evidence, EvidenceKind};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::data_loop::{conditions, data_loop};
use crate::flow::{Act, Call, Direction, Event, EventKind, Origin, OriginKind};
use crate::kernel;
use crate::syntax::TextRange;
use crate::types::{Handle, Ty};
use holder::{given, holder, is_kept, stays, synced, way_to_sync};

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "fsync_in_loop",
    operations: &[model::Operation::Write, model::Operation::Network],
    summary: "each record waits for the disk, or empties the buffer, on its own",
    fix: model::FixAvailability::None,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`sync_all` or `sync_data` of one file in every turn of a loop over data, in the \
            loop itself or in a function of the workspace that it calls, also through a trait; a \
            function that appends one record to a file that it keeps and syncs it there and then; \
            a sync of a temporary file without a name; and a `flush` of a `BufWriter` round a file \
            in every turn. Left alone are: a sync after the loop, one per transaction, checkpoint \
            or closed file, one before a rename, one in a branch that counts records, bytes or \
            time or that an option turns on, a file of its own for each turn, and loops that wait \
            for input or try again.",
        why_slow: "`fsync` returns when the device says that the bytes are on stable storage: \
            milliseconds on a disk, tens to hundreds of microseconds on a good SSD, where the \
            write itself is a copy to memory of one or two. The device can take many records with \
            one such wait. A `flush` in every turn makes a `BufWriter` write as often as a bare \
            file.",
        when_not_faster: "On a file system in memory a sync is next to free. Where each record \
            has to be durable before the next one may begin, because somebody was promised so, the \
            wait is the work; several writers can still share one wait (group commit). \
            A flush costs little where a turn writes more than the buffer holds.",
        fix_safety: "There is no fix. How much may be lost in a crash is a promise that the \
            program makes, and only its author can change it: after the rewrite the records of one \
            batch stand or fall together. A sync that nobody relies on, such as that of a file \
            which is deleted when it is closed, can be dropped.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io::{self, Write};

pub fn append(log: &mut File, records: &[Vec<u8>]) -> io::Result<()> {
    for record in records {
        log.write_all(record)?;
        log.sync_data()?;
    }
    Ok(())
}
",
            after: r"use std::fs::File;
use std::io::{self, Write};

pub fn append(log: &mut File, records: &[Vec<u8>]) -> io::Result<()> {
    log.write_all(&records.concat())?;
    log.sync_data()
}
",
        },
        references: &[
            "[File::sync_data](https://doc.rust-lang.org/std/fs/struct.File.html#method.sync_data)",
            "[fsync(2)](https://man7.org/linux/man-pages/man2/fsync.2.html)",
            "[SQLite: many inserts, one transaction](https://www.sqlite.org/faq.html#q19)",
            "[PostgreSQL: group commit](https://www.postgresql.org/docs/current/wal-configuration.html)",
        ],
    },
};

/// Functions of these names stand for more than one record.
const ENDS: &[&str] = &[
    "commit",
    "checkpoint",
    "close",
    "shutdown",
    "finish",
    "finalize",
    "persist",
    "save",
    "snapshot",
    "compact",
    "rotate",
    "drop",
    "complete",
    "truncate",
    "create",
    "open",
    "init",
    "recover",
    "repair",
    "seal",
    "merge",
    "split",
    "roll",
    "migrate",
    "batch",
    "all",
    "header",
    "backup",
    "export",
];

/// Names of functions that take one record.
const RECORDS: &[&str] = &[
    "append", "record", "entry", "event", "message", "row", "push",
];

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    if !subject.is_production(context) {
        return;
    }
    for sync in &subject.flow.syncs {
        verdicts.drafts.extend(direct(subject, sync));
    }
    verdicts.drafts.extend(flushes(subject));
    if context.usages.syncs(subject.id) {
        let calls = subject.flow.calls.iter();
        let found: Vec<Draft> = calls
            .filter_map(|call| through_call(context, subject, call))
            .collect();
        let known = !found.is_empty();
        verdicts.drafts.extend(found);
        if !known {
            verdicts.drafts.extend(per_record(context, subject));
        }
    }
}

/// A sync that stands in the loop itself, or that nobody can rely on.
fn direct(subject: Subject<'_>, sync: &Act) -> Option<Draft> {
    let origins = synced(subject, sync);
    let throwaway = |origin: &&Origin| matches!(&origin.kind, OriginKind::Open { api } if api.starts_with("tempfile::tempfile"));
    if origins.iter().any(throwaway) {
        let note = "no name leads to the file: nobody can look for it after a crash";
        let known = evidence(EvidenceKind::Constructor, subject.span(sync.range), note);
        let message = "the disk is waited for, and the file is gone when it is closed";
        return Some(draft(subject, sync.range, message, vec![known]));
    }
    // A file of its own for each turn has to reach the disk on its own.
    let made_in = origins.iter().map(|origin| origin.loops.as_slice()).max();
    let made_in = match made_in {
        Some(loops) => loops,
        None if is_kept(subject, sync.range) => &[],
        None => return None,
    };
    let around = data_loop(subject, &sync.loops, made_in)?;
    if is_chosen(subject, around.range, sync.range) || leads_out(subject, around.range, sync.range)
    {
        return None;
    }
    let proof = vec![waits(subject, sync.range), in_loop(subject, around.range)];
    let message = "the disk is waited for in every turn: one wait can serve many records";
    Some(draft(subject, sync.range, message, proof))
}

/// A call in a loop that comes to a sync of a file which outlives the call.
fn through_call(context: &Context<'_>, subject: Subject<'_>, call: &Call) -> Option<Draft> {
    if !context.usages.syncs(call.callee) || subject.flow.loops.is_empty() {
        return None;
    }
    let around = data_loop(subject, &call.loops, &[])?;
    if is_chosen(subject, around.range, call.range) || leads_out(subject, around.range, call.range)
    {
        return None;
    }
    let mut way = Vec::new();
    let holder = way_to_sync(context, call.callee, &mut way)?;
    if !stays(subject, around.range, call, holder) {
        return None;
    }
    let mut found = draft(
        subject,
        call.range,
        "each turn comes to a sync, and waits for the disk: one wait can serve many records",
        vec![waits(subject, call.range), in_loop(subject, around.range)],
    );
    found.related = way;
    Some(found)
}

/// A function that appends one record to what it keeps, and syncs.
fn per_record(context: &Context<'_>, subject: Subject<'_>) -> Option<Draft> {
    let name = &subject.data.function.name;
    let mut words = name.split('_');
    let one_record = words.clone().any(|word| RECORDS.contains(&word));
    if !one_record || words.any(|word| ENDS.contains(&word)) {
        return None;
    }
    let body = subject.body.range;
    let mut way = Vec::new();
    let here = subject
        .flow
        .syncs
        .iter()
        .find(|sync| holder(subject, sync).is_some() && !is_chosen(subject, body, sync.range))
        .map(|sync| (sync.range, sync.loops.is_empty()));
    let by_call = || {
        let calls = subject.flow.calls.iter();
        calls
            .filter(|call| !is_chosen(subject, body, call.range))
            .find(|call| {
                way.clear();
                way_to_sync(context, call.callee, &mut way)
                    .is_some_and(|holder| given(subject, call, holder).is_some())
            })
            .map(|call| (call.range, call.loops.is_empty()))
    };
    let (range, once) = here.or_else(by_call)?;
    let writes = subject.flow.events.iter().any(|event| {
        matches!(
            event.kind,
            EventKind::Transfer {
                direction: Direction::Write,
                ..
            }
        ) && event.loops.is_empty()
            && event.range.start < range.start
            && event
                .origins
                .iter()
                .any(|id| subject.flow.origin(*id).borrowed)
    });
    if !once || !writes {
        return None;
    }
    let note = format!("`{name}` writes one record and syncs: it runs for each");
    let mut found = draft(
        subject,
        range,
        "each record waits for the disk: records that come together can share one wait",
        vec![
            waits(subject, range),
            evidence(EvidenceKind::MethodNameOnly, subject.span(range), note),
        ],
    );
    found.related = way;
    Some(found)
}

/// A buffer that is emptied in every turn.
fn flushes(subject: Subject<'_>) -> Option<Draft> {
    let flow = subject.flow;
    flow.ids().find_map(|id| {
        let origin = flow.origin(id);
        if !is_buffered_file(subject, origin) {
            return None;
        }
        let flush = flow
            .events_on(id)
            .find(|event| matches!(event.kind, EventKind::Flush) && !event.loops.is_empty())?;
        let around = data_loop(subject, &flush.loops, &origin.loops)?;
        let writes = |event: &Event| {
            event.loops == flush.loops
                && matches!(
                    event.kind,
                    EventKind::Transfer {
                        direction: Direction::Write,
                        ..
                    }
                )
        };
        let somebody_looks = flow.acts.iter().any(|act| around.range.contains(act.range));
        if somebody_looks
            || !flow.events_on(id).any(writes)
            || is_chosen(subject, around.range, flush.range)
            || leads_out(subject, around.range, flush.range)
        {
            return None;
        }
        let note = "it is a `BufWriter` round a file, which collects what is written";
        let known = evidence(EvidenceKind::Constructor, subject.span(origin.range), note);
        let message = "the buffer is emptied in every turn, as if there were none";
        let proof = vec![known, in_loop(subject, around.range)];
        Some(draft(subject, flush.range, message, proof))
    })
}

fn is_buffered_file(subject: Subject<'_>, origin: &Origin) -> bool {
    let Ty::External(path, over) = &origin.ty else {
        return false;
    };
    let of_file = over
        .first()
        .is_some_and(|inner| inner.handle() == Handle::File);
    let special = match &origin.kind {
        OriginKind::Buffer { over, .. } => over.iter().any(|id| {
            let text = subject.text_of(subject.flow.origin(*id).range);
            text.contains("\"/dev/") || kernel::is_named(text)
        }),
        _ => false,
    };
    path == "std::io::BufWriter" && of_file && !special
}

/// Whether a branch around the place counts records, bytes or time, or is an option.
fn is_chosen(subject: Subject<'_>, around: TextRange, place: TextRange) -> bool {
    const COUNTS: &[&str] = &[
        "%",
        " > ",
        " < ",
        ">=",
        "<=",
        "elapsed",
        "should_",
        "needs_",
        "is_multiple_of",
        "last",
        "batch",
        "pending",
        "is_full",
        "dirty",
        "threshold",
    ];
    conditions(subject, around, place).iter().any(|condition| {
        let lower = condition.to_lowercase();
        let counts = COUNTS.iter().any(|word| lower.contains(word));
        let compared = lower.contains("==") || lower.contains("matches!");
        let option = ["sync", "durab", "flush", "safe"]
            .iter()
            .any(|word| lower.contains(word));
        counts || option && !compared
    })
}

/// Whether the loop is left after the place: then it runs once.
fn leads_out(subject: Subject<'_>, around: TextRange, place: TextRange) -> bool {
    let rest = TextRange::new(place.end, around.end);
    let text = subject.text_of(rest);
    let next: String = text.chars().take(80).collect();
    let until_brace = next.split('}').next().unwrap_or_default();
    ["return", "break"]
        .iter()
        .any(|word| until_brace.contains(word))
}

fn waits(subject: Subject<'_>, range: TextRange) -> Evidence {
    let note = "a sync returns when the device has stored the bytes";
    evidence(EvidenceKind::ResolvedPath, subject.span(range), note)
}

fn in_loop(subject: Subject<'_>, range: TextRange) -> Evidence {
    evidence(
        EvidenceKind::Repeated,
        subject.span(range),
        "it runs in this loop",
    )
}

fn draft(subject: Subject<'_>, range: TextRange, message: &str, proof: Vec<Evidence>) -> Draft {
    Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span: subject.span(range),
        message: message.to_owned(),
        related: Vec::new(),
        evidence: proof,
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "default")),
        fix: None,
    }
}
