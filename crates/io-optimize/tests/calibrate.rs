//! What a host is measured to gain by, and that copies heed it.
#![cfg(target_os = "linux")]

use std::fs;

use io_optimize::{calibrate, CopyOptions, LeaveReason, Strategy, WorthIt};

#[test]
fn a_directory_is_measured_and_left_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let calibration = calibrate(directory.path()).unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    assert_eq!(calibration.measurements.len(), 9);
    assert!(calibration.measurements.iter().all(|it| it.ratio > 0.0));

    // Whatever was measured, it is heeded, and the contents are right.
    let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    for length in [200_000, 40 << 20] {
        let contents: Vec<u8> = (0..length).map(|at: u32| (at % 251) as u8).collect();
        fs::write(&from, &contents).unwrap();
        let _ = fs::remove_file(&to);
        let options = CopyOptions::new().calibration(&calibration);
        let report = options.copy(&from, &to).unwrap();
        assert!(fs::read(&to).unwrap() == contents, "{report}");
        let is_left = |strategy| report.left.iter().any(|left| left.strategy == strategy);
        match calibration.splice {
            WorthIt::Never => assert!(is_left(Strategy::Splice), "{report}"),
            WorthIt::From(least) if u64::from(length) < least => {
                let left = report
                    .left
                    .iter()
                    .find(|it| it.strategy == Strategy::Splice);
                assert_eq!(left.unwrap().reason, LeaveReason::Small, "{report}");
            }
            _ => {}
        }
    }
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let error = calibrate("no/such/directory").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert!(error.to_string().contains("no/such/directory"), "{error}");
}
