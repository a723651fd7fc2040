//! What the registry takes: names, addresses and numbers within bounds, each refused with the reason.

use std::collections::HashSet;
use std::net::IpAddr;

use domain::network::Network;
use domain::network::profiles::Profiles;
use domain::{Error, Result};
use ipnet::IpNet;
use registry::Settings;
use registry::participant::Statement;
use url::{Host, Url};

use crate::refusals::{PARTICIPANT_TAKEN, UNTAKEN};

/// Characters of an id, at most.
const LONGEST_ID: usize = 100;
/// Characters of any other text, at most.
const LONGEST_TEXT: usize = 2000;
/// Characters of a clientId, at most.
const LONGEST_CLIENT: usize = 255;
/// Characters that a refusal repeats of what was sent.
const SHOWN: usize = 100;
/// Addresses of a role, at most.
const MOST_ADDRESSES: usize = 100;
/// Product networks of a role, at most.
const MOST_NETWORKS: usize = 1000;
/// Keys of a role, at most, the ended ones too.
pub(super) const MOST_KEYS: usize = 200;
/// Ids that would be read as another route.
const WORDS: &[&str] = &["count", "expiring"];

/// The refusal of what was sent, with the reason.
pub(super) fn refuse(why: impl Into<String>) -> Error {
    UNTAKEN.describe(why.into()).into()
}

/// The refusal for what is somebody else's already, with the reason.
pub(super) fn taken(why: impl Into<String>) -> Error {
    PARTICIPANT_TAKEN.describe(why.into()).into()
}

/// An id that callers choose; it stands in paths.
pub(super) fn id(what: &str, id: &str) -> Result<()> {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let is_dots = id.chars().all(|c| c == '.');
    match is_dots || id.len() > LONGEST_ID || !id.chars().all(is_good) || WORDS.contains(&id) {
        true => Err(refuse(format!("{what}: must be 1 to {LONGEST_ID} of A-Z, a-z, 0-9, '.', '_' and '-'"))),
        false => Ok(()),
    }
}

/// A text within bounds.
pub(super) fn text(what: &str, text: &str) -> Result<()> {
    match text.is_empty() || text.chars().count() > LONGEST_TEXT || text.contains('\0') {
        true => Err(refuse(format!("{what}: must be 1 to {LONGEST_TEXT} characters"))),
        false => Ok(()),
    }
}

/// What an organisation says about itself.
pub(super) fn statement(said: &Statement) -> Result<()> {
    text("participantName", &said.participant_name)?;
    for (name, given) in [
        ("participantDescription", &said.participant_description),
        ("logo", &said.logo),
        ("website", &said.website),
        ("email", &said.email),
        ("phone", &said.phone),
    ] {
        given.as_deref().map_or(Ok(()), |given| text(name, given))?;
    }
    Ok(())
}

/// How a role takes part.
pub(super) fn settings(network: &Network, given: &Settings) -> Result<()> {
    known(&network.roles, &network.profiles, given)?;
    form(given)
}

/// Whether a realm has what a role says that it is, and by which profile it signs.
pub(super) fn known(roles: &[String], profiles: &Profiles, given: &Settings) -> Result<()> {
    if !roles.contains(&given.participant_role) {
        let known = roles.join(", ");
        return Err(refuse(format!("participantRole: must be one of {known}")));
    }
    match profiles.find(&given.profile) {
        Some(_) => Ok(()),
        None => {
            let odd: String = given.profile.chars().take(SHOWN).collect();
            Err(refuse(format!("profile: the realm has no signing profile {odd:?}; strict and ocen are some")))
        }
    }
}

/// What a role says of itself, as far as no realm is needed to look at it.
pub(super) fn form(given: &Settings) -> Result<()> {
    if given.client_id.is_empty() || given.client_id.len() > LONGEST_CLIENT {
        return Err(refuse(format!("clientId: must be 1 to {LONGEST_CLIENT} octets")));
    }
    given.base_url.as_deref().map_or(Ok(()), base_url)?;
    for (name, given) in [("issuer", &given.issuer), ("anchor", &given.anchor)] {
        given.as_deref().map_or(Ok(()), |given| text(name, given))?;
    }
    addresses(&given.addresses)?;
    if given.product_networks.len() > MOST_NETWORKS {
        return Err(refuse(format!("productNetworks: at most {MOST_NETWORKS}")));
    }
    given.product_networks.iter().try_for_each(|network| id("productNetworks", network))?;
    each_once("productNetworks", &given.product_networks)
}

/// Addresses and networks of addresses.
fn addresses(given: &[String]) -> Result<()> {
    if given.len() > MOST_ADDRESSES {
        return Err(refuse(format!("addresses: at most {MOST_ADDRESSES}")));
    }
    let is_one = |text: &String| text.parse::<IpAddr>().is_ok() || text.parse::<IpNet>().is_ok();
    match given.iter().find(|text| !is_one(text)) {
        Some(odd) => {
            let odd: String = odd.chars().take(SHOWN).collect();
            Err(refuse(format!("addresses: {odd:?} is neither an IP address nor a network such as 192.0.2.0/24")))
        }
        None => each_once("addresses", given),
    }
}

fn each_once(what: &str, given: &[String]) -> Result<()> {
    let mut seen = HashSet::new();
    match given.iter().find(|one| !seen.insert(one.as_str())) {
        Some(twice) => Err(refuse(format!("{what}: {twice} is there twice"))),
        None => Ok(()),
    }
}

/// An absolute URL of https; of http only on this machine.
fn base_url(given: &str) -> Result<()> {
    text("baseUrl", given)?;
    let is_here = |url: &Url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let is_good = Url::parse(given).is_ok_and(|url| {
        let has_more = given.contains(['?', '#', '\\'])
            || given.contains(|c: char| c.is_whitespace() || c.is_control())
            || !url.username().is_empty()
            || url.password().is_some();
        // What signatures name is cut from the text as it is.
        let is_as_cut = Url::parse(signing::address::origin(given)).is_ok_and(|cut| cut.origin() == url.origin());
        !has_more
            && is_as_cut
            && url.host().is_some()
            && (url.scheme() == "https" || url.scheme() == "http" && is_here(&url))
    });
    match is_good {
        true => Ok(()),
        false => Err(refuse(
            "baseUrl: must be an absolute https URL without user, query and fragment (http for loopback hosts alone)",
        )),
    }
}
