//! What touches the world outside: files by path, processes, threads. While somebody may look, a buffer is not the same.

use super::{Act, ActKind, Evaluation};
use crate::syntax::TextRange;
use crate::types::Ty;

/// Macros that print, log, build values or end in a panic, and do nothing else.
const QUIET_MACROS: &[&str] = &[
    "write",
    "writeln",
    "print",
    "println",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "vec",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "matches",
    "panic",
    "todo",
    "unreachable",
    "unimplemented",
    "dbg",
    "concat",
    "stringify",
    "include_str",
    "include_bytes",
    "env",
    "option_env",
    "line",
    "file",
    "column",
    "info",
    "warn",
    "error",
    "debug",
    "trace",
    "log",
    "anyhow",
    "bail",
    "ensure",
    "eyre",
    "try",
    "json",
    "cfg",
    "module_path",
    "compile_error",
    "thread_local",
];

/// Methods that ask the file system, whatever they are called on.
const FILE_METHODS: &[&str] = &[
    "exists",
    "try_exists",
    "metadata",
    "symlink_metadata",
    "is_file",
    "is_dir",
    "read_dir",
    "canonicalize",
    "read_link",
];

/// Functions that ask the file system, in whichever crate.
const FILE_FUNCTIONS: &[&str] = &[
    "File::open",
    "canonicalize",
    "exists",
    "metadata",
    "read",
    "read_dir",
    "read_link",
    "read_to_string",
    "symlink_metadata",
];

/// Methods that change files, start something, or wait for it, whatever they are called on.
const ACTING_METHODS: &[&str] = &[
    "persist",
    "keep",
    "sync_all",
    "sync_data",
    "spawn",
    "status",
    "output",
    "exec",
    "join",
    "send",
    "block_on",
    "kill",
    "recv",
    "recv_timeout",
    "incoming",
    "accept",
    "wait",
    "wait_with_output",
];

/// Whether a macro does nothing but print, log, build a value or end in a panic.
pub(crate) fn is_quiet_macro(name: &str) -> bool {
    QUIET_MACROS.contains(&name)
}

impl Evaluation<'_> {
    pub(super) fn acts(&mut self, kind: ActKind, range: TextRange) {
        let loops = self.loops.clone();
        self.flow.acts.push(Act { range, loops, kind });
    }

    pub(super) fn external_acts(&mut self, path: &str, range: TextRange) {
        let others = [
            "std::fs::",
            "fs_err::",
            "tempfile::",
            "std::process::",
            "std::thread::",
            "std::env::set",
            "std::os::",
            "std::mem::forget",
            "libc::",
            "nix::",
            "rustix::",
            "tokio::",
            "rayon::",
            "crossbeam",
        ];
        // Making a handle or a value of options is no act on what others see of another handle.
        let makes = path.starts_with("std::process::Command::new")
            || path.starts_with("std::process::Stdio");
        let asked = ["std::fs::", "fs_err::"]
            .iter()
            .find_map(|module| path.strip_prefix(module));
        if asked.is_some_and(|name| FILE_FUNCTIONS.contains(&name)) || path.starts_with("walkdir::")
        {
            self.acts(ActKind::Files, range);
        } else if !makes && others.iter().any(|prefix| path.starts_with(prefix)) {
            self.acts(ActKind::Others, range);
        }
    }

    pub(super) fn macro_acts(&mut self, name: &str, range: TextRange) {
        if !QUIET_MACROS.contains(&name) || self.world.index.macros.contains(name) {
            self.flow.macros.push(range);
            self.acts(ActKind::Others, range);
        }
    }

    pub(super) fn method_acts(&mut self, name: &str, arguments: usize, range: TextRange) {
        // With an argument it joins paths or texts, and not a thread.
        let joins = name == "join" && arguments > 0;
        if joins || FILE_METHODS.contains(&name) {
            self.acts(ActKind::Files, range);
        } else if ACTING_METHODS.contains(&name) {
            self.acts(ActKind::Others, range);
        }
    }

    /// A value whose destructor is the workspace's own does something when it goes out of scope.
    pub(super) fn value_acts(&mut self, ty: &Ty, range: TextRange) {
        if let Ty::Local(of, _) = ty
            && self.world.index.type_data(*of).implements("Drop")
        {
            self.acts(ActKind::Others, range);
        }
    }
}
