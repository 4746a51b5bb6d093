//! What functions do to the thread that calls them, and where they run what they are given: the table in
//! `data/executors.toml`.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

const TABLE: &str = include_str!("../data/executors.toml");

/// What a call does to the thread that makes it, or with the closure or future it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Does {
    /// One question to the file system.
    Asks,
    /// One change of the file system.
    Changes,
    /// As long as the data is.
    Moves,
    /// As long as a process, a peer or a clock says.
    Waits,
    /// Runs the closure on another thread.
    Offloads,
    /// Runs the future here until it is done.
    Drives,
    /// Starts a task.
    Spawns,
    /// The crate is a server.
    Serves,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "crate")]
    krate: String,
    paths: Vec<String>,
    does: Does,
    #[cfg_attr(not(test), expect(dead_code, reason = "for who maintains the table"))]
    source: String,
}

#[derive(Deserialize)]
struct Table {
    row: Vec<Row>,
}

struct Executors {
    functions: FxHashMap<String, Does>,
    /// Names of the methods among them.
    methods: FxHashSet<String>,
    whole_crates: FxHashMap<String, Does>,
}

static EXECUTORS: LazyLock<Executors> = LazyLock::new(|| {
    let table: Table = toml::from_str(TABLE).expect("the table is checked by a test");
    let mut functions = FxHashMap::default();
    let mut methods = FxHashSet::default();
    let mut whole_crates = FxHashMap::default();
    for row in table.row {
        if row.does == Does::Serves {
            whole_crates.insert(row.krate.clone(), row.does);
        }
        for path in row.paths {
            if path == "*" {
                whole_crates.insert(row.krate.clone(), row.does);
            } else {
                let mut names = path.rsplit("::");
                let name = names.next().unwrap_or_default();
                if names
                    .next()
                    .is_some_and(|of| of.starts_with(char::is_uppercase))
                {
                    methods.insert(name.to_owned());
                }
                functions.insert(format!("{}::{path}", row.krate), row.does);
            }
        }
    }
    Executors {
        functions,
        methods,
        whole_crates,
    }
});

/// What a function outside the workspace does, by its full path.
pub(crate) fn of(path: &str) -> Option<Does> {
    let known = EXECUTORS.functions.get(path).copied();
    known.or_else(|| {
        let krate = path.split_once("::")?.0;
        let does = EXECUTORS.whole_crates.get(krate).copied();
        does.filter(|does| *does != Does::Serves)
    })
}

/// Methods of executors and pools, whatever type they are called on.
pub(crate) fn method(name: &str) -> Option<Does> {
    Some(match name {
        "spawn_blocking" | "unblock" | "block_in_place" | "install" => Does::Offloads,
        "block_on" => Does::Drives,
        "spawn"
        | "spawn_local"
        | "spawn_pinned"
        | "buffer_unordered"
        | "buffered"
        | "try_buffered"
        | "try_buffer_unordered"
        | "for_each_concurrent"
        | "try_for_each_concurrent" => Does::Spawns,
        _ => return None,
    })
}

/// Whether a method of that name is in the table, for whatever type.
pub(crate) fn is_method(name: &str) -> bool {
    EXECUTORS.methods.contains(name)
}

/// Whether a crate of that name is a server, on whose executor many tasks run.
pub(crate) fn is_server(krate: &str) -> bool {
    EXECUTORS.whole_crates.get(krate) == Some(&Does::Serves)
}

#[cfg(test)]
mod tests {
    use super::{Does, TABLE, Table, of};

    #[test]
    fn every_row_has_a_source() {
        let table: Table = toml::from_str(TABLE).expect("the table parses");
        for row in table.row {
            let place = if row.krate == "std" {
                "https://"
            } else {
                " src/"
            };
            assert!(row.source.contains(place), "{}", row.krate);
            assert_eq!(row.paths.is_empty(), row.does == Does::Serves);
        }
    }

    #[test]
    fn functions_are_found_by_their_full_path() {
        assert_eq!(of("std::fs::read"), Some(Does::Moves));
        assert_eq!(of("rayon::scope"), Some(Does::Offloads));
        assert_eq!(of("tokio::fs::read"), None);
    }
}
