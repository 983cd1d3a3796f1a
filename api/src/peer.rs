//! From where a call comes, and by which door.
//!
//! In: a connection. Out: its other end, in the extensions of each of its requests. Always: IPv4 looks the same on every
//! socket. Behind a proxy all come from one address: then nothing here tells them apart.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::machines::authority::PublicKey;

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// By which door a call came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    /// That for people, not encrypted.
    Plain,
    /// That for people.
    Tls,
    /// That for machines; with the key that the caller has proved to hold.
    Machines(Option<PublicKey>),
}

impl Peer {
    pub(crate) fn of(address: SocketAddr) -> Self {
        Self(address.ip().to_canonical())
    }

    /// Who can choose among many addresses of their own is still one: of IPv6, a subscriber has 2^64.
    pub(crate) fn network(self) -> String {
        match self.0 {
            IpAddr::V4(address) => format!("{address}/32"),
            IpAddr::V6(address) => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_subscriber_are_one_network() {
        let network = |address: &str| Peer::of(address.parse().unwrap()).network();
        assert_eq!(network("192.0.2.7:80"), "192.0.2.7/32");
        assert_eq!(network("[::ffff:192.0.2.7]:80"), "192.0.2.7/32", "IPv4 on a socket of both");
        assert_eq!(network("[2001:db8:1:2:3:4:5:6]:80"), "2001:db8:1:2::/64");
        assert_eq!(network("[2001:db8:1:2::1]:80"), network("[2001:db8:1:2:ffff::]:80"));
    }
}
