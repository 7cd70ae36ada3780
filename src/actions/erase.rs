//! What is kept of somebody is erased: because they ask for it (ZZPL art. 30), or because its time is up.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use serde_json::json;

use super::audit::{Subject, SubjectKind, What};
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::audit::Erased;
use crate::domain::case::CaseNumber;
use crate::domain::id::{CaseId, CategoryId, PersonId, RecordingId};
use crate::domain::permission::Right;
pub use crate::domain::retention::Postponed;
use crate::domain::retention::{MOST_DAYS, Rule};
use crate::domain::script::search_key;
use crate::domain::search::without_taken;
use crate::domain::timeline::Entry;
use crate::store::erase::ErasableCase;
pub use crate::store::retention::ErasureRequest;
use crate::store::vault::Vault;
use crate::store::{Tx, Work};

/// A sentence: the number of the request, which article.
pub const REASON_CHARS: usize = 500;

/// Files that are removed in one go.
const FILES: i64 = 200;

/// What became of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    pub erased: Vec<CaseNumber>,
    /// Kept for now, and why. The rest follows by itself when it may.
    pub postponed: Vec<(CaseNumber, Postponed)>,
    /// Nothing is left.
    pub done: bool,
}

impl Actions {
    /// Everything that may go now goes; what the law or open work keeps is postponed with its reason, and goes later by itself.
    pub async fn erase_person(
        &self,
        actor: &Actor,
        person: PersonId,
        reason: &str,
    ) -> Result<Erasure, ActionError> {
        self.shared.allow(actor, Right::ErasePeople)?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARS {
            return Err(ActionError::Invalid(format!("a reason has 1 to {REASON_CHARS} characters")));
        }
        // Of whom was merged the survivor.
        let person = self.shared.db.person(person).await?.ok_or(ActionError::NotFound)?.id;
        let now = self.clock.now();
        let rules = Rules::of(self).await?;
        let mut erasure = Erasure::default();
        let mut next: Option<Timestamp> = None;
        for case in self.shared.db.erasable_cases(person).await? {
            let may = rules.of_case(self, &case).may_erase(case.status, case.updated_at, now);
            let outcome = match may {
                Ok(()) => self.erase_case(actor, &case, reason).await?,
                Err(why) => Err(why),
            };
            match outcome {
                Ok(()) => erasure.erased.push(case.number),
                Err(why) => {
                    let again = why.again(now);
                    next = Some(next.map_or(again, |next| next.min(again)));
                    erasure.postponed.push((case.number, why));
                }
            }
        }
        let request = ErasureRequest {
            person,
            asked_at: now,
            asked_by: actor.by().user,
            reason: reason.to_owned(),
            next_at: next.unwrap_or(now),
        };
        let vault = self.shared.db.vault().clone();
        let work =
            ErasePerson { actor: actor.clone(), request, key: new_key(), at: now, quiet: false, vault };
        erasure.done = self.shared.db.write(work).await?;
        self.shared.to_overwrite.store(true, Ordering::Relaxed);
        self.shared.erased.notify_one();
        tracing::info!(
            person = person.0,
            erased = erasure.erased.len(),
            postponed = erasure.postponed.len(),
            by = ?actor,
            "what is kept of a person was erased"
        );
        Ok(erasure)
    }

    /// What would become of a request now, without doing it.
    pub async fn try_erasure(&self, actor: &Actor, person: PersonId) -> Result<Erasure, ActionError> {
        self.shared.allow(actor, Right::ErasePeople)?;
        self.shared.db.person(person).await?.ok_or(ActionError::NotFound)?;
        self.viewed(actor, What::PersonViewed, person).await?;
        let now = self.clock.now();
        let rules = Rules::of(self).await?;
        let mut erasure = Erasure::default();
        for case in self.shared.db.erasable_cases(person).await? {
            match rules.of_case(self, &case).may_erase(case.status, case.updated_at, now) {
                Ok(()) => erasure.erased.push(case.number),
                Err(why) => erasure.postponed.push((case.number, why)),
            }
        }
        erasure.done = erasure.postponed.is_empty();
        Ok(erasure)
    }

    /// Resolves when files may have to be removed.
    pub async fn erasures(&self) {
        self.shared.erased.notified().await;
    }

    /// Removes the files of erased recordings: `remove` is given paths relative to the data folder, and finds it well when there is no
    /// such file. What was not removed is tried again by the next call. Returns how many.
    pub async fn remove_erased_files(
        &self,
        remove: &(dyn Fn(&str) -> std::io::Result<()> + Sync),
    ) -> Result<usize, ActionError> {
        let mut removed = 0;
        loop {
            let files = self.shared.db.erasing_recordings(FILES).await?;
            let mut gone = 0;
            for (recording, path) in &files {
                match remove(path) {
                    Ok(()) => {
                        self.shared.db.write(FileGone(*recording)).await?;
                        gone += 1;
                    }
                    Err(error) => tracing::error!(recording = recording.0, %error, "a file was not removed"),
                }
            }
            removed += gone;
            if gone == 0 || i64::try_from(files.len()).is_ok_and(|files| files < FILES) {
                return Ok(removed);
            }
        }
    }

    /// `Err` inside: it must wait.
    pub(super) async fn erase_case(
        &self,
        actor: &Actor,
        case: &ErasableCase,
        reason: &str,
    ) -> Result<Result<(), Postponed>, ActionError> {
        let work = EraseCase {
            shared: Arc::clone(&self.shared),
            actor: actor.clone(),
            case: case.id,
            key: new_key(),
            reason: reason.to_owned(),
            at: self.clock.now(),
        };
        let done = self.shared.db.write(work).await?;
        if done.is_ok() {
            self.shared.to_overwrite.store(true, Ordering::Relaxed);
            self.changed(case.id);
        }
        Ok(done)
    }

