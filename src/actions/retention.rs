//! What is kept of citizens goes when its time is up: by rules that the administrator sets for each category, a piece at a time, so that
//! calls and texts get on in between and a restart goes on where it was.

use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::audit::{Subject, SubjectKind, What};
use super::erase::{Rules, new_key};
use super::{ActionError, Actions, Actor};
use crate::domain::audit::Erased;
use crate::domain::case::CaseNumber;
use crate::domain::id::{CaseId, PersonId, RecordingId};
use crate::domain::permission::Right;
use crate::domain::retention::before;
pub use crate::domain::retention::{MOST_DAYS, Rule, WrongRule};
use crate::store::{Tx, Work};

/// Cases and recordings that are looked at in one go.
const AT_ONCE: i64 = 100;
/// Parts of long texts that are dropped in one go.
const PARTS: i64 = 500;
/// No SMSC delivers a part again after so long.
const PARTS_KEPT_DAYS: u32 = 30;
/// Requests for erasure that are tried again in one go.
const REQUESTS: i64 = 50;

/// The names of those whose time is up are listed up to here; the rest is counted.
const LISTED: usize = 1_000;

/// Whose time is up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    pub cases: usize,
    pub recordings: usize,
    pub requests: usize,
    /// The first of the cases.
    pub numbers: Vec<CaseNumber>,
}

#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    #[error("the rule contradicts itself: {0:?}")]
    Wrong(WrongRule),
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl Actions {
    pub async fn retention_rules(&self, actor: &Actor) -> Result<Vec<Rule>, ActionError> {
        self.shared.allow(actor, Right::ErasePeople)?;
        Ok(self.shared.db.retention_rules().await?)
    }

    /// Adds the rule of a category, or changes it; the empty key is that of all others.
    pub async fn put_retention_rule(&self, actor: &Actor, rule: Rule) -> Result<(), RuleError> {
        self.shared.allow(actor, Right::ErasePeople)?;
        rule.check().map_err(RuleError::Wrong)?;
        let rule = Rule { basis: rule.basis.trim().chars().take(BASIS_CHARS).collect(), ..rule };
        if !rule.category.is_empty() && self.shared.db.directory().category_by_key(&rule.category).is_none() {
            return Err(ActionError::Invalid(format!("there is no category {:?}", rule.category)).into());
        }
        let subject = Subject::new(SubjectKind::Category, &rule.category);
        let told = json!({
            "keep_days": rule.keep_days,
            "recording_days": rule.recording_days,
            "legal_days": rule.legal_days,
            "basis": rule.basis,
        });
        let says = move |(): &()| (What::RetentionChanged, subject.clone(), told.clone());
        Ok(self.audited(actor, ChangeRule::Put(rule), says).await?)
    }

    /// The category is again like all others.
    pub async fn drop_retention_rule(&self, actor: &Actor, category: &str) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ErasePeople)?;
        let subject = Subject::new(SubjectKind::Category, category);
        let says = move |(): &()| (What::RetentionChanged, subject.clone(), json!({ "removed": true }));
        self.audited(actor, ChangeRule::Drop(category.to_owned()), says).await
    }

    /// What [`Self::keep_retention`] would do now.
    pub async fn retention_due(&self, actor: &Actor) -> Result<Due, ActionError> {
        self.shared.allow(actor, Right::ErasePeople)?;
        let mut due = Due::default();
        let now = self.clock.now();
        let rules = Rules::of(self).await?;
        let mut after = (Timestamp::MIN, CaseId(0));
        loop {
            let kept = before(now, rules.shortest(|rule| rule.keep_days));
            let cases = self.shared.db.retained_cases(kept, after, AT_ONCE).await?;
            let Some(last) = cases.last() else { break };
            after = (last.updated_at, last.id);
            for case in cases {
                if rules.of_case(self, &case).ends(case.updated_at) <= now {
                    due.cases += 1;
                    if due.numbers.len() < LISTED {
                        due.numbers.push(case.number);
                    }
                }
            }
        }
        let mut after = (Timestamp::MIN, RecordingId(0));
        while let Some((ids, last)) = self.aged_recordings(&rules, after).await? {
            after = last;
            due.recordings += ids.len();
        }
        due.requests = self.shared.db.due_erasures(now, i64::MAX).await?.len();
        Ok(due)
    }

    /// Erases everything whose time is up. Stopped anywhere, the next call goes on. In the end what was erased is overwritten. The files go by [`Self::remove_erased_files`].
    pub async fn keep_retention(&self) -> Result<Due, ActionError> {
        let now = self.clock.now();
        let rules = Rules::of(self).await?;
        let mut done = Due::default();
        for request in self.shared.db.due_erasures(now, REQUESTS).await? {
            self.erase_person(&Actor::System, request.person, &request.reason).await?;
            done.requests += 1;
        }
        let mut after = (Timestamp::MIN, CaseId(0));
        loop {
            let kept = before(now, rules.shortest(|rule| rule.keep_days));
            let cases = self.shared.db.retained_cases(kept, after, AT_ONCE).await?;
            let Some(last) = cases.last() else { break };
            after = (last.updated_at, last.id);
            for case in cases {
                let rule = rules.of_case(self, &case);
                if rule.ends(case.updated_at) > now {
                    continue;
                }
                let reason = format!("{} d", rule.keep_days);
                if self.erase_case(&Actor::System, &case, &reason).await?.is_err() {
                    continue;
                }
                done.cases += 1;
                if done.numbers.len() < LISTED {
                    done.numbers.push(case.number);
                }
                // Also those who followed it and are known for nothing else.
                for person in self.shared.db.write(Concerned(case.id)).await?.into_iter().chain(case.person) {
                    self.erase_person_quietly(person, &reason).await?;
                }
            }
        }
        done.recordings = self.erase_aged_recordings(&rules).await?;
        let parts = before(now, PARTS_KEPT_DAYS);
        while self.shared.db.write(DropParts(parts)).await? > 0 {}
        self.shared.erased.notify_one();
        if self.shared.to_overwrite.swap(false, Ordering::Relaxed)
            && let Err(error) = self.shared.db.overwrite_erased().await
        {
            self.shared.to_overwrite.store(true, Ordering::Relaxed);
            return Err(error.into());
        }
        Ok(done)
    }

    async fn erase_aged_recordings(&self, rules: &Rules) -> Result<usize, ActionError> {
        let mut erased = 0;
        let mut after = (Timestamp::MIN, RecordingId(0));
        while let Some((ids, last)) = self.aged_recordings(rules, after).await? {
            after = last;
            if !ids.is_empty() {
                erased += ids.len();
                let work = EraseRecordings { ids, key: new_key(), at: self.clock.now() };
                self.shared.db.write(work).await?;
            }
        }
        Ok(erased)
    }

    /// The next recordings behind `after`: those whose time is up, and the last that was looked at.
    async fn aged_recordings(
        &self,
        rules: &Rules,
        after: (Timestamp, RecordingId),
    ) -> Result<Option<(Vec<RecordingId>, (Timestamp, RecordingId))>, ActionError> {
        let now = self.clock.now();
        let kept = before(now, rules.shortest(|rule| rule.recording_days));
        let recordings = self.shared.db.aged_recordings(kept, after, AT_ONCE).await?;
        let Some(last) = recordings.last() else { return Ok(None) };
        let last = (last.started_at, last.id);
        let is_due = |days: u32, started: Timestamp| {
            started
                .saturating_add(SignedDuration::from_hours(i64::from(days) * 24))
                .is_ok_and(|end| end <= now)
        };
        let due = recordings.into_iter().filter(|recording| {
            let rule = rules.of_category(self, recording.category);
            recording.may_go && is_due(rule.recording_days, recording.started_at)
        });
        Ok(Some((due.map(|recording| recording.id).collect(), last)))
    }
}

