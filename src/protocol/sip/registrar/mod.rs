//! Where phones can be reached (RFC 3261 §10): who they are is checked by [`guard`], here they are kept.
//!
//! A binding remembers the way on which its REGISTER came, and calls to the phone go back that way: a phone behind NAT is reached
//! through the hole that it opened itself, whatever its Contact says. OPTIONS every now and then keep the hole open and show who
//! is gone ([`Registrar::poll_transmit`]).

mod binding;
mod contacts;
pub mod guard;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::message::{Method, OutRequest, Request, Response, Status};
use super::transaction::timers::{Armed, Timers};
use super::{Flow, Transmit, Transport};
pub use binding::Binding;
use contacts::Wish;

/// One phone of the directory, by the number that it has there.
pub type PhoneKey = i64;

/// One phone is one device; the rest are places where it was a moment ago.
pub const MAX_CONTACTS: usize = 10;

/// A large city has some thousand phones; reached only by a fault.
pub const MAX_BINDINGS: usize = 50_000;

/// What a phone gets that does not ask.
const DEFAULT_EXPIRES: Duration = Duration::from_secs(3600);
/// Shorter ones only load both sides (§10.3 step 6): `423`.
pub const MIN_EXPIRES: Duration = Duration::from_secs(60);
/// Longer ones leave phones on the list that were thrown away.
const MAX_EXPIRES: Duration = Duration::from_secs(2 * 3600);

/// Home routers forget a UDP hole after 30 s.
const PROBE_UDP: Duration = Duration::from_secs(25);
/// A connection holds by itself; this notices one whose other end was unplugged.
const PROBE_STREAM: Duration = Duration::from_secs(60);
/// So many probes without an answer, from a phone that used to answer them, and it is gone.
const MAX_MISSED: u32 = 3;

/// Branches of our probes begin so; the rest is the name of the binding.
const PROBE_BRANCH: &str = "z9hG4bKprobe";

/// Why a REGISTER was not carried out. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("a contact that cannot be read")]
    BadContact,
    #[error("an expiry below the minimum")]
    TooBrief,
    #[error("older than what was done before")]
    OutOfOrder,
    #[error("the table of bindings is full")]
    Full,
}

impl Refused {
    pub fn status(self) -> Status {
        match self {
            Self::BadContact => Status::BAD_REQUEST,
            Self::TooBrief => Status(423),
            // §10.3 step 7: "the request fails".
            Self::OutOfOrder => Status::SERVER_ERROR,
            Self::Full => Status::SERVICE_UNAVAILABLE,
        }
    }
}

#[derive(Debug, Default)]
pub struct Registrar {
    by_phone: HashMap<PhoneKey, Vec<u64>>,
    bindings: HashMap<u64, Held>,
    /// Who came on a way: for connections that close, and to recognise a phone by where it sends from.
    by_way: HashMap<(Transport, SocketAddr), Vec<u64>>,
    timers: Timers,
    last_id: u64,
    transmits: VecDeque<Transmit>,
    /// Phones of which a binding came or went.
    moved: VecDeque<PhoneKey>,
    /// Phones whose bindings are worth writing down.
    dirty: HashSet<PhoneKey>,
    revision: u64,
}

#[derive(Debug)]
struct Held {
    binding: Binding,
    /// Until when it counts in the store; a refresh is written only when that comes near.
    written_until: Option<Instant>,
    probe_at: Instant,
    probes: u32,
    missed: u32,
    answers: bool,
    armed: Armed,
}

impl Registrar {
    /// §10.3 steps 6 to 8. Whether `phone` may do it is decided; the answer lists what is bound now ([`Registrar::bound`]).
    pub fn register(
        &mut self,
        phone: PhoneKey,
        request: &Request,
        flow: Flow,
        now: Instant,
    ) -> Result<(), Refused> {
        match contacts::read(request)? {
            Wish::Fetch => Ok(()),
            Wish::RemoveAll => {
                let ids = self.by_phone.get(&phone).cloned().unwrap_or_default();
                // §10.3 step 6: all or nothing.
                if ids.iter().any(|id| self.is_late(*id, request)) {
                    return Err(Refused::OutOfOrder);
                }
                ids.into_iter().for_each(|id| self.remove(id));
                Ok(())
            }
            Wish::Bind(contacts) => {
                let found: Vec<(contacts::Contact, Option<u64>)> = contacts
                    .into_iter()
                    .map(|contact| {
                        let id = self.find(phone, &contact);
                        (contact, id)
                    })
                    .collect();
                if found.iter().filter_map(|(_, id)| *id).any(|id| self.is_late(id, request)) {
                    return Err(Refused::OutOfOrder);
                }
                let new = found.iter().filter(|(_, id)| id.is_none()).count();
                if self.bindings.len() + new > MAX_BINDINGS {
                    return Err(Refused::Full);
                }
                for (contact, id) in found {
                    self.bind(phone, contact, id, request, flow, now);
                }
                Ok(())
            }
        }
    }

