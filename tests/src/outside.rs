//! The world outside: records what is sent to it, and serves what the test put there.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::ports::{self, Answer, Outbound};
use tokio::sync::Notify;

/// Somebody outside who answers a POST of octets by a status and a body.
type Peer = Box<dyn Fn(&[u8]) -> (u16, Vec<u8>) + Send + Sync>;

/// A form that was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Where to.
    pub url: String,
    /// What.
    pub form: Vec<(String, String)>,
}

/// The recording outside.
#[derive(Default)]
pub struct Outside {
    posted: Mutex<Vec<Posted>>,
    pages: Mutex<HashMap<String, Vec<u8>>>,
    peers: Mutex<HashMap<String, Peer>>,
    news: Notify,
}

impl Outside {
    /// Serves a body at a URL.
    pub fn serve(&self, url: &str, body: impl Into<Vec<u8>>) {
        self.pages.lock().unwrap().insert(url.to_owned(), body.into());
    }

    /// Lets somebody answer what is posted to a URL.
    pub fn answer(&self, url: &str, peer: impl Fn(&[u8]) -> (u16, Vec<u8>) + Send + Sync + 'static) {
        self.peers.lock().unwrap().insert(url.to_owned(), Box::new(peer));
    }

    /// What has been posted so far.
    pub fn posted(&self) -> Vec<Posted> {
        self.posted.lock().unwrap().clone()
    }

    /// Waits until so many forms were posted.
    pub async fn wait_for(&self, count: usize) -> Vec<Posted> {
        loop {
            let heard = self.news.notified();
            let posted = self.posted();
            if posted.len() >= count {
                return posted;
            }
            heard.await;
        }
    }
}

impl Outbound for Outside {
    fn fetch<'a>(&'a self, url: &'a str) -> Answer<'a, Result<Vec<u8>, String>> {
        let page = self.pages.lock().unwrap().get(url).cloned();
        Box::pin(async move { page.ok_or_else(|| "nobody there".to_owned()) })
    }

    fn post_form<'a>(&'a self, url: &'a str, form: &'a [(&'a str, String)]) -> Answer<'a, Result<u16, String>> {
        let form = form.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.posted.lock().unwrap().push(Posted { url: url.to_owned(), form });
        self.news.notify_one();
        Box::pin(async { Ok(204) })
    }

    fn post<'a>(&'a self, url: &'a str, _kind: &'a str, octets: Vec<u8>) -> Answer<'a, Result<ports::Posted, String>> {
        let answered = self.peers.lock().unwrap().get(url).map(|peer| peer(&octets));
        Box::pin(async move {
            let (status, body) = answered.ok_or_else(|| "nobody there".to_owned())?;
            Ok(ports::Posted { status, body })
        })
    }
}
