//! The vocabulary that every other crate speaks: plain values, public fields, no logic beyond accessors, no I/O and no
//! serialized form. Data flows through these types in one direction, from source text to report:
//! [`SourceFile`] → [`Finding`] (with its [`Fix`]) → [`Patch`] → [`Audit`].

mod audit;
mod environment;
mod finding;
mod fix;
mod host;
mod measurement;
mod rule;
mod source;

pub use audit::{
    Analysis, AppliedFix, Audit, Failure, Fine, NotAnalysed, NotApplied, OnlineSources, Project,
    Types,
};
pub use environment::{Capability, DirectIo, Environment, FileSystem};
pub use finding::{
    Confidence, Evidence, EvidenceKind, Finding, FindingId, Label, Suppression, TraceWeight,
};
pub use fix::{Applicability, DependencySource, Edit, Fix, NewFile, Patch, Requirement, Verified};
pub use host::{HostFigure, HostFigures, HostWork};
pub use measurement::{Cache, Headline, Measurement, Outcome, Ratio, WorkloadId};
pub use rule::{Example, FixAvailability, Operation, RuleDocs, RuleMeta};
pub use source::{FileId, SourceFile, Sources, Span, TargetKind};
