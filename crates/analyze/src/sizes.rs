//! How large what is read may be, as far as names tell.

use crate::context::{Context, Subject};
use crate::flow::{EventKind, FEW_TURNS, OriginId, OriginKind};
use crate::kernel;
use crate::syntax::{Expr, ExprKind, TextRange, walk};
use crate::types::Handle;
use crate::words::{is_part, words};

/// How much a reader may have to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// Whatever the user has.
    Unbounded,
    /// Little, and why.
    Small(&'static str),
    /// Made up by the kernel, a few pages.
    Special,
}

const SPECIAL: &str = "files there are of a few lines";
const NAMED: &str = "its name says that it is small, or read once";

/// Words of a path, a variable or a function that stand for small files.
const SMALL: &[&str] = &[
    "config",
    "configs",
    "configuration",
    "conf",
    "cfg",
    "setting",
    "settings",
    "preferences",
    "manifest",
    "toml",
    "yaml",
    "yml",
    "ini",
    "lock",
    "lockfile",
    "passwd",
    "group",
    "cgroup",
    "cgroups",
    "mountinfo",
    "mounts",
    "meminfo",
    "cpuinfo",
    "release",
    "version",
    "license",
    "readme",
    "changelog",
    "rc",
    "env",
    "dotenv",
    "pid",
    "hostname",
    "hosts",
    "resolv",
    "template",
    "credentials",
    "secret",
    "key",
    "password",
    "profile",
    "theme",
    "proc",
    "sysfs",
    "procfs",
    "etc",
    "metadata",
    "header",
    "head",
    "shebang",
    "git",
    "cargo",
    "rustc",
    "toolchain",
    "package",
    "options",
    "excludes",
    "patterns",
    "state",
    "status",
    "schema",
    "toc",
    "uptime",
    "loadavg",
    "temperature",
    "thermal",
    "sensor",
    "cpu",
];

/// Words among them for files of a few lines that hardly ever leave memory.
const SHORT: &[&str] = &[
    "config",
    "configs",
    "configuration",
    "cert",
    "certificate",
    "certificates",
    "certs",
    "credential",
    "credentials",
    "password",
    "secret",
    "secrets",
    "token",
    "tokens",
];

/// Words for what there are a handful of.
const FEW_OF: &[&str] = &[
    "configs",
    "configurations",
    "description",
    "rustflags",
    "settings",
    "sheet",
    "sheets",
    "theme",
    "worksheets",
];

/// Words for what one thing has a handful of; a call that makes them may make many.
const FEW_EACH: &[&str] = &["labels", "tags"];

/// Words that stand for what another process writes: who waits for it waits for nothing else.
const PIPES: &[&str] = &["stderr", "stdout", "child", "process", "command"];
const PIPED: &str = "it comes from another process, which takes its time";

/// Endings of files that hold data.
const DATA: &[&str] = &[
    ".csv", ".tsv", ".log", ".txt", ".jsonl", ".ndjson", ".dat", ".data",
];

/// How large what these handles or contents come from may be.
pub(crate) fn size(context: &Context<'_>, subject: Subject<'_>, origins: &[OriginId]) -> Size {
    let module = context.index.module(subject.data.module);
    let module = module.path.last().map_or("", String::as_str);
    let mut texts = vec![format!("{module} {}", subject.data.function.name)];
    let mut open = origins.to_vec();
    let mut seen = 0;
    while let Some(id) = open.pop() {
        let origin = subject.flow.origin(id);
        seen += 1;
        if seen > 64 {
            break;
        }
        match &origin.kind {
            OriginKind::Open { .. } => texts.push(with_initializers(subject, origin.range)),
            OriginKind::CallResult(_) => {
                texts.push(with_initializers(
                    subject,
                    without_receiver(subject, origin.range, origin.ty.handle() == Handle::Other),
                ));
            }
            OriginKind::Content { over, .. } => {
                texts.push(with_initializers(subject, origin.range));
                open.extend(over);
            }
            OriginKind::Buffer { over, .. } | OriginKind::Wrapper { over, .. } => open.extend(over),
            OriginKind::Parameter(_) => texts.push(subject.text_of(origin.range).to_owned()),
            OriginKind::Field { name, .. } => texts.push(name.clone()),
            OriginKind::Fresh { .. } => {
                // What is read into it.
                let fills = subject.flow.events_on(id).filter(|event| {
                    matches!(&event.kind, EventKind::Method { how } if how.ends_with(" into"))
                });
                for fill in fills {
                    let reads = subject.flow.events.iter();
                    let reads = reads.filter(|event| event.range == fill.range);
                    open.extend(
                        reads
                            .flat_map(|event| event.origins.iter().copied())
                            .filter(|other| *other != id),
                    );
                }
            }
            _ => {}
        }
    }
    judge(&texts)
}

/// The same, told from texts; the first is of names that say where it is.
pub(crate) fn judge(texts: &[String]) -> Size {
    let has = |part: &str| texts.iter().any(|text| text.contains(part));
    if texts.iter().any(|text| kernel::is_named(text)) || has("\"proc\"") {
        return Size::Special;
    }
    if has("\"/etc") || has("\"/dev") {
        return Size::Small(SPECIAL);
    }
    let words: Vec<String> = texts.iter().flat_map(|text| parts_of_names(text)).collect();
    let any = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    if any(PIPES) {
        return Size::Small(PIPED);
    }
    if any(SMALL) || words.iter().any(|word| word.ends_with("ignore")) {
        return Size::Small(NAMED);
    }
    // A file that the program knows by its name holds what the program needs of it.
    let literal = texts.iter().skip(1).any(|text| text.contains('"'));
    let data = texts
        .iter()
        .any(|text| DATA.iter().any(|ending| text.contains(ending)));
    if literal && !data {
        return Size::Small(NAMED);
    }
    Size::Unbounded
}

