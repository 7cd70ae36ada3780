//! Users who are told of what happens on a case.

use super::on_case::OnCase;
use super::{ActionError, Actions, Actor};
use crate::domain::id::{CaseId, UserId};
use crate::domain::permission::Right;
use crate::domain::timeline::Entry;
use crate::store::watch::MOST_WATCHERS;
use crate::store::{Tx, Work};

impl Actions {
    /// Whether `user` did not watch before.
    pub async fn watch(&self, actor: &Actor, case: CaseId, user: UserId) -> Result<bool, ActionError> {
        let on = self.on(actor, case, None);
        self.carried_out(Watch { on, user, on_it: true }, case).await
    }

    /// Whether `user` watched.
    pub async fn unwatch(&self, actor: &Actor, case: CaseId, user: UserId) -> Result<bool, ActionError> {
        let on = self.on(actor, case, None);
        self.carried_out(Watch { on, user, on_it: false }, case).await
    }
}

pub(super) struct Watch {
    pub on: OnCase,
    pub user: UserId,
    pub on_it: bool,
}

impl Work for Watch {
    type Out = bool;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, ActionError> {
        let Self { on, user, on_it } = self;
        let mut case = on.locked(tx, Right::Watch).await?;
        let entry = if *on_it {
            let directory = on.shared.db.directory();
            if !directory.user(*user).is_some_and(|user| user.active) {
                return Err(ActionError::Invalid("there is no such user".into()));
            }
            if !directory.decide(*user, Right::ReadCases, Some(&(&case).into())).allowed {
                return Err(ActionError::Invalid("this user may not read the case".into()));
            }
            let watchers = tx.watchers(on.case).await?;
            if watchers.contains(user) {
                return Ok(false);
            }
            if watchers.len() >= usize::try_from(MOST_WATCHERS).unwrap_or(usize::MAX) {
                return Err(ActionError::Invalid(format!("a case has at most {MOST_WATCHERS} watchers")));
            }
            tx.watch(on.case, *user, on.at).await?;
            Entry::Watched { user: *user }
        } else {
            if !tx.unwatch(on.case, *user).await? {
                return Ok(false);
            }
            Entry::Unwatched { user: *user }
        };
        on.enter(tx, &mut case, &[entry]).await?;
        Ok(true)
    }
}