    /// After the last case of somebody: the person too. `false` while a case keeps something, or they are told of a case that goes on.
    pub(super) async fn erase_person_quietly(
        &self,
        person: PersonId,
        reason: &str,
    ) -> Result<bool, ActionError> {
        let now = self.clock.now();
        let request =
            ErasureRequest { person, asked_at: now, asked_by: None, reason: reason.to_owned(), next_at: now };
        let vault = self.shared.db.vault().clone();
        let work = ErasePerson { actor: Actor::System, request, key: new_key(), at: now, quiet: true, vault };
        self.shared.db.write(work).await
    }
}

/// Of one erasure.
pub(super) fn new_key() -> String {
    format!("{:016x}", rand::random::<u64>())
}

/// The rules of all categories.
pub(super) struct Rules(Vec<Rule>);

impl Rules {
    pub(super) async fn of(actions: &Actions) -> Result<Self, ActionError> {
        let rules = actions.shared.db.retention_rules().await?;
        if rules.iter().any(|rule| rule.category.is_empty()) {
            return Ok(Self(rules));
        }
        Err(ActionError::Unavailable(
            "there is no rule of retention for categories without one of their own".into(),
        ))
    }

    /// That of the category, of the nearest one above it that has one, or that of all others.
    pub(super) fn of_category(&self, actions: &Actions, id: Option<CategoryId>) -> Rule {
        let directory = actions.shared.db.directory();
        let mut category = id.and_then(|id| directory.category(id));
        // A tree is no deeper than this, and a circle ends.
        for _ in 0..16 {
            let Some(at) = category else { break };
            if let Some(rule) = self.0.iter().find(|rule| rule.category == at.key) {
                return rule.clone();
            }
            category = at.parent.and_then(|parent| directory.category(parent));
        }
        let other = self.0.iter().find(|rule| rule.category.is_empty()).cloned();
        other.unwrap_or(Rule {
            category: String::new(),
            keep_days: MOST_DAYS,
            recording_days: MOST_DAYS,
            legal_days: MOST_DAYS,
            basis: String::new(),
        })
    }

    pub(super) fn of_case(&self, actions: &Actions, case: &ErasableCase) -> Rule {
        self.of_category(actions, Some(case.category))
    }

    pub(super) fn shortest(&self, days: impl Fn(&Rule) -> u32) -> u32 {
        self.0.iter().map(days).min().unwrap_or(MOST_DAYS)
    }
}

struct EraseCase {
    shared: Arc<Shared>,
    actor: Actor,
    case: CaseId,
    key: String,
    reason: String,
    at: Timestamp,
}

impl Work for EraseCase {
    /// `Err`: it must wait.
    type Out = Result<(), Postponed>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Out, ActionError> {
        let mut case = tx.case_fields(self.case).await?.ok_or(ActionError::NotFound)?;
        if case.erased_at.is_some() {
            return Ok(Ok(()));
        }
        if tx.is_under_way(self.case).await? {
            return Ok(Err(Postponed::UnderWay));
        }
        // Somebody works on another matter of the same letter.
        if tx.is_needed(self.case).await? {
            return Ok(Err(Postponed::Open));
        }
        let number = search_key(case.number.as_str());
        let search = format!("{} {number}", number.replace(' ', ""));
        let entries = tx.erase_case(self.case, (&self.key, self.at), &search).await?;
        for other in tx.takers(self.case).await? {
            tx.change_case_words(other, |keys| without_taken(keys, self.case)).await?;
        }
        let directory = self.shared.db.directory();
        let entry = Entry::Erased { reason: self.reason.clone() };
        tx.enter(&directory, (self.case, &mut case), self.at, &self.actor.by(), &[entry]).await?;
        let why = format!("case {}", self.case);
        let detail = serde_json::to_value(Erased { why, entries, ..Erased::default() });
        let detail = detail.map_err(|e| ActionError::Invalid(e.to_string()))?;
        let subject = Subject::new(SubjectKind::Erasure, &self.key);
        tx.audit(self.actor.audit(self.at, What::Erased, subject, detail));
        Ok(Ok(()))
    }
}

struct ErasePerson {
    actor: Actor,
    request: ErasureRequest,
    key: String,
    at: Timestamp,
    /// By a rule, not by a request: one that must wait is not noted, the rule comes again.
    quiet: bool,
    vault: Vault,
}

impl Work for ErasePerson {
    type Out = bool;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, ActionError> {
        let person = self.request.person;
        if self.quiet && tx.is_gone_or_waits(person).await? {
            return Ok(false);
        }
        let erased = tx.erase_person(person, (&self.key, self.at), (&self.vault, !self.quiet)).await?;
        let done = erased.is_some();
        if !done && self.quiet {
            return Ok(false);
        }
        if let Some(entries) = erased {
            let audit = tx.erase_audit_details(person, &self.key).await?;
            let why = format!("person {person}");
            let detail = serde_json::to_value(Erased { why, entries, audit, ..Erased::default() });
            let detail = detail.map_err(|e| ActionError::Invalid(e.to_string()))?;
            let subject = Subject::new(SubjectKind::Erasure, &self.key);
            tx.audit(self.actor.audit(self.at, What::Erased, subject, detail));
        } else {
            tx.put_erasure_request(&self.request).await?;
        }
        let detail = json!({ "reason": self.request.reason, "done": done });
        tx.audit(self.actor.audit(self.at, What::PersonErased, person, detail));
        Ok(done)
    }
}

struct FileGone(RecordingId);

impl Work for FileGone {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        Ok(tx.recording_is_erased(self.0).await?)
    }
}
