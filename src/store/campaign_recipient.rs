//! Recipients of campaigns: put together, taken a few hundred at a time by the step on which they stand, and moved by what was heard.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::campaign::{Counts, json, number, parsed};
use super::sql::{Row, args, pieces, places};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::campaign::consider::Candidate;
use crate::domain::campaign::{RecipientState, Way, Why};
use crate::domain::id::{CampaignId, OutboxId, PersonId, RecipientId, SourceId};
use crate::domain::message::DeliveryState;

#[derive(Clone, Debug)]
pub struct Recipient {
    pub id: RecipientId,
    pub source: SourceId,
    pub who: Candidate,
    pub state: RecipientState,
    pub rung: usize,
    pub why: Option<Why>,
    pub due_at: Timestamp,
    pub reached_by: Option<Way>,
    pub reached_at: Option<Timestamp>,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct NewRecipient {
    pub who: Candidate,
    pub state: RecipientState,
    pub rung: usize,
    pub why: Option<Why>,
}

/// Where they stand from now on.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    pub state: RecipientState,
    pub rung: usize,
    pub why: Option<Why>,
    pub due_at: Timestamp,
    pub reached: Option<(Way, Timestamp)>,
}

/// A message that was handed over for somebody, by whatever step.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub recipient: RecipientId,
    pub outbox: OutboxId,
    pub way: Way,
    pub to: String,
    pub words: String,
    pub state: DeliveryState,
    /// What the network said.
    pub error: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Who is among the recipients of a campaign already.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    pub persons: HashSet<i64>,
    pub phones: HashSet<String>,
    pub emails: HashSet<String>,
}

const COLUMNS: &str = "r.id, r.source_id, r.person_id, r.name, r.phone, r.email, r.address, r.language, r.fields, r.state, r.rung, r.why, \
     r.due_at, r.reached_by, r.reached_at, r.updated_at";
const MOST_ATTEMPTS: i64 = 20;

impl Db {
    /// In the order in which they came, those behind `after`.
    pub async fn recipients(
        &self,
        campaign: CampaignId,
        state: Option<RecipientState>,
        after: RecipientId,
        limit: u32,
    ) -> Result<Vec<Recipient>, StoreError> {
        let narrowed = if state.is_some() { "AND r.state = $4" } else { "AND $4 = ''" };
        let by_state = if state.is_some() { "r.state, r.id" } else { "r.id" };
        let sql = format!(
            "SELECT {COLUMNS} FROM campaign_recipient r WHERE r.campaign_id = $1 AND r.id > $2 {narrowed} \
             ORDER BY {by_state} LIMIT $3"
        );
        let word = state.map_or("", RecipientState::as_str);
        let rows = self.all(AssertSqlSafe(sql), args![campaign, after, i64::from(limit), word]).await?;
        rows.iter().map(recipient).collect()
    }

    /// Why people are left out, and how many.
    pub async fn skipped(&self, campaign: CampaignId) -> Result<Vec<(Why, i64)>, StoreError> {
        let sql = "SELECT why, COUNT(*) FROM campaign_recipient WHERE campaign_id = $1 AND state = 'skipped' \
             AND why IS NOT NULL GROUP BY why ORDER BY 2 DESC";
        self.all(sql, args![campaign]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    pub async fn recipient(&self, id: RecipientId) -> Result<Option<(CampaignId, Recipient)>, StoreError> {
        let sql = format!("SELECT {COLUMNS}, r.campaign_id FROM campaign_recipient r WHERE r.id = $1");
        let row = self.optional(AssertSqlSafe(sql), args![id]).await?;
        row.as_ref().map(|row| Ok((row.get(16)?, recipient(row)?))).transpose()
    }

    /// Every message that was handed over for these, oldest first.
    pub async fn attempts(&self, recipients: &[RecipientId]) -> Result<Vec<Attempt>, StoreError> {
        let mut attempts = Vec::new();
        for piece in pieces(recipients) {
            let sql = format!(
                "SELECT recipient_id, id, channel, recipient, words, state, error, created_at, updated_at FROM outbox \
                 WHERE recipient_id IN {} ORDER BY id LIMIT {}",
                places(1, piece.len()),
                MOST_ATTEMPTS * number(piece.len())
            );
            let values = piece.iter().map(|id| (*id).into()).collect();
            for row in self.all(AssertSqlSafe(sql), values).await? {
                attempts.push(attempt(&row)?);
            }
        }
        Ok(attempts)
    }

    /// What a person was sent by campaigns, latest first, with the campaign's name.
    pub async fn campaigns_of_person(
        &self,
        person: PersonId,
        limit: u32,
    ) -> Result<Vec<(CampaignId, String, Recipient)>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, c.id, c.name FROM campaign_recipient r JOIN campaign c ON c.id = r.campaign_id \
             WHERE r.person_id IN (SELECT id FROM person WHERE id = $1 OR merged_into = $1) AND c.started_at IS NOT NULL \
             AND (r.why IS NULL OR r.why <> 'duplicate') \
             ORDER BY r.id DESC LIMIT $2"
        );
        let rows = self.all(AssertSqlSafe(sql), args![person, i64::from(limit)]).await?;
        rows.iter().map(|row| Ok((row.get(16)?, row.get(17)?, recipient(row)?))).collect()
    }

