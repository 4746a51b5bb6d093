//! The differences that the rules' pages name.

mod runtime;

/// Programs that a fix lets behave in another way on some inputs, and where a user is told so.
#[derive(Debug)]
pub(crate) struct Named {
    /// The rule whose page has the words.
    pub(crate) rule: &'static str,
    pub(crate) words: &'static str,
    programs: &'static [&'static str],
    pub(crate) cases: &'static [&'static str],
}

impl Named {
    pub(crate) fn is_about(&self, program: &str) -> bool {
        self.programs.contains(&program)
    }
}

/// Every entry, with its number.
pub(crate) fn all() -> impl Iterator<Item = (usize, &'static Named)> {
    OF_STD.iter().chain(&runtime::NAMED).enumerate()
}

/// The entry for a program and a case.
pub(crate) fn find(program: &str, case: &str) -> Option<(usize, &'static Named)> {
    all().find(|(_, named)| named.is_about(program) && named.cases.contains(&case))
}

const OF_STD: [Named; 33] = [
    Named {
        rule: "bufwriter_no_flush",
        words: "a failure that was lost is returned, so that a function which reported success on a full disk no longer does",
        programs: &[
            "bufwriter_no_flush/early_return",
            "bufwriter_no_flush/error_of_its_own",
            "bufwriter_no_flush/given_away",
            "bufwriter_no_flush/helper",
            "bufwriter_no_flush/in_a_block",
            "bufwriter_no_flush/lines",
            "bufwriter_no_flush/made_in_the_argument",
            "bufwriter_no_flush/tail_expression",
        ],
        cases: &["small to a full device"],
    },
    Named {
        rule: "bufwriter_no_flush",
        words: "a failure that was lost is returned, so that a function which reported success on a full disk no longer does",
        programs: &["bufwriter_no_flush/standard_output"],
        cases: &["printed to nobody", "printed to a full device"],
    },
    Named {
        rule: "bufwriter_no_flush",
        words: "where the function returns nothing and its writes are unwrapped, the flush can so panic",
        programs: &["bufwriter_no_flush/expected"],
        cases: &["small to a full device"],
    },
    Named {
        rule: "double_buffering",
        words: "without it, those bytes are left for whoever reads from the inner one afterwards",
        programs: &["double_buffering/read_from_below_afterwards"],
        cases: &[
            "small",
            "medium",
            "large",
            "blank lines",
            "no last line break",
            "Windows line breaks",
            "invalid UTF-8 later",
            "huge line",
            "every byte",
            "executable",
            "FIFO",
        ],
    },
    Named {
        rule: "double_buffering",
        words: "without it, those bytes are left for whoever reads from the inner one afterwards",
        programs: &["double_buffering/standard_input_in_two_places"],
        cases: &[
            "small",
            "medium",
            "large",
            "blank lines",
            "no last line break",
            "Windows line breaks",
            "huge line",
            "executable",
            "FIFO",
        ],
    },
    Named {
        rule: "metadata_per_entry",
        words: "a link that leads nowhere was a failure and is now an entry that is neither a file nor a directory",
        programs: &["metadata_per_entry/free_function"],
        cases: &["directory"],
    },
    Named {
        rule: "metadata_per_entry",
        words: "`Path::is_dir` and `Path::is_file` follow symbolic links and `DirEntry::file_type` does not",
        programs: &[
            "metadata_per_entry/by_a_filter",
            "metadata_per_entry/directories_by_path",
            "metadata_per_entry/dropped_with_its_path",
            "metadata_per_entry/files_by_path",
            "metadata_per_entry/recursive",
        ],
        cases: &["directory"],
    },
    Named {
        rule: "read_write_copy",
        words: "a failure of the reading is reported as one of the writing is",
        programs: &["read_write_copy/one_vector", "read_write_copy/told"],
        cases: &["directory"],
    },
    Named {
        rule: "read_write_copy",
        words: "`fs::copy` also copies the permission bits",
        programs: &[
            "read_write_copy/one_expression",
            "read_write_copy/one_statement",
            "read_write_copy/two_steps",
        ],
        cases: &["executable", "over a longer file"],
    },
    Named {
        rule: "read_write_copy",
        words: "refuses what is not a regular file, such as a FIFO",
        programs: &[
            "read_write_copy/one_expression",
            "read_write_copy/one_statement",
            "read_write_copy/two_steps",
        ],
        cases: &["directory", "FIFO"],
    },
    Named {
        rule: "read_write_copy",
        words: "when both are the same file its contents are lost",
        programs: &[
            "read_write_copy/one_expression",
            "read_write_copy/one_statement",
            "read_write_copy/two_steps",
        ],
        cases: &[
            "small onto itself",
            "medium onto itself",
            "onto itself by a link",
        ],
    },
    Named {
        rule: "read_write_copy",
        words: "when both are the same file it reads what it writes until the disk is full",
        programs: &["read_write_copy/one_vector", "read_write_copy/to_a_writer"],
        cases: &[
            "small onto itself",
            "medium onto itself",
            "onto itself by a link",
        ],
    },
    Named {
        rule: "seek_discards_buffer",
        words: "the position of the file below the buffer is another one",
        programs: &["seek_discards_buffer/given"],
        cases: &[
            "medium",
            "large",
            "invalid UTF-8 later",
            "huge line",
            "every byte",
        ],
    },
    Named {
        rule: "seek_discards_buffer",
        words: "a FIFO, at which every `seek` fails, can be stepped through as far as its bytes are buffered",
        programs: &["seek_discards_buffer/goes_back"],
        cases: &["FIFO"],
    },
    Named {
        rule: "seek_discards_buffer",
        words: "a reader that cannot seek now fails behind the read and not before it, and not at all within its buffer",
        programs: &["seek_discards_buffer/peeks"],
        cases: &["FIFO"],
    },
    Named {
        rule: "seek_read",
        words: "a file that has no position, a pipe, made it fail",
        programs: &["seek_read/unheard"],
        cases: &["FIFO"],
    },
    Named {
        rule: "open_in_loop",
        words: "the directory or file is made, or its failure told, also when there is no item",
        programs: &["open_in_loop/appends", "open_in_loop/directory"],
        cases: &["empty"],
    },
    Named {
        rule: "stdout_unbuffered",
        words: "`println!` panics when the output is closed; so do the writes, with another message",
        programs: &["stdout_unbuffered/without_a_result"],
        cases: &[
            "printed to nobody",
            "much printed to nobody",
            "printed to a full device",
            "printed to who leaves early",
        ],
    },
    Named {
        rule: "stdout_unbuffered",
        words: "unless the function returns an `io::Result` or another result that takes any error: then the error is returned",
        programs: &["stdout_unbuffered/early_return"],
        cases: &["printed to who leaves early"],
    },
    Named {
        rule: "stdout_unbuffered",
        words: "unless the function returns an `io::Result` or another result that takes any error: then the error is returned",
        programs: &[
            "stdout_unbuffered/exits",
            "stdout_unbuffered/filter",
            "stdout_unbuffered/names",
            "stdout_unbuffered/panics",
            "stdout_unbuffered/pieces",
            "stdout_unbuffered/with_errors",
        ],
        cases: &[
            "printed to nobody",
            "much printed to nobody",
            "printed to a full device",
            "printed to who leaves early",
        ],
    },
    Named {
        rule: "stdout_unbuffered",
        words: "unless the function returns an `io::Result` or another result that takes any error: then the error is returned",
        programs: &["unbuffered_write/shown_at_once", "unbuffered_write/told_of"],
        cases: &["printed to nobody", "printed to a full device"],
    },
    Named {
        rule: "unbuffered_read",
        words: "where the function also writes to a file that it opens by `OpenOptions`, which may be the same",
        programs: &["unbuffered_read/while_it_is_written"],
        cases: &[
            "small onto itself",
            "medium onto itself",
            "onto itself by a link",
        ],
    },
    Named {
        rule: "unbuffered_write",
        words: "wherever somebody may look before the flush",
        programs: &["unbuffered_write/shown_at_once"],
        cases: &[
            "small",
            "medium",
            "large",
            "blank lines",
            "no last line break",
            "Windows line breaks",
            "huge line",
            "executable",
            "FIFO",
            "over a longer file",
            "small to a full device",
            "medium to a full device",
            "large to a full device",
            "medium to a small disk",
            "large to a small disk",
            "small onto itself",
            "medium onto itself",
            "onto itself by a link",
        ],
    },
    Named {
        rule: "unbuffered_write",
        words: "prints, writes to another handle (of which more is written before a failure is noticed)",
        programs: &["unbuffered_write/told_of"],
        cases: &[
            "small to a full device",
            "medium to a full device",
            "large to a full device",
        ],
    },
    Named {
        rule: "unbuffered_write",
        words: "prints, writes to another handle (of which more is written before a failure is noticed)",
        programs: &["unbuffered_write/two_files"],
        cases: &[
            "small to a full device",
            "medium to a full device",
            "large to a full device",
            "large to a small disk",
        ],
    },
    Named {
        rule: "unbuffered_write",
        words: "Where an error is on its way out already, the destructor writes the rest, and a second error is lost",
        programs: &["unbuffered_read/while_it_is_written"],
        cases: &["small to a full device"],
    },
    Named {
        rule: "unbuffered_serde",
        words: "what the disk refuses is then told in other words or by another type",
        programs: &[
            "unbuffered_serde/saved_in_place",
            "unbuffered_serde/saved_or_panics",
        ],
        cases: &["small to a full device"],
    },
    Named {
        rule: "unbuffered_serde",
        words: "by an `io::Error` and not within the parser's error",
        programs: &[
            "unbuffered_serde/message_pack_numbers@alternative",
            "unbuffered_serde/cbor_value@alternative",
            "unbuffered_serde/bincode_fields@alternative",
            "unbuffered_serde/one_value@alternative",
        ],
        cases: &["directory"],
    },
    Named {
        rule: "unbuffered_serde",
        words: "an error of the parser may name another line and column",
        programs: &["unbuffered_serde/one_value@alternative"],
        cases: &["huge line"],
    },
    Named {
        rule: "unbuffered_serde",
        words: "say in other words that the file ends too early",
        programs: &["unbuffered_serde/bincode_fields@alternative"],
        cases: &["empty"],
    },
    Named {
        rule: "verbose_file_read",
        words: "it takes the branch of a file that cannot be opened",
        programs: &["verbose_file_read/in_a_branch"],
        cases: &[
            "invalid UTF-8 at once",
            "invalid UTF-8 later",
            "every byte",
            "directory",
        ],
    },
    Named {
        rule: "verbose_file_read",
        words: "the way of the opening stands for both",
        programs: &[
            "verbose_file_read/two_errors",
            "verbose_file_read/two_messages",
        ],
        cases: &[
            "invalid UTF-8 at once",
            "invalid UTF-8 later",
            "every byte",
            "directory",
        ],
    },
    Named {
        rule: "whole_file_read",
        words: "bytes there that are no UTF-8 are no error",
        programs: &[
            "whole_file_read/first_line",
            "whole_file_read/heading",
            "whole_file_read/opening",
        ],
        cases: &["invalid UTF-8 later", "every byte"],
    },
];
