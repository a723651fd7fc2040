//! On whose word a key is a role's: that of its previous key, of a certificate, of a person who compared fingerprints, or
//! of nobody but the operator.

use jose::{Compact, SigningKey, VerifyingKey, certificate, jws};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::moment::Moment;
use crate::proof::{ProofError, expect, signed};
use crate::role::Role;

/// What comes with a key to vouch for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Voucher {
    /// Signed by one of the role's keys that counts now.
    PreviousKey {
        /// A compact JWS, `typ` `key-voucher+jwt`, claims `sub` (the role's id) and `jkt` (the new key's thumbprint).
        jws: String,
    },
    /// A certificate of the organisation with this key.
    Certificate {
        /// The chain in standard base64, the key's own first.
        x5c: Vec<String>,
    },
    /// Confirmed by a person who compared the fingerprint with the organisation, out of band.
    Confirmed {
        /// A compact JWS of that person, `typ` `key-voucher+jwt`, claims `sub`, `jkt` and `name` (theirs).
        jws: String,
    },
}

/// On whose word a key stands, with what shows it. Whether that is enough is for whoever trusts to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "grade", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Word {
    /// Nobody's but the operator's.
    Operator,
    /// The role's previous key's.
    PreviousKey {
        /// Which.
        kid: String,
        /// What it signed.
        jws: String,
    },
    /// A certificate's.
    Certificate {
        /// The chain in standard base64, the key's own first.
        x5c: Vec<String>,
    },
    /// A person's.
    Confirmed {
        /// Who, as they say.
        name: String,
        /// What they signed, to be checked with a key that whoever trusts has of them.
        jws: String,
    },
}

/// What is wrong with a voucher.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoucherError {
    /// The signed statement is.
    #[error("the voucher: {0}")]
    Statement(#[from] ProofError),
    /// No key of the role that counts has signed it.
    #[error("the voucher is signed by no key of the role that is valid now")]
    NoPreviousKey,
    /// The certificate is another key's, or can't be read.
    #[error("the voucher's certificate {0}")]
    Certificate(&'static str),
}

/// A voucher's `typ`.
pub const TYP: &str = "key-voucher+jwt";
/// Certificates in a chain, at most.
const LONGEST_CHAIN: usize = 6;

impl Word {
    /// The grade's name in trust files and answers.
    pub fn grade(&self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::PreviousKey { .. } => "previous-key",
            Self::Certificate { .. } => "certificate",
            Self::Confirmed { .. } => "confirmed",
        }
    }
}

impl Voucher {
    /// Checks what can be checked by who keeps the registry, and gives the word that stands in the record.
    ///
    /// # Errors
    /// When the voucher isn't one for this key and role.
    pub fn check(self, role: &Role, key: &VerifyingKey, thumbprint: &str, now: Moment) -> Result<Word, VoucherError> {
        match self {
            Self::PreviousKey { jws } => {
                let typ = Compact::parse(&jws).ok().and_then(|jws| jws.header.typ().map(str::to_owned));
                if typ.as_deref() != Some(TYP) {
                    return Err(ProofError::Form(TYP).into());
                }
                let mut valid = role.keys.iter().filter(|previous| previous.counts(now));
                let signer = valid.find(|previous| signed(&jws, previous.verifying(), TYP).is_ok());
                let signer = signer.ok_or(VoucherError::NoPreviousKey)?;
                previous_key(&jws, signer.verifying(), &role.id, thumbprint)?;
                Ok(Word::PreviousKey { kid: signer.kid.clone(), jws })
            }
            Self::Certificate { x5c } => {
                certified(&x5c, key)?;
                Ok(Word::Certificate { x5c })
            }
            Self::Confirmed { jws } => {
                let name = confirmed_by(&jws, &role.id, thumbprint)?;
                Ok(Word::Confirmed { name, jws })
            }
        }
    }
}

/// Checks that a key signed for a new one.
///
/// # Errors
/// When it didn't.
pub fn previous_key(jws: &str, key: &VerifyingKey, role: &str, thumbprint: &str) -> Result<(), ProofError> {
    let claims = signed(jws, key, TYP)?;
    expect(&claims, "sub", role)?;
    expect(&claims, "jkt", thumbprint)
}

/// Makes the statement of a previous key.
///
/// # Errors
/// When the key can't sign.
pub fn make(key: &SigningKey, role: &str, thumbprint: &str) -> jose::Result<String> {
    let claims = json!({"sub": role, "jkt": thumbprint}).to_string();
    jws::encode(&jws::header(key, Some(TYP)), claims.as_bytes(), key)
}

/// Who says to have confirmed a key; their signature is checked by whoever has their key.
///
/// # Errors
/// When the statement is about another key.
pub fn confirmed_by(jws: &str, role: &str, thumbprint: &str) -> Result<String, ProofError> {
    let compact = Compact::parse(jws).map_err(|_| ProofError::Form(TYP))?;
    if compact.header.typ() != Some(TYP) {
        return Err(ProofError::Form(TYP));
    }
    let claims = compact.claims().map_err(|_| ProofError::Form(TYP))?;
    expect(&claims, "sub", role)?;
    expect(&claims, "jkt", thumbprint)?;
    let name = claims.get("name").and_then(|name| name.as_str()).filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or(ProofError::Claim("name"))
}

/// The subject of the certificate that has this key; its chain is for whoever trusts to follow.
///
/// # Errors
/// When the first certificate is another key's.
pub fn certified(x5c: &[String], key: &VerifyingKey) -> Result<String, VoucherError> {
    if x5c.is_empty() || x5c.len() > LONGEST_CHAIN {
        return Err(VoucherError::Certificate("chain has none, or more than six"));
    }
    let mut subject = None;
    for one in x5c {
        let der = jose::b64::decode_standard(one, "x5c").map_err(|_| VoucherError::Certificate("is not in base64"))?;
        let read = certificate::read(&der).map_err(|_| VoucherError::Certificate("can't be read"))?;
        if subject.is_none() {
            if key.spki() != Some(&read.spki) {
                return Err(VoucherError::Certificate("is another key's"));
            }
            subject = Some(read.subject);
        }
    }
    subject.ok_or(VoucherError::Certificate("chain is empty"))
}