    /// Messages to many that wait for their link, counted as far as `enough`.
    pub async fn queued_to_many(&self, way: Way, enough: u32) -> Result<u32, StoreError> {
        let sql = "SELECT COUNT(*) FROM (SELECT id FROM outbox WHERE state = 'queued' AND channel = $1 AND urgency = 1 LIMIT $2) q";
        // The partial indexes are chosen by the word itself, not by a parameter.
        let sql = AssertSqlSafe(sql.replace("$1", &format!("'{way}'")).replace("$2", "$1"));
        let count: i64 = match self.optional(sql, args![i64::from(enough)]).await? {
            Some(row) => row.get(0)?,
            None => 0,
        };
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}

impl Tx<'_> {
    pub async fn insert_recipients(
        &mut self,
        (campaign, source): (CampaignId, SourceId),
        new: &[NewRecipient],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        const COLUMNS: usize = 15;
        for piece in pieces(new) {
            let sql = format!(
                "INSERT INTO campaign_recipient (campaign_id, source_id, person_id, name, phone, email, address, language, fields, \
                 state, rung, why, due_at, reached_by, updated_at) VALUES {}",
                places(piece.len(), COLUMNS)
            );
            let mut values = Vec::with_capacity(piece.len() * COLUMNS);
            for one in piece {
                let who = &one.who;
                let fields = if who.fields.is_empty() { String::new() } else { json(&who.fields)? };
                values.extend(args![
                    campaign,
                    source,
                    who.person,
                    who.name.as_str(),
                    who.phone.clone(),
                    who.email.clone(),
                    who.address.as_str(),
                    who.language,
                    fields,
                    one.state,
                    number(one.rung),
                    one.why,
                    at,
                    None::<Way>,
                    at
                ]);
            }
            self.execute(AssertSqlSafe(sql), values).await?;
        }
        Ok(())
    }

