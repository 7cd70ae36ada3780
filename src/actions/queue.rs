//! Queues, who is in them, and what operators do: settings by who may, states and figures by telephony itself.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use super::audit::{Subject, SubjectKind, What};
use super::{ActionError, Actions, Actor};
use crate::domain::id::UserId;
use crate::domain::operator::{
    OperatorChange, OperatorKept, OperatorSettings, OperatorState, PAUSE_MISSED, PausedFor,
};
use crate::domain::permission::{Right, Role};
use crate::domain::queue::{FloorKept, Member, QueueKept, QueueSettings, Wrong, is_key};
use crate::store::directory::User;
use crate::store::queue::{OperatorStateRow, PauseReason, QueueRow};
use crate::store::{Tx, Work};

/// Supervisors are rung when no operator is free, unless the queue says otherwise.
const SUPERVISOR_PENALTY: u32 = 1;

/// A municipality has a handful of each; more is a mistake of a program.
const MOST_QUEUES: usize = 100;
const MOST_SKILLS: usize = 50;

/// What the floor begins with, and is told anew after every change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FloorSettings {
    pub queues: Vec<QueueSettings>,
    pub operators: Vec<OperatorSettings>,
}

/// Why a queue was not changed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Out of its bounds.
    #[error("the setting {0} is out of its bounds")]
    Wrong(Wrong),
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl Actions {
    /// Queues with all their members, and everybody who may be rung.
    pub async fn floor_settings(&self) -> Result<FloorSettings, ActionError> {
        let db = &self.shared.db;
        let directory = db.directory();
        let operators: Vec<&User> = directory.users.iter().filter(|user| is_operator(user)).collect();
        let queues = db.queues().await?.into_iter().map(|queue| with_members(queue, &operators)).collect();
        let skills = db.operator_skills().await?;
        let of = |user: UserId, kind: &str| {
            let own = skills.iter().filter(|skill| skill.user == user && skill.kind == kind);
            own.map(|skill| skill.value.clone()).collect()
        };
        let operators = operators
            .iter()
            .map(|user| OperatorSettings {
                user: user.id,
                languages: of(user.id, "language"),
                services: of(user.id, "service"),
            })
            .collect();
        Ok(FloorSettings { queues, operators })
    }

    /// Changes when [`Self::floor_settings`] would.
    pub fn queue_news(&self) -> watch::Receiver<u64> {
        self.shared.queues.subscribe()
    }

    /// Changes a queue by its key, or adds it when `new`.
    pub async fn put_queue(&self, actor: &Actor, queue: QueueRow, new: bool) -> Result<(), QueueError> {
        self.shared.allow(actor, Right::ManageQueues)?;
        queue.settings.check().map_err(QueueError::Wrong)?;
        let key = queue.settings.key.clone();
        let known = self.shared.db.queues().await.map_err(ActionError::from)?;
        let exists = known.iter().any(|other| other.settings.key == key);
        if new && exists {
            return Err(QueueError::Wrong(Wrong::Key));
        }
        if !new && !exists {
            return Err(ActionError::NotFound.into());
        }
        if new && known.len() >= MOST_QUEUES {
            return Err(ActionError::Invalid(format!("there are {MOST_QUEUES} queues already")).into());
        }
        let behind = queue.settings.overflow.as_ref();
        if behind.is_some_and(|behind| known.iter().all(|other| other.settings.key != *behind)) {
            return Err(QueueError::Wrong(Wrong::Overflow));
        }
        let directory = self.shared.db.directory();
        let member = |member: &Member| directory.user(member.user).is_some();
        if !queue.settings.members.iter().all(member) {
            return Err(QueueError::Wrong(Wrong::Members));
        }
        let says = move |(): &()| {
            (What::QueueChanged, Subject::new(SubjectKind::Queue, &key), json!({ "new": new }))
        };
        self.audited(actor, Change::Queue(Box::new(queue)), says).await?;
        self.queues_changed();
        Ok(())
    }

    /// Callers who wait in it go to the queue behind it, or back to their plan.
    pub async fn remove_queue(&self, actor: &Actor, key: &str) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageQueues)?;
        let removed = key.to_owned();
        let says =
            move |(): &()| (What::QueueRemoved, Subject::new(SubjectKind::Queue, &removed), Json::Null);
        self.audited(actor, Change::Remove(key.to_owned()), says).await?;
        self.queues_changed();
        Ok(())
    }

    /// Languages as plans name them, services by their keys; none of a kind means any.
    pub async fn set_skills(
        &self,
        actor: &Actor,
        user: UserId,
        languages: Vec<String>,
        services: Vec<String>,
    ) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageQueues)?;
        let directory = self.shared.db.directory();
        if directory.user(user).is_none() {
            return Err(ActionError::NotFound);
        }
        if languages.len().max(services.len()) > MOST_SKILLS {
            return Err(ActionError::Invalid(format!("an operator has {MOST_SKILLS} skills at most")));
        }
        if let Some(unknown) = services.iter().find(|key| directory.department_by_key(key).is_none()) {
            return Err(ActionError::Invalid(format!("there is no service {unknown}")));
        }
        if let Some(odd) = languages.iter().find(|language| language.len() > 20 || language.is_empty()) {
            return Err(ActionError::Invalid(format!("{odd:?} is no language")));
        }
        let told = json!({ "languages": languages, "services": services });
        let says = move |(): &()| (What::SkillsChanged, user, told.clone());
        self.audited(actor, Change::Skills { user, languages, services }, says).await?;
        self.queues_changed();
        Ok(())
    }

    /// Adds a reason of pauses, or changes it by its key.
    pub async fn put_pause_reason(&self, actor: &Actor, reason: PauseReason) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageQueues)?;
        let named = |name: &str| (1..=60).contains(&name.trim().chars().count());
        if !is_key(&reason.key)
            || reason.key == PAUSE_MISSED
            || !named(&reason.name_sr)
            || !named(&reason.name_en)
        {
            return Err(ActionError::Invalid(
                "a reason has a key of its own and a name in each language".into(),
            ));
        }
        let subject = Subject::new(SubjectKind::PauseReason, &reason.key);
        let says = move |(): &()| (What::PauseReasonChanged, subject.clone(), Json::Null);
        self.audited(actor, Change::Reason(reason), says).await?;
        self.queues_changed();
        Ok(())
    }

    /// Whether `actor` may change what `operator` does: everybody their own, supervisors everybody's. The reason of a pause
    /// must be one that is offered.
    pub async fn may_set_state(
        &self,
        actor: &Actor,
        operator: UserId,
        pause: Option<&str>,
    ) -> Result<(), ActionError> {
        if !matches!(actor, Actor::User { id, .. } if *id == operator) {
            self.shared.allow(actor, Right::ManageQueues)?;
        }
        let Some(reason) = pause else { return Ok(()) };
        let offered = self.shared.db.pause_reasons().await?;
        if offered.iter().any(|known| known.key == reason && !known.retired) {
            Ok(())
        } else {
            Err(ActionError::Invalid("there is no such reason for a pause".into()))
        }
    }

    /// What the floor knew before the restart. To be asked once, at the start: it ends what the log says is going on.
    pub async fn load_floor(&self) -> Result<FloorKept, ActionError> {
        let db = &self.shared.db;
        let (now, today) = (self.clock.now(), self.today());
        db.write(Change::CloseLog(now)).await?;
        let operators = db.operator_states().await?.into_iter().map(|row| kept(row, today, now)).collect();
        Ok(FloorKept { operators, queues: db.queue_days(today).await? })
    }

    /// An operator does something else now. Ringing passes too quickly to be worth writing.
    pub async fn operator_changed(&self, change: OperatorChange) -> Result<(), ActionError> {
        if change.state == OperatorState::Ringing {
            return Ok(());
        }
        let (now, day) = (self.clock.now(), self.today());
        let kept = &change.kept;
        let row = OperatorStateRow {
            user: kept.user,
            paused: kept.paused.as_ref().map(|pause| (pause.reason.clone(), before(now, pause.since))),
            idle_since: before(now, kept.idle),
            day,
            today: kept.today,
        };
        let since = before(now, change.since);
        self.shared.db.write(Change::Operator { row, state: change.state, since }).await
    }

    /// The figures of today; to be written every so often, and when the program stops.
    pub async fn save_queue_figures(&self, queues: Vec<QueueKept>) -> Result<(), ActionError> {
        self.shared.db.write(Change::Figures { day: self.today(), queues }).await
    }

    pub(super) fn queues_changed(&self) {
        self.shared.queues.send_modify(|count| *count += 1);
    }

    fn today(&self) -> Date {
        self.clock.now().to_zoned(self.shared.zone.clone()).date()
    }
}

