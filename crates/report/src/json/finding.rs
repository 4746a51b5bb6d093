//! A finding as the JSON report shows it.

use model::{Audit, DependencySource, Finding, Fix, Headline, Measurement, Requirement, Span};
use serde::Serialize;

use crate::places::Places;
use crate::{figures, view};

#[derive(Serialize)]
pub(super) struct WireFinding<'a> {
    id: &'a str,
    rule: &'static str,
    operation: &'static str,
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    span: WireSpan,
    function: &'a str,
    message: &'a str,
    why: Vec<&'a str>,
    related: Vec<WireRelated<'a>>,
    confidence: &'static str,
    measurement: Option<WireHeadline>,
    measurements: Vec<WireMeasurement<'a>>,
    measurement_note: Option<&'a str>,
    trace: Option<WireTrace>,
    suggestion: Option<WireSuggestion<'a>>,
    alternatives: Vec<WireSuggestion<'a>>,
    suppressed: Option<&'static str>,
}

#[derive(Serialize)]
struct WireSpan {
    start: u32,
    end: u32,
}

#[derive(Serialize)]
struct WireRelated<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    label: &'a str,
}

#[derive(Serialize)]
struct WireHeadline {
    workload: String,
    size: u64,
    baseline_ns: u64,
    optimized_ns: u64,
    ratio: f64,
    ratio_ci: [f64; 2],
    samples: u32,
    cache: &'static str,
    worth_it: bool,
}

#[derive(Serialize)]
pub(super) struct WireMeasurement<'a> {
    method: &'a str,
    size: u64,
    cache: &'static str,
    time_ns: u64,
    bytes_per_s: Option<f64>,
    ratio: f64,
    ratio_ci: [f64; 2],
    samples: u32,
}

#[derive(Serialize)]
struct WireTrace {
    calls: u64,
    bytes: u64,
    time_ns: u64,
    share: f64,
}

#[derive(Serialize)]
struct WireSuggestion<'a> {
    title: &'a str,
    applicability: &'static str,
    edits: Vec<WireEdit<'a>>,
    creates: Vec<WireNewFile<'a>>,
    requires: Vec<WireRequirement<'a>>,
    verified: &'static str,
}

#[derive(Serialize)]
struct WireEdit<'a> {
    path: &'a str,
    start: u32,
    end: u32,
    replacement: &'a str,
}

#[derive(Serialize)]
struct WireNewFile<'a> {
    path: &'a str,
    contents: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum WireRequirement<'a> {
    Dependency {
        dependency: &'a str,
        version: &'a str,
        /// The folder it is taken from; no registry serves it then.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<&'a str>,
        /// Whether that folder is made of the sources that are bundled with the program.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        bundled: bool,
    },
    Feature {
        feature: &'a str,
    },
}

impl<'a> WireFinding<'a> {
    pub(super) fn new(audit: &'a Audit, finding: &'a Finding, places: &Places<'a>) -> Self {
        let (start, end) = (places.start(finding.span), places.end(finding.span));
        let suggestion = |fix| WireSuggestion::new(fix, places);
        Self {
            id: &finding.id.0,
            rule: finding.rule.name,
            operation: finding.operation.name(),
            path: places.path(finding.span.file),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            span: WireSpan {
                start: finding.span.start,
                end: finding.span.end,
            },
            function: &finding.function,
            message: &finding.message,
            why: finding
                .evidence
                .iter()
                .map(|evidence| evidence.note.as_str())
                .collect(),
            related: finding
                .related
                .iter()
                .map(|label| WireRelated::new(label.span, &label.text, places))
                .collect(),
            confidence: view::confidence(finding.confidence),
            measurement: finding.headline.as_ref().map(WireHeadline::new),
            measurements: finding
                .measurements
                .iter()
                .map(WireMeasurement::new)
                .collect(),
            measurement_note: view::outcome(audit, finding)
                .and_then(|outcome| outcome.note.as_deref()),
            trace: finding.trace.map(|trace| WireTrace {
                calls: trace.calls,
                bytes: trace.bytes,
                time_ns: trace.time_ns,
                share: trace.share,
            }),
            suggestion: finding.suggestion.as_ref().map(suggestion),
            alternatives: finding.alternatives.iter().map(suggestion).collect(),
            suppressed: finding.suppressed.map(view::suppression),
        }
    }
}

impl<'a> WireRelated<'a> {
    fn new(span: Span, label: &'a str, places: &Places<'a>) -> Self {
        let start = places.start(span);
        Self {
            path: places.path(span.file),
            line: start.line,
            column: start.column,
            label,
        }
    }
}

impl WireHeadline {
    fn new(headline: &Headline) -> Self {
        Self {
            workload: headline.workload.name(),
            size: headline.size,
            baseline_ns: headline.baseline_ns,
            optimized_ns: headline.optimized_ns,
            ratio: headline.ratio.median,
            ratio_ci: [headline.ratio.low, headline.ratio.high],
            samples: headline.samples,
            cache: figures::cache(headline.cache),
            worth_it: headline.worth_it,
        }
    }
}

impl<'a> WireMeasurement<'a> {
    pub(super) fn new(measurement: &'a Measurement) -> Self {
        Self {
            method: &measurement.method,
            size: measurement.size,
            cache: figures::cache(measurement.cache),
            time_ns: measurement.time_ns,
            bytes_per_s: measurement.bytes_per_second,
            ratio: measurement.ratio.median,
            ratio_ci: [measurement.ratio.low, measurement.ratio.high],
            samples: measurement.samples,
        }
    }
}

impl<'a> WireSuggestion<'a> {
    fn new(fix: &'a Fix, places: &Places<'a>) -> Self {
        let requirement = |requirement: &'a Requirement| match requirement {
            Requirement::Dependency {
                name,
                version,
                source,
            } => WireRequirement::Dependency {
                dependency: name,
                version,
                path: match source {
                    DependencySource::Registry => None,
                    DependencySource::Path(folder) | DependencySource::Bundled(folder) => {
                        Some(folder)
                    }
                },
                bundled: matches!(source, DependencySource::Bundled(_)),
            },
            Requirement::Feature(feature) => WireRequirement::Feature { feature },
        };
        Self {
            title: &fix.title,
            applicability: view::applicability(fix.applicability),
            edits: fix
                .edits
                .iter()
                .map(|edit| WireEdit {
                    path: places.path(edit.span.file),
                    start: edit.span.start,
                    end: edit.span.end,
                    replacement: &edit.replacement,
                })
                .collect(),
            creates: fix
                .creates
                .iter()
                .map(|file| WireNewFile {
                    path: &file.path,
                    contents: &file.contents,
                })
                .collect(),
            requires: fix.requires.iter().map(requirement).collect(),
            verified: view::verified(fix.verified),
        }
    }
}
