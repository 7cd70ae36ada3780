//! Kept choices of people, and the tags by which people are found again.

use jiff::Timestamp;
use serde_json::json;

use super::super::{ActionError, Actions, Actor};
use super::CampaignError;
use crate::domain::audit::What;
use crate::domain::campaign::segment::{NAME_CHARS, Segment, tag};
use crate::domain::id::{PersonId, SegmentId};
use crate::domain::permission::Right;
pub use crate::store::segment::KeptSegment;
use crate::store::segment::MOST_TAGS;
use crate::store::{Tx, Work};

/// Counted no further: the page says "more than".
pub const COUNTED: u32 = 100_000;

impl Actions {
    pub async fn add_segment(
        &self,
        actor: &Actor,
        name: &str,
        rule: Segment,
    ) -> Result<SegmentId, CampaignError> {
        self.put_segment(actor, None, name, rule).await
    }

    pub async fn change_segment(
        &self,
        actor: &Actor,
        of: (SegmentId, i64),
        (name, rule): (&str, Segment),
    ) -> Result<(), CampaignError> {
        self.put_segment(actor, Some(of), name, rule).await.map(drop)
    }

    pub async fn remove_segment(&self, actor: &Actor, id: SegmentId) -> Result<(), CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        self.audited(actor, Remove(id), move |()| (What::SegmentChanged, id, json!({ "removed": true })))
            .await
    }

    /// How many people it takes in now, counted as far as [`COUNTED`].
    pub async fn segment_size(&self, actor: &Actor, rule: &Segment) -> Result<i64, CampaignError> {
        self.shared.allow(actor, Right::ReadCampaigns)?;
        rule.check()?;
        let scope = self.shared.scope(rule);
        Ok(self.shared.db.segment_size(rule, &scope, COUNTED + 1).await?)
    }

    /// The same for a segment of a campaign, whose reader may see the campaign.
    pub async fn segment_people(&self, rule: &Segment) -> Result<i64, ActionError> {
        let scope = self.shared.scope(rule);
        Ok(self.shared.db.segment_size(rule, &scope, COUNTED + 1).await?)
    }

    /// The tags of a card from now on.
    pub async fn tag_person(
        &self,
        actor: &Actor,
        person: PersonId,
        tags: &[String],
    ) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::EditPeople)?;
        let mut kept: Vec<String> = Vec::new();
        for word in tags.iter().filter(|word| !word.trim().is_empty()) {
            let one = tag(word).ok_or_else(|| ActionError::Invalid(format!("{word:?} is no tag")))?;
            if !kept.contains(&one) {
                kept.push(one);
            }
        }
        if kept.len() > MOST_TAGS {
            return Err(ActionError::Invalid(format!("a person has at most {MOST_TAGS} tags")));
        }
        let work = Tag { person, tags: kept.clone() };
        self.audited(actor, work, move |id: &PersonId| (What::PersonChanged, *id, json!({ "tags": kept })))
            .await?;
        Ok(())
    }

    async fn put_segment(
        &self,
        actor: &Actor,
        of: Option<(SegmentId, i64)>,
        name: &str,
        rule: Segment,
    ) -> Result<SegmentId, CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        rule.check()?;
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() || name.chars().count() > NAME_CHARS {
            return Err(CampaignError::Name);
        }
        let said = json!({ "name": name, "new": of.is_none() });
        let work = Put { of, name, rule, actor: actor.clone(), at: self.clock.now() };
        self.audited(actor, work, move |id: &SegmentId| (What::SegmentChanged, *id, said.clone())).await
    }
}

struct Put {
    of: Option<(SegmentId, i64)>,
    name: String,
    rule: Segment,
    actor: Actor,
    at: Timestamp,
}

impl Work for Put {
    type Out = SegmentId;
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<SegmentId, CampaignError> {
        match self.of {
            None => Ok(tx.insert_segment(&self.name, &self.rule, self.actor.person(), self.at).await?),
            Some(of) if tx.put_segment(of, &self.name, &self.rule, self.at).await? => Ok(of.0),
            Some(_) => Err(ActionError::Conflict.into()),
        }
    }
}

struct Remove(SegmentId);

impl Work for Remove {
    type Out = ();
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), CampaignError> {
        if tx.remove_segment(self.0).await? { Ok(()) } else { Err(ActionError::NotFound.into()) }
    }
}

struct Tag {
    person: PersonId,
    tags: Vec<String>,
}

impl Work for Tag {
    type Out = PersonId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<PersonId, ActionError> {
        let person = tx.survivor(self.person).await?;
        tx.put_tags(person, &self.tags).await?;
        Ok(person)
    }
}
