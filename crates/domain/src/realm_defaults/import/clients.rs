//! Clients of an imported realm: what each gets where the file says nothing.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Import, ImportError};
use crate::realm_defaults::Rep;
use crate::realm_defaults::json::{edit, flag, has, list, take_objects, text, texts};
use crate::realm_defaults::mapper::complete_mappers;

impl Import {
    /// Adds the file's clients, in place of built-in ones of their names.
    pub(super) fn clients(&mut self) -> Result<(), ImportError> {
        let mut given = take_objects(&mut self.file, "clients");
        let names: HashSet<String> = given.iter().map(|client| text(client, "clientId").to_owned()).collect();
        let scopes = self.realm.get("clientScopes").and_then(Value::as_array).into_iter().flatten();
        let scopes: HashSet<String> =
            scopes.filter_map(Value::as_object).map(|scope| text(scope, "name").to_owned()).collect();
        for client in &mut given {
            self.client(client, &scopes)?;
        }
        let mut clients = take_objects(&mut self.realm, "clients");
        clients.retain(|client| {
            let id = text(client, "clientId");
            !(names.contains(id) || id == "account-console" && names.contains("account"))
        });
        // The names stay behind: later steps ask which built-in clients the file has replaced.
        self.file.insert("clients".to_owned(), given.iter().cloned().map(Value::Object).collect());
        clients.extend(given);
        self.realm.insert("clients".to_owned(), list(clients));
        Ok(())
    }

    fn client(&self, client: &mut Rep, scopes: &HashSet<String>) -> Result<(), ImportError> {
        if !has(client, "protocol") {
            client.insert("protocol".to_owned(), "openid-connect".into());
        }
        complete_mappers(client);
        if !has(client, "fullScopeAllowed") {
            let asks = flag(client, "consentRequired");
            client.insert("fullScopeAllowed".to_owned(), (!asks).into());
        }
        if !has(client, "webOrigins") {
            client.insert("webOrigins".to_owned(), origins(&texts(client, "redirectUris")).into());
        }
        let made = secret(client)?.then(|| (self.now / 1000).to_string());
        let id = text(client, "clientId").to_owned();
        let saml = text(client, "protocol") == "saml";
        edit(client, "attributes", |attributes| {
            let mut add = |key: &str, value: String| {
                if text(attributes, key).is_empty() {
                    attributes.insert(key.to_owned(), value.into());
                }
            };
            add("realm_client", REALM_CLIENTS.contains(&id.as_str()).to_string());
            if let Some(seconds) = made {
                add("client.secret.creation.time", seconds);
            }
            add("post.logout.redirect.uris", "+".to_owned());
            if saml {
                let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, id.as_bytes());
                add("saml.artifact.binding.identifier", STANDARD.encode(digest));
            }
        });
        for member in ["defaultClientScopes", "optionalClientScopes"] {
            if has(client, member) {
                let known: Vec<_> = texts(client, member).into_iter().filter(|name| scopes.contains(name)).collect();
                client.insert(member.to_owned(), known.into());
            }
        }
        Ok(())
    }
}

/// Gives a client that isn't public a secret, whether or not it authenticates by one, and takes it from one that is.
/// True if one was made.
fn secret(client: &mut Rep) -> Result<bool, ImportError> {
    if flag(client, "publicClient") {
        client.shift_remove("secret");
        return Ok(false);
    }
    if has(client, "secret") {
        return Ok(false);
    }
    client.insert("secret".to_owned(), random_text(SECRET_LENGTH)?.into());
    Ok(true)
}

/// Letters and digits, each as likely as the other.
fn random_text(length: usize) -> Result<String, ImportError> {
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 64];
    while text.len() < length {
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| ImportError::NoRandom)?;
        // 248 is the largest multiple of 62 in a byte: the rest would favour some letters.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let letters = fair.filter_map(|byte| LETTERS.get(usize::from(byte % 62)).copied().map(char::from));
        text.extend(letters.take(length - text.len()));
    }
    Ok(text)
}

/// The origins of redirect addresses, each once; relative ones, patterns and other schemes have none.
fn origins(redirects: &[String]) -> Vec<String> {
    let mut origins = Vec::new();
    for uri in redirects {
        let Some((scheme, rest)) = uri.split_once("://") else { continue };
        let authority = rest.split(['/', '?', '#', '*']).next().unwrap_or_default();
        let origin = format!("{scheme}://{authority}");
        if matches!(scheme, "http" | "https") && !authority.is_empty() && !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}

/// Clients that belong to the realm itself.
const REALM_CLIENTS: &[&str] = &["realm-management", "broker"];
const SECRET_LENGTH: usize = 86;
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
