//! The templates, compiled as they are: some are the models that are measured, the others are compiled for tests alone.

#![expect(
    clippy::allow_attributes_without_reason,
    reason = "they are files of another package"
)]

#[cfg(test)]
pub(crate) mod async_small_io_read;
#[cfg(test)]
pub(crate) mod async_small_io_write;
#[cfg(test)]
pub(crate) mod blocking_in_async;
#[cfg(test)]
pub(crate) mod bufwriter_no_flush;
#[cfg(test)]
pub(crate) mod copy_off_fast_path_dynamic;
#[cfg(test)]
pub(crate) mod copy_off_fast_path_progress;
#[cfg(test)]
pub(crate) mod double_buffering_read;
#[cfg(test)]
pub(crate) mod double_buffering_write;
#[cfg(test)]
pub(crate) mod exists_then_open;
#[cfg(test)]
pub(crate) mod fsync_in_loop;
#[cfg(test)]
pub(crate) mod lines_alloc;
pub(crate) mod lines_alloc_byte_records;
pub(crate) mod lines_alloc_records;
pub(crate) mod manual_copy_loop;
#[cfg(test)]
pub(crate) mod metadata_per_entry_entry_metadata;
#[cfg(test)]
pub(crate) mod metadata_per_entry_path_metadata;
#[cfg(test)]
pub(crate) mod open_in_loop;
pub(crate) mod pattern;
#[cfg(test)]
pub(crate) mod read_write_copy;
pub(crate) mod records;
pub(crate) mod records_bincode_1;
pub(crate) mod records_bincode_2;
pub(crate) mod records_cbor;
pub(crate) mod records_json;
pub(crate) mod records_messagepack;
pub(crate) mod records_xml;
pub(crate) mod rows;
#[cfg(test)]
pub(crate) mod seek_discards_buffer;
#[cfg(test)]
pub(crate) mod seek_read;
#[cfg(test)]
pub(crate) mod sequential_many_files;
pub(crate) mod small_buffer;
#[cfg(test)]
pub(crate) mod stdout_unbuffered;
#[cfg(test)]
pub(crate) mod streaming_no_hint;
#[cfg(test)]
pub(crate) mod tree_copy;
pub(crate) mod unbuffered_read;
pub(crate) mod unbuffered_read_pieces;
pub(crate) mod unbuffered_serde_bincode_1_read;
pub(crate) mod unbuffered_serde_bincode_1_write;
pub(crate) mod unbuffered_serde_bincode_2_read;
pub(crate) mod unbuffered_serde_bincode_2_write;
pub(crate) mod unbuffered_serde_cbor_read;
pub(crate) mod unbuffered_serde_cbor_write;
pub(crate) mod unbuffered_serde_json_read;
pub(crate) mod unbuffered_serde_json_write;
pub(crate) mod unbuffered_serde_messagepack_read;
pub(crate) mod unbuffered_serde_messagepack_write;
pub(crate) mod unbuffered_serde_xml_write;
pub(crate) mod unbuffered_write;
pub(crate) mod unbuffered_write_pieces;
#[cfg(test)]
pub(crate) mod verbose_file_read;
#[cfg(test)]
pub(crate) mod whole_file_read_first_line;
#[cfg(test)]
pub(crate) mod whole_file_read_hash;
#[cfg(test)]
pub(crate) mod whole_file_read_lines;
