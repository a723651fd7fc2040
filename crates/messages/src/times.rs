//! Asking for outside times: the witnesses of a ledger cosign its newest head, and an authority stamps it.
//!
//! Done by the node that holds the ledger's lease. Who doesn't answer is logged and asked again, ever less often; nothing
//! waits for them.

use std::collections::{BTreeMap, BTreeSet};

use domain::network::Network;
use domain::network::times::{Heard, Stamp};
use domain::network::witnesses::{DRIFT, Said};
use domain::{Core, Fault, Fresh, Result};
use evidence::timestamp;
use ledger::Note;
use ledger::hash::sha256;
use store::ledger::LedgerRow;

/// Asks for every open ledger for which it is time, and finds out which have waited for too long or lack a profile; how many
/// got a time.
///
/// # Errors
/// When the store can't be read or written; the other ledgers get their turn all the same.
pub async fn ask_all(core: &Core) -> Result<u64> {
    let mut got = Ok(0);
    let mut look = Look::default();
    let open = store::ledger::all_open(&core.store).await?;
    for row in &open {
        match ask_for(core, row, &mut look).await {
            Ok(more) => got = got.map(|got: u64| got + u64::from(more)),
            Err(error) => {
                got = Err(error);
                let origin = &row.origin;
                look.late.push(format!(
                    "The ledger {origin} could not be looked at: what was wrong with it may be so still"
                ));
                look.failed.insert(row.id.clone());
            }
        }
    }
    core.set_late_ledgers((!open.is_empty()).then_some(look.late));
    core.set_overdue_ledgers(look.overdue);
    core.keep_asked(|ledger, name| {
        look.failed.contains(ledger) || look.asked.get(ledger).is_some_and(|names| names.contains(name))
    });
    got
}

/// What a look at all ledgers finds besides.
#[derive(Default)]
struct Look {
    /// What somebody should look at.
    late: Vec<String>,
    /// What gives no indexes.
    overdue: Vec<String>,
    /// Whom the ledgers' realms would have asked, by ledger.
    asked: BTreeMap<String, BTreeSet<String>>,
    /// Ledgers that could not be looked at: what is known of those whom they ask stays.
    failed: BTreeSet<String>,
}

async fn ask_for(core: &Core, row: &LedgerRow, look: &mut Look) -> Result<bool> {
    let Some(realm) = store::realms::find_by_id(&core.store, &row.realm_id).await? else { return Ok(false) };
    let Some(plan) = core.plan(&realm.name, Fresh::Now).await? else { return Ok(false) };
    let Some(network) = &plan.network else { return Ok(false) };
    let witnesses = network.times.witnesses.iter().map(|witness| witness.key.name());
    let asked = witnesses.chain(network.times.authority.as_deref());
    look.asked.insert(row.id.clone(), asked.map(str::to_owned).collect());
    // A change of what the realm says is told also while no message comes.
    if let Some(ledger) = network.ledger.as_ref().filter(|ledger| ledger.id == row.id)
        && core.is_sound(row).await?
    {
        core.enter_policy(&plan, ledger).await?;
    }
    let got = if is_time(core, network, row).await? {
        ask(core, network, row, false).await?
    } else if is_renewal(core, network, row).await? {
        ask(core, network, row, true).await?
    } else {
        false
    };
    look.overdue.extend(core.overdue(row).await?);
    look.late.extend(core.late(network, row).await?);
    look.late.extend(core.missing_profiles(network, row).await?);
    Ok(got)
}

/// Whether there is a head newer than the last with a time, that one is old enough, and this node is to ask.
async fn is_time(core: &Core, network: &Network, row: &LedgerRow) -> Result<bool> {
    if !network.times.is_asked() || row.size == 0 {
        return Ok(false);
    }
    let is_due = match store::heads::newest(&core.store, &row.id).await? {
        Some(head) => {
            let age = core.clock.now_ms() - head.time_ms;
            // Times that follow on nothing but times would go on for ever; only a policy may want them.
            let is_wanted = network.times.at_least_every_ms.is_some_and(|most| age >= most / 2);
            head.size < row.size
                && age >= network.times.every_ms
                && (is_wanted || store::ledger::has_news(&core.store, &row.id, head.size).await?)
        }
        None => true,
    };
    Ok(is_due && core.is_sound(row).await? && core.holds(&row.id).await?)
}

