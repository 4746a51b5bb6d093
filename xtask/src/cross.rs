//! The runtime crate on the systems that this one is not: type-checked and linted for macOS, tested for Windows under Wine.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;

use crate::project;

/// Type-checks the runtime crate for macOS, lints it there and for Windows, and runs its tests for Windows under Wine.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask cross", bin_name = "cargo xtask cross")]
pub(crate) struct Options {
    /// A compiler that has the sources of its standard library, which is built along.
    #[arg(long, default_value = "/usr/bin/rustc")]
    rustc: PathBuf,
    /// A Clippy of that same compiler; without one nothing is linted.
    #[arg(long, default_value = "/usr/bin/clippy-driver")]
    clippy: PathBuf,
    /// Only type-check and lint, for Windows too.
    #[arg(long)]
    check: bool,
}

const MACOS: [&str; 2] = ["x86_64-apple-darwin", "aarch64-apple-darwin"];
const WINDOWS: &str = "x86_64-pc-windows-gnu";
const LINKER: &str = "x86_64-w64-mingw32-gcc";
const INSTALL: &str =
    "on Debian: apt-get install rustc-web rust-web-src rust-web-clippy gcc-mingw-w64-x86-64 wine64";
/// Windows has this library since version 8, Wine since version 9; programs of Rust draw random numbers by it.
const RANDOM: &str = "
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
    return SystemFunction036(data, (ULONG)size);
}
";
/// The one lint that is left out takes what `thread_local!` expands to on Windows for something else than the constant
/// that the source gives.
const CLIPPY_ARGUMENTS: &str =
    "-Dwarnings__CLIPPY_HACKERY__-Aclippy::missing_const_for_thread_local__CLIPPY_HACKERY__";
/// What a passing run leaves open, as it was found with Wine 8.0.
const NOT_SHOWN: [&str; 6] = [
    "progress and cancelling within CopyFileExW: Wine does not call back",
    "block clones of ReFS and Dev Drives: Wine has no such volume, so that they are only refused",
    "what CopyFileExW keeps besides contents: alternate streams, attributes, times",
    "what CopyFileExW leaves after an error or a cancel in its middle",
    "ACLs, compressed and encrypted files, network shares, file systems without file numbers",
    "speed, and what a loss of power leaves",
];

/// Checks and tests, and prints what that shows and what it does not.
///
/// # Errors
/// If a program is missing, the crate does not compile for one of the systems, or a test fails.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let compiler = version(&options.rustc, "--version")?;
    ensure_sources(&options.rustc)?;
    let clippy = clippy_of(&options.clippy, &compiler);
    let driver = clippy.is_ok().then_some(options.clippy.as_path());
    for target in MACOS {
        check(root, options, target, driver)?;
    }
    if options.check || driver.is_some() {
        check(root, options, WINDOWS, driver)?;
    }
    let linted = match clippy {
        Ok(version) => format!(
            "linted with {version}, for {} and {WINDOWS}: no warning",
            MACOS.join(", ")
        ),
        Err(why) => format!("SKIPPED: nothing was linted: {why}"),
    };
    if options.check {
        eprintln!("type-checked for macOS and Windows with {compiler}; nothing was run");
        eprintln!("{linted}");
        return Ok(());
    }
    version(Path::new(LINKER), "--version")?;
    let wine = version(Path::new("wine"), "--version")?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let prefix = prepare_wine(&target.join("cross"))?;
    let counts = test(root, options, &prefix)?;

    eprintln!(
        "type-checked with {compiler}, tests included, nothing run: {}",
        MACOS.join(", ")
    );
    eprintln!("{linted}");
    eprintln!(
        "{WINDOWS} under {wine}: {} tests passed, {} failed, {} ignored, in {} programs",
        counts.passed, counts.failed, counts.ignored, counts.programs
    );
    eprintln!("not shown by this:");
    for what in NOT_SHOWN {
        eprintln!("- {what}");
    }
    ensure!(
        counts.failed == 0 && counts.programs > 0 && counts.succeeded,
        "the tests for Windows did not pass: see above"
    );
    Ok(())
}

