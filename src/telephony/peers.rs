//! Who may speak to us, and how we call ourselves towards them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use crate::config::sip::Sip;

/// The trunks of the configuration by address. Everybody else is a stranger.
#[derive(Clone, Debug)]
pub(super) struct Peers {
    trunks: HashMap<IpAddr, Peer>,
    external: Option<IpAddr>,
}

#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// Index of the trunk in the configuration.
    pub trunk: usize,
    /// Our address as this peer reaches it: what Via, Contact and SDP say.
    pub local: SocketAddr,
}

impl Peers {
    /// `bound`: where the UDP listener stands. With an unspecified address the system is asked which one reaches each peer.
    pub fn new(config: &Sip, bound: SocketAddr) -> Self {
        let trunks = config
            .trunk
            .iter()
            .enumerate()
            .flat_map(|(trunk, settings)| settings.peers.iter().map(move |peer| (trunk, *peer)))
            .map(|(trunk, peer)| {
                let ip = config.external_address.unwrap_or_else(|| local_ip_towards(peer, bound.ip()));
                (peer.to_canonical(), Peer { trunk, local: SocketAddr::new(ip, bound.port()) })
            })
            .collect();
        Self { trunks, external: config.external_address }
    }

    pub fn get(&self, address: IpAddr) -> Option<&Peer> {
        self.trunks.get(&address.to_canonical())
    }

    /// What those outside of our network reach us by.
    pub fn external_towards(&self, remote: IpAddr) -> Option<IpAddr> {
        self.external.filter(|_| !is_inside(remote))
    }

    /// Our address as `remote` reaches it. Asks the system: not for every packet.
    pub fn local_towards(&self, remote: IpAddr, bound: IpAddr) -> IpAddr {
        self.external_towards(remote).unwrap_or_else(|| local_ip_towards(remote, bound))
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
