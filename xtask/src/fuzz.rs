//! Arbitrary and mutated source text through the analysis: it neither panics nor hangs, and what it reports lies in the text.

mod inputs;

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process;
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use analyze::{Analysis, CrateInput, Loader};
use anyhow::{Result, ensure};
use clap::Parser;
use model::TargetKind;

/// Feeds arbitrary token streams and mutated real files to the analysis.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask fuzz", bin_name = "cargo xtask fuzz")]
pub(crate) struct Options {
    /// How many.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) inputs: u64,
    /// The same seed makes the same inputs.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// So many are analysed together, as targets of one workspace: that is faster, and they may call each other.
const BATCH: u64 = 32;
/// An input of a few kilobytes that takes longer, on a machine that does other things too, hangs.
const TOO_LONG: Duration = Duration::from_secs(60);

struct Files(BTreeMap<String, Vec<u8>>);

impl Loader for Files {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.get(path).cloned())
    }
}

/// Feeds inputs to the analysis.
///
/// # Errors
/// If one makes it panic; it is printed.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let seeds = inputs::Seeds::of(root)?;
    let started = Instant::now();
    let current = Arc::new(Mutex::new((Instant::now(), Vec::new())));
    watch(Arc::downgrade(&current));
    let told = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let (mut done, mut parsed, mut findings, mut failed) = (0, 0, 0, 0);
    for batch in 0.. {
        if done >= options.inputs {
            break;
        }
        let mut random = fastrand::Rng::with_seed(options.seed ^ (batch << 20));
        let count = BATCH.min(options.inputs - done);
        let texts: Vec<Vec<u8>> = (0..count).map(|_| seeds.input(&mut random)).collect();
        if let Ok(mut current) = current.lock() {
            *current = (Instant::now(), texts.clone());
        }
        match caught(&texts) {
            Ok((files, found)) => {
                parsed += files;
                findings += found;
            }
            Err(reason) => {
                let alone = texts
                    .iter()
                    .find_map(|text| Some((text, caught(std::slice::from_ref(text)).err()?)));
                let (shown, reason) = match alone {
                    Some((text, reason)) => (String::from_utf8_lossy(text).into_owned(), reason),
                    None => (format!("only together: batch {batch}"), reason),
                };
                eprintln!("PANIC {reason} in:\n{shown}\n");
                failed += 1;
            }
        }
        done += count;
        if batch % 4096 == 4095 {
            eprintln!("{done} inputs, {:.0} s", started.elapsed().as_secs_f64());
        }
    }
    panic::set_hook(told);
    eprintln!(
        "{done} inputs of seed {}: {failed} panics, no hang, {parsed} parsed, {findings} findings, {:.0} s",
        options.seed,
        started.elapsed().as_secs_f64()
    );
    ensure!(failed == 0, "the analysis panicked");
    Ok(())
}

/// Ends the process when one batch does not end, as long as there are batches: the caller holds what is watched.
fn watch(current: Weak<Mutex<(Instant, Vec<Vec<u8>>)>>) {
    thread::spawn(move || {
        loop {
            thread::sleep(Duration::from_secs(1));
            let Some(current) = current.upgrade() else {
                return;
            };
            let Ok(current) = current.lock() else { return };
            if current.0.elapsed() > TOO_LONG {
                eprintln!("HANG in one of:");
                for text in &current.1 {
                    eprintln!("{}\n--", String::from_utf8_lossy(text));
                }
                process::exit(1);
            }
        }
    });
}

fn caught(texts: &[Vec<u8>]) -> Result<(usize, usize), String> {
    panic::catch_unwind(AssertUnwindSafe(|| analyse(texts))).map_err(|panic| message(&*panic))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
        .to_owned()
}

/// How many were parsed, and how much was found in them.
fn analyse(texts: &[Vec<u8>]) -> (usize, usize) {
    let named = texts.iter().enumerate();
    let files: BTreeMap<String, Vec<u8>> = named
        .map(|(number, text)| (format!("{number}.rs"), text.clone()))
        .collect();
    let crates: Vec<CrateInput> = files.keys().map(|path| target(path)).collect();
    let analysis = Analysis::load(&crates, &[], &Files(files), Path::new("/"));
    let outcome = analysis.run(&[]);
    let sources = analysis.sources();
    for finding in &outcome.findings {
        let related = finding.related.iter().map(|label| label.span);
        let evidence = finding.evidence.iter().filter_map(|one| one.span);
        let fixes = finding.suggestion.iter().chain(&finding.alternatives);
        let edits = fixes.flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        // Panics where a place does not lie on characters of its text.
        let places = related.chain(evidence).chain(edits).chain([finding.span]);
        places.for_each(|span| {
            let _ = sources.text(span);
        });
    }
    (sources.files.len(), outcome.findings.len())
}

fn target(path: &str) -> CrateInput {
    CrateInput {
        package: "fuzzed".to_owned(),
        name: "fuzzed".to_owned(),
        kind: TargetKind::Library,
        rust_version: None,
        root: path.to_owned(),
        dependencies: Vec::new(),
        features: Vec::new(),
        selected: true,
    }
}
