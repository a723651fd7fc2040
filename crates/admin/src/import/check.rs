//! The references of a realm file, each followed: the first that leads nowhere is named by its path in the file.

use domain::Result;
use model::Document;
use serde_json::{Map, Value};

use super::index::{Index, broken, strings};

/// Checks every reference of a file, but its users', against what the realm will hold.
pub(super) fn references(file: &Document, index: &Index) -> Result<()> {
    let check = Check { index };
    check.roles(file)?;
    check.groups(file.list("groups"), "groups")?;
    for (n, path) in strings(file.0.get("defaultGroups")).enumerate() {
        check.group(&format!("defaultGroups[{n}]"), path)?;
    }
    check.clients(file)?;
    check.scope_mappings(file)?;
    check.flows(file)?;
    check.providers(file)
}

/// Checks the references of a file's users.
pub(super) fn users(users: &[Value], index: &Index) -> Result<()> {
    let check = Check { index };
    for (n, user) in users.iter().enumerate() {
        if let Some(user) = user.as_object() {
            check.user(&format!("users[{n}]"), user)?;
        }
    }
    Ok(())
}

/// Checks the references of one user.
pub(super) fn user(user: &Value, index: &Index) -> Result<()> {
    match user.as_object() {
        Some(user) => Check { index }.user("users", user),
        None => Err(broken("users", "not a user")),
    }
}

struct Check<'a> {
    index: &'a Index,
}

