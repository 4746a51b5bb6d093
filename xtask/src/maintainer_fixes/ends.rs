//! What a change comes to, told from the text before and after it.

use anyhow::{Result, bail};

/// What a change does about input and output. One change has one: a flush that a new buffer needs is part of adding it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    ReaderBuffered,
    WriterBuffered,
    FlushAdded,
    LayerRemoved,
    BufferEnlarged,
    OneCallInsteadOfOpenAndRead,
    OneCallInsteadOfLoop,
    Streamed,
    AllocationReused,
    TransfersGathered,
    HandleHoisted,
    SeekReplaced,
    SeekLeftOut,
    CheckLeftOut,
    TypeFromEntry,
    AskedOnce,
    SyncedLess,
    OffExecutor,
    Other,
}

impl End {
    pub(super) const ALL: [Self; 19] = [
        Self::ReaderBuffered,
        Self::WriterBuffered,
        Self::FlushAdded,
        Self::LayerRemoved,
        Self::BufferEnlarged,
        Self::OneCallInsteadOfOpenAndRead,
        Self::OneCallInsteadOfLoop,
        Self::Streamed,
        Self::AllocationReused,
        Self::TransfersGathered,
        Self::HandleHoisted,
        Self::SeekReplaced,
        Self::SeekLeftOut,
        Self::CheckLeftOut,
        Self::TypeFromEntry,
        Self::AskedOnce,
        Self::SyncedLess,
        Self::OffExecutor,
        Self::Other,
    ];

    /// As it stands in the data and in the table.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::ReaderBuffered => "reader buffered",
            Self::WriterBuffered => "writer buffered",
            Self::FlushAdded => "flush added",
            Self::LayerRemoved => "layer removed",
            Self::BufferEnlarged => "buffer enlarged",
            Self::OneCallInsteadOfOpenAndRead => "open and read made one call",
            Self::OneCallInsteadOfLoop => "loop replaced by one call",
            Self::Streamed => "whole read streamed",
            Self::AllocationReused => "allocation reused",
            Self::TransfersGathered => "transfers gathered",
            Self::HandleHoisted => "handle hoisted",
            Self::SeekReplaced => "seek replaced",
            Self::SeekLeftOut => "seek left out",
            Self::CheckLeftOut => "existence check left out",
            Self::TypeFromEntry => "type taken from the entry",
            Self::AskedOnce => "attributes asked once",
            Self::SyncedLess => "synced less",
            Self::OffExecutor => "moved off the executor",
            Self::Other => "something else",
        }
    }

    pub(super) fn parse(words: &str) -> Result<Self> {
        let Some(end) = Self::ALL.into_iter().find(|end| end.words() == words) else {
            let known = Self::ALL.map(Self::words).join(", ");
            bail!("`{words}` is no end of a change; there are: {known}");
        };
        Ok(end)
    }

    /// The end of a change of a text; `None` if it is none. A handle that is hoisted and transfers that are
    /// gathered cannot be told by such words, and no fix of ours does that: if one came to, it would count as another end.
    pub(super) fn of(before: &str, after: &str) -> Option<Self> {
        if before == after {
            return None;
        }
        let more = |phrases: &[&str]| count(after, phrases) - count(before, phrases);
        let whole = more(WHOLE_READS);
        let readers = more(&["BufReader::new", "BufReader::with_capacity"]);
        let writers = more(&[
            "BufWriter::new",
            "BufWriter::with_capacity",
            "LineWriter::new",
        ]);
        let is = [
            (more(OFF_EXECUTOR) > 0, Self::OffExecutor),
            (more(&[".sync_all(", ".sync_data("]) < 0, Self::SyncedLess),
            (more(&[".file_type("]) > 0, Self::TypeFromEntry),
            (
                paths_asked(after) < paths_asked(before)
                    && bound(after).len() > bound(before).len(),
                Self::AskedOnce,
            ),
            (more(&[".exists(", ".try_exists("]) < 0, Self::CheckLeftOut),
            (
                more(&[".seek("]) < 0 && POSITIONED.iter().any(|it| more(&[it]) > 0),
                Self::SeekReplaced,
            ),
            (
                more(&[".seek(", ".stream_position("]) < 0,
                Self::SeekLeftOut,
            ),
            // A whole read that goes away is a copy if what was read was written.
            (
                more(&["fs::copy("]) > 0
                    || more(&["io::copy("]) > 0 && (whole >= 0 || more(WRITES) < 0),
                Self::OneCallInsteadOfLoop,
            ),
            (
                whole < 0 && (readers > 0 || more(PIECES) > 0 || more(&["io::copy("]) > 0),
                Self::Streamed,
            ),
            (
                more(&["fs::read(", "fs::read_to_string("]) > 0
                    && more(&[".read_to_end(", ".read_to_string("]) < 0,
                Self::OneCallInsteadOfOpenAndRead,
            ),
            (
                more(REUSING) > 0 && more(ALLOCATING) < 0,
                Self::AllocationReused,
            ),
            (readers < 0 || writers < 0, Self::LayerRemoved),
            (writers > 0, Self::WriterBuffered),
            (readers > 0, Self::ReaderBuffered),
            (
                largest_size(after) > largest_size(before),
                Self::BufferEnlarged,
            ),
            (more(FLUSHES) > 0, Self::FlushAdded),
        ];
        let first = is.iter().find(|(holds, _)| *holds);
        Some(first.map_or(Self::Other, |(_, end)| *end))
    }
}

