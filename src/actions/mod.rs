//! Verbs. They own transactions, rights checks and the audit; shells and pages call them and nothing else to change anything.

pub mod alert;
pub mod announcement;
mod annul;
pub mod answer;
pub mod audit;
pub mod audit_check;
pub mod bulk;
pub mod call;
mod call_case;
pub mod call_recovery;
pub mod callback;
pub mod campaign;
pub mod case;
pub mod case_macro;
pub mod case_state;
pub mod catalogue;
pub mod deadline;
pub mod delivery;
pub mod dialer;
pub mod draft;
pub mod erase;
pub mod file;
pub mod follower;
pub mod forward;
pub mod index;
pub mod kept_template;
mod login;
pub mod mail;
pub mod merge;
mod node;
mod notify;
mod on_case;
mod open;
pub mod opt_out;
pub mod outcome;
mod people_follow;
pub mod person;
pub mod person_report;
pub mod phone;
pub mod plan;
pub mod queue;
mod read_case;
pub mod rebuild;
pub mod register;
pub mod reply;
mod report;
pub mod retention;
mod rights;
pub mod saved_filter;
pub mod second_factor;
pub mod seed;
mod spend;
pub mod split;
pub mod survey;
mod telling;
mod telling_follow;
pub mod text;
pub mod token;
pub mod town;
pub mod user;
pub mod watcher;
pub mod webhook;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::{Notify, broadcast, watch};

use crate::clock::Clock;
use crate::config;
use crate::domain::flow::Refused;
use crate::domain::id::{CaseId, RoleId, UserId};
use crate::domain::notice::Purpose;
use crate::domain::permission::{Decision, Role};
use crate::domain::webhook::Allowed;
use crate::store::event::By;
use crate::store::{Db, StoreError};

/// A small handle, cheap to clone, that every shell holds.
#[derive(Clone, Debug)]
pub struct Actions {
    shared: Arc<Shared>,
    clock: Clock,
}

#[derive(Debug)]
struct Shared {
    db: Db,
    cases: config::cases::Cases,
    mail: config::mail::Mail,
    zone: TimeZone,
    /// Words by key and language.
    templates: HashMap<(String, String), String>,
    news: broadcast::Sender<CaseNews>,
    outbox: Notify,
    mails: Notify,
    calls: Notify,
    phones: phone::Phones,
    /// Counts the changes of queues and operators.
    queues: watch::Sender<u64>,
    /// What the dialplans name; see [`Actions::respect_plans`].
    plans: OnceLock<Arc<dyn catalogue::PlanNames>>,
    /// What `[webhooks]` allows.
    webhooks: OnceLock<Allowed>,
    /// See [`Actions::run_campaigns`].
    campaigns: OnceLock<campaign::CampaignSettings>,
    /// As the municipality calls itself; see [`Actions::speak_for`].
    municipality: OnceLock<String>,
    views: audit::Views,
    passwords: login::Passwords,
    /// The version of roles and users that the directory shows.
    rights: AtomicI64,
    /// Files may have to be removed.
    erased: Notify,
    /// Something was erased since what was erased was last overwritten.
    to_overwrite: AtomicBool,
    /// As whom this process works; see [`Actions::be_node`].
    node: OnceLock<String>,
}

/// Who asks for it. Pages and the API name somebody; telephony and texts are the program itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    User {
        id: UserId,
        role: Role,
    },
    /// A bearer token of the REST API: its name, and what it may as whom.
    Token {
        name: String,
        role: RoleId,
        owner: Option<UserId>,
    },
    System,
}

/// A case was opened or changed. Sent after the commit; who lags reads the case anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseNews {
    pub case: CaseId,
    pub what: News,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Opened,
    Changed,
}

/// Why an action was not carried out. Knows its HTTP answer in `web/error`, its SIP answer in `call`, its SMPP answer in `messaging`.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    #[error("not found")]
    NotFound,
    /// Somebody else changed the case since it was read.
    #[error("changed by somebody else in the meantime")]
    Conflict,
    #[error("not allowed: {0}")]
    Forbidden(Box<Decision>),
    #[error("{0}")]
    Invalid(String),
    /// Others ask for the same thing right now, and no more of them can wait.
    #[error("too many at once")]
    Busy,
    /// The database does not take writes now: the contact must be refused so that the other side tries again.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The database answers, and does not take this: it may be its state of the moment, or something in what it was given.
    #[error("the database refused: {0}")]
    Refused(String),
}

