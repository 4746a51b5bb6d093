//! Times of the simplest things.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use model::{Cache, HostFigure, HostWork, WorkloadId};
use serde::{Deserialize, Serialize};

use crate::cache::{self, Key};
use crate::cold::Inputs;
use crate::data;
use crate::preflight::memory_left;
use crate::run::Options;
use crate::sampling::Stop;
use crate::scratch;
use crate::statistics::Random;

/// Length of the files, and of the memory that is copied, in bytes: more than caches of processors hold.
const LENGTH: u64 = 64 << 20;
/// Bytes of a random read and of an append.
const BLOCK: usize = 4096;
/// Reads and calls that one sample is made of, where one alone is too short to be timed.
const CALLS: u32 = 1000;
const RANDOM_READS: u32 = 64;
/// Samples of each thing.
const SAMPLES: usize = 15;
const LEAST_SAMPLES: usize = 3;

/// One thing to be timed.
struct Probe<'a> {
    work: HostWork,
    bytes: u64,
    cache: Option<Cache>,
    /// Times it once: the time, and how often it was done in that.
    once: Box<dyn FnMut() -> io::Result<(Duration, u32)> + 'a>,
}

/// The figures, and what there is to say of those that are missing; those that an earlier run kept, if it did.
pub(super) fn figures(
    options: &Options<'_>,
    stop: Stop<'_>,
    progress: &mut dyn FnMut(&'static str),
) -> (Vec<HostFigure>, Vec<String>) {
    let id = WorkloadId::new(super::RULE, "figures");
    let key = Key::new(id, &[length(options)], options.environment);
    if let Some(directory) = &options.cache_directory
        && let Some((rows, note)) = cache::fetch::<Row>(directory, &key)
    {
        let figures = rows.into_iter().filter_map(Row::figure).collect();
        return (figures, note.into_iter().collect());
    }
    let (figures, notes) = take(options, stop, progress);
    if let Some(directory) = &options.cache_directory
        && !figures.is_empty()
        && !stop.is_interrupted()
    {
        let rows = figures.iter().map(Row::new).collect();
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        // A cache that cannot be written is no cache.
        let _unkept = cache::keep(directory, &key, rows, note.as_deref());
    }
    (figures, notes)
}

/// A figure as it is kept.
#[derive(Serialize, Deserialize)]
struct Row {
    work: String,
    bytes: u64,
    cold: Option<bool>,
    time_ns: u64,
    quartiles_ns: (u64, u64),
    samples: u32,
}

impl Row {
    fn new(figure: &HostFigure) -> Self {
        Self {
            work: figure.work.name().to_owned(),
            bytes: figure.bytes,
            cold: figure.cache.map(|cache| cache == Cache::Cold),
            time_ns: figure.time_ns,
            quartiles_ns: figure.quartiles_ns,
            samples: figure.samples,
        }
    }

    fn figure(self) -> Option<HostFigure> {
        let mut all = HostWork::ALL.into_iter();
        let cache = |cold| if cold { Cache::Cold } else { Cache::Warm };
        Some(HostFigure {
            work: all.find(|work| work.name() == self.work)?,
            bytes: self.bytes,
            cache: self.cold.map(cache),
            time_ns: self.time_ns,
            quartiles_ns: self.quartiles_ns,
            samples: self.samples,
        })
    }
}

fn take(
    options: &Options<'_>,
    stop: Stop<'_>,
    progress: &mut dyn FnMut(&'static str),
) -> (Vec<HostFigure>, Vec<String>) {
    let length = length(options);
    let made = scratch::create(&options.directory).and_then(|scratch| {
        let source = data::source(scratch.path(), length)?;
        Ok((scratch, source))
    });
    let (scratch, source) = match made {
        Ok(made) => made,
        Err(error) => {
            return (
                Vec::new(),
                vec![format!("no figures of the host: {error:#}")],
            );
        }
    };
    let mut notes = Vec::new();
    let mut figures = Vec::new();
    let mut probes = match probes(scratch.path(), &source, length) {
        Ok(probes) => probes,
        Err(error) => {
            notes.push(format!("no figures of the host: {error}"));
            Vec::new()
        }
    };
    let count = probes.len();
    for (index, probe) in probes.iter_mut().enumerate() {
        progress(probe.work.name());
        let share = Stop {
            deadline: Instant::now() + stop.remaining() / (count - index) as u32,
            ..stop
        };
        match sample(probe, share) {
            Ok(Some(figure)) => figures.push(figure),
            Ok(None) => notes.push(format!("{}: interrupted", probe.work.name())),
            Err(error) => notes.push(format!("{}: {error}", probe.work.name())),
        }
    }
    figures.sort_by_key(|figure| (figure.work, figure.cache));
    drop(probes);
    let path = scratch.path().to_owned();
    if let Err(error) = scratch.close() {
        notes.push(format!(
            "cannot remove {} (remove it by hand): {error}",
            path.display()
        ));
    }
    (figures, notes)
}

/// Bytes that fit into what is there: two files and the memory for them.
fn length(options: &Options<'_>) -> u64 {
    let environment = options.environment;
    let told = [
        environment.file_system.available_bytes,
        environment.memory_limit_bytes,
        memory_left(),
    ];
    let room = told.into_iter().flatten().min().unwrap_or(u64::MAX) / 8;
    LENGTH.min(1 << room.max(1).ilog2())
}

fn sample(probe: &mut Probe<'_>, stop: Stop<'_>) -> io::Result<Option<HostFigure>> {
    let mut times: Vec<u64> = Vec::new();
    while times.len() < SAMPLES && !(stop.remaining().is_zero() && times.len() >= LEAST_SAMPLES) {
        if stop.is_interrupted() {
            return Ok(None);
        }
        let (time, count) = (probe.once)()?;
        times.push(u64::try_from(time.as_nanos() / u128::from(count.max(1))).unwrap_or(u64::MAX));
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 4];
    Ok(Some(HostFigure {
        work: probe.work,
        bytes: probe.bytes,
        cache: probe.cache,
        time_ns: at(2),
        quartiles_ns: (at(1), at(3)),
        samples: u32::try_from(times.len()).unwrap_or(u32::MAX),
    }))
}

fn probes<'a>(directory: &Path, source: &'a Path, length: u64) -> io::Result<Vec<Probe<'a>>> {
    let cold = lets_go(directory)?;
    let inputs = std::rc::Rc::new(Inputs::below(directory)?);
    let target = directory.join("target");
    let mut probes = vec![
        memory_copy(length),
        system_call(source)?,
        Probe {
            work: HostWork::SequentialRead,
            bytes: length,
            cache: Some(Cache::Warm),
            once: Box::new(|| timed(|| read_through(source))),
        },
        {
            let target = target.clone();
            let bytes = data::noise(length);
            writing(HostWork::SequentialWrite, bytes, target, |_| Ok(()))
        },
        {
            let target = target.clone();
            let bytes = data::noise(length);
            writing(HostWork::SynchronisedWrite, bytes, target, File::sync_all)
        },
        {
            let target = target.clone();
            Probe {
                work: HostWork::Copy,
                bytes: length,
                cache: Some(Cache::Warm),
                once: Box::new(move || {
                    let time = timed(|| fs::copy(source, &target))?;
                    fs::remove_file(&target)?;
                    Ok(time)
                }),
            }
        },
        random_read(source, length, Cache::Warm, None)?,
        synchronised_append(target)?,
    ];
    if cold {
        let evicted = inputs.clone();
        probes.push(Probe {
            work: HostWork::SequentialRead,
            bytes: length,
            cache: Some(Cache::Cold),
            once: Box::new(move || {
                evicted.evict()?;
                timed(|| read_through(source))
            }),
        });
        probes.push(random_read(source, length, Cache::Cold, Some(inputs))?);
    }
    Ok(probes)
}

