//! What a client may be: Keycloak's rules for its addresses and lifespans, and its words [KC 5.3].

use domain::Result;
use domain::network::Network;
use model::{Client, Document, MESSAGE_SIGNING, Realm, Right};
use url::Url;

use crate::master::MASTER;
use crate::permit::{Permission, Permit, REALM_MANAGEMENT};
use crate::refusals::{CLIENT_INPUT, CLIENT_TAKEN, FORBIDDEN, PARTICIPANT_TAKEN};

/// Whether a `clientId` is nobody's yet.
pub(super) async fn is_free<P: Permission>(permit: &Permit<'_, P>, client_id: &str) -> Result<()> {
    match store::clients::find(permit.store(), permit.realm_id(), client_id).await? {
        None => Ok(()),
        Some(_) => Err(CLIENT_TAKEN.describe(format!("Client {client_id} already exists")).into()),
    }
}

/// Refuses an id that could be taken for another thing's: a realm's roles and a client's are told apart by the id of
/// what holds them, and codes join ids by dots.
pub(crate) fn id(realm_id: &str, id: &str) -> Result<()> {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match id == realm_id || id.is_empty() || id.len() > LONGEST_ID || !id.chars().all(is_good) {
        true => Err(CLIENT_INPUT.describe(format!("Invalid client id: {id}")).into()),
        false => Ok(()),
    }
}

/// Whether a client's roles administer a realm: nobody changes such a client, so that nobody raises themselves.
pub(crate) fn administers(realm: &Realm, client: &Client) -> bool {
    match realm.name == MASTER {
        true => client.client_id.ends_with("-realm") && client.attribute("realm_client") == Some("true"),
        false => client.client_id == REALM_MANAGEMENT,
    }
}

/// Whether a client is the realm's own: every realm has it, or its roles administer.
pub(crate) fn is_the_realms(realm: &Realm, client: &Client) -> bool {
    administers(realm, client) || BUILT_IN.contains(&client.client_id.as_str())
}

/// Refuses to take a client's `clientId` away while it is a participant role's: whoever made another of that name would be
/// the participant.
pub(super) async fn is_no_participants<P: Permission>(permit: &Permit<'_, P>, client_id: &str) -> Result<()> {
    if permit.cx.plan.network.is_none() {
        return Ok(());
    }
    match store::participants::find_role_of(permit.store(), permit.realm_id(), client_id).await? {
        None => Ok(()),
        Some(role) => {
            let why =
                format!("The client is that of the participant role {}: end the role, or give it another", role.id);
            Err(PARTICIPANT_TAKEN.describe(why).into())
        }
    }
}

/// Whether the realm has participants, or had them: evidence is shown after its ledger was closed, too.
fn concerns_messages<P: Permission>(permit: &Permit<'_, P>) -> bool {
    Network::is_on(&permit.cx.plan.realm)
}

/// Refuses a name for a role, or for a client with its roles, that would make rights over messages of others: who has those
/// says who gets them.
pub(crate) fn makes_no_right<P: Permission>(permit: &Permit<'_, P>, client_id: &str, role: Option<&str>) -> Result<()> {
    let is_right = role.is_none_or(|role| Right::ALL.iter().any(|right| right.role() == role));
    match concerns_messages(permit) && client_id == MESSAGE_SIGNING && is_right {
        true => Err(CLIENT_INPUT.describe("That name would make a right over messages of this".to_owned()).into()),
        false => Ok(()),
    }
}

/// Refuses to take away the client whose roles say who may have messages verified, while the realm has participants.
pub(super) fn is_not_for_messages<P: Permission>(permit: &Permit<'_, P>, client: &Client) -> Result<()> {
    match concerns_messages(permit) && client.client_id == MESSAGE_SIGNING {
        true => {
            let why = "The client message-signing says by its roles who may have messages verified: it stays, and keeps its \
                name, while the realm has participants";
            Err(CLIENT_INPUT.describe(why.to_owned()).into())
        }
        false => Ok(()),
    }
}

/// Refuses to take away, by its id, a role by which messages are verified or signed, or evidence is seen, while the realm
/// has participants.
pub(crate) fn is_no_right_over_messages<P: Permission>(permit: &Permit<'_, P>, role: &str) -> Result<()> {
    let roles = &permit.cx.plan.roles;
    match roles.find(role).filter(|role| concerns_messages(permit) && Right::of_role(role).is_some()) {
        Some(role) => {
            let why = format!("The role {} of message-signing stays while the realm has participants", role.name);
            Err(CLIENT_INPUT.describe(why).into())
        }
        None => Ok(()),
    }
}

/// Refuses changes of a client that administers a realm.
pub(crate) fn is_free_to_change(realm: &Realm, client: &Client) -> Result<()> {
    match administers(realm, client) {
        true => Err(FORBIDDEN.into()),
        false => Ok(()),
    }
}

/// Judges a client's protocol, addresses and lifespans.
///
/// Nobody makes a client of master that looks like those which administer a realm: it couldn't be changed any more.
pub(super) fn input(realm: &Realm, doc: &Document) -> Result<()> {
    if realm.name == MASTER && doc.nested("attributes", "realm_client") == Some("true") {
        return Err(FORBIDDEN.into());
    }
    match problem(realm, doc) {
        None => Ok(()),
        Some(text) => Err(CLIENT_INPUT.describe(text).into()),
    }
}

