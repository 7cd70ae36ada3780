//! STOP and START by text. They mean messages to many only where such a message went before, or the number is out: otherwise a citizen who
//! writes "stop" means something in the street, and it becomes a case as every text does.

use jiff::{SignedDuration, Timestamp};

use crate::actions::{ActionError, Shared, notify};
use crate::domain::case::CaseRef;
use crate::domain::id::InteractionId;
use crate::domain::opt_out::{Asked, OptOutChannel, OptOutMeans, asked};
use crate::domain::person::{ConsentKind, ConsentMeans, PersonEntry};
use crate::domain::phone::PhoneNumber;
use crate::domain::script::has_cyrillic;
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::event::By;
use crate::store::opt_out::{OPTED_IN, OPTED_OUT, OptOutReceipt};

/// Somebody who answers later answers something else.
const ANSWERS_WITHIN: SignedDuration = SignedDuration::from_hours(90 * 24);
/// One answer a day: a machine that answers us with STOP gets no further.
const ANSWERED_ONCE_IN: SignedDuration = SignedDuration::from_hours(24);

/// A text of one number, journaled.
#[derive(Clone, Copy, Debug)]
pub(in crate::actions) struct WordText<'a> {
    pub interaction: InteractionId,
    pub number: &'a PhoneNumber,
    pub words: &'a str,
    /// Whose conversation it may belong to.
    pub case: Option<&'a CaseRef>,
    pub at: Timestamp,
}

impl Shared {
    /// What it asks for; `None`: an ordinary text.
    pub(in crate::actions) async fn opt_out_asked(
        &self,
        tx: &mut Tx<'_>,
        number: &PhoneNumber,
        words: &str,
        at: Timestamp,
    ) -> Result<Option<Asked>, ActionError> {
        let Some(asked) = asked(words) else { return Ok(None) };
        let since = at.saturating_sub(ANSWERS_WITHIN).unwrap_or(Timestamp::MIN);
        let (channel, number) = (OptOutChannel::Sms, number.as_str());
        let answers = tx.was_sent_to_many(channel, number, since).await?
            || !tx.opted_out(self.db.vault(), channel, &[number.to_owned()]).await?.is_empty();
        Ok(answers.then_some(asked))
    }

    /// Does it and answers; the entry that tells of the answer is the caller's to append, if there is a case.
    pub(in crate::actions) async fn heed_opt_out(
        &self,
        tx: &mut Tx<'_>,
        asked: Asked,
        text: &WordText<'_>,
    ) -> Result<Option<Entry>, ActionError> {
        let (number, at) = (text.number, text.at);
        let (channel, means) = (OptOutChannel::Sms, OptOutMeans::Text);
        let template = match asked {
            Asked::Out => {
                self.opted_out_by_citizen(tx, (channel, number.as_str()), means, at).await?;
                OPTED_OUT
            }
            Asked::BackIn => {
                self.opted_in_by_citizen(tx, (channel, number.as_str()), means, at).await?;
                consent_again(tx, number, at).await?;
                OPTED_IN
            }
        };
        let day_ago = at.saturating_sub(ANSWERED_ONCE_IN).unwrap_or(Timestamp::MIN);
        let answered = tx.opt_out_was_answered(number, day_ago).await?;
        tx.is_an_opt_out(text.interaction).await?;
        if answered {
            return Ok(None);
        }
        let language = if has_cyrillic(text.words) { notify::CYRILLIC } else { notify::LATIN };
        let words = self.plain_notice(template, language)?;
        let receipt = OptOutReceipt {
            case: text.case,
            interaction: text.interaction,
            template,
            to: number,
            words: &words,
            at,
        };
        let outbox = tx.queue_opt_out_receipt(&receipt).await?;
        Ok(Some(Entry::TextQueued { outbox, to: number.as_str().to_owned(), words }))
    }
}

/// Whoever says START takes back that they withdrew their consent to texts, if they did: otherwise it would change nothing.
async fn consent_again(tx: &mut Tx<'_>, number: &PhoneNumber, at: Timestamp) -> Result<(), ActionError> {
    let Some(person) = tx.person_by_point("phone", number.as_str()).await? else { return Ok(()) };
    let person = tx.survivor(person).await?;
    let (consent, means) = (ConsentKind::TextNotices, ConsentMeans::Text);
    if tx.last_consent(person, consent).await? == Some(false) {
        tx.set_consent(person, (consent, true, means), at).await?;
        let entry = PersonEntry::Consented { consent, given: true, means, remark: String::new() };
        tx.append_person(person, at, &By::default(), &entry).await?;
    }
    Ok(())
}
