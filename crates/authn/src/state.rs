//! A browser's logins in progress: where they rest, and how they are found again.
//!
//! A tab begins sealed in the cookie KC_RESTART. The first form sent moves it into a row, which from then on is the
//! truth about it. A tab that ended is remembered as used, so that an old cookie can't begin it again.

use domain::{Fault, Result, Writes, ids};
use model::{AuthSession, Tab};
use oidc::authorize::AuthRequest;
use oidc::{Cx, Form};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::browser::{self, Browser, CookieChange};
use crate::face::Links;

/// A browser's logins in progress, one of them in hand.
pub(crate) struct State {
    /// The root's id.
    pub root: String,
    row: Option<AuthSession>,
    sealed: Vec<Tab>,
    had_restart: bool,
    /// The tab in hand.
    pub tab: Tab,
}

/// Tabs in a cookie or a row, at most; the oldest go.
const TABS: usize = 6;
/// A sealed cookie that is longer would be dropped by browsers.
const LONGEST_COOKIE: usize = 3600;

impl State {
    /// Begins a tab, in the browser's root if it has one that is alive. Whether the root is new comes second.
    /// Tabs that began in a session which is over by now (`session`: the browser's own, if it is alive) are over, too.
    pub fn begin(
        cx: &Cx<'_>,
        browser: &Browser<'_>,
        session: Option<&str>,
        request: &AuthRequest,
    ) -> Result<(Self, bool)> {
        let mut sealed = Sealed::open(cx, browser);
        if let Some(sealed) = &mut sealed {
            sealed.tabs.retain(|t| t.note("session").is_none_or(|of| Some(of) == session));
        }
        let alive = sealed.as_ref().is_some_and(|s| !s.tabs.is_empty());
        let (root, tabs) = match sealed {
            Some(sealed) if alive => (sealed.root, sealed.tabs),
            _ => (ids::session()?, Vec::new()),
        };
        let tab = Tab {
            id: ids::tab()?,
            client_id: request.client.client.client_id.clone(),
            session_code: ids::session_code()?,
            request: request.to_parameters(),
            notes: Map::new(),
        };
        let state = Self { root, row: None, sealed: tabs, had_restart: browser.restart.is_some(), tab };
        Ok((state, !alive))
    }

    /// Finds the tab that a page belongs to.
    pub async fn find(cx: &Cx<'_>, browser: &Browser<'_>, tab_id: &str) -> Result<Option<Self>> {
        let Some(root) = browser.auth_session.and_then(|value| browser::verify_id(cx, value)) else {
            return Ok(None);
        };
        let store = &cx.core().store;
        let row = store::logins::find(store, &cx.plan.realm.id, &root, cx.now()).await?;
        let sealed = Sealed::open(cx, browser).map(|s| s.tabs).unwrap_or_default();
        let of_row = row.as_ref().and_then(|r| r.tab(tab_id)).cloned();
        let tab = match of_row {
            Some(tab) => tab,
            None => {
                let Some(tab) = sealed.iter().find(|t| t.id == tab_id).cloned() else { return Ok(None) };
                if store::logins::is_used(store, &cx.plan.realm.id, USED, tab_id).await? {
                    return Ok(None);
                }
                tab
            }
        };
        Ok(Some(Self { root, row, sealed, had_restart: browser.restart.is_some(), tab }))
    }

    /// Whether a root of ours is known at all.
    pub fn is_known(cx: &Cx<'_>, browser: &Browser<'_>) -> bool {
        browser.auth_session.and_then(|value| browser::verify_id(cx, value)).is_some()
    }

    /// Whether the tab rests in a row.
    pub fn in_row(&self) -> bool {
        self.row.as_ref().is_some_and(|r| r.tab(&self.tab.id).is_some())
    }

    /// A new code for the tab's next form.
    pub fn renew(&mut self) -> Result<()> {
        self.tab.session_code = ids::session_code()?;
        Ok(())
    }

    /// Writes the tab into the row.
    pub fn save(&self, cx: &Cx<'_>, writes: &mut Writes) {
        let mut row =
            self.row.clone().unwrap_or_else(|| AuthSession { id: self.root.clone(), ..AuthSession::default() });
        row.tabs.retain(|t| t.id != self.tab.id);
        row.tabs.push(self.tab.clone());
        let surplus = row.tabs.len().saturating_sub(TABS);
        row.tabs.drain(..surplus);
        row.expires_at = self.expires_at(cx);
        store::logins::save(&mut writes.batch, &cx.plan.realm.id, &row);
    }

    /// Ends the tab; whether it was the browser's last one.
    pub fn end(&self, cx: &Cx<'_>, writes: &mut Writes) -> bool {
        let realm = &cx.plan.realm.id;
        store::logins::use_once(&mut writes.batch, realm, USED, &self.tab.id, self.expires_at(cx));
        let mut others = self.sealed.iter().any(|t| t.id != self.tab.id);
        if let Some(row) = &self.row {
            let mut row = row.clone();
            row.tabs.retain(|t| t.id != self.tab.id);
            if row.tabs.is_empty() {
                store::logins::finish(&mut writes.batch, realm, &row);
            } else {
                others = true;
                store::logins::save(&mut writes.batch, realm, &row);
            }
        }
        !others
    }

