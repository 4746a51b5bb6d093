//! What a run of `cargo test` says of each test.

use std::collections::BTreeMap;

/// How often the tests of one name did what. Ignored ones did nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TestCount {
    /// How many passed.
    pub passed: usize,
    /// How many failed, or were cut off by the end of their program.
    pub failed: usize,
}

/// The results of one run of `cargo test`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestResults {
    /// By the name that libtest prints. The names of documentation tests are without the number of their line.
    pub tests: BTreeMap<String, TestCount>,
    /// By the name that cargo prints: each test program, and whether it ended well.
    pub programs: BTreeMap<String, TestCount>,
    /// How many programs, at least, have no tests that libtest names.
    pub other_harnesses: usize,
}

impl TestResults {
    /// The tests that pass less often than `before`; the programs that do where no test tells why.
    #[must_use]
    pub fn broken_since(&self, before: &Self) -> Vec<String> {
        let tests = broken(&before.tests, &self.tests);
        if tests.is_empty() {
            broken(&before.programs, &self.programs)
        } else {
            tests
        }
    }

    /// The tests that failed; the programs that did where no test tells why.
    #[must_use]
    pub fn failed(&self) -> Vec<&str> {
        fn failed(counts: &BTreeMap<String, TestCount>) -> Vec<&str> {
            let failed = counts.iter().filter(|(_, count)| count.failed > 0);
            failed.map(|(name, _)| name.as_str()).collect()
        }
        let tests = failed(&self.tests);
        if tests.is_empty() {
            failed(&self.programs)
        } else {
            tests
        }
    }

    /// Whether a test or program of that name passes at least once.
    #[must_use]
    pub fn passes(&self, name: &str) -> bool {
        let passes = |counts: &BTreeMap<String, TestCount>| {
            counts.get(name).is_some_and(|count| count.passed > 0)
        };
        passes(&self.tests) || passes(&self.programs)
    }

    /// Leaves only the passes that another run of the same has too.
    pub fn keep_what_passes_in(&mut self, other: &Self) {
        for (mine, others) in [
            (&mut self.tests, &other.tests),
            (&mut self.programs, &other.programs),
        ] {
            for (name, count) in mine {
                let again = others.get(name).copied().unwrap_or_default();
                let lost = count.passed.saturating_sub(again.passed);
                count.passed -= lost;
                count.failed += lost;
            }
        }
    }

    /// How many tests passed, and how many failed; a program that names no tests is one.
    #[must_use]
    pub fn totals(&self) -> TestCount {
        let mut total = TestCount::default();
        for count in self.tests.values() {
            total.passed += count.passed;
            total.failed += count.failed;
        }
        if self.other_harnesses > 0 {
            let passed: usize = self.programs.values().map(|count| count.passed).sum();
            total.passed += self.other_harnesses.min(passed);
        }
        total
    }
}

fn broken(before: &BTreeMap<String, TestCount>, now: &BTreeMap<String, TestCount>) -> Vec<String> {
    let passed = |name: &String| now.get(name).map_or(0, |count| count.passed);
    before
        .iter()
        .filter(|(name, count)| passed(name) < count.passed)
        .map(|(name, _)| name.clone())
        .collect()
}

/// Reads what `cargo test --no-fail-fast` wrote, without colors and not quietly.
///
/// A program that stops before libtest's last line has failed all its tests, as far as they were named.
#[must_use]
pub fn test_results(stdout: &str, stderr: &str) -> TestResults {
    read(stdout, stderr, true)
}

/// [`test_results`] of a run that may have been cut off: its last program did not end well then.
pub(crate) fn read(stdout: &str, stderr: &str, ended: bool) -> TestResults {
    let mut results = TestResults::default();
    let mut harnesses = 0_usize;
    let mut program = Vec::new();
    let mut running = false;
    // A test that writes past libtest has its result on a line of its own.
    let mut waiting: Option<String> = None;
    for line in stdout.lines() {
        if is_start(line) {
            count_tests(&mut results, &mut program, false);
            (harnesses, running, waiting) = (harnesses + 1, true, None);
        } else if !running {
            continue;
        } else if line.starts_with("test result: ") {
            count_tests(&mut results, &mut program, true);
            running = false;
        } else if let Some((name, said)) = line
            .strip_prefix("test ")
            .and_then(|line| line.split_once(" ... "))
        {
            waiting = None;
            match outcome(said) {
                Some(passed) => program.push((without_line(name), passed)),
                None if said.starts_with("ignored") => {}
                None => waiting = Some(without_line(name)),
            }
        } else if let "ok" | "FAILED" = line
            && let Some(name) = waiting.take()
        {
            program.push((name, line == "ok"));
        }
    }
    count_tests(&mut results, &mut program, false);
    count_programs(&mut results, stderr, ended);
    let programs: usize = results
        .programs
        .values()
        .map(|count| count.passed + count.failed)
        .sum();
    results.other_harnesses = programs.saturating_sub(harnesses);
    results
}

fn count_tests(results: &mut TestResults, program: &mut Vec<(String, bool)>, ended: bool) {
    for (name, passed) in program.drain(..) {
        count(&mut results.tests, name, passed && ended);
    }
}

fn count(counts: &mut BTreeMap<String, TestCount>, name: String, passed: bool) {
    let count = counts.entry(name).or_default();
    count.passed += usize::from(passed);
    count.failed += usize::from(!passed);
}

fn count_programs(results: &mut TestResults, stderr: &str, ended: bool) {
    let mut program: Option<String> = None;
    let mut passed = true;
    for line in stderr.lines() {
        if let Some(next) = program_name(line) {
            if let Some(name) = program.replace(next) {
                count(&mut results.programs, name, passed);
            }
            passed = true;
        } else if ["test", "doctest"]
            .iter()
            .any(|what| line.contains(&format!("error: {what} failed, to rerun pass ")))
        {
            passed = false;
        }
    }
    if let Some(name) = program {
        count(&mut results.programs, name, passed && ended);
    }
}

/// `running 3 tests`.
fn is_start(line: &str) -> bool {
    let number = line
        .strip_prefix("running ")
        .and_then(|rest| rest.strip_suffix(" tests").or(rest.strip_suffix(" test")));
    number.is_some_and(|number| number.parse::<usize>().is_ok())
}

fn outcome(said: &str) -> Option<bool> {
    match said.split(' ').next() {
        Some("ok") => Some(true),
        Some("FAILED") => Some(false),
        _ => None,
    }
}

/// `src/lib.rs - save (line 12)` as `src/lib.rs - save`: edits above move it.
fn without_line(name: &str) -> String {
    let numbered = name.split_once(" (line ").and_then(|(before, rest)| {
        let (number, behind) = rest.split_once(')')?;
        number.parse::<u32>().ok()?;
        Some(format!("{before}{behind}"))
    });
    numbered.unwrap_or_else(|| name.to_owned())
}

/// The program that a line of cargo's announces: `     Running tests/a.rs (target/debug/deps/a-0123456789abcdef)`.
fn program_name(line: &str) -> Option<String> {
    if let Some(library) = line.strip_prefix("   Doc-tests ") {
        return Some(format!("documentation tests of {library}"));
    }
    let (source, path) = line
        .strip_prefix("     Running ")?
        .strip_suffix(')')?
        .rsplit_once(" (")?;
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let name = file.rsplit_once('-').map_or(file, |(name, _hash)| name);
    Some(format!("{source} ({name})"))
}
