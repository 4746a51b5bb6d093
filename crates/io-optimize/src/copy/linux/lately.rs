//! What was found out within the last minute, so that small files do not pay for the same question each.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a device number stands for may have been replaced, also where that cannot be seen.
const FORGET_AFTER: Duration = Duration::from_secs(60);
/// More than a copying process meets in a minute; a list this short is quick to search.
const CAPACITY: usize = 64;

/// A short list of answers.
pub(super) struct Lately<K, V>(Mutex<Vec<Answer<K, V>>>);

struct Answer<K, V> {
    key: K,
    value: V,
    since: Instant,
}

impl<K: Copy + PartialEq, V: Copy> Lately<K, V> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    pub(super) fn recall(&self, key: K) -> Option<V> {
        self.locked()
            .iter()
            .find(|answer| answer.key == key)
            .filter(|answer| answer.since.elapsed() < FORGET_AFTER)
            .map(|answer| answer.value)
    }

    pub(super) fn remember(&self, key: K, value: V) {
        let mut answers = self.locked();
        answers.retain(|answer| answer.since.elapsed() < FORGET_AFTER && answer.key != key);
        if answers.len() < CAPACITY {
            let since = Instant::now();
            answers.push(Answer { key, value, since });
        }
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Answer<K, V>>> {
        // A list of plain values is whole at every moment, whoever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
