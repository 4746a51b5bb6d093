//! A question whether a file is there, and then the call that would have said so.

use model::{Applicability, Evidence, EvidenceKind, Fix, Label};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::data_loop::data_loop;
use crate::edits::{self, edit};
use crate::flow::{PathUse, PathUseKind};
use crate::invariance::{Turn, loop_at};
use crate::says::{self, DEEPEST, STARTS_PROCESS};
use crate::syntax::{Block, Expr, ExprKind, Statement, StatementKind, TextRange, walk};
use crate::words::words;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "exists_then_open",
    operations: &[model::Operation::Metadata, model::Operation::Network],
    summary: "a file is looked up to learn whether it is there, and then looked up again",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`exists()`, `try_exists()` or `is_file()` as a condition, and under it a call that \
            opens, reads, makes or removes the same path: in the branch, or behind a branch that \
            leaves if there is none. In a loop or a function that a loop calls it is shown; where \
            it runs once, or each turn copies a file or starts a process, it is kept at low confidence, \
            since one look-up is nothing that is noticed. Left alone are: a question whose answer decides between other things, a \
            question about another path, `is_dir()` before a walk, and a message to the user in \
            place of the call.",
        why_slow: "Each question walks the path and asks the file system, and the call behind it \
            does the same again. On a network file system that is a second round trip for each \
            file. Between the two the file can come or go: the branch is no proof of anything, so \
            that the error has to be handled at the second call anyway.",
        when_not_faster: "Where the file is missing nearly always, there is one call either way. A \
            local file whose attributes are in memory is asked about in a microsecond or two.",
        fix_safety: "`if !path.exists() { fs::create_dir_all(path)?; }` becomes \
            `fs::create_dir_all(path)?;`, which makes what is missing and is content with a \
            directory that is there. It is `maybe-incorrect`: where a file stands at the path the \
            question was answered with yes and nothing happened, and now there is an error. \
            Everything else is only reported, because what a missing file means, and what error is \
            made of it, has to be written anew: `match File::open(path)` with an arm for \
            `ErrorKind::NotFound`.",
        example: model::Example {
            before: r"use std::fs;
use std::io;
use std::path::PathBuf;

pub fn make(directories: &[PathBuf]) -> io::Result<()> {
    for directory in directories {
        if !directory.exists() {
            fs::create_dir_all(directory)?;
        }
    }
    Ok(())
}
",
            after: r"use std::fs;
use std::io;
use std::path::PathBuf;

pub fn make(directories: &[PathBuf]) -> io::Result<()> {
    for directory in directories {
        fs::create_dir_all(directory)?;
    }
    Ok(())
}
",
        },
        references: &[
            "[std::fs: time of check to time of use](https://doc.rust-lang.org/std/fs/index.html#time-of-check-to-time-of-use-toctou)",
            "[Path::exists](https://doc.rust-lang.org/std/path/struct.Path.html#method.exists)",
            "[std::io::ErrorKind](https://doc.rust-lang.org/std/io/enum.ErrorKind.html)",
            "[stat(2)](https://man7.org/linux/man-pages/man2/stat.2.html)",
        ],
    },
};

/// The call comes that soon after the question, in statements: what lies between is not done for a missing file.
const SOON: usize = 2;

/// The call comes that soon after the question, in lines.
const NEAR: usize = 10;

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    if questions(subject).next().is_none() {
        return;
    }
    edits::visit_blocks(subject.body, &mut |block| {
        for (position, statement) in block.statements.iter().enumerate() {
            let (StatementKind::Expr { expr, .. }
            | StatementKind::Let {
                initializer: Some(expr),
                ..
            }) = &statement.kind
            else {
                continue;
            };
            let rest = &block.statements[position + 1..];
            let mut next = Some(expr);
            while let Some(expr) = next {
                verdicts.drafts.extend(judge(context, subject, expr, rest));
                next = branch(expr).and_then(|(_, _, otherwise)| otherwise);
            }
        }
    });
}

fn questions(subject: Subject<'_>) -> impl Iterator<Item = &PathUse> {
    let uses = subject.flow.path_uses.iter();
    uses.filter(|one| one.kind == PathUseKind::Question)
}

