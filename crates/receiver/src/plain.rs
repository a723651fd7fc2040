//! Connections of plain HTTP/1.1, each worked by the task that uses it: no other task is woken on the way of a call.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::ServiceExt as _;

use crate::body::buffer;
use crate::client::{CallError, chain};

/// Idle connections by whom they lead to.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    connector: HttpConnector,
    idle: Arc<Mutex<Idle>>,
}

#[derive(Debug)]
struct Idle {
    lines: HashMap<Authority, Vec<Line>>,
    /// When those that nobody asked for were last closed.
    swept: Instant,
}

/// A connection.
#[derive(Debug)]
struct Line {
    sender: SendRequest<Full<Bytes>>,
    work: Connection<TokioIo<TcpStream>, Full<Bytes>>,
    used: Instant,
}

impl Plain {
    pub(crate) fn new(connector: HttpConnector) -> Self {
        let idle = Idle { lines: HashMap::new(), swept: Instant::now() };
        Self { connector, idle: Arc::new(Mutex::new(idle)) }
    }

    /// One call, to the last octet of its reply.
    pub(crate) async fn call(
        &self,
        mut request: Request<Full<Bytes>>,
        bound: usize,
        time: Duration,
    ) -> Result<Response<Bytes>, CallError> {
        let unreachable = |text: &str| CallError::Unreachable(text.to_owned());
        let authority = request.uri().authority().cloned().ok_or_else(|| unreachable("no address"))?;
        if !request.headers().contains_key(header::HOST) {
            // Without a user's name, which is nobody's business.
            let host = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, host)| host);
            let host = HeaderValue::from_str(host).map_err(|_| unreachable("no address"))?;
            request.headers_mut().insert(header::HOST, host);
        }
        let target = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        let whole = std::mem::replace(request.uri_mut(), Uri::from(target));
        loop {
            let (mut line, is_new) = match self.take(&authority) {
                Some(line) => (line, false),
                None => (self.connect(whole.clone()).await?, true),
            };
            match line.exchange(request, bound, time).await {
                Ok(reply) => {
                    self.give(authority, line).await;
                    return Ok(reply);
                }
                // Closed while it was idle, before anything of the request went out.
                Err((Some(unsent), _)) if !is_new => request = unsent,
                Err((_, error)) => return Err(error),
            }
        }
    }

    async fn connect(&self, whole: Uri) -> Result<Line, CallError> {
        let failed = |cause: &dyn std::error::Error| CallError::Unreachable(chain(cause));
        let stream = self.connector.clone().oneshot(whole).await.map_err(|cause| failed(&cause))?;
        let (sender, work) = handshake(stream).await.map_err(|cause| failed(&cause))?;
        Ok(Line { sender, work, used: Instant::now() })
    }

    fn take(&self, authority: &Authority) -> Option<Line> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // The last one that was used is the one that is open most surely.
        idle.lines.get_mut(authority)?.pop().filter(Line::is_fresh)
    }

    async fn give(&self, authority: Authority, mut line: Line) {
        // What is left of the reply's end is worked off, so that the next call may begin.
        let open = poll_fn(|context| Poll::Ready(Pin::new(&mut line.work).poll(context).is_pending())).await;
        if !open || !line.sender.is_ready() {
            return;
        }
        line.used = Instant::now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.swept.elapsed() >= SWEEP {
            idle.swept = line.used;
            idle.lines.retain(|_, lines| {
                lines.retain(Line::is_fresh);
                !lines.is_empty()
            });
        }
        let lines = idle.lines.entry(authority).or_default();
        if lines.len() < MOST_IDLE {
            lines.push(line);
        }
    }
}

type Failed = (Option<Request<Full<Bytes>>>, CallError);

impl Line {
    fn is_fresh(&self) -> bool {
        self.used.elapsed() < IDLE
    }

    /// The request goes out and the reply comes back; the request, where nothing of it went out.
    async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        bound: usize,
        time: Duration,
    ) -> Result<Response<Bytes>, Failed> {
        let Self { sender, work, .. } = self;
        // One that was closed meanwhile shows it now.
        let mut ended = poll_fn(|context| Poll::Ready(Pin::new(&mut *work).poll(context).is_ready())).await;
        if ended {
            return Err((Some(request), CallError::Unreachable("closed".to_owned())));
        }
        let mut asked = pin!(async {
            let reply = sender.try_send_request(request).await.map_err(|mut error| {
                let unsent = error.take_message();
                (unsent, CallError::Unreachable(chain(&error.into_error())))
            })?;
            let (head, body) = reply.into_parts();
            let body = buffer(body, bound, time).await.map_err(|error| (None, error.into()))?;
            Ok(Response::from_parts(head, body))
        });
        poll_fn(|context| {
            for _ in 0..STEPS {
                if let Poll::Ready(outcome) = asked.as_mut().poll(context) {
                    return Poll::Ready(outcome);
                }
                if !ended {
                    ended = Pin::new(&mut *work).poll(context).is_ready();
                }
            }
            asked.as_mut().poll(context)
        })
        .await
    }
}

/// Steps of a call that may be made at once: the request goes out; the reply's head comes, then its body.
const STEPS: usize = 2;
/// Shorter than servers keep theirs, so that a request seldom meets a connection that is being closed.
const IDLE: Duration = Duration::from_secs(30);
const SWEEP: Duration = Duration::from_secs(5);
const MOST_IDLE: usize = 64;

#[cfg(test)]
mod tests;
