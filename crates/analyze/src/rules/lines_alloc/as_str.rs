//! A line that is a `&str` and no longer a `String`.

use model::Edit;

use super::lent::until_renamed;
use crate::context::Subject;
use crate::edits::edit;
use crate::syntax::{Block, Expr, ExprKind, TextRange, walk};
use crate::words::places_of;

/// Methods that a lent `str` has as a `String` has them.
const METHODS: &[&str] = &[
    "as_bytes",
    "bytes",
    "char_indices",
    "chars",
    "contains",
    "ends_with",
    "eq_ignore_ascii_case",
    "find",
    "get",
    "is_ascii",
    "is_char_boundary",
    "is_empty",
    "len",
    "lines",
    "matches",
    "parse",
    "repeat",
    "replace",
    "replacen",
    "rfind",
    "rsplit",
    "rsplit_once",
    "rsplitn",
    "split",
    "split_ascii_whitespace",
    "split_at",
    "split_once",
    "split_terminator",
    "split_whitespace",
    "splitn",
    "starts_with",
    "strip_prefix",
    "strip_suffix",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "to_lowercase",
    "to_owned",
    "to_string",
    "to_uppercase",
    "trim",
    "trim_end",
    "trim_end_matches",
    "trim_matches",
    "trim_start",
    "trim_start_matches",
];

/// What has to change where a line is used: `&line` as an argument and `line.as_str()` are what the line itself is now. `None` where it
/// is used in a way that is not known to be the same.
pub(super) fn uses_as_str(
    subject: Subject<'_>,
    body: &Block,
    part: TextRange,
    name: &str,
) -> Option<Vec<Edit>> {
    let mut uses = Uses {
        subject,
        name,
        fine: true,
        known: Vec::new(),
        changes: Vec::new(),
    };
    let same = until_renamed(body, part, name);
    for expr in same.expressions {
        uses.expr(expr);
    }
    let mut end = part.end;
    if let Some((statement, place)) = same.renamed {
        uses.known.extend(place);
        end = statement.end;
    }
    let used = TextRange::new(part.start, end);
    (uses.fine && uses.knows_all_in(used)).then_some(uses.changes)
}

struct Uses<'a> {
    subject: Subject<'a>,
    name: &'a str,
    fine: bool,
    /// Where the name may stand.
    known: Vec<TextRange>,
    changes: Vec<Edit>,
}

impl Uses<'_> {
    fn is_it(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Path(path) if path.single() == Some(self.name))
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Path(_) if self.is_it(expr) => self.known.push(expr.range),
            ExprKind::Text(_) => self.known.push(expr.range),
            // It only shows what it is given, be that lent once or twice.
            ExprKind::Macro(_) => {
                self.known.push(expr.range);
                walk::expressions(expr, &mut |inner| {
                    self.fine &= !self.is_a_method_of_string_alone(inner);
                    true
                });
                return;
            }
            ExprKind::Method {
                receiver,
                name,
                arguments,
                ..
            } => {
                if name == "as_str" && self.is_it(receiver) {
                    let call = TextRange::new(receiver.range.end, expr.range.end);
                    self.changes.push(edit(self.subject, call, ""));
                } else {
                    self.fine &= !self.is_a_method_of_string_alone(expr);
                }
                self.expr(receiver);
                return arguments.iter().for_each(|one| self.argument(one));
            }
            ExprKind::Call { callee, arguments } => {
                self.expr(callee);
                return arguments.iter().for_each(|one| self.argument(one));
            }
            ExprKind::Reference { inner } => self.fine &= !self.is_it(inner),
            _ => {}
        }
        let mut children = Vec::new();
        walk::children(expr, &mut |child| children.push(child), &mut |_| {});
        children.into_iter().for_each(|child| self.expr(child));
    }

    fn argument(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Reference { inner } if self.is_it(inner) => {
                let lends = TextRange::new(expr.range.start, inner.range.start);
                self.fine &= self.subject.text_of(lends) == "&";
                self.changes.push(edit(self.subject, lends, ""));
                self.known.push(inner.range);
            }
            _ => self.expr(expr),
        }
    }

    fn is_a_method_of_string_alone(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Method { receiver, name, .. }
            if self.is_it(receiver) && !METHODS.contains(&name.as_str()))
    }

    /// Whether the name stands nowhere else, but in comments: a pattern may give it to another value.
    fn knows_all_in(&self, part: TextRange) -> bool {
        let text = self.subject.text_of(part);
        places_of(text, self.name).all(|place| {
            let line = text[..place].rsplit('\n').next().unwrap_or_default();
            let at = part.start as usize + place;
            let mut known = self.known.iter();
            line.contains("//") || known.any(|range| range.at().contains(&at))
        })
    }
}
