//! The audit as JSON, schema version 1. The schema grows by addition: a field keeps its name, place and meaning.

mod finding;
mod host;

use std::collections::BTreeMap;

use model::{Audit, Confidence, Types};
use serde::Serialize;

use crate::places::Places;
use crate::view;

/// Version of the schema, as in the field `schema_version`.
pub const SCHEMA_VERSION: u32 = 1;

/// The host as one JSON object: the fields `schema_version` and `host` of [`json`].
#[must_use]
pub fn host_json(environment: &model::Environment, host: &model::HostFigures) -> String {
    #[derive(Serialize)]
    struct Wire<'a> {
        schema_version: u32,
        host: host::WireHost<'a>,
    }
    text(&Wire {
        schema_version: SCHEMA_VERSION,
        host: host::WireHost::new(environment, host),
    })
}

/// The audit as one JSON object, indented, with a newline at its end; the fields and their order are fixed, and text is
/// given as it is, without the replacements that a terminal needs.
///
/// ```text
/// { "schema_version": 1,
///   "tool": {"name", "version"},
///   "project": {"root", "packages": [name]},
///   "analysis": {"types": "rustc" | "syntax", "files", "lines", "elapsed_ms", "not_analysed": [{"path", "reason"}]},
///   "host": {"system", "architecture", "processor", "cores", "memory_bytes", "memory_limit_bytes", "load" | null, "page_bytes",
///            "io_uring": capability,
///            "file_system": {"directory", "kind", "mount_point", "device", "network", "available_bytes" | null,
///                            "reflink": capability, "copy_file_range": capability, "direct_io": capability,
///                            "direct_io_memory_alignment", "direct_io_offset_alignment"},
///            "figures": [{"work", "bytes", "cache": "warm" | "cold" | null, "time_ns", "quartiles_ns": [lower, upper],
///                         "bytes_per_s", "samples"}],
///            "strategies": [{"work", "description", "measurements": as of a finding}],
///            "limits": [clause], "advice": [clause], "notes": [clause]} | null,
///   "findings": [{
///     "id", "rule", "operation", "path", "line", "column", "end_line", "end_column", "span": {"start", "end"},
///     "function", "message", "why": [clause], "related": [{"path", "line", "column", "label"}],
///     "confidence": "low" | "medium" | "high",
///     "measurement": measurement | null,
///     "measurements": [{"method", "role": "pattern" | "suggestion" | "alternative", "size", "cache", "time_ns",
///                       "bytes_per_s" | null, "ratio", "ratio_ci", "samples"}],
///     "measurement_note": clause | null,
///     "trace": {"calls", "bytes", "time_ns", "share"} | null,
///     "suggestion": suggestion | null,
///     "alternatives": [suggestion with "measurement": measurement | null],
///     "suppressed": null | "comment" | "config" | "baseline" }],
///   "applied": [id],
///   "not_applied": [{"id", "reason"}],
///   "failures": [{"what", "fallback", "look_with" | null}],
///   "summary": {"findings", "suppressed", "by_rule": {rule: count}, "by_confidence": {"low", "medium", "high"}} }
///
/// capability: {"status": "supported" | "refused" | "unknown", "reason": text | null}
/// measurement: {"workload", "method", "size", "baseline_ns", "optimized_ns", "ratio", "ratio_ci": [low, high], "samples",
///               "cache": "warm" | "cold", "worth_it"}
/// suggestion: {"title", "applicability": "machine-applicable" | "maybe-incorrect" | "has-placeholders",
///              "edits": [{"path", "start", "end", "replacement"}], "creates": [{"path", "contents"}],
///              "requires": [{"dependency", "version", "path"?, "bundled"?} | {"feature"}], "verified": "no" | "compiled" | "tested"}
/// ```
///
/// Paths are relative to the workspace root and separated by `/`. Lines and columns count from 1, columns in characters;
/// `span`, `start` and `end` are byte offsets into the file as it was read, byte order mark included, half-open. Sizes
/// are bytes, `_ns` are nanoseconds, a ratio above 1 is faster. `why` is the argument for the finding;
/// `measurement_note` is what there is to say against its figures, or why there are none. An alternative without edits is a way that
/// measured faster than the suggestion, in words alone; the fastest comes first. The counts under
/// `summary` are of findings that nothing suppresses.
///
/// # Panics
/// If a span lies in a file that the audit does not have.
#[must_use]
pub fn json(audit: &Audit) -> String {
    text(&WireAudit::new(audit))
}

