//! What functions outside the workspace do with a reader or writer they are given: the table in `data/effects.toml`.

use rustc_hash::FxHashMap;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

use learned::Learned;
pub(crate) use learned::{LearnedRows, Proof};

mod learned;

const TABLE: &str = include_str!("../data/effects.toml");
const STREAMS: &str = include_str!("../data/streams.toml");

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EffectDirection {
    Read,
    Write,
    ReadWrite,
}

/// How a function uses what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Usage {
    /// Many small operations.
    Small,
    /// Few large ones.
    Bulk,
    /// It has a buffer of its own.
    Buffers,
    /// It asks for `BufRead`.
    Lines,
    /// Small operations with seeks between them.
    Seeks,
}

/// Which argument is the reader or writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Argument {
    /// By position, from 0, the receiver not counted.
    Position(usize),
    Receiver(Receiver),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Receiver {
    #[serde(rename = "self")]
    Itself,
}

impl Default for Argument {
    fn default() -> Self {
        Self::Position(0)
    }
}

/// One function of a dependency.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Effect {
    #[serde(rename = "crate")]
    pub(crate) krate: String,
    #[serde(default = "any_version")]
    pub(crate) versions: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) argument: Argument,
    pub(crate) direction: EffectDirection,
    #[serde(rename = "use")]
    pub(crate) usage: Usage,
    /// Findings about it are `unbuffered_serde`.
    #[serde(default)]
    pub(crate) serde: bool,
    /// `wrapper` when the result holds the handle.
    #[serde(default)]
    pub(crate) returns: Option<String>,
    /// It hands the bytes on as they are and looks at their number only.
    #[serde(default)]
    pub(crate) passes_on: bool,
    /// The method without which the end, or its error, is lost.
    #[serde(default)]
    pub(crate) needs_finish: Option<String>,
    /// Where it was read.
    #[cfg_attr(not(test), expect(dead_code, reason = "for who maintains the table"))]
    pub(crate) source: String,
    /// It is no row of the table but was found in the dependency's source.
    #[serde(skip)]
    pub(crate) proof: Option<Proof>,
}

impl RecordWalk {
    /// The crate, as code calls it.
    pub(crate) fn krate(&self) -> &str {
        &self.krate
    }
}

impl Effect {
    /// The position of the reader or writer among the arguments.
    pub(crate) fn position(&self) -> Option<usize> {
        match self.argument {
            Argument::Position(position) => Some(position),
            Argument::Receiver(Receiver::Itself) => None,
        }
    }

    /// The name of a method that is told by its name alone.
    fn method(&self) -> Option<&str> {
        let mut names = self.path.rsplit("::");
        let name = names.next()?;
        let says_little = matches!(
            name,
            "new" | "read" | "write" | "open" | "from" | "with_capacity"
        );
        let of_type = names.next()?.starts_with(|c: char| c.is_uppercase());
        let fits = of_type && !says_little && (!self.is_wrapper() || self.passes_on);
        fits.then_some(name)
    }

    pub(crate) fn is_wrapper(&self) -> bool {
        self.returns.as_deref() == Some("wrapper")
    }

    /// `crate::path`, as a reader would write it.
    pub(crate) fn name(&self) -> String {
        format!("{}::{}", self.krate, self.path)
    }
}

fn any_version() -> String {
    "*".to_owned()
}

/// An iterator of a dependency that makes a value of its own for each record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordWalk {
    #[serde(rename = "crate")]
    krate: String,
    /// The type that it is a method of.
    of: String,
    pub(crate) method: String,
    /// The method that fills a record of the caller's.
    pub(crate) into: String,
    /// The type of that record.
    pub(crate) record: String,
    /// It takes the reader with it.
    #[serde(default)]
    pub(crate) consumes: bool,
    /// Where it was read.
    #[cfg_attr(not(test), expect(dead_code, reason = "for who maintains the table"))]
    source: String,
}

/// A function that hashes all of its argument, where the same crate takes it in pieces too.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Digest {
    #[serde(rename = "crate")]
    krate: String,
    path: String,
    /// Where it was read.
    #[cfg_attr(not(test), expect(dead_code, reason = "for who maintains the table"))]
    source: String,
}

