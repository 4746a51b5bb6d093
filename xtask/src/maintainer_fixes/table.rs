//! Their fixes and ours, case by case and counted, as Markdown.

use std::fmt::Write as _;

use super::cases::{Case, Known};
use super::ends::End;
use super::place::Ours;

/// A case that maintainers mended.
pub(super) struct Row<'a> {
    pub(super) case: Case,
    pub(super) known: &'a Known,
    pub(super) ours: Ours,
}

impl Row<'_> {
    fn is_same(&self) -> bool {
        self.ours == Ours::Changed(self.known.theirs)
    }

    fn is_found(&self) -> bool {
        self.ours != Ours::NoFinding
    }

    fn has_edits(&self) -> bool {
        matches!(self.ours, Ours::Changed(_) | Ours::Elsewhere)
    }

    fn ours(&self) -> String {
        match self.ours {
            Ours::NoFinding => "no finding".to_owned(),
            Ours::NoEdits => "no edits".to_owned(),
            Ours::Elsewhere => "edits elsewhere".to_owned(),
            Ours::Changed(end) => match &self.known.remark {
                Some((of, remark)) if *of == end => format!("{}: {remark}", end.words()),
                // An end that nobody has looked at is not passed over.
                _ if !self.is_same() => format!("{}: not judged yet", end.words()),
                _ => end.words().to_owned(),
            },
        }
    }
}

/// The share in a line.
pub(super) fn share(rows: &[Row<'_>]) -> String {
    let same = rows.iter().filter(|row| row.is_same()).count();
    let found = rows.iter().filter(|row| row.is_found()).count();
    let edited = rows.iter().filter(|row| row.has_edits()).count();
    format!(
        "The same place to the same end: {same} of {} historical positives ({}), of the {found} that are found ({}), of the {edited} \
         with edits ({}).",
        rows.len(),
        ratio(same, rows.len()),
        ratio(same, found),
        ratio(same, edited),
    )
}

fn ratio(part: usize, whole: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "numbers of cases are small")]
    let ratio = part as f64 / whole.max(1) as f64;
    format!("{ratio:.2}")
}

/// All that the task writes.
pub(super) fn markdown(rows: &[Row<'_>], day: &str) -> String {
    let unseen: Vec<&str> = rows
        .iter()
        .filter(|row| !row.known.was_seen)
        .map(|row| row.case.id.as_str())
        .collect();
    let mut text = format!(
        "On {day}. **{}** The change itself was read at {} of them",
        share(rows),
        rows.len() - unseen.len()
    );
    match unseen.as_slice() {
        [] => text.push_str(".\n\n"),
        _ => {
            let ids = unseen.join(", ");
            let _ = write!(text, "; of the others ({ids}) what was said of it.\n\n");
        }
    }
    ends(&mut text, rows);
    text.push_str("\n| case | crate | theirs | ours | same |\n|---|---|---|---|---|\n");
    for row in rows {
        let Row { case, known, .. } = row;
        let _ = writeln!(
            text,
            "| {} | {} {} | {}: {} | {} | {} |",
            case.id,
            case.package.name,
            case.package.version,
            known.theirs.words(),
            known.clause,
            row.ours(),
            if row.is_same() { "yes" } else { "no" },
        );
    }
    text
}

fn ends(text: &mut String, rows: &[Row<'_>]) {
    text.push_str("| theirs | cases | found | with edits | same |\n|---|---:|---:|---:|---:|\n");
    for end in End::ALL {
        let of_end = || rows.iter().filter(|row| row.known.theirs == end);
        if of_end().next().is_none() {
            continue;
        }
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            end.words(),
            of_end().count(),
            of_end().filter(|row| row.is_found()).count(),
            of_end().filter(|row| row.has_edits()).count(),
            of_end().filter(|row| row.is_same()).count(),
        );
    }
}
