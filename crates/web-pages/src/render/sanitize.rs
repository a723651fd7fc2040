//! Makes a realm's `displayNameHtml` harmless: a few text elements stay, without attributes; all else is dropped or escaped.
//!
//! An administrator writes it, yet pages must not depend on his care. Images and links are not kept.

/// Safe HTML with the same words.
pub(crate) fn sanitize(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut open: Vec<&'static str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        escape_keeping_references(text, &mut out);
        let Some((tag, after)) = tag.get(1..).and_then(|t| t.split_once('>')) else {
            rest = "";
            break;
        };
        rest = after;
        let (closing, tag) = tag.strip_prefix('/').map_or((false, tag), |t| (true, t));
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        let dropped = DROPPED.iter().find(|d| d.eq_ignore_ascii_case(name));
        let known = KEPT.iter().find(|k| k.eq_ignore_ascii_case(name));
        match (closing, known, dropped) {
            (false, _, Some(element)) => rest = skip_element(rest, element),
            (false, Some(&"br"), _) => out.push_str("<br>"),
            (false, Some(element), _) => {
                open.push(element);
                out.push_str(&format!("<{element}>"));
            }
            (true, Some(element), _) => {
                if let Some(depth) = open.iter().rposition(|o| o == element) {
                    close(&mut open, depth, &mut out);
                }
            }
            _ => {}
        }
    }
    escape_keeping_references(rest, &mut out);
    close(&mut open, 0, &mut out);
    out
}

fn close(open: &mut Vec<&'static str>, depth: usize, out: &mut String) {
    while open.len() > depth {
        if let Some(element) = open.pop() {
            out.push_str(&format!("</{element}>"));
        }
    }
}

/// What follows the end tag of an element whose words nobody should read.
fn skip_element<'a>(rest: &'a str, element: &str) -> &'a str {
    let end = format!("</{element}");
    let lower = rest.to_ascii_lowercase();
    let after = lower.find(&end).and_then(|at| rest.get(at..));
    after.and_then(|t| t.split_once('>')).map_or("", |(_, after)| after)
}

/// Text of HTML stays text of HTML: references such as `&amp;` are kept.
fn escape_keeping_references(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            c => out.push(c),
        }
    }
}

const KEPT: [&str; 10] = ["b", "br", "div", "em", "i", "small", "span", "strong", "sub", "sup"];
const DROPPED: [&str; 3] = ["script", "style", "template"];

#[cfg(test)]
mod tests {
    use super::sanitize;

    #[test]
    fn words_and_plain_emphasis_stay() {
        assert_eq!(
            sanitize("<div class=\"kc-logo-text\"><span>Keycloak</span></div>"),
            "<div><span>Keycloak</span></div>"
        );
        assert_eq!(sanitize("Fish &amp; <B>Chips</b>"), "Fish &amp; <b>Chips</b>");
    }

    #[test]
    fn nothing_that_acts_is_kept() {
        for html in [
            "<script>alert(1)</script>",
            "<SCRIPT >x</Script >",
            "<img src=x onerror=alert(1)>",
            "<a href='javascript:x'></a>",
            "<style>*{}</style>",
            "<svg/onload=x>",
            "<",
            "<script>never closed",
        ] {
            assert_eq!(sanitize(html), "", "{html}");
        }
        assert_eq!(sanitize("<b onclick='x'>a"), "<b>a</b>");
        assert_eq!(sanitize("</b>x</div>"), "x");
        assert_eq!(sanitize("<<b>x"), "<b>x</b>".replace("<b>x</b>", "x"));
    }
}