const WHOLE_READS: &[&str] = &[
    ".read_to_end(",
    ".read_to_string(",
    "fs::read(",
    "fs::read_to_string(",
    "io::read_to_string(",
];
const PIECES: &[&str] = &[".read(", ".read_line(", ".read_until(", ".lines("];
const WRITES: &[&str] = &["fs::write(", ".write_all(", "write!("];
const POSITIONED: &[&str] = &[
    ".seek_relative(",
    ".stream_position(",
    ".read_at(",
    ".read_exact_at(",
    ".seek_read(",
];
const REUSING: &[&str] = &[
    ".read_line(",
    ".read_until(",
    ".read_record(",
    ".read_byte_record(",
];
const ALLOCATING: &[&str] = &[".lines(", ".split(", ".records(", ".byte_records("];
const FLUSHES: &[&str] = &[".flush(", ".finish(", ".try_finish(", ".into_inner("];
const OFF_EXECUTOR: &[&str] = &[
    "tokio::fs::",
    "async_std::fs::",
    "spawn_blocking(",
    "block_in_place(",
];

/// How often the phrases occur; not as the end of a longer name or the beginning of one.
fn count(text: &str, phrases: &[&str]) -> isize {
    let occurrences = phrases.iter().flat_map(|phrase| {
        text.match_indices(phrase).filter(|(start, phrase)| {
            let ahead = text[..*start].chars().next_back();
            let behind = text[start + phrase.len()..].chars().next();
            !(ahead.is_some_and(in_name) && phrase.starts_with(in_name)
                || behind.is_some_and(in_name) && phrase.ends_with(in_name))
        })
    });
    occurrences.count().try_into().unwrap_or(isize::MAX)
}

fn in_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Names that are bound to the attributes of something.
fn bound(text: &str) -> Vec<&str> {
    let lines = text.lines().filter(|line| line.contains("metadata("));
    lines
        .filter_map(|line| line.split_once("let ")?.1.split(" =").next())
        .collect()
}

/// How often a path is asked what it is; attributes that answer the same are not asked anew.
fn paths_asked(text: &str) -> usize {
    let attributes = bound(text);
    [".is_dir(", ".is_file(", ".is_symlink(", ".exists("]
        .iter()
        .flat_map(|question| text.match_indices(question))
        .filter(|(start, _)| {
            let receiver = text[..*start].rsplit(|it| !in_name(it)).next();
            receiver.is_some_and(|name| !name.is_empty() && !attributes.contains(&name))
        })
        .count()
}

/// The largest size in numbers that an array, a vector or a buffer is made with.
fn largest_size(text: &str) -> Option<u64> {
    let behind = |phrase: &'static str| {
        text.match_indices(phrase)
            .map(move |(start, _)| &text[start + phrase.len()..])
    };
    let sizes = behind("with_capacity(")
        .chain(behind("[0; "))
        .chain(behind("[0u8; "));
    sizes
        .filter_map(|text| product(text.split([',', ')', ']']).next()?))
        .max()
}

