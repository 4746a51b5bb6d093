//! The run: from a loaded workspace to findings.

use std::path::Path;
use std::sync::Mutex;

use model::{Evidence, EvidenceKind, Finding, FindingId, NotAnalysed, Sources, Span, TargetKind};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rustc_hash::FxHashMap;

use crate::confidence;
use crate::context::{Context, Draft, Subject, Verdicts};
use crate::edits;
use crate::effects::Effects;
use crate::facts::Facts;
use crate::flow::{Flows, TypeAnswers};
use crate::index::{FunctionId, Index};
use crate::rounds::Rounds;
use crate::rules::RULES;
use crate::syntax::TextRange;
use crate::types::Ty;
use crate::workspace::{self, CrateInput, FileFacts, Loaded, Loader};

/// An expression whose type decides and is not known from the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The file, relative to the workspace root, `/`-separated.
    pub path: String,
    /// Offset of the expression's first byte.
    pub start: u32,
    /// Offset behind its last byte.
    pub end: u32,
}

/// The compiler's answer to a [`Question`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeAnswer {
    /// The question.
    pub question: Question,
    /// The type's path, as std or tokio exports it, without what it holds; `None` for any other type.
    pub path: Option<&'static str>,
}

/// What a run says.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The findings in selected targets, in order of path and place.
    pub findings: Vec<Finding>,
    /// Places that look like a pattern and are fine.
    pub fine: Vec<model::Fine>,
    /// What the compiler could settle.
    pub questions: Vec<Question>,
    /// Crates outside the workspace whose source would say what they do with a handle that they are given.
    pub silent: Vec<String>,
}

/// A workspace, read and indexed.
pub struct Analysis {
    pub(crate) loaded: Loaded,
    pub(crate) effects: Effects,
    pub(crate) rounds: Mutex<Rounds>,
    large_files: bool,
    pub(crate) pool: rayon::ThreadPool,
}

impl Drop for Analysis {
    fn drop(&mut self) {
        // Trees are dropped link by link, as deep as they were parsed.
        let loaded = std::mem::take(&mut self.loaded);
        self.pool.install(|| drop(loaded));
    }
}

/// Room for the recursion of the parser and of the walks over deeply nested code; only what is used is taken.
const STACK_BYTES: usize = 256 * 1024 * 1024;

/// Most functions give rules nothing to do: it would take longer to hand each to another thread.
const FEWEST_AT_ONCE: usize = 64;

/// Files from this many bytes on are large.
const LARGE: u64 = 64 << 20;

impl Analysis {
    /// Reads a workspace. `versions` holds each locked dependency's name and version.
    ///
    /// Files that cannot be analysed are listed in [`Analysis::not_analysed`], and the rest goes on.
    ///
    /// # Panics
    /// If the system refuses to start a thread.
    #[must_use]
    pub fn load(
        crates: &[CrateInput],
        versions: &[(String, String)],
        loader: &dyn Loader,
        root: &Path,
    ) -> Self {
        let pool = rayon::ThreadPoolBuilder::new()
            .stack_size(STACK_BYTES)
            .build()
            .expect("threads can be started");
        let mut loaded = pool.install(|| workspace::load(crates, loader));
        for file in &mut loaded.sources.files {
            file.absolute = root.join(&file.path);
        }
        Self {
            loaded,
            effects: Effects::new(versions),
            rounds: Mutex::default(),
            large_files: false,
            pool,
        }
    }

    /// The same, for who has files of so many bytes in mind: some strategies are for large ones only.
    #[must_use]
    pub fn for_files_of(mut self, bytes: u64) -> Self {
        self.large_files = bytes >= LARGE;
        self
    }

