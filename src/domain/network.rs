//! Who counts as one source on the internet.

use std::net::{IpAddr, Ipv6Addr};

/// Whoever has one IPv6 address has all of its /64 (RFC 6177): tries and floods are counted by it. An IPv4 address, also one that is
/// mapped into IPv6, is a source of its own.
pub fn source_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_of_a_network_are_one_source_and_each_old_address_is_its_own() {
        let source = |text: &str| source_of(text.parse().unwrap()).to_string();
        assert_eq!(source("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(source("2001:db8:1:2::ffff"), "2001:db8:1:2::");
        assert_ne!(source("2001:db8:1:3::1"), source("2001:db8:1:2::1"));
        assert_eq!(source("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(source("192.0.2.7"), "192.0.2.7");
    }
}
