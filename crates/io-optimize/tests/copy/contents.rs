//! Every strategy copies every file of one table, and files that proptest makes up, as the naive
//! way does: read whole, write whole.

use crate::common::{check, check_table, make, works_here, Piece::Data, Piece::Hole};
use io_optimize::{copy_with_report, Strategy};
use proptest::prelude::{prop, prop_oneof, proptest, ProptestConfig};
use proptest::strategy::Strategy as _;
use tempfile::TempDir;

#[test]
fn every_strategy_agrees_with_reading_and_writing_whole() {
    let directory = TempDir::new().unwrap();
    check_table(directory.path());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_mix_of_data_and_holes(
        pieces in prop::collection::vec(
            prop_oneof![(0..400_000_usize).prop_map(Data), (0..600_000_usize).prop_map(Hole)],
            0..8,
        )
    ) {
        let directory = TempDir::new().unwrap();
        let from = directory.path().join("source");
        make(&from, &pieces);
        check(directory.path(), &from, None);
        for &strategy in Strategy::available() {
            if works_here(directory.path(), strategy) {
                check(directory.path(), &from, Some(strategy));
            }
        }
    }
}

#[test]
fn a_report_reads_as_a_sentence() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    make(&from, &[Data(10)]);
    let report = copy_with_report(&from, &to).unwrap().to_string();
    assert!(report.starts_with("10 bytes by "), "{report}");
    if cfg!(target_os = "linux") {
        let left = "; sendfile left at byte 0: the file is too small to gain by it";
        assert!(report.ends_with(left), "{report}");
    }
}
