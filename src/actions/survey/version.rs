//! A version is published, asked no more, and asked again.

use jiff::Timestamp;
use serde_json::json;

use super::super::{ActionError, Actions, Actor};
use super::{SurveyError, locked, may, tell};
use crate::domain::id::{SurveyId, SurveyVersionId};
use crate::domain::permission::Right;
use crate::domain::survey::version::Deed;
use crate::domain::survey::{Published, VersionNumber};
use crate::store::{Tx, Work};

impl Actions {
    /// From now on it does not change any more. With errors it is refused with all that is wrong.
    pub async fn publish_survey(
        &self,
        actor: &Actor,
        (id, seen): (SurveyId, i64),
    ) -> Result<VersionNumber, SurveyError> {
        self.shared.allow(actor, Right::ManageSurveys)?;
        self.shared.db.write(Publish { actor: actor.clone(), id, seen, at: self.clock.now() }).await
    }

    /// No interview is begun any more; those that were are ended.
    pub async fn retire_survey_version(
        &self,
        actor: &Actor,
        of: (SurveyId, i64),
        version: SurveyVersionId,
    ) -> Result<(), SurveyError> {
        self.move_version(actor, of, (version, Deed::Retire)).await
    }

    /// A retired one is asked again.
    pub async fn restore_survey_version(
        &self,
        actor: &Actor,
        of: (SurveyId, i64),
        version: SurveyVersionId,
    ) -> Result<(), SurveyError> {
        self.move_version(actor, of, (version, Deed::Restore)).await
    }

    async fn move_version(
        &self,
        actor: &Actor,
        (id, seen): (SurveyId, i64),
        (version, deed): (SurveyVersionId, Deed),
    ) -> Result<(), SurveyError> {
        self.shared.allow(actor, Right::ManageSurveys)?;
        let at = self.clock.now();
        self.shared.db.write(Move { actor: actor.clone(), id, seen, version, deed, at }).await
    }
}

struct Publish {
    actor: Actor,
    id: SurveyId,
    seen: i64,
    at: Timestamp,
}

impl Work for Publish {
    type Out = VersionNumber;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<VersionNumber, SurveyError> {
        let survey = locked(tx, self.id, Some(self.seen)).await?;
        let draft = tx
            .survey_draft(self.id)
            .await?
            .ok_or(SurveyError::NotNow { state: survey.state, deed: Deed::Publish })?;
        may(&draft, Deed::Publish)?;
        let number = VersionNumber::next(tx.newest_survey_number(self.id).await?);
        let version = Published::new(number, draft.questionnaire).map_err(SurveyError::Problems)?;
        tx.publish_survey_version(draft.id, &version, self.actor.person(), self.at).await?;
        tx.survey_changed(self.id, self.at).await?;
        let said = json!({ "published": number, "version_id": draft.id });
        tell(tx, &self.actor, self.id, said, self.at);
        Ok(number)
    }
}

struct Move {
    actor: Actor,
    id: SurveyId,
    seen: i64,
    version: SurveyVersionId,
    deed: Deed,
    at: Timestamp,
}

impl Work for Move {
    type Out = ();
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), SurveyError> {
        locked(tx, self.id, Some(self.seen)).await?;
        let version = tx.survey_version(self.version).await?.filter(|version| version.survey == self.id);
        let version = version.ok_or(ActionError::NotFound)?;
        let to = may(&version, self.deed)?;
        tx.move_survey_version(version.id, to, self.at).await?;
        tx.survey_changed(self.id, self.at).await?;
        let said = json!({ "deed": self.deed, "version": version.number });
        tell(tx, &self.actor, self.id, said, self.at);
        Ok(())
    }
}
