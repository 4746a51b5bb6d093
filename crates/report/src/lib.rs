//! Renders an [`Audit`](model::Audit): one file per format, each a pure function of its input. The same audit gives the
//! same text on every machine.
//!
//! Nothing is computed here but layout: no figure appears that is not in the audit, and nothing is read or written.
//! Serialized forms exist in this crate only, as wire types beside the JSON renderer.
//!
//! Paths, code and names come from source trees that nobody vouches for. Text for a terminal has its control and
//! direction-changing characters replaced; Markdown is escaped besides.

mod diff;
mod figures;
mod host;
mod human;
mod json;
mod line_index;
mod markdown;
mod patch;
mod places;
mod text;
mod view;

pub use diff::diff;
pub use figures::{bytes, ratio, time};
pub use host::{host_advice, host_limits, host_table};
pub use human::{
    HumanOptions, human, human_findings, human_measurements, human_question, human_summary,
};
pub use json::{SCHEMA_VERSION, host_json, json};
pub use line_index::{LineIndex, Position};
pub use markdown::{MARKDOWN_LIMIT, markdown};
pub use patch::patch;
