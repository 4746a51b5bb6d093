//! What came of all crates, as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::crate_run::{Outcome, Run};
use crate::published::Package;

pub(super) fn markdown(outcomes: &[(Package, Outcome)]) -> String {
    let mut text = String::from(
        "| crate | findings | with a fix | applied | edits | dropped by rustc | compiles | second run | safe ones alone | tests |\n\
         |---|---:|---:|---:|---:|---:|---|---:|---:|---|\n",
    );
    for (package, run) in runs(outcomes) {
        let _ = writeln!(
            text,
            "| {} {} | {} | {} | {} | {} | {} | {} | {} | {} ({}) | {} |",
            package.name,
            package.version,
            run.findings,
            run.suggested,
            run.fixes(),
            run.edits,
            run.dropped(),
            run.error
                .as_deref()
                .or(run.safe_error.as_deref())
                .unwrap_or("yes"),
            run.again,
            run.safe.0,
            run.safe.1,
            suite(run),
        );
    }
    totals(&mut text, outcomes);
    rules(&mut text, outcomes);
    reasons(&mut text, outcomes);
    for (package, run) in runs(outcomes) {
        for one in &run.news {
            let _ = writeln!(text, "New in {} {}: {one}", package.name, package.version);
        }
    }
    let left = outcomes
        .iter()
        .filter_map(|(package, outcome)| match outcome {
            Outcome::Left(reason) => Some((package, reason)),
            Outcome::Run(_) => None,
        });
    for (package, reason) in left {
        let _ = writeln!(
            text,
            "Left out: {} {}: {reason}",
            package.name, package.version
        );
    }
    text
}

fn runs(outcomes: &[(Package, Outcome)]) -> impl Iterator<Item = (&Package, &Run)> {
    outcomes
        .iter()
        .filter_map(|(package, outcome)| match outcome {
            Outcome::Run(run) => Some((package, &**run)),
            Outcome::Left(_) => None,
        })
}

fn suite(run: &Run) -> String {
    run.suite.as_ref().map_or_else(String::new, |suite| {
        let broken = match suite.broken.len() {
            0 => String::new(),
            _ => format!("; broken: {}", suite.broken.join(", ")),
        };
        format!(
            "{} before, {} after{broken}; {} of {} edited functions executed",
            suite.passed_before, suite.passed_after, suite.executed, suite.functions
        )
    })
}

fn totals(text: &mut String, outcomes: &[(Package, Outcome)]) {
    let all: Vec<&Run> = runs(outcomes).map(|(_, run)| run).collect();
    let sum = |count: &dyn Fn(&Run) -> usize| all.iter().map(|run| count(run)).sum::<usize>();
    let crates = |is: &dyn Fn(&Run) -> bool| all.iter().filter(|run| is(run)).count();
    let _ = writeln!(
        text,
        "\n{} crates, {} findings, {} with a fix. With `--unsafe-fixes`: {} fixes ({} edits) in {} crates, {} dropped by rustc, \
         {} of the trees compile, {} applied by a second run. Without: {} fixes ({} edits) in {} crates.",
        all.len(),
        sum(&|run| run.findings),
        sum(&|run| run.suggested),
        sum(&Run::fixes),
        sum(&|run| run.edits),
        crates(&|run| run.fixes() > 0),
        sum(&Run::dropped),
        crates(&|run| run.error.is_none() && run.safe_error.is_none()),
        sum(&|run| run.again),
        sum(&|run| run.safe.0),
        sum(&|run| run.safe.1),
        crates(&|run| run.safe.0 > 0),
    );
    let executed = |run: &Run| run.suite.as_ref().is_some_and(|suite| suite.executed > 0);
    let _ = writeln!(
        text,
        "\nTests of {} crates were run, those of {} execute an edited function; {} tests are broken.\n",
        crates(&|run| run.suite.is_some()),
        crates(&executed),
        sum(&|run| run.suite.as_ref().map_or(0, |suite| suite.broken.len())),
    );
}

fn rules(text: &mut String, outcomes: &[(Package, Outcome)]) {
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, run) in runs(outcomes) {
        for (rule, count) in &run.applied {
            *by_rule.entry(rule).or_default() += count;
        }
    }
    text.push_str("| rule | applied |\n|---|---:|\n");
    for (rule, count) in by_rule {
        let _ = writeln!(text, "| `{rule}` | {count} |");
    }
    text.push('\n');
}

fn reasons(text: &mut String, outcomes: &[(Package, Outcome)]) {
    let mut by_reason: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, run) in runs(outcomes) {
        for (reason, count) in &run.not_applied {
            *by_reason.entry(reason).or_default() += count;
        }
    }
    if by_reason.is_empty() {
        return;
    }
    text.push_str("| not applied, why | times |\n|---|---:|\n");
    for (reason, count) in by_reason {
        let _ = writeln!(text, "| {} | {count} |", reason.replace('|', "\\|"));
    }
    text.push('\n');
}

/// One crate in a line, for whoever watches.
pub(super) fn line(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Left(reason) => reason.clone(),
        Outcome::Run(run) => format!(
            "{} types, {} findings, {} fixes, {} edits, {} dropped, {} safe; {}",
            run.types,
            run.findings,
            run.fixes(),
            run.edits,
            run.dropped(),
            run.safe.0,
            suite(run)
        ),
    }
}

/// What must never be: a tree that does not compile, a second run that finds more to do, a broken test.
pub(super) fn wrong(outcomes: &[(Package, Outcome)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (package, run) in runs(outcomes) {
        let mut say = |what: String| {
            wrong.push(format!("{} {}: {what}", package.name, package.version));
        };
        for error in [&run.error, &run.safe_error].into_iter().flatten() {
            say(format!("does not compile any more: {error}"));
        }
        if run.again > 0 {
            say(format!("a second run applied {}", run.again));
        }
        if let Some(suite) = &run.suite
            && !suite.broken.is_empty()
        {
            say(format!("breaks {}", suite.broken.join(", ")));
        }
    }
    wrong
}
