//! Which block lies in which slot, and which slot was used longest ago.

use std::collections::HashMap;

/// No slot.
const NONE: usize = usize::MAX;

/// Block numbers in a bounded number of slots, in the order of their last use. Every step takes constant
/// time.
#[derive(Debug)]
pub(super) struct Recency {
    capacity: usize,
    slots: HashMap<u64, usize>,
    /// The slots as a list in both directions, from the newest use to the oldest.
    links: Vec<Link>,
    newest: usize,
    oldest: usize,
}

#[derive(Debug)]
struct Link {
    block: u64,
    newer: usize,
    older: usize,
}

impl Recency {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            slots: HashMap::new(),
            links: Vec::new(),
            newest: NONE,
            oldest: NONE,
        }
    }

    /// The slot of this block, which is thereby the newest.
    pub(super) fn find(&mut self, block: u64) -> Option<usize> {
        let slot = *self.slots.get(&block)?;
        self.make_newest(slot);
        Some(slot)
    }

    /// Gives this block, which has no slot yet, a new one or that of the oldest. The capacity is not 0.
    pub(super) fn insert(&mut self, block: u64) -> usize {
        let slot = if self.links.len() < self.capacity {
            self.links.push(Link {
                block,
                newer: NONE,
                older: NONE,
            });
            let slot = self.links.len() - 1;
            self.link_in_front(slot);
            slot
        } else {
            let slot = self.oldest;
            self.slots.remove(&self.links[slot].block);
            self.links[slot].block = block;
            self.make_newest(slot);
            slot
        };
        self.slots.insert(block, slot);
        slot
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    fn make_newest(&mut self, slot: usize) {
        if slot == self.newest {
            return;
        }
        let Link { newer, older, .. } = self.links[slot];
        // Only the newest has no newer one.
        self.links[newer].older = older;
        if older == NONE {
            self.oldest = newer;
        } else {
            self.links[older].newer = newer;
        }
        self.link_in_front(slot);
    }

    fn link_in_front(&mut self, slot: usize) {
        self.links[slot].newer = NONE;
        self.links[slot].older = self.newest;
        if self.newest == NONE {
            self.oldest = slot;
        } else {
            self.links[self.newest].newer = slot;
        }
        self.newest = slot;
    }
}

#[cfg(test)]
mod tests {
    use super::Recency;
    use proptest::prelude::*;

    proptest! {
        /// Against a list that is searched from its start.
        #[test]
        fn the_least_recently_used_goes_first(
            capacity in 1_usize..6,
            blocks in prop::collection::vec(0_u64..9, 0..200),
        ) {
            let mut recency = Recency::new(capacity);
            let mut oracle: Vec<(u64, usize)> = Vec::new();
            for block in blocks {
                let found = oracle.iter().position(|&(other, _)| other == block);
                let entry = found.map(|at| oracle.remove(at));
                prop_assert_eq!(recency.find(block), entry.map(|(_, slot)| slot));
                let slot = match entry {
                    Some((_, slot)) => slot,
                    None => {
                        let slot = recency.insert(block);
                        let free = if oracle.len() < capacity {
                            oracle.len()
                        } else {
                            oracle.remove(0).1
                        };
                        prop_assert_eq!(slot, free);
                        slot
                    }
                };
                oracle.push((block, slot));
            }
        }
    }
}
