//! What the rest of the program holds of the engine.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, channel};

use super::engine::{Engine, Shared};
use super::inbox::{Inbox, Work};
use super::poll::{Bell, Poll};
use super::ports::Ports;
use super::seats::leg_id;
use super::writer::{Queue, Writer};
use super::{Command, LegId, MediaEvent, sys};
use crate::clock::Clock;
use crate::config::media::Media;

/// Events between the engine and their reader: a second of the busiest machine.
const EVENTS: usize = 8_192;

/// Cheap to clone; the engine ends with the last one.
#[derive(Clone, Debug)]
pub struct MediaHandle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    ip: IpAddr,
    inbox: Arc<Inbox>,
    ports: Arc<Ports>,
    bell: Bell,
    threads: Mutex<Vec<JoinHandle<()>>>,
    legs: AtomicU64,
}

#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The call must be refused: `503` with `Retry-After`.
    #[error("every RTP port of the configured range is in use or resting")]
    NoPort,
    #[error("media engine: {0}")]
    Io(#[from] std::io::Error),
}

impl MediaHandle {
    /// Starts the threads; sockets are bound to `ip`.
    pub fn start(config: Media, ip: IpAddr) -> Result<(Self, Receiver<MediaEvent>), MediaError> {
        if let Err(error) = sys::raise_file_limit() {
            tracing::warn!(%error, "cannot raise the limit of open files; many calls at once may be refused");
        }
        let clock = Clock::system();
        let (events, reader) = channel(EVENTS);
        let (inbox, queue) = (Arc::new(Inbox::default()), Arc::new(Queue::default()));
        let ports = Arc::new(Ports::new(&config));
        let poll = Poll::new()?;
        let bell = poll.bell();
        let shared = Shared {
            clock: clock.clone(),
            inbox: inbox.clone(),
            ports: ports.clone(),
            queue: queue.clone(),
            events: events.clone(),
            silent_after: Duration::from_secs(config.silent_after_s.into()),
            bound_to: ip,
        };
        let writer = thread::Builder::new()
            .name("media-writer".into())
            .spawn(move || Writer::new(events).run(&queue))?;
        let engine =
            thread::Builder::new().name("media".into()).spawn(move || Engine::new(shared, poll).run())?;
        let inner = Inner {
            clock,
            ip,
            inbox,
            ports,
            bell,
            threads: Mutex::new(vec![engine, writer]),
            legs: AtomicU64::new(1),
        };
        Ok((Self(Arc::new(inner)), reader))
    }

    /// Binds the socket of a new leg, without waiting. Returns the port for the SDP. [`Command::Close`] gives it back.
    pub fn reserve(&self) -> Result<(LegId, u16), MediaError> {
        let (slot, socket) = self.0.ports.reserve(self.0.ip, self.0.clock.instant())?;
        let leg = leg_id(self.0.legs.fetch_add(1, Ordering::Relaxed), slot);
        self.0.push(Work::Reserved { leg, socket });
        Ok((leg, self.0.ports.port(slot)))
    }

    pub fn send(&self, command: Command) {
        self.0.push(Work::Command(command));
    }

    /// Closes every leg, finishes what is being recorded, and waits for the threads. Blocks; for the end of the program. Somebody
    /// should still read events, or their channel must not be full.
    pub fn stop(&self) {
        self.0.push(Work::Stop);
        let threads = std::mem::take(&mut *self.0.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a media thread panicked");
            }
        }
    }
}

impl Inner {
    fn push(&self, work: Work) {
        if self.inbox.push(work) {
            self.bell.ring();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.push(Work::Stop);
    }
}
