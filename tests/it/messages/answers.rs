//! Answers of participants are judged as answers, and as nothing else.

use ledger::record::MessageRecord;
use serde_json::{Value, json};
use signing::request_digest;
use wire_tests::{Sent, Server};

use super::{BODY, network};

#[tokio::test]
async fn an_answer_is_good_for_its_request_alone_and_its_record_names_that() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let (request, another) = (request_digest("POST", "/loans", BODY), request_digest("POST", "/loans", b"{}"));
    let answer = bank.answer("agent", "/loans", &request, b"{\"ack\": true}");
    let reply = agent.verify(&answer).await.expect(200).json();
    assert_eq!(reply["code"], "ok", "{reply}");
    let receipt: ledger::Receipt = serde_json::from_value(reply["receipt"].clone()).unwrap();
    let record: MessageRecord = ledger::record::parse(&receipt.record.0).unwrap();
    assert_eq!(record.answers.map(|digest| digest.to_string()), Some(request.clone()));
    for answers in [None, Some(another)] {
        let reply = agent.verify(&Sent { answers, ..answer.clone() }).await.expect(200).json();
        assert_eq!((&reply["code"], &reply["entry"]), (&json!("claim_invalid"), &Value::Null), "{reply}");
    }
    let as_answer = Sent { answers: Some(request), ..bank.sign("agent", "/loans", BODY) };
    assert_eq!(agent.code(&as_answer).await, "claim_invalid", "a request is no answer");
}

#[tokio::test]
async fn what_is_no_digest_names_no_request() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let digest = request_digest("POST", "/loans", BODY);
    let answer = bank.answer("agent", "/loans", &digest, BODY);
    for odd in ["", "x", "AAAA", &format!("{digest}=")] {
        let sent = Sent { answers: Some(odd.to_owned()), ..answer.clone() };
        let reply = server.ask(sent.ask(&server, "verify").bearer(&agent.token().await)).await;
        assert_eq!(reply.status, 400, "{odd:?}: {}", reply.body);
    }
}
