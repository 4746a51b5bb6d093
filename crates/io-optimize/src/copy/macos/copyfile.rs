//! fcopyfile, whose state is made, used and freed here.

// The state is a pointer that the system hands out.
#![allow(unsafe_code)]

use std::fs::File;

use rustix::fs::{copyfile_state_t, CopyfileFlags};
use rustix::io::Errno;

/// What the system notes about one copy.
struct State(copyfile_state_t);

impl Drop for State {
    fn drop(&mut self) {
        // Fails only where it has to close files, and it was given none to close.
        // SAFETY: the state came from `copyfile_state_alloc`, which never returns null, is freed
        // nowhere else, and nothing uses it after this.
        let _ = unsafe { rustix::fs::copyfile_state_free(self.0) };
    }
}

/// Copies what the flags say from one open file to another, and returns how many bytes of contents.
///
/// Source: [copyfile(3)](https://keith.github.io/xcode-man-pages/copyfile.3.html).
pub(super) fn copy(source: &File, destination: &File, flags: CopyfileFlags) -> Result<u64, Errno> {
    let state = State(rustix::fs::copyfile_state_alloc()?);
    // SAFETY: the state was allocated above and is freed when `state` is dropped, after this.
    unsafe { rustix::fs::fcopyfile(source, destination, state.0, flags) }?;
    // SAFETY: as above.
    unsafe { rustix::fs::copyfile_state_get_copied(state.0) }
}
