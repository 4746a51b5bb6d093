//! `--interactive`: a person says of each fix whether it is applied.

use std::collections::HashSet;
use std::io::{self, BufRead as _};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use model::{Audit, Finding, FindingId};
use report::HumanOptions;
use rewrite::{Manifests, Plan, Selection};

use crate::interrupt::Interrupt;
use crate::shell::{Shell, Verbosity};

const HELP: &str = "\
y - apply this fix
n - do not apply it
a - apply it and all further fixes of its rule
d - apply neither it nor any further fix of its rule
q - apply neither it nor any further fix; what you said yes to is applied
? - show this
";

/// Asks about the fixes of the plan, and of the plans that refusals lead to; what is refused is excluded from `selection`,
/// what is accepted preferred.
pub(super) fn ask(
    audit: &Audit,
    manifests: &Manifests,
    selection: &mut Selection,
    shell: &Shell,
    interrupt: &Interrupt,
) -> Result<Plan> {
    let options = HumanOptions {
        color: shell.colors_talk(),
        width: shell.width(),
        verbose: shell.verbosity() == Verbosity::Verbose,
    };
    let show = |finding: &Finding, plan: &Plan| {
        let others = plan.fixes.iter().map(|fix| fix.id.clone());
        let others: HashSet<FindingId> = others.filter(|id| *id != finding.id).collect();
        let patches = plan.patches(&audit.sources, &others);
        report::human_question(audit, finding, &patches, &options)
    };
    let lines = typed_lines();
    Dialogue {
        say: &mut |text| shell.ask(text),
        hear: &mut || next_line(&lines, interrupt),
        show: &show,
    }
    .hold(audit, manifests, selection)
}

/// The lines that are typed, read beside: whoever waits for one can still be interrupted.
fn typed_lines() -> Receiver<io::Result<String>> {
    let (sender, lines) = mpsc::sync_channel(0);
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn next_line(
    lines: &Receiver<io::Result<String>>,
    interrupt: &Interrupt,
) -> Result<Option<String>> {
    loop {
        interrupt.check()?;
        match lines.recv_timeout(Duration::from_millis(50)) {
            Ok(line) => return line.map(Some).context("cannot read the answer from stdin"),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    AllOfRule,
    NoneOfRule,
    Quit,
}

/// Questions and answers, whatever they go through.
struct Dialogue<'a> {
    say: &'a mut dyn FnMut(&str),
    /// The next line; `None` once there are no more.
    hear: &'a mut dyn FnMut() -> Result<Option<String>>,
    /// A finding and the change that its fix alone makes.
    show: &'a dyn Fn(&Finding, &Plan) -> String,
}

impl Dialogue<'_> {
    fn hold(
        &mut self,
        audit: &Audit,
        manifests: &Manifests,
        selection: &mut Selection,
    ) -> Result<Plan> {
        let mut of_rule: Vec<(&'static str, Answer)> = Vec::new();
        let mut quit = false;
        loop {
            let plan = rewrite::plan(&audit.findings, &audit.sources, manifests, selection);
            // In the order in which the findings were shown.
            let planned = audit.findings.iter().filter(|finding| {
                plan.fixes.iter().any(|fix| fix.id == finding.id)
                    && !selection.preferred.contains(&finding.id)
            });
            let open: Vec<&Finding> = planned.collect();
            if open.is_empty() {
                return Ok(plan);
            }
            for (number, finding) in open.iter().enumerate() {
                let rule = finding.rule.name;
                let said = of_rule.iter().find(|(name, _)| *name == rule);
                let answer = match said {
                    _ if quit => Answer::Quit,
                    Some((_, answer)) => *answer,
                    None => self.answer(finding, &plan, number + 1, open.len())?,
                };
                match answer {
                    Answer::AllOfRule | Answer::NoneOfRule if said.is_none() => {
                        of_rule.push((rule, answer));
                    }
                    Answer::Quit => quit = true,
                    _ => {}
                }
                if matches!(answer, Answer::Yes | Answer::AllOfRule) {
                    selection.preferred.insert(finding.id.clone());
                } else {
                    // What it stood in the way of is in the next plan, and asked about then.
                    let reason = "declined".to_owned();
                    selection.excluded.insert(finding.id.clone(), reason);
                }
            }
        }
    }

    fn answer(
        &mut self,
        finding: &Finding,
        plan: &Plan,
        number: usize,
        of: usize,
    ) -> Result<Answer> {
        (self.say)(&format!("\n{}\n", (self.show)(finding, plan)));
        loop {
            (self.say)(&format!("({number}/{of}) Apply this fix [y,n,a,d,q,?]? "));
            let Some(line) = (self.hear)()? else {
                (self.say)("\n");
                return Ok(Answer::Quit);
            };
            match line.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(Answer::Yes),
                "n" | "no" => return Ok(Answer::No),
                "a" | "all" => return Ok(Answer::AllOfRule),
                "d" => return Ok(Answer::NoneOfRule),
                "q" | "quit" => return Ok(Answer::Quit),
                _ => (self.say)(HELP),
            }
        }
    }
}

#[cfg(test)]
mod tests;
