//! What is done while lines wait in a buffer, and where they have to be written out before it.

use model::Edit;

use super::deeper;
use crate::context::{Context, Subject};
use crate::edits::wrap::LINE;
use crate::edits::{edit, indentation, insertion, visit_blocks};
use crate::flow::ActKind;
use crate::syntax::{Block, Expr, ExprKind, Statement, StatementKind, TextRange, walk};
use crate::types::Handle;

/// Macros that write to the standard error, which a reader sees beside the standard output.
const TO_STDERR: &[&str] = &["eprint", "eprintln", "dbg"];

/// Where the buffer is flushed so that nothing that comes next overtakes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Point {
    Statement(TextRange),
    /// The body of a `match` arm that is no block.
    Arm(TextRange),
}

impl Point {
    fn range(self) -> TextRange {
        match self {
            Self::Statement(range) | Self::Arm(range) => range,
        }
    }

    /// The edits that put a statement there.
    pub(super) fn put(self, subject: Subject<'_>, statement: &str) -> Option<Vec<Edit>> {
        let at = self.range();
        let indent = indentation(subject.text, at.start);
        match self {
            Self::Statement(_) => {
                let starts_line =
                    subject.text[..at.start as usize].ends_with(&format!("\n{indent}"));
                let text = format!("{statement}\n{indent}");
                starts_line.then(|| vec![insertion(subject, at.start, text)])
            }
            Self::Arm(_) => in_a_block(subject, at, statement),
        }
    }
}

/// `pattern => body,` as `pattern => { statement body }`.
fn in_a_block(subject: Subject<'_>, body: TextRange, statement: &str) -> Option<Vec<Edit>> {
    let text = subject.text_of(body);
    let indent = indentation(subject.text, body.start);
    let inner = deeper(indent);
    let step = &inner[indent.len()..];
    // A text that goes over a line end would change with its indentation.
    let splits_text = |line: &str| line.matches('"').count() % 2 == 1 || line.ends_with('\\');
    let moved: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(number, line)| match number {
            0 => format!("{inner}{line}"),
            _ => format!("{step}{line}"),
        })
        .collect();
    let after = &subject.text[body.end as usize..];
    let comma = u32::from(after.starts_with(','));
    let rest = after[comma as usize..].lines().next().unwrap_or("");
    if text.lines().any(splits_text)
        || moved.iter().any(|line| line.len() > LINE)
        || !rest.trim().is_empty()
    {
        return None;
    }
    // What a macro of another crate stands for may be a value.
    let semicolon = match TO_STDERR
        .iter()
        .any(|name| text.starts_with(&format!("{name}!(")))
    {
        true => ";",
        false => "",
    };
    // Without moved lines nothing of a macro's input is edited.
    if moved.len() == 1 {
        let end = TextRange::new(body.end, body.end + comma);
        return Some(vec![
            insertion(
                subject,
                body.start,
                format!("{{\n{inner}{statement}\n{inner}"),
            ),
            edit(subject, end, format!("{semicolon}\n{indent}}}")),
        ]);
    }
    let moved = moved.join("\n");
    let text = format!("{{\n{inner}{statement}\n{moved}{semicolon}\n{indent}}}");
    let whole = TextRange::new(body.start, body.end + comma);
    Some(vec![edit(subject, whole, text)])
}

/// What happens in a part of a function besides its own writes.
pub(super) struct Meanwhile<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) subject: Subject<'a>,
    /// The statements that run while lines wait.
    pub(super) part: &'a [Statement],
    /// The writes themselves.
    pub(super) own: Vec<TextRange>,
}

