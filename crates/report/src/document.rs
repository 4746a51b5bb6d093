//! The report as a document: titles, words, tables and code, from which Markdown and HTML are written alike.
//!
//! What is foreign (paths, code, messages) is made printable when it gets in; each format escapes its own markup.

use model::Outcome;

use crate::text::{clip, printable, sentence};

/// Characters of a clause or a name that are kept; a longer one is no longer read.
const CLAUSE: usize = 500;

/// The whole report.
pub(crate) struct Document<'a> {
    pub(crate) title: Words,
    /// What stands below the title.
    pub(crate) facts: Vec<Words>,
    pub(crate) sections: Vec<Section<'a>>,
}

/// One part of the report. What it opens with always stands; items are cut where there is not room for all.
pub(crate) struct Section<'a> {
    pub(crate) heading: &'static str,
    pub(crate) opening: Vec<Block<'a>>,
    pub(crate) items: Items<'a>,
    /// What one item is called where some are cut.
    pub(crate) noun: &'static str,
    /// Room that is left over is given out in this order, so that what comes late is cut first.
    pub(crate) priority: u8,
}

/// What a section holds many of, the most worth first.
pub(crate) enum Items<'a> {
    None,
    Rows(Vec<Column>, Vec<Vec<Words>>),
    List(Vec<Words>),
    Parts(Vec<Part<'a>>),
}

/// Blocks that stand or are cut together.
pub(crate) struct Part<'a> {
    pub(crate) heading: Option<Words>,
    pub(crate) blocks: Vec<Block<'a>>,
}

/// A column of a table.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    /// Whether it holds numbers, which are set to the right.
    pub(crate) number: bool,
}

pub(crate) enum Block<'a> {
    Paragraph(Words),
    List(Vec<Words>),
    Table(Vec<Column>, Vec<Vec<Words>>),
    Code {
        language: &'static str,
        /// Number of the first line, where the code is part of a file.
        first_line: Option<usize>,
        text: String,
    },
    /// A unified diff, not made printable, since its line ends count.
    Diff(String),
    /// Blocks that are shown when they are asked for.
    Fold(Words, Vec<Block<'a>>),
    /// A picture of what was measured.
    Chart(&'a Outcome),
}

/// Words of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Words(pub(crate) Vec<Inline>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inline {
    /// Our own words, without markup.
    Text(String),
    /// Words from elsewhere: what looks like markup is none.
    Foreign(String),
    Code(String),
    Strong(Words),
    Link(Words, String),
}

impl<'a> Section<'a> {
    pub(crate) fn new(heading: &'static str) -> Self {
        Self {
            heading,
            opening: Vec::new(),
            items: Items::None,
            noun: "line",
            priority: 0,
        }
    }

    /// Opens with one more paragraph.
    pub(crate) fn say(mut self, words: impl Into<Words>) -> Self {
        self.opening.push(Block::Paragraph(words.into()));
        self
    }

    pub(crate) fn open(mut self, block: Block<'a>) -> Self {
        self.opening.push(block);
        self
    }

    pub(crate) fn with(mut self, noun: &'static str, priority: u8, items: Items<'a>) -> Self {
        (self.noun, self.priority, self.items) = (noun, priority, items);
        self
    }
}

impl Column {
    pub(crate) const fn words(title: &'static str) -> Self {
        Self {
            title,
            number: false,
        }
    }

    pub(crate) const fn number(title: &'static str) -> Self {
        Self {
            title,
            number: true,
        }
    }
}

impl Words {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Words of this crate's own.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Inline::Text(text.into()));
        self
    }

    pub(crate) fn code(mut self, text: &str) -> Self {
        self.0.push(Inline::Code(clip(&printable(text), CLAUSE)));
        self
    }

    /// A clause whose words between backticks are code.
    pub(crate) fn clause(mut self, text: &str) -> Self {
        let text = clip(&printable(text), CLAUSE);
        let pieces: Vec<&str> = text.split('`').collect();
        if pieces.len().is_multiple_of(2) {
            self.0.push(Inline::Foreign(text));
            return self;
        }
        for (position, piece) in pieces.into_iter().enumerate() {
            match (position % 2, piece.is_empty()) {
                (0, true) => {}
                (0, false) => self.0.push(Inline::Foreign(piece.to_owned())),
                (_, true) => self.0.push(Inline::Foreign("``".to_owned())),
                (_, false) => self.0.push(Inline::Code(piece.to_owned())),
            }
        }
        self
    }

    /// A clause that begins a sentence.
    pub(crate) fn sentence(self, text: &str) -> Self {
        self.clause(&sentence(&printable(text)))
    }

    pub(crate) fn strong(mut self, words: Self) -> Self {
        self.0.push(Inline::Strong(words));
        self
    }

    pub(crate) fn link(mut self, words: Self, address: String) -> Self {
        self.0.push(Inline::Link(words, address));
        self
    }

    pub(crate) fn and(mut self, words: Self) -> Self {
        self.0.extend(words.0);
        self
    }

    /// The first `shown` of these separated by commas, and how many are not shown.
    pub(crate) fn listed(items: &[Self], shown: usize) -> Self {
        let mut words = Self::separated(items.iter().take(shown).cloned(), ", ");
        if let Some(hidden) = items.len().checked_sub(shown).filter(|hidden| *hidden > 0) {
            words = words.text(format!(" and {hidden} more"));
        }
        words
    }

    pub(crate) fn separated(items: impl IntoIterator<Item = Self>, separator: &str) -> Self {
        let mut words = Self::new();
        for (position, item) in items.into_iter().enumerate() {
            if position > 0 {
                words = words.text(separator);
            }
            words = words.and(item);
        }
        words
    }

    /// Without any markup, for a title.
    pub(crate) fn plain(&self) -> String {
        let plain = |inline: &Inline| match inline {
            Inline::Text(text) | Inline::Foreign(text) | Inline::Code(text) => text.clone(),
            Inline::Strong(words) | Inline::Link(words, _) => words.plain(),
        };
        self.0.iter().map(plain).collect()
    }
}

impl<T: Into<String>> From<T> for Words {
    fn from(text: T) -> Self {
        Self::new().text(text)
    }
}
