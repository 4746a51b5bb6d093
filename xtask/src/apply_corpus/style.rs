//! What clippy and rustfmt say of a tree that they did not say before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::crate_run::Workplace;

/// What is new, a clause each.
pub(super) fn news(place: &Workplace, before: &Path, after: &Path) -> Result<Vec<String>> {
    let old = warnings(place, before)?;
    let new = warnings(place, after)?;
    let mut news: Vec<String> = new
        .into_iter()
        .filter(|(warning, count)| old.get(warning).copied().unwrap_or(0) < *count)
        .map(|(warning, _)| warning)
        .collect();
    let old = unformatted(place, before)?;
    for file in unformatted(place, after)?.difference(&old) {
        news.push(format!("{file}: no longer as rustfmt has it"));
    }
    Ok(news)
}

/// The warnings of rustc and of clippy's default set, by file and text, and how often each comes.
fn warnings(place: &Workplace, tree: &Path) -> Result<BTreeMap<String, usize>> {
    let output = place
        .cargo(
            tree,
            &[
                "clippy",
                "--all-targets",
                "--message-format=json",
                "--quiet",
            ],
        )?
        .output()
        .context("could not start cargo")?;
    let mut warnings: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for line in output.stdout.split(|byte| *byte == b'\n') {
        let Ok(message) = serde_json::from_slice::<Value>(line) else {
            continue;
        };
        let message = &message["message"];
        let spans = message["spans"].as_array();
        let primary = spans.and_then(|spans| spans.iter().find(|it| it["is_primary"] == true));
        let Some(span) = primary else { continue };
        let path = span["file_name"].as_str().unwrap_or_default();
        let text = message["message"].as_str().unwrap_or_default();
        // A file of several targets is looked at for each of them.
        if seen.insert((
            path.to_owned(),
            span["byte_start"].as_u64(),
            text.to_owned(),
        )) {
            *warnings.entry(format!("{path}: {text}")).or_default() += 1;
        }
    }
    Ok(warnings)
}

/// The files that rustfmt would change.
fn unformatted(place: &Workplace, tree: &Path) -> Result<BTreeSet<String>> {
    let output = place
        .cargo(tree, &["fmt", "--", "--check", "-l"])?
        .output()
        .context("could not start cargo")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let files = text.lines().filter_map(|line| {
        let path = Path::new(line).strip_prefix(tree).ok()?;
        Some(path.display().to_string())
    });
    Ok(files.collect())
}
