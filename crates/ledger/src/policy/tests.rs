//! What a policy says, and what is none.

use std::collections::BTreeMap;

use jose::{Algorithm, SigningKey, generate};

use super::{Grade, Policy};
use crate::{Checkpoint, Error, Note, Signer, hash};

fn key() -> SigningKey {
    SigningKey::from_der(Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap()
}

/// Four witnesses, and the policy's lines that name them w0 to w3.
fn witnesses() -> (Vec<Signer>, String) {
    let signers: Vec<Signer> =
        (0..4).map(|n| Signer::witness(&format!("witness-{n}.example"), key()).unwrap()).collect();
    let lines = signers.iter().enumerate().map(|(n, s)| format!("witness w{n} {}\n", s.verifier())).collect();
    (signers, lines)
}

fn signed(by: &[&Signer]) -> Note {
    let log = Signer::log("log.example/l", key()).unwrap();
    let mut note = Checkpoint::new("log.example/l", 1, hash::leaf_hash(b"")).sign(&log).unwrap();
    note.lines.extend(by.iter().map(|signer| signer.sign(&note.text, 5).unwrap()));
    note
}

fn met(policy: &Policy, by: &[&Signer]) -> bool {
    policy.is_met(&signed(by).verify(policy.witnesses.iter().map(|witness| &witness.key)).unwrap())
}

#[test]
fn a_quorum_of_groups_is_met_by_enough_of_each() {
    let (signers, lines) = witnesses();
    let [a, b, c, d] = signers.as_slice() else { panic!() };
    let policy = |rest: &str| Policy::parse(&format!("{lines}{rest}")).unwrap();
    let nested = policy("group near 2 w0 w1 w2\ngroup both all near w3\n# a comment\n\nquorum both\n");
    assert!(met(&nested, &[a, c, d]) && met(&nested, &[a, b, c, d]));
    assert!(!met(&nested, &[a, b, c]) && !met(&nested, &[a, d]) && !met(&nested, &[]));
    let any = policy("group some any w0 w1\nquorum some\n");
    assert!(met(&any, &[b]) && !met(&any, &[c]));
    assert!(met(&policy("quorum none\n"), &[]) && met(&policy("quorum w2\n"), &[c]));
}

#[test]
fn our_own_lines_are_comments_to_others_and_strict_to_us() {
    let jwk = key().public_jwk().unwrap();
    let print = jwk.thumbprint();
    let der = generate::ed25519().unwrap();
    let certificate = jose::certificate::self_signed("tsa", Algorithm::EdDSA, &der, 0, 4_000_000_000).unwrap();
    let base64 = jose::b64::encode_standard(certificate);
    let log = Signer::log("log.example/l", key()).unwrap();
    let text = format!(
        "log {} https://log.example/l\nquorum none\n#countersign tsa clock {base64}\n#countersign aged clock 2030-01-01T00:00:00.000Z\n#countersign ca root {base64}\n\
         #countersign pin agent-1 k1 {print}\n#countersign person ann {}\n#countersign grade previous-key\n\
         #countersign grade confirmed\n#countersign reply-key r1 {print}\n#countersign subject agent {print}\n",
        log.verifier(),
        jwk.to_value(),
    );
    let policy = Policy::parse(&text).unwrap();
    assert_eq!(policy.logs_of("log.example/l").count(), 1);
    assert_eq!(
        (policy.tsas.len() + policy.aged.len() - 1, policy.cas.len(), policy.persons.len(), policy.reply_keys.len()),
        (1, 1, 1, 1)
    );
    assert_eq!(
        (policy.pins[0].thumbprint.as_str(), policy.subjects[0].digest.as_str()),
        (print.as_str(), print.as_str())
    );
    assert_eq!(policy.grades, [Grade::PreviousKey, Grade::Confirmed]);
    for odd in [
        "grade best",
        "pin agent-1 k1 short",
        "tsa clock AAAA",
        "unless tuesday",
        "aged clock 2030-01-01T00:00:00.000Z",
        "subject agent CN=Agent",
        "subject agent",
        "person ann {}",
        "",
    ] {
        let refused = Policy::parse(&format!("quorum none\n#countersign {odd}\n"));
        assert!(matches!(refused, Err(Error::Policy { line: 2, .. })), "{odd}");
    }
}

#[test]
fn what_nobody_could_meet_or_what_means_two_things_is_refused() {
    let (signers, lines) = witnesses();
    let log = Signer::log("log.example/l", key()).unwrap();
    for odd in [
        String::new(),
        "quorum none\nquorum none".to_owned(),
        "quorum w9".to_owned(),
        "quorum g\ngroup g any w0".to_owned(),
        "group g 3 w0 w1\nquorum g".to_owned(),
        "group g 0 w0 w1\nquorum g".to_owned(),
        "group g all\nquorum g".to_owned(),
        "group g 2 w0 w0\nquorum g".to_owned(),
        "group w0 any w1\nquorum w0".to_owned(),
        "group none any w1\nquorum none".to_owned(),
        format!("witness again {}\nquorum none", signers[0].verifier()),
        format!("witness log {}\nquorum none", log.verifier()),
        format!("log {}\nquorum none", signers[0].verifier()),
        "log x\nquorum none".to_owned(),
        "something\nquorum none".to_owned(),
    ] {
        assert!(matches!(Policy::parse(&format!("{lines}{odd}\n")), Err(Error::Policy { .. })), "{odd}");
    }
}

#[test]
fn whoever_writes_another_line_is_told_which_there_are_and_how_each_is_written() {
    let why = |line: &str| Policy::parse(line).unwrap_err().to_string();
    let told = why("logs x");
    assert!(told.starts_with("line 1 of the policy: no line begins with \"logs\"; there are log, witness, group, quorum, and after #countersign tsa, aged,"), "{told}");
    assert_eq!(why("log"), "line 1 of the policy: not as such a line is written: log VKEY [URL]");
    assert!(why("#countersign pins a b c").contains("no line begins with #countersign \"pins\"; there are log,"));
    assert!(
        why("#countersign pin a b").ends_with("not as such a line is written: #countersign pin ROLE KID THUMBPRINT")
    );
    assert!(why("#countersign").contains("says nothing"));
    let long = "\u{e9}".repeat(1000);
    for line in [long.clone(), format!("#countersign {long}"), format!("# countersign {long}")] {
        let told = why(&line);
        let repeated = told.chars().filter(|c| *c == '\u{e9}').count();
        assert!((20..=40).contains(&repeated), "{told}");
    }
}

#[test]
fn a_comment_that_could_be_meant_as_a_line_of_ours_is_refused() {
    // The second verifier reads the same list.
    let cases = include_str!("../../../../tests/evidence/policy_comments.json");
    let cases: BTreeMap<String, Vec<String>> = serde_json::from_str(cases).unwrap();
    let parse = |line: &str| Policy::parse(&format!("quorum none\n{line}\n"));
    for slip in &cases["slips"] {
        assert!(matches!(parse(slip), Err(Error::Policy { line: 2, .. })), "{slip:?}");
    }
    for comment in &cases["comments"] {
        assert!(parse(comment).is_ok(), "{comment:?}");
    }
    assert!(cases["slips"].len() > 15 && cases["comments"].len() > 10);
}
