//! What the other ways to do the work of a finding are worth, beside the suggested one.

use model::{
    Applicability, Audit, DependencySource, Fix, Headline, Measurement, Outcome, Requirement,
    Verified,
};

use super::runtime;
use crate::bundled;

/// Gives the alternatives of findings their own figures, and makes alternatives of ways that measured clearly faster than the
/// suggested one. Those have no text: what a diff says does not depend on the machine.
pub(super) fn weigh(audit: &mut Audit, min_gain: f64) {
    for finding in &mut audit.findings {
        let outcome = Outcome::of(finding, &audit.outcomes);
        let (Some(outcome), Some(suggested)) = (outcome, &finding.headline) else {
            continue;
        };
        let mut rows = outcome.measurements.iter();
        let rules_own = rows.find(|row| row.is_suggested);
        let rules_own = rules_own.map(|row| row.method.as_str());
        let ways = ways(outcome, min_gain);
        weigh_one(&mut finding.alternatives, suggested, rules_own, ways);
    }
}

/// Every way but the pattern itself, each at its largest size.
fn ways(outcome: &Outcome, min_gain: f64) -> Vec<Headline> {
    let mut ways: Vec<Headline> = Vec::new();
    for row in outcome.measurements.iter().filter(|row| !row.is_baseline) {
        if ways.iter().all(|way| way.method != row.method) {
            let is_it = |other: &Measurement| other.method == row.method;
            ways.extend(measure::headline_of(outcome, min_gain, is_it));
        }
    }
    ways
}

/// `rules_own` is the way that a fix stands for which names none.
fn weigh_one(
    alternatives: &mut Vec<Fix>,
    suggested: &Headline,
    rules_own: Option<&str>,
    mut ways: Vec<Headline>,
) {
    let setting = |way: &Headline| (way.size, way.cache);
    ways.retain(|way| way.method != suggested.method && setting(way) == setting(suggested));
    ways.sort_by_key(|way| way.optimized_ns);
    let mut offered = Vec::new();
    for fix in alternatives.iter_mut() {
        let method = fix.method.as_deref().or(rules_own);
        let mut fitting = ways.iter();
        let fitting = fitting.find(|way| Some(way.method.as_str()) == method);
        fix.headline = fitting.cloned();
        offered.extend(fix.headline.as_ref().map(|way| way.method.clone()));
    }
    let beats = |way: &Headline, other: &Headline| way.ratio.low > other.ratio.high;
    let of_std: Vec<Headline> = ways
        .iter()
        .filter(|way| !runtime::is_ours(&way.method))
        .cloned()
        .collect();
    // A dependency is for what std does not offer.
    let is_needed = |way: &Headline| {
        !runtime::is_ours(&way.method) || of_std.iter().all(|other| beats(way, other))
    };
    ways.retain(|way| beats(way, suggested) && is_needed(way) && !offered.contains(&way.method));
    alternatives.extend(ways.into_iter().map(in_words));
}

/// A way that no rule has a text for.
fn in_words(way: Headline) -> Fix {
    let dependency = Requirement::Dependency {
        name: bundled::NAME.to_owned(),
        version: bundled::VERSION.to_owned(),
        source: DependencySource::Registry,
    };
    let is_ours = runtime::is_ours(&way.method);
    Fix {
        title: format!("do it by `{}`, which measured faster here", way.method),
        applicability: Applicability::HasPlaceholders,
        edits: Vec::new(),
        creates: Vec::new(),
        requires: is_ours.then_some(dependency).into_iter().collect(),
        verified: Verified::No,
        method: Some(way.method.clone()),
        headline: Some(way),
    }
}

#[cfg(test)]
mod tests;
