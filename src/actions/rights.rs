//! Every verb asks here, in one of two ways: about no case, or about the case that it has locked.

use super::{ActionError, Actor, Shared};
use crate::domain::permission::{Right, Role, may};
use crate::domain::projection::CaseFields;

impl Shared {
    /// For what is about no case in particular. The refusal says why.
    pub(super) fn allow(&self, actor: &Actor, right: Right) -> Result<(), ActionError> {
        let decision = match actor {
            Actor::User { role, .. } => may(*role, right),
            // A token works on cases; whom the municipality employs is not its business.
            Actor::Token(_) => may(Role::Supervisor, right),
            Actor::System => return Ok(()),
        };
        if decision.allowed { Ok(()) } else { Err(ActionError::Forbidden(decision.reason)) }
    }

    /// Inside the transaction, with the case as it is now: whose it is and how far it got may decide.
    pub(super) fn allow_on(
        &self,
        actor: &Actor,
        right: Right,
        _case: &CaseFields,
    ) -> Result<(), ActionError> {
        self.allow(actor, right)
    }
}
