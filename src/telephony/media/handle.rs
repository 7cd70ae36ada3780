//! What the rest of the program holds of the engine.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use super::{Command, LegId, MediaEvent};
use crate::config::media::Media;

/// Cheap to clone; the engine ends with the last one.
#[derive(Clone, Debug)]
pub struct MediaHandle {}

#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The call must be refused: `503` with `Retry-After`.
    #[error("every RTP port of the configured range is in use or resting")]
    NoPort,
    #[error("media engine: {0}")]
    Io(#[from] std::io::Error),
}

#[expect(unused_variables, clippy::todo, reason = "the bodies arrive with the engine")]
impl MediaHandle {
    /// Starts the threads; sockets are bound to `ip`.
    pub fn start(config: Media, ip: IpAddr) -> Result<(Self, Receiver<MediaEvent>), MediaError> {
        todo!()
    }

    /// Binds the socket of a new leg, without waiting. Returns the port for the SDP.
    pub fn reserve(&self) -> Result<(LegId, u16), MediaError> {
        todo!()
    }

    pub fn send(&self, command: Command) {
        todo!()
    }

    /// Finishes what is being recorded and waits for the threads. Blocks; for the end of the program.
    pub fn stop(&self) {
        todo!()
    }
}

/// How long the recording at `path` is, also when a killed process left it behind: such a file's header is mended.
/// `None` when there is no readable recording.
pub fn wav_length(path: &Path) -> Option<Duration> {
    let _ = path;
    None
}
