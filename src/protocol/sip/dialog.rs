//! Whom we talk to (RFC 3261 §12): tags, CSeq order, route and target of one dialog.

use super::Flow;
use super::message::{Method, NameAddr, OutRequest, Request, Response, Status, Uri};
use std::net::{IpAddr, SocketAddr};

#[derive(Debug)]
pub struct Dialog {
    call_id: String,
    pub local_tag: String,
    pub remote_tag: Option<String>,
    /// Whole From/To values, tags included.
    local: String,
    remote: String,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    /// The peer's Contact.
    target: String,
    route: Vec<String>,
    /// The way on which the peer was last heard.
    flow: Flow,
    /// The peer's packets come from elsewhere than it believes and it asks for answers there (RFC 3581): it sits behind a NAT, so
    /// that its Contact, even one that it found by STUN, is no way to it.
    natted: bool,
}

impl Dialog {
    /// §12.1.1: our 2xx to an INVITE.
    pub fn as_uas(invite: &Request, local_tag: &str, flow: Flow) -> Self {
        let local = match invite.to.raw.contains('<') {
            true => format!("{};tag={local_tag}", invite.to.raw),
            false => format!("<{}>;tag={local_tag}", invite.to.raw),
        };
        Self {
            call_id: invite.call_id.clone(),
            local_tag: local_tag.to_owned(),
            remote_tag: invite.from.tag.clone(),
            local,
            remote: invite.from.raw.clone(),
            // §12.2.1.1 lets us choose; one is kept for a peer that counts from ours.
            local_cseq: 0,
            remote_cseq: Some(invite.cseq),
            target: invite.contact().unwrap_or_else(|| invite.from.clone()).uri,
            route: invite.record_route(),
            flow,
            natted: invite.via.rport && !invite.via.is_from(flow.remote),
        }
    }

    /// §12.1.2: a 2xx to our INVITE. `None` when it has no tag and so makes no dialog.
    pub fn as_uac(invite: &OutRequest, ok: &Response, flow: Flow) -> Option<Self> {
        let mut route = ok.record_route();
        route.reverse();
        Some(Self {
            call_id: invite.call_id.clone(),
            local_tag: ok.from.tag.clone()?,
            remote_tag: Some(ok.to.tag.clone()?),
            local: invite.from.clone(),
            remote: ok.to.raw.clone(),
            local_cseq: invite.cseq,
            remote_cseq: None,
            target: ok.contact().map_or_else(|| invite.uri.clone(), |contact| contact.uri),
            route,
            flow,
            natted: false,
        })
    }

    /// §12.2.2: a request must count upwards; a lower number arrived too late.
    pub fn admit(&mut self, request: &Request) -> Result<(), Status> {
        if request.from.tag != self.remote_tag {
            return Err(Status::NO_SUCH_DIALOG);
        }
        match self.remote_cseq {
            Some(last) if request.cseq <= last => Err(Status::SERVER_ERROR),
            _ => {
                self.remote_cseq = Some(request.cseq);
                Ok(())
            }
        }
    }

    /// A request that was admitted came this way: phones move between networks, and reconnect.
    pub fn heard_on(&mut self, flow: Flow) {
        self.flow = flow;
    }

    /// The peer's Contact in INVITE, UPDATE and their answers moves the target.
    pub fn refresh_target(&mut self, contact: Option<NameAddr>) {
        if let Some(contact) = contact {
            self.target = contact.uri;
        }
    }

    /// The next request within the dialog, and the way that it takes.
    pub fn request(&mut self, method: Method) -> (OutRequest, Flow) {
        self.local_cseq += 1;
        (self.build(method, self.local_cseq), self.next_hop())
    }

    /// For a request that is sent once more, changed.
    pub fn next_cseq(&mut self) -> u32 {
        self.local_cseq += 1;
        self.local_cseq
    }

    /// ACK for a 2xx: the CSeq of its INVITE, otherwise a request like any other (§13.2.2.4).
    pub fn ack(&self, cseq: u32) -> (OutRequest, Flow) {
        (self.build(Method::Ack, cseq), self.next_hop())
    }

    fn build(&self, method: Method, cseq: u32) -> OutRequest {
        let strict = self.route.first().filter(|first| !is_loose(first));
        let (uri, route) = match strict {
            None => (self.target.clone(), self.route.clone()),
            // §12.2.1.1: a strict router wants itself in the Request-URI and the target at the end of the route.
            Some(first) => {
                let rest = self.route.iter().skip(1).cloned();
                (inner_uri(first), rest.chain([format!("<{}>", self.target)]).collect())
            }
        };
        OutRequest {
            method,
            uri,
            route,
            from: self.local.clone(),
            to: self.remote.clone(),
            call_id: self.call_id.clone(),
            cseq,
            headers: Vec::new(),
            body: None,
        }
    }

    /// The first route or the target, when it is an address that can be meant; otherwise where the peer was heard.
    /// A private address behind a public one is what a phone or trunk behind NAT writes; its packets would never arrive.
    fn next_hop(&self) -> Flow {
        if self.flow.transport.is_reliable() {
            return self.flow;
        }
        if self.natted && self.route.is_empty() {
            return self.flow;
        }
        let wanted = match self.route.first() {
            Some(first) => Uri::parse(&inner_uri(first)).and_then(|uri| uri.address()),
            None => Uri::parse(&self.target).and_then(|uri| uri.address()),
        };
        match wanted {
            Some(address) if is_reachable(address, self.flow.remote) => Flow { remote: address, ..self.flow },
            _ => self.flow,
        }
    }
}

