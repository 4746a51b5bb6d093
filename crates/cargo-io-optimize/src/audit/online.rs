//! Where GitHub shows the files that were audited: read from the files of the repository, so that no process is started.
//!
//! A tree that nobody vouches for may hold any repository. What is taken from it is an owner, a name and a commit, each of the
//! characters that GitHub allows, and what cannot be read means that there are no links.

mod index;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use model::{Audit, FileId, OnlineSources};

/// Bytes of the largest file that is read: the index of a repository of half a million files.
const LARGEST: u64 = 64 << 20;

/// The commit that is checked out on GitHub, with the files the report names that read there as they do here.
pub(super) fn sources(root: &Path, audit: &Audit) -> Option<OnlineSources> {
    let root = root.canonicalize().ok()?;
    let repository = Repository::around(&root)?;
    let address = repository.address()?;
    let folder = root.strip_prefix(&repository.work_tree).ok()?;
    let folder: Vec<&str> = folder
        .iter()
        .map(|name| name.to_str())
        .collect::<Option<_>>()?;
    let folder = folder.join("/");
    let index = read(&repository.own.join("index"))?;
    let tracked = index::blobs(&index)?;
    let named: BTreeSet<FileId> = audit
        .findings
        .iter()
        .flat_map(|finding| {
            let related = finding.related.iter().map(|label| label.span.file);
            related.chain([finding.span.file])
        })
        .chain(audit.fine.iter().map(|fine| fine.span.file))
        .collect();
    let files = named
        .into_iter()
        .map(|id| audit.sources.file(id))
        .filter(|file| {
            let path = match folder.as_str() {
                "" => file.path.clone(),
                folder => format!("{folder}/{}", file.path),
            };
            tracked.get(path.as_bytes()) == Some(&index::blob_id(file.text.as_bytes()))
        })
        .map(|file| file.path.clone())
        .collect();
    Some(OnlineSources {
        address,
        folder,
        files,
    })
}

/// Where git keeps what it knows.
struct Repository {
    /// The folder that holds `.git`.
    work_tree: PathBuf,
    /// What belongs to this checkout: its commit and its index.
    own: PathBuf,
    /// What all checkouts share: branches and configuration.
    common: PathBuf,
}

impl Repository {
    fn around(folder: &Path) -> Option<Self> {
        let work_tree = folder.ancestors().find(|it| it.join(".git").exists())?;
        let mut own = work_tree.join(".git");
        if own.is_file() {
            // A worktree or a submodule says where its repository is.
            let text = text(&own)?;
            own = work_tree.join(text.strip_prefix("gitdir:")?.trim());
        }
        let common = match text(&own.join("commondir")) {
            Some(path) => own.join(path.trim()),
            None => own.clone(),
        };
        Some(Self {
            work_tree: work_tree.to_owned(),
            own,
            common,
        })
    }

    /// Where GitHub shows the files of the commit.
    fn address(&self) -> Option<String> {
        let (owner, name) = github_remote(&text(&self.common.join("config"))?)?;
        let commit = self.commit()?;
        Some(format!("https://github.com/{owner}/{name}/blob/{commit}"))
    }

    /// The commit that is checked out, if it has one and its name is of the usual kind.
    fn commit(&self) -> Option<String> {
        let head = text(&self.own.join("HEAD"))?;
        let head = head.trim();
        let Some(branch) = head.strip_prefix("ref: ") else {
            return commit_name(head);
        };
        let parts = Path::new(branch).components();
        if !parts
            .into_iter()
            .all(|it| matches!(it, std::path::Component::Normal(_)))
        {
            return None;
        }
        if let Some(commit) = text(&self.common.join(branch)) {
            return commit_name(commit.trim());
        }
        let packed = text(&self.common.join("packed-refs"))?;
        let line = |line: &str| {
            let (commit, name) = line.split_once(' ')?;
            (name == branch).then(|| commit_name(commit)).flatten()
        };
        packed.lines().find_map(line)
    }
}

fn commit_name(text: &str) -> Option<String> {
    let is_name = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_name.then(|| text.to_owned())
}

/// Owner and name of the repository that a configuration of git names on GitHub: `origin`, or else the first.
fn github_remote(config: &str) -> Option<(String, String)> {
    let mut section = "";
    let mut found = None;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let is_url = key.trim().eq_ignore_ascii_case("url") && section.starts_with("[remote ");
        let Some(remote) = github(value.trim().trim_matches('"')).filter(|_| is_url) else {
            continue;
        };
        if section == "[remote \"origin\"]" {
            return Some(remote);
        }
        found = found.or(Some(remote));
    }
    found
}

/// Owner and name in one of the forms that git takes; who signs in, and with what, is left out.
fn github(url: &str) -> Option<(String, String)> {
    let path = match url.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => {
            let (host, path) = rest.split_once('/')?;
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            matches!(
                host,
                "github.com" | "www.github.com" | "github.com:22" | "github.com:443"
            )
            .then_some(path)?
        }
        Some(_) => return None,
        None => {
            let (host, path) = url.split_once(':')?;
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            (host == "github.com").then_some(path)?
        }
    };
    let (owner, name) = path.trim_matches('/').split_once('/')?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    let is_name = |text: &str| {
        !matches!(text, "" | "." | "..")
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    (is_name(owner) && is_name(name)).then(|| (owner.to_owned(), name.to_owned()))
}

fn text(path: &Path) -> Option<String> {
    String::from_utf8(read(path)?).ok()
}

/// The bytes of a regular file of reasonable size.
fn read(path: &Path) -> Option<Vec<u8>> {
    let metadata = path.metadata().ok()?;
    let is_usual = metadata.is_file() && metadata.len() <= LARGEST;
    is_usual.then(|| fs::read(path).ok()).flatten()
}
