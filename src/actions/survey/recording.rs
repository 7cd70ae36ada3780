//! What a draft plays on the telephone in place of words. A recording belongs to the questions: it is published with them, and copied with them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;

use super::super::{Actions, Actor};
use super::{SurveyError, locked, may, tell};
use crate::domain::file::BlobHash;
use crate::domain::id::SurveyId;
use crate::domain::permission::Right;
use crate::domain::spoken::Tongue;
use crate::domain::survey::Questionnaire;
use crate::domain::survey::recorded::Passage;
use crate::domain::survey::version::Deed;
use crate::store::{StoreError, Tx, Work};

impl Actions {
    /// `None`: the words are spoken. Says which recordings nothing needs any more.
    pub async fn change_survey_recording(
        &self,
        actor: &Actor,
        id: SurveyId,
        (passage, tongue): (&Passage, Tongue),
        recording: Option<BlobHash>,
    ) -> Result<Vec<BlobHash>, SurveyError> {
        self.shared.allow(actor, Right::ManageSurveys)?;
        let (actor, passage, at) = (actor.clone(), passage.clone(), self.clock.now());
        self.shared.db.write(Record { actor, id, passage, tongue, recording, at }).await
    }
}

/// Those that neither a version of a survey nor a campaign plays.
pub(super) async fn unused(tx: &mut Tx<'_>, gone: BTreeSet<BlobHash>) -> Result<Vec<BlobHash>, StoreError> {
    let mut unused = Vec::new();
    for recording in gone {
        if !tx.is_recording_used(&recording).await? {
            unused.push(recording);
        }
    }
    Ok(unused)
}

/// Without recordings that are not here: questions may come from elsewhere.
pub(super) async fn heard_here(
    tx: &mut Tx<'_>,
    questionnaire: &Questionnaire,
) -> Result<Questionnaire, StoreError> {
    let mut questionnaire = questionnaire.clone();
    let elsewhere = unused(tx, questionnaire.recorded()).await?.into_iter().collect();
    questionnaire.forget_recordings(&elsewhere);
    Ok(questionnaire)
}

struct Record {
    actor: Actor,
    id: SurveyId,
    passage: Passage,
    tongue: Tongue,
    recording: Option<BlobHash>,
    at: Timestamp,
}

impl Work for Record {
    type Out = Vec<BlobHash>;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<BlobHash>, SurveyError> {
        let survey = locked(tx, self.id, None).await?;
        let draft = tx.survey_draft(self.id).await?;
        let mut draft = draft.ok_or(SurveyError::NotNow { state: survey.state, deed: Deed::Change })?;
        may(&draft, Deed::Change)?;
        let before = draft.questionnaire.recorded();
        let recordings =
            draft.questionnaire.recordings_of_mut(&self.passage).ok_or(SurveyError::NoPassage)?;
        recordings.put(self.tongue, self.recording.clone());
        tx.put_survey_draft(draft.id, &draft.questionnaire, self.at).await?;
        tx.put_survey(self.id, &survey.name, self.at).await?;
        let said = json!({ "passage": self.passage.to_string(), "language": self.tongue, "recording": self.recording });
        tell(tx, &self.actor, self.id, said, self.at);
        let gone = before.difference(&draft.questionnaire.recorded()).cloned().collect();
        Ok(unused(tx, gone).await?)
    }
}
