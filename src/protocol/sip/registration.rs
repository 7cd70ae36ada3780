//! The client side of registration (RFC 3261 §10.2): keeps one binding at one registrar alive, whatever happens to the registrar, the
//! network or our address. Without sockets and clock.
//!
//! ```text
//! poll(now)            -> the REGISTER to be sent, when one is due
//! answered / unanswered   what became of it
//! moved, stop             our address changed; the end
//! ```

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};

use super::digest::{Algorithm, Challenge};
use super::message::{Method, NameAddr, OutRequest, Response, Status, split_list};

/// Waits between attempts grow from the first to the last, so that a server that comes back is registered with within 10 s:
/// the longest wait with its jitter is 6.25 s.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A registrar that lives answers in less; then the next address is tried. The transaction's own 32 s are too long for that.
const PATIENCE: Duration = Duration::from_secs(8);

/// A server that says no (403, wrong password) would ban us for insisting.
const REFUSED_WAIT: Duration = Duration::from_secs(60);

/// `Retry-After` is followed up to this.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// Challenges answered in a row; servers that never say `stale` may need a second one.
const MOST_CHALLENGES: u32 = 3;

/// Longer grants are refreshed this often all the same: a firewall or a server may forget sooner.
const LONGEST_GRANT: Duration = Duration::from_secs(24 * 3_600);

#[derive(Clone)]
pub struct Settings {
    /// Host of the Request-URI.
    pub registrar: String,
    /// Our address of record, a URI.
    pub address: String,
    pub auth_username: String,
    pub password: String,
    /// The only realm that gets to see a digest of the password.
    pub realm: Option<String>,
    pub expires: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not yet tried, or given up by us.
    Idle,
    /// The first attempt is under way.
    Trying,
    Registered {
        until: Instant,
    },
    /// It failed and is tried again.
    Failed {
        why: Failure,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("no answer")]
    NoAnswer,
    #[error("{0}")]
    Refused(Status),
    #[error("user name or password are wrong")]
    WrongPassword,
    #[error("the server asks for the realm \"{0}\", which is not the configured one")]
    OtherRealm(String),
    #[error("the server asks for a kind of proof that we do not speak")]
    UnknownChallenge,
    #[error("the connection was lost")]
    ConnectionLost,
}

#[derive(Debug)]
pub struct Registration {
    settings: Settings,
    state: State,
    call_id: String,
    tag: String,
    cseq: u32,
    /// Our Contact, with brackets.
    contact: String,
    /// Contacts that we left and that the registrar may still know.
    former: Option<String>,
    /// What the registrar insists on (423).
    least_expires: Option<Duration>,
    proof: Option<Proof>,
    challenges: u32,
    next: Next,
    wait: Duration,
    stopping: bool,
    random: StdRng,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    Send(Instant),
    Answer { until: Instant },
    Nothing,
}

/// The last challenge; its nonce is used again until the server wants a new one (RFC 7616 §3.3).
#[derive(Debug)]
struct Proof {
    challenge: Challenge,
    count: u32,
    header: &'static str,
}

