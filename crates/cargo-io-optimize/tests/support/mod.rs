//! A small table of rules for the tests of this crate.

use model::{Example, FixAvailability, Operation, RuleDocs, RuleMeta};

const DOCS: RuleDocs = RuleDocs {
    finds: "Small writes.\n\nNot one-off writes.",
    why_slow: "Each is a system call.",
    when_not_faster: "Where the writes are large already.",
    fix_safety: "The bytes arrive later.",
    example: Example {
        before: "before();\n",
        after: "after();\n",
    },
    references: &["write(2)"],
};

/// A rule about writing.
pub(crate) static WRITE: RuleMeta = RuleMeta {
    name: "unbuffered_write",
    operations: &[Operation::Write],
    summary: "every small write is a system call",
    fix: FixAvailability::Sometimes,
    about_speed: true,
    docs: DOCS,
};

/// A rule about two operations.
pub(crate) static COPY: RuleMeta = RuleMeta {
    name: "manual_copy_loop",
    operations: &[Operation::Copy, Operation::Network],
    summary: "a loop copies what the kernel could",
    fix: FixAvailability::None,
    about_speed: false,
    docs: DOCS,
};

/// The table.
pub(crate) fn table() -> Vec<&'static RuleMeta> {
    vec![&WRITE, &COPY]
}
