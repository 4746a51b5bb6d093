//! System calls that fail, or end early, at the worst moment.

use std::fs;

use crate::common::{make, Piece, Piece::Data, Piece::Hole};
use crate::injected::{copy_in_strace, copy_under};
use tempfile::TempDir;

/// Too small for a pipe between the two files.
const LARGE: &[Piece] = &[Data(100_000)];
/// Large enough for one, where the file system of the temporary directory gains by it.
const SPLICED: &[Piece] = &[Data(300_000)];
/// Three stretches of data, so three calls of each strategy.
const SPARSE: &[Piece] = &[
    Data(65_536),
    Hole(1 << 20),
    Data(65_536),
    Hole(1 << 20),
    Data(70_000),
];
const NO_REFLINK: &str = "ioctl:error=EOPNOTSUPP";

#[test]
fn what_one_strategy_refuses_the_next_one_does() {
    for error in [
        "EXDEV", "ENOSYS", "EINVAL", "EPERM", "EACCES", "EBADF", "ETXTBSY", "ENOENT",
    ] {
        let injection = format!("copy_file_range:error={error}");
        let Some(outcome) = copy_under(&[NO_REFLINK, &injection], LARGE) else {
            return;
        };
        outcome.is_copied("100000 bytes by sendfile; reflink left at byte 0");
        outcome.is_copied("copy_file_range left at byte 0");
        let second = format!("sendfile:error={error}");
        let Some(outcome) = copy_under(&[NO_REFLINK, &injection, &second], LARGE) else {
            return;
        };
        outcome.is_copied("100000 bytes by read/write");
        let third = format!("splice:error={error}");
        let Some(outcome) = copy_under(&[NO_REFLINK, &injection, &second, &third], SPLICED) else {
            return;
        };
        outcome.is_copied("300000 bytes by read/write");
    }
}

/// Three stripes, so that more than one worker has something to do.
const STRIPES: &[Piece] = &[Data(17 << 20)];

#[test]
fn workers_that_fail_leave_what_was_copied_before_and_nothing_else() {
    for (fault, named) in [
        ("pread64:error=EIO:when=4", "cannot read the source"),
        (
            "pwrite64:error=ENOSPC:when=5",
            "cannot write the destination",
        ),
        ("pwrite64:error=EDQUOT", "cannot write the destination"),
        (
            "fallocate:error=ENOSPC",
            "cannot take the space for the destination",
        ),
    ] {
        let Some(outcome) = copy_under(&[NO_REFLINK, fault], STRIPES) else {
            return;
        };
        outcome.failed(named);
        let (from, partial) = (
            fs::read(&outcome.from).unwrap(),
            fs::read(&outcome.to).unwrap(),
        );
        assert!(from.starts_with(&partial), "{fault}");
        assert!(partial.len() < from.len(), "{fault}");
    }
}

#[test]
fn workers_go_on_without_allocation_and_after_interruptions() {
    for injection in [
        "fallocate:error=EOPNOTSUPP",
        "fallocate:error=EINTR:when=1",
        "pread64:error=EINTR:when=2",
        "pwrite64:error=EINTR:when=3",
        "fstatfs:error=ENOSYS",
    ] {
        let Some(outcome) = copy_under(&[NO_REFLINK, injection], STRIPES) else {
            return;
        };
        let by = match injection.starts_with("fstatfs") {
            true => "17825792 bytes by copy_file_range",
            false => "17825792 bytes by positioned read/write",
        };
        outcome.is_copied(by);
    }
}

#[test]
fn a_source_that_ends_early_under_workers_is_not_padded() {
    // The third block of those that two workers read seems to be behind the end.
    let Some(outcome) = copy_under(&[NO_REFLINK, "pread64:retval=0:when=3"], STRIPES) else {
        return;
    };
    // Whoever sees the end, what lies before it is there. A read then goes on from it.
    outcome.is_copied("17825792 bytes by read/write");
}

#[test]
fn in_the_middle_the_next_one_goes_on_where_the_last_one_stopped() {
    let injection = "copy_file_range:error=EXDEV:when=2+";
    let Some(outcome) = copy_under(&[NO_REFLINK, injection], SPARSE) else {
        return;
    };
    outcome.is_copied("by sendfile (2097152 of them holes)");
    outcome.is_copied("copy_file_range left at byte 1114112");
    let second = "sendfile:error=EINVAL:when=2+";
    let Some(outcome) = copy_under(&[NO_REFLINK, injection, second], SPARSE) else {
        return;
    };
    outcome.is_copied("by read/write (2097152 of them holes)");
    outcome.is_copied("sendfile left at byte 2228224");
}

#[test]
fn errors_of_the_device_are_final() {
    for error in ["EIO", "ENOSPC", "EDQUOT"] {
        for (call, named) in [
            ("ioctl", "reflink failed"),
            ("splice", "splice from the source failed"),
            ("copy_file_range", "copy_file_range failed"),
            ("sendfile", "sendfile failed"),
            ("read", "cannot read the source"),
            ("write", "cannot write the destination"),
        ] {
            let fault = format!("{call}:error={error}");
            let refuse = |name: &str| format!("{name}:error=EOPNOTSUPP");
            let order = ["ioctl", "splice", "copy_file_range", "sendfile"];
            let above = order.iter().take_while(|&&name| name != call);
            let mut injections: Vec<String> = above.map(|name| refuse(name)).collect();
            injections.push(fault);
            let injections: Vec<&str> = injections.iter().map(String::as_str).collect();
            let Some(outcome) = copy_under(&injections, SPLICED) else {
                return;
            };
            outcome.failed(named);
        }
    }
}

