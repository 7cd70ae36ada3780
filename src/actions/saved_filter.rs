//! Lists of cases that users keep: for themselves, or by right for all.

use std::sync::Arc;

use jiff::Timestamp;

use super::{ActionError, Actions, Actor, Shared};
use crate::domain::id::{FilterId, UserId};
use crate::domain::permission::Right;
use crate::store::saved_filter::MOST_FILTERS;
use crate::store::{Tx, Work};

pub const NAME_MAX_CHARS: usize = 60;
/// An address of a list is no longer, unless somebody types it.
const QUERY_MAX: usize = 2_000;

/// What becomes of a kept list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterChange {
    Rename {
        name: String,
        shared: bool,
    },
    /// One place further to the front.
    Up,
    Remove,
}

impl Actions {
    /// `query`: the address of the list, without its path.
    pub async fn save_filter(
        &self,
        actor: &Actor,
        name: &str,
        query: &str,
        shared: bool,
    ) -> Result<FilterId, ActionError> {
        self.shared.allow(actor, Right::ReadCases)?;
        let owner = owner(actor)?;
        let name = checked(name)?;
        if shared {
            self.shared.allow(actor, Right::ShareFilters)?;
        }
        if query.len() > QUERY_MAX {
            return Err(ActionError::Invalid("the list has too many filters".into()));
        }
        let work = Save { owner, name, query: query.to_owned(), shared, at: self.clock.now() };
        self.shared.db.write(work).await
    }

    /// One's own; a shared one also by the right to share.
    pub async fn change_filter(
        &self,
        actor: &Actor,
        id: FilterId,
        change: FilterChange,
    ) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ReadCases)?;
        let change = match change {
            FilterChange::Rename { name, shared } => FilterChange::Rename { name: checked(&name)?, shared },
            other => other,
        };
        let shared = Arc::clone(&self.shared);
        let work = Change { shared, actor: actor.clone(), user: owner(actor)?, id, change };
        self.shared.db.write(work).await
    }
}

fn owner(actor: &Actor) -> Result<UserId, ActionError> {
    actor.person().ok_or_else(|| ActionError::Invalid("only a user keeps lists".into()))
}

fn checked(name: &str) -> Result<String, ActionError> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > NAME_MAX_CHARS {
        return Err(ActionError::Invalid(format!("a list has a name of 1 to {NAME_MAX_CHARS} characters")));
    }
    Ok(name)
}

struct Save {
    owner: UserId,
    name: String,
    query: String,
    shared: bool,
    at: Timestamp,
}

impl Work for Save {
    type Out = FilterId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<FilterId, ActionError> {
        let own = tx.own_filters(self.owner).await?;
        if own.len() as i64 >= MOST_FILTERS {
            return Err(ActionError::Invalid(format!("nobody keeps more than {MOST_FILTERS} lists")));
        }
        let place = own.last().map_or(0, |last| last.place + 1);
        let what = (self.name.as_str(), self.query.as_str(), self.shared);
        Ok(tx.insert_filter(self.owner, what, place, self.at).await?)
    }
}

struct Change {
    shared: Arc<Shared>,
    actor: Actor,
    user: UserId,
    id: FilterId,
    change: FilterChange,
}

impl Work for Change {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let filter = tx.filter(self.id).await?.ok_or(ActionError::NotFound)?;
        if filter.owner != self.user {
            // What is not shared does not exist for others.
            if !filter.shared {
                return Err(ActionError::NotFound);
            }
            self.shared.allow(&self.actor, Right::ShareFilters)?;
        }
        match &self.change {
            FilterChange::Rename { name, shared } => {
                if *shared && !filter.shared {
                    self.shared.allow(&self.actor, Right::ShareFilters)?;
                }
                let (name, shared) = (name.clone(), *shared);
                tx.update_filter(&crate::store::saved_filter::SavedFilter { name, shared, ..filter }).await?;
            }
            FilterChange::Remove => tx.remove_filter(self.id).await?,
            FilterChange::Up => {
                let mut own = tx.own_filters(filter.owner).await?;
                if let Some(at) = own.iter().position(|one| one.id == self.id).filter(|at| *at > 0) {
                    own.swap(at, at - 1);
                }
                for (place, mut one) in (0..).zip(own) {
                    if one.place != place {
                        one.place = place;
                        tx.update_filter(&one).await?;
                    }
                }
            }
        }
        Ok(())
    }
}
