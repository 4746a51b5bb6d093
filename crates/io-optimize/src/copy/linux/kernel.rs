//! What is known of the kernel by its number.

use std::sync::OnceLock;

/// Whether copy_file_range is not one of the early ones (Linux 4.5 to 5.2), which were faulty:
/// <https://lwn.net/Articles/789527/>.
pub(crate) fn kernel_copies_ranges() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let uname = rustix::system::uname();
        let release = uname.release().to_string_lossy();
        let mut numbers = release
            .split(|c: char| !c.is_ascii_digit())
            .map(str::parse::<u32>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (5, 3),
            _ => true,
        }
    })
}
