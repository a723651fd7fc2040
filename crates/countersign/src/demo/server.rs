//! The network's server in the demo, a witness beside it, and what an administrator does.

use std::net::TcpListener as Probe;
use std::path::Path;
use std::sync::Arc;

use domain::clock::SystemClock;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::parties::Party;
use crate::commands::{Commands, Failure};
use crate::config::environment::Environment;
use crate::config::setting::Command;
use crate::config::{Config, Values, resolve, settings};
use crate::evidence::witness::{self, Witness, WitnessRequest};

/// The realm of the demo.
pub(super) const REALM: &str = "ocen-network";
const FILE: &str = include_str!("../../../../examples/realms/ocen-network.json");
/// The administrator's name and password.
const ADMIN: &str = "admin";
/// What the witness is called.
const WITNESS: &str = "witness.example/demo";

/// A server and a witness at work.
pub(super) struct Server {
    pub(super) url: String,
    /// The ledger's key, as text.
    pub(super) log: String,
    /// Its key of ML-DSA, which signs each checkpoint as well.
    pub(super) beside: String,
    /// The witness's key, as text.
    pub(super) witness: String,
    http: Client,
    admin: String,
    work: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts both, and brings the realm in.
    pub(super) async fn start(out: &Path, commands: Commands) -> Result<Self, Failure> {
        let port = free_port()?;
        let config = config(&out.join("server"), port)?;
        let work = tokio::spawn(async move {
            if let Err(failure) = (commands.serve)(config).await {
                tracing::error!(%failure, "the demo's server ended");
            }
        });
        let url = format!("http://127.0.0.1:{port}");
        let http = client()?;
        let admin = wait_for_admin(&http, &url).await?;
        let (log, beside, witness) = (String::new(), String::new(), String::new());
        let mut server = Self { url, log, beside, witness, http, admin, work: vec![work] };
        server.open_realm(out).await?;
        Ok(server)
    }

    async fn open_realm(&mut self, out: &Path) -> Result<(), Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (key, state) = (out.join("witness.pem"), out.join("witness"));
        std::fs::create_dir_all(&state)?;
        self.witness = witness::open_key(&key, WITNESS)?.verifier().to_string();
        let mut realm: Value = serde_json::from_str(FILE)?;
        let attributes =
            realm.get_mut("attributes").and_then(Value::as_object_mut).ok_or("the realm has no attributes")?;
        let address = listener.local_addr()?;
        attributes.insert("countersign.witnesses".to_owned(), format!("{} http://{address}", self.witness).into());
        attributes.insert("countersign.time-every".to_owned(), "1".into());
        self.ask(Method::POST, "/admin/realms", Some(realm)).await?;
        let keys = self.ask(Method::GET, &format!("/realms/{REALM}/evidence/keys"), None).await?;
        self.log = text_of(&keys, "verifier");
        let verifiers = keys.get("verifiers").and_then(Value::as_array).into_iter().flatten();
        let beside = verifiers.filter_map(Value::as_str).find(|key| *key != self.log);
        self.beside = beside.ok_or("the ledger has no key of ML-DSA")?.to_owned();
        let request = WitnessRequest {
            listen: address,
            state,
            key,
            name: WITNESS.to_owned(),
            logs: vec![self.log.clone()],
            follow: Vec::new(),
            authorities: Vec::new(),
        };
        let router = witness::router(Arc::new(Witness::open(&request)?), Arc::new(SystemClock));
        self.work.push(tokio::spawn(async move {
            if let Err(cause) = axum::serve(listener, router).await {
                tracing::error!(%cause, "the demo's witness ended");
            }
        }));
        Ok(())
    }

    /// The realm's URL.
    pub(super) fn realm(&self) -> String {
        format!("{}/realms/{REALM}", self.url)
    }

    /// Registers and approves a party, with a key that it proves to have.
    pub(super) async fn register(&self, party: &Party) -> Result<(), Failure> {
        let (who, at) = (party.who, format!("/admin/realms/{REALM}/participants"));
        self.ask(Method::POST, &at, Some(json!({"id": who.organisation, "participantName": who.name}))).await?;
        let roles = format!("{at}/{}/roles", who.organisation);
        let role = json!({
            "id": who.id,
            "participantRole": who.kind,
            "clientId": who.id,
            "baseUrl": party.base(),
            "profile": who.profile,
        });
        self.ask(Method::POST, &roles, Some(role)).await?;
        self.narrow(who.id).await?;
        let role = format!("{roles}/{}", who.id);
        self.ask(Method::PUT, &role, Some(json!({"participantRoleStatus": "APPROVED"}))).await?;
        let nonce = text_of(&self.ask(Method::POST, &format!("{role}/keys/nonce"), None).await?, "nonce");
        let proof = registry::proof::make(&party.key, &party.thumbprint, who.id, &nonce)?;
        self.ask(Method::POST, &format!("{role}/keys"), Some(json!({"jwk": party.jwk, "proof": proof}))).await?;
        Ok(())
    }

    /// An access token of a client of the realm, whose secret is in the example's file.
    pub(super) async fn token(&self, client: &str) -> Result<String, Failure> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("client_secret", &format!("{client}-secret")),
        ];
        let url = format!("{}/protocol/openid-connect/token", self.realm());
        let reply: Value = serde_json::from_str(&self.http.post(url).form(&form).send().await?.text().await?)?;
        Ok(text_of(&reply, "access_token"))
    }

    /// Evidence of a conversation, as a file's octets.
    pub(super) async fn evidence(&self, request: &str) -> Result<Vec<u8>, Failure> {
        let reply = self
            .http
            .post(format!("{}/evidence/export", self.realm()))
            .bearer_auth(self.token("auditor").await?)
            .json(&json!({"requestId": request}))
            .send()
            .await?;
        let status = reply.status();
        let octets = reply.bytes().await?;
        match status.is_success() {
            true => Ok(octets.to_vec()),
            false => Err(format!("{status}: {}", String::from_utf8_lossy(&octets)).into()),
        }
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        let request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.admin);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let reply = request.send().await?;
        let status = reply.status();
        let text = reply.text().await?;
        match status.is_success() {
            true => Ok(serde_json::from_str(&text).unwrap_or_default()),
            false => Err(format!("{path} was answered {status}: {text}").into()),
        }
    }

    /// Ends both.
    pub(super) fn stop(&self) {
        for work in &self.work {
            work.abort();
        }
    }
}

