//! What a reader of a report relies on: every format over one audit that holds the awkward cases.

mod any_text;
mod browser;
mod formats;
mod json;
mod limits;
mod line_index;
mod patches;
mod sample;
