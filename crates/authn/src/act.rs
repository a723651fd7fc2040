//! What a page sent: `login-actions/{authenticate, required-action, consent, restart}` [KC 6.6].
//!
//! A form counts only with its browser's cookies, its tab, and its code, which counts once; and only for the step that
//! the login is at. Nothing that the browser sends back changes what the client asked for.

use std::sync::Arc;

use domain::{Person, Result, Writes};
use model::{Event, EventType, Tab};
use oidc::authorize::{AuthRequest, Stopped, check};
use oidc::{Cx, Form};

use crate::authenticators;
use crate::begin::remembered;
use crate::browser::{self, Browser};
use crate::face::{self, Answer, Challenge, Face, Kind, Message};
use crate::finish::{self, End};
use crate::flow::{self, Attempt, Outcome, Progress};
use crate::required_actions::{self, Done, Next};
use crate::state::{State, read_client_data};

/// Which page sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A step of the flow.
    Authenticate,
    /// A required action.
    RequiredAction,
    /// The consent page.
    Consent,
    /// "Restart login".
    Restart,
}

/// Goes on with a login. `form` is None for a GET.
pub async fn act(
    cx: &Cx<'_>,
    browser: &Browser<'_>,
    place: Place,
    query: &Form,
    form: Option<&Form>,
) -> Result<(Answer, Writes)> {
    if cx.lacks_https() {
        return Ok(say(400, "httpsRequiredMessage"));
    }
    if !cx.plan.realm.enabled {
        return Ok(say(400, "realmNotEnabledMessage"));
    }
    let Some(client_id) = query.some("client_id") else { return Ok(say(400, "invalidCodeMessage")) };
    if cx.client(client_id).await?.is_none_or(|c| !c.client.enabled) {
        return Ok(say(400, "invalidCodeMessage"));
    }
    let tab_id = query.some("tab_id").unwrap_or_default();
    let Some(state) = State::find(cx, browser, tab_id).await? else {
        return over(cx, browser, client_id, query).await;
    };
    if state.tab.client_id != client_id {
        return Ok(say(400, "invalidCodeMessage"));
    }
    let Some(request) = AuthRequest::resume(cx, &state.tab.request).await? else {
        return Ok(say(400, "invalidCodeMessage"));
    };
    if is_over(cx, browser, &state.tab).await? {
        return over(cx, browser, client_id, query).await;
    }
    let mut login = Going { cx, browser, state, request };
    match place {
        Place::Restart => login.restart().await,
        _ => login.go_on(place, query, form).await,
    }
}

/// Whether what the tab's user proved counts no more. In a tab that began in a session nobody proved themselves, so it
/// ends with the session; another ends by a logout from everywhere since, which is told in whole seconds.
async fn is_over(cx: &Cx<'_>, browser: &Browser<'_>, tab: &Tab) -> Result<bool> {
    if let Some(id) = tab.note("session") {
        return Ok(browser::session_of(cx, browser).await?.is_none_or(|session| session.id != id));
    }
    let Some(id) = tab.note("user") else { return Ok(false) };
    let Some(person) = cx.core().person(&cx.plan, id).await? else { return Ok(false) };
    let proved = tab.note("proved").and_then(|second| second.parse::<i64>().ok()).unwrap_or(0);
    Ok(person.user.not_before.max(cx.plan.realm.not_before) >= proved)
}

struct Going<'a> {
    cx: &'a Cx<'a>,
    browser: &'a Browser<'a>,
    state: State,
    request: AuthRequest,
}

