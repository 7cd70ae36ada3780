//! What people write of a dialling campaign, and whom it calls.

use std::sync::Arc;

use jiff::Timestamp;
use rand::Rng as _;
use serde_json::json;

use super::super::queue::is_operator;
use super::super::{Actions, Actor, Shared};
use super::{DialError, MOST_CONTACTS, NAME_CHARS, may, tell};
use crate::domain::campaign::segment::Segment;
use crate::domain::contact_list::Contact;
use crate::domain::dialer::{DialDeed, DialState, Mode};
use crate::domain::id::DialCampaignId;
use crate::domain::permission::Right;
use crate::domain::survey::VersionState;
pub use crate::store::dial_campaign::DialDraft;
use crate::store::dial_contact::NewDialContact;
use crate::store::segment::{Chosen, SegmentScope};
use crate::store::{Tx, Work};

/// What became of contacts that were added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    pub added: u64,
    /// Without a telephone number, or with one that stands in the campaign already.
    pub left_out: u64,
}

/// Contacts written in one transaction: nobody waits long for it.
const AT_ONCE: usize = 1_000;
const CHOSEN_AT_ONCE: u32 = 1_000;
/// Odd, and without a pattern: neighbours draw places far from each other (the golden ratio, Knuth, TAOCP 3, 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Actions {
    pub async fn make_dial_campaign(
        &self,
        actor: &Actor,
        draft: DialDraft,
    ) -> Result<DialCampaignId, DialError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        let draft = self.checked_dial_draft(draft)?;
        let work = Make { actor: actor.clone(), draft, at: self.clock.now() };
        self.shared.db.write(work).await
    }

    pub async fn change_dial_campaign(
        &self,
        actor: &Actor,
        (id, version): (DialCampaignId, i64),
        draft: DialDraft,
    ) -> Result<(), DialError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        let draft = self.checked_dial_draft(draft)?;
        let work = Change { actor: actor.clone(), id, version, draft, at: self.clock.now() };
        self.shared.db.write(work).await
    }

    /// Whoever has a number that does not stand in the campaign yet. `priority`: higher goes first.
    pub async fn add_dial_contacts(
        &self,
        actor: &Actor,
        id: DialCampaignId,
        contacts: Vec<Contact>,
        priority: i8,
    ) -> Result<Added, DialError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        let given = contacts.len() as u64;
        let new: Vec<NewDialContact> =
            contacts.into_iter().filter_map(|contact| new_contact(contact, priority)).collect();
        let mut added = 0;
        for piece in new.chunks(AT_ONCE) {
            let (shared, actor) = (Arc::clone(&self.shared), actor.clone());
            let work = Add { shared, actor, id, contacts: piece.to_vec(), at: self.clock.now() };
            added += self.shared.db.write(work).await?;
        }
        Ok(Added { added, left_out: given.saturating_sub(added) })
    }

    /// Whoever a segment takes in now, wants to be told something, and has a telephone.
    pub async fn add_dial_segment(
        &self,
        actor: &Actor,
        id: DialCampaignId,
        rule: &Segment,
    ) -> Result<Added, DialError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        let scope = self.shared.scope(rule);
        let (mut sum, mut place) = (Added::default(), Some(0));
        while let Some(from) = place {
            let (shared, actor) = (Arc::clone(&self.shared), actor.clone());
            let choice = (rule.clone(), scope.clone(), from);
            let work =
                AddChosen { shared, actor, id, choice, salt: rand::rng().random(), at: self.clock.now() };
            let (added, next) = self.shared.db.write(work).await?;
            sum = Added { added: sum.added + added.added, left_out: sum.left_out + added.left_out };
            place = next;
        }
        Ok(sum)
    }

    fn checked_dial_draft(&self, draft: DialDraft) -> Result<DialDraft, DialError> {
        let name = draft.name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() || name.chars().count() > NAME_CHARS {
            return Err(DialError::Name);
        }
        draft.settings.check().map_err(DialError::Setting)?;
        let directory = self.shared.db.directory();
        let may_serve = |id| directory.users.iter().any(|user| user.id == id && is_operator(user));
        if !draft.operators.iter().all(|id| may_serve(*id)) {
            return Err(DialError::NotAnOperator);
        }
        Ok(DialDraft { name, ..draft })
    }
}

/// Without a telephone nobody is called.
fn new_contact(contact: Contact, priority: i8) -> Option<NewDialContact> {
    Some(NewDialContact {
        person: None,
        name: contact.name,
        phone: contact.phone?.as_str().to_owned(),
        fields: contact.fields,
        priority,
        salt: rand::rng().random(),
    })
}

