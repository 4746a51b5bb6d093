//! Fast file I/O with a fallback chain for every platform.
