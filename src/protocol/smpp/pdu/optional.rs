//! The optional parameters that mean something to us (SMPP 3.4 §5.3).

use rusmpp::tlvs::{MessageDeliveryRequestTlvValue, MessageSubmissionRequestTlvValue, Tlv, TlvValue};
use rusmpp::values::{MessageState, UserMessageReference};

use super::{TooLong, string, text};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Optional {
    pub sar: Option<Sar>,
    pub receipted_message_id: Option<String>,
    pub message_state: Option<u8>,
    /// A number of the ESME's own, which some SMSCs repeat in the receipt (§5.3.2.17).
    pub user_message_reference: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sar {
    pub reference: u16,
    pub total: u8,
    pub index: u8,
}

impl Optional {
    pub(super) fn of(tlvs: &[Tlv]) -> Self {
        let mut found = Self::default();
        let (mut reference, mut total, mut index) = (None, None, None);
        for value in tlvs.iter().filter_map(Tlv::value) {
            match value {
                TlvValue::SarMsgRefNum(value) => reference = Some(*value),
                TlvValue::SarTotalSegments(value) => total = Some(*value),
                TlvValue::SarSegmentSeqnum(value) => index = Some(*value),
                TlvValue::ReceiptedMessageId(id) => found.receipted_message_id = Some(text(id)),
                TlvValue::MessageState(state) => found.message_state = Some((*state).into()),
                TlvValue::UserMessageReference(reference) => {
                    found.user_message_reference = Some(reference.value);
                }
                _ => {}
            }
        }
        if let (Some(reference), Some(total), Some(index)) = (reference, total, index) {
            found.sar = Some(Sar { reference, total, index });
        }
        found
    }

    pub(super) fn of_delivery(&self) -> Result<Vec<MessageDeliveryRequestTlvValue>, TooLong> {
        use MessageDeliveryRequestTlvValue as V;
        let mut values = Vec::new();
        if let Some(sar) = self.sar {
            values.extend([
                V::SarMsgRefNum(sar.reference),
                V::SarTotalSegments(sar.total),
                V::SarSegmentSeqnum(sar.index),
            ]);
        }
        if let Some(id) = &self.receipted_message_id {
            values.push(V::ReceiptedMessageId(string(id, "receipted_message_id")?));
        }
        if let Some(state) = self.message_state {
            values.push(V::MessageState(MessageState::from(state)));
        }
        if let Some(reference) = self.user_message_reference {
            values.push(V::UserMessageReference(UserMessageReference::new(reference)));
        }
        Ok(values)
    }

    pub(super) fn of_submission(&self) -> Vec<MessageSubmissionRequestTlvValue> {
        use MessageSubmissionRequestTlvValue as V;
        let mut values = Vec::new();
        if let Some(sar) = self.sar {
            values.extend([
                V::SarMsgRefNum(sar.reference),
                V::SarTotalSegments(sar.total),
                V::SarSegmentSeqnum(sar.index),
            ]);
        }
        if let Some(reference) = self.user_message_reference {
            values.push(V::UserMessageReference(UserMessageReference::new(reference)));
        }
        values
    }
}