/// On one line of the page.
const BASIS_CHARS: usize = 300;

enum ChangeRule {
    Put(Rule),
    Drop(String),
}

impl Work for ChangeRule {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        match self {
            Self::Put(rule) => Ok(tx.put_retention_rule(rule).await?),
            Self::Drop(category) if tx.drop_retention_rule(category).await? => Ok(()),
            Self::Drop(_) => Err(ActionError::NotFound),
        }
    }
}

/// Who has a part in the case besides whose it is.
struct Concerned(CaseId);

impl Work for Concerned {
    type Out = Vec<PersonId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<PersonId>, ActionError> {
        Ok(tx.parties(self.0).await?)
    }
}

struct EraseRecordings {
    ids: Vec<RecordingId>,
    key: String,
    at: Timestamp,
}

impl Work for EraseRecordings {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let recordings = tx.erase_recordings(&self.ids).await?;
        let why = "retention of recordings".to_owned();
        let erased = Erased { why, recordings, ..Erased::default() };
        let detail = serde_json::to_value(erased).map_err(|e| ActionError::Invalid(e.to_string()))?;
        let subject = Subject::new(SubjectKind::Erasure, &self.key);
        tx.audit(Actor::System.audit(self.at, What::Erased, subject, detail));
        Ok(())
    }
}

struct DropParts(Timestamp);

impl Work for DropParts {
    type Out = u64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, ActionError> {
        Ok(tx.drop_old_parts(self.0, PARTS).await?)
    }
}
