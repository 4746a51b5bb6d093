//! The copy of one file, by every strategy, on every kind of file and file system at hand.

#[cfg(target_os = "linux")]
mod bad_input;
#[cfg(target_os = "linux")]
mod cache;
#[cfg(target_os = "linux")]
mod changing;
#[cfg(target_os = "linux")]
mod child;
mod common;
mod contents;
#[cfg(target_os = "linux")]
mod durability;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod file_systems;
#[cfg(target_os = "linux")]
mod injected;
#[cfg(target_os = "linux")]
mod preserve;
mod progress;
#[cfg(target_os = "linux")]
mod replace;
#[cfg(target_os = "linux")]
mod rungs;
mod same_file;
#[cfg(target_os = "linux")]
mod sparse_modes;
#[cfg(target_os = "linux")]
mod special_files;
#[cfg(windows)]
mod windows;
