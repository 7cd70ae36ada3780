//! The recording of a bridged call: two channels, left what the leg says, right what it hears of its bridge.
//!
//! Both are placed by the timestamps of their packets on one clock, so that question and answer stand where they were said, however
//! packets came. Senders' clocks differ; what they drift apart is corrected as it happens.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::LegId;
use super::recording::is_voice;
use super::writer::{Job, RecordingId};
use crate::protocol::rtp::timeline::Timeline;
use crate::protocol::rtp::{SAMPLE_RATE, duration_of, samples_in};

/// Samples of each channel that go to the writer at a time, 0.25 s.
const CHUNK: u64 = SAMPLE_RATE as u64 / 4;
/// What a timeline holds back for packets that come out of order, 0.2 s, and a little.
const HELD_BACK: u64 = SAMPLE_RATE as u64 / 4;
/// A side from which nothing came for so long is silent: on hold, or gone. With chunk and what is held back, a process that is
/// killed loses a second at most.
const QUIET: Duration = Duration::from_millis(500);
/// Packets after which drift is judged, 10 s: among so many some come without delay.
const WINDOW: u32 = 500;
/// Drift that is corrected, 10 ms: less than anybody hears.
const DRIFT: i64 = SAMPLE_RATE as i64 / 100;

#[derive(Debug)]
pub(super) struct Tap {
    id: RecordingId,
    failed: Arc<AtomicBool>,
    started: Instant,
    left: Side,
    right: Side,
    /// Samples of each channel that have gone to the writer.
    taken: u64,
    /// Of the left side, in samples.
    voice: u64,
    paused: bool,
}

/// Which channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Left,
    Right,
}

impl Tap {
    /// Creates the file already, so that a path that does not work is known early.
    pub(super) fn new(
        (id, leg): (RecordingId, LegId),
        path: PathBuf,
        now: Instant,
        jobs: &mut Vec<Job>,
    ) -> Self {
        let failed = Arc::new(AtomicBool::new(false));
        jobs.push(Job::Create { id, leg, path, channels: 2, failed: failed.clone() });
        let (left, right) = (Side::default(), Side::default());
        Self { id, failed, started: now, left, right, taken: 0, voice: 0, paused: false }
    }

    /// A packet of one side.
    pub(super) fn place(
        &mut self,
        channel: Channel,
        (ssrc, timestamp): (u32, u32),
        samples: &[i16],
        now: Instant,
        jobs: &mut Vec<Job>,
    ) {
        if self.paused {
            return;
        }
        let arrival = self.passed(now);
        match channel {
            Channel::Left => {
                self.left.place(ssrc, timestamp, arrival, samples);
                if is_voice(samples) {
                    self.voice += samples.len() as u64;
                }
            }
            Channel::Right => self.right.place(ssrc, timestamp, arrival, samples),
        }
        self.take_chunks(jobs);
    }

    pub(super) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Looks at the clock. True when the disk has failed the recording.
    pub(super) fn is_over(&mut self, now: Instant, jobs: &mut Vec<Job>) -> bool {
        if self.failed.load(Ordering::Relaxed) {
            return true;
        }
        let passed = self.passed(now);
        let quiet = passed.saturating_sub(samples_in(QUIET));
        for side in [&mut self.left, &mut self.right] {
            side.timeline.fill(quiet);
        }
        self.take_chunks(jobs);
        false
    }

    /// As long as the time that passed.
    pub(super) fn finish(self, now: Instant, jobs: &mut Vec<Job>) {
        let length = self.passed(now).max(self.left.timeline.end()).max(self.right.timeline.end());
        let voice = duration_of(self.voice.min(length));
        let samples = interleaved(&self.left.timeline.finish(length), &self.right.timeline.finish(length));
        jobs.push(Job::Finish { id: self.id, samples, voice });
    }

    /// The disk stays behind: the file keeps what it has.
    pub(super) fn abandon(self, jobs: &mut Vec<Job>) {
        jobs.push(Job::Abandon { id: self.id });
    }

    fn passed(&self, now: Instant) -> u64 {
        samples_in(now.saturating_duration_since(self.started))
    }

    fn take_chunks(&mut self, jobs: &mut Vec<Job>) {
        let wanted = CHUNK + HELD_BACK;
        while self.left.timeline.end().min(self.right.timeline.end()) >= self.taken + wanted {
            let (left, right) =
                (self.left.timeline.take(CHUNK as usize), self.right.timeline.take(CHUNK as usize));
            let (Some(left), Some(right)) = (left, right) else { return };
            self.taken += CHUNK;
            jobs.push(Job::Append { id: self.id, samples: interleaved(&left, &right) });
        }
    }
}

fn interleaved(left: &[i16], right: &[i16]) -> Vec<i16> {
    left.iter().zip(right).flat_map(|(left, right)| [*left, *right]).collect()
}

#[derive(Debug, Default)]
struct Side {
    timeline: Timeline,
    source: Option<u32>,
    /// Added to timestamps: what the sender's clock has drifted from ours.
    shift: u32,
    /// How much later than their place packets came: at best in this window, and at best when the source began.
    least: Option<i64>,
    first: Option<i64>,
    packets: u32,
}

impl Side {
    fn place(&mut self, ssrc: u32, timestamp: u32, arrival: u64, samples: &[i16]) {
        if self.source != Some(ssrc) {
            (self.source, self.least, self.first, self.packets) = (Some(ssrc), None, None, 0);
        }
        let before = self.timeline.end();
        self.timeline.place(ssrc, timestamp.wrapping_add(self.shift), arrival, samples);
        let end = self.timeline.end();
        // Only a packet in order ends the timeline, and so tells its place.
        if end > before {
            let late = arrival.cast_signed() - end.cast_signed() + samples.len() as i64;
            self.least = Some(self.least.map_or(late, |least| least.min(late)));
            self.judge_drift();
        }
    }

