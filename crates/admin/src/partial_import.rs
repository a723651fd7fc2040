//! Some things put into a realm that is there: users, clients, groups, roles, identity providers [KC 5.3].

use domain::{Error, Result, Writes};
use model::Document;
use serde_json::{Value, json};

use crate::import::users as import_users;
use crate::permit::{CreateClients, ManageClients, ManageIdentityProviders, ManageRealm, ManageUsers, Permit};
use crate::roles::Container;
use crate::{clients, groups, identity_provider, refusals, roles, users};

/// What is done about things that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Existing {
    Fail,
    Skip,
    Overwrite,
}

/// What was done, thing by thing.
struct Report<'a> {
    permit: &'a Permit<'a, ManageRealm>,
    existing: Existing,
    writes: Writes,
    results: Vec<Value>,
    counts: [usize; 3],
}

/// Imports, all or nothing; what was done.
pub async fn run(permit: &Permit<'_, ManageRealm>, sent: &Document) -> Result<(Value, Writes)> {
    let existing = match sent.text("ifResourceExists").or_else(|| sent.text("policy")) {
        Some("SKIP") => Existing::Skip,
        Some("OVERWRITE") => Existing::Overwrite,
        _ => Existing::Fail,
    };
    let mut report = Report { permit, existing, writes: Writes::default(), results: Vec::new(), counts: [0; 3] };
    for given in documents(sent, "clients") {
        report.client(&given).await?;
    }
    if let Some(given) = sent.object("roles") {
        report.roles(&Document(given.clone())).await?;
    }
    for given in documents(sent, "groups") {
        report.group(&given)?;
    }
    for given in documents(sent, "identityProviders") {
        report.provider(&given).await?;
    }
    for given in documents(sent, "users") {
        report.user(&given).await?;
    }
    let [added, skipped, overwritten] = report.counts;
    let answer = json!({"overwritten": overwritten, "added": added, "skipped": skipped, "results": report.results});
    Ok((answer, report.writes))
}

fn documents(sent: &Document, member: &str) -> Vec<Document> {
    sent.list(member).iter().cloned().map(Document::from_value).collect()
}

impl<'a> Report<'a> {
    async fn user(&mut self, given: &Document) -> Result<()> {
        let permit = self.permit.widened::<ManageUsers>();
        let username = given.text("username").unwrap_or_default().to_lowercase();
        if username.is_empty() {
            return Err(refusals::USER_NAMELESS.into());
        }
        let mut known = store::users::find_by_username(permit.store(), permit.realm_id(), &username).await?;
        if let Some(email) = given.text("email")
            && known.is_none()
            && !permit.cx.plan.realm.duplicate_emails_allowed
        {
            known = store::users::find_by_email(permit.store(), permit.realm_id(), &email.to_lowercase()).await?;
        }
        let taken = || format!("User with user name {username} already exists.");
        if let Some(known) = known {
            if !self.goes_on("USER", &username, &known.id, taken)? {
                return Ok(());
            }
            let writes = users::delete(&permit, &known.id).await?;
            self.writes.append(writes);
            let id = self.add_user(&permit, given).await?;
            self.note(2, "USER", &username, &id);
        } else {
            let id = self.add_user(&permit, given).await?;
            self.note(0, "USER", &username, &id);
        }
        Ok(())
    }

    /// As an import of a realm does: with the roles named, and no others.
    async fn add_user(&mut self, permit: &Permit<'_, ManageUsers>, given: &Document) -> Result<String> {
        import_users::into_realm(permit, given, &mut self.writes).await
    }

