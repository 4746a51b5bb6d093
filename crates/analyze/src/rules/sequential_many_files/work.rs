//! Files that are read whole, and the work that is done on what was read.

use crate::context::{Context, Subject};
use crate::flow::{OriginId, OriginKind};
use crate::index::{FunctionId, Meaning};
use crate::rules::whole_file_read::whole_read;
use crate::sizes::{self, Size};
use crate::syntax::{Expr, ExprKind, Path, TextRange, walk};

use super::derived::Derived;

/// A file that is read whole.
pub(super) struct Read {
    /// Of the function that reads it.
    pub(super) file: model::FileId,
    pub(super) range: TextRange,
    pub(super) id: OriginId,
    pub(super) content: Derived,
}

/// A call that does something to all of the content.
pub(super) struct Work {
    pub(super) range: TextRange,
    pub(super) name: String,
    /// Why it is little.
    pub(super) small: Option<&'static str>,
}

/// A function that reads the file it is given and works on it.
pub(super) struct Job {
    pub(super) read: Read,
    pub(super) work: Work,
}

/// Calls are followed so deep.
const DEEPEST: u32 = 3;

/// The files that are read whole, once for each run of what lies in `loops`, by paths that come from `turn`.
pub(super) fn reads(subject: Subject<'_>, loops: &[u32], turn: &Derived) -> Vec<Read> {
    let flow = subject.flow;
    let once = flow.ids().filter(|id| {
        let origin = flow.origin(*id);
        origin.loops == loops && !origin.deferred && origin.frame.is_none()
    });
    let read = once.filter_map(|id| {
        let range = whole_read(subject, id)?;
        let by = walk::at(subject.body, range, |_| true)?;
        let mut content = Derived::default();
        match (&flow.origin(id).kind, &flow.origin(id).binding) {
            (OriginKind::Content { .. }, _) => content.add_seed(range),
            (_, Some(binding)) => content.add_name(&binding.name),
            _ => return None,
        }
        content.spread(subject.body);
        let file = subject.file;
        turn.is_in(by).then_some(Read {
            file,
            range,
            id,
            content,
        })
    });
    read.collect()
}

/// What a function does with the file that it is given the path of.
pub(super) fn job(context: &Context<'_>, id: FunctionId) -> Option<Job> {
    job_below(context, id, 0)
}

fn job_below(context: &Context<'_>, id: FunctionId, depth: u32) -> Option<Job> {
    let subject = context.subject(id)?;
    let function = &subject.data.function;
    if depth >= DEEPEST || function.is_async {
        return None;
    }
    let mut given = Derived::default();
    for parameter in &function.parameters {
        super::derived::each_name(&parameter.pattern, &mut |name| given.add_name(name));
    }
    given.spread(subject.body);
    for read in reads(subject, &[], &given) {
        if let Some(mut work) = on_content(context, subject, subject.body.range, &read.content) {
            work.small = work.small.or(small(context, subject, read.id));
            return Some(Job { read, work });
        }
    }
    let calls = subject.flow.calls.iter();
    let mut calls = calls.filter(|call| call.loops.is_empty() && call.frame.is_none());
    calls.find_map(|call| {
        let by = walk::at(subject.body, call.range, is_call)?;
        given.is_in(by).then_some(())?;
        job_below(context, call.callee, depth + 1)
    })
}

/// Why what is read is little, as far as names tell.
pub(super) fn small(
    context: &Context<'_>,
    subject: Subject<'_>,
    id: OriginId,
) -> Option<&'static str> {
    match sizes::size(context, subject, &[id]) {
        Size::Unbounded => None,
        Size::Small(note) => Some(note),
        Size::Special => Some("the kernel makes up the file, a few pages long"),
    }
}

/// The first call within a range that works on all of the content.
pub(super) fn on_content(
    context: &Context<'_>,
    subject: Subject<'_>,
    within: TextRange,
    content: &Derived,
) -> Option<Work> {
    below(context, subject, within, content, 0)
}

fn below(
    context: &Context<'_>,
    subject: Subject<'_>,
    within: TextRange,
    content: &Derived,
    depth: u32,
) -> Option<Work> {
    let mut found: Option<Work> = None;
    walk::block_expressions(subject.body, &mut |expr| {
        if found.as_ref().is_none_or(|work| work.small.is_some())
            && within.contains(expr.range)
            && let Some(work) = of_call(context, subject, expr, content, depth)
        {
            found = Some(work);
        }
        true
    });
    found
}

