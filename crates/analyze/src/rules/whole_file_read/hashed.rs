//! A file that only goes into a hasher, read and hashed piece by piece.

use model::{Applicability, Edit, Fix};

use super::opening::{Opening, deeper, is_habit, mentions};
use crate::context::{Context, Subject};
use crate::edits::{self, CHAIN, Imports, LINE, edit, has_comment, indentation};
use crate::flow::Origin;
use crate::index::Meaning;
use crate::syntax::{Block, Expr, ExprKind, Path, StatementKind, TextRange, TypeRef, walk};
use crate::words::places_of;

/// Types whose `update`, `input` or `consume` gives the same for all bytes at once as for one part after the other: a crate, or a
/// module or type of one.
const HASHERS: &[&str] = &[
    "adler",
    "adler2",
    "blake2",
    "blake3",
    "crc32fast",
    "flate2::Crc",
    "md4",
    "md5",
    "openssl::sha",
    "ring::digest",
    "ripemd",
    "sha1",
    "sha1_smol",
    "sha2",
    "sha3",
    "xxhash_rust",
];

const SIZE: &str = "64 * 1024";

/// What is read, and how.
struct Source {
    /// The buffer's name.
    buffer: String,
    /// What `take` is called on.
    reader: String,
    habit: String,
    /// What has to be done where it was read.
    changes: Vec<Edit>,
    /// Where the buffer is known.
    from: u32,
    imports: Imports,
}

/// `hasher.update(&bytes);` after `let bytes = fs::read(path)?;`, or after reading into an empty buffer, becomes a loop.
pub(super) fn fix(
    context: &Context<'_>,
    subject: Subject<'_>,
    made: &Origin,
    read: TextRange,
    fed: TextRange,
) -> Option<Fix> {
    let (receiver, method, argument) = walk::method_of_one(subject.body, fed)?;
    let ExprKind::Path(hasher) = &receiver.kind else {
        return None;
    };
    let hasher = hasher.single()?;
    if !matches!(method, "update" | "input" | "consume") || !is_hasher(context, subject, hasher) {
        return None;
    }
    let (home, at) = edits::home(subject.body, fed)?;
    let statement = &home.statements[at];
    let rest = TextRange::new(fed.end, statement.range.end);
    let rest = subject.text_of(rest).strip_suffix(';')?;
    if statement.range.start != fed.start || !(rest.is_empty() || is_habit(rest)) {
        return None;
    }
    let inline = subject.text_of(made.opened);
    let given = subject.text_of(argument.range);
    let is_inline = given.trim_start_matches('&') == inline;
    let mut source = match is_inline {
        true => Source::inline(context, subject, made, statement.range)?,
        false => Source::of_path(context, subject, home, made)
            .or_else(|| Source::of_handle(context, subject, home, made, read))?,
    };
    let name = &source.buffer;
    let whole = [
        format!("&{name}"),
        format!("&{name}[..]"),
        format!("{name}.as_slice()"),
        name.clone(),
    ];
    let between = TextRange::new(source.from, statement.range.start);
    if !is_inline && !whole.iter().any(|whole| whole == given)
        || statement.range.start < source.from
        || edits::acts_within(context, subject, between)
        || has_comment(subject.text_of(statement.range))
    {
        return None;
    }
    let given = if is_inline || given == name {
        format!("&{name}")
    } else {
        given.to_owned()
    };
    let indent = indentation(subject.text, statement.range.start);
    let inner = format!("{indent}{}", deeper(indent));
    let fill = source.filled(subject, indent, &inner)?;
    let feed = format!("{hasher}.{method}({given}){rest};");
    if inner.len() + feed.len() > LINE {
        return None;
    }
    let looped = format!(
        "let mut {name} = Vec::with_capacity({SIZE});\n{fill}{inner}{feed}\n{inner}{name}.clear();\n{indent}}}"
    );
    match source.changes.iter_mut().find(|_| is_inline) {
        Some(opening) => {
            opening.replacement = format!("{}\n{indent}{looped}", opening.replacement);
        }
        None => source.changes.push(edit(subject, statement.range, looped)),
    }
    let mut changes = source.changes;
    changes.append(&mut source.imports.edits);
    edits::fix(
        "read and hash a part of it at a time",
        Applicability::MaybeIncorrect,
        changes,
    )
}

