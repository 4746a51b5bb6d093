//! Which files with several names have been copied, so that their other names become links.

use std::collections::HashMap;
use std::ffi::CString;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::directory::{Directory, Id};
use super::locked;

/// Where a copy lies.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) directory: Arc<Directory>,
    pub(super) name: CString,
}

/// The files with several names that were met, by the source's device and inode.
#[derive(Default)]
pub(super) struct HardLinks {
    /// `None` while the first name is being copied.
    places: Mutex<HashMap<Id, Option<Place>>>,
    changed: Condvar,
}

/// What becomes of one name of a file with several.
pub(super) enum Claim<'a> {
    /// It is copied, and the others wait for it.
    First(First<'a>),
    /// There is a copy to link to.
    Copied(Place),
}

impl HardLinks {
    /// Waits while another worker copies the file. That worker never waits for a third: it claims
    /// one file at a time.
    pub(super) fn claim(&self, id: Id) -> Claim<'_> {
        let mut places = locked(&self.places);
        loop {
            match places.get(&id) {
                None => {
                    places.insert(id, None);
                    return Claim::First(First { links: self, id });
                }
                Some(Some(place)) => return Claim::Copied(place.clone()),
                Some(None) => {
                    places = self
                        .changed
                        .wait(places)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

/// The right to make the first copy; when dropped without one, the next name gets it.
pub(super) struct First<'a> {
    links: &'a HardLinks,
    id: Id,
}

impl First<'_> {
    /// The copy is complete.
    pub(super) fn copied(self, place: Place) {
        locked(&self.links.places).insert(self.id, Some(place));
    }
}

impl Drop for First<'_> {
    fn drop(&mut self) {
        let mut places = locked(&self.links.places);
        if let Some(None) = places.get(&self.id) {
            places.remove(&self.id);
        }
        drop(places);
        self.links.changed.notify_all();
    }
}
