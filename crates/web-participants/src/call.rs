//! What a request to these endpoints brings, decoded as far as all have in common.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::network::past::Past;
use domain::{Result, Writes};
use messages::refusals::BAD_CALL;
use messages::{Caller, Right};
use oidc::Cx;
use serde_json::Value;
use web::{App, Facts, Failure, bearer_token, is_short, not_found, realm_of};

use crate::answer::answer;

/// A request that names a realm.
pub(crate) struct Call {
    /// The state.
    pub(crate) app: App,
    /// The realm's name.
    pub(crate) realm: String,
    /// Where the request came from.
    pub(crate) facts: Facts,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    path: HashMap<String, String>,
    query: Vec<(String, String)>,
}

/// Things on a page unless the caller says otherwise, and at most.
const LONGEST_SENTENCE: usize = 300;
const USUAL_PAGE: i64 = 100;
const LONGEST_PAGE: i64 = 1000;

impl FromRequestParts<App> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let path = RawPathParams::from_request_parts(parts, app).await.map_err(|odd| odd.into_response())?;
        let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let facts = match Facts::from_request_parts(parts, app).await {
            Ok(facts) => facts,
            Err(never) => match never {},
        };
        let realm = realm_of(&app.public, parts).ok_or_else(not_found)?.into_owned();
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let query = url::form_urlencoded::parse(query).into_owned().collect();
        Ok(Self { app: app.clone(), realm, facts, headers: parts.headers.clone(), path, query })
    }
}

/// Lets a request with a long body pass only with a token that counts, before the body is read for the sake of its reply's
/// signature. A short one costs less than to look.
pub async fn known_first(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if !is_short(&body) {
        let call = match Call::from_request_parts(&mut parts, &app).await {
            Ok(call) => call,
            Err(refused) => return refused,
        };
        if let Err(failure) = call.is_known().await {
            return answer(Err(failure));
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

impl Call {
    /// A part of the path, by its name in the table of routes.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.path.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The access token.
    pub(crate) fn token(&self) -> Option<&str> {
        bearer_token(&self.headers)
    }

    /// A header of the call itself, which is there once at most, in visible ASCII.
    ///
    /// # Errors
    /// 400.
    pub(crate) fn header(&self, name: &HeaderName) -> Result<Option<String>> {
        let mut values = self.headers.get_all(name).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Ok(None),
            (Some(value), None) => value.to_str(),
            (Some(_), Some(_)) => return Err(BAD_CALL.describe(format!("The header {name} is there twice")).into()),
        };
        let value = value.map_err(|_| BAD_CALL.describe(format!("The header {name} is not in visible ASCII")))?;
        Ok(Some(value.to_owned()))
    }

    /// A parameter of the query that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, value)| n == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A parameter of the query without which another thing is meant, so that it can't be there in vain.
    ///
    /// # Errors
    /// 400 where it is empty, or there twice.
    pub(crate) fn once(&self, name: &str) -> Result<Option<&str>> {
        let mut values = self.query.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(""), _) => Err(BAD_CALL.describe(format!("The parameter {name} is empty")).into()),
            (value, None) => Ok(value),
            (Some(_), Some(_)) => Err(BAD_CALL.describe(format!("The parameter {name} is there twice")).into()),
        }
    }

    /// `at` and `asOf` of the query.
    ///
    /// # Errors
    /// 400 for what is no time.
    pub(crate) fn past(&self) -> Result<Past> {
        let past = Past::read(self.once("at")?, self.once("asOf")?);
        past.map_err(|why| BAD_CALL.describe(why).into())
    }

    /// Refuses a question about the past where the answer wouldn't be one, with the reason.
    ///
    /// # Errors
    /// 400.
    pub(crate) fn is_of_now(&self, why: &str) -> Result<()> {
        match self.query.iter().find(|(name, _)| name == "at" || name == "asOf") {
            Some((name, _)) => Err(BAD_CALL.describe(format!("{name}: can't be asked here, {why}")).into()),
            None => Ok(()),
        }
    }

    /// `first` and `max` of the query; `max` within bounds.
    ///
    /// # Errors
    /// 400 for what is no number of things.
    pub(crate) fn page(&self) -> Result<(i64, i64)> {
        let number = |name: &str, usual: i64| match self.text(name) {
            None => Ok(usual),
            Some(text) => match text.parse().ok().filter(|number| *number >= 0) {
                Some(number) => Ok(number),
                None => Err(domain::Error::from(BAD_CALL.describe(format!("{name} must be a whole number from 0 on")))),
            },
        };
        Ok((number("first", 0)?, number("max", USUAL_PAGE)?.min(LONGEST_PAGE)))
    }

    /// Whether somebody asks who is known here, before anything is read for them.
    async fn is_known(&self) -> Result<(), Failure> {
        self.look_kept(|cx| async move { Caller::of_evidence(&cx, self.token()).await.map(drop) }).await
    }

    /// Looks at the realm, in its newest configuration.
    pub(crate) async fn look<'a, T, F, O>(&'a self, look: F) -> Result<T, Failure>
    where
        F: Fn(Cx<'a>) -> O + Copy,
        O: Future<Output = Result<T>>,
    {
        self.app.work(&self.realm, &self.facts, |cx| async move { Ok((look(cx).await?, Writes::default())) }).await
    }

    /// The same where what is looked at tells the realm's version, or never changes.
    pub(crate) async fn look_kept<'a, T, F, O>(&'a self, look: F) -> Result<T, Failure>
    where
        F: Fn(Cx<'a>) -> O + Copy,
        O: Future<Output = Result<T>>,
    {
        self.app.work_kept(&self.realm, &self.facts, |cx| async move { Ok((look(cx).await?, Writes::default())) }).await
    }

    /// Shows the registry to participants, and to who may verify messages.
    pub(crate) async fn show<'a, F, O>(&'a self, look: F) -> Response
    where
        F: Fn(Cx<'a>) -> O + Copy,
        O: Future<Output = Result<Value>>,
    {
        let shown = self.look(|cx| async move {
            Caller::of(&cx, self.token()).await?.need_participant_or(Right::VerifyMessages)?;
            look(cx).await
        });
        answer(shown.await)
    }

    /// The answer to a call that is itself wrong, for who may make it at all: others hear that first.
    pub(crate) async fn refuse(&self, error: domain::Error, right: Option<Right>) -> Response {
        let may = self.look_kept(|cx| async move {
            let caller = Caller::of(&cx, self.token()).await?;
            right.map_or(Ok(()), |right| caller.need_client_with(right).map(drop))
        });
        match may.await {
            Ok(()) => answer(Err(self.app.fail(error, &self.facts))),
            Err(failure) => answer(Err(failure)),
        }
    }

    /// Refuses parameters of the query that mean nothing here, or are there twice: a filter that was misspelt finds too
    /// much.
    ///
    /// # Errors
    /// 400.
    pub(crate) fn query_is_of(&self, known: &[&str]) -> Result<()> {
        let wrong = |why: String| Err(BAD_CALL.describe(why.chars().take(LONGEST_SENTENCE).collect::<String>()).into());
        for (n, (name, _)) in self.query.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return wrong(format!("There is no parameter {name:?}. There are: {}", known.join(", ")));
            }
            if self.query.iter().take(n).any(|(before, _)| before == name) {
                return wrong(format!("The parameter {name} is there twice"));
            }
        }
        Ok(())
    }
}
