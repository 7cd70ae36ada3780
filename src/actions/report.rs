//! A delivery report finds its text.

use std::collections::HashSet;
use std::sync::Arc;

use super::delivery::{DeliveryReport, ReportOutcome};
use super::{ActionError, Shared};
use crate::domain::id::{CaseId, OutboxId};
use crate::domain::message::DeliveryState;
use crate::domain::reconcile::{Clues, Doubtful, fits};
use crate::domain::timeline::Entry;
use crate::store::event::By;
use crate::store::report::{EarlyReport, ReportedPart, UncertainText};
use crate::store::{Tx, Work};

pub(super) struct RecordReport {
    pub shared: Arc<Shared>,
    pub report: DeliveryReport,
    pub clues: Clues,
}

/// What a report came to.
pub(super) struct Heard {
    pub outcome: ReportOutcome,
    /// Whether a text came to its end.
    pub ended: bool,
    /// Whose timeline changed.
    pub case: Option<CaseId>,
}

impl Heard {
    fn only(outcome: ReportOutcome) -> Self {
        Self { outcome, ended: false, case: None }
    }
}

/// A text that a report is about, as its case has to hear of it.
struct Told {
    text: OutboxId,
    case: Option<CaseId>,
    state: DeliveryState,
}

impl Work for RecordReport {
    type Out = Heard;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Heard, ActionError> {
        let Some(part) = self.part(tx).await? else { return self.without_part(tx).await };
        if part.state.is_final() {
            return Ok(Heard::only(ReportOutcome::Duplicate));
        }
        // On its way: what we know already.
        if !self.report.state.is_final() {
            return Ok(Heard::only(ReportOutcome::Matched));
        }
        let states = tx.set_part_state(part.part, part.text, self.report.state).await?;
        let uncertain = part.text_state == DeliveryState::Uncertain;
        match overall(&states, part.parts, uncertain) {
            Some(state) => self.tell(tx, Told { text: part.text, case: part.case, state }).await,
            None => Ok(Heard::only(ReportOutcome::Matched)),
        }
    }
}

impl RecordReport {
    /// The part that has the id of the report, in one of the two that it may carry.
    async fn part(&self, tx: &mut Tx<'_>) -> Result<Option<ReportedPart>, ActionError> {
        for id in [Some(&self.report.message_id), self.clues.other_id.as_ref()].into_iter().flatten() {
            let keys = keys(id);
            let parts = tx.reported_parts(&self.report.link, &keys).await?;
            if let Some(part) = meant(&parts, &keys, &self.clues) {
                return Ok(Some(part.clone()));
            }
        }
        Ok(None)
    }

    /// Nobody knows its id: it may be the only sign of life of an uncertain text, or have overtaken the answer to its submit.
    async fn without_part(&self, tx: &mut Tx<'_>) -> Result<Heard, ActionError> {
        let Self { report, clues, .. } = self;
        let [key, ..] = &keys(&report.message_id);
        if let Some(text) = self.uncertain(tx).await? {
            let id = (report.message_id.as_str(), key.as_str());
            let states = tx.insert_reported_part(text.id, &report.link, id, report.state).await?;
            return match overall(&states, text.parts, true) {
                Some(state) => self.tell(tx, Told { text: text.id, case: text.case, state }).await,
                None => Ok(Heard::only(ReportOutcome::Matched)),
            };
        }
        let early = EarlyReport {
            id: 0,
            message_id: report.message_id.clone(),
            state: report.state,
            error: report.error.clone(),
            at: report.at,
            clues: clues.clone(),
        };
        let new = tx.keep_report(&report.link, key, &early).await?;
        Ok(Heard::only(if new { ReportOutcome::Unmatched } else { ReportOutcome::Duplicate }))
    }

    /// The one uncertain text that it can be about. With two, or with another one on the wire to the same number, nobody can know.
    async fn uncertain(&self, tx: &mut Tx<'_>) -> Result<Option<UncertainText>, ActionError> {
        if !self.report.state.is_final() {
            return Ok(None);
        }
        let mut fitting = Vec::new();
        for number in &self.clues.numbers {
            for text in tx.uncertain_texts_to(&self.report.link, number).await? {
                let (id, sent_at) = (text.id.0, text.sent_at);
                let doubtful =
                    Doubtful { id, words: &text.words, parts: text.parts, known: text.known, sent_at };
                if fits(&doubtful, &self.clues, self.report.at, &self.shared.zone) {
                    fitting.push((number, text));
                }
            }
        }
        let Some((number, text)) = fitting.pop().filter(|_| fitting.is_empty()) else { return Ok(None) };
        Ok(if tx.is_sending_to(number).await? { None } else { Some(text) })
    }