/// The first line of what a program says of itself.
fn version(program: &Path, argument: &str) -> Result<String> {
    let output = Command::new(program)
        .arg(argument)
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("could not start `{}`; {INSTALL}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn ensure_sources(rustc: &Path) -> Result<()> {
    let sysroot = sysroot_of(rustc)?;
    let sources = sysroot.join("lib/rustlib/src/rust/library/std");
    ensure!(
        sources.is_dir(),
        "`{}` has no sources of the standard library in {}; {INSTALL}",
        rustc.display(),
        sources.display()
    );
    Ok(())
}

fn sysroot_of(rustc: &Path) -> Result<PathBuf> {
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .output()
        .with_context(|| format!("could not start `{}`; {INSTALL}", rustc.display()))?;
    Ok(PathBuf::from(
        String::from_utf8_lossy(&output.stdout).trim(),
    ))
}

/// Cargo with that compiler, which is a stable one that is to build its standard library.
fn cargo(root: &Path, options: &Options, task: &str, std: &str, target: &str) -> Command {
    let mut cargo = project::cargo();
    cargo
        .current_dir(root)
        .env("RUSTC", &options.rustc)
        .env("RUSTC_BOOTSTRAP", "1")
        .args([task, "--locked", "--package", "io-optimize"])
        .args(["--all-features", std, "--target", target]);
    cargo
}

/// What Clippy says of its version, or why it cannot be used.
fn clippy_of(clippy: &Path, compiler: &str) -> Result<String> {
    let said = version(clippy, "--version")?;
    ensure!(
        is_clippy_of(&said, compiler),
        "`{}` says `{said}`, and reads only what its own compiler wrote, not `{compiler}`; {INSTALL}",
        clippy.display()
    );
    Ok(said)
}

/// `clippy 0.1.96 (…)` belongs to `rustc 1.96.0 (…)`.
fn is_clippy_of(clippy: &str, compiler: &str) -> bool {
    let number = |text: &str, place: usize| {
        let version = text.split(' ').nth(1)?;
        version.split('.').nth(place)?.parse::<u32>().ok()
    };
    let of_clippy = number(clippy, 2);
    of_clippy.is_some() && of_clippy == number(compiler, 1)
}

/// Type-checks the crate and its tests, by Clippy where there is one, of which every warning is an error.
fn check(root: &Path, options: &Options, target: &str, clippy: Option<&Path>) -> Result<()> {
    let what = clippy.map_or("type-check", |_| "type-check and lint");
    eprintln!("> {what} for {target}");
    let mut cargo = cargo(root, options, "check", "-Zbuild-std=std,test", target);
    if target != WINDOWS {
        // The standard library is not even translated; that for Windows serves the tests too.
        cargo.env("RUSTFLAGS", "-Zno-codegen");
    }
    if let Some(clippy) = clippy {
        // As `cargo clippy` does, which would ask rustup for a driver.
        cargo
            .env("RUSTC_WORKSPACE_WRAPPER", clippy)
            .env("CLIPPY_ARGS", CLIPPY_ARGUMENTS);
    }
    let status = cargo
        .args(["--lib", "--tests"])
        .status()
        .context("could not start cargo")?;
    ensure!(status.success(), "the crate does not pass for {target}");
    Ok(())
}

/// A configuration of Wine for these tests alone, with the library that it may lack.
fn prepare_wine(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    let prefix = folder.join("wine");
    let system = prefix.join("drive_c/windows/system32");
    if !system.is_dir() {
        eprintln!("> set up Wine in {}", prefix.display());
        // Its exit status tells of parts that are not needed here.
        let _ = wine_environment(Command::new("wine").args(["wineboot", "--init"]), &prefix)
            .stderr(Stdio::null())
            .status()
            .context("could not start wine")?;
        ensure!(system.is_dir(), "Wine made no {}", system.display());
    }
    let (source, library) = (folder.join("random.c"), system.join("bcryptprimitives.dll"));
    if !library.exists() {
        fs::write(&source, RANDOM)
            .with_context(|| format!("could not write {}", source.display()))?;
        let status = Command::new(LINKER)
            .arg("-shared")
            .arg("-o")
            .args([&library, &source])
            .arg("-ladvapi32")
            .status()
            .with_context(|| format!("could not start {LINKER}"))?;
        ensure!(status.success(), "{LINKER} made no {}", library.display());
    }
    Ok(prefix)
}

fn wine_environment<'a>(command: &'a mut Command, prefix: &Path) -> &'a mut Command {
    command
        .env("WINEPREFIX", prefix)
        .env("WINEDEBUG", "-all")
        // No window that asks whether to download them.
        .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
}

#[derive(Default)]
struct Counts {
    programs: u64,
    passed: u64,
    failed: u64,
    ignored: u64,
    succeeded: bool,
}

/// Builds the tests and runs them under Wine, their output going through.
fn test(root: &Path, options: &Options, prefix: &Path) -> Result<Counts> {
    eprintln!("> tests for {WINDOWS}");
    let mut cargo = cargo(
        root,
        options,
        "test",
        "-Zbuild-std=std,panic_abort",
        WINDOWS,
    );
    let mut running = wine_environment(&mut cargo, prefix)
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", "wine")
        .args(["--lib", "--tests", "--no-fail-fast"])
        .stdout(Stdio::piped())
        .spawn()
        .context("could not start cargo")?;
    let Some(output) = running.stdout.take() else {
        bail!("cargo has no output");
    };
    let mut counts = Counts::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("could not read what cargo prints")?;
        let line = String::from_utf8_lossy(&line);
        eprintln!("{}", line.trim_end());
        counts.add(&line);
    }
    counts.succeeded = running.wait().context("cargo was lost")?.success();
    Ok(counts)
}

impl Counts {
    /// Takes in `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some((_, line)) = line.split_once("test result: ") else {
            return;
        };
        self.programs += 1;
        let words: Vec<&str> = line
            .split([' ', ';', '.'])
            .filter(|it| !it.is_empty())
            .collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u64>() else {
                continue;
            };
            match pair[1] {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clippy_of_another_compiler_is_not_used() {
        let compiler = "rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)";
        assert!(is_clippy_of("clippy 0.1.96", compiler));
        assert!(is_clippy_of(
            "clippy 0.1.96 (ac68faa20 2026-05-25)",
            compiler
        ));
        assert!(!is_clippy_of(
            "clippy 0.1.95 (59807616e1 2026-04-14)",
            compiler
        ));
        assert!(!is_clippy_of("", compiler));
        assert!(!is_clippy_of("clippy", ""));
    }

    #[test]
    fn results_are_summed() {
        let mut counts = Counts::default();
        counts.add("running 3 tests");
        counts.add("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.12s\r");
        counts.add("test result: FAILED. 40 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 7.12s");
        let (passed, failed, ignored) = (counts.passed, counts.failed, counts.ignored);
        assert_eq!((counts.programs, passed, failed, ignored), (2, 43, 2, 1));
    }
}