/// What nobody may be asked any more, or yet, is not what a campaign is made for; and keys without questions are none.
async fn survey_fits(tx: &mut Tx<'_>, draft: &DialDraft) -> Result<(), DialError> {
    let fits = match draft.survey_version {
        Some(version) => {
            let settings = &draft.settings;
            let by_keys = settings.mode == Mode::Agentless;
            let version = tx.survey_version(version).await?;
            version
                .filter(|version| version.state == VersionState::Published)
                .is_some_and(|version| !by_keys || super::keypad::fits(&version, &settings.language))
        }
        None => draft.settings.mode != Mode::Agentless,
    };
    if fits { Ok(()) } else { Err(DialError::Survey) }
}

struct Make {
    actor: Actor,
    draft: DialDraft,
    at: Timestamp,
}

impl Work for Make {
    type Out = DialCampaignId;
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<DialCampaignId, DialError> {
        survey_fits(tx, &self.draft).await?;
        let id = tx.insert_dial_campaign(&self.draft, self.actor.person(), self.at).await?;
        tell(tx, &self.actor, id, json!({ "deed": DialDeed::Make, "new": self.draft.name }), self.at);
        Ok(id)
    }
}

struct Change {
    actor: Actor,
    id: DialCampaignId,
    version: i64,
    draft: DialDraft,
    at: Timestamp,
}

impl Work for Change {
    type Out = ();
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), DialError> {
        may(tx, self.id, Some(self.version), DialDeed::Change).await?;
        survey_fits(tx, &self.draft).await?;
        tx.put_dial_campaign(self.id, &self.draft, self.at).await?;
        let said =
            json!({ "deed": DialDeed::Change, "name": self.draft.name, "settings": self.draft.settings });
        tell(tx, &self.actor, self.id, said, self.at);
        Ok(())
    }
}

struct Add {
    shared: Arc<Shared>,
    actor: Actor,
    id: DialCampaignId,
    contacts: Vec<NewDialContact>,
    at: Timestamp,
}

impl Work for Add {
    type Out = u64;
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, DialError> {
        self.shared.allow(&self.actor, Right::ManageCampaigns)?;
        let mut contacts = self.contacts.clone();
        let phones: Vec<String> = contacts.iter().map(|contact| contact.phone.clone()).collect();
        let owners = tx.owners(&phones).await?;
        for contact in &mut contacts {
            contact.person = owners.get(&contact.phone).map(|owner| owner.0);
        }
        add(tx, &self.actor, (self.id, &contacts), self.at).await
    }
}

async fn add(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, contacts): (DialCampaignId, &[NewDialContact]),
    at: Timestamp,
) -> Result<u64, DialError> {
    let (campaign, to) = may(tx, id, None, DialDeed::AddContacts).await?;
    if tx.count_dial_contacts(id).await? + contacts.len() as i64 > MOST_CONTACTS {
        return Err(DialError::TooMany);
    }
    let added = tx.insert_dial_contacts(id, contacts, at).await?;
    // One that was finished waits for somebody to start it again.
    if to != campaign.state && campaign.state == DialState::Finished {
        tx.move_dial_campaign(id, to, at).await?;
    }
    tell(tx, actor, id, json!({ "deed": DialDeed::AddContacts, "added": added }), at);
    Ok(added)
}

struct AddChosen {
    shared: Arc<Shared>,
    actor: Actor,
    id: DialCampaignId,
    choice: (Segment, SegmentScope, i64),
    salt: u64,
    at: Timestamp,
}

impl Work for AddChosen {
    type Out = (Added, Option<i64>);
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(Added, Option<i64>), DialError> {
        self.shared.allow(&self.actor, Right::ManageCampaigns)?;
        let (rule, scope, from) = &self.choice;
        let page = tx.chosen(rule, scope, *from, CHOSEN_AT_ONCE).await?;
        let given = page.people.len() as u64;
        let contact = |(n, chosen): (u64, Chosen)| {
            let who = chosen.who;
            Some(NewDialContact {
                person: who.person,
                name: who.name,
                phone: who.phone.filter(|_| !chosen.silent)?,
                fields: who.fields,
                priority: 0,
                salt: self.salt.wrapping_add(n.wrapping_mul(SPREAD)),
            })
        };
        let contacts: Vec<NewDialContact> = (0..).zip(page.people).filter_map(contact).collect();
        let added = add(tx, &self.actor, (self.id, &contacts), self.at).await?;
        Ok((Added { added, left_out: given.saturating_sub(added) }, page.next))
    }
}