impl Source {
    /// The head of the loop that reads a part a turn into the empty buffer.
    fn filled(&self, subject: Subject<'_>, indent: &str, inner: &str) -> Option<String> {
        let Self {
            buffer,
            reader,
            habit,
            ..
        } = self;
        // `read` alone would fail where a signal comes in between.
        let chain = format!("{reader}.take({SIZE}).read_to_end(&mut {buffer}){habit}");
        // rustfmt counts the question mark twice.
        if chain.len() + usize::from(chain.ends_with('?')) <= CHAIN {
            return Some(format!("{indent}while {chain} != 0 {{\n"));
        }
        let count = edits::free_name(subject, &["read", "length", "count"])?;
        let step = deeper(indent);
        let is_short = inner.len() + step.len() + habit.len() < LINE;
        let call = format!("{inner}{step}.read_to_end(&mut {buffer})");
        let question = if habit == "?" { "?" } else { "" };
        let last = match question {
            "?" => String::new(),
            _ => format!("\n{inner}{step}{habit}"),
        };
        is_short.then(|| {
            format!(
                "{indent}loop {{\n{inner}let {count} = {reader}\n{inner}{step}.take({SIZE})\n{call}{question}{last};\n\
                 {inner}if {count} == 0 {{\n{inner}{step}break;\n{inner}}}\n"
            )
        })
    }

    /// `hasher.update(&fs::read(path)?);`
    fn inline(
        context: &Context<'_>,
        subject: Subject<'_>,
        made: &Origin,
        statement: TextRange,
    ) -> Option<Self> {
        let opening = Opening::of(subject, made, "std::fs::read")?;
        let buffer = edits::free_name(subject, &["buffer", "bytes", "content"])?;
        let from = statement.start;
        Self::opened(context, subject, &opening, buffer, (statement, from))
    }

    /// `let bytes = fs::read(path)?;` in the same block.
    fn of_path(
        context: &Context<'_>,
        subject: Subject<'_>,
        home: &Block,
        made: &Origin,
    ) -> Option<Self> {
        let opening = Opening::of(subject, made, "std::fs::read")?;
        let binding = made.binding.as_ref()?;
        let rest = TextRange::new(binding.statement.end, subject.body.range.end);
        let whole = subject.text_of(binding.statement);
        let read = format!(" = {};", subject.text_of(made.opened));
        let plain = whole.starts_with("let ") && whole.ends_with(&read);
        if binding.block != home.range
            || !plain
            || has_comment(whole)
            || mentions(subject, &binding.name, rest) != 1
        {
            return None;
        }
        let place = (binding.statement, binding.statement.end);
        Self::opened(context, subject, &opening, &binding.name, place)
    }

    /// The file is opened in the place of a statement, and read from there on.
    fn opened(
        context: &Context<'_>,
        subject: Subject<'_>,
        opening: &Opening<'_>,
        buffer: &str,
        (statement, from): (TextRange, u32),
    ) -> Option<Self> {
        let mut imports = Imports::default();
        imports.bring_trait(context, subject, "std::io::Read")?;
        let file = edits::free_name(subject, &["file", "input", "source"])?;
        let open = opening.open(context, subject, &mut imports);
        let line = format!("let mut {file} = {open};");
        let indent = indentation(subject.text, statement.start);
        let is_free = !context.index.is_taken(subject.data.module, file);
        let fits = indent.len() + line.len() <= LINE && open.len() <= CHAIN;
        (is_free && fits).then(|| Self {
            buffer: buffer.to_owned(),
            reader: format!("(&mut {file})"),
            habit: opening.habit.to_owned(),
            changes: vec![edit(subject, statement, line)],
            from,
            imports,
        })
    }

