//! Where output goes, what colours it, and what the exit code of a run is.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use anyhow::anyhow;
use cargo_io_optimize::exit::ExitCode;
use cargo_io_optimize::interrupt::Interrupt;
use cargo_io_optimize::shell::{Color, Shell, Verbosity};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Failing(io::ErrorKind);

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn everything(verbosity: Verbosity, color: bool) -> (String, String) {
    let (out, err) = (Sink::default(), Sink::default());
    let shell =
        Shell::to(Box::new(out.clone()), Box::new(err.clone()), verbosity).with_color(color, color);
    shell.data("\u{1b}[1mdata\u{1b}[0m\n").unwrap();
    shell.status("Read", "3 files");
    shell.say("said");
    shell.detail("detail");
    shell.warn("odd");
    shell.error(&anyhow!("no space left on device").context("could not write report.md"));
    (out.text(), err.text())
}

#[test]
fn data_and_talk_go_apart() {
    let (out, err) = everything(Verbosity::Verbose, false);
    assert_eq!(out, "data\n");
    let expected = "        Read 3 files\nsaid\ndetail\nwarning: odd\n\
        error: could not write report.md: no space left on device\n";
    assert_eq!(err, expected);
}

#[test]
fn quiet_leaves_data_and_errors() {
    let (out, err) = everything(Verbosity::Quiet, false);
    assert_eq!(out, "data\n");
    assert_eq!(
        err,
        "error: could not write report.md: no space left on device\n"
    );
    assert!(!everything(Verbosity::Normal, false).1.contains("detail"));
}

#[test]
fn colour_is_passed_on_when_asked_for() {
    let (out, err) = everything(Verbosity::Normal, true);
    assert_eq!(out, "\u{1b}[1mdata\u{1b}[0m\n");
    assert!(err.contains("\u{1b}["), "{err:?}");
}

#[test]
fn colour_follows_the_flag_then_cargo() {
    for (flag, variable, expected) in [
        (None, None, Color::Auto),
        (None, Some("always"), Color::Always),
        (None, Some("never"), Color::Never),
        (None, Some("auto"), Color::Auto),
        (None, Some("purple"), Color::Auto),
        (Some(Color::Never), Some("always"), Color::Never),
        (Some(Color::Auto), Some("always"), Color::Auto),
    ] {
        assert_eq!(
            Color::resolve(flag, variable),
            expected,
            "{flag:?} {variable:?}"
        );
    }
}

#[test]
fn a_closed_pipe_is_success_and_a_full_disk_is_not() {
    let data_to = |kind| {
        Shell::to(
            Box::new(Failing(kind)),
            Box::new(io::sink()),
            Verbosity::Normal,
        )
        .data("data")
    };
    assert!(data_to(io::ErrorKind::BrokenPipe).is_ok());
    let error = data_to(io::ErrorKind::StorageFull).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "could not write to stdout: no storage space"
    );
}

#[test]
fn talk_that_nobody_reads_is_dropped() {
    let closed = Box::new(Failing(io::ErrorKind::BrokenPipe));
    Shell::to(Box::new(io::sink()), closed, Verbosity::Normal).say("said");
}

#[test]
fn exit_codes_are_stable_and_ordered() {
    use ExitCode::{BackedOut, Done, Failed, Findings, Interrupted};
    let numbers = [Done, Findings, Failed, BackedOut, Interrupted].map(ExitCode::number);
    assert_eq!(numbers, [0, 1, 2, 3, 130]);
    for (one, other, expected) in [
        (Done, Done, Done),
        (Done, Findings, Findings),
        (Findings, BackedOut, BackedOut),
        (BackedOut, Failed, Failed),
        (Findings, Failed, Failed),
        (Failed, Interrupted, Interrupted),
    ] {
        assert_eq!(one.and(other), expected);
        assert_eq!(other.and(one), expected);
    }
}

#[test]
fn an_interrupt_is_seen_by_every_clone() {
    let interrupt = Interrupt::default();
    let clone = interrupt.clone();
    assert!(clone.check().is_ok());
    assert!(!interrupt.raise(), "it was down");
    assert!(clone.is_raised() && clone.check().is_err());
    assert!(clone.raise(), "it was up");
}
