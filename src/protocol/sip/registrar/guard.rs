//! The server side of digest authentication (RFC 7616, RFC 8760): challenges that cost no memory, and answers that count once.
//!
//! A nonce says when it was made and is signed for the address that it was sent to, so nothing is kept for those who never
//! answer, and an answer with a good nonce proves that its sender really is at that address. What was answered rightly is
//! remembered per phone, so that nothing can be used twice and nothing grows.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::PhoneKey;
use crate::protocol::sip::digest::{Algorithm, Challenge, Credentials};
use crate::protocol::sip::message::{Method, Request};

/// A phone that registers every few minutes need not be challenged each time; a stolen answer is worthless anyhow, as it counts once.
const NONCE_LIFE: Duration = Duration::from_secs(30 * 60);

/// Nonces of one phone that count on at the same time: several devices, each with calls and registrations of its own.
const NONCES_PER_PHONE: usize = 8;

/// What is kept of a password (RFC 7616 §3.4.2), in hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    pub md5: String,
    pub sha256: String,
}

impl Secrets {
    pub fn new(username: &str, realm: &str, password: &str) -> Self {
        Self {
            md5: Algorithm::Md5.secret(username, realm, password),
            sha256: Algorithm::Sha256.secret(username, realm, password),
        }
    }

    fn of(&self, algorithm: Algorithm) -> &str {
        match algorithm {
            Algorithm::Md5 => &self.md5,
            Algorithm::Sha256 => &self.sha256,
        }
    }
}

/// What an answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    Right,
    /// The password is right, the nonce is too old, used up or not ours: the phone may try again by itself.
    Stale,
    /// `proven`: the nonce was given to this very address, so the sender is there and no other is blamed.
    Wrong {
        proven: bool,
    },
}

pub struct Guard {
    realm: String,
    key: [u8; 32],
    start: Instant,
    /// The calendar's time at `start`, in microseconds: nonces of an earlier run are older.
    began: u64,
    used: HashMap<PhoneKey, Used>,
}

/// What a phone has answered.
#[derive(Debug, Default)]
struct Used {
    nonces: Vec<Counted>,
    /// Nonces made up to then which are not in the list count no more: they fell out of it.
    forgotten: u64,
}

#[derive(Debug)]
struct Counted {
    /// When it was made, which also names it.
    made: u64,
    count: u32,
    /// The request that had this count. The same once more is a repetition, not a replay.
    request: u64,
}

impl Guard {
    /// `key` is secret and random. With the key of an earlier run its nonces are known again. `start` and `at` are the same moment.
    pub fn new(realm: &str, key: [u8; 32], start: Instant, at: Timestamp) -> Self {
        let began = u64::try_from(at.as_microsecond()).unwrap_or(0);
        Self { realm: realm.to_owned(), key, start, began, used: HashMap::new() }
    }

    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Values of `WWW-Authenticate`, the better one first (RFC 8760 §2.4).
    pub fn challenges(&self, to: IpAddr, stale: bool, now: Instant) -> [String; 2] {
        let nonce = self.nonce(self.time(now), to);
        [Algorithm::Sha256, Algorithm::Md5].map(|algorithm| {
            let challenge = Challenge {
                realm: self.realm.clone(),
                nonce: nonce.clone(),
                opaque: None,
                algorithm,
                qop_auth: true,
                stale,
            };
            challenge.write()
        })
    }

    /// `phone`: the one whose user name the credentials carry, if there is such a phone.
    pub fn check(
        &mut self,
        credentials: &Credentials,
        phone: Option<(PhoneKey, &Secrets)>,
        request: &Request,
        from: IpAddr,
        now: Instant,
    ) -> Checked {
        let made = self.made(&credentials.nonce, from);
        let wrong = Checked::Wrong { proven: made.is_some() };
        let Some((phone, secrets)) = phone else { return wrong };
        if credentials.realm != self.realm
            || !credentials.verify(secrets.of(credentials.algorithm), request.method.as_str())
        {
            return wrong;
        }
        let Some(made) = made else { return Checked::Stale };
        // One from the future is of a run whose clock went ahead.
        let is_alive = self.time(now).checked_sub(made).is_some_and(|age| age <= micros(NONCE_LIFE));
        // What an earlier run counted is forgotten. A REGISTER is no use to whoever repeats it, as its binding is kept with its CSeq
        // (RFC 3261 §10.3); a call would be placed again.
        let is_counted = made > self.began || request.method == Method::Register;
        if !(is_alive && is_counted) {
            return Checked::Stale;
        }
        // Without a count (RFC 2069) a nonce is good for one request.
        let count = credentials.qop.as_ref().map_or(1, |qop| qop.count);
        self.count(phone, made, count, fingerprint(request))
    }

    /// The phone is gone, or has another password.
    pub fn forget(&mut self, phone: PhoneKey) {
        self.used.remove(&phone);
    }

