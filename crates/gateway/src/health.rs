//! How the gateway is, for whoever sends it traffic.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use receiver::Receiver;
use tokio::sync::watch;

use crate::listen::Answers;
use crate::spool::Spool;

/// What answers on the health socket.
#[derive(Clone)]
pub(crate) struct Health {
    pub(crate) receiver: Receiver,
    pub(crate) spool: Option<Arc<Spool>>,
    pub(crate) end: watch::Receiver<bool>,
}

impl Answers for Health {
    async fn answer(&self, request: Request<Incoming>, _: IpAddr) -> Response<Full<Bytes>> {
        let up = match request.uri().path() {
            "/health/live" => true,
            "/health/ready" | "/health" => !*self.end.borrow() && self.receiver.is_ready().await,
            _ => {
                let mut response = Response::default();
                *response.status_mut() = StatusCode::NOT_FOUND;
                return response;
            }
        };
        let waiting = self.spool.as_ref().map_or(0, |spool| spool.len());
        let body = serde_json::json!({"status": if up { "UP" } else { "DOWN" }, "waiting": waiting}).to_string();
        let mut response = Response::new(Full::new(Bytes::from(body)));
        if !up {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}
