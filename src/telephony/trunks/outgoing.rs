//! What a call to a trunk says: whom it is for, who calls, and how the trunk wants both written.

use super::Trunks;
use super::line::{Line, bracketed};
use crate::config::sip::{Assert, FromUser, Srtp, Trunk};
use crate::domain::caller::Caller;
use crate::domain::outbound::{Outbound, TrunkId};
use crate::protocol::sip::agent::{Credentials, Outgoing};
use crate::protocol::sip::message::{NameAddr, Request, Uri};
use crate::protocol::sip::{Flow, Transport};

impl Trunks {
    /// The call and its way, without its SDP, and whether it offers SRTP. `caller`: whose call it is that goes on to the trunk; `own`: a number of ours
    /// that is shown in place of the trunk's.
    /// `None`: the server's address is not known.
    pub fn outgoing(
        &self,
        outbound: &Outbound,
        trunk: TrunkId,
        number: &str,
        (caller, own): (&Caller, Option<&str>),
    ) -> Option<(Outgoing, Flow, bool)> {
        let line = self.lines.get(trunk.0)?;
        let flow = line.flow(&self.peers)?;
        let number = outbound.written(number, line.settings.number_form);
        let (from, headers) = identity(outbound, line, caller, own);
        let uri = address(line, &number, request_host(line));
        let transport = match flow.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
        };
        let credentials = match (&line.settings.username, &line.settings.password) {
            (Some(username), Some(password)) => Some(Credentials {
                user: line.settings.auth_username.clone().unwrap_or_else(|| username.clone()),
                password: password.clone(),
                realm: line.settings.realm.clone(),
            }),
            _ => None,
        };
        let outgoing = Outgoing {
            to: address(line, &number, line.domain()),
            uri: Some(format!("{uri}{transport}")),
            from,
            headers,
            credentials,
            ..Outgoing::default()
        };
        Some((outgoing, flow, line.settings.srtp != Srtp::Off))
    }
}

/// From, and the headers in which the network is told who calls (RFC 3325, RFC 3323).
fn identity(
    outbound: &Outbound,
    line: &Line,
    caller: &Caller,
    own: Option<&str>,
) -> (String, Vec<(&'static str, String)>) {
    let settings = &line.settings;
    let written = |number: &str| outbound.numbering().write(number, settings.number_form);
    let own = own.or(settings.number.as_deref()).map_or_else(|| line.user().to_owned(), written);
    let shown = match caller {
        Caller::Number(number) if settings.show_caller => written(number.as_str()),
        _ => own.clone(),
    };
    let hidden = settings.show_caller && matches!(caller, Caller::Hidden);
    let from = match settings.from {
        _ if hidden => "sip:anonymous@anonymous.invalid".to_owned(),
        FromUser::Username => format!("sip:{}@{}", line.user(), line.domain()),
        FromUser::Number => address(line, &shown, line.domain()),
    };
    // A hidden caller is vouched for by us, with our own number.
    let asserted = address(line, if hidden { &own } else { &shown }, line.domain());
    let mut headers = match settings.assert {
        Assert::Asserted => vec![("P-Asserted-Identity", format!("<{asserted}>"))],
        Assert::Preferred => vec![("P-Preferred-Identity", format!("<{asserted}>"))],
        Assert::Rpid => {
            let privacy = if hidden { "full" } else { "off" };
            vec![("Remote-Party-ID", format!("<{asserted}>;party=calling;screen=yes;privacy={privacy}"))]
        }
        Assert::None => Vec::new(),
    };
    if hidden {
        headers.push(("Privacy", "id".to_owned()));
    }
    (from, headers)
}

/// Names that are no numbers get no `user=phone`, which would be a lie.
fn address(line: &Line, user: &str, host: String) -> String {
    let number = user.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'*' | b'#'));
    let phone = if line.settings.user_phone && number { ";user=phone" } else { "" };
    format!("sip:{}@{host}{phone}", user.replace('#', "%23"))
}

/// The domain where it is known; the server with its port where that is all there is.
fn request_host(line: &Line) -> String {
    match (&line.settings.domain, line.settings.host_port()) {
        (None, Some((host, Some(port)))) => format!("{}:{port}", bracketed(&host)),
        _ => line.domain(),
    }
}

/// See [`Trunks::called`].
pub(super) fn called(trunk: &Trunk, invite: &Request) -> String {
    let said = invite.uri.user().unwrap_or_default();
    let ours = |user: &str| user.is_empty() || trunk.username.as_deref() == Some(user) || user == "odziv";
    if !ours(&said) {
        return said;
    }
    // RFC 7315 §4.2: where the call was going before it went to our Contact.
    let party = invite.header("P-Called-Party-ID").and_then(NameAddr::parse);
    let others = party.into_iter().chain([invite.to.clone()]);
    others
        .filter_map(|address| Uri::parse(&address.uri)?.user())
        .find(|user| !ours(user))
        .or_else(|| trunk.number.clone())
        .unwrap_or(said)
}
