//! The figures on the rules' pages: every model of a pattern, measured in a release build.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use cargo_io_optimize::figures::{self, Figure, Row};
use model::{Cache, Environment, Outcome};

/// Where they are kept.
pub(crate) const FIGURES: &str = "crates/cargo-io-optimize/data/figures.toml";
/// Time for one model.
const BUDGET: Duration = Duration::from_secs(12);
/// Where the models make their files, below the target directory.
const SCRATCH: &str = "figures";

/// Measures the models of these rules, or of all, and writes the table; what it says of other rules stays.
pub(crate) fn run(root: &Path, rules: &[&str]) -> Result<()> {
    let known: Vec<&str> = analyze::rules().map(|rule| rule.name).collect();
    for rule in rules {
        ensure!(known.contains(rule), "there is no rule `{rule}`");
    }
    if cfg!(debug_assertions) {
        return in_release(root, rules);
    }
    let text = fs::read_to_string(root.join(FIGURES))
        .with_context(|| format!("could not read {FIGURES}"))?;
    let wanted = |rule: &str| rules.is_empty() || rules.contains(&rule);
    let mut table = figures::parse(&text)?;
    table.retain(|figure| known.contains(&figure.rule.as_str()) && !wanted(&figure.rule));
    let scratch = target(root).join(SCRATCH);
    fs::create_dir_all(&scratch)
        .with_context(|| format!("could not make {}", scratch.display()))?;
    let environment = measure::preflight(&scratch)?;
    for outcome in outcomes(&environment, &scratch, wanted)? {
        table.push(figure(&outcome, &environment)?);
    }
    table.sort_by_key(|figure| {
        let position = known.iter().position(|rule| *rule == figure.rule);
        (position, figure.model.clone())
    });
    fs::write(root.join(FIGURES), figures::table(&table)?)
        .with_context(|| format!("could not write {FIGURES}"))?;
    eprintln!("wrote {FIGURES}; run `cargo xtask codegen` for the pages");
    Ok(())
}

/// The rules that no figure stands for.
pub(crate) fn missing(rules: &[&str], figures: &[Figure]) -> Vec<String> {
    let has = |rule: &str| {
        figures
            .iter()
            .any(|figure| figure.rule == rule && !figure.sizes.is_empty())
    };
    let without = rules.iter().filter(|rule| !has(rule));
    without
        .map(|rule| {
            format!("{FIGURES} has no figure of `{rule}`: run `cargo xtask figures {rule}`")
        })
        .collect()
}

fn in_release(root: &Path, rules: &[&str]) -> Result<()> {
    let status = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "xtask",
            "--",
            "figures",
        ])
        .args(rules)
        .current_dir(root)
        .status()
        .context("could not start cargo")?;
    ensure!(status.success(), "the release build did not measure");
    Ok(())
}

fn outcomes(
    environment: &Environment,
    scratch: &Path,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Outcome>> {
    let interrupted = AtomicBool::new(false);
    let mut outcomes: Vec<Outcome> = Vec::new();
    for id in measure::workloads()
        .into_iter()
        .filter(|id| wanted(id.rule))
    {
        // A model that answers to two names is measured under its own, which is the first.
        if measure::is_alias(id) {
            continue;
        }
        eprintln!("measuring {} {}", id.rule, id.variant);
        let options = measure::Options {
            directory: scratch.to_owned(),
            cache_directory: None,
            budget: BUDGET,
            size_hint: None,
            environment,
            interrupted: &interrupted,
        };
        outcomes.extend(measure::measure(&[id], &options, &mut |_| {}));
    }
    ensure!(!outcomes.is_empty(), "there is no model of these rules");
    Ok(outcomes)
}

fn figure(outcome: &Outcome, environment: &Environment) -> Result<Figure> {
    let rows = &outcome.measurements;
    let mut sizes = Vec::new();
    for rewrite in rows.iter().filter(|row| row.is_suggested) {
        let pattern = rows
            .iter()
            .find(|row| row.is_baseline && row.size == rewrite.size)
            .context("a size without its pattern")?;
        sizes.push(Row {
            bytes: rewrite.size,
            pattern: pattern.method.clone(),
            pattern_ns: pattern.time_ns,
            rewrite: rewrite.method.clone(),
            rewrite_ns: rewrite.time_ns,
            ratio: rounded(rewrite.ratio.median),
            low: rounded(rewrite.ratio.low),
            high: rounded(rewrite.ratio.high),
            pairs: rewrite.samples,
        });
    }
    let id = outcome.workload;
    if sizes.is_empty() {
        let note = outcome.note.as_deref().unwrap_or("no reason is given");
        bail!("{} {}: nothing was measured: {note}", id.rule, id.variant);
    }
    let cache = match rows.first().map(|row| row.cache) {
        Some(Cache::Cold) => "cold",
        _ => "warm",
    };
    Ok(Figure {
        rule: id.rule.to_owned(),
        model: id.variant.to_owned(),
        description: outcome.description.clone(),
        day: day(SystemTime::now()),
        processor: environment.processor.clone(),
        cores: environment.cores,
        system: environment.system.clone(),
        file_system: environment.file_system.kind.clone(),
        cache: cache.to_owned(),
        sizes,
    })
}

/// Four decimals: the end of an interval is not rounded onto 1 by them.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// The day in UTC, as `2026-11-23`.
pub(crate) fn day(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
    // Days are counted from the first of March of the year 0, so that leap days come last: Howard Hinnant's `civil_from_days`.
    let days = seconds / 86_400 + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn target(root: &Path) -> std::path::PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_735_689_599, "2024-12-31"),
            (1_795_392_000, "2026-11-23"),
        ] {
            assert_eq!(day(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn a_rule_without_a_figure_is_named() {
        let problems = missing(&["one"], &[]);
        assert_eq!(
            problems,
            [format!(
                "{FIGURES} has no figure of `one`: run `cargo xtask figures one`"
            )]
        );
    }
}
