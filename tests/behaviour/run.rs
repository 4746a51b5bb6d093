//! One run of one program on one input, in a folder of its own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::inputs::{Case, FULL_DEVICE, Output, Source, Target, Text};
use crate::outcome::{self, Outcome};
use crate::programs::Pairs;
use crate::support::skip;

/// A program that takes longer waits for something that never comes.
const PATIENCE: Duration = Duration::from_secs(30);
/// The user `nobody` by its usual number: any that owns nothing will do.
const NOBODY: u32 = 65_534;
const MOMENT: Duration = Duration::from_micros(300);

/// Much more than any program writes that ends.
const LARGEST_FILE: u64 = 4 << 20;

/// Ends a program that copies a file onto its own end, before the disk is full.
pub(crate) fn limit_files() {
    for (resource, limit) in [(Resource::Fsize, LARGEST_FILE), (Resource::Core, 0)] {
        let maximum = getrlimit(resource).maximum;
        let current = Some(maximum.map_or(limit, |maximum| maximum.min(limit)));
        setrlimit(resource, Rlimit { current, maximum }).expect("limits can be lowered");
    }
}

/// What this host lets a test do.
#[derive(Debug)]
pub(crate) struct Abilities {
    mounts: bool,
    full_device: bool,
    denials: bool,
    /// Who runs what root must not.
    nobody: Option<u32>,
}

impl Abilities {
    /// Says what will not be run.
    pub(crate) fn look(pairs: &Pairs) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let is_root = rustix::process::geteuid().is_root();
        let device = fs::metadata(FULL_DEVICE).map(|it| it.file_type());
        let nobody = is_root.then_some(NOBODY);
        let abilities = Self {
            mounts: is_root && Disk::mount(folder.path()).is_some(),
            full_device: device.is_ok_and(|kind| kind.is_char_device()),
            denials: nobody.is_none_or(|nobody| pairs.starts_as(nobody)),
            nobody,
        };
        if !abilities.mounts {
            skip("a full disk: mounting a small one needs root");
        }
        if !abilities.full_device {
            skip("a device without room: there is no /dev/full");
        }
        if !abilities.denials {
            skip(
                "files that may not be read or written: this is root, and nobody else can start programs here",
            );
        }
        abilities
    }

    pub(crate) fn run(&self, case: &Case) -> bool {
        let full = case.target == Target::Device || case.output == Output::Full;
        (self.mounts || case.target != Target::SmallDisk)
            && (self.full_device || !full)
            && (self.denials || !case.denies())
    }
}

/// A file system of 64 KiB, until it goes out of scope.
#[derive(Debug)]
struct Disk<'a> {
    folder: &'a Path,
}

impl<'a> Disk<'a> {
    fn mount(folder: &'a Path) -> Option<Self> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=64k", "none"]);
        let mounted = command.arg(folder).stderr(Stdio::null()).status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(Self { folder })
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.folder).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            skip(&format!("{} stays mounted", self.folder.display()));
        }
    }
}

