//! Macros: kept by administrators, used by whoever has the rights of their acts. `carry` carries one out.

mod carry;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

pub use carry::{MacroError, Stop, Stopped, Would};

use super::audit::What;
use super::kept_template::{KeepError, Part, names};
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::case_macro::{Act, Assignee, MOST_ACTS};
use crate::domain::deadline::PauseReason;
use crate::domain::id::{CaseId, DepartmentId, MacroId};
use crate::domain::permission::Right;
pub use crate::store::case_macro::CaseMacro;
use crate::store::case_macro::MOST_MACROS;
use crate::store::directory::Directory;
use crate::store::kept_template::KeptTemplate;
use crate::store::{Tx, Work};

/// What a macro becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacroChange {
    /// In Serbian Cyrillic.
    pub name_sr: String,
    pub name_en: String,
    /// Whose officers see it; `None`: everybody.
    pub department: Option<DepartmentId>,
    pub acts: Vec<Act>,
}

/// A reason is a sentence or two, as everywhere.
const REASON_CHARS: usize = 1_000;

impl Actions {
    pub async fn add_macro(&self, actor: &Actor, change: MacroChange) -> Result<MacroId, KeepError> {
        self.shared.allow(actor, Right::ManageTemplates)?;
        let change = self.checked_macro(change).await?;
        let work = AddMacro {
            shared: Arc::clone(&self.shared),
            new: kept(MacroId(0), 0, false, change),
            at: self.clock.now(),
        };
        self.audited(actor, work, |id| (What::MacroChanged, *id, json!({ "new": true }))).await
    }

    /// `version`: that of the macro as it was read.
    pub async fn change_macro(
        &self,
        actor: &Actor,
        id: MacroId,
        version: i64,
        change: MacroChange,
    ) -> Result<(), KeepError> {
        self.shared.allow(actor, Right::ManageTemplates)?;
        let change = self.checked_macro(change).await?;
        let work = PutMacro {
            shared: Arc::clone(&self.shared),
            id,
            version,
            change: Put::Acts(change),
            at: self.clock.now(),
        };
        self.audited(actor, work, move |()| (What::MacroChanged, id, json!({ "acts": true }))).await
    }

    /// Offered to nobody any more, or again.
    pub async fn archive_macro(
        &self,
        actor: &Actor,
        id: MacroId,
        version: i64,
        archived: bool,
    ) -> Result<(), KeepError> {
        self.shared.allow(actor, Right::ManageTemplates)?;
        let work = PutMacro {
            shared: Arc::clone(&self.shared),
            id,
            version,
            change: Put::Archived(archived),
            at: self.clock.now(),
        };
        let told = move |(): &()| (What::MacroChanged, id, json!({ "archived": archived }));
        self.audited(actor, work, told).await
    }

    /// Those that are offered to `actor`. Whether the acts can be taken is seen on a case.
    pub async fn macros_for(&self, actor: &Actor) -> Result<Vec<CaseMacro>, ActionError> {
        self.shared.allow(actor, Right::ReadCases)?;
        let mut macros = self.shared.db.macros().await?;
        macros.retain(|one| !one.archived && self.shared.is_offered(actor, one.department));
        Ok(macros)
    }

    /// What using it would do to the case now: tried out in a transaction that is then undone, so that the preview cannot differ from
    /// what happens.
    pub async fn try_macro(&self, actor: &Actor, case: CaseId, id: MacroId) -> Result<Would, MacroError> {
        self.shared.allow(actor, Right::ReadCases)?;
        let used = carry::UseMacro { on: self.on(actor, case, None), id };
        match self.shared.db.write(carry::TryMacro(used)).await {
            Err(carry::Tried::Would(would)) => Ok(*would),
            Err(carry::Tried::Failed(error)) => Err(error),
            Ok(never) => match never {},
        }
    }

