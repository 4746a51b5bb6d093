//! Which model is which file.

use std::borrow::Cow;

use model::WorkloadId;

use super::pieces;
use crate::workloads;

/// The model of a pattern as a Rust file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The model, under its own name.
    pub workload: WorkloadId,
    /// Name of its module and, with `.rs` behind it, of its file.
    pub module: Cow<'static, str>,
    /// The packages that it uses besides std.
    pub crates: &'static [&'static str],
    pub(super) text: Cow<'static, str>,
    /// Files that it uses besides that of all patterns.
    pub(super) parts: &'static [Part],
}

/// A file that several templates use.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) module: &'static str,
    pub(super) text: &'static str,
}

macro_rules! text {
    ($module:literal) => {
        include_str!(concat!("templates/", $module, ".rs"))
    };
}

macro_rules! templates {
    ($($module:literal: $rule:literal, $variant:literal, $crates:expr $(, $part:literal)*;)*) => {
        /// The template of every model in the pieces that it has by itself, in the order of the rules.
        pub(super) const TEMPLATES: &[Template] = &[$(Template {
            workload: WorkloadId::new($rule, $variant),
            module: Cow::Borrowed($module),
            crates: &$crates,
            text: Cow::Borrowed(text!($module)),
            parts: &[$(Part { module: $part, text: text!($part) }),*],
        }),*];
    };
}

templates! {
    "async_small_io_read": "async_small_io", "default", ["tokio"];
    "async_small_io_write": "async_small_io", "write", ["tokio"];
    "blocking_in_async": "blocking_in_async", "default", ["tokio", "blake3"];
    "bufwriter_no_flush": "bufwriter_no_flush", "default", [];
    "copy_off_fast_path_dynamic": "copy_off_fast_path", "dynamic", [];
    "copy_off_fast_path_progress": "copy_off_fast_path", "progress", [];
    "double_buffering_read": "double_buffering", "read", [];
    "double_buffering_write": "double_buffering", "write", [];
    "exists_then_open": "exists_then_open", "default", [];
    "fsync_in_loop": "fsync_in_loop", "default", [];
    "lines_alloc": "lines_alloc", "default", [];
    "lines_alloc_records": "lines_alloc", "records", ["csv"], "rows";
    "lines_alloc_byte_records": "lines_alloc", "byte-records", ["csv"], "rows";
    "manual_copy_loop": "manual_copy_loop", "default", [];
    "metadata_per_entry_path_metadata": "metadata_per_entry", "path-metadata", [];
    "metadata_per_entry_entry_metadata": "metadata_per_entry", "entry-metadata", [];
    "open_in_loop": "open_in_loop", "default", [];
    "read_write_copy": "read_write_copy", "default", [];
    "seek_discards_buffer": "seek_discards_buffer", "default", [];
    "seek_read": "seek_read", "default", [];
    "sequential_many_files": "sequential_many_files", "default", ["blake3"];
    "small_buffer": "small_buffer", "default", [];
    "stdout_unbuffered": "stdout_unbuffered", "default", [];
    "streaming_no_hint": "streaming_no_hint", "default", [];
    "tree_copy": "tree_copy", "default", [];
    "unbuffered_read": "unbuffered_read", "default", [];
    "unbuffered_serde_bincode_1_read": "unbuffered_serde", "bincode-1-read", ["serde", "bincode"], "records", "records_bincode_1";
    "unbuffered_serde_bincode_1_write": "unbuffered_serde", "bincode-1-write", ["serde", "bincode"], "records", "records_bincode_1";
    "unbuffered_serde_bincode_2_read": "unbuffered_serde", "bincode-2-read", ["serde", "bincode"], "records", "records_bincode_2";
    "unbuffered_serde_bincode_2_write": "unbuffered_serde", "bincode-2-write", ["serde", "bincode"], "records", "records_bincode_2";
    "unbuffered_serde_cbor_read": "unbuffered_serde", "cbor-read", ["serde", "ciborium"], "records", "records_cbor";
    "unbuffered_serde_cbor_write": "unbuffered_serde", "cbor-write", ["serde", "ciborium"], "records", "records_cbor";
    "unbuffered_serde_json_read": "unbuffered_serde", "json-read", ["serde", "serde_json"], "records", "records_json";
    "unbuffered_serde_json_write": "unbuffered_serde", "json-write", ["serde", "serde_json"], "records", "records_json";
    "unbuffered_serde_messagepack_read": "unbuffered_serde", "messagepack-read", ["serde", "rmp-serde"], "records", "records_messagepack";
    "unbuffered_serde_messagepack_write": "unbuffered_serde", "messagepack-write", ["serde", "rmp-serde"], "records", "records_messagepack";
    "unbuffered_serde_xml_write": "unbuffered_serde", "xml-write", ["serde", "quick-xml"], "records", "records_xml";
    "unbuffered_write": "unbuffered_write", "default", [];
    "verbose_file_read": "verbose_file_read", "default", [];
    "whole_file_read_lines": "whole_file_read", "lines", [];
    "whole_file_read_hash": "whole_file_read", "hash", ["blake3"];
    "whole_file_read_first_line": "whole_file_read", "first-line", [];
}

/// The template of a model, by any of the names that the model answers to.
#[must_use]
pub fn template(id: WorkloadId) -> Option<Template> {
    let own = workloads::find(id)?.id();
    if let Some(piece) = own.piece {
        return pieces::template(own, piece);
    }
    let mut all = TEMPLATES.iter();
    all.find(|template| template.workload == own).cloned()
}

/// The template whose module has that name.
pub(super) fn of_module(module: &str) -> Option<Template> {
    let mut all = TEMPLATES.iter();
    let own = all.find(|template| template.module == module).cloned();
    own.or_else(|| pieces::of_module(module))
}