    /// RFC 7616 §3.4: counts go up. A count that is skipped was lost on the way; one that comes again is a replay.
    fn count(&mut self, phone: PhoneKey, made: u64, count: u32, request: u64) -> Checked {
        let used = self.used.entry(phone).or_default();
        match used.nonces.iter_mut().find(|nonce| nonce.made == made) {
            Some(nonce) if nonce.count == count && nonce.request == request => Checked::Right,
            Some(nonce) if count > nonce.count => {
                (nonce.count, nonce.request) = (count, request);
                Checked::Right
            }
            Some(_) => Checked::Stale,
            None if made <= used.forgotten => Checked::Stale,
            None => {
                if used.nonces.len() >= NONCES_PER_PHONE
                    && let Some(at) =
                        (0..used.nonces.len()).min_by_key(|at| used.nonces.get(*at).map(|n| n.made))
                {
                    used.forgotten = used.forgotten.max(used.nonces.swap_remove(at).made);
                }
                // One that is older than all that were forgotten must not be let in anew.
                if made <= used.forgotten {
                    return Checked::Stale;
                }
                used.nonces.push(Counted { made, count, request });
                Checked::Right
            }
        }
    }

    fn time(&self, now: Instant) -> u64 {
        micros(now.saturating_duration_since(self.start)).saturating_add(self.began).saturating_add(1)
    }

    fn nonce(&self, made: u64, to: IpAddr) -> String {
        let mut nonce = format!("{made:016x}");
        for byte in self.signature(made, to) {
            nonce.push_str(&format!("{byte:02x}"));
        }
        nonce
    }

    /// When the nonce was made, if it is ours and was sent to that address.
    fn made(&self, nonce: &str, to: IpAddr) -> Option<u64> {
        let made = u64::from_str_radix(nonce.get(..16)?, 16).ok()?;
        let ours = self.nonce(made, to);
        // The same time wherever they differ.
        let same = ours.len() == nonce.len()
            && ours.bytes().zip(nonce.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0;
        same.then_some(made)
    }

    /// HMAC-SHA256 (RFC 2104), cut to half: enough against guessing.
    fn signature(&self, made: u64, to: IpAddr) -> [u8; 16] {
        let pad = |with: u8| {
            let mut block = [with; 64];
            block.iter_mut().zip(self.key).for_each(|(byte, key)| *byte ^= key);
            block
        };
        let address = match to.to_canonical() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
            IpAddr::V6(ip) => ip.octets(),
        };
        let inner = Sha256::new()
            .chain_update(pad(0x36))
            .chain_update(made.to_be_bytes())
            .chain_update(address)
            .finalize();
        let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
        let mut half = [0; 16];
        half.iter_mut().zip(outer).for_each(|(byte, of)| *byte = of);
        half
    }
}

impl std::fmt::Debug for Guard {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard")
            .field("realm", &self.realm)
            .field("phones", &self.used.len())
            .finish_non_exhaustive()
    }
}

/// The credentials of a request for our realm, in either header: phones answer a proxy's challenge and a server's alike.
pub fn credentials(request: &Request, realm: &str) -> Option<Credentials> {
    ["Authorization", "Proxy-Authorization"]
        .into_iter()
        .flat_map(|name| request.headers(name))
        .filter_map(Credentials::parse)
        .find(|credentials| credentials.realm == realm)
}

