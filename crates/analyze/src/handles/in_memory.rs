//! A parser that works on a slice: the file is read whole first, in the place of a buffer under the parser.

use model::{Applicability, Edit, Fix};

use super::formats::{self, FromMemory};
use crate::context::{Context, Subject};
use crate::edits::{
    self, Handled, edit, free_name, home, insertion, keeps_layout, statement_lines,
};
use crate::flow::{Binding, Event, EventKind, OriginId, OriginKind};
use crate::syntax::{Block, TextRange};
use crate::words::{count_of, words};

/// Names for what is read.
const NAMES: [&str; 4] = ["bytes", "content", "data", "input"];

/// Makes a reader of a vector.
const AS_READER: &str = ".as_slice()";

/// `from_slice(&fs::read(path)?)` in the place of `from_reader(File::open(path)?)`, with a variable in between or without.
///
/// Memory grows with the file, and what the disk refuses while it is read is told where the file is opened.
pub(super) fn fix(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Fix> {
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    let handle = Handled::of(context, subject, id, &events);
    let parse = Parse::of(handle)?;
    let read = Reading::of(handle)?;
    let edits = match &handle.origin.binding {
        None => in_place(handle, &parse, &read)?,
        Some(binding) => of_variable(handle, &parse, &read, binding)?,
    };
    let title = "read the whole file, and parse it in memory";
    let fix = edits::fix(title, Applicability::MaybeIncorrect, edits)?;
    Some(Fix {
        method: Some(parse.format.method.to_owned()),
        ..fix
    })
}

/// The call of the parser, which is all that is done with the file.
struct Parse<'a> {
    event: &'a Event,
    /// The file among its arguments, without what lends it.
    file: TextRange,
    /// Its name, and what is written in angle brackets behind it.
    name: TextRange,
    /// What stands there for a slice.
    from_memory: String,
    format: &'static FromMemory,
}

impl<'a> Parse<'a> {
    fn of(handle: Handled<'a>) -> Option<Self> {
        let Handled {
            context,
            subject,
            origin,
            events: &[event],
        } = handle
        else {
            return None;
        };
        let EventKind::Effect {
            row, result: None, ..
        } = event.kind
        else {
            return None;
        };
        let format = formats::from_memory(context.effects.row(row))?;
        let alone = event.origins.len() == 1
            && (event.frame, event.deferred) == (origin.frame, origin.deferred)
            && event.loops == origin.loops;
        let (before, after) = (
            subject.text_of(TextRange::new(event.range.start, event.at.start)),
            subject.text_of(TextRange::new(event.at.end, event.range.end)),
        );
        let callee = before.strip_suffix('(')?;
        let (path, types) = match callee.split_once("::<") {
            Some((path, types)) => (path, Some(types.strip_suffix('>')?)),
            None => (callee, None),
        };
        let (index, module) = (context.index, subject.data.module);
        let (scope, name) = path.rsplit_once("::")?;
        // What the workspace hands on by another name need not have the other function.
        if !index.means(module, scope, format.krate) && !index.reaches(module, path) {
            return None;
        }
        if !alone || after != ")" || name != format.reader {
            return None;
        }
        let types = types.map_or(Some(String::new()), |types| format.types(types))?;
        let length = u32::try_from(path.len() - name.len()).ok()?;
        let name = TextRange::new(
            event.range.start + length,
            event.range.start + u32::try_from(callee.len()).ok()?,
        );
        Some(Self {
            event,
            file: edits::without_loan(subject, event.at),
            name,
            from_memory: format!("{}{types}", format.memory),
            format,
        })
    }

    /// The edit that lets it take what is in memory.
    fn function(&self, subject: Subject<'_>) -> Vec<Edit> {
        let is_other = subject.text_of(self.name) != self.from_memory;
        let change = || edit(subject, self.name, self.from_memory.as_str());
        is_other.then(change).into_iter().collect()
    }

    /// The edits that let it parse `bytes`.
    fn edits(&self, subject: Subject<'_>, bytes: &str) -> Vec<Edit> {
        let given = match self.format.takes_reader() {
            true => format!("{bytes}{AS_READER}"),
            false => format!("&{bytes}"),
        };
        let mut edits = self.function(subject);
        edits.push(edit(subject, self.event.at, given));
        edits
    }
}

/// The call that opens the file, as one that reads it.
struct Reading {
    /// `File::open`, as it is written.
    open: TextRange,
    /// `fs::read`, as it is called here.
    read: String,
    /// The whole of it, with what follows to get at the bytes.
    whole: String,
}

impl Reading {
    fn of(handle: Handled<'_>) -> Option<Self> {
        let Handled {
            context,
            subject,
            origin,
            ..
        } = handle;
        let OriginKind::Open { api } = &origin.kind else {
            return None;
        };
        let module = api.strip_suffix("::File::open")?;
        let opening = subject.text_of(origin.range);
        let (open, arguments) = opening.split_once('(')?;
        // A device has no end, or is read on from by somebody else.
        let is_special = arguments.contains("\"/dev/") || arguments.contains("\"/proc/");
        let rest = subject.text_of(origin.opened).strip_prefix(opening)?;
        if !matches!(module, "std::fs" | "fs_err") || is_special || !tells_failure(rest) {
            return None;
        }
        let path = format!("{module}::read");
        let is_there = || context.index.reaches(subject.data.module, &path);
        let read = edits::in_scope(context, subject, &path)
            .or_else(|| is_there().then(|| path.clone()))?;
        let start = origin.range.start;
        Some(Self {
            open: TextRange::new(start, start + u32::try_from(open.len()).ok()?),
            whole: format!("{read}({arguments}{rest}"),
            read,
        })
    }
}

