//! The rules: one file each, with what is fixed about it and the function that finds it.

pub(crate) mod async_small_io;
pub(crate) mod blocking_in_async;
pub(crate) mod bufwriter_no_flush;
pub(crate) mod copy_off_fast_path;
pub(crate) mod double_buffering;
pub(crate) mod exists_then_open;
pub(crate) mod fsync_in_loop;
pub(crate) mod lines_alloc;
pub(crate) mod manual_copy_loop;
pub(crate) mod metadata_per_entry;
pub(crate) mod open_in_loop;
pub(crate) mod read_write_copy;
pub(crate) mod seek_discards_buffer;
pub(crate) mod seek_read;
pub(crate) mod sequential_many_files;
pub(crate) mod small_buffer;
pub(crate) mod stdout_unbuffered;
pub(crate) mod streaming_no_hint;
pub(crate) mod tree_copy;
pub(crate) mod unbuffered_read;
pub(crate) mod unbuffered_serde;
pub(crate) mod unbuffered_write;
pub(crate) mod verbose_file_read;
pub(crate) mod whole_file_read;

use crate::context::{Context, Subject, Verdicts};

/// A rule: what is fixed about it, and what it says of one function.
pub(crate) struct Rule {
    pub(crate) meta: &'static model::RuleMeta,
    pub(crate) check: fn(&Context<'_>, Subject<'_>, &mut Verdicts),
}

/// Every rule, in the order in which rules are listed to users.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        meta: &unbuffered_read::META,
        check: unbuffered_read::check,
    },
    Rule {
        meta: &unbuffered_write::META,
        check: unbuffered_write::check,
    },
    Rule {
        meta: &unbuffered_serde::META,
        check: unbuffered_serde::check,
    },
    Rule {
        meta: &stdout_unbuffered::META,
        check: stdout_unbuffered::check,
    },
    Rule {
        meta: &manual_copy_loop::META,
        check: manual_copy_loop::check,
    },
    Rule {
        meta: &read_write_copy::META,
        check: read_write_copy::check,
    },
    Rule {
        meta: &copy_off_fast_path::META,
        check: copy_off_fast_path::check,
    },
    Rule {
        meta: &tree_copy::META,
        check: tree_copy::check,
    },
    Rule {
        meta: &whole_file_read::META,
        check: whole_file_read::check,
    },
    Rule {
        meta: &lines_alloc::META,
        check: lines_alloc::check,
    },
    Rule {
        meta: &verbose_file_read::META,
        check: verbose_file_read::check,
    },
    Rule {
        meta: &small_buffer::META,
        check: small_buffer::check,
    },
    Rule {
        meta: &double_buffering::META,
        check: double_buffering::check,
    },
    Rule {
        meta: &bufwriter_no_flush::META,
        check: bufwriter_no_flush::check,
    },
    Rule {
        meta: &fsync_in_loop::META,
        check: fsync_in_loop::check,
    },
    Rule {
        meta: &open_in_loop::META,
        check: open_in_loop::check,
    },
    Rule {
        meta: &seek_read::META,
        check: seek_read::check,
    },
    Rule {
        meta: &seek_discards_buffer::META,
        check: seek_discards_buffer::check,
    },
    Rule {
        meta: &metadata_per_entry::META,
        check: metadata_per_entry::check,
    },
    Rule {
        meta: &exists_then_open::META,
        check: exists_then_open::check,
    },
    Rule {
        meta: &streaming_no_hint::META,
        check: streaming_no_hint::check,
    },
    Rule {
        meta: &blocking_in_async::META,
        check: blocking_in_async::check,
    },
    Rule {
        meta: &async_small_io::META,
        check: async_small_io::check,
    },
    Rule {
        meta: &sequential_many_files::META,
        check: sequential_many_files::check,
    },
];