/// Whether files here leave the page cache. Tried with another file than the one that is measured: what is read again after it
/// was looked at lies in smaller pieces in the page cache, and takes up to three times as long to be read from there.
fn lets_go(directory: &Path) -> io::Result<bool> {
    let directory = directory.join("tried");
    fs::create_dir(&directory)?;
    data::source(&directory, BLOCK as u64)?;
    let cold = Inputs::below(&directory)?.can_be_evicted()?;
    fs::remove_dir_all(&directory)?;
    Ok(cold)
}

fn timed<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<(Duration, u32)> {
    let start = Instant::now();
    black_box(work()?);
    Ok((start.elapsed(), 1))
}

fn read_through(path: &Path) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 128 << 10];
    while file.read(&mut buffer)? != 0 {
        black_box(&buffer);
    }
    Ok(())
}

fn memory_copy<'a>(length: u64) -> Probe<'a> {
    let source = data::noise(length);
    // Written to before it is measured: the first write to fresh memory costs something else.
    let mut target = source.clone();
    Probe {
        work: HostWork::MemoryCopy,
        bytes: length,
        cache: None,
        once: Box::new(move || {
            timed(|| {
                target.copy_from_slice(black_box(&source));
                black_box(&target);
                Ok(())
            })
        }),
    }
}

