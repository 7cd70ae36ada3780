//! What a survey by keys sounds like: recorded by its author, by the municipality, or spoken; all of it before anybody is called.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::handle::TelephonyHandle;
use super::media::Samples;
use super::speech::{Speech, SpeechError};
use crate::actions::Actions;
use crate::actions::dialer::DialError;
use crate::domain::id::SurveyVersionId;
use crate::domain::person::PersonLanguage;
use crate::domain::spoken::Tongue;
use crate::domain::survey::Published;
use crate::domain::survey::keypad::{Piece, language, sayings};

/// Of one version in one language, by the keys of its pieces.
#[derive(Debug)]
pub struct Sounds {
    language: &'static str,
    pieces: HashMap<String, Samples>,
}

/// The sounds of a campaign, or where they are on their way.
#[derive(Debug, Default)]
pub(super) enum Prepared {
    #[default]
    Not,
    Being(JoinHandle<Result<Sounds, NotPrepared>>),
    Ready(Arc<Sounds>),
    Failed {
        again: Instant,
    },
}

#[derive(Debug, thiserror::Error)]
pub(super) enum NotPrepared {
    #[error("the survey is not asked in this language any more")]
    NotAsked,
    #[error(transparent)]
    Store(DialError),
    #[error(transparent)]
    Speech(#[from] SpeechError),
    #[error("it broke off")]
    BrokeOff,
}

/// A speech program that does not run is mended by somebody.
const AGAIN: Duration = Duration::from_secs(60);

impl Sounds {
    pub(super) fn get(&self, language: &str, key: &str) -> Option<Samples> {
        (language == self.language).then(|| self.pieces.get(key).cloned()).flatten()
    }
}

impl Prepared {
    /// `None`: not yet. What is missing is begun, besides everything else.
    pub async fn get(
        &mut self,
        (actions, handle): (&Actions, &TelephonyHandle),
        (version, tongue): (SurveyVersionId, &str),
        now: Instant,
    ) -> Option<Arc<Sounds>> {
        match std::mem::take(self) {
            Self::Being(work) if work.is_finished() => {
                let done = work.await.unwrap_or(Err(NotPrepared::BrokeOff));
                *self = match done {
                    Ok(sounds) => Self::Ready(Arc::new(sounds)),
                    Err(why) => {
                        tracing::error!(%version, %why, "a survey cannot be heard, and nobody is called for it");
                        Self::Failed { again: now + AGAIN }
                    }
                };
            }
            Self::Failed { again } if again > now => *self = Self::Failed { again },
            Self::Not | Self::Failed { .. } => {
                let (actions, speech) = (actions.clone(), handle.speech()?.clone());
                let tongue = tongue.to_owned();
                let work = async move { prepare(&actions, &speech, (version, &tongue)).await };
                *self = Self::Being(tokio::spawn(work));
            }
            other => *self = other,
        }
        match self {
            Self::Ready(sounds) => Some(Arc::clone(sounds)),
            Self::Not | Self::Being(_) | Self::Failed { .. } => None,
        }
    }
}

async fn prepare(
    actions: &Actions,
    speech: &Speech,
    (version, tongue): (SurveyVersionId, &str),
) -> Result<Sounds, NotPrepared> {
    let stored = actions.db().survey_version(version).await;
    let version = stored.map_err(|error| NotPrepared::Store(error.into()))?.ok_or(NotPrepared::NotAsked)?;
    let language = language(&version.questionnaire, tongue).ok_or(NotPrepared::NotAsked)?;
    Ok(sounds(speech, &Arc::new(version.asked()), language).await?)
}

/// The first thing that cannot be heard is said: nobody is called to hear half of a survey.
async fn sounds(
    speech: &Speech,
    version: &Arc<Published>,
    language: PersonLanguage,
) -> Result<Sounds, SpeechError> {
    let tongue = Tongue::of(Some(language.as_str()), "");
    let mut pieces = HashMap::new();
    for (key, piece) in sayings(version, language) {
        let samples = match &piece {
            Piece::Recording(recording) => speech.recording(recording.as_str()).await?.samples,
            Piece::Words(said) => speech.said(said, tongue).await?.samples,
            Piece::Phrase(phrase) => speech.prompt(&phrase.key(), &phrase.words(tongue), tongue).await?,
        };
        pieces.insert(key, samples);
    }
    Ok(Sounds { language: tongue.as_str(), pieces })
}
