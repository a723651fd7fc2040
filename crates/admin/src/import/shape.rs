//! What a realm file holds, member by member, against the representations: a value of the wrong kind, a thing without its
//! name, or a name used twice is named by its path in the file. What no representation knows is kept and told.

use std::collections::HashSet;

use domain::Result;
use model::Document;
use serde_json::{Map, Value};

use super::index::broken;
use crate::rep::{
    AUTHENTICATOR_CONFIG, CLIENT, CLIENT_SCOPE, COMPONENT_EXPORT, CREDENTIAL, FEDERATED_IDENTITY, FLOW, GROUP,
    IDENTITY_PROVIDER, IDENTITY_PROVIDER_MAPPER, PROTOCOL_MAPPER, REALM, REQUIRED_ACTION, ROLE, Rep, USER,
};

/// Things below others: a list, or an object of lists.
struct Part {
    member: &'static str,
    of: &'static Rep,
    /// The member by which each is called, once.
    name: Option<&'static str>,
    parts: &'static [&'static Part],
}

const fn list(member: &'static str, of: &'static Rep, name: Option<&'static str>) -> Part {
    Part { member, of, name, parts: &[] }
}

static MAPPERS: Part = list("protocolMappers", &PROTOCOL_MAPPER, None);
static SUBGROUPS: Part = Part { member: "subGroups", of: &GROUP, name: Some("name"), parts: &[&SUBGROUPS] };
static SUBCOMPONENTS: Part =
    Part { member: "subComponents", of: &COMPONENT_EXPORT, name: None, parts: &[&SUBCOMPONENTS] };
static OF_USERS: [Part; 2] =
    [list("credentials", &CREDENTIAL, None), list("federatedIdentities", &FEDERATED_IDENTITY, None)];

/// What a realm is made of.
static PARTS: &[Part] = &[
    Part { member: "clients", of: &CLIENT, name: Some("clientId"), parts: &[&MAPPERS] },
    Part { member: "clientScopes", of: &CLIENT_SCOPE, name: Some("name"), parts: &[&MAPPERS] },
    Part { member: "groups", of: &GROUP, name: Some("name"), parts: &[&SUBGROUPS] },
    Part { member: "users", of: &USER, name: Some("username"), parts: &[&OF_USERS[0], &OF_USERS[1]] },
    Part { member: "components", of: &COMPONENT_EXPORT, name: None, parts: &[&SUBCOMPONENTS] },
    list("authenticationFlows", &FLOW, Some("alias")),
    list("authenticatorConfig", &AUTHENTICATOR_CONFIG, Some("alias")),
    list("requiredActions", &REQUIRED_ACTION, None),
    list("identityProviders", &IDENTITY_PROVIDER, Some("alias")),
    list("identityProviderMappers", &IDENTITY_PROVIDER_MAPPER, None),
];

static ROLES: &[Part] = &[list("realm", &ROLE, Some("name")), list("client", &ROLE, Some("name"))];

/// More unknown members than these are not told one by one.
const TOLD: usize = 20;

/// Checks a realm file; texts that stand for numbers and truth values become what they stand for.
pub(super) fn check(mut file: Document) -> Result<Document> {
    let mut reading = Reading::default();
    reading.members(&mut file.0, &REALM, "")?;
    for part in PARTS {
        reading.part(&mut file.0, part, "")?;
    }
    if let Some(Value::Object(roles)) = file.0.get_mut("roles") {
        for part in ROLES {
            reading.part(roles, part, "roles")?;
        }
    }
    if reading.unknown > 0 {
        let realm = file.text("realm").unwrap_or_default();
        let (unknown, members) = (reading.unknown, reading.told.join(", "));
        tracing::warn!(realm, unknown, members, "the realm file has members without a meaning; they are kept");
    }
    Ok(file)
}

#[derive(Default)]
struct Reading {
    unknown: usize,
    told: Vec<String>,
}

impl Reading {
    fn members(&mut self, map: &mut Map<String, Value>, rep: &Rep, at: &str) -> Result<()> {
        for (name, value) in map {
            match rep.members.iter().find(|(known, _)| known == name) {
                Some((_, kind)) if kind.take(value) => {}
                Some((_, kind)) => return Err(broken(&below(at, name), &format!("not {}", kind.words()))),
                None => {
                    self.unknown += 1;
                    if self.told.len() < TOLD {
                        self.told.push(below(at, name));
                    }
                }
            }
        }
        Ok(())
    }

