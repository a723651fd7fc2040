//! All routes, and what lies around them.

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Router, middleware};
use web::{App, LONGEST_BODY};

use super::edge;
use crate::config::Config;
use crate::management::Metrics;

/// The public side of the server.
pub fn router(config: &Config, app: App, metrics: &Metrics) -> Router {
    let relative_path = app.public.relative_path.clone();
    let signs = middleware::from_fn_with_state(app.clone(), web::sign_replies);
    let signed = web_oidc::signed_routes().layer(DefaultBodyLimit::max(LONGEST_BODY)).route_layer(signs.clone());
    // A reply's signature takes the whole request, which nobody unknown has read for them.
    let of_administrators = web_admin::signed_routes()
        .route_layer(signs.clone())
        .route_layer(middleware::from_fn_with_state(app.clone(), web_admin::known_first));
    let of_participants = web_participants::signed_routes()
        .route_layer(signs)
        .route_layer(middleware::from_fn_with_state(app.clone(), web_participants::known_first));
    let routes = Router::new()
        .merge(web_oidc::routes())
        .merge(web_pages::routes())
        .merge(web_participants::open_routes())
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .merge(signed)
        .merge(of_administrators)
        .merge(of_participants)
        .merge(web_admin::routes())
        .fallback(web_pages::not_found)
        .layer(middleware::map_response(said_by_the_book))
        .layer(metrics.count_requests())
        .layer(middleware::from_fn(web::standard_headers))
        .with_state(app);
    edge::around(routes, relative_path, &config.proxy)
}

/// The framework's own word for a body that is too long is in no standard's form.
async fn said_by_the_book(response: Response) -> Response {
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => web::json_error(413, "invalid_request", "The request is too long"),
        _ => response,
    }
}
