//! What other programs are told by HTTP when something happens to a case; when it is tried again; which addresses may be called.
//!
//! Form, headers and signature are those of the Standard Webhooks specification 1.0. What is told is thin: what happened to which
//! case, never a citizen's name, number or words. Who needs more asks the API for it, with the rights of a token.

pub mod address;

use std::time::Duration;

use serde_json::{Value, json};
use url::{Host, Url};

use super::case::Status;
use super::message::DeliveryState;
use super::timeline::Entry;
use super::words::words;

words! {
    Event {
        CaseOpened = "case.opened",
        /// Anything that people decide about a case, other than what follows.
        CaseChanged = "case.changed",
        CaseAnswered = "case.answered",
        CaseClosed = "case.closed",
        CaseReopened = "case.reopened",
        /// The citizen called or wrote again about an open case.
        ContactAdded = "contact.added",
        MessageDelivered = "message.delivered",
        MessageFailed = "message.failed",
        /// Asked for on the page of the webhook.
        Test = "test",
    }
}

words! {
    /// How far one delivery got.
    Delivery {
        Queued = "queued",
        Delivered = "delivered",
        Failed = "failed",
    }
}

words! {
    /// Why a webhook rests.
    Rests {
        /// By an administrator.
        Stopped = "stopped",
        /// Nothing was accepted for three days.
        Unreachable = "unreachable",
        /// The other side said that it wants no more (410).
        Gone = "gone",
    }
}

/// What an entry of a timeline means to other programs: the event, and what may be said of it. `None`: nothing.
pub fn told(entry: &Entry) -> Option<(Event, Value)> {
    Some(match entry {
        Entry::Opened { channel, .. } => (Event::CaseOpened, json!({ "channel": channel })),
        Entry::StatusChanged { from, to } => {
            let event = match to {
                Status::Answered => Event::CaseAnswered,
                Status::Closed => Event::CaseClosed,
                Status::Reopened => Event::CaseReopened,
                _ => Event::CaseChanged,
            };
            (event, json!({ "kind": "status_changed", "from": from, "to": to }))
        }
        Entry::Answered { outcome, .. } => (Event::CaseAnswered, json!({ "outcome": outcome })),
        Entry::Reopened { .. } => (Event::CaseReopened, Value::Null),
        Entry::Assigned { .. }
        | Entry::Forwarded { .. }
        | Entry::SentBack { .. }
        | Entry::PlaceChanged { .. }
        | Entry::DeadlineExtended { .. }
        | Entry::DeadlineMissed { .. }
        | Entry::CategoryChanged { .. }
        | Entry::DepartmentChanged { .. }
        | Entry::ChannelChanged { .. }
        | Entry::DeadlinePaused { .. }
        | Entry::DeadlineResumed { .. }
        | Entry::Erased { .. }
        | Entry::QuestionsAnswered { .. } => (Event::CaseChanged, json!({ "kind": entry.kind() })),
        Entry::Merged { into: other, .. } | Entry::Unmerged { from: other, .. } => {
            (Event::CaseChanged, json!({ "kind": entry.kind(), "other": other }))
        }
        Entry::Absorbed { part: other, .. } | Entry::Released { part: other, .. } => {
            (Event::CaseChanged, json!({ "kind": entry.kind(), "other": other }))
        }
        Entry::SplitOff { into: other, .. } | Entry::SplitFrom { from: other, .. } => {
            (Event::CaseChanged, json!({ "kind": entry.kind(), "other": other }))
        }
        Entry::Linked { other, link, .. } | Entry::Unlinked { other, link, .. } => {
            (Event::CaseChanged, json!({ "kind": entry.kind(), "other": other, "link": link }))
        }
        Entry::CallArrived { .. } | Entry::TextReceived { .. } | Entry::MailReceived { .. } => {
            (Event::ContactAdded, json!({ "kind": entry.kind() }))
        }
        Entry::TextReported { outbox, state, .. } | Entry::MailReported { outbox, state, .. } => {
            let event = match state {
                DeliveryState::Delivered => Event::MessageDelivered,
                DeliveryState::Rejected | DeliveryState::Undeliverable | DeliveryState::Expired => {
                    Event::MessageFailed
                }
                // Nobody knows yet.
                _ => return None,
            };
            (event, json!({ "message": outbox, "state": state }))
        }
        // Written out, so that a new entry does not compile until somebody has said here whether others are told of it.
        // What people of the office write and do among themselves, what a call is made of, and what follows from other entries.
        Entry::CallEnded { .. }
        | Entry::Recorded { .. }
        | Entry::Queued { .. }
        | Entry::LeftQueue { .. }
        | Entry::AnsweredBy { .. }
        | Entry::Transferred { .. }
        | Entry::TransferFailed { .. }
        | Entry::Returned { .. }
        | Entry::Joined { .. }
        | Entry::Supervised { .. }
        | Entry::RecordingPaused { .. }
        | Entry::EndedByStaff { .. }
        | Entry::EndedBySpendCap
        | Entry::CallbackPromised { .. }
        | Entry::CallbackKept { .. }
        | Entry::CallbackGivenUp { .. }
        | Entry::CalledOut { .. }
        | Entry::TextQueued { .. }
        | Entry::MailQueued { .. }
        | Entry::MailPointsAt { .. }
        | Entry::Note { .. }
        | Entry::FileAdded { .. }
        | Entry::FileRemoved { .. }
        | Entry::Replied { .. }
        | Entry::NoticeMoved { .. }
        | Entry::MacroUsed { .. }
        | Entry::Watched { .. }
        | Entry::Unwatched { .. }
        | Entry::DeadlineSet { .. }
        | Entry::DeadlineMoved { .. }
        | Entry::DeadlineMet { .. }
        | Entry::DeadlineDropped { .. }
        | Entry::Escalated { .. }
        | Entry::Described { .. }
        | Entry::DocumentReceived { .. }
        | Entry::FollowerAdded { .. }
        | Entry::StateTold { .. }
        | Entry::Surveyed { .. } => return None,
    })
}

