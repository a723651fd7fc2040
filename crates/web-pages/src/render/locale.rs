//! Which of the realm's languages a person reads.
//!
//! Order `[KC]`: chosen in the menu (`kc_locale`), the person's own attribute, the client's `ui_locales`, the cookie of an
//! earlier choice, the browser's `Accept-Language`, the realm's default, English. Only what the realm supports is taken.
//! Everything here is said by strangers, so only the beginning of each list is read.

/// What a request says about languages, each as it was sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocaleRequest<'a> {
    /// `kc_locale`: one tag.
    pub chosen: Option<&'a str>,
    /// The user's `locale` attribute, once it is known who it is.
    pub user: Option<&'a str>,
    /// `ui_locales`: tags with blanks between, best first [OIDC-Core-3.1.2.1].
    pub ui_locales: Option<&'a str>,
    /// `KEYCLOAK_LOCALE`.
    pub cookie: Option<&'a str>,
    /// `Accept-Language` [RFC9110-12.5.4].
    pub accept_language: Option<&'a str>,
}

/// The realm's side of it.
#[derive(Debug, Clone, Copy)]
pub struct RealmLocales<'a> {
    /// `internationalizationEnabled`; without it everybody reads English.
    pub enabled: bool,
    /// `supportedLocales`.
    pub supported: &'a [String],
    /// `defaultLocale`.
    pub default: Option<&'a str>,
}

/// The locale for a request, in the realm's spelling.
pub fn negotiate<'a>(request: &LocaleRequest<'_>, realm: &RealmLocales<'a>) -> &'a str {
    if !realm.enabled {
        return ENGLISH;
    }
    let supported = realm.supported;
    let one = |tag: Option<&str>| tag.and_then(|tag| find_supported(tag, supported));
    one(request.chosen)
        .or_else(|| one(request.user))
        .or_else(|| {
            request.ui_locales?.split_whitespace().take(MAX_TAGS).find_map(|tag| find_supported(tag, supported))
        })
        .or_else(|| one(request.cookie))
        .or_else(|| preferred(request.accept_language?, supported))
        .or_else(|| realm.default.and_then(|tag| find_supported(tag, supported)))
        .unwrap_or(ENGLISH)
}

/// The supported tag that fits best: the tag itself, or what is left when parts are taken from its end [RFC4647-3.4].
fn find_supported<'a>(tag: &str, supported: &'a [String]) -> Option<&'a str> {
    if tag.len() > MAX_TAG_LENGTH {
        return None;
    }
    let mut tag = tag.trim();
    while !tag.is_empty() {
        if let Some(found) = supported.iter().find(|s| same_tag(s, tag)) {
            return Some(found);
        }
        tag = tag.rfind(['-', '_']).and_then(|cut| tag.get(..cut)).unwrap_or("");
    }
    None
}

/// Case doesn't matter, and Java writes `pt_BR` where the web writes `pt-BR`.
fn same_tag(a: &str, b: &str) -> bool {
    let plain = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    a.len() == b.len() && a.bytes().map(plain).eq(b.bytes().map(plain))
}

/// The best-weighted supported tag of an `Accept-Language`; of equals the first.
fn preferred<'a>(header: &str, supported: &'a [String]) -> Option<&'a str> {
    let mut best: Option<(&str, f32)> = None;
    for range in header.split(',').take(MAX_TAGS) {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse::<f32>().ok());
        let Some(weight) = weight.filter(|w| *w > 0.0 && *w <= 1.0) else { continue };
        if let Some(found) = find_supported(tag, supported)
            && best.is_none_or(|(_, so_far)| weight > so_far)
        {
            best = Some((found, weight));
        }
    }
    best.map(|(tag, _)| tag)
}

const ENGLISH: &str = "en";
const MAX_TAGS: usize = 16;
const MAX_TAG_LENGTH: usize = 35;

#[cfg(test)]
mod tests {
    use super::{LocaleRequest, RealmLocales, negotiate};

    fn pick(request: LocaleRequest<'_>) -> String {
        let supported = ["de", "en", "fr", "pt-BR"].map(str::to_owned);
        negotiate(&request, &RealmLocales { enabled: true, supported: &supported, default: Some("fr") }).to_owned()
    }

    #[test]
    fn an_earlier_source_goes_before_a_later_one() {
        let mut request = LocaleRequest {
            chosen: Some("de"),
            user: Some("fr"),
            ui_locales: Some("en"),
            cookie: Some("pt-BR"),
            accept_language: Some("de"),
        };
        let mut seen = vec![pick(request)];
        for clear in [
            |r: &mut LocaleRequest<'_>| r.chosen = None,
            |r: &mut LocaleRequest<'_>| r.user = None,
            |r: &mut LocaleRequest<'_>| r.ui_locales = None,
            |r: &mut LocaleRequest<'_>| r.cookie = None,
            |r: &mut LocaleRequest<'_>| r.accept_language = None,
        ] {
            clear(&mut request);
            seen.push(pick(request));
        }
        assert_eq!(seen, ["de", "fr", "en", "pt-BR", "de", "fr"]);
    }

    #[test]
    fn an_unsupported_language_is_passed_over() {
        assert_eq!(pick(LocaleRequest { chosen: Some("xx"), cookie: Some("de"), ..Default::default() }), "de");
        assert_eq!(pick(LocaleRequest { ui_locales: Some("xx ja DE-ch"), ..Default::default() }), "de");
        assert_eq!(pick(LocaleRequest { chosen: Some("pt_br"), ..Default::default() }), "pt-BR");
        assert_eq!(pick(LocaleRequest { chosen: Some("pt"), ..Default::default() }), "fr");
    }

    #[test]
    fn weights_of_accept_language_count() {
        let accept = |header| pick(LocaleRequest { accept_language: Some(header), ..Default::default() });
        assert_eq!(accept("xx, en;q=0.4, de-AT;q=0.9, fr;q=0.9"), "de");
        assert_eq!(accept("de;q=0, en;q=nonsense, *"), "fr");
        assert_eq!(accept(&"xx,".repeat(10_000)), "fr");
    }

    #[test]
    fn without_internationalization_everybody_reads_english() {
        let supported = ["de".to_owned()];
        let realm = RealmLocales { enabled: false, supported: &supported, default: Some("de") };
        assert_eq!(negotiate(&LocaleRequest { chosen: Some("de"), ..Default::default() }, &realm), "en");
    }
}
