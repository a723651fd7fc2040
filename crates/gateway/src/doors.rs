//! Who may use the outbound address: programs of this place, not pages that somebody looks at. A page could call an
//! address of its reader's machine, and speak in the role's name.

use std::net::IpAddr;

use http::uri::Authority;
use http::{StatusCode, header, request};
use receiver::Refusal;

/// The names by which the address may be called.
pub(crate) struct Doors(Vec<String>);

impl Doors {
    pub(crate) fn new(hosts: &[String]) -> Self {
        Self(hosts.iter().map(|host| host.to_ascii_lowercase()).collect())
    }

    /// Refuses what a browser says of itself, and names that lead here for a page alone: a page's own name may be made
    /// to lead to any address, but then its requests carry that name.
    pub(crate) fn admit(&self, head: &request::Parts) -> Result<(), Refusal> {
        let refuse = |code, detail: &'static str| Err(Refusal::new(StatusCode::FORBIDDEN, code, detail));
        if head.headers.contains_key(header::ORIGIN) || head.headers.contains_key("sec-fetch-site") {
            return refuse(OF_A_BROWSER, "This address is not for browsers");
        }
        let named = head.headers.get(header::HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
        let known = |authority: &Authority| self.knows(authority.host());
        match head.uri.authority().or(named.as_ref()).is_some_and(known) {
            true => Ok(()),
            false => {
                refuse(HOST_UNKNOWN, "Call this address by localhost, by its number, or by a name in outbound.hosts")
            }
        }
    }

    fn knows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let number = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || number.parse::<IpAddr>().is_ok() || self.0.contains(&host)
    }
}

const OF_A_BROWSER: &str = "of_a_browser";
const HOST_UNKNOWN: &str = "host_unknown";

#[cfg(test)]
mod tests {
    use super::Doors;
    use http::Request;

    #[test]
    fn the_address_is_called_by_its_number_or_a_name_that_is_known() {
        let doors = Doors::new(&["Gateway".to_owned()]);
        let admits = |host: &str| {
            let (head, ()) = Request::get("/lender").header("host", host).body(()).unwrap().into_parts();
            doors.admit(&head).is_ok()
        };
        assert!(["127.0.0.1:9090", "[::1]:9090", "localhost", "LOCALHOST:1", "gateway:9090"].into_iter().all(admits));
        assert!(!["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", ""].into_iter().any(admits));
    }
}
