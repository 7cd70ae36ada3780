//! Queues, their members, operators' skills and states, and the figures of their days.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::sql::{Reader, Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::UserId;
use crate::domain::operator::OperatorFigures;
use crate::domain::queue::{Member, QueueFigures, QueueKept, QueueSettings};

/// A queue as it is kept: with everyone, members are only those whose place was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRow {
    pub settings: QueueSettings,
    pub everyone: bool,
}

/// One language or service of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillRow {
    pub user: UserId,
    pub kind: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PauseReason {
    /// Small letters, digits, `-`, `_`.
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
    /// No longer offered.
    pub retired: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorStateRow {
    pub user: UserId,
    pub paused: Option<(String, Timestamp)>,
    pub idle_since: Timestamp,
    pub day: Date,
    pub today: OperatorFigures,
}

/// A stretch of one state; `ended_at` is `None` for the present one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateLogRow {
    pub user: UserId,
    pub state: String,
    pub reason: Option<String>,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

const QUEUE: &str = "SELECT key, name, strategy, everyone, ring_s, rest_s, wrap_up_s, pause_after_missed, \
     wait_while_paused, max_waiting, max_wait_s, overflow, overflow_after_s, ageing_s, widen_after_s, \
     announce_every_s, announce_wait, promise_s FROM queue ORDER BY key";

impl Db {
    pub async fn queues(&self) -> Result<Vec<QueueRow>, StoreError> {
        let mut queues: Vec<QueueRow> =
            self.all(QUEUE, args![]).await?.iter().map(queue).collect::<Result<_, _>>()?;
        let sql = "SELECT queue_key, user_id, penalty FROM queue_member ORDER BY queue_key, place, user_id";
        for row in self.all(sql, args![]).await? {
            let mut r = row.reader();
            let key: String = r.next()?;
            let member = Member { user: r.next()?, penalty: number(&mut r)? };
            if let Some(queue) = queues.iter_mut().find(|queue| queue.settings.key == key) {
                queue.settings.members.push(member);
            }
        }
        Ok(queues)
    }

    pub async fn operator_skills(&self) -> Result<Vec<SkillRow>, StoreError> {
        let sql = "SELECT user_id, kind, value FROM operator_skill ORDER BY user_id, kind, value";
        let skill = |row: &Row| {
            let mut r = row.reader();
            Ok(SkillRow { user: r.next()?, kind: r.next()?, value: r.next()? })
        };
        self.all(sql, args![]).await?.iter().map(skill).collect()
    }

    /// In the order in which they are offered.
    /// Of all queues, by their keys.
    pub(super) async fn queue_names(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let rows = self.all("SELECT key, name FROM queue", args![]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    pub async fn pause_reasons(&self) -> Result<Vec<PauseReason>, StoreError> {
        let sql = "SELECT key, name_sr, name_en, retired FROM pause_reason ORDER BY place, key";
        let reason = |row: &Row| {
            let mut r = row.reader();
            Ok(PauseReason { key: r.next()?, name_sr: r.next()?, name_en: r.next()?, retired: r.next()? })
        };
        self.all(sql, args![]).await?.iter().map(reason).collect()
    }

    pub async fn operator_states(&self) -> Result<Vec<OperatorStateRow>, StoreError> {
        let sql = "SELECT user_id, paused, paused_since, idle_since, day, answered, missed, talked_ms \
             FROM operator_state ORDER BY user_id";
        self.all(sql, args![]).await?.iter().map(operator_state).collect()
    }

    pub async fn queue_days(&self, day: Date) -> Result<Vec<QueueKept>, StoreError> {
        let sql = "SELECT queue_key, offered, answered, answered_in_time, abandoned, sent_back, called_back, \
             waited_ms FROM queue_day WHERE day = $1 ORDER BY queue_key";
        let kept = |row: &Row| {
            let mut r = row.reader();
            let key = r.next()?;
            let today = QueueFigures {
                offered: number(&mut r)?,
                answered: number(&mut r)?,
                answered_in_time: number(&mut r)?,
                abandoned: number(&mut r)?,
                sent_back: number(&mut r)?,
                called_back: number(&mut r)?,
                waited: milliseconds(&mut r)?,
            };
            Ok(QueueKept { key, today })
        };
        self.all(sql, args![day.to_string()]).await?.iter().map(kept).collect()
    }

    /// What an operator did from `from` on, the earliest first.
    pub async fn operator_log(&self, user: UserId, from: Timestamp) -> Result<Vec<StateLogRow>, StoreError> {
        let sql = "SELECT user_id, state, reason, started_at, ended_at FROM operator_state_log \
             WHERE user_id = $1 AND started_at >= $2 ORDER BY started_at, id";
        let entry = |row: &Row| {
            let mut r = row.reader();
            Ok(StateLogRow {
                user: r.next()?,
                state: r.next()?,
                reason: r.next()?,
                started_at: r.next()?,
                ended_at: r.next()?,
            })
        };
        self.all(sql, args![user, from]).await?.iter().map(entry).collect()
    }
}

impl Tx<'_> {
    /// Adds a queue or changes it by its key, its members included.
    pub async fn put_queue(&mut self, queue: &QueueRow) -> Result<(), StoreError> {
        let s = &queue.settings;
        let sql = "INSERT INTO queue (key, name, strategy, everyone, ring_s, rest_s, wrap_up_s, \
             pause_after_missed, wait_while_paused, max_waiting, max_wait_s, overflow, overflow_after_s, ageing_s, \
             widen_after_s, announce_every_s, announce_wait, promise_s) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
             ON CONFLICT (key) DO UPDATE SET name = excluded.name, strategy = excluded.strategy, \
             everyone = excluded.everyone, ring_s = excluded.ring_s, rest_s = excluded.rest_s, \
             wrap_up_s = excluded.wrap_up_s, pause_after_missed = excluded.pause_after_missed, \
             wait_while_paused = excluded.wait_while_paused, max_waiting = excluded.max_waiting, \
             max_wait_s = excluded.max_wait_s, overflow = excluded.overflow, \
             overflow_after_s = excluded.overflow_after_s, ageing_s = excluded.ageing_s, \
             widen_after_s = excluded.widen_after_s, announce_every_s = excluded.announce_every_s, \
             announce_wait = excluded.announce_wait, promise_s = excluded.promise_s";
        let values = args![
            s.key.as_str(),
            s.name.as_str(),
            s.strategy,
            queue.everyone,
            seconds(s.ring),
            seconds(s.rest),
            seconds(s.wrap_up),
            s.pause_after_missed.map(i64::from),
            s.wait_while_paused,
            i64::from(s.max_waiting),
            s.max_wait.map(seconds),
            s.overflow.as_deref(),
            s.overflow_after.map(seconds),
            s.ageing.map(seconds),
            s.widen_after.map(seconds),
            s.announce_every.map(seconds),
            s.announce_wait,
            seconds(s.promise)
        ];
        self.execute(sql, values).await?;
        self.execute("DELETE FROM queue_member WHERE queue_key = $1", args![s.key.as_str()]).await?;
        for (place, member) in (1_i64..).zip(&s.members) {
            let sql = "INSERT INTO queue_member (queue_key, user_id, place, penalty) VALUES ($1, $2, $3, $4)";
            self.execute(sql, args![s.key.as_str(), member.user, place, i64::from(member.penalty)]).await?;
        }
        Ok(())
    }

    pub async fn has_queue(&mut self, key: &str) -> Result<bool, StoreError> {
        Ok(self.optional("SELECT key FROM queue WHERE key = $1", args![key]).await?.is_some())
    }

    /// Whether there was such a queue. No other queue overflows into it any more.
    pub async fn remove_queue(&mut self, key: &str) -> Result<bool, StoreError> {
        self.execute("UPDATE queue SET overflow = NULL WHERE overflow = $1", args![key]).await?;
        self.execute("DELETE FROM queue_member WHERE queue_key = $1", args![key]).await?;
        Ok(self.execute("DELETE FROM queue WHERE key = $1", args![key]).await? > 0)
    }

    /// All skills of one kind.
    pub async fn set_skills(
        &mut self,
        user: UserId,
        kind: &str,
        values: &[String],
    ) -> Result<(), StoreError> {
        self.execute("DELETE FROM operator_skill WHERE user_id = $1 AND kind = $2", args![user, kind])
            .await?;
        for value in values {
            let sql = "INSERT INTO operator_skill (user_id, kind, value) VALUES ($1, $2, $3) \
                 ON CONFLICT (user_id, kind, value) DO NOTHING";
            self.execute(sql, args![user, kind, value.as_str()]).await?;
        }
        Ok(())
    }

    /// Adds a reason at the end, or changes it by its key.
    pub async fn put_pause_reason(&mut self, reason: &PauseReason) -> Result<(), StoreError> {
        let sql = "INSERT INTO pause_reason (key, name_sr, name_en, place, retired) \
             VALUES ($1, $2, $3, (SELECT COALESCE(MAX(place), 0) + 1 FROM pause_reason), $4) \
             ON CONFLICT (key) DO UPDATE SET name_sr = excluded.name_sr, name_en = excluded.name_en, \
             retired = excluded.retired";
        let (sr, en) = (reason.name_sr.as_str(), reason.name_en.as_str());
        self.execute(sql, args![reason.key.as_str(), sr, en, reason.retired]).await.map(drop)
    }

    pub async fn put_operator_state(&mut self, row: &OperatorStateRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO operator_state (user_id, paused, paused_since, idle_since, day, answered, missed, \
             talked_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (user_id) DO UPDATE SET paused = excluded.paused, paused_since = excluded.paused_since, \
             idle_since = excluded.idle_since, day = excluded.day, answered = excluded.answered, \
             missed = excluded.missed, talked_ms = excluded.talked_ms";
        let (reason, since) = row.paused.clone().unzip();
        let values = args![
            row.user,
            reason,
            since,
            row.idle_since,
            row.day.to_string(),
            i64::from(row.today.answered),
            i64::from(row.today.missed),
            whole_milliseconds(row.today.talked)
        ];
        self.execute(sql, values).await.map(drop)
    }

    /// Ends the present stretch and begins the next, unless it is the same state for the same reason.
    pub async fn log_operator_state(
        &mut self,
        user: UserId,
        state: &str,
        reason: Option<&str>,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "SELECT state, reason FROM operator_state_log WHERE user_id = $1 AND ended_at IS NULL";
        if let Some(row) = self.optional(sql, args![user]).await? {
            let (known, why): (String, Option<String>) = (row.get(0)?, row.get(1)?);
            if known == state && why.as_deref() == reason {
                return Ok(());
            }
        }
        let sql = "UPDATE operator_state_log SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL";
        self.execute(sql, args![user, since]).await?;
        let sql =
            "INSERT INTO operator_state_log (user_id, state, reason, started_at) VALUES ($1, $2, $3, $4)";
        self.execute(sql, args![user, state, reason, since]).await.map(drop)
    }

    /// After a start: whatever was going on is over.
    pub async fn close_operator_log(&mut self, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE operator_state_log SET ended_at = $1 WHERE ended_at IS NULL";
        self.execute(sql, args![at]).await.map(drop)
    }

    pub async fn put_queue_day(&mut self, day: Date, kept: &QueueKept) -> Result<(), StoreError> {
        let f = &kept.today;
        let sql = "INSERT INTO queue_day (queue_key, day, offered, answered, answered_in_time, abandoned, \
             sent_back, called_back, waited_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (queue_key, day) DO UPDATE SET offered = excluded.offered, answered = excluded.answered, \
             answered_in_time = excluded.answered_in_time, abandoned = excluded.abandoned, \
             sent_back = excluded.sent_back, called_back = excluded.called_back, waited_ms = excluded.waited_ms";
        let values = args![
            kept.key.as_str(),
            day.to_string(),
            i64::from(f.offered),
            i64::from(f.answered),
            i64::from(f.answered_in_time),
            i64::from(f.abandoned),
            i64::from(f.sent_back),
            i64::from(f.called_back),
            whole_milliseconds(f.waited)
        ];
        self.execute(sql, values).await.map(drop)
    }
}

fn queue(row: &Row) -> Result<QueueRow, StoreError> {
    let mut r = row.reader();
    let (key, name, strategy): (String, String, _) = (r.next()?, r.next()?, r.next()?);
    let everyone = r.next()?;
    let settings = QueueSettings {
        key,
        name,
        strategy,
        members: Vec::new(),
        ring: duration(r.next()?),
        rest: duration(r.next()?),
        wrap_up: duration(r.next()?),
        pause_after_missed: r.next::<Option<i64>>()?.map(small).transpose()?,
        wait_while_paused: r.next()?,
        max_waiting: number(&mut r)?,
        max_wait: r.next::<Option<i64>>()?.map(duration),
        overflow: r.next()?,
        overflow_after: r.next::<Option<i64>>()?.map(duration),
        ageing: r.next::<Option<i64>>()?.map(duration),
        widen_after: r.next::<Option<i64>>()?.map(duration),
        announce_every: r.next::<Option<i64>>()?.map(duration),
        announce_wait: r.next()?,
        promise: duration(r.next()?),
    };
    Ok(QueueRow { settings, everyone })
}

fn operator_state(row: &Row) -> Result<OperatorStateRow, StoreError> {
    let mut r = row.reader();
    let user = r.next()?;
    let (reason, since): (Option<String>, Option<Timestamp>) = (r.next()?, r.next()?);
    let idle_since = r.next()?;
    let day: String = r.next()?;
    Ok(OperatorStateRow {
        user,
        paused: reason.zip(since),
        idle_since,
        day: day.parse().map_err(|_| StoreError::Corrupt("a day is no date".into()))?,
        today: OperatorFigures {
            answered: number(&mut r)?,
            missed: number(&mut r)?,
            talked: milliseconds(&mut r)?,
        },
    })
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn whole_milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn duration(seconds: i64) -> Duration {
    Duration::from_secs(seconds.max(0).unsigned_abs())
}

fn milliseconds(reader: &mut Reader<'_>) -> Result<Duration, StoreError> {
    Ok(Duration::from_millis(reader.next::<i64>()?.max(0).unsigned_abs()))
}

fn number(reader: &mut Reader<'_>) -> Result<u32, StoreError> {
    small(reader.next()?)
}

fn small(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Corrupt(format!("{number} is no count")))
}
