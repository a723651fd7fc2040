//! `witness`, over a real socket.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::clock::ManualClock;
use ledger::hash::Hash;
use ledger::witness::{Request, parse_answer};
use ledger::{Checkpoint, Note, VerifierKey};
use reqwest::Client;

use super::Desk;
use super::network::START;
use super::saved::{ORIGIN, Saved, ml_dsa};
use super::served::{Serving, serve};
use crate::evidence::witness::{Witness, WitnessRequest, router};

const NAME: &str = "witness.example/w1";

fn request(desk: &Desk, log: &Saved) -> WitnessRequest {
    WitnessRequest {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        state: desk.0.join("state"),
        key: desk.0.join("key.pem"),
        name: NAME.to_owned(),
        logs: vec![log.log.verifier().to_string()],
        follow: Vec::new(),
        authorities: Vec::new(),
    }
}

/// A witness that is asked over its socket.
struct Asked {
    key: VerifierKey,
    serving: Serving,
    client: Client,
}

impl Asked {
    async fn start(request: &WitnessRequest) -> Self {
        let witness = Witness::open(request).unwrap();
        let key = VerifierKey::parse(&witness.verifier()).unwrap();
        let clock = Arc::new(ManualClock::at(i64::try_from(START).unwrap()));
        let serving = serve(router(Arc::new(witness), clock)).await;
        let client = Client::builder().tls_backend_preconfigured(crate::outbound::tls(&[]).unwrap()).build().unwrap();
        Self { key, serving, client }
    }

    async fn post(&self, body: String) -> (u16, String, Vec<u8>) {
        let url = format!("http://{}/add-checkpoint", self.serving.address);
        let answer = self.client.post(url).body(body).send().await.unwrap();
        let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        (answer.status().as_u16(), kind.unwrap_or_default(), answer.bytes().await.unwrap().to_vec())
    }

    async fn add(&self, old: u64, proof: &[Hash], note: &Note) -> (u16, String, Vec<u8>) {
        self.post(Request::body(old, proof, note)).await
    }

    /// The time of a cosignature that is good.
    fn time(&self, note: &Note, answer: &[u8]) -> Option<u64> {
        let note = Note { text: note.text.clone(), lines: parse_answer(answer).unwrap() };
        note.verify_one(&self.key).unwrap()
    }
}

#[tokio::test]
async fn a_witness_cosigns_what_goes_on_and_remembers_it_across_a_restart() {
    let (desk, mut log) = (Desk::new(), Saved::new());
    let request = request(&desk, &log);
    log.fill(5);
    let first = log.note();
    let witness = Asked::start(&request).await;
    let (status, _, answer) = witness.add(0, &[], &first).await;
    assert_eq!((status, witness.time(&first, &answer)), (200, Some(START / 1000)));
    log.fill(300);
    let second = log.note();
    let (status, kind, body) = witness.add(0, &[], &second).await;
    assert_eq!((status, kind.as_str(), body.as_slice()), (409, "text/x.tlog.size", b"5\n".as_slice()), "a stale old");
    assert_eq!(witness.add(5, &[], &second).await.0, 422, "no proof");
    let (status, _, answer) = witness.add(5, &log.consistency(5), &second).await;
    assert_eq!((status, witness.time(&second, &answer)), (200, Some(START / 1000)));
    let key = witness.key.clone();
    drop(witness);
    let again = Asked::start(&WitnessRequest { state: copied(&request.state), ..request }).await;
    assert_eq!(again.key, key, "the key is the file's");
    assert_eq!(again.add(5, &log.consistency(5), &second).await.2, b"305\n");
    assert_eq!(again.add(305, &[], &second).await.0, 200, "the same head again");
    let mut other = log.other();
    other.fill(2);
    other.fill(303);
    let fork = other.note();
    assert_eq!(Checkpoint::parse(&fork.text).unwrap().size, 305);
    assert_eq!(again.add(305, &[], &fork).await.0, 409, "another tree of the same size");
}