    /// What is bound now, the latest first.
    pub fn bound(&self, phone: PhoneKey) -> impl Iterator<Item = &Binding> {
        let ids = self.by_phone.get(&phone).map(Vec::as_slice).unwrap_or_default();
        ids.iter().rev().filter_map(|id| self.bindings.get(id)).map(|held| &held.binding)
    }

    pub fn is_bound(&self, phone: PhoneKey) -> bool {
        self.by_phone.contains_key(&phone)
    }

    pub fn phones(&self) -> impl Iterator<Item = PhoneKey> {
        self.by_phone.keys().copied()
    }

    /// Another one whenever a binding came or went.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub fn len(&self) -> usize {
        self.bindings.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty()
    }

    /// A binding that came on this very way.
    pub fn on_way(&self, flow: &Flow) -> Option<&Binding> {
        let id = self.by_way.get(&(flow.transport, flow.remote))?.first()?;
        self.bindings.get(id).map(|held| &held.binding)
    }

    /// From the store, at the start. It is probed soon, and believed until then.
    pub fn restore(&mut self, binding: Binding, now: Instant) {
        if binding.expires_at <= now || self.bindings.len() >= MAX_BINDINGS {
            return;
        }
        let written_until = Some(binding.expires_at);
        // Spread over some seconds, so that the start is not a storm.
        let probe_at = now + Duration::from_millis(1_000 + self.last_id.wrapping_mul(37) % 10_000);
        self.insert(binding, written_until, probe_at);
    }

    /// A connection is gone, and with it the way to those who came on it.
    pub fn closed(&mut self, transport: Transport, remote: SocketAddr) {
        for id in self.by_way.get(&(transport, remote)).cloned().unwrap_or_default() {
            self.remove(id);
        }
    }

    /// The phone was revoked.
    pub fn forget(&mut self, phone: PhoneKey) {
        for id in self.by_phone.get(&phone).cloned().unwrap_or_default() {
            self.remove(id);
        }
    }

    /// Any answer to a probe shows that the phone is there. `false`: it answers nothing of ours.
    pub fn answered(&mut self, response: &Response) -> bool {
        let Some(name) = response.via.branch.as_deref().and_then(|branch| branch.strip_prefix(PROBE_BRANCH))
        else {
            return false;
        };
        let id = name.split('-').next().and_then(|id| u64::from_str_radix(id, 16).ok());
        if let Some(held) = id.and_then(|id| self.bindings.get_mut(&id)) {
            (held.missed, held.answers) = (0, true);
        }
        true
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// A phone of which a binding came or went; it is asked about with [`Registrar::ids`].
    pub fn poll_moved(&mut self) -> Option<PhoneKey> {
        self.moved.pop_front()
    }

    /// The names of a phone's bindings; a name is never used again.
    pub fn ids(&self, phone: PhoneKey) -> &[u64] {
        self.by_phone.get(&phone).map(Vec::as_slice).unwrap_or_default()
    }

    pub fn binding(&self, id: u64) -> Option<&Binding> {
        self.bindings.get(&id).map(|held| &held.binding)
    }

    /// Up to `most` phones whose bindings should be written down, each with all that it has.
    pub fn take_dirty(&mut self, most: usize) -> Vec<(PhoneKey, Vec<Binding>)> {
        let phones: Vec<PhoneKey> = self.dirty.iter().copied().take(most).collect();
        let mut taken = Vec::with_capacity(phones.len());
        for phone in phones {
            self.dirty.remove(&phone);
            let ids = self.by_phone.get(&phone).cloned().unwrap_or_default();
            let mut bindings = Vec::with_capacity(ids.len());
            for id in ids {
                if let Some(held) = self.bindings.get_mut(&id) {
                    held.written_until = Some(held.binding.expires_at);
                    bindings.push(held.binding.clone());
                }
            }
            taken.push((phone, bindings));
        }
        taken
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.timers.pop(now) {
            let Some(held) = self.bindings.get_mut(&id) else { continue };
            held.armed.popped(now);
            if held.binding.expires_at <= now || (held.answers && held.missed >= MAX_MISSED) {
                self.remove(id);
                continue;
            }
            if held.probe_at <= now {
                held.probes += 1;
                held.missed += 1;
                held.probe_at = now + probe_pause(held.binding.flow.transport);
                self.transmits.push_back(probe(id, held));
            }
            self.arm(id);
        }
    }

    fn bind(
        &mut self,
        phone: PhoneKey,
        contact: contacts::Contact,
        id: Option<u64>,
        request: &Request,
        flow: Flow,
        now: Instant,
    ) {
        let Some(lasts) = contact.expires else {
            if let Some(id) = id {
                self.remove(id);
            }
            return;
        };
        let expires_at = now + lasts;
        let known = id.and_then(|id| self.bindings.get_mut(&id).map(|held| (id, held)));
        if let Some((id, held)) = known
            && held.binding.flow == flow
            && held.binding.uri == contact.uri
        {
            let binding = &mut held.binding;
            (binding.expires_at, binding.cseq) = (expires_at, request.cseq);
            binding.call_id.clone_from(&request.call_id);
            // Half of the time is enough for a phone to be found after a restart: it refreshes by then.
            if held.written_until.is_none_or(|until| until < now + lasts / 2) {
                self.dirty.insert(phone);
            }
            return self.arm(id);
        }
        let since = known_since(id, &self.bindings).unwrap_or(now);
        if let Some(id) = id {
            self.take(id);
        } else {
            self.make_room(phone);
        }
        let binding = Binding {
            phone,
            uri: contact.uri,
            instance: contact.instance,
            flow,
            call_id: request.call_id.clone(),
            cseq: request.cseq,
            since,
            expires_at,
            user_agent: request.header("User-Agent").map(|name| name.chars().take(80).collect()),
        };
        self.insert(binding, None, now + probe_pause(flow.transport));
        self.dirty.insert(phone);
    }

    /// The oldest goes: a phone that picks a new port at every start would otherwise lock itself out.
    fn make_room(&mut self, phone: PhoneKey) {
        if let Some(ids) = self.by_phone.get(&phone)
            && ids.len() >= MAX_CONTACTS
            && let Some(&oldest) = ids.first()
        {
            self.take(oldest);
        }
    }

    fn insert(&mut self, binding: Binding, written_until: Option<Instant>, probe_at: Instant) {
        self.last_id += 1;
        self.revision += 1;
        let id = self.last_id;
        self.move_on(binding.phone);
        self.by_phone.entry(binding.phone).or_default().push(id);
        self.by_way.entry((binding.flow.transport, binding.flow.remote)).or_default().push(id);
        let held = Held {
            binding,
            written_until,
            probe_at,
            probes: 0,
            missed: 0,
            answers: false,
            armed: Armed::default(),
        };
        self.bindings.insert(id, held);
        self.arm(id);
    }

    fn remove(&mut self, id: u64) {
        let Some(phone) = self.take(id) else { return };
        if self.by_phone.get(&phone).is_none_or(Vec::is_empty) {
            self.by_phone.remove(&phone);
        }
    }

    fn move_on(&mut self, phone: PhoneKey) {
        if self.moved.back() != Some(&phone) {
            self.moved.push_back(phone);
        }
    }

    /// Out of the tables; the phone may stay there without any.
    fn take(&mut self, id: u64) -> Option<PhoneKey> {
        let Binding { phone, flow, .. } = self.bindings.remove(&id)?.binding;
        if let Some(ids) = self.by_phone.get_mut(&phone) {
            ids.retain(|other| *other != id);
        }
        let way = (flow.transport, flow.remote);
        if let Some(ids) = self.by_way.get_mut(&way) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_way.remove(&way);
            }
        }
        self.dirty.insert(phone);
        self.revision += 1;
        self.move_on(phone);
        Some(phone)
    }

    /// §10.3 step 7: by Call-ID and CSeq; what is repeated changes nothing but is no mistake.
    fn is_late(&self, id: u64, request: &Request) -> bool {
        self.bindings
            .get(&id)
            .is_some_and(|held| held.binding.call_id == request.call_id && request.cseq < held.binding.cseq)
    }

    /// The same device by its instance (RFC 5626 §4.1), else the same URI.
    fn find(&self, phone: PhoneKey, contact: &contacts::Contact) -> Option<u64> {
        let ids = self.by_phone.get(&phone)?;
        ids.iter().copied().find(|id| {
            self.bindings.get(id).is_some_and(|held| match (&held.binding.instance, &contact.instance) {
                (Some(a), Some(b)) => a == b,
                _ => held.binding.uri == contact.uri,
            })
        })
    }

    fn arm(&mut self, id: u64) {
        if let Some(held) = self.bindings.get_mut(&id) {
            let due = held.binding.expires_at.min(held.probe_at);
            self.timers.arm(id, &mut held.armed, Some(due));
        }
    }
}

fn known_since(id: Option<u64>, bindings: &HashMap<u64, Held>) -> Option<Instant> {
    Some(bindings.get(&id?)?.binding.since)
}

fn probe_pause(transport: Transport) -> Duration {
    if transport.is_reliable() { PROBE_STREAM } else { PROBE_UDP }
}

/// OPTIONS outside of any transaction: one that is lost is followed by the next.
fn probe(id: u64, held: &Held) -> Transmit {
    let Binding { uri, flow, .. } = &held.binding;
    let us = format!("<sip:odziv@{}>", flow.local);
    let request = OutRequest {
        method: Method::Options,
        uri: uri.clone(),
        route: Vec::new(),
        from: format!("{us};tag=probe{id:x}"),
        to: format!("<{uri}>"),
        call_id: format!("probe-{id:x}@{}", flow.local.ip()),
        cseq: held.probes,
        headers: vec![("Contact", us)],
        body: None,
    };
    let bytes = request.write(*flow, &format!("{PROBE_BRANCH}{id:x}-{:x}", held.probes));
    Transmit { flow: *flow, bytes }
}
