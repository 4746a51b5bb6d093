//! A picture of what a model measured, as SVG: one row a method, its ratio with its interval on a logarithmic axis.
//!
//! It is written as markup rather than by a plotting library: a picture has to follow the reader's light or dark colours, be
//! read aloud, and have the same bytes everywhere, which takes classes, titles and fixed widths of text.

use maud::{Markup, PreEscaped, html};
use model::{Measurement, Outcome};

use crate::chart::{Axis, Setting, settings};
use crate::figures;
use crate::text::{clip, printable};

/// Width of the picture in its own units, small enough to be read on a telephone without scrolling.
const WIDTH: f64 = 400.0;
const MARGIN: f64 = 14.0;
/// Width of a character of the text, which is monospaced.
const CHARACTER: f64 = 7.2;
/// Height of a method's line of text and its track.
const ROW: f64 = 36.0;
const TITLE: f64 = 26.0;
const FOOT: f64 = 50.0;
/// Half the height of a mark on a track.
const MARK: f64 = 6.0;
/// Length from which an interval has ends that are not hidden by its point.
const ENDS: f64 = 9.0;
/// Room that the number on an axis needs.
const TICK: f64 = 38.0;

/// Colours for a picture that stands alone. A page that holds it has these classes in its own style.
const STYLE: &str = include_str!("plot/plot.css");

/// A picture and the name of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// `<rule>-<variant>.svg`.
    pub file_name: String,
    /// The text of the file.
    pub svg: String,
}

/// A picture for each model that has something to compare.
#[must_use]
pub fn plots(audit: &model::Audit) -> Vec<Plot> {
    let plot = |outcome: &Outcome| {
        let svg = svg(outcome, true)?.into_string() + "\n";
        let file_name = file_name(outcome);
        Some(Plot { file_name, svg })
    };
    let outcomes = audit.outcomes.iter().chain(&audit.host.strategies);
    outcomes.filter_map(plot).collect()
}

pub(crate) fn file_name(outcome: &Outcome) -> String {
    format!("{}.svg", outcome.workload.name().replace('/', "-"))
}

/// What the picture shows, in words; `None` where there is no picture.
pub(crate) fn alternative_text(outcome: &Outcome) -> Option<String> {
    let settings = settings(outcome);
    if settings.is_empty() {
        return None;
    }
    Some(format!(
        "How many times as fast as the pattern each method of {} is, at {}",
        outcome.workload.name(),
        settings
            .iter()
            .map(Setting::title)
            .collect::<Vec<_>>()
            .join("; ")
    ))
}

/// The picture, with a style and a ground of its own if it is to stand alone.
pub(crate) fn svg(outcome: &Outcome, alone: bool) -> Option<Markup> {
    let description = alternative_text(outcome)?;
    let settings = settings(outcome);
    let axis = Axis::of(&settings);
    let methods: usize = settings.iter().map(|setting| setting.methods.len()).sum();
    let bottom = MARGIN + settings.len() as f64 * TITLE + methods as f64 * ROW;
    let height = bottom + FOOT;
    let mut top = MARGIN;
    let mut rows = Vec::new();
    for setting in &settings {
        rows.push(heading(setting, top));
        top += TITLE;
        for method in &setting.methods {
            rows.push(row(method, &axis, top));
            top += ROW;
        }
    }
    Some(html! {
        svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" aria-label=(description)
            viewBox={ "0 0 " (WIDTH) " " (height) }
            width=[alone.then_some(WIDTH)] height=[alone.then_some(height)] {
            title { (description) }
            @if alone {
                style { (PreEscaped(STYLE)) }
                rect class="ground" width="100%" height="100%" {}
            }
            @for row in rows { (row) }
            (scale(&axis, bottom))
        }
    })
}

/// Where a ratio lies from left to right.
fn x(axis: &Axis, ratio: f64) -> String {
    let inside = WIDTH - 2.0 * MARGIN;
    format!("{:.1}", MARGIN + axis.position(ratio) * inside)
}

/// The numbers of the axis that do not touch each other, from left to right.
fn numbers(axis: &Axis) -> Vec<f64> {
    let inside = WIDTH - 2.0 * MARGIN;
    let mut last = f64::NEG_INFINITY;
    let mut is_free = |tick: &f64| {
        let place = axis.position(*tick) * inside;
        let is_free = place - last >= TICK && place + TICK / 2.0 <= inside + MARGIN;
        if is_free {
            last = place;
        }
        is_free
    };
    axis.ticks().into_iter().filter(|it| is_free(it)).collect()
}

/// The numbers of the axis and its name.
fn scale(axis: &Axis, bottom: f64) -> Markup {
    html! {
        @for tick in numbers(axis) {
            text class="number" x=(x(axis, tick)) y=(bottom + 16.0) text-anchor="middle" { (number(tick)) "x" }
        }
        text class="number" x=(WIDTH / 2.0) y=(bottom + 36.0) text-anchor="middle" {
            "times as fast as the pattern (log); bars: 95 % interval"
        }
    }
}

/// Where the numbers are on the track of a method: between the lines of text, so that none is crossed.
fn marks(axis: &Axis, middle: f64) -> Markup {
    let one = x(axis, 1.0);
    html! {
        @for tick in numbers(axis) {
            @let x = x(axis, tick);
            line class="grid" x1=(x) x2=(x) y1=(middle - MARK) y2=(middle + MARK) {}
        }
        line class="one" x1=(one) x2=(one) y1=(middle - MARK) y2=(middle + MARK) {}
    }
}

fn heading(setting: &Setting<'_>, top: f64) -> Markup {
    html! {
        text class="heading" x=(MARGIN) y=(top + 14.0) { (setting.title()) }
    }
}

fn row(method: &Measurement, axis: &Axis, top: f64) -> Markup {
    let figure = if method.is_baseline {
        format!("{}, the pattern", figures::time(method.time_ns))
    } else {
        let median = figures::ratio_median(method.ratio);
        format!("{}, {median}", figures::time(method.time_ns))
    };
    let room = ((WIDTH - 2.0 * MARGIN) / CHARACTER) as usize;
    let name = clip(
        &printable(&method.method),
        room.saturating_sub(figure.chars().count() + 2),
    );
    let kind = match method {
        Measurement {
            is_baseline: true, ..
        } => "pattern",
        _ if method.ratio.low > 1.0 => "faster",
        _ if method.ratio.high < 1.0 => "slower",
        _ => "unclear",
    };
    let (text, middle) = (top + 12.0, top + 23.0);
    let [low, median, high] =
        [method.ratio.low, method.ratio.median, method.ratio.high].map(|ratio| x(axis, ratio));
    let length = (axis.position(method.ratio.high) - axis.position(method.ratio.low)) * WIDTH;
    html! {
        g class=(kind) {
            title { (printable(&method.method)) }
            text x=(MARGIN) y=(text) { (name) }
            text x=(WIDTH - MARGIN) y=(text) text-anchor="end" { (figure) }
            line class="track" x1=(MARGIN) x2=(WIDTH - MARGIN) y1=(middle) y2=(middle) {}
            (marks(axis, middle))
            @if !method.is_baseline {
                line class="interval" x1=(low) x2=(high) y1=(middle) y2=(middle) {}
                @if length > ENDS {
                    @for end in [&low, &high] {
                        line class="interval" x1=(end) x2=(end) y1=(middle - 5.0) y2=(middle + 5.0) {}
                    }
                }
            }
            circle class="point" cx=(median) cy=(middle) r="4" {}
        }
    }
}

/// A number without needless zeros.
fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
