//! The case of a call: how it is opened, and what the call brings onto it.

use jiff::Timestamp;

use super::open::{Opening, append, caller_text, person_of};
use super::seed::OTHER;
use super::{ActionError, Shared};
use crate::domain::case::{CaseRef, Channel};
use crate::domain::id::InteractionId;
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::directory::Category;
use crate::store::event::By;
use crate::store::interaction::Interaction;

/// A case that was opened for a call. Whoever opened it writes its first entries, perhaps with others, and puts the call on it.
pub(super) struct Begun {
    pub case: CaseRef,
    pub channel: Channel,
    pub entries: Vec<Entry>,
}

impl Begun {
    pub(super) async fn written(
        self,
        tx: &mut Tx<'_>,
        call: InteractionId,
        at: Timestamp,
    ) -> Result<CaseRef, ActionError> {
        append(tx, &self.case, at, &self.entries).await?;
        tx.set_interaction_case(call, self.case.id).await?;
        Ok(self.case)
    }
}

pub(super) async fn begin(
    shared: &Shared,
    tx: &mut Tx<'_>,
    id: InteractionId,
    call: &Interaction,
    channel: Channel,
    category: &Category,
    at: Timestamp,
) -> Result<Begun, ActionError> {
    let person = person_of(tx, &call.caller, at).await?;
    let opening =
        Opening { channel, category, caller: &call.caller, person, words: "", place: "", by: None, at };
    let (case, opened) = shared.open(tx, &shared.db.directory(), &opening).await?;
    let arrived = Entry::CallArrived {
        interaction: id,
        caller: caller_text(&call.caller),
        called: call.called.clone(),
    };
    Ok(Begun { case, channel, entries: vec![opened, arrived] })
}

/// A voicemail when something was said, else a missed call.
pub(super) async fn begin_uncategorised(
    shared: &Shared,
    tx: &mut Tx<'_>,
    id: InteractionId,
    call: &Interaction,
    at: Timestamp,
) -> Result<Begun, ActionError> {
    let directory = shared.db.directory();
    let category = shared.category(&directory, OTHER)?;
    let said = tx.has_kept_recording(id).await?;
    let channel = if said { Channel::Voicemail } else { Channel::MissedCall };
    let mut begun = begin(shared, tx, id, call, channel, category, at).await?;
    if said {
        begun.entries.extend(recorded(tx, id, &begun.case, false).await?);
    }
    Ok(begun)
}

/// Kept recordings come onto the case and its timeline; a missed call in which something was said is a voicemail. `channel`: of
/// the case; `None` for a call that we made.
pub(super) async fn adopt(
    shared: &Shared,
    tx: &mut Tx<'_>,
    call: InteractionId,
    case: &CaseRef,
    channel: Option<Channel>,
    at: Timestamp,
) -> Result<(), ActionError> {
    let entries = recorded(tx, call, case, channel.is_none()).await?;
    if entries.is_empty() {
        return Ok(());
    }
    if channel == Some(Channel::MissedCall) {
        return enter(shared, tx, case, at, &entries).await;
    }
    append(tx, case, at, &entries).await
}

/// Entries that change the row of the case; those of most calls do not, and are only appended.
pub(super) async fn enter(
    shared: &Shared,
    tx: &mut Tx<'_>,
    case: &CaseRef,
    at: Timestamp,
    entries: &[Entry],
) -> Result<(), ActionError> {
    let mut fields = tx.case_fields(case.id).await?.ok_or(ActionError::NotFound)?;
    let directory = shared.db.directory();
    tx.enter(&directory, (case.id, &mut fields), at, &By::default(), entries).await?;
    Ok(())
}

async fn recorded(
    tx: &mut Tx<'_>,
    call: InteractionId,
    case: &CaseRef,
    placed: bool,
) -> Result<Vec<Entry>, ActionError> {
    let recordings = tx.adopt_recordings(call, case.id).await?;
    let entry = |(recording, length_ms)| Entry::Recorded { recording, length_ms, placed };
    Ok(recordings.into_iter().map(entry).collect())
}

/// Entries that waited for a case, each with its own time. `channel`: of the case, when it is known. An answer makes a call of a
/// missed call; nothing else in a story changes the row.
pub(super) async fn tell(
    shared: &Shared,
    tx: &mut Tx<'_>,
    case: &CaseRef,
    channel: Option<Channel>,
    story: &[(Timestamp, Entry)],
) -> Result<(), ActionError> {
    let missed = channel.is_none_or(|channel| channel == Channel::MissedCall);
    if missed && story.iter().any(|(_, entry)| matches!(entry, Entry::AnsweredBy { .. })) {
        for (at, entry) in story {
            enter(shared, tx, case, *at, std::slice::from_ref(entry)).await?;
        }
        return Ok(());
    }
    let entries: Vec<_> = story.iter().map(|(at, entry)| (case.id, *at, By::default(), entry)).collect();
    tx.append_all(&entries).await?;
    Ok(())
}