/// A crate that reads a format in which people write a page or two.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(rename = "crate")]
    krate: String,
    /// Where it was read.
    #[cfg_attr(not(test), expect(dead_code, reason = "for who maintains the table"))]
    source: String,
}

#[derive(Deserialize)]
struct StreamTable {
    records: Vec<RecordWalk>,
    digest: Vec<Digest>,
    page: Vec<Page>,
}

#[derive(Deserialize)]
struct Table {
    effect: Vec<Effect>,
}

/// Read once: each dependency whose source is read has effects of its own.
static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let table: Table = toml::from_str(TABLE).expect("the table is checked by a test");
    Tables {
        effects: table.effect,
        streams: toml::from_str(STREAMS).expect("the table is checked by a test"),
    }
});

struct Tables {
    effects: Vec<Effect>,
    streams: StreamTable,
}

/// The rows that hold for the dependencies of one workspace.
#[derive(Debug)]
pub(crate) struct Effects {
    rows: Vec<Effect>,
    by_crate: BTreeMap<String, Vec<usize>>,
    /// The rows of methods of types, by the method's name.
    methods: FxHashMap<String, Vec<usize>>,
    records: Vec<RecordWalk>,
    digests: Vec<Digest>,
    pages: Vec<Page>,
    learned: Learned,
}

impl Effects {
    /// `versions`: each dependency's name and its locked version.
    pub(crate) fn new(versions: &[(String, String)]) -> Self {
        let tables = &*TABLES;
        let mut by_crate: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (position, row) in tables.effects.iter().enumerate() {
            let locked = versions
                .iter()
                .filter(|(name, _)| name.replace('-', "_") == row.krate);
            let mut locked = locked
                .filter_map(|(_, version)| Version::parse(version).ok())
                .peekable();
            let holds =
                locked.peek().is_none() || locked.any(|version| row_holds(&row.versions, &version));
            if holds {
                by_crate
                    .entry(row.krate.clone())
                    .or_default()
                    .push(position);
            }
        }
        let mut methods: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for position in by_crate.values().flatten() {
            let row = &tables.effects[*position];
            if let Some(name) = row.method() {
                methods.entry(name.to_owned()).or_default().push(*position);
            }
        }
        Self {
            methods,
            rows: tables.effects.clone(),
            by_crate,
            records: tables.streams.records.clone(),
            digests: tables.streams.digest.clone(),
            pages: tables.streams.page.clone(),
            learned: Learned::default(),
        }
    }

    pub(crate) fn record(&self, position: usize) -> &RecordWalk {
        &self.records[position]
    }

    /// The row of a method of a type of a dependency that walks over records.
    pub(crate) fn record_walk(&self, of: &str, method: &str) -> Option<usize> {
        let (krate, of) = of.split_once("::")?;
        let of = of.rsplit("::").next().unwrap_or(of);
        let fits = |row: &RecordWalk| row.krate == krate && row.of == of && row.method == method;
        self.records.iter().position(fits)
    }

    /// Whether a function of a dependency hashes what it is given.
    pub(crate) fn hashes(&self, path: &str) -> bool {
        let Some((krate, rest)) = path.split_once("::") else {
            return false;
        };
        let names: Vec<&str> = rest.split("::").collect();
        let mut rows = self.digests.iter().filter(|row| row.krate == krate);
        rows.any(|row| tail_matches(&names, &row.path.split("::").collect::<Vec<_>>()))
    }

    /// Whether a function is of a crate for files of a page or two.
    pub(crate) fn reads_pages(&self, path: &str) -> bool {
        let krate = path.split("::").next();
        self.pages
            .iter()
            .any(|row| Some(row.krate.as_str()) == krate)
    }

    pub(crate) fn row(&self, position: usize) -> &Effect {
        &self.rows[position]
    }

    /// The table's rows that hold for a crate.
    pub(crate) fn of_crate(&self, krate: &str) -> impl Iterator<Item = &Effect> {
        let positions = self.by_crate.get(krate).into_iter().flatten();
        positions.map(|position| &self.rows[*position])
    }

