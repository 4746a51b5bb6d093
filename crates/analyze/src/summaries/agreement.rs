//! What a summary says beside what the table says of the same functions: the table was written by readers.

use super::{Row, Summary};
use crate::effects::{Effects, Usage};

/// The table's rows of one crate, held against a summary of its source.
#[derive(Debug, Default)]
pub struct Agreement {
    /// Functions of which both say the same, as far as small pieces are concerned.
    pub same: Vec<String>,
    /// Functions of which they do not, with what both say.
    pub different: Vec<String>,
    /// Functions that the summary leaves out.
    pub silent: Vec<String>,
}

impl Summary {
    /// Holds the table's rows for a version of a crate against this summary.
    #[must_use]
    pub fn agreement(&self, krate: &str, version: &str) -> Agreement {
        let effects = Effects::new(&[(krate.to_owned(), version.to_owned())]);
        let mut agreement = Agreement::default();
        for listed in effects.of_crate(krate) {
            let name = format!("{krate} {version} {}", listed.path);
            let fits = |row: &&Row| {
                let path = format!("{krate}::{}", row.path);
                let found = effects.listed(&path).map(|at| effects.row(at));
                found.is_some_and(|found| found.path == listed.path)
                    && listed.position() == Some(row.argument)
            };
            let Some(row) = self.rows.iter().find(fits) else {
                agreement.silent.push(name);
                continue;
            };
            let small = |usage: Usage| matches!(usage, Usage::Small | Usage::Seeks);
            if listed.usage == row.usage || small(listed.usage) && small(row.usage) {
                agreement.same.push(name);
            } else {
                let (table, source) = (listed.usage, row.usage);
                let place = row.place.as_deref().unwrap_or_default();
                let line = format!("{name}: table {table:?}, source {source:?} {place}");
                agreement.different.push(line);
            }
        }
        agreement
    }
}
