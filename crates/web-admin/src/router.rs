//! From the table to a router: every request goes the same way.
//!
//! Who asks? (401) · whose turn is it? · which realm? (404) · may they? (403) · the handler · its writes · its answer.

use std::collections::BTreeMap;

use admin::permit::Administrator;
use admin::refusals::UNAUTHORIZED;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, RawPathParams, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use domain::Error;
use web::{App, Facts, Failure, bearer_token, method_not_allowed};

use crate::answer::{fail, refuse};
use crate::call::{Call, Visit};
use crate::table::{Method, ROUTES, Route};

/// The routes of the Admin API.
pub fn routes() -> Router<App> {
    let mut by_path: BTreeMap<&str, MethodRouter<App>> = BTreeMap::new();
    for route in ROUTES {
        let known = by_path.remove(route.path).unwrap_or_default();
        let handler = move |State(app): State<App>,
                            facts: Facts,
                            params: RawPathParams,
                            RawQuery(query): RawQuery,
                            headers: HeaderMap,
                            body: Bytes| async move {
            let path = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let call = Call::new(path, query.as_deref().unwrap_or_default(), &headers, body);
            serve(&app, route, &facts, &headers, &call).await
        };
        by_path.insert(route.path, known.on(filter(route.method), handler));
    }
    let mut router = Router::new();
    for (path, methods) in by_path {
        router = router.route(path, methods.fallback(method_not_allowed));
    }
    router.layer(DefaultBodyLimit::max(LONGEST_BODY))
}

/// A realm's file is the longest body there is.
const LONGEST_BODY: usize = 64 * 1024 * 1024;

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Delete => MethodFilter::DELETE,
    }
}

async fn serve(app: &App, route: &Route, facts: &Facts, headers: &HeaderMap, call: &Call) -> Response {
    let who = match administrator(app, facts, headers).await {
        Ok(Some(who)) => who,
        Ok(None) => return refuse(&UNAUTHORIZED),
        Err(failure) => return fail(failure),
    };
    // What is about no realm is about the one that the token is of.
    let realm = Some(call.part("realm")).filter(|realm| !realm.is_empty()).unwrap_or(who.realm());
    let _turn = match route.reconfigures() {
        true => app.turns.of(realm).await,
        false => None,
    };
    let done = app.work(realm, facts, |cx| (route.run)(Visit { cx, who: &who, call })).await;
    match done {
        Ok(answer) => answer.into_response(&facts.base, call.has_json()),
        Err(failure) => fail(failure),
    }
}

/// How often a token is judged anew while its realm changes.
const ATTEMPTS: usize = 8;

async fn administrator(app: &App, facts: &Facts, headers: &HeaderMap) -> Result<Option<Administrator>, Failure> {
    let Some(token) = bearer_token(headers) else { return Ok(None) };
    for _ in 0..ATTEMPTS {
        match oidc::bearer::verify(&app.oidc, facts, token).await {
            // The realm changed meanwhile.
            Err(Error::Lost(_)) => {}
            Ok(found) => return Ok(found.map(Administrator::new)),
            Err(error) => return Err(app.fail(error, facts)),
        }
    }
    Err(Failure::Unavailable)
}
