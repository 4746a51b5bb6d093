//! I/O that stops a thread on which an executor runs other tasks.

use model::{Evidence, EvidenceKind, Label, TargetKind};

use crate::context::{
    Context, Draft, Subject, Verdicts, chain_evidence, evidence, labels, workload,
};
use crate::executors::{self, Does};
use crate::flow::{FrameId, Stands};
use crate::index::FunctionId;
use crate::kernel;
use crate::sizes;
use crate::syntax::{ExprKind, Pattern, TextRange, walk};
use crate::usage::{Alone, is_async, weight};

mod awaited;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "blocking_in_async",
    operations: &[model::Operation::Async, model::Operation::Network],
    summary: "a call that waits for the system holds up the other tasks of the executor's thread",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "Calls of `std::fs`, `std::net`, `std::process` and `std::thread::sleep`, of crates \
            that mirror them, and reads and writes of std's `File`, sockets and pipes, in code that an \
            executor polls: an `async fn`, an `async` block or closure, a `poll` method. A call \
            of an ordinary function of the workspace counts for what that function does, at any \
            depth; the finding names the calls in between. There is one finding for each function, \
            at what takes longest. A closure that is given to `spawn_blocking`, `block_in_place`, \
            `unblock`, `web::block`, a thread or rayon is fine, also through a function of the \
            workspace that passes its closure on to one of these; so is an `async` block that only \
            `block_on` drives, a function that ends the program, and a file below `/proc` or `/sys`. A \
            single question (`exists`, `metadata`, an open without a read), one read of what is \
            named a configuration, a certificate, a token or a secret, what `main` does once before any task runs, \
            an `async fn` that only `block_on` drives while no other task is started, and a program \
            that never starts a second task are of low confidence.",
        why_slow: "An executor runs many tasks on few threads and changes between them at `.await` \
            only. While a thread waits in a system call, none of its other tasks moves: not the other \
            requests, not the timers. A file in the page cache takes microseconds, a cold one \
            milliseconds, a network file system or a busy disk seconds, and a few such calls \
            at the same time stop the whole program.",
        when_not_faster: "The task itself does not get faster: a trip to another thread costs \
            some microseconds, and `tokio::fs`, which makes such a trip for every single call, is \
            many times slower than one blocking task round the whole job. What gets better is \
            what the others wait. Where nothing else runs on the executor, or the file is small and \
            always in memory, nothing is gained.",
        fix_safety: "At most `maybe-incorrect`. Calls of `std::fs`, `std::thread::sleep` and the output \
            or status of a command that is made in the same expression become those of tokio, with \
            `.await`: the same arguments, the same answers, the same errors. What changes: other \
            tasks run meanwhile and may see or change what the function is in the midst of; a task \
            that is dropped there goes no further, while what it has asked for is still done; \
            what is written is copied first, which takes as much memory again; a future that holds \
            what is not `Send` can no longer go to another thread, which the compiler says; and \
            outside tokio's executor, or on one that was built without its timer, the calls panic. \
            Each call is a trip to another thread: where many follow one another, a person \
            may prefer one `spawn_blocking` round them all. There is none in a crate that does not \
            ask for tokio with an executor, or whose package names another executor, in closures \
            that are not `async`, in macros, while a lock, a borrow or a tracing span may be held, \
            where a wait as long is left, and for files and sockets that are open. A feature of \
            tokio that the manifest lacks is named, and has to be added.",
        example: model::Example {
            before: r#"use std::io;
use std::path::PathBuf;

pub async fn page(path: PathBuf) -> io::Result<String> {
    let text = std::fs::read_to_string(&path)?;
    Ok(text.replace('\n', "<br>"))
}
"#,
            after: r#"use std::io;
use std::path::PathBuf;

pub async fn page(path: PathBuf) -> io::Result<String> {
    let text = tokio::fs::read_to_string(&path).await?;
    Ok(text.replace('\n', "<br>"))
}
"#,
        },
        references: &[
            "[tokio: CPU-bound tasks and blocking code](https://docs.rs/tokio/latest/tokio/#cpu-bound-tasks-and-blocking-code)",
            "[tokio::task::spawn_blocking](https://docs.rs/tokio/latest/tokio/task/fn.spawn_blocking.html)",
            "[Alice Ryhl: Async: What is blocking?](https://ryhl.io/blog/async-what-is-blocking/)",
            "[tokio-rs/tokio#3664: tokio::fs is slow call by call](https://github.com/tokio-rs/tokio/issues/3664)",
        ],
    },
};