/// Runs a program, `before` or `after` its fixes.
pub(crate) fn run(
    (pairs, abilities): (&Pairs, &Abilities),
    state: &str,
    name: &str,
    case: &Case,
) -> Outcome {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    case.prepare(folder);
    let disk = folder.join("disk");
    let _mounted = (case.target == Target::SmallDisk).then(|| {
        fs::create_dir(&disk).expect("the folder is ours");
        Disk::mount(&disk).expect("it could be mounted before")
    });
    let ended = AtomicBool::new(false);
    let (source, target) = (folder.join("input"), folder.join("output"));
    if case.source == Source::Fifo {
        make_fifo(&source);
    }
    if case.target == Target::Fifo {
        make_fifo(&target);
    }
    std::thread::scope(|scope| {
        if case.source == Source::Fifo {
            scope.spawn(|| feed(&source, &ended));
        }
        let drained = (case.target == Target::Fifo).then(|| scope.spawn(|| drain(&target, &ended)));
        let mut command = Command::new(pairs.binary());
        command
            .arg0(format!("{state}/{name}"))
            .args(["input", case.target_path()])
            .current_dir(folder)
            .env_remove("RUST_BACKTRACE")
            .stdin(standard_input(&source, case))
            .stderr(Stdio::piped());
        if let (true, Some(nobody)) = (case.denies(), abilities.nobody) {
            command.uid(nobody).gid(nobody);
            let everybody = fs::Permissions::from_mode(0o777);
            fs::set_permissions(folder, everybody).expect("the folder is ours");
        }
        let reader = standard_output(&mut command, case.output);
        let mut child = command.spawn().expect("it was built");
        // The other end of the pipe for what is printed is closed with the command.
        drop(command);
        if case.source == Source::Fifo
            && let Some(mut stdin) = child.stdin.take()
        {
            let _it_may_not_want_it = stdin.write_all(&Text::Medium.bytes());
        }
        let errors = child.stderr.take().expect("it is a pipe");
        let errors = scope.spawn(move || read_all(errors));
        let reader = scope.spawn(move || match (reader, case.output) {
            (Some(mut reader), Output::ClosedAfterAByte) => {
                let mut byte = [0];
                let read = reader.read(&mut byte).expect("pipes can be read");
                byte[..read].to_vec()
            }
            (Some(reader), _) => read_all(reader),
            (None, _) => Vec::new(),
        });
        let status = wait(&mut child);
        ended.store(true, Ordering::Relaxed);
        let joined = "the thread only reads";
        Outcome {
            ended: end(status),
            stdout: reader.join().expect(joined),
            stderr: outcome::errors(&errors.join().expect(joined)),
            received: drained.map_or_else(Vec::new, |thread| thread.join().expect(joined)),
            files: outcome::files(folder),
        }
    })
}

fn end(status: Option<ExitStatus>) -> String {
    match status {
        None => "never".to_owned(),
        Some(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("code {code}"),
            (None, signal) => format!("signal {signal:?}"),
        },
    }
}

fn standard_input(source: &Path, case: &Case) -> Stdio {
    match case.source {
        Source::Fifo => Stdio::piped(),
        Source::Unreadable => Stdio::null(),
        _ => File::open(source).map_or_else(|_| Stdio::null(), Stdio::from),
    }
}

/// Sets where a program prints to; the end to read from, if there is one.
fn standard_output(command: &mut Command, output: Output) -> Option<PipeReader> {
    if output == Output::Full {
        let device = OpenOptions::new().write(true).open(FULL_DEVICE);
        command.stdout(device.expect("it is there"));
        return None;
    }
    let (reader, writer) = io::pipe().expect("there are descriptors left");
    command.stdout(writer);
    (output != Output::Closed).then_some(reader)
}

fn read_all(mut from: impl io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).expect("pipes can be read");
    bytes
}

fn wait(child: &mut Child) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            return Some(status);
        }
        if start.elapsed() > PATIENCE {
            child.kill().expect("it is our child");
            child.wait().expect("it is our child");
            return None;
        }
        std::thread::sleep(MOMENT);
    }
}

fn make_fifo(path: &Path) {
    let mode = Mode::RUSR | Mode::WUSR;
    rustix::fs::mknodat(CWD, path, FileType::Fifo, mode, 0).expect("the folder is ours");
}

fn open_at_once(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flag = OFlags::NONBLOCK.bits();
    options
        .custom_flags(i32::try_from(flag).expect("a small flag"))
        .open(path)
}

/// Gives one reader of a FIFO something that fits into a pipe at once, as soon as there is one.
fn feed(path: &Path, ended: &AtomicBool) {
    while !ended.load(Ordering::Relaxed) {
        if let Ok(mut fifo) = open_at_once(path, OpenOptions::new().write(true)) {
            let _it_may_not_want_it = fifo.write_all(&Text::Medium.bytes());
            return;
        }
        std::thread::sleep(MOMENT);
    }
}

/// What is written to a FIFO until the program has ended.
fn drain(path: &Path, ended: &AtomicBool) -> Vec<u8> {
    let mut fifo = open_at_once(path, OpenOptions::new().read(true)).expect("the FIFO is ours");
    let mut bytes = Vec::new();
    loop {
        let last = ended.load(Ordering::Relaxed);
        let mut block = [0; 1 << 16];
        match fifo.read(&mut block) {
            Ok(0) | Err(_) if last => return bytes,
            Ok(0) | Err(_) => std::thread::sleep(MOMENT),
            Ok(read) => bytes.extend_from_slice(&block[..read]),
        }
    }
}
