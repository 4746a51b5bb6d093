//! A whole file read only to be written elsewhere.

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "read_write_copy",
    operations: &[model::Operation::Copy],
    summary: "a whole file goes through memory only to be written elsewhere",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`fs::read` or `read_to_end` whose bytes are used for nothing but a `fs::write` or \
            `write_all`. Bytes that are parsed, changed, compared or hashed in between, or kept, \
            are not reported.",
        why_slow: "The program allocates memory for the whole file, has the system fill it, and \
            has it copied out again. A large file costs its size in memory, fresh pages must be \
            cleared first, and nothing is written before everything is read. `fs::copy` and \
            `io::copy` move the bytes in pieces and on Linux leave that to the kernel.",
        when_not_faster: "Files of some tens of kilobytes copy equally fast either way. The gain \
            grows with the size, and is largest where the file system shares blocks instead of \
            copying them. When the target is a compressor or an archive the work there decides, \
            and what is saved is memory.",
        fix_safety: "Always `maybe-incorrect`, because the meaning differs. `fs::copy` also copies \
            the permission bits, refuses what is not a regular file, such as a FIFO, and truncates \
            the file when source and target are the same. `io::copy` between a file opened and a \
            file created truncates the target before the source is read: data is lost when both \
            are the same file, and an error while reading leaves a part of a target where there \
            was none, or the old one, before. A writer that is not a file sees several writes \
            instead of one.",
        example: model::Example {
            before: r"use std::fs;
use std::io;
use std::path::Path;

pub fn back_up(from: &Path, to: &Path) -> io::Result<()> {
    let bytes = fs::read(from)?;
    fs::write(to, bytes)?;
    Ok(())
}
",
            after: r"use std::fs;
use std::io;
use std::path::Path;

pub fn back_up(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    Ok(())
}
",
        },
        references: &[
            "[std::fs::copy](https://doc.rust-lang.org/std/fs/fn.copy.html)",
            "[rust-lang/rust#102534: fs::copy of a file onto itself](https://github.com/rust-lang/rust/issues/102534)",
            "[copy_file_range(2)](https://man7.org/linux/man-pages/man2/copy_file_range.2.html)",
        ],
    },
};
