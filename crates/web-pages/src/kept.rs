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
struct Cut(Vec<Piece>);

enum Piece {
    Text(String),
    Form,
    Page,
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
const PAGES: usize = 32;
static KEPT: LazyLock<Kept> = LazyLock::new(|| Cache::new(PAGES));

/// A longer page is a realm's own doing, and is rendered anew each time.
const LONGEST: usize = 16 * 1024;

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
    render: impl Fn(&Addresses) -> String,
) -> String {
    let plan = Arc::as_ptr(&cx.plan) as usize;
    let key = Key { plan, base: cx.base().to_owned(), locale: around.locale().to_owned() };
    if let Some((of, cut)) = KEPT.get(&key)
        && of.as_ptr() == Arc::as_ptr(&cx.plan)
    {
        return cut.fill(addresses);
    }
    // Nobody can have put these into a realm's texts.
    let Ok(mark) = domain::ids::uuid() else { return render(addresses) };
    let marks = Addresses { form: format!("form-{mark}"), page: format!("page-{mark}") };
    let text = render(&marks);
    if text.len() > LONGEST || !text.contains(&marks.form) {
        return render(addresses);
    }
    let cut = Arc::new(Cut::at(&marks, &text));
    KEPT.insert(key, (Arc::downgrade(&cx.plan), Arc::clone(&cut)));
    cut.fill(addresses)
}

impl Cut {
    fn at(marks: &Addresses, text: &str) -> Self {
        let mut parts = Vec::new();
        for (n, before) in text.split(marks.form.as_str()).enumerate() {
            if n > 0 {
                parts.push(Piece::Form);
            }
            for (m, before) in before.split(marks.page.as_str()).enumerate() {
                if m > 0 {
                    parts.push(Piece::Page);
                }
                parts.push(Piece::Text(before.to_owned()));
            }
        }
        Self(parts)
    }

    fn fill(&self, addresses: &Addresses) -> String {
        let (form, page) = (escape(&addresses.form), escape(&addresses.page));
        let parts = || {
            self.0.iter().map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Form => form.as_str(),
                Piece::Page => page.as_str(),
            })
        };
        let mut out = String::with_capacity(parts().map(str::len).sum());
        out.extend(parts());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_page_is_filled_with_escaped_addresses_wherever_they_stood() {
        let marks = Addresses { form: "FORM".to_owned(), page: "PAGE".to_owned() };
        let text = "<a href=\"PAGE&amp;l=de\"><form action=\"FORM\"><a href=\"PAGE\">.";
        let cut = Cut::at(&marks, text);
        let addresses = Addresses { form: "/f?a=1&b=\"2".to_owned(), page: "/p?<".to_owned() };
        let filled = cut.fill(&addresses);
        assert_eq!(filled, "<a href=\"/p?&lt;&amp;l=de\"><form action=\"/f?a=1&amp;b=&#34;2\"><a href=\"/p?&lt;\">.");
    }
}