fn problem(realm: &Realm, doc: &Document) -> Option<String> {
    if let Some(protocol) = doc.text("protocol").filter(|p| !matches!(*p, "openid-connect" | "saml" | "docker-v2")) {
        return Some(format!("Invalid protocol: {protocol}"));
    }
    for address in ADDRESSES {
        let text = if address.is_attribute { doc.nested("attributes", address.name) } else { doc.text(address.name) };
        let Some(text) = text.filter(|t| !t.is_empty() && !OWN_ADDRESSES.contains(t)) else { continue };
        if let Some(wrong) = wrong_address(text, address) {
            return Some(format!("{} {wrong}", address.called));
        }
    }
    let redirects = doc.texts("redirectUris");
    if let Some(wrong) = redirects.iter().find_map(|uri| wrong_redirect(uri)) {
        return Some(format!("A redirect URI {wrong}"));
    }
    let logouts = doc.nested("attributes", "post.logout.redirect.uris").unwrap_or_default();
    if let Some(wrong) = logouts.split("##").find_map(wrong_redirect) {
        return Some(format!("A post-logout redirect URI {wrong}"));
    }
    wrong_lifespan(realm, doc).map(str::to_owned)
}

/// A place that a client names.
struct Address {
    name: &'static str,
    is_attribute: bool,
    called: &'static str,
    /// Whether it must be a whole URL.
    is_whole: bool,
    /// Whether it may not have a fragment.
    is_bare: bool,
}

const fn address(
    name: &'static str,
    is_attribute: bool,
    called: &'static str,
    is_whole: bool,
    is_bare: bool,
) -> Address {
    Address { name, is_attribute, called, is_whole, is_bare }
}

const ADDRESSES: &[Address] = &[
    address("rootUrl", false, "Root URL", true, true),
    address("baseUrl", false, "Base URL", false, false),
    address("adminUrl", false, "Admin URL", true, false),
    address("logoUri", true, "Logo URL", false, false),
    address("policyUri", true, "Policy URL", false, false),
    address("tosUri", true, "Terms of service URL", false, false),
    address("jwks.url", true, "JWKS URL", true, false),
    address("backchannel.logout.url", true, "Backchannel logout URL", true, false),
    address("frontchannel.logout.url", true, "Front-channel logout URL", true, false),
];

/// What stands for the server's own addresses in the clients that every realm has.
const OWN_ADDRESSES: &[&str] = &["${authBaseUrl}", "${authAdminUrl}"];

fn wrong_address(text: &str, address: &Address) -> Option<&'static str> {
    if has_illegal_scheme(text) {
        return Some(ILLEGAL_SCHEME);
    }
    if address.is_bare && text.contains('#') {
        return Some(FRAGMENT);
    }
    match !is_uri(text) || (address.is_whole && Url::parse(text).is_err()) {
        true => Some("is not a valid URL"),
        false => None,
    }
}

fn wrong_redirect(uri: &str) -> Option<&'static str> {
    if has_illegal_scheme(uri) {
        return Some(ILLEGAL_SCHEME);
    }
    if uri.contains('#') {
        return Some(FRAGMENT);
    }
    if is_uri(uri) { None } else { Some("is not a valid URI") }
}

/// Whether every character may stand in a URI [RFC3986-2].
fn is_uri(text: &str) -> bool {
    let has_open_bracket = text.contains('[') != text.contains(']');
    !has_open_bracket && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}".contains(c))
}

/// Schemes by which a browser runs what it is sent to.
fn has_illegal_scheme(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default().trim();
    text.contains(':') && ["javascript", "data"].iter().any(|bad| scheme.eq_ignore_ascii_case(bad))
}

fn wrong_lifespan(realm: &Realm, doc: &Document) -> Option<&'static str> {
    let seconds = |name: &str| doc.nested("attributes", name)?.parse::<i64>().ok();
    let idle = realm.sso_session_idle_timeout.max(realm.sso_session_idle_timeout_remember_me);
    let max = realm.sso_session_max_lifespan.max(realm.sso_session_max_lifespan_remember_me);
    if seconds("client.session.idle.timeout").is_some_and(|s| s > idle) {
        return Some(IDLE_TOO_LONG);
    }
    if seconds("client.session.max.lifespan").is_some_and(|s| s > max) {
        return Some(MAX_TOO_LONG);
    }
    None
}

const LONGEST_ID: usize = 36;
const ILLEGAL_SCHEME: &str = "uses an illegal scheme";
const FRAGMENT: &str = "must not contain an URL fragment";
/// Said of a client's setting and of a realm's.
pub(crate) const IDLE_TOO_LONG: &str =
    "Client session idle timeout cannot exceed realm SSO session idle timeout and RememberMe idle timeout.";
/// Likewise.
pub(crate) const MAX_TOO_LONG: &str =
    "Client session max lifespan cannot exceed realm SSO session max lifespan and RememberMe Max span.";

/// Clients that every realm has, and keeps.
pub(super) const BUILT_IN: &[&str] = &["account", "account-console", "admin-cli", "broker", "security-admin-console"];