    /// The files that were read.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.loaded.sources
    }

    pub(crate) fn files(&self) -> &[FileFacts] {
        &self.loaded.files
    }

    pub(crate) fn index(&self) -> &Index {
        &self.loaded.index
    }

    /// What was left out, and why.
    #[must_use]
    pub fn not_analysed(&self) -> &[NotAnalysed] {
        &self.loaded.not_analysed
    }

    /// Judges the workspace.
    #[must_use]
    pub fn run(&self, answers: &[TypeAnswer]) -> Outcome {
        self.pool.install(|| self.judge(&self.answers(answers)))
    }

    fn answers(&self, answers: &[TypeAnswer]) -> TypeAnswers {
        let by_path: FxHashMap<&str, model::FileId> = self
            .loaded
            .sources
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.id))
            .collect();
        let known = answers.iter().filter_map(|answer| {
            let file = by_path.get(answer.question.path.as_str())?;
            let range = TextRange::new(answer.question.start, answer.question.end);
            Some(((*file, range), answered_ty(answer.path)))
        });
        known.collect()
    }

    fn judge(&self, answers: &TypeAnswers) -> Outcome {
        let index = &self.loaded.index;
        let ids: Vec<FunctionId> = index.function_ids().collect();
        let Facts { flows, usages, .. } = self.facts(answers);
        let context = Context {
            index,
            effects: &self.effects,
            sources: &self.loaded.sources,
            files: &self.loaded.files,
            flows: &flows,
            usages: &usages,
            large_files: self.large_files,
        };
        let judged = ids.into_par_iter().with_min_len(FEWEST_AT_ONCE).map(|id| {
            let mut verdicts = Verdicts::default();
            if let Some(subject) = subject(&context, id) {
                for rule in RULES {
                    (rule.check)(&context, subject, &mut verdicts);
                }
            }
            verdicts
        });
        let judged: Vec<Verdicts> = judged.collect();
        let mut verdicts = Verdicts::default();
        for one in judged {
            verdicts.drafts.extend(one.drafts);
            verdicts.fine.extend(one.fine);
        }
        self.outcome(&context, verdicts, &flows)
    }

    fn outcome(&self, context: &Context<'_>, verdicts: Verdicts, flows: &Flows) -> Outcome {
        let path = |span: Span| self.loaded.sources.file(span.file).path.as_str();
        let mut drafts = verdicts.drafts;
        drafts.sort_by(|a, b| {
            (path(a.span), a.span, a.rule.name, a.operation).cmp(&(
                path(b.span),
                b.span,
                b.rule.name,
                b.operation,
            ))
        });
        // A file that is part of several targets is walked for each.
        drafts.dedup_by(|a, b| {
            a.span == b.span && a.rule.name == b.rule.name && a.operation == b.operation
        });
        let mut seen: FxHashMap<String, u32> = FxHashMap::default();
        let findings = drafts
            .into_iter()
            .map(|draft| self.finding(context, draft, &mut seen))
            .collect();
        let mut fine = verdicts.fine;
        fine.sort_by(|a, b| (path(a.span), a.span, a.rule).cmp(&(path(b.span), b.span, b.rule)));
        fine.dedup_by(|a, b| a.span == b.span && a.rule == b.rule);
        let mut questions: Vec<Question> = flows
            .iter()
            .filter(|(id, _)| subject(context, **id).is_some())
            .flat_map(|(id, flow)| {
                let path = &self.loaded.sources.file(context.index.file_of(*id)).path;
                flow.questions.iter().map(|question| Question {
                    path: path.clone(),
                    start: question.range.start,
                    end: question.range.end,
                })
            })
            .collect();
        questions.sort();
        questions.dedup();
        Outcome {
            findings,
            fine,
            questions,
            silent: self.silent(flows),
        }
    }

    fn finding(
        &self,
        context: &Context<'_>,
        draft: Draft,
        seen: &mut FxHashMap<String, u32>,
    ) -> Finding {
        let file = self.loaded.sources.file(draft.span.file);
        let code: String = self
            .loaded
            .sources
            .text(draft.span)
            .split_whitespace()
            .collect();
        let function = context.index.qualified_name(draft.function);
        let content = format!("{}\0{}\0{function}\0{code}", draft.rule.name, file.path);
        let ordinal = seen.entry(content.clone()).or_default();
        *ordinal += 1;
        let hash = blake3::hash(format!("{content}\0{ordinal}").as_bytes()).to_hex();
        let mut evidence = draft.evidence;
        let note = match file.target {
            // It measures what it does, slow or not.
            TargetKind::Benchmark => Some("it is a benchmark"),
            TargetKind::BuildScript if draft.rule.about_speed => {
                Some("a build script runs once for each build, on what comes with the package")
            }
            _ if context.index.is_test(draft.function) => Some("it is test code"),
            _ if is_among_tests(&file.path) => Some("its folder holds tests"),
            _ => None,
        };
        if let Some(note) = note {
            let note = note.to_owned();
            evidence.push(Evidence {
                kind: EvidenceKind::NotProduction,
                span: None,
                note,
            });
        }
        let mut related: Vec<model::Label> = Vec::new();
        for label in draft.related {
            if label.span != draft.span && !related.iter().any(|known| known.span == label.span) {
                related.push(label);
            }
        }
        let finished = |fix: model::Fix| {
            let kept = Some(fix).filter(|fix| {
                !edits_macro(context, draft.function, fix) && edits::fits(context, fix)
            })?;
            Some(match context.subject(draft.function) {
                Some(subject) => edits::without_unused_imports(context, subject, kept),
                None => kept,
            })
        };
        Finding {
            id: FindingId(hash.as_str()[..16].to_owned()),
            rule: draft.rule,
            operation: draft.operation,
            span: draft.span,
            related,
            function,
            message: draft.message,
            confidence: confidence::derive(&evidence),
            evidence,
            workload: draft.workload,
            no_figure: None,
            headline: None,
            measurements: Vec::new(),
            trace: None,
            suggestion: draft.fix.and_then(finished),
            alternatives: draft
                .alternatives
                .into_iter()
                .filter_map(finished)
                .collect(),
            suppressed: None,
        }
    }
}

/// Whether a file lies where tests and what they need are kept.
fn is_among_tests(path: &str) -> bool {
    let mut folders = path.split('/').rev().skip(1);
    folders.any(|folder| matches!(folder, "test" | "tests" | "testing"))
}

/// Whether a fix edits what is given to a macro: what becomes of it there cannot be told.
fn edits_macro(context: &Context<'_>, id: FunctionId, fix: &model::Fix) -> bool {
    let file = context.index.file_of(id);
    let macros = context.flows.get(&id).map_or(&[][..], |flow| &flow.macros);
    fix.edits
        .iter()
        .filter(|edit| edit.span.file == file)
        .any(|edit| {
            macros
                .iter()
                .any(|call| call.start < edit.span.end && edit.span.start < call.end)
        })
}

/// The function as rules see it, if findings in it are wanted.
fn subject<'a>(context: &Context<'a>, id: FunctionId) -> Option<Subject<'a>> {
    let data = context.index.function(id);
    let file = context.index.file_of(id);
    let FileFacts {
        selected,
        generated,
        ..
    } = context.files[file.0 as usize];
    if !selected || generated {
        return None;
    }
    let body = data.function.body.as_deref()?;
    let flow = context.flows.get(&id)?;
    Some(Subject {
        id,
        data,
        body,
        flow,
        file,
        text: &context.sources.file(file).text,
    })
}

fn answered_ty(path: Option<&str>) -> Ty {
    match path {
        Some("std::vec::Vec") => Ty::External("std::vec::Vec".to_owned(), vec![Ty::external("u8")]),
        Some(path) => Ty::external(path),
        None => Ty::external(crate::types::ANOTHER),
    }
}