/// The pauses of the specification's example: most interruptions are over within minutes, and the last try is three days after the
/// first.
const PAUSES_S: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// How long to wait after so many tries; `None`: it is given up.
pub fn pause_after(tries: u32) -> Option<Duration> {
    let at = usize::try_from(tries.checked_sub(1)?).ok()?;
    PAUSES_S.get(at).map(|seconds| Duration::from_secs(*seconds))
}

/// A webhook that accepted nothing for so long rests until an administrator wakes it.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// An address that may be called as far as its form tells; what its name means is seen when it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(Url);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    #[error("not an address of the form https://host/path")]
    Form,
    /// Anybody on the way could read it.
    #[error("only https is allowed")]
    Plain,
    #[error("a name and a password do not belong into the address")]
    Credentials,
    /// Not one of the internet: see [`address::is_public`].
    #[error("addresses of the own network are not allowed")]
    Private,
}

/// Which addresses the configuration allows besides public ones by https.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    pub plain_http: bool,
    pub private_addresses: bool,
}

/// Longer than any address that a person pastes.
const TARGET_CHARS: usize = 1_000;

impl Target {
    pub fn parse(text: &str, allowed: Allowed) -> Result<Self, BadTarget> {
        let text = text.trim();
        if text.len() > TARGET_CHARS {
            return Err(BadTarget::Form);
        }
        let url = Url::parse(text).map_err(|_| BadTarget::Form)?;
        match url.scheme() {
            "https" => {}
            "http" if allowed.plain_http => {}
            "http" => return Err(BadTarget::Plain),
            _ => return Err(BadTarget::Form),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadTarget::Credentials);
        }
        let private = match url.host().ok_or(BadTarget::Form)? {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => !address::is_public(address.into()),
            Host::Ipv6(address) => !address::is_public(address.into()),
        };
        if private && !allowed.private_addresses { Err(BadTarget::Private) } else { Ok(Self(url)) }
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// A name, or an address without brackets.
    pub fn host(&self) -> String {
        match self.0.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        }
    }

    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// As it stands in the header `Host`.
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    pub fn path_and_query(&self) -> String {
        let query = self.0.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", self.0.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OutboxId;

    #[test]
    fn tries_end_three_days_after_the_first() {
        let pauses: Vec<_> = (1..).map_while(pause_after).collect();
        assert_eq!(pauses.len(), 9);
        let whole: Duration = pauses.iter().sum();
        assert!(
            whole >= GIVE_UP_AFTER && whole < GIVE_UP_AFTER + Duration::from_secs(6 * 3_600),
            "{whole:?}"
        );
        assert_eq!(pause_after(0), None);
    }

    #[test]
    fn only_public_addresses_by_https_are_called_unless_the_configuration_says_otherwise() {
        let parse = |text: &str| Target::parse(text, Allowed::default()).map(|_| ());
        assert_eq!(parse("https://api.grad.rs/odziv?x=1"), Ok(()));
        assert_eq!(parse("http://api.grad.rs/"), Err(BadTarget::Plain));
        for form in
            ["", "api.grad.rs", "ftp://grad.rs/", "https://", "file:///etc/passwd", "javascript:alert(1)"]
        {
            assert_eq!(parse(form), Err(BadTarget::Form), "{form}");
        }
        assert_eq!(parse("https://ana:tajna@grad.rs/"), Err(BadTarget::Credentials));
        for private in [
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://localhost:8443/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://192.168.1.1/",
        ] {
            assert_eq!(parse(private), Err(BadTarget::Private), "{private}");
        }
        let all = Allowed { plain_http: true, private_addresses: true };
        let target = Target::parse("http://[::1]:8080/x?y=1", all).unwrap();
        assert_eq!((target.host().as_str(), target.port(), target.is_https()), ("::1", 8080, false));
        assert_eq!((target.authority(), target.path_and_query()), ("[::1]:8080".into(), "/x?y=1".into()));
    }

    #[test]
    fn words_and_numbers_of_citizens_are_not_told() {
        let text = Entry::TextReceived {
            interaction: crate::domain::id::InteractionId(1),
            sender: Some("+381641234567".into()),
            words: "Пукла цев".into(),
            whole: true,
        };
        let (event, facts) = told(&text).unwrap();
        assert_eq!((event, facts.to_string()), (Event::ContactAdded, r#"{"kind":"text_received"}"#.into()));
        let note = Entry::Note { words: "интерно".into() };
        assert_eq!(told(&note), None);
        let report = Entry::TextReported { outbox: OutboxId(4), state: DeliveryState::Expired, error: None };
        assert_eq!(told(&report).unwrap().0, Event::MessageFailed);
        let (part, number) = (crate::domain::id::CaseId(7), crate::domain::case::CaseNumber("7".into()));
        let (event, facts) = told(&Entry::Absorbed { part, number }).unwrap();
        assert_eq!(event, Event::CaseChanged);
        assert_eq!(facts, json!({ "kind": "absorbed", "other": 7 }));
        let closed = Entry::StatusChanged { from: Status::Answered, to: Status::Closed };
        assert_eq!(told(&closed).unwrap().0, Event::CaseClosed);
    }
}
