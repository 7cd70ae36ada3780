//! A new call at the door of the switch: who is called, is there a plan, can we talk.

use std::collections::HashMap;

use rand::RngCore;

use super::door::Origin;
use super::exchange::Exchange;
use super::lines::Line;
use super::media::{Command, LegId};
use crate::call::board::Side;
use crate::call::switch::{self, Arrival, ArrivalRefused, CallKey};
use crate::dialplan::machine::Walk;
use crate::domain::caller::Caller;
use crate::domain::outbound::TrunkId;
use crate::domain::phone::PhoneNumber;
use crate::protocol::sip::Flow;
use crate::protocol::sip::agent::DialogId;
use crate::protocol::sip::message::{CallerId, Request, Status};
use crate::protocol::sip::sdp::{self, LocalKeys, SdpError, Security, Wish};

/// Call-IDs of calls that arrived, until their journal is written.
pub(super) type ExternalIds = HashMap<CallKey, String>;

/// How a call is refused before it is one.
pub(super) struct Refusal {
    pub status: Status,
    retry_after_s: Option<u32>,
    /// For the people at the other end.
    warning: Option<&'static str>,
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self { status, retry_after_s: None, warning: None }
    }
}

const NEEDS_SRTP: &str = "calls on this trunk must be encrypted: offer SRTP";

impl Exchange {
    pub(super) fn invited(&mut self, dialog: DialogId, invite: &Request, flow: Flow, origin: Origin) {
        let now = self.parts.clock.instant();
        tracing::debug!(?origin, "a call arrives");
        match self.accept(dialog, invite, flow, origin) {
            Ok(()) => {
                self.handle.accepted();
                metrics::counter!("odziv_telephony_calls_total").increment(1);
                self.carry_out();
            }
            Err(Refusal { status, retry_after_s, warning }) => {
                metrics::counter!("odziv_telephony_rejected_total", "status" => status.0.to_string())
                    .increment(1);
                tracing::info!(status = status.0, remote = %flow.remote, "a call is refused");
                match warning {
                    Some(why) => self.agent.reject_because(dialog, status, why, now),
                    None => self.agent.reject(dialog, status, retry_after_s, now),
                }
            }
        }
    }

    fn accept(
        &mut self,
        dialog: DialogId,
        invite: &Request,
        flow: Flow,
        origin: Origin,
    ) -> Result<(), Refusal> {
        let called = match origin {
            Origin::Trunk(trunk) => self.trunks.called(TrunkId(trunk), invite),
            Origin::Phone { .. } => invite.uri.user().unwrap_or_default(),
        };
        let replaces = match invite.replaces() {
            None => None,
            Some(replaces) => {
                let leg = self.agent.find_dialog(&replaces).and_then(|dialog| self.lines.of_dialog(dialog));
                Some(leg.ok_or(Status::NO_SUCH_DIALOG)?)
            }
        };
        let m = self.moment();
        let plan = self.parts.plans.current().by_number(&called);
        let caller = caller(invite, &self.parts.country);
        let number = match &caller {
            Caller::Number(number) => Some(number.as_str()),
            Caller::Name(_) | Caller::Email(_) | Caller::Hidden => None,
        };
        let plan = plan.and_then(|plan| Walk::start_for(plan, &called, number, m.local));
        if plan.is_none() && matches!(origin, Origin::Trunk(_)) {
            return Err(Status::NOT_FOUND.into());
        }
        // Media is agreed on before the contact is journaled: a call that we cannot hear is refused, so that its trunk may try
        // another way.
        let (media, port) = self.reserve()?;
        let needs_srtp = matches!(origin, Origin::Trunk(trunk) if self.trunks.needs_srtp(TrunkId(trunk)));
        let mut local = self.local(flow, port, media, needs_srtp);
        let side = match origin {
            Origin::Trunk(_) => Side::Caller,
            Origin::Phone { .. } => Side::Operator,
        };
        let refused = |exchange: &Self, status: Status| {
            exchange.parts.media.send(Command::Close { leg: media });
            Refusal::from(status)
        };
        let (sdp, agreed) = match invite.body.as_slice() {
            [] => (sdp::offer(&local, &Wish::default()), None),
            offer => match sdp::answer(offer, &local) {
                Ok((sdp, agreed)) => (sdp, Some(agreed)),
                Err(error) => {
                    tracing::info!(%error, "an offer that we cannot answer");
                    let warning = (error == SdpError::NotEncrypted).then_some(NEEDS_SRTP);
                    return Err(Refusal { warning, ..refused(self, Status::NOT_ACCEPTABLE_HERE) });
                }
            },
        };
        local.version += 1;
        let arrival = Arrival {
            from: match origin {
                Origin::Trunk(trunk) => switch::Origin::Trunk(TrunkId(trunk)),
                Origin::Phone { user, .. } => switch::Origin::Phone(user),
            },
            caller: match &origin {
                Origin::Trunk(_) => caller,
                // Who it is was proven; what From says was not.
                Origin::Phone { extension, .. } => Caller::Name(extension.clone()),
            },
            called,
            plan: plan.map(|(walk, opening)| (Box::new(walk), opening)),
            replaces,
        };
        let (call, leg) = self.switch.arrived(arrival, m).map_err(|why| {
            let status = match why {
                ArrivalRefused::NotFound => Status::NOT_FOUND,
                ArrivalRefused::Forbidden => Status::FORBIDDEN,
                ArrivalRefused::NoSuchLeg => Status::NO_SUCH_DIALOG,
                ArrivalRefused::Busy => Status::BUSY_HERE,
            };
            refused(self, status)
        })?;
        let mut line = Line::new(dialog, media, local, side);
        line.offered = agreed.is_none();
        line.sdp = sdp;
        line.agreed = agreed;
        self.lines.insert(leg, line);
        self.external.insert(call, external_id(invite));
        Ok(())
    }

    pub(super) fn reserve(&self) -> Result<(LegId, u16), Refusal> {
        self.parts.media.reserve().map_err(|error| {
            tracing::error!(%error, "no port for a call's media");
            let retry_after_s = Some(self.parts.config.retry_after_s);
            Refusal { retry_after_s, ..Status::SERVICE_UNAVAILABLE.into() }
        })
    }

    /// Our side of a new session. Peers that offer SRTP get it; those that must and do not are refused.
    pub(super) fn local(&self, flow: Flow, port: u16, media: LegId, needs_srtp: bool) -> sdp::Local {
        let mut random = [0; LocalKeys::RANDOM];
        rand::rng().fill_bytes(&mut random);
        let mut local = sdp::Local::new(flow.local.ip(), port, media.0);
        let keys = Box::new(LocalKeys::new(&random));
        local.security = if needs_srtp { Security::Required(keys) } else { Security::Optional(keys) };
        local
    }
}

/// RFC 3261 §12: Call-ID and From tag name a call among all calls, and are the same when the INVITE comes again.
fn external_id(invite: &Request) -> String {
    format!("{};{}", invite.call_id, invite.from.tag.as_deref().unwrap_or_default())
}

fn caller(invite: &Request, country: &str) -> Caller {
    match invite.caller() {
        CallerId::Hidden => Caller::Hidden,
        CallerId::Name(name) => Caller::Name(name),
        CallerId::Number(number) => match PhoneNumber::parse(&number, country) {
            Ok(phone) => Caller::Number(phone),
            Err(_) => Caller::Name(number),
        },
    }
}