fn system_call<'a>(source: &Path) -> io::Result<Probe<'a>> {
    let file = File::open(source)?;
    Ok(Probe {
        work: HostWork::SystemCall,
        bytes: 1,
        cache: None,
        once: Box::new(move || {
            let mut byte = [0];
            let start = Instant::now();
            for _ in 0..CALLS {
                read_at(&file, &mut byte, 0)?;
            }
            Ok((start.elapsed(), CALLS))
        }),
    })
}

fn writing<'a>(
    work: HostWork,
    bytes: Vec<u8>,
    target: std::path::PathBuf,
    end: fn(&File) -> io::Result<()>,
) -> Probe<'a> {
    Probe {
        work,
        bytes: bytes.len() as u64,
        cache: None,
        once: Box::new(move || {
            let time = timed(|| {
                let mut file = File::create(&target)?;
                for piece in bytes.chunks(128 << 10) {
                    file.write_all(piece)?;
                }
                end(&file)
            })?;
            fs::remove_file(&target)?;
            Ok(time)
        }),
    }
}

fn random_read<'a>(
    source: &Path,
    length: u64,
    cache: Cache,
    evicted: Option<std::rc::Rc<Inputs>>,
) -> io::Result<Probe<'a>> {
    let file = File::open(source)?;
    let mut random = Random::new(length);
    let blocks = (length / BLOCK as u64).max(1);
    Ok(Probe {
        work: HostWork::RandomRead,
        bytes: (BLOCK as u64).min(length),
        cache: Some(cache),
        once: Box::new(move || {
            if let Some(inputs) = &evicted {
                inputs.evict()?;
            }
            let mut block = vec![0; BLOCK];
            let start = Instant::now();
            for _ in 0..RANDOM_READS {
                read_at(&file, &mut block, random.next() % blocks * BLOCK as u64)?;
            }
            Ok((start.elapsed(), RANDOM_READS))
        }),
    })
}

fn synchronised_append<'a>(target: std::path::PathBuf) -> io::Result<Probe<'a>> {
    let path = target.with_extension("log");
    let mut file = File::create(path)?;
    let block = data::noise(BLOCK as u64);
    Ok(Probe {
        work: HostWork::Sync,
        bytes: BLOCK as u64,
        cache: None,
        once: Box::new(move || {
            timed(|| {
                file.write_all(&block)?;
                file.sync_data()
            })
        }),
    })
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(not(any(unix, windows)))]
fn read_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
    file.read(buffer)
}
