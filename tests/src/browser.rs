//! A browser: keeps cookies by their path, follows redirects within the server, sends the forms it finds.

use std::collections::BTreeMap;

use crate::ask::{Ask, encode};
use crate::html::{Form, find_forms};
use crate::reply::Reply;
use crate::server::{BASE, Server};

/// A browser. A clone is another browser that stole all cookies of the first.
#[derive(Clone)]
pub struct Browser<'s> {
    server: &'s Server,
    cookies: BTreeMap<(String, String), String>,
}

/// Where a login ended.
#[derive(Clone, Debug)]
pub struct Landing {
    /// The redirect to the client.
    pub reply: Reply,
    /// The code, or "".
    pub code: String,
}

impl<'s> Browser<'s> {
    pub(crate) fn new(server: &'s Server) -> Self {
        Self { server, cookies: BTreeMap::new() }
    }

    /// The same browser at another node.
    pub fn at<'t>(&self, server: &'t Server) -> Browser<'t> {
        Browser { server, cookies: self.cookies.clone() }
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|((n, _), _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Puts a cookie where the server's own one is or would be.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        let path = self.cookies.keys().find(|(n, _)| n == name).map(|(_, p)| p.clone());
        let path = path.unwrap_or_else(|| format!("/realms/{}/", self.server.realm()));
        self.cookies.insert((name.to_owned(), path), value.to_owned());
    }

    /// Loses a cookie.
    pub fn lose(&mut self, name: &str) {
        self.cookies.retain(|(n, _), _| n != name);
    }

    /// Loses all cookies that don't outlive a browser's end.
    pub fn forget_all(&mut self) {
        self.cookies.clear();
    }

    /// Sends a request with the cookies that belong to its path, and keeps those that come back.
    pub async fn send(&mut self, ask: Ask, path: &str) -> Reply {
        let reply = self.server.ask(self.with_cookies(ask, path)).await;
        self.keep(&reply);
        reply
    }

    /// A request with the cookies that belong to its path: for requests at one moment.
    pub fn with_cookies(&self, ask: Ask, path: &str) -> Ask {
        let of_path = self.cookies.iter().filter(|((_, p), _)| path.starts_with(p.as_str()));
        let line: Vec<String> = of_path.map(|((name, _), value)| format!("{name}={value}")).collect();
        match line.is_empty() {
            true => ask,
            false => ask.header("cookie", line.join("; ")),
        }
    }

    fn keep(&mut self, reply: &Reply) {
        for line in reply.headers.get_all("set-cookie") {
            let line = line.to_str().expect("text");
            let mut parts = line.split(';');
            let Some((name, value)) = parts.next().and_then(|p| p.split_once('=')) else { continue };
            let attribute = |wanted: &str| {
                line.split(';').filter_map(|p| p.trim().split_once('=')).find(|(n, _)| n.eq_ignore_ascii_case(wanted))
            };
            let path = attribute("path").map_or("/", |(_, v)| v).to_owned();
            let gone = attribute("max-age").is_some_and(|(_, v)| v == "0");
            let key = (name.to_owned(), path);
            match gone {
                true => drop(self.cookies.remove(&key)),
                false => drop(self.cookies.insert(key, value.trim_matches('"').to_owned())),
            }
        }
    }

    /// Opens a path or a URL of the server.
    pub async fn open(&mut self, address: &str) -> Reply {
        let path = own_path(address).unwrap_or_else(|| panic!("{address} is not ours")).to_owned();
        self.send(Ask::get(path.clone()), &path).await
    }

    /// Opens the authorization endpoint with the usual parameters and those given, which stand over them.
    pub async fn authorize(&mut self, client: &str, more: &[(&str, &str)]) -> Reply {
        let path = self.authorize_path(client, more);
        self.open(&path).await
    }

    /// The path of that request.
    pub fn authorize_path(&self, client: &str, more: &[(&str, &str)]) -> String {
        let redirect = format!("https://{client}.example/cb");
        let usual = [
            ("client_id", client),
            ("redirect_uri", redirect.as_str()),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "the-state"),
        ];
        let mut all: Vec<(&str, &str)> =
            usual.into_iter().filter(|(name, _)| !more.iter().any(|(n, _)| n == name)).collect();
        all.extend(more);
        format!("{}?{}", self.server.path("auth"), encode(&all))
    }

    /// Sends the first form of a page with values filled in.
    pub async fn submit(&mut self, page: &Reply, values: &[(&str, &str)]) -> Reply {
        let form = form_of(page);
        self.send_form(&form, values).await
    }

    /// Sends a form with values filled in.
    pub async fn send_form(&mut self, form: &Form, values: &[(&str, &str)]) -> Reply {
        let path = own_path(&form.action).unwrap_or_else(|| panic!("{} is not ours", form.action)).to_owned();
        self.send(filled(form, values), &path).await
    }

    /// The request that sends a page's form, cookies included: for several at one moment.
    pub fn submission(&self, page: &Reply, values: &[(&str, &str)]) -> Ask {
        let form = form_of(page);
        let path = own_path(&form.action).expect("ours").to_owned();
        self.with_cookies(filled(&form, values), &path)
    }

    /// Follows redirects for as long as they stay within the server.
    pub async fn follow(&mut self, mut reply: Reply) -> Reply {
        for _ in 0..10 {
            let Some(to) = reply.location() else { return reply };
            let Some(path) = own_path(to.as_str()).map(str::to_owned) else { return reply };
            reply = self.open(&path).await;
        }
        panic!("redirected in a circle");
    }

    /// Logs in at a client, and returns where the browser was sent.
    pub async fn login(&mut self, client: &str, username: &str, password: &str) -> Landing {
        self.login_with(client, &[], username, password).await
    }

    /// Logs in at a client with further parameters.
    pub async fn login_with(&mut self, client: &str, more: &[(&str, &str)], username: &str, password: &str) -> Landing {
        let page = self.authorize(client, more).await.expect(200);
        let reply = self.submit(&page, &[("username", username), ("password", password)]).await;
        let reply = self.follow(reply).await;
        assert!(reply.parameter("code").is_some() || reply.status != 400 && !reply.is_fault(), "{reply:?}");
        Landing { code: reply.parameter("code").unwrap_or_default(), reply }
    }
}

/// The first form of a page.
#[track_caller]
fn form_of(page: &Reply) -> Form {
    find_forms(&page.body).into_iter().next().unwrap_or_else(|| panic!("no form: {} {}", page.status, page.body))
}

fn filled(form: &Form, values: &[(&str, &str)]) -> Ask {
    let mut fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .filter(|(name, _)| !values.iter().any(|(n, _)| n == name))
        .collect();
    fields.extend(values);
    Ask::form(own_path(&form.action).expect("ours"), &fields)
}

/// The path of an address of the server.
fn own_path(address: &str) -> Option<&str> {
    match address.strip_prefix(BASE) {
        Some(path) if path.starts_with('/') => Some(path),
        _ => Some(address).filter(|a| a.starts_with('/')),
    }
}
