//! Measured figures in words: the number, its interval, and what it means.

use model::{Cache, Environment, Headline, Ratio, TraceWeight};

use crate::text::counted;

/// What an interval says of a rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Faster,
    Slower,
    Unclear,
}

fn verdict(ratio: Ratio) -> Verdict {
    if ratio.low > 1.0 {
        Verdict::Faster
    } else if ratio.high < 1.0 {
        Verdict::Slower
    } else {
        Verdict::Unclear
    }
}

/// `3.2x faster [3.0, 3.4]`, `slower: 0.50x [0.48, 0.53]`, `no clear difference: 1.01x [0.97, 1.04]`, or, where there is too much
/// noise for a number, `not clear: between 0.70x and 1.40x`.
#[must_use]
pub fn ratio(ratio: Ratio) -> String {
    let digits = digits(ratio);
    let Ratio { median, low, high } = ratio;
    let interval = format!("[{low:.digits$}, {high:.digits$}]");
    match verdict(ratio) {
        _ if ratio.is_unclear() => {
            format!("not clear: between {low:.digits$}x and {high:.digits$}x")
        }
        Verdict::Faster => format!("{median:.digits$}x faster {interval}"),
        Verdict::Slower => format!("slower: {median:.digits$}x {interval}"),
        Verdict::Unclear => format!("no clear difference: {median:.digits$}x {interval}"),
    }
}

/// `77.3x`, with as many decimals as beside its interval.
pub(crate) fn ratio_median(ratio: Ratio) -> String {
    format!("{:.*}x", digits(ratio), ratio.median)
}

/// Decimals that show the size of the ratio, and do not round an end of the interval onto 1 that is not there.
fn digits(ratio: Ratio) -> usize {
    let digits = match ratio.low {
        low if low >= 100.0 => 0,
        low if low >= 2.0 => 1,
        low if low >= 0.1 => 2,
        _ => 3,
    };
    let nearest = match verdict(ratio) {
        Verdict::Faster => ratio.low - 1.0,
        Verdict::Slower => 1.0 - ratio.high,
        Verdict::Unclear => return digits,
    };
    if nearest < 0.005 {
        digits.max(3)
    } else {
        digits
    }
}

/// A time with three significant digits.
#[must_use]
pub fn time(nanoseconds: u64) -> String {
    let value = nanoseconds as f64;
    match nanoseconds {
        0..1_000 => format!("{nanoseconds} ns"),
        1_000..1_000_000 => format!("{} µs", significant(value / 1e3)),
        1_000_000..1_000_000_000 => format!("{} ms", significant(value / 1e6)),
        _ => format!("{} s", significant(value / 1e9)),
    }
}

/// A number of bytes in binary units.
#[must_use]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let exponent = (count.ilog2() / 10) as usize;
    let unit = 1_u64 << (10 * exponent);
    if count.is_multiple_of(unit) {
        format!("{} {}", count / unit, UNITS[exponent - 1])
    } else {
        format!(
            "{} {}",
            significant(count as f64 / unit as f64),
            UNITS[exponent - 1]
        )
    }
}

/// A throughput in binary units per second.
pub(crate) fn throughput(bytes_per_second: f64) -> String {
    format!("{}/s", bytes(bytes_per_second.round() as u64))
}

/// Three significant digits, for values from 1.
fn significant(value: f64) -> String {
    match value {
        value if value < 9.995 => format!("{value:.2}"),
        value if value < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

pub(crate) fn cache(cache: Cache) -> &'static str {
    match cache {
        Cache::Warm => "warm",
        Cache::Cold => "cold",
    }
}

/// `1.90 ms -> 24.6 µs per 1 MiB, warm`.
pub(crate) fn headline_times(headline: &Headline) -> String {
    format!(
        "{} -> {} per {}, {}",
        time(headline.baseline_ns),
        time(headline.optimized_ns),
        bytes(headline.size),
        cache(headline.cache)
    )
}

/// The whole figure of a finding: ratio, times, size, state of the cache and the file system.
pub(crate) fn headline(headline: &Headline, environment: Option<&Environment>) -> String {
    let file_system = environment.map(|environment| format!(", {}", environment.file_system.kind));
    format!(
        "{}, {}{}",
        ratio(headline.ratio),
        headline_times(headline),
        file_system.unwrap_or_default()
    )
}

/// What a trace of the user's own command says of a place.
pub(crate) fn trace(weight: &TraceWeight) -> String {
    format!(
        "{}, {}, {}, {:.1} % of the command's time",
        counted(weight.calls, "system call"),
        bytes(weight.bytes),
        time(weight.time_ns),
        weight.share * 100.0
    )
}

/// The host in one line.
pub(crate) fn host(environment: &Environment) -> String {
    format!(
        "{}, {}, {}, {}, {} of memory{}{}",
        environment.system,
        environment.architecture,
        environment.processor,
        counted(environment.cores.into(), "core"),
        bytes(environment.memory_bytes),
        environment
            .memory_limit_bytes
            .map(|limit| format!(" (limited to {})", bytes(limit)))
            .unwrap_or_default(),
        environment
            .load_hundredths
            .map(|load| format!(", load {:.2}", f64::from(load) / 100.0))
            .unwrap_or_default()
    )
}

/// The file system of the benchmark directory in one line.
pub(crate) fn file_system(environment: &Environment) -> String {
    let file_system = &environment.file_system;
    format!(
        "{} on {}, mounted at {}{}",
        file_system.kind,
        file_system.device,
        file_system.mount_point,
        if file_system.network {
            ", over the network"
        } else {
            ""
        }
    )
}

/// Files and lines that were analysed, and how long it took.
pub(crate) fn coverage(analysis: &model::Analysis) -> String {
    format!(
        "{} ({})",
        counted(analysis.files, "file"),
        counted(analysis.lines, "line")
    )
}
