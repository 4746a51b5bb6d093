//! What keeps whoever opens it waiting: FIFOs, and files on which somebody holds a lease.

use std::env;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use io_optimize::{copy_tree, Existing, TreeOptions};
use tempfile::TempDir;

use crate::common::{skip, walk};

const PATHS: &str = "IO_OPTIMIZE_TEST_FIFOS";

/// Takes a write lease (`F_SETLEASE`, `F_WRLCK`) on a file, and gives it up when somebody opens it.
const HOLDER: &str = r#"
    $| = 1;
    open(my $file, "+<", $ARGV[0]) or exit 1;
    $SIG{IO} = sub { print "asked\n"; fcntl($file, 1024, 2); };
    fcntl($file, 1024, 1) or exit 1;
    print "held\n";
    sleep 1 while 1;
"#;

#[test]
fn a_file_on_which_a_lease_is_held_is_waited_for() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    fs::write(from.join("file"), "text").unwrap();
    let mut holder = Command::new("perl");
    holder.args(["-e", HOLDER]).arg(from.join("file"));
    let Ok(mut holder) = holder.stdout(Stdio::piped()).spawn() else {
        return skip("a lease on a file", "perl");
    };
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    if lines.next().is_none() {
        holder.wait().unwrap();
        return skip("a lease on a file", "a file system that has leases");
    }
    let report = copy_tree(&from, &to);
    let asked = lines.next();
    holder.kill().unwrap();
    holder.wait().unwrap();
    let report = report.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(asked.unwrap().unwrap(), "asked");
    assert_eq!(fs::read(to.join("file")).unwrap(), b"text");
}

fn make_fifo(path: &Path, mode: u32) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
#[ignore = "other tests run it in a process of its own"]
fn copy_in_a_child() {
    let path = PathBuf::from(env::var_os(PATHS).unwrap());
    let options = TreeOptions::new()
        .merge(true)
        .existing(Existing::Replace)
        .workers(1);
    let report = options.copy(path.join("from"), path.join("to")).unwrap();
    println!("copied: {report}");
}

/// Runs the copy of `from` to `to` in this directory by such a command, and returns what it said.
fn run(mut command: Command, directory: &Path) -> String {
    let output = command
        .arg(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture"])
        .arg("waiting::copy_in_a_child")
        .env(PATHS, directory)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_permission_bits_of_fifos_do_not_depend_on_the_umask() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    for mode in [0o000, 0o022, 0o222, 0o330, 0o444, 0o666, 0o777] {
        make_fifo(&from.join(format!("{mode:o}")), mode);
    }
    for umask in ["000", "077", "137"] {
        let mut shell = Command::new("sh");
        let script = format!(r#"umask {umask}; exec "$0" "$@""#);
        shell.arg("-c").arg(script);
        let said = run(shell, directory.path());
        assert!(said.contains("7 FIFOs"), "{umask}: {said}");
        assert_eq!(walk(&from, false), walk(&to, false), "{umask}");
        fs::remove_dir_all(&to).unwrap();
    }
}

/// The copy where the calls that make FIFOs are refused, from this one on.
fn run_without_fifos(directory: &Path, from_call: u32) -> Option<String> {
    if Command::new("strace").arg("-V").output().is_err() {
        skip("FIFOs that may not be made", "strace");
        return None;
    }
    let mut strace = Command::new("strace");
    let injection = format!("inject=mknodat:error=EPERM:when={from_call}+");
    strace
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=mknodat", "-e"])
        .arg(injection);
    Some(run(strace, directory))
}

#[test]
fn a_fifo_that_may_not_be_made_leaves_what_is_there() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    fs::create_dir(&to).unwrap();
    make_fifo(&from.join("fifo"), 0o644);
    fs::write(to.join("fifo"), "old").unwrap();
    // The first call finds the name taken, the second has a temporary one.
    let Some(said) = run_without_fifos(directory.path(), 2) else {
        return;
    };
    assert!(said.contains("copied: 1 directories"), "{said}");
    assert!(
        said.contains("1 skipped") && !said.contains("errors"),
        "{said}"
    );
    assert_eq!(fs::read(to.join("fifo")).unwrap(), b"old");
    assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
}

#[test]
fn other_names_of_a_fifo_that_was_skipped_do_not_lead_to_what_is_there() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    fs::create_dir(&to).unwrap();
    make_fifo(&from.join("1"), 0o644);
    fs::hard_link(from.join("1"), from.join("2")).unwrap();
    for name in ["1", "2"] {
        fs::write(to.join(name), "old").unwrap();
        let Some(said) = run_without_fifos(directory.path(), 1) else {
            return;
        };
        assert!(said.contains("2 skipped"), "{said}");
        assert_eq!(fs::metadata(to.join(name)).unwrap().nlink(), 1);
        assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
        fs::remove_file(to.join(name)).unwrap();
    }
}
