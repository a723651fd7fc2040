//! Pages that are the same for everybody but for the tab's addresses: rendered once for a realm's version, language and
//! base URL, and filled in from then on. A login page costs a fourth of its rendering this way.

use std::sync::{Arc, LazyLock, Weak};

use authn::Challenge;
use domain::Plan;
use oidc::Cx;
use quick_cache::sync::Cache;

use crate::render::escape;
use crate::surroundings::Surroundings;

/// The addresses of a tab, which no other page shares.
pub(crate) struct Addresses {
    /// Where the form goes.
    pub(crate) form: String,
    /// The page itself.
    pub(crate) page: String,
}

/// A rendered page, cut where an address goes.
struct Cut(Vec<(String, Place)>);

#[derive(Clone, Copy)]
enum Place {
    Form,
    Page,
    End,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    /// Where the plan is in memory: nothing else can be there while the entry holds it weakly.
    plan: usize,
    base: String,
    locale: String,
}

type Kept = Cache<Key, (Weak<Plan>, Arc<Cut>)>;

/// Half a MiB at the most.
const PAGES: usize = 64;
static KEPT: LazyLock<Kept> = LazyLock::new(|| Cache::new(PAGES));

// Characters that Unicode keeps for a process's own use: no text of a realm means anything by them.
const FORM: char = '\u{fdd0}';
const PAGE: char = '\u{fdd1}';

/// Whether nothing on the page but the addresses tells one tab from another.
pub(crate) fn is_plain(challenge: &Challenge) -> bool {
    matches!(challenge, Challenge::Login { username, again: None, remember_me: false, message: None }
        if username.is_empty())
}

/// The plain login page with these addresses; `render` is asked where it is not kept yet.
pub(crate) fn filled(
    cx: &Cx<'_>,
    around: &Surroundings,
    addresses: &Addresses,
    render: impl FnOnce(&Addresses) -> String,
) -> String {
    let plan = Arc::as_ptr(&cx.plan) as usize;
    let key = Key { plan, base: cx.base().to_owned(), locale: around.locale().to_owned() };
    if let Some((of, cut)) = KEPT.get(&key)
        && of.as_ptr() == Arc::as_ptr(&cx.plan)
    {
        return cut.fill(addresses);
    }
    let cut = Arc::new(Cut::at_marks(&render(&Addresses { form: FORM.to_string(), page: PAGE.to_string() })));
    KEPT.insert(key, (Arc::downgrade(&cx.plan), Arc::clone(&cut)));
    cut.fill(addresses)
}

impl Cut {
    fn at_marks(text: &str) -> Self {
        let parts = text.split_inclusive([FORM, PAGE]).map(|part| {
            let (text, place) = match part.chars().next_back() {
                Some(FORM) => (part.trim_end_matches(FORM), Place::Form),
                Some(PAGE) => (part.trim_end_matches(PAGE), Place::Page),
                _ => (part, Place::End),
            };
            (text.to_owned(), place)
        });
        Self(parts.collect())
    }

    fn fill(&self, addresses: &Addresses) -> String {
        let (form, page) = (escape(&addresses.form), escape(&addresses.page));
        let of = |place: Place| match place {
            Place::Form => form.as_str(),
            Place::Page => page.as_str(),
            Place::End => "",
        };
        let length = self.0.iter().map(|(text, place)| text.len() + of(*place).len()).sum();
        let mut out = String::with_capacity(length);
        for (text, place) in &self.0 {
            out.push_str(text);
            out.push_str(of(*place));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_page_is_filled_with_escaped_addresses_wherever_they_stood() {
        let cut = Cut::at_marks(&format!("<a href=\"{PAGE}&amp;l=de\"><form action=\"{FORM}\"><a href=\"{PAGE}\">."));
        let addresses = Addresses { form: "/f?a=1&b=\"2".to_owned(), page: "/p?<".to_owned() };
        let filled = cut.fill(&addresses);
        assert_eq!(filled, "<a href=\"/p?&lt;&amp;l=de\"><form action=\"/f?a=1&amp;b=&#34;2\"><a href=\"/p?&lt;\">.");
    }
}
