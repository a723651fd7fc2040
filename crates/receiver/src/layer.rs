//! A layer of `tower`: behind it a service sees only messages that are good and on record.

use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::Full;
use signing::profile::Coding;
use signing::request_digest;
use tower::{Layer, Service};

use crate::body::{buffer, is_coded};
use crate::receiver::{Accepted, Line, Receiver};
use crate::refusal::{Refusal, codes};
use crate::role::Role;

/// The address that a request came from, which whoever accepts connections puts beside the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

/// Puts a receiver before services. It belongs outermost, where the target is still as it was sent.
pub fn layer(receiver: Receiver) -> ReceiverLayer {
    ReceiverLayer(receiver)
}

/// What [`layer()`] makes.
#[derive(Clone)]
pub struct ReceiverLayer(Receiver);

/// A service behind a receiver.
#[derive(Clone)]
pub struct Received<S> {
    receiver: Receiver,
    inner: S,
}

impl<S> Layer<S> for ReceiverLayer {
    type Service = Received<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Received { receiver: self.0.clone(), inner }
    }
}

type Answer<E> = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, E>> + Send>>;

impl<S, B, R> Service<Request<B>> for Received<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    R: Body + Send + 'static,
    R::Data: Send,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = S::Error;
    type Future = Answer<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was made ready is the one to call.
        let next = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, next);
        let receiver = self.receiver.clone();
        Box::pin(async move { receiver.serve(request, inner).await })
    }
}

impl Receiver {
    async fn serve<S, B, R>(&self, request: Request<B>, mut inner: S) -> Result<Response<Full<Bytes>>, S::Error>
    where
        S: Service<Request<Full<Bytes>>, Response = Response<R>>,
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        R: Body,
        R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (mut head, body) = request.into_parts();
        let line = match line(&head) {
            Ok(line) => line,
            Err(refusal) => return Ok(refuse(&refusal, None).map(Full::new)),
        };
        let from = head.extensions.get::<PeerAddress>().map(|peer| peer.0);
        let sender = match self.identify(&head.headers).await {
            Ok(sender) => sender,
            Err(refusal) => return Ok(refuse(&refusal, None).map(Full::new)),
        };
        let role = sender.role.clone();
        let admitted = self.admit(sender, &head.headers, from);
        let settings = self.settings();
        // What the server doesn't put on record is not passed on while it is away either.
        let bound = settings.body_bound.min(signing::LONGEST_BODY);
        let body = match buffer(body, bound, settings.body_time).await {
            Ok(body) => body,
            // What was asked isn't known whole, so there is nothing that an answer could name.
            Err(error) => {
                let refusal = admitted.err().unwrap_or_else(|| error.into());
                return Ok(refuse(&refusal, Some(role.id())).map(Full::new));
            }
        };
        let asked = Asked { from: &role, line: &line, digest: &request_digest(&line.method, &line.target, &body) };
        let accepted = match admitted {
            Ok(sender) => self.accept(sender, &line, &head.headers, &body).await,
            Err(refusal) => Err(refusal),
        };
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(refusal) => return Ok(self.signed(&asked, refuse(&refusal, Some(role.id()))).map(Full::new)),
        };
        pass_on(&mut head.headers, &accepted);
        if !self.signs_codings() {
            // A reply that is coded could not be signed.
            head.headers.remove(header::ACCEPT_ENCODING);
        }
        let reply = inner.call(Request::from_parts(head, Full::new(body))).await?;
        Ok(self.reply(&asked, reply).await.map(Full::new))
    }

    /// The inner service's reply, whole and signed.
    async fn reply<R>(&self, asked: &Asked<'_>, reply: Response<R>) -> Response<Bytes>
    where
        R: Body,
        R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (mut head, body) = reply.into_parts();
        let settings = self.settings();
        let unfit = |detail| {
            tracing::error!(detail, "a reply can't be passed on");
            let refusal = Refusal::new(StatusCode::BAD_GATEWAY, codes::REPLY_UNFIT, detail);
            self.signed(asked, refuse(&refusal, Some(asked.from.id())))
        };
        if is_coded(&head.headers) && !self.signs_codings() {
            return unfit("The service's reply is coded, and could not be signed");
        }
        let Ok(body) = buffer(body, settings.body_bound, settings.body_time).await else {
            return unfit("The service's reply is too large, too slow, or broke off");
        };
        strip(&mut head.headers);
        // The length is that of what is sent now.
        head.headers.remove(header::TRANSFER_ENCODING);
        self.signed(asked, Response::from_parts(head, body))
    }

    /// Whether replies may have a content coding, by the profile that signs them.
    fn signs_codings(&self) -> bool {
        self.settings().signer.as_ref().is_some_and(|signer| signer.profile.coding == Coding::Any)
    }

    /// Signs a reply as the answer to what was asked, so that it can stand for nothing else. One that can't be signed goes
    /// out without, since whoever checks it refuses it.
    fn signed(&self, asked: &Asked<'_>, mut reply: Response<Bytes>) -> Response<Bytes> {
        if asked.line.method == "HEAD" {
            // What never gets there is not signed.
            reply.body_mut().clear();
        }
        if let Some(signer) = &self.settings().signer {
            signer.profile.headers.iter().for_each(|name| drop(reply.headers_mut().remove(name.as_str())));
            match self.sign(asked.from, asked.line, reply.body(), Some(asked.digest)) {
                Ok((name, value)) => drop(reply.headers_mut().insert(name, value)),
                Err(cause) => tracing::error!(%cause, "a reply could not be signed"),
            }
        }
        reply
    }
}

