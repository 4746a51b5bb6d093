//! What the tests share: files made of pieces, and a mount that goes away again.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
#[cfg(target_os = "linux")]
use std::path::PathBuf;
#[cfg(target_os = "linux")]
use std::process::Command;

use io_optimize::{CopyOptions, CopyReport, Strategy};
use Piece::{Data, Hole};

/// A stretch of a file, its length in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece {
    /// Bytes that are no zeros and differ from block to block.
    Data(usize),
    /// Never written.
    Hole(usize),
}

/// Makes a file of these pieces.
pub(crate) fn make(path: &Path, pieces: &[Piece]) {
    let mut file = File::create(path).unwrap();
    let mut length = 0;
    for &piece in pieces {
        match piece {
            Data(size) => {
                let bytes: Vec<u8> = (length..length + size)
                    .map(|at| (at % 251 + at / 4096 % 5 + 1) as u8)
                    .collect();
                file.seek(SeekFrom::Start(length as u64)).unwrap();
                file.write_all(&bytes).unwrap();
                length += size;
            }
            Hole(size) => length += size,
        }
    }
    file.set_len(length as u64).unwrap();
    // Some file systems allocate, and so report holes, only when the data goes to the device.
    file.sync_all().unwrap();
}

/// Bytes that the file occupies.
#[cfg(target_os = "linux")]
pub(crate) fn allocated(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    File::open(path).unwrap().sync_all().unwrap();
    fs::metadata(path).unwrap().blocks() * 512
}

/// Bytes.
const KIB: usize = 1024;
/// Bytes.
const MIB: usize = 1024 * KIB;

/// Sizes round every threshold of the crate, and where holes can lie.
pub(crate) fn table() -> Vec<(&'static str, Vec<Piece>)> {
    vec![
        ("empty", vec![]),
        ("one byte", vec![Data(1)]),
        ("one page", vec![Data(4096)]),
        ("largest small file", vec![Data(16 * KIB)]),
        ("smallest large file", vec![Data(16 * KIB + 1)]),
        ("largest without a pipe", vec![Data(128 * KIB - 1)]),
        ("smallest with a pipe", vec![Data(128 * KIB)]),
        ("one buffer", vec![Data(256 * KIB)]),
        ("one buffer less a byte", vec![Data(256 * KIB - 1)]),
        ("some buffers and a byte", vec![Data(3 * 256 * KIB + 1)]),
        ("one block", vec![Data(MIB)]),
        ("large", vec![Data(5 * MIB + 13)]),
        ("some stripes and a byte", vec![Data(16 * MIB + 1)]),
        ("only a hole", vec![Hole(MIB)]),
        ("a hole smaller than a block", vec![Hole(100)]),
        ("a small file's hole", vec![Data(1), Hole(20 * KIB)]),
        ("hole in front", vec![Hole(MIB), Data(4096)]),
        ("hole at the end", vec![Data(4096), Hole(MIB)]),
        (
            "hole between",
            vec![Data(64 * KIB), Hole(2 * MIB), Data(64 * KIB)],
        ),
        ("hole to the last byte", vec![Hole(4 * MIB), Data(1)]),
        (
            "many holes",
            (0..40).flat_map(|_| [Data(4096), Hole(64 * KIB)]).collect(),
        ),
    ]
}

/// Copies onto a longer file with other contents, and onto nothing; compares with the oracle.
pub(crate) fn check(directory: &Path, from: &Path, strategy: Option<Strategy>) -> CopyReport {
    let wanted = fs::read(from).unwrap();
    let to = directory.join("copy");
    let mut options = CopyOptions::new();
    if let Some(strategy) = strategy {
        options = options.strategy(strategy);
    }
    // A clone of macOS is made where there is nothing.
    if !(cfg!(target_os = "macos") && strategy == Some(Strategy::Reflink)) {
        fs::write(&to, vec![0xff; wanted.len() + 70_000]).unwrap();
        options.copy(from, &to).unwrap();
        assert!(
            fs::read(&to).unwrap() == wanted,
            "onto an existing file: contents differ"
        );
    }
    let _ = fs::remove_file(&to);
    let report = options.copy(from, &to).unwrap();
    assert!(
        fs::read(&to).unwrap() == wanted,
        "onto nothing: contents differ"
    );
    if !miscounts(strategy) {
        assert_eq!(report.bytes, wanted.len() as u64);
    }
    report
}

/// Whether this is Wine, whose CopyFileExW copies but tells nothing on the way.
pub(crate) fn is_wine() -> bool {
    cfg!(windows) && Path::new(r"C:\windows\system32\winecfg.exe").exists()
}

/// Whether the strategy counts bytes by what Wine does not tell.
pub(crate) fn miscounts(strategy: Option<Strategy>) -> bool {
    strategy == Some(Strategy::Std) && is_wine()
}

/// Runs the table over every strategy that works within this directory, and looks at the holes.
pub(crate) fn check_table(directory: &Path) {
    check_table_where(directory, true);
}