/// News that a page may be behind before it has to read anew: some seconds of a busy day.
const NEWS: usize = 1_024;

impl Actions {
    /// Seeds an empty database with the categories, services and templates that the shipped dialplan needs.
    pub async fn new(db: Db, clock: Clock, cases: config::cases::Cases) -> Result<Self, ActionError> {
        Self::with_mail(db, clock, cases, config::mail::Mail::default()).await
    }

    /// The same, for a municipality that has a mailbox.
    pub async fn with_mail(
        db: Db,
        clock: Clock,
        cases: config::cases::Cases,
        mail: config::mail::Mail,
    ) -> Result<Self, ActionError> {
        let zone = TimeZone::get(&cases.time_zone).map_err(|e| ActionError::Invalid(e.to_string()))?;
        db.write(seed::Seed { class: cases.default_class.clone() }).await?;
        db.write(rights::SeedRules).await?;
        db.write(kept_template::seed::SeedTemplates { at: clock.now() }).await?;
        let rights = AtomicI64::new(db.rights_version().await?);
        db.refresh_directory().await?;
        let templates = db.templates().await?.into_iter().map(|t| ((t.key, t.language), t.words)).collect();
        let (news, _) = broadcast::channel(NEWS);
        let shared = Shared {
            db,
            cases,
            mail,
            zone,
            templates,
            news,
            outbox: Notify::new(),
            mails: Notify::new(),
            calls: Notify::new(),
            phones: phone::Phones::default(),
            queues: watch::Sender::new(0),
            plans: OnceLock::new(),
            webhooks: OnceLock::new(),
            campaigns: OnceLock::new(),
            municipality: OnceLock::new(),
            views: audit::Views::default(),
            passwords: login::Passwords::default(),
            rights,
            erased: Notify::new(),
            // What an earlier run erased too.
            to_overwrite: AtomicBool::new(true),
            node: OnceLock::new(),
        };
        let actions = Self { shared: Arc::new(shared), clock };
        actions.settle_moved_categories().await?;
        Ok(actions)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn db(&self) -> &Db {
        &self.shared.db
    }

    pub fn news(&self) -> broadcast::Receiver<CaseNews> {
        self.shared.news.subscribe()
    }

    /// The same verbs as if it were `now`: for imports of what happened before.
    pub fn at(&self, now: Timestamp) -> Self {
        Self { shared: Arc::clone(&self.shared), clock: Clock::test(now) }
    }

    /// Keys of the templates that a dialplan may name.
    pub fn template_keys(&self) -> Vec<String> {
        // What officers write is put into the others; a plan has nothing to put there.
        let own = |key: &String| {
            let ours = Purpose::ALL.iter().all(|other| other.is_of_intake() || other.as_str() != key);
            ours && !key.starts_with("mail_")
        };
        let mut keys: Vec<String> =
            self.shared.templates.keys().map(|(key, _)| key.clone()).filter(own).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    fn changed(&self, case: CaseId) {
        // No page looks on: nobody to tell.
        let _ = self.shared.news.send(CaseNews { case, what: News::Changed });
    }

    fn opened(&self, case: CaseId) {
        let _ = self.shared.news.send(CaseNews { case, what: News::Opened });
    }
}

impl Actor {
    /// Whose own things it may look after: the user, or in whose name a token works.
    pub fn person(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::Token { owner, .. } => *owner,
            Self::System => None,
        }
    }

    fn by(&self) -> By {
        match self {
            Self::User { id, .. } => By { user: Some(*id), token: None },
            Self::Token { name, .. } => By { user: None, token: Some(name.clone()) },
            Self::System => By::default(),
        }
    }
}

impl From<Refused> for ActionError {
    fn from(refused: Refused) -> Self {
        Self::Invalid(refused.to_string())
    }
}

impl From<StoreError> for ActionError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) | StoreError::Collided(why) => Self::Unavailable(why),
            StoreError::Corrupt(what) | StoreError::Database(what) => {
                metrics::counter!("odziv_store_errors_total").increment(1);
                tracing::error!(error = what, "the database refused a statement");
                Self::Refused(what)
            }
        }
    }
}
