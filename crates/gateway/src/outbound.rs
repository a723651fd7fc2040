//! Messages of the local application: `/<role>/<path>` goes to that role, signed, and only a signed reply comes back.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;
use receiver::body::{buffer, is_coded};
use receiver::client::CallError;
use receiver::outgoing::{Reply, Unsigned};
use receiver::refusal::codes;
use receiver::{Line, Receiver, Refusal, Role, SENDER};
use serde_json::Value;
use signing::profile::Coding;
use signing::{Code, SignError};

use crate::config;
use crate::doors::Doors;
use crate::hop;
use crate::inbound::towards;
use crate::listen::Answers;

/// What answers on the outbound socket.
#[derive(Clone)]
pub(crate) struct Outbound {
    receiver: Receiver,
    doors: Arc<Doors>,
    bound: usize,
    time: Duration,
    plain_http: bool,
    record_replies: bool,
}

impl Outbound {
    pub(crate) fn new(config: &config::Outbound, receiver: Receiver) -> Self {
        Self {
            receiver,
            doors: Arc::new(Doors::new(&config.hosts)),
            bound: config.body_bytes,
            time: config::seconds(config.timeout_seconds),
            plain_http: config.plain_http,
            record_replies: config.record_replies,
        }
    }

    async fn send(&self, request: Request<Incoming>) -> Result<Response<Bytes>, Refusal> {
        let (mut head, body) = request.into_parts();
        self.doors.admit(&head)?;
        let (id, rest) = split(&head.uri).ok_or_else(|| refusal(StatusCode::NOT_FOUND, NO_ROLE))?;
        let role = self.receiver.role(&id).await?;
        let role = role.ok_or_else(|| Refusal { status: StatusCode::NOT_FOUND, ..Code::ParticipantUnknown.into() })?;
        if !role.sender.approved {
            return Err(Code::ParticipantNotApproved.into());
        }
        let body = buffer(body, self.bound, self.time).await?;
        let (base, target) = self.address(&role, &rest)?;
        let line = Line { method: head.method.as_str().to_owned(), target: target.as_str().to_owned() };
        hop::remove(&mut head.headers);
        self.dress(&mut head.headers, &role, &line, &body).await?;
        let asked = signing::request_digest(&line.method, &line.target, &body);
        let request = Request::from_parts(head, Full::new(body));
        let (Some(scheme), Some(authority)) = (base.scheme(), base.authority()) else { return Err(bad_target()) };
        let request = towards(request, scheme, authority, Some(target)).map_err(|_| bad_target())?;
        let reply = self.receiver.client().call(request, self.bound, self.time).await;
        self.check(&role, &line, &asked, reply.map_err(|error| unreached(&role, &error))?).await
    }

    /// The role's registered address, and the target there.
    fn address(&self, role: &Role, rest: &str) -> Result<(Uri, PathAndQuery), Refusal> {
        let unfit = |why: &str| {
            let detail = format!("The registered base URL of {}, {:?}, {why}", role.id(), role.base_url);
            Refusal::new(StatusCode::BAD_GATEWAY, BASE_URL, detail)
        };
        let base: Uri = role.origin().parse().map_err(|_| unfit("is no address"))?;
        match base.scheme_str() {
            Some("https") => {}
            Some("http") if self.plain_http => {}
            Some("http") => {
                return Err(unfit("is plain HTTP: such a one is called only with outbound.plain_http = true"));
            }
            _ => return Err(unfit("is not one of https")),
        }
        let mut target = format!("{}{rest}", role.base_path());
        if !target.starts_with('/') {
            target.insert(0, '/');
        }
        Ok((base, target.parse().map_err(|_| bad_target())?))
    }

