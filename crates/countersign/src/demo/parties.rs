//! The participants of the demo: a key, a gateway, and an application behind it.

use std::path::Path;

use gateway::{Config, Gateway};
use jose::{Algorithm, SigningKey};
use serde_json::Value;
use signing::{Message, Profile, Signing};
use tokio::task::JoinHandle;

use super::applications::{self, Heard};
use super::scopes::SCOPE;
use super::server::{Server, client, free_port, text_of};
use crate::commands::Failure;

/// Who a party is, and how it signs.
pub(super) struct Who {
    /// The participant role's id, and its client's.
    pub(super) id: &'static str,
    /// The organisation's id and name.
    pub(super) organisation: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) profile: &'static str,
    pub(super) algorithm: Algorithm,
}

/// Asks for loans.
pub(super) const AGENT: Who = Who {
    id: "loan-agent",
    organisation: "kirana-credit",
    name: "Kirana Credit",
    kind: "LOAN_AGENT",
    profile: "ocen",
    algorithm: Algorithm::RS256,
};

/// Gives them.
pub(super) const LENDER: Who = Who {
    id: "lender",
    organisation: "bharat-bank",
    name: "Bharat Bank",
    kind: "LENDER",
    profile: "ocen",
    algorithm: Algorithm::RS256,
};

/// A participant.
pub(super) struct Party {
    pub(super) who: &'static Who,
    pub(super) key: SigningKey,
    pub(super) thumbprint: String,
    pub(super) jwk: Value,
    pem: String,
    port: u16,
    gateway: Option<Gateway>,
    application: Option<JoinHandle<()>>,
}

impl Party {
    /// A party with a fresh key and an address that nobody has.
    pub(super) fn new(who: &'static Who) -> Result<Self, Failure> {
        let der = match who.algorithm {
            Algorithm::RS256 => jose::generate::rsa(2048)?,
            _ => jose::generate::ec(jose::Curve::P256)?,
        };
        let kid = format!("{}-1", who.id);
        let key = SigningKey::from_der(who.algorithm, &der)?.with_kid(&kid);
        let mut jwk = key.public_jwk().ok_or("a key without a public part")?;
        jwk.kid = Some(kid);
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", jose::b64::encode_standard(&*der));
        Ok(Self {
            who,
            key,
            thumbprint: jwk.thumbprint(),
            jwk: jwk.to_value(),
            pem,
            port: free_port()?,
            gateway: None,
            application: None,
        })
    }

    /// Where others send their messages.
    pub(super) fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where its application sends its own.
    pub(super) fn exit(&self) -> Result<String, Failure> {
        let address = self.gateway.as_ref().and_then(|gateway| gateway.outbound).ok_or("the gateway is not open")?;
        Ok(format!("http://{address}"))
    }

    /// Starts its application and its gateway.
    pub(super) async fn open(&mut self, out: &Path, server: &Server, heard: &Heard) -> Result<(), Failure> {
        let folder = out.join(self.who.id);
        std::fs::create_dir_all(&folder)?;
        let (upstream, application) = applications::start(heard).await?;
        let key = folder.join("key.pem");
        std::fs::write(&key, &self.pem)?;
        let secret = folder.join("secret");
        std::fs::write(&secret, format!("{}-secret", self.who.id))?;
        let text = format!(
            "[server]\nrealm = {realm}\nclient_id = {id}\nclient_secret = {{ file = {secret} }}\n\
             own_scope = \"{SCOPE}\"\n\n\
             [role]\nid = {id}\norigin = {base}\nprofile = {profile}\n\
             keys = [{{ file = {key}, kid = {kid}, algorithm = {algorithm} }}]\n\n\
             [inbound]\nlisten = \"127.0.0.1:{port}\"\nupstream = {upstream}\naddresses = \"any\"\n\n\
             [outbound]\nlisten = \"127.0.0.1:0\"\nplain_http = true\n\n\
             [receipts]\ndirectory = {receipts}\n",
            realm = quoted(&server.realm()),
            id = quoted(self.who.id),
            secret = quoted(&secret.to_string_lossy()),
            base = quoted(&self.base()),
            profile = quoted(self.who.profile),
            key = quoted(&key.to_string_lossy()),
            kid = quoted(self.key.kid()),
            algorithm = quoted(self.who.algorithm.name()),
            port = self.port,
            upstream = quoted(&format!("http://{upstream}")),
            receipts = quoted(&folder.join("receipts").to_string_lossy()),
        );
        std::fs::create_dir_all(folder.join("receipts"))?;
        std::fs::write(folder.join("gateway.toml"), &text)?;
        self.gateway = Some(Gateway::start(Config::parse(&text, |_| None)?).await?);
        self.application = Some(application);
        Ok(())
    }

    /// Sends a message of its application to another participant.
    pub(super) async fn send(&self, to: &str, path: &str, message: &Value) -> Result<Value, Failure> {
        let url = format!("{}/{to}{path}", self.exit()?);
        let reply =
            client()?.post(url).header("content-type", "application/json").body(message.to_string()).send().await?;
        let status = reply.status();
        let body = reply.text().await?;
        if !status.is_success() {
            return Err(format!("{to} answered {status}: {body}").into());
        }
        Ok(serde_json::from_str(&body)?)
    }

    /// What its gateway says to a message of another that was altered after it was signed: the refusal's code.
    pub(super) async fn take_altered(&self, server: &Server, from: &Self, message: &Value) -> Result<String, Failure> {
        let octets = message.to_string();
        let target = "/v4.0.0alpha/loanApplications/createLoanRequest";
        let signing = Signing {
            profile: Profile::find(from.who.profile).ok_or("no profile")?,
            key: &from.key,
            now: domain::clock::Clock::now_ms(&domain::clock::SystemClock) / 1000,
            unique: "demo",
            receiver: None,
            issuer: None,
            anchor: None,
        };
        let signed = Message { headers: &[], method: "POST", target, body: octets.as_bytes(), answers: None };
        let signature = signing::sign(&signing, &signed)?;
        let reply = client()?
            .post(format!("{}{target}", self.base()))
            .bearer_auth(server.token(from.who.id).await?)
            .header("content-type", "application/json")
            .header("x-jws-signature", signature)
            .body(octets.replace("250000", "2500000"))
            .send()
            .await?;
        let body: Value = serde_json::from_str(&reply.text().await?)?;
        Ok(text_of(&body, "code"))
    }

    /// Ends its gateway and application.
    pub(super) async fn close(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            gateway.stop().await;
        }
        if let Some(application) = self.application.take() {
            application.abort();
        }
    }
}

/// A text in TOML.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
