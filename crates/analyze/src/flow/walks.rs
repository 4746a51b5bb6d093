//! Iterators that make a value of its own for each piece of what a reader yields.

use super::{Evaluation, OriginId, Value};
use crate::syntax::TextRange;
use crate::types::{Handle, Ty};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WalkKind {
    /// `BufRead::lines`.
    Lines,
    /// `BufRead::split`.
    Split,
    /// An iterator of a dependency, by its row in the table.
    Records(usize),
}

/// Where such an iterator is made.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    pub(crate) kind: WalkKind,
    pub(crate) range: TextRange,
    /// The handles that it reads.
    pub(crate) origins: Vec<OriginId>,
    pub(crate) over: Ty,
}

impl Evaluation<'_> {
    pub(super) fn walk(&mut self, kind: WalkKind, over: &Value, range: TextRange) {
        let asynchronous = over
            .ty
            .path()
            .is_some_and(|path| !path.starts_with("std::"))
            && matches!(over.ty.handle(), Handle::BufferedReader | Handle::AsyncFile);
        if asynchronous {
            return;
        }
        self.flow.walks.push(Walk {
            kind,
            range,
            origins: over.origins.clone(),
            over: over.ty.clone(),
        });
    }
}
