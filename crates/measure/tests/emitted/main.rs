//! The emitted tests and the glue to criterion, compiled as they are and run on every template.

#![expect(
    clippy::allow_attributes_without_reason,
    reason = "they are files of another package"
)]

#[path = "../../src/emit/templates/async_small_io_read.rs"]
mod async_small_io_read;
#[path = "../../src/emit/templates/async_small_io_write.rs"]
mod async_small_io_write;
#[path = "../../src/emit/templates/blocking_in_async.rs"]
mod blocking_in_async;
#[path = "../../src/emit/templates/bufwriter_no_flush.rs"]
mod bufwriter_no_flush;
#[path = "../../src/emit/templates/comparing.rs"]
mod comparing;
#[path = "../../src/emit/templates/copy_off_fast_path_dynamic.rs"]
mod copy_off_fast_path_dynamic;
#[path = "../../src/emit/templates/copy_off_fast_path_progress.rs"]
mod copy_off_fast_path_progress;
#[path = "../../src/emit/templates/double_buffering_read.rs"]
mod double_buffering_read;
#[path = "../../src/emit/templates/double_buffering_write.rs"]
mod double_buffering_write;
#[path = "../../src/emit/templates/exists_then_open.rs"]
mod exists_then_open;
#[path = "../../src/emit/templates/fsync_in_loop.rs"]
mod fsync_in_loop;
#[path = "../../src/emit/templates/lines_alloc.rs"]
mod lines_alloc;
#[path = "../../src/emit/templates/lines_alloc_byte_records.rs"]
mod lines_alloc_byte_records;
#[path = "../../src/emit/templates/lines_alloc_records.rs"]
mod lines_alloc_records;
#[path = "../../src/emit/templates/manual_copy_loop.rs"]
mod manual_copy_loop;
#[path = "../../src/emit/templates/measuring.rs"]
mod measuring;
#[path = "../../src/emit/templates/metadata_per_entry_entry_metadata.rs"]
mod metadata_per_entry_entry_metadata;
#[path = "../../src/emit/templates/metadata_per_entry_path_metadata.rs"]
mod metadata_per_entry_path_metadata;
#[path = "../../src/emit/templates/open_in_loop.rs"]
mod open_in_loop;
#[path = "../../src/emit/templates/pattern.rs"]
mod pattern;
#[path = "../../src/emit/templates/read_write_copy.rs"]
mod read_write_copy;
#[path = "../../src/emit/templates/records.rs"]
mod records;
#[path = "../../src/emit/templates/records_bincode_1.rs"]
mod records_bincode_1;
#[path = "../../src/emit/templates/records_bincode_2.rs"]
mod records_bincode_2;
#[path = "../../src/emit/templates/records_cbor.rs"]
mod records_cbor;
#[path = "../../src/emit/templates/records_json.rs"]
mod records_json;
#[path = "../../src/emit/templates/records_messagepack.rs"]
mod records_messagepack;
#[path = "../../src/emit/templates/records_xml.rs"]
mod records_xml;
#[path = "../../src/emit/templates/rows.rs"]
mod rows;
#[path = "../../src/emit/templates/seek_discards_buffer.rs"]
mod seek_discards_buffer;
#[path = "../../src/emit/templates/seek_read.rs"]
mod seek_read;
#[path = "../../src/emit/templates/sequential_many_files.rs"]
mod sequential_many_files;
#[path = "../../src/emit/templates/small_buffer.rs"]
mod small_buffer;
#[path = "../../src/emit/templates/stdout_unbuffered.rs"]
mod stdout_unbuffered;
#[path = "../../src/emit/templates/streaming_no_hint.rs"]
mod streaming_no_hint;
#[path = "../../src/emit/templates/tree_copy.rs"]
mod tree_copy;
#[path = "../../src/emit/templates/unbuffered_read.rs"]
mod unbuffered_read;
#[path = "../../src/emit/templates/unbuffered_read_pieces.rs"]
mod unbuffered_read_pieces;
#[path = "../../src/emit/templates/unbuffered_serde_bincode_1_read.rs"]
mod unbuffered_serde_bincode_1_read;
#[path = "../../src/emit/templates/unbuffered_serde_bincode_1_write.rs"]
mod unbuffered_serde_bincode_1_write;
#[path = "../../src/emit/templates/unbuffered_serde_bincode_2_read.rs"]
mod unbuffered_serde_bincode_2_read;
#[path = "../../src/emit/templates/unbuffered_serde_bincode_2_write.rs"]
mod unbuffered_serde_bincode_2_write;
#[path = "../../src/emit/templates/unbuffered_serde_cbor_read.rs"]
mod unbuffered_serde_cbor_read;
#[path = "../../src/emit/templates/unbuffered_serde_cbor_write.rs"]
mod unbuffered_serde_cbor_write;
#[path = "../../src/emit/templates/unbuffered_serde_json_read.rs"]
mod unbuffered_serde_json_read;
#[path = "../../src/emit/templates/unbuffered_serde_json_write.rs"]
mod unbuffered_serde_json_write;
#[path = "../../src/emit/templates/unbuffered_serde_messagepack_read.rs"]
mod unbuffered_serde_messagepack_read;
#[path = "../../src/emit/templates/unbuffered_serde_messagepack_write.rs"]
mod unbuffered_serde_messagepack_write;
#[path = "../../src/emit/templates/unbuffered_serde_xml_write.rs"]
mod unbuffered_serde_xml_write;
#[path = "../../src/emit/templates/unbuffered_write.rs"]
mod unbuffered_write;
#[path = "../../src/emit/templates/unbuffered_write_pieces.rs"]
mod unbuffered_write_pieces;
#[path = "../../src/emit/templates/verbose_file_read.rs"]
mod verbose_file_read;
#[path = "../../src/emit/templates/whole_file_read_first_line.rs"]
mod whole_file_read_first_line;
#[path = "../../src/emit/templates/whole_file_read_hash.rs"]
mod whole_file_read_hash;
#[path = "../../src/emit/templates/whole_file_read_lines.rs"]
mod whole_file_read_lines;

