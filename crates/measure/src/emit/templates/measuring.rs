//! Measures a pattern and its rewrites with criterion.

use std::fs;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

use super::pattern::{Answer, Pattern, Way};

/// How long and how often is measured, unless the command line says otherwise.
pub(crate) fn settings() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
}

/// Measures every way at every size, in bytes.
///
/// The result of a way stands in the group `rule/model`, as `method/bytes`.
pub(crate) fn measure<I, A: Answer>(
    criterion: &mut Criterion,
    pattern: &Pattern<I, A>,
    sizes: &[u64],
) {
    let mut group = criterion.benchmark_group(pattern.name);
    // A run of much data takes long enough by itself.
    group.sampling_mode(SamplingMode::Flat);
    for size in sizes {
        if *size > 1 << 20 {
            group.sample_size(10);
        }
        let scratch = Scratch::new().expect("a folder can be made in the target directory");
        let place = (pattern.set_up)(&scratch.0, *size).expect("the input can be made");
        if pattern.throughput {
            group.throughput(Throughput::Bytes(place.size));
        }
        let bytes = place.size;
        let input = (pattern.prepare)(place).expect("the input can be prepared");
        let expected = answer(&input, &pattern.ways[0]);
        for way in pattern.ways {
            let same = answer(&input, way) == expected;
            assert!(same, "{} gives another answer than the pattern", way.method);
            group.bench_function(BenchmarkId::new(way.method, bytes), |bencher| {
                bencher.iter_custom(|runs| {
                    let times = (0..runs).map(|_| time(&input, way).expect(way.method));
                    times.fold(Duration::new(0, 0), |sum, time| sum + time)
                });
            });
        }
    }
    group.finish();
}

/// The time of the work alone, without that of taking back what it left behind.
fn time<I, A: Answer>(input: &I, way: &Way<I, A>) -> io::Result<Duration> {
    let start = Instant::now();
    let answer = black_box((way.run)(input)?);
    let elapsed = start.elapsed();
    answer.discard()?;
    Ok(elapsed)
}

fn answer<I, A: Answer>(input: &I, way: &Way<I, A>) -> Vec<u8> {
    let answer = (way.run)(input).expect(way.method);
    let bytes = answer.bytes().expect("the answer can be read");
    answer.discard().expect("what was written can be removed");
    bytes
}

/// A folder of its own in the target directory, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> io::Result<Scratch> {
        let name = format!("io-optimize-bench-{}", process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path)?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left lies in the target directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}
