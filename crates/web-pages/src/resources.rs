//! The files that pages point at; their address changes when they do.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use web::not_found;

use crate::render::find_static_file;

pub(crate) async fn file(Path((_tag, name)): Path<(String, String)>) -> Response {
    let Some(file) = find_static_file(&name) else { return not_found() };
    let mut response = Response::new(Body::from(file.bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=2592000"));
    response
}