/// The same, also where the file system does not report its holes, so that they are copied as zeros.
pub(crate) fn check_table_where(directory: &Path, reports_holes: bool) {
    let from = directory.join("source");
    for (name, pieces) in table() {
        make(&from, &pieces);
        // A server that copies in this process's stead is slow, and knows nothing of workers.
        if !reports_holes && fs::metadata(&from).unwrap().len() > 15 << 20 {
            continue;
        }
        check(directory, &from, None);
        for &strategy in Strategy::available() {
            if !works_here(directory, strategy) {
                continue;
            }
            let report = check(directory, &from, Some(strategy));
            assert_eq!(report.strategy, strategy, "{name}: {report}");
            assert_eq!(report.left, [], "{name}: {report}");
            if !reports_holes {
                continue;
            }
            #[cfg(target_os = "linux")]
            if strategy != Strategy::Std {
                let (before, after) = (allocated(&from), allocated(&directory.join("copy")));
                // The file system's own list of the file's blocks can be one block longer.
                assert!(
                    after <= before + before / 1024,
                    "{name}: {before} bytes became {after}: {report}"
                );
            }
        }
    }
}

/// Whether the strategy works within this directory: reflinks and direct I/O need a file system that has
/// them.
pub(crate) fn works_here(directory: &Path, strategy: Strategy) -> bool {
    let (from, to) = (directory.join("probe"), directory.join("probe copy"));
    fs::write(&from, [1; 5000]).unwrap();
    let _ = fs::remove_file(&to);
    match CopyOptions::new().strategy(strategy).copy(&from, &to) {
        Ok(_) => true,
        Err(error) => {
            let may_fail = [Strategy::Reflink, Strategy::Direct];
            assert!(may_fail.contains(&strategy), "{strategy}: {error}");
            false
        }
    }
}

/// Says on stderr, past the capture of the test harness, what a test left out.
pub(crate) fn skip(what: &str, needs: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} needs {needs}");
}

/// Whether the program can be started.
#[cfg(target_os = "linux")]
pub(crate) fn has_program(name: &str) -> bool {
    Command::new(name).arg("-V").output().is_ok()
}

#[cfg(target_os = "linux")]
/// A file system mounted for one test, unmounted when dropped.
pub(crate) struct Mount {
    path: PathBuf,
}

#[cfg(target_os = "linux")]
impl Mount {
    /// Runs `mount ARGUMENTS PATH`; `None`, with a word on stderr, where that is not permitted.
    pub(crate) fn new(path: &Path, arguments: &[&str]) -> Option<Self> {
        if !path.exists() {
            fs::create_dir_all(path).unwrap();
        }
        let output = Command::new("mount").args(arguments).arg(path).output();
        match output {
            Ok(output) if output.status.success() => Some(Self {
                path: path.to_path_buf(),
            }),
            _ => {
                skip(
                    "a test on another file system",
                    "root and the file system's driver",
                );
                None
            }
        }
    }

    /// A tmpfs of this many KiB.
    pub(crate) fn tmpfs(path: &Path, kibibytes: u32) -> Option<Self> {
        Self::new(
            path,
            &["-t", "tmpfs", "-o", &format!("size={kibibytes}k"), "tmpfs"],
        )
    }

    /// A new file system of this kind, 400 MiB in a file; `None`, with a word on stderr, where it
    /// cannot be made.
    pub(crate) fn image(directory: &Path, kind: &str, options: &[&str]) -> Option<Self> {
        let program = format!("mkfs.{kind}");
        if !has_program(&program) {
            skip(&format!("a test on {kind}"), &program);
            return None;
        }
        let image = directory.join(format!("{kind}.img"));
        File::create(&image).unwrap().set_len(400 << 20).unwrap();
        let made = Command::new(&program)
            .args(options)
            .arg("-q")
            .arg(&image)
            .output()
            .unwrap();
        assert!(made.status.success(), "{program}: {made:?}");
        Self::new(
            &directory.join(kind),
            &["-o", "loop", image.to_str().unwrap()],
        )
    }

    /// An overlayfs over the new folders `lower` and `upper` in this one.
    pub(crate) fn overlay(directory: &Path) -> Option<Self> {
        let [lower, upper, work] = ["lower", "upper", "work"].map(|name| directory.join(name));
        for folder in [&lower, &upper, &work] {
            fs::create_dir(folder).unwrap();
        }
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            lower.display(),
            upper.display(),
            work.display()
        );
        let arguments = ["-t", "overlay", "overlay", "-o", &options];
        Self::new(&directory.join("merged"), &arguments)
    }

    /// The folder, shown a second time by a FUSE file system; `None`, with a word on stderr, where that
    /// cannot be.
    pub(crate) fn bindfs(folder: &Path, path: &Path) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let shown = Command::new("bindfs").arg(folder).arg(path).output();
        match shown {
            Ok(output) if output.status.success() => Some(Self {
                path: path.to_path_buf(),
            }),
            _ => {
                skip("a test on FUSE", "bindfs and /dev/fuse");
                None
            }
        }
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(target_os = "linux")]
impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}
