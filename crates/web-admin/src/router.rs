//! From the table to a router: every request goes the same way.
//!
//! Who asks? (401) · what do they send? (413) · whose turn is it? · which realm? (404) · may they? (403) · the handler ·
//! its writes · its answer.

use std::collections::BTreeMap;

use admin::permit::{Administrator, AnyAdministrator};
use admin::refusals::UNAUTHORIZED;
use axum::Router;
use axum::extract::{RawPathParams, RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use domain::Error;
use tokio::sync::Semaphore;
use web::{App, Facts, Failure, bearer_token, is_short, method_not_allowed};

use crate::answer::{fail, refuse, segment};
use crate::call::{Call, Visit};
use crate::table::{Method, ROUTES, Route};

/// The routes of the Admin API, but for those of [`signed_routes`].
pub fn routes() -> Router<App> {
    router_of(ROUTES.iter().filter(|route| !is_of_registry(route)))
}

/// The routes of the registry of participants, whose replies are signed.
pub fn signed_routes() -> Router<App> {
    router_of(ROUTES.iter().filter(|route| is_of_registry(route)))
}

fn is_of_registry(route: &Route) -> bool {
    let below_realm = route.path.strip_prefix("/admin/realms/{realm}/").unwrap_or_default();
    matches!(below_realm.split('/').next(), Some("participants" | "product-networks"))
}

fn router_of(routes: impl Iterator<Item = &'static Route>) -> Router<App> {
    let mut by_path: BTreeMap<&str, MethodRouter<App>> = BTreeMap::new();
    for route in routes {
        let known = by_path.remove(route.path).unwrap_or_default();
        let handler = move |State(app): State<App>,
                            facts: Facts,
                            params: RawPathParams,
                            RawQuery(query): RawQuery,
                            request: Request| async move {
            let path = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            serve(&app, route, &facts, path, &query.unwrap_or_default(), request).await
        };
        by_path.insert(route.path, known.on(filter(route.method), handler));
    }
    let mut router = Router::new();
    for (path, methods) in by_path {
        router = router.route(path, methods.fallback(method_not_allowed));
    }
    router
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Delete => MethodFilter::DELETE,
    }
}

/// Lets a request with a long body pass only with a token that counts, before the body is read for the sake of its reply's
/// signature.
pub async fn known_first(State(app): State<App>, facts: Facts, request: Request, next: Next) -> Response {
    if !is_short(request.body()) {
        match administrator(&app, &facts, request.headers()).await {
            Ok(Some(_)) => {}
            Ok(None) => return refuse(&UNAUTHORIZED),
            Err(failure) => return fail(failure),
        }
    }
    next.run(request).await
}

async fn serve(
    app: &App,
    route: &Route,
    facts: &Facts,
    path: Vec<(String, String)>,
    query: &str,
    request: Request,
) -> Response {
    // Nobody's body is read before it is known who they are.
    let who = match administrator(app, facts, request.headers()).await {
        Ok(Some(who)) => who,
        Ok(None) => return refuse(&UNAUTHORIZED),
        Err(failure) => return fail(failure),
    };
    let (head, body) = request.into_parts();
    // Who may do nothing to any realm sends nothing large either.
    let longest = if may_send_much(&who, &path) { route.longest_body() } else { web::LONGEST_BODY };
    let (body, _room) = match web::read_body(body, longest, || ROOM.try_acquire().ok()).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let call = &Call::new(path, query, &head.headers, body);
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

fn may_send_much(who: &Administrator, path: &[(String, String)]) -> bool {
    let realm = path.iter().find(|(name, _)| name == "realm").map_or(who.realm(), |(_, realm)| realm);
    who.may_create_realms() || who.may::<AnyAdministrator>(&segment(realm))
}

/// Bodies longer than usual that are in memory at once; each gives its place back when it was answered.
static ROOM: Semaphore = Semaphore::const_new(4);

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
