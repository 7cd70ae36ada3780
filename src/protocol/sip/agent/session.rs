//! Session timers (RFC 4028): both sides agree on an interval; who is named in it proves once in a while that the call lives, and
//! a side that hears no proof hangs up.

use std::time::{Duration, Instant};

use crate::protocol::sip::message::{Builder, Request, Response};

/// What we ask for; the RFC's own advice (§4).
const INTERVAL_S: u32 = 1_800;

/// The shortest that we take (§4: shorter ones are no use and much traffic).
pub(super) const MIN_SE_S: u32 = 90;

/// §10: the one who waits gives up so long before the end, or a third of the interval when that is shorter.
const HEAD_START: Duration = Duration::from_secs(32);

/// A refresh that failed for a passing reason is tried again after so long.
const TRY_AGAIN: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refresher {
    /// Who sent the request.
    Uac,
    /// Who answered it.
    Uas,
}

/// What stands in a Session-Expires header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) interval_s: u32,
    pub(super) refresher: Option<Refresher>,
}

/// `422` with our Min-SE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooSmall;

/// A session that ends unless it is refreshed.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionTimer {
    interval_s: u32,
    ours: bool,
    refresh_at: Instant,
    expires_at: Instant,
}

impl Terms {
    fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split(';').map(str::trim);
        let interval_s = parts.next()?.parse().ok()?;
        let refresher = parts.find_map(|part| match part.split_once('=')? {
            (name, who) if name.trim().eq_ignore_ascii_case("refresher") => match who.trim() {
                who if who.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
                who if who.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
                _ => None,
            },
            _ => None,
        });
        Some(Self { interval_s, refresher })
    }

    pub(super) fn write(self) -> String {
        match self.refresher {
            Some(Refresher::Uac) => format!("{};refresher=uac", self.interval_s),
            Some(Refresher::Uas) => format!("{};refresher=uas", self.interval_s),
            None => self.interval_s.to_string(),
        }
    }

    /// What our INVITE asks for.
    pub(super) fn wish(at_least_s: u32) -> Self {
        Self { interval_s: INTERVAL_S.max(at_least_s), refresher: None }
    }

    /// What we say to a request that begins or refreshes a session (§9, table 2). Who asks for nothing particular is refreshed by us:
    /// then it is we who notice that the peer is gone, and nobody is cut off by a peer that forgets.
    pub(super) fn answer(request: &Request) -> Result<Option<Self>, TooSmall> {
        let supported = request.supports("timer");
        let asked = request.header("Session-Expires").and_then(Self::parse);
        match asked {
            None if supported => Ok(Some(Self {
                interval_s: INTERVAL_S.max(min_se(request)),
                refresher: Some(Refresher::Uas),
            })),
            None => Ok(None),
            Some(asked) if supported && asked.interval_s < MIN_SE_S => Err(TooSmall),
            Some(asked) => {
                let refresher = asked.refresher.filter(|_| supported).unwrap_or(Refresher::Uas);
                Ok(Some(Self { interval_s: asked.interval_s.max(MIN_SE_S), refresher: Some(refresher) }))
            }
        }
    }

    /// What the peer answered to ours; `None`: it knows no timers, so the session has none (§7.2).
    pub(super) fn answered(response: &Response) -> Option<Self> {
        let terms = Self::parse(response.header("Session-Expires")?)?;
        Some(Self { interval_s: terms.interval_s.max(MIN_SE_S), ..terms })
    }

    /// In a 2xx of ours. §9: the peer is required to know timers when it is the one who refreshes.
    pub(super) fn add(self, answer: Builder) -> Builder {
        let answer = answer.header("Session-Expires", self.write());
        match self.refresher {
            Some(Refresher::Uac) => answer.header("Require", "timer"),
            _ => answer,
        }
    }
}

impl SessionTimer {
    /// `we_asked`: the terms stand in the answer to a request of ours.
    pub(super) fn start(terms: Terms, we_asked: bool, now: Instant) -> Self {
        let interval = Duration::from_secs(terms.interval_s.into());
        // A 2xx must name the refresher; one that does not leaves it to us.
        let ours = match terms.refresher {
            Some(Refresher::Uac) => we_asked,
            Some(Refresher::Uas) => !we_asked,
            None => true,
        };
        Self {
            interval_s: terms.interval_s,
            ours,
            refresh_at: now + interval / 2,
            expires_at: now + interval - HEAD_START.min(interval / 3),
        }
    }

    /// What a refresh of ours says; it keeps the roles (§7.4).
    pub(super) fn terms(&self, at_least_s: u32) -> Terms {
        let refresher = if self.ours { Refresher::Uac } else { Refresher::Uas };
        Terms { interval_s: self.interval_s.max(at_least_s), refresher: Some(refresher) }
    }

    pub(super) fn refresh_at(&self) -> Option<Instant> {
        self.ours.then_some(self.refresh_at)
    }

    pub(super) fn expires_at(&self) -> Instant {
        self.expires_at
    }

    pub(super) fn try_again(&mut self, now: Instant) {
        self.refresh_at = now + TRY_AGAIN;
    }
}

/// Of a request, or of a 422.
pub(super) fn min_se(request: &Request) -> u32 {
    request.header("Min-SE").and_then(read_min_se).unwrap_or(0)
}

pub(super) fn read_min_se(value: &str) -> Option<u32> {
    value.split(';').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(more: &str) -> Request {
        let text = format!(
            "INVITE sip:021@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\r\nFrom: <sip:b@c>;tag=f\r\n\
             To: sip:021@192.0.2.1\r\nCall-ID: id\r\nCSeq: 5 INVITE\r\n{more}\r\n"
        );
        Request::from_bytes(text.as_bytes()).unwrap()
    }

    #[test]
    fn terms_are_taken_as_the_peer_can_and_wants() {
        let answer = |more| Terms::answer(&invite(more)).map(|terms| terms.map(Terms::write));
        assert_eq!(answer(""), Ok(None));
        assert_eq!(answer("k: timer\r\n"), Ok(Some("1800;refresher=uas".into())));
        assert_eq!(
            answer("Supported: 100rel, timer\r\nx: 600;refresher=uac\r\n"),
            Ok(Some("600;refresher=uac".into()))
        );
        assert_eq!(answer("Supported: timer\r\nSession-Expires: 89\r\n"), Err(TooSmall));
        assert_eq!(answer("Supported: timer\r\nMin-SE: 7200\r\n"), Ok(Some("7200;refresher=uas".into())));
        // A proxy wants it and the caller knows nothing of it: then only we can refresh.
        assert_eq!(answer("Session-Expires: 60;refresher=uac\r\n"), Ok(Some("90;refresher=uas".into())));
        assert_eq!(answer("Session-Expires: soon\r\n"), Ok(None));
    }
}
