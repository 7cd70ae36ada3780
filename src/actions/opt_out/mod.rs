//! Who is not to be sent messages to many: written down by people, asked for by citizens, and asked by whoever sends to many.

mod import;
mod link;
mod words;

use jiff::Timestamp;
use serde_json::json;

pub use self::import::{ImportAsked, ImportError, Imported};
pub use self::link::Unsubscribing;
pub(super) use self::words::WordText;
use super::audit::What;
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::id::OptOutId;
use crate::domain::opt_out::{OptOutChannel, OptOutMeans};
use crate::domain::permission::Right;
use crate::domain::person::{PersonEntry, Point};
use crate::store::event::By;
use crate::store::opt_out::NewOptOut;
use crate::store::vault::Vault;
use crate::store::{Tx, Work};

/// Why, in a sentence.
pub const REMARK_MAX_CHARS: usize = 300;

/// What somebody writes down for a citizen.
#[derive(Clone, Debug)]
pub struct OptOutAsked {
    pub channel: OptOutChannel,
    /// In any notation.
    pub address: String,
    pub means: OptOutMeans,
    pub remark: String,
}

impl Actions {
    /// False: it stood there already, and stands there as it did.
    pub async fn opt_out(&self, actor: &Actor, asked: OptOutAsked) -> Result<bool, ActionError> {
        self.shared.allow(actor, Right::EditPeople)?;
        if !OptOutMeans::BY_PEOPLE.contains(&asked.means) {
            return Err(ActionError::Invalid(format!("{} is known by itself", asked.means)));
        }
        let address = self.opt_out_address(asked.channel, &asked.address)?;
        let remark = checked(&asked.remark)?;
        let (channel, means, at) = (asked.channel, asked.means, self.clock.now());
        let work = OptOut { actor: actor.clone(), vault: self.vault(), channel, address, means, remark, at };
        self.shared.db.write(work).await
    }

    /// Messages to many may go there again. With the reason, which stands in the audit.
    pub async fn opt_in(&self, actor: &Actor, id: OptOutId, reason: &str) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::EditPeople)?;
        let reason = checked(reason)?;
        if reason.is_empty() {
            return Err(ActionError::Invalid("an address is taken off the list with a reason".into()));
        }
        let work = OptIn { actor: actor.clone(), vault: self.vault(), id, reason, at: self.clock.now() };
        self.shared.db.write(work).await
    }

    /// As it is stored.
    pub fn opt_out_address(&self, channel: OptOutChannel, text: &str) -> Result<String, ActionError> {
        let address = channel.address(text, &self.shared.cases.country);
        address.ok_or_else(|| {
            let what = match channel {
                OptOutChannel::Sms | OptOutChannel::Voice => "a telephone number",
                OptOutChannel::Email => "an e-mail address",
            };
            ActionError::Invalid(format!("{:?} is not {what}", text.trim()))
        })
    }

    fn vault(&self) -> Vault {
        self.shared.db.vault().clone()
    }
}

fn checked(words: &str) -> Result<String, ActionError> {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > REMARK_MAX_CHARS {
        return Err(ActionError::Invalid(format!("a remark has at most {REMARK_MAX_CHARS} characters")));
    }
    Ok(words)
}

struct OptOut {
    actor: Actor,
    vault: Vault,
    channel: OptOutChannel,
    address: String,
    means: OptOutMeans,
    remark: String,
    at: Timestamp,
}

impl Work for OptOut {
    type Out = bool;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, ActionError> {
        let by = self.actor.by();
        let new = NewOptOut {
            channel: self.channel,
            address: &self.address,
            means: self.means,
            remark: &self.remark,
            at: self.at,
            by: &by,
        };
        let Some(id) = put_out(tx, &self.vault, &new).await? else { return Ok(false) };
        // The audit is kept longer than the address may be: it knows it by its digest.
        let detail = json!({
            "channel": self.channel, "out": true, "means": self.means,
            "address": self.vault.erased_address(&self.address),
        });
        tx.audit(self.actor.audit(self.at, What::OptOutChanged, id, detail));
        Ok(true)
    }
}

struct OptIn {
    actor: Actor,
    vault: Vault,
    id: OptOutId,
    reason: String,
    at: Timestamp,
}

impl Work for OptIn {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let row = tx.opt_out(self.id).await?.ok_or(ActionError::NotFound)?;
        tx.drop_opt_out(self.id).await?;
        if let Some(address) = &row.address {
            let entry = PersonEntry::OptedIn {
                channel: row.channel,
                point: point(row.channel, address),
                means: OptOutMeans::Telephone,
                remark: self.reason.clone(),
            };
            on_card(tx, (row.channel, address), self.at, &self.actor.by(), &entry).await?;
        }
        let address = row.address.map(|address| self.vault.erased_address(&address));
        let detail = json!({
            "channel": row.channel, "out": false, "means": row.means, "since": row.at,
            "address": address, "reason": self.reason,
        });
        tx.audit(self.actor.audit(self.at, What::OptOutChanged, self.id, detail));
        Ok(())
    }
}

impl Shared {
    /// A citizen asks for it, by a text, a link or a mail. False: it was so already.
    pub(super) async fn opted_out_by_citizen(
        &self,
        tx: &mut Tx<'_>,
        (channel, address): (OptOutChannel, &str),
        means: OptOutMeans,
        at: Timestamp,
    ) -> Result<bool, ActionError> {
        let by = By::default();
        let new = NewOptOut { channel, address, means, remark: "", at, by: &by };
        Ok(put_out(tx, self.db.vault(), &new).await?.is_some())
    }

    /// And asks to be sent such messages again.
    pub(super) async fn opted_in_by_citizen(
        &self,
        tx: &mut Tx<'_>,
        (channel, address): (OptOutChannel, &str),
        means: OptOutMeans,
        at: Timestamp,
    ) -> Result<bool, ActionError> {
        let mut was_out = false;
        // In plain, and as of somebody who was erased.
        while let Some(id) = tx.opt_out_row(self.db.vault(), channel, address).await? {
            was_out |= tx.drop_opt_out(id).await?;
        }
        if was_out {
            let remark = String::new();
            let entry = PersonEntry::OptedIn { channel, point: point(channel, address), means, remark };
            on_card(tx, (channel, address), at, &By::default(), &entry).await?;
        }
        Ok(was_out)
    }
}

/// Into the register, and onto the card of whoever has the address. `None`: it stands there already.
async fn put_out(
    tx: &mut Tx<'_>,
    vault: &Vault,
    new: &NewOptOut<'_>,
) -> Result<Option<OptOutId>, ActionError> {
    let Some(id) = tx.put_opt_out(vault, new).await? else { return Ok(None) };
    let (channel, means, remark) = (new.channel, new.means, new.remark.to_owned());
    let entry = PersonEntry::OptedOut { channel, point: point(channel, new.address), means, remark };
    on_card(tx, (channel, new.address), new.at, new.by, &entry).await?;
    Ok(Some(id))
}

/// The card itself is as it was: its version stays, and whoever is editing it loses nothing.
async fn on_card(
    tx: &mut Tx<'_>,
    (channel, address): (OptOutChannel, &str),
    at: Timestamp,
    by: &By,
    entry: &PersonEntry,
) -> Result<(), ActionError> {
    if let Some(person) = tx.person_by_point(channel.point().as_str(), address).await? {
        let person = tx.survivor(person).await?;
        tx.append_person(person, at, by, entry).await?;
    }
    Ok(())
}

fn point(channel: OptOutChannel, address: &str) -> Point {
    Point { kind: channel.point(), value: address.to_owned() }
}