    /// The table's row of a function by its full path.
    ///
    /// The most exact row comes first; of equals the last, which is the newest version's.
    pub(crate) fn listed(&self, path: &str) -> Option<usize> {
        let (krate, rest) = path.split_once("::")?;
        let names: Vec<&str> = rest.split("::").collect();
        let rows = self.by_crate.get(krate)?.iter().copied();
        let fitting = rows.filter_map(|position| {
            let row: Vec<&str> = self.rows[position].path.split("::").collect();
            let module_before = match names.len().checked_sub(row.len() + 1) {
                Some(before) => !names[before].starts_with(|c: char| c.is_uppercase()),
                None => names.len() == row.len(),
            };
            let starts_with_type = row
                .first()
                .is_some_and(|first| first.starts_with(|c: char| c.is_uppercase()));
            let fits = tail_matches(&names, &row) && (module_before || starts_with_type);
            fits.then_some((row.len(), position))
        });
        fitting.max().map(|(_, position)| position)
    }

    /// The row of a method by its name alone, among the crates that a package depends on.
    pub(crate) fn method(
        &self,
        name: &str,
        argument: usize,
        is_dependency: impl Fn(&str) -> bool,
    ) -> Option<usize> {
        let mut rows = self.methods.get(name)?.iter().copied().filter(|position| {
            let row = &self.rows[*position];
            row.position() == Some(argument) && is_dependency(&row.krate)
        });
        let first = rows.next()?;
        let facts = |position: usize| {
            let row = &self.rows[position];
            (row.usage, row.direction, row.serde)
        };
        let same = |position: usize| facts(position) == facts(first);
        rows.all(same).then_some(first)
    }
}

fn tail_matches(names: &[&str], row: &[&str]) -> bool {
    names.len() >= row.len()
        && names[names.len() - row.len()..]
            .iter()
            .zip(row)
            .all(|(name, wanted)| name == wanted || *wanted == "*")
}

fn row_holds(versions: &str, version: &Version) -> bool {
    let Ok(requirement) = VersionReq::parse(versions) else {
        return false;
    };
    // A pre-release is judged by the release it leads to.
    let release = Version::new(version.major, version.minor, version.patch);
    requirement.matches(version) || requirement.matches(&release)
}

#[cfg(test)]
mod tests {
    use super::{Effects, STREAMS, StreamTable, TABLE, Table};
    use semver::VersionReq;

    #[test]
    fn every_row_has_a_source_and_a_version_requirement() {
        let table: Table = toml::from_str(TABLE).expect("the table parses");
        for row in table.effect {
            assert!(
                VersionReq::parse(&row.versions).is_ok(),
                "{}: {}",
                row.name(),
                row.versions
            );
            assert!(
                !row.source.trim().is_empty(),
                "{} has no source",
                row.name()
            );
        }
    }

    #[test]
    fn every_row_about_streams_has_a_source() {
        let table: StreamTable = toml::from_str(STREAMS).expect("the table parses");
        let records = table.records.iter().map(|row| &row.source);
        let digests = table.digest.iter().map(|row| &row.source);
        let pages = table.page.iter().map(|row| &row.source);
        for source in records.chain(digests).chain(pages) {
            assert!(!source.trim().is_empty());
        }
    }

    #[test]
    fn a_digest_is_known_by_its_crate_and_name() {
        let effects = Effects::new(&[]);
        assert!(effects.hashes("sha2::Sha256::digest"));
        assert!(effects.hashes("blake3::hash"));
        assert!(!effects.hashes("blake3::Hasher::new"));
        assert!(!effects.hashes("other::Sha256::digest"));
    }

    #[test]
    fn functions_are_found_under_any_path_of_their_crate() {
        let effects = Effects::new(&[]);
        for path in ["serde_json::to_writer", "serde_json::ser::to_writer"] {
            let row = effects.listed(path).expect("serde_json is in the table");
            assert_eq!(effects.row(row).path, "to_writer");
        }
        assert!(effects.listed("serde_json::Value::to_writer").is_none());
    }
}
