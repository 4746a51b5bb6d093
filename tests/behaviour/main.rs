//! What a fix keeps: each program of `fixtures/behaviour` is run as it was written and as `--apply --unsafe-fixes` left it, on
//! the same inputs, good and bad. What it prints, how it ends, the errors it tells and the files it leaves are the same, or
//! the rule's page names the difference and the fix is not machine-applicable.
//!
//! A program begins with the fixes that it gets, so that one that is lost, added or of another applicability is noticed.

#![cfg(unix)]

mod inputs;
mod named;
mod outcome;
mod programs;
mod run;
#[path = "../end_to_end/support.rs"]
#[expect(dead_code, reason = "the end-to-end tests use all of it")]
mod support;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use inputs::Case;
use outcome::Outcome;
use programs::{Pairs, Program};
use run::Abilities;

/// More than a pipe holds: a program that prints so much waits for its reader.
const MORE_THAN_A_PIPE: usize = 128 << 10;

#[test]
fn fixed_programs_behave_as_before_or_their_rules_pages_name_the_difference() {
    let programs = programs::all();
    let mut problems = programs::without_programs(&programs);
    let fixed = programs::fix(&programs);
    problems.extend(fixed.problems);
    let pairs = programs::build(&programs, &fixed.texts);
    let can = Abilities::look(&pairs);
    run::limit_files();
    let cases: Vec<&Case> = inputs::CASES.iter().filter(|case| can.run(case)).collect();
    let found = run_all(&programs, (&pairs, &can), &cases);
    problems.extend(judge(&programs, &cases, &found));
    let line = format!(
        "behaviour: {} programs, {} inputs, {} pairs run, {} differences{}\n",
        programs.len(),
        cases.len(),
        found.pairs,
        found.differences.len(),
        if problems.is_empty() {
            ", all named"
        } else {
            ""
        }
    );
    let _nowhere_to_tell = std::io::stderr().write_all(line.as_bytes());
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// What running all pairs showed.
#[derive(Debug, Default)]
struct Found {
    pairs: usize,
    differences: Vec<Difference>,
}

/// A program that behaves in another way on one input.
#[derive(Debug)]
struct Difference {
    program: usize,
    case: &'static str,
    what: String,
}

fn run_all(programs: &[Program], with: (&Pairs, &Abilities), cases: &[&Case]) -> Found {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Found::default());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let program = next.fetch_add(1, Ordering::Relaxed);
                    if program >= programs.len() {
                        return;
                    }
                    let mut prints_much = false;
                    for case in cases {
                        let idle = case.of_target() && !programs[program].has_target()
                            || case.of_much_output() && !prints_much;
                        if idle {
                            continue;
                        }
                        let before = run::run(with, "before", &programs[program].name, case);
                        let after = run::run(with, "after", &programs[program].name, case);
                        prints_much |= case.is_large() && before.stdout.len() > MORE_THAN_A_PIPE;
                        let what = Outcome::difference(&before, &after);
                        let mut found = found.lock().expect("no worker panics while it holds it");
                        found.pairs += 1;
                        found.differences.extend(what.map(|what| Difference {
                            program,
                            case: case.name,
                            what,
                        }));
                    }
                }
            });
        }
    });
    found.into_inner().expect("all workers ended well")
}

/// Differences that no page names, and names that nothing needs.
fn judge(programs: &[Program], cases: &[&Case], found: &Found) -> Vec<String> {
    let mut problems = Vec::new();
    let mut needed = BTreeSet::new();
    for difference in &found.differences {
        let program = &programs[difference.program];
        let name = named::find(&program.name, difference.case);
        needed.extend(name.map(|(index, _)| (index, &program.name, difference.case)));
        let why = match name {
            _ if program.machine_applicable() => "although all its fixes are machine-applicable",
            None => "and the table names no words of the rule's page",
            Some(_) => continue,
        };
        problems.push(format!(
            "{} on `{}` behaves in another way, {why}:\n{}",
            program.name, difference.case, difference.what
        ));
    }
    for (index, entry) in named::all() {
        let page = programs::page(entry.rule);
        if !page.contains(entry.words) {
            problems.push(format!(
                "docs/rules/{}.md does not say `{}`",
                entry.rule, entry.words
            ));
        }
        for program in programs
            .iter()
            .filter(|program| entry.is_about(&program.name))
        {
            let ran = |case: &&&str| cases.iter().any(|each| each.name == **case);
            let idle = entry
                .cases
                .iter()
                .filter(ran)
                .find(|case| !needed.contains(&(index, &program.name, **case)));
            problems.extend(idle.map(|case| {
                format!(
                    "{} on `{case}` behaves as before: take it out of the table of named differences",
                    program.name
                )
            }));
        }
    }
    problems
}