impl Going<'_> {
    async fn go_on(&mut self, place: Place, query: &Form, form: Option<&Form>) -> Result<(Answer, Writes)> {
        let current = self.state.tab.note("execution").unwrap_or_default().to_owned();
        // The consent page carries its code in the form [KC 6.3].
        let code = match place {
            Place::Consent => form.and_then(|f| f.some("code")),
            _ => query.some("session_code"),
        };
        let Some(code) = code else { return self.show(place).await };
        if !jose::equal_secret(code, &self.state.tab.session_code) {
            return self.stale(&current);
        }
        let at_page = place_of(&current) == if place == Place::Consent { Place::RequiredAction } else { place };
        if !at_page || query.some("execution").is_some_and(|e| e != current) {
            let links = self.state.links(action_of(&current), &current);
            return Ok((Answer { face: Face::Expired(Box::new(links)), cookies: Vec::new() }, Writes::default()));
        }
        let Some(form) = form else { return self.show(place).await };
        match place {
            Place::Authenticate => self.authenticate(&current, form).await,
            _ => self.required_action(&current, form).await,
        }
    }

    /// A form with a code that counts no more: the page again, with a word about it.
    fn stale(&mut self, current: &str) -> Result<(Answer, Writes)> {
        self.state.tab.set_note("expired", "true");
        let mut writes = Writes::default();
        self.state.save(self.cx, &mut writes);
        let action = action_of(current);
        let links = self.state.links(action, current);
        let url = format!("{}/login-actions/{action}?{}", self.cx.issuer(), links.page_query());
        Ok((Answer { face: Face::Go(url), cookies: Vec::new() }, writes))
    }

    /// The page that the login is at, with a fresh code.
    async fn show(&mut self, place: Place) -> Result<(Answer, Writes)> {
        let current = self.state.tab.note("execution").unwrap_or_default().to_owned();
        if place_of(&current) != if place == Place::Consent { Place::RequiredAction } else { place } {
            let action = action_of(&current);
            let url = format!(
                "{}/login-actions/{action}?{}",
                self.cx.issuer(),
                self.state.links(action, &current).page_query()
            );
            return Ok((Answer { face: Face::Go(url), cookies: Vec::new() }, Writes::default()));
        }
        let expired = self.state.tab.notes.remove("expired").is_some();
        let mut tab = self.state.tab.clone();
        let mut attempt = self.attempt(&mut tab).await?;
        let challenge = match place {
            Place::Authenticate => {
                let flow = self.cx.plan.realm.doc.text("browserFlow").unwrap_or("browser");
                match flow::run(self.cx, &mut attempt, flow, 0).await? {
                    Progress::Challenge(_, challenge) => *challenge,
                    _ => return Ok(say(400, "invalidCodeMessage")),
                }
            }
            _ => {
                let Some(person) = attempt.person.clone() else { return Ok(say(400, "invalidCodeMessage")) };
                match required_actions::find(&current) {
                    Some(action) => (action.ask)(self.cx, &attempt, &person),
                    None => return Ok(unsupported(&current)),
                }
            }
        };
        let mut writes = attempt.writes;
        self.state.tab = tab;
        let challenge = if expired { with_notice(challenge) } else { challenge };
        self.page(challenge, &current, &mut writes).map(|answer| (answer, writes))
    }

    fn page(&mut self, challenge: Challenge, execution: &str, writes: &mut Writes) -> Result<Answer> {
        self.state.tab.set_note("execution", execution);
        // A tab that rests in the browser's cookie keeps the code it has there: no form was sent with it yet.
        if self.state.in_row() || !writes.batch.is_empty() {
            self.state.renew()?;
            self.state.save(self.cx, writes);
        }
        let links = self.state.links(action_of(execution), execution);
        Ok(Answer { face: Face::Page(Box::new(challenge), Box::new(links)), cookies: Vec::new() })
    }

    async fn attempt<'t>(&'t self, tab: &'t mut Tab) -> Result<Attempt<'t>> {
        let session = browser::session_of(self.cx, self.browser).await?;
        let session = session.filter(|s| tab.note("session") == Some(s.id.as_str()));
        let person = match tab.note("user") {
            Some(id) => self.cx.core().person(&self.cx.plan, id).await?.filter(|p| p.user.enabled),
            None => None,
        };
        Ok(Attempt {
            request: &self.request,
            tab,
            session,
            person,
            remembered: self.browser.remember_me.and_then(remembered),
            writes: Writes::default(),
            event_error: None,
        })
    }

    async fn authenticate(&mut self, current: &str, form: &Form) -> Result<(Answer, Writes)> {
        let execution = flow::find_execution(self.cx, current).and_then(|e| e.authenticator.as_deref());
        let Some(authenticator) = execution.and_then(authenticators::find) else {
            return Ok(say(400, "invalidCodeMessage"));
        };
        let mut tab = self.state.tab.clone();
        let mut attempt = self.attempt(&mut tab).await?;
        match (authenticator.submit)(self.cx, &mut attempt, form).await? {
            Outcome::Success => {
                flow::mark_done(attempt.tab, current);
                if let Some(person) = &attempt.person {
                    attempt.tab.set_note("user", person.user.id.clone());
                    attempt.tab.set_note("proved", self.cx.now().to_string());
                }
            }
            Outcome::Attempted => return Ok(say(400, "invalidCodeMessage")),
            Outcome::Challenge(challenge) => {
                let event = self.failed(&attempt);
                let mut writes = attempt.writes;
                writes.events.extend(event);
                self.state.tab = tab;
                self.state.renew()?;
                self.state.save(self.cx, &mut writes);
                let links = self.state.links("authenticate", current);
                let face = Face::Page(Box::new(challenge), Box::new(links));
                return Ok((Answer { face, cookies: Vec::new() }, writes));
            }
        }
        let flow = self.cx.plan.realm.doc.text("browserFlow").unwrap_or("browser");
        match flow::run(self.cx, &mut attempt, flow, 0).await? {
            Progress::Done => {
                let writes = std::mem::take(&mut attempt.writes);
                let person = attempt.person.clone();
                self.state.tab = tab;
                self.proved(person, writes, Place::Authenticate).await
            }
            Progress::Challenge(execution, challenge) => {
                let mut writes = attempt.writes;
                self.state.tab = tab;
                let cookies = self.state.move_on(self.cx, &mut writes)?;
                self.state.tab.set_note("execution", execution.clone());
                self.state.save(self.cx, &mut writes);
                let links = self.state.links("authenticate", &execution);
                Ok((Answer { face: Face::Page(challenge, Box::new(links)), cookies }, writes))
            }
            Progress::Attempted => Ok(say(400, "invalidCodeMessage")),
        }
    }

    async fn required_action(&mut self, current: &str, form: &Form) -> Result<(Answer, Writes)> {
        let Some(action) = required_actions::find(current) else { return Ok(unsupported(current)) };
        let mut tab = self.state.tab.clone();
        let mut attempt = self.attempt(&mut tab).await?;
        let Some(person) = attempt.person.clone() else { return Ok(say(400, "invalidCodeMessage")) };
        match (action.submit)(self.cx, &mut attempt, person, form).await? {
            Done::Again(challenge) => {
                let mut writes = attempt.writes;
                self.state.tab = tab;
                self.state.renew()?;
                self.state.save(self.cx, &mut writes);
                let links = self.state.links(action_of(current), current);
                Ok((Answer { face: Face::Page(challenge, Box::new(links)), cookies: Vec::new() }, writes))
            }
            Done::Denied => {
                let mut writes = Writes::default();
                let mut event = self.event("rejected_by_user");
                event.user_id = attempt.person.as_ref().map(|p| p.user.id.clone());
                writes.events.push(event);
                let last = self.state.end(self.cx, &mut writes);
                let face = Face::Deliver(self.request.error(self.cx, "access_denied", ""));
                let cookies = if last { self.state.restart_removed() } else { None };
                Ok((Answer { face, cookies: cookies.into_iter().collect() }, writes))
            }
            Done::Yes => {
                let writes = std::mem::take(&mut attempt.writes);
                let person = attempt.person.clone();
                self.state.tab = tab;
                self.proved(person, writes, Place::RequiredAction).await
            }
        }
    }

    /// The user is proved: what is left to do, or the way back.
    async fn proved(
        &mut self,
        person: Option<Arc<Person>>,
        mut writes: Writes,
        place: Place,
    ) -> Result<(Answer, Writes)> {
        let Some(person) = person else { return Ok(say(400, "invalidCodeMessage")) };
        let mut tab = self.state.tab.clone();
        let mut attempt = self.attempt(&mut tab).await?;
        attempt.person = Some(Arc::clone(&person));
        let next = required_actions::next(self.cx, &mut attempt, &person).await?;
        if let Next::Nothing = next {
            let finished = finish::complete(self.cx, attempt, &person, End::Form).await?;
            writes.append(finished.writes);
            let mut cookies = finished.cookies;
            if self.state.end(self.cx, &mut writes) {
                cookies.splice(0..0, self.state.restart_removed());
            }
            return Ok((Answer { face: Face::Deliver(finished.delivery), cookies }, writes));
        }
        let execution = match &next {
            Next::Action(action) => action.alias.to_owned(),
            Next::Unknown(alias) => alias.clone(),
            Next::Nothing => String::new(),
        };
        // Facts that the page may need are read from the user as they will be; so the page is drawn from the attempt.
        let challenge = match &next {
            Next::Action(action) if place == Place::RequiredAction => Some((action.ask)(self.cx, &attempt, &person)),
            _ => None,
        };
        self.state.tab = tab;
        let cookies = match place {
            Place::Authenticate => self.state.move_on(self.cx, &mut writes)?,
            _ => Vec::new(),
        };
        self.state.renew()?;
        self.state.tab.set_note("execution", execution.clone());
        self.state.save(self.cx, &mut writes);
        let links = self.state.links("required-action", &execution);
        let face = match challenge {
            Some(challenge) => Face::Page(Box::new(challenge), Box::new(links)),
            None => Face::Go(format!("{}/login-actions/required-action?{}", self.cx.issuer(), links.page_query())),
        };
        Ok((Answer { face, cookies }, writes))
    }

    /// Begins the tab's login anew.
    async fn restart(&mut self) -> Result<(Answer, Writes)> {
        self.state.tab.notes.clear();
        let mut tab = self.state.tab.clone();
        let mut attempt = self.attempt(&mut tab).await?;
        let flow = self.cx.plan.realm.doc.text("browserFlow").unwrap_or("browser");
        let Progress::Challenge(execution, _) = flow::run(self.cx, &mut attempt, flow, 0).await? else {
            return Ok(say(400, "invalidCodeMessage"));
        };
        let mut writes = attempt.writes;
        self.state.tab = tab;
        self.state.renew()?;
        self.state.tab.set_note("execution", execution.clone());
        self.state.save(self.cx, &mut writes);
        let links = self.state.links("authenticate", &execution);
        let url = format!("{}/login-actions/authenticate?{}", self.cx.issuer(), links.page_query());
        Ok((Answer { face: Face::Go(url), cookies: Vec::new() }, writes))
    }

    fn failed(&self, attempt: &Attempt<'_>) -> Option<Event> {
        let mut event = self.event(attempt.event_error?);
        event.user_id = attempt.person.as_ref().map(|p| p.user.id.clone());
        if let Some(name) = attempt.tab.note("attempted_username") {
            event.detail("username", name);
        }
        Some(event)
    }

    fn event(&self, error: &'static str) -> Event {
        let mut event = Event::new(EventType::Login);
        event.client_id = Some(self.request.client.client.client_id.clone());
        event.error = Some(error);
        event.detail("auth_method", "openid-connect").detail("auth_type", "code");
        event.detail("redirect_uri", self.request.redirect.as_str()).detail("code_id", self.state.root.clone());
        event
    }
}