    /// Puts token and signature in the place of what the application sent under these names.
    async fn dress(&self, headers: &mut HeaderMap, role: &Role, line: &Line, body: &[u8]) -> Result<(), Refusal> {
        let settings = self.receiver.settings();
        let signs_codings = settings.signer.as_ref().is_some_and(|signer| signer.profile.coding == Coding::Any);
        if headers.contains_key(header::CONTENT_ENCODING) && !signs_codings {
            let detail = "Send the body without Content-Encoding: what is signed is what is sent";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, codes::BODY_CODED, detail));
        }
        let unsigned = |cause: Unsigned| match cause {
            Unsigned::Sign(cause @ SignError::NoBody(_)) => {
                Refusal::new(StatusCode::BAD_REQUEST, NOT_SIGNED, format!("Send a body: {cause}"))
            }
            cause => {
                tracing::error!(%cause, "a request could not be signed");
                Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, NOT_SIGNED, "The request could not be signed")
            }
        };
        let (name, signature) = self.receiver.sign(role, line, body, None).map_err(unsigned)?;
        if let Some(signer) = &settings.signer {
            signer.profile.headers.iter().for_each(|name| drop(headers.remove(name.as_str())));
        }
        receiver::layer::strip(headers);
        if role.profile.coding == Coding::None {
            // Its reply would be refused.
            headers.remove(header::ACCEPT_ENCODING);
        }
        headers.remove(header::EXPECT);
        headers.insert(header::AUTHORIZATION, self.receiver.token_for_peers().await?);
        headers.insert(name, signature);
        let own = HeaderValue::from_str(&settings.role).map_err(|_| bad_target())?;
        headers.insert(HeaderName::from_static(SENDER), own);
        Ok(())
    }

    /// The reply, if it is the role's own to this request, by the digest of that.
    async fn check(
        &self,
        role: &Arc<Role>,
        line: &Line,
        answers: &str,
        mut reply: Response<Bytes>,
    ) -> Result<Response<Bytes>, Refusal> {
        hop::remove(reply.headers_mut());
        let refused = |code: std::borrow::Cow<'static, str>, why: &str| {
            let status = reply.status().as_u16();
            tracing::warn!(role = role.id(), status, code = &*code, "a reply is not passed on");
            let detail = format!("The reply of {} with status {status} is not passed on: {why}", role.id());
            Refusal { status: StatusCode::BAD_GATEWAY, code, detail: detail.into() }
        };
        if is_coded(reply.headers()) && role.profile.coding == Coding::None {
            return Err(refused(codes::BODY_CODED.into(), "it is coded, though no coding was asked for"));
        }
        let receiver = &self.receiver;
        let answer = Reply { answers, headers: reply.headers(), body: reply.body() };
        let checked = match self.record_replies {
            true => receiver.accept_reply(role, line, answer).await.map(|one| (one.kid, one.entry)),
            false => receiver.check_reply(role, line, answer).map(|kid| (kid, None)),
        };
        let (kid, entry) = checked.map_err(|refusal| {
            let unsigned = refusal.code == Code::SignatureMissing.name();
            match unsigned.then(|| stated(reply.body())).flatten() {
                Some(stated) => {
                    refused(refusal.code, &format!("it is not signed, and says {stated}: stated, not proved"))
                }
                None => refused(refusal.code, &refusal.detail),
            }
        })?;
        let headers = reply.headers_mut();
        receiver::layer::strip(headers);
        receiver::layer::tell(headers, role, &kid, entry.as_deref());
        Ok(reply)
    }
}

impl Answers for Outbound {
    async fn answer(&self, request: Request<Incoming>, _: IpAddr) -> Response<Full<Bytes>> {
        let reply = self.send(request).await.unwrap_or_else(|refusal| {
            tracing::info!(code = &*refusal.code, detail = &*refusal.detail, "not sent, or not answered");
            refusal.response()
        });
        reply.map(Full::new)
    }
}

/// The role's id, and the rest with its slash.
fn split(uri: &Uri) -> Option<(String, String)> {
    let target = uri.path_and_query()?.as_str().strip_prefix('/')?;
    let end = target.find(['/', '?']).unwrap_or(target.len());
    let (id, rest) = target.split_at_checked(end)?;
    Some((decoded(id)?, rest.to_owned()))
}

/// A segment without its percent-encoding [RFC3986-2.1].
fn decoded(segment: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            let (digits, after) = rest.split_first_chunk::<2>()?;
            let digits = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?;
            octets.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            octets.push(first);
        }
    }
    String::from_utf8(octets).ok().filter(|id| !id.is_empty())
}

/// What an unsigned refusal of another gateway says: code and detail, in plain letters and not too many.
fn stated(body: &[u8]) -> Option<String> {
    let told: Value = serde_json::from_slice(body.get(..body.len().min(LONGEST_STATED))?).ok()?;
    let code = told.get("code")?.as_str()?;
    let detail = told.get("detail").and_then(Value::as_str).unwrap_or_default();
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(200).collect::<String>();
    Some(format!("{:?} ({})", plain(code), plain(detail)))
}

fn unreached(role: &Arc<Role>, error: &CallError) -> Refusal {
    tracing::warn!(role = role.id(), %error, "a participant gave no reply");
    let status = match error {
        CallError::TooSlow => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    };
    Refusal::new(status, PARTICIPANT_AWAY, format!("{} gave no reply: {error}", role.id()))
}

fn refusal(status: StatusCode, (code, detail): (&'static str, &'static str)) -> Refusal {
    Refusal::new(status, code, detail)
}

fn bad_target() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, codes::TARGET_INVALID, "The target can't be sent as it is")
}

const NO_ROLE: (&str, &str) = ("participant_unknown", "Call /<role>/<path>: the path begins with a participant role");
const BASE_URL: &str = "base_url_unfit";
const LONGEST_STATED: usize = 4096;
const NOT_SIGNED: &str = "not_signed";
const PARTICIPANT_AWAY: &str = "participant_away";

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn the_first_segment_is_the_role_and_the_rest_is_left_as_it_is() {
        let split = |target: &str| split(&target.parse().unwrap());
        let some = |id: &str, rest: &str| Some((id.to_owned(), rest.to_owned()));
        assert_eq!(split("/lender/v4/loans?x=%2F"), some("lender", "/v4/loans?x=%2F"));
        assert_eq!(split("/lender?x=1"), some("lender", "?x=1"));
        assert_eq!(split("/lender"), some("lender", ""));
        assert_eq!(split("/a%2Fb/%2e%2e/c"), some("a/b", "/%2e%2e/c"));
        assert_eq!(split("//loans"), None);
        assert_eq!(split("/a%2/loans"), None);
        assert_eq!(split("/a%+1/loans"), None);
    }
}
