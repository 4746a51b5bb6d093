//! Reading by lines and by chunks, compared with splitting the whole contents, through every kind of source.

mod chunks;
mod common;
mod parallel;
mod sequential;
#[cfg(unix)]
mod special_files;
