//! The crates that models are built with, besides this workspace's own.

use model::WorkloadId;

use crate::workloads;

/// A crate that a model calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Library {
    /// The package's name.
    pub name: &'static str,
    /// The version that the model was built with.
    pub version: &'static str,
    /// Whether the code that is found calls it too, so that another version of it may do something else. Otherwise it
    /// stands for whatever that code calls in its place.
    pub is_subject: bool,
}

impl Library {
    /// The first numbers of the version, up to one that is not 0: what cargo takes for compatible with it.
    #[must_use]
    pub fn requirement(&self) -> &'static str {
        let numbers = self.version.split_inclusive('.');
        let zeros: usize = numbers.take_while(|it| *it == "0.").map(str::len).sum();
        let length = self.version[zeros..].find('.');
        length.map_or(self.version, |length| &self.version[..zeros + length])
    }
}

const fn subject(name: &'static str, version: &'static str) -> Library {
    Library {
        name,
        version,
        is_subject: true,
    }
}

const BINCODE_1: Library = subject("bincode", "1.3.3");
const BINCODE_2: Library = subject("bincode", "2.0.1");
const CIBORIUM: Library = subject("ciborium", "0.2.2");
const CSV: Library = subject("csv", "1.4.0");
const QUICK_XML: Library = subject("quick-xml", "0.42.0");
const RMP_SERDE: Library = subject("rmp-serde", "1.3.1");
const SERDE_JSON: Library = subject("serde_json", "1.0.154");
const TOKIO: Library = subject("tokio", "1.54.1");
const BLAKE3: Library = Library {
    is_subject: false,
    ..subject("blake3", "1.8.7")
};

/// Rule, variant, crates: of every model that calls others than std and this workspace's own.
const TABLE: &[(&str, &str, &[Library])] = &[
    ("async_small_io", "default", &[TOKIO]),
    ("async_small_io", "write", &[TOKIO]),
    ("blocking_in_async", "default", &[TOKIO, BLAKE3]),
    ("lines_alloc", "byte-records", &[CSV]),
    ("lines_alloc", "records", &[CSV]),
    ("sequential_many_files", "default", &[BLAKE3]),
    ("unbuffered_serde", "bincode-1-read", &[BINCODE_1]),
    ("unbuffered_serde", "bincode-1-write", &[BINCODE_1]),
    ("unbuffered_serde", "bincode-2-read", &[BINCODE_2]),
    ("unbuffered_serde", "bincode-2-write", &[BINCODE_2]),
    ("unbuffered_serde", "cbor-read", &[CIBORIUM]),
    ("unbuffered_serde", "cbor-write", &[CIBORIUM]),
    ("unbuffered_serde", "json-read", &[SERDE_JSON]),
    ("unbuffered_serde", "json-write", &[SERDE_JSON]),
    ("unbuffered_serde", "messagepack-read", &[RMP_SERDE]),
    ("unbuffered_serde", "messagepack-write", &[RMP_SERDE]),
    ("unbuffered_serde", "xml-write", &[QUICK_XML]),
    ("whole_file_read", "hash", &[BLAKE3]),
];

/// The crates that a model is built with, by any of its names; empty for one that needs none, and for a name that no model has.
#[must_use]
pub fn libraries(id: WorkloadId) -> &'static [Library] {
    let Some(id) = workloads::find(id).map(|model| model.id()) else {
        return &[];
    };
    let mut rows = TABLE.iter();
    let row = rows.find(|(rule, variant, _)| (*rule, *variant) == (id.rule, id.variant));
    row.map_or(&[], |(_, _, libraries)| libraries)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn versions_are_those_that_are_built_in() {
        let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
        let lock = fs::read_to_string(lock).unwrap();
        let (_, ours) = lock.split_once("name = \"io-optimize-measure\"").unwrap();
        let (ours, _) = ours.split_once("\n]").unwrap();
        for library in TABLE.iter().flat_map(|(_, _, libraries)| *libraries) {
            let Library { name, version, .. } = library;
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&entry), "{library:?} is not in Cargo.lock");
            // Where there are two of a name, the version stands beside it.
            let needed = [format!("\"{name}\""), format!("\"{name} {version}\"")];
            let is_needed = needed.iter().any(|text| ours.contains(text.as_str()));
            assert!(is_needed, "{library:?} is no dependency of this package");
        }
    }

    #[test]
    fn a_requirement_ends_with_the_first_number_that_is_not_0() {
        let requirements = [CIBORIUM, SERDE_JSON, QUICK_XML, BINCODE_2].map(|it| it.requirement());
        assert_eq!(requirements, ["0.2", "1", "0.42", "2"]);
        assert_eq!(subject("odd", "0.0.3").requirement(), "0.0.3");
    }

    #[test]
    fn a_model_says_which_crates_it_is_built_with() {
        for (rule, variant, built_with) in TABLE {
            let id = WorkloadId::new(rule, variant);
            assert_eq!(libraries(id), *built_with);
            let model = workloads::find(id).expect("the table names models");
            assert_eq!(model.id(), id, "the model's own name");
            let description = model.description();
            for Library { name, version, .. } in *built_with {
                let words = format!("{name} {version}");
                assert!(description.contains(&words), "{words}: {description}");
            }
        }
        let default = WorkloadId::new("unbuffered_serde", "default");
        assert_eq!(libraries(default), [SERDE_JSON], "by its other name");
        assert!(libraries(WorkloadId::new("seek_read", "default")).is_empty());
    }
}