/// One place in a function where an executor's thread waits.
struct Wait {
    range: TextRange,
    /// The closure or async block in which it stands.
    frame: Option<FrameId>,
    name: String,
    does: Does,
    repeated: bool,
    /// The thread that runs it has no other task.
    alone: Option<Alone>,
    /// A task that is started here runs it.
    spawned: bool,
    /// The function of the workspace that waits, if it is not the call itself.
    callee: Option<FunctionId>,
}

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    let own = is_async(context.index, subject.id);
    if !own && !subject.flow.frames.iter().any(|frame| frame.is_async) || subject.is_test(context) {
        return;
    }
    let mut waits = waits(context, subject, own);
    if let Some(branches) = with_executor(subject) {
        waits.retain(|wait| branches.iter().any(|branch| branch.contains(wait.range)));
    }
    let Some(worst) = waits.iter().max_by_key(|wait| {
        (
            rank(wait),
            wait.callee.is_none(),
            std::cmp::Reverse(wait.range),
        )
    }) else {
        return;
    };
    let span = subject.span(worst.range);
    let name = &worst.name;
    let mut proof = vec![evidence(
        EvidenceKind::ResolvedPath,
        span,
        match worst.callee {
            Some(_) => format!("`{name}` is called on an executor's thread"),
            None => format!("`{name}` makes the thread wait, and an executor polls this code"),
        },
    )];
    let mut related = Vec::new();
    if let Some(callee) = worst.callee {
        let chain = context.usages.blocking().chain(context.index, callee);
        related.extend(labels(&chain));
        proof.extend(chain_evidence(&chain));
    }
    // The operation at the chain's end is told first, then what else waits here.
    if related.len() > 2 {
        related.drain(1..related.len() - 1);
    }
    let others = waits.iter().filter(|wait| wait.range != worst.range);
    related.extend(others.map(|wait| Label {
        span: subject.span(wait.range),
        text: format!("`{}` waits as well", wait.name),
    }));
    proof.extend(weigh(context, subject, worst));
    verdicts.drafts.push(Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message: match worst.callee {
            Some(_) => format!("`{name}` blocks the executor's thread: it does I/O and waits"),
            None => format!("`{name}` blocks the executor's thread while it waits"),
        },
        related,
        evidence: proof,
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "default")),
        fix: awaited::fix(context, subject, &waits, worst),
    });
}

/// Who asks whether there is an executor knows what to do without one: only the branch that has one is left.
fn with_executor(subject: Subject<'_>) -> Option<Vec<TextRange>> {
    let asks = |range: TextRange| subject.text_of(range).contains("try_current()");
    if !asks(subject.body.range) {
        return None;
    }
    let mut branches = Vec::new();
    walk::block_expressions(subject.body, &mut |expr| {
        match &expr.kind {
            ExprKind::Match { scrutinee, arms } if asks(scrutinee.range) => {
                let with = arms.iter().filter(|arm| {
                    matches!(&arm.pattern, Pattern::TupleStruct { path, .. } if path.last() == "Ok")
                });
                branches.extend(with.map(|arm| arm.body.range));
            }
            ExprKind::If {
                condition, then, ..
            } if asks(condition.range)
                && !subject.text_of(condition.range).contains("is_err()") =>
            {
                branches.push(then.range);
            }
            _ => {}
        }
        true
    });
    Some(branches)
}

