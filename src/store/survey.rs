//! Surveys and their versions.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::campaign::{json, parsed};
use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{SurveyId, SurveyVersionId, UserId};
use crate::domain::survey::{Published, Questionnaire, VersionNumber, VersionState};

#[derive(Clone, Debug)]
pub struct Survey {
    pub id: SurveyId,
    pub name: String,
    /// Of its newest version.
    pub state: VersionState,
    /// Grows with every change.
    pub version: i64,
    pub made_by: Option<UserId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct SurveyVersion {
    pub id: SurveyVersionId,
    pub survey: SurveyId,
    /// `None`: a draft.
    pub number: Option<VersionNumber>,
    pub state: VersionState,
    pub questionnaire: Questionnaire,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub published_by: Option<UserId>,
    pub published_at: Option<Timestamp>,
}

/// How its interviews stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InterviewCounts {
    pub complete: i64,
    /// Ended in any other way.
    pub other: i64,
    pub open: i64,
}

const SURVEY: &str = "id, name, state, version, made_by, created_at, updated_at";
const VERSION: &str =
    "id, survey_id, number, state, questionnaire, created_at, updated_at, published_by, published_at";
/// More versions than anybody reads; the newest are shown.
const VERSIONS: i64 = 200;

impl SurveyVersion {
    /// As interviews use it; a draft is tried out.
    pub fn asked(&self) -> Published {
        Published::stored(self.number.unwrap_or(VersionNumber::PREVIEW), self.questionnaire.clone())
    }
}

impl InterviewCounts {
    pub fn all(self) -> i64 {
        self.complete + self.other + self.open
    }
}

impl Db {
    pub async fn survey(&self, id: SurveyId) -> Result<Option<Survey>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {SURVEY} FROM survey WHERE id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(survey).transpose()
    }

    /// Latest changed first.
    pub async fn surveys(
        &self,
        limit: u32,
        after: Option<(Timestamp, SurveyId)>,
    ) -> Result<Vec<Survey>, StoreError> {
        let (at, id) = after.unwrap_or((Timestamp::MAX, SurveyId(i64::MAX)));
        let sql = AssertSqlSafe(format!(
            "SELECT {SURVEY} FROM survey WHERE (updated_at, id) < ($1, $2) ORDER BY updated_at DESC, id DESC LIMIT $3"
        ));
        self.all(sql, args![at, id, i64::from(limit)]).await?.iter().map(survey).collect()
    }

    pub async fn survey_version(&self, id: SurveyVersionId) -> Result<Option<SurveyVersion>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {VERSION} FROM survey_version WHERE id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(version).transpose()
    }

    /// The newest first; a draft before all.
    pub async fn survey_versions(&self, id: SurveyId) -> Result<Vec<SurveyVersion>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {VERSION} FROM survey_version WHERE survey_id = $1 ORDER BY id DESC LIMIT $2"
        ));
        self.all(sql, args![id, VERSIONS]).await?.iter().map(version).collect()
    }

    /// Those that may be asked, with the names of their surveys.
    pub async fn published_surveys(
        &self,
    ) -> Result<Vec<(String, SurveyVersionId, VersionNumber)>, StoreError> {
        let sql = "SELECT s.name, v.id, v.number FROM survey_version v JOIN survey s ON s.id = v.survey_id \
             WHERE v.state = 'published' ORDER BY s.name, v.number DESC LIMIT $1";
        let rows = self.all(sql, args![VERSIONS]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, number(row.get(2)?)))).collect()
    }

    pub async fn interview_counts(&self, id: SurveyVersionId) -> Result<InterviewCounts, StoreError> {
        let sql = "SELECT COALESCE(disposition, ''), COUNT(*) FROM interview WHERE version_id = $1 GROUP BY disposition";
        let mut counts = InterviewCounts::default();
        for row in self.all(sql, args![id]).await? {
            let (disposition, n): (String, i64) = (row.get(0)?, row.get(1)?);
            match disposition.as_str() {
                "" => counts.open += n,
                "complete" => counts.complete += n,
                _ => counts.other += n,
            }
        }
        Ok(counts)
    }
}

