//! The protocol mappers of clients and client scopes [KC 3.1].

use domain::{Error, Result, Writes, ids, realm_defaults};
use model::{AdminOperation, Client, Document};
use oidc::mappers;
use serde_json::Value;
use store::parts::Part;

use crate::permit::{ManageClients, Permission, Permit, ViewClients};
use crate::rep::PROTOCOL_MAPPER;
use crate::{client_scopes, clients, refusals};

/// Whose mappers.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    /// A client's, by its id.
    Client(&'a str),
    /// A client scope's, by its id.
    Scope(&'a str),
}

enum Holder {
    Client(Box<Client>),
    Scope(Part),
}

impl Holder {
    async fn find<P: Permission>(permit: &Permit<'_, P>, of: Of<'_>) -> Result<Self> {
        Ok(match of {
            Of::Client(id) => Self::Client(Box::new(clients::find(permit, id).await?)),
            Of::Scope(id) => Self::Scope(client_scopes::find(permit, id).await?),
        })
    }

    async fn find_to_change(permit: &Permit<'_, ManageClients>, of: Of<'_>) -> Result<Self> {
        if let Of::Client(id) = of {
            clients::find_to_change(permit, id).await?;
        }
        Self::find(permit, of).await
    }

    fn mappers(&self) -> Vec<Value> {
        match self {
            Self::Client(client) => client.doc.list("protocolMappers").to_vec(),
            Self::Scope(part) => part.doc.list("protocolMappers").to_vec(),
        }
    }

    /// Writes the holder with these mappers.
    fn write(mut self, permit: &Permit<'_, ManageClients>, mappers: Vec<Value>) -> Result<Writes> {
        let mut writes = Writes::default();
        let (store, realm_id) = (permit.store(), permit.realm_id());
        match &mut self {
            Self::Client(c) => {
                c.doc.set("protocolMappers", mappers);
                store::clients::update(store, &mut writes.batch, realm_id, &c.id, &c.client_id, &c.doc)?;
            }
            Self::Scope(part) => {
                part.doc.set("protocolMappers", mappers);
                store::parts::update(store, &mut writes.batch, realm_id, part)?;
            }
        }
        writes.reconfigures = true;
        Ok(writes)
    }
}

impl Of<'_> {
    fn place(self) -> String {
        match self {
            Self::Client(id) => format!("clients/{id}/protocol-mappers/models"),
            Self::Scope(id) => format!("client-scopes/{id}/protocol-mappers/models"),
        }
    }
}

/// Lists a holder's mappers, all or those of a protocol.
pub async fn list(permit: &Permit<'_, ViewClients>, of: Of<'_>, protocol: Option<&str>) -> Result<Value> {
    let all = Holder::find(permit, of).await?.mappers();
    let fits = |m: &Value| protocol.is_none_or(|p| m.get("protocol").and_then(Value::as_str) == Some(p));
    Ok(all.into_iter().filter(fits).map(|m| PROTOCOL_MAPPER.ordered(Document::from_value(m))).collect())
}

/// Reads a mapper.
pub async fn read(permit: &Permit<'_, ViewClients>, of: Of<'_>, id: &str) -> Result<Value> {
    let all = Holder::find(permit, of).await?.mappers();
    let found = all.into_iter().find(|m| is(m, "id", id));
    found.map(|m| PROTOCOL_MAPPER.ordered(Document::from_value(m))).ok_or_else(|| refusals::MAPPER_NOT_FOUND.into())
}

/// Makes mappers; the ids.
pub async fn create(
    permit: &Permit<'_, ManageClients>,
    of: Of<'_>,
    sent: &[Document],
) -> Result<(Vec<String>, Writes)> {
    let holder = Holder::find_to_change(permit, of).await?;
    let mut all = holder.mappers();
    let mut made = Vec::new();
    for given in sent {
        check_free(&all, given, None)?;
        let mut mapper = given.clone();
        mapper.take("id");
        let mapper = completed(&mapper)?;
        made.push(mapper.text("id").unwrap_or_default().to_owned());
        all.push(mapper.into_value());
    }
    let mut writes = holder.write(permit, all)?;
    for (id, given) in made.iter().zip(sent) {
        let path = format!("{}/{id}", of.place());
        let mut said = given.clone();
        said.set("consentRequired", false);
        let said = Some(PROTOCOL_MAPPER.ordered(said));
        writes.admin_events.push(permit.event(AdminOperation::Create, "PROTOCOL_MAPPER", path, said));
    }
    Ok((made, writes))
}