fn config(data: &Path, port: u16) -> Result<Config, Failure> {
    let given = [
        ("data-dir", data.to_string_lossy().into_owned()),
        ("hostname", format!("http://127.0.0.1:{port}")),
        ("http-enabled", "true".to_owned()),
        ("http-host", "127.0.0.1".to_owned()),
        ("http-port", port.to_string()),
        ("service-realm", REALM.to_owned()),
        ("log-level", "warn".to_owned()),
        ("outbound-allowed-networks", "127.0.0.0/8".to_owned()),
        ("bootstrap-admin-username", ADMIN.to_owned()),
        ("bootstrap-admin-password", ADMIN.to_owned()),
    ];
    let arguments = given.into_iter().filter_map(|(name, value)| Some((settings::find(name)?, value))).collect();
    let values = Values::gather(Command::Start, arguments, &Environment::default(), None);
    let resolved =
        resolve(&values).map_err(|problems| problems.iter().map(|p| format!("{p}\n")).collect::<String>())?;
    Ok(resolved.config)
}

/// The administrator's token, once the server answers.
async fn wait_for_admin(http: &Client, url: &str) -> Result<String, Failure> {
    let url = format!("{url}/realms/master/protocol/openid-connect/token");
    let form = [("grant_type", "password"), ("client_id", "admin-cli"), ("username", ADMIN), ("password", ADMIN)];
    for _ in 0..PATIENCE {
        if let Ok(reply) = http.post(&url).form(&form).send().await {
            let reply: Value = serde_json::from_str(&reply.text().await?)?;
            let token = text_of(&reply, "access_token");
            if !token.is_empty() {
                return Ok(token);
            }
        }
        tokio::time::sleep(STEP).await;
    }
    Err("the server does not answer".into())
}

const STEP: std::time::Duration = std::time::Duration::from_millis(100);
/// Steps until the server answers, at most.
const PATIENCE: usize = 200;

/// A client for this machine, without a proxy.
pub(super) fn client() -> Result<Client, Failure> {
    Ok(Client::builder().tls_backend_preconfigured(crate::outbound::tls(&[])?).no_proxy().build()?)
}

/// A port that nobody listens on at this moment.
pub(super) fn free_port() -> Result<u16, Failure> {
    Ok(Probe::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A member's text, or "".
pub(super) fn text_of(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
