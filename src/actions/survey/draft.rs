//! A survey is written: made, changed, and removed as long as nobody was asked.

use jiff::Timestamp;
use serde_json::json;

use super::super::{ActionError, Actions, Actor};
use super::recording::{heard_here, unused};
use super::{MOST_BYTES, NAME_CHARS, SurveyError, locked, may, tell};
use crate::domain::file::BlobHash;
use crate::domain::id::{SurveyId, SurveyVersionId};
use crate::domain::permission::Right;
use crate::domain::survey::Questionnaire;
use crate::domain::survey::version::Deed;
use crate::store::{Tx, Work};

/// What went with a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The survey, for there was no other version.
    pub survey: bool,
    /// Recordings that nothing needs any more.
    pub recordings: Vec<BlobHash>,
}

impl Actions {
    /// With a draft of these questions. They may be wrong yet: that is looked at when it is published.
    pub async fn make_survey(
        &self,
        actor: &Actor,
        (name, questionnaire): (&str, Questionnaire),
    ) -> Result<SurveyId, SurveyError> {
        self.shared.allow(actor, Right::ManageSurveys)?;
        let (name, at) = (checked(name, &questionnaire)?, self.clock.now());
        self.shared.db.write(Make { actor: actor.clone(), name, questionnaire, at }).await
    }

    /// `seen`: the version of the survey that the person saw. Says which recordings nothing needs any more.
    pub async fn change_survey_draft(
        &self,
        actor: &Actor,
        (id, seen): (SurveyId, i64),
        (name, questionnaire): (&str, Questionnaire),
    ) -> Result<Vec<BlobHash>, SurveyError> {
        self.shared.allow(actor, Right::ManageSurveys)?;
        let (name, at) = (checked(name, &questionnaire)?, self.clock.now());
        self.shared.db.write(Change { actor: actor.clone(), id, seen, name, questionnaire, at }).await
    }

    /// A survey goes with its only version.
    pub async fn remove_survey_draft(
        &self,
        actor: &Actor,
        (id, seen): (SurveyId, i64),
    ) -> Result<Removed, SurveyError> {
        self.shared.allow(actor, Right::ManageSurveys)?;
        self.shared.db.write(Remove { actor: actor.clone(), id, seen, at: self.clock.now() }).await
    }

    /// The questions of a version, to be changed; one draft at a time.
    pub async fn copy_survey_version(
        &self,
        actor: &Actor,
        (id, seen): (SurveyId, i64),
        from: SurveyVersionId,
    ) -> Result<SurveyVersionId, SurveyError> {
        self.shared.allow(actor, Right::ManageSurveys)?;
        self.shared.db.write(Copy { actor: actor.clone(), id, seen, from, at: self.clock.now() }).await
    }
}

fn checked(name: &str, questionnaire: &Questionnaire) -> Result<String, SurveyError> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > NAME_CHARS {
        return Err(SurveyError::Name);
    }
    let length = serde_json::to_vec(questionnaire).map_or(usize::MAX, |json| json.len());
    if length > MOST_BYTES { Err(SurveyError::TooLong) } else { Ok(name) }
}

struct Make {
    actor: Actor,
    name: String,
    questionnaire: Questionnaire,
    at: Timestamp,
}

impl Work for Make {
    type Out = SurveyId;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<SurveyId, SurveyError> {
        let id = tx.insert_survey(&self.name, self.actor.person(), self.at).await?;
        let questionnaire = heard_here(tx, &self.questionnaire).await?;
        tx.insert_survey_draft(id, &questionnaire, self.at).await?;
        tell(tx, &self.actor, id, json!({ "new": self.name }), self.at);
        Ok(id)
    }
}

struct Change {
    actor: Actor,
    id: SurveyId,
    seen: i64,
    name: String,
    questionnaire: Questionnaire,
    at: Timestamp,
}

impl Work for Change {
    type Out = Vec<BlobHash>;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<BlobHash>, SurveyError> {
        let survey = locked(tx, self.id, Some(self.seen)).await?;
        let draft = tx
            .survey_draft(self.id)
            .await?
            .ok_or(SurveyError::NotNow { state: survey.state, deed: Deed::Change })?;
        may(&draft, Deed::Change)?;
        let questionnaire = heard_here(tx, &self.questionnaire).await?;
        if survey.name == self.name && draft.questionnaire == questionnaire {
            return Ok(Vec::new());
        }
        tx.put_survey_draft(draft.id, &questionnaire, self.at).await?;
        tx.put_survey(self.id, &self.name, self.at).await?;
        let said = json!({ "name": self.name, "questions": self.questionnaire.questions.len() });
        tell(tx, &self.actor, self.id, said, self.at);
        let gone = draft.questionnaire.recorded().difference(&questionnaire.recorded()).cloned().collect();
        Ok(unused(tx, gone).await?)
    }
}

struct Remove {
    actor: Actor,
    id: SurveyId,
    seen: i64,
    at: Timestamp,
}

impl Work for Remove {
    type Out = Removed;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Removed, SurveyError> {
        let survey = locked(tx, self.id, Some(self.seen)).await?;
        let draft = tx
            .survey_draft(self.id)
            .await?
            .ok_or(SurveyError::NotNow { state: survey.state, deed: Deed::Remove })?;
        may(&draft, Deed::Remove)?;
        tx.remove_survey_draft(draft.id).await?;
        let is_gone = !tx.has_survey_versions(self.id).await?;
        if is_gone {
            tx.remove_survey(self.id).await?;
        } else {
            tx.survey_changed(self.id, self.at).await?;
        }
        let said = json!({ "removed": survey.name, "draft_only": !is_gone });
        tell(tx, &self.actor, self.id, said, self.at);
        let recordings = unused(tx, draft.questionnaire.recorded()).await?;
        Ok(Removed { survey: is_gone, recordings })
    }
}

struct Copy {
    actor: Actor,
    id: SurveyId,
    seen: i64,
    from: SurveyVersionId,
    at: Timestamp,
}

impl Work for Copy {
    type Out = SurveyVersionId;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<SurveyVersionId, SurveyError> {
        locked(tx, self.id, Some(self.seen)).await?;
        let from = tx.survey_version(self.from).await?.filter(|version| version.survey == self.id);
        let from = from.ok_or(ActionError::NotFound)?;
        may(&from, Deed::Copy)?;
        if tx.survey_draft(self.id).await?.is_some() {
            return Err(SurveyError::HasDraft);
        }
        let draft = tx.insert_survey_draft(self.id, &from.questionnaire, self.at).await?;
        tx.survey_changed(self.id, self.at).await?;
        tell(tx, &self.actor, self.id, json!({ "draft_of": from.number }), self.at);
        Ok(draft)
    }
}