/// Required actions are named by their alias, steps of the flow by their execution's id.
fn place_of(execution: &str) -> Place {
    match uuid_like(execution) {
        true => Place::Authenticate,
        false => Place::RequiredAction,
    }
}

fn action_of(execution: &str) -> &'static str {
    match execution {
        "CONSENT_GRANT" => "consent",
        e if uuid_like(e) => "authenticate",
        _ => "required-action",
    }
}

fn uuid_like(text: &str) -> bool {
    text.len() == 36 && text.bytes().filter(|b| *b == b'-').count() == 4
}

/// A page whose tab is gone: the client is told if the browser is logged in; else a page says that cookies are missing.
async fn over(cx: &Cx<'_>, browser: &Browser<'_>, client_id: &str, query: &Form) -> Result<(Answer, Writes)> {
    if !State::is_known(cx, browser) {
        return Ok(say(400, "cookieNotFoundMessage"));
    }
    let form = read_client_data(client_id, query.some("client_data").unwrap_or_default());
    let request = match check(cx, &form).await? {
        Ok(request) => request,
        Err(Stopped::Client(..) | Stopped::Page { .. }) => return Ok(say(400, "invalidCodeMessage")),
    };
    let delivery = request.error(cx, "temporarily_unavailable", "authentication_expired");
    Ok((Answer { face: Face::Deliver(delivery), cookies: Vec::new() }, Writes::default()))
}

fn say(status: u16, key: &str) -> (Answer, Writes) {
    (Answer { face: face::error(status, key, None, None), cookies: Vec::new() }, Writes::default())
}

/// An action that a user must do and that this server doesn't have yet.
fn unsupported(alias: &str) -> (Answer, Writes) {
    tracing::warn!(alias, "a user must do something that this server does not offer yet");
    let message = Message::filled(Kind::Error, "requiredActionUnavailableMessage", vec![alias.to_owned()]);
    (Answer { face: Face::Error { status: 400, message, client: None }, cookies: Vec::new() }, Writes::default())
}

fn with_notice(challenge: Challenge) -> Challenge {
    let notice = Message::new(Kind::Error, "expiredActionMessage");
    match challenge {
        Challenge::Login { username, again, remember_me, .. } => {
            Challenge::Login { username, again, remember_me, message: Some(notice) }
        }
        Challenge::Otp { .. } => Challenge::Otp { message: Some(notice) },
        Challenge::UpdatePassword { username, .. } => Challenge::UpdatePassword { username, message: notice },
        other => other,
    }
}
