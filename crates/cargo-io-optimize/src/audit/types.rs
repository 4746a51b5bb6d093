//! Asking rustc what syntax leaves open.

use std::collections::BTreeMap;
use std::sync::Arc;

use analyze::{Analysis, KnownType, Outcome, TypeAnswer};
use model::{Audit, Failure};
use toolchain::{Answer, KnownType as Compiler, Question, Workspace};

use crate::request::AuditRequest;
use crate::shell::Shell;

/// The compiler's answers to the questions of a run; `None` if it could not be asked, which is said in the audit.
pub(super) fn ask(
    request: &AuditRequest,
    workspace: &Workspace,
    analysis: &Analysis,
    outcome: &Outcome,
    audit: &mut Audit,
    shell: &Shell,
) -> Option<Vec<TypeAnswer>> {
    let questions: Vec<Question> = outcome
        .questions
        .iter()
        .map(|question| Question {
            path: question.path.clone(),
            start: question.start,
            end: question.end,
        })
        .collect();
    let texts: BTreeMap<&str, &Arc<str>> = analysis
        .sources()
        .files
        .iter()
        .map(|file| (file.path.as_str(), &file.text))
        .collect();
    let progress = shell.progress("asking rustc for types");
    let answers = toolchain::ask(
        workspace,
        &request.cargo,
        &|path| texts.get(path).map(|text| Arc::clone(text)),
        &questions,
    );
    drop(progress);
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => {
            audit.failures.push(Failure {
                what: format!("rustc could not be asked for types: {error:#}"),
                fallback: "the audit goes by syntax".to_owned(),
                look_with: Some("cargo check".to_owned()),
            });
            return None;
        }
    };
    audit.executed.extend(answers.executed.iter().cloned());
    for error in &answers.failed {
        audit.failures.push(Failure {
            what: format!(
                "the package `{}` does not compile: {}",
                error.package, error.message
            ),
            fallback: "it is audited by syntax".to_owned(),
            look_with: Some(format!("cargo check --package {}", error.package)),
        });
    }
    let known = outcome
        .questions
        .iter()
        .zip(&answers.answers)
        .filter_map(|(question, answers)| {
            let known = settled(answers)?;
            Some(TypeAnswer {
                question: question.clone(),
                known,
            })
        });
    Some(known.collect())
}

/// What all answers to one question agree on.
fn settled(answers: &[Answer]) -> Option<KnownType> {
    let mut known = answers.iter().map(of);
    let first = known.next()?;
    known.all(|other| other == first).then_some(first).flatten()
}

fn of(answer: &Answer) -> Option<KnownType> {
    let has = |wanted: &[Compiler]| answer.known.iter().any(|known| wanted.contains(known));
    let ordered: &[(&[Compiler], KnownType)] = &[
        (&[Compiler::File], KnownType::File),
        (&[Compiler::TokioFile], KnownType::AsyncFile),
        (
            &[Compiler::TcpStream, Compiler::UnixStream],
            KnownType::Socket,
        ),
        (
            &[
                Compiler::ChildStdin,
                Compiler::ChildStdout,
                Compiler::ChildStderr,
            ],
            KnownType::Pipe,
        ),
        (&[Compiler::Stdout, Compiler::StdoutLock], KnownType::Stdout),
        (&[Compiler::Stderr, Compiler::StderrLock], KnownType::Stderr),
        (&[Compiler::Stdin, Compiler::StdinLock], KnownType::Stdin),
        (
            &[Compiler::BufWriter, Compiler::LineWriter],
            KnownType::BufferedWriter,
        ),
        (
            &[
                Compiler::ByteVector,
                Compiler::ByteSlice,
                Compiler::Cursor,
                Compiler::String,
            ],
            KnownType::Memory,
        ),
        (
            &[Compiler::BufReader, Compiler::BufRead],
            KnownType::BufferedReader,
        ),
        (&[Compiler::DirEntry], KnownType::DirEntry),
    ];
    let found = ordered
        .iter()
        .find(|(wanted, _)| has(wanted))
        .map(|(_, known)| *known);
    // What could be anything behind its bound stays open.
    let open = has(&[Compiler::DynRead, Compiler::DynWrite])
        || answer.text.contains('_') && !answer.text.contains("::");
    found.or_else(|| (!open && !answer.text.is_empty()).then_some(KnownType::Other))
}