/// Replaces a mapper.
pub async fn update(permit: &Permit<'_, ManageClients>, of: Of<'_>, id: &str, sent: &Document) -> Result<Writes> {
    let holder = Holder::find_to_change(permit, of).await?;
    let mut all = holder.mappers();
    check_free(&all, sent, Some(id))?;
    let place = all.iter_mut().find(|m| is(m, "id", id)).ok_or_else(|| Error::from(refusals::MAPPER_NOT_FOUND))?;
    let mut next = Document::from_value(place.take());
    next.merge(sent);
    next.set("id", id);
    *place = completed(&next)?.into_value();
    let mut writes = holder.write(permit, all)?;
    let path = format!("{}/{id}", of.place());
    let said = Some(sent.clone().into_value());
    writes.admin_events.push(permit.event(AdminOperation::Update, "PROTOCOL_MAPPER", path, said));
    Ok(writes)
}

/// Deletes a mapper.
pub async fn delete(permit: &Permit<'_, ManageClients>, of: Of<'_>, id: &str) -> Result<Writes> {
    let holder = Holder::find_to_change(permit, of).await?;
    let mut all = holder.mappers();
    let before = all.len();
    all.retain(|m| !is(m, "id", id));
    if all.len() == before {
        return Err(refusals::MAPPER_NOT_FOUND.into());
    }
    let mut writes = holder.write(permit, all)?;
    let path = format!("{}/{id}", of.place());
    writes.admin_events.push(permit.event(AdminOperation::Delete, "PROTOCOL_MAPPER", path, None));
    Ok(writes)
}

fn check_free(all: &[Value], sent: &Document, own: Option<&str>) -> Result<()> {
    let (name, protocol) = (sent.text("name").unwrap_or_default(), sent.text("protocol").unwrap_or_default());
    let taken = |m: &Value| is(m, "name", name) && is(m, "protocol", protocol) && own.is_none_or(|id| !is(m, "id", id));
    match all.iter().any(taken) {
        true => Err(refusals::MAPPER_TAKEN.into()),
        false => Ok(()),
    }
}

fn is(mapper: &Value, member: &str, text: &str) -> bool {
    mapper.get(member).and_then(Value::as_str) == Some(text)
}

/// A mapper with an id, every member, and the switches that follow from others [KC 3.1].
pub(crate) fn completed(sent: &Document) -> Result<Document> {
    let kind = sent.text("protocolMapper").unwrap_or_default();
    let protocol = sent.text("protocol").unwrap_or(OIDC);
    if protocol == OIDC && mappers::find(kind).is_none() {
        return Err(refusals::MAPPER_TYPE_NOT_FOUND.into());
    }
    let mut config = sent.object("config").cloned().unwrap_or_default();
    config.retain(|_, value| !value.is_null());
    let has_switch = mappers::find(kind).is_some_and(|m| m.properties.iter().any(|p| p.name == INTROSPECTION));
    if has_switch
        && !config.contains_key(INTROSPECTION)
        && let Some(value) = config.get("access.token.claim").cloned()
    {
        config.insert(INTROSPECTION.to_owned(), value);
    }
    let mut out = Document::default();
    out.set("id", sent.text("id").map_or_else(ids::uuid, |id| Ok(id.to_owned()))?);
    out.set("name", sent.text("name").unwrap_or_default());
    out.set("protocol", protocol);
    out.set("protocolMapper", kind);
    out.set("consentRequired", false);
    out.set("config", config);
    realm_defaults::complete_mapper(&mut out.0);
    Ok(out)
}

const OIDC: &str = "openid-connect";
const INTROSPECTION: &str = "introspection.token.claim";
