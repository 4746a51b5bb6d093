//! The command `cargo io-optimize`: its command line, its output and its exit codes. What it does lies in the crates below.

mod audit;
mod bundled;
pub mod cli;
pub mod commands;
pub mod exit;
pub mod figures;
pub mod interrupt;
pub mod progress;
pub mod reference;
pub mod request;
pub mod rule_table;
pub mod shell;

/// Trees of syntax are millions of small pieces of memory, which the system's allocator hands out and takes back slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
