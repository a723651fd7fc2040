//! Addresses as a participant registered them, cut as text: what is signed is compared octet by octet, and nothing of it is
//! written anew.

/// Cuts a URL into its origin (scheme, host and port) and the rest, which begins with a slash or is empty. A text without a
/// scheme is cut at its first slash.
pub fn cut(url: &str) -> (&str, &str) {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(after_scheme..).unwrap_or_default();
    let end = rest.find('/').map_or(url.len(), |at| after_scheme + at);
    url.split_at_checked(end).unwrap_or((url, ""))
}

/// The origin of a URL: scheme, host and port, as they are written.
pub fn origin(url: &str) -> &str {
    cut(url).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_ends_where_the_path_begins_and_stays_as_it_is_written() {
        for (url, cut_as) in [
            ("https://bank.example", ("https://bank.example", "")),
            ("https://bank.example/", ("https://bank.example", "/")),
            ("https://bank.example/api/v1/", ("https://bank.example", "/api/v1/")),
            ("https://Bank.example:443/a://b/c", ("https://Bank.example:443", "/a://b/c")),
            ("http://[::1]:8080/x", ("http://[::1]:8080", "/x")),
            ("https://bänk.example/ä", ("https://bänk.example", "/ä")),
            ("bank.example/api", ("bank.example", "/api")),
            ("https://", ("https://", "")),
            ("", ("", "")),
        ] {
            assert_eq!(cut(url), cut_as, "{url}");
            assert_eq!(origin(url), cut_as.0);
        }
    }
}