/// The state's files without the lock, as a process that begins anew finds them.
fn copied(state: &Path) -> PathBuf {
    let to = state.with_file_name(format!("{}-again", state.file_name().unwrap().to_str().unwrap()));
    std::fs::create_dir(&to).unwrap();
    for file in std::fs::read_dir(state).unwrap().flatten().filter(|file| file.file_name() != "lock") {
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    to
}

#[tokio::test]
async fn strangers_get_no_cosignature_and_leave_no_trace() {
    let (desk, mut log) = (Desk::new(), Saved::new());
    let witness = Asked::start(&request(&desk, &log)).await;
    log.fill(2);
    let mut foreign = Saved::new();
    foreign.fill(2);
    assert_eq!(witness.add(0, &[], &foreign.note()).await.0, 403, "the origin's name under another key");
    let text = log.note().to_string().replace(ORIGIN, "ledger.example/other");
    assert_eq!(witness.post(format!("old 0\n\n{text}")).await.0, 404);
    assert_eq!(witness.post("old 0\n".to_owned()).await.0, 400);
    assert_eq!(witness.add(3, &[], &log.note()).await.0, 400, "an old size above the new");
    let long = "a".repeat(ledger::witness::LONGEST + 1);
    assert_eq!(witness.post(long).await.0, 413);
    let kept = std::fs::read_dir(desk.0.join("state")).unwrap().flatten().map(|file| file.file_name());
    assert_eq!(kept.collect::<Vec<_>>(), ["lock"]);
    // Lines that are nobody's don't fill its file up until it can't be read any more.
    let mut stuffed = log.note();
    let line = foreign.note().lines[0].clone();
    stuffed.lines.extend(std::iter::repeat_n(line, 63));
    assert_eq!(witness.add(0, &[], &stuffed).await.0, 200);
    assert_eq!(witness.add(2, &[], &log.note()).await.0, 200);
}

#[tokio::test]
async fn of_two_that_ask_at_once_from_the_same_head_one_is_cosigned() {
    let (desk, mut log) = (Desk::new(), Saved::new());
    let witness = Asked::start(&request(&desk, &log)).await;
    let mut other = log.other();
    log.fill(4);
    other.fill(6);
    other.fill(1);
    let (log, other) = (log.note(), other.note());
    let (one, two) = tokio::join!(witness.add(0, &[], &log), witness.add(0, &[], &other));
    let mut both = [one.0, two.0];
    both.sort_unstable();
    assert_eq!(both, [200, 409]);
}

#[test]
fn key_and_state_are_the_owners_and_one_process_has_them() {
    let (desk, log) = (Desk::new(), Saved::new());
    let request = request(&desk, &log);
    let witness = Witness::open(&request).unwrap();
    assert!(witness.verifier().starts_with(&format!("{NAME}+")));
    assert_eq!(std::fs::metadata(&request.key).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(Witness::open(&request).unwrap_err().to_string().contains("another process's"));
    drop(witness);
    assert!(Witness::open(&request).is_ok());
    let other = |change: &dyn Fn(&mut WitnessRequest)| {
        let mut changed = request.clone();
        change(&mut changed);
        Witness::open(&changed).unwrap_err().to_string()
    };
    assert!(other(&|r| r.logs = vec![log.witness.verifier().to_string()]).contains("a witness's key, not a log's"));
    assert!(other(&|r| r.logs = vec!["log".to_owned()]).contains("--log=log"));
    assert!(other(&|r| r.name = "two words".to_owned()).contains("not a name for a key"));
    assert!(other(&|r| r.key = desk.file("odd.pem", "odd")).contains("odd.pem"));
}

#[tokio::test]
async fn a_witness_goes_on_with_a_logs_new_key_only_where_it_is_told_to_and_the_log_shows_the_change() {
    let (desk, place) = (Desk::new(), Desk::new());
    let mut log = Saved::new();
    log.beside = Some(ml_dsa());
    log.fill(5);
    let still = request(&desk, &log);
    let witness = Asked::start(&still).await;
    let (old, first) = (log.log.clone(), log.note());
    assert_eq!(witness.add(0, &[], &first).await.0, 200);
    let handovers = [log.rotate(1), log.rotate_beside(2)];
    log.fill(3);
    // By itself it follows nobody, whatever the log shows.
    let shown = serde_json::json!({"handovers": handovers}).to_string();
    place.file("keys", &shown);
    assert_eq!(witness.add(5, &log.consistency(5), &log.note()).await.0, 403);
    drop(witness);
    let state = copied(&still.state);
    let follows = WitnessRequest { state, follow: vec![place.0.display().to_string()], ..still.clone() };
    // Nor where the log shows no change.
    place.file("keys", "{}");
    let witness = Asked::start(&follows).await;
    assert_eq!(witness.add(5, &log.consistency(5), &log.note()).await.0, 403);
    place.file("keys", &shown);
    assert_eq!(witness.add(5, &log.consistency(5), &log.note()).await.0, 403, "it looked just now");
    drop(witness);
    let follows = WitnessRequest { state: copied(&follows.state), ..follows };
    let witness = Asked::start(&follows).await;
    assert_eq!(witness.add(5, &log.consistency(5), &log.note()).await.0, 200);
    drop(witness);
    // It remembers that, and the key before counts no more.
    std::fs::remove_file(place.0.join("keys")).unwrap();
    let witness = Asked::start(&WitnessRequest { state: copied(&follows.state), ..follows }).await;
    let (size, new) = (log.size(), log.log.clone());
    log.fill(2);
    log.log = old;
    log.beside = None;
    assert_eq!(witness.add(size, &log.consistency(size), &log.note()).await.0, 403);
    log.log = new;
    assert_eq!(witness.add(size, &log.consistency(size), &log.note()).await.0, 200);
}