#[test]
fn interrupted_calls_are_repeated() {
    for call in [
        "ioctl",
        "copy_file_range",
        "sendfile",
        "splice",
        "read",
        "write",
    ] {
        let mut injections = vec![format!("{call}:error=EINTR:when=1")];
        for above in ["ioctl", "splice", "copy_file_range", "sendfile"] {
            if above == call {
                break;
            }
            injections.push(format!("{above}:error=EOPNOTSUPP"));
        }
        let injections: Vec<&str> = injections.iter().map(String::as_str).collect();
        let Some(outcome) = copy_under(&injections, SPLICED) else {
            return;
        };
        outcome.is_copied("300000 bytes by ");
    }
}

#[test]
fn an_end_that_comes_too_early_is_not_believed() {
    let zero = "copy_file_range:retval=0";
    let Some(outcome) = copy_under(&[NO_REFLINK, zero], LARGE) else {
        return;
    };
    outcome.is_copied("100000 bytes by read/write");
    outcome.is_copied("copy_file_range left at byte 0: it ended before the file did");
    let zero = "copy_file_range:retval=0:when=2+";
    let Some(outcome) = copy_under(&[NO_REFLINK, zero], SPARSE) else {
        return;
    };
    outcome.is_copied("copy_file_range left at byte 1114112: it ended before the file did");
    let refused = "copy_file_range:error=EXDEV";
    let Some(outcome) = copy_under(&[NO_REFLINK, refused, "sendfile:retval=0"], LARGE) else {
        return;
    };
    outcome.is_copied("sendfile left at byte 0: it ended before the file did");
    let Some(outcome) = copy_under(&[NO_REFLINK, "splice:retval=0"], SPLICED) else {
        return;
    };
    // Not where the temporary directory's file system gains nothing by a pipe.
    if outcome.said.contains("bytes by read/write") {
        outcome.is_copied("splice left at byte 0: it ended before the file did");
    }
}

#[test]
fn a_source_truncated_meanwhile_is_not_padded() {
    // The first look for data claims some at 1 MiB, where the file of 64 KiB has none any more.
    let claim = "lseek:retval=1048576:when=1";
    let Some(outcome) = copy_under(&[NO_REFLINK, claim], &[Hole(65_536)]) else {
        return;
    };
    outcome.is_copied("65536 bytes by ");
}

#[test]
fn what_is_appended_while_the_last_hole_is_looked_at_is_no_hole() {
    // As if the data had come right after the first look for it found none.
    for pieces in [&[Hole(1 << 20), Data(65_536)], &[Hole(1 << 20), Data(1)]] {
        let injections = [NO_REFLINK, "lseek:error=ENXIO:when=1"];
        let Some(outcome) = copy_under(&injections, pieces) else {
            return;
        };
        outcome.is_copied(" by ");
    }
}

#[test]
fn a_hole_that_is_made_where_data_was_seen_ends_nothing() {
    // As if the data at the front had become a hole right after it was found.
    let Some(outcome) = copy_under(&[NO_REFLINK, "lseek:retval=0:when=2"], SPARSE) else {
        return;
    };
    assert!(
        outcome.said.contains("2298224 bytes by "),
        "{}",
        outcome.said
    );
    assert!(fs::read(&outcome.from).unwrap() == fs::read(&outcome.to).unwrap());
}

#[test]
fn a_file_system_that_knows_no_holes_is_copied_whole() {
    let unknown = "lseek:error=EINVAL:when=1";
    let Some(outcome) = copy_under(&[NO_REFLINK, unknown], SPARSE) else {
        return;
    };
    assert!(
        outcome.said.contains("2298224 bytes by ") && !outcome.said.contains("holes"),
        "{}",
        outcome.said
    );
    assert!(fs::read(&outcome.from).unwrap() == fs::read(&outcome.to).unwrap());
}

#[test]
fn where_permissions_may_not_be_set_the_old_contents_stay() {
    for (error, copied) in [("EPERM", false), ("EOPNOTSUPP", true), ("ENOSYS", true)] {
        let directory = TempDir::new().unwrap();
        let (from, to) = (
            directory.path().join("source"),
            directory.path().join("copy"),
        );
        make(&from, LARGE);
        fs::write(&to, "old").unwrap();
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&to, permissions).unwrap();
        let injection = format!("fchmod:error={error}");
        let Some(said) = copy_in_strace(None, &[&injection], &from, &to) else {
            return;
        };
        let contents = fs::read(&to).unwrap();
        if copied {
            assert!(said.contains("100000 bytes by"), "{said}");
            assert!(contents == fs::read(&from).unwrap());
        } else {
            assert!(
                said.contains("cannot set the destination's permissions"),
                "{said}"
            );
            assert_eq!(contents, b"old");
        }
    }
}

#[test]
fn a_file_that_may_be_written_but_not_created_is_written() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    make(&from, LARGE);
    // The second of the two files to be opened, as fs.protected_regular has it.
    let refuse = ["openat:error=EACCES:when=2"];
    let Some(said) = copy_in_strace(None, &refuse, &from, &to) else {
        return;
    };
    assert!(
        said.contains("cannot open the destination: Permission denied"),
        "{said}"
    );
    fs::write(&to, "old").unwrap();
    let Some(said) = copy_in_strace(None, &refuse, &from, &to) else {
        return;
    };
    assert!(said.contains("100000 bytes by"), "{said}");
    assert!(fs::read(&to).unwrap() == fs::read(&from).unwrap());
}
