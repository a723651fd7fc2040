//! Which addresses may be called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The addresses that a client may connect to.
#[derive(Debug, Clone)]
pub enum Reach {
    /// Those of the public internet, and these networks.
    PublicAnd(Vec<IpNet>),
    /// These networks alone.
    Only(Vec<IpNet>),
}

impl Reach {
    /// Whether this address may be connected to.
    pub fn covers(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self {
            Reach::PublicAnd(networks) => is_public(address) || within(networks, address),
            Reach::Only(networks) => within(networks, address),
        }
    }

    /// The reason to give where it does not.
    pub(super) fn why_not(&self) -> &'static str {
        match self {
            Reach::PublicAnd(_) => "it is not in public reach, and outbound-allowed-networks does not name its network",
            Reach::Only(_) => "it is http, which only the networks in outbound-allowed-networks are called by",
        }
    }
}

fn within(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// Whether an address belongs to the public internet. IPv6 forms that carry an IPv4 address are judged by it as well.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|(network, length)| {
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        address.to_bits() & mask == network.to_bits()
    })
}

/// Global unicast is 2000::/3; within it, some blocks are special, and some carry an IPv4 address.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    if (first, second) == (0x0064, 0xff9b) && third == 0 {
        // NAT64 [RFC6052]: the IPv4 address is at the end.
        let [.., a, b, c, d] = address.octets();
        return address.segments().get(3..6) == Some(&[0, 0, 0]) && is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    if first & 0xe000 != 0x2000 {
        return false;
    }
    match (first, second) {
        // Protocol assignments: Teredo, ORCHID, benchmarking [RFC2928]; documentation [RFC3849].
        (0x2001, 0x0000..=0x01ff | 0x0db8) => false,
        // 6to4 [RFC3056] carries an IPv4 address behind its first block.
        (0x2002, _) => {
            let [_, _, a, b, c, d, ..] = address.octets();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Documentation [RFC9637].
        (0x3fff, 0x0000..=0x0fff) => false,
        _ => true,
    }
}

/// IANA's special-purpose blocks, multicast and reserved space; cloud metadata (169.254.169.254) is link-local.
const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

#[cfg(test)]
mod tests {
    use super::{Reach, is_public};

    #[test]
    fn only_public_addresses_are_public() {
        for (address, public) in [
            ("1.1.1.1", true),
            ("8.8.8.8", true),
            ("11.0.0.1", true),
            ("172.15.255.255", true),
            ("172.32.0.1", true),
            ("100.63.255.255", true),
            ("100.128.0.1", true),
            ("223.255.255.255", true),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("10.0.0.1", false),
            ("100.64.0.1", false),
            ("100.100.100.200", false),
            ("127.0.0.1", false),
            ("127.255.255.255", false),
            ("168.63.129.16", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.170", false),
            ("192.0.2.1", false),
            ("192.88.99.1", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("198.19.255.255", false),
            ("198.51.100.1", false),
            ("203.0.113.1", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4001::1", true),
            ("::", false),
            ("::1", false),
            ("::7f00:1", false),
            ("::ffff:127.0.0.1", false),
            ("64:ff9b::127.0.0.1", false),
            ("64:ff9b::10.0.0.1", false),
            ("64:ff9b::8.8.8.8", true),
            ("64:ff9b:1::1", false),
            ("100::1", false),
            ("2001::1", false),
            ("2001:20::1", false),
            ("2001:db8::1", false),
            ("2002:7f00:1::", false),
            ("2002:a9fe:a9fe::", false),
            ("2002:808:808::", true),
            ("3fff::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn mapped_addresses_are_judged_by_what_they_map() {
        let public = Reach::PublicAnd(Vec::new());
        assert!(public.covers("::ffff:8.8.8.8".parse().unwrap()));
        assert!(!public.covers("::ffff:10.0.0.1".parse().unwrap()));
        assert!(!public.covers("::ffff:169.254.169.254".parse().unwrap()));
    }

    #[test]
    fn allowed_networks_open_private_addresses_and_nothing_else() {
        let networks = vec!["10.1.0.0/16".parse().unwrap(), "::1/128".parse().unwrap()];
        let https = Reach::PublicAnd(networks.clone());
        let http = Reach::Only(networks);
        for (address, by_https, by_http) in [
            ("10.1.2.3", true, true),
            ("::ffff:10.1.2.3", true, true),
            ("10.2.0.1", false, false),
            ("::1", true, true),
            ("8.8.8.8", true, false),
        ] {
            let address = address.parse().unwrap();
            assert_eq!((https.covers(address), http.covers(address)), (by_https, by_http), "{address}");
        }
    }
}
