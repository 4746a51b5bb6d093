//! What pictures of measurements have in common: which rows belong together, and a logarithmic axis.

use model::{Cache, Measurement, Outcome};

use crate::figures;

/// The methods that were measured on the same data.
pub(crate) struct Setting<'a> {
    pub(crate) size: u64,
    pub(crate) cache: Cache,
    pub(crate) methods: Vec<&'a Measurement>,
}

impl Setting<'_> {
    pub(crate) fn title(&self) -> String {
        format!(
            "{}, {}",
            figures::bytes(self.size),
            figures::cache(self.cache)
        )
    }
}

/// The settings in which there is something to compare, in order of appearance.
pub(crate) fn settings(outcome: &Outcome) -> Vec<Setting<'_>> {
    let mut settings: Vec<Setting<'_>> = Vec::new();
    for method in &outcome.measurements {
        let same = |it: &&mut Setting<'_>| (it.size, it.cache) == (method.size, method.cache);
        match settings.iter_mut().find(same) {
            Some(setting) => setting.methods.push(method),
            None => settings.push(Setting {
                size: method.size,
                cache: method.cache,
                methods: vec![method],
            }),
        }
    }
    settings.retain(|setting| setting.methods.len() > 1);
    settings
}

/// A logarithmic axis on which ratios are set.
pub(crate) struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// An axis for these settings, with 1 on it and some room at its ends.
    pub(crate) fn of(settings: &[Setting<'_>]) -> Self {
        let ratios = settings
            .iter()
            .flat_map(|setting| &setting.methods)
            .map(|method| method.ratio)
            .filter(|ratio| ratio.low.is_finite() && ratio.high.is_finite() && ratio.low > 0.0);
        let mut axis = Self {
            low: 0.9,
            high: 1.1,
        };
        for ratio in ratios {
            axis.low = axis.low.min(ratio.low / 1.1);
            axis.high = axis.high.max(ratio.high * 1.1);
        }
        axis
    }

    /// Where a ratio lies, from 0 to 1.
    pub(crate) fn position(&self, ratio: f64) -> f64 {
        let length = self.high.log10() - self.low.log10();
        let position = (ratio.max(f64::MIN_POSITIVE).log10() - self.low.log10()) / length;
        position.clamp(0.0, 1.0)
    }

    /// Round numbers on the axis, from low to high: 1, 2 and 5 of each power of ten, or equal steps where it holds few of those.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let round = |power: i32| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power));
        let is_on = |tick: &f64| (self.low..=self.high).contains(tick);
        let ticks: Vec<f64> = powers.flat_map(round).filter(is_on).collect();
        if ticks.len() > 2 {
            return ticks;
        }
        let steps = [0.05, 0.1, 0.2, 0.25, 0.5];
        let fits = |step: &&f64| (self.high - self.low) / **step <= 6.0;
        let step = steps.iter().find(fits).copied().unwrap_or(1.0);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last).map(|number| number as f64 * step).collect()
    }
}