impl Registration {
    /// `contact` is our URI without brackets; `seed` makes Call-ID and tag that nobody can guess.
    pub fn new(settings: Settings, contact: &str, seed: [u8; 32], now: Instant) -> Self {
        let mut random = StdRng::from_seed(seed);
        let (call_id, tag) =
            (format!("{:016x}{:016x}", random.next_u64(), random.next_u64()), random.next_u64());
        Self {
            settings,
            state: State::Idle,
            call_id,
            tag: format!("{tag:016x}"),
            cseq: 0,
            contact: format!("<{contact}>"),
            former: None,
            least_expires: None,
            proof: None,
            challenges: 0,
            next: Next::Send(now),
            wait: FIRST_WAIT,
            stopping: false,
            random,
        }
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether the binding stands at `now`; one that could not be refreshed stands until it expires.
    pub fn is_registered(&self, now: Instant) -> bool {
        matches!(self.state, State::Registered { until } if now < until)
    }

    /// After [`Registration::stop`]: the registrar knows, or will not answer any more.
    pub fn is_over(&self) -> bool {
        self.stopping && self.next == Next::Nothing
    }

    pub fn next_timeout(&self) -> Option<Instant> {
        match self.next {
            Next::Send(at) | Next::Answer { until: at } => Some(at),
            Next::Nothing => None,
        }
    }

    /// The request that is due, if one is. Its answer is told by [`Registration::answered`]; one that comes for an older request is not.
    pub fn poll(&mut self, now: Instant) -> Option<OutRequest> {
        if matches!(self.next, Next::Answer { until } if until <= now) {
            self.unanswered(Failure::NoAnswer, now);
        }
        if !matches!(self.next, Next::Send(at) if at <= now) {
            return None;
        }
        self.next = Next::Answer { until: now + PATIENCE };
        if self.state == State::Idle && !self.stopping {
            self.state = State::Trying;
        }
        Some(self.request())
    }

    pub fn answered(&mut self, response: &Response, now: Instant) {
        match response.status {
            status if status.0 < 200 => {}
            status if status.0 < 300 => self.granted(response, now),
            Status(401 | 407) => self.challenged(response, now),
            Status(423) => self.too_brief(response, now),
            status => {
                let said = retry_after(response);
                let wait = match status.0 {
                    // The server is there and knows us not, or forbids: insisting does not help.
                    403 | 404 | 410 | 604 => said.unwrap_or(REFUSED_WAIT),
                    _ => said.unwrap_or_else(|| self.back_off()),
                };
                self.failed(Failure::Refused(status), wait, now);
            }
        }
    }

    /// The transaction ended without an answer, or the way to the server broke.
    pub fn unanswered(&mut self, why: Failure, now: Instant) {
        let wait = self.back_off();
        self.failed(why, wait, now);
    }

    /// Something says that the registrar may have forgotten us, or that it is there again: register at once.
    pub fn refresh(&mut self, now: Instant) {
        if !self.stopping && !matches!(self.next, Next::Answer { .. }) {
            self.challenges = 0;
            self.wait = FIRST_WAIT;
            self.next = Next::Send(now);
        }
    }

    /// The registrar is at another address: what is under way there is given up.
    pub fn restart(&mut self, now: Instant) {
        if !self.stopping {
            self.next = Next::Nothing;
            self.refresh(now);
        }
    }

    /// Our address changed: the new contact is registered and the old one taken back.
    pub fn moved(&mut self, contact: &str, now: Instant) {
        let contact = format!("<{contact}>");
        if contact == self.contact {
            return;
        }
        let old = std::mem::replace(&mut self.contact, contact);
        if matches!(self.state, State::Registered { .. }) {
            self.former = Some(old);
        }
        if !self.stopping {
            self.challenges = 0;
            self.next = Next::Send(now);
        }
    }

    /// Takes the binding back.
    pub fn stop(&mut self, now: Instant) {
        self.stopping = true;
        self.next = match self.state {
            State::Registered { .. } => Next::Send(now),
            _ => Next::Nothing,
        };
    }

    fn request(&mut self) -> OutRequest {
        self.cseq += 1;
        let uri = format!("sip:{}", self.settings.registrar);
        let expires = if self.stopping { 0 } else { self.expires().as_secs() };
        let mut headers = vec![("Contact", format!("{};expires={expires}", self.contact))];
        if let Some(former) = &self.former {
            headers.push(("Contact", format!("{former};expires=0")));
        }
        headers.push(("Expires", expires.to_string()));
        headers.push(("Allow", Method::ALLOWED.to_owned()));
        let cnonce = format!("{:016x}", self.random.next_u64());
        if let Some(proof) = &mut self.proof {
            proof.count += 1;
            let (user, password) = (&self.settings.auth_username, &self.settings.password);
            let answer = proof.challenge.answer(user, password, "REGISTER", &uri, &cnonce, proof.count);
            headers.push((proof.header, answer.write()));
        }
        OutRequest {
            method: Method::Register,
            uri,
            route: Vec::new(),
            from: format!("<{}>;tag={}", self.settings.address, self.tag),
            to: format!("<{}>", self.settings.address),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            headers,
            body: None,
        }
    }

    fn expires(&self) -> Duration {
        self.settings.expires.max(self.least_expires.unwrap_or_default())
    }

    fn granted(&mut self, response: &Response, now: Instant) {
        self.challenges = 0;
        self.wait = FIRST_WAIT;
        self.former = None;
        if self.stopping {
            self.state = State::Idle;
            self.next = Next::Nothing;
            return;
        }
        let granted = grant(response, &self.contact).unwrap_or_else(|| self.expires()).min(LONGEST_GRANT);
        if granted.is_zero() {
            let wait = self.back_off();
            return self.failed(Failure::Refused(response.status), wait, now);
        }
        self.state = State::Registered { until: now + granted };
        // Early enough for a few attempts before it expires; not all trunks of a restarted machine at the same second.
        let share = self.random.random_range(0.70..0.85);
        self.next = Next::Send(now + granted.mul_f64(share));
    }

    fn challenged(&mut self, response: &Response, now: Instant) {
        self.challenges += 1;
        let (asks, header) = match response.status {
            Status(407) => ("Proxy-Authenticate", "Proxy-Authorization"),
            _ => ("WWW-Authenticate", "Authorization"),
        };
        let challenges: Vec<Challenge> = response.headers(asks).filter_map(Challenge::parse).collect();
        // RFC 8760 §2.2: the strongest that we speak.
        let best = challenges
            .iter()
            .find(|challenge| challenge.algorithm == Algorithm::Sha256)
            .or_else(|| challenges.first());
        let Some(challenge) = best.cloned() else {
            return self.failed(Failure::UnknownChallenge, REFUSED_WAIT, now);
        };
        if self.settings.realm.as_ref().is_some_and(|realm| *realm != challenge.realm) {
            return self.failed(Failure::OtherRealm(challenge.realm), REFUSED_WAIT, now);
        }
        let same_nonce = self.proof.as_ref().is_some_and(|proof| proof.challenge.nonce == challenge.nonce);
        // The first challenge after a while means that the nonce got old, whether the server says `stale` or not.
        let answered_afresh = self.challenges > 1 && !challenge.stale;
        if self.challenges > MOST_CHALLENGES || same_nonce || (self.proof.is_some() && answered_afresh) {
            self.proof = None;
            return self.failed(Failure::WrongPassword, REFUSED_WAIT, now);
        }
        self.proof = Some(Proof { challenge, count: 0, header });
        self.next = Next::Send(now);
    }

    fn too_brief(&mut self, response: &Response, now: Instant) {
        let wanted = response.header("Min-Expires").and_then(|value| value.trim().parse().ok());
        let wanted = wanted.map(Duration::from_secs).filter(|least| *least <= LONGEST_GRANT);
        match wanted {
            Some(least) if least > self.expires() => {
                self.least_expires = Some(least);
                self.next = Next::Send(now);
            }
            _ => {
                let wait = self.back_off();
                self.failed(Failure::Refused(response.status), wait, now);
            }
        }
    }

    fn failed(&mut self, why: Failure, wait: Duration, now: Instant) {
        self.challenges = 0;
        if self.stopping {
            self.next = Next::Nothing;
            return;
        }
        // A binding that stands is believed until it expires, unless the server itself denies it.
        let stands = self.is_registered(now) && matches!(why, Failure::NoAnswer | Failure::ConnectionLost);
        if !stands {
            self.state = State::Failed { why };
        }
        self.next = Next::Send(now + wait);
    }

    fn back_off(&mut self) -> Duration {
        let wait = self.wait;
        self.wait = (wait * 2).min(LONGEST_WAIT);
        wait.mul_f64(self.random.random_range(0.75..1.25))
    }
}

impl std::fmt::Debug for Settings {
    /// Never the password: this ends in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("registrar", &self.registrar)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// §10.2.4: what the registrar says of our contact; otherwise what it says of all.
fn grant(response: &Response, ours: &str) -> Option<Duration> {
    let uri = NameAddr::parse(ours)?.uri;
    let seconds = |text: &str| text.trim().trim_matches('"').parse().ok().map(Duration::from_secs);
    let of_contact = response
        .headers("Contact")
        .flat_map(split_list)
        .filter(|contact| NameAddr::parse(contact).is_some_and(|address| same_uri(&address.uri, &uri)))
        .filter_map(|contact| {
            contact.rsplit_once('>').map_or(contact.split_once(';'), |(_, p)| Some(("", p)))
        })
        .flat_map(|(_, parameters)| parameters.split(';'))
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("expires"))
        .and_then(|(_, value)| seconds(value));
    of_contact.or_else(|| response.header("Expires").and_then(seconds))
}

/// Registrars add parameters of their own and change the case of hosts.
fn same_uri(theirs: &str, ours: &str) -> bool {
    let plain = |uri: &str| uri.split(';').next().unwrap_or_default().to_ascii_lowercase();
    plain(theirs) == plain(ours)
}

fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.header("Retry-After")?;
    let digits = value.trim().split(|c: char| !c.is_ascii_digit()).next()?;
    let seconds = Duration::from_secs(digits.parse().ok()?);
    (!seconds.is_zero()).then(|| seconds.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests;
