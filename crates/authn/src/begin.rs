//! The authorization endpoint's way in: check, then log in by what the browser has, or ask [KC 1.16].

use domain::{Fault, Result, Writes};
use oidc::authorize::{AuthRequest, Stopped, check, writes_of};
use oidc::{Cx, Form};

use crate::browser::{self, Browser, CookieChange};
use crate::face::{self, Answer, Face};
use crate::finish;
use crate::flow::{self, Attempt, Progress};
use crate::required_actions::{self, Next};
use crate::state::State;

/// Begins a login.
pub async fn begin(cx: &Cx<'_>, browser: &Browser<'_>, form: &Form) -> Result<(Answer, Writes)> {
    let request = match check(cx, form).await? {
        Ok(request) => request,
        Err(stopped) => return Ok(stop(stopped)),
    };
    let silent = request.prompts("none");
    let session = browser::session_of(cx, browser).await?;
    let (mut state, new_root) = State::begin(cx, browser, session.as_ref().map(|s| s.id.as_str()), &request)?;
    let mut cookies = Vec::new();
    if new_root {
        cookies.push(state.auth_session(cx)?);
    }
    if browser.identity.is_some() && session.is_none() {
        cookies.push(CookieChange::IdentityRemoved { remember_me: false });
    }
    let mut tab = state.tab.clone();
    let mut attempt = Attempt {
        request: &request,
        tab: &mut tab,
        session,
        person: None,
        remembered: browser.remember_me.and_then(remembered),
        writes: Writes::default(),
        event_error: None,
    };
    let flow = cx.plan.realm.doc.text("browserFlow").unwrap_or("browser");
    let progress = match silent {
        // Only what needs no page counts, and nobody may be asked to prove themselves again.
        true if request.prompts("login") => Progress::Attempted,
        _ => flow::run(cx, &mut attempt, flow, 0).await?,
    };
    match progress {
        Progress::Done => {
            let Some(person) = attempt.person.clone() else {
                return Err(Fault::new("a login without a user").into());
            };
            match required_actions::next(cx, &mut attempt, &person).await? {
                Next::Nothing => {
                    let finished = finish::complete(cx, attempt, &person, finish::End::Silent).await?;
                    state.tab = tab;
                    if silent {
                        cookies.extend(state.restart_removed());
                    } else {
                        cookies.extend(state.restart(cx, false)?);
                    }
                    cookies.extend(finished.cookies);
                    Ok((Answer { face: Face::Deliver(finished.delivery), cookies }, finished.writes))
                }
                _ if silent => Ok(refuse(cx, &request, &state, cookies, "interaction_required", new_root)),
                next => {
                    attempt.tab.set_note("user", person.user.id.clone());
                    attempt.tab.set_note("proved", cx.now().to_string());
                    let execution = match &next {
                        Next::Action(action) => action.alias.to_owned(),
                        Next::Unknown(alias) => alias.clone(),
                        Next::Nothing => String::new(),
                    };
                    let mut writes = attempt.writes;
                    if let Some(session) = attempt.session {
                        tab.set_note("session", session.id);
                    }
                    tab.set_note("execution", execution.clone());
                    state.tab = tab;
                    carry(cx, &state, &mut cookies, &mut writes)?;
                    let links = state.links("required-action", &execution);
                    let url = format!("{}/login-actions/required-action?{}", cx.issuer(), links.page_query());
                    Ok((Answer { face: Face::Go(url), cookies }, writes))
                }
            }
        }
        _ if silent => Ok(refuse(cx, &request, &state, cookies, "login_required", new_root)),
        Progress::Attempted => {
            let client = Some(std::sync::Arc::clone(&request.client));
            let face = face::error(400, "invalidRequestMessage", None, client);
            Ok((Answer { face, cookies }, Writes::default()))
        }
        Progress::Challenge(execution, challenge) => {
            attempt.tab.set_note("execution", execution.clone());
            if let Some(session) = &attempt.session {
                attempt.tab.set_note("session", session.id.clone());
                attempt.tab.set_note("user", session.user_id.clone());
            }
            let mut writes = attempt.writes;
            state.tab = tab;
            carry(cx, &state, &mut cookies, &mut writes)?;
            let links = state.links("authenticate", &execution);
            Ok((Answer { face: Face::Page(challenge, Box::new(links)), cookies }, writes))
        }
    }
}

/// Lets the browser carry the tab, or a row where the cookie would be too long.
fn carry(cx: &Cx<'_>, state: &State, cookies: &mut Vec<CookieChange>, writes: &mut Writes) -> Result<()> {
    match state.restart(cx, true)? {
        Some(cookie) => cookies.push(cookie),
        None if cx.oidc.long_logins.take(cx.now()) => state.save(cx, writes),
        None => return Err(Fault::unavailable("too many logins that are too long for a cookie").into()),
    }
    Ok(())
}

fn refuse(
    cx: &Cx<'_>,
    request: &AuthRequest,
    state: &State,
    mut cookies: Vec<CookieChange>,
    error: &str,
    new_root: bool,
) -> (Answer, Writes) {
    if new_root {
        cookies.extend(state.restart_removed());
    }
    (Answer { face: Face::Deliver(request.error(cx, error, "")), cookies }, Writes::default())
}

fn stop(stopped: Stopped) -> (Answer, Writes) {
    match stopped {
        Stopped::Page { status, message, argument, client, event } => {
            let face = face::error(status, message, argument, client);
            (Answer { face, cookies: Vec::new() }, writes_of(event))
        }
        Stopped::Client(delivery, event) => {
            (Answer { face: Face::Deliver(delivery), cookies: Vec::new() }, writes_of(event))
        }
    }
}

/// The name in KEYCLOAK_REMEMBER_ME: `username:<name>`.
pub(crate) fn remembered(value: &str) -> Option<String> {
    let name = value.strip_prefix("username:")?;
    let decoded =
        url::form_urlencoded::parse(format!("u={}", name.replace('+', "%2B")).as_bytes()).next()?.1.into_owned();
    Some(decoded).filter(|n| !n.is_empty() && n.len() <= 255)
}
