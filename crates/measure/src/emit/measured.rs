//! Templates as the models that are measured.

use std::io;
use std::path::Path;
use std::rc::Rc;

use super::templates::pattern::{self, Pattern};
use crate::workload::{Answer, Candidate, Role, Setup};

/// A workload that does what a template does, in a directory for about so many bytes.
///
/// # Errors
/// Those of making the input.
pub(crate) fn set_up<I: 'static, A: pattern::Answer + 'static>(
    pattern: &Pattern<I, A>,
    directory: &Path,
    size: u64,
) -> io::Result<Setup> {
    let place = (pattern.set_up)(directory, size)?;
    let size = place.size;
    let input = Rc::new((pattern.prepare)(place)?);
    let candidate = |(index, way): (usize, &'static pattern::Way<I, A>)| {
        let role = match index {
            0 => Role::Baseline,
            1 => Role::Suggested,
            _ => Role::Alternative,
        };
        let input = input.clone();
        Candidate::new(role, way.method, move || (way.run)(&input).map(Answered))
    };
    Ok(Setup {
        size,
        candidates: pattern.ways.iter().enumerate().map(candidate).collect(),
    })
}

/// What a way of a template produced.
struct Answered<A>(A);

impl<A: pattern::Answer> Answer for Answered<A> {
    fn feed(&self, hasher: &mut blake3::Hasher) -> io::Result<()> {
        hasher.update(&self.0.bytes()?);
        Ok(())
    }

    fn discard(self) -> io::Result<()> {
        self.0.discard()
    }
}
