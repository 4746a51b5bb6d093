//! The words of Rust text: names, keywords and numbers.

/// Whether a character is part of a word.
pub(crate) fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a text is one word and nothing else.
pub(crate) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_part)
}

/// The words of a text, with their offsets.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> + Clone {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_part)?;
        let end = text[start..]
            .find(|c| !is_part(c))
            .map_or(text.len(), |length| start + length);
        at = end;
        Some((start, &text[start..end]))
    })
}

/// Where a text has a word.
pub(crate) fn places_of<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            !text[..*at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
        })
}

/// Whether a text has a word.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    places_of(text, word).next().is_some()
}

/// How often a text has a word.
pub(crate) fn count_of(text: &str, word: &str) -> usize {
    places_of(text, word).count()
}

#[cfg(test)]
mod tests {
    use super::{count_of, has_word, is_word, places_of, words};

    #[test]
    fn words_are_told_from_parts_of_others() {
        let text = "file.read(&mut file_2, file)?; r#type";
        let all: Vec<&str> = words(text).map(|(_, word)| word).collect();
        assert_eq!(all, ["file", "read", "mut", "file_2", "file", "r", "type"]);
        assert!(words(text).all(|(at, word)| text[at..].starts_with(word)));
        assert_eq!(places_of(text, "file").collect::<Vec<_>>(), [0, 23]);
        assert_eq!(count_of(text, "file"), 2);
        assert!(has_word(text, "file_2") && !has_word(text, "file_"));
        assert!(is_word("file_2") && !is_word("file.read") && !is_word(""));
    }
}
