//! The PDUs that an ESME exchanges, as we speak of them, and their octets. Everything that knows `rusmpp` is in this room.

mod optional;

use bytes::BytesMut;
use rusmpp::decode::DecodeWithLength;
use rusmpp::encode::{Length, owned::Encode};
use rusmpp::pdus::{
    BindReceiver, BindReceiverResp, BindTransceiver, BindTransceiverResp, BindTransmitter,
    BindTransmitterResp, DataSm, DataSmResp, DeliverSm, DeliverSmResp, QuerySm, QuerySmResp, SubmitSm,
    SubmitSmResp,
};
use rusmpp::tlvs::{MessageDeliveryRequestTlvValue, MessageSubmissionRequestTlvValue, Tlv, TlvValue};
use rusmpp::types::{COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{
    DataCoding, EsmClass, InterfaceVersion, MessagePayload, MessageState, Npi, RegisteredDelivery, Ton,
};
use rusmpp::{CommandId, CommandStatus};

pub use self::optional::{Optional, Sar};
use super::salvage;
use super::status::Status;

/// Octets of the header: length, id, status, sequence number (SMPP 3.4 §3.2).
pub const HEADER: usize = 16;
/// `short_message` holds up to 254 octets (§5.2.22); what is longer travels as `message_payload`.
const SHORT_MESSAGE_MAX: usize = 254;
const RESPONSE: u32 = 0x8000_0000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub status: Status,
    pub sequence: u32,
    pub pdu: Pdu,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pdu {
    Bind(Bind),
    BindResp {
        kind: BindKind,
        system_id: String,
    },
    Unbind,
    UnbindResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SubmitSm(Message),
    SubmitSmResp {
        message_id: String,
    },
    DeliverSm(Message),
    DeliverSmResp,
    DataSm(Message),
    DataSmResp,
    /// What became of a message (§4.8).
    QuerySm {
        message_id: String,
        /// That of the message: an SMSC may check it.
        source: Address,
    },
    QuerySmResp {
        message_id: String,
        /// §5.2.28.
        state: u8,
        error: u8,
    },
    /// Something that this side has no use for: its command_id.
    Other(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindKind {
    Receiver,
    Transmitter,
    Transceiver,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    pub kind: BindKind,
    pub system_id: String,
    pub password: String,
    pub system_type: String,
}

/// What `submit_sm`, `deliver_sm` and `data_sm` have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    pub source: Address,
    pub destination: Address,
    pub esm_class: u8,
    pub registered_delivery: u8,
    pub data_coding: u8,
    /// `short_message`, or `message_payload` when there is one.
    pub body: Vec<u8>,
    /// Sent as `message_payload`, however short it is.
    pub as_payload: bool,
    pub optional: Optional,
}

impl Message {
    /// The body begins with a user data header (§5.2.12, bit 6).
    pub fn has_udh(&self) -> bool {
        self.esm_class & 0x40 != 0
    }

    /// A delivery receipt or an intermediate notification (§5.2.12, bits 2 and 5).
    pub fn is_receipt(&self) -> bool {
        self.esm_class & 0b0010_0100 != 0
    }
}

/// §5.2.5 to §5.2.9.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Address {
    pub ton: u8,
    pub npi: u8,
    pub digits: String,
}

impl Address {
    /// International when it begins with a plus, alphanumeric when it holds a letter, else a number of the network's own.
    pub fn of(written: &str) -> Self {
        let (ton, npi, digits) = match written.strip_prefix('+') {
            Some(digits) => (1, 1, digits),
            None if written.chars().all(|c| c.is_ascii_digit()) => {
                (if written.len() <= 8 { 3 } else { 0 }, 1, written)
            }
            None => (5, 0, written),
        };
        Self { ton, npi, digits: digits.to_owned() }
    }
}

/// A frame of a known length whose body makes no sense; the header did, so it can be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("command 0x{command_id:08X} cannot be read: {reason}")]
pub struct Undecodable {
    pub command_id: u32,
    pub sequence: u32,
    pub reason: String,
}

impl Undecodable {
    /// The permanent refusal of it, so that a poisoned message does not come again for ever (§5.1.3); `None` for a response.
    pub fn answer(&self) -> Option<Command> {
        let (status, pdu) = match CommandId::from(self.command_id) {
            CommandId::DeliverSm => (Status::PERMANENT_ERROR, Pdu::DeliverSmResp),
            CommandId::DataSm => (Status::PERMANENT_ERROR, Pdu::DataSmResp),
            _ if self.command_id & RESPONSE != 0 => return None,
            _ => (Status::INVALID_COMMAND_LENGTH, Pdu::GenericNack),
        };
        Some(Command { status, sequence: self.sequence, pdu })
    }
}

/// A value that does not fit its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} does not fit its field")]
pub struct TooLong(pub &'static str);

/// `frame` is one whole PDU with its length.
pub fn decode(frame: &[u8]) -> Result<Command, Undecodable> {
    let header = salvage::Header::read(frame);
    let mut source = BytesMut::from(frame.get(4..).unwrap_or_default());
    let length = source.len();
    match rusmpp::Command::decode(&mut source, length) {
        Ok((command, _)) => Ok(Command {
            status: Status(command.status().into()),
            sequence: command.sequence_number(),
            pdu: Pdu::from_rusmpp(&command),
        }),
        // The crate holds every field to the letter, the SMSCs of the world do not: a citizen's text is worth a second look.
        Err(error) => match salvage::pdu(header.command_id, frame.get(HEADER..).unwrap_or_default()) {
            Some(pdu) => Ok(Command { status: Status(header.status), sequence: header.sequence, pdu }),
            None => Err(Undecodable {
                command_id: header.command_id,
                sequence: header.sequence,
                reason: format!("{:?}", error.kind()),
            }),
        },
    }
}

impl Command {
    pub fn request(sequence: u32, pdu: Pdu) -> Self {
        Self { status: Status::OK, sequence, pdu }
    }

    pub fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let command =
            rusmpp::Command::new(CommandStatus::from(self.status.0), self.sequence, self.pdu.to_rusmpp()?);
        let length = 4 + command.length();
        let mut octets = BytesMut::with_capacity(length);
        octets.extend_from_slice(&u32::try_from(length).map_err(|_| TooLong("the PDU"))?.to_be_bytes());
        Encode::encode(&command, &mut octets);
        Ok(octets.into())
    }
}

/// The fields that the three PDUs share.
macro_rules! message {
    ($pdu:expr, $short_message:expr) => {
        Message {
            source: address($pdu.source_addr_ton, $pdu.source_addr_npi, &$pdu.source_addr),
            destination: address($pdu.dest_addr_ton, $pdu.dest_addr_npi, &$pdu.destination_addr),
            esm_class: $pdu.esm_class.into(),
            registered_delivery: $pdu.registered_delivery.into(),
            data_coding: $pdu.data_coding.into(),
            body: body($short_message, $pdu.tlvs()),
            as_payload: false,
            optional: Optional::of($pdu.tlvs()),
        }
    };
}

impl Pdu {
    fn from_rusmpp(command: &rusmpp::Command) -> Self {
        use rusmpp::Pdu as P;
        let Some(pdu) = command.pdu() else { return Self::without_body(command.id()) };
        let bind = |kind,
                    system_id: &COctetString<1, 16>,
                    password: &COctetString<1, 9>,
                    system_type: &COctetString<1, 13>| {
            Self::Bind(Bind {
                kind,
                system_id: text(system_id),
                password: text(password),
                system_type: text(system_type),
            })
        };
        match pdu {
            P::BindTransceiver(b) => bind(BindKind::Transceiver, &b.system_id, &b.password, &b.system_type),
            P::BindTransmitter(b) => bind(BindKind::Transmitter, &b.system_id, &b.password, &b.system_type),
            P::BindReceiver(b) => bind(BindKind::Receiver, &b.system_id, &b.password, &b.system_type),
            P::BindTransceiverResp(r) => {
                Self::BindResp { kind: BindKind::Transceiver, system_id: text(&r.system_id) }
            }
            P::BindTransmitterResp(r) => {
                Self::BindResp { kind: BindKind::Transmitter, system_id: text(&r.system_id) }
            }
            P::BindReceiverResp(r) => {
                Self::BindResp { kind: BindKind::Receiver, system_id: text(&r.system_id) }
            }
            P::SubmitSm(m) => Self::SubmitSm(message!(m, m.short_message().as_ref())),
            P::DeliverSm(m) => Self::DeliverSm(message!(m, m.short_message().as_ref())),
            P::DataSm(m) => Self::DataSm(message!(m, &[])),
            P::SubmitSmResp(r) => Self::SubmitSmResp { message_id: text(r.message_id()) },
            P::QuerySm(q) => Self::QuerySm {
                message_id: text(&q.message_id),
                source: address(q.source_addr_ton, q.source_addr_npi, &q.source_addr),
            },
            P::QuerySmResp(r) => Self::QuerySmResp {
                message_id: text(&r.message_id),
                state: r.message_state.into(),
                error: r.error_code,
            },
            _ => Self::without_body(command.id()),
        }
    }

    /// A refusal may come without its body (§4.4.2 says so for submit_sm_resp).
    fn without_body(id: CommandId) -> Self {
        match id {
            CommandId::BindTransceiverResp => {
                Self::BindResp { kind: BindKind::Transceiver, system_id: String::new() }
            }
            CommandId::BindTransmitterResp => {
                Self::BindResp { kind: BindKind::Transmitter, system_id: String::new() }
            }
            CommandId::BindReceiverResp => {
                Self::BindResp { kind: BindKind::Receiver, system_id: String::new() }
            }
            CommandId::Unbind => Self::Unbind,
            CommandId::UnbindResp => Self::UnbindResp,
            CommandId::EnquireLink => Self::EnquireLink,
            CommandId::EnquireLinkResp => Self::EnquireLinkResp,
            CommandId::GenericNack => Self::GenericNack,
            CommandId::SubmitSmResp => Self::SubmitSmResp { message_id: String::new() },
            CommandId::DeliverSmResp => Self::DeliverSmResp,
            CommandId::DataSmResp => Self::DataSmResp,
            CommandId::QuerySmResp => Self::QuerySmResp { message_id: String::new(), state: 0, error: 0 },
            other => Self::Other(other.into()),
        }
    }

    fn to_rusmpp(&self) -> Result<rusmpp::Pdu, TooLong> {
        let version = Some(InterfaceVersion::Smpp3_4);
        Ok(match self {
            Self::Bind(bind) => bind.to_rusmpp()?,
            Self::BindResp { kind, system_id } => {
                let id = string(system_id, "system_id")?;
                match kind {
                    BindKind::Transceiver => BindTransceiverResp::new(id, version).into(),
                    BindKind::Transmitter => BindTransmitterResp::new(id, version).into(),
                    BindKind::Receiver => BindReceiverResp::new(id, version).into(),
                }
            }
            Self::Unbind => rusmpp::Pdu::Unbind,
            Self::UnbindResp => rusmpp::Pdu::UnbindResp,
            Self::EnquireLink => rusmpp::Pdu::EnquireLink,
            Self::EnquireLinkResp => rusmpp::Pdu::EnquireLinkResp,
            Self::GenericNack | Self::Other(_) => rusmpp::Pdu::GenericNack,
            Self::SubmitSm(message) => message.to_submit_sm()?.into(),
            Self::SubmitSmResp { message_id } => {
                SubmitSmResp::new(string(message_id, "message_id")?, Vec::new()).into()
            }
            Self::DeliverSm(message) => message.to_deliver_sm()?.into(),
            // message_id is unused in these and set to NULL (§4.6.2).
            Self::DeliverSmResp => DeliverSmResp::default().into(),
            Self::DataSm(message) => message.to_data_sm()?.into(),
            Self::DataSmResp => DataSmResp::default().into(),
            Self::QuerySm { message_id, source } => QuerySm::new(
                string(message_id, "message_id")?,
                Ton::from(source.ton),
                Npi::from(source.npi),
                string(&source.digits, "source_addr")?,
            )
            .into(),
            Self::QuerySmResp { message_id, state, error } => QuerySmResp::new(
                string(message_id, "message_id")?,
                EmptyOrFullCOctetString::empty(),
                MessageState::from(*state),
                *error,
            )
            .into(),
        })
    }
}

/// The fields that the three binds share.
macro_rules! bind {
    ($bind:expr, $pdu:ident) => {
        $pdu {
            system_id: string(&$bind.system_id, "system_id")?,
            password: string(&$bind.password, "password")?,
            system_type: string(&$bind.system_type, "system_type")?,
            interface_version: InterfaceVersion::Smpp3_4,
            addr_ton: Ton::from(0),
            addr_npi: Npi::from(0),
            address_range: COctetString::empty(),
        }
        .into()
    };
}

impl Bind {
    fn to_rusmpp(&self) -> Result<rusmpp::Pdu, TooLong> {
        Ok(match self.kind {
            BindKind::Receiver => bind!(self, BindReceiver),
            BindKind::Transmitter => bind!(self, BindTransmitter),
            BindKind::Transceiver => bind!(self, BindTransceiver),
        })
    }
}

/// The fields that the three builders share.
macro_rules! builder {
    ($message:expr, $pdu:ident) => {
        $pdu::builder()
            .source_addr_ton(Ton::from($message.source.ton))
            .source_addr_npi(Npi::from($message.source.npi))
            .source_addr(string(&$message.source.digits, "source_addr")?)
            .dest_addr_ton(Ton::from($message.destination.ton))
            .dest_addr_npi(Npi::from($message.destination.npi))
            .destination_addr(string(&$message.destination.digits, "destination_addr")?)
            .esm_class(EsmClass::from($message.esm_class))
            .registered_delivery(RegisteredDelivery::from($message.registered_delivery))
            .data_coding(DataCoding::from($message.data_coding))
    };
}

impl Message {
    fn to_submit_sm(&self) -> Result<SubmitSm, TooLong> {
        let (short, payload) = self.placed()?;
        let mut pdu = builder!(self, SubmitSm).short_message(short).build();
        for value in self.optional.of_submission() {
            pdu.push_tlv(value);
        }
        if let Some(payload) = payload {
            pdu.push_tlv(MessageSubmissionRequestTlvValue::MessagePayload(payload));
        }
        Ok(pdu)
    }

    fn to_deliver_sm(&self) -> Result<DeliverSm, TooLong> {
        let (short, payload) = self.placed()?;
        let mut pdu = builder!(self, DeliverSm).short_message(short).build();
        for value in self.optional.of_delivery()? {
            pdu.push_tlv(value);
        }
        if let Some(payload) = payload {
            pdu.push_tlv(MessageDeliveryRequestTlvValue::MessagePayload(payload));
        }
        Ok(pdu)
    }

    fn to_data_sm(&self) -> Result<DataSm, TooLong> {
        let mut pdu = builder!(self, DataSm).build();
        pdu.push_tlv(MessageSubmissionRequestTlvValue::MessagePayload(payload(&self.body)?));
        Ok(pdu)
    }

    fn placed(&self) -> Result<(OctetString<0, 255>, Option<MessagePayload>), TooLong> {
        if self.body.len() <= SHORT_MESSAGE_MAX && !self.as_payload {
            let short = OctetString::from_slice(&self.body).map_err(|_| TooLong("short_message"))?;
            Ok((short, None))
        } else {
            Ok((OctetString::empty(), Some(payload(&self.body)?)))
        }
    }
}

fn text<const MAX: usize>(string: &COctetString<1, MAX>) -> String {
    string.as_str().to_owned()
}

fn string<const MAX: usize>(value: &str, field: &'static str) -> Result<COctetString<1, MAX>, TooLong> {
    value.parse().map_err(|_| TooLong(field))
}

fn address(ton: Ton, npi: Npi, digits: &COctetString<1, 21>) -> Address {
    Address { ton: ton.into(), npi: npi.into(), digits: text(digits) }
}

fn payload(body: &[u8]) -> Result<MessagePayload, TooLong> {
    let max = usize::from(u16::MAX);
    let body = body
        .get(..body.len().min(max))
        .filter(|b| b.len() == body.len())
        .ok_or(TooLong("message_payload"))?;
    Ok(MessagePayload::new(rusmpp::types::AnyOctetString::from_slice(body)))
}

fn body(short_message: &[u8], tlvs: &[Tlv]) -> Vec<u8> {
    let payload = tlvs.iter().find_map(|tlv| match tlv.value() {
        Some(TlvValue::MessagePayload(payload)) => Some(payload.value.as_ref()),
        _ => None,
    });
    payload.unwrap_or(short_message).to_vec()
}

#[cfg(test)]
mod tests;
