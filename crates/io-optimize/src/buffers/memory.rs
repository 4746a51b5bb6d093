//! How much memory is free.

/// Bytes that can be had without pushing out what others use, as far as the system tells.
///
/// Sources: [proc_meminfo(5)](https://man7.org/linux/man-pages/man5/proc_meminfo.5.html),
/// `MemAvailable`; [cgroup v2](https://docs.kernel.org/admin-guide/cgroup-v2.html), `memory.max`.
#[cfg(target_os = "linux")]
pub(crate) fn available() -> Option<u64> {
    use std::fs::read_to_string;

    let machine = read_to_string("/proc/meminfo").ok();
    let machine = machine.as_deref().and_then(parse_meminfo);
    let groups = read_to_string("/proc/self/cgroup").unwrap_or_default();
    // A group is also bound by what the groups above it may use.
    let limits = parse_cgroup(&groups).into_iter().flat_map(|group| {
        std::path::Path::new(group).ancestors().filter_map(|group| {
            let group = group.to_str()?.trim_matches('/');
            let limit = read_to_string(format!("/sys/fs/cgroup/{group}/memory.max")).ok()?;
            // No number but `max` where there is no limit.
            limit.trim_end().parse().ok()
        })
    });
    limits.chain(machine).min()
}

/// Not asked on this system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn available() -> Option<u64> {
    None
}

/// Bytes of the line `MemAvailable:   12345 kB`.
#[cfg(target_os = "linux")]
fn parse_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// The path of the line `0::/path`, that of cgroup v2.
#[cfg(target_os = "linux")]
fn parse_cgroup(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("0::"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{available, parse_cgroup, parse_meminfo};

    #[test]
    fn the_line_is_found_among_others() {
        let text = "MemTotal:       24000000 kB\nMemAvailable:   12345 kB\nCached: 1 kB\n";
        assert_eq!(parse_meminfo(text), Some(12345 * 1024));
        assert_eq!(
            parse_cgroup("12:memory:/old\n0::/user.slice/a\n"),
            Some("/user.slice/a")
        );
    }

    #[test]
    fn what_is_no_such_file_says_nothing() {
        for text in [
            "",
            "MemAvailable:",
            "MemAvailable: many kB",
            "MemAvailable: 18446744073709551615 kB",
        ] {
            assert_eq!(parse_meminfo(text), None, "{text}");
        }
        assert_eq!(parse_cgroup("1:name=systemd:/\n"), None);
    }

    #[test]
    fn this_system_says_something() {
        assert!(available().is_some_and(|bytes| bytes > 0));
    }
}
