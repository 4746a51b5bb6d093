//! Asking rustc what syntax leaves open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use analyze::{Analysis, Compiled, Outcome, TypeAnswer};
use model::{Audit, Failure, Types};
use toolchain::{Answer, Answers, Body, Inquiry, Question, Workspace};

use super::dependencies::Dependencies;
use crate::request::AuditRequest;
use crate::shell::Shell;

/// How often rustc is asked: what it says the first time can open further questions.
const ROUNDS: usize = 2;

/// Judges a workspace by rustc's types, where it can be asked; what it cannot be asked about is said in the audit.
pub(super) fn judge(
    request: &AuditRequest,
    workspace: &Workspace,
    analysis: &mut Analysis,
    dependencies: &mut Dependencies<'_>,
    audit: &mut Audit,
    shell: &Shell,
) -> Outcome {
    let mut outcome = dependencies.judge(analysis, &[]);
    let mut asked: BTreeSet<analyze::Question> = BTreeSet::new();
    let mut told = None;
    for _ in 0..ROUNDS {
        let before = asked.len();
        asked.extend(outcome.questions.iter().cloned());
        let conditional = analysis.conditional(&outcome);
        if asked.len() == before && (told.is_some() || conditional.is_empty()) {
            break;
        }
        let questions: Vec<_> = asked.iter().cloned().collect();
        let _progress = shell.progress("asking rustc for types");
        let answers = match ask(request, workspace, analysis, &questions, &conditional) {
            Ok(answers) => answers,
            Err(error) => {
                audit.failures.push(Failure {
                    what: format!("rustc could not be asked for types: {error:#}"),
                    fallback: "the audit goes by syntax".to_owned(),
                    look_with: Some("cargo check".to_owned()),
                });
                break;
            }
        };
        audit.executed.extend(answers.executed.iter().cloned());
        outcome = dependencies.judge(analysis, &known(&questions, &answers));
        told = Some(answers);
    }
    match &told {
        Some(answers) => {
            analysis.mark_uncompiled(&mut outcome, &compiled(workspace, analysis, answers));
            tell_failures(answers, audit);
            if !answers.compiled.is_empty() {
                audit.analysis.types = Types::Rustc;
            }
        }
        // Without an open question there is nothing that rustc could add.
        None if audit.failures.is_empty() => audit.analysis.types = Types::Rustc,
        None => {}
    }
    outcome
}

fn ask(
    request: &AuditRequest,
    workspace: &Workspace,
    analysis: &Analysis,
    questions: &[analyze::Question],
    conditional: &[String],
) -> anyhow::Result<Answers> {
    let texts: BTreeMap<&str, &Arc<str>> = analysis
        .sources()
        .files
        .iter()
        .map(|file| (file.path.as_str(), &file.text))
        .collect();
    let questions: Vec<Question> = questions
        .iter()
        .map(|question| Question {
            path: question.path.clone(),
            start: question.start,
            end: question.end,
        })
        .collect();
    let unasked: Vec<Body> = analysis
        .closed_bodies()
        .into_iter()
        .map(|body| Body {
            path: body.path,
            start: body.start,
            end: body.end,
        })
        .collect();
    toolchain::ask(
        workspace,
        &request.cargo,
        &|path| texts.get(path).map(|text| Arc::clone(text)),
        Inquiry {
            questions: &questions,
            unasked: &unasked,
            conditional,
        },
    )
}

fn known(questions: &[analyze::Question], answers: &Answers) -> Vec<TypeAnswer> {
    let pairs = questions.iter().zip(&answers.answers);
    let known = pairs.filter_map(|(question, answers)| {
        let path = settled(answers)?;
        Some(TypeAnswer {
            question: question.clone(),
            path,
        })
    });
    known.collect()
}

/// How each file was compiled whose package was.
fn compiled(workspace: &Workspace, analysis: &Analysis, answers: &Answers) -> Vec<Compiled> {
    let package_of = |path: &str| {
        let package = workspace.package_of(&workspace.root.join(path));
        package.map(|package| package.name.as_str())
    };
    let whole: BTreeSet<&str> = answers
        .compiled
        .iter()
        .filter_map(|unit| package_of(&unit.root))
        .filter(|name| !answers.failed.iter().any(|error| error.package == *name))
        .collect();
    let mut files: BTreeMap<&str, Vec<Vec<String>>> = analysis
        .sources()
        .files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| package_of(path).is_some_and(|name| whole.contains(name)))
        .map(|path| (path, Vec::new()))
        .collect();
    for unit in &answers.compiled {
        for path in &unit.files {
            if let Some(crates) = files.get_mut(path.as_str()) {
                crates.push(unit.cfg.clone());
            }
        }
    }
    files
        .into_iter()
        .map(|(path, crates)| Compiled {
            path: path.to_owned(),
            crates,
        })
        .collect()
}

fn tell_failures(answers: &Answers, audit: &mut Audit) {
    for error in &answers.failed {
        audit.failures.push(Failure {
            what: format!(
                "the package `{}` does not compile: {}",
                error.package, error.message
            ),
            fallback: "it is audited by syntax, and so is what depends on it".to_owned(),
            look_with: Some(format!("cargo check --package {}", error.package)),
        });
    }
}

/// What all answers to one question agree on; `Some(None)` is a type that is none of the known ones.
fn settled(answers: &[Answer]) -> Option<Option<&'static str>> {
    let mut paths = answers.iter().map(path_of);
    let first = paths.next()?;
    paths.all(|other| other == first).then_some(first).flatten()
}

fn path_of(answer: &Answer) -> Option<Option<&'static str>> {
    if let Some(known) = answer.known.first() {
        // What could be anything behind its bound stays open.
        return known.path().map(Some);
    }
    let is_parameter = answer.text.contains('_') && !answer.text.contains("::");
    (!is_parameter && !answer.text.is_empty()).then_some(None)
}
