//! The thread that writes recordings. Disks pause when they like; the engine never waits for them.
//!
//! The engine pushes jobs into a queue whose bytes are bounded; when the disk stays behind for longer than the queue holds, a
//! recording fails and says so, and the call lives on.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::wav::WavFile;
use super::{LegId, MediaEvent};

/// Samples that wait for the disk: half a minute of a thousand recordings, 256 MB.
const MOST_QUEUED_SAMPLES: usize = 128 << 20;

/// One recording of the life of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RecordingId(pub(super) u64);

#[derive(Debug)]
pub(super) enum Job {
    /// `failed` is set when the recording cannot go on: the engine need not send more.
    Create {
        id: RecordingId,
        leg: LegId,
        path: PathBuf,
        /// Samples of all of them alternate.
        channels: u16,
        failed: Arc<AtomicBool>,
    },
    Append {
        id: RecordingId,
        samples: Vec<i16>,
    },
    Finish {
        id: RecordingId,
        samples: Vec<i16>,
        voice: Duration,
    },
    /// The queue was full: what is written stays, the recording has failed.
    Abandon {
        id: RecordingId,
    },
}

/// From the engine to the writer.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    samples: usize,
    closed: bool,
}

impl Queue {
    /// False when too much waits already; then a [`Job::Append`] was dropped. Other jobs are few, at most three a recording.
    pub(super) fn push(&self, job: Job) -> bool {
        let mut state = self.lock();
        let samples = samples_of(&job);
        if state.samples + samples > MOST_QUEUED_SAMPLES && matches!(job, Job::Append { .. }) {
            return false;
        }
        state.samples += samples;
        state.jobs.push_back(job);
        if state.jobs.len() == 1 {
            self.ready.notify_one();
        }
        true
    }

    /// No more jobs will come: the writer ends after the last one.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_one();
    }

    /// Waits for the next job; `None` after the last one.
    fn pop(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                state.samples = state.samples.saturating_sub(samples_of(&job));
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn samples_of(job: &Job) -> usize {
    match job {
        Job::Create { .. } | Job::Abandon { .. } => 0,
        Job::Append { samples, .. } | Job::Finish { samples, .. } => samples.len(),
    }
}

/// Files by recording.
pub(super) struct Writer {
    files: HashMap<RecordingId, Open>,
    events: Sender<MediaEvent>,
}

struct Open {
    leg: LegId,
    wav: WavFile,
    failed: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn new(events: Sender<MediaEvent>) -> Self {
        Self { files: HashMap::new(), events }
    }

    /// The life of the thread.
    pub(super) fn run(mut self, queue: &Queue) {
        while let Some(job) = queue.pop() {
            if let Some(event) = self.work(job) {
                // Waits when the reader of events is behind; nobody waits for us. An error: nobody reads any more.
                let _ = self.events.blocking_send(event);
            }
        }
    }

    fn work(&mut self, job: Job) -> Option<MediaEvent> {
        match job {
            Job::Create { id, leg, path, channels, failed } => match WavFile::create(&path, channels) {
                Ok(wav) => {
                    self.files.insert(id, Open { leg, wav, failed });
                    None
                }
                Err(error) => Some(fail(leg, &failed, &error)),
            },
            Job::Append { id, samples } => {
                let open = self.files.get_mut(&id)?;
                let error = open.wav.append(&samples).err()?;
                let open = self.files.remove(&id)?;
                Some(fail(open.leg, &open.failed, &error))
            }
            Job::Abandon { id } => {
                let open = self.files.remove(&id)?;
                Some(fail(open.leg, &open.failed, &"the disk does not keep up"))
            }
            Job::Finish { id, samples, voice } => {
                let mut open = self.files.remove(&id)?;
                let appended = if samples.is_empty() { Ok(()) } else { open.wav.append(&samples) };
                match appended.and_then(|()| open.wav.finish()) {
                    Ok(length) => {
                        metrics::counter!("odziv_media_recordings_total", "outcome" => "whole").increment(1);
                        Some(MediaEvent::Recorded { leg: open.leg, length, voice })
                    }
                    Err(error) => Some(fail(open.leg, &open.failed, &error)),
                }
            }
        }
    }
}

fn fail(leg: LegId, failed: &AtomicBool, error: &dyn std::fmt::Display) -> MediaEvent {
    failed.store(true, Ordering::Relaxed);
    tracing::error!(leg = leg.0, %error, "a recording failed");
    metrics::counter!("odziv_media_recordings_total", "outcome" => "failed").increment(1);
    MediaEvent::RecordingFailed { leg, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEG: LegId = LegId(9);
    const ID: RecordingId = RecordingId(1);

    fn create(path: PathBuf) -> (Job, Arc<AtomicBool>) {
        let failed = Arc::new(AtomicBool::new(false));
        (Job::Create { id: ID, leg: LEG, path, channels: 1, failed: failed.clone() }, failed)
    }

    fn work(jobs: impl IntoIterator<Item = Job>) -> Vec<MediaEvent> {
        let (events, mut reader) = tokio::sync::mpsc::channel(16);
        let queue = Queue::default();
        jobs.into_iter().for_each(|job| assert!(queue.push(job)));
        queue.close();
        Writer::new(events).run(&queue);
        std::iter::from_fn(|| reader.try_recv().ok()).collect()
    }

    #[test]
    fn chunks_become_a_file_and_one_event() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("2026/11/a.wav");
        let voice = Duration::from_millis(700);
        let events = work([
            create(path.clone()).0,
            Job::Append { id: ID, samples: vec![1; 8_000] },
            Job::Finish { id: ID, samples: vec![2; 800], voice },
        ]);
        assert_eq!(events, [MediaEvent::Recorded { leg: LEG, length: Duration::from_millis(1_100), voice }]);
        assert_eq!(hound::WavReader::open(path).unwrap().duration(), 8_800);
    }

    #[test]
    fn a_folder_that_cannot_be_made_fails_the_recording_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let (job, failed) = create(folder.path().join("file/a.wav"));
        let events = work([
            job,
            Job::Append { id: ID, samples: vec![1; 80] },
            Job::Finish { id: ID, samples: vec![], voice: Duration::ZERO },
        ]);
        assert!(matches!(events[..], [MediaEvent::RecordingFailed { leg: LEG, .. }]), "{events:?}");
        assert!(failed.load(Ordering::Relaxed));
    }

    #[test]
    fn a_full_disk_fails_the_recording_once() {
        // Writing to this device says that there is no space left.
        let (job, failed) = create("/dev/full".into());
        let events = work([job, Job::Append { id: ID, samples: vec![1; 80] }]);
        assert!(matches!(events[..], [MediaEvent::RecordingFailed { leg: LEG, .. }]), "{events:?}");
        assert!(failed.load(Ordering::Relaxed));
    }

    #[test]
    fn a_disk_that_stays_behind_cannot_fill_the_memory() {
        let queue = Queue::default();
        let chunk = 16 << 20;
        let taken = (0..20).filter(|_| queue.push(Job::Append { id: ID, samples: vec![0; chunk] })).count();
        assert_eq!(taken, MOST_QUEUED_SAMPLES / chunk);
        assert!(queue.push(Job::Finish { id: ID, samples: vec![], voice: Duration::ZERO }));
    }
}