fn product(text: &str) -> Option<u64> {
    text.split('*').try_fold(1_u64, |product, factor| {
        let digits = factor.trim().replace('_', "");
        product.checked_mul(digits.parse().ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::End;

    #[test]
    fn ends_are_told_by_what_the_text_gains_and_loses() {
        for (before, after, end) in [
            (
                "File::open(p)?",
                "BufReader::new(File::open(p)?)",
                "reader buffered",
            ),
            (
                "let mut f = File::create(p)?; write!(f, \"x\")?;",
                "let mut f = BufWriter::new(File::create(p)?); write!(f, \"x\")?; f.flush()?;",
                "writer buffered",
            ),
            (
                "write(&mut out)?;",
                "write(&mut out)?;\nout.flush()?;",
                "flush added",
            ),
            (
                "Decoder::new(BufReader::new(r))",
                "Decoder::new(r)",
                "layer removed",
            ),
            (
                "BufReader::new(f)",
                "BufReader::with_capacity(64 * 1024, f)",
                "buffer enlarged",
            ),
            (
                "let mut b = [0; 4096];",
                "let mut b = vec![0; 64 * 1024];",
                "buffer enlarged",
            ),
            (
                "let mut f = File::open(p)?; f.read_to_end(&mut b)?;",
                "let b = fs::read(p)?;",
                "open and read made one call",
            ),
            (
                "loop { let n = r.read(&mut b)?; w.write_all(&b[..n])?; }",
                "io::copy(&mut r, &mut w)?;",
                "loop replaced by one call",
            ),
            (
                "fs::write(to, fs::read(from)?)?;",
                "fs::copy(from, to)?;",
                "loop replaced by one call",
            ),
            (
                "hasher.update(&fs::read(p)?);",
                "io::copy(&mut File::open(p)?, &mut hasher)?;",
                "whole read streamed",
            ),
            (
                "r.read_to_end(&mut b)",
                "r.read(&mut b)",
                "whole read streamed",
            ),
            (
                "for line in r.lines() { let line = line?; }",
                "while r.read_line(&mut line)? > 0 {}",
                "allocation reused",
            ),
            (
                "r.seek(SeekFrom::Current(0))?",
                "r.stream_position()?",
                "seek replaced",
            ),
            (
                "let at = r.stream_position()?; r.read(b)?; r.seek(SeekFrom::Start(at))?",
                "r.read(b)?; r.seek_relative(-n)?",
                "seek replaced",
            ),
            ("f.stream_position()?; Ok(it)", "Ok(it)", "seek left out"),
            (
                "if p.exists() { open(p) }",
                "open(p)",
                "existence check left out",
            ),
            (
                "path.is_dir()",
                "entry.file_type()?.is_dir()",
                "type taken from the entry",
            ),
            (
                "if p.is_dir() {} else if p.metadata()?.len() > 0 {}",
                "let m = p.metadata()?;\nif m.is_dir() {} else if m.len() > 0 {}",
                "attributes asked once",
            ),
            (
                "std::fs::read(p)",
                "tokio::fs::read(p).await",
                "moved off the executor",
            ),
            ("f.write(b)?; f.sync_all()?;", "f.write(b)?;", "synced less"),
            (
                "for p in ps {}",
                "ps.par_iter().for_each(|p| {})",
                "something else",
            ),
        ] {
            assert_eq!(End::of(before, after).map(End::words), Some(end), "{after}");
        }
        assert_eq!(End::of("same", "same"), None);
    }

    #[test]
    fn a_name_that_only_ends_or_begins_like_another_is_not_it() {
        assert_eq!(End::of("f()", "MyBufReader::new(f())"), Some(End::Other));
        assert_eq!(End::of("f()", "BufReader::newer(f())"), Some(End::Other));
    }

    #[test]
    fn words_are_read_back_and_others_refused() {
        for end in End::ALL {
            assert_eq!(End::parse(end.words()).unwrap(), end);
        }
        let error = End::parse("made faster").unwrap_err().to_string();
        assert!(error.starts_with("`made faster` is no end"), "{error}");
    }
}
