//! Reads `/proc/self/mountinfo`, `proc_pid_mountinfo(5)`.

/// One mounted file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// The kernel's number of the mount.
    pub(super) id: u64,
    /// Where it is mounted.
    pub(super) point: String,
    /// Type of the file system, with the subtype for FUSE.
    pub(super) kind: String,
    /// Device or server.
    pub(super) device: String,
}

/// Types that are another machine, or answer every call from another process as FUSE does.
const NETWORK: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "fuse",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "orangefs",
    "smb3",
    "smbfs",
    "vboxsf",
];

/// Whether every call on a file system of this type is a round trip.
pub(super) fn is_network(kind: &str) -> bool {
    kind.starts_with("fuse.") || NETWORK.contains(&kind)
}

/// The mounts listed in the text of a `mountinfo` file. Lines of another form are left out.
pub(super) fn parse(mountinfo: &str) -> Vec<Mount> {
    mountinfo.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<Mount> {
    let (place, source) = line.split_once(" - ")?;
    let mut place = place.split(' ');
    let id = place.next()?.parse().ok()?;
    let point = unescape(place.nth(3)?);
    let mut source = source.split(' ');
    let kind = source.next()?.to_owned();
    let device = unescape(source.next()?);
    Some(Mount {
        id,
        point,
        kind,
        device,
    })
}

/// Undoes the octal escapes that the kernel writes for blanks and backslashes.
fn unescape(field: &str) -> String {
    let bytes = field.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = bytes
            .get(at..at + 4)
            .filter(|escape| escape[0] == b'\\')
            .and_then(|escape| std::str::from_utf8(&escape[1..]).ok())
            .and_then(|octal| u8::from_str_radix(octal, 8).ok());
        plain.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 4 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTINFO: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 22 0:28 / /mnt/with\\040blank rw - nfs4 server:/export\\134x rw,vers=4.2
not a mount
40 22 0:30 / /home/user/remote rw - fuse.sshfs user@host: rw";

    #[test]
    fn mounts_are_read_with_their_escapes_undone() {
        let mounts = parse(MOUNTINFO);
        assert_eq!(mounts.len(), 3);
        assert_eq!(
            mounts[1],
            Mount {
                id: 31,
                point: "/mnt/with blank".to_owned(),
                kind: "nfs4".to_owned(),
                device: "server:/export\\x".to_owned(),
            }
        );
    }

    #[test]
    fn servers_and_fuse_are_network_and_disks_are_not() {
        let network: Vec<bool> = parse(MOUNTINFO)
            .iter()
            .map(|mount| is_network(&mount.kind))
            .collect();
        assert_eq!(network, [false, true, true]);
        assert!(
            !is_network("fuseblk"),
            "a local disk behind a driver in user space"
        );
    }
}
