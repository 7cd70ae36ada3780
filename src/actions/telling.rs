//! The citizen is told: a notice goes from one channel to the next until it arrived, or until a human is asked to.
//!
//! Every step is written in the transaction that makes it due, together with the message that it queues: whatever dies in between,
//! nobody is told twice and nobody is forgotten.

use jiff::{SignedDuration, Timestamp};

use super::case_state::new_pin;
use super::{ActionError, Actions, Shared};
use crate::domain::case::{CaseRef, Status};
use crate::domain::flow::Step;
use crate::domain::id::{CaseId, NoticeId, OutboxId, PersonId};
use crate::domain::notice::TellBy;
use crate::domain::notice::{
    Ladder, NoticeState, Purpose, Reach, Rung, Way, in_script, ladder, language_for,
};
use crate::domain::phone::PhoneNumber;
use crate::domain::projection::CaseFields;
use crate::domain::template::fill;
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::event::By;
use crate::store::notice::{NewNotice, Notice};
use crate::store::outbox::NewOutboxText;

/// What somebody is told.
pub(super) struct Telling<'a> {
    pub case: CaseId,
    pub purpose: Purpose,
    pub words: Words<'a>,
    /// The channel that is tried first, whatever they chose.
    pub first: Option<Way>,
    pub at: Timestamp,
}

