//! The banner of a server that has just become ready.

use url::form_urlencoded;

use super::administrator::First;
use super::import::Seen;
use crate::banner::{Banner, BannerRealm, NewAdministrator};

/// Where things are.
pub(super) struct Greeting {
    pub(super) base_url: String,
    pub(super) management_url: Option<String>,
}

impl Greeting {
    /// The banner's text. Of realms that were there before, the file may no longer tell the secrets, so they are left out.
    pub(super) fn render(&self, first: Option<&First>, seen: &[Seen]) -> String {
        let pages: Vec<_> = seen.iter().map(|realm| self.login_page(realm)).collect();
        let realms: Vec<_> =
            seen.iter().zip(&pages).map(|(realm, page)| banner_realm(realm, page.as_deref())).collect();
        Banner {
            base_url: &self.base_url,
            management_url: self.management_url.as_deref(),
            realms: &realms,
            administrator: first.map(|first| NewAdministrator {
                username: &first.username,
                password: first.password.as_ref().map(|password| password.reveal()),
            }),
        }
        .render()
    }

    fn login_page(&self, realm: &Seen) -> Option<String> {
        let (client, redirect) = realm.login.as_ref()?;
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("client_id", client.as_str()), ("redirect_uri", redirect), ("response_type", "code")])
            .append_pair("scope", "openid")
            .finish();
        Some(format!("{}/realms/{}/protocol/openid-connect/auth?{query}", self.base_url, realm.name))
    }
}

fn banner_realm<'a>(seen: &'a Seen, page: Option<&'a str>) -> BannerRealm<'a> {
    let service = seen.service.as_ref().filter(|_| seen.is_new);
    BannerRealm {
        name: &seen.name,
        service: service.map(|(client, secret)| (client.as_str(), secret.as_str())),
        login_page: page,
    }
}