/// Whether a name says that a file is of a few lines that hardly ever leave memory.
pub(crate) fn is_short(name: &str) -> bool {
    parts_of_names(name)
        .iter()
        .any(|word| SHORT.contains(&word.as_str()))
}

/// Whether the names in what a loop walks over say that there is a handful of it.
pub(crate) fn is_of_few(head: &str) -> bool {
    let over = head.split_once(" in ").map_or(head, |(_, over)| over);
    let words = parts_of_names(over);
    let any = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    any(FEW_OF) || any(FEW_EACH) && over.contains('.') && !over.contains('(')
}

/// A call without the variable whose method it is: `conf.reader()` does not read a configuration. Nor does
/// `Config::new(path).reader()` where a format's reader comes back: records are data.
fn without_receiver(subject: Subject<'_>, range: TextRange, of_records: bool) -> TextRange {
    let text = subject.text_of(range);
    let name = text.find(|c| !is_part(c));
    let goes_on = |rest: &str| {
        let mut behind = rest.split(')').skip(1);
        of_records
            && rest.starts_with("::")
            && behind.any(|behind| behind.trim_start().starts_with('.'))
    };
    match name.and_then(|end| {
        u32::try_from(end)
            .ok()
            .filter(|_| text[end..].starts_with('.') || goes_on(&text[end..]))
    }) {
        Some(end) => TextRange::new(range.start + end, range.end),
        None => range,
    }
}

/// The initializers of the variables that an expression names.
fn initializers(subject: Subject<'_>, range: TextRange) -> Vec<TextRange> {
    let names = identifiers(subject.text_of(range));
    let mut found = Vec::new();
    crate::edits::visit_lets(subject.body, &mut |pattern, value| {
        let named = pattern
            .name()
            .is_some_and(|name| names.iter().any(|known| known == name));
        if named && !value.range.contains(range) && value.range.end <= range.start {
            found.push(value.range);
        }
    });
    found
}

/// Whether an expression comes from what another process writes.
pub(crate) fn is_piped(subject: Subject<'_>, range: TextRange) -> bool {
    let mut waiting = vec![range];
    while let Some(range) = waiting.pop() {
        let text: String = subject.text_of(range).split_whitespace().collect();
        if text.contains("child.stdout") || text.contains(".stdout.take()") {
            return true;
        }
        // A variable is given before it is named, so this ends.
        waiting.extend(initializers(subject, range));
    }
    false
}

/// Whether an expression is of a fixed handful of elements: `take(3)`, here or where its variables were given.
pub(crate) fn takes_few(subject: Subject<'_>, range: TextRange) -> bool {
    let takes = |range: &TextRange| {
        let text = subject.text_of(*range);
        text.match_indices(".take(").any(|(at, call)| {
            let count = text[at + call.len()..].split(')').next();
            count.is_some_and(|count| count.parse().is_ok_and(|count: u64| count <= FEW_TURNS))
        })
    };
    takes(&range) || initializers(subject, range).iter().any(takes)
}

/// The text of an expression, and of what its names were given by `let`.
fn with_initializers(subject: Subject<'_>, range: TextRange) -> String {
    let mut text = subject.text_of(range).to_owned();
    let names: Vec<String> = identifiers(&text);
    for initializer in initializers(subject, range) {
        text.push(' ');
        text.push_str(first_line(subject.text_of(initializer)));
    }
    // `path.push("stat")` before it is opened.
    walk::block_expressions(subject.body, &mut |expr: &Expr| {
        if let ExprKind::Method {
            receiver,
            name,
            arguments,
            ..
        } = &expr.kind
            && matches!(name.as_str(), "push" | "join")
            && expr.range.end <= range.start
            && let (ExprKind::Path(path), [argument]) = (&receiver.kind, arguments.as_slice())
            && path
                .single()
                .is_some_and(|name| names.iter().any(|known| known == name))
        {
            text.push(' ');
            text.push_str(subject.text_of(argument.range));
        }
        true
    });
    text
}

fn first_line(text: &str) -> &str {
    text.get(..text.find('\n').unwrap_or(text.len()).min(200))
        .unwrap_or_default()
}

fn identifiers(text: &str) -> Vec<String> {
    words(text).map(|(_, word)| word.to_owned()).collect()
}

/// What names are made of, in lower case: `ConfigFile` and `config_file` have two parts each.
fn parts_of_names(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in text.chars() {
        if !c.is_alphabetic() || (c.is_uppercase() && lower) {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
        lower = c.is_lowercase();
    }
    words.push(word);
    words
}

/// Whether a function talks with a person: what it asks must be seen before the answer is typed.
pub(crate) fn prompts(subject: Subject<'_>) -> bool {
    let mut prompts = false;
    walk::block_expressions(subject.body, &mut |expr: &Expr| {
        prompts |= matches!(&expr.kind, ExprKind::Method { name, arguments, .. } if name == "flush" && arguments.is_empty());
        prompts |= matches!(&expr.kind, ExprKind::Macro(mac) if matches!(mac.name.as_str(), "print" | "eprint") && mac.format.as_deref().is_some_and(|text| text.trim_end().ends_with(['>', ':', '?', '$'])));
        true
    });
    prompts
}
