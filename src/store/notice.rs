//! Notices: who is told what, and where it stands.

use jiff::Timestamp;
use serde::Serialize;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{CaseId, NoticeId, OutboxId, PersonId};
use crate::domain::message::DeliveryState;
use crate::domain::notice::{NoticeState, Purpose, Reach, Rung};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub id: NoticeId,
    pub case: CaseId,
    pub person: Option<PersonId>,
    /// To somebody else than the one whose case it is.
    pub follower: bool,
    pub purpose: Purpose,
    pub language: String,
    /// As they were written, in no template yet.
    pub words: String,
    pub ladder: Vec<Rung>,
    /// Index into the ladder of what is tried now.
    pub rung: usize,
    pub state: NoticeState,
    pub check_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a notice begins with.
#[derive(Clone, Debug)]
pub struct NewNotice<'a> {
    pub case: CaseId,
    pub person: Option<PersonId>,
    pub follower: bool,
    pub purpose: Purpose,
    pub language: &'a str,
    pub words: &'a str,
    pub ladder: &'a [Rung],
    pub state: NoticeState,
    pub at: Timestamp,
}

/// A case has one notice for its outcome and one for each reply, and each of those for each follower; more are not shown.
const SHOWN: i64 = 200;

const COLUMNS: &str = "n.id, n.case_id, n.person_id, n.follower, n.purpose, n.language, n.words, n.ladder, n.rung, n.state, \
     n.check_at, n.created_at, n.updated_at";

