//! How the gateway is, for whoever sends it traffic.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::sync::watch;

use crate::listen::Answers;
use crate::own::Own;
use crate::spool::Spool;

/// What answers on the health socket.
#[derive(Clone)]
pub(crate) struct Health {
    pub(crate) own: Arc<Own>,
    pub(crate) spool: Option<Arc<Spool>>,
    pub(crate) end: watch::Receiver<bool>,
}

impl Answers for Health {
    async fn answer(&self, request: Request<Incoming>, _: IpAddr) -> Response<Full<Bytes>> {
        let reasons = match request.uri().path() {
            "/health/live" => Vec::new(),
            "/health/ready" | "/health" if *self.end.borrow() => vec!["the gateway was told to end".to_owned()],
            "/health/ready" | "/health" => self.own.reasons().await,
            _ => {
                let mut response = Response::default();
                *response.status_mut() = StatusCode::NOT_FOUND;
                return response;
            }
        };
        let up = reasons.is_empty();
        let waiting = self.spool.as_ref().map_or(0, |spool| spool.len());
        let mut body = serde_json::json!({"status": if up { "UP" } else { "DOWN" }, "waiting": waiting});
        if let Some(members) = body.as_object_mut().filter(|_| !up) {
            members.insert("reasons".to_owned(), reasons.into());
        }
        let warnings = self.own.warnings();
        if let Some(members) = body.as_object_mut().filter(|_| !warnings.is_empty()) {
            members.insert("warnings".to_owned(), warnings.into());
        }
        let body = body.to_string();
        let mut response = Response::new(Full::new(Bytes::from(body)));
        if !up {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}
