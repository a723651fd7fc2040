//! `demo ocen`: a network on this machine, played as a story: a loan is asked for, acknowledged and answered between two
//! participants, each behind its gateway; then one of them denies it, and the evidence is judged without any server.

mod applications;
mod dispute;
mod parties;
mod scopes;
mod server;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::show;
use crate::commands::{Commands, Failure};
use parties::{AGENT, LENDER, Party};
use server::Server;

/// The demo's two parties: who asks for loans, and who gives them.
struct Parties {
    agent: Party,
    lender: Party,
}

/// Plays the demo; its files stay in a folder.
///
/// # Errors
/// At the first step that does not hold.
pub async fn ocen(out: PathBuf, commands: Commands) -> Result<(), Failure> {
    std::fs::create_dir_all(&out).map_err(|cause| format!("{} can't be made: {cause}", out.display()))?;
    let mut story = Story::default();
    story.tell("A server starts, with the realm ocen-network and a witness that others run.");
    let server = Server::start(&out, commands).await?;
    story.note(&format!("server {}", server.url));

    story.tell("A loan agent and a lender are registered: each brings a key and proves to have it.");
    let mut parties = Parties { agent: Party::new(&AGENT)?, lender: Party::new(&LENDER)? };
    server.register(&parties.agent).await?;
    server.register(&parties.lender).await?;
    for party in [&parties.agent, &parties.lender] {
        story.note(&format!("{}: key {}, thumbprint {}", party.who.id, party.key.kid(), party.thumbprint));
    }

    story.tell("They exchange what each will believe later: keys, the ledger's key, the witness's key.");
    let policy = out.join("trust.policy");
    dispute::write_policy(&policy, &server, &parties)?;
    story.note(&format!("{}", policy.display()));

    story.tell("Each puts a gateway before its application.");
    let heard = applications::Heard::default();
    parties.agent.open(&out, &server, &heard).await?;
    parties.lender.open(&out, &server, &heard).await?;
    for party in [&parties.agent, &parties.lender] {
        story.note(&format!(
            "{}: others reach it at {}, its application calls {}",
            party.who.id,
            party.base(),
            party.exit()?
        ));
    }

    play(&mut story, &server, &parties, &heard).await?;
    dispute::settle(&mut story, &out, &server, &policy).await?;
    parties.agent.close().await;
    parties.lender.close().await;
    server.stop();
    story.tell("Every step held.");
    story.note(&format!(
        "look again: countersign verify bundle {} --trust {}",
        bundle(&out).display(),
        policy.display()
    ));
    Ok(())
}

/// Where the evidence stays.
fn bundle(out: &Path) -> PathBuf {
    out.join("dispute.evidence.json")
}

/// The journey of a loan: application, acknowledgement, answer, heartbeat.
async fn play(
    story: &mut Story,
    server: &Server,
    parties: &Parties,
    heard: &applications::Heard,
) -> Result<(), Failure> {
    let (agent, lender) = (&parties.agent, &parties.lender);
    story.tell("The loan agent asks for a loan: its gateway adds token and signature, the lender's checks both.");
    let application =
        message(agent.who.id, json!({"loanApplicationId": "loan-1", "amount": 250_000, "currency": "INR"}));
    let ack = agent.send(lender.who.id, "/v4.0.0alpha/loanApplications/createLoanRequest", &application).await?;
    expect(ack.get("error") == Some(&json!("0")), "the lender did not acknowledge")?;
    story.note(&format!("acknowledged, signed by {}: {ack}", lender.who.id));

    story.tell("The lender calls back with its answer, signed with its own key.");
    let answer =
        message(lender.who.id, json!({"loanApplicationId": "loan-1", "offer": {"amount": 200_000, "rate": "11.5"}}));
    let ack = lender.send(agent.who.id, "/v4.0.0alpha/loanApplications/createLoanResponse", &answer).await?;
    expect(ack.get("error") == Some(&json!("0")), "the loan agent did not acknowledge")?;
    story.note(&format!("acknowledged, signed by {}: {ack}", agent.who.id));

    story.tell("The loan agent reports the step with a heartbeat.");
    let event = message(
        agent.who.id,
        json!({"event": {"eventType": "CREATE_LOAN_RESPONSE_ACK", "loanApplicationId": "loan-1"}}),
    );
    agent.send(lender.who.id, "/ocen/v4/event", &event).await?;
    let seen = heard.senders();
    story.note(&format!("what the applications were told by their gateways: {}", seen.join(", ")));
    expect(seen == [agent.who.id, lender.who.id, agent.who.id], "the applications heard something else")?;

    story.tell("Somebody changes the amount on the way: the gateway refuses.");
    let refused = lender.take_altered(server, agent, &application).await?;
    expect(refused == "signature_invalid", "an altered message passed")?;
    story.note(&format!("refused: {refused}"));
    Ok(())
}

/// The request that ties the conversation together.
const REQUEST: &str = "6f1c0a3e-demo-loan-1";

fn message(from: &str, data: Value) -> Value {
    let now = domain::clock::Clock::now_ms(&domain::clock::SystemClock);
    json!({
        "metadata": {
            "version": "4.0.0alpha",
            "originatorOrgId": from,
            "originatorParticipantId": from,
            "timestamp": registry::Moment::from_ms(now),
            "traceId": "trace-1",
            "requestId": REQUEST,
        },
        "data": data,
    })
}

fn expect(holds: bool, else_: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(format!("the demo ends here: {else_}").into()) }
}

/// What is told on the way.
#[derive(Default)]
struct Story {
    steps: usize,
}

impl Story {
    fn tell(&mut self, text: &str) {
        self.steps += 1;
        show(&format!("\n{:>2}. {text}\n", self.steps));
    }

    fn note(&self, text: &str) {
        for line in text.lines() {
            show(&format!("    {line}\n"));
        }
    }
}
