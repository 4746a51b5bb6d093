//! Source text as an owned tree: what the rest of the analysis reads instead of syn's, since syn's trees can neither leave
//! the thread that parsed them nor be kept for a whole workspace.

mod attributes;
mod closed;
mod conditions;
mod expressions;
mod items;
mod macros;
mod parse;
mod patterns;
mod places;
mod rust_version;
mod shape;
mod tree;
pub(crate) mod walk;

pub(crate) use conditions::Condition;
pub(crate) use parse::parse;
pub(crate) use tree::*;
