//! The rules: one file each, with what is fixed about it.

pub(crate) mod bufwriter_no_flush;
pub(crate) mod double_buffering;
pub(crate) mod manual_copy_loop;
pub(crate) mod metadata_per_entry;
pub(crate) mod read_write_copy;
pub(crate) mod stdout_unbuffered;
pub(crate) mod unbuffered_read;
pub(crate) mod unbuffered_serde;
pub(crate) mod unbuffered_write;
pub(crate) mod verbose_file_read;

/// Every rule, in the order in which rules are listed to users.
pub(crate) const METAS: [&model::RuleMeta; 10] = [
    &unbuffered_read::META,
    &unbuffered_write::META,
    &unbuffered_serde::META,
    &stdout_unbuffered::META,
    &manual_copy_loop::META,
    &read_write_copy::META,
    &verbose_file_read::META,
    &double_buffering::META,
    &bufwriter_no_flush::META,
    &metadata_per_entry::META,
];
