//! Parameters of the header that a profile signs.

use jose::Header;
use serde_json::Value;

use crate::judge::Receiver;
use crate::message::{ANSWER, Message, REQUEST};
use crate::profile::{Answers, Profile, Rule};
use crate::sender::Sender;
use crate::verdict::{Code, Verdict};

/// Checks each parameter of the profile.
pub(crate) fn check(
    profile: &Profile,
    header: &Header,
    sender: &Sender,
    message: &Message<'_>,
    receiver: Option<&Receiver<'_>>,
    at: i64,
) -> Result<(), Verdict> {
    kind(profile, header, message)?;
    for parameter in &profile.parameters {
        let name = &parameter.name;
        let value = header
            .member(name)
            .ok_or_else(|| Verdict::new(Code::ClaimMissing, format!("The header has no {name:?}")))?;
        let invalid = |wanted: &str| Verdict::new(Code::ClaimInvalid, format!("The header's {name:?} is not {wanted}"));
        let is = |wanted: Option<&str>, what: &str| match wanted {
            Some(wanted) if value.as_str() == Some(wanted) => Ok(()),
            _ => Err(invalid(what)),
        };
        match parameter.is {
            Rule::Now | Rule::Past => {
                let time = value.as_i64().ok_or_else(|| invalid("a time in seconds since 1970"))?;
                time_fits(profile, parameter.is, time, at).map_err(|detail| Verdict::new(Code::TooOld, detail))?;
            }
            Rule::Receiver => is(receiver.map(|r| r.id), "the receiver's participant role")?,
            Rule::Method => is(Some(message.method), "the request's method")?,
            Rule::Address => {
                is(address(receiver, message).as_deref(), "the receiver's address with the target as sent")?;
            }
            Rule::Unique => match value {
                Value::String(text) if !text.is_empty() && text.len() <= LONGEST_NAME => {}
                _ => return Err(invalid("a text of 1 to 255 octets")),
            },
            Rule::Issuer => is(sender.issuer.as_deref(), "what the registry says that the sender calls itself")?,
            Rule::Anchor => is(sender.anchor.as_deref(), "the trust anchor of the sender's keys")?,
        }
    }
    Ok(())
}

/// What a signature is for stands in `typ`: what was signed as a token, a proof or an answer is no request.
fn kind(profile: &Profile, header: &Header, message: &Message<'_>) -> Result<(), Verdict> {
    let typ = header.member("typ").map(|typ| typ.as_str().unwrap_or_default());
    let invalid = |detail: String| Err(Verdict::new(Code::ClaimInvalid, detail));
    match (message.answers, typ) {
        (None, None | Some("JOSE")) => Ok(()),
        (None, Some(ANSWER)) => invalid(
            "This is signed as an answer and was judged as a request: say which request it answers, by --answers or the \
             header x-countersign-answers"
                .to_owned(),
        ),
        (None, Some(typ)) => invalid(format!("The header's typ is {typ:?}: a request has none, or JOSE")),
        (Some(request), Some(ANSWER)) => match header.member(REQUEST).and_then(Value::as_str) {
            Some(found) if found == request => Ok(()),
            _ => invalid(format!("The header's {REQUEST:?} is not the digest of the request that was sent")),
        },
        (Some(_), None | Some("JOSE")) if profile.answers == Answers::Plain => Ok(()),
        (Some(_), _) => invalid(format!("The header's typ is not {ANSWER}: this is not signed as an answer")),
    }
}

fn time_fits(profile: &Profile, rule: Rule, time: i64, at: i64) -> Result<(), String> {
    let off = at.saturating_sub(time);
    let most = match rule {
        Rule::Past => profile.age.map(i64::from),
        _ => Some(profile.drift()),
    };
    let told = off.unsigned_abs();
    match most {
        Some(most) if off > most => Err(format!("Signed {told} seconds before the receipt; {most} are allowed")),
        _ if off >= 0 => Ok(()),
        _ if rule == Rule::Past => Err(format!("Signed {told} seconds after the receipt: a clock is wrong")),
        Some(most) if off < -most => {
            Err(format!("Signed {told} seconds after the receipt; {most} are allowed: a clock is wrong"))
        }
        _ => Ok(()),
    }
}

/// The receiver's origin and the target.
pub(crate) fn address(receiver: Option<&Receiver<'_>>, message: &Message<'_>) -> Option<String> {
    receiver.map(|r| format!("{}{}", r.origin.trim_end_matches('/'), message.target))
}

const LONGEST_NAME: usize = 255;
