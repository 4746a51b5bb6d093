//! The real cases, what is known of their fixes, and which findings are at a case.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::ends::End;
use crate::published::Package;

/// Lines that may lie between a finding and its case.
pub(super) const NEAR: u64 = 3;

/// Rules that may name the same place just as rightly; as `score.py` beside the cases has them.
const ALIASES: [(&str, &[&str]); 12] = [
    ("unbuffered_read", &["unbuffered_serde"]),
    (
        "unbuffered_write",
        &["unbuffered_serde", "stdout_unbuffered"],
    ),
    ("unbuffered_serde", &["unbuffered_read", "unbuffered_write"]),
    ("stdout_unbuffered", &["unbuffered_write"]),
    ("read_write_copy", &["whole_file_read"]),
    ("whole_file_read", &["read_write_copy"]),
    ("small_buffer", &["manual_copy_loop"]),
    ("manual_copy_loop", &["small_buffer"]),
    ("lines_alloc", &["whole_file_read"]),
    ("seek_read", &["seek_discards_buffer"]),
    ("blocking_in_async", &["async_small_io"]),
    ("metadata_per_entry", &["exists_then_open"]),
];

/// A place in a published crate.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) package: Package,
    pub(super) file: String,
    pub(super) line: u64,
    /// The first and the last line of the function round it.
    pub(super) function: (u64, u64),
    rule: String,
    is_positive: bool,
    is_historical: bool,
}

impl Case {
    /// One that maintainers mended.
    pub(super) fn is_mended(&self) -> bool {
        self.is_positive && self.is_historical
    }

    fn takes(&self, rule: &str) -> bool {
        let aliases = ALIASES.iter().find(|(name, _)| *name == self.rule);
        rule == self.rule || aliases.is_some_and(|(_, others)| others.contains(&rule))
    }

    /// Lines between it and a finding, the nearest of the finding's own and its first three related ones.
    fn distance(&self, finding: &Finding) -> Option<u64> {
        if !self.takes(&finding.rule) {
            return None;
        }
        let related = finding.related.iter().take(3);
        let places = related.map(|it| (&it.path, it.line));
        std::iter::once((&finding.path, finding.line))
            .chain(places)
            .filter(|(path, _)| **path == self.file)
            .map(|(_, line)| line.abs_diff(self.line))
            .min()
    }

    fn is_near(&self, finding: &Finding) -> bool {
        self.distance(finding).is_some_and(|apart| apart <= NEAR)
    }

    fn has_within(&self, finding: &Finding) -> bool {
        let (first, last) = self.function;
        finding.path == self.file
            && (first..=last).contains(&finding.line)
            && self.takes(&finding.rule)
    }
}

/// What is taken of a finding.
#[derive(Debug, Deserialize)]
pub(super) struct Finding {
    rule: String,
    path: String,
    line: u64,
    #[serde(default)]
    related: Vec<Related>,
    pub(super) suppressed: Option<String>,
    suggestion: Option<Suggestion>,
}

#[derive(Debug, Deserialize)]
struct Related {
    path: String,
    line: u64,
}

#[derive(Debug, Deserialize)]
struct Suggestion {
    applicability: String,
    edits: Vec<Edit>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Edit {
    pub(super) path: String,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) replacement: String,
}

impl Finding {
    /// Its edits, if they can be applied as they are.
    pub(super) fn edits(&self) -> &[Edit] {
        match &self.suggestion {
            Some(it) if it.applicability != "has-placeholders" => &it.edits,
            _ => &[],
        }
    }
}

/// The findings at each mended case of one crate, nearest first. They are judged as `score.py` does: those that are near
/// count, or else one in the case's function that is near no case.
pub(super) fn at_cases<'a>(
    cases: &'a [Case],
    findings: &'a [Finding],
) -> Vec<(&'a Case, Vec<&'a Finding>)> {
    let positives = || cases.iter().filter(|case| case.is_positive);
    let mut served: BTreeSet<usize> = (0..findings.len())
        .filter(|&number| positives().any(|case| case.is_near(&findings[number])))
        .collect();
    let mut found = Vec::new();
    for case in positives() {
        let mut hits: Vec<&Finding> = findings.iter().filter(|it| case.is_near(it)).collect();
        hits.sort_by_key(|it| case.distance(it));
        if hits.is_empty() {
            let free = (0..findings.len())
                .find(|number| !served.contains(number) && case.has_within(&findings[*number]));
            served.extend(free);
            hits.extend(free.map(|number| &findings[number]));
        }
        if case.is_mended() {
            found.push((case, hits));
        }
    }
    found
}

/// The cases of a corpus.
pub(super) fn read(path: &Path) -> Result<Vec<Case>> {
    let rows = rows(path)?;
    let case = |row: &Row| -> Result<Case> {
        let span = row.get("fn_span")?;
        let (first, last) = span
            .split_once('-')
            .with_context(|| format!("`{span}` is no span of lines"))?;
        Ok(Case {
            id: row.get("id")?.to_owned(),
            package: Package {
                name: row.get("crate")?.to_owned(),
                version: row.get("version")?.to_owned(),
            },
            file: row.get("file")?.to_owned(),
            line: number(row.get("line")?)?,
            function: (number(first)?, number(last)?),
            rule: row.get("category")?.replace('-', "_"),
            is_positive: row.get("expected")? == "positive",
            is_historical: row.get("origin")? == "historical",
        })
    };
    rows.iter()
        .map(|row| case(row).with_context(|| row.place(path)))
        .collect()
}

