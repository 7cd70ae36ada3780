//! Candidates beside what is known of them: who they are, who is there already, what reaches nobody, what they do not want.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::Shared;
use super::super::survey::link::{EXAMPLE, SurveyLink};
use super::CampaignError;
use crate::domain::campaign::consider::{Candidate, Obstacle, Obstacles, consider};
use crate::domain::campaign::recipient::RecipientState;
use crate::domain::campaign::{Way, Why};
use crate::domain::id::RecipientId;
use crate::domain::opt_out::OptOutChannel;
use crate::store::campaign::Campaign;
use crate::store::campaign_recipient::{NewRecipient, Taken};
use crate::store::segment::Chosen;
use crate::store::{StoreError, Tx};

/// By which ways which addresses are not to be written to.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    sms: HashSet<String>,
    email: HashSet<String>,
    voice: HashSet<String>,
}

impl Refusals {
    pub(super) fn of(&self, who: &Candidate) -> Vec<Way> {
        let among = |set: &HashSet<String>, address: &Option<String>| {
            address.as_ref().is_some_and(|one| set.contains(one))
        };
        let mut refused = Vec::new();
        if among(&self.sms, &who.phone) {
            refused.push(Way::Sms);
        }
        if among(&self.email, &who.email) {
            refused.push(Way::Email);
        }
        if among(&self.voice, &who.phone) {
            refused.push(Way::Voice);
        }
        refused
    }
}

impl Shared {
    /// Which of these addresses do not want it. Asked when a campaign is prepared, and again when a message is about to go.
    pub(super) async fn refusals(
        &self,
        tx: &mut Tx<'_>,
        campaign: &Campaign,
        who: &[&Candidate],
    ) -> Result<Refusals, StoreError> {
        let ladder = &campaign.draft.ladder;
        let phones: Vec<String> = who.iter().filter_map(|one| one.phone.clone()).collect();
        let emails: Vec<String> = who.iter().filter_map(|one| one.email.clone()).collect();
        let mut refusals = Refusals::default();
        if ladder.has(Way::Sms) {
            refusals.sms = tx.opted_out(self.db.vault(), OptOutChannel::Sms, &phones).await?;
        }
        if ladder.has(Way::Voice) {
            refusals.voice = tx.opted_out(self.db.vault(), OptOutChannel::Voice, &phones).await?;
        }
        if ladder.has(Way::Email) {
            refusals.email = tx.opted_out(self.db.vault(), OptOutChannel::Email, &emails).await?;
        }
        Ok(refusals)
    }

    /// Each candidate with the step on which they begin, or why they are left out; and the parts of the texts of the first step.
    pub(super) async fn judge(
        &self,
        tx: &mut Tx<'_>,
        campaign: &Campaign,
        mut candidates: Vec<Chosen>,
    ) -> Result<(Vec<NewRecipient>, i64), CampaignError> {
        let addresses: Vec<String> =
            candidates.iter().flat_map(|one| [&one.who.phone, &one.who.email]).flatten().cloned().collect();
        let owners = tx.owners(&addresses).await?;
        for one in &mut candidates {
            let of = |address: &Option<String>| {
                address.as_ref().and_then(|address| owners.get(address)).map(|owner| owner.0)
            };
            one.who.person = one.who.person.or_else(|| of(&one.who.phone)).or_else(|| of(&one.who.email));
        }
        let who: Vec<Candidate> = candidates.iter().map(|one| one.who.clone()).collect();
        let mut taken = tx.taken(campaign.id, &who).await?;
        let refusals = self.refusals(tx, campaign, &who.iter().collect::<Vec<_>>()).await?;
        let invalid = |address: &Option<String>| {
            address.as_ref().and_then(|address| owners.get(address)).is_some_and(|(_, invalid)| *invalid)
        };
        let mut judged = Vec::with_capacity(candidates.len());
        let mut parts = 0;
        for Chosen { who, silent } in candidates {
            let mut obstacles = Obstacles {
                taken: who.person.is_some_and(|id| taken.persons.contains(&id.0)),
                phone: obstacle(&who.phone, &taken.phones, invalid(&who.phone)),
                email: obstacle(&who.email, &taken.emails, invalid(&who.email)),
                refused: refusals.of(&who),
            };
            if silent {
                obstacles.refused = vec![Way::Sms, Way::Email, Way::Voice];
            }
            let new = self.placed(campaign, who, &obstacles);
            if new.state == RecipientState::Waiting {
                parts += self.text_parts(campaign, &new);
                take(&mut taken, &new.who);
            }
            judged.push(new);
        }
        Ok((judged, parts))
    }

