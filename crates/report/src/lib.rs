//! Renders an [`Audit`](model::Audit): one file per format, each a pure function of its input. The same audit gives the
//! same text on every machine.
//!
//! Nothing is computed here but layout: no figure appears that is not in the audit, and nothing is read or written.
//! Serialized forms exist in this crate only, as wire types beside the JSON renderer.
//!
//! Paths, code and names come from source trees that nobody vouches for. Text for a terminal has its control and
//! direction-changing characters replaced; Markdown and HTML are escaped besides.
//! Both are written from one document, which knows what is said and in which order.

mod chart;
mod content;
mod diff;
mod document;
mod figures;
mod host;
mod html;
mod human;
mod json;
mod line_index;
mod markdown;
mod patch;
mod places;
mod plot;
mod text;
mod view;

pub use diff::diff;
pub use figures::{bytes, ratio, time};
pub use host::{host_advice, host_limits, host_table};
pub use html::html;
pub use human::{
    HumanOptions, human, human_findings, human_measurements, human_question, human_summary,
};
pub use json::{SCHEMA_VERSION, host_json, json};
pub use line_index::{LineIndex, Position};
pub use markdown::{MARKDOWN_LIMIT, Markdown, MarkdownOptions, markdown, markdown_whole};
pub use patch::patch;
pub use plot::{Plot, plots};
