//! A text becomes a case, or an entry on the open case of the same number.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::open::{Opening, append, caller_text};
use super::opt_out::WordText;
use super::seed::OTHER;
use super::{ActionError, Actions, Shared, notify};
use crate::domain::caller::Caller;
use crate::domain::case::{CaseRef, Channel};
use crate::domain::id::{InteractionId, PersonId};
use crate::domain::message::{PartOf, TextPart, join_parts};
use crate::domain::opt_out::Asked;
use crate::domain::phone::PhoneNumber;
use crate::domain::script::{has_cyrillic, search_key};
use crate::domain::timeline::Entry;
use crate::store::interaction::NewText;
use crate::store::part::{PartGroup, WaitingPart};
use crate::store::{Tx, Work};

/// One `deliver_sm`, decoded.
#[derive(Clone, Debug)]
pub struct TextArrived {
    /// The same when the SMSC delivers the same message again: built from sender, recipient, reference, part and words
    /// (SMPP gives an inbound message no id of its own).
    pub external_id: String,
    /// The id under which the same delivery may have been journaled a little earlier, before a restart: when it is
    /// there, this text is a duplicate too. `None` when the link remembers for itself.
    pub former_id: Option<String>,
    pub sender: Caller,
    pub recipient: String,
    pub part: TextPart,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextOutcome {
    /// A part of a long text; the others are awaited.
    Waiting,
    Opened(CaseRef),
    /// Added to the open case of the same number.
    Added(CaseRef),
    /// STOP or START about messages to many, of a number without an open case: done, answered, and no case.
    OptOut,
    /// Was here already.
    Duplicate,
}

/// Notice that answers a text which opened a case.
pub(super) const RECEIPT: &str = "receipt";
/// Overdue long texts that are put together in one go; the rest follows in the next.
const OVERDUE: i64 = 100;

impl Actions {
    /// Committed before the text is acknowledged. Idempotent by `external_id`. A new case queues its receipt in the same transaction.
    pub async fn receive_text(&self, text: TextArrived) -> Result<TextOutcome, ActionError> {
        let outcome = self.shared.db.write(ReceiveText { shared: Arc::clone(&self.shared), text }).await?;
        self.tell_text(&outcome);
        Ok(outcome)
    }

    /// Long texts whose missing parts did not come within `config.cases.text_parts_wait` become cases with what is there. Returns how many.
    pub async fn assemble_overdue_texts(&self, now: Timestamp) -> Result<usize, ActionError> {
        let wait = SignedDuration::from_secs(self.shared.cases.text_parts_wait_s.into());
        let before = now.saturating_sub(wait).unwrap_or(Timestamp::MIN);
        let groups = self.shared.db.overdue_parts(before, OVERDUE).await?;
        let mut assembled = 0;
        for group in groups {
            let work = AssembleText { shared: Arc::clone(&self.shared), group, at: now };
            let outcome = self.shared.db.write(work).await?;
            self.tell_text(&outcome);
            assembled += usize::from(outcome != TextOutcome::Duplicate);
        }
        Ok(assembled)
    }

    fn tell_text(&self, outcome: &TextOutcome) {
        match outcome {
            TextOutcome::Opened(case) => {
                self.opened(case.id);
                self.shared.outbox.notify_one();
            }
            TextOutcome::Added(case) => self.changed(case.id),
            // Its answer waits.
            TextOutcome::OptOut => self.shared.outbox.notify_one(),
            TextOutcome::Waiting | TextOutcome::Duplicate => {}
        }
    }
}

struct ReceiveText {
    shared: Arc<Shared>,
    text: TextArrived,
}

impl Work for ReceiveText {
    type Out = TextOutcome;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<TextOutcome, ActionError> {
        let text = &self.text;
        // Two texts of one sender are taken one after the other, or both might open a case.
        tx.lock(&caller_text(&text.sender).unwrap_or_default()).await?;
        if let Some(former) = &text.former_id
            && tx.text_is_journaled(former).await?
        {
            return Ok(TextOutcome::Duplicate);
        }
        match text.part.of {
            Some(of) if of.total > 1 => self.part(tx, of).await,
            _ => {
                let whole = Whole {
                    external_id: &text.external_id,
                    sender: &text.sender,
                    recipient: &text.recipient,
                    words: join_parts([Some(text.part.units.as_slice())]),
                    complete: true,
                    at: text.at,
                };
                whole.receive(&self.shared, tx).await
            }
        }
    }
}

impl ReceiveText {
    async fn part(&self, tx: &mut Tx<'_>, of: PartOf) -> Result<TextOutcome, ActionError> {
        let text = &self.text;
        if of.index == 0 || of.index > of.total {
            return Err(ActionError::Invalid(format!("part {} of {}", of.index, of.total)));
        }
        let group = PartGroup::new(&text.sender, &text.recipient, of);
        if !tx.insert_part(&text.external_id, &group, of.index, &text.part.units, text.at).await? {
            return Ok(TextOutcome::Duplicate);
        }
        let parts = tx.waiting_parts(&group).await?;
        if parts.iter().filter(|part| part.index == of.index).count() > 1 {
            return Ok(TextOutcome::Duplicate);
        }
        if (1..=of.total).all(|index| parts.iter().any(|part| part.index == index)) {
            join(&self.shared, tx, &group, &parts, text.at).await
        } else {
            Ok(TextOutcome::Waiting)
        }
    }
}

struct AssembleText {
    shared: Arc<Shared>,
    group: PartGroup,
    at: Timestamp,
}

impl Work for AssembleText {
    type Out = TextOutcome;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<TextOutcome, ActionError> {
        tx.lock(&caller_text(&self.group.sender).unwrap_or_default()).await?;
        let parts = tx.waiting_parts(&self.group).await?;
        // The last one came in the meantime.
        if parts.is_empty() {
            return Ok(TextOutcome::Duplicate);
        }
        join(&self.shared, tx, &self.group, &parts, self.at).await
    }
}

/// One whole text from the parts that are there.
async fn join(
    shared: &Shared,
    tx: &mut Tx<'_>,
    group: &PartGroup,
    parts: &[WaitingPart],
    at: Timestamp,
) -> Result<TextOutcome, ActionError> {
    let ids: Vec<i64> = parts.iter().map(|part| part.id).collect();
    tx.parts_are_joined(&ids).await?;
    let in_order = |index| parts.iter().find(|part| part.index == index).map(|part| part.units.as_slice());
    let found: Vec<Option<&[u16]>> = (1..=group.total).map(in_order).collect();
    let first = parts.iter().min_by_key(|part| part.id).map(|part| part.external_id.as_str());
    let whole = Whole {
        external_id: &format!("joined:{}", first.unwrap_or_default()),
        sender: &group.sender,
        recipient: &group.recipient,
        words: join_parts(found.iter().copied()),
        complete: found.iter().all(Option::is_some),
        at,
    };
    whole.receive(shared, tx).await
}

/// A text with all the parts that came.
struct Whole<'a> {
    external_id: &'a str,
    sender: &'a Caller,
    recipient: &'a str,
    words: String,
    complete: bool,
    at: Timestamp,
}

