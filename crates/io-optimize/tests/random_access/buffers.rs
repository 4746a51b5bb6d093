//! The pool's bound, and the sizes that throughput curves lead to.

use std::collections::HashSet;
use std::io::{self, Cursor, ErrorKind, Read};
use std::thread;
use std::time::Duration;

use crate::common::bytes;
use io_optimize::{AdaptiveBuffer, AdaptiveSize, BufferPool, BUFFER_ALIGNMENT};
use proptest::prelude::*;

proptest! {
    /// Takes and drops in any order; the oracle counts.
    #[test]
    fn the_pool_keeps_its_bound(
        size in 0_usize..10_000,
        capacity in 0_usize..5,
        steps in prop::collection::vec(0_u8..3, 0..60),
    ) {
        let pool = BufferPool::new(size, capacity);
        let mut taken = Vec::new();
        for step in steps {
            match step {
                0 => taken.push(pool.take()),
                1 => {
                    let buffer = pool.try_take();
                    prop_assert_eq!(buffer.is_some(), taken.len() < capacity);
                    taken.extend(buffer);
                }
                _ => drop(taken.pop()),
            }
            let mut places = HashSet::new();
            for buffer in &taken {
                prop_assert_eq!(buffer.len(), size);
                prop_assert_eq!(buffer.as_ptr() as usize % BUFFER_ALIGNMENT, 0);
                prop_assert!(size == 0 || places.insert(buffer.as_ptr()));
            }
        }
    }

    /// Nothing that is recorded leads out of the bounds.
    #[test]
    fn sizes_stay_within_their_bounds(
        limit in any::<usize>(),
        records in prop::collection::vec((any::<usize>(), any::<u64>(), any::<bool>()), 0..300),
        later_limit in 0_usize..1 << 25,
    ) {
        let mut size = AdaptiveSize::new(limit);
        let check = |size: usize, limit: usize| {
            size.is_power_of_two()
                && (AdaptiveSize::MINIMUM..=AdaptiveSize::MAXIMUM).contains(&size)
                && size <= limit.max(AdaptiveSize::MINIMUM)
        };
        for &(bytes, nanoseconds, is_full) in &records {
            let bytes = if is_full { size.get() } else { bytes };
            let next = size.record(bytes, Duration::from_nanos(nanoseconds));
            prop_assert_eq!(next, size.get());
            prop_assert!(check(next, limit), "{next} of {limit}");
        }
        size.set_limit(later_limit);
        prop_assert!(check(size.get(), later_limit));
    }

    /// A cost for each call and one for each byte: the size that is found is within a step's gain of
    /// those next to it, and stays.
    #[test]
    fn a_curve_with_one_peak_is_climbed(
        call in 1_u64..1_000_000,
        mebibyte in 20_000_u64..2_000_000,
        // Above it, each byte costs twice as much, as fresh memory does.
        fast_up_to in prop::option::of(13_u32..24),
    ) {
        let elapsed = |bytes: usize| {
            let slow = fast_up_to.is_some_and(|power| bytes > 1 << power);
            let per_mebibyte = if slow { 2 * mebibyte } else { mebibyte };
            Duration::from_nanos(call + per_mebibyte * bytes as u64 / (1 << 20))
        };
        let throughput = |size: usize| size as f64 / elapsed(size).as_secs_f64();
        let mut size = AdaptiveSize::new(AdaptiveSize::MAXIMUM);
        for _ in 0..200 {
            size.record(size.get(), elapsed(size.get()));
        }
        let found = size.get();
        for other in [found / 2, found * 2] {
            if (AdaptiveSize::MINIMUM..=AdaptiveSize::MAXIMUM).contains(&other) {
                prop_assert!(throughput(other) < throughput(found) * 1.051, "{found}, {other}");
            }
        }
        for _ in 0..200 {
            prop_assert_eq!(size.record(found, elapsed(found)), found);
        }
        // Refills that are slow in between, as on a machine with other work, change nothing.
        for turn in 0..200 {
            let factor = 1 + turn % 2 * 10;
            prop_assert_eq!(size.record(found, elapsed(found) * factor), found);
        }
    }
}

#[test]
fn a_collapse_leads_to_smaller_sizes_and_back() {
    let mut size = AdaptiveSize::new(AdaptiveSize::MAXIMUM);
    let nanoseconds = |bytes: usize, is_memory_fresh: bool| {
        let cost = if is_memory_fresh && bytes > 256 * 1024 {
            10
        } else {
            1
        };
        Duration::from_nanos(50_000 + cost * bytes as u64 / 8)
    };
    let mut run = |is_memory_fresh| {
        for _ in 0..2000 {
            size.record(size.get(), nanoseconds(size.get(), is_memory_fresh));
        }
        size.get()
    };
    let before = run(false);
    assert!(before >= 1 << 20, "{before}");
    assert_eq!(run(true), 256 * 1024);
    assert_eq!(run(false), before);
}

#[test]
fn short_reads_do_not_grow_the_buffer() {
    let mut size = AdaptiveSize::new(AdaptiveSize::MAXIMUM);
    for _ in 0..100 {
        let bytes = size.get().min(64 * 1024);
        size.record(bytes, Duration::from_micros(10));
    }
    assert_eq!(size.get(), 64 * 1024);
}

#[test]
fn buffers_return_from_other_threads() {
    let pool = BufferPool::new(1000, 3);
    thread::scope(|scope| {
        for thread in 0..4_u8 {
            let pool = pool.clone();
            scope.spawn(move || {
                for turn in 0..1000 {
                    let mut buffer = if turn % 2 == 0 {
                        pool.take()
                    } else if let Some(buffer) = pool.try_take() {
                        buffer
                    } else {
                        continue;
                    };
                    buffer.fill(thread);
                    thread::yield_now();
                    assert!(buffer.iter().all(|&byte| byte == thread));
                }
            });
        }
    });
    let all: Vec<_> = std::iter::from_fn(|| pool.try_take()).collect();
    assert_eq!(all.len(), 3);
    let buffer = pool.take();
    drop(pool);
    assert_eq!(buffer.len(), 1000);
}

#[test]
fn a_buffer_is_used_again() {
    let pool = BufferPool::new(10, 1);
    pool.take().copy_from_slice(b"0123456789");
    assert_eq!(&pool.take()[..], b"0123456789");
}

#[test]
fn an_adaptive_buffer_reads_everything() {
    let contents = bytes(3_000_000);
    let mut reader = Cursor::new(&contents);
    let mut buffer = AdaptiveBuffer::with_limit(100_000);
    let mut read = Vec::new();
    loop {
        let bytes = buffer.read_from(&mut reader).unwrap();
        assert!(bytes.len() <= 65_536);
        if bytes.is_empty() {
            break;
        }
        read.extend_from_slice(bytes);
    }
    assert!(read == contents);
}

#[test]
fn an_adaptive_buffer_passes_errors_on_and_is_not_interrupted() {
    struct Steps(u8);
    impl Read for Steps {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 => Err(io::Error::from(ErrorKind::Interrupted)),
                2 => Err(io::Error::other("broken")),
                _ => {
                    buffer[0] = b'x';
                    Ok(1)
                }
            }
        }
    }
    let mut steps = Steps(0);
    let mut buffer = AdaptiveBuffer::new();
    assert_eq!(
        buffer.read_from(&mut steps).unwrap_err().to_string(),
        "broken"
    );
    assert_eq!(buffer.read_from(&mut steps).unwrap(), b"x");
}
