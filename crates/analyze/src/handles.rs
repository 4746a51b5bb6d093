//! Bare handles that small operations reach: what the three `unbuffered_*` rules have in common.

use model::{Evidence, EvidenceKind, Operation, RuleMeta};

use crate::context::{
    Context, Draft, Subject, Verdicts, chain_evidence, evidence, labels, workload,
};
use crate::edits;
use crate::flow::{Direction, Event, EventKind, FEW, Origin, OriginId, OriginKind, RECEIVER};
use crate::rules::{manual_copy_loop, unbuffered_read, unbuffered_serde, unbuffered_write};
use crate::syntax::TextRange;
use crate::types::{Handle, Ty};
use crate::usage::{Usage, Weight, Witness};

mod formats;
mod in_memory;
mod little;

use little::little;

/// What a rule keeps of the findings about bare handles.
pub(crate) fn check(
    context: &Context<'_>,
    subject: Subject<'_>,
    rule: &'static RuleMeta,
    verdicts: &mut Verdicts,
) {
    for id in subject.flow.ids() {
        let origin = subject.flow.origin(id);
        if !origin.ty.handle().is_bare() || !is_made_here(context, subject, id) {
            continue;
        }
        // At a terminal somebody reads each piece and answers it.
        if subject.text_of(origin.opened).contains("\"/dev/tty\"") {
            continue;
        }
        let usage =
            context
                .usages
                .usage(context.index, context.effects, subject.id, subject.flow, id);
        let mut found = false;
        let loops = match usage.witnesses().next() {
            Some(_) => manual_copy_loop::copy_loops(context, subject),
            None => Vec::new(),
        };
        for (direction, witness) in usage.witnesses() {
            // A copy through a small buffer needs no second buffer, but `io::copy`.
            let copied = |event: &TextRange| loops.iter().any(|it| it.range.contains(*event));
            if witness.events.iter().all(copied) {
                continue;
            }
            // Between seeks a buffer is thrown away: that is for another rule.
            let seeks = usage.sought
                && direction == Direction::Read
                && witness.chain.len() == 1
                && seeks_in_loop(subject, id);
            if !seeks && rule_of(direction, witness).name == rule.name {
                let answers = usage.written;
                verdicts.drafts.push(draft(
                    context, subject, id, direction, witness, answers, rule,
                ));
                found = true;
            }
        }
        if !found && rule.name == direction_rule(origin).name {
            note_fine(subject, origin, &usage, rule, verdicts);
        }
    }
}

pub(crate) fn seeks_in_loop(subject: Subject<'_>, id: OriginId) -> bool {
    let seeks =
        |event: &Event| matches!(event.kind, EventKind::Seek { .. }) && !event.loops.is_empty();
    subject.flow.events_on(id).any(seeks)
}

/// Whether this is where the handle comes from, as far as the workspace can tell.
pub(crate) fn is_made_here(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> bool {
    let origin = subject.flow.origin(id);
    match &origin.kind {
        OriginKind::Open { .. } | OriginKind::Opaque | OriginKind::CallResult(_) => true,
        // A parameter of a concrete type: reported here only if no caller in the workspace makes the handle.
        OriginKind::Parameter(position) if *position != RECEIVER => {
            matches!(origin.ty, Ty::External(..))
                && context.usages.callers(subject.id, *position).is_empty()
                && !is_adapter(subject)
        }
        _ => false,
    }
}

/// An implementation of `Read` or `Write` passes on what it is told: its user decides.
fn is_adapter(subject: Subject<'_>) -> bool {
    matches!(
        subject.data.of_trait.as_deref(),
        Some("Read" | "Write" | "Seek" | "BufRead")
    )
}

fn rule_of(direction: Direction, witness: &Witness) -> &'static RuleMeta {
    match (direction, witness.serde.is_some()) {
        (_, true) => &unbuffered_serde::META,
        (Direction::Read, false) => &unbuffered_read::META,
        (Direction::Write, false) => &unbuffered_write::META,
    }
}

fn direction_rule(origin: &Origin) -> &'static RuleMeta {
    match &origin.kind {
        OriginKind::Open { api } if api.ends_with("::open") => &unbuffered_read::META,
        _ => &unbuffered_write::META,
    }
}

