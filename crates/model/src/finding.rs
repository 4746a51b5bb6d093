//! What the audit says of one place.

use crate::{Fix, Headline, Measurement, Operation, RuleMeta, Span, WorkloadId};

/// Names a finding across runs: made from the rule, the path and the content of the place, not from its line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(pub String);

/// How sure the audit is that the pattern is there and runs more than a few times.
///
/// It does not say whether a fix keeps meaning ([`crate::Applicability`]) nor what the fix is worth ([`Measurement`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Something about the place is not known, or it does little.
    Low,
    /// The pattern is there as far as syntax and summaries tell.
    Medium,
    /// Every link of the chain is known.
    High,
}

/// What kind of knowledge a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKind {
    /// A path was resolved to the item it names.
    ResolvedPath,
    /// The expression that made the handle was seen.
    Constructor,
    /// The handle's type follows from a bound or a declaration only.
    DeclaredType,
    /// rustc said what the type is.
    CompilerType,
    /// The place lies in a loop, or works on data of unbounded size.
    Repeated,
    /// A function of this workspace passes the handle on.
    Summary,
    /// The table of dependencies says what the callee does with the handle.
    EffectTable,
    /// Only the name of a method speaks for it.
    MethodNameOnly,
    /// The place does a small, fixed amount of work.
    SmallWork,
    /// The place is not compiled under the conditions of this run.
    NotCompiled,
    /// The place is test, example, benchmark or build-script code.
    NotProduction,
}

/// One clause of the argument for a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What kind of knowledge it is; the confidence follows from the kinds.
    pub kind: EvidenceKind,
    /// Where it was seen.
    pub span: Option<Span>,
    /// The clause: lower case, no full stop.
    pub note: String,
}

/// A further place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there: lower case, no full stop.
    pub text: String,
}

/// Why a finding is not shown by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suppression {
    /// A comment at the place allows it.
    Comment,
    /// The configuration allows it.
    Config,
    /// It was there when the baseline was written.
    Baseline,
}

/// How much of a traced command's time went to a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TraceWeight {
    /// System calls made from the place.
    pub calls: u64,
    /// Bytes that they moved.
    pub bytes: u64,
    /// Time spent in them, in nanoseconds.
    pub time_ns: u64,
    /// Share of the command's elapsed time, 0 to 1.
    pub share: f64,
}

/// One place that does I/O in a slow or lossy way.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Its name across runs.
    pub id: FindingId,
    /// The rule that found it.
    pub rule: &'static RuleMeta,
    /// The operation it belongs to.
    pub operation: Operation,
    /// The place.
    pub span: Span,
    /// Further places, the most telling first.
    pub related: Vec<Label>,
    /// `module::path::name` of the function around it.
    pub function: String,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// The argument, one clause each.
    pub evidence: Vec<Evidence>,
    /// How sure the audit is; follows from the evidence.
    pub confidence: Confidence,
    /// The model of this pattern that is measured, if one fits.
    pub workload: Option<WorkloadId>,
    /// Why nothing is measured for it, where that is known beforehand: lower case, no full stop.
    pub no_figure: Option<String>,
    /// What the suggestion is worth on this host.
    pub headline: Option<Headline>,
    /// Every size and candidate that was measured for it.
    pub measurements: Vec<Measurement>,
    /// Its weight in a trace of the user's own command.
    pub trace: Option<TraceWeight>,
    /// The rewrite, where one can be offered.
    pub suggestion: Option<Fix>,
    /// Faster or safer rewrites than the suggested one, and ways that measured faster, which have no text: those after the others,
    /// the fastest first.
    pub alternatives: Vec<Fix>,
    /// Why it is not shown by default.
    pub suppressed: Option<Suppression>,
}
