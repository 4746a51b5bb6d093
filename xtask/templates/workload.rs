//! What the model does, in a few words.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Workload};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "RULE_NAME",
    variants: &["default"],
    description: "what the model does: a sentence without its full stop",
    bulk: false,
    throughput: true,
    set_up,
};

/// The pattern first, then what the rule's fix turns it into, then other ways: all return the same answer.
fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let pattern = source.clone();
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "the pattern", move || {
                let mut bytes = Vec::new();
                File::open(&pattern)?.read_to_end(&mut bytes)?;
                Ok(bytes)
            }),
            Candidate::new(Role::Suggested, "the rewrite", move || fs::read(&source)),
        ],
    })
}
