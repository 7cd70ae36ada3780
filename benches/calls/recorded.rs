//! Recorded calls at once, from INVITE to the WAV file: every call sends a tone as A-law, 50 packets a second, and what stands
//! in the recordings is counted against what left.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::load::{Load, QUICK_LINE};
use crate::server::Server;
use crate::talkers::Talkers;

/// New calls a second while the load is built up.
const RAMP: u32 = 300;
/// Prompt and beep before the recording begins are over by then.
const SETTLE: Duration = Duration::from_secs(3);
/// Samples of 20 ms.
const FRAME: usize = 160;
/// Below this mean a recorded frame is a gap.
const LOUD: u64 = 1_000;

pub fn run(server: &Server, load: &mut Load, calls: usize, length: Duration) {
    let before = files(&server.recordings());
    let set_up = Duration::from_secs_f64(calls as f64 / f64::from(RAMP));
    let mut talkers = Talkers::new();
    let cpu = server.cpu_seconds();
    let mut measured: Option<(Instant, f64, u64)> = None;
    let started = Instant::now();
    let tally = load.hold_open(QUICK_LINE, calls, RAMP, set_up + SETTLE + length, &mut |now, media| {
        talkers.send(now, media);
        if measured.is_none() && started.elapsed() > set_up + SETTLE {
            measured = Some((now, server.cpu_seconds(), talkers.sent));
        }
    });
    let (since, cpu_then, sent_then) = measured.unwrap_or((started, cpu, 0));
    let took = since.elapsed().as_secs_f64();
    let share = (server.cpu_seconds() - cpu_then) / took * 100.0;
    let rate = (talkers.sent - sent_then) as f64 / took;
    // The last headers are written when the calls have ended.
    std::thread::sleep(Duration::from_secs(2));
    let found = inspect(&server.recordings(), before);
    println!(
        "recorded at once: {calls:>5} offered, {:>5} answered, {:>7.0} packets/s in, server CPU {share:>3.0} %, {:>3.0} MB; \
         {} WAV files, {:.1} s each, frames lost {:.3} %, not whole {}",
        tally.answered,
        rate,
        server.rss_mb(),
        found.files,
        found.seconds / found.files.max(1) as f64,
        found.gaps as f64 * 100.0 / found.frames.max(1) as f64,
        found.broken,
    );
}

#[derive(Default)]
struct Found {
    files: u64,
    broken: u64,
    frames: u64,
    gaps: u64,
    seconds: f64,
}

/// Opens every recording that was not there before; a frame in which the tone is missing was lost.
fn inspect(folder: &Path, before: Vec<std::path::PathBuf>) -> Found {
    let mut found = Found::default();
    for path in files(folder).into_iter().filter(|path| !before.contains(path)) {
        found.files += 1;
        let samples: Option<Vec<i16>> = hound::WavReader::open(&path)
            .ok()
            .and_then(|wav| wav.into_samples().collect::<Result<_, _>>().ok());
        let Some(samples) = samples.filter(|samples| !samples.is_empty()) else {
            found.broken += 1;
            continue;
        };
        found.seconds += samples.len() as f64 / 8_000.0;
        // The first and the last frame may be cut.
        let frames: Vec<&[i16]> = samples.chunks_exact(FRAME).collect();
        for frame in frames.iter().skip(5).take(frames.len().saturating_sub(10)) {
            found.frames += 1;
            let sum: u64 = frame.iter().map(|s| u64::from(s.unsigned_abs())).sum();
            found.gaps += u64::from(sum < LOUD * FRAME as u64);
        }
    }
    found
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] })
        .collect()
}
