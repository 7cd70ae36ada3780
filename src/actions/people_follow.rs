//! What happens to a case waits for somebody: whoever must tell its citizen, whoever must read what came, and whoever watches it.

use jiff::Timestamp;

use super::mail::UNSTORED;
use super::{ActionError, Shared};
use crate::domain::alert::AlertKind;
use crate::domain::case::Status;
use crate::domain::id::{CaseId, UserId};
use crate::domain::mail::{MailKind, MailParty, MailPurpose};
use crate::domain::notice::{NoticeState, Purpose};
use crate::domain::permission::{OnCase, Right, Role};
use crate::domain::projection::CaseFields;
use crate::domain::task::TaskKind;
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::directory::Directory;
use crate::store::event::By;
use crate::store::task::NewTask;

/// A case of a whole service is shown to so many of its people; the first who does it does it for all.
const MOST_ASKED: usize = 20;
/// What somebody does about a case when they speak for the municipality: they are asked when it comes to nothing.
const SPOKEN: &[&str] = &["answered", "replied", "forwarded", "mail_queued"];

impl Shared {
    /// `case`: as it was before.
    pub(super) async fn people_follow(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &CaseFields),
        (entry, by): (&Entry, &By),
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let mut after = case.clone();
        after.apply(at, entry);
        match entry {
            Entry::Assigned { to: Some(user), .. } | Entry::SentBack { assignee: Some(user), .. }
                if by.user != Some(*user) =>
            {
                tx.add_alert(*user, id, AlertKind::Assigned, at).await?;
            }
            Entry::SentBack { to: Some(to), assignee: None, .. } => {
                self.alert_service(tx, (id, *to), by, at).await?;
            }
            _ => {}
        }
        if let Entry::Forwarded { to, .. } = entry {
            self.alert_service(tx, (id, *to), by, at).await?;
        }
        match entry {
            Entry::NoticeMoved { purpose, follower: false, state, .. } => {
                if *state == NoticeState::Failed {
                    self.ask(tx, (id, &after), (TaskKind::TellCitizen, purpose.as_str()), at).await?;
                } else if !self.waits_for_a_human(tx, id, *purpose).await? {
                    tx.close_tasks(id, purpose.as_str(), &[TaskKind::TellCitizen], at).await?;
                }
            }
            // A program that answers for somebody said nothing.
            Entry::MailReceived { mail: MailKind::AutoReply, .. } => {}
            Entry::MailReceived { party, .. } => {
                let asked = self.ask(tx, (id, &after), (TaskKind::Arrived, party.as_str()), at).await?;
                self.watchers_hear(tx, (id, &after), (entry, by), &asked, at).await?;
            }
            Entry::MailQueued { purpose: purpose @ (MailPurpose::Reply | MailPurpose::Forward), .. } => {
                tx.close_tasks(id, purpose.as_str(), &[TaskKind::MailFailed], at).await?;
                self.was_read(tx, id, at).await?;
            }
            Entry::Replied { .. } => self.was_read(tx, id, at).await?,
            Entry::Answered { .. }
            | Entry::Reopened { .. }
            | Entry::Forwarded { .. }
            | Entry::SentBack { .. }
            | Entry::Merged { .. }
            | Entry::Unmerged { .. }
            | Entry::StatusChanged { to: Status::Closed, .. } => {
                if !matches!(entry, Entry::Reopened { .. } | Entry::Unmerged { .. }) {
                    self.was_read(tx, id, at).await?;
                }
                self.watchers_hear(tx, (id, &after), (entry, by), &[], at).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Whoever has to do something about the case; whom that became.
    pub(super) async fn ask(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &CaseFields),
        (kind, subject): (TaskKind, &str),
        at: Timestamp,
    ) -> Result<Vec<UserId>, ActionError> {
        let asked = self.asked(tx, (id, case)).await?;
        for user in &asked {
            tx.add_task(&NewTask { user: *user, case: id, kind, subject, at }).await?;
        }
        Ok(asked)
    }

    /// The one whose case it is, or else the people of the service that has it. Where that is an institution, which works elsewhere: whoever
    /// spoke for the municipality last, or those above.
    async fn asked(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &CaseFields),
    ) -> Result<Vec<UserId>, ActionError> {
        let directory = self.db.directory();
        // What somebody may not read does not wait for them.
        let on = OnCase::from(case);
        let may_read = |id: &UserId| directory.decide(*id, Right::ReadCases, Some(&on)).allowed;
        let is_here = |id: &UserId| directory.user(*id).is_some_and(|user| user.active) && may_read(id);
        if let Some(assignee) = case.assignee.filter(is_here) {
            return Ok(vec![assignee]);
        }
        let of_service =
            directory.users.iter().filter(|user| user.active && user.department == case.department);
        let of_service =
            of_service.filter(|_| case.department.is_some()).map(|user| user.id).filter(may_read);
        let of_service: Vec<UserId> = of_service.take(MOST_ASKED).collect();
        if !of_service.is_empty() {
            return Ok(of_service);
        }
        match tx.last_actor(id, SPOKEN).await?.filter(is_here) {
            Some(user) => Ok(vec![user]),
            None => Ok(supervisors(&directory)),
        }
    }

    /// Who did it knows it, and who is asked hears of it so. Whoever watched a case that is out of their reach now is told nothing of it.
    async fn watchers_hear(
        &self,
        tx: &mut Tx<'_>,
        (case, facts): (CaseId, &CaseFields),
        (entry, by): (&Entry, &By),
        asked: &[UserId],
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let (directory, on) = (self.db.directory(), OnCase::from(facts));
        let may_read = |user: &UserId| directory.decide(*user, Right::ReadCases, Some(&on)).allowed;
        let watchers: Vec<UserId> = tx.watchers(case).await?.into_iter().filter(may_read).collect();
        for user in watchers.into_iter().filter(|user| Some(*user) != by.user && !asked.contains(user)) {
            let (kind, subject) = (TaskKind::Watched, entry.kind());
            tx.add_task(&NewTask { user, case, kind, subject, at }).await?;
        }
        Ok(())
    }

    /// Somebody went on with the case, and saw what had come.
    async fn was_read(&self, tx: &mut Tx<'_>, case: CaseId, at: Timestamp) -> Result<(), ActionError> {
        for party in MailParty::ALL {
            tx.close_tasks(case, party.as_str(), &[TaskKind::Arrived], at).await?;
        }
        tx.close_tasks(case, UNSTORED, &[TaskKind::MailFailed], at).await?;
        Ok(())
    }

    /// Of several replies one may have come back, and another not.
    async fn waits_for_a_human(
        &self,
        tx: &mut Tx<'_>,
        case: CaseId,
        purpose: Purpose,
    ) -> Result<bool, ActionError> {
        let open = tx.open_notices(case, purpose).await?;
        Ok(open.iter().any(|notice| notice.state == NoticeState::Failed && !notice.follower))
    }
}

/// Those above everybody; never nobody while there is an administrator.
pub(super) fn supervisors(directory: &Directory) -> Vec<UserId> {
    let supervisors = with_role(directory, Role::Supervisor);
    if supervisors.is_empty() { administrators(directory) } else { supervisors }
}

pub(super) fn administrators(directory: &Directory) -> Vec<UserId> {
    with_role(directory, Role::Administrator)
}

fn with_role(directory: &Directory, role: Role) -> Vec<UserId> {
    let users = directory.users.iter().filter(|user| user.active && user.role == role);
    users.map(|user| user.id).take(MOST_ASKED).collect()
}
