//! The models of all rules: one file per rule, named like the rule, and one line per model here.

use model::WorkloadId;

use crate::workload::{Model, Workload};

mod async_small_io;
mod blocking_in_async;
mod bufwriter_no_flush;
mod copy_off_fast_path;
mod double_buffering;
mod exists_then_open;
mod fsync_in_loop;
mod lines_alloc;
mod manual_copy_loop;
mod metadata_per_entry;
mod open_in_loop;
mod read_write_copy;
mod seek_discards_buffer;
mod seek_read;
mod sequential_many_files;
mod small_buffer;
mod stdout_unbuffered;
mod streaming_no_hint;
mod tree_copy;
mod unbuffered_read;
mod unbuffered_serde;
mod unbuffered_write;
mod verbose_file_read;
mod whole_file_read;

/// Every model.
pub(crate) const ALL: &[Workload] = &[
    async_small_io::READ,
    async_small_io::WRITE,
    blocking_in_async::WORKLOAD,
    bufwriter_no_flush::WORKLOAD,
    copy_off_fast_path::DYNAMIC,
    copy_off_fast_path::PROGRESS,
    double_buffering::READ,
    double_buffering::WRITE,
    exists_then_open::WORKLOAD,
    fsync_in_loop::WORKLOAD,
    lines_alloc::LINES,
    lines_alloc::RECORDS,
    lines_alloc::BYTE_RECORDS,
    manual_copy_loop::WORKLOAD,
    metadata_per_entry::PATH,
    metadata_per_entry::ENTRY,
    open_in_loop::WORKLOAD,
    read_write_copy::WORKLOAD,
    seek_discards_buffer::WORKLOAD,
    seek_read::WORKLOAD,
    sequential_many_files::WORKLOAD,
    small_buffer::WORKLOAD,
    stdout_unbuffered::WORKLOAD,
    streaming_no_hint::WORKLOAD,
    tree_copy::WORKLOAD,
    unbuffered_read::WORKLOAD,
    unbuffered_serde::BINCODE_1_READ,
    unbuffered_serde::BINCODE_1_WRITE,
    unbuffered_serde::BINCODE_2_READ,
    unbuffered_serde::BINCODE_2_WRITE,
    unbuffered_serde::CBOR_READ,
    unbuffered_serde::CBOR_WRITE,
    unbuffered_serde::JSON_READ,
    unbuffered_serde::JSON_WRITE,
    unbuffered_serde::MESSAGEPACK_READ,
    unbuffered_serde::MESSAGEPACK_WRITE,
    unbuffered_serde::XML_WRITE,
    unbuffered_write::WORKLOAD,
    verbose_file_read::WORKLOAD,
    whole_file_read::LINES,
    whole_file_read::HASH,
    whole_file_read::BEGINNING,
];

/// Every name a model answers to, `default` of each rule among them, in the order of the rules.
#[must_use]
pub fn workloads() -> Vec<WorkloadId> {
    let ids = |workload: &'static Workload| {
        let variants = workload.variants.iter();
        variants.map(|variant| WorkloadId::new(workload.rule, variant))
    };
    ALL.iter().flat_map(ids).collect()
}

/// Whether a name is another one for a model that has its own.
#[must_use]
pub fn is_alias(id: WorkloadId) -> bool {
    find(id).is_some_and(|model| model.id() != id)
}

