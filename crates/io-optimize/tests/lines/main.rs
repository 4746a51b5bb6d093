//! Reading by lines, compared with splitting the whole contents, through every kind of source.

mod common;
mod parallel;
mod sequential;
#[cfg(unix)]
mod special_files;