impl Whole<'_> {
    async fn receive(&self, shared: &Shared, tx: &mut Tx<'_>) -> Result<TextOutcome, ActionError> {
        let text = NewText {
            external_id: self.external_id,
            sender: self.sender,
            recipient: self.recipient,
            at: self.at,
        };
        let Some(id) = tx.journal_text(&text).await? else { return Ok(TextOutcome::Duplicate) };
        let received = Entry::TextReceived {
            interaction: id,
            sender: caller_text(self.sender),
            words: self.words.clone(),
            whole: self.complete,
        };
        let person = match self.sender {
            Caller::Number(number) => {
                let window = SignedDuration::from_hours(shared.cases.text_window_hours.into());
                let since = self.at.saturating_sub(window).unwrap_or(Timestamp::MIN);
                let known = tx.known_by_phone(number, since).await?;
                if let Some(asked) = shared.opt_out_asked(tx, number, &self.words, self.at).await? {
                    let case = known.and_then(|known| known.open_case);
                    return self.opt_out(shared, tx, (id, number, asked), (case, received)).await;
                }
                match known {
                    Some(known) => match known.open_case {
                        Some(case) => return self.add(tx, id, case, &[received]).await,
                        None => Some((known.person, known.name)),
                    },
                    None => Some((tx.insert_person("", "", number, self.at).await?, String::new())),
                }
            }
            Caller::Name(_) | Caller::Email(_) | Caller::Hidden => None,
        };
        self.open(shared, tx, id, person, received).await
    }

    async fn add(
        &self,
        tx: &mut Tx<'_>,
        id: InteractionId,
        case: CaseRef,
        entries: &[Entry],
    ) -> Result<TextOutcome, ActionError> {
        append(tx, &case, self.at, entries).await?;
        tx.add_case_words(case.id, &search_key(&self.words)).await?;
        tx.touch_case(case.id, self.at, true).await?;
        tx.set_interaction_case(id, case.id).await?;
        Ok(TextOutcome::Added(case))
    }

    /// One word about messages to many. A city that sends a hundred thousand of them is answered so by hundreds: no case is opened for it, but whoever
    /// has an open case may mean that, so it stands there too.
    async fn opt_out(
        &self,
        shared: &Shared,
        tx: &mut Tx<'_>,
        (id, number, asked): (InteractionId, &PhoneNumber, Asked),
        (case, received): (Option<CaseRef>, Entry),
    ) -> Result<TextOutcome, ActionError> {
        let (words, at) = (self.words.as_str(), self.at);
        let text = WordText { interaction: id, number, words, case: case.as_ref(), at };
        let answered = shared.heed_opt_out(tx, asked, &text).await?;
        match case {
            Some(case) => {
                let entries: Vec<Entry> = [received].into_iter().chain(answered).collect();
                self.add(tx, id, case, &entries).await
            }
            None => Ok(TextOutcome::OptOut),
        }
    }

    async fn open(
        &self,
        shared: &Shared,
        tx: &mut Tx<'_>,
        id: InteractionId,
        person: Option<(PersonId, String)>,
        received: Entry,
    ) -> Result<TextOutcome, ActionError> {
        let directory = shared.db.directory();
        let category = shared.category(&directory, OTHER)?;
        let (caller, words, at) = (self.sender, self.words.as_str(), self.at);
        let opening =
            Opening { channel: Channel::Sms, category, caller, person, words, place: "", by: None, at };
        let (case, opened) = shared.open(tx, &directory, &opening).await?;
        let mut entries = vec![opened, received];
        if let Caller::Number(number) = self.sender {
            // In the script in which the citizen wrote.
            let language = if has_cyrillic(&self.words) { notify::CYRILLIC } else { notify::LATIN };
            let (_, queued) =
                shared.queue_notice(tx, &case, id, (RECEIPT, language), number, self.at).await?;
            entries.push(queued);
        }
        append(tx, &case, self.at, &entries).await?;
        tx.set_interaction_case(id, case.id).await?;
        Ok(TextOutcome::Opened(case))
    }
}