    /// All acts, or none. `version`: that of the case as it was looked at. The new version.
    pub async fn use_macro(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        id: MacroId,
    ) -> Result<i64, MacroError> {
        self.shared.allow(actor, Right::ReadCases)?;
        let used = carry::UseMacro { on: self.on(actor, case, Some(version)), id };
        let (_, version) = self.shared.db.write(used).await?;
        self.changed(case);
        self.shared.outbox.notify_one();
        self.shared.mails.notify_one();
        Ok(version)
    }

    async fn checked_macro(&self, change: MacroChange) -> Result<MacroChange, KeepError> {
        let (name_sr, name_en) = names(&change.name_sr, &change.name_en)?;
        self.shared.check_department(change.department)?;
        if change.acts.is_empty() || change.acts.len() > MOST_ACTS {
            return Err(KeepError::Wrong(Part::Acts));
        }
        Ok(MacroChange { name_sr, name_en, ..change })
    }
}

fn kept(id: MacroId, version: i64, archived: bool, change: MacroChange) -> CaseMacro {
    let MacroChange { name_sr, name_en, department, acts } = change;
    CaseMacro { id, name_sr, name_en, department, acts, archived, version }
}

/// Whether what an act names is there and fits. Inside the transaction: templates may be archived at the same time.
async fn check_acts(tx: &mut Tx<'_>, directory: &Directory, acts: &[Act]) -> Result<(), KeepError> {
    for (at, act) in acts.iter().enumerate() {
        let there = match act {
            Act::Classify { category } => directory.category(*category).is_some_and(|found| found.active),
            Act::Forward { to, .. } => directory.department(*to).is_some_and(|found| found.active),
            Act::Assign { to: Assignee::User(user) } => {
                directory.user(*user).is_some_and(|found| found.active)
            }
            Act::PauseDeadlines { reason, words } => {
                let length = words.chars().count();
                length <= REASON_CHARS && (length > 0 || *reason != PauseReason::Other)
            }
            _ => true,
        };
        let says = match act.template() {
            Some(id) => {
                let fits = |template: &KeptTemplate| !template.archived && act.takes(template.kind);
                tx.kept_template(id).await?.as_ref().is_some_and(fits)
            }
            None => true,
        };
        if !there || !says {
            return Err(KeepError::WrongAct(at + 1));
        }
    }
    Ok(())
}

struct AddMacro {
    shared: Arc<Shared>,
    new: CaseMacro,
    at: Timestamp,
}

impl Work for AddMacro {
    type Out = MacroId;
    type Error = KeepError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<MacroId, KeepError> {
        tx.lock("templates").await?;
        if i64::try_from(tx.macros().await?.len()).unwrap_or(i64::MAX) >= MOST_MACROS {
            return Err(KeepError::TooMany(MOST_MACROS));
        }
        check_acts(tx, &self.shared.db.directory(), &self.new.acts).await?;
        Ok(tx.insert_macro(&self.new, self.at).await?)
    }
}

enum Put {
    Acts(MacroChange),
    Archived(bool),
}

struct PutMacro {
    shared: Arc<Shared>,
    id: MacroId,
    version: i64,
    change: Put,
    at: Timestamp,
}

impl Work for PutMacro {
    type Out = ();
    type Error = KeepError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), KeepError> {
        tx.lock("templates").await?;
        let old = tx.case_macro(self.id).await?.ok_or(ActionError::NotFound)?;
        let new = match &self.change {
            Put::Acts(change) => kept(self.id, self.version, old.archived, change.clone()),
            Put::Archived(archived) => CaseMacro { archived: *archived, version: self.version, ..old },
        };
        // What is archived may name what is gone; what is offered may not.
        if !new.archived {
            check_acts(tx, &self.shared.db.directory(), &new.acts).await?;
        }
        if !tx.update_macro(&new, self.at).await? {
            return Err(ActionError::Conflict.into());
        }
        Ok(())
    }
}
