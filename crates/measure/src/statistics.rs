//! Medians and their intervals.

use model::Ratio;

/// Resamples behind an interval: enough for the ends of a 95 % interval to be stable to about 1 % of its width.
const RESAMPLES: usize = 1000;

/// A small generator of pseudo-random numbers (`splitmix64`), seeded by its user so that a run can be repeated.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        // The high half of the product: no division, and a bias far below what a sample shows.
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Puts the values in another order, each order as likely as any (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }
}

/// The median: the mean of the two middle values of an even number.
///
/// # Panics
/// If there are no values.
pub fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if even {
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        f64::midpoint(lower, upper)
    } else {
        upper
    }
}

/// The median of the ratios with its 95 % interval by the percentile bootstrap. The same ratios give the same interval.
///
/// # Panics
/// If there are no ratios.
pub fn ratio(ratios: &[f64]) -> Ratio {
    let mut random = Random::new(ratios.len() as u64);
    let mut resample = vec![0.0; ratios.len()];
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            resample.fill_with(|| ratios[random.below(ratios.len())]);
            median(&mut resample)
        })
        .collect();
    medians.sort_unstable_by(f64::total_cmp);
    let median = median(&mut ratios.to_vec());
    Ratio {
        median,
        low: medians[RESAMPLES * 25 / 1000].min(median),
        high: medians[RESAMPLES * 975 / 1000].max(median),
    }
}

/// What two runs of the program differ by for reasons that no sample of one run shows, such as where its memory lies: a share
/// of the ratio to each side. `docs/benchmark-method.md` has the figures behind it.
const BETWEEN_RUNS: f64 = 0.04;
/// The same where threads share the work: what waking one costs, and what else its core does, changes from hour to hour.
const BETWEEN_RUNS_IN_THREADS: f64 = 0.12;
/// The same for each factor of e between two ways: the more their costs differ in kind, the more of it remains in their ratio
/// when a system call, a new file or the start of a thread costs another time than an hour ago.
const BETWEEN_RUNS_PER_FACTOR: f64 = 0.08;

/// The median of ratios that were taken in blocks, with its 95 % interval: the bootstrap draws blocks, and then ratios of these,
/// so that what a block has in common is not taken for knowledge.
///
/// Empty blocks say nothing. The same ratios give the same interval.
///
/// # Panics
/// If there are no ratios.
pub(crate) fn ratio_of_blocks(blocks: &[Vec<f64>]) -> Ratio {
    let blocks: Vec<&Vec<f64>> = blocks.iter().filter(|block| !block.is_empty()).collect();
    let mut all: Vec<f64> = blocks.iter().copied().flatten().copied().collect();
    let mut random = Random::new(all.len() as u64);
    let mut resample = Vec::with_capacity(2 * all.len());
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            resample.clear();
            for _ in 0..blocks.len() {
                let block = blocks[random.below(blocks.len())];
                resample.extend((0..block.len()).map(|_| block[random.below(block.len())]));
            }
            median(&mut resample)
        })
        .collect();
    medians.sort_unstable_by(f64::total_cmp);
    let median = median(&mut all);
    Ratio {
        median,
        low: medians[RESAMPLES * 25 / 1000].min(median),
        high: medians[RESAMPLES * 975 / 1000].max(median),
    }
}

/// The interval of one run widened to one that holds for other runs on the host: in quadrature, and by factors, so that an end
/// is never below 0.
pub(crate) fn between_runs(ratio: Ratio, in_threads: bool) -> Ratio {
    let at_least = if in_threads {
        BETWEEN_RUNS_IN_THREADS
    } else {
        BETWEEN_RUNS
    };
    let between = at_least.hypot(BETWEEN_RUNS_PER_FACTOR * ratio.median.ln());
    let widened = |end: f64| (end / ratio.median).ln().hypot(between).exp();
    Ratio {
        median: ratio.median,
        low: ratio.median / widened(ratio.low),
        high: ratio.median * widened(ratio.high),
    }
}

