//! A delivery report finds its text.

use std::sync::Arc;

use super::delivery::{DeliveryReport, ReportOutcome};
use super::{ActionError, Shared};
use crate::domain::id::{CaseId, OutboxId};
use crate::domain::message::DeliveryState;
use crate::domain::timeline::Entry;
use crate::store::event::By;
use crate::store::report::{EarlyReport, ReportedPart};
use crate::store::{Tx, Work};

pub(super) struct RecordReport {
    pub shared: Arc<Shared>,
    pub report: DeliveryReport,
}

impl Work for RecordReport {
    /// Also the case whose timeline changed.
    type Out = (ReportOutcome, Option<CaseId>);
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Out, ActionError> {
        let Self { shared, report } = self;
        let keys = keys(&report.message_id);
        let parts = tx.reported_parts(&report.link, &keys).await?;
        let Some(part) = meant(&parts, &keys) else {
            let early = EarlyReport {
                id: 0,
                message_id: report.message_id.clone(),
                state: report.state,
                error: report.error.clone(),
                at: report.at,
            };
            let [key, ..] = &keys;
            let new = tx.keep_report(&report.link, key, &early).await?;
            return Ok((if new { ReportOutcome::Unmatched } else { ReportOutcome::Duplicate }, None));
        };
        if part.state.is_final() {
            return Ok((ReportOutcome::Duplicate, None));
        }
        // On its way: what we know already.
        if !report.state.is_final() {
            return Ok((ReportOutcome::Matched, None));
        }
        let states = tx.set_part_state(part.part, part.text, report.state).await?;
        let case = match overall(&states) {
            Some(state) => tell(shared, tx, part.text, part.case, state, report).await?,
            None => None,
        };
        Ok((ReportOutcome::Matched, case))
    }
}

async fn tell(
    shared: &Shared,
    tx: &mut Tx<'_>,
    text: OutboxId,
    case: Option<CaseId>,
    state: DeliveryState,
    report: &DeliveryReport,
) -> Result<Option<CaseId>, ActionError> {
    let error = report.error.as_deref().filter(|_| state != DeliveryState::Delivered);
    tx.set_text_state(text, state, error, report.at).await?;
    let Some(case) = case else { return Ok(None) };
    let entry = Entry::TextReported { outbox: text, state, error: error.map(str::to_owned) };
    tx.append(case, report.at, &By::default(), &[entry]).await?;
    shared.heard(tx, text, state, report.at).await?;
    Ok(Some(case))
}

/// Among the parts that may be meant: one with the very id before one in another notation, one that still waits before
/// one that is settled, the latest before an earlier one.
fn meant<'p>(parts: &'p [ReportedPart], keys: &[String; 3]) -> Option<&'p ReportedPart> {
    let [exact, ..] = keys;
    // The first of equals is the latest.
    parts.iter().min_by_key(|part| (part.state.is_final(), part.message_key != *exact))
}

/// The state of a text by those of its parts: delivered when all are, failed when one is; `None` while it is open.
fn overall(parts: &[DeliveryState]) -> Option<DeliveryState> {
    if parts.iter().all(|state| *state == DeliveryState::Delivered) {
        return Some(DeliveryState::Delivered);
    }
    let all_final = parts.iter().all(|state| state.is_final());
    let failed = parts.iter().find(|state| state.is_final() && **state != DeliveryState::Delivered);
    failed.copied().filter(|_| all_final)
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
        assert_eq!(overall(&[Delivered, Delivered]), Some(Delivered));
        assert_eq!(overall(&[Delivered, Accepted]), None);
        assert_eq!(overall(&[Delivered, Expired]), Some(Expired));
        assert_eq!(overall(&[Expired, Accepted]), None);
    }
}
