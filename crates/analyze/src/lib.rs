//! Finds slow I/O in Rust source text. It alone knows syn; it never touches the disk and starts nothing.
//!
//! [`Analysis::load`] reads a workspace through a [`Loader`], [`Analysis::run`] judges it. Where syntax leaves the type of
//! a receiver open, the outcome lists a [`Question`]; run again with the answers to have them count.

mod compiled;
mod confidence;
mod context;
mod data_loop;
mod edits;
mod effects;
mod executors;
mod facts;
mod fate;
mod flow;
mod handles;
mod index;
mod invariance;
mod kernel;
mod outcome;
mod rounds;
mod rules;
mod says;
mod seeks;
mod shapes;
mod sizes;
mod summaries;
mod syntax;
mod types;
mod usage;
mod words;
mod workspace;

pub use compiled::Compiled;
pub use outcome::{Analysis, Outcome, Question, TypeAnswer};
pub use summaries::{Agreement, Summary};
pub use workspace::{CrateInput, LARGEST_FILE, Loader};

/// Every rule, in the order in which rules are listed to users.
pub fn rules() -> impl Iterator<Item = &'static model::RuleMeta> {
    rules::RULES.iter().map(|rule| rule.meta)
}