    /// As the words are filled for them: with their own link where the message asks a survey.
    pub(super) fn filled<'c>(
        &self,
        campaign: &Campaign,
        recipient: RecipientId,
        who: &'c Candidate,
    ) -> Cow<'c, Candidate> {
        match campaign.draft.message.survey {
            Some(version) => {
                Cow::Owned(who.with_link(self.survey_address(SurveyLink { version, recipient })))
            }
            None => Cow::Borrowed(who),
        }
    }

    fn placed(&self, campaign: &Campaign, mut who: Candidate, obstacles: &Obstacles) -> NewRecipient {
        let draft = &campaign.draft;
        // Nobody has a number yet: a link of the same length is reckoned with.
        let filled = self.filled(campaign, EXAMPLE, &who).into_owned();
        let step = consider(&filled, &draft.ladder, (&draft.message, self.town()), obstacles);
        match step {
            Ok(rung) => {
                // An address that another recipient has is theirs, on every step.
                who.phone = who.phone.filter(|_| obstacles.phone != Some(Obstacle::Taken));
                who.email = who.email.filter(|_| obstacles.email != Some(Obstacle::Taken));
                NewRecipient { who, state: RecipientState::Waiting, rung, why: None }
            }
            Err(why) => NewRecipient { who, state: RecipientState::Skipped, rung: 0, why: Some(why) },
        }
    }

    fn text_parts(&self, campaign: &Campaign, one: &NewRecipient) -> i64 {
        let draft = &campaign.draft;
        if draft.ladder.step(one.rung).map(|step| step.way) != Some(Way::Sms) {
            return 0;
        }
        let who = self.filled(campaign, EXAMPLE, &one.who);
        let value = |field: &str| who.value_in(field, self.town());
        let said = draft.message.render(Way::Sms, one.who.language, value);
        said.map_or(0, |said| i64::try_from((self.campaigns().parts)(&said.words)).unwrap_or(0))
    }

    /// As the municipality calls itself.
    pub(super) fn town(&self) -> &str {
        self.municipality.get().map_or("", String::as_str)
    }

    /// Whether a step can still be taken for somebody, with what is known at this moment.
    pub(super) fn can_now(
        &self,
        campaign: &Campaign,
        who: &Candidate,
        way: Way,
        (refusals, invalid): (&Refusals, &dyn Fn(&str) -> bool),
    ) -> Result<(), Why> {
        let bad =
            |address: &Option<String>| address.as_deref().is_some_and(invalid).then_some(Obstacle::Invalid);
        let obstacles = Obstacles {
            taken: false,
            phone: bad(&who.phone),
            email: bad(&who.email),
            refused: refusals.of(who),
        };
        who.can(way, &campaign.draft.message, self.town(), &obstacles)
    }
}

fn obstacle(address: &Option<String>, taken: &HashSet<String>, invalid: bool) -> Option<Obstacle> {
    let address = address.as_ref()?;
    if taken.contains(address) {
        return Some(Obstacle::Taken);
    }
    invalid.then_some(Obstacle::Invalid)
}

fn take(taken: &mut Taken, who: &Candidate) {
    taken.persons.extend(who.person.map(|id| id.0));
    taken.phones.extend(who.phone.clone());
    taken.emails.extend(who.email.clone());
}
