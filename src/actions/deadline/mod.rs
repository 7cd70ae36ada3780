//! Deadlines of cases: people pause, resume and extend them here; `follow` lets them begin and end with what happens to the case,
//! `watch` tells people in time, `settings` has the calendar and the profiles.

mod follow;
mod settings;
mod watch;

use std::sync::Arc;

use jiff::Timestamp;

pub use settings::{Preview, SettingsError};

use super::on_case::OnCase;
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::deadline::due::{Due, compute};
use crate::domain::deadline::step::Step;
use crate::domain::deadline::{DeadlineState, PauseReason};
use crate::domain::flow::Refused;
use crate::domain::id::{CaseId, DeadlineId};
use crate::domain::permission::Right;
use crate::domain::timeline::{DeadlineBegun, Entry};
use crate::store::deadline::{Deadline, NewDeadline};
use crate::store::directory::Directory;
use crate::store::{Tx, Work};

/// A reason is a sentence or two.
pub const REASON_MAX_CHARS: usize = 1_000;

impl Actions {
    /// The clock stands still until it is resumed.
    pub async fn pause_deadline(
        &self,
        actor: &Actor,
        case: CaseId,
        deadline: DeadlineId,
        reason: PauseReason,
        words: &str,
    ) -> Result<(), ActionError> {
        let words = checked(words)?;
        if reason == PauseReason::Other && words.is_empty() {
            return Err(ActionError::Invalid("another reason is given in words".into()));
        }
        self.change_deadline(actor, case, deadline, What::Pause { reason, words }).await
    }

    pub async fn resume_deadline(
        &self,
        actor: &Actor,
        case: CaseId,
        deadline: DeadlineId,
    ) -> Result<(), ActionError> {
        self.change_deadline(actor, case, deadline, What::Resume).await
    }

    /// By units of its terms, no more than the law or the promise allows in all; with a reason, which the citizen may read.
    pub async fn extend_deadline(
        &self,
        actor: &Actor,
        case: CaseId,
        deadline: DeadlineId,
        by: u32,
        words: &str,
    ) -> Result<(), ActionError> {
        let words = checked(words)?;
        if words.is_empty() {
            return Err(ActionError::Invalid("an extension has a reason".into()));
        }
        if by == 0 {
            return Err(ActionError::Invalid("an extension is longer than nothing".into()));
        }
        self.change_deadline(actor, case, deadline, What::Extend { by, words }).await
    }

    async fn change_deadline(
        &self,
        actor: &Actor,
        case: CaseId,
        deadline: DeadlineId,
        what: What,
    ) -> Result<(), ActionError> {
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        self.shared.db.write(ChangeDeadline { shared, actor, case, deadline, what, at }).await?;
        self.changed(case);
        Ok(())
    }
}

fn checked(words: &str) -> Result<String, ActionError> {
    let words = words.trim();
    if words.chars().count() > REASON_MAX_CHARS {
        return Err(ActionError::Invalid(format!("a reason has at most {REASON_MAX_CHARS} characters")));
    }
    Ok(words.to_owned())
}

#[derive(Clone)]
enum What {
    Pause { reason: PauseReason, words: String },
    Resume,
    Extend { by: u32, words: String },
}

struct ChangeDeadline {
    shared: Arc<Shared>,
    actor: Actor,
    case: CaseId,
    deadline: DeadlineId,
    what: What,
    at: Timestamp,
}

impl Work for ChangeDeadline {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let mut case = tx.case_fields(self.case).await?.ok_or(ActionError::NotFound)?;
        self.shared.allow_on(&self.actor, Right::ManageDeadlines, &case)?;
        if case.merged_into.is_some() {
            return Err(Refused::Merged.into());
        }
        let mut all = tx.case_deadlines(self.case).await?;
        let own = all.iter_mut().find(|deadline| deadline.id == self.deadline);
        let own = own.ok_or(ActionError::NotFound)?;
        let directory = self.shared.db.directory();
        match &self.what {
            What::Pause { reason, words } => self.pause(tx, own, *reason, words).await?,
            What::Resume => self.resume(tx, &directory, own).await?,
            What::Extend { by, .. } => self.extend(&directory, own, *by)?,
        }
        tx.put_deadline(own).await?;
        let (profile, due) = (own.profile.clone(), own.due_at);
        let next_due = next_due(&all);
        let entry = match &self.what {
            What::Pause { reason, words } => {
                Entry::DeadlinePaused { profile, reason: *reason, words: words.clone(), next_due }
            }
            What::Resume => Entry::DeadlineResumed { profile, due, next_due },
            What::Extend { by, words } => {
                Entry::DeadlineExtended { profile, by: *by, words: words.clone(), due, next_due }
            }
        };
        tx.enter(&directory, (self.case, &mut case), self.at, &self.actor.by(), &[entry]).await?;
        Ok(())
    }
}

/// All that run, in a transaction that is under way already. None may: the case is as wanted then.
pub(in crate::actions) async fn pause_all(
    tx: &mut Tx<'_>,
    on: &OnCase,
    reason: PauseReason,
    words: &str,
) -> Result<(), ActionError> {
    let words = checked(words)?;
    if reason == PauseReason::Other && words.is_empty() {
        return Err(ActionError::Invalid("another reason is given in words".into()));
    }
    let runs = |deadline: &Deadline| deadline.state == DeadlineState::Running && deadline.due_at > on.at;
    change_all(tx, on, runs, &What::Pause { reason, words }).await
}