fn is_reachable(wanted: SocketAddr, heard: SocketAddr) -> bool {
    wanted.port() != 0
        && wanted.is_ipv4() == heard.is_ipv4()
        && !wanted.ip().is_unspecified()
        && (wanted.ip() == heard.ip() || !is_private(wanted.ip()) || is_private(heard.ip()))
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            // RFC 1918, and RFC 6598 for carriers' NAT.
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

fn inner_uri(route: &str) -> String {
    NameAddr::parse(route).map(|address| address.uri).unwrap_or_default()
}

fn is_loose(route: &str) -> bool {
    Uri::parse(&inner_uri(route)).is_some_and(|uri| uri.is_loose())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::sip::Transport;

    fn invite(more: &str) -> Request {
        let text = format!(
            "INVITE sip:021@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\r\nFrom: <sip:b@c>;tag=f\r\n\
             To: sip:021@192.0.2.1\r\nCall-ID: id\r\nCSeq: 5 INVITE\r\n{more}\r\n"
        );
        Request::from_bytes(text.as_bytes()).unwrap()
    }

    fn dialog(more: &str, remote: &str) -> Dialog {
        let flow = Flow {
            transport: Transport::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: remote.parse().unwrap(),
        };
        Dialog::as_uas(&invite(more), "mine", flow)
    }

    #[test]
    fn recorded_route_and_contact_are_followed() {
        let more = "Contact: <sip:b@198.51.100.9:5090>\r\nRecord-Route: <sip:203.0.113.1;lr>, <sip:203.0.113.2;lr>\r\n";
        let (bye, flow) = dialog(more, "203.0.113.1:5060").request(Method::Bye);
        assert_eq!(bye.uri, "sip:b@198.51.100.9:5090");
        assert_eq!(bye.route, ["<sip:203.0.113.1;lr>", "<sip:203.0.113.2;lr>"]);
        assert_eq!(flow.remote, "203.0.113.1:5060".parse().unwrap());
        assert_eq!(
            (bye.from.as_str(), bye.to.as_str(), bye.cseq),
            ("<sip:021@192.0.2.1>;tag=mine", "<sip:b@c>;tag=f", 1)
        );
    }

    #[test]
    fn strict_router_stands_in_the_request_uri() {
        let more =
            "Contact: <sip:b@198.51.100.9>\r\nRecord-Route: <sip:203.0.113.1>, <sip:203.0.113.2;lr>\r\n";
        let (bye, _) = dialog(more, "203.0.113.1:5060").request(Method::Bye);
        assert_eq!(bye.uri, "sip:203.0.113.1");
        assert_eq!(bye.route, ["<sip:203.0.113.2;lr>", "<sip:b@198.51.100.9>"]);
    }

    #[test]
    fn private_contact_behind_a_public_address_is_not_believed() {
        let (_, flow) = dialog("Contact: <sip:b@192.168.1.5>\r\n", "203.0.113.7:1024").request(Method::Bye);
        assert_eq!(flow.remote, "203.0.113.7:1024".parse().unwrap());
        let (_, flow) = dialog("Contact: <sip:b@trunk.example>\r\n", "203.0.113.7:1024").request(Method::Bye);
        assert_eq!(flow.remote, "203.0.113.7:1024".parse().unwrap());
    }

    #[test]
    fn phone_behind_a_nat_is_reached_where_it_was_heard_even_with_a_public_contact() {
        let via = "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1";
        let more = "Contact: <sip:b@203.0.113.7:5060>\r\n";
        let text = format!(
            "INVITE sip:021@192.0.2.1 SIP/2.0\r\n{via};rport\r\nFrom: <sip:b@c>;tag=f\r\nTo: sip:021@192.0.2.1\r\n\
             Call-ID: id\r\nCSeq: 5 INVITE\r\n{more}\r\n"
        );
        let request = Request::from_bytes(text.as_bytes()).unwrap();
        let flow = |remote: &str| Flow {
            transport: Transport::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: remote.parse().unwrap(),
        };
        let mut dialog = Dialog::as_uas(&request, "mine", flow("203.0.113.7:40001"));
        assert_eq!(dialog.request(Method::Bye).1.remote, "203.0.113.7:40001".parse().unwrap());
        dialog.heard_on(flow("203.0.113.99:1024"));
        assert_eq!(dialog.request(Method::Bye).1.remote, "203.0.113.99:1024".parse().unwrap());
    }

    #[test]
    fn requests_must_count_upwards_and_carry_the_right_tag() {
        let mut dialog = dialog("", "203.0.113.7:1024");
        let mut next = invite("");
        assert_eq!(dialog.admit(&next), Err(Status::SERVER_ERROR));
        next.cseq = 6;
        assert_eq!(dialog.admit(&next), Ok(()));
        next.from.tag = None;
        assert_eq!(dialog.admit(&next), Err(Status::NO_SUCH_DIALOG));
    }
}
