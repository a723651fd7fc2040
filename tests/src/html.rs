//! As much HTML as a test needs: the forms of a page, and texts as the browser would read them.

/// A form of a page.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Its id.
    pub id: String,
    /// Where it goes.
    pub action: String,
    /// Its fields with what stands in them; buttons and boxes that aren't ticked are left out.
    pub fields: Vec<(String, String)>,
    /// Its buttons.
    pub buttons: Vec<(String, String)>,
}

/// The forms of a page.
pub fn find_forms(html: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    for part in html.split("<form").skip(1) {
        let inside = part.split("</form>").next().unwrap_or_default();
        let (head, rest) = inside.split_once('>').unwrap_or((inside, ""));
        let mut form = Form {
            id: attribute(head, "id").unwrap_or_default(),
            action: attribute(head, "action").unwrap_or_default(),
            ..Form::default()
        };
        for tag in rest.split('<').skip(1) {
            let tag = tag_text(tag);
            let Some(name) = attribute(tag, "name") else { continue };
            let value = attribute(tag, "value").unwrap_or_default();
            let kind = attribute(tag, "type").unwrap_or_default();
            match tag.split([' ', '\n']).next().unwrap_or_default() {
                "button" => form.buttons.push((name, value)),
                "input" if kind == "submit" => form.buttons.push((name, value)),
                "input" if kind == "checkbox" && !tag.contains(" checked") => {}
                "input" => form.fields.push((name, value)),
                _ => {}
            }
        }
        forms.push(form);
    }
    forms
}

/// A tag up to its end; a `>` within quotes doesn't end it.
fn tag_text(from: &str) -> &str {
    let mut quote = None;
    for (at, c) in from.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), _) if q == c => quote = None,
            (None, '>') => return from.get(..at).unwrap_or(from),
            _ => {}
        }
    }
    from
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let after = tag.split_once(&format!(" {name}=\""))?.1;
    Some(unescape(after.split('"').next()?))
}

/// Text with its entities read.
pub fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let Some((entity, tail)) = after.split_once(';').filter(|(e, _)| e.len() <= 8) else {
            out.push('&');
            rest = after;
            continue;
        };
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        let read = match entity {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            e => match e.strip_prefix("#x") {
                Some(digits) => number(digits, 16),
                None => e.strip_prefix('#').and_then(|digits| number(digits, 10)),
            },
        };
        match read {
            Some(c) => {
                out.push(c);
                rest = tail;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