    fn judge_drift(&mut self) {
        self.packets += 1;
        if self.packets < WINDOW {
            return;
        }
        self.packets = 0;
        let Some(least) = self.least.take() else { return };
        let drift = least - *self.first.get_or_insert(least);
        if drift.abs() >= DRIFT {
            self.shift = self.shift.wrapping_add(drift as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::Clock;
    use crate::protocol::rtp::{FRAME, FRAME_TIME};

    struct Stage {
        tap: Tap,
        clock: Clock,
        jobs: Vec<Job>,
    }

    impl Stage {
        fn new() -> Self {
            let clock = Clock::test(Timestamp::UNIX_EPOCH);
            let mut jobs = Vec::new();
            let tap = Tap::new((RecordingId(1), LegId(1)), "a.wav".into(), clock.instant(), &mut jobs);
            Self { tap, clock, jobs }
        }

        /// Frames of 20 ms in which both sides say something, or not.
        fn say(&mut self, frames: std::ops::Range<u32>, left: Option<i16>, right: Option<i16>) {
            for frame in frames {
                for (channel, ssrc, level) in [(Channel::Left, 1, left), (Channel::Right, 2, right)] {
                    if let Some(level) = level {
                        let timestamp =
                            frame.wrapping_mul(FRAME as u32).wrapping_add(0_u32.wrapping_sub(ssrc * 256));
                        let now = self.clock.instant();
                        self.tap.place(channel, (ssrc, timestamp), &[level; FRAME], now, &mut self.jobs);
                    }
                }
                self.tap.is_over(self.clock.instant(), &mut self.jobs);
                self.clock.advance(FRAME_TIME);
            }
        }

        /// Left and right, as the file has them.
        fn finish(mut self) -> (Vec<i16>, Vec<i16>) {
            self.tap.finish(self.clock.instant(), &mut self.jobs);
            let mut all = Vec::new();
            for job in self.jobs {
                if let Job::Append { samples, .. } | Job::Finish { samples, .. } = job {
                    all.extend(samples);
                }
            }
            all.chunks(2).map(|pair| (pair[0], pair[1])).unzip()
        }
    }

    fn level_at(samples: &[i16], frame: usize) -> i16 {
        samples[frame * FRAME + FRAME / 2]
    }

    #[test]
    fn each_side_stands_in_its_channel_at_its_time() {
        let mut stage = Stage::new();
        stage.say(0..100, Some(1_000), Some(2_000));
        stage.say(100..200, Some(1_000), None);
        stage.say(200..300, None, Some(2_000));
        stage.say(300..350, None, None);
        let (left, right) = stage.finish();
        assert_eq!((left.len(), right.len()), (350 * FRAME, 350 * FRAME));
        for (frame, expected) in [(50, (1_000, 2_000)), (150, (1_000, 0)), (250, (0, 2_000)), (320, (0, 0))] {
            assert_eq!((level_at(&left, frame), level_at(&right, frame)), expected, "frame {frame}");
        }
        assert_eq!(left.iter().filter(|sample| **sample == 1_000).count(), 200 * FRAME);
        assert_eq!(right.iter().filter(|sample| **sample == 2_000).count(), 200 * FRAME);
    }

    #[test]
    fn what_is_said_in_a_pause_is_not_in_the_file_and_the_length_goes_on() {
        let mut stage = Stage::new();
        stage.say(0..100, Some(1_000), Some(2_000));
        stage.tap.pause(true);
        stage.say(100..300, Some(1_000), Some(2_000));
        stage.tap.pause(false);
        stage.say(300..400, Some(1_000), Some(2_000));
        let (left, right) = stage.finish();
        assert_eq!(left.len(), 400 * FRAME);
        for samples in [&left, &right] {
            assert!(samples[100 * FRAME..300 * FRAME].iter().all(|sample| *sample == 0));
            assert!(samples[..100 * FRAME].iter().all(|sample| *sample != 0));
            assert!(samples[300 * FRAME..].iter().all(|sample| *sample != 0));
        }
    }

    #[test]
    fn a_kill_loses_a_second_at_most_even_when_one_side_is_silent() {
        let mut stage = Stage::new();
        for second in 0..30 {
            stage.say(second * 50..second * 50 + 50, Some(1_000), None);
            let written: usize = stage
                .jobs
                .iter()
                .map(|job| if let Job::Append { samples, .. } = job { samples.len() / 2 } else { 0 })
                .sum();
            let passed = (second as usize + 1) * 8_000;
            assert!(passed - written <= 8_000 + FRAME, "{} samples", passed - written);
        }
    }

    #[test]
    fn clocks_that_drift_apart_stay_within_a_frame() {
        let mut side = Side::default();
        // An hour of a sender whose clock is 200 ppm slow: its timestamps fall behind.
        for packet in 0..180_000_u64 {
            let arrival = packet * FRAME as u64 + packet * FRAME as u64 / 5_000;
            side.place(1, (packet * FRAME as u64) as u32, arrival, &[5; FRAME]);
            while side.timeline.take(4_800).is_some() {}
            let behind = arrival.cast_signed() + FRAME as i64 - side.timeline.end().cast_signed();
            assert!(behind.abs() <= FRAME as i64 * 3 / 2, "packet {packet}: {behind} samples");
        }
    }
}
