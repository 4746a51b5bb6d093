//! What git's index says of the files of a checkout: <https://git-scm.com/docs/index-format>.

use std::collections::HashMap;

use sha1::{Digest, Sha1};

/// Name of a file's contents, as git gives it.
pub(super) type BlobId = [u8; 20];

/// Length of an entry before its flags, and of the flags.
const FIXED: usize = 60;
const NAME: usize = FIXED + 2;

/// The contents of each tracked file, by path. `None` for an index that is damaged or written in another way (version 4, which
/// abbreviates paths).
pub(super) fn blobs(index: &[u8]) -> Option<HashMap<&[u8], BlobId>> {
    let number = |at: usize| Some(u32::from_be_bytes(*index.get(at..)?.first_chunk()?));
    if index.get(..4)? != b"DIRC" || !matches!(number(4)?, 2 | 3) {
        return None;
    }
    let mut blobs = HashMap::new();
    let mut at = 12;
    for _ in 0..number(8)? {
        let entry = index.get(at..)?;
        let id: BlobId = *entry.get(40..)?.first_chunk()?;
        let flags = u16::from_be_bytes(*entry.get(FIXED..)?.first_chunk()?);
        let is_extended = flags & 0x4000 != 0;
        let start = NAME + if is_extended { 2 } else { 0 };
        let path = entry.get(start..)?;
        let path = &path[..path.iter().position(|byte| *byte == 0)?];
        blobs.insert(path, id);
        // One to eight zero bytes end an entry at a multiple of eight.
        at += (start + path.len()) / 8 * 8 + 8;
    }
    Some(blobs)
}

/// What git calls these contents.
pub(super) fn blob_id(contents: &[u8]) -> BlobId {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", contents.len()));
    hash.update(contents);
    hash.finalize().into()
}
