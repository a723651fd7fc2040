//! Resolves a name once, and hands on only addresses within reach: the connection is made to what was looked at.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::addresses::Reach;

/// The resolver of a guarded client.
pub(super) struct Pinning {
    reach: Reach,
}

/// A name none of whose addresses may be called.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct OutOfReach(pub(super) &'static str);

impl Pinning {
    pub(super) fn new(reach: Reach) -> Self {
        Self { reach }
    }
}

impl Resolve for Pinning {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let within: Vec<SocketAddr> = found.filter(|address| reach.covers(address.ip())).collect();
            if within.is_empty() {
                return Err(OutOfReach(reach.why_not()).into());
            }
            let addresses: Addrs = Box::new(within.into_iter());
            Ok(addresses)
        })
    }
}
