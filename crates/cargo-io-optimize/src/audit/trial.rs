//! Tries sets of fixes in the shadow copy: whether they compile without new warnings, and whether the tests pass that passed
//! without them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::time::Duration;

use anyhow::Result;
use model::Patch;
use rewrite::{CheckError, Checked, ErrorSpan};
use toolchain::{CargoOptions, CheckOutcome, CompileError, Shadow, TestCount, TestResults, Tested};

use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// What a set of fixes has to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It compiles, and rustc warns of nothing new in the files it changes.
    Compile,
    /// The tests pass that passed before.
    Test,
}

/// The error of tests that do not build without any fix.
#[derive(Debug)]
pub(super) struct TestsDoNotBuild(String);

impl fmt::Display for TestsDoNotBuild {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(message) = self;
        write!(
            formatter,
            "the tests of the project do not build as it is, so that fixes cannot be tested: {message}; nothing was changed: \
            `--verify check` does without tests"
        )
    }
}

impl std::error::Error for TestsDoNotBuild {}

/// The shadow, with what is known of the project without fixes.
pub(super) struct Trial<'a> {
    shadow: Shadow<'a>,
    cargo: &'a CargoOptions,
    interrupt: &'a Interrupt,
    progress: &'a Progress,
    known: Known,
}

#[derive(Default)]
struct Known {
    executed: Vec<String>,
    warnings: Option<Warnings>,
    tests: Option<TestsBefore>,
}

/// How the tests do without any fix.
struct TestsBefore {
    results: TestResults,
    /// How long a run with fixes may take before it counts as one that never ends.
    limit: Duration,
    /// Whether a second run has agreed.
    confirmed: bool,
}

impl<'a> Trial<'a> {
    pub(super) fn new(
        shadow: Shadow<'a>,
        cargo: &'a CargoOptions,
        interrupt: &'a Interrupt,
        progress: &'a Progress,
    ) -> Self {
        Self {
            shadow,
            cargo,
            interrupt,
            progress,
            known: Known::default(),
        }
    }

    pub(super) fn check(&mut self, step: Step, patches: &[Patch]) -> Result<Checked> {
        match step {
            Step::Compile => self.compile(patches),
            Step::Test => self.test(patches),
        }
    }

    /// The command lines that were executed, and how the tests did without any fix if they were run.
    pub(super) fn told(self) -> (Vec<String>, Option<TestCount>) {
        let totals = self.known.tests.map(|before| before.results.totals());
        (self.known.executed, totals)
    }

    /// The text of the lock file that goes with the patches.
    pub(super) fn locked(&mut self, patches: &[Patch]) -> Result<String> {
        self.hold(patches)?;
        self.known.executed.push("cargo metadata".to_owned());
        let text = self.shadow.locked(self.cargo);
        // A cargo that the user ended has found nothing wrong.
        self.interrupt.check()?;
        text
    }

    fn hold(&mut self, patches: &[Patch]) -> Result<()> {
        self.interrupt.check()?;
        let texts: Vec<(&str, &str)> = patches
            .iter()
            .map(|patch| (patch.path.as_str(), patch.after.as_str()))
            .collect();
        self.shadow.hold(&texts)
    }

    /// What cargo says of a copy with these patches in it.
    pub(super) fn cargo_check(
        &mut self,
        patches: &[Patch],
        cargo: &CargoOptions,
    ) -> Result<CheckOutcome> {
        self.progress.set_message("checking the patched copy");
        self.hold(patches)?;
        let outcome = self.shadow.check(cargo)?;
        // A compiler that the user ended has found nothing wrong.
        self.interrupt.check()?;
        self.known.executed.push(outcome.command.clone());
        Ok(outcome)
    }

    fn compile(&mut self, patches: &[Patch]) -> Result<Checked> {
        let outcome = self.cargo_check(patches, self.cargo)?;
        if !outcome.success {
            return Ok(failed(outcome));
        }
        let paths: HashSet<&str> = patches.iter().map(|patch| patch.path.as_str()).collect();
        let now = Warnings::of(outcome, |path| paths.contains(path));
        if now.0.is_empty() {
            return Ok(Checked::Passed);
        }
        if self.known.warnings.is_none() {
            let before = self.cargo_check(&[], self.cargo)?;
            self.known.warnings = Some(Warnings::of(before, |_| true));
        }
        let errors = now.more_than(self.known.warnings.as_ref());
        Ok(if errors.is_empty() {
            Checked::Passed
        } else {
            Checked::Failed {
                by: "rustc warns".to_owned(),
                errors,
            }
        })
    }

    fn test(&mut self, patches: &[Patch]) -> Result<Checked> {
        // What fails without any fix does not count.
        if patches.is_empty() {
            return Ok(Checked::Passed);
        }
        let mut before = match self.known.tests.take() {
            Some(before) => before,
            None => self.test_before()?,
        };
        let checked = self.test_against(&mut before, patches);
        self.known.tests = Some(before);
        checked
    }

