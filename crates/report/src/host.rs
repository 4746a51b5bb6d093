//! The host's own figures in words: what limits on it, and which ways pay.

use model::{Cache, HostFigure, HostFigures, HostWork, Measurement, Outcome, Ratio};

use crate::figures;

/// A table of what the host did in a few seconds: one line each, name, time, rate.
#[must_use]
pub fn host_table(host: &HostFigures) -> Vec<[String; 3]> {
    host.figures.iter().map(row).collect()
}

fn row(figure: &HostFigure) -> [String; 3] {
    let name = figure.work.name();
    let state = figure
        .cache
        .map(|cache| format!(", {}", figures::cache(cache)))
        .unwrap_or_default();
    // Where each costs the same whatever it moves, a rate would say nothing.
    let by_call = matches!(
        figure.work,
        HostWork::SystemCall | HostWork::Sync | HostWork::RandomRead
    );
    let (size, rate) = if by_call {
        let each = 1e9 / figure.time_ns.max(1) as f64;
        (String::new(), format!("{} a second", rounded(each)))
    } else {
        let size = format!(" of {}", figures::bytes(figure.bytes));
        (size, figures::throughput(figure.bytes_per_second()))
    };
    let (low, high) = figure.quartiles_ns;
    [
        format!("{name}{size}{state}"),
        format!(
            "{} [{}, {}]",
            figures::time(figure.time_ns),
            figures::time(low),
            figures::time(high)
        ),
        rate,
    ]
}

/// A count with three significant digits.
fn rounded(count: f64) -> String {
    let digits = (count.max(1.0).log10().floor() as i32 - 2).max(0);
    let unit = 10_f64.powi(digits);
    format!("{:.0}", (count / unit).round() * unit)
}

/// What limits on this host: one clause each, code between backticks.
#[must_use]
pub fn host_limits(host: &HostFigures) -> Vec<String> {
    let figure = |work, cache| host.figure(work, cache);
    let mut clauses = Vec::new();
    if let (Some(call), Some(memory)) = (
        figure(HostWork::SystemCall, None),
        figure(HostWork::MemoryCopy, None),
    ) {
        let equal = memory.bytes_per_second() * call.time_ns as f64 / 1e9;
        clauses.push(format!(
            "a system call takes {}, as long as copying {} in memory: work in smaller pieces is limited by calls",
            figures::time(call.time_ns),
            figures::bytes(equal.round() as u64)
        ));
    }
    let warm = figure(HostWork::SequentialRead, Some(Cache::Warm));
    if let (Some(warm), Some(cold)) = (warm, figure(HostWork::SequentialRead, Some(Cache::Cold))) {
        let times = cold.time_ns as f64 / warm.time_ns.max(1) as f64;
        clauses.push(if times >= 1.2 {
            format!(
                "a file that is not in memory is read at {}, {times:.1} times slower than one that is: the disk limits",
                figures::throughput(cold.bytes_per_second())
            )
        } else {
            format!(
                "a file that is not in memory is read nearly as fast as one that is, at {}: the disk does not limit",
                figures::throughput(cold.bytes_per_second())
            )
        });
    }
    if let (Some(warm), Some(memory)) = (warm, figure(HostWork::MemoryCopy, None)) {
        clauses.push(format!(
            "a file in memory is read at {}, and memory is copied at {}: large reads are limited by memory",
            figures::throughput(warm.bytes_per_second()),
            figures::throughput(memory.bytes_per_second())
        ));
    }
    if let Some(sync) = figure(HostWork::Sync, None) {
        clauses.push(format!(
            "a synchronised append takes {}: one for each record allows {} records a second",
            figures::time(sync.time_ns),
            rounded(1e9 / sync.time_ns.max(1) as f64)
        ));
    }
    clauses
}

/// Which strategies pay on this host, and at which size: one clause each, code between backticks.
#[must_use]
pub fn host_advice(host: &HostFigures) -> Vec<String> {
    host.strategies
        .iter()
        .flat_map(|outcome| settings(outcome).into_iter().map(move |it| (outcome, it)))
        .filter_map(|(outcome, (size, cache))| {
            let rows: Vec<&Measurement> = outcome
                .measurements
                .iter()
                .filter(|row| (row.size, row.cache) == (size, cache))
                .collect();
            advice(outcome.workload.variant, &rows, size, cache)
        })
        .collect()
}

