//! What of an audit is shown, and in which order.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use model::{
    Applicability, Audit, Confidence, DependencySource, Finding, FindingId, Headline, Outcome,
    Patch, Suppression, Verified,
};

/// What is known about the worth of a finding, the most worth first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Measured, and the whole interval lies above the gain asked for.
    Worth,
    /// Not about speed: errors or data are lost.
    Loss,
    /// No figure.
    Unmeasured,
    /// Measured, and not worth it on this host.
    NotWorth,
}

pub(crate) fn standing(finding: &Finding) -> Standing {
    match &finding.headline {
        _ if !finding.rule.about_speed => Standing::Loss,
        Some(headline) if headline.worth_it => Standing::Worth,
        Some(_) => Standing::NotWorth,
        None => Standing::Unmeasured,
    }
}

/// Findings that nothing suppresses, in the order of the audit.
pub(crate) fn shown(audit: &Audit) -> impl Iterator<Item = &Finding> {
    audit
        .findings
        .iter()
        .filter(|finding| finding.suppressed.is_none())
}

/// Findings that nothing suppresses: by standing, then share of a trace, ratio, time saved, confidence; the order of
/// the audit decides between equals.
pub(crate) fn ranked(audit: &Audit) -> Vec<&Finding> {
    let mut findings: Vec<_> = shown(audit).collect();
    let share = |finding: &Finding| finding.trace.map_or(0.0, |trace| trace.share);
    let ratio = |finding: &Finding| finding.headline.as_ref().map_or(0.0, |h| h.ratio.median);
    let saved = |finding: &Finding| {
        finding
            .headline
            .as_ref()
            .map_or(0, |h| h.baseline_ns.saturating_sub(h.optimized_ns))
    };
    findings.sort_by(|a, b| {
        standing(a)
            .cmp(&standing(b))
            .then_with(|| share(b).total_cmp(&share(a)))
            .then_with(|| ratio(b).total_cmp(&ratio(a)))
            .then_with(|| saved(b).cmp(&saved(a)))
            .then_with(|| Reverse(a.confidence).cmp(&Reverse(b.confidence)))
    });
    findings
}

/// Findings of one rule that share their figure, or the reason for having none.
pub(crate) struct Group<'a> {
    pub(crate) rule: &'static str,
    pub(crate) standing: Standing,
    pub(crate) figure: Result<&'a Headline, String>,
    pub(crate) findings: Vec<&'a Finding>,
}

/// The ranked findings by rule and figure.
pub(crate) fn groups(audit: &Audit) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for finding in ranked(audit) {
        let figure = finding
            .headline
            .as_ref()
            .ok_or_else(|| no_figure(audit, finding));
        let same =
            |group: &&mut Group<'_>| group.rule == finding.rule.name && group.figure == figure;
        match groups.iter_mut().find(same) {
            Some(group) => group.findings.push(finding),
            None => groups.push(Group {
                rule: finding.rule.name,
                standing: standing(finding),
                figure,
                findings: vec![finding],
            }),
        }
    }
    groups
}

/// What there is to say of a finding's figure, or why there is none.
pub(crate) fn note(audit: &Audit, finding: &Finding) -> Option<String> {
    match finding.headline {
        Some(_) => Outcome::of(finding, &audit.outcomes).and_then(|outcome| outcome.note.clone()),
        None => Some(no_figure(audit, finding)),
    }
}

/// Whether other ways than the suggested one were measured for a finding.
pub(crate) fn has_rivals(finding: &Finding) -> bool {
    let mut rows = finding.measurements.iter();
    rows.any(|row| !row.is_baseline && !row.is_suggested)
}

/// The fastest way that measured clearly faster than the suggested one, if any did.
pub(crate) fn better_way(finding: &Finding) -> Option<&Headline> {
    let suggested = finding.headline.as_ref()?;
    let others = finding.alternatives.iter();
    others
        .filter_map(|fix| fix.headline.as_ref())
        .filter(|way| way.ratio.low > suggested.ratio.high)
        .min_by_key(|way| way.optimized_ns)
}

