//! The report that programs read.

use io_optimize_report::json;
use serde_json::Value;

use crate::sample;

#[test]
fn json_fields_have_the_names_of_the_schema() {
    let value: Value = serde_json::from_str(&json(&sample::audit())).expect("valid JSON");
    let check = |value: &Value, expected: &str| {
        let mut expected: Vec<_> = expected.split(' ').collect();
        expected.sort_unstable();
        let fields: Vec<_> = value.as_object().expect("an object").keys().collect();
        assert_eq!(fields, expected);
    };
    check(
        &value,
        "schema_version tool project analysis host findings applied not_applied failures summary",
    );
    let finding = &value["findings"][2];
    check(
        finding,
        "id rule operation path line column end_line end_column span function message why related confidence measurement measurement_note measurements trace suggestion alternatives suppressed",
    );
    check(
        &finding["measurement"],
        "workload method size baseline_ns optimized_ns ratio ratio_ci samples cache worth_it",
    );
    check(
        &finding["measurements"][0],
        "method role size cache time_ns bytes_per_s ratio ratio_ci samples",
    );
    let alternative = &finding["alternatives"][0];
    check(
        alternative,
        "title applicability edits creates requires verified measurement",
    );
    assert_eq!(
        alternative["measurement"]["method"],
        "String, then fs::write | one call"
    );
    check(
        &finding["suggestion"],
        "title applicability edits creates requires verified",
    );
    check(
        &finding["suggestion"]["edits"][0],
        "path start end replacement",
    );
    check(&finding["related"][0], "path line column label");
    check(&finding["trace"], "calls bytes time_ns share");
    check(&value["not_applied"][0], "id reason");
    check(&value["failures"][0], "what fallback look_with");
}

#[test]
fn json_places_are_lines_and_characters_and_bytes() {
    let value: Value = serde_json::from_str(&json(&sample::audit())).expect("valid JSON");
    let finding = &value["findings"][2];
    assert_eq!(
        (finding["line"].as_u64(), finding["column"].as_u64()),
        (Some(8), Some(21))
    );
    let span = &finding["span"];
    let bytes = span["start"].as_u64().expect("a number") as usize
        ..span["end"].as_u64().expect("a number") as usize;
    assert!(sample::EXPORT[bytes].starts_with("writeln!(out"));
}

#[test]
fn edits_in_the_json_give_the_text_of_the_patch() {
    let audit = sample::audit();
    let value: Value = serde_json::from_str(&json(&audit)).expect("valid JSON");
    let mut text = sample::EXPORT.to_owned();
    let edits = value["findings"][2]["suggestion"]["edits"]
        .as_array()
        .expect("a list");
    for edit in edits.iter().rev() {
        let at = |name: &str| edit[name].as_u64().expect("a number") as usize;
        text.replace_range(
            at("start")..at("end"),
            edit["replacement"].as_str().expect("a text"),
        );
    }
    assert_eq!(text, audit.patches[0].after);
}
