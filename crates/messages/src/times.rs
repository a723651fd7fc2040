//! Asking for outside times: the witnesses of a ledger cosign its newest head, and an authority stamps it.
//!
//! Done by the node that holds the ledger's lease. Who doesn't answer is logged and asked again, ever less often; nothing
//! waits for them.

use domain::network::Network;
use domain::network::times::Heard;
use domain::network::witnesses::{DRIFT, Said};
use domain::{Core, Fault, Fresh, Result};
use evidence::timestamp;
use ledger::Note;
use ledger::hash::sha256;
use store::ledger::LedgerRow;

/// Asks for every open ledger for which it is time, and finds out which have waited for too long; how many got a time.
///
/// # Errors
/// When the store can't be read or written; the other ledgers get their turn all the same.
pub async fn ask_all(core: &Core) -> Result<u64> {
    let mut got = Ok(0);
    let mut late = Vec::new();
    for row in store::ledger::all_open(&core.store).await? {
        match ask_for(core, &row, &mut late).await {
            Ok(more) => got = got.map(|got: u64| got + u64::from(more)),
            Err(error) => got = Err(error),
        }
    }
    core.set_late_ledgers(late);
    got
}

async fn ask_for(core: &Core, row: &LedgerRow, late: &mut Vec<String>) -> Result<bool> {
    let Some(realm) = store::realms::find_by_id(&core.store, &row.realm_id).await? else { return Ok(false) };
    let Some(plan) = core.plan(&realm.name, Fresh::Now).await? else { return Ok(false) };
    let Some(network) = &plan.network else { return Ok(false) };
    let got = if is_time(core, network, row).await? { ask(core, network, row).await? } else { false };
    late.extend(core.late(network, row).await?);
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
    Ok(is_due && core.holds(&row.id).await? && core.is_sound(row).await?)
}

async fn ask(core: &Core, network: &Network, row: &LedgerRow) -> Result<bool> {
    let note = Note::parse(row.checkpoint.as_bytes()).map_err(Fault::new)?;
    let old = store::heads::newest(&core.store, &row.id).await?.map_or(0, |head| head.size);
    let old = u64::try_from(old).map_err(Fault::new)?;
    let mut heard = Heard::default();
    for witness in &network.times.witnesses {
        let name = witness.key.name();
        if !core.may_ask(&row.id, name) {
            continue;
        }
        let doubt = match core.ask_witness(&row.id, witness, &note, old).await? {
            Said::Cosigned(line, time) => {
                core.heard(&row.id, name);
                heard.lines.push((line, time));
                continue;
            }
            Said::Conflict(size) => {
                let why = format!("the witness {name} says that it cosigned another tree, of {size} entries");
                core.doubt(row, size, &why).await?
            }
            Said::Inconsistent => {
                let why = format!("the witness {name} says that it does not go on from before");
                core.doubt(row, 0, &why).await?
            }
            Said::Nothing(why) => {
                tracing::warn!(witness = name, why, "a witness did not cosign; it is asked again");
                None
            }
        };
        core.heard_nothing(&row.id, name, doubt);
    }
    if let Some(url) = network.times.authority.as_ref().filter(|url| core.may_ask(&row.id, url)) {
        match stamp(core, url, &note).await? {
            Ok(stamp) => {
                core.heard(&row.id, url);
                heard.stamp = Some(stamp);
            }
            Err(why) => {
                tracing::warn!(url, why, "no timestamp came; the authority is asked again");
                core.heard_nothing(&row.id, url, None);
            }
        }
    }
    // One that was found to be set back meanwhile gets no more entries.
    if heard.is_empty() || !core.is_sound(row).await? {
        return Ok(false);
    }
    core.keep_times(row, heard).await?;
    Ok(true)
}

/// A timestamp over a note's text. The inner error is the authority's.
async fn stamp(core: &Core, url: &str, note: &Note) -> Result<Result<(Vec<u8>, u64), String>> {
    let imprint = sha256(note.text.as_bytes());
    let mut nonce = [0; 8];
    jose::random::fill(&mut nonce).map_err(Fault::new)?;
    let nonce = u64::from_be_bytes(nonce);
    let posted = match core.outbound.post(url, timestamp::QUERY, timestamp::request(&imprint, nonce)).await {
        Ok(posted) if posted.status == 200 => posted,
        Ok(posted) => return Ok(Err(format!("answered with status {}", posted.status))),
        Err(why) => return Ok(Err(why)),
    };
    Ok(timestamp::response(&posted.body, &imprint, nonce).and_then(|(der, second)| {
        match second.abs_diff(core.now().unsigned_abs()) <= DRIFT {
            true => Ok((der, second)),
            false => Err("its clock is more than five minutes off".to_owned()),
        }
    }))
}
