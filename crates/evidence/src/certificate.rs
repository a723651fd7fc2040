//! Certificates up to one that is trusted [RFC5280-6.1].

use ledger::hash::sha256;
use ledger::policy::Certificate;
use ledger::text::Digest;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::verify::verify_signature;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// Certificates between the first and the trusted one, at most, with both.
const LONGEST_CHAIN: usize = 6;

/// Follows a chain in standard base64, its own certificate first, to a trusted one, at a second since 1970; gives that
/// one's name.
pub(crate) fn verify_x5c(x5c: &[String], trusted: &[Certificate], at: i64) -> Result<String, String> {
    let ders: Vec<Vec<u8>> = x5c
        .iter()
        .map(|one| jose::b64::decode_standard(one, "x5c").map_err(|error| error.to_string()))
        .collect::<Result<_, _>>()?;
    let (first, others) = ders.split_first().ok_or("there is no certificate")?;
    let others: Vec<&[u8]> = others.iter().map(Vec::as_slice).collect();
    verify_chain(first, &others, trusted, at)
}

/// SHA-256 over the subject of a certificate in standard base64: the name in DER, so that no two spellings of it are one.
pub(crate) fn subject_digest(certificate: &str) -> Result<Digest, String> {
    let der = jose::b64::decode_standard(certificate, "x5c").map_err(|error| error.to_string())?;
    Ok(Digest(sha256(parse(&der)?.subject().as_raw())))
}

/// Follows issuers from the first certificate among the others to a trusted one; gives that one's name.
pub(crate) fn verify_chain(first: &[u8], others: &[&[u8]], trusted: &[Certificate], at: i64) -> Result<String, String> {
    let mut current = parse(first)?;
    for _ in 0..LONGEST_CHAIN {
        valid_at(&current, at)?;
        if let Some(root) = trusted.iter().find(|root| root.der == current.as_raw()) {
            return Ok(root.name.clone());
        }
        for root in trusted {
            let issuer = parse(&root.der)?;
            if issued(&issuer, &current) && valid_at(&issuer, at).is_ok() {
                return Ok(root.name.clone());
            }
        }
        let issuers = others.iter().filter_map(|der| parse(der).ok());
        let next = issuers.into_iter().find(|issuer| issuer.as_raw() != current.as_raw() && issued(issuer, &current));
        current = next.ok_or("its certificate leads to none that this trust names")?;
    }
    Err("its chain of certificates is too long".to_owned())
}

pub(crate) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, String> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err("a certificate can't be read".to_owned()),
    }
}

/// Checks a signature over octets by the key and algorithm that certificates name. None with SHA-1.
pub(crate) fn verify(
    key: &SubjectPublicKeyInfo<'_>,
    algorithm: &AlgorithmIdentifier<'_>,
    signature: &[u8],
    octets: &[u8],
) -> bool {
    const SHA1: [&str; 2] = ["1.2.840.113549.1.1.5", "1.3.14.3.2.29"];
    let bits = x509_parser::der_parser::asn1_rs::BitString::new(0, signature);
    !SHA1.contains(&algorithm.algorithm.to_id_string().as_str())
        && verify_signature(key, algorithm, &bits, octets).is_ok()
}

fn issued(issuer: &X509Certificate<'_>, subject: &X509Certificate<'_>) -> bool {
    let may_sign = issuer.key_usage().ok().flatten().is_none_or(|usage| usage.value.key_cert_sign());
    issuer.is_ca()
        && may_sign
        && issuer.subject().as_raw() == subject.issuer().as_raw()
        && verify(
            issuer.public_key(),
            &subject.signature_algorithm,
            subject.signature_value.as_ref(),
            subject.tbs_certificate.as_ref(),
        )
}

fn valid_at(certificate: &X509Certificate<'_>, at: i64) -> Result<(), String> {
    let validity = certificate.validity();
    if (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&at) {
        return Ok(());
    }
    Err(format!("the certificate of {} was not valid then", certificate.subject()))
}
