//! The tests of a crate before and after.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::crate_run::Workplace;
use super::marks::Marks;

/// What the tests say of a change.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Compared {
    pub(super) passed_before: usize,
    pub(super) passed_after: usize,
    /// Tests that passed before and not after, in two runs each.
    pub(super) broken: Vec<String>,
    /// Edited functions, and how many of them the tests execute.
    pub(super) functions: usize,
    pub(super) executed: usize,
}

/// How often a test of each name passed.
type Passed = BTreeMap<String, usize>;

/// Runs the tests; `None` if they cannot be built before.
pub(super) fn compare(
    place: &Workplace,
    before: &Path,
    after: &Path,
    marked: &Path,
    marks: Marks,
) -> Result<Option<Compared>> {
    let Some(before_passed) = passed(place, before)? else {
        return Ok(None);
    };
    let after_passed = passed(place, after)?.unwrap_or_default();
    let mut broken = fewer(&before_passed, &after_passed);
    if !broken.is_empty() {
        // What does not always pass says nothing.
        let again = passed(place, before)?.unwrap_or_default();
        let after_again = passed(place, after)?.unwrap_or_default();
        broken.retain(|name| again.contains_key(name));
        let still = fewer(&before_passed, &after_again);
        broken.retain(|name| still.contains(name));
    }
    passed(place, marked)?;
    Ok(Some(Compared {
        passed_before: before_passed.values().sum(),
        passed_after: after_passed.values().sum(),
        broken,
        functions: marks.functions,
        executed: marks.executed(),
    }))
}

fn fewer(before: &Passed, after: &Passed) -> Vec<String> {
    before
        .iter()
        .filter(|(name, count)| after.get(*name).copied().unwrap_or(0) < **count)
        .map(|(name, _)| name.clone())
        .collect()
}

/// `None` if nothing could be built.
fn passed(place: &Workplace, tree: &Path) -> Result<Option<Passed>> {
    let output = place
        .cargo(tree, &["test", "--no-fail-fast"])
        .output()
        .context("could not start cargo")?;
    let talk = String::from_utf8_lossy(&output.stdout);
    let found = parse(&talk);
    let any = talk.lines().any(|line| line.starts_with("test result: "));
    Ok((any || output.status.success()).then_some(found))
}

fn parse(talk: &str) -> Passed {
    let mut passed = Passed::new();
    for line in talk.lines() {
        let Some((name, "ok")) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.rsplit_once(" ... "))
        else {
            continue;
        };
        // Examples in documentation are named by their line, which an edit above moves.
        let name = name.split(" (line ").next().unwrap_or(name);
        *passed.entry(name.to_owned()).or_default() += 1;
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_passed_are_counted_by_name() {
        let talk = "running 4 tests\ntest a::b ... ok\ntest c ... FAILED\ntest d ... ignored\n\
            test src/lib.rs - f (line 12) ... ok\ntest src/lib.rs - f (line 40) ... ok\n";
        let expected = [("a::b", 1), ("src/lib.rs - f", 2)];
        let expected = expected.map(|(name, count)| (name.to_owned(), count));
        assert_eq!(parse(talk), BTreeMap::from(expected));
        let after = parse("test a::b ... ok\ntest src/lib.rs - f (line 13) ... ok\n");
        assert_eq!(fewer(&parse(talk), &after), ["src/lib.rs - f"]);
    }
}
