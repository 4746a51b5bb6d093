//! The copy of one file, by every strategy, on every kind of file and file system at hand.

#[cfg(target_os = "linux")]
mod bad_input;
#[cfg(target_os = "linux")]
mod changing;
mod common;
mod contents;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod file_systems;
mod progress;
#[cfg(target_os = "linux")]
mod rungs;
mod same_file;
#[cfg(target_os = "linux")]
mod special_files;
