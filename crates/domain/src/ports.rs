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
