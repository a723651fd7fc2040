//! JSON bodies: read against the members of a representation, refused as Keycloak refuses them [KC 5.3].

use domain::Result;
use model::Document;
use serde_json::Value;

use crate::refusals::{NOT_JSON, UNRECOGNIZED, WRONG_TYPE};
use crate::rep::Rep;

/// Reads an object whose members are those of a representation. Numbers and truth values given for texts become texts,
/// as Keycloak's reader makes them.
pub fn object(body: &[u8], rep: &Rep) -> Result<Document> {
    let Value::Object(mut map) = value(body)? else { return Err(WRONG_TYPE.into()) };
    for (name, value) in &mut map {
        let Some((_, kind)) = rep.members.iter().find(|(known, _)| known == name) else {
            let (line, column) = position(body, name);
            let text = format!(
                "Invalid json representation for {}. Unrecognized field \"{name}\" at line {line} column {column}.",
                rep.name
            );
            return Err(UNRECOGNIZED.describe(text).into());
        };
        if !kind.take(value) {
            return Err(WRONG_TYPE.into());
        }
    }
    Ok(Document(map))
}

/// Reads a list of objects of a representation.
pub fn list(body: &[u8], rep: &Rep) -> Result<Vec<Document>> {
    let Value::Array(items) = value(body)? else { return Err(WRONG_TYPE.into()) };
    items.iter().map(|item| object(item.to_string().as_bytes(), rep)).collect()
}

/// Reads an object whose members the operation itself knows.
pub fn members(body: &[u8]) -> Result<serde_json::Map<String, Value>> {
    match value(body)? {
        Value::Object(members) => Ok(members),
        _ => Err(WRONG_TYPE.into()),
    }
}

/// Reads any JSON.
pub fn value(body: &[u8]) -> Result<Value> {
    serde_json::from_slice(body).map_err(|_| NOT_JSON.into())
}

/// Line and column just behind the beginning of the value of an object's member, as Keycloak's reader counts.
fn position(body: &[u8], member: &str) -> (usize, usize) {
    let at = Scan { body, at: 0 }.value_of(member).unwrap_or(body.len());
    let before = body.get(..at).unwrap_or_default();
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    (line, column)
}

/// Walks over JSON that has been found well-formed.
struct Scan<'a> {
    body: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn value_of(mut self, member: &str) -> Option<usize> {
        self.skip(|b| b != b'{');
        self.at += 1;
        loop {
            self.skip(|b| b != b'"');
            let start = self.at;
            self.string();
            let name: String = serde_json::from_slice(self.body.get(start..self.at)?).ok()?;
            self.skip(|b| b != b':');
            self.at += 1;
            self.skip(|b| b.is_ascii_whitespace());
            if name == member {
                return match self.peek()? {
                    b'"' | b'{' | b'[' => Some(self.at + 1),
                    _ => {
                        self.skip(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
                        Some(self.at)
                    }
                };
            }
            self.value();
            self.peek()?;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
    }

    /// To the end of a string that begins here.
    fn string(&mut self) {
        self.at += 1;
        while let Some(b) = self.peek() {
            self.at += if b == b'\\' { 2 } else { 1 };
            if b == b'"' {
                return;
            }
        }
    }

    /// To the end of the value that begins here.
    fn value(&mut self) {
        let mut depth = 0_usize;
        while let Some(b) = self.peek() {
            match b {
                b'"' => self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth == 0 => return,
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' if depth == 0 => return,
                _ => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Error;

    use super::object;
    use crate::refusals;
    use crate::rep::USER;

    fn refusal(body: &str) -> String {
        match object(body.as_bytes(), &USER) {
            Err(Error::Refused(refused)) => refusals::body(&refused.refusal).to_string(),
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn an_unknown_member_is_named_with_its_place() {
        let expect = |body: &str, place: &str| {
            let text = refusal(body);
            assert!(text.contains(r#"Unrecognized field \"colour\" at "#) && text.contains(place), "{text}");
        };
        expect(r#"{"username": "u9", "colour": "red"}"#, "line 1 column 31.");
        expect("{\"username\": \"u\\\"9\",\n \"attributes\": {\"a,\": [\"}\"]}, \"colour\": 12}", "line 2 column 43.");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_and_a_near_one_taken() {
        assert_eq!(
            refusal(r#"{"attributes": [1]}"#),
            r#"{"error":"unknown_error","error_description":"Cannot parse the JSON"}"#
        );
        assert_eq!(refusal("{"), r#"{"error":"invalid_request","error_description":"Cannot parse the JSON"}"#);
        let doc = object(br#"{"username": 5, "enabled": "true", "notBefore": "7"}"#, &USER).unwrap();
        assert_eq!(doc.to_text(), r#"{"username":"5","enabled":true,"notBefore":7}"#);
    }
}
