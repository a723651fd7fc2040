//! `client-jwt`: an assertion signed with the client's own key, known as `private_key_jwt` [OIDCC-9].

use domain::Result;
use jose::KeyType;
use model::ClientAuthenticator;

use super::assertion::Assertion;
use super::refusals::{ASSERTION_NO_KEY, ASSERTION_UNREADABLE};
use super::{Method, Proved, speaker};
use crate::jwks::Verdict;
use crate::refusals::{ASSERTION_ALGORITHM, ASSERTION_SIGNATURE};

/// The method.
pub(super) const JWT: Method = Method {
    id: "client-jwt",
    names: &["private_key_jwt"],
    serves: |client| client.authenticator == ClientAuthenticator::Jwt,
    prove: |cx, claim, named| {
        Box::pin(async move {
            let assertion = Assertion::parse(Assertion::text(claim.form)?).ok_or(ASSERTION_UNREADABLE)?;
            let plan = speaker(cx, claim, named, &assertion, &JWT).await?;
            verify(cx, &plan.client, &assertion).await?;
            assertion.check_audience(&cx.issuer(), claim.audiences)?;
            let writes = assertion.use_up(cx, &plan.client).await?;
            Ok(Proved { plan, writes })
        })
    },
};

async fn verify(cx: &crate::Cx<'_>, client: &model::Client, assertion: &Assertion<'_>) -> Result<()> {
    let algorithm = assertion.allowed_algorithm(client)?;
    if algorithm.kty() == KeyType::Oct {
        return Err(ASSERTION_ALGORITHM.into());
    }
    let keys = cx.oidc.foreign_keys.of(cx, client, assertion.token.header.kid()).await;
    match keys.verify(&assertion.token, algorithm) {
        Verdict::Verified => Ok(()),
        Verdict::NoKey => Err(ASSERTION_NO_KEY.into()),
        Verdict::Wrong => Err(ASSERTION_SIGNATURE.into()),
    }
}