    async fn tell(&self, tx: &mut Tx<'_>, told: Told) -> Result<Heard, ActionError> {
        let (report, Told { text, case, state }) = (&self.report, told);
        let error = report.error.as_deref().filter(|_| state != DeliveryState::Delivered);
        tx.set_text_state(text, state, error, report.at).await?;
        if let Some(case) = case {
            let entry = Entry::TextReported { outbox: text, state, error: error.map(str::to_owned) };
            tx.append(case, report.at, &By::default(), &[entry]).await?;
        }
        self.shared.heard(tx, text, state, report.at).await?;
        Ok(Heard { outcome: ReportOutcome::Matched, ended: true, case })
    }
}

/// A report that was kept is looked at once more.
pub(super) async fn again(
    shared: &Arc<Shared>,
    tx: &mut Tx<'_>,
    link: &str,
    early: EarlyReport,
) -> Result<Option<CaseId>, ActionError> {
    tx.drop_report(early.id).await?;
    let report = DeliveryReport {
        link: link.to_owned(),
        message_id: early.message_id,
        state: early.state,
        error: early.error,
        at: early.at,
    };
    let report = RecordReport { shared: Arc::clone(shared), report, clues: early.clues };
    Ok(report.run(tx).await?.case)
}

/// Texts that have just become uncertain, and receipts that nobody knew what to do with.
pub(super) async fn reconcile(
    shared: &Arc<Shared>,
    tx: &mut Tx<'_>,
    texts: &[OutboxId],
) -> Result<Vec<CaseId>, ActionError> {
    let mut cases = Vec::new();
    for (smsc, number) in tx.ways_of_uncertain(texts).await? {
        for early in tx.early_reports(&smsc).await? {
            if early.clues.numbers.contains(&number) {
                cases.extend(again(shared, tx, &smsc, early).await?);
            }
        }
    }
    Ok(cases)
}

/// Among the parts that may be meant. An id that means another one in another notation is told apart by whose telephone it was.
///
/// The very id is believed before one in another notation, also when that part is settled already: then this is the same report
/// again, and not one about somebody else. Among equals the one that still waits, then the latest: networks use ids again.
fn meant<'p>(parts: &'p [ReportedPart], keys: &[String; 3], clues: &Clues) -> Option<&'p ReportedPart> {
    let [key, ..] = keys;
    let (exact, alike): (Vec<_>, Vec<_>) =
        parts.iter().filter(|part| clues.allow(&part.recipient)).partition(|part| part.message_key == *key);
    // The first of equals is the latest.
    if let Some(part) = exact.into_iter().min_by_key(|part| part.state.is_final()) {
        return Some(part);
    }
    let open = || alike.iter().filter(|part| !part.state.is_final());
    let texts: HashSet<OutboxId> = open().map(|part| part.text).collect();
    match (clues.numbers.is_empty(), texts.len()) {
        // Two that look alike, and nothing that tells them apart.
        (true, 2..) => None,
        (_, 0) => alike.first().copied(),
        _ => open().next().copied(),
    }
}

/// The state of a text by those of its parts: delivered when all are, failed when one is; `None` while it is open. Of an uncertain
/// text some parts may never be known; one that failed is enough to know that it did not arrive.
fn overall(known: &[DeliveryState], parts: i64, uncertain: bool) -> Option<DeliveryState> {
    let complete = i64::try_from(known.len()).is_ok_and(|known| known >= parts);
    if complete && known.iter().all(|state| *state == DeliveryState::Delivered) {
        return Some(DeliveryState::Delivered);
    }
    let settled = uncertain || complete && known.iter().all(|state| state.is_final());
    let failed = known.iter().find(|state| state.is_final() && **state != DeliveryState::Delivered);
    failed.copied().filter(|_| settled)
}

/// An id in its plainest notation: small letters, no zeros in front.
pub(super) fn key(message_id: &str) -> String {
    let id = message_id.trim().to_lowercase();
    let plain = id.trim_start_matches("0x").trim_start_matches('0');
    if plain.is_empty() { "0".to_owned() } else { plain.to_owned() }
}

