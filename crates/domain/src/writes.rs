//! What an operation wants written: decided first, committed in one batch at the end.

use model::{AdminEvent, Event};
use store::Batch;

use crate::{Core, Plan, Result, ids};

/// The writes of one request.
#[derive(Debug, Default)]
pub struct Writes {
    /// Rows.
    pub batch: Batch,
    /// Whether the realm's configuration changes: then the rows count only if nobody else changed it since it was read,
    /// and every node reads it anew.
    pub reconfigures: bool,
    /// Events of people and clients, kept if the realm wants them.
    pub events: Vec<Event>,
    /// Events of administrators, kept if the realm wants them, with who did it as JSON.
    pub admin_events: Vec<(AdminEvent, serde_json::Value)>,
    /// Requests to send to clients once the rows are durable.
    pub notices: Vec<Notice>,
}

/// A request to a client that follows from what was written, such as a back-channel logout [OIDC-BCL-2.5].
#[derive(Clone, Debug)]
pub struct Notice {
    /// Where to.
    pub url: String,
    /// The form.
    pub form: Vec<(&'static str, String)>,
}

impl Writes {
    /// Adds another's writes after these.
    pub fn append(&mut self, other: Self) {
        self.batch.append(other.batch);
        self.reconfigures |= other.reconfigures;
        self.events.extend(other.events);
        self.admin_events.extend(other.admin_events);
        self.notices.extend(other.notices);
    }

    /// Commits them; durable when this returns. Where the batch's conditions don't hold, nothing is written and the
    /// error is [`crate::Error::Lost`].
    pub async fn commit(mut self, core: &Core, plan: &Plan, ip: &str) -> Result<()> {
        let now = core.clock.now_ms();
        if self.reconfigures {
            store::realms::touch_seen(&mut self.batch, &plan.realm.id, plan.version);
        }
        for event in &self.events {
            if keeps(plan, event) {
                store::events::insert(&mut self.batch, &plan.realm.id, &ids::timed(now)?, now, ip, event);
            }
        }
        if plan.realm.admin_events_enabled {
            for (event, auth) in &self.admin_events {
                let mut event = event.clone();
                if !plan.realm.admin_events_details_enabled {
                    event.representation = None;
                }
                let doc = serde_json::json!({"authDetails": auth, "representation": event.representation}).to_string();
                store::events::insert_admin(&mut self.batch, &plan.realm.id, &ids::timed(now)?, now, &event, &doc);
            }
        }
        if !self.batch.is_empty() {
            core.store.db().commit(self.batch).await?;
        }
        for notice in self.notices {
            core.notify(notice);
        }
        Ok(())
    }
}

/// Whether the realm keeps an event [KC 8].
fn keeps(plan: &Plan, event: &Event) -> bool {
    plan.realm.events_enabled
        && match plan.realm.enabled_event_types.is_empty() {
            true => event.kind.stored_by_default(),
            false => {
                let name = event.type_name();
                plan.realm.enabled_event_types.contains(&name)
            }
        }
}
