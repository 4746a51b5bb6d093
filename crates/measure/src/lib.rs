//! Part of cargo io-optimize.