fn waits(context: &Context<'_>, subject: Subject<'_>, own: bool) -> Vec<Wait> {
    let blocking = context.usages.blocking();
    let flow = subject.flow;
    let parameters = |callee, position| blocking.parameter(callee, position);
    let alone = |frame, range| {
        let alone = blocking.alone(subject.id)?;
        flow.is_same_task(frame, range).then_some(alone)
    };
    let polled = |frame: Option<FrameId>| flow.stands(own, frame, &parameters) == Stands::Async;
    let stops = flow.stops.iter().filter(|stop| polled(stop.frame));
    let stops = stops.filter(|stop| !kernel::is_named(subject.text_of(stop.range)));
    let stops = stops.map(|stop| Wait {
        range: stop.range,
        frame: stop.frame,
        name: stop.what.clone(),
        does: weight(flow, stop.does, &stop.loops),
        repeated: flow.repeats(&stop.loops, &[]),
        alone: alone(stop.frame, stop.range),
        spawned: flow.is_spawned(stop.frame, stop.range),
        callee: None,
    });
    let calls = flow.calls.iter().filter(|call| polled(call.frame));
    let calls = calls.filter_map(|call| {
        Some(Wait {
            range: call.range,
            frame: call.frame,
            name: context.index.function(call.callee).function.name.clone(),
            does: weight(flow, blocking.does(call.callee)?, &call.loops),
            repeated: flow.repeats(&call.loops, &[]),
            alone: alone(call.frame, call.range),
            spawned: flow.is_spawned(call.frame, call.range),
            callee: Some(call.callee),
        })
    });
    let mut waits: Vec<Wait> = stops.chain(calls).collect();
    waits.sort_by_key(|wait| wait.range);
    waits.dedup_by_key(|wait| wait.range);
    waits
}

fn rank(wait: &Wait) -> Option<Does> {
    wait.alone.is_none().then_some(wait.does)
}

/// How much the wait matters.
fn weigh(context: &Context<'_>, subject: Subject<'_>, worst: &Wait) -> Option<Evidence> {
    let span = subject.span(worst.range);
    let small = |note: &str| Some(evidence(EvidenceKind::SmallWork, span, note));
    match worst.alone {
        Some(Alone::Main) => {
            return small("only the program's main task runs it, and it has a thread of its own");
        }
        Some(Alone::Driven) => return small("only `block_on` drives it, and starts no other task"),
        None => {}
    }
    let is_task = worst.spawned || context.usages.blocking().is_task(subject.id);
    if !is_task && is_program(context, subject) {
        return small("no task that this program starts is seen to run it");
    }
    if worst.does == Does::Asks {
        return small("it is a single question to the file system");
    }
    if worst.repeated {
        return Some(evidence(EvidenceKind::Repeated, span, "it runs in a loop"));
    }
    if worst.does == Does::Moves && is_short(context, subject, worst) {
        return small("its name says that the file is short, and it is read once at a time");
    }
    (worst.does >= Does::Moves).then(|| {
        let note = match worst.does {
            Does::Waits => "how long it waits is not in this program's hands",
            _ => "how long it takes grows with the data",
        };
        evidence(EvidenceKind::Repeated, span, note)
    })
}

/// Whether the names round a read say that the file is one of a few lines that hardly ever leaves memory.
fn is_short(context: &Context<'_>, subject: Subject<'_>, wait: &Wait) -> bool {
    let Some(callee) = wait.callee else {
        return sizes::is_short(&subject.data.function.name)
            || sizes::is_short(subject.text_of(wait.range));
    };
    let chain = context.usages.blocking().chain(context.index, callee);
    let read = chain.last().and_then(|hop| {
        let text = &context.sources.file(hop.file).text;
        text.get(hop.range.at())
    });
    sizes::is_short(&context.index.function(callee).function.name)
        || read.is_some_and(sizes::is_short)
}

/// Whether the code belongs to a program that serves nobody: a library, or a server, has to expect other tasks.
fn is_program(context: &Context<'_>, subject: Subject<'_>) -> bool {
    let file = context.sources.file(subject.file);
    let crate_name = &context.index.module(subject.data.module).crate_name;
    let mut own = context
        .index
        .crates
        .iter()
        .filter(|known| known.name == *crate_name);
    let serves = own.any(|own| {
        own.dependencies
            .values()
            .any(|name| executors::is_server(name))
    });
    let aside = !matches!(file.target, TargetKind::Library | TargetKind::Binary);
    let mut files = context.sources.files.iter();
    let has_program =
        files.any(|other| other.package == file.package && other.target == TargetKind::Binary);
    aside || has_program && !serves
}
