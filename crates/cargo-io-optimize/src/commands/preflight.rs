//! `preflight`: what the host and the file system behind a directory can do, and how fast.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use model::{Capability, DirectIo, Environment, HostFigures};

use crate::interrupt::Interrupt;
use crate::request::{HostFormat, PreflightRequest};
use crate::shell::Shell;

pub(super) fn run(request: &PreflightRequest, shell: &Shell, interrupt: &Interrupt) -> Result<()> {
    let options = &request.options;
    let directory = options.directory.as_deref().unwrap_or(Path::new("."));
    let environment = measure::preflight(directory)?;
    if request.format == HostFormat::Human {
        // What takes no time is there at once.
        shell.data(&text(&environment))?;
    }
    let progress = shell.progress("measuring");
    let figures = measure::host(
        &measure::Options {
            directory: directory.to_owned(),
            // Who asks for the host's figures wants these, not old ones.
            cache_directory: None,
            budget: options.budget,
            size_hint: None,
            environment: &environment,
            interrupted: interrupt.flag(),
        },
        &mut |what| progress.set_message(format!("measuring {what}")),
    );
    drop(progress);
    interrupt.check()?;
    match request.format {
        HostFormat::Human => shell.data(&measured(&figures)),
        HostFormat::Json => shell.data(&report::host_json(&environment, &figures)),
    }
}

/// What was measured, and what follows from it.
fn measured(host: &HostFigures) -> String {
    let mut text = String::new();
    let table = report::host_table(host);
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max();
    let (first, second) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
    if !table.is_empty() {
        text += "\nMedian [quartiles] here\n";
    }
    for [name, time, rate] in &table {
        let _infallible = writeln!(text, "{name:<first$}  {time:<second$}  {rate}");
    }
    for (heading, clauses) in [
        ("What limits", report::host_limits(host)),
        (
            "What pays: median ratio [95 % interval]",
            report::host_advice(host),
        ),
        ("Not measured", host.notes.clone()),
    ] {
        if !clauses.is_empty() {
            let _infallible = writeln!(text, "\n{heading}");
        }
        for clause in clauses {
            let _infallible = writeln!(text, "- {clause}");
        }
    }
    text
}

fn text(environment: &Environment) -> String {
    let file_system = &environment.file_system;
    let memory = match environment.memory_limit_bytes {
        Some(limit) => {
            format!(
                "{}, of which this process may use {}",
                known(environment.memory_bytes),
                size(limit)
            )
        }
        None => known(environment.memory_bytes),
    };
    let network = if file_system.network {
        ", over the network"
    } else {
        ""
    };
    let rows = [
        (
            "System",
            format!("{}, {}", environment.system, environment.architecture),
        ),
        (
            "Processor",
            format!(
                "{}, {} usable",
                environment.processor,
                cores(environment.cores)
            ),
        ),
        ("Memory", memory),
        (
            "Load",
            environment
                .load_hundredths
                .map_or("not known".to_owned(), |load| {
                    format!("{:.2} in the last minute", f64::from(load) / 100.0)
                }),
        ),
        ("Page size", known(u64::from(environment.page_bytes))),
        ("io_uring", capability(&environment.io_uring)),
        ("Directory", file_system.directory.clone()),
        ("File system", format!("{}{network}", file_system.kind)),
        (
            "Mounted at",
            format!("{} from {}", file_system.mount_point, file_system.device),
        ),
        (
            "Available",
            file_system
                .available_bytes
                .map_or("not known".to_owned(), size),
        ),
        ("reflink", capability(&file_system.reflink)),
        ("copy_file_range", capability(&file_system.copy_file_range)),
        ("O_DIRECT", direct(&file_system.direct_io)),
    ];
    let mut text = String::new();
    for (name, value) in rows {
        // A mount point may be named with control characters; a terminal is not to obey them.
        let value: String = value
            .chars()
            .map(|it| if it.is_control() { '\u{fffd}' } else { it })
            .collect();
        let _infallible = writeln!(text, "{name:<15}  {value}");
    }
    text
}

fn direct(direct: &DirectIo) -> String {
    let mut text = capability(&direct.capability);
    for (what, alignment) in [
        ("memory", direct.memory_alignment),
        ("offset", direct.offset_alignment),
    ] {
        if let Some(bytes) = alignment {
            let _infallible = write!(text, ", {what} aligned to {bytes} B");
        }
    }
    text
}

fn capability(capability: &Capability) -> String {
    match capability {
        Capability::Supported => "works".to_owned(),
        Capability::Refused(reason) => format!("refused: {reason}"),
        Capability::Unknown(reason) => format!("not known: {reason}"),
    }
}

fn cores(count: u32) -> String {
    if count == 1 {
        "1 core".to_owned()
    } else {
        format!("{count} cores")
    }
}

/// The size of something that is not told where it is 0.
fn known(bytes: u64) -> String {
    if bytes == 0 {
        "not known".to_owned()
    } else {
        size(bytes)
    }
}

/// Bytes in the largest power of 1024 below them.
fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1 << 40, "TiB"),
        (1 << 30, "GiB"),
        (1 << 20, "MiB"),
        (1 << 10, "KiB"),
    ];
    match UNITS.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) if bytes.is_multiple_of(unit) => format!("{} {name}", bytes / unit),
        Some((unit, name)) => {
            let tenths = u128::from(bytes) * 10 / u128::from(unit);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (4096, "4 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 30) - 1, "1023.9 MiB"),
            (8 << 30, "8 GiB"),
            (u64::MAX, "16777215.9 TiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn what_is_refused_says_why() {
        let direct_io = DirectIo {
            capability: Capability::Refused("Invalid argument".to_owned()),
            memory_alignment: Some(512),
            offset_alignment: None,
        };
        assert_eq!(
            direct(&direct_io),
            "refused: Invalid argument, memory aligned to 512 B"
        );
        assert_eq!(
            capability(&Capability::Unknown("no memory".into())),
            "not known: no memory"
        );
    }

    #[test]
    fn every_line_names_what_it_is() {
        let environment = measure::preflight(&std::env::temp_dir()).unwrap();
        let text = text(&environment);
        assert_eq!(text.lines().count(), 13, "{text}");
        assert!(text.lines().all(|line| line.len() > 17), "{text}");
    }
}