fn of_call(
    context: &Context<'_>,
    subject: Subject<'_>,
    expr: &Expr,
    content: &Derived,
    depth: u32,
) -> Option<Work> {
    let (ExprKind::Call { arguments, .. } | ExprKind::Method { arguments, .. }) = &expr.kind else {
        return None;
    };
    let given: Vec<usize> = (0..arguments.len())
        .filter(|at| content.is(&arguments[*at]))
        .collect();
    if given.is_empty() {
        return None;
    }
    let work = |name: &str, small| Work {
        range: expr.range,
        name: name.to_owned(),
        small,
    };
    if let Some(call) = subject.flow.calls.iter().find(|it| it.range == expr.range) {
        let name = &context.index.function(call.callee).function.name;
        return works(context, call.callee, expr, &given, depth).then(|| work(name, None));
    }
    match &expr.kind {
        ExprKind::Call { callee, .. } => {
            let ExprKind::Path(path) = &callee.kind else {
                return None;
            };
            let external = external(context, subject, path)?;
            let pages = context.effects.reads_pages(&external);
            let small = pages.then_some("files of that format are of a page or two");
            let works = context.effects.hashes(&external) || !is_plain(path.last());
            works.then(|| work(path.last(), small))
        }
        ExprKind::Method { name, .. } => {
            let works = name.split('_').any(|word| VERBS.contains(&word));
            works.then(|| work(name, None))
        }
        _ => None,
    }
}

/// The full path of a function outside the workspace and std.
fn external(context: &Context<'_>, subject: Subject<'_>, path: &Path) -> Option<String> {
    let external = match context.index.resolve(subject.data.module, path) {
        Meaning::External(external) => external,
        // Of a crate that the manifest does not name.
        Meaning::Unknown if path.segments.len() > 1 => {
            let names = path.segments.iter().map(|segment| segment.name.as_str());
            names.collect::<Vec<_>>().join("::")
        }
        _ => return None,
    };
    let krate = external.split("::").next().unwrap_or_default();
    let is_crate = krate.starts_with(|c: char| c.is_lowercase());
    (is_crate && !LIGHT_CRATES.contains(&krate) && external.contains("::")).then_some(external)
}

/// Crates whose functions look at what they are given, if at all: std's, errors and logs.
const LIGHT_CRATES: &[&str] = &[
    "std", "core", "alloc", "anyhow", "eyre", "log", "tracing", "bytes", "str", "fs_err", "self",
    "super", "crate", "u8", "char",
];

/// Words of methods that go through all of what they are given.
const VERBS: &[&str] = &[
    "parse",
    "hash",
    "digest",
    "update",
    "decode",
    "encode",
    "compress",
    "decompress",
    "deserialize",
    "render",
    "compile",
    "tokenize",
    "lex",
    "minify",
    "highlight",
    "analyze",
    "analyse",
    "transform",
    "transpile",
    "convert",
];

/// Whether a function of that name only wraps what it is given, or moves it.
fn is_plain(name: &str) -> bool {
    let wraps = name.starts_with(|c: char| c.is_uppercase())
        || name.starts_with("with_")
        || name.starts_with("new")
        || name.starts_with("write");
    wraps || matches!(name, "from" | "into" | "drop" | "copy" | "open" | "create")
}

/// Whether a function of the workspace goes through what it is given in those places.
fn works(
    context: &Context<'_>,
    id: FunctionId,
    called: &Expr,
    given: &[usize],
    depth: u32,
) -> bool {
    let Some(subject) = context.subject(id).filter(|_| depth < DEEPEST) else {
        return false;
    };
    let function = &subject.data.function;
    let skip = usize::from(function.has_self && matches!(called.kind, ExprKind::Call { .. }));
    let mut content = Derived::default();
    for at in given {
        let parameter = at
            .checked_sub(skip)
            .and_then(|at| function.parameters.get(at));
        if let Some(parameter) = parameter {
            super::derived::each_name(&parameter.pattern, &mut |name| content.add_name(name));
        }
    }
    content.spread(subject.body);
    let mut loops = subject.flow.loops.iter();
    let goes_through = loops.any(|looped| {
        let turns = walk::at(subject.body, looped.range, |_| true);
        turns.is_some_and(|turns| content.is_in(turns))
    });
    goes_through || below(context, subject, subject.body.range, &content, depth + 1).is_some()
}

pub(super) fn is_call(kind: &ExprKind) -> bool {
    matches!(kind, ExprKind::Call { .. } | ExprKind::Method { .. })
}