fn draft(
    context: &Context<'_>,
    subject: Subject<'_>,
    id: OriginId,
    direction: Direction,
    witness: &Witness,
    answers: bool,
    rule: &'static RuleMeta,
) -> Draft {
    let origin = subject.flow.origin(id);
    let span = subject.span(origin.range);
    let mut proof: Vec<Evidence> = vec![origin_evidence(subject, origin)];
    proof.extend(chain_evidence(&witness.chain));
    proof.push(weight_evidence(context, subject, origin, witness));
    let few = little(context, subject, origin, direction, witness, answers);
    proof.extend(few.map(|note| evidence(EvidenceKind::SmallWork, span, note)));
    let what = match origin.ty.handle() {
        Handle::Socket => "socket",
        Handle::Pipe => "pipe",
        _ => "file",
    };
    let format = witness.serde.as_ref().map(|serde| &serde.krate);
    let message = match (direction, format) {
        (Direction::Read, Some(format)) => {
            format!("`{format}` reads this {what} byte by byte: there is no buffer between")
        }
        (Direction::Write, Some(format)) => {
            format!("`{format}` writes this {what} token by token: there is no buffer between")
        }
        (Direction::Read, None) => format!("this {what} is read in small pieces without a buffer"),
        (Direction::Write, None) => {
            format!("this {what} is written in small pieces without a buffer")
        }
    };
    let variant = match &witness.serde {
        Some(serde) => formats::variant(serde, direction),
        None => Some("default"),
    };
    // A pipe or socket has somebody waiting at its other end.
    let fix = match (origin.ty.handle(), direction) {
        (Handle::File, Direction::Read) => edits::read_fix(context, subject, id),
        (Handle::File, Direction::Write) => edits::write_fix(context, subject, id),
        _ => None,
    };
    let alternative = match direction {
        Direction::Read => in_memory::fix(context, subject, id),
        Direction::Write => None,
    };
    Draft {
        rule,
        operation: match direction {
            Direction::Read => Operation::Read,
            Direction::Write => Operation::Write,
        },
        function: subject.id,
        span,
        message,
        related: labels(&witness.chain),
        evidence: proof,
        alternatives: alternative.into_iter().collect(),
        workload: variant
            .map(|variant| workload(rule.name, variant).in_pieces(witness.piece.map(u64::from))),
        fix,
    }
}

pub(crate) fn origin_evidence(subject: Subject<'_>, origin: &Origin) -> Evidence {
    let span = subject.span(origin.range);
    match &origin.kind {
        OriginKind::Open { api } => evidence(
            EvidenceKind::Constructor,
            span,
            format!("`{api}` makes it, without a buffer"),
        ),
        OriginKind::CallResult(_) => evidence(
            EvidenceKind::Constructor,
            span,
            format!("the call returns a bare `{}`", type_name(&origin.ty)),
        ),
        OriginKind::Opaque => evidence(
            EvidenceKind::CompilerType,
            span,
            format!("rustc: its type is `{}`", type_name(&origin.ty)),
        ),
        _ => evidence(
            EvidenceKind::DeclaredType,
            span,
            format!("it is declared as `{}`", type_name(&origin.ty)),
        ),
    }
}

/// So many operations on a handle cost little more than making it.
const ONCE: u64 = 2 * FEW;

fn weight_evidence(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    witness: &Witness,
) -> Evidence {
    let span = subject.span(origin.range);
    if !witness.weight.is_many() {
        return evidence(
            EvidenceKind::SmallWork,
            span,
            "only a handful of small operations reach it",
        );
    }
    let may_repeat = subject.flow.repeats(&origin.loops, &[])
        || context.usages.is_hot(subject.id)
        || context.index.is_exported(subject.id);
    if !may_repeat && matches!(witness.weight, Weight::Times(times) if times <= ONCE) {
        return evidence(
            EvidenceKind::Summary,
            span,
            "some small operations reach it, and no loop makes it or calls what does",
        );
    }
    if witness.chunks {
        return evidence(
            EvidenceKind::SmallWork,
            span,
            "how much each operation moves is not known, and blocks need no buffer",
        );
    }
    evidence(
        EvidenceKind::Repeated,
        span,
        "many small operations reach it, and each is a system call",
    )
}

fn type_name(ty: &Ty) -> String {
    match ty {
        Ty::External(path, _) => path.clone(),
        Ty::OneOf(all) => all.iter().map(type_name).collect::<Vec<_>>().join("` or `"),
        _ => "handle".to_owned(),
    }
}

fn note_fine(
    subject: Subject<'_>,
    origin: &Origin,
    usage: &Usage,
    rule: &RuleMeta,
    verdicts: &mut Verdicts,
) {
    if !matches!(origin.kind, OriginKind::Open { .. }) || usage.witnesses().next().is_some() {
        return;
    }
    if let Some(buffers) = &usage.buffers {
        verdicts.fine(rule, subject.span(origin.range), buffers.note.clone());
    }
}
