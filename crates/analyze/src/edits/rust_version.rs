//! What the `rust-version` of a package lets a fix write.

use model::{FileId, Fix};

use crate::context::Context;

/// What std has got since Rust 1.56, the first that knows `rust-version`, each with the minor version that it came with.
const SINCE: [(&str, u64); 14] = [
    ("File::options", 58),
    ("thread::scope", 63),
    ("io::read_to_string", 65),
    ("is_ok_and", 70),
    ("is_some_and", 70),
    ("is_terminal", 70),
    ("OnceLock", 70),
    ("Error::other", 74),
    ("File::create_new", 77),
    ("LazyLock", 80),
    // Of `BufReader` since 1.53; of `Seek`, which is what a reader of any type has, since then only.
    ("seek_relative", 80),
    ("fs::exists", 81),
    ("repeat_n", 82),
    ("is_none_or", 82),
];

/// Standard streams could be locked for longer than a statement only through a variable before.
const KEPT_LOCK: u64 = 61;

/// Whether the packages of a file are for compilers only whose std has an item of the list above.
///
/// # Panics
/// If the list has no such item.
pub(crate) fn knows(context: &Context<'_>, file: FileId, item: &str) -> bool {
    let known = SINCE.iter().find(|(name, _)| *name == item);
    let (_, since) = known.unwrap_or_else(|| panic!("`{item}` is not listed"));
    !is_older(context, file, *since)
}

/// Whether a fix writes nothing that is newer than what the packages of its files are for.
pub(crate) fn fits(context: &Context<'_>, fix: &Fix) -> bool {
    fix.edits.iter().all(|edit| {
        let (old, new) = (context.sources.text(edit.span), edit.replacement.as_str());
        let is_added = |item: &str| new.matches(item).count() > old.matches(item).count();
        let mut newer = SINCE.iter().filter(|(item, _)| is_added(item));
        newer.all(|(_, since)| !is_older(context, edit.span.file, *since))
            && (kept_locks(new) <= kept_locks(old) || !is_older(context, edit.span.file, KEPT_LOCK))
    })
}

fn is_older(context: &Context<'_>, file: FileId, minor: u64) -> bool {
    let oldest = context.files[file.0 as usize].rust_version.as_ref();
    oldest.is_some_and(|oldest| (oldest.major, oldest.minor) < (1, minor))
}

/// How many variables hold the lock of a standard stream that has no variable of its own.
fn kept_locks(text: &str) -> usize {
    let lets = text
        .lines()
        .filter(|line| line.trim_start().starts_with("let "));
    lets.filter(|line| {
        let mut streams = ["stdin", "stdout", "stderr"].iter();
        streams.any(|stream| line.contains(&format!("{stream}().lock()")))
    })
    .count()
}

#[cfg(test)]
mod tests {
    use super::kept_locks;

    #[test]
    fn a_lock_is_kept_by_the_variable_of_what_was_made_in_one_go() {
        assert_eq!(
            kept_locks("let mut input = io::stdin().lock();\nloop {}"),
            1
        );
        assert_eq!(kept_locks("let mut input = stdin.lock();"), 0);
        assert_eq!(
            kept_locks("io::copy(&mut io::stdin().lock(), &mut out)?;"),
            0
        );
    }
}
