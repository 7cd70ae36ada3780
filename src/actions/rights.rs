//! Every verb asks here, in one of two ways: about no case, or about the case that it has locked. And the verbs that change what
//! the answer will be: roles and their rules.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::audit::{Subject, SubjectKind, What};
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::id::{CaseId, DepartmentId, RoleId, UserId};
use crate::domain::permission::reach::Reach;
use crate::domain::permission::rule::{MOST_RULES, Rule, Services};
use crate::domain::permission::{Decision, OnCase, Right, Role, RoleRules, Who, decide};
use crate::domain::projection::CaseFields;
use crate::domain::queue::is_key;
use crate::store::attachment::AttachmentRow;
use crate::store::directory::Directory;
use crate::store::recording::RecordingRow;
use crate::store::role::RoleHead;
use crate::store::{Tx, Work};

/// How soon a change that another node or the command line made holds here.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A municipality has a dozen; more is a mistake of a program.
const MOST_ROLES: usize = 60;

const NAME_MAX_CHARS: usize = 60;

impl Shared {
    /// For what is about no case in particular. The refusal says why.
    pub(super) fn allow(&self, actor: &Actor, right: Right) -> Result<(), ActionError> {
        into_result(decision(&self.db.directory(), actor, right, None))
    }

    /// Inside the transaction, with the case as it is now: whose it is and how far it got may decide. To whoever may not even read
    /// the case, it does not exist.
    pub(super) fn allow_on(&self, actor: &Actor, right: Right, case: &CaseFields) -> Result<(), ActionError> {
        let (directory, on) = (self.db.directory(), OnCase::from(case));
        if !decision(&directory, actor, Right::ReadCases, Some(&on)).allowed {
            return Err(ActionError::NotFound);
        }
        into_result(decision(&directory, actor, right, Some(&on)))
    }
}

/// The one evaluator, asked for an actor.
fn decision(directory: &Directory, actor: &Actor, right: Right, on: Option<&OnCase>) -> Decision {
    if *actor == Actor::System {
        return Decision::program(right);
    }
    who(directory, actor).map_or_else(|| Decision::unknown(right), |who| decide(&who, right, on))
}

/// `None` for somebody who is not there any more, and for the program itself.
fn who<'d>(directory: &'d Directory, actor: &Actor) -> Option<Who<'d>> {
    match actor {
        Actor::User { id, .. } => directory.who(Some(*id), None),
        Actor::Token { role, owner, .. } => directory.who(*owner, Some(*role)),
        Actor::System => None,
    }
}

fn into_result(decision: Decision) -> Result<(), ActionError> {
    if decision.allowed { Ok(()) } else { Err(ActionError::Forbidden(Box::new(decision))) }
}

impl Actions {
    /// What pages and the API show by: the same answer that a verb would give.
    pub fn decide(&self, actor: &Actor, right: Right, on: Option<&OnCase>) -> Decision {
        decision(&self.shared.db.directory(), actor, right, on)
    }

    /// For reading that no verb does.
    pub fn allow(&self, actor: &Actor, right: Right) -> Result<(), ActionError> {
        self.shared.allow(actor, right)
    }

    /// The cases that `actor` may read.
    pub fn reach(&self, actor: &Actor) -> Reach {
        if *actor == Actor::System {
            return Reach::All;
        }
        who(&self.shared.db.directory(), actor).map_or(Reach::NOTHING, |who| Reach::of(&who))
    }

    /// Whether `actor` may read the case; `NotFound` when not, and when there is none. Further rights are asked on it too.
    pub async fn may_read(&self, actor: &Actor, case: CaseId, further: &[Right]) -> Result<(), ActionError> {
        let row = self.shared.db.case_row(case).await?.ok_or(ActionError::NotFound)?;
        self.may_read_row(actor, &row.facts(), further)
    }

    /// The same for a file: with the rights on its case, or on one that was split off and is about it too.
    pub async fn may_read_file(
        &self,
        actor: &Actor,
        file: &AttachmentRow,
        further: &[Right],
    ) -> Result<(), ActionError> {
        let own = self.may_read(actor, file.case.ok_or(ActionError::NotFound)?, further).await;
        if own.is_ok() {
            return own;
        }
        let others = self.shared.db.cases_with_file(file.id).await?;
        self.or_on_another(actor, own, others, further).await
    }

    /// The same for a recording.
    pub async fn may_read_recording(
        &self,
        actor: &Actor,
        recording: &RecordingRow,
    ) -> Result<(), ActionError> {
        let further = &[Right::ListenRecordings];
        let own = match recording.case {
            Some(case) => self.may_read(actor, case, further).await,
            None if self.reach(actor) == Reach::All => Ok(()),
            None => Err(ActionError::NotFound),
        };
        if own.is_ok() {
            return own;
        }
        let others = self.shared.db.cases_with_recording(recording.id).await?;
        self.or_on_another(actor, own, others, further).await
    }