impl Db {
    /// Who follows the case besides the one whose it is, each with the name of now.
    pub async fn case_followers(&self, case: CaseId) -> Result<Vec<(PersonId, String)>, StoreError> {
        let sql = "SELECT p.id, p.name FROM case_party cp JOIN person o ON o.id = cp.person_id \
             JOIN person p ON p.id = COALESCE(o.merged_into, o.id) \
             WHERE cp.case_id = $1 AND cp.role = 'follower' ORDER BY p.id LIMIT $2";
        self.all(sql, args![case, SHOWN]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// Of one case, oldest first.
    pub async fn notices(&self, case: CaseId) -> Result<Vec<Notice>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM notice n WHERE n.case_id = $1 ORDER BY n.id DESC LIMIT $2");
        self.all(sqlx::AssertSqlSafe(sql), args![case, SHOWN]).await?.iter().rev().map(notice).collect()
    }

    /// Those about which nothing was heard in time.
    pub async fn overdue_notices(&self, now: Timestamp, limit: i64) -> Result<Vec<NoticeId>, StoreError> {
        let sql = "SELECT id FROM notice WHERE check_at IS NOT NULL AND check_at <= $1 ORDER BY check_at, id LIMIT $2";
        self.all(sql, args![now, limit]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// Answered cases that nobody touched since, and whose citizen knows or cannot.
    pub async fn settled_cases(&self, before: Timestamp, limit: i64) -> Result<Vec<CaseId>, StoreError> {
        let sql = "SELECT id FROM case_file WHERE status = 'answered' AND updated_at <= $1 \
             AND told IN ('told', 'impossible') AND merged_into IS NULL ORDER BY updated_at, id LIMIT $2";
        self.all(sql, args![before, limit]).await?.iter().map(|row| row.get(0)).collect()
    }
}

impl Tx<'_> {
    pub async fn insert_notice(&mut self, new: &NewNotice<'_>) -> Result<NoticeId, StoreError> {
        let ladder = serde_json::to_string(new.ladder).map_err(|e| StoreError::Corrupt(e.to_string()))?;
        let sql = "INSERT INTO notice (case_id, person_id, follower, purpose, language, words, ladder, rung, state, \
             created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $9)";
        let values = args![
            new.case,
            new.person,
            new.follower,
            new.purpose,
            new.language,
            new.words,
            ladder,
            new.state,
            new.at
        ];
        Ok(NoticeId(self.insert_one(sql, values).await?))
    }

    pub async fn notice(&mut self, id: NoticeId) -> Result<Option<Notice>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM notice n WHERE n.id = $1");
        self.optional(sqlx::AssertSqlSafe(sql), args![id]).await?.as_ref().map(notice).transpose()
    }

    /// The notice that this message is a try of, with the rung.
    pub async fn notice_of_text(&mut self, text: OutboxId) -> Result<Option<(Notice, usize)>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, t.rung FROM notice_try t JOIN notice n ON n.id = t.notice_id WHERE t.outbox_id = $1"
        );
        let Some(row) = self.optional(sqlx::AssertSqlSafe(sql), args![text]).await? else { return Ok(None) };
        Ok(Some((notice(&row)?, count(row.get(13)?)?)))
    }

    /// What is not over yet of one purpose.
    pub async fn open_notices(&mut self, case: CaseId, purpose: Purpose) -> Result<Vec<Notice>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM notice n WHERE n.case_id = $1 AND n.purpose = $2 AND n.state IN ('telling', 'failed') ORDER BY n.id"
        );
        self.all(sqlx::AssertSqlSafe(sql), args![case, purpose]).await?.iter().map(notice).collect()
    }

    /// Whether the same person was told of the same case by a later notice of the same purpose.
    pub async fn has_later_notice(&mut self, notice: &Notice) -> Result<bool, StoreError> {
        let same = if notice.follower { "follower = 1 AND person_id = $4" } else { "follower = 0" };
        let sql = format!(
            "SELECT 1 FROM notice WHERE case_id = $1 AND purpose = $2 AND id > $3 AND {same} LIMIT 1"
        );
        let mut values = args![notice.case, notice.purpose, notice.id];
        if notice.follower {
            values.push(notice.person.into());
        }
        Ok(self.optional(sqlx::AssertSqlSafe(sql), values).await?.is_some())
    }

    /// Writes down where it stands.
    pub async fn move_notice(&mut self, notice: &Notice, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE notice SET rung = $2, state = $3, check_at = $4, updated_at = $5 WHERE id = $1";
        let rung = i64::try_from(notice.rung).unwrap_or(i64::MAX);
        self.execute(sql, args![notice.id, rung, notice.state, notice.check_at, at]).await.map(drop)
    }

    pub async fn insert_notice_try(
        &mut self,
        notice: NoticeId,
        rung: usize,
        text: OutboxId,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO notice_try (outbox_id, notice_id, rung) VALUES ($1, $2, $3)";
        let rung = i64::try_from(rung).unwrap_or(i64::MAX);
        self.execute(sql, args![text, notice, rung]).await.map(drop)
    }

    /// The latest try of a rung, with its state.
    pub async fn notice_try(
        &mut self,
        notice: NoticeId,
        rung: usize,
    ) -> Result<Option<(OutboxId, DeliveryState)>, StoreError> {
        let sql = "SELECT o.id, o.state FROM notice_try t JOIN outbox o ON o.id = t.outbox_id \
             WHERE t.notice_id = $1 AND t.rung = $2 ORDER BY o.id DESC LIMIT 1";
        let rung = i64::try_from(rung).unwrap_or(i64::MAX);
        let row = self.optional(sql, args![notice, rung]).await?;
        row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
    }

    /// Takes a message that was not sent yet out of the queue. Whether it was still there.
    pub async fn withdraw_text(
        &mut self,
        text: OutboxId,
        why: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE outbox SET state = 'rejected', error = $2, updated_at = $3 WHERE id = $1 AND state = 'queued'";
        Ok(self.execute(sql, args![text, why, at]).await? > 0)
    }

    /// By which addresses somebody can be reached, and how they want it: the preferred ones first, none that is known to reach nobody,
    /// and none of a channel that they do not want to be written to by; then a human has to.
    pub async fn reach(&mut self, person: PersonId) -> Result<Reach, StoreError> {
        let mut reach = Reach::default();
        let sql = "SELECT p.tell_by, p.language, p.address FROM person o \
             JOIN person p ON p.id = COALESCE(o.merged_into, o.id) WHERE o.id = $1";
        if let Some(row) = self.optional(sql, args![person]).await? {
            reach.tell_by = row.get::<Option<String>>(0)?.and_then(|word| word.parse().ok());
            reach.language = row.get(1)?;
            reach.by_hand = !row.get::<String>(2)?.is_empty();
        }
        let sql = "SELECT cp.kind, cp.value, (SELECT count(*) FROM person_consent k \
             WHERE k.person_id = COALESCE(o.merged_into, o.id) AND k.given = 0 \
             AND k.kind = CASE cp.kind WHEN 'phone' THEN 'text_notices' ELSE 'email_notices' END) FROM person o JOIN person g ON g.id = COALESCE(o.merged_into, o.id) \
             OR g.merged_into = COALESCE(o.merged_into, o.id) JOIN contact_point cp ON cp.person_id = g.id \
             WHERE o.id = $1 AND cp.invalid_at IS NULL ORDER BY cp.is_primary DESC, cp.id";
        for row in self.all(sql, args![person]).await? {
            match row.get::<String>(0)?.as_str() {
                // Who does not want to be written to can still be called.
                "phone" | "email" if row.get::<i64>(2)? > 0 => reach.by_hand = true,
                "phone" => reach.phones.push(row.get(1)?),
                "email" => reach.emails.push(row.get(1)?),
                _ => {}
            }
        }
        Ok(reach)
    }

    /// Who is told of the outcome besides the one whose case it is.
    pub async fn followers(&mut self, case: CaseId) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT person_id FROM case_party WHERE case_id = $1 AND role = 'follower' ORDER BY person_id LIMIT $2";
        self.all(sql, args![case, SHOWN]).await?.iter().map(|row| row.get(0)).collect()
    }
}

fn count(number: i64) -> Result<usize, StoreError> {
    usize::try_from(number).map_err(|e| StoreError::Corrupt(e.to_string()))
}

fn notice(row: &Row) -> Result<Notice, StoreError> {
    let mut r = row.reader();
    Ok(Notice {
        id: r.next()?,
        case: r.next()?,
        person: r.next()?,
        follower: r.next()?,
        purpose: r.next()?,
        language: r.next()?,
        words: r.next()?,
        ladder: serde_json::from_str(&r.next::<String>()?).map_err(|e| StoreError::Corrupt(e.to_string()))?,
        rung: count(r.next()?)?,
        state: r.next()?,
        check_at: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}