impl Meanwhile<'_> {
    /// Where to flush; `None` where that is impossible, or would be needed in each turn of a loop.
    pub(super) fn points(&self) -> Option<Vec<Point>> {
        let mut points = Vec::new();
        for other in self.others()? {
            if !self.waits_before(other) {
                continue;
            }
            let point = self.point_before(other)?;
            let written_before =
                |own: &&TextRange| point.range().contains(**own) && own.start < other.start;
            if self.own.iter().any(|own| written_before(&own)) {
                return None;
            }
            points.push(point);
        }
        points.sort();
        points.dedup();
        // Of two that begin at the same place the outer one is enough.
        let within = |point: &Point| {
            let outer = |other: &&Point| {
                other.range() != point.range() && other.range().contains(point.range())
            };
            points.iter().find(outer).is_some_and(|outer| {
                outer.range().start == point.range().start || matches!(outer, Point::Arm(_))
            })
        };
        let mut kept: Vec<Point> = Vec::new();
        let mut last = None;
        for point in points.iter().filter(|point| !within(point)) {
            // What was flushed before the statement above is still empty.
            if !last.is_some_and(|last| self.follows(last, *point)) {
                kept.push(*point);
            }
            last = Some(*point);
        }
        Some(kept)
    }

    /// Whether one statement comes right behind another that writes nothing.
    fn follows(&self, one: Point, next: Point) -> bool {
        let (Point::Statement(one), Point::Statement(next)) = (one, next) else {
            return false;
        };
        let between = TextRange::new(one.end.min(next.start), next.start);
        let text = self.subject.text_of(between);
        let writes = self.own.iter().any(|own| one.contains(*own));
        one.end <= next.start && text.trim().is_empty() && !writes
    }

    /// Whether lines may wait when `other` comes: it stands behind a write, or in a loop with one.
    fn waits_before(&self, other: TextRange) -> bool {
        let loops = self.subject.flow.loops.iter().map(|it| it.range);
        let turned = loops.filter(|around| self.is_within(*around) && around.contains(other));
        let turned: Vec<TextRange> = turned.collect();
        self.own
            .iter()
            .any(|own| own.start < other.start || turned.iter().any(|around| around.contains(*own)))
    }

    fn is_within(&self, range: TextRange) -> bool {
        self.part.iter().any(|it| it.range.contains(range))
    }

    /// What others may see or do; `None` if lines would come in another order whatever is flushed.
    fn others(&self) -> Option<Vec<TextRange>> {
        let Self {
            context, subject, ..
        } = self;
        let flow = subject.flow;
        let within = |range: &TextRange| self.is_within(*range);
        let mut found: Vec<TextRange> = flow
            .acts
            .iter()
            .filter(|act| act.kind == ActKind::Others)
            .map(|act| act.range)
            .filter(within)
            .collect();
        for call in flow.calls.iter().filter(|call| within(&call.range)) {
            if context.usages.prints(call.callee) {
                if !call.loops.is_empty() {
                    return None;
                }
                found.push(call.range);
            } else if context.usages.meets_others(call.callee) {
                // What it is given to write to holds its lines back.
                if self.own.contains(&call.range) {
                    return None;
                }
                found.push(call.range);
            }
        }
        for event in flow.events.iter().filter(|event| within(&event.range)) {
            let handles = event.origins.iter().map(|id| flow.origin(*id).ty.handle());
            for handle in handles {
                match handle {
                    Handle::Stderr => found.push(event.range),
                    Handle::Stdout
                        if !self
                            .own
                            .iter()
                            .any(|own| event.range.contains(*own) || own.contains(event.range)) =>
                    {
                        return None;
                    }
                    _ => {}
                }
            }
        }
        let runs_own_code = |it: &crate::flow::Loop| it.runs_own_code && within(&it.range);
        if flow.loops.iter().any(runs_own_code) {
            return None;
        }
        for statement in self.part {
            expressions_of(statement, &mut |expr| {
                if let ExprKind::Macro(mac) = &expr.kind
                    && TO_STDERR.contains(&mac.name.as_str())
                {
                    found.push(expr.range);
                }
                true
            });
        }
        Some(found)
    }

    /// The innermost place before `other` where a statement can stand, if `other` does not come in each turn of a loop.
    fn point_before(&self, other: TextRange) -> Option<Point> {
        let mut search = Search {
            other,
            point: None,
            in_loop: false,
            conditional: false,
            lost: false,
        };
        for statement in self.part.iter().filter(|it| it.range.contains(other)) {
            search.statement(statement);
        }
        if search.lost || search.in_loop && !search.conditional {
            return None;
        }
        search.point
    }
}