/// Sizes and states of the cache, in the order they were measured.
fn settings(outcome: &Outcome) -> Vec<(u64, Cache)> {
    let mut settings: Vec<(u64, Cache)> = outcome
        .measurements
        .iter()
        .map(|row| (row.size, row.cache))
        .collect();
    settings.dedup();
    settings
}

fn advice(what: &str, rows: &[&Measurement], size: u64, cache: Cache) -> Option<String> {
    let baseline = rows.iter().find(|row| row.is_baseline)?;
    let at = format!("{}, {}", figures::bytes(size), figures::cache(cache));
    if what == "buffer" {
        return Some(buffer(rows, &at));
    }
    let best = rows
        .iter()
        .filter(|row| !row.is_baseline && row.ratio.low > 1.0)
        .max_by(|a, b| a.ratio.median.total_cmp(&b.ratio.median));
    let doing = match what {
        "copy" => "to copy a file",
        "read" => "to go through a file",
        _ => "to read at random places",
    };
    let slower: Vec<String> = rows
        .iter()
        .filter(|row| row.ratio.high < 1.0)
        .map(|row| format!("`{}` {:.2}x", row.method, row.ratio.median))
        .collect();
    let slower = if slower.is_empty() {
        String::new()
    } else {
        format!("; slower: {}", slower.join(", "))
    };
    Some(match best {
        Some(best) => format!(
            "{doing} of {at}, `{}` is {} than `{}`{slower}",
            best.method,
            figures::ratio(best.ratio),
            baseline.method
        ),
        None => format!(
            "{doing} of {at}, nothing measured faster than `{}`{slower}",
            baseline.method
        ),
    })
}

/// Half the width of the best buffer's interval, as a share of its ratio, from which on no size is named.
const TOO_WIDE: f64 = 0.2;
/// What a smaller buffer may be behind the best, as a share of its ratio.
const AS_GOOD: f64 = 0.9;

/// The smallest buffer that is nearly as good as the best one and cannot be told from it.
fn buffer(rows: &[&Measurement], at: &str) -> String {
    let best = rows
        .iter()
        .map(|row| row.ratio)
        .max_by(|a, b| a.median.total_cmp(&b.median))
        .unwrap_or(Ratio {
            median: 1.0,
            low: 1.0,
            high: 1.0,
        });
    let size = |row: &Measurement| {
        let (count, unit) = row.method.split_once(' ').unwrap_or((&row.method, ""));
        let count: u64 = count.parse().unwrap_or(u64::MAX);
        count.saturating_mul(match unit {
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            _ => 1,
        })
    };
    let enough = rows
        .iter()
        .filter(|row| row.ratio.high >= best.low && row.ratio.median >= AS_GOOD * best.median)
        .min_by_key(|row| size(row));
    let curve: Vec<String> = {
        let mut rows = rows.to_vec();
        rows.sort_by_key(|row| size(row));
        rows.iter()
            .map(|row| format!("{} {:.2}x", row.method, row.ratio.median))
            .collect()
    };
    let curve = curve.join(", ");
    let enough = enough.filter(|_| (best.high - best.low) / 2.0 / best.median <= TOO_WIDE);
    match enough {
        Some(row) => format!(
            "to read a file of {at}, a buffer of {} is as good as any ({curve})",
            row.method
        ),
        None => format!(
            "to read a file of {at}, it is not clear which buffer is best: too much noise ({curve})"
        ),
    }
}

#[cfg(test)]
mod tests {
    use model::WorkloadId;

    use super::*;

    fn figure(work: HostWork, bytes: u64, cache: Option<Cache>, time_ns: u64) -> HostFigure {
        HostFigure {
            work,
            bytes,
            cache,
            time_ns,
            quartiles_ns: (time_ns - 10, time_ns + 10),
            samples: 15,
        }
    }

