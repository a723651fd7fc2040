//! The origins that may read a client's answers: its `webOrigins`, `+` standing for those of its redirect URIs [KC 4.9].

use model::Client;
use url::Url;

/// A client's origins; `*` stands for any.
pub fn web_origins(client: &Client) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut add = |origin: String| {
        if !out.contains(&origin) {
            out.push(origin);
        }
    };
    for origin in &client.web_origins {
        match origin.as_str() {
            "+" => redirect_origins(client).for_each(&mut add),
            own => add(own.to_owned()),
        }
    }
    out
}

fn redirect_origins(client: &Client) -> impl Iterator<Item = String> + '_ {
    client.redirect_uris.iter().filter_map(|uri| match uri.starts_with('/') {
        true => origin(client.root_url.as_deref()?),
        false => origin(uri),
    })
}

/// The origin of an absolute http or https URI, whose path may end in a wildcard.
pub fn origin(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok().filter(|u| matches!(u.scheme(), "http" | "https"))?;
    Some(url.origin().ascii_serialization())
}
