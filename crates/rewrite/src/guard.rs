//! Whether a project's files may be written at all: the version control state, and where and what the files are.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::vcs::{self, VcsState};

/// What the user has said about it.
#[derive(Debug, Clone, Default)]
pub struct GuardOptions {
    /// Write to a tree with changes that are not committed, staged ones included, or whose state cannot be told.
    pub allow_dirty: bool,
    /// Write to a tree whose changes are all staged.
    pub allow_staged: bool,
    /// Write whatever the version control state is, or where there is none.
    pub allow_no_vcs: bool,
    /// Folders in which nothing is written, such as the target directory. Cargo's home, and every folder that says in a
    /// `CACHEDIR.TAG` that it is a cache, count without being named.
    pub protected: Vec<PathBuf>,
}

/// Why nothing may be written. Its text is for the user: it names the files, and the flag where there is one.
#[derive(Debug)]
#[non_exhaustive]
pub enum GuardError {
    /// There is no version control.
    NoVcs,
    /// Changes are not committed; paths relative to the repository.
    Uncommitted {
        /// Changed, untracked or in conflict.
        dirty: Vec<String>,
        /// Staged.
        staged: Vec<String>,
    },
    /// A version control system that cannot be asked.
    UnknownState {
        /// Its name.
        system: &'static str,
        /// The repository.
        root: PathBuf,
    },
    /// The repository round a file ignores it, so that its old text is nowhere else.
    Ignored(PathBuf),
    /// git could not be asked; a sentence.
    Git(String),
    /// The file lies outside the workspace, its links resolved.
    Outside {
        /// The file as it was named.
        file: PathBuf,
        /// The workspace root.
        root: PathBuf,
    },
    /// The file lies in a folder that belongs to cargo.
    Protected {
        /// The file as it was named.
        file: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// The file or the folder it lies in cannot be written.
    ReadOnly(PathBuf),
    /// A path cannot be looked at.
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl fmt::Display for GuardError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVcs => formatter.write_str(
                "no VCS found for this package and `cargo io-optimize` can potentially perform destructive \
                 changes; if you'd like to suppress this error pass `--allow-no-vcs`",
            ),
            Self::Uncommitted { dirty, staged } => {
                let flag = if dirty.is_empty() { "--allow-staged" } else { "--allow-dirty" };
                writeln!(
                    formatter,
                    "the working directory of this package has uncommitted changes, and `cargo io-optimize` \
                     can potentially perform destructive changes; if you'd like to suppress this error pass \
                     `{flag}`, or commit the changes to these files:"
                )?;
                let dirty = dirty.iter().map(|path| (path, "dirty"));
                for (path, state) in dirty.chain(staged.iter().map(|path| (path, "staged"))) {
                    write!(formatter, "\n  * {path} ({state})")?;
                }
                Ok(())
            }
            Self::UnknownState { system, root } => write!(
                formatter,
                "whether the {system} repository {} has uncommitted changes is not known (only git is asked), and \
                 `cargo io-optimize` can potentially perform destructive changes; if it has none pass \
                 `--allow-dirty`",
                root.display()
            ),
            Self::Ignored(file) => write!(
                formatter,
                "git ignores {}, so that its text before `cargo io-optimize --apply` could not be had back; if that \
                 does no harm pass `--allow-dirty`",
                file.display()
            ),
            Self::Git(sentence) => {
                write!(formatter, "{sentence}; to go on without an answer pass `--allow-dirty`")
            }
            Self::Outside { file, root } => write!(
                formatter,
                "{} lies outside the workspace {}: only files inside it are written",
                file.display(),
                root.display()
            ),
            Self::Protected { file, folder } => write!(
                formatter,
                "{} lies in {}, which belongs to cargo: nothing is written there",
                file.display(),
                folder.display()
            ),
            Self::ReadOnly(path) => write!(
                formatter,
                "{} is read-only, so nothing was written: make it writable and run again",
                path.display()
            ),
            Self::Unreadable { path, .. } => write!(formatter, "cannot look at {}", path.display()),
        }
    }
}

impl std::error::Error for GuardError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Says whether `files` of the workspace at `root` may be written.
///
/// Asks in the order of `cargo fix`: is there version control, is anything dirty, is anything staged, in the whole repository and
/// with untracked files counted as dirty; `allow_no_vcs` answers all of it and `allow_dirty` covers staged changes. A folder
/// that its repository ignores counts as having none. Submodules count, and other repositories that a file lies in are asked too. Then the files: inside the workspace once links are resolved, not in a
/// folder of cargo's, and writable together with the folder they lie in.
///
/// Starts `git`, and only if the answer depends on it; git in turn starts the content filters that the user's or the
/// repository's configuration names.
///
/// # Errors
/// The first reason against it.
pub fn guard(root: &Path, files: &[PathBuf], options: &GuardOptions) -> Result<(), GuardError> {
    let root = resolve(root)?;
    if !options.allow_no_vcs {
        guard_vcs(&root, options)?;
    }
    let place = |file: &PathBuf| {
        let real = resolve(file)?;
        Ok(Place {
            file: file.clone(),
            folder: real.parent().unwrap_or(&root).to_owned(),
            real: Some(real),
        })
    };
    let places: Vec<Place> = files.iter().map(place).collect::<Result<_, _>>()?;
    guard_places(&root, &places, options)
}

