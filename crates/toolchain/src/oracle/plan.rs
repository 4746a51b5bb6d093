//! From questions to what is asked of each package.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::Question;
use super::job::{self, FileJob, PackageJob};
use crate::{Package, Workspace};

/// What is asked of each package, by its folder.
pub(super) fn jobs(
    workspace: &Workspace,
    cache: &Path,
    files: &dyn Fn(&str) -> Option<Arc<str>>,
    questions: &[Question],
) -> Result<BTreeMap<PathBuf, PackageJob>> {
    let mut by_file: BTreeMap<&str, BTreeSet<(u32, u32)>> = BTreeMap::new();
    for question in questions {
        by_file
            .entry(&question.path)
            .or_default()
            .insert((question.start, question.end));
    }
    let mut jobs: BTreeMap<PathBuf, PackageJob> = BTreeMap::new();
    for (path, places) in by_file {
        let package = workspace.package_of(&workspace.root.join(path));
        let (Some(package), Some(text)) = (package, files(path)) else {
            continue;
        };
        let questions = fitting(path, &text, &places);
        let (probed, _) = job::instrument(&text, &questions);
        let file = FileJob {
            original: blake3::hash(text.as_bytes()).to_hex().to_string(),
            probed: blake3::hash(probed.as_bytes()).to_hex().to_string(),
            questions,
        };
        let job = jobs
            .entry(package.root.clone())
            .or_insert_with(|| PackageJob {
                name: package.name.clone(),
                tokio: tokio_name(package),
                files: BTreeMap::new(),
            });
        job.files.insert(path.to_owned(), file);
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
