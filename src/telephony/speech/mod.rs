//! What is read to citizens: spoken by a program of this machine, or recorded by its author.
//!
//! ```text
//! speech/ab/<sha256>.wav           spoken once for the same words; swept when unused
//! announcements/ab/<sha256>.wav    recorded by people; kept until they remove it
//! ```

mod files;
mod program;
mod wave;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use self::files::Files;
use super::media::Samples;
use super::prompts::Prompts;
use crate::clock::Clock;
use crate::config::media::Speech as Settings;
use crate::dialplan::announcement::PROMPTS;
use crate::domain::spoken::{Tongue, spoken};
use crate::protocol::rtp::{SAMPLE_RATE, duration_of};

/// A message that lasts longer is listened to by nobody.
pub const LONGEST: Duration = Duration::from_secs(300);
/// A recording of so long at the highest quality that is usual.
pub const LARGEST_RECORDING: usize = 64 * 1024 * 1024;

/// What is kept is made anew when it is made in another way.
const MADE: &str = "1";

/// How often what nobody has listened to for long is looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Speech(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    clock: Clock,
    settings: Settings,
    prompts: Prompts,
    spoken: Files,
    recordings: Files,
    at_once: Semaphore,
}

/// A message as it will be heard.
#[derive(Clone, Debug)]
pub struct Heard {
    pub samples: Samples,
    /// The same as a WAV of 8 kHz, 16 bits, one channel: for whoever prepares it.
    pub wav: Vec<u8>,
    pub length: Duration,
}

