//! What is printed when the server is ready: where things are, and what to try.
//!
//! Meant for a person at a terminal. It holds secrets in development, so it is never written to the log.

use std::fmt::Write as _;

/// What the banner tells.
#[derive(Debug, Default)]
pub struct Banner<'a> {
    /// The address without a slash at the end: `http://127.0.0.1:8080`.
    pub base_url: &'a str,
    /// The management port's address, if it is open.
    pub management_url: Option<&'a str>,
    pub realms: &'a [BannerRealm<'a>],
    /// The administrator that was just made; `None` when there was one.
    pub administrator: Option<NewAdministrator<'a>>,
}

/// A realm, and what can be tried in it.
#[derive(Debug, Default)]
pub struct BannerRealm<'a> {
    pub name: &'a str,
    /// Client id and secret of a client with a service account.
    pub service: Option<(&'a str, &'a str)>,
    /// The address of a login page.
    pub login_page: Option<&'a str>,
}

/// An administrator that was made because none was configured.
#[derive(Debug)]
pub struct NewAdministrator<'a> {
    pub username: &'a str,
    /// Shown only where it was made up.
    pub password: Option<&'a str>,
}

/// More realms than these are counted, not listed.
const LISTED: usize = 10;

impl Banner<'_> {
    /// The text, with a newline at its end.
    pub fn render(&self) -> String {
        let mut text = format!("\nCountersign is ready at {}\n", self.base_url);
        self.write_realms(&mut text);
        if let Some(url) = self.management_url {
            let _ = writeln!(text, "\nHealth and metrics  {url}/health  {url}/metrics");
        }
        if let Some(administrator) = &self.administrator {
            let _ = writeln!(text, "\nAdministrator made in the realm master");
            let _ = writeln!(text, "  username  {}", administrator.username);
            match administrator.password {
                Some(password) => {
                    let _ = writeln!(text, "  password  {password}   (shown this once)");
                }
                None => text.push_str("  password  as configured\n"),
            }
        }
        self.write_trial(&mut text);
        text
    }

    fn write_realms(&self, text: &mut String) {
        for realm in self.realms.iter().take(LISTED) {
            let url = self.realm_url(realm);
            let _ = writeln!(text, "\nRealm {}\n  issuer     {url}", realm.name);
            let _ = writeln!(text, "  discovery  {url}/.well-known/openid-configuration");
            if let Some(page) = realm.login_page {
                let _ = writeln!(text, "  login      {page}");
            }
        }
        if let Some(more @ 1..) = self.realms.len().checked_sub(LISTED) {
            let _ = writeln!(text, "\n… and {more} more realms");
        }
    }

    /// Three commands to copy, with the first realm that has what they need.
    fn write_trial(&self, text: &mut String) {
        let service = self.realms.iter().find_map(|realm| Some((realm, realm.service?)));
        if let Some((realm, (client, secret))) = service {
            let protocol = format!("{}/protocol/openid-connect", self.realm_url(realm));
            let login = quoted(&format!("{client}:{secret}"));
            let _ = writeln!(
                text,
                "\nTry it:\n  TOKEN=$(curl -s -u {login} -d grant_type=client_credentials {} \\\n    \
                 | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/'); echo \"$TOKEN\"",
                quoted(&format!("{protocol}/token"))
            );
            let _ = writeln!(
                text,
                "  curl -s -u {login} -d \"token=$TOKEN\" {}",
                quoted(&format!("{protocol}/token/introspect"))
            );
        }
        if let Some(page) = self.realms.iter().find_map(|realm| realm.login_page) {
            let heading = if service.is_none() { "\nTry it:\n" } else { "" };
            let _ = writeln!(text, "{heading}  xdg-open {}", quoted(page));
        }
    }

    fn realm_url(&self, realm: &BannerRealm<'_>) -> String {
        format!("{}/realms/{}", self.base_url.trim_end_matches('/'), realm.name.replace(' ', "%20"))
    }
}

/// The text as one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@%+=".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::{Banner, BannerRealm, NewAdministrator, quoted};

    #[test]
    fn banner_says_where_things_are_and_what_to_try() {
        let realms = [BannerRealm {
            name: "ocen",
            service: Some(("lender", "it's")),
            login_page: Some("http://127.0.0.1:8080/realms/ocen/protocol/openid-connect/auth?client_id=a&scope=openid"),
        }];
        let banner = Banner {
            base_url: "http://127.0.0.1:8080",
            realms: &realms,
            administrator: Some(NewAdministrator { username: "admin", password: Some("made-up") }),
            ..Banner::default()
        };
        let text = banner.render();
        for part in [
            "issuer     http://127.0.0.1:8080/realms/ocen\n",
            "http://127.0.0.1:8080/realms/ocen/.well-known/openid-configuration",
            "password  made-up",
            "-u 'lender:it'\\''s' -d grant_type=client_credentials",
            "/protocol/openid-connect/token/introspect",
            "xdg-open 'http://127.0.0.1:8080/realms/ocen/protocol/openid-connect/auth?client_id=a&scope=openid'",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn banner_lists_no_more_realms_than_one_can_read() {
        let realms: Vec<_> = (0..13).map(|_| BannerRealm { name: "r", ..BannerRealm::default() }).collect();
        let text = Banner { base_url: "http://h", realms: &realms, ..Banner::default() }.render();
        assert!(text.contains("… and 3 more realms"));
        assert!(!text.contains("Try it"));
    }

    #[test]
    fn words_for_the_shell_are_quoted_where_needed() {
        assert_eq!(quoted("a-b:c"), "a-b:c");
        assert_eq!(quoted("a b$c"), "'a b$c'");
    }
}
