//! What was found out within the last minute, so that small files do not pay for the same question each.

use std::sync::{Mutex, MutexGuard, TryLockError};
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
        self.locked()?
            .iter()
            .find(|answer| answer.key == key)
            .filter(|answer| answer.since.elapsed() < FORGET_AFTER)
            .map(|answer| answer.value)
    }

    pub(super) fn remember(&self, key: K, value: V) {
        let Some(mut answers) = self.locked() else {
            return;
        };
        answers.retain(|answer| answer.since.elapsed() < FORGET_AFTER && answer.key != key);
        if answers.len() < CAPACITY {
            let since = Instant::now();
            answers.push(Answer { key, value, since });
        }
    }

    /// Whoever holds the lock is not waited for: it may be a thread that a fork left behind.
    fn locked(&self) -> Option<MutexGuard<'_, Vec<Answer<K, V>>>> {
        match self.0.try_lock() {
            Ok(answers) => Some(answers),
            // A list of plain values is whole at every moment, whoever panicked.
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