    async fn client(&mut self, given: &Document) -> Result<()> {
        let client_id = given.text("clientId").unwrap_or_default().to_owned();
        let known = store::clients::find(self.permit.store(), self.permit.realm_id(), &client_id).await?;
        let taken = || format!("Client id '{client_id}' already exists");
        if let Some(known) = known {
            if !self.goes_on("CLIENT", &client_id, &known.id, taken)? {
                return Ok(());
            }
            // What its service account may do stays with it; so this is for who may give it a secret anyway.
            let permit = Permit::<ManageClients>::check(self.permit.cx.clone(), self.permit.who)?;
            let mut sent = given.clone();
            sent.take("id");
            let writes = clients::update(&permit, &known.id, &sent).await?;
            self.writes.append(writes);
            self.note(2, "CLIENT", &client_id, &known.id);
            return Ok(());
        }
        let (id, writes) = clients::create(&self.permit.widened::<CreateClients>(), given).await?;
        self.writes.append(writes);
        self.note(0, "CLIENT", &client_id, &id);
        Ok(())
    }

    async fn roles(&mut self, given: &Document) -> Result<()> {
        let container = Container::find(self.permit, None).await?;
        for role in documents(given, "realm") {
            let name = role.text("name").unwrap_or_default().to_owned();
            if let Some(known) = self.permit.cx.plan.roles.realm_role(&name) {
                let id = known.id.clone();
                if self.goes_on("REALM_ROLE", &name, &id, || format!("Realm role '{name}' already exists."))? {
                    let writes = roles::update(self.permit, &container, &name, &role).await?;
                    self.writes.append(writes);
                    self.note(2, "REALM_ROLE", &name, &id);
                }
                continue;
            }
            let (_, writes) = roles::create(self.permit, &container, &role).await?;
            self.writes.append(writes);
            self.note(0, "REALM_ROLE", &name, "");
        }
        Ok(())
    }

    fn group(&mut self, given: &Document) -> Result<()> {
        let permit = self.permit.widened::<ManageUsers>();
        let name = given.text("name").unwrap_or_default().to_owned();
        let path = format!("/{}", name.replace('/', "~/"));
        if let Some(known) = permit.cx.plan.groups.at_path(&path) {
            let id = known.id.clone();
            if !self.goes_on("GROUP", &name, &id, || format!("Group '{path}' already exists"))? {
                return Ok(());
            }
            self.writes.append(groups::delete(&permit, &id)?);
        }
        let (id, writes) = groups::create(&permit, None, given)?;
        self.writes.append(writes);
        self.note(0, "GROUP", &name, &id);
        Ok(())
    }

    async fn provider(&mut self, given: &Document) -> Result<()> {
        let permit = self.permit.widened::<ManageIdentityProviders>();
        let alias = given.text("alias").unwrap_or_default().to_owned();
        if identity_provider::is_there(&permit, &alias).await? {
            let taken = || format!("Identity Provider '{alias}' already exists.");
            if self.goes_on("IDP", &alias, "", taken)? {
                let writes = identity_provider::update(&permit, &alias, given).await?;
                self.writes.append(writes);
                self.note(2, "IDP", &alias, "");
            }
            return Ok(());
        }
        let (_, writes) = identity_provider::create(&permit, given).await?;
        self.writes.append(writes);
        self.note(0, "IDP", &alias, "");
        Ok(())
    }

    /// Whether something that is there is to be overwritten; else it is skipped, or all fails.
    fn goes_on(&mut self, kind: &str, name: &str, id: &str, taken: impl FnOnce() -> String) -> Result<bool> {
        match self.existing {
            Existing::Fail => Err(Error::from(refusals::USER_EXISTS.describe(taken()))),
            Existing::Overwrite => Ok(true),
            Existing::Skip => {
                self.note(1, kind, name, id);
                Ok(false)
            }
        }
    }

    fn note(&mut self, place: usize, kind: &str, name: &str, id: &str) {
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
        let action = ACTIONS.get(place).copied().unwrap_or_default();
        self.results.push(json!({"action": action, "resourceType": kind, "resourceName": name, "id": id}));
    }
}

const ACTIONS: [&str; 3] = ["ADDED", "SKIPPED", "OVERWRITTEN"];
