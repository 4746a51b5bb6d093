//! The copy of whole trees, compared with a walk over both.

#[cfg(target_os = "linux")]
mod changes;
mod common;
mod contents;
#[cfg(target_os = "linux")]
mod existing;
#[cfg(target_os = "linux")]
mod preserve;
#[cfg(unix)]
mod progress;
mod refusals;
#[cfg(target_os = "linux")]
mod special;
#[cfg(target_os = "linux")]
mod waiting;
