//! A second, forgiving reading of a PDU that is not to the letter: a time of the wrong length, a sender outside of ASCII,
//! an optional parameter without its terminator. What cannot be understood is left out; the citizen's words are not.

use super::pdu::{Address, BindKind, Message, Pdu, Sar};

const DELIVER_SM: u32 = 0x0000_0005;
const BIND_RECEIVER_RESP: u32 = 0x8000_0001;
const BIND_TRANSMITTER_RESP: u32 = 0x8000_0002;
const QUERY_SM_RESP: u32 = 0x8000_0003;
const BIND_TRANSCEIVER_RESP: u32 = 0x8000_0009;
const SUBMIT_SM_RESP: u32 = 0x8000_0004;
const DELIVER_SM_RESP: u32 = 0x8000_0005;

const TAG_RECEIPTED_MESSAGE_ID: u16 = 0x001E;
const TAG_USER_MESSAGE_REFERENCE: u16 = 0x0204;
const TAG_SAR_REFERENCE: u16 = 0x020C;
const TAG_SAR_TOTAL: u16 = 0x020E;
const TAG_SAR_INDEX: u16 = 0x020F;
const TAG_MESSAGE_PAYLOAD: u16 = 0x0424;
const TAG_MESSAGE_STATE: u16 = 0x0427;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Header {
    pub command_id: u32,
    pub status: u32,
    pub sequence: u32,
}

impl Header {
    /// Of a frame, which has a whole header by its making; zeros for what is missing.
    pub(super) fn read(frame: &[u8]) -> Self {
        let word = |at: usize| match frame.get(at..at + 4) {
            Some([a, b, c, d]) => u32::from_be_bytes([*a, *b, *c, *d]),
            _ => 0,
        };
        Self { command_id: word(4), status: word(8), sequence: word(12) }
    }
}

pub(super) fn pdu(command_id: u32, body: &[u8]) -> Option<Pdu> {
    let mut reader = Reader(body);
    let bound = |kind, reader: &mut Reader<'_>| {
        Some(Pdu::BindResp { kind, system_id: reader.string().unwrap_or_default() })
    };
    match command_id {
        DELIVER_SM => deliver_sm(&mut reader).map(Pdu::DeliverSm),
        BIND_TRANSCEIVER_RESP => bound(BindKind::Transceiver, &mut reader),
        BIND_TRANSMITTER_RESP => bound(BindKind::Transmitter, &mut reader),
        BIND_RECEIVER_RESP => bound(BindKind::Receiver, &mut reader),
        QUERY_SM_RESP => Some(query_sm_resp(&mut reader).unwrap_or(Pdu::QuerySmResp {
            message_id: String::new(),
            state: 0,
            error: 0,
        })),
        SUBMIT_SM_RESP => Some(Pdu::SubmitSmResp { message_id: reader.string().unwrap_or_default() }),
        DELIVER_SM_RESP => Some(Pdu::DeliverSmResp),
        _ => None,
    }
}

/// §4.6.1.
fn deliver_sm(reader: &mut Reader<'_>) -> Option<Message> {
    let _service_type = reader.string()?;
    let source = reader.address()?;
    let destination = reader.address()?;
    let esm_class = reader.octet()?;
    let _protocol_and_priority = (reader.octet()?, reader.octet()?);
    let _times = (reader.string()?, reader.string()?);
    let registered_delivery = reader.octet()?;
    let _replace_if_present = reader.octet()?;
    let data_coding = reader.octet()?;
    let _default_message = reader.octet()?;
    let length = usize::from(reader.octet()?);
    // A length beyond the end: what is there is the message.
    let body = reader.take(length.min(reader.0.len()))?.to_vec();
    let mut message = Message {
        source,
        destination,
        esm_class,
        registered_delivery,
        data_coding,
        body,
        ..Message::default()
    };
    let (mut reference, mut total, mut part) = (None, None, None);
    while let Some((tag, value)) = reader.parameter() {
        match (tag, value) {
            (TAG_RECEIPTED_MESSAGE_ID, id) => {
                message.optional.receipted_message_id = Some(latin1(id).trim_end_matches('\0').to_owned());
            }
            (TAG_MESSAGE_PAYLOAD, payload) => message.body = payload.to_vec(),
            (TAG_MESSAGE_STATE, [state]) => message.optional.message_state = Some(*state),
            (TAG_USER_MESSAGE_REFERENCE, [high, low]) => {
                message.optional.user_message_reference = Some(u16::from_be_bytes([*high, *low]));
            }
            // Some write it as one octet.
            (TAG_SAR_REFERENCE, [low]) => reference = Some(u16::from(*low)),
            (TAG_SAR_REFERENCE, [high, low]) => reference = Some(u16::from_be_bytes([*high, *low])),
            (TAG_SAR_TOTAL, [count]) => total = Some(*count),
            (TAG_SAR_INDEX, [index]) => part = Some(*index),
            _ => {}
        }
    }
    if let (Some(reference), Some(total), Some(index)) = (reference, total, part) {
        message.optional.sar = Some(Sar { reference, total, index });
    }
    Some(message)
}

/// §4.8.2. The date is as each SMSC likes it.
fn query_sm_resp(reader: &mut Reader<'_>) -> Option<Pdu> {
    let message_id = reader.string()?;
    let _final_date = reader.string()?;
    Some(Pdu::QuerySmResp { message_id, state: reader.octet()?, error: reader.octet().unwrap_or_default() })
}

#[derive(Debug)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn octet(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn string(&mut self) -> Option<String> {
        let end = self.0.iter().position(|octet| *octet == 0)?;
        let octets = self.take(end)?;
        self.take(1)?;
        Some(latin1(octets))
    }

    fn address(&mut self) -> Option<Address> {
        Some(Address { ton: self.octet()?, npi: self.octet()?, digits: self.string()? })
    }

    /// Tag, length, value (§3.2.4.1).
    fn parameter(&mut self) -> Option<(u16, &'a [u8])> {
        let mut word = || match self.take(2)? {
            [high, low] => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        };
        let (tag, length) = (word()?, word()?);
        Some((tag, self.take(usize::from(length).min(self.0.len()))?))
    }
}

fn latin1(octets: &[u8]) -> String {
    octets.iter().map(|octet| char::from(*octet)).collect()
}