/// Whether what follows the opening leaves with its error, or panics with it.
fn tells_failure(rest: &str) -> bool {
    let puts_into = [
        ".map_err(",
        ".context(",
        ".with_context(",
        ".wrap_err(",
        ".wrap_err_with(",
    ];
    matches!(rest, "?" | ".unwrap()")
        || rest.starts_with(".expect(") && rest.ends_with(')')
        || rest.ends_with(")?")
            && puts_into
                .iter()
                .any(|start| rest.trim_start().starts_with(start))
}

/// The file is opened as the argument.
fn in_place(handle: Handled<'_>, parse: &Parse<'_>, read: &Reading) -> Option<Vec<Edit>> {
    let Handled {
        subject, origin, ..
    } = handle;
    if parse.file != origin.opened {
        return None;
    }
    let (block, at) = home(subject.body, parse.event.range)?;
    let lent = TextRange::new(parse.event.at.start, read.open.end);
    let behind = parse.event.at.end;
    let mut edits = parse.function(subject);
    edits.extend(match parse.format.takes_reader() {
        true => vec![
            edit(subject, lent, read.read.as_str()),
            insertion(subject, behind, AS_READER),
        ],
        false => vec![edit(subject, lent, format!("&{}", read.read))],
    });
    keeps_layout(subject, block.statements[at].range, &edits).then_some(edits)
}

/// The file has a variable: what is read takes its place, or has none where the parser follows at once.
fn of_variable(
    handle: Handled<'_>,
    parse: &Parse<'_>,
    read: &Reading,
    binding: &Binding,
) -> Option<Vec<Edit>> {
    let Handled {
        context,
        subject,
        origin,
        ..
    } = handle;
    let made = subject.text_of(binding.statement);
    let value = format!("= {};", subject.text_of(origin.opened));
    let pattern = made.strip_prefix("let ")?.strip_suffix(&value)?.trim_end();
    let name = pattern.strip_prefix("mut ").unwrap_or(pattern);
    let (block, at) = home(subject.body, parse.event.range)?;
    let between = TextRange::new(binding.statement.end, parse.event.range.start);
    let after = TextRange::new(binding.statement.end, block.range.end);
    if name != binding.name
        || subject.text_of(parse.file) != name
        || block.range != binding.block
        || edits::acts_within(context, subject, between)
        || subject
            .flow
            .events
            .iter()
            .any(|it| between.contains(it.range) && !is_look(it))
        || is_named_elsewhere(subject.text_of(after), name)
    {
        return None;
    }
    let statement = block.statements[at].range;
    if let Some(edits) = at_once(subject, (block, at), parse, read, binding) {
        return Some(edits);
    }
    let bytes = free_name(subject, &NAMES).unwrap_or(name);
    let opening = vec![edit(
        subject,
        TextRange::new(binding.statement.start, read.open.end),
        format!("let {bytes} = {}", read.read),
    )];
    let parsing = parse.edits(subject, bytes);
    let fits = keeps_layout(subject, binding.statement, &opening)
        && keeps_layout(subject, statement, &parsing);
    fits.then(|| [opening, parsing].concat())
}

/// Whether code behind a variable names it more often than for the parser, or may do so in a text that is formatted.
fn is_named_elsewhere(code: &str, name: &str) -> bool {
    count_of(&edits::bare(code), name) != 1 || code.contains(&format!("{{{name}"))
}

/// Whether an event leaves all files as they are.
fn is_look(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Mentioned | EventKind::Method { .. } | EventKind::Query { .. }
    )
}

/// Without a variable, which would hold the bytes after they were parsed.
fn at_once(
    subject: Subject<'_>,
    (block, at): (&Block, usize),
    parse: &Parse<'_>,
    read: &Reading,
    binding: &Binding,
) -> Option<Vec<Edit>> {
    let statement = block.statements[at].range;
    let before = at.checked_sub(1)?;
    let ahead = subject.text_of(TextRange::new(statement.start, parse.event.range.start));
    // What is called before the parser would be called before the file is opened.
    let calls = words(ahead).any(|(at, word)| {
        ahead[at + word.len()..].starts_with('(') && !word.starts_with(char::is_uppercase)
    });
    if block.statements[before].range != binding.statement
        || calls
        || ahead.contains(['{', '?', '!', '|', '#'])
    {
        return None;
    }
    let mut edits = parse.edits(subject, &read.whole);
    if read.whole.contains(['\n', '!']) || !keeps_layout(subject, statement, &edits) {
        return None;
    }
    edits.push(edit(
        subject,
        statement_lines(subject, binding.statement)?,
        "",
    ));
    Some(edits)
}
