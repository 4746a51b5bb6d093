//! How much memory the control groups of this process and the machine let it have; both versions, `cgroups(7)`.

use std::fs;
use std::path::{Path, PathBuf};

/// Where the groups are.
const ROOT: &str = "/sys/fs/cgroup";
/// The groups of this process.
const OWN: &str = "/proc/self/cgroup";

/// The lowest memory limit, in bytes, of the groups of this process and of those around them.
pub(super) fn limit() -> Option<u64> {
    groups(Path::new(ROOT), &fs::read_to_string(OWN).ok()?)
        .iter()
        .filter_map(Group::limit)
        .min()
}

/// Bytes that this process may still take before the machine or one of the groups has none left.
pub(super) fn left() -> Option<u64> {
    let own = fs::read_to_string(OWN).unwrap_or_default();
    let in_groups = groups(Path::new(ROOT), &own);
    let machine = fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.and_then(|text| of_machine(&text));
    let in_groups = in_groups.iter().filter_map(Group::left);
    in_groups.chain(machine).min()
}

/// What the text of `/proc/meminfo` says can be taken without swapping, in bytes.
fn of_machine(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// A control group for memory.
struct Group {
    directory: PathBuf,
    names: &'static Names,
}

/// How the files and fields of a version are called.
struct Names {
    limit: &'static str,
    usage: &'static str,
    /// Pages of files, which the kernel takes back before it kills.
    files: [&'static str; 2],
}

const FIRST: Names = Names {
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    files: ["total_active_file", "total_inactive_file"],
};

const SECOND: Names = Names {
    limit: "memory.max",
    usage: "memory.current",
    files: ["active_file", "inactive_file"],
};

/// The groups in the text of `/proc/self/cgroup`, and those around them, as mounted at `root`.
fn groups(root: &Path, own: &str) -> Vec<Group> {
    let of_line = |line: &str| {
        let mut fields = line.splitn(3, ':').skip(1);
        let controllers = fields.next()?;
        let group = fields.next()?.trim_start_matches('/');
        let is_first = controllers.split(',').any(|one| one == "memory");
        let (root, names) = if controllers.is_empty() {
            (root.to_owned(), &SECOND)
        } else if is_first {
            (root.join("memory"), &FIRST)
        } else {
            return None;
        };
        let innermost = root.join(group);
        let all = innermost
            .ancestors()
            .take_while(|group| group.starts_with(&root))
            .map(|group| Group {
                directory: group.to_owned(),
                names,
            });
        Some(all.collect::<Vec<_>>())
    };
    own.lines().filter_map(of_line).flatten().collect()
}

impl Group {
    fn limit(&self) -> Option<u64> {
        // Version 1 says "no limit" with the largest multiple of a page.
        const NO_LIMIT: u64 = 1 << 62;
        self.number(self.names.limit)
            .filter(|limit| *limit < NO_LIMIT)
    }

    fn left(&self) -> Option<u64> {
        let limit = self.limit()?;
        let usage = self.number(self.names.usage)?;
        let files = fs::read_to_string(self.directory.join("memory.stat")).unwrap_or_default();
        let files: u64 = files
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter(|(name, _)| self.names.files.contains(name))
            .filter_map(|(_, bytes)| bytes.trim().parse::<u64>().ok())
            .sum();
        Some(limit.saturating_sub(usage.saturating_sub(files)))
    }

    fn number(&self, file: &str) -> Option<u64> {
        let text = fs::read_to_string(self.directory.join(file)).ok()?;
        text.trim().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn least(root: &Path, own: &str, of: impl Fn(&Group) -> Option<u64>) -> Option<u64> {
        groups(root, own).iter().filter_map(of).min()
    }

    #[test]
    fn the_tightest_group_limits_the_memory() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("outer/inner");
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("memory.max"), "max\n").unwrap();
        fs::write(root.path().join("outer/memory.max"), "1073741824\n").unwrap();
        let limit = |own| least(root.path(), own, Group::limit);
        assert_eq!(limit("0::/outer/inner\n"), Some(1 << 30));
        assert_eq!(limit("0::/\n"), None);
    }

    #[test]
    fn version_one_groups_say_no_limit_with_a_huge_number() {
        let root = tempfile::tempdir().unwrap();
        let group = root.path().join("memory/job");
        fs::create_dir_all(&group).unwrap();
        fs::write(group.join("memory.limit_in_bytes"), "9223372036854771712\n").unwrap();
        let own = "5:cpu,cpuacct:/job\n4:memory:/job\n";
        let limit = || least(root.path(), own, Group::limit);
        assert_eq!(limit(), None);
        fs::write(group.join("memory.limit_in_bytes"), "4096\n").unwrap();
        assert_eq!(limit(), Some(4096));
    }

    #[test]
    fn pages_of_files_are_not_taken_for_used_up() {
        let root = tempfile::tempdir().unwrap();
        let files = [
            ("job/memory.max", "1000\n"),
            ("job/memory.current", "900\n"),
            (
                "job/memory.stat",
                "anon 300\ninactive_file 400\nactive_file 100\nfile 600\n",
            ),
            ("memory/job/memory.limit_in_bytes", "2000\n"),
            ("memory/job/memory.usage_in_bytes", "1900\n"),
            (
                "memory/job/memory.stat",
                "inactive_file 1\ntotal_inactive_file 50\ntotal_active_file 0\n",
            ),
        ];
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        assert_eq!(least(root.path(), "0::/job\n", Group::left), Some(600));
        assert_eq!(
            least(root.path(), "0::/job\n4:memory:/job\n", Group::left),
            Some(150)
        );
    }

    #[test]
    fn the_machine_tells_what_can_be_taken() {
        let meminfo = "MemTotal:       24684084 kB\nMemFree:        15676992 kB\nMemAvailable:   23486136 kB\n";
        assert_eq!(of_machine(meminfo), Some(23_486_136 * 1024));
        assert_eq!(of_machine("MemTotal: 1 kB\n"), None);
    }
}
