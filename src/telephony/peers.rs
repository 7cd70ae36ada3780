//! Who may speak to us, and how we call ourselves towards them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use crate::config::sip::Sip;

/// The trunks of the configuration by address. Everybody else is a stranger.
#[derive(Clone, Debug)]
pub(super) struct Peers {
    trunks: HashMap<IpAddr, Peer>,
    port: u16,
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
        Self { trunks, port: bound.port() }
    }

    pub fn get(&self, address: IpAddr) -> Option<&Peer> {
        self.trunks.get(&address.to_canonical())
    }

    /// Our address towards a stranger, for the one answer that they get.
    pub fn local_for_stranger(&self, bound: IpAddr) -> SocketAddr {
        SocketAddr::new(bound, self.port)
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
