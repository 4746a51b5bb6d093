//! The templates, compiled as they are.

#![expect(
    clippy::allow_attributes_without_reason,
    reason = "they are files of another package"
)]

pub(super) mod async_small_io_read;
pub(super) mod async_small_io_write;
pub(super) mod blocking_in_async;
pub(super) mod bufwriter_no_flush;
pub(super) mod copy_off_fast_path_dynamic;
pub(super) mod copy_off_fast_path_progress;
pub(super) mod double_buffering_read;
pub(super) mod double_buffering_write;
pub(super) mod exists_then_open;
pub(super) mod fsync_in_loop;
pub(super) mod lines_alloc;
pub(super) mod manual_copy_loop;
pub(super) mod metadata_per_entry_entry_metadata;
pub(super) mod metadata_per_entry_path_metadata;
pub(super) mod open_in_loop;
pub(super) mod pattern;
pub(super) mod read_write_copy;
pub(super) mod seek_discards_buffer;
pub(super) mod seek_read;
pub(super) mod sequential_many_files;
pub(super) mod small_buffer;
pub(super) mod stdout_unbuffered;
pub(super) mod streaming_no_hint;
pub(super) mod tree_copy;
pub(super) mod unbuffered_read;
pub(super) mod unbuffered_serde_json_read;
pub(super) mod unbuffered_serde_json_write;
pub(super) mod unbuffered_write;
pub(super) mod verbose_file_read;
pub(super) mod whole_file_read_first_line;
pub(super) mod whole_file_read_hash;
pub(super) mod whole_file_read_lines;