/// `rest` are the statements behind the branch.
fn judge(
    context: &Context<'_>,
    subject: Subject<'_>,
    expr: &Expr,
    rest: &[Statement],
) -> Option<Draft> {
    let (condition, then, otherwise) = branch(expr)?;
    let (question, there) =
        questions(subject).find_map(|one| Some((one, asks(condition, one)?)))?;
    // A directory is answered like a missing file, and opened like a file.
    let parts_kinds = otherwise.is_some() || !there && fails(subject, then);
    if question.api == "is_file" && (parts_kinds || !is_named(subject, question)) {
        return None;
    }
    let within = |statements: &[Statement], there: bool| {
        statements.iter().take(SOON).find_map(|statement| {
            let uses = subject.flow.path_uses.iter();
            let mut same = uses.filter(|one| statement.range.contains(one.range));
            same.find(|one| follows(one.kind, there) && is_same(subject, question, one))
        })
    };
    if there {
        let act = within(&then.statements, true)?;
        return Some(draft(context, subject, question, act, None));
    }
    if let Some(act) = within(&then.statements, false) {
        let fix = match otherwise {
            None => without_question(subject, expr, then, act),
            Some(_) => None,
        };
        return Some(draft(context, subject, question, act, fix));
    }
    let act = match otherwise.map(|otherwise| &otherwise.kind) {
        Some(ExprKind::Block(block)) => within(&block.statements, true),
        Some(_) => None,
        None if leaves(then) => within(rest, true),
        None => None,
    }?;
    Some(draft(context, subject, question, act, None))
}

/// Whether the path is put together from a name that the code knows, so that a file is what is expected there; among the
/// entries of a directory the question parts files from directories.
fn is_named(subject: Subject<'_>, question: &PathUse) -> bool {
    let name = key(subject, question);
    let text = subject.text_of(subject.body.range);
    let made = text
        .split_once(&format!("let {name} = "))
        .and_then(|(_, rest)| rest.split(';').next());
    made.is_some_and(|made| made.contains(".join(") || made.contains(".with_"))
}

/// Whether a branch makes an error of its own.
fn fails(subject: Subject<'_>, block: &Block) -> bool {
    let text = subject.text_of(block.range);
    text.contains("Err(") || text.contains('!')
}

/// Whether the path that was asked about is used as it is.
fn is_same(subject: Subject<'_>, question: &PathUse, act: &PathUse) -> bool {
    let name = key(subject, question);
    let between = TextRange::new(question.range.end, act.range.start.max(question.range.end));
    let changed = [".push(", ".pop(", ".set_", " = "].iter().any(|change| {
        subject
            .text_of(between)
            .contains(&format!("{name}{change}"))
    });
    let lines = subject.text_of(between).matches('\n').count();
    name == key(subject, act) && !changed && lines <= NEAR
}

/// An `if`, as a statement or the value of one.
fn branch(expr: &Expr) -> Option<(&Expr, &Block, Option<&Expr>)> {
    match &expr.kind {
        ExprKind::If {
            condition,
            then,
            otherwise,
        } => Some((condition, then, otherwise.as_deref())),
        ExprKind::Assign { right: inner, .. } | ExprKind::Return(Some(inner)) => branch(inner),
        _ => None,
    }
}

/// Whether a condition is a question to a path, and whether it holds if there is something.
fn asks(condition: &Expr, question: &PathUse) -> Option<bool> {
    match &condition.kind {
        _ if condition.range == question.range => Some(true),
        ExprKind::Unary(inner) => asks(inner, question).map(|there| !there),
        ExprKind::Try(inner) => asks(inner, question),
        ExprKind::Method { receiver, name, .. } if name.starts_with("unwrap") => {
            asks(receiver, question)
        }
        _ => None,
    }
}

/// Whether a call does the work of the question, under the answer that something is there or that nothing is.
fn follows(kind: PathUseKind, there: bool) -> bool {
    match kind {
        PathUseKind::Open | PathUseKind::Read | PathUseKind::Remove => there,
        PathUseKind::CreateDirectory => !there,
        PathUseKind::Options | PathUseKind::Parse | PathUseKind::Create | PathUseKind::Question => {
            false
        }
    }
}

/// The path as text, without what only borrows or copies it.
fn key<'a>(subject: Subject<'a>, one: &PathUse) -> &'a str {
    let mut text = subject.text[one.path.at()].trim();
    loop {
        let before = text;
        text = text.trim_start_matches(['&', '*']);
        for suffix in [".clone()", ".as_path()", ".as_ref()", ".to_path_buf()"] {
            text = text.strip_suffix(suffix).unwrap_or(text);
        }
        for prefix in ["Path::new(", "std::path::Path::new(", "PathBuf::from("] {
            let inner = text.strip_prefix(prefix);
            let inner = inner.and_then(|rest| rest.strip_suffix(')'));
            text = inner.unwrap_or(text);
        }
        if text == before {
            return text;
        }
    }
}

/// Whether a block ends by leaving what is around it.
fn leaves(block: &Block) -> bool {
    let Some(StatementKind::Expr { expr, .. }) =
        block.statements.last().map(|statement| &statement.kind)
    else {
        return false;
    };
    match &expr.kind {
        ExprKind::Return(_) | ExprKind::Continue | ExprKind::Break(_) => true,
        ExprKind::Macro(mac) => matches!(mac.name.as_str(), "bail" | "panic"),
        _ => false,
    }
}