impl Check<'_> {
    fn roles(&self, file: &Document) -> Result<()> {
        let Some(roles) = file.object("roles") else { return Ok(()) };
        for (n, role) in objects(roles.get("realm")).enumerate() {
            self.composites(&format!("roles.realm[{n}].composites"), role)?;
        }
        for (client, list) in roles.get("client").and_then(Value::as_object).into_iter().flatten() {
            self.client(&format!("roles.client.{client}"), client)?;
            for (n, role) in objects(Some(list)).enumerate() {
                self.composites(&format!("roles.client.{client}[{n}].composites"), role)?;
            }
        }
        Ok(())
    }

    fn composites(&self, at: &str, role: &Map<String, Value>) -> Result<()> {
        let Some(parts) = role.get("composites").and_then(Value::as_object) else { return Ok(()) };
        self.role_names(at, parts.get("realm"), "realm", parts.get("client"), "client")
    }

    fn groups(&self, groups: &[Value], at: &str) -> Result<()> {
        for (n, group) in groups.iter().enumerate() {
            let at = format!("{at}[{n}]");
            let Some(map) = group.as_object() else { return Err(broken(&at, "not a group")) };
            self.role_names(&at, map.get("realmRoles"), "realmRoles", map.get("clientRoles"), "clientRoles")?;
            let children = map.get("subGroups").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            self.groups(children, &format!("{at}.subGroups"))?;
        }
        Ok(())
    }

    fn clients(&self, file: &Document) -> Result<()> {
        for (n, client) in objects(file.0.get("clients")).enumerate() {
            for member in ["defaultClientScopes", "optionalClientScopes"] {
                for (m, name) in strings(client.get(member)).enumerate() {
                    self.scope(&format!("clients[{n}].{member}[{m}]"), name)?;
                }
            }
        }
        for member in ["defaultDefaultClientScopes", "defaultOptionalClientScopes"] {
            for (n, name) in strings(file.0.get(member)).enumerate() {
                self.scope(&format!("{member}[{n}]"), name)?;
            }
        }
        Ok(())
    }

    fn scope_mappings(&self, file: &Document) -> Result<()> {
        for (n, mapping) in objects(file.0.get("scopeMappings")).enumerate() {
            let at = format!("scopeMappings[{n}]");
            self.holder(&at, mapping)?;
            self.role_names(&at, mapping.get("roles"), "roles", None, "")?;
        }
        for (client, list) in file.object("clientScopeMappings").into_iter().flatten() {
            self.client(&format!("clientScopeMappings.{client}"), client)?;
            for (n, mapping) in objects(Some(list)).enumerate() {
                let at = format!("clientScopeMappings.{client}[{n}]");
                self.holder(&at, mapping)?;
                for (m, role) in strings(mapping.get("roles")).enumerate() {
                    self.client_role(&format!("{at}.roles[{m}]"), client, role)?;
                }
            }
        }
        Ok(())
    }

    fn holder(&self, at: &str, mapping: &Map<String, Value>) -> Result<()> {
        if let Some(client) = text(mapping, "client") {
            self.client(&format!("{at}.client"), client)?;
        }
        match text(mapping, "clientScope") {
            Some(scope) => self.scope(&format!("{at}.clientScope"), scope),
            None => Ok(()),
        }
    }

    fn flows(&self, file: &Document) -> Result<()> {
        for member in BINDINGS {
            if let Some(alias) = file.text(member) {
                self.flow(member, alias)?;
            }
        }
        for (n, flow) in objects(file.0.get("authenticationFlows")).enumerate() {
            for (m, execution) in objects(flow.get("authenticationExecutions")).enumerate() {
                let at = format!("authenticationFlows[{n}].authenticationExecutions[{m}]");
                if let Some(alias) = text(execution, "flowAlias") {
                    self.flow(&format!("{at}.flowAlias"), alias)?;
                }
                if let Some(alias) = text(execution, "authenticatorConfig").filter(|a| !self.index.has_config(a)) {
                    let why = format!("no authenticator configuration with alias \"{alias}\"");
                    return Err(broken(&format!("{at}.authenticatorConfig"), &why));
                }
            }
        }
        Ok(())
    }

    fn providers(&self, file: &Document) -> Result<()> {
        for (n, provider) in objects(file.0.get("identityProviders")).enumerate() {
            for member in ["firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias"] {
                if let Some(alias) = text(provider, member) {
                    self.flow(&format!("identityProviders[{n}].{member}"), alias)?;
                }
            }
        }
        for (n, mapper) in objects(file.0.get("identityProviderMappers")).enumerate() {
            let alias = text(mapper, "identityProviderAlias").unwrap_or_default();
            if !self.index.has_provider(alias) {
                let at = format!("identityProviderMappers[{n}].identityProviderAlias");
                return Err(broken(&at, &format!("no identity provider with alias \"{alias}\"")));
            }
        }
        Ok(())
    }

    fn user(&self, at: &str, user: &Map<String, Value>) -> Result<()> {
        self.role_names(at, user.get("realmRoles"), "realmRoles", user.get("clientRoles"), "clientRoles")?;
        for (n, path) in strings(user.get("groups")).enumerate() {
            self.group(&format!("{at}.groups[{n}]"), path)?;
        }
        if let Some(client) = text(user, "serviceAccountClientId") {
            self.client(&format!("{at}.serviceAccountClientId"), client)?;
        }
        for (n, consent) in objects(user.get("clientConsents")).enumerate() {
            let at = format!("{at}.clientConsents[{n}]");
            self.client(&format!("{at}.clientId"), text(consent, "clientId").unwrap_or_default())?;
        }
        Ok(())
    }

    fn role_names(
        &self,
        at: &str,
        of_realm: Option<&Value>,
        realm_member: &str,
        of_clients: Option<&Value>,
        client_member: &str,
    ) -> Result<()> {
        for (n, name) in strings(of_realm).enumerate() {
            if self.index.realm_role(name).is_none() {
                let why = format!("no realm role named \"{name}\"");
                return Err(broken(&format!("{at}.{realm_member}[{n}]"), &why));
            }
        }
        for (client, names) in of_clients.and_then(Value::as_object).into_iter().flatten() {
            let at = format!("{at}.{client_member}.{client}");
            self.client(&at, client)?;
            for (n, name) in strings(Some(names)).enumerate() {
                self.client_role(&format!("{at}[{n}]"), client, name)?;
            }
        }
        Ok(())
    }

    fn client_role(&self, at: &str, client: &str, name: &str) -> Result<()> {
        match self.index.client_role(client, name) {
            Some(_) => Ok(()),
            None => Err(broken(at, &format!("client \"{client}\" has no role named \"{name}\""))),
        }
    }

    fn client(&self, at: &str, client_id: &str) -> Result<()> {
        match self.index.client(client_id) {
            Some(_) => Ok(()),
            None => Err(broken(at, &format!("no client with clientId \"{client_id}\""))),
        }
    }

    fn scope(&self, at: &str, name: &str) -> Result<()> {
        match self.index.scope(name) {
            Some(_) => Ok(()),
            None => Err(broken(at, &format!("no client scope named \"{name}\""))),
        }
    }

    fn group(&self, at: &str, path: &str) -> Result<()> {
        match self.index.group(path) {
            Some(_) => Ok(()),
            None => Err(broken(at, &format!("no group at \"{path}\""))),
        }
    }

    fn flow(&self, at: &str, alias: &str) -> Result<()> {
        match self.index.has_flow(alias) {
            true => Ok(()),
            false => Err(broken(at, &format!("no authentication flow with alias \"{alias}\""))),
        }
    }
}

fn objects(value: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// A member's text, if set and not empty.
fn text<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The realm's members that name a flow.
pub(crate) const BINDINGS: &[&str] = &[
    "browserFlow",
    "registrationFlow",
    "directGrantFlow",
    "resetCredentialsFlow",
    "clientAuthenticationFlow",
    "dockerAuthenticationFlow",
    "firstBrokerLoginFlow",
];