    /// `let mut bytes = Vec::new();` and `file.read_to_end(&mut bytes)?;` in the same block.
    fn of_handle(
        context: &Context<'_>,
        subject: Subject<'_>,
        home: &Block,
        made: &Origin,
        read: TextRange,
    ) -> Option<Self> {
        let binding = made.binding.as_ref()?;
        let is_new = matches!(subject.text_of(made.range), "Vec::new()" | "vec![]");
        let (receiver, name, _) = walk::method_of_one(subject.body, read)?;
        let ExprKind::Path(reader) = &receiver.kind else {
            return None;
        };
        let reader = reader.single()?;
        let buffer = &binding.name;
        let text = subject.text_of(read);
        let at = edits::position_in(home, read)?;
        let reading = &home.statements[at];
        let habit = subject.text_of(reading.range).strip_prefix(text)?;
        let habit = habit.strip_suffix(';')?;
        let rest = TextRange::new(binding.statement.end, subject.body.range.end);
        if !is_new
            || name != "read_to_end"
            || binding.block != home.range
            || !text.ends_with(&format!("(&mut {buffer})"))
            || !is_habit(habit)
            || mentions(subject, buffer, rest) != 2
        {
            return None;
        }
        let before = at.checked_sub(1).map(|at| home.statements[at].range);
        let gone = match before == Some(binding.statement) {
            true => vec![TextRange::new(binding.statement.start, reading.range.end)],
            false => vec![binding.statement, reading.range],
        };
        let mut changes = Vec::new();
        for statement in gone {
            if has_comment(subject.text_of(statement)) {
                return None;
            }
            let lines = edits::statement_lines(subject, statement)?;
            changes.push(edit(subject, lines, ""));
        }
        Some(Self {
            buffer: buffer.clone(),
            reader: lent(context, subject, reader)?,
            habit: habit.to_owned(),
            changes,
            from: reading.range.end,
            imports: Imports::default(),
        })
    }
}

/// How a reader is lent, of which the function has the value or a reference.
fn lent(context: &Context<'_>, subject: Subject<'_>, reader: &str) -> Option<String> {
    let code = subject.text_of(subject.data.function.range);
    if places_of(code, reader)
        .any(|at| code[..at].ends_with("mut ") && !code[..at].ends_with("&mut "))
    {
        return Some(format!("(&mut {reader})"));
    }
    let name = edits::in_scope(context, subject, "std::io::Read")?;
    let declared = code.contains(&format!("{reader}: &mut "));
    declared.then(|| format!("{name}::by_ref({reader})"))
}

/// Whether a variable is a hasher of which it is known that the parts of what it gets do not matter.
fn is_hasher(context: &Context<'_>, subject: Subject<'_>, name: &str) -> bool {
    let is_known = |path: &Path| {
        let meaning = context.index.resolve(subject.data.module, path);
        let Meaning::External(path) = meaning else {
            return false;
        };
        HASHERS.iter().any(|known| {
            let rest = path.strip_prefix(known);
            rest.is_some_and(|rest| rest.starts_with("::"))
        })
    };
    let mut made = Vec::new();
    edits::visit_blocks(subject.body, &mut |block| {
        for statement in &block.statements {
            if let StatementKind::Let {
                pattern,
                initializer,
                ..
            } = &statement.kind
                && pattern.name() == Some(name)
            {
                made.push(initializer.as_ref().and_then(constructor));
            }
        }
    });
    let parameters = &subject.data.function.parameters;
    let mut parameters = parameters
        .iter()
        .filter(|parameter| parameter.pattern.name() == Some(name));
    match (made.as_slice(), parameters.next()) {
        ([path], None) => path.is_some_and(is_known),
        ([], Some(parameter)) => match &parameter.declared {
            TypeRef::Reference { inner } => match inner.as_ref() {
                TypeRef::Path(path) => is_type(context, subject, path),
                _ => false,
            },
            TypeRef::Path(path) => is_type(context, subject, path),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a type is a known hasher.
fn is_type(context: &Context<'_>, subject: Subject<'_>, path: &Path) -> bool {
    let Meaning::External(path) = context.index.resolve(subject.data.module, path) else {
        return false;
    };
    HASHERS.iter().any(|known| {
        let rest = path.strip_prefix(known);
        rest.is_some_and(|rest| rest.starts_with("::") || rest.is_empty() && known.contains("::"))
    })
}

/// The path of `Hasher::new()`.
fn constructor(expr: &Expr) -> Option<&Path> {
    match &expr.kind {
        ExprKind::Call { callee, .. } => match &callee.kind {
            ExprKind::Path(path) => Some(path),
            _ => None,
        },
        _ => None,
    }
}