    async fn or_on_another(
        &self,
        actor: &Actor,
        own: Result<(), ActionError>,
        others: Vec<CaseId>,
        further: &[Right],
    ) -> Result<(), ActionError> {
        for case in others {
            if self.may_read(actor, case, further).await.is_ok() {
                return Ok(());
            }
        }
        own
    }

    /// The same of a case that was read already.
    pub fn may_read_row(&self, actor: &Actor, on: &OnCase, further: &[Right]) -> Result<(), ActionError> {
        let directory = self.shared.db.directory();
        if !decision(&directory, actor, Right::ReadCases, Some(on)).allowed {
            return Err(ActionError::NotFound);
        }
        let mut further = further.iter().map(|right| decision(&directory, actor, *right, Some(on)));
        further.find(|decision| !decision.allowed).map_or(Ok(()), into_result)
    }

    /// A role of its own, with the rules of another to begin with; of the same kind of work as that one.
    pub async fn copy_role(
        &self,
        actor: &Actor,
        from: RoleId,
        head: RoleHead,
    ) -> Result<RoleId, ActionError> {
        self.shared.allow(actor, Right::ManageRights)?;
        let directory = self.shared.db.directory();
        let from = directory.role(from).ok_or(ActionError::NotFound)?.clone();
        if directory.roles.len() >= MOST_ROLES {
            return Err(ActionError::Invalid(format!("there are {MOST_ROLES} roles already")));
        }
        if !is_key(&head.key) {
            return Err(ActionError::Invalid("a role has a key of small letters, digits and hyphens".into()));
        }
        let head = RoleHead { base: from.base, ..checked(head)? };
        let change = Change::Copy { from: Box::new(from), head };
        let id = self.write_rights(actor, change).await?;
        id.ok_or(ActionError::NotFound)
    }

    /// Names, and whether it needs a second factor.
    pub async fn set_role(&self, actor: &Actor, id: RoleId, head: RoleHead) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageRights)?;
        self.write_rights(actor, Change::Head(id, checked(head)?)).await.map(drop)
    }

    /// Only one that was added, and that nobody has.
    pub async fn remove_role(&self, actor: &Actor, id: RoleId) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageRights)?;
        let directory = self.shared.db.directory();
        if directory.role(id).ok_or(ActionError::NotFound)?.is_seeded() {
            return Err(ActionError::Invalid("a role that the program brings cannot be removed".into()));
        }
        self.write_rights(actor, Change::Remove(id)).await.map(drop)
    }

    /// The rules of some cells of the matrix, all or none. They hold from the next request on, on every node within seconds.
    pub async fn set_rules(
        &self,
        actor: &Actor,
        cells: Vec<(RoleId, Right, Vec<Rule>)>,
    ) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageRights)?;
        let directory = self.shared.db.directory();
        for (role, right, rules) in &cells {
            let role = directory.role(*role).ok_or(ActionError::NotFound)?;
            if role.keeps(*right) && rules != &[Rule::EVERYWHERE] {
                return Err(ActionError::Invalid(format!("administrators keep the right {right}")));
            }
            check_rules(&directory, rules)?;
        }
        self.write_rights(actor, Change::Rules(cells)).await.map(drop)
    }

    /// Until the program ends: takes over what other nodes and the command line change.
    pub async fn follow_rights(self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Err(error) = self.take_over_rights().await {
                tracing::warn!(%error, "rights and users could not be read anew; tried again soon");
            }
        }
    }

    /// Whether something had changed.
    pub async fn take_over_rights(&self) -> Result<bool, ActionError> {
        let version = self.shared.db.rights_version().await?;
        if self.shared.rights.load(Ordering::Relaxed) == version {
            return Ok(false);
        }
        self.shared.db.refresh_directory().await?;
        self.shared.rights.store(version, Ordering::Relaxed);
        self.queues_changed();
        Ok(true)
    }

    async fn write_rights(&self, actor: &Actor, change: Change) -> Result<Option<RoleId>, ActionError> {
        let id =
            self.shared.db.write(ChangeRights { actor: actor.clone(), change, at: self.clock.now() }).await?;
        self.shared.db.refresh_directory().await?;
        Ok(id)
    }
}