    /// Rows of a list that were not looked at yet.
    pub async fn listed(
        &mut self,
        (campaign, source): (CampaignId, SourceId),
        after: i64,
        limit: u32,
    ) -> Result<Vec<Recipient>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM campaign_recipient r WHERE r.source_id = $2 AND r.campaign_id = $1 AND r.id > $3 \
             AND r.state = 'listed' ORDER BY r.id LIMIT $4"
        );
        let rows = self.all(AssertSqlSafe(sql), args![campaign, source, after, i64::from(limit)]).await?;
        rows.iter().map(recipient).collect()
    }

    /// A row of a list after it was looked at: whose it is, which of its addresses are its own, and where it stands.
    pub async fn settle_listed(
        &mut self,
        id: RecipientId,
        new: &NewRecipient,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE campaign_recipient SET person_id = $2, phone = $3, email = $4, state = $5, rung = $6, why = $7, \
             due_at = $8, updated_at = $8 WHERE id = $1";
        let who = &new.who;
        let values = args![
            id,
            who.person,
            who.phone.clone(),
            who.email.clone(),
            new.state,
            number(new.rung),
            new.why,
            at
        ];
        self.execute(sql, values).await.map(drop)
    }

    /// Which of these are recipients of the campaign already.
    pub async fn taken(&mut self, campaign: CampaignId, who: &[Candidate]) -> Result<Taken, StoreError> {
        let mut taken = Taken::default();
        let persons: Vec<PersonId> = who.iter().filter_map(|one| one.person).collect();
        for piece in pieces(&persons) {
            let values = piece.iter().map(|id| (*id).into()).collect();
            taken.persons.extend(self.among::<i64>(campaign, "person_id", piece.len(), values).await?);
        }
        let phones: Vec<&str> = who.iter().filter_map(|one| one.phone.as_deref()).collect();
        for piece in pieces(&phones) {
            let values = piece.iter().map(|phone| (*phone).into()).collect();
            taken.phones.extend(self.among::<String>(campaign, "phone", piece.len(), values).await?);
        }
        let emails: Vec<&str> = who.iter().filter_map(|one| one.email.as_deref()).collect();
        for piece in pieces(&emails) {
            let values = piece.iter().map(|email| (*email).into()).collect();
            taken.emails.extend(self.among::<String>(campaign, "email", piece.len(), values).await?);
        }
        Ok(taken)
    }

    async fn among<T: super::sql::Column>(
        &mut self,
        campaign: CampaignId,
        column: &str,
        count: usize,
        mut values: Vec<super::sql::Value>,
    ) -> Result<Vec<T>, StoreError> {
        let sql = format!(
            "SELECT {column} FROM campaign_recipient WHERE {column} IN {} AND campaign_id = ${} \
             AND state NOT IN ('listed', 'skipped')",
            places(1, count),
            count + 1
        );
        values.push(campaign.into());
        let rows = self.all(AssertSqlSafe(sql), values).await?;
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Who has these addresses, and whether they are known to reach nobody.
    pub async fn owners(
        &mut self,
        values: &[String],
    ) -> Result<HashMap<String, (PersonId, bool)>, StoreError> {
        let mut owners = HashMap::new();
        for piece in pieces(values) {
            let sql = format!(
                "SELECT cp.value, COALESCE(o.merged_into, o.id), CAST(CASE WHEN cp.invalid_at IS NULL THEN 0 ELSE 1 END AS BIGINT) \
                 FROM contact_point cp JOIN person o ON o.id = cp.person_id \
                 WHERE cp.kind IN ('phone', 'email') AND cp.value IN {}",
                places(1, piece.len())
            );
            let given = piece.iter().map(|value| value.as_str().into()).collect();
            for row in self.all(AssertSqlSafe(sql), given).await? {
                owners.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
            }
        }
        Ok(owners)
    }

    /// Those whose turn it is on this step. On PostgreSQL several nodes may ask at once.
    pub async fn waiting(
        &mut self,
        (campaign, rung): (CampaignId, usize),
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Recipient>, StoreError> {
        let skip = if self.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!(
            "SELECT {COLUMNS} FROM campaign_recipient r WHERE r.campaign_id = $1 AND r.rung = $2 AND r.state = 'waiting' \
             AND r.due_at <= $3 ORDER BY r.due_at, r.id LIMIT $4 {skip}"
        );
        let rows = self.all(AssertSqlSafe(sql), args![campaign, number(rung), now, i64::from(limit)]).await?;
        rows.iter().map(recipient).collect()
    }

    /// From waiting to sending, until `until`.
    pub async fn begin_recipients(
        &mut self,
        ids: &[RecipientId],
        until: Timestamp,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for piece in pieces(ids) {
            let list: Vec<String> = (3..3 + piece.len()).map(|place| format!("${place}")).collect();
            let sql = format!(
                "UPDATE campaign_recipient SET state = 'sending', due_at = $1, updated_at = $2 WHERE id IN ({})",
                list.join(",")
            );
            let mut values = args![until, at];
            values.extend(piece.iter().map(|id| (*id).into()));
            self.execute(AssertSqlSafe(sql), values).await?;
        }
        Ok(())
    }

    /// Those whose step has taken too long, with where its message stands.
    pub async fn overdue_recipients(
        &mut self,
        campaign: CampaignId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Recipient, Option<DeliveryState>)>, StoreError> {
        let skip = if self.is_postgres() { "FOR UPDATE OF r SKIP LOCKED" } else { "" };
        let sql = format!(
            "SELECT {COLUMNS}, (SELECT o.state FROM outbox o WHERE o.recipient_id = r.id ORDER BY o.id DESC LIMIT 1) \
             FROM campaign_recipient r WHERE r.campaign_id = $1 AND r.state = 'sending' AND r.due_at <= $2 \
             ORDER BY r.due_at, r.id LIMIT $3 {skip}"
        );
        let rows = self.all(AssertSqlSafe(sql), args![campaign, now, i64::from(limit)]).await?;
        rows.iter().map(|row| Ok((recipient(row)?, row.get(16)?))).collect()
    }

    /// Whose message it is, by which way it went, under a lock.
    pub async fn recipient_of_message(
        &mut self,
        outbox: OutboxId,
    ) -> Result<Option<(Recipient, CampaignId, Way)>, StoreError> {
        let sql = "SELECT recipient_id, channel FROM outbox WHERE id = $1 AND recipient_id IS NOT NULL";
        let Some(row) = self.optional(sql, args![outbox]).await? else { return Ok(None) };
        let (id, way): (RecipientId, Way) = (row.get(0)?, row.get(1)?);
        Ok(self.recipient(id).await?.map(|(campaign, recipient)| (recipient, campaign, way)))
    }

    /// Under a lock.
    /// What the list says of them besides; nothing when it is not kept any more.
    pub async fn recipient_fields(&mut self, id: RecipientId) -> Result<Vec<(String, String)>, StoreError> {
        let row = self.optional("SELECT fields FROM campaign_recipient WHERE id = $1", args![id]).await?;
        row.map_or(Ok(Vec::new()), |row| match row.get::<String>(0)?.as_str() {
            "" => Ok(Vec::new()),
            text => parsed(text),
        })
    }

    pub async fn recipient(
        &mut self,
        id: RecipientId,
    ) -> Result<Option<(CampaignId, Recipient)>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE" } else { "" };
        let sql = format!("SELECT {COLUMNS}, r.campaign_id FROM campaign_recipient r WHERE r.id = $1{lock}");
        let row = self.optional(AssertSqlSafe(sql), args![id]).await?;
        row.as_ref().map(|row| Ok((row.get(16)?, recipient(row)?))).transpose()
    }

    /// Those in a state on a step before `rung`, in the order in which they came, under a lock.
    pub async fn recipients_before(
        &mut self,
        campaign: CampaignId,
        (state, rung): (RecipientState, usize),
        limit: u32,
    ) -> Result<Vec<Recipient>, StoreError> {
        let skip = if self.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!(
            "SELECT {COLUMNS} FROM campaign_recipient r WHERE r.campaign_id = $1 AND r.state = $2 AND r.rung < $4 \
             ORDER BY r.id LIMIT $3 {skip}"
        );
        let values = args![campaign, state, i64::from(limit), number(rung)];
        let rows = self.all(AssertSqlSafe(sql), values).await?;
        rows.iter().map(recipient).collect()
    }

    pub async fn move_recipient(
        &mut self,
        id: RecipientId,
        to: &Moved,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE campaign_recipient SET state = $2, rung = $3, why = $4, due_at = $5, reached_by = $6, reached_at = $7, \
             updated_at = $8 WHERE id = $1";
        let (by, when) = to.reached.unzip();
        self.execute(sql, args![id, to.state, number(to.rung), to.why, to.due_at, by, when, at])
            .await
            .map(drop)
    }

    /// All that wait become those of a stopped campaign; how many on which step. Up to `limit`.
    pub async fn stop_waiting(
        &mut self,
        campaign: CampaignId,
        limit: u32,
        at: Timestamp,
    ) -> Result<Counts, StoreError> {
        let sql = "UPDATE campaign_recipient SET state = 'stopped', updated_at = $3 WHERE id IN \
             (SELECT id FROM campaign_recipient WHERE campaign_id = $1 AND state = 'waiting' ORDER BY id LIMIT $2) RETURNING rung";
        let mut moved = Counts::default();
        for row in self.all(sql, args![campaign, i64::from(limit), at]).await? {
            moved.add(RecipientState::Waiting, usize::try_from(row.get::<i64>(0)?).unwrap_or_default(), 1);
        }
        Ok(moved)
    }

    /// Takes messages of this campaign out of the queue that no link has taken yet; those whose they are wait again. How many on which step.
    pub async fn take_back(
        &mut self,
        campaign: CampaignId,
        (way, limit): (Way, u32),
        at: Timestamp,
    ) -> Result<Counts, StoreError> {
        let skip = if self.is_postgres() { "FOR UPDATE OF o SKIP LOCKED" } else { "" };
        let sql = format!(
            "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o JOIN campaign_recipient r ON r.id = o.recipient_id \
             WHERE o.state = 'queued' AND o.channel = '{way}' AND o.urgency = 1 AND r.campaign_id = $1 AND r.state = 'sending' \
             LIMIT $2 {skip}) RETURNING recipient_id"
        );
        let rows = self.all(AssertSqlSafe(sql), args![campaign, i64::from(limit)]).await?;
        let ids: Vec<RecipientId> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        let mut moved = Counts::default();
        for piece in pieces(&ids) {
            let list: Vec<String> = (2..2 + piece.len()).map(|place| format!("${place}")).collect();
            let sql = format!(
                "UPDATE campaign_recipient SET state = 'waiting', due_at = $1, updated_at = $1 WHERE id IN ({}) RETURNING rung",
                list.join(",")
            );
            let mut values = args![at];
            values.extend(piece.iter().map(|id| (*id).into()));
            for row in self.all(AssertSqlSafe(sql), values).await? {
                moved.add(
                    RecipientState::Sending,
                    usize::try_from(row.get::<i64>(0)?).unwrap_or_default(),
                    1,
                );
            }
        }
        Ok(moved)
    }

    /// Back to the rows of lists as they came, and away with those of segments. Up to `limit`; whether there may be more.
    pub async fn unprepare(
        &mut self,
        campaign: CampaignId,
        limit: u32,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let of = |kind: &str| {
            format!(
                "SELECT r.id FROM campaign_recipient r JOIN campaign_source s ON s.id = r.source_id \
                 WHERE r.campaign_id = $1 AND r.state <> 'listed' AND s.segment {kind} ORDER BY r.id LIMIT $2"
            )
        };
        let sql = format!("DELETE FROM campaign_recipient WHERE id IN ({})", of("IS NOT NULL"));
        let gone = self.execute(AssertSqlSafe(sql), args![campaign, i64::from(limit)]).await?;
        let sql = format!(
            "UPDATE campaign_recipient SET state = 'listed', rung = 0, why = NULL, updated_at = $3 WHERE id IN ({})",
            of("IS NULL")
        );
        let back = self.execute(AssertSqlSafe(sql), args![campaign, i64::from(limit), at]).await?;
        Ok(gone + back > 0)
    }

    /// Recipients of a list that were not looked at yet, one by one for their deletion with the draft. Whether there may be more.
    pub async fn remove_recipients(&mut self, campaign: CampaignId, limit: u32) -> Result<bool, StoreError> {
        let sql = "DELETE FROM campaign_recipient WHERE id IN \
             (SELECT id FROM campaign_recipient WHERE campaign_id = $1 ORDER BY id LIMIT $2)";
        Ok(self.execute(sql, args![campaign, i64::from(limit)]).await? > 0)
    }
}

fn attempt(row: &Row) -> Result<Attempt, StoreError> {
    let mut r = row.reader();
    Ok(Attempt {
        recipient: r.next()?,
        outbox: r.next()?,
        way: r.next()?,
        to: r.next()?,
        words: r.next()?,
        state: r.next()?,
        error: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}

fn recipient(row: &Row) -> Result<Recipient, StoreError> {
    let mut r = row.reader();
    let (id, source) = (r.next()?, r.next()?);
    let mut who = Candidate {
        person: r.next()?,
        name: r.next()?,
        phone: r.next()?,
        email: r.next()?,
        address: r.next()?,
        language: r.next()?,
        fields: Vec::new(),
    };
    let fields: String = r.next()?;
    if !fields.is_empty() {
        who.fields = parsed(&fields)?;
    }
    Ok(Recipient {
        id,
        source,
        who,
        state: r.next()?,
        rung: usize::try_from(r.next::<i64>()?).unwrap_or_default(),
        why: r.next()?,
        due_at: r.next()?,
        reached_by: r.next()?,
        reached_at: r.next()?,
        updated_at: r.next()?,
    })
}
