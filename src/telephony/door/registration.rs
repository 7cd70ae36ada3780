//! Passwords and REGISTER (RFC 3261 §10.3, §22): answered at once and without a transaction. A repetition is decided again, with the
//! same outcome.

use std::time::Instant;

use super::bans::Offence;
use super::{Decision, Door};
use crate::domain::id::{PhoneId, UserId};
use crate::protocol::sip::Flow;
use crate::protocol::sip::Transmit;
use crate::protocol::sip::message::{Builder, Method, Request, Status, Uri};
use crate::protocol::sip::registrar::guard::{Checked, credentials};
use crate::protocol::sip::registrar::{MIN_EXPIRES, PhoneKey};
use crate::protocol::sip::transaction::reply_flow;

/// Phones that give up at a challenge of an algorithm that they do not know, even when one that they know stands beside it.
const ONLY_MD5: &[&str] = &["baresip v0.", "baresip v1."];

fn knows_only_md5(request: &Request) -> bool {
    let agent = request.header("User-Agent").unwrap_or_default();
    ONLY_MD5.iter().any(|phone| agent.starts_with(phone))
}

impl Door {
    pub(super) fn register(&mut self, request: &Request, flow: Flow, now: Instant) -> Decision {
        let unsupported: Vec<&str> = request.required().collect();
        if !unsupported.is_empty() {
            let refusal = answer(request, flow, Status::BAD_EXTENSION);
            return send(request, flow, refusal.header("Unsupported", unsupported.join(", ")));
        }
        match self.check(request, flow, now) {
            None => self.challenge(request, flow, false, now),
            Some((Checked::Right, Some((phone, _)))) => self.registered(phone, request, flow, now),
            Some((checked, _)) => self.not_let_in(request, flow, checked, now),
        }
    }

    /// What the credentials are worth, and whose they are. `None`: there are none for our realm.
    pub(super) fn check(
        &mut self,
        request: &Request,
        flow: Flow,
        now: Instant,
    ) -> Option<(Checked, Option<(PhoneId, UserId)>)> {
        let credentials = credentials(request, self.guard.realm())?;
        let address = flow.remote.ip();
        let known = self.directory.by_username(&credentials.username);
        let phone = known.map(|known| (known.id.0, &known.secrets));
        let checked = self.guard.check(&credentials, phone, request, address, now);
        let whose = known.map(|known| (known.id, known.user));
        match checked {
            Checked::Right => {
                let local = self.our_flow(flow, now).local.ip();
                self.sources.prove(address, local, now);
                self.bans.succeeded(address);
            }
            // Whoever holds a connection is at its address.
            Checked::Wrong { proven } if proven || flow.transport.is_reliable() => {
                let offence = if whose.is_some() { Offence::WrongPassword } else { Offence::UnknownPhone };
                self.offended(flow, offence, now);
            }
            Checked::Stale | Checked::Wrong { .. } => {}
        }
        Some((checked, whose))
    }

    /// A wrong password and an unknown phone hear the same.
    pub(super) fn not_let_in(
        &mut self,
        request: &Request,
        flow: Flow,
        checked: Checked,
        now: Instant,
    ) -> Decision {
        match checked {
            Checked::Wrong { proven: true } => {
                let remote = flow.remote;
                tracing::info!(%remote, method = request.method.as_str(), "a phone with a wrong name or password");
                send(request, flow, answer(request, flow, Status::FORBIDDEN))
            }
            // The answer was to a nonce of another time or place: with a new one we shall see.
            Checked::Wrong { proven: false } => self.challenge(request, flow, false, now),
            Checked::Right | Checked::Stale => self.challenge(request, flow, true, now),
        }
    }

    /// §22.2 for REGISTER, §22.3 for calls: phones know both.
    pub(super) fn challenge(&mut self, request: &Request, flow: Flow, stale: bool, now: Instant) -> Decision {
        self.counts.challenges += 1;
        let (status, header) = match request.method {
            Method::Register => (Status(401), "WWW-Authenticate"),
            _ => (Status(407), "Proxy-Authenticate"),
        };
        let challenges = self.guard.challenges(flow.remote.ip(), stale, now);
        // SHA-256 stands first (RFC 8760 §2.4), MD5 last.
        let skipped = if knows_only_md5(request) { challenges.len() - 1 } else { 0 };
        let builder = challenges
            .iter()
            .skip(skipped)
            .fold(answer(request, flow, status), |builder, challenge| builder.header(header, challenge));
        send(request, flow, builder)
    }

    fn registered(&mut self, phone: PhoneId, request: &Request, flow: Flow, now: Instant) -> Decision {
        // A phone is registered under its own name only, whatever else it may have been told.
        let name = Uri::parse(&request.to.uri).and_then(|uri| uri.user());
        let own =
            name.is_some_and(|name| self.directory.by_username(&name).is_some_and(|known| known.id == phone));
        if !own {
            return send(request, flow, answer(request, flow, Status::FORBIDDEN));
        }
        let way = self.our_flow(flow, now);
        let was = self.registrar.is_bound(phone.0);
        match self.registrar.register(phone.0, request, way, now) {
            Ok(()) => {
                self.counts.registrations += 1;
                metrics::counter!("odziv_door_registrations_total").increment(1);
                if was != self.registrar.is_bound(phone.0) {
                    tracing::info!(phone = phone.0, remote = %flow.remote, transport = ?flow.transport, registered = !was, "a phone came or went");
                }
                self.notice_moves();
                send(request, flow, self.bound(phone.0, answer(request, flow, Status::OK), now))
            }
            Err(refused) => {
                tracing::debug!(phone = phone.0, %refused, "a registration is refused");
                let mut builder = answer(request, flow, refused.status());
                if refused.status() == Status(423) {
                    builder = builder.header("Min-Expires", MIN_EXPIRES.as_secs());
                }
                send(request, flow, builder)
            }
        }
    }

    /// §10.3 step 8: all that is bound.
    fn bound(&self, phone: PhoneKey, builder: Builder, now: Instant) -> Builder {
        self.registrar.bound(phone).fold(builder, |builder, binding| {
            let left = binding.expires_at.saturating_duration_since(now).as_secs();
            builder.header("Contact", format_args!("<{}>;expires={left}", binding.uri))
        })
    }
}

fn answer(request: &Request, flow: Flow, status: Status) -> Builder {
    request.answer(status, flow.remote, &tag(request))
}

fn send(request: &Request, flow: Flow, builder: Builder) -> Decision {
    Decision::Answer(Transmit { flow: reply_flow(request, flow), bytes: builder.finish() })
}

/// The same for a repetition (RFC 3261 §8.2.7).
fn tag(request: &Request) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (&request.call_id, &request.via.branch, request.cseq).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
