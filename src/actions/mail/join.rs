//! A mail that continues a case: an entry on it. When the case has ended, it is opened again by what its citizen writes in the days after
//! the answer; what comes later, or by somebody else, becomes a case that follows it. Either way somebody is told.

use jiff::SignedDuration;

use super::receive::{PointsAt, ReceiveMail};
use super::{Arrived, MailOutcome};
use crate::actions::ActionError;
use crate::actions::file::attach_to_case;
use crate::actions::outcome::REASON_MAX_CHARS;
use crate::domain::case::CaseRef;
use crate::domain::id::{CaseId, InteractionId, PersonId};
use crate::domain::mail::{MailKind, MailParty, plain_subject};
use crate::domain::notice::Purpose;
use crate::domain::projection::CaseFields;
use crate::domain::script::search_key;
use crate::domain::timeline::{Entry, Visibility};
use crate::store::Tx;
use crate::store::event::By;

impl ReceiveMail {
    pub(super) async fn join(
        &self,
        tx: &mut Tx<'_>,
        id: InteractionId,
        case: CaseId,
        (kind, words): (MailKind, &str),
    ) -> Result<MailOutcome, ActionError> {
        let party = match &self.mail.sender {
            Some(sender) => tx.mail_party(case, sender).await?.unwrap_or(MailParty::Citizen),
            None => MailParty::Citizen,
        };
        let addressed = tx.case_fields(case).await?.ok_or(ActionError::NotFound)?;
        let is_own = self.is_by(tx, addressed.person).await?;
        // Work goes on where the case was merged into.
        let (whole, fields) = self.shared.whole(tx, (case, addressed)).await?;
        let asks = party == MailParty::Citizen && kind.is_by_a_person();
        if fields.status.is_open() || !asks {
            return self.add(tx, id, (whole, fields), (party, kind)).await;
        }
        if is_own && self.is_in_time(tx, (whole, &fields)).await? {
            return self.reopen(tx, id, (whole, fields), (kind, words)).await;
        }
        if let Some(further) = self.follow_up(tx, whole).await?
            && let Some(fields) = tx.case_fields(further).await?
        {
            return self.add(tx, id, (further, fields), (party, kind)).await;
        }
        self.open(tx, id, (kind, words), Some(PointsAt::Follows(whole))).await
    }

    async fn add(
        &self,
        tx: &mut Tx<'_>,
        id: InteractionId,
        (case, mut fields): (CaseId, CaseFields),
        (party, kind): (MailParty, MailKind),
    ) -> Result<MailOutcome, ActionError> {
        let entries = self.entries(tx, id, case, (party, kind)).await?;
        self.enter(tx, id, (case, &mut fields), kind, &entries).await
    }

    /// With a receipt: to its citizen the case was over.
    async fn reopen(
        &self,
        tx: &mut Tx<'_>,
        id: InteractionId,
        (case, mut fields): (CaseId, CaseFields),
        (kind, words): (MailKind, &str),
    ) -> Result<MailOutcome, ActionError> {
        let mut entries = self.entries(tx, id, case, (MailParty::Citizen, kind)).await?;
        let by = (&By::default(), self.mail.at);
        entries.extend(self.shared.overtake(tx, case, Purpose::Outcome, by).await?);
        let subject = plain_subject(&self.mail.subject);
        let reason = if words.trim().is_empty() { subject.as_str() } else { words.trim() };
        entries.push(Entry::Reopened {
            from: fields.status,
            outcome: fields.outcome,
            told: fields.told,
            reason: reason.chars().take(REASON_MAX_CHARS).collect(),
        });
        let reference = CaseRef { id: case, number: fields.number.clone() };
        entries.extend(self.receipt(tx, id, &reference, (kind, words)).await?);
        self.enter(tx, id, (case, &mut fields), kind, &entries).await
    }

    /// The mail and its files.
    async fn entries(
        &self,
        tx: &mut Tx<'_>,
        id: InteractionId,
        case: CaseId,
        (party, kind): (MailParty, MailKind),
    ) -> Result<Vec<Entry>, ActionError> {
        let mut received = self.entry(id, party, kind);
        if let (Entry::MailReceived { name, .. }, MailParty::Officer, Some(sender)) =
            (&mut received, party, &self.mail.sender)
            && let Some(user) = tx.user_of_email(sender).await?
            && let Some(user) = self.shared.db.directory().user(user)
        {
            // As we know them, not as the mail calls itself.
            name.clone_from(&user.name);
        }
        let mut entries = vec![received];
        let visibility = entries.first().map_or(Visibility::Internal, Entry::visibility);
        let at = self.mail.at;
        entries.extend(attach_to_case(tx, (case, Some(id)), &self.files, visibility, (None, at)).await?);
        Ok(entries)
    }

    async fn enter(
        &self,
        tx: &mut Tx<'_>,
        id: InteractionId,
        (case, fields): (CaseId, &mut CaseFields),
        kind: MailKind,
        entries: &[Entry],
    ) -> Result<MailOutcome, ActionError> {
        let number = fields.number.clone();
        self.shared.enter(tx, (case, fields), self.mail.at, &By::default(), entries).await?;
        if let Arrived::Letter { words, .. } = &self.mail.what {
            tx.add_case_words(case, &search_key(words)).await?;
        }
        tx.set_interaction_case(id, case).await?;
        self.received(tx, id, Some(case), kind.as_str()).await?;
        Ok(MailOutcome::Added(CaseRef { id: case, number }))
    }

    /// Whether the sender is the one whose case it is.
    async fn is_by(&self, tx: &mut Tx<'_>, person: Option<PersonId>) -> Result<bool, ActionError> {
        let (Some(person), Some(sender)) = (person, &self.mail.sender) else { return Ok(false) };
        let Some((writes, _)) = tx.person_by_email(sender).await? else { return Ok(false) };
        Ok(tx.survivor(person).await? == writes)
    }

    async fn is_in_time(
        &self,
        tx: &mut Tx<'_>,
        (case, fields): (CaseId, &CaseFields),
    ) -> Result<bool, ActionError> {
        let days = self.shared.cases.reopen_by_mail_days;
        if days == 0 || fields.erased_at.is_some() {
            return Ok(false);
        }
        let answered = tx.answered_at(case).await?.unwrap_or(fields.updated_at);
        Ok(self.mail.at.duration_since(answered) <= SignedDuration::from_hours(i64::from(days) * 24))
    }

    /// An open case that an earlier mail of the same sender after the end of this one became.
    async fn follow_up(&self, tx: &mut Tx<'_>, case: CaseId) -> Result<Option<CaseId>, ActionError> {
        let Some(sender) = &self.mail.sender else { return Ok(None) };
        let Some((person, _)) = tx.person_by_email(sender).await? else { return Ok(None) };
        Ok(tx.open_follow_up(case, person).await?)
    }
}