/// The id, and what it is when one side writes hexadecimal and the other decimal (measured in the wild: the answer to the
/// submit in hexadecimal, the receipt in decimal, and the reverse). Notations that do not apply repeat the id.
pub(super) fn keys(message_id: &str) -> [String; 3] {
    let key = key(message_id);
    let as_hex = key.parse::<u128>().map(|number| format!("{number:x}")).unwrap_or_else(|_| key.clone());
    let as_decimal =
        u128::from_str_radix(&key, 16).map(|number| number.to_string()).unwrap_or_else(|_| key.clone());
    [key, as_hex, as_decimal]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::phone::PhoneNumber;

    #[test]
    fn id_is_known_in_every_notation() {
        for (submitted, reported) in [
            ("1A2B3C", "1a2b3c"),
            ("1A2B3C", "1715004"),
            ("1715004", "001A2B3C"),
            ("0001715004", "1715004"),
            ("0x1a2b3c", "1715004"),
            ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"),
            ("SMSC-77", "smsc-77"),
            ("0", "0000"),
        ] {
            assert!(keys(reported).contains(&key(submitted)), "{submitted} {reported}");
        }
        assert!(!keys("124").contains(&key("123")));
    }

    #[test]
    fn text_is_delivered_when_all_its_parts_are() {
        use DeliveryState::*;
        let ends = |known: &[DeliveryState], parts| overall(known, parts, false);
        assert_eq!(ends(&[Delivered, Delivered], 2), Some(Delivered));
        assert_eq!(ends(&[Delivered, Delivered], 1), Some(Delivered), "from before parts were counted");
        assert_eq!(ends(&[Delivered, Accepted], 2), None);
        assert_eq!(ends(&[Delivered, Expired], 2), Some(Expired));
        assert_eq!(ends(&[Expired, Accepted], 2), None);
    }

    #[test]
    fn uncertain_text_is_delivered_when_all_its_parts_are_known_and_failed_when_one_is() {
        use DeliveryState::*;
        assert_eq!(overall(&[Delivered], 2, true), None);
        assert_eq!(overall(&[Delivered, Delivered], 2, true), Some(Delivered));
        assert_eq!(overall(&[Expired], 3, true), Some(Expired));
        assert_eq!(overall(&[Accepted], 1, true), None);
    }

    fn part(text: i64, key: &str, recipient: &str, state: DeliveryState) -> ReportedPart {
        ReportedPart {
            part: text,
            text: OutboxId(text),
            case: None,
            state,
            message_key: key.into(),
            recipient: recipient.into(),
            parts: 1,
            text_state: state,
        }
    }

    fn found(parts: &[ReportedPart], id: &str, numbers: &[&str]) -> Option<i64> {
        let numbers = numbers.iter().map(|n| PhoneNumber::parse(n, "RS").unwrap()).collect();
        let clues = Clues { numbers, ..Clues::default() };
        meant(parts, &keys(id), &clues).map(|part| part.part)
    }

    #[test]
    fn ids_that_look_alike_in_two_notations_are_told_apart_by_the_telephone() {
        use DeliveryState::{Accepted, Delivered};
        const A: &str = "+381641111111";
        const B: &str = "+381642222222";
        // An SMSC that answers in hexadecimal and reports in decimal: 0x10 is 16, and 0x16 is another text.
        let parts = [part(2, "16", B, Accepted), part(1, "10", A, Accepted)];
        assert_eq!(found(&parts, "16", &[A]), Some(1));
        assert_eq!(found(&parts, "16", &[B]), Some(2));
        assert_eq!(found(&parts, "16", &[]), Some(2), "the very id, where nothing tells them apart");
        assert_eq!(found(&parts[..1], "16", &[A]), None, "it overtook the answer to its own submit");
        // The same report again is not one about whoever looks alike.
        let parts = [part(2, "16", A, Delivered), part(1, "10", A, Accepted)];
        assert_eq!(found(&parts, "16", &[A]), Some(2));
        // In other notations only, to two people, without a number: nobody can know.
        let parts = [part(2, "a", A, Accepted), part(1, "16", B, Accepted)];
        assert_eq!(found(&parts, "10", &[]), None);
        assert_eq!(found(&parts, "10", &[B]), Some(1));
    }
}
