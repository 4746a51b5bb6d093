//! The values of arguments: sizes, durations and the words of the two positional arguments.

use std::ffi::OsStr;
use std::time::Duration;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};
use model::{Confidence, Operation};

use crate::request::{Runtime, SizeHint};

/// What a positional argument says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The operation; `None` is `all`.
    Operation(Option<Operation>),
    /// The size.
    Size(SizeHint),
}

/// Parses a [`Word`] and knows the words there are, for completion.
#[derive(Debug, Clone, Copy)]
pub struct WordParser;

impl TypedValueParser for WordParser {
    type Value = Word;

    fn parse_ref(&self, cmd: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Word, Error> {
        StringValueParser::new()
            .try_map(|text| word(&text))
            .parse_ref(cmd, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let operations = Operation::ALL.map(Operation::name);
        let words = ["all"]
            .into_iter()
            .chain(operations)
            .chain(["small", "medium", "large"]);
        Some(Box::new(words.map(PossibleValue::new)))
    }
}

/// Parses `none`, `vendored`, `registry` and `path=DIR`.
pub(super) fn runtime(text: &str) -> Result<Runtime, String> {
    match text {
        "none" => Ok(Runtime::None),
        "vendored" => Ok(Runtime::Vendored),
        "registry" => Ok(Runtime::Registry),
        _ => match text.strip_prefix("path=") {
            Some(folder) if !folder.is_empty() => Ok(Runtime::Path(folder.into())),
            _ => Err(
                "say `none`, `vendored`, `registry`, or `path=DIR` with the folder of the crate"
                    .to_owned(),
            ),
        },
    }
}

fn word(text: &str) -> Result<Word, String> {
    if text == "all" {
        return Ok(Word::Operation(None));
    }
    if let Some(operation) = Operation::ALL
        .into_iter()
        .find(|known| known.name() == text)
    {
        return Ok(Word::Operation(Some(operation)));
    }
    let hint = match text {
        "small" => SizeHint::Small,
        "medium" => SizeHint::Medium,
        "large" => SizeHint::Large,
        _ if text.starts_with(|first: char| first.is_ascii_digit()) => SizeHint::Bytes(size(text)?),
        _ => {
            let operations = Operation::ALL.map(Operation::name).join(", ");
            return Err(format!(
                "it is no operation (all, {operations}), no size (small, medium, large, 64KiB) and no subcommand"
            ));
        }
    };
    Ok(Word::Size(hint))
}

/// A number of bytes: a whole number and B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (powers of 1024) or nothing
/// (bytes), in any case.
///
/// # Errors
/// A clause that says what is wrong.
pub fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1000,
        "mb" => 1000_u64.pow(2),
        "gb" => 1000_u64.pow(3),
        "tb" => 1000_u64.pow(4),
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => {
            return Err(format!(
                "`{unit}` is no unit of size: use B, kB, MB, GB, TB, KiB, MiB, GiB or TiB"
            ));
        }
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "a size is a whole number and a unit, as in 64KiB")?;
    match number.checked_mul(factor) {
        Some(0) => Err("a size is at least one byte".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err("the size does not fit in 64 bits".to_owned()),
    }
}

/// A time: a whole number and ms, s or min.
///
/// # Errors
/// A clause that says what is wrong.
pub fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let number: u64 = number
        .parse()
        .map_err(|_| "a time is a whole number and a unit, as in 20s or 500ms")?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "min" => number
            .checked_mul(60)
            .map(Duration::from_secs)
            .ok_or_else(|| "the time is too long".to_owned()),
        "" => Err("the unit is missing: write ms, s or min behind the number".to_owned()),
        _ => Err(format!("`{unit}` is no unit of time: use ms, s or min")),
    }
}

/// A gain: a finite number from 1 on.
///
/// # Errors
/// A clause that says what is wrong.
pub fn gain(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(gain) if gain.is_finite() && gain >= 1.0 => Ok(gain),
        _ => Err("a gain is a number from 1 on, as in 1.05".to_owned()),
    }
}

/// The number of cargo's `-j`: a whole number but zero, or `default`.
///
/// # Errors
/// A clause that says what is wrong.
pub fn jobs(text: &str) -> Result<String, String> {
    match text.parse::<i32>() {
        Ok(number) if number != 0 => Ok(text.to_owned()),
        _ if text == "default" => Ok(text.to_owned()),
        _ => Err("the number of jobs is a whole number but zero, or `default`".to_owned()),
    }
}

/// Parses a [`Confidence`].
pub fn confidence() -> impl TypedValueParser<Value = Confidence> {
    clap::builder::PossibleValuesParser::new(["low", "medium", "high"]).map(|name| {
        match name.as_str() {
            "low" => Confidence::Low,
            "medium" => Confidence::Medium,
            _ => Confidence::High,
        }
    })
}

fn split(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|each: char| !each.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}
