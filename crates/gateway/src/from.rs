//! From which address a message comes, also through proxies.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// Proxies, and the header in which they say for whom they speak.
pub(crate) struct Proxies {
    trusted: Vec<IpNet>,
    header: HeaderName,
}

impl Proxies {
    pub(crate) fn new(trusted: Vec<IpNet>, header: HeaderName) -> Self {
        Self { trusted, header }
    }

    /// The sender's address; none where a trusted proxy's word can't be understood. Each proxy adds whom it saw at the
    /// end, so the last one that is no trusted proxy is the sender, and what stands before it is hearsay.
    pub(crate) fn sender(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return Some(peer);
        }
        let mut first = None;
        for value in headers.get_all(&self.header).iter().rev() {
            for text in value.to_str().ok()?.split(',').rev() {
                let address = text.trim().parse::<IpAddr>().ok()?.to_canonical();
                if !self.trusts(address) {
                    return Some(address);
                }
                first = Some(address);
            }
        }
        first
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::Proxies;
    use http::{HeaderMap, HeaderName};

    fn sender(peer: &str, values: &[&str]) -> Option<String> {
        let header = HeaderName::from_static("x-forwarded-for");
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap()], header.clone());
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&header, value.parse().unwrap());
        }
        proxies.sender(peer.parse().unwrap(), &headers).map(|address| address.to_string())
    }

    #[test]
    fn only_a_trusted_proxy_says_for_whom_it_speaks() {
        assert_eq!(sender("192.0.2.1", &["198.51.100.7"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(sender("10.0.0.1", &["198.51.100.7"]).as_deref(), Some("198.51.100.7"));
        assert_eq!(sender("::ffff:10.0.0.1", &["198.51.100.7"]).as_deref(), Some("198.51.100.7"));
    }

    #[test]
    fn what_a_sender_wrote_itself_is_hearsay() {
        assert_eq!(sender("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.0.0.2"]).as_deref(), Some("198.51.100.7"));
        assert_eq!(sender("10.0.0.1", &["203.0.113.9", "198.51.100.7"]).as_deref(), Some("198.51.100.7"));
    }

    #[test]
    fn what_can_not_be_understood_is_no_address() {
        assert_eq!(sender("10.0.0.1", &[]), None);
        assert_eq!(sender("10.0.0.1", &["unknown"]), None);
        assert_eq!(sender("10.0.0.1", &["198.51.100.7, "]), None);
        assert_eq!(sender("10.0.0.1", &["10.0.0.3"]).as_deref(), Some("10.0.0.3"));
    }
}
