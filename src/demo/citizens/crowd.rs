//! The crowd: calls and texts at random moments, so many a minute.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use super::behaviour::CallScript;
use super::{phone, texts};
use crate::clock::Clock;
use crate::demo::options::{DUTY_LINE, MAIN_LINE, SHORT_NUMBER};
use crate::demo::smsc::SmscHandle;
use crate::demo::town::Person;

/// Citizens on the line at once; who comes when all are talking does not call. Each has two sockets.
const CALLS_AT_ONCE: usize = 300;
/// Texts on their way at once.
const TEXTS_AT_ONCE: usize = 200;
/// Of so many people the crowd remembers that they texted.
const REMEMBERED: usize = 50;
/// Of a hundred callers so many dial the duty line.
const DUTY_LINE_PERCENT: u32 = 65;

#[derive(Debug)]
pub struct Crowd {
    pub server: SocketAddr,
    pub smsc: SmscHandle,
    pub people: Arc<[Person]>,
    pub seed: u64,
    pub calls_per_minute: f64,
    pub texts_per_minute: f64,
    pub clock: Clock,
}

/// What the crowd has done so far.
#[derive(Debug, Default)]
pub struct Counts {
    pub calls: AtomicU64,
    pub refused: AtomicU64,
    pub texts: AtomicU64,
}

impl Crowd {
    /// Until `stop`; then nobody calls any more, and those on the line hang up with the server.
    pub async fn live(self, stop: CancellationToken) -> Arc<Counts> {
        let counts = Arc::new(Counts::default());
        let tracker = TaskTracker::new();
        let crowd = Arc::new(self);
        tokio::select! {
            () = stop.cancelled() => {}
            _ = async { tokio::join!(crowd.call(&counts, &tracker, &stop), crowd.text(&counts, &tracker, &stop)) } => {}
        }
        tracker.close();
        info!(
            calls = counts.calls.load(Ordering::Relaxed),
            texts = counts.texts.load(Ordering::Relaxed),
            "the citizens have gone home"
        );
        counts
    }

    async fn call(&self, counts: &Arc<Counts>, tracker: &TaskTracker, stop: &CancellationToken) {
        let mut rng = StdRng::seed_from_u64(self.seed ^ 0xca11);
        let lines = Arc::new(Semaphore::new(CALLS_AT_ONCE));
        // Of this process, so that a demo on a kept folder does not repeat the Call-IDs of the day before.
        let session = self.clock.now().as_microsecond();
        for number in 0u64.. {
            if pause(&mut rng, self.calls_per_minute).await.is_none() {
                return std::future::pending().await;
            }
            let Ok(line) = Arc::clone(&lines).try_acquire_owned() else { continue };
            let script = CallScript::draw(&mut rng, &self.people);
            let called = if rng.random_range(0..100) < DUTY_LINE_PERCENT { DUTY_LINE } else { MAIN_LINE };
            let (server, clock) = (self.server, self.clock.clone());
            let (counts, stop) = (Arc::clone(counts), stop.clone());
            tracker.spawn(async move {
                let id = format!("demo{session:x}-{number}");
                counts.calls.fetch_add(1, Ordering::Relaxed);
                tokio::select! {
                    () = stop.cancelled() => {}
                    ended = phone::call(&script, id, called, server, &clock) => match ended {
                        Ok(super::uac::End::Refused(status)) => {
                            counts.refused.fetch_add(1, Ordering::Relaxed);
                            warn!(%status, "a citizen's call was refused");
                        }
                        Ok(end) => debug!(kind = ?script.kind, ?end, "a citizen's call ended"),
                        Err(error) => warn!(%error, "a citizen's telephone has no socket"),
                    },
                }
                drop(line);
            });
        }
    }

    async fn text(&self, counts: &Arc<Counts>, tracker: &TaskTracker, stop: &CancellationToken) {
        let mut rng = StdRng::seed_from_u64(self.seed ^ 0x7e47);
        let under_way = Arc::new(Semaphore::new(TEXTS_AT_ONCE));
        let mut recent: VecDeque<String> = VecDeque::new();
        loop {
            if pause(&mut rng, self.texts_per_minute).await.is_none() {
                return std::future::pending().await;
            }
            let Some(text) = texts::draw(&mut rng, &self.people, recent.make_contiguous()) else { continue };
            let Ok(turn) = Arc::clone(&under_way).try_acquire_owned() else { continue };
            recent.push_back(text.from.clone());
            if recent.len() > REMEMBERED {
                recent.pop_front();
            }
            let (smsc, counts, stop) = (self.smsc.clone(), Arc::clone(counts), stop.clone());
            tracker.spawn(async move {
                counts.texts.fetch_add(1, Ordering::Relaxed);
                let sent = smsc.send_text(text.from.trim_start_matches('+'), SHORT_NUMBER, &text.words);
                tokio::select! {
                    () = stop.cancelled() => {}
                    sent = sent => if let Err(error) = sent {
                        warn!(%error, "a citizen's text did not arrive");
                    },
                }
                drop(turn);
            });
        }
    }
}

/// Waits for the next one of so many a minute; arrivals of independent people are exponentially far apart. `None`: nobody comes.
async fn pause(rng: &mut StdRng, per_minute: f64) -> Option<()> {
    if !(per_minute > 0.0 && per_minute.is_finite()) {
        return None;
    }
    let minutes = -(1.0 - rng.random::<f64>()).ln() / per_minute;
    tokio::time::sleep(Duration::from_secs_f64((minutes * 60.0).min(3_600.0))).await;
    Some(())
}
