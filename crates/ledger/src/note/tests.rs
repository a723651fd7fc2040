//! Notes, their keys, and the checkpoints they carry.

use jose::{Algorithm, SigningKey, generate};

use super::{MOST_LINES, Note, is_name};
use crate::checkpoint::Checkpoint;
use crate::cosignature::cosign;
use crate::key::{KeyType, VerifierKey};
use crate::ml_dsa::MlDsaKey;
use crate::signer::Signer;
use crate::{Error, hash};

/// The example in the documentation of Go's package `golang.org/x/mod/sumdb/note`.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn key() -> SigningKey {
    SigningKey::from_der(Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap()
}

fn log() -> Signer {
    Signer::log("log.example/ledger", key()).unwrap()
}

fn head() -> Checkpoint {
    Checkpoint::new("log.example/ledger", 7, hash::leaf_hash(b"x"))
}

#[test]
fn a_published_note_is_good_under_its_key() {
    let key = VerifierKey::parse(GO_KEY).unwrap();
    let note = Note::parse(GO_NOTE.as_bytes()).unwrap();
    assert_eq!(note.verify_one(&key), Ok(None));
    assert_eq!(note.to_string(), GO_NOTE);
    let altered = Note::parse(GO_NOTE.replace("answer", "Answer").as_bytes()).unwrap();
    assert_eq!(altered.verify_one(&key), Err(Error::Signature("PeterNeumann".to_owned())));
}

#[test]
fn a_keys_text_has_one_spelling() {
    let changed = [GO_KEY.replace("c74f", "C74F"), GO_KEY.replace("a3+", "a4+"), GO_KEY.replace("TW", "TX")];
    let other = [format!("{GO_KEY}="), format!("{GO_KEY}\n"), GO_KEY.replace("Peter", "Pet er"), String::new()];
    for text in changed.iter().chain(&other) {
        assert!(VerifierKey::parse(text).is_err(), "{text}");
    }
    let large = VerifierKey::new("w", KeyType::MlDsaCosignature, &[5; 1312]).unwrap();
    assert_eq!(VerifierKey::parse(&large.to_string()), Ok(large.clone()));
}

#[test]
fn a_checkpoint_is_three_lines_and_its_logs_signature() {
    let (log, head) = (log(), head());
    let note = head.sign(&log).unwrap();
    assert!(note.text.starts_with("log.example/ledger\n7\n"));
    let read = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(Checkpoint::of_note(&read, log.verifier()), Ok(head.clone()));
    let elsewhere = Signer::log("log.example/other", key()).unwrap();
    assert!(head.sign(&elsewhere).is_err());
    assert!(matches!(Checkpoint::of_note(&read, elsewhere.verifier()), Err(Error::Unsigned(_))));
}

#[test]
fn a_checkpoints_text_has_one_spelling() {
    let text = head().to_string();
    let odd = [
        text.replace("\n7\n", "\n07\n"),
        text.replace("\n7\n", "\n+7\n"),
        text.replace("\n7\n", "\n\n"),
        text.replace('=', ""),
        text.trim_end().to_owned(),
        format!("{text}\n"),
        text.replace("log.", "a log."),
    ];
    assert!(odd.iter().all(|text| Checkpoint::parse(text).is_err()));
    let extended = Checkpoint::parse(&format!("{text}more\n")).unwrap();
    assert_eq!(extended.extensions, ["more"]);
}

#[test]
fn a_witness_signs_the_checkpoint_and_the_time() {
    let witness = Signer::witness("witness.example", key()).unwrap();
    let mut note = head().sign(&log()).unwrap();
    note.lines.push(cosign(&witness, &note, 1_800_000_000).unwrap());
    assert_eq!(note.verify_one(witness.verifier()), Ok(Some(1_800_000_000)));
    note.lines[1].signature[7] ^= 1;
    assert_eq!(note.verify_one(witness.verifier()), Err(Error::Signature("witness.example".to_owned())));
    let as_log = VerifierKey::new("witness.example", KeyType::Ed25519, witness.verifier().public()).unwrap();
    assert!(matches!(note.verify_one(&as_log), Err(Error::Unsigned(_))));
}

#[test]
fn a_key_for_longer_times_signs_the_tree_and_the_time() {
    let key = MlDsaKey::from_der(&MlDsaKey::generate().unwrap()).unwrap();
    let beside = Signer::ml_dsa("log.example/ledger", key).unwrap();
    let log = log();
    let mut note = head().sign(&log).unwrap();
    note.lines.push(beside.sign(&note.text, 1_800_000_000).unwrap());
    let keys = [log.verifier().clone(), beside.verifier().clone()];
    let read = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read.verify(&keys).unwrap().len(), 2);
    assert_eq!(Checkpoint::of_note(&read, beside.verifier()), Ok(head()));
    note.lines[1].signature[0] ^= 1;
    assert!(note.verify(&keys).is_err());
    assert!(beside.sign("not a checkpoint\n", 1).is_err());
    assert!(MlDsaKey::from_der(&generate::ed25519().unwrap()).is_err());
}

#[test]
fn unknown_keys_are_passed_over_and_a_known_ones_bad_line_spoils_all() {
    let (log, witness) = (log(), Signer::witness("witness.example", key()).unwrap());
    let mut note = head().sign(&log).unwrap();
    for n in 0..20 {
        note.lines.push(Signer::witness(&format!("w{n}"), key()).unwrap().sign(&note.text, n).unwrap());
    }
    let keys = [log.verifier().clone(), witness.verifier().clone()];
    let read = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read.verify(&keys).unwrap().len(), 1);
    let mut forged = witness.sign("something else\n", 5).unwrap();
    note.lines.push(forged.clone());
    assert!(note.verify(&keys).is_err());
    forged = witness.sign(&note.text, 5).unwrap();
    note.lines.insert(0, forged);
    assert!(note.verify(&keys).is_err());
}

#[test]
fn what_is_no_note_is_not_read() {
    let line = "— w AAAAAAAA";
    let good = format!("text\n\n{line}\n");
    assert!(Note::parse(good.as_bytes()).is_ok());
    let many = |n: usize| format!("text\n\n{}", format!("{line}\n").repeat(n));
    assert!(Note::parse(many(MOST_LINES).as_bytes()).is_ok());
    let odd = [
        many(MOST_LINES + 1),
        "text\n".to_owned(),
        "text\n\n".to_owned(),
        "text\n\n\n".to_owned(),
        good.trim_end().to_owned(),
        good.replace('—', "-"),
        good.replace("text", "te\u{7}xt"),
        good.replace("text", "text\r"),
        good.replace("AAAAAAAA", "AAAA"),
        good.replace("AAAAAAAA", "AAAAAAB="),
        good.replace(" w ", " w+w "),
        good.replace(" w ", "  "),
        "x".repeat(70_000),
    ];
    for text in odd {
        assert!(Note::parse(text.as_bytes()).is_err(), "{text:.60}");
    }
    assert!(Note::parse(b"\xff\n\n").is_err());
    assert!(is_name("log.example/x") && !is_name("") && !is_name("a+b") && !is_name("a\u{a0}b"));
}