    /// Moves the tab to a new root and name once somebody has proved something in it: whoever knows the old ones, and
    /// may have planted them, knows nothing of the proof.
    pub fn move_on(&mut self, cx: &Cx<'_>, writes: &mut Writes) -> Result<Vec<CookieChange>> {
        self.end(cx, writes);
        self.sealed.retain(|t| t.id != self.tab.id);
        self.row = None;
        self.root = ids::session()?;
        self.tab.id = ids::tab()?;
        self.renew()?;
        let mut cookies = vec![self.auth_session(cx)?];
        // The browser's other tabs come along; without any, what KC_RESTART holds is used up already.
        if !self.sealed.is_empty() {
            cookies.extend(self.restart(cx, false)?);
        }
        Ok(cookies)
    }

    fn expires_at(&self, cx: &Cx<'_>) -> i64 {
        cx.now() + cx.plan.realm.access_code_lifespan_login.max(cx.plan.realm.access_code_lifespan_user_action)
    }

    /// The cookie that carries the tabs, with the tab in hand if it goes on; None where it would be too long and a row
    /// must carry it.
    pub fn restart(&self, cx: &Cx<'_>, with_tab: bool) -> Result<Option<CookieChange>> {
        let mut tabs: Vec<&Tab> = self.sealed.iter().filter(|t| t.id != self.tab.id).collect();
        if with_tab {
            tabs.push(&self.tab);
        }
        let surplus = tabs.len().saturating_sub(TABS);
        tabs.drain(..surplus);
        let key = browser::sealing_key(&cx.plan)?;
        loop {
            let sealed = Sealed { root: self.root.clone(), at: cx.now(), tabs: &tabs };
            let text = serde_json::to_vec(&sealed).map_err(|error| Fault::new(error.to_string()))?;
            let sealed = key.seal(&text)?;
            if sealed.len() <= LONGEST_COOKIE {
                return Ok(Some(CookieChange::Restart(sealed)));
            }
            if tabs.len() <= 1 {
                return Ok(None);
            }
            tabs.remove(0);
        }
    }

    /// The cookie's removal, where the browser has it.
    pub fn restart_removed(&self) -> Option<CookieChange> {
        self.had_restart.then_some(CookieChange::RestartRemoved)
    }

    /// The cookie that names the root.
    pub fn auth_session(&self, cx: &Cx<'_>) -> Result<CookieChange> {
        let value = browser::sign_id(cx, &self.root)?;
        Ok(CookieChange::AuthSession { value, hash: Some(browser::hash(&self.root)) })
    }

    /// What the tab's pages carry.
    pub fn links(&self, action: &'static str, execution: &str) -> Links {
        Links {
            action,
            session_code: self.tab.session_code.clone(),
            execution: execution.to_owned(),
            client_id: self.tab.client_id.clone(),
            tab_id: self.tab.id.clone(),
            client_data: client_data(&self.tab),
            ui_locales: self.tab.parameter("ui_locales").unwrap_or_default().to_owned(),
        }
    }
}

const USED: &str = "login";

/// What KC_RESTART holds: the browser's root, when it was sealed, and the tabs.
#[derive(Serialize, Deserialize)]
struct Sealed<Tabs> {
    root: String,
    at: i64,
    tabs: Tabs,
}

impl Sealed<Vec<Tab>> {
    /// Opens the browser's cookie, if it belongs to the root that the browser names and isn't too old.
    fn open(cx: &Cx<'_>, browser: &Browser<'_>) -> Option<Self> {
        let root = browser::verify_id(cx, browser.auth_session?)?;
        let plain = browser::sealing_key(&cx.plan).ok()?.open(browser.restart?).ok()?;
        let sealed: Self = serde_json::from_slice(&plain).ok()?;
        let fresh = cx.now() - sealed.at < cx.plan.realm.access_code_lifespan_login;
        Some(sealed).filter(|s| s.root == root && fresh)
    }
}

/// `client_data`: base64url of what the client asked for [KC 6.6].
pub(crate) fn client_data(tab: &Tab) -> String {
    let mut data = Map::new();
    for (short, name) in CLIENT_DATA {
        if let Some(value) = tab.parameter(name).filter(|v| !v.is_empty()) {
            data.insert((*short).to_owned(), value.into());
        }
    }
    jose::b64::encode(Value::Object(data).to_string())
}

const CLIENT_DATA: &[(&str, &str)] =
    &[("ru", "redirect_uri"), ("rt", "response_type"), ("rm", "response_mode"), ("st", "state")];

/// Reads `client_data` as the form of a request: only good for telling the client that a login is over.
pub(crate) fn read_client_data(client_id: &str, text: &str) -> Form {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    out.append_pair("client_id", client_id);
    let octets =
        if text.len() > 8192 { Vec::new() } else { jose::b64::decode(text, "client_data").unwrap_or_default() };
    let data: Value = serde_json::from_slice(&octets).unwrap_or(Value::Null);
    for (short, name) in CLIENT_DATA {
        if let Some(value) = data.get(short).and_then(Value::as_str) {
            out.append_pair(name, value);
        }
    }
    Form::parse(out.finish().as_bytes())
}