/// The way down to an expression.
struct Search {
    other: TextRange,
    point: Option<Point>,
    in_loop: bool,
    conditional: bool,
    lost: bool,
}

impl Search {
    fn block(&mut self, block: &Block) {
        let other = self.other;
        for statement in block
            .statements
            .iter()
            .filter(|it| it.range.contains(other))
        {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        self.point = Some(Point::Statement(statement.range));
        match &statement.kind {
            StatementKind::Let {
                initializer,
                otherwise,
                ..
            } => {
                initializer.iter().for_each(|expr| self.expr(expr));
                if let Some(otherwise) = otherwise
                    && otherwise.range.contains(self.other)
                {
                    self.conditional = true;
                    self.expr(otherwise);
                }
            }
            StatementKind::Expr { expr, .. } => self.expr(expr),
            StatementKind::Item => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let other = self.other;
        if !expr.range.contains(other) || expr.range == other {
            return;
        }
        match &expr.kind {
            ExprKind::Loop {
                condition, body, ..
            } if !expr_contains(condition.as_deref(), other) => {
                if body.range.contains(other) {
                    self.in_loop = true;
                    self.conditional = false;
                    self.block(body);
                } else {
                    self.below(expr);
                }
            }
            // It comes in each turn, or in another function.
            ExprKind::Loop { .. } | ExprKind::Closure(_) | ExprKind::Async(_) => self.lost = true,
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => {
                if condition.range.contains(other) {
                    return self.expr(condition);
                }
                self.conditional = true;
                if then.range.contains(other) {
                    self.block(then);
                } else if let Some(otherwise) = otherwise {
                    self.expr(otherwise);
                }
            }
            ExprKind::Match { scrutinee, arms } => {
                if scrutinee.range.contains(other) {
                    return self.expr(scrutinee);
                }
                self.conditional = true;
                for arm in arms.iter().filter(|arm| arm.body.range.contains(other)) {
                    if !matches!(arm.body.kind, ExprKind::Block(_)) {
                        self.point = Some(Point::Arm(arm.body.range));
                    }
                    self.expr(&arm.body);
                }
            }
            ExprKind::Block(block) => self.block(block),
            _ => self.below(expr),
        }
    }

    fn below(&mut self, expr: &Expr) {
        let mut children = Vec::new();
        walk::children(expr, &mut |child| children.push(child), &mut |_| {});
        children.into_iter().for_each(|child| self.expr(child));
    }
}

fn expr_contains(expr: Option<&Expr>, range: TextRange) -> bool {
    expr.is_some_and(|expr| expr.range.contains(range))
}

/// Calls `visit` on the expressions of a statement, those below included, while it returns true.
pub(super) fn expressions_of<'a>(
    statement: &'a Statement,
    visit: &mut dyn FnMut(&'a Expr) -> bool,
) {
    match &statement.kind {
        StatementKind::Let {
            initializer,
            otherwise,
            ..
        } => {
            let all = initializer.iter().chain(otherwise.as_deref());
            all.for_each(|expr| walk::expressions(expr, visit));
        }
        StatementKind::Expr { expr, .. } => walk::expressions(expr, visit),
        StatementKind::Item => {}
    }
}

/// The innermost block with a statement that has exactly that range, and the statement's position.
pub(super) fn home_of(subject: Subject<'_>, statement: TextRange) -> Option<(&Block, usize)> {
    let mut found = None;
    visit_blocks(subject.body, &mut |block| {
        if let Some(position) = block.statements.iter().position(|it| it.range == statement) {
            found = Some((block, position));
        }
    });
    found
}