/// What somebody recorded, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub name: String,
    pub length: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpeechError {
    #[error("no speech program is set up: [media.speech] program")]
    NoProgram,
    #[error("[media.speech] voices has no voice for {0}")]
    NoVoice(&'static str),
    #[error("{program} cannot be run: {why}")]
    NotRun { program: String, why: String },
    #[error("{program} failed: {why}")]
    Failed { program: String, why: String },
    #[error("{0} took too long")]
    TooSlow(String),
    #[error("there is nothing in it to say")]
    Nothing,
    #[error("it lasts longer than {} minutes", LONGEST.as_secs() / 60)]
    TooLong,
    #[error("not a WAV file that can be read: {0}")]
    NotWav(String),
    #[error("the prompts {0} are missing in sounds/*/manifest.toml")]
    NoPrompts(String),
    #[error("there is no such recording")]
    NoRecording,
    #[error("the disk: {0}")]
    Disk(String),
}

impl SpeechError {
    /// Whether the message itself is at fault: trying again does not help.
    pub fn is_of_message(&self) -> bool {
        matches!(self, Self::Nothing | Self::TooLong | Self::NotWav(_) | Self::NoRecording)
    }
}

impl Speech {
    pub fn new(settings: Settings, prompts: Prompts, data: &Path, clock: Clock) -> Self {
        Self(Arc::new(Shared {
            clock,
            prompts,
            spoken: Files::new(data.join("speech")),
            recordings: Files::new(data.join("announcements")),
            at_once: Semaphore::new(settings.at_once.max(1) as usize),
            settings,
        }))
    }

    /// Whether a message could be spoken and asked about now; asked while it is prepared, so that nobody is called in vain. It runs the
    /// program.
    pub async fn can_speak(&self, tongue: Tongue) -> Result<(), SpeechError> {
        self.can_ask(tongue)?;
        self.speak("1", tongue).await.map(drop)
    }

    /// Whether the prompts around a message are there. Recordings need nothing else.
    pub fn can_ask(&self, tongue: Tongue) -> Result<(), SpeechError> {
        let missing = |key: &&&str| self.0.prompts.get(tongue.as_str(), key).is_none();
        let missing: Vec<&str> = PROMPTS.iter().filter(missing).copied().collect();
        if missing.is_empty() { Ok(()) } else { Err(SpeechError::NoPrompts(missing.join(", "))) }
    }

    /// These words, spoken now or once before.
    pub async fn words(&self, words: &str, tongue: Tongue) -> Result<Heard, SpeechError> {
        self.said(&spoken(words, tongue), tongue).await
    }

    /// The same where numbers and abbreviations are in words already.
    pub async fn said(&self, said: &str, tongue: Tongue) -> Result<Heard, SpeechError> {
        if said.is_empty() {
            return Err(SpeechError::Nothing);
        }
        let name = self.name(said, tongue)?;
        if let Some(wav) = self.0.spoken.read(&name, self.0.clock.now()).await
            && let Ok(heard) = heard(wav)
        {
            return Ok(heard);
        }
        let linear = self.speak(said, tongue).await?;
        let wav = wave::write(&linear);
        self.0.spoken.write(&name, wav.clone(), false).await?;
        heard(wav)
    }

    /// The prompt of that name in just this language, or else what is said in its place.
    pub async fn prompt(&self, key: &str, said: &str, tongue: Tongue) -> Result<Samples, SpeechError> {
        match self.0.prompts.exactly(tongue.as_str(), key) {
            Some(samples) => Ok(samples),
            None => Ok(self.said(said, tongue).await?.samples),
        }
    }

    /// Takes a WAV of any usual kind: looked into, brought to the telephone and kept.
    pub async fn take_recording(&self, file: Vec<u8>) -> Result<Recorded, SpeechError> {
        if file.len() > LARGEST_RECORDING {
            return Err(SpeechError::TooLong);
        }
        let wav = blocking(move || wave::read(&file, wave::Ends::Whole).map(|linear| wave::write(&linear)))
            .await??;
        let length = heard(wav.clone())?.length;
        let name = files::name_of(&[&wav]);
        self.0.recordings.write(&name, wav, true).await?;
        Ok(Recorded { name, length })
    }

    pub async fn recording(&self, name: &str) -> Result<Heard, SpeechError> {
        let wav = self.0.recordings.read(name, self.0.clock.now()).await.ok_or(SpeechError::NoRecording)?;
        heard(wav).map_err(|_| SpeechError::NoRecording)
    }

    /// When no message will be read from it any more.
    pub async fn forget_recording(&self, name: &str) -> Result<(), SpeechError> {
        self.0.recordings.remove(name).await
    }

    /// Removes what was not heard for long, now and then, until it is dropped.
    pub async fn keep_small(self) {
        loop {
            let Settings { keep_days, keep_mb, .. } = self.0.settings;
            let age = Duration::from_secs(u64::from(keep_days) * 24 * 3_600);
            match self.0.spoken.sweep(age, u64::from(keep_mb) * 1024 * 1024, self.0.clock.now()).await {
                Ok(0) => {}
                Ok(removed) => {
                    tracing::info!(removed, "spoken messages that nobody heard for long are removed")
                }
                Err(error) => tracing::warn!(%error, "spoken messages could not be swept"),
            }
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    }

    /// By its content and by everything that makes it sound as it does.
    fn name(&self, said: &str, tongue: Tongue) -> Result<String, SpeechError> {
        let mut of = vec![MADE.as_bytes(), said.as_bytes(), self.voice(tongue)?.as_bytes()];
        of.extend(self.0.settings.program.iter().map(|word| word.as_bytes()));
        Ok(files::name_of(&of))
    }

    fn voice(&self, tongue: Tongue) -> Result<&str, SpeechError> {
        let voice = self.0.settings.voices.get(tongue.as_str());
        voice.map(String::as_str).ok_or(SpeechError::NoVoice(tongue.as_str()))
    }

    /// The program, now.
    async fn speak(&self, said: &str, tongue: Tongue) -> Result<Vec<i16>, SpeechError> {
        let voice = self.voice(tongue)?.to_owned();
        let command: Vec<String> =
            self.0.settings.program.iter().map(|word| word.replace("{voice}", &voice)).collect();
        let limit = Duration::from_secs(self.0.settings.time_limit_s.into());
        // Closed never.
        let _one_of_few = self.0.at_once.acquire().await;
        let said = said.to_owned();
        blocking(move || {
            let file = program::run(&command, &said, limit)?;
            // A program that writes to a pipe does not know how long it will be.
            wave::read(&file, wave::Ends::Anywhere)
        })
        .await?
    }
}

fn heard(wav: Vec<u8>) -> Result<Heard, SpeechError> {
    let linear = wave::telephone(&wav)?;
    let length = duration_of(linear.len() as u64);
    Ok(Heard { samples: Samples::new(&linear), wav, length })
}

/// Most samples that a message has.
fn most_samples(rate: u32) -> usize {
    (LONGEST.as_secs() as usize).saturating_mul(rate.max(SAMPLE_RATE) as usize)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SpeechError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| SpeechError::Disk(error.to_string()))
}

#[cfg(test)]
mod tests;