/// The model of that name, in pieces of that size if it can be made with them.
pub(crate) fn find(id: WorkloadId) -> Option<Model> {
    let mut all = ALL.iter();
    let of = all.find(|of| of.rule == id.rule && of.variants.contains(&id.variant))?;
    Some(Model::new(of, id.piece))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::workload::{Contest, Role};

    /// Every model, and those that can be made in pieces in pieces of some sizes too.
    fn models() -> impl Iterator<Item = Model> {
        ALL.iter().flat_map(|workload| {
            let pieces = [None, Some(1), Some(64), Some(2048), Some(4096), Some(8192)];
            let pieces = pieces
                .into_iter()
                .take(if workload.pieces.is_some() { 6 } else { 1 });
            pieces.map(|piece| Model::new(workload, piece))
        })
    }

    #[test]
    fn names_are_unique_and_every_rule_has_a_default() {
        let ids = workloads();
        let unique: BTreeSet<WorkloadId> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len());
        let rules: BTreeSet<&str> = ids.iter().map(|id| id.rule).collect();
        for rule in rules {
            assert!(unique.contains(&WorkloadId::new(rule, "default")), "{rule}");
        }
    }

    #[test]
    fn a_workload_lives_in_the_file_of_its_rule() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/workloads");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                entry
                    .unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let rules: BTreeSet<String> = ALL
            .iter()
            .map(|workload| workload.rule.to_owned())
            .collect();
        assert_eq!(files, rules);
    }

    #[test]
    fn the_candidates_of_every_workload_agree() {
        for model in models() {
            for size in [1, 1000, 40_000] {
                let directory = tempfile::tempdir().unwrap();
                let mut setup = model.set_up(directory.path(), size).unwrap();
                let inputs = files_in(directory.path());
                let answers: Vec<blake3::Hash> = setup
                    .candidates
                    .iter_mut()
                    .map(|candidate| candidate.answer().unwrap().1)
                    .collect();
                let agree = answers.iter().all(|answer| *answer == answers[0]);
                assert!(agree, "{:?} at {size}: {answers:?}", model.id());
                assert_ne!(
                    answers[0],
                    blake3::hash(b""),
                    "{:?} does nothing",
                    model.id()
                );
                assert_eq!(files_in(directory.path()), inputs, "{:?}", model.id());
            }
        }
    }

    #[test]
    fn a_pattern_gives_its_answer_again_on_an_input_of_its_own() {
        for model in models() {
            let directory = tempfile::tempdir().unwrap();
            let itself = Contest::Itself(0.0);
            let mut setup = itself.set_up(model, directory.path(), 1000).unwrap();
            let [one, again] = &mut setup.candidates[..] else {
                panic!("{:?} has no second pattern", model.id());
            };
            let answers = [one, again].map(|pattern| pattern.answer().unwrap().1);
            assert_eq!(answers[0], answers[1], "{:?}", model.id());
        }
    }

    #[test]
    fn a_workload_has_one_baseline_which_is_first_and_one_suggestion() {
        for model in models() {
            let directory = tempfile::tempdir().unwrap();
            let setup = model.set_up(directory.path(), 1000).unwrap();
            let roles: Vec<Role> = setup.candidates.iter().map(|each| each.role).collect();
            let count = |role| roles.iter().filter(|each| **each == role).count();
            assert_eq!(roles[0], Role::Baseline, "{:?}", model.id());
            assert_eq!(count(Role::Baseline), 1, "{:?}", model.id());
            assert_eq!(count(Role::Suggested), 1, "{:?}", model.id());
            let methods: BTreeSet<&str> = setup.candidates.iter().map(|it| &*it.method).collect();
            assert_eq!(methods.len(), roles.len(), "{:?}", model.id());
        }
    }

    #[test]
    fn a_setup_is_about_as_large_as_asked_for() {
        for model in models() {
            let directory = tempfile::tempdir().unwrap();
            let setup = model.set_up(directory.path(), 40_000).unwrap();
            assert!(
                (30_000..50_000).contains(&setup.size),
                "{:?}: {}",
                model.id(),
                setup.size
            );
        }
    }

    #[test]
    fn descriptions_name_the_version_of_the_runtime_crate_that_is_measured() {
        let version = concat!("io-optimize ", env!("CARGO_PKG_VERSION"));
        for workload in ALL {
            let directory = tempfile::tempdir().unwrap();
            let setup = (workload.set_up)(directory.path(), 1000).unwrap();
            let mut methods = setup.candidates.iter().map(|it| &it.method);
            let is_measured = methods.any(|method| method.starts_with("io_optimize::"));
            let (rule, description) = (workload.rule, workload.description);
            assert_eq!(
                is_measured,
                description.contains(version),
                "{rule}: {description}"
            );
        }
    }

    fn files_in(directory: &std::path::Path) -> BTreeSet<std::ffi::OsString> {
        std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect()
    }
}
