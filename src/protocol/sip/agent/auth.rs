//! Proving who we are when a server asks (RFC 3261 §22.2, RFC 7616, RFC 8760). Each nonce is answered once; a wrong password ends.

use super::Credentials;
use crate::protocol::sip::digest::{self, Challenge};
use crate::protocol::sip::message::{OutRequest, Response, Status};

/// Asked by a proxy and by the server behind it, and one of the nonces was old.
const MAX_TRIES: u8 = 3;

/// What we know of the servers on the way of one dialog or request.
#[derive(Debug)]
pub(super) struct Auth {
    credentials: Credentials,
    server: Option<Nonce>,
    proxy: Option<Nonce>,
}

#[derive(Debug)]
struct Nonce {
    challenge: Challenge,
    /// Uses so far: `nc` (RFC 7616 §3.4).
    count: u32,
}

const SERVER: &str = "Authorization";
const PROXY: &str = "Proxy-Authorization";

impl Auth {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self { credentials, server: None, proxy: None }
    }

    /// Replaces what a request says of us by what the known nonces ask for.
    pub(super) fn sign(&mut self, request: &mut OutRequest, cnonce: &str) {
        request.headers.retain(|(name, _)| *name != SERVER && *name != PROXY);
        let Credentials { user, password, .. } = &self.credentials;
        for (name, nonce) in [(SERVER, &mut self.server), (PROXY, &mut self.proxy)] {
            if let Some(Nonce { challenge, count }) = nonce {
                *count += 1;
                let method = request.method.as_str();
                let answer = challenge.answer(user, password, method, &request.uri, cnonce, *count);
                request.headers.push((name, answer.write()));
            }
        }
    }

    /// Learns from a 401 or 407. Whether asking again makes sense; `tries` counts the answers that this request gave already.
    pub(super) fn challenged(&mut self, response: &Response, sent: &OutRequest, tries: u8) -> bool {
        let (asks, says, slot) = match response.status {
            Status::UNAUTHORIZED => ("WWW-Authenticate", SERVER, &mut self.server),
            Status::PROXY_AUTHENTICATION_REQUIRED => ("Proxy-Authenticate", PROXY, &mut self.proxy),
            _ => return false,
        };
        // RFC 8760 §2.4: the first that we can answer; the server puts the best first.
        let realm = self.credentials.realm.as_deref();
        let ours = |challenge: &Challenge| realm.is_none_or(|realm| realm == challenge.realm);
        let Some(challenge) = response.headers(asks).filter_map(Challenge::parse).find(ours) else {
            return false;
        };
        let said = sent.headers.iter().find(|(name, _)| *name == says);
        let used = said.and_then(|(_, value)| digest::Credentials::parse(value)).map(|said| said.nonce);
        let sensible = match used {
            None => true,
            Some(nonce) if nonce == challenge.nonce => false,
            // A nonce kept from an earlier request may have run out without the server calling it stale.
            Some(_) => challenge.stale || tries == 0,
        };
        *slot = Some(Nonce { challenge, count: 0 });
        sensible && tries < MAX_TRIES
    }
}
