//! A case as somebody may read it: what they may not read of it is not there, and what they read is written down.

use super::audit::What;
use super::{ActionError, Actions, Actor};
use crate::domain::id::CaseId;
use crate::domain::permission::Right;
use crate::store::case::CaseDetail;

impl Actions {
    /// Everything of the case that `actor` may read. Cases that became parts of it may be of other services: those that the actor
    /// may not read are counted, and nothing of them is given. That it was read is written down, of the case and of each part.
    pub async fn read_case(&self, actor: &Actor, id: CaseId) -> Result<CaseDetail, ActionError> {
        let may_read = |on: &_| self.decide(actor, Right::ReadCases, Some(on)).allowed;
        let detail = self.shared.db.case_detail_for(id, &may_read).await?.ok_or(ActionError::NotFound)?;
        self.viewed(actor, What::CaseViewed, id).await?;
        for part in &detail.parts {
            self.viewed(actor, What::CaseViewed, part.id).await?;
        }
        // What it took of the case that it was split off from is read there.
        for from in &detail.taken {
            self.viewed(actor, What::CaseViewed, from.case.id).await?;
        }
        Ok(detail)
    }
}
