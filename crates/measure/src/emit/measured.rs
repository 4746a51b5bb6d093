//! Templates as the models that are measured.

use std::io;
use std::path::Path;
use std::rc::Rc;

use super::pieces;
use super::templates::pattern::{self, InPieces, Pattern, Place};
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
    Ok(set_up_on(pattern, size, &input))
}

/// The same in a place that is there, in pieces of so many bytes instead of the template's own.
pub(crate) fn set_up_in_pieces<A: pattern::Answer + 'static>(
    pattern: &Pattern<InPieces, A>,
    own: u32,
    place: Place,
    piece: u32,
) -> Setup {
    let size = place.size;
    let mut setup = set_up_on(pattern, size, &Rc::new(InPieces { place, piece }));
    let first = &mut setup.candidates[0].method;
    *first = pieces::in_words(first, own, piece).into();
    let first = first.clone();
    // The pattern's own size is measured once.
    setup
        .candidates
        .retain(|it| it.role != Role::Alternative || it.method != first);
    setup
}

/// The same on an input that is there, of so many bytes.
pub(crate) fn set_up_on<I: 'static, A: pattern::Answer + 'static>(
    pattern: &Pattern<I, A>,
    size: u64,
    input: &Rc<I>,
) -> Setup {
    let candidate = |(index, way): (usize, &'static pattern::Way<I, A>)| {
        let role = match index {
            0 => Role::Baseline,
            1 => Role::Suggested,
            _ => Role::Alternative,
        };
        let input = input.clone();
        Candidate::new(role, way.method, move || (way.run)(&input).map(Answered))
    };
    Setup {
        size,
        candidates: pattern.ways.iter().enumerate().map(candidate).collect(),
    }
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
