//! `fs::read(path)?` taken apart, so that the file is opened there and read later.

use crate::context::{Context, Subject};
use crate::edits::{Imports, has_comment, item};
use crate::flow::{Origin, OriginKind};
use crate::syntax::TextRange;
use crate::words::{count_of, is_part};

/// A call that reads a whole file by its path.
pub(super) struct Opening<'a> {
    /// What is given to it.
    path: &'a str,
    /// What follows the call to get at its value.
    pub(super) habit: &'a str,
}

impl<'a> Opening<'a> {
    /// `api` is the function of std that reads the file.
    pub(super) fn of(subject: Subject<'a>, made: &Origin, api: &str) -> Option<Self> {
        if !matches!(&made.kind, OriginKind::Content { api: known, .. } if known == api) {
            return None;
        }
        let (_, name) = api.rsplit_once("::")?;
        let call = &subject.text[made.range.at()];
        let (_, path) = call.split_once(&format!("{name}("))?;
        let path = path.strip_suffix(')')?;
        let habit = subject.text[made.opened.at()].strip_prefix(call)?;
        (is_habit(habit) && !call.contains('\n') && !has_comment(call))
            .then_some(Self { path, habit })
    }

    /// The expression that opens the file.
    pub(super) fn open(
        &self,
        context: &Context<'_>,
        subject: Subject<'_>,
        imports: &mut Imports,
    ) -> String {
        let file = item(context, subject, "std::fs::File", imports);
        format!("{file}::open({}){}", self.path, self.habit)
    }
}

/// Whether what follows a result gives its value or leaves with its error, and may be written twice.
pub(super) fn is_habit(text: &str) -> bool {
    let is_text = |text: &str| {
        let inner = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        inner.is_some_and(|inner| !inner.contains('"'))
    };
    let within = |call: &str, end: &str| text.strip_prefix(call)?.strip_suffix(end);
    let is_path = |text: &str| {
        let mut all = text.chars();
        all.all(|c| is_part(c) || c == ':')
    };
    !text.contains('\n')
        && (matches!(text, "?" | ".unwrap()")
            || within(".expect(", ")").is_some_and(is_text)
            || within(".context(", ")?").is_some_and(is_text)
            || within(".map_err(", ")?").is_some_and(is_path)
            // What it is given to shows, it borrows.
            || within(".with_context(|| format!(", "))?").is_some_and(|shown| !shown.contains('(')))
}

/// How often a part of a function names something.
pub(super) fn mentions(subject: Subject<'_>, name: &str, part: TextRange) -> usize {
    count_of(subject.text_of(part), name)
}

/// The white space that one block within another adds.
pub(super) fn deeper(indent: &str) -> &'static str {
    if indent.contains('\t') { "\t" } else { "    " }
}
