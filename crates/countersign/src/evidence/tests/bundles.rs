//! `verify bundle`.

use std::path::PathBuf;

use ::evidence::bundle::Claim;
use ledger::text::UtcTime;

use super::Desk;
use super::network::{LATER, START, conversation};
use crate::evidence::bundle::{BundleRequest, Form, verify_bundle};
use crate::evidence::moment;

/// A bundle, and the trust under which it is proved.
fn desk() -> (Desk, BundleRequest) {
    let desk = Desk::new();
    let (network, [ask, _], lines) = conversation();
    let bundle = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
    let file = desk.file("loan.evidence.json", bundle.write().unwrap());
    let trust = Some(desk.file("trust.policy", network.policy(&lines)));
    (desk, BundleRequest { file, trust, at: None, form: Form::Text })
}

fn status(request: &BundleRequest, of_user: Option<PathBuf>) -> u8 {
    verify_bundle(request, of_user, LATER).unwrap().status
}

#[test]
fn a_bundle_is_proved_under_the_named_trust_and_the_report_names_it() {
    let (_desk, request) = desk();
    let found = verify_bundle(&request, None, LATER).unwrap();
    assert_eq!(found.status, 0, "{}", found.text);
    assert!(found.text.starts_with("PROVED"), "{}", found.text);
    assert!(found.text.contains("trust.policy"), "{}", found.text);
    let of = |form| verify_bundle(&BundleRequest { form, ..request.clone() }, None, LATER).unwrap().text;
    let json: serde_json::Value = serde_json::from_str(&of(Form::Json)).unwrap();
    assert_eq!(json["outcome"], "proved");
    assert!(of(Form::Html).starts_with("<!DOCTYPE html>"));
}

#[test]
fn trust_is_the_users_own_where_none_is_named_and_never_what_lies_beside_the_bundle() {
    let (_desk, mut request) = desk();
    let own = request.trust.take();
    assert_eq!(status(&request, own.clone()), 0);
    let found = verify_bundle(&request, None, LATER).unwrap();
    assert_eq!(found.status, 1);
    assert!(found.text.contains("consistent in itself, trust not given"), "{}", found.text);
    assert_eq!(status(&request, Some(PathBuf::from("/nowhere/trust.policy"))), 1, "a file that isn't there is none");
    request.trust = Some(PathBuf::from("/nowhere/trust.policy"));
    let told = verify_bundle(&request, own, LATER).unwrap_err().to_string();
    assert!(told.contains("/nowhere/trust.policy cannot be read"), "{told}");
}

#[test]
fn an_altered_file_is_not_proved_and_another_is_unreadable() {
    let (desk, request) = desk();
    let good = std::fs::read_to_string(&request.file).unwrap();
    let of = |octets: &str| status(&BundleRequest { file: desk.file("other", octets), ..request.clone() }, None);
    assert_eq!(of(&good.replace("\"origin\":\"id.", "\"origin\":\"ie.")), 1);
    assert_eq!((of("{}"), of(""), of(&format!("{good}\n"))), (2, 2, 2));
    let early = BundleRequest { at: Some(UtcTime(START - 1_000_000)), ..request.clone() };
    assert_eq!(status(&early, None), 1, "at a moment before its times");
    let bad = desk.file("bad.policy", "log nothing\nquorum none\n");
    let told = verify_bundle(&BundleRequest { trust: Some(bad), ..request }, None, LATER).unwrap_err().to_string();
    assert!(told.contains("line 1 of the policy"), "{told}");
}

#[test]
fn whoever_swaps_bundle_and_policy_or_formats_the_bundle_is_told_so() {
    let (desk, request) = desk();
    let told = |file: &PathBuf, trust: &PathBuf| {
        let asked = BundleRequest { file: file.clone(), trust: Some(trust.clone()), ..request.clone() };
        verify_bundle(&asked, None, LATER).map_or_else(|why| why.to_string(), |found| found.text)
    };
    let policy = request.trust.clone().unwrap();
    assert!(told(&policy, &request.file).contains("is JSON, such as a bundle or a receipt, and no trust policy"));
    assert!(told(&policy, &policy).contains("is a trust policy, and no bundle"));
    let bundle: serde_json::Value = serde_json::from_slice(&std::fs::read(&request.file).unwrap()).unwrap();
    let pretty = desk.file("pretty.json", serde_json::to_string_pretty(&bundle).unwrap());
    let told = told(&pretty, &policy);
    assert!(told.contains("something rewrote it, such as a formatter or an editor, so get the original"), "{told}");
}

#[test]
fn a_moment_is_written_in_three_ways() {
    const DAY: u64 = 1_795_651_200_000;
    let day = UtcTime(DAY);
    assert_eq!(moment("2026-11-26").unwrap(), day);
    assert_eq!(moment("2026-11-26T00:00:01Z").unwrap(), UtcTime(DAY + 1000));
    assert_eq!(moment("2026-11-26T00:00:01.002Z").unwrap(), UtcTime(DAY + 1002));
    for odd in ["today", "2026-13-01", "2026-11-26T00:00:01+01:00", "ä-11-26T00:00:01Z"] {
        assert!(moment(odd).is_err(), "{odd}");
    }
}
