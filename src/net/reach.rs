//! Which addresses a request may go to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::is_near;
use crate::cause::NotTried;

/// How far a request may go. It goes nowhere if one address of its host is further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum AddressScope {
    Anywhere,
    /// This machine and private networks.
    PrivateOnly,
    /// Addresses of the Internet: where a certificate from elsewhere names the host, it must not lead into this network.
    PublicOnly,
    /// Everything but the addresses of this link and the unassigned ones, where machines of clouds keep their secrets.
    NoLink,
}

impl AddressScope {
    pub(crate) fn includes(self, address: IpAddr) -> bool {
        let address = embedded(address);
        match self {
            Self::Anywhere => true,
            Self::PrivateOnly => is_near(address),
            Self::PublicOnly => !is_near(address) && !is_shared(address) && !is_unassigned(address),
            Self::NoLink => !is_unassigned(address),
        }
    }

    /// Why it was not tried.
    pub(super) const fn refusal(self) -> NotTried {
        match self {
            Self::Anywhere | Self::PrivateOnly => NotTried::PublicByHttp,
            Self::PublicOnly => NotTried::NotPublic,
            Self::NoLink => NotTried::OfLink,
        }
    }
}

/// An IPv4 address in the clothes of IPv6: mapped, behind NAT64 (RFC 6052), or 6to4 (RFC 3056).
fn embedded(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address.to_canonical() else { return address.to_canonical() };
    match six.octets() {
        [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] | [0x20, 0x02, a, b, c, d, ..] => {
            Ipv4Addr::new(a, b, c, d).into()
        }
        _ => six.into(),
    }
}

/// Of carriers (RFC 6598), and of machines that measure (RFC 2544).
fn is_shared(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if matches!(address.octets(), [100, 64..=127, ..] | [198, 18 | 19, ..]))
}

fn is_unassigned(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_link_local()
                || address.is_broadcast()
                || address.is_multicast()
                || matches!(address.octets(), [0 | 240..=255, ..])
        }
        IpAddr::V6(address) => {
            address.is_unicast_link_local() || address.is_multicast() || address == Ipv6Addr::UNSPECIFIED
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes(reach: AddressScope, address: &str) -> bool {
        reach.includes(address.parse().unwrap())
    }

    #[test]
    fn only_this_machine_and_private_networks_are_private() {
        for private in ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.9", "::1", "fd00::1", "::ffff:10.0.0.1"] {
            assert!(includes(AddressScope::PrivateOnly, private), "{private}");
            assert!(includes(AddressScope::NoLink, private), "{private}");
            assert!(!includes(AddressScope::PublicOnly, private), "{private}");
        }
        for public in
            ["203.0.113.1", "172.32.0.1", "169.254.169.254", "0.0.0.0", "fe80::1", "2001:db8::1", "::ffff:8.8.8.8"]
        {
            assert!(!includes(AddressScope::PrivateOnly, public), "{public}");
        }
    }

    #[test]
    fn an_address_of_this_link_or_unassigned_is_not_asked_however_it_is_written() {
        for address in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "fe80::1",
            "ff02::1",
            "::",
        ] {
            assert!(!includes(AddressScope::NoLink, address), "{address}");
            assert!(!includes(AddressScope::PublicOnly, address), "{address}");
        }
    }

    #[test]
    fn the_internet_is_public_and_what_leads_back_into_a_private_network_is_not() {
        for address in ["8.8.8.8", "2600::1", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert!(includes(AddressScope::PublicOnly, address), "{address}");
        }
        for address in ["100.64.0.1", "198.18.0.1", "64:ff9b::a00:1", "2002:7f00:1::1"] {
            assert!(!includes(AddressScope::PublicOnly, address), "{address}");
        }
    }
}
