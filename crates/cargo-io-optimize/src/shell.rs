//! Everything that the command prints: data to stdout, talk to stderr.
//!
//! A reader that closes stdout has what it wants: what would follow is dropped and the run goes on as before. What cannot be
//! written to stderr is dropped too, since there is nowhere left to complain.

use std::env;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;
use clap::builder::styling::Style;
use clap_cargo::style;
use indicatif::{MultiProgress, ProgressDrawTarget};
use terminal_size::{Width, terminal_size_of};

use crate::progress::Progress;

/// Columns of output that goes to a file or a pipe.
pub const PLAIN_WIDTH: usize = 120;

type Stream = AutoStream<Box<dyn Write + Send>>;

/// How much talk goes to stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// What happens, in a few lines.
    #[default]
    Normal,
    /// Also what a person needs who wonders why.
    Verbose,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// The choice of the flag, else of `CARGO_TERM_COLOR`, else [`Color::Auto`]. A value that cargo would refuse counts as none.
    #[must_use]
    pub fn resolve(flag: Option<Self>, cargo_term_color: Option<&str>) -> Self {
        flag.or(match cargo_term_color {
            Some("always") => Some(Self::Always),
            Some("never") => Some(Self::Never),
            _ => None,
        })
        .unwrap_or_default()
    }
}

/// Where the command prints.
pub struct Shell {
    out: Mutex<Stream>,
    err: Mutex<Stream>,
    color_data: bool,
    color_talk: bool,
    width: usize,
    verbosity: Verbosity,
    bars: MultiProgress,
}

impl Shell {
    /// The shell of this process. `color` is the flag of the command line; `CARGO_TERM_COLOR`, `NO_COLOR` and the terminal decide
    /// where there is none.
    #[must_use]
    pub fn new(color: Option<Color>, verbosity: Verbosity) -> Self {
        let color = Color::resolve(color, env::var("CARGO_TERM_COLOR").ok().as_deref());
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let color_data = is_colored(color, AutoStream::choice(&stdout));
        let color_talk = is_colored(color, AutoStream::choice(&stderr));
        let target = if stderr.is_terminal() && verbosity > Verbosity::Quiet {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let width =
            terminal_size_of(&stdout).map_or(PLAIN_WIDTH, |(Width(columns), _)| columns.into());
        let mut shell = Self::to(Box::new(stdout), Box::new(stderr), verbosity);
        shell.width = width;
        shell.bars = MultiProgress::with_draw_target(target);
        shell.with_color(color_data, color_talk)
    }

    /// A shell over any two writers, without colour and without progress bars.
    #[must_use]
    pub fn to(
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
        verbosity: Verbosity,
    ) -> Self {
        Self {
            out: Mutex::new(AutoStream::never(out)),
            err: Mutex::new(AutoStream::never(err)),
            color_data: false,
            color_talk: false,
            width: PLAIN_WIDTH,
            verbosity,
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
        }
    }

    /// The same shell with escape codes passed on or stripped.
    #[must_use]
    pub fn with_color(mut self, data: bool, talk: bool) -> Self {
        self.out = recolor(self.out, data);
        self.err = recolor(self.err, talk);
        self.color_data = data;
        self.color_talk = talk;
        self
    }

    /// Whether escape codes in [`Shell::data`] reach the reader.
    #[must_use]
    pub fn colors_data(&self) -> bool {
        self.color_data
    }

    /// Columns to fill with data: those of the terminal, or [`PLAIN_WIDTH`] where there is none.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// How much talk the user wants.
    #[must_use]
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Writes to stdout, byte for byte but for stripped colours, and flushes.
    ///
    /// # Errors
    /// If stdout takes no more, for example on a full disk. A pipe closed by its reader is no error.
    pub fn data(&self, text: &str) -> anyhow::Result<()> {
        self.bars.suspend(|| {
            let mut out = lock(&self.out);
            match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
                result => result.context("could not write to stdout"),
            }
        })
    }

    /// One line of what is being done: a verb, right-aligned as cargo does, and its object.
    pub fn status(&self, verb: &str, object: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            let header = style::HEADER;
            self.talk(&format!("{header}{verb:>12}{header:#} {object}\n"));
        }
    }

    /// One line of talk.
    pub fn say(&self, line: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            self.talk(&format!("{line}\n"));
        }
    }

    /// One line of talk for `-v`.
    pub fn detail(&self, line: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            self.talk(&format!("{line}\n"));
        }
    }

    /// Something that did not go as asked, while the run goes on.
    pub fn warn(&self, message: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            self.labelled(style::WARN, "warning", message);
        }
    }

    /// Why the run ends. The causes follow in the same sentence, separated by colons.
    pub fn error(&self, error: &anyhow::Error) {
        self.labelled(style::ERROR, "error", format_args!("{error:#}"));
    }

    /// Shows that a step of work goes on, on a terminal and from the first full second on, until the value is dropped.
    #[must_use]
    pub fn progress(&self, message: impl Into<String>) -> Progress {
        Progress::start(&self.bars, message.into())
    }

    /// Whether a person can be asked something: a terminal shows what is said and takes what is typed.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether escape codes in talk reach the reader.
    #[must_use]
    pub fn colors_talk(&self) -> bool {
        self.color_talk
    }

    /// What a person has to see to be able to answer, whatever else is to be kept quiet.
    pub fn ask(&self, text: &str) {
        self.talk(text);
    }

    fn labelled(&self, style: Style, label: &str, message: impl Display) {
        self.talk(&format!("{style}{label}{style:#}: {message}\n"));
    }

    /// Why the command line is refused, as clap words it.
    pub fn usage(&self, text: &str) {
        self.talk(text);
    }

    fn talk(&self, text: &str) {
        self.bars.suspend(|| {
            let mut err = lock(&self.err);
            let _nowhere_left = err.write_all(text.as_bytes()).and_then(|()| err.flush());
        });
    }
}

fn lock(stream: &Mutex<Stream>) -> MutexGuard<'_, Stream> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

fn recolor(stream: Mutex<Stream>, color: bool) -> Mutex<Stream> {
    let raw = stream
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_inner();
    Mutex::new(if color {
        AutoStream::always(raw)
    } else {
        AutoStream::never(raw)
    })
}

fn is_colored(color: Color, automatic: ColorChoice) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => automatic != ColorChoice::Never,
    }
}
