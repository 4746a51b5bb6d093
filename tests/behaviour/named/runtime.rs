//! Those of rewrites onto the runtime crate.

use super::Named;

pub(super) const NAMED: [Named; 6] = [
    Named {
        rule: "lines_alloc",
        words: "the error of a line that is not UTF-8 is of the same kind and says in other words what is wrong",
        programs: &[
            "lines_alloc/ends_of_lines@runtime",
            "lines_alloc/lengths@runtime",
            "lines_alloc/sum@runtime",
            "lines_alloc/without_blanks@runtime",
        ],
        cases: &["invalid UTF-8 at once", "invalid UTF-8 later", "every byte"],
    },
    Named {
        rule: "read_write_copy",
        words: "`fs::copy` also copies the permission bits",
        programs: &[
            "read_write_copy/one_expression@runtime",
            "read_write_copy/two_steps@runtime",
        ],
        cases: &["executable", "FIFO", "over a longer file"],
    },
    Named {
        rule: "read_write_copy",
        words: "refuses to copy a file onto itself",
        programs: &[
            "read_write_copy/one_expression@runtime",
            "read_write_copy/two_steps@runtime",
        ],
        cases: &[
            "small onto itself",
            "medium onto itself",
            "onto itself by a link",
        ],
    },
    Named {
        rule: "read_write_copy",
        words: "names both paths in its errors",
        programs: &[
            "read_write_copy/one_expression@runtime",
            "read_write_copy/two_steps@runtime",
        ],
        cases: &[
            "missing",
            "directory",
            "unreadable",
            "to a read-only file",
            "to a directory",
            "into no folder",
            "small to a full device",
            "medium to a full device",
            "large to a full device",
            "large to a small disk",
        ],
    },
    Named {
        rule: "tree_copy",
        words: "symbolic links are copied as links, where `fs::copy` reads what they lead to and fails at a directory",
        programs: &["tree_copy/recursive@runtime"],
        cases: &["directory"],
    },
    Named {
        rule: "tree_copy",
        words: "errors name both paths, are of another kind where the source is no directory, and leave another part of the tree behind, a directory that was not filled with the mode 01700",
        programs: &["tree_copy/made@runtime"],
        cases: &["medium to a small disk", "large to a small disk"],
    },
];
