//! The queue from which all workers take their work, the latest first: so few directories are begun
//! and not filled.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::locked;

/// Work to do, and whether any may still come.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    stopped: AtomicBool,
}

struct State<T> {
    items: VecDeque<T>,
    /// Items in the queue and in work, any of which may bring forth others.
    unfinished: usize,
    /// Workers that have nothing to do.
    waiting: usize,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                items: VecDeque::new(),
                unfinished: 0,
                waiting: 0,
            }),
            changed: Condvar::new(),
            stopped: AtomicBool::new(false),
        }
    }

    /// Adds an item, and says whether there is more to do than its adder and those who wait will
    /// take.
    pub(super) fn push(&self, item: T) -> bool {
        let mut state = locked(&self.state);
        state.items.push_back(item);
        state.unfinished += 1;
        let (items, waiting) = (state.items.len(), state.waiting);
        drop(state);
        if waiting > 0 {
            self.changed.notify_one();
        }
        items > waiting + 1
    }

    /// Whether there are fewer items than this, the waiting workers' demand apart.
    pub(super) fn is_shorter_than(&self, limit: usize) -> bool {
        let state = locked(&self.state);
        state.items.len() < limit + state.waiting
    }

    /// Takes the latest item, waiting for one as long as any may come; `None` when all is done or
    /// stopped. The item is finished when the second value is dropped.
    pub(super) fn take(&self) -> Option<(T, Unfinished<'_, T>)> {
        let mut state = locked(&self.state);
        loop {
            if self.is_stopped() {
                return None;
            }
            if let Some(item) = state.items.pop_back() {
                return Some((item, Unfinished { queue: self }));
            }
            if state.unfinished == 0 {
                return None;
            }
            state.waiting += 1;
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }

    /// Nothing more is taken.
    pub(super) fn stop(&self) {
        let state = locked(&self.state);
        self.stopped.store(true, Ordering::Relaxed);
        drop(state);
        self.changed.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// An item in work.
pub(super) struct Unfinished<'a, T> {
    queue: &'a Queue<T>,
}

/// On unwinding too: the other workers must not wait for a panicked one.
impl<T> Drop for Unfinished<'_, T> {
    fn drop(&mut self) {
        let mut state = locked(&self.queue.state);
        state.unfinished -= 1;
        if state.unfinished == 0 {
            self.queue.changed.notify_all();
        }
    }
}