use std::path::Path;
use std::time::Duration;

/// One test for each template, as they are emitted.
macro_rules! ends_alike {
    ($($module:ident)*) => {$(
        #[test]
        fn $module() {
            comparing::compare(&$module::PATTERN);
        }
    )*};
}

ends_alike! {
    async_small_io_read
    async_small_io_write
    blocking_in_async
    bufwriter_no_flush
    copy_off_fast_path_dynamic
    copy_off_fast_path_progress
    double_buffering_read
    double_buffering_write
    exists_then_open
    fsync_in_loop
    lines_alloc
    lines_alloc_records
    lines_alloc_byte_records
    manual_copy_loop
    metadata_per_entry_path_metadata
    metadata_per_entry_entry_metadata
    open_in_loop
    read_write_copy
    seek_discards_buffer
    seek_read
    sequential_many_files
    small_buffer
    stdout_unbuffered
    streaming_no_hint
    tree_copy
    unbuffered_read
    unbuffered_read_pieces
    unbuffered_serde_bincode_1_read
    unbuffered_serde_bincode_1_write
    unbuffered_serde_bincode_2_read
    unbuffered_serde_bincode_2_write
    unbuffered_serde_cbor_read
    unbuffered_serde_cbor_write
    unbuffered_serde_json_read
    unbuffered_serde_json_write
    unbuffered_serde_messagepack_read
    unbuffered_serde_messagepack_write
    unbuffered_serde_xml_write
    unbuffered_write
    unbuffered_write_pieces
    verbose_file_read
    whole_file_read_lines
    whole_file_read_hash
    whole_file_read_first_line
}

#[test]
fn criterion_measures_a_pattern() {
    let mut criterion = measuring::settings()
        .without_plots()
        .output_directory(Path::new(env!("CARGO_TARGET_TMPDIR")))
        .nresamples(1000)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(1));
    measuring::measure(&mut criterion, &unbuffered_read::PATTERN, &[1024]);
    let estimates = "unbuffered_read_default/read_exact on BufReader/1024/new/estimates.json";
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(estimates);
    assert!(path.exists(), "{}", path.display());
}
