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
        let suggestion = finding.suggestion.as_ref();
        // Beside a rewrite onto the runtime crate stands what the rule suggests otherwise.
        let of_std = suggestion
            .is_some_and(runtime::needs_runtime)
            .then(|| outcome.measurements.iter().find(|row| row.is_suggested))
            .flatten()
            .map(|row| row.method.as_str());
        let ways = ways(outcome, min_gain);
        weigh_one(&mut finding.alternatives, suggested, of_std, ways);
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

/// `of_std` is the way that alternatives onto std stand for, if that is known.
fn weigh_one(
    alternatives: &mut Vec<Fix>,
    suggested: &Headline,
    of_std: Option<&str>,
    mut ways: Vec<Headline>,
) {
    let setting = |way: &Headline| (way.size, way.cache);
    ways.retain(|way| way.method != suggested.method && setting(way) == setting(suggested));
    ways.sort_by_key(|way| way.optimized_ns);
    let mut offered = Vec::new();
    for fix in alternatives.iter_mut() {
        let fits = |way: &&Headline| match runtime::needs_runtime(fix) {
            true => runtime::is_ours(&way.method),
            false => of_std == Some(way.method.as_str()),
        };
        fix.headline = ways.iter().find(fits).cloned();
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
        headline: Some(way),
    }
}

#[cfg(test)]
mod tests {
    use model::{Cache, Ratio, WorkloadId};

    use super::*;

    fn way(method: &str, size: u64, low: f64, high: f64) -> Headline {
        Headline {
            workload: WorkloadId::new("unbuffered_serde", "json-read"),
            method: method.to_owned(),
            size,
            baseline_ns: 1000,
            optimized_ns: (1000.0 / low) as u64,
            ratio: Ratio {
                median: f64::midpoint(low, high),
                low,
                high,
            },
            samples: 9,
            cache: Cache::Warm,
            worth_it: true,
        }
    }

    fn titles(alternatives: &[Fix]) -> Vec<&str> {
        alternatives.iter().map(|fix| fix.title.as_str()).collect()
    }

    #[test]
    fn only_what_is_clearly_faster_at_the_same_size_becomes_an_alternative_the_fastest_first() {
        let suggested = way("BufReader", 100, 2.0, 3.0);
        let ways = vec![
            suggested.clone(),
            way("better", 100, 3.1, 4.0),
            way("perhaps better", 100, 2.9, 5.0),
            way("best", 100, 8.0, 9.0),
            way("at another size", 1, 8.0, 9.0),
        ];
        let mut alternatives = Vec::new();
        weigh_one(&mut alternatives, &suggested, None, ways);
        assert_eq!(
            titles(&alternatives),
            [
                "do it by `best`, which measured faster here",
                "do it by `better`, which measured faster here"
            ]
        );
        let best = alternatives[0].headline.as_ref().expect("its own figure");
        assert_eq!(best.method, "best");
        assert!(!alternatives[0].has_text());
    }

    #[test]
    fn an_alternative_that_has_a_text_gets_its_own_figure_and_is_not_said_twice() {
        let suggested = way("fs::copy", 100, 2.0, 3.0);
        let ours = way("io_optimize::copy", 100, 8.0, 9.0);
        let mut alternatives = vec![in_words(ours.clone())];
        alternatives[0].headline = None;
        let ways = vec![suggested.clone(), ours.clone()];
        weigh_one(&mut alternatives, &suggested, None, ways.clone());
        let figures: Vec<_> = alternatives
            .iter()
            .map(|fix| fix.headline.clone())
            .collect();
        assert_eq!(figures, [Some(ours.clone())]);

        // The same with `--runtime`: what std offers stands beside it.
        let mut alternatives = vec![in_words(suggested.clone())];
        weigh_one(&mut alternatives, &ours, Some("fs::copy"), ways);
        let figures: Vec<_> = alternatives
            .iter()
            .map(|fix| fix.headline.clone())
            .collect();
        assert_eq!(figures, [Some(suggested)]);
    }

    #[test]
    fn the_runtime_crate_is_named_only_where_it_beats_all_that_std_offers() {
        let suggested = way("read_line", 100, 2.0, 3.0);
        let ours = way("io_optimize::LineReader", 100, 8.0, 9.0);
        let offered = |other: Headline| {
            let mut alternatives = Vec::new();
            weigh_one(
                &mut alternatives,
                &suggested,
                None,
                vec![ours.clone(), other],
            );
            let needs = alternatives.iter().map(|fix| fix.requires.len());
            needs.collect::<Vec<_>>()
        };
        assert_eq!(offered(way("read_until", 100, 4.0, 5.0)), [1, 0]);
        assert_eq!(offered(way("read_until", 100, 7.0, 8.5)), [0]);
    }
}