#[derive(Clone, Copy)]
pub(super) enum Words<'a> {
    Say(&'a str),
    /// Nothing is said; the reason, which may be empty.
    Silence(&'a str),
}

impl Actions {
    /// Whether an e-mail can be sent at all.
    pub fn sends_mail(&self) -> bool {
        self.shared.sends_mail()
    }
}

/// Who is told by one answer already, also under another number, so that nobody hears it twice.
#[derive(Default)]
struct Know(Vec<PersonId>);

impl Know {
    /// `false`: they knew. Cards that were merged are one person.
    async fn learn(&mut self, tx: &mut Tx<'_>, person: PersonId) -> Result<bool, ActionError> {
        let person = tx.survivor(person).await?;
        let new = !self.0.contains(&person);
        self.0.push(person);
        Ok(new)
    }
}

impl Shared {
    /// To the one whose case it is, and to those who follow it; the notice of the former. The entries are for the caller to append.
    pub(super) async fn tell_all(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        told: &Telling<'_>,
    ) -> Result<(Vec<Entry>, NoticeId), ActionError> {
        let (mut entries, notice) = self.tell(tx, case, told, None).await?;
        let mut know = Know::default();
        if let Some(person) = case.person {
            know.learn(tx, person).await?;
        }
        if let Words::Say(_) = told.words {
            for follower in tx.followers(told.case).await? {
                if know.learn(tx, follower).await? {
                    entries.extend(self.tell(tx, case, told, Some(follower)).await?.0);
                }
            }
        }
        self.tell_parts(tx, &mut know, told).await?;
        Ok((entries, notice))
    }

    /// The citizens of the cases that became parts of this one, each under the number that they know.
    async fn tell_parts(
        &self,
        tx: &mut Tx<'_>,
        know: &mut Know,
        told: &Telling<'_>,
    ) -> Result<(), ActionError> {
        let mut next = tx.parts(told.case).await?;
        while let Some(id) = next.pop() {
            next.extend(tx.parts(id).await?);
            let Some(mut part) = tx.case_fields(id).await? else { continue };
            // The same citizen twice: once is enough.
            let same = match part.person {
                Some(person) => !know.learn(tx, person).await?,
                None => false,
            };
            let words = if same { Words::Silence("same_person") } else { told.words };
            let telling = Telling { case: id, words, ..*told };
            let (mut entries, _) = self.tell(tx, &part, &telling, None).await?;
            if let Words::Say(_) = told.words {
                for follower in tx.followers(id).await? {
                    if know.learn(tx, follower).await? {
                        let telling = Telling { case: id, ..*told };
                        entries.extend(self.tell(tx, &part, &telling, Some(follower)).await?.0);
                    }
                }
            }
            self.enter(tx, (id, &mut part), told.at, &By::default(), &entries).await?;
        }
        Ok(())
    }

    /// To one person, by the ladder that fits them.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        told: &Telling<'_>,
        follower: Option<PersonId>,
    ) -> Result<(Vec<Entry>, NoticeId), ActionError> {
        let mut reach = self.reach(tx, case, follower).await?;
        if let Some(way) = told.first {
            reach.tell_by = Some(match way {
                Way::Sms => TellBy::Sms,
                Way::Email => TellBy::Email,
            });
        }
        let language = language_for(&reach, if follower.is_some() { "" } else { &case.summary });
        let climb = match told.words {
            Words::Say(_) => ladder(&reach, case.channel),
            Words::Silence(_) => Ladder::Impossible { asked: true },
        };
        let (rungs, state) = match &climb {
            Ladder::Climb(rungs) => (rungs.as_slice(), NoticeState::Telling),
            Ladder::Human => (&[][..], NoticeState::Failed),
            Ladder::Impossible { .. } => (&[][..], NoticeState::Impossible),
        };
        let new = NewNotice {
            case: told.case,
            person: follower.or(case.person),
            follower: follower.is_some(),
            purpose: told.purpose,
            language,
            words: match told.words {
                Words::Say(words) => words,
                Words::Silence(_) => "",
            },
            ladder: rungs,
            state,
            at: told.at,
        };
        let id = tx.insert_notice(&new).await?;
        if state == NoticeState::Telling {
            let mut notice = tx.notice(id).await?.ok_or(ActionError::NotFound)?;
            return Ok((self.try_rung(tx, case, &mut notice, told.at).await?, id));
        }
        let why = match (&climb, told.words) {
            (_, Words::Silence(why)) => why,
            (Ladder::Human, _) if reach.tell_by == Some(TellBy::Post) => TellBy::Post.as_str(),
            (Ladder::Human, _) => "no_channel",
            (Ladder::Impossible { asked: true }, _) => "asked",
            _ => "no_address",
        };
        let entry = Entry::NoticeMoved {
            notice: id,
            purpose: told.purpose,
            follower: new.follower,
            state,
            way: None,
            by_hand: None,
            why: why.to_owned(),
        };
        Ok((vec![entry], id))
    }

    pub(super) async fn reach(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        follower: Option<PersonId>,
    ) -> Result<Reach, ActionError> {
        let mut reach = match follower.or(case.person) {
            Some(person) => tx.reach(person).await?,
            None => Reach::default(),
        };
        // The number that they called or wrote from is the one that they have at hand. Where the case has a person, only as long as it is
        // on their card, and neither known to be another's nor closed to us by them.
        if follower.is_none()
            && let Some(caller) = case.caller.as_deref().and_then(PhoneNumber::from_stored)
        {
            let known = reach.phones.iter().position(|phone| phone == caller.as_str());
            if let Some(place) = known {
                reach.phones.remove(place);
            }
            if known.is_some() || case.person.is_none() {
                reach.phones.insert(0, caller.as_str().to_owned());
            }
        }
        let known = reach.phones.len();
        reach.phones.retain(|phone| PhoneNumber::from_stored(phone).is_some_and(|phone| phone.takes_texts()));
        reach.by_hand |= reach.phones.len() < known;
        if !self.sends_mail() {
            reach.by_hand |= !reach.emails.is_empty();
            reach.emails.clear();
        }
        Ok(reach)
    }

    /// Whether an e-mail can be sent at all.
    pub(super) fn sends_mail(&self) -> bool {
        self.mail.sends()
    }

    /// Queues the message of the rung on which the notice stands, or of the first after it by which one can be sent. Ladders are kept for
    /// days: a mail server or a template of then may be gone from the configuration, and what is written down with this must not fail for it.
    pub(super) async fn try_rung(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        notice: &mut Notice,
        at: Timestamp,
    ) -> Result<Vec<Entry>, ActionError> {
        let first = notice.rung;
        for place in first..notice.ladder.len() {
            let Some(rung) = notice.ladder.get(place).cloned() else { break };
            notice.rung = place;
            match self.send_rung(tx, case, notice, &rung, at).await {
                Ok(entry) => return Ok(vec![entry]),
                Err(ActionError::Invalid(why)) => {
                    tracing::warn!(
                        notice = notice.id.0,
                        way = rung.way.as_str(),
                        why,
                        "a citizen cannot be told so"
                    );
                }
                Err(error) => return Err(error),
            }
        }
        self.moved(tx, notice, NoticeState::Failed, "unsendable", at).await
    }

    /// Nothing is written when it cannot be sent.
    async fn send_rung(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        notice: &mut Notice,
        rung: &Rung,
        at: Timestamp,
    ) -> Result<Entry, ActionError> {
        let pin = match notice.purpose {
            // What tells of a new number tells its PIN too.
            Purpose::Receipt | Purpose::Split => {
                let reference = CaseRef { id: notice.case, number: case.number.clone() };
                tx.put_pin(&reference, &new_pin()).await?
            }
            Purpose::Outcome | Purpose::Reply => String::new(),
        };
        let words = self.wording(notice, (case.number.as_str(), &pin), rung.way)?;
        let (outbox, entry) = self.queue(tx, notice, rung, words, at).await?;
        tx.insert_notice_try(notice.id, notice.rung, outbox).await?;
        notice.check_at = Some(later(at, self.patience(rung.way)));
        notice.state = NoticeState::Telling;
        tx.move_notice(notice, at).await?;
        Ok(entry)
    }

    async fn queue(
        &self,
        tx: &mut Tx<'_>,
        notice: &Notice,
        rung: &Rung,
        words: String,
        at: Timestamp,
    ) -> Result<(OutboxId, Entry), ActionError> {
        if rung.way == Way::Email {
            return self.queue_notice_mail(tx, notice, &rung.address, &words, at).await;
        }
        let to = PhoneNumber::from_stored(&rung.address)
            .ok_or_else(|| ActionError::Invalid("a number that is none".into()))?;
        let text = NewOutboxText {
            case: notice.case,
            interaction: None,
            template: notice.purpose.as_str(),
            to: &to,
            words: &words,
            at,
        };
        let outbox = tx.queue_text(&text).await?;
        Ok((outbox, Entry::TextQueued { outbox, to: to.as_str().to_owned(), words }))
    }

    /// In the template of its purpose and in the script of its reader. The PIN goes with what tells of a new number and with nothing else.
    fn wording(&self, notice: &Notice, (number, pin): (&str, &str), way: Way) -> Result<String, ActionError> {
        let key = match way {
            Way::Sms => notice.purpose.as_str().to_owned(),
            Way::Email => format!("mail_{}", notice.purpose),
        };
        let template = |language: &str| self.templates.get(&(key.clone(), language.to_owned()));
        let template = template(&notice.language).or_else(|| template("sr-Latn"));
        let template =
            template.ok_or_else(|| ActionError::Invalid(format!("there is no template {key:?}")))?;
        let words = in_script(&notice.words, &notice.language, way);
        let mut places = vec![("number", number), ("pin", pin), ("words", words.as_str())];
        if notice.purpose == Purpose::Split {
            // Its words are the number that the citizen knows.
            places.push(("from", notice.words.as_str()));
        }
        let filled = fill(template, &places);
        Ok(if way == Way::Email { self.signed(&filled, &notice.language) } else { filled })
    }

    pub(super) fn patience(&self, way: Way) -> SignedDuration {
        let hours = match way {
            Way::Sms => self.cases.told_by_sms_hours,
            Way::Email => self.cases.told_by_email_hours,
        };
        SignedDuration::from_hours(hours.into())
    }

    /// The next rung, or a human.
    pub(super) async fn next_rung(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        notice: &mut Notice,
        why: &str,
        at: Timestamp,
    ) -> Result<Vec<Entry>, ActionError> {
        if notice.rung + 1 < notice.ladder.len() {
            notice.rung += 1;
            return self.try_rung(tx, case, notice, at).await;
        }
        self.moved(tx, notice, NoticeState::Failed, why, at).await
    }

    pub(super) async fn moved(
        &self,
        tx: &mut Tx<'_>,
        notice: &mut Notice,
        state: NoticeState,
        why: &str,
        at: Timestamp,
    ) -> Result<Vec<Entry>, ActionError> {
        notice.state = state;
        notice.check_at = None;
        tx.move_notice(notice, at).await?;
        Ok(vec![Entry::NoticeMoved {
            notice: notice.id,
            purpose: notice.purpose,
            follower: notice.follower,
            state,
            way: notice.ladder.get(notice.rung).map(|rung| rung.way),
            by_hand: None,
            why: why.to_owned(),
        }])
    }

    /// Appends what the program did by itself, and closes the case when that settled it.
    pub(super) async fn enter_by_itself(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &mut CaseFields),
        at: Timestamp,
        entries: Vec<Entry>,
    ) -> Result<(), ActionError> {
        self.enter(tx, (id, case), at, &By::default(), &entries).await?;
        self.close_if_settled(tx, (id, case), at).await
    }

    /// At once, unless the municipality gives the citizen some days to object.
    pub(super) async fn close_if_settled(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &mut CaseFields),
        at: Timestamp,
    ) -> Result<(), ActionError> {
        if self.cases.close_after_days == 0 && Step::Close.check(case).is_ok() {
            let closed = Entry::StatusChanged { from: case.status, to: Status::Closed };
            self.enter(tx, (id, case), at, &By::default(), &[closed]).await?;
        }
        Ok(())
    }
}

pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}