/// Whether timestamps want another before their authority's certificate ends, also while nothing is new.
async fn is_renewal(core: &Core, network: &Network, row: &LedgerRow) -> Result<bool> {
    if network.times.authority.is_none() || core.ends_soon(&network.times, row).await?.is_none() {
        return Ok(false);
    }
    Ok(core.is_sound(row).await? && core.holds(&row.id).await? && core.may_renew(&row.id))
}

/// Asks for the newest head; for a renewal alone only the authority, and what renews nothing is left.
async fn ask(core: &Core, network: &Network, row: &LedgerRow, is_renewal: bool) -> Result<bool> {
    let note = Note::parse(row.checkpoint.as_bytes()).map_err(Fault::new)?;
    let old = store::heads::newest(&core.store, &row.id).await?.map_or(0, |head| head.size);
    let old = u64::try_from(old).map_err(Fault::new)?;
    let mut heard = Heard::default();
    for witness in network.times.witnesses.iter().filter(|_| !is_renewal) {
        let name = witness.key.name();
        if !core.may_ask(&row.id, name) {
            continue;
        }
        let complaint = match core.ask_witness(&row.id, witness, &note, old).await? {
            Said::Cosigned(line, time) => {
                core.heard(&row.id, name);
                heard.lines.push((line, time));
                continue;
            }
            Said::Conflict(size) => {
                let why = format!("the witness {name} says that it cosigned another tree, of {size} entries");
                doubted(core.doubt(row, size, &why).await?)
            }
            Said::Inconsistent => {
                let why = format!("the witness {name} says that it does not go on from before");
                doubted(core.doubt(row, 0, &why).await?)
            }
            Said::Refused(why) => {
                tracing::warn!(witness = name, why, "a witness does not cosign; it is asked again");
                Some(why)
            }
            Said::Nothing(why) => {
                tracing::warn!(witness = name, why, "a witness did not cosign; it is asked again");
                None
            }
        };
        core.heard_nothing(&row.id, name, complaint);
    }
    if let Some(url) = network.times.authority.as_ref().filter(|url| core.may_ask(&row.id, url)) {
        match stamp(core, url, &note).await? {
            Ok(stamp) => {
                core.heard(&row.id, url);
                heard.renews = core.ends_soon(&network.times, row).await?.filter(|ends| is_later(&stamp, *ends));
                heard.stamp = Some(stamp);
            }
            Err(why) => {
                tracing::warn!(url, why, "no timestamp came; the authority is asked again");
                core.heard_nothing(&row.id, url, None);
            }
        }
    }
    if heard.stamp.is_some() && heard.renews.is_none() && core.ends_soon(&network.times, row).await?.is_some() {
        let origin = &row.origin;
        tracing::warn!(%origin, "the timestamp authority's certificate ends soon, and its timestamps are by no later one");
    }
    // One that was found to be set back meanwhile gets no more entries.
    if heard.is_empty() || is_renewal && heard.renews.is_none() || !core.is_sound(row).await? {
        return Ok(false);
    }
    core.keep_times(row, heard).await?;
    Ok(true)
}

/// Tells a doubt to the log, too.
fn doubted(doubt: Option<String>) -> Option<String> {
    doubt.inspect(|doubt| tracing::error!(doubt, "a witness doubts a ledger"))
}

/// Whether a timestamp's certificate outlives a moment in milliseconds.
fn is_later(stamp: &Stamp, ends: i64) -> bool {
    stamp.until > u64::try_from(ends / 1000).unwrap_or(0)
}

/// A timestamp over a note's text. The inner error is the authority's.
async fn stamp(core: &Core, url: &str, note: &Note) -> Result<Result<Stamp, String>> {
    let imprint = sha256(note.text.as_bytes());
    let mut nonce = [0; 8];
    jose::random::fill(&mut nonce).map_err(Fault::new)?;
    let nonce = u64::from_be_bytes(nonce);
    let posted = match core.outbound.post(url, timestamp::QUERY, timestamp::request(&imprint, nonce)).await {
        Ok(posted) if posted.status == 200 => posted,
        Ok(posted) => return Ok(Err(format!("answered with status {}", posted.status))),
        Err(why) => return Ok(Err(why)),
    };
    Ok(timestamp::response(&posted.body, &imprint, nonce).and_then(|stamp| {
        let timestamp::Stamp { der, second, until } = stamp;
        match second.abs_diff(core.now().unsigned_abs()) <= DRIFT {
            true => Ok(Stamp { der, second, until }),
            false => Err("its clock is more than five minutes off".to_owned()),
        }
    }))
}
