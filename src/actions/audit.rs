//! The audit: told by every verb in the transaction of its change, sealed once a minute, proven on demand.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{ActionError, Actions, Actor};
use crate::domain::audit::seal::{Seal, Sealing};
pub use crate::domain::audit::{AuditEntry, Subject, SubjectKind, What, Who, WhoKind};
use crate::domain::id::{PersonId, RecordingId, UserId};
use crate::domain::permission::Right;
pub use crate::store::audit::{AuditFilter, AuditHead, AuditRow};
use crate::store::{StoreError, Tx, Work};

/// Somebody who looks at the same case again within this is not written down again.
const SAME_VIEW: Duration = Duration::from_secs(60 * 60);
/// Views that are remembered: a hundred people with two hundred cases an hour. Beyond it some are written twice.
const VIEWS: usize = 20_000;

/// What was seen by whom in the last hour.
#[derive(Debug, Default)]
pub(super) struct Views(Mutex<HashMap<(Who, What, Subject), Timestamp>>);

impl Actor {
    pub(super) fn who(&self) -> Who {
        match self {
            Self::User { id, .. } => Who::user(*id),
            Self::Token { name, .. } => Who::token(name),
            Self::System => Who::program("system"),
        }
    }

    /// For a work to hand to [`Tx::audit`].
    pub(super) fn audit(
        &self,
        at: Timestamp,
        what: What,
        subject: impl Into<Subject>,
        detail: Json,
    ) -> AuditEntry {
        AuditEntry { at, who: self.who(), what, subject: subject.into(), detail }
    }
}

/// A work, and what the audit says of it when it went well.
struct Audited<W, F> {
    work: W,
    says: F,
}

impl<W, F> Work for Audited<W, F>
where
    W: Work,
    F: Fn(&W::Out) -> Option<AuditEntry> + Send + Sync + 'static,
{
    type Out = W::Out;
    type Error = W::Error;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<W::Out, W::Error> {
        let out = self.work.run(tx).await?;
        if let Some(entry) = (self.says)(&out) {
            tx.audit(entry);
        }
        Ok(out)
    }
}

impl Actions {
    /// Does the work; in the same transaction the audit tells of it. `says`: what, to what, and what is to be known besides.
    pub(super) async fn audited<W: Work, S: Into<Subject>>(
        &self,
        actor: &Actor,
        work: W,
        says: impl Fn(&W::Out) -> (What, S, Json) + Send + Sync + 'static,
    ) -> Result<W::Out, W::Error> {
        let (actor, at) = (actor.clone(), self.clock.now());
        let says = move |out: &W::Out| {
            let (what, subject, detail) = says(out);
            Some(actor.audit(at, what, subject, detail))
        };
        self.shared.db.write(Audited { work, says }).await
    }

    /// Somebody is about to see what is kept of a citizen: it is not shown when it cannot be written down. Once an hour for each who
    /// and what.
    pub async fn viewed(
        &self,
        actor: &Actor,
        what: What,
        subject: impl Into<Subject>,
    ) -> Result<(), ActionError> {
        let (now, subject) = (self.clock.now(), subject.into());
        let view = (actor.who(), what, subject.clone());
        if self.shared.views.is_known(&view, now) {
            return Ok(());
        }
        self.tell_audit(actor.audit(now, what, subject, Json::Null)).await?;
        self.shared.views.remember(view, now);
        Ok(())
    }

    /// Somebody begins to listen; `from_the_start`: each time, else as a view.
    pub async fn listened(
        &self,
        actor: &Actor,
        recording: RecordingId,
        from_the_start: bool,
    ) -> Result<(), ActionError> {
        if !from_the_start {
            return self.viewed(actor, What::RecordingHeard, recording).await;
        }
        let now = self.clock.now();
        self.tell_audit(actor.audit(now, What::RecordingHeard, recording, Json::Null)).await?;
        self.shared.views.remember((actor.who(), What::RecordingHeard, recording.into()), now);
        Ok(())
    }

    /// People stand in a list, with names and numbers. Each of them is told once an hour for each who looks; all that are new in one
    /// entry, by their ids: what was looked for might be somebody's words.
    pub async fn people_listed(
        &self,
        actor: &Actor,
        list: &str,
        people: &[PersonId],
    ) -> Result<(), ActionError> {
        let now = self.clock.now();
        let view = |person: &PersonId| (actor.who(), What::PeopleListed, Subject::from(*person));
        let new: Vec<PersonId> =
            people.iter().filter(|person| !self.shared.views.is_known(&view(person), now)).copied().collect();
        if new.is_empty() {
            return Ok(());
        }
        let subject = Subject::new(SubjectKind::List, list);
        self.tell_audit(actor.audit(now, What::PeopleListed, subject, json!({ "people": new }))).await?;
        for person in &new {
            self.shared.views.remember(view(person), now);
        }
        Ok(())
    }

    /// A list that says who called or wrote; once an hour for each who looks.
    pub async fn list_viewed(&self, actor: &Actor, list: &str) -> Result<(), ActionError> {
        self.viewed(actor, What::ListViewed, Subject::new(SubjectKind::List, list)).await
    }

