//! One caller being recorded: what arrives goes onto the timeline, and in chunks to the writer.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::LegId;
use super::writer::{Job, RecordingId};
use crate::protocol::rtp::timeline::Timeline;
use crate::protocol::rtp::{SAMPLE_RATE, duration_of, samples_in};

/// 0.6 s: with what the timeline holds back for reordered packets, and the time between two looks at the socket, a killed process
/// loses less than a second.
const CHUNK: usize = SAMPLE_RATE as usize * 6 / 10;
/// Packets later than this are not waited for when a sender is silent.
const LATEST: Duration = Duration::from_secs(2);
/// Mean magnitude above which a packet counts as voice: -44 dB of full scale, between a quiet room and a quiet voice.
const VOICE_LEVEL: u32 = 200;

#[derive(Debug)]
pub(super) struct Recording {
    id: RecordingId,
    max: Duration,
    silence: Option<Duration>,
    failed: Arc<AtomicBool>,
    paused: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The beep is heard.
    Beeping,
    Running {
        started: Instant,
        timeline: Timeline,
        /// Samples in packets with voice.
        voice: u64,
        last_voice: Instant,
        anchored: bool,
    },
}

impl Recording {
    /// Creates the file already, so that a path that does not work is known early.
    pub(super) fn new(
        (id, leg): (RecordingId, LegId),
        path: PathBuf,
        (max, silence): (Duration, Option<Duration>),
        jobs: &mut Vec<Job>,
    ) -> Self {
        let failed = Arc::new(AtomicBool::new(false));
        jobs.push(Job::Create { id, leg, path, channels: 1, failed: failed.clone() });
        Self { id, max, silence, failed, paused: false, state: State::Beeping }
    }

    /// The beep is over.
    pub(super) fn begin(&mut self, now: Instant) {
        if matches!(self.state, State::Beeping) {
            let timeline = Timeline::new();
            self.state =
                State::Running { started: now, timeline, voice: 0, last_voice: now, anchored: false };
        }
    }

    /// A packet of the caller's.
    pub(super) fn place(
        &mut self,
        ssrc: u32,
        timestamp: u32,
        samples: &[i16],
        now: Instant,
        jobs: &mut Vec<Job>,
    ) {
        let State::Running { started, timeline, voice, last_voice, anchored } = &mut self.state else {
            return;
        };
        if self.paused {
            return;
        }
        let arrival = samples_in(now.saturating_duration_since(*started));
        timeline.place(ssrc, timestamp, arrival, samples);
        *anchored = true;
        if is_voice(samples) {
            *voice += samples.len() as u64;
            *last_voice = now;
        }
        take_chunks(self.id, timeline, jobs);
    }

    /// Silence meanwhile.
    pub(super) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Looks at the clock. True when the recording has ended by its limit, by silence, or because the disk failed it.
    pub(super) fn is_over(&mut self, now: Instant, jobs: &mut Vec<Job>) -> bool {
        if self.failed.load(Ordering::Relaxed) {
            return true;
        }
        let State::Running { started, timeline, last_voice, .. } = &mut self.state else { return false };
        let passed = now.saturating_duration_since(*started);
        let silent = now.saturating_duration_since(*last_voice);
        if passed >= self.max || self.silence.is_some_and(|limit| silent >= limit) {
            return true;
        }
        if passed > LATEST {
            timeline.fill(samples_in(passed - LATEST));
            take_chunks(self.id, timeline, jobs);
        }
        false
    }

    /// As long as the time that passed.
    pub(super) fn finish(self, now: Instant, jobs: &mut Vec<Job>) {
        let job = match self.state {
            State::Beeping => Job::Finish { id: self.id, samples: Vec::new(), voice: Duration::ZERO },
            State::Running { started, timeline, voice, .. } => {
                let passed = samples_in(now.saturating_duration_since(started));
                let length = passed.max(timeline.end()).min(samples_in(self.max));
                Job::Finish {
                    id: self.id,
                    samples: timeline.finish(length),
                    voice: duration_of(voice.min(length)),
                }
            }
        };
        jobs.push(job);
    }

    /// Once packets come, the socket buffers them for a while; until then the first one is awaited to fix the timeline.
    pub(super) fn can_wait(&self) -> bool {
        matches!(self.state, State::Running { anchored: true, .. })
    }

    /// The disk stays behind: the file keeps what it has.
    pub(super) fn abandon(self, jobs: &mut Vec<Job>) {
        jobs.push(Job::Abandon { id: self.id });
    }
}

fn take_chunks(id: RecordingId, timeline: &mut Timeline, jobs: &mut Vec<Job>) {
    while let Some(samples) = timeline.take(CHUNK) {
        jobs.push(Job::Append { id, samples });
    }
}

pub(super) fn is_voice(samples: &[i16]) -> bool {
    let sum: u32 = samples.iter().map(|s| u32::from(s.unsigned_abs())).sum();
    sum > VOICE_LEVEL * samples.len() as u32
}
