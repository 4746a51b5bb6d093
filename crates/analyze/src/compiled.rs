//! What the compiler told about which code it compiles, held against what was found.

use model::{Applicability, Evidence, EvidenceKind, Span};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::outcome::{Analysis, Outcome, Question};
use crate::syntax::TextRange;

/// How a file was compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compiled {
    /// The file, relative to the workspace root, `/`-separated.
    pub path: String,
    /// For each crate that it is part of, what `#[cfg]` is true of: `unix`, `feature="x"`. None for a file that is part of no crate.
    pub crates: Vec<Vec<String>>,
}

impl Analysis {
    /// The files with findings that stand under a condition: it takes a compiler to tell whether they are compiled.
    #[must_use]
    pub fn conditional(&self, outcome: &Outcome) -> Vec<String> {
        let mut paths: Vec<String> = outcome
            .findings
            .iter()
            .filter(|finding| {
                let file = &self.files()[finding.span.file.0 as usize];
                let range = range(finding.span);
                file.conditional
                    || file
                        .conditions
                        .iter()
                        .any(|(under, _)| under.contains(range))
            })
            .map(|finding| self.sources().file(finding.span.file).path.clone())
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Says of each finding in code that was not compiled that it goes by syntax, and has its fix wait for somebody to look.
    pub fn mark_uncompiled(&self, outcome: &mut Outcome, compiled: &[Compiled]) {
        let known: FxHashMap<&str, Vec<FxHashSet<&str>>> = compiled
            .iter()
            .map(|file| {
                let sets = file
                    .crates
                    .iter()
                    .map(|set| set.iter().map(String::as_str).collect());
                (file.path.as_str(), sets.collect())
            })
            .collect();
        for finding in &mut outcome.findings {
            let path = self.sources().file(finding.span.file).path.as_str();
            let Some(crates) = known.get(path) else {
                continue;
            };
            let conditions = &self.files()[finding.span.file.0 as usize].conditions;
            let range = range(finding.span);
            let is_compiled = crates.iter().any(|set| {
                let mut over = conditions.iter().filter(|(under, _)| under.contains(range));
                set.is_empty() || over.all(|(_, condition)| condition.holds(set))
            });
            if is_compiled {
                continue;
            }
            finding.evidence.push(Evidence {
                kind: EvidenceKind::NotCompiled,
                span: None,
                note: "it is not compiled for this target with these features, so it was audited \
                       by syntax"
                    .to_owned(),
            });
            let fixes = finding
                .suggestion
                .iter_mut()
                .chain(&mut finding.alternatives);
            for fix in fixes {
                if fix.applicability == Applicability::MachineApplicable {
                    fix.applicability = Applicability::MaybeIncorrect;
                }
            }
        }
    }

    /// The bodies of functions whose signatures say all that can be seen from outside.
    #[must_use]
    pub fn closed_bodies(&self) -> Vec<Question> {
        let index = self.index();
        let bodies = index.function_ids().filter_map(|id| {
            let function = &index.function(id).function;
            let body = function.body.as_ref().filter(|_| function.is_closed)?;
            Some(Question {
                path: self.sources().file(index.file_of(id)).path.clone(),
                start: body.range.start,
                end: body.range.end,
            })
        });
        let mut bodies: Vec<Question> = bodies.collect();
        bodies.sort();
        bodies.dedup();
        bodies
    }
}

fn range(span: Span) -> TextRange {
    TextRange::new(span.start, span.end)
}
