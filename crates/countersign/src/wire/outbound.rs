//! The guarded HTTP client as the domain asks for it.

use domain::ports::{self, Answer, Posted};
use url::Url;

use crate::outbound::Outbound;

impl ports::Outbound for Outbound {
    fn fetch<'a>(&'a self, url: &'a str) -> Answer<'a, Result<Vec<u8>, String>> {
        Box::pin(async move {
            let body = Outbound::fetch(self, &parsed(url)?).await.map_err(|cause| cause.to_string())?;
            Ok(body.into())
        })
    }

    fn post_form<'a>(&'a self, url: &'a str, form: &'a [(&'a str, String)]) -> Answer<'a, Result<u16, String>> {
        Box::pin(async move {
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Outbound::post_form(self, &parsed(url)?, &form).await.map_err(|cause| cause.to_string())
        })
    }

    fn post<'a>(&'a self, url: &'a str, kind: &'a str, octets: Vec<u8>) -> Answer<'a, Result<Posted, String>> {
        Box::pin(async move {
            let posted = Outbound::post(self, &parsed(url)?, kind, octets).await.map_err(|cause| cause.to_string())?;
            Ok(Posted { status: posted.0, body: posted.1.into() })
        })
    }
}

fn parsed(url: &str) -> Result<Url, String> {
    Url::parse(url).map_err(|cause| format!("not an address: {cause}"))
}