/// Says whether files that are not there may be made: the nearest folder round each that is there has to be inside the
/// workspace, in no folder of cargo's, and writable. The state of the workspace's own repository is left to [`guard`].
///
/// # Errors
/// The first reason against it.
pub fn guard_new(root: &Path, files: &[PathBuf], options: &GuardOptions) -> Result<(), GuardError> {
    let root = resolve(root)?;
    let place = |file: &PathBuf| {
        let mut around = file.ancestors().skip(1);
        let folder = around.find(|path| path.symlink_metadata().is_ok());
        Ok(Place {
            file: file.clone(),
            folder: resolve(folder.unwrap_or(&root))?,
            real: None,
        })
    };
    let places: Vec<Place> = files.iter().map(place).collect::<Result<_, _>>()?;
    guard_places(&root, &places, options)
}

/// Something that is to be written.
struct Place {
    /// The file as it was named.
    file: PathBuf,
    /// The file, its links resolved, if it is there.
    real: Option<PathBuf>,
    /// The folder that it lies in, or the nearest round it that is there, its links resolved.
    folder: PathBuf,
}

impl Place {
    fn real(&self) -> &Path {
        self.real.as_ref().unwrap_or(&self.folder)
    }
}

fn guard_places(root: &Path, places: &[Place], options: &GuardOptions) -> Result<(), GuardError> {
    if !options.allow_no_vcs {
        guard_each_repository(root, places, options)?;
    }
    let protected: Vec<PathBuf> = options
        .protected
        .iter()
        .cloned()
        .chain(cargo_home())
        .filter_map(|p| p.canonicalize().ok())
        .collect();
    for place in places {
        let file = &place.file;
        if !place.real().starts_with(root) {
            return Err(GuardError::Outside {
                file: file.clone(),
                root: root.to_owned(),
            });
        }
        let folders = place.folder.ancestors();
        let cache = folders
            .take_while(|folder| *folder != root)
            .filter(|folder| folder.join("CACHEDIR.TAG").exists())
            .last();
        let named = protected
            .iter()
            .find(|folder| place.real().starts_with(folder))
            .map(PathBuf::as_path);
        if let Some(folder) = named.or(cache) {
            return Err(GuardError::Protected {
                file: file.clone(),
                folder: folder.to_owned(),
            });
        }
        for path in place.real.iter().chain([&place.folder]) {
            if is_read_only(path)? {
                return Err(GuardError::ReadOnly(path.clone()));
            }
        }
    }
    Ok(())
}

/// Asks the repositories that the files lie in besides the workspace's own, such as submodules, and whether what is to be
/// written is in any of them at all.
fn guard_each_repository(
    root: &Path,
    places: &[Place],
    options: &GuardOptions,
) -> Result<(), GuardError> {
    let mut repositories: BTreeMap<PathBuf, Vec<&Path>> = BTreeMap::new();
    for place in places {
        if let Some((repository, _)) = vcs::repository(&place.folder) {
            let files = repositories.entry(repository.to_owned()).or_default();
            files.extend(place.real.as_deref());
        }
    }
    let own = vcs::repository(root).map(|(repository, _)| repository);
    for (repository, files) in &repositories {
        if Some(repository.as_path()) != own {
            guard_vcs(repository, options).map_err(|error| error.within(repository))?;
        }
        if options.allow_dirty || files.is_empty() || !repository.join(".git").exists() {
            continue;
        }
        let ignored = vcs::ignored(repository, files).map_err(GuardError::Git)?;
        if let Some(file) = ignored.first() {
            return Err(GuardError::Ignored((*file).to_owned()));
        }
    }
    Ok(())
}

impl GuardError {
    /// The same with the paths of a repository that is not the workspace's own told from its folder on.
    fn within(self, repository: &Path) -> Self {
        let name = |paths: Vec<String>| {
            let paths = paths.into_iter().map(|path| repository.join(path));
            paths.map(|path| path.display().to_string()).collect()
        };
        match self {
            Self::Uncommitted { dirty, staged } => Self::Uncommitted {
                dirty: name(dirty),
                staged: name(staged),
            },
            other => other,
        }
    }
}

fn guard_vcs(root: &Path, options: &GuardOptions) -> Result<(), GuardError> {
    if options.allow_dirty {
        // Whatever is not committed is allowed, so all that matters is whether there is a repository.
        return match vcs::state(root) {
            Ok(VcsState::None) => Err(GuardError::NoVcs),
            Ok(_) | Err(_) => Ok(()),
        };
    }
    match vcs::state(root).map_err(GuardError::Git)? {
        VcsState::None => Err(GuardError::NoVcs),
        VcsState::Unknown { system, root } => Err(GuardError::UnknownState { system, root }),
        VcsState::Git { dirty, mut staged } => {
            if options.allow_staged {
                staged.clear();
            }
            if dirty.is_empty() && staged.is_empty() {
                return Ok(());
            }
            Err(GuardError::Uncommitted { dirty, staged })
        }
    }
}

fn resolve(path: &Path) -> Result<PathBuf, GuardError> {
    path.canonicalize()
        .map_err(|source| GuardError::Unreadable {
            path: path.to_owned(),
            source,
        })
}

/// `CARGO_HOME`, or where cargo puts it when it is not set.
fn cargo_home() -> Option<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").filter(|value| !value.is_empty());
    set.map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
}

/// Whether a file or folder refuses writes, or its owner has said that it should: the superuser may write to a file whose mode
/// forbids it, and is not to.
fn is_read_only(path: &Path) -> Result<bool, GuardError> {
    let metadata = path.metadata().map_err(|source| GuardError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    // The attribute means nothing on a folder of Windows.
    let by_mode = metadata.permissions().readonly() && (cfg!(unix) || metadata.is_file());
    Ok(by_mode || !is_accessible(path))
}

/// Whether the system would let this process write here: also says no on a read-only mount and for an immutable file.
#[cfg(unix)]
fn is_accessible(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn is_accessible(_path: &Path) -> bool {
    true
}
