//! Which files a report consists of.

use std::fs;

use super::*;

/// An audit with so many failures that a comment does not hold them.
fn long() -> Audit {
    let mut audit = super::super::empty_audit(model::Project::default(), Vec::new());
    audit.failures = vec![
        model::Failure {
            what: "it could not be read".to_owned(),
            fallback: "it was left out".to_owned(),
            look_with: None,
        };
        2_000
    ];
    audit
}

#[test]
fn a_report_that_had_to_be_cut_has_its_whole_text_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("my.report.md");
    let whole = write(&path, &long()).unwrap();
    let expected = directory.path().join("my.report-full.md");
    assert_eq!(whole.as_deref(), Some(expected.as_path()));
    let (cut, whole) = (
        fs::read_to_string(&path).unwrap(),
        fs::read_to_string(&expected).unwrap(),
    );
    let lines = |text: &str| text.matches("It could not be read").count();
    assert_eq!(lines(&whole), 2_000);
    let left_out = 2_000 - lines(&cut);
    let count = format!("{},{:03}", left_out / 1_000, left_out % 1_000);
    let notice = format!("_{} lines left out here", count.trim_start_matches("0,"));
    assert!(cut.contains(&notice), "no {notice}");
    assert!(
        cut.contains("the whole text is in `my.report-full.md`"),
        "{cut}"
    );
    clear(&path);
    assert!(!expected.exists());
}

#[test]
fn a_short_report_and_a_page_are_one_file() {
    let directory = tempfile::tempdir().unwrap();
    let short = super::super::empty_audit(model::Project::default(), Vec::new());
    for (name, audit) in [
        ("short.md", &short),
        ("no ending", &short),
        ("page.HTM", &long()),
    ] {
        assert_eq!(
            write(&directory.path().join(name), audit).unwrap(),
            None,
            "{name}"
        );
    }
    let mut names: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["no ending", "page.HTM", "short.md"]);
    let page = fs::read_to_string(directory.path().join("page.HTM")).unwrap();
    assert_eq!(page.matches("It could not be read").count(), 2_000);
}
