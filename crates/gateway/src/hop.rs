//! Headers that belong to one connection, and go no further [RFC9110-7.6.1].

use http::{HeaderMap, HeaderName, header};
use signing::OF_THE_CONNECTION;

/// Removes them, also those that the header Connection names.
pub(crate) fn remove(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::remove;
    use http::HeaderMap;

    #[test]
    fn what_belongs_to_a_connection_goes_no_further() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("connection", "close, x-mine"), ("x-mine", "1"), ("te", "trailers"), ("upgrade", "h2c"), ("x-other", "2")]
        {
            headers.insert(name, value.parse().unwrap());
        }
        remove(&mut headers);
        assert_eq!(headers.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["x-other"]);
    }
}