impl Tx<'_> {
    pub async fn insert_survey(
        &mut self,
        name: &str,
        by: Option<UserId>,
        at: Timestamp,
    ) -> Result<SurveyId, StoreError> {
        let sql = "INSERT INTO survey (name, state, version, made_by, created_at, updated_at) VALUES ($1, 'draft', 1, $2, $3, $3)";
        Ok(SurveyId(self.insert_one(sql, args![name, by, at]).await?))
    }

    /// Under a lock until the end of the transaction.
    pub async fn survey(&mut self, id: SurveyId) -> Result<Option<Survey>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE" } else { "" };
        let sql = AssertSqlSafe(format!("SELECT {SURVEY} FROM survey WHERE id = $1{lock}"));
        self.optional(sql, args![id]).await?.as_ref().map(survey).transpose()
    }

    pub async fn put_survey(&mut self, id: SurveyId, name: &str, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE survey SET name = $2, version = version + 1, updated_at = $3 WHERE id = $1";
        self.execute(sql, args![id, name, at]).await.map(drop)
    }

    /// What can be done with it shows in the list: the state of its newest version.
    pub async fn survey_changed(&mut self, id: SurveyId, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE survey SET version = version + 1, updated_at = $2, state = \
             COALESCE((SELECT state FROM survey_version WHERE survey_id = $1 ORDER BY id DESC LIMIT 1), 'draft') WHERE id = $1";
        self.execute(sql, args![id, at]).await.map(drop)
    }

    pub async fn insert_survey_draft(
        &mut self,
        survey: SurveyId,
        questionnaire: &Questionnaire,
        at: Timestamp,
    ) -> Result<SurveyVersionId, StoreError> {
        let sql = "INSERT INTO survey_version (survey_id, state, questionnaire, created_at, updated_at) \
             VALUES ($1, 'draft', $2, $3, $3)";
        Ok(SurveyVersionId(self.insert_one(sql, args![survey, json(questionnaire)?, at]).await?))
    }

    pub async fn survey_version(&mut self, id: SurveyVersionId) -> Result<Option<SurveyVersion>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {VERSION} FROM survey_version WHERE id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(version).transpose()
    }

    pub async fn survey_draft(&mut self, id: SurveyId) -> Result<Option<SurveyVersion>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {VERSION} FROM survey_version WHERE survey_id = $1 AND state = 'draft'"
        ));
        self.optional(sql, args![id]).await?.as_ref().map(version).transpose()
    }

    pub async fn newest_survey_number(&mut self, id: SurveyId) -> Result<Option<VersionNumber>, StoreError> {
        let sql = "SELECT MAX(number) FROM survey_version WHERE survey_id = $1";
        Ok(self.one(sql, args![id]).await?.get::<Option<i64>>(0)?.map(number))
    }

    pub async fn put_survey_draft(
        &mut self,
        id: SurveyVersionId,
        questionnaire: &Questionnaire,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql =
            "UPDATE survey_version SET questionnaire = $2, updated_at = $3 WHERE id = $1 AND state = 'draft'";
        self.execute(sql, args![id, json(questionnaire)?, at]).await.map(drop)
    }

    pub async fn publish_survey_version(
        &mut self,
        id: SurveyVersionId,
        version: &Published,
        by: Option<UserId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE survey_version SET number = $2, state = 'published', questionnaire = $3, published_by = $4, \
             published_at = $5, updated_at = $5 WHERE id = $1";
        let values = args![id, i64::from(version.number().0), json(version.questionnaire())?, by, at];
        self.execute(sql, values).await.map(drop)
    }

    pub async fn move_survey_version(
        &mut self,
        id: SurveyVersionId,
        to: VersionState,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE survey_version SET state = $2, updated_at = $3 WHERE id = $1";
        self.execute(sql, args![id, to, at]).await.map(drop)
    }

    /// A draft; nobody was asked it.
    pub async fn remove_survey_draft(&mut self, id: SurveyVersionId) -> Result<(), StoreError> {
        let sql = "DELETE FROM survey_version WHERE id = $1 AND state = 'draft'";
        self.execute(sql, args![id]).await.map(drop)
    }

    /// One without versions.
    pub async fn remove_survey(&mut self, id: SurveyId) -> Result<(), StoreError> {
        self.execute("DELETE FROM survey WHERE id = $1", args![id]).await.map(drop)
    }

    pub async fn has_survey_versions(&mut self, id: SurveyId) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM survey_version WHERE survey_id = $1 LIMIT 1";
        Ok(self.optional(sql, args![id]).await?.is_some())
    }
}

fn number(number: i64) -> VersionNumber {
    VersionNumber(u32::try_from(number).unwrap_or(u32::MAX))
}

fn survey(row: &Row) -> Result<Survey, StoreError> {
    let mut r = row.reader();
    Ok(Survey {
        id: r.next()?,
        name: r.next()?,
        state: r.next()?,
        version: r.next()?,
        made_by: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}

fn version(row: &Row) -> Result<SurveyVersion, StoreError> {
    let mut r = row.reader();
    Ok(SurveyVersion {
        id: r.next()?,
        survey: r.next()?,
        number: r.next::<Option<i64>>()?.map(number),
        state: r.next()?,
        questionnaire: parsed(&r.next::<String>()?)?,
        created_at: r.next()?,
        updated_at: r.next()?,
        published_by: r.next()?,
        published_at: r.next()?,
    })
}
