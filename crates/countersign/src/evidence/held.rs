//! What a file with receipts holds: one alone, the answer that they came in, or a line of those that a gateway keeps.

use ledger::Receipt;
use serde::Deserialize;
use serde_json::Value;

/// Receipts, and the answer that they came in.
pub(super) struct Held {
    /// The answer, octet by octet.
    pub(super) answer: Vec<u8>,
    /// The signature over it, where a gateway kept that beside it.
    pub(super) signature: Option<String>,
    /// One of a verdict, several of an answer to a report.
    pub(super) receipts: Vec<Receipt>,
}

/// A line of a gateway's receipts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    #[serde(rename = "keptAt")]
    _kept_at: String,
    reply: String,
    signature: String,
}

impl Held {
    /// Reads a file.
    pub(super) fn read(octets: Vec<u8>) -> Result<Self, String> {
        let text = String::from_utf8_lossy(&octets);
        if text.trim_end().lines().count() > 1 && text.starts_with("{\"keptAt\"") {
            return Err("these are several lines of a gateway: check one at a time, taken by `sed -n 1p`".to_owned());
        }
        let (answer, signature) = match serde_json::from_slice::<Line>(&octets) {
            Ok(line) => (line.reply.into_bytes(), Some(line.signature)),
            Err(_) => (octets, None),
        };
        let receipts = receipts(&answer)?;
        Ok(Self { answer, signature, receipts })
    }
}

/// The receipts in an answer of `verify`, `check` or `report`, or one alone.
fn receipts(octets: &[u8]) -> Result<Vec<Receipt>, String> {
    let value: Value = serde_json::from_slice(octets).map_err(|error| format!("not JSON: {error}"))?;
    let inside: Vec<&Value> = match value.get("messages").and_then(Value::as_array) {
        Some(verdicts) => verdicts.iter().filter_map(|verdict| verdict.get("receipt")).collect(),
        None => ["/receipt", "/message/receipt"].iter().find_map(|at| value.pointer(at)).into_iter().collect(),
    };
    let is_answer = value.get("valid").is_some() || value.get("message").is_some() || value.get("messages").is_some();
    if inside.is_empty() && is_answer {
        return Err("the answer has no receipt: its message had no good signature, and so no entry".to_owned());
    }
    let found = if inside.is_empty() { vec![&value] } else { inside };
    let read =
        |receipt: &Value| serde_json::from_value(receipt.clone()).map_err(|error| format!("no receipt: {error}"));
    found.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::Held;
    use serde_json::json;

    #[test]
    fn a_receipt_is_found_alone_in_its_answer_and_in_a_line_of_a_gateway() {
        let receipt = json!({
            "origin": "log.example/1", "leaf": "AAAA", "salt": jose::b64::encode([7; 32]), "record": "e30",
            "receivedAt": "2026-11-26T21:24:33.123Z", "checkpoint": null, "maxDelaySeconds": 1,
        });
        let verdict = json!({"valid": true, "receipt": receipt});
        let reported = json!({"messages": [verdict, {"valid": false}, verdict]});
        for (answer, receipts) in
            [(receipt.clone(), 1), (verdict.clone(), 1), (json!({"token": {}, "message": verdict}), 1), (reported, 2)]
        {
            let answer = answer.to_string();
            let held = Held::read(answer.clone().into_bytes()).unwrap();
            assert_eq!((held.receipts.len(), held.signature), (receipts, None), "{answer}");
            let line = json!({"keptAt": "2026-11-26T21:24:33.123Z", "reply": answer, "signature": "h..s"}).to_string();
            let held = Held::read(format!("{line}\n").into_bytes()).unwrap();
            assert_eq!((held.receipts.len(), held.signature.as_deref()), (receipts, Some("h..s")), "{line}");
            assert_eq!(held.answer, answer.into_bytes());
            assert!(Held::read(format!("{line}\n{line}\n").into_bytes()).err().unwrap().contains("one at a time"));
        }
        let refused = json!({"valid": false, "code": "signature_invalid", "entry": null}).to_string();
        assert!(Held::read(refused.into_bytes()).err().unwrap().contains("no receipt"));
    }
}
