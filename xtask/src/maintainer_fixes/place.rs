//! What edits make of the place of a case.

use std::ops::Range;

use super::cases::{Case, Edit, NEAR};
use super::ends::End;

/// What our edits come to at a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ours {
    NoFinding,
    NoEdits,
    /// None of the edits lies in the case's function or near its line.
    Elsewhere,
    Changed(End),
}

/// What those of the edits that lie at the case come to, in the text of its file.
pub(super) fn changed(case: &Case, text: &str, edits: &[Edit]) -> Ours {
    let place = place(case, text);
    let mut here: Vec<&Edit> = edits
        .iter()
        .filter(|it| it.path == case.file && place.start <= it.start && it.end <= place.end)
        .collect();
    here.sort_by_key(|it| (it.start, it.end));
    let before = &text[place.clone()];
    let mut after = before.to_owned();
    for edit in here.iter().rev() {
        let range = edit.start - place.start..edit.end - place.start;
        after.replace_range(range, &edit.replacement);
    }
    End::of(before, &after).map_or(Ours::Elsewhere, Ours::Changed)
}

/// The function of the case and the lines near it.
fn place(case: &Case, text: &str) -> Range<usize> {
    let first = case.function.0.min(case.line.saturating_sub(NEAR));
    let last = case.function.1.max(case.line + NEAR);
    let mut range = text.len()..text.len();
    let mut offset = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        if number >= first && number <= last {
            range.start = range.start.min(offset);
            range.end = offset + line.len();
        }
        offset += line.len();
    }
    range
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::cases::read;
    use super::*;

    const HEAD: &str = "id\tcrate\tversion\tfile\tline\tcategory\texpected\torigin\tfn_span\n";

    fn case(folder: &Path) -> Case {
        let path = folder.join("cases.tsv");
        let row =
            "H1\texample\t1.0.0\tsrc/lib.rs\t12\tunbuffered-read\tpositive\thistorical\t11-13\n";
        std::fs::write(&path, format!("{HEAD}{row}")).unwrap();
        read(&path).unwrap().remove(0)
    }

    #[test]
    fn only_edits_at_the_place_count() {
        let folder = tempfile::tempdir().unwrap();
        let case = case(folder.path());
        let text =
            "// far\n// far\n// far\n// far\n\n\n\n\n\n\nfn f() {\n    g(File::open(p));\n}\n";
        let at = |needle: &str, path: &str| {
            let start = text.find(needle).unwrap();
            let edit = |start, replacement: &str| Edit {
                path: path.to_owned(),
                start,
                end: start,
                replacement: replacement.to_owned(),
            };
            [
                edit(start, "BufReader::new("),
                edit(start + needle.len(), ")"),
            ]
        };
        let open = "File::open(p)";
        assert_eq!(
            changed(&case, text, &at(open, "src/lib.rs")),
            Ours::Changed(End::ReaderBuffered)
        );
        assert_eq!(
            changed(&case, text, &at(open, "src/other.rs")),
            Ours::Elsewhere
        );
        assert_eq!(
            changed(&case, text, &at("// far", "src/lib.rs")),
            Ours::Elsewhere
        );
    }
}