fn checked(head: RoleHead) -> Result<RoleHead, ActionError> {
    let head =
        RoleHead { name_sr: head.name_sr.trim().to_owned(), name_en: head.name_en.trim().to_owned(), ..head };
    let fits = |name: &str| name.chars().count() <= NAME_MAX_CHARS;
    if head.name_sr.is_empty() || !fits(&head.name_sr) || !fits(&head.name_en) {
        return Err(ActionError::Invalid(format!("a role has a name of 1 to {NAME_MAX_CHARS} characters")));
    }
    Ok(head)
}

fn check_rules(directory: &Directory, rules: &[Rule]) -> Result<(), ActionError> {
    if rules.len() > MOST_RULES {
        return Err(ActionError::Invalid(format!("a role has {MOST_RULES} rules for one right at most")));
    }
    for rule in rules {
        if let Services::Named(named) = &rule.services {
            let known = |id: &DepartmentId| directory.department(*id).is_some();
            if named.is_empty() || !named.iter().all(known) {
                return Err(ActionError::Invalid(
                    "a rule about some services names services that exist".into(),
                ));
            }
        }
    }
    Ok(())
}

enum Change {
    Copy { from: Box<RoleRules>, head: RoleHead },
    Head(RoleId, RoleHead),
    Remove(RoleId),
    Rules(Vec<(RoleId, Right, Vec<Rule>)>),
}

struct ChangeRights {
    actor: Actor,
    change: Change,
    at: Timestamp,
}

impl ChangeRights {
    fn told(&self, tx: &mut Tx<'_>, how: &str, role: RoleId, detail: Json) {
        let subject = Subject::new(SubjectKind::Role, role);
        let detail = json!({ "how": how, "what": detail });
        tx.audit(self.actor.audit(self.at, What::RightsChanged, subject, detail));
    }
}

impl Work for ChangeRights {
    /// Of a new role.
    type Out = Option<RoleId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<RoleId>, ActionError> {
        tx.lock("rights").await?;
        let mut new = None;
        match &self.change {
            Change::Copy { from, head } => {
                let taken = || ActionError::Invalid(format!("the key {} is taken", head.key));
                let id = tx.insert_role(head).await?.ok_or_else(taken)?;
                for (right, rules) in &from.rules {
                    tx.put_rules(id, *right, rules).await?;
                }
                let detail = json!({"key": head.key, "from": from.key});
                self.told(tx, "role_added", id, detail);
                new = Some(id);
            }
            Change::Head(id, head) => {
                if !tx.set_role_head(*id, head).await? {
                    return Err(ActionError::NotFound);
                }
                let detail = json!({"name": head.name_sr, "second_factor": head.needs_second_factor});
                self.told(tx, "role_changed", *id, detail);
            }
            Change::Remove(id) => {
                if tx.role_in_use(*id).await? {
                    return Err(ActionError::Invalid("somebody has this role".into()));
                }
                if !tx.delete_role(*id).await? {
                    return Err(ActionError::NotFound);
                }
                self.told(tx, "role_removed", *id, Json::Null);
            }
            Change::Rules(cells) => {
                for (role, right, rules) in cells {
                    tx.put_rules(*role, *right, rules).await?;
                    let detail = json!({"right": right, "rules": rules});
                    self.told(tx, "right_changed", *role, detail);
                }
            }
        }
        tx.rights_changed().await?;
        Ok(new)
    }
}

/// Rules for rights that came with this version, see [`Tx::seed_rules`].
pub(super) struct SeedRules;

impl Work for SeedRules {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        tx.lock("rights").await?;
        if tx.seed_rules().await? {
            tx.rights_changed().await?;
        }
        Ok(())
    }
}

impl Shared {
    /// Whoever may not do everything does not make himself, or anybody, one who may: accounts of administrators, and becoming one,
    /// are the business of administrators.
    pub(super) fn allow_account(
        &self,
        actor: &Actor,
        target: Option<UserId>,
        becomes: Option<Role>,
    ) -> Result<(), ActionError> {
        self.allow(actor, Right::ManageUsers)?;
        let directory = self.db.directory();
        let target_is = target.and_then(|id| directory.user(id)).map(|user| user.role);
        let concerns = target_is == Some(Role::Administrator) || becomes == Some(Role::Administrator);
        let is_administrator = match actor {
            Actor::System => true,
            _ => who(&directory, actor).is_some_and(|who| who.role.base == Role::Administrator),
        };
        if concerns && !is_administrator {
            return into_result(decision_for_administrators(&directory, actor));
        }
        Ok(())
    }
}

fn decision_for_administrators(directory: &Directory, actor: &Actor) -> Decision {
    let decision = decision(directory, actor, Right::ManageUsers, None);
    Decision { allowed: false, reason: crate::domain::permission::Reason::AdministratorsOnly, ..decision }
}
