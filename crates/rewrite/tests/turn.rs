//! Whose turn it is.

use rewrite::{Turn, TurnError};

#[test]
fn a_turn_is_had_by_one_at_a_time_and_ends_with_its_value() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("target/apply");
    let turn = Turn::take(&state).unwrap();
    let error = Turn::take(&state).unwrap_err();
    assert!(matches!(error, TurnError::Taken));
    assert!(error.to_string().contains("run again"), "{error}");
    drop(turn);
    Turn::take(&state).unwrap();
}

#[test]
fn where_no_file_can_be_made_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::File::create(&file).unwrap();
    let error = Turn::take(&file.join("apply")).unwrap_err();
    assert!(error.to_string().contains("apply.lock"), "{error}");
}
