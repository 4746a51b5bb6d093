//! The version control system round a project, and what in it is not committed.
#![expect(clippy::disallowed_methods, reason = "git is asked here")]

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What is known of the version control state of a folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum VcsState {
    /// No repository, or one that ignores the folder.
    None,
    /// A git repository with these paths not committed, relative to its root.
    Git {
        /// Changed, untracked or in conflict.
        dirty: Vec<String>,
        /// Changed in the index only.
        staged: Vec<String>,
    },
    /// A repository of another system, which is not asked.
    Unknown {
        /// The system's name.
        system: &'static str,
        /// The repository's root.
        root: PathBuf,
    },
}

/// What marks the root of a repository. git is first: where two systems share a root, git can be asked.
const MARKERS: [(&str, &str); 6] = [
    (".git", "git"),
    (".hg", "Mercurial"),
    (".jj", "Jujutsu"),
    (".pijul", "Pijul"),
    (".svn", "Subversion"),
    (".fslckout", "Fossil"),
];

/// The root of the nearest repository round `folder`, an absolute path, and the name of its system.
pub(crate) fn repository(folder: &Path) -> Option<(&Path, &'static str)> {
    folder.ancestors().find_map(|root| {
        let found = MARKERS
            .into_iter()
            .find(|(marker, _)| root.join(marker).exists())?;
        Some((root, found.1))
    })
}

/// Those of `files`, absolute paths in one git repository, that it ignores and has never had.
///
/// # Errors
/// As [`state`].
pub(crate) fn ignored<'a>(root: &Path, files: &[&'a Path]) -> Result<Vec<&'a Path>, String> {
    // A command line holds so many paths at least.
    const AT_ONCE: usize = 200;
    let question = [
        "ls-files",
        "-z",
        "--others",
        "--ignored",
        "--exclude-standard",
        "--",
    ];
    let mut ignored = Vec::new();
    for some in files.chunks(AT_ONCE) {
        // A name may hold characters that would otherwise stand for any.
        let paths: Vec<OsString> = some
            .iter()
            .map(|path| {
                let mut literal = OsString::from(":(literal)");
                literal.push(path);
                literal
            })
            .collect();
        let paths = paths.iter().map(OsString::as_os_str);
        let arguments: Vec<&OsStr> = question.map(OsStr::new).into_iter().chain(paths).collect();
        let output = git(root, &arguments, &[0])?;
        let named: Vec<&[u8]> = output.stdout.split(|&byte| byte == 0).collect();
        let is_named = |path: &&&Path| {
            let relative = path.strip_prefix(root).unwrap_or(path);
            named.contains(&relative.as_os_str().as_encoded_bytes())
        };
        ignored.extend(some.iter().filter(is_named));
    }
    Ok(ignored)
}

/// Looks at the nearest repository round `folder`, an absolute path.
///
/// A lock file in the folder that git does not know is left out: cargo makes it whenever it runs, and makes it again.
///
/// # Errors
/// One sentence, when git cannot be run or says that it failed.
pub(crate) fn state(folder: &Path) -> Result<VcsState, String> {
    let Some((root, system)) = repository(folder) else {
        return Ok(VcsState::None);
    };
    if system != "git" {
        return Ok(VcsState::Unknown {
            system,
            root: root.to_owned(),
        });
    }
    // A project in an ignored folder of a repository that is about something else is not under its control.
    if root != folder
        && git(
            folder,
            &["check-ignore", "--quiet", "."].map(OsStr::new),
            &[0, 1],
        )?
        .status
        .success()
    {
        return Ok(VcsState::None);
    }
    // Whatever is set to be overlooked counts, since all of it could be written.
    let status = [
        "status",
        "--porcelain=v1",
        "-z",
        "--untracked-files=normal",
        "--ignore-submodules=none",
    ];
    let output = git(folder, &status.map(OsStr::new), &[0])?;
    let within = folder.strip_prefix(root).unwrap_or(Path::new(""));
    let mut lock_file: String = within
        .iter()
        .map(|name| format!("{}/", name.display()))
        .collect();
    lock_file.push_str("Cargo.lock");
    let (dirty, staged) = parse_status(&String::from_utf8_lossy(&output.stdout), &lock_file);
    Ok(VcsState::Git { dirty, staged })
}

/// Splits the output of `git status --porcelain=v1 -z` into dirty and staged paths, without the lock file if it is new to git.
fn parse_status(output: &str, lock_file: &str) -> (Vec<String>, Vec<String>) {
    let (mut dirty, mut staged) = (Vec::new(), Vec::new());
    let mut fields = output.split('\0').filter(|field| !field.is_empty());
    while let Some(field) = fields.next() {
        let (codes, path) = field.split_at_checked(3).unwrap_or((field, ""));
        if codes == "?? " && path == lock_file {
            continue;
        }
        let index_only = codes.as_bytes().get(1) == Some(&b' ');
        let list = if index_only { &mut staged } else { &mut dirty };
        list.push(path.to_owned());
        // A rename or copy is followed by the path it came from.
        if codes.contains(['R', 'C']) {
            fields.next();
        }
    }
    (dirty, staged)
}

fn git(folder: &Path, arguments: &[&OsStr], accepted: &[i32]) -> Result<Output, String> {
    let mut command = Command::new("git");
    // The repository is the one round the folder, whatever hook or script this runs in. A program that it names as its file
    // system monitor is not started, and the question does not write to its index.
    for variable in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_COMMON_DIR",
    ] {
        command.env_remove(variable);
    }
    command
        .args(["--no-optional-locks", "-c", "core.fsmonitor=false", "-C"])
        .arg(folder);
    let output = command.args(arguments).output().map_err(|error| {
        format!(
            "`git` could not be run to see whether {} is clean: {error}",
            folder.display()
        )
    })?;
    if output
        .status
        .code()
        .is_some_and(|code| accepted.contains(&code))
    {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "`git {}` failed in {}: {}",
        arguments[0].display(),
        folder.display(),
        said.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::parse_status;

    #[test]
    fn a_rename_is_staged_under_its_new_name_only() {
        let (dirty, staged) = parse_status(
            "R  new.rs\0old.rs\0 M dirty.rs\0?? folder/\0MM both.rs\0",
            "",
        );
        assert_eq!(staged, ["new.rs"]);
        assert_eq!(dirty, ["dirty.rs", "folder/", "both.rs"]);
    }
}