    fn measured(method: &str, size: u64, cache: Cache, median: f64) -> Measurement {
        Measurement {
            method: method.to_owned(),
            is_baseline: median == 1.0,
            is_suggested: false,
            size,
            cache,
            time_ns: 1000,
            bytes_per_second: None,
            ratio: Ratio {
                median,
                low: if median == 1.0 { 1.0 } else { median - 0.05 },
                high: if median == 1.0 { 1.0 } else { median + 0.05 },
            },
            samples: 20,
        }
    }

    fn host(variant: &'static str, measurements: Vec<Measurement>) -> HostFigures {
        HostFigures {
            figures: vec![
                figure(HostWork::MemoryCopy, 1 << 20, None, 100_000),
                figure(HostWork::SystemCall, 1, None, 500),
                figure(
                    HostWork::SequentialRead,
                    1 << 20,
                    Some(Cache::Warm),
                    200_000,
                ),
                figure(
                    HostWork::SequentialRead,
                    1 << 20,
                    Some(Cache::Cold),
                    800_000,
                ),
                figure(HostWork::Sync, 4096, None, 1_000_000),
            ],
            strategies: vec![Outcome {
                workload: WorkloadId::new("host", variant),
                description: String::new(),
                measurements,
                cached: false,
                note: None,
            }],
            notes: Vec::new(),
        }
    }

    #[test]
    fn limits_are_told_from_figures_that_are_there() {
        let limits = host_limits(&host("copy", Vec::new()));
        assert_eq!(
            limits,
            [
                "a system call takes 500 ns, as long as copying 5.12 KiB in memory: work in smaller pieces is limited by calls",
                "a file that is not in memory is read at 1.22 GiB/s, 4.0 times slower than one that is: the disk limits",
                "a file in memory is read at 4.88 GiB/s, and memory is copied at 9.77 GiB/s: large reads are limited by memory",
                "a synchronised append takes 1.00 ms: one for each record allows 1000 records a second",
            ]
        );
        assert!(host_limits(&HostFigures::default()).is_empty());
    }

    #[test]
    fn advice_names_the_best_way_and_those_that_do_not_pay() {
        let rows = vec![
            measured("fs::copy", 1 << 20, Cache::Warm, 1.0),
            measured("splice", 1 << 20, Cache::Warm, 1.5),
            measured("O_DIRECT", 1 << 20, Cache::Warm, 0.25),
            measured("fs::copy", 1 << 26, Cache::Cold, 1.0),
            measured("splice", 1 << 26, Cache::Cold, 1.02),
        ];
        assert_eq!(
            host_advice(&host("copy", rows)),
            [
                "to copy a file of 1 MiB, warm, `splice` is 1.50x faster [1.45, 1.55] than `fs::copy`; slower: `O_DIRECT` 0.25x",
                "to copy a file of 64 MiB, cold, nothing measured faster than `fs::copy`",
            ]
        );
    }

    #[test]
    fn noise_names_no_buffer() {
        let mut rows = vec![
            measured("8 KiB", 1 << 24, Cache::Warm, 1.0),
            measured("64 KiB", 1 << 24, Cache::Warm, 2.0),
        ];
        rows[1].ratio.low = 0.6;
        assert_eq!(
            host_advice(&host("buffer", rows)),
            [
                "to read a file of 16 MiB, warm, it is not clear which buffer is best: too much noise \
                 (8 KiB 1.00x, 64 KiB 2.00x)"
            ]
        );
    }

    #[test]
    fn the_smallest_buffer_that_cannot_be_told_from_the_best_is_named() {
        let rows = vec![
            measured("8 KiB", 1 << 24, Cache::Warm, 1.0),
            measured("512 bytes", 1 << 24, Cache::Warm, 0.2),
            measured("64 KiB", 1 << 24, Cache::Warm, 1.9),
            measured("1 MiB", 1 << 24, Cache::Warm, 1.98),
        ];
        assert_eq!(
            host_advice(&host("buffer", rows)),
            [
                "to read a file of 16 MiB, warm, a buffer of 64 KiB is as good as any \
                 (512 bytes 0.20x, 8 KiB 1.00x, 64 KiB 1.90x, 1 MiB 1.98x)"
            ]
        );
    }
}
