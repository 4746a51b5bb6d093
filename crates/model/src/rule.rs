//! What is known about a rule without running it.

/// The kind of work a rule is about; the command line filters by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Bytes from one place to another.
    Copy,
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// One pass over much data.
    Streaming,
    /// Reads and writes at chosen offsets.
    RandomAccess,
    /// Directory entries, attributes, existence.
    Metadata,
    /// Network file systems, where every call is a round trip.
    Network,
    /// Code that runs on an async executor.
    Async,
}

impl Operation {
    /// All operations, in the order in which they are listed to users.
    pub const ALL: [Self; 8] = [
        Self::Copy,
        Self::Read,
        Self::Write,
        Self::Streaming,
        Self::RandomAccess,
        Self::Metadata,
        Self::Network,
        Self::Async,
    ];

    /// The name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Read => "read",
            Self::Write => "write",
            Self::Streaming => "streaming",
            Self::RandomAccess => "random-access",
            Self::Metadata => "metadata",
            Self::Network => "network",
            Self::Async => "async",
        }
    }
}

/// How often a rule's findings come with a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixAvailability {
    /// Every finding has one.
    Always,
    /// Where the laws of a rewrite allow one.
    Sometimes,
    /// The rule only reports.
    None,
    /// Only onto the runtime crate.
    Runtime,
}

/// Code before and after a rule's usual rewrite.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The slow code: the rule reports it.
    pub before: &'static str,
    /// The code as it should be: the rule is silent.
    pub after: &'static str,
}

/// The sections of a rule's page, as Markdown.
#[derive(Debug, Clone, Copy)]
pub struct RuleDocs {
    /// What the rule finds.
    pub finds: &'static str,
    /// Why the pattern is slow.
    pub why_slow: &'static str,
    /// When the rewrite is not faster.
    pub when_not_faster: &'static str,
    /// What the fix changes besides speed, and so how far it may be trusted.
    pub fix_safety: &'static str,
    /// The pattern and its rewrite.
    pub example: Example,
    /// Man pages, papers and issues behind the page.
    pub references: &'static [&'static str],
}

/// Everything fixed about a rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleMeta {
    /// The rule's name, in snake case; names the pattern that is slow.
    pub name: &'static str,
    /// The operations under which the rule is selected; the first is the one findings carry.
    pub operations: &'static [Operation],
    /// One line: what is wrong with what is found.
    pub summary: &'static str,
    /// How often a fix comes with a finding.
    pub fix: FixAvailability,
    /// Whether the rule is about speed. A rule about lost errors or lost data is applied whatever is measured.
    pub about_speed: bool,
    /// The sections of its page.
    pub docs: RuleDocs,
}
