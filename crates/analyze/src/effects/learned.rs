//! What the source of dependencies says where the table is silent.

use std::collections::BTreeMap;

use super::{Argument, Effect, EffectDirection, Effects};
use crate::summaries::{Row, Summary};

/// A crate that exports what another exports, which does the same, is followed so far.
const MOST_FORWARDS: usize = 4;

/// Where the source of a dependency shows it.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    version: String,
    /// File and line, for what works in small pieces.
    place: Option<String>,
}

/// The functions of the dependencies whose source was read, by full path.
#[derive(Debug, Default)]
pub(super) struct Learned {
    functions: BTreeMap<String, usize>,
    methods: BTreeMap<String, usize>,
    /// What a crate exports of another, and the path it has there.
    forwards: BTreeMap<String, String>,
    crates: BTreeMap<String, Vec<Row>>,
}

/// The rows of what stands at a path, by what it is taken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LearnedRows {
    pub(crate) function: Option<usize>,
    pub(crate) method: Option<usize>,
}

impl Effect {
    /// That it works in small pieces, and why that is known.
    pub(crate) fn in_small_pieces(&self) -> String {
        let name = self.name();
        let Some(proof) = &self.proof else {
            return format!("`{name}` works in small pieces");
        };
        let does = match self.direction {
            EffectDirection::Read => "reads",
            EffectDirection::Write => "writes",
            EffectDirection::ReadWrite => "reads and writes",
        };
        let place = proof.place.as_deref().unwrap_or("its source");
        let (krate, version) = (&self.krate, &proof.version);
        format!("`{name}` ({krate} {version}) {does} small pieces: {place}")
    }

    fn learned(krate: &str, version: &str, row: &Row) -> Self {
        Self {
            krate: krate.to_owned(),
            versions: super::any_version(),
            path: row.path.clone(),
            argument: Argument::Position(row.argument),
            direction: row.direction,
            usage: row.usage,
            serde: false,
            returns: row.wrapper.then(|| "wrapper".to_owned()),
            passes_on: false,
            needs_finish: None,
            source: String::new(),
            proof: Some(Proof {
                version: version.to_owned(),
                place: row.place.clone(),
            }),
        }
    }
}

impl Effects {
    /// Adds what a dependency's source says. Of a crate that is there in several versions, only that counts in which they agree.
    pub(crate) fn learn(&mut self, krate: &str, version: &str, summary: &Summary) {
        let mut rows = summary.rows.clone();
        if let Some(known) = self.learned.crates.get(krate) {
            rows.retain(|row| known.iter().any(|known| known.says_the_same(row)));
            let own = format!("{krate}::");
            let of_other = |path: &String, _: &mut usize| !path.starts_with(&own);
            self.learned.functions.retain(of_other);
            self.learned.methods.retain(of_other);
        }
        for row in &rows {
            let position = self.rows.len();
            self.rows.push(Effect::learned(krate, version, row));
            let by_path = if row.is_method {
                &mut self.learned.methods
            } else {
                &mut self.learned.functions
            };
            by_path.insert(format!("{krate}::{}", row.path), position);
        }
        for (path, to) in &summary.forwards {
            // All that another crate exports, under the crate's own name.
            let path = match path.as_str() {
                "" => krate.to_owned(),
                path => format!("{krate}::{path}"),
            };
            self.learned.forwards.insert(path, to.clone());
        }
        self.learned.crates.insert(krate.to_owned(), rows);
    }

    /// What the source of dependencies says about a path.
    pub(crate) fn learned(&self, path: &str) -> LearnedRows {
        if self.learned.crates.is_empty() {
            return LearnedRows::default();
        }
        LearnedRows {
            function: self.learned_function(path),
            method: self.learned_method(path),
        }
    }

    fn learned_function(&self, path: &str) -> Option<usize> {
        let here = |path: &str| self.learned.functions.get(path).copied();
        here(path).or_else(|| {
            let path = self.forwarded(path)?;
            self.listed(&path).or_else(|| here(&path))
        })
    }

    /// The row of a method by the full path of its type and its name.
    fn learned_method(&self, path: &str) -> Option<usize> {
        let here = |path: &str| self.learned.methods.get(path).copied();
        here(path).or_else(|| {
            let path = self.forwarded(path)?;
            self.listed(&path).or_else(|| here(&path))
        })
    }

    /// The crate whose source would say what a function does; `None` if it has been asked.
    pub(crate) fn who_knows(&self, path: &str) -> Option<String> {
        let at = self.forwarded(path);
        let krate = at.as_deref().unwrap_or(path).split("::").next()?;
        (krate != "std" && !self.learned.crates.contains_key(krate)).then(|| krate.to_owned())
    }

    /// The path under which the crate that something is from exports it.
    fn forwarded(&self, path: &str) -> Option<String> {
        let mut at = None;
        for _ in 0..MOST_FORWARDS {
            let path = at.as_deref().unwrap_or(path);
            let Some(next) = self.forwarded_once(path) else {
                break;
            };
            at = Some(next);
        }
        at
    }

    fn forwarded_once(&self, path: &str) -> Option<String> {
        let krate = path.split("::").next()?;
        if !self.learned.crates.contains_key(krate) {
            return None;
        }
        // Of what is exported by its own name and with all that is beside it, the name decides.
        let ends = path.match_indices("::").map(|(end, _)| end);
        let ends = std::iter::once(path.len()).chain(ends.collect::<Vec<_>>().into_iter().rev());
        let mut found = ends.filter_map(|end| {
            let to = self.learned.forwards.get(&path[..end])?;
            Some(format!("{to}{}", &path[end..]))
        });
        found.next()
    }
}
