//! Who may speak to us, and how we call ourselves towards them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::config::sip::Sip;
use crate::protocol::sip::Transport;

/// What stands in Contact for TLS when we only connect and do not listen (RFC 3261 §19.1.2).
const TLS_PORT: u16 = 5061;

/// The trunks by address: those of the configuration, and those that their servers' names resolve to now. Everybody else is a
/// stranger, or a phone. Copies share what they know.
#[derive(Clone, Debug)]
pub(super) struct Peers {
    known: Arc<ArcSwap<HashMap<IpAddr, Peer>>>,
    fixed: Arc<[(usize, IpAddr)]>,
    us: Us,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    /// Index of the trunk in the configuration.
    pub trunk: usize,
    ip: IpAddr,
    us: Us,
}

/// How we are reached.
#[derive(Clone, Copy, Debug)]
struct Us {
    /// Of UDP and TCP.
    bound: SocketAddr,
    tls_port: u16,
    external: Option<IpAddr>,
}

impl Peers {
    /// `bound`: where the UDP listener stands. With an unspecified address the system is asked which one reaches each peer.
    pub fn new(config: &Sip, bound: SocketAddr, tls: Option<SocketAddr>) -> Self {
        let tls_port = tls.map_or(TLS_PORT, |tls| tls.port());
        let of_trunk = |(index, trunk): (usize, &crate::config::sip::Trunk)| {
            trunk.peers.iter().map(|peer| (index, peer.to_canonical())).collect::<Vec<_>>()
        };
        let peers = Self {
            known: Arc::default(),
            fixed: config.trunk.iter().enumerate().flat_map(of_trunk).collect(),
            us: Us { bound, tls_port, external: config.external_address },
        };
        peers.learn(&[]);
        peers
    }

    pub fn get(&self, address: IpAddr) -> Option<Peer> {
        self.known.load().get(&address.to_canonical()).copied()
    }

    /// `resolved`: trunks and the addresses of their servers now. What the configuration says comes first, then the order of the
    /// trunks: two accounts at one operator share its addresses.
    pub fn learn(&self, resolved: &[(usize, IpAddr)]) {
        let mut known = HashMap::new();
        for (trunk, address) in self.fixed.iter().chain(resolved) {
            let address = address.to_canonical();
            let ip = || self.us.ip_towards(address);
            known.entry(address).or_insert_with(|| Peer { trunk: *trunk, ip: ip(), us: self.us });
        }
        self.known.store(Arc::new(known));
    }

    /// What those outside of our network reach us by.
    pub fn external_towards(&self, remote: IpAddr) -> Option<IpAddr> {
        self.us.external.filter(|_| !is_inside(remote))
    }

    /// Our address as `remote` reaches it. Asks the system: not for every packet.
    pub fn local_towards(&self, remote: IpAddr, bound: IpAddr) -> IpAddr {
        self.external_towards(remote).unwrap_or_else(|| local_ip_towards(remote, bound))
    }

    /// The same for the server of a trunk: what Via, Contact and SDP say.
    pub fn local_for_trunk(&self, server: IpAddr, transport: Transport) -> SocketAddr {
        let ip = self.get(server).map_or_else(|| self.us.ip_towards(server.to_canonical()), |peer| peer.ip);
        SocketAddr::new(ip, self.us.port(transport))
    }
}

impl Peer {
    /// Our address as this peer reaches it: what Via, Contact and SDP say.
    pub fn local(&self, transport: Transport) -> SocketAddr {
        SocketAddr::new(self.ip, self.us.port(transport))
    }
}

impl Us {
    fn port(&self, transport: Transport) -> u16 {
        match transport {
            Transport::Udp | Transport::Tcp => self.bound.port(),
            Transport::Tls => self.tls_port,
        }
    }

    fn ip_towards(&self, peer: IpAddr) -> IpAddr {
        self.external.unwrap_or_else(|| local_ip_towards(peer, self.bound.ip()))
    }
}

fn is_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// The source address that the routing table gives to packets for `peer`; nothing is sent.
fn local_ip_towards(peer: IpAddr, bound: IpAddr) -> IpAddr {
    if !bound.is_unspecified() {
        return bound;
    }
    let any = match peer {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    // The port does not matter: connecting a datagram socket only asks the routing table.
    UdpSocket::bind((any, 0))
        .and_then(|socket| {
            socket.connect((peer, 5060))?;
            socket.local_addr()
        })
        .map_or(bound, |address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sip::Trunk;

    #[test]
    fn addresses_of_a_server_are_let_in_while_they_resolve() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let config = Sip {
            trunk: vec![Trunk::by_address("a", vec![ip("127.0.0.2")]), Trunk::by_address("b", Vec::new())],
            ..Sip::default()
        };
        let peers = Peers::new(&config, "127.0.0.1:5060".parse().unwrap(), None);
        let copy = peers.clone();
        let trunk = |address| copy.get(ip(address)).map(|peer| peer.trunk);
        assert_eq!((trunk("127.0.0.2"), trunk("127.0.0.3")), (Some(0), None));
        peers.learn(&[(1, ip("127.0.0.3")), (1, ip("127.0.0.2"))]);
        assert_eq!((trunk("127.0.0.2"), trunk("127.0.0.3")), (Some(0), Some(1)));
        assert_eq!(trunk("::ffff:127.0.0.3"), Some(1));
        peers.learn(&[]);
        assert_eq!((trunk("127.0.0.2"), trunk("127.0.0.3")), (Some(0), None));
        let local = |transport| copy.get(ip("127.0.0.2")).unwrap().local(transport).to_string();
        assert_eq!(
            (local(Transport::Udp), local(Transport::Tls)),
            ("127.0.0.1:5060".into(), "127.0.0.1:5061".into())
        );
    }
}
