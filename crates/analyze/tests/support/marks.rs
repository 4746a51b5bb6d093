//! Marks at the end of a line that say what is reported there:
//!
//! * `//~ rule` the rule reports the line, and in `positive.rs` offers a fix; `//~ rule@high` it does so at that confidence;
//! * `//~? rule` it ought to and does not yet; `//~? rule/fix` the finding is there, its fix is not;
//! * `//~! rule` it does and ought not to; `//~! rule/fix` it offers a fix that it ought not to, or a wrong one: that fix is
//!   left out where fixes are tried.
//!
//! The last two hold known defects: they are counted and printed, and a test fails when one of them is no longer true.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use model::{Confidence, Finding, Sources};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Expected,
    Missing,
    False,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) line: usize,
    pub(crate) kind: Kind,
    /// The rule, or `rule/fix`.
    pub(crate) what: String,
    pub(crate) confidence: Option<Confidence>,
}

impl Mark {
    /// Whether it says that the finding's fix is wrong.
    pub(crate) fn denies_fix_of(&self, found: &Found) -> bool {
        self.kind == Kind::False
            && self.line == found.line
            && (self.what == found.rule || self.what.strip_suffix("/fix") == Some(found.rule))
    }
}

/// A finding, as marks speak of it.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    pub(crate) confidence: Confidence,
    pub(crate) fix: bool,
    pub(crate) message: String,
}

impl Found {
    pub(crate) fn of(sources: &Sources, finding: &Finding) -> Self {
        Self {
            line: super::line(sources, finding),
            rule: finding.rule.name,
            confidence: finding.confidence,
            fix: finding
                .suggestion
                .as_ref()
                .is_some_and(|fix| !fix.edits.is_empty()),
            message: finding.message.clone(),
        }
    }
}

/// Whether findings of a file have fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fixes {
    All,
    None,
}

/// The marks of a text.
///
/// # Panics
/// If a mark names no rule, or no confidence that is reported by default.
pub(crate) fn read(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for part in line.split("//~").skip(1) {
            let (kind, names) = match part.split_at_checked(1) {
                Some(("?", names)) => (Kind::Missing, names),
                Some(("!", names)) => (Kind::False, names),
                _ => (Kind::Expected, part),
            };
            for name in names.split_whitespace() {
                let (name, confidence) = match name.split_once('@') {
                    Some((name, "high")) => (name, Some(Confidence::High)),
                    Some((name, "medium")) => (name, Some(Confidence::Medium)),
                    Some((_, other)) => panic!("line {}: `{other}`", index + 1),
                    None => (name, None),
                };
                let rule = name.strip_suffix("/fix").unwrap_or(name);
                assert!(
                    analyze::rules().any(|known| known.name == rule),
                    "line {}: `{rule}` is no rule",
                    index + 1
                );
                marks.push(Mark {
                    line: index + 1,
                    kind,
                    what: name.to_owned(),
                    confidence,
                });
            }
        }
    }
    marks
}

/// The text without marks, as a user would have it.
pub(crate) fn strip(text: &str) -> String {
    let mut stripped = String::new();
    for line in text.split_inclusive('\n') {
        match line.split_once("//~") {
            Some((code, _)) => {
                stripped.push_str(code.trim_end());
                stripped.push('\n');
            }
            None => stripped.push_str(line),
        }
    }
    stripped
}

/// What went wrong, and what is known to be wrong.
#[derive(Debug, Default)]
pub(crate) struct Report {
    failures: Vec<String>,
    known: usize,
}

impl Report {
    pub(crate) fn fail(&mut self, sentence: String) {
        self.failures.push(sentence);
    }

    /// Compares what is reported in a file with its marks.
    pub(crate) fn compare(&mut self, path: &str, marks: &[Mark], found: &[Found]) {
        let mut wanted: BTreeMap<(usize, &str), &Mark> = BTreeMap::new();
        for mark in marks.iter().filter(|mark| !mark.what.ends_with("/fix")) {
            wanted.insert((mark.line, &mark.what), mark);
        }
        for finding in found {
            let place = format!("{path}:{}: {}", finding.line, finding.rule);
            let mark = wanted.remove(&(finding.line, finding.rule));
            if let Some(confidence) = mark.and_then(|mark| mark.confidence)
                && confidence != finding.confidence
            {
                self.fail(format!(
                    "{place} is reported at {:?} confidence instead of {confidence:?}",
                    finding.confidence
                ));
            }
            match mark.map(|mark| mark.kind) {
                Some(Kind::Expected) => {}
                Some(Kind::False) => self.known(&format!("{place} is known to be wrong")),
                Some(Kind::Missing) => self.fail(format!(
                    "{place} is reported now: make its mark `//~ {}`",
                    finding.rule
                )),
                None => self.fail(format!(
                    "{place} is reported and ought not to be, or twice: {}",
                    finding.message
                )),
            }
        }
        for ((line, rule), mark) in wanted {
            let place = format!("{path}:{line}: {rule}");
            match mark.kind {
                Kind::Expected => self.fail(format!("{place} is not reported")),
                Kind::Missing => self.known(&format!("{place} is known to be missing")),
                Kind::False => self.fail(format!(
                    "{place} is no longer wrongly reported: remove its mark `//~! {rule}`"
                )),
            }
        }
    }

    /// Compares the fixes that are offered in a file with what all of its findings ought to have.
    pub(crate) fn compare_fixes(
        &mut self,
        path: &str,
        marks: &[Mark],
        found: &[Found],
        fixes: Fixes,
    ) {
        for finding in found {
            let place = format!("{path}:{}: {}", finding.line, finding.rule);
            let here = |mark: &&Mark| mark.line == finding.line;
            if marks
                .iter()
                .filter(here)
                .any(|mark| mark.kind == Kind::False && mark.what == finding.rule)
            {
                continue;
            }
            let known = marks
                .iter()
                .filter(here)
                .find(|mark| mark.what.strip_suffix("/fix") == Some(finding.rule));
            // Whether a wrong fix has become right shows only in what it makes: the compiler, the snapshot.
            let wrong = known.is_some_and(|mark| mark.kind == Kind::False);
            if finding.fix && fixes == Fixes::All && wrong {
                self.known(&format!("{place}: its fix is known to be wrong"));
                continue;
            }
            match (finding.fix == (fixes == Fixes::All), known) {
                (true, None) => {}
                (false, Some(_)) => {
                    self.known(&format!("{place}: its fix is known to be wrong or missing"));
                }
                (true, Some(_)) => self.fail(format!(
                    "{place}: its fix is as it should be: remove the mark `{}/fix`",
                    finding.rule
                )),
                (false, None) if fixes == Fixes::All => {
                    self.fail(format!("{place} comes without a fix"));
                }
                (false, None) => {
                    self.fail(format!("{place} comes with a fix and ought not to"));
                }
            }
        }
    }

    #[expect(
        clippy::print_stdout,
        reason = "the test harness keeps what is printed for those who ask"
    )]
    fn known(&mut self, sentence: &str) {
        self.known += 1;
        println!("KNOWN DEFECT: {sentence}");
    }

    /// # Panics
    /// If something went wrong.
    pub(crate) fn finish(self) {
        if self.known > 0 {
            // Written so that it is seen where all tests pass.
            let _ = writeln!(
                io::stderr(),
                "KNOWN DEFECTS: {}; --nocapture lists them",
                self.known
            );
        }
        let mut text = String::new();
        for failure in &self.failures {
            let _ = writeln!(text, "  {failure}");
        }
        assert!(
            self.failures.is_empty(),
            "{} failures:\n{text}",
            self.failures.len()
        );
    }
}
