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
    let usage = current.key_usage().ok().flatten();
    if usage.is_some_and(|usage| !usage.value.digital_signature() && !usage.value.non_repudiation()) {
        return Err(format!("the certificate of {} is not for signatures", current.subject()));
    }
    for below in 0..LONGEST_CHAIN {
        valid_at(&current, at)?;
        understood(&current)?;
        if let Some(root) = trusted.iter().find(|root| root.der == current.as_raw()) {
            return Ok(root.name.clone());
        }
        for root in trusted {
            let issuer = parse(&root.der)?;
            if issued(&issuer, &current, below) && valid_at(&issuer, at).is_ok() {
                return Ok(root.name.clone());
            }
        }
        let issuers = others.iter().filter_map(|der| parse(der).ok());
        let next =
            issuers.into_iter().find(|issuer| issuer.as_raw() != current.as_raw() && issued(issuer, &current, below));
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
    let name = algorithm.algorithm.to_id_string();
    let curve = key.algorithm.parameters.as_ref().and_then(|of| of.as_oid().ok()).map(|curve| curve.to_id_string());
    // The library doesn't check ECDSA with SHA-512, nor on P-521.
    if let Some(curve) = curve
        && let Some(is_good) =
            jose::certificate::verify_ecdsa(&name, &curve, &key.subject_public_key.data, signature, octets)
    {
        return is_good;
    }
    let bits = x509_parser::der_parser::asn1_rs::BitString::new(0, signature);
    !SHA1.contains(&name.as_str()) && verify_signature(key, algorithm, &bits, octets).is_ok()
}

/// Whether one issued the other, with so many authorities below it already.
fn issued(issuer: &X509Certificate<'_>, subject: &X509Certificate<'_>, below: usize) -> bool {
    let constraints = issuer.basic_constraints().ok().flatten().map(|constraints| constraints.value);
    let may_be_above = constraints.and_then(|of| of.path_len_constraint).is_none_or(|most| below <= most as usize);
    let may_sign = issuer.key_usage().ok().flatten().is_none_or(|usage| usage.value.key_cert_sign());
    issuer.is_ca()
        && may_be_above
        && may_sign
        && issuer.subject().as_raw() == subject.issuer().as_raw()
        && verify(
            issuer.public_key(),
            &subject.signature_algorithm,
            subject.signature_value.as_ref(),
            subject.tbs_certificate.as_ref(),
        )
}

/// Refuses what a certificate demands and nobody here looks at: critical extensions, and constraints of names
/// [RFC5280-4.2].
fn understood(certificate: &X509Certificate<'_>) -> Result<(), String> {
    // Basic constraints, key usage, extended key usage, alternative names of the subject.
    const LOOKED_AT: [&str; 4] = ["2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17"];
    const NAME_CONSTRAINTS: &str = "2.5.29.30";
    let odd = certificate.extensions().iter().find(|extension| {
        let oid = extension.oid.to_id_string();
        oid == NAME_CONSTRAINTS || extension.critical && !LOOKED_AT.contains(&oid.as_str())
    });
    match odd {
        None => Ok(()),
        Some(odd) => Err(format!(
            "the certificate of {} wants the extension {} to be looked at, which is not done here",
            certificate.subject(),
            odd.oid.to_id_string()
        )),
    }
}

fn valid_at(certificate: &X509Certificate<'_>, at: i64) -> Result<(), String> {
    let validity = certificate.validity();
    if (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&at) {
        return Ok(());
    }
    Err(format!("the certificate of {} was not valid then", certificate.subject()))
}

#[cfg(test)]
mod tests {
    use super::verify_chain;
    use ledger::policy::Certificate;

    /// Certificates of these tests, all of which are valid from 2020 for a hundred years.
    macro_rules! der {
        ($name:literal) => {
            include_bytes!(concat!("../tests/certificates/", $name, ".der")).as_slice()
        };
    }

    const NARROW: &[u8] = der!("narrow");

    fn verify(first: &[u8], others: &[&[u8]]) -> Result<String, String> {
        let root = Certificate { name: "root".to_owned(), der: der!("root").to_vec() };
        verify_chain(first, others, &[root], 1_800_000_000)
    }

    #[test]
    fn an_authority_is_above_no_more_than_it_may_be() {
        assert_eq!(verify(der!("leaf"), &[NARROW]), Ok("root".to_owned()));
        let deep = verify(der!("leaf-below-narrow"), &[der!("below-narrow"), NARROW]);
        assert!(deep.is_err_and(|why| why.contains("leads to none")), "its path length is 0");
    }

    #[test]
    fn what_a_certificate_demands_and_nobody_looks_at_is_refused() {
        for (first, others) in [(der!("odd"), NARROW), (der!("leaf-of-named"), der!("named"))] {
            assert!(verify(first, &[others]).is_err_and(|why| why.contains("wants the extension")));
        }
    }

    #[test]
    fn a_certificate_that_is_not_for_signatures_vouches_for_none() {
        assert!(verify(der!("for-agreement"), &[NARROW]).is_err_and(|why| why.contains("not for signatures")));
    }
}