/// Whether somebody may be rung for a queue.
pub fn is_operator(user: &User) -> bool {
    user.active && matches!(user.role, Role::Operator | Role::Supervisor)
}

/// With everyone: those whose place was set stand where they were set, everybody else behind them.
fn with_members(queue: QueueRow, operators: &[&User]) -> QueueSettings {
    let QueueRow { mut settings, everyone } = queue;
    let is_there = |member: &Member| operators.iter().any(|user| user.id == member.user);
    settings.members.retain(is_there);
    if everyone {
        for user in operators {
            if settings.members.iter().all(|member| member.user != user.id) {
                let penalty = if user.role == Role::Supervisor { SUPERVISOR_PENALTY } else { 0 };
                settings.members.push(Member { user: user.id, penalty });
            }
        }
    }
    settings
}

fn kept(row: OperatorStateRow, today: Date, now: Timestamp) -> OperatorKept {
    let since = |at: Timestamp| Duration::try_from(now.duration_since(at)).unwrap_or_default();
    OperatorKept {
        user: row.user,
        paused: row.paused.map(|(reason, at)| PausedFor { reason, since: since(at) }),
        idle: since(row.idle_since),
        today: if row.day == today { row.today } else { Default::default() },
    }
}

fn before(now: Timestamp, ago: Duration) -> Timestamp {
    now.checked_sub(ago).unwrap_or(now)
}

enum Change {
    Queue(Box<QueueRow>),
    Remove(String),
    Skills { user: UserId, languages: Vec<String>, services: Vec<String> },
    Reason(PauseReason),
    Operator { row: OperatorStateRow, state: OperatorState, since: Timestamp },
    Figures { day: Date, queues: Vec<QueueKept> },
    CloseLog(Timestamp),
}

impl Work for Change {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        match self {
            Self::Queue(queue) => tx.put_queue(queue).await?,
            Self::Remove(key) => {
                if !tx.remove_queue(key).await? {
                    return Err(ActionError::NotFound);
                }
            }
            Self::Skills { user, languages, services } => {
                tx.set_skills(*user, "language", languages).await?;
                tx.set_skills(*user, "service", services).await?;
            }
            Self::Reason(reason) => tx.put_pause_reason(reason).await?,
            Self::Operator { row, state, since } => {
                tx.put_operator_state(row).await?;
                let (word, reason) = state.word();
                tx.log_operator_state(row.user, word, reason, *since).await?;
            }
            Self::Figures { day, queues } => {
                for queue in queues {
                    tx.put_queue_day(*day, queue).await?;
                }
            }
            Self::CloseLog(at) => tx.close_operator_log(*at).await?,
        }
        Ok(())
    }
}