fn text(wire: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(wire)
        .expect("the wire types have text keys and no fallible serializer");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct WireAudit<'a> {
    schema_version: u32,
    tool: WireTool,
    project: WireProject<'a>,
    analysis: WireAnalysis<'a>,
    host: Option<host::WireHost<'a>>,
    findings: Vec<finding::WireFinding<'a>>,
    applied: Vec<&'a str>,
    not_applied: Vec<WireNotApplied<'a>>,
    failures: Vec<WireFailure<'a>>,
    summary: WireSummary,
}

#[derive(Serialize)]
struct WireTool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct WireProject<'a> {
    root: String,
    packages: &'a [String],
}

#[derive(Serialize)]
struct WireAnalysis<'a> {
    types: &'static str,
    files: u64,
    lines: u64,
    elapsed_ms: u64,
    not_analysed: Vec<WireNotAnalysed<'a>>,
}

#[derive(Serialize)]
struct WireNotAnalysed<'a> {
    path: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct WireNotApplied<'a> {
    id: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct WireFailure<'a> {
    what: &'a str,
    fallback: &'a str,
    look_with: Option<&'a str>,
}

#[derive(Serialize, Default)]
struct WireSummary {
    findings: u64,
    suppressed: u64,
    by_rule: BTreeMap<&'static str, u64>,
    by_confidence: WireConfidences,
}

#[derive(Serialize, Default)]
struct WireConfidences {
    low: u64,
    medium: u64,
    high: u64,
}

impl<'a> WireAudit<'a> {
    fn new(audit: &'a Audit) -> Self {
        let places = Places::new(&audit.sources);
        let not_analysed = audit.analysis.not_analysed.iter();
        let failures = audit.failures.iter();
        Self {
            schema_version: SCHEMA_VERSION,
            tool: WireTool {
                name: "cargo-io-optimize",
                version: env!("CARGO_PKG_VERSION"),
            },
            project: WireProject {
                root: audit.project.root.to_string_lossy().into_owned(),
                packages: &audit.project.packages,
            },
            analysis: WireAnalysis {
                types: match audit.analysis.types {
                    Types::Rustc => "rustc",
                    Types::Syntax => "syntax",
                },
                files: audit.analysis.files,
                lines: audit.analysis.lines,
                elapsed_ms: audit.analysis.elapsed_ms,
                not_analysed: not_analysed
                    .map(|left_out| WireNotAnalysed {
                        path: &left_out.path,
                        reason: &left_out.reason,
                    })
                    .collect(),
            },
            host: audit
                .environment
                .as_ref()
                .map(|environment| host::WireHost::new(environment, &audit.host)),
            findings: audit
                .findings
                .iter()
                .map(|f| finding::WireFinding::new(audit, f, &places))
                .collect(),
            applied: audit
                .applied
                .iter()
                .map(|applied| applied.id.0.as_str())
                .collect(),
            not_applied: audit
                .not_applied
                .iter()
                .map(|left| WireNotApplied {
                    id: &left.id.0,
                    reason: &left.reason,
                })
                .collect(),
            failures: failures
                .map(|failure| WireFailure {
                    what: &failure.what,
                    fallback: &failure.fallback,
                    look_with: failure.look_with.as_deref(),
                })
                .collect(),
            summary: WireSummary::new(audit),
        }
    }
}

impl WireSummary {
    fn new(audit: &Audit) -> Self {
        let mut summary = Self::default();
        for finding in view::shown(audit) {
            summary.findings += 1;
            *summary.by_rule.entry(finding.rule.name).or_default() += 1;
            *match finding.confidence {
                Confidence::Low => &mut summary.by_confidence.low,
                Confidence::Medium => &mut summary.by_confidence.medium,
                Confidence::High => &mut summary.by_confidence.high,
            } += 1;
        }
        summary.suppressed = audit.findings.len() as u64 - summary.findings;
        summary
    }
}
