//! What a user relies on, tried on the built program from outside: each test copies a project, runs the program on it as a
//! user would, and looks at what it printed and at what became of the files.

mod apply;
#[cfg(target_os = "linux")]
mod apply_faults;
#[cfg(unix)]
mod at_once;
mod audit;
mod back_out;
mod bad_input;
mod bench_emit;
mod bench_emit_verify;
#[cfg(target_os = "linux")]
mod confined;
mod dependencies;
mod fast;
mod formats;
mod guarded;
#[cfg(target_os = "linux")]
mod interactive;
mod interrupt;
mod measuring;
#[cfg(target_os = "linux")]
mod mounted;
mod patches;
mod recover;
mod registry;
mod runtime;
mod selection;
mod support;
mod typed_projects;
mod types;
mod verify_test;
mod versions;