/// `create_dir_all` without asking first, where nothing else stands in the branch.
fn without_question(
    subject: Subject<'_>,
    whole: &Expr,
    then: &Block,
    act: &PathUse,
) -> Option<Fix> {
    let [statement] = then.statements.as_slice() else {
        return None;
    };
    let StatementKind::Expr { expr, semicolon } = &statement.kind else {
        return None;
    };
    let ExprKind::Try(made) = &expr.kind else {
        return None;
    };
    let text = subject.text_of(statement.range);
    let whole_text = subject.text_of(whole.range);
    let plain = act.api.ends_with("::create_dir_all")
        && made.range == act.range
        && *semicolon
        && whole_text.starts_with("if ")
        && !text.contains('\n')
        && !edits::has_comment(whole_text);
    let change = plain.then(|| edit(subject, whole.range, text))?;
    edits::fix(
        "make the directory without asking",
        Applicability::MaybeIncorrect,
        vec![change],
    )
}

fn draft(
    context: &Context<'_>,
    subject: Subject<'_>,
    question: &PathUse,
    act: &PathUse,
    fix: Option<Fix>,
) -> Draft {
    let span = subject.span(question.range);
    let name = act.api.rsplit("::").next().unwrap_or(&act.api);
    Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message: format!("`{name}` finds out itself whether the file is there"),
        related: vec![Label {
            span: subject.span(act.range),
            text: "here the same path is looked up again".to_owned(),
        }],
        evidence: vec![
            evidence(
                EvidenceKind::ResolvedPath,
                subject.span(act.range),
                format!("`{}` is given the path that was asked about", act.api),
            ),
            weight(context, subject, question),
        ],
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "default")),
        fix,
    }
}

/// One question is little work; one for each item of a loop is not.
fn weight(context: &Context<'_>, subject: Subject<'_>, question: &PathUse) -> Evidence {
    let span = subject.span(question.range);
    let in_loop = subject.flow.repeats(&question.loops, &[]);
    if in_loop && is_now_and_then(subject, question) {
        let note = "it runs where something has changed since the turn before";
        return evidence(EvidenceKind::SmallWork, span, note);
    }
    let around = match question.loops.last() {
        Some(innermost) if in_loop => Some((subject, *innermost)),
        _ => called_for_each(context, subject),
    };
    let Some((caller, innermost)) = around else {
        let note = "it runs once, as far as is known";
        return evidence(EvidenceKind::SmallWork, span, note);
    };
    let text = subject.text_of(subject.body.range);
    if text.contains("fs::copy(")
        || says::loop_says(context, caller, innermost, &[STARTS_PROCESS], DEEPEST)
    {
        let note = "each turn copies files or starts a process, which takes far longer";
        return evidence(EvidenceKind::SmallWork, span, note);
    }
    let note = match in_loop {
        true => "it runs in a loop",
        false => "a loop calls the function for each item",
    };
    evidence(EvidenceKind::Repeated, span, note)
}

/// Whether a question stands under a condition on what is set beside it, so that the next turns do not come to it.
fn is_now_and_then(subject: Subject<'_>, question: &PathUse) -> bool {
    let mut found = false;
    walk::block_expressions(subject.body, &mut |expr| {
        let ExprKind::If {
            condition,
            then,
            otherwise,
        } = &expr.kind
        else {
            return true;
        };
        let branches = otherwise.iter().map(|other| other.range);
        let mut branches = branches.chain([then.range]);
        if let Some(branch) = branches.find(|branch| branch.contains(question.range)) {
            let condition = subject.text_of(condition.range);
            let branch = subject.text_of(branch);
            found |= words(condition).any(|(_, word)| {
                word.starts_with(char::is_alphabetic) && branch.contains(&format!(" {word} = "))
            });
        }
        !found
    });
    found
}

/// The loop that calls the function with something else in each turn, and the function it stands in.
fn called_for_each<'a>(context: &Context<'a>, subject: Subject<'_>) -> Option<(Subject<'a>, u32)> {
    let heat = context.usages.heat(subject.id);
    let heat = heat.filter(|heat| heat.depth == 1)?;
    let caller = context.subject(heat.caller)?;
    let calls = caller.flow.calls.iter();
    let (around, innermost) = calls
        .filter(|call| call.range == heat.call)
        .find_map(|call| {
            let around = data_loop(caller, &call.loops, &[])?;
            Some((around.range, *call.loops.last()?))
        })?;
    let turn = Turn::new(caller, loop_at(caller, around)?);
    let called = walk::at(caller.body, heat.call, |kind| {
        matches!(kind, ExprKind::Call { .. } | ExprKind::Method { .. })
    })?;
    let (ExprKind::Call { arguments, .. } | ExprKind::Method { arguments, .. }) = &called.kind
    else {
        return None;
    };
    let varies = arguments.iter().any(|argument| !turn.keeps(argument));
    varies.then_some((caller, innermost))
}
