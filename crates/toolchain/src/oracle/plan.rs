//! From questions to what is asked of each package.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::job::{self, FileJob, PackageJob};
use super::{Body, Inquiry, Question};
use crate::{Package, Workspace};

/// What is asked of each package, by its folder.
pub(super) fn jobs(
    workspace: &Workspace,
    cache: &Path,
    files: &dyn Fn(&str) -> Option<Arc<str>>,
    inquiry: Inquiry<'_>,
) -> Result<BTreeMap<PathBuf, PackageJob>> {
    let by_file = by_file(workspace, inquiry.questions, inquiry.unasked);
    let mut jobs: BTreeMap<PathBuf, PackageJob> = BTreeMap::new();
    for (path, (places, bodies)) in by_file {
        let package = workspace.package_of(&workspace.root.join(path));
        let (Some(package), Some(text)) = (package, files(path)) else {
            continue;
        };
        let questions = fitting(path, &text, &places);
        let mut file = FileJob {
            original: blake3::hash(text.as_bytes()).to_hex().to_string(),
            probed: String::new(),
            skipped: apart(&text, &bodies, &questions),
            questions,
        };
        let probed = file.instrumented(&text);
        file.probed = blake3::hash(probed.as_bytes()).to_hex().to_string();
        let job = jobs
            .entry(package.root.clone())
            .or_insert_with(|| empty(package));
        job.files.insert(path.to_owned(), file);
    }
    for path in inquiry.conditional {
        if let Some(package) = workspace.package_of(&workspace.root.join(path)) {
            jobs.entry(package.root.clone())
                .or_insert_with(|| empty(package));
        }
    }
    for (root, job) in &mut jobs {
        let path = cache.join("asked").join(job::variable(root));
        let before = fs::read(&path).ok();
        let before: Option<PackageJob> =
            before.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        match before {
            Some(before) if before.covers(job) && is_current(&before, files) => *job = before,
            _ => {
                fs::create_dir_all(cache.join("asked"))
                    .with_context(|| format!("cannot make {}", cache.display()))?;
                job::write_whole(&path, &serde_json::to_vec(job)?)?;
            }
        }
    }
    Ok(jobs)
}

fn empty(package: &Package) -> PackageJob {
    PackageJob {
        name: package.name.clone(),
        tokio: tokio_name(package),
        files: BTreeMap::new(),
    }
}

type Places = BTreeSet<(u32, u32)>;

/// The questions in each file, and the bodies that need no check; files of packages without questions are left out.
fn by_file<'a>(
    workspace: &Workspace,
    questions: &'a [Question],
    unasked: &'a [Body],
) -> BTreeMap<&'a str, (Places, Places)> {
    let mut files: BTreeMap<&str, (Places, Places)> = BTreeMap::new();
    let mut packages: BTreeSet<PathBuf> = BTreeSet::new();
    let package_of = |path: &str| {
        let package = workspace.package_of(&workspace.root.join(path))?;
        Some(package.root.clone())
    };
    for question in questions {
        let file = files.entry(&question.path).or_insert_with(|| {
            packages.extend(package_of(&question.path));
            Default::default()
        });
        file.0.insert((question.start, question.end));
    }
    let mut last: Option<(&str, bool)> = None;
    for body in unasked {
        let is_asked = match last {
            Some((path, is_asked)) if path == body.path => is_asked,
            _ => package_of(&body.path).is_some_and(|root| packages.contains(&root)),
        };
        last = Some((&body.path, is_asked));
        if is_asked {
            let file = files.entry(&body.path).or_default();
            file.1.insert((body.start, body.end));
        }
    }
    files
}

/// The bodies that are apart from each other and from all questions; the outer of two that are nested.
fn apart(text: &str, bodies: &Places, questions: &[(u64, u32, u32)]) -> Vec<(u32, u32)> {
    let mut kept: Vec<(u32, u32)> = Vec::new();
    let mut outer: Vec<(u32, u32)> = bodies.iter().copied().collect();
    outer.sort_by_key(|&(start, end)| (start, std::cmp::Reverse(end)));
    for (start, end) in outer {
        let is_body = text
            .get(start as usize..end as usize)
            .is_some_and(|body| body.starts_with('{') && body.ends_with('}'));
        let meets = |&(_, s, e): &(u64, u32, u32)| s < end && start < e;
        let is_apart = kept.last().is_none_or(|&(_, before)| before <= start);
        if is_body && is_apart && !questions.iter().any(meets) {
            kept.push((start, end));
        }
    }
    kept
}

/// Numbers and places of the questions that fit a text: on character borders, and nested or apart.
fn fitting(path: &str, text: &str, places: &BTreeSet<(u32, u32)>) -> Vec<(u64, u32, u32)> {
    let mut taken: Vec<(u32, u32)> = Vec::new();
    for &(start, end) in places {
        let is_text = start < end
            && text
                .get(start as usize..end as usize)
                .is_some_and(|t| !t.is_empty());
        let crosses = |&(s, e): &(u32, u32)| s < start && start < e && e < end;
        if is_text && !taken.iter().any(crosses) {
            taken.push((start, end));
        }
    }
    let numbered = |(start, end)| (job::question_id(path, start, end), start, end);
    taken.into_iter().map(numbered).collect()
}

/// Whether the texts that a job was made for are still those.
fn is_current(job: &PackageJob, files: &dyn Fn(&str) -> Option<Arc<str>>) -> bool {
    job.files.iter().all(|(path, file)| {
        files(path)
            .is_some_and(|text| blake3::hash(text.as_bytes()).to_hex().as_str() == file.original)
    })
}

fn tokio_name(package: &Package) -> Option<String> {
    let mut dependencies = package.dependencies.iter();
    dependencies
        .find(|found| found.package == "tokio")
        .map(|found| found.name.clone())
}