    /// Before the first row is sent. `list`: which; `detail`: the filter and the format.
    pub async fn exported(&self, actor: &Actor, list: &str, detail: Json) -> Result<(), ActionError> {
        let subject = Subject::new(SubjectKind::List, list);
        self.tell_audit(actor.audit(self.clock.now(), What::Exported, subject, detail)).await
    }

    /// `address`: where from.
    pub async fn logged_in(&self, user: UserId, address: &str) -> Result<(), ActionError> {
        let entry = AuditEntry {
            at: self.clock.now(),
            who: Who::user(user),
            what: What::LoggedIn,
            subject: user.into(),
            detail: json!({ "address": address }),
        };
        self.tell_audit(entry).await
    }

    pub async fn logged_out(&self, user: UserId) -> Result<(), ActionError> {
        let entry = AuditEntry {
            at: self.clock.now(),
            who: Who::user(user),
            what: What::LoggedOut,
            subject: user.into(),
            detail: Json::Null,
        };
        self.tell_audit(entry).await
    }

    /// The name is only written down when there is such a user: people type passwords into the wrong field.
    pub async fn login_failed(&self, login: &str, address: &str) -> Result<(), ActionError> {
        let directory = self.shared.db.directory();
        let subject = match directory.user_by_login(&login.trim().to_lowercase()) {
            Some(user) => user.id.into(),
            None => Subject::new(SubjectKind::Login, "unknown"),
        };
        let entry = AuditEntry {
            at: self.clock.now(),
            who: Who::unknown(),
            what: What::LoginFailed,
            subject,
            detail: json!({ "address": address }),
        };
        self.tell_audit(entry).await
    }

    /// What the page of the audit shows, latest first. That it was read is written down too.
    pub async fn audit_page(
        &self,
        actor: &Actor,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, ActionError> {
        self.shared.allow(actor, Right::ReadAudit)?;
        self.viewed(actor, What::AuditRead, Subject::new(SubjectKind::Audit, "audit")).await?;
        Ok(self.shared.db.audit_page(filter, before, limit).await?)
    }

    /// The end of the chain, to be written down outside of the installation.
    pub async fn audit_head(&self) -> Result<AuditHead, ActionError> {
        Ok(self.shared.db.audit_head().await?)
    }

    /// Brings all entries of timelines that cannot be overtaken any more into the audit. Returns how many. Once a minute, and at the end
    /// of the program; several nodes may do it at once, and one of them does.
    pub async fn seal_timelines(&self) -> Result<usize, ActionError> {
        let mut sealed = 0;
        let Some(to) = self.shared.db.settled_entries().await? else {
            tracing::warn!("transactions were open for too long: the timelines are sealed a minute later");
            return Ok(0);
        };
        let mut after = self.shared.db.audit_head().await?.sealed_to;
        while after < to {
            let (seal, count) = self.next_seal(after, to).await?;
            after = seal.to;
            if !self.shared.db.write(WriteSeal { seal, at: self.clock.now() }).await? {
                break;
            }
            sealed += count;
        }
        Ok(sealed)
    }

    async fn next_seal(&self, after: i64, to: i64) -> Result<(Seal, usize), ActionError> {
        let mut sealing = Sealing::after(after);
        loop {
            let entries = self.shared.db.sealed_entries(sealing.last(), to).await?;
            if entries.is_empty() {
                let count = sealing.count();
                return Ok((sealing.done(to), count));
            }
            for entry in entries {
                if sealing.is_full() {
                    let (last, count) = (sealing.last(), sealing.count());
                    return Ok((sealing.done(last), count));
                }
                sealing.add(entry.id, &entry.leaf);
            }
        }
    }

    /// An entry that comes with no other change.
    pub(super) async fn tell_audit(&self, entry: AuditEntry) -> Result<(), ActionError> {
        self.shared.db.write(Tell(entry)).await
    }
}

impl Views {
    fn is_known(&self, view: &(Who, What, Subject), now: Timestamp) -> bool {
        let views = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        views.get(view).is_some_and(|seen| is_recent(*seen, now))
    }

    fn remember(&self, view: (Who, What, Subject), now: Timestamp) {
        let mut views = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if views.len() >= VIEWS {
            views.retain(|_, seen| is_recent(*seen, now));
        }
        if views.len() >= VIEWS {
            views.clear();
        }
        views.insert(view, now);
    }
}

fn is_recent(seen: Timestamp, now: Timestamp) -> bool {
    seen.saturating_add(SAME_VIEW).is_ok_and(|until| now < until)
}

struct Tell(AuditEntry);

impl Work for Tell {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        tx.audit(self.0.clone());
        Ok(())
    }
}

struct WriteSeal {
    seal: Seal,
    at: Timestamp,
}

impl Work for WriteSeal {
    /// `false`: somebody else sealed them.
    type Out = bool;
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        if !tx.seal_from(self.seal.after, self.seal.to).await? {
            return Ok(false);
        }
        // Entries that were given ids and never came: nothing to seal, but the bound moves.
        let detail = serde_json::to_value(&self.seal).map_err(|e| StoreError::Corrupt(e.to_string()))?;
        tx.audit(AuditEntry {
            at: self.at,
            who: Who::program("seal"),
            what: What::Sealed,
            subject: Subject::new(SubjectKind::Timelines, self.seal.to),
            detail,
        });
        Ok(true)
    }
}