    fn test_against(&mut self, before: &mut TestsBefore, patches: &[Patch]) -> Result<Checked> {
        if before.results.totals().passed == 0 {
            return Ok(Checked::Passed);
        }
        let mut broken: Option<BTreeSet<String>> = None;
        let mut in_time = true;
        // A test that fails now and then does not cost a fix.
        for _ in 0..2 {
            match self.cargo_test(patches, Some(before.limit))? {
                Tested::NotBuilt(outcome) => return Ok(failed(outcome)),
                Tested::Ran {
                    results,
                    in_time: ended,
                    ..
                } => {
                    in_time = ended;
                    let now: BTreeSet<String> =
                        results.broken_since(&before.results).into_iter().collect();
                    broken = Some(match broken {
                        Some(first) => &first & &now,
                        None => now,
                    });
                }
            }
            if broken.as_ref().is_none_or(BTreeSet::is_empty) {
                return Ok(Checked::Passed);
            }
        }
        let mut broken = broken.unwrap_or_default();
        if !before.confirmed {
            if let Tested::Ran { results, .. } = self.cargo_test(&[], Some(before.limit))? {
                before.results.keep_what_passes_in(&results);
            }
            before.confirmed = true;
            broken.retain(|name| before.results.passes(name));
        }
        let Some(first) = broken.first() else {
            return Ok(Checked::Passed);
        };
        let more = match broken.len() {
            1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        let how = if in_time { "fails" } else { "does not end" };
        Ok(Checked::Failed {
            by: "cargo test".to_owned(),
            errors: vec![CheckError {
                message: format!("`{first}` passes without the fix and {how} with it{more}"),
                spans: Vec::new(),
            }],
        })
    }

    fn test_before(&mut self) -> Result<TestsBefore> {
        match self.cargo_test(&[], None)? {
            Tested::NotBuilt(outcome) => Err(TestsDoNotBuild(first_message(outcome)).into()),
            Tested::Ran {
                results, elapsed, ..
            } => Ok(TestsBefore {
                results,
                limit: elapsed * 10 + Duration::from_secs(60),
                confirmed: false,
            }),
        }
    }

    /// How the tests of a copy with these patches do.
    pub(super) fn cargo_test(
        &mut self,
        patches: &[Patch],
        limit: Option<Duration>,
    ) -> Result<Tested> {
        self.progress.set_message(if patches.is_empty() {
            "testing the copy without fixes"
        } else {
            "testing the patched copy"
        });
        self.hold(patches)?;
        let tested = self.shadow.test(self.cargo, limit, self.interrupt.flag());
        // Tests that the user ended have not failed.
        self.interrupt.check()?;
        let tested = tested?;
        let (Tested::NotBuilt(CheckOutcome { command, .. }) | Tested::Ran { command, .. }) =
            &tested;
        self.known.executed.push(command.clone());
        Ok(tested)
    }
}

fn failed(outcome: CheckOutcome) -> Checked {
    let mut errors: Vec<CheckError> = outcome.errors.into_iter().map(check_error).collect();
    if errors.is_empty() {
        errors.extend(outcome.other.map(|message| CheckError {
            message,
            spans: Vec::new(),
        }));
    }
    Checked::Failed {
        by: "rustc".to_owned(),
        errors,
    }
}

fn check_error(error: CompileError) -> CheckError {
    CheckError {
        spans: spans(&error),
        message: error.message,
    }
}

fn spans(error: &CompileError) -> Vec<ErrorSpan> {
    let span = |place: &toolchain::Place, primary: bool| ErrorSpan {
        path: place.path.clone(),
        start: place.start as usize,
        end: place.end as usize,
        primary,
    };
    let places = error.places.iter().map(|place| span(place, true));
    places
        .chain(error.related.iter().map(|place| span(place, false)))
        .collect()
}

/// Warnings by file and message: edits move their places. One that several targets share is one.
struct Warnings(BTreeMap<(String, String), BTreeSet<CompileError>>);

impl Warnings {
    fn of(outcome: CheckOutcome, is_wanted: impl Fn(&str) -> bool) -> Self {
        let mut found: BTreeMap<_, BTreeSet<CompileError>> = BTreeMap::new();
        for mut warning in outcome.warnings {
            // Targets differ in what they say beside it.
            warning.rendered.clear();
            warning.package.clear();
            let paths: BTreeSet<String> = warning
                .places
                .iter()
                .map(|place| place.path.clone())
                .filter(|path| is_wanted(path))
                .collect();
            for path in paths {
                let key = (path, warning.message.clone());
                found.entry(key).or_default().insert(warning.clone());
            }
        }
        Self(found)
    }

    /// Those of which there are more, with all places of their kind.
    fn more_than(self, before: Option<&Self>) -> Vec<CheckError> {
        let known = |key| before.and_then(|before| before.0.get(key));
        self.0
            .iter()
            .filter(|(key, now)| now.len() > known(*key).map_or(0, BTreeSet::len))
            .map(|((_, message), now)| CheckError {
                message: message.clone(),
                spans: now.iter().flat_map(spans).collect(),
            })
            .collect()
    }
}

/// The first thing that is wrong, in one line.
pub(super) fn first_message(outcome: CheckOutcome) -> String {
    match outcome.errors.into_iter().next() {
        Some(error) => error.message,
        None => first_line(&outcome.other.unwrap_or_default()),
    }
}

fn first_line(talk: &str) -> String {
    let line = talk.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
