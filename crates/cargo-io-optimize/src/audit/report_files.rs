//! The report on disk: one page of HTML, or Markdown that fits into a comment with its whole text and its pictures beside it.
#![expect(
    clippy::disallowed_methods,
    reason = "the report is no source file: the next run writes it anew"
)]

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use model::Audit;
use report::MarkdownOptions;

/// Writes the report, as HTML or as Markdown by its ending, with what belongs beside it, and returns the file with the whole text
/// where the report itself had to be cut.
///
/// # Errors
/// If a file or a folder cannot be written; the error names it.
pub(super) fn write(path: &Path, audit: &Audit) -> Result<Option<PathBuf>> {
    if is_html(path) {
        write_file(path, &report::html(audit))?;
        return Ok(None);
    }
    let (folder, whole) = (pictures(path), whole(path));
    let plots = report::plots(audit);
    let (folder_name, whole_name) = (name(&folder), name(&whole));
    let options = MarkdownOptions {
        pictures: Some(folder_name.as_str()),
        whole: Some(whole_name.as_str()),
    };
    let markdown = report::markdown(audit, &options);
    if !plots.is_empty() {
        make_folder(&folder)?;
    }
    for plot in plots {
        write_file(&folder.join(&plot.file_name), &plot.svg)?;
    }
    if markdown.is_cut {
        write_file(&whole, &report::markdown_whole(audit, &options))?;
    }
    write_file(path, &markdown.text)?;
    Ok(markdown.is_cut.then_some(whole))
}

/// Removes what an earlier run left beside a report, so that what is there belongs to it. Only for a folder that is this program's own.
pub(super) fn clear(path: &Path) {
    let _not_there = std::fs::remove_file(whole(path));
    let _not_there = std::fs::remove_dir_all(pictures(path));
}

/// Makes a folder for the report.
///
/// # Errors
/// If it cannot be made.
pub(super) fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("could not make the folder {}", folder.display()))
}

/// Whether the ending of a path asks for a page.
pub(super) fn is_html(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ending.eq_ignore_ascii_case("html") || ending.eq_ignore_ascii_case("htm")
    })
}

/// The folder of the pictures: `report-plots` beside `report.md`.
fn pictures(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("-plots");
    path.with_file_name(name)
}

/// The file of the whole text: `report-full.md` beside `report.md`.
fn whole(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("-full");
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(OsStr::new(""));
    name.to_string_lossy().into_owned()
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)
        .with_context(|| format!("could not write the report {}", path.display()))
}
