//! Sizes, times and the other values of arguments.

use std::time::Duration;

use cargo_io_optimize::cli::values::{duration, gain, jobs, size};

#[test]
fn sizes() {
    for (text, bytes) in [
        ("1", 1),
        ("4096", 4096),
        ("7B", 7),
        ("64KiB", 64 << 10),
        ("64kib", 64 << 10),
        ("1kB", 1000),
        ("1MB", 1_000_000),
        ("3MiB", 3 << 20),
        ("2GB", 2_000_000_000),
        ("2GiB", 2 << 30),
        ("1TB", 1_000_000_000_000),
        ("1TiB", 1 << 40),
        ("18446744073709551615", u64::MAX),
    ] {
        assert_eq!(size(text), Ok(bytes), "{text}");
    }
}

#[test]
fn sizes_that_are_none() {
    for (text, says) in [
        ("", "whole number"),
        ("KiB", "whole number"),
        ("0", "at least one byte"),
        ("0MiB", "at least one byte"),
        ("-1", "no unit"),
        ("1.5GiB", "no unit"),
        ("64 KiB", "no unit"),
        ("64K", "no unit"),
        ("64Kib/s", "no unit"),
        ("18446744073709551616", "whole number"),
        ("18446744073709551615KiB", "64 bits"),
        ("16777216TiB", "64 bits"),
    ] {
        let error = size(text).expect_err(text);
        assert!(error.contains(says), "`{text}` says: {error}");
    }
}

#[test]
fn times() {
    for (text, time) in [
        ("20s", Duration::from_secs(20)),
        ("0s", Duration::ZERO),
        ("500ms", Duration::from_millis(500)),
        ("2min", Duration::from_secs(120)),
    ] {
        assert_eq!(duration(text), Ok(time), "{text}");
    }
    for (text, says) in [
        ("", "whole number"),
        ("s", "whole number"),
        ("20", "unit is missing"),
        ("1.5s", "no unit"),
        ("20S", "no unit"),
        ("2h", "no unit"),
        ("-1s", "whole number"),
        ("18446744073709551615min", "too long"),
    ] {
        let error = duration(text).expect_err(text);
        assert!(error.contains(says), "`{text}` says: {error}");
    }
}

#[test]
fn gains_and_jobs() {
    assert_eq!(gain("1"), Ok(1.0));
    assert_eq!(gain("1.05"), Ok(1.05));
    for text in ["", "0.99", "-2", "inf", "nan", "5%"] {
        assert!(gain(text).is_err(), "{text}");
    }
    for text in ["1", "8", "-1", "default"] {
        assert_eq!(jobs(text).as_deref(), Ok(text));
    }
    for text in ["", "0", "2.5", "many"] {
        assert!(jobs(text).is_err(), "{text}");
    }
}
