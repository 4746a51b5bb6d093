//! How much one read or write moves.

use super::{Evaluation, OriginKind, Value};
use crate::syntax::{Expr, ExprKind};

/// Bytes from which one operation is large enough to need no buffer.
const BULK: u64 = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Amount {
    /// A few bytes, if it is known how many, or piece by piece.
    Small(Option<u32>),
    /// Not known.
    Chunk,
    /// Everything, or a buffer's worth.
    Bulk,
}

impl Amount {
    pub(crate) const fn is_small(self) -> bool {
        matches!(self, Self::Small(_))
    }

    /// Bytes of one operation, where they are few and known.
    pub(crate) const fn piece(self) -> Option<u32> {
        match self {
            Self::Small(bytes) => bytes,
            Self::Chunk | Self::Bulk => None,
        }
    }
}

impl Evaluation<'_> {
    /// How much a write of this argument moves.
    pub(super) fn written(&self, argument: &Expr, value: &Value) -> Amount {
        match &argument.kind {
            ExprKind::Reference { inner, .. } | ExprKind::Deref(inner) | ExprKind::Try(inner) => {
                self.written(inner, value)
            }
            ExprKind::Text(text) => sized(u64::try_from(text.len()).unwrap_or(u64::MAX)),
            ExprKind::Bytes(length) => sized(u64::try_from(*length).unwrap_or(u64::MAX)),
            ExprKind::Array(_) => Amount::Small(None),
            ExprKind::Macro(mac) if mac.name == "format" => Amount::Small(None),
            ExprKind::Method { receiver, name, .. } => match name.as_str() {
                "to_le_bytes" | "to_be_bytes" | "to_ne_bytes" | "to_string" => Amount::Small(None),
                "as_bytes" | "as_slice" | "as_ref" | "into_bytes" | "as_str" | "unwrap" => {
                    self.written(receiver, value)
                }
                _ => Amount::Chunk,
            },
            // One after the other, parts of what was read ahead are lines or fields.
            ExprKind::Index { .. } if self.is_ahead(value) => Amount::Chunk,
            ExprKind::Index { index, .. } => match self.held(value) {
                // The beginning of a buffer that somebody filled.
                Amount::Chunk if is_beginning(index) => Amount::Bulk,
                amount => amount,
            },
            ExprKind::Path(_) => self.held(value),
            _ => Amount::Chunk,
        }
    }

    /// How much a read into this buffer moves.
    pub(super) fn filled(&self, value: &Value) -> Amount {
        self.held(value)
    }

    fn is_ahead(&self, value: &Value) -> bool {
        let mut origins = value.origins.iter();
        origins.any(|id| matches!(self.flow.origin(*id).kind, OriginKind::Ahead { .. }))
    }

    fn held(&self, value: &Value) -> Amount {
        for id in &value.origins {
            match &self.flow.origin(*id).kind {
                OriginKind::Content { .. } => return Amount::Bulk,
                OriginKind::Fresh {
                    bytes: Some(bytes), ..
                } => return sized(*bytes),
                OriginKind::Ahead { capacity } => return capacity.map_or(Amount::Bulk, sized),
                // Who leaves the size of a buffer to a name does not mean a few bytes.
                OriginKind::Fresh {
                    bytes: None,
                    empty: false,
                } => return Amount::Bulk,
                _ => {}
            }
        }
        Amount::Chunk
    }
}

fn is_beginning(index: &Expr) -> bool {
    matches!(
        index.kind,
        ExprKind::Range {
            start: None,
            end: Some(_)
        }
    )
}

fn sized(bytes: u64) -> Amount {
    if bytes < BULK {
        Amount::Small(u32::try_from(bytes).ok())
    } else {
        Amount::Bulk
    }
}