/// Why a finding has no figure.
pub(crate) fn no_figure(audit: &Audit, finding: &Finding) -> String {
    if let Some(reason) = &finding.no_figure {
        return reason.clone();
    }
    match Outcome::of(finding, &audit.outcomes) {
        Some(Outcome {
            note: Some(note), ..
        }) => note.clone(),
        Some(_) => "no candidate of the model stands for this rewrite".to_owned(),
        None if !finding.rule.about_speed => "the rule is not about speed".to_owned(),
        None if finding.workload.is_none() => "no model of this pattern".to_owned(),
        None => "not measured in this run".to_owned(),
    }
}

/// A dependency, nearly as a manifest names it.
pub(crate) fn dependency(name: &str, version: &str, source: &DependencySource) -> String {
    match source {
        DependencySource::Registry => format!("{name} = \"{version}\""),
        DependencySource::Path(folder) => format!("{name} = {{ path = \"{folder}\" }}"),
        DependencySource::Bundled(folder) => {
            format!("{name} = {{ path = \"{folder}\" }} # a copy of {version}, which is put there")
        }
    }
}

/// New files that are too many to be shown one by one, such as those of a crate.
pub(crate) struct ManyFiles {
    /// The folder that they all lie in; empty for the workspace's own.
    pub(crate) folder: String,
    pub(crate) files: usize,
    pub(crate) lines: usize,
}

/// The new files of the patches, if they are many.
pub(crate) fn many_new_files(patches: &[Patch]) -> Option<ManyFiles> {
    const FEW: usize = 8;
    let new = || patches.iter().filter(|patch| patch.before.is_none());
    let files = new().count();
    let first = new().next().filter(|_| files > FEW)?;
    let mut folder = first.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let all_in = |folder: &str| {
        new().all(|patch| {
            let rest = patch.path.strip_prefix(folder);
            rest.is_some_and(|rest| folder.is_empty() || rest.starts_with('/'))
        })
    };
    while !all_in(folder) {
        folder = folder.rsplit_once('/').map_or("", |(around, _)| around);
    }
    Some(ManyFiles {
        folder: folder.to_owned(),
        files,
        lines: new().map(|patch| patch.after.lines().count()).sum(),
    })
}

/// Findings whose fix is in the patches.
pub(crate) fn planned(audit: &Audit) -> BTreeSet<&FindingId> {
    audit
        .patches
        .iter()
        .flat_map(|patch| &patch.findings)
        .collect()
}

/// Whether the user asked for the fixes to be applied.
pub(crate) fn asked_to_apply(audit: &Audit) -> bool {
    audit
        .command
        .split_whitespace()
        .any(|word| word == "--apply")
}

/// Findings with a fix of that applicability that is neither in the patches nor applied, nor was backed out.
pub(crate) fn held_back(audit: &Audit, applicability: Applicability) -> usize {
    let planned = planned(audit);
    shown(audit)
        .filter(|finding| !planned.contains(&finding.id))
        .filter(|finding| audit.applied.iter().all(|applied| applied.id != finding.id))
        .filter(|finding| {
            let mut backed_out = audit.not_applied.iter().filter(|left| left.backed_out);
            backed_out.all(|left| left.id != finding.id)
        })
        .filter(|finding| {
            finding
                .suggestion
                .as_ref()
                .is_some_and(|f| f.applicability == applicability)
        })
        .count()
}

pub(crate) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

pub(crate) fn applicability(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::HasPlaceholders => "has-placeholders",
        Applicability::MaybeIncorrect => "maybe-incorrect",
        Applicability::MachineApplicable => "machine-applicable",
    }
}

pub(crate) fn verified(verified: Verified) -> &'static str {
    match verified {
        Verified::No => "no",
        Verified::Compiled => "compiled",
        Verified::Tested => "tested",
    }
}

pub(crate) fn suppression(suppression: Suppression) -> &'static str {
    match suppression {
        Suppression::Comment => "comment",
        Suppression::Config => "config",
        Suppression::Baseline => "baseline",
    }
}
