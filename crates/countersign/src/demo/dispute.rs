//! The dispute: evidence is taken out, and judged without any server.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use domain::clock::{Clock as _, SystemClock};
use evidence::{Outcome, Report, verify};
use ledger::Policy;
use ledger::text::UtcTime;

use super::server::Server;
use super::{Parties, REQUEST, Story, bundle, expect};
use crate::commands::Failure;

/// Writes what the parties exchanged at onboarding.
pub(super) fn write_policy(place: &Path, server: &Server, parties: &Parties) -> Result<(), Failure> {
    let mut text = format!("log {}\nlog {}\nwitness demo {}\nquorum demo\n", server.log, server.beside, server.witness);
    for party in [&parties.agent, &parties.lender] {
        writeln!(text, "#countersign pin {} {} {}", party.who.id, party.key.kid(), party.thumbprint)?;
    }
    Policy::parse(&text)?;
    Ok(std::fs::write(place, text)?)
}

/// Takes the evidence out, judges it, and sees altered copies refused.
pub(super) async fn settle(story: &mut Story, out: &Path, server: &Server, policy: &Path) -> Result<(), Failure> {
    story.tell("Weeks later the loan agent denies it all. Whoever settles disputes takes out the evidence.");
    let policy = Policy::parse(&std::fs::read_to_string(policy)?)?;
    let octets = witnessed(server, &policy).await?;
    let place = bundle(out);
    std::fs::write(&place, &octets)?;
    story.note(&format!("{}: {} octets", place.display(), octets.len()));

    story.tell("It is judged offline, under the trust that the parties had exchanged before.");
    let report = verify(&octets, Some(&policy), now());
    story.note(&report.to_text());
    expect(report.outcome == Outcome::Proved, "the evidence does not prove it")?;

    story.tell("A copy with one digit changed, and one judged under nobody's trust, prove nothing.");
    let altered = alter(&octets).ok_or("nothing to alter")?;
    let report = verify(&altered, Some(&policy), now());
    expect(report.outcome != Outcome::Proved, "an altered copy was believed")?;
    story.note(&in_short(&report));
    let report = verify(&octets, None, now());
    expect(report.outcome != Outcome::Proved, "evidence was believed without trust")?;
    story.note(&in_short(&report));
    Ok(())
}

/// A report's first reason.
fn in_short(report: &Report) -> String {
    report.not_proved.first().map_or_else(String::new, |why| format!("NOT PROVED: {}: {}", why.about, why.text))
}

/// The evidence, once the witness has seen the ledger's head above it.
async fn witnessed(server: &Server, policy: &Policy) -> Result<Vec<u8>, Failure> {
    let mut last = Vec::new();
    for _ in 0..PATIENCE {
        match server.evidence(REQUEST).await {
            Ok(octets) if verify(&octets, Some(policy), now()).outcome == Outcome::Proved => return Ok(octets),
            Ok(octets) => last = octets,
            Err(failure) => tracing::debug!(%failure, "the evidence is not there yet"),
        }
        tokio::time::sleep(STEP).await;
    }
    // What it lacks is in the report.
    if last.is_empty() { Err("the evidence can't be taken out".into()) } else { Ok(last) }
}

const STEP: Duration = Duration::from_millis(250);
/// Steps until a witness has cosigned, at most.
const PATIENCE: usize = 80;

fn now() -> UtcTime {
    UtcTime(u64::try_from(SystemClock.now_ms()).unwrap_or(0))
}

/// The first digit in the second half of the file, made another one.
fn alter(octets: &[u8]) -> Option<Vec<u8>> {
    let mut altered = octets.to_vec();
    let half = altered.len() / 2;
    let digit = altered.iter_mut().skip(half).find(|octet| octet.is_ascii_digit())?;
    *digit = if *digit == b'7' { b'8' } else { b'7' };
    Some(altered)
}