    fn part(&mut self, holder: &mut Map<String, Value>, part: &Part, at: &str) -> Result<()> {
        let at = below(at, part.member);
        match holder.get_mut(part.member) {
            Some(Value::Array(things)) => self.things(things, part, &at),
            Some(Value::Object(lists)) => {
                for (key, things) in lists {
                    let at = below(&at, key);
                    match things {
                        Value::Array(things) => self.things(things, part, &at)?,
                        Value::Null => {}
                        _ => return Err(broken(&at, "not a list")),
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn things(&mut self, things: &mut [Value], part: &Part, at: &str) -> Result<()> {
        let mut names = HashSet::new();
        for (n, thing) in things.iter_mut().enumerate() {
            let at = format!("{at}[{n}]");
            let Value::Object(map) = thing else { return Err(broken(&at, "not an object")) };
            self.members(map, part.of, &at)?;
            for inner in part.parts {
                self.part(map, inner, &at)?;
            }
            let Some(member) = part.name else { continue };
            match map.get(member).and_then(Value::as_str).filter(|name| !name.is_empty()) {
                None => return Err(broken(&at, &format!("no {member}"))),
                Some(name) if !names.insert(name.to_owned()) => {
                    return Err(broken(&below(&at, member), &format!("\"{name}\" is there twice")));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

fn below(at: &str, member: &str) -> String {
    match at {
        "" => member.to_owned(),
        at => format!("{at}.{member}"),
    }
}

#[cfg(test)]
mod tests {
    use domain::Error;
    use serde_json::json;

    use super::*;

    fn refusal(file: Value) -> String {
        match check(Document::from_value(file)) {
            Err(Error::Refused(refused)) => refused.refusal.description.into_owned(),
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_by_its_path() {
        for (file, said) in [
            (json!({"enabled": "maybe"}), "enabled: not true or false"),
            (json!({"accessTokenLifespan": "soon"}), "accessTokenLifespan: not a whole number"),
            (json!({"clients": {}}), "clients: not a list"),
            (json!({"clients": [{"clientId": "a"}, 7]}), "clients[1]: not an object"),
            (
                json!({"clients": [{"clientId": "a", "redirectUris": "x"}]}),
                "clients[0].redirectUris: not a list of texts",
            ),
            (
                json!({"clientScopes": [{"name": "s", "protocolMappers": [{"config": []}]}]}),
                "clientScopes[0].protocolMappers[0].config: not an object",
            ),
            (json!({"roles": {"client": {"app": "x"}}}), "roles.client.app: not a list"),
            (
                json!({"roles": {"realm": [{"name": "a", "composite": 5}]}}),
                "roles.realm[0].composite: not true or false",
            ),
            (
                json!({"groups": [{"name": "a", "subGroups": [{"name": "b", "realmRoles": "r"}]}]}),
                "groups[0].subGroups[0].realmRoles: not a list of texts",
            ),
            (
                json!({"users": [{"username": "a", "credentials": [{"temporary": "x"}]}]}),
                "users[0].credentials[0].temporary: not true or false",
            ),
            (
                json!({"components": {"org.keycloak.keys.KeyProvider": [1]}}),
                "components.org.keycloak.keys.KeyProvider[0]: not an object",
            ),
        ] {
            assert_eq!(refusal(file), said);
        }
    }

    #[test]
    fn a_name_that_is_missing_or_there_twice_is_named_by_its_place_in_the_file() {
        assert_eq!(refusal(json!({"clients": [{"clientId": "a"}, {"name": "b"}]})), "clients[1]: no clientId");
        let twice = json!({"users": [{"username": "a"}, {"username": "b"}, {"username": "a"}]});
        assert_eq!(refusal(twice), "users[2].username: \"a\" is there twice");
        assert_eq!(refusal(json!({"roles": {"client": {"app": [{}]}}})), "roles.client.app[0]: no name");
    }

    #[test]
    fn what_no_representation_knows_is_kept() {
        let file =
            json!({"realm": "r", "later": 1, "clients": [{"clientId": "a", "enabled": "true", "next": {"x": 1}}]});
        let read = check(Document::from_value(file)).unwrap().into_value();
        assert_eq!(read["later"], 1);
        assert_eq!(read["clients"][0], json!({"clientId": "a", "enabled": true, "next": {"x": 1}}));
    }
}
