//! What the domain asks of the world outside: the only seams with dynamic dispatch besides the clock.

use std::future::Future;
use std::pin::Pin;

/// A boxed future, since a trait object can't return another.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Requests to addresses that others chose, guarded against being sent where they shouldn't (SSRF), bounded in size
/// and time.
pub trait Outbound: Send + Sync {
    /// The body of a GET that was answered 200, or why not.
    fn fetch<'a>(&'a self, url: &'a str) -> Answer<'a, Result<Vec<u8>, String>>;

    /// Posts a form; the status, or why there was none.
    fn post_form<'a>(&'a self, url: &'a str, form: &'a [(&'a str, String)]) -> Answer<'a, Result<u16, String>>;

    /// Posts octets of a media type; what was answered, whatever the status, or why nothing was.
    fn post<'a>(&'a self, _url: &'a str, _kind: &'a str, _octets: Vec<u8>) -> Answer<'a, Result<Posted, String>> {
        Box::pin(async { Err("no such requests here".to_owned()) })
    }
}

/// The answer to a POST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Goes nowhere: for commands that need no network.
#[derive(Debug)]
pub struct NoOutbound;

impl Outbound for NoOutbound {
    fn fetch<'a>(&'a self, _url: &'a str) -> Answer<'a, Result<Vec<u8>, String>> {
        Box::pin(async { Err("no outbound requests here".to_owned()) })
    }

    fn post_form<'a>(&'a self, _url: &'a str, _form: &'a [(&'a str, String)]) -> Answer<'a, Result<u16, String>> {
        Box::pin(async { Err("no outbound requests here".to_owned()) })
    }
}