/// A request, as its answer names it.
struct Asked<'a> {
    from: &'a Role,
    line: &'a Line,
    digest: &'a str,
}

fn line(head: &http::request::Parts) -> Result<Line, Refusal> {
    match head.uri.path_and_query() {
        Some(target) if is_plain(target.as_str()) => {
            Ok(Line { method: head.method.as_str().to_owned(), target: target.as_str().to_owned() })
        }
        _ => {
            let detail = "The request's target is not a path of at most 8 KiB in plain ASCII";
            Err(Refusal::new(StatusCode::BAD_REQUEST, codes::TARGET_INVALID, detail))
        }
    }
}

/// Whether a target is a path that can be stated to the server as it is.
fn is_plain(target: &str) -> bool {
    target.starts_with('/') && target.len() <= LONGEST_TARGET && target.bytes().all(|octet| octet.is_ascii_graphic())
}

const LONGEST_TARGET: usize = 8 * 1024;

fn refuse(refusal: &Refusal, sender: Option<&str>) -> Response<Bytes> {
    tracing::info!(code = &*refusal.code, detail = &*refusal.detail, sender, "refused");
    refusal.response()
}

/// What the service behind is told, in the place of whatever a sender wrote there.
fn pass_on(headers: &mut HeaderMap, accepted: &Accepted) {
    strip(headers);
    // The body is whole now, and its length is known.
    headers.remove(header::TRANSFER_ENCODING);
    headers.remove(header::EXPECT);
    tell(headers, &accepted.role, &accepted.kid, accepted.entry.as_deref());
}

/// Says of a good message who sent it, with which key it is signed, and its entry in the log if it has one yet.
pub fn tell(headers: &mut HeaderMap, role: &Role, kid: &str, entry: Option<&str>) {
    let told = [
        ("x-countersign-participant", Some(role.participant.as_str())),
        ("x-countersign-role", Some(role.id())),
        ("x-countersign-kid", Some(kid)),
        ("x-countersign-entry", entry),
        ("x-countersign-verdict", Some("ok")),
    ];
    for (name, value) in told {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// Removes all headers that could pass for this crate's, in the spellings that some servers take for the same.
pub fn strip(headers: &mut HeaderMap) {
    let plain = |octet: char| if octet.is_ascii_alphanumeric() { octet } else { '-' };
    let spelled = |name: &HeaderName| name.as_str().chars().map(plain).collect::<String>();
    let ours = |name: &HeaderName| spelled(name).starts_with("x-countersign-");
    let names: Vec<HeaderName> = headers.keys().filter(|name| ours(name)).cloned().collect();
    names.into_iter().for_each(|name| drop(headers.remove(name)));
}

#[cfg(test)]
mod tests {
    use super::strip;
    use http::HeaderMap;

    #[test]
    fn headers_that_could_pass_for_ours_are_removed_in_every_spelling() {
        let mut headers = HeaderMap::new();
        for name in [
            "x-countersign-role",
            "X-Countersign-Verdict",
            "x_countersign_role",
            "x-countersign_kid",
            "x-countersign.role",
            "accept",
        ] {
            headers.append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), "spoofed".parse().unwrap());
        }
        strip(&mut headers);
        assert_eq!(headers.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["accept"]);
    }
}
