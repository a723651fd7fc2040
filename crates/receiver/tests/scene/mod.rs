//! A sender and a receiver, and what the receiver's service and disk have seen.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use receiver::keep::{Envelope, Keep, Kept, KeptReceipt};
use receiver::logs::KnownKeys;
use receiver::{PeerAddress, Receiver, Settings};
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::network::{Participant, Realm, signed_request};

pub const BODY: &[u8] = br#"{"metadata": {"requestId": "r-1"}, "amount": 10.50}"#;
pub const TARGET: &str = "/api/loans?x=1";

/// A loan agent, a lender who receives, and what the lender's service and disk have seen.
pub struct Scene {
    pub realm: Realm,
    pub agent: Participant,
    pub lender: Participant,
    pub settings: Settings,
    pub disk: Arc<Disk>,
    pub receiver: Option<Receiver>,
    pub seen: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

#[derive(Default)]
pub struct Disk {
    pub receipts: Mutex<Vec<KeptReceipt>>,
    pub spool: Mutex<Vec<Envelope>>,
    pub keys: Mutex<Option<KnownKeys>>,
    pub full: bool,
}

impl Keep for Disk {
    fn receipt(&self, receipt: KeptReceipt) -> Kept<'_> {
        Box::pin(async move {
            self.receipts.lock().unwrap().push(receipt);
            if self.full { Err(io::Error::other("full")) } else { Ok(()) }
        })
    }

    fn spool(&self, envelope: Envelope) -> Kept<'_> {
        Box::pin(async move {
            self.spool.lock().unwrap().push(envelope);
            if self.full { Err(io::Error::other("full")) } else { Ok(()) }
        })
    }

    fn log_keys(&self, keys: KnownKeys) -> Kept<'_> {
        Box::pin(async move {
            *self.keys.lock().unwrap() = Some(keys);
            if self.full { Err(io::Error::other("full")) } else { Ok(()) }
        })
    }
}

impl Scene {
    pub async fn new(profile: &str) -> Self {
        Self::of(Participant::new("agent", profile)).await
    }

    pub async fn of(agent: Participant) -> Self {
        let lender = Participant::new("lender", "strict");
        let realm = Realm::start(&[&agent, &lender]).await;
        let disk = Arc::new(Disk::default());
        let settings = Settings { keep: Some(disk.clone()), ..realm.settings(&lender) };
        Self { realm, agent, lender, settings, disk, receiver: None, seen: Arc::default() }
    }

    pub fn signed(&self, body: &[u8]) -> Request<Full<Bytes>> {
        let now = self.realm.now_ms() / 1000;
        let (name, value) = signed_request(&self.agent, &self.lender, "POST", TARGET, body, now);
        let token = self.realm.token(&self.agent, |_| ());
        Request::builder()
            .method("POST")
            .uri(TARGET)
            .header("authorization", format!("Bearer {token}"))
            .header(name, value)
            .extension(PeerAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)))
            .body(Full::new(Bytes::copy_from_slice(body)))
            .unwrap()
    }

    /// The lender's reply.
    pub async fn send<B>(&mut self, request: Request<B>) -> Response<Bytes>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: std::error::Error + Send + Sync,
    {
        let receiver = self.receiver.get_or_insert_with(|| Receiver::new(self.settings.clone()).unwrap()).clone();
        let seen = self.seen.clone();
        let inner = service_fn(move |request: Request<Full<Bytes>>| {
            let seen = seen.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                seen.lock().unwrap().push((head.headers, body));
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"{\"ack\":true}"))))
            }
        });
        let reply = receiver::layer(receiver).layer(inner).oneshot(request).await.unwrap();
        let (head, body) = reply.into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes())
    }

    /// The lender refuses with this status and code, and its service sees nothing.
    pub async fn refuses<B>(&mut self, request: Request<B>, status: u16, code: &str)
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: std::error::Error + Send + Sync,
    {
        let reply = self.send(request).await;
        let body: Value = serde_json::from_slice(reply.body()).unwrap();
        assert_eq!((reply.status().as_u16(), &body["code"]), (status, &json!(code)), "{body}");
        assert!(body["detail"].as_str().unwrap().len() > 10, "{body}");
        assert!(self.seen.lock().unwrap().is_empty());
    }

    pub async fn passes(&mut self, request: Request<Full<Bytes>>) {
        let reply = self.send(request).await;
        assert_eq!(reply.status(), StatusCode::OK, "{:?}", reply.body());
    }
}

pub fn with(mut request: Request<Full<Bytes>>, name: &str, value: &str) -> Request<Full<Bytes>> {
    let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

pub fn without(mut request: Request<Full<Bytes>>, name: &str) -> Request<Full<Bytes>> {
    request.headers_mut().remove(name).unwrap();
    request
}

/// A body of which nothing ever comes.
pub struct Stalled;

impl http_body::Body for Stalled {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        std::task::Poll::Pending
    }
}