fn fingerprint(request: &Request) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&request.call_id, request.cseq, &request.via.branch, request.method.as_str()).hash(&mut hasher);
    hasher.finish()
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::sip::message::Request;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

    fn request(cseq: u32) -> Request {
        request_of("REGISTER", cseq)
    }

    fn request_of(method: &str, cseq: u32) -> Request {
        let text = format!(
            "{method} sip:odziv SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK{cseq}\r\nFrom: <sip:mira@odziv>;tag=1\r\n\
             To: <sip:mira@odziv>\r\nCall-ID: a\r\nCSeq: {cseq} {method}\r\n\r\n"
        );
        Request::from_bytes(text.as_bytes()).unwrap()
    }

    const START: Timestamp = Timestamp::constant(1_772_442_000, 0);

    struct Scene {
        guard: Guard,
        now: Instant,
        secrets: Secrets,
    }

    impl Scene {
        fn new() -> Self {
            #[expect(clippy::disallowed_methods, reason = "some moment from which virtual time runs")]
            let now = Instant::now();
            Self {
                guard: Guard::new("odziv", [7; 32], now, START),
                now,
                secrets: Secrets::new("mira", "odziv", "right"),
            }
        }

        fn challenge(&self, algorithm: usize) -> Challenge {
            Challenge::parse(&self.guard.challenges(HERE, false, self.now)[algorithm]).unwrap()
        }

        fn check(&mut self, challenge: &Challenge, password: &str, count: u32, cseq: u32) -> Checked {
            let answer = challenge.answer("mira", password, "REGISTER", "sip:odziv", "c", count);
            self.guard.check(&answer, Some((1, &self.secrets)), &request(cseq), HERE, self.now)
        }
    }

    #[test]
    fn better_algorithm_is_offered_first_and_both_are_taken() {
        let mut scene = Scene::new();
        for (algorithm, expected) in [Algorithm::Sha256, Algorithm::Md5].into_iter().enumerate() {
            scene.now += Duration::from_millis(1);
            let challenge = scene.challenge(algorithm);
            assert_eq!(challenge.algorithm, expected);
            assert_eq!(scene.check(&challenge, "right", 1, 1), Checked::Right);
            assert_eq!(scene.check(&challenge, "wrong", 2, 2), Checked::Wrong { proven: true });
        }
    }

    #[test]
    fn answer_counts_once_but_may_be_repeated() {
        let mut scene = Scene::new();
        let challenge = scene.challenge(0);
        assert_eq!(scene.check(&challenge, "right", 1, 1), Checked::Right);
        assert_eq!(scene.check(&challenge, "right", 1, 1), Checked::Right, "a repetition");
        assert_eq!(scene.check(&challenge, "right", 1, 2), Checked::Stale, "a replay in another request");
        assert_eq!(scene.check(&challenge, "right", 3, 3), Checked::Right, "one was lost");
        assert_eq!(scene.check(&challenge, "right", 2, 4), Checked::Stale, "counted backwards");
    }

    #[test]
    fn old_nonce_is_stale_for_the_right_password_only() {
        let mut scene = Scene::new();
        let challenge = scene.challenge(0);
        scene.now += NONCE_LIFE + Duration::from_secs(1);
        assert_eq!(scene.check(&challenge, "right", 1, 1), Checked::Stale);
        assert_eq!(scene.check(&challenge, "wrong", 1, 1), Checked::Wrong { proven: true });
    }

    #[test]
    fn nonce_of_another_address_or_key_proves_nothing() {
        let mut scene = Scene::new();
        let elsewhere: IpAddr = "203.0.113.9".parse().unwrap();
        let foreign = Challenge::parse(&scene.guard.challenges(elsewhere, false, scene.now)[0]).unwrap();
        assert_eq!(scene.check(&foreign, "right", 1, 1), Checked::Stale);
        assert_eq!(scene.check(&foreign, "wrong", 1, 1), Checked::Wrong { proven: false });
        let before = Guard::new("odziv", [8; 32], scene.now, START);
        let old = Challenge::parse(&before.challenges(HERE, false, scene.now)[0]).unwrap();
        assert_eq!(scene.check(&old, "right", 1, 1), Checked::Stale);
    }

    #[test]
    fn phone_that_registered_before_a_restart_refreshes_after_it_and_a_call_is_asked_anew() {
        let mut scene = Scene::new();
        let challenge = scene.challenge(0);
        assert_eq!(scene.check(&challenge, "right", 1, 1), Checked::Right);
        // The process is another one, the key is the same, and half a minute has passed.
        scene.guard = Guard::new("odziv", [7; 32], scene.now, START + Duration::from_secs(30));
        let call = challenge.answer("mira", "right", "INVITE", "sip:odziv", "c", 2);
        let invite = request_of("INVITE", 2);
        assert_eq!(
            scene.guard.check(&call, Some((1, &scene.secrets)), &invite, HERE, scene.now),
            Checked::Stale
        );
        assert_eq!(scene.check(&challenge, "right", 2, 3), Checked::Right);
        assert_eq!(scene.check(&challenge, "right", 2, 4), Checked::Stale, "it counts on");
        scene.now += NONCE_LIFE;
        assert_eq!(scene.check(&challenge, "right", 3, 5), Checked::Stale, "and has not become younger");
    }

    #[test]
    fn nonce_of_a_run_whose_clock_went_ahead_is_stale() {
        let mut scene = Scene::new();
        let challenge = scene.challenge(0);
        scene.guard = Guard::new("odziv", [7; 32], scene.now, START - Duration::from_secs(3600));
        assert_eq!(scene.check(&challenge, "right", 1, 1), Checked::Stale);
    }

    #[test]
    fn memory_of_a_phone_is_bounded_and_what_it_forgets_counts_no_more() {
        let mut scene = Scene::new();
        let mut given = Vec::new();
        for cseq in 0..100 {
            scene.now += Duration::from_millis(1);
            let challenge = scene.challenge(0);
            assert_eq!(scene.check(&challenge, "right", 1, cseq), Checked::Right);
            given.push(challenge);
        }
        assert_eq!(scene.guard.used[&1].nonces.len(), NONCES_PER_PHONE);
        for (cseq, challenge) in given.iter().enumerate().take(92) {
            assert_eq!(
                scene.check(challenge, "right", 9, 1000 + u32::try_from(cseq).unwrap()),
                Checked::Stale
            );
        }
        assert_eq!(scene.check(&given[99], "right", 2, 2000), Checked::Right);
    }

    #[test]
    fn unknown_phone_is_wrong_like_any_other() {
        let mut scene = Scene::new();
        let answer = scene.challenge(0).answer("ghost", "right", "REGISTER", "sip:odziv", "c", 1);
        assert_eq!(
            scene.guard.check(&answer, None, &request(1), HERE, scene.now),
            Checked::Wrong { proven: true }
        );
    }
}
