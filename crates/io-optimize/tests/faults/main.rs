//! Every system call of every operation fails, claims an end or kills the process, one run for each: no
//! data may be lost and no result may be wrong. Needs strace; Linux only.
//!
//! A child process does the operation under strace, first as it is, which lists the calls on the
//! files, and then once for each of these calls and each fault. An injected return value skips the
//! call, so that one which claims to have moved bytes would prove nothing: the only one injected is 0.
//! Short counts that are real come from limits and full disks, in the tests of the copy.
#![cfg(target_os = "linux")]

mod child;
// The tests of the copy use the rest.
#[allow(dead_code)]
#[path = "../copy/common.rs"]
mod common;
mod copies;
mod driver;
mod faults;
mod matrix;
mod readers;
mod tree;
// The tests of the trees use the rest.
#[allow(dead_code)]
#[path = "../tree/common.rs"]
mod walk;
mod writers;
