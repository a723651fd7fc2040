//! A service that takes signed messages, protected by a layer.
//!
//! `service REALM ROLE ORIGIN CLIENT_ID SECRET_FILE KEY_FILE KID RECEIPTS LISTEN`

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use jose::{Algorithm, SigningKey};
use receiver::clock::system_clock;
use receiver::{Receipts, Receiver, Settings, SetupError, Signer};
use signing::Profile;

/// The service's own work. Whatever comes here is signed by the role in `x-countersign-role`, octet by octet.
async fn loan(headers: HeaderMap, body: Bytes) -> String {
    let sender = headers.get("x-countersign-role").and_then(|role| role.to_str().ok()).unwrap_or_default();
    format!("{{\"received\":{},\"from\":\"{sender}\"}}", body.len())
}

/// All that it takes to protect it.
pub fn protected(settings: Settings) -> Result<Router, SetupError> {
    let receiver = Receiver::new(settings)?;
    Ok(Router::new().route("/loans", post(loan)).layer(receiver::layer(receiver)))
}

#[allow(dead_code, reason = "the test that runs this example begins with `protected`")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [realm, role, origin, client, secret, key, kid, receipts, listen] = arguments.as_slice() else {
        return Err("REALM ROLE ORIGIN CLIENT_ID SECRET_FILE KEY_FILE KID RECEIPTS LISTEN".into());
    };
    let key = SigningKey::from_text(Algorithm::ES256, &std::fs::read_to_string(key)?)?.with_kid(kid);
    let profile = Profile::find("strict").ok_or("no such profile")?.clone();
    let secret = std::fs::read_to_string(secret)?;
    let (receipts, seen) = Receipts::open(Path::new(receipts), system_clock())?;
    let settings = Settings {
        signer: Some(Signer::new(key, profile)),
        keep: Some(Arc::new(receipts)),
        seen,
        ..Settings::new(realm, role, origin, client, secret.trim_end())
    };
    axum::serve(tokio::net::TcpListener::bind(listen).await?, protected(settings)?).await?;
    Ok(())
}