/// Half the width of the interval as a share of the median.
pub(crate) fn spread(ratio: Ratio) -> f64 {
    (ratio.high - ratio.low) / 2.0 / ratio.median
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn medians_of_odd_and_even_numbers() {
        assert_eq!(median(&mut [3.0]), 3.0);
        assert_eq!(median(&mut [9.0, 1.0, 5.0]), 5.0);
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
    }

    #[test]
    fn equal_samples_have_the_ratio_one_without_an_interval() {
        let told = ratio(&[1.0; 20]);
        assert_eq!((told.median, told.low, told.high), (1.0, 1.0, 1.0));
        assert_eq!(spread(told), 0.0);
    }

    #[test]
    fn the_interval_is_the_one_that_order_statistics_give() {
        // Of 100 values the exact 95 % interval of the median ends at the 40th and the 61st; the bootstrap's ends
        // are subject to its own draw.
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let told = ratio(&values);
        assert_eq!(told.median, 50.5);
        assert!((38.0..=43.0).contains(&told.low), "{told:?}");
        assert!((58.0..=63.0).contains(&told.high), "{told:?}");
    }

    #[test]
    fn the_same_ratios_give_the_same_interval() {
        let values = [1.0, 1.3, 0.9, 1.1, 2.0, 1.05];
        assert_eq!(ratio(&values), ratio(&values));
    }

    #[test]
    fn one_block_has_the_interval_of_its_ratios() {
        let values: Vec<f64> = (50..=150).map(|value| f64::from(value) / 100.0).collect();
        let (plain, in_blocks) = (ratio(&values), ratio_of_blocks(&[values, Vec::new()]));
        assert_eq!(plain.median, in_blocks.median);
        assert!((plain.low - in_blocks.low).abs() < 0.02);
        assert!((plain.high - in_blocks.high).abs() < 0.02);
    }

    #[test]
    fn other_runs_differ_more_where_the_ways_do() {
        let width = |median: f64| {
            let (low, high) = (median, median);
            let told = between_runs(Ratio { median, low, high }, false);
            assert!((told.low * told.high - median * median).abs() < 1e-9 * median * median);
            (told.high / told.low).ln() / 2.0
        };
        assert!((width(1.0) - BETWEEN_RUNS).abs() < 1e-9);
        assert!((0.042..0.043).contains(&width(1.2)));
        assert!((0.37..0.371).contains(&width(100.0)));
        assert!((width(100.0) - width(0.01)).abs() < 1e-9);
        let (low, median, high) = (1.0, 1.0, 1.0);
        let told = between_runs(Ratio { median, low, high }, true);
        assert!((1.12..1.13).contains(&told.high), "{told:?}");
    }

    #[test]
    fn a_wide_interval_is_hardly_widened() {
        let (low, median, high) = (0.5, 1.0, 2.0);
        let told = between_runs(Ratio { median, low, high }, false);
        assert!((0.49..0.5).contains(&told.low), "{told:?}");
        assert!((2.0..2.01).contains(&told.high), "{told:?}");
    }

    #[test]
    fn a_shuffle_reaches_every_order() {
        let mut random = Random::new(1);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let mut order = [0, 1, 2];
            random.shuffle(&mut order);
            seen.insert(order);
        }
        assert_eq!(seen.len(), 6);
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_median_and_stays_within_the_samples(
            values in prop::collection::vec(0.01_f64..1000.0, 1..60)
        ) {
            let told = ratio(&values);
            let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
            let highest = values.iter().copied().fold(0.0, f64::max);
            prop_assert!(lowest <= told.low && told.low <= told.median);
            prop_assert!(told.median <= told.high && told.high <= highest);
        }

        #[test]
        fn scaling_the_samples_scales_the_interval(
            values in prop::collection::vec(0.01_f64..1000.0, 1..60)
        ) {
            let doubled: Vec<f64> = values.iter().map(|value| value * 2.0).collect();
            let (told, scaled) = (ratio(&values), ratio(&doubled));
            prop_assert_eq!(told.median * 2.0, scaled.median);
            prop_assert_eq!((told.low * 2.0, told.high * 2.0), (scaled.low, scaled.high));
        }
    }
}