/// All that are paused.
pub(in crate::actions) async fn resume_all(tx: &mut Tx<'_>, on: &OnCase) -> Result<(), ActionError> {
    change_all(tx, on, |deadline| deadline.state == DeadlineState::Paused, &What::Resume).await
}

async fn change_all(
    tx: &mut Tx<'_>,
    on: &OnCase,
    which: impl Fn(&Deadline) -> bool + Send,
    what: &What,
) -> Result<(), ActionError> {
    let all = tx.case_deadlines(on.case).await?;
    let chosen: Vec<DeadlineId> = all.iter().filter(|d| which(d)).map(|d| d.id).collect();
    for deadline in chosen {
        let (shared, actor) = (Arc::clone(&on.shared), on.actor.clone());
        let change = ChangeDeadline { shared, actor, case: on.case, deadline, what: what.clone(), at: on.at };
        change.run(tx).await?;
    }
    Ok(())
}

impl ChangeDeadline {
    async fn pause(
        &self,
        tx: &mut Tx<'_>,
        own: &mut Deadline,
        reason: PauseReason,
        words: &str,
    ) -> Result<(), ActionError> {
        if own.state != DeadlineState::Running {
            return Err(ActionError::Invalid("only a deadline that runs can be paused".into()));
        }
        if own.due_at <= self.at {
            return Err(ActionError::Invalid("the time of this deadline is over".into()));
        }
        own.state = DeadlineState::Paused;
        Ok(tx.begin_pause(own.id, self.at, reason, words).await?)
    }

    async fn resume(
        &self,
        tx: &mut Tx<'_>,
        directory: &Directory,
        own: &mut Deadline,
    ) -> Result<(), ActionError> {
        if own.state != DeadlineState::Paused {
            return Err(ActionError::Invalid("this deadline is not paused".into()));
        }
        own.state = DeadlineState::Running;
        tx.end_pause(own.id, self.at).await?;
        if let Some(pause) = own.pauses.last_mut() {
            pause.to = Some(self.at);
        }
        self.shared.compute_again(directory, own, self.at)
    }

    fn extend(&self, directory: &Directory, own: &mut Deadline, by: u32) -> Result<(), ActionError> {
        if !own.state.is_live() {
            return Err(ActionError::Invalid("this deadline is over".into()));
        }
        if by > own.may_extend_by() {
            let most = own.may_extend_by();
            return Err(ActionError::Invalid(format!("this deadline may be extended by {most} at most")));
        }
        own.extended_by += by;
        self.shared.compute_again(directory, own, self.at)
    }
}

impl Shared {
    /// Where it ends by the calendar of now, with its pauses and extension.
    fn due_of(&self, directory: &Directory, deadline: &Deadline) -> Result<Due, ActionError> {
        let (pauses, by) = (deadline.past_pauses(), deadline.extended_by);
        let calendar = &directory.office.calendar;
        let due = compute(&deadline.terms, deadline.started_at, calendar, &self.zone, &pauses, by)
            .map_err(|endless| ActionError::Invalid(endless.to_string()))?;
        let origin = deadline.explanation.iter().find(|step| matches!(step, Step::SplitFrom { .. }));
        Ok(origin.map_or(due.clone(), |origin| due.told_from(origin.clone())))
    }

    /// What of its alarms lies ahead again goes off again.
    fn compute_again(
        &self,
        directory: &Directory,
        deadline: &mut Deadline,
        now: Timestamp,
    ) -> Result<(), ActionError> {
        let due = self.due_of(directory, deadline)?;
        let terms = &deadline.terms;
        deadline.alarms = terms.still_done(deadline.started_at, due.at, deadline.alarms, now);
        if due.at > now {
            deadline.missed_at = None;
        }
        deadline.due_at = due.at;
        deadline.explanation = due.explanation;
        deadline.calendar = directory.office.revision;
        Ok(())
    }
}

impl Shared {
    /// The case became a part of another one: nobody is reminded of its deadlines, and what happens to the whole meets none of them.
    pub(super) async fn deadlines_rest(&self, tx: &mut Tx<'_>, case: CaseId) -> Result<(), ActionError> {
        for mut deadline in tx.case_deadlines(case).await? {
            if deadline.state.is_live() {
                deadline.rests = true;
                tx.put_deadline(&deadline).await?;
            }
        }
        Ok(())
    }

    /// The case goes on by itself. Its days have gone on, so that its deadlines are as if they had never rested. The soonest of them.
    pub(super) async fn deadlines_wake(
        &self,
        tx: &mut Tx<'_>,
        case: CaseId,
    ) -> Result<Option<Timestamp>, ActionError> {
        let mut all = tx.case_deadlines(case).await?;
        for deadline in all.iter_mut().filter(|deadline| deadline.rests) {
            deadline.rests = false;
            tx.put_deadline(deadline).await?;
        }
        Ok(next_due(&all))
    }
}

/// The soonest that runs, also when its time is over: it is still to be met.
fn next_due(deadlines: &[Deadline]) -> Option<Timestamp> {
    let runs = |deadline: &&Deadline| deadline.state == DeadlineState::Running && !deadline.rests;
    let running = deadlines.iter().filter(runs);
    running.map(|deadline| deadline.due_at).min()
}

/// How the entry names one that begins.
pub(super) fn begun(new: &NewDeadline) -> DeadlineBegun {
    DeadlineBegun { profile: new.profile.clone(), due: new.due.at }
}