/// What maintainers did at a case.
pub(super) struct Known {
    pub(super) id: String,
    pub(super) theirs: End,
    /// The same in words.
    pub(super) clause: String,
    /// Whether the change itself was read, not only what was said of it.
    pub(super) was_seen: bool,
    /// What a reader said of our edit, which holds as long as it comes to that end.
    pub(super) remark: Option<(End, String)>,
}

/// What is known of the maintainers' fixes.
pub(super) fn known(path: &Path) -> Result<Vec<Known>> {
    let rows = rows(path)?;
    let known = |row: &Row| -> Result<Known> {
        let remark = match (row.get("ours")?, row.get("remark")?) {
            ("", "") => None,
            (end, remark) => Some((End::parse(end)?, remark.to_owned())),
        };
        Ok(Known {
            id: row.get("id")?.to_owned(),
            theirs: End::parse(row.get("theirs")?)?,
            clause: row.get("clause")?.to_owned(),
            was_seen: match row.get("seen")? {
                "change" => true,
                "words" => false,
                other => bail!("`{other}` is neither `change` nor `words`"),
            },
            remark,
        })
    };
    rows.iter()
        .map(|row| known(row).with_context(|| row.place(path)))
        .collect()
}

fn number(text: &str) -> Result<u64> {
    text.parse()
        .with_context(|| format!("`{text}` is no number of a line"))
}

/// A row of a table whose columns are parted by tabs.
struct Row {
    number: usize,
    cells: Vec<(String, String)>,
}

impl Row {
    fn get(&self, column: &str) -> Result<&str> {
        let cell = self.cells.iter().find(|(name, _)| name == column);
        cell.map(|(_, cell)| cell.as_str())
            .with_context(|| format!("there is no column `{column}`"))
    }

    fn place(&self, path: &Path) -> String {
        format!("{}:{}", path.display(), self.number)
    }
}

fn rows(path: &Path) -> Result<Vec<Row>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    let mut lines = text.lines().enumerate();
    let head = lines.next().map_or("", |(_, head)| head);
    let row = |(index, line): (usize, &str)| Row {
        number: index + 1,
        cells: head
            .split('\t')
            .map(str::to_owned)
            .zip(line.split('\t').map(str::to_owned))
            .collect(),
    };
    Ok(lines
        .filter(|(_, line)| !line.is_empty())
        .map(row)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, line: u64, function: (u64, u64)) -> Case {
        Case {
            id: id.to_owned(),
            package: Package {
                name: "example".to_owned(),
                version: "1.0.0".to_owned(),
            },
            file: "src/lib.rs".to_owned(),
            line,
            function,
            rule: "seek_read".to_owned(),
            is_positive: true,
            is_historical: id.starts_with('H'),
        }
    }

    fn findings(json: &str) -> Vec<Finding> {
        serde_json::from_str(json).unwrap()
    }

    fn lines(cases: &[Case], findings: &[Finding]) -> Vec<(String, Vec<u64>)> {
        at_cases(cases, findings)
            .into_iter()
            .map(|(case, hits)| (case.id.clone(), hits.iter().map(|it| it.line).collect()))
            .collect()
    }

    #[test]
    fn a_finding_serves_the_case_it_is_near_or_one_function_round_it() {
        let findings = findings(
            r#"[{"rule": "seek_read", "path": "src/lib.rs", "line": 12},
                {"rule": "seek_discards_buffer", "path": "src/lib.rs", "line": 10},
                {"rule": "seek_read", "path": "src/other.rs", "line": 10},
                {"rule": "lines_alloc", "path": "src/lib.rs", "line": 10},
                {"rule": "seek_read", "path": "src/lib.rs", "line": 30},
                {"rule": "seek_read", "path": "src/other.rs", "line": 70,
                 "related": [{"path": "src/lib.rs", "line": 52}]}]"#,
        );
        let cases = [
            case("H1", 10, (5, 15)),
            case("H2", 22, (20, 40)),
            case("P1", 23, (20, 40)),
            case("H3", 24, (20, 40)),
            case("H4", 50, (50, 50)),
        ];
        let found = [
            ("H1".to_owned(), vec![10, 12]),
            ("H2".to_owned(), vec![30]),
            ("H3".to_owned(), vec![]),
            ("H4".to_owned(), vec![70]),
        ];
        assert_eq!(lines(&cases, &findings), found);
    }

    #[test]
    fn what_holds_blanks_has_no_edits() {
        let findings = findings(
            r#"[{"rule": "seek_read", "path": "src/lib.rs", "line": 1, "suggestion":
                 {"applicability": "has-placeholders", "edits": [{"path": "a", "start": 0, "end": 0, "replacement": "x"}]}}]"#,
        );
        assert!(findings[0].edits().is_empty());
    }
}
