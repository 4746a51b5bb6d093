//! What the system offers, against what it then does.

use std::fs;
#[cfg(target_os = "linux")]
use std::{env, io::Write as _, path::Path, process::Command};

use io_optimize::{Capabilities, ReadError};
use tempfile::TempDir;

#[test]
fn nothing_is_left_in_the_directory() {
    let directory = TempDir::new().unwrap();
    Capabilities::of(directory.path()).unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn what_is_no_directory_is_named() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "text").unwrap();
    for path in [file, directory.path().join("missing")] {
        let error = Capabilities::of(&path).unwrap_err();
        let details = error.get_ref().unwrap().downcast_ref::<ReadError>();
        assert_eq!(details.unwrap().path(), path);
    }
}

#[test]
fn each_line_names_what_it_tells() {
    let directory = TempDir::new().unwrap();
    let capabilities = Capabilities::of(directory.path()).unwrap();
    let text = capabilities.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 11, "{text}");
    assert!(
        lines.iter().all(|line| line.as_bytes()[18] == b' '),
        "{text}"
    );
    let reflink = format!("reflink            {}", capabilities.reflink);
    assert!(lines.contains(&reflink.as_str()), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_reflink_works_where_it_is_said_to() {
    use io_optimize::{CopyOptions, Strategy, Support};
    let directory = TempDir::new().unwrap();
    let said = Capabilities::of(directory.path()).unwrap();
    assert_eq!(
        said.kernel.unwrap(),
        fs::read_to_string("/proc/sys/kernel/osrelease")
            .unwrap()
            .trim()
    );
    for (strategy, said) in [
        (Strategy::Reflink, said.reflink),
        (Strategy::CopyFileRange, said.copy_file_range),
    ] {
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&from, [7; 70_000]).unwrap();
        let copied = CopyOptions::new().strategy(strategy).copy(&from, &to);
        assert_eq!(copied.is_ok(), said == Support::Available, "{said}");
    }
}

#[cfg(target_os = "linux")]
const DIRECTORY: &str = "IO_OPTIMIZE_TEST_CAPABILITIES";

#[cfg(target_os = "linux")]
#[test]
#[ignore = "another test runs it under strace"]
fn tell_in_a_child() {
    use io_optimize::{Cache, CopyOptions};
    let directory = env::var_os(DIRECTORY).unwrap();
    let directory = Path::new(&directory);
    println!("{}", Capabilities::of(directory).unwrap());
    let [from, to] = ["from", "to"].map(|name| directory.join(name));
    for cache in [Cache::Keep, Cache::Spare] {
        CopyOptions::new().cache(cache).copy(&from, &to).unwrap();
        assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap());
        fs::remove_file(&to).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_kernel_refuses_is_told_and_done_without() {
    let mut refusals = vec![
        ("reflink", "ioctl", "EOPNOTSUPP"),
        ("copy_file_range", "copy_file_range", "ENOSYS"),
        ("preallocation", "fallocate", "EOPNOTSUPP"),
        ("uncached writes", "pwritev2", "EOPNOTSUPP"),
        ("direct I/O", "fcntl", "EINVAL"),
        ("direct I/O aligns", "statx", "ENOSYS"),
    ];
    if cfg!(feature = "io-uring") {
        refusals.push(("io_uring", "io_uring_setup", "EPERM"));
        // Linux 5.1 to 5.5, which have rings that do not read.
        refusals.push(("io_uring", "io_uring_register", "EINVAL"));
    }
    for (name, call, error) in refusals {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("from"), vec![7; 2_000_000]).unwrap();
        let told = Command::new("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-e"])
            .arg(format!("inject={call}:error={error}"))
            .arg(env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "tell_in_a_child"])
            .env(DIRECTORY, directory.path())
            .output();
        let Ok(told) = told else {
            let _ = writeln!(std::io::stderr(), "SKIPPED: refusing calls needs strace");
            return;
        };
        let text = String::from_utf8_lossy(&told.stdout);
        assert!(told.status.success(), "{name}: {told:?}");
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("{name:<19}")));
        let value = &line.unwrap()[19..];
        let refused = if call == "statx" { "unknown" } else { "no: " };
        assert!(value.starts_with(refused), "{text}");
    }
}
