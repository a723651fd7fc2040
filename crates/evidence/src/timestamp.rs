//! Timestamps of an authority [RFC3161-2.4.2]: signed data [RFC5652-5] over a digest and a time.

use cms::cert::CertificateChoices;
use cms::cert::x509::attr::Attribute;
use cms::cert::x509::der::asn1::{ObjectIdentifier, OctetString};
use cms::cert::x509::der::{Decode, Encode};
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use ledger::Hash;
use ledger::policy::Certificate;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::{self, Any, FromDer, GeneralizedTime, Integer, Oid, Sequence};
use x509_parser::x509::AlgorithmIdentifier;

use crate::certificate;
use crate::log::Outside;

/// Octets of the longest timestamp that is read: one with a chain of certificates takes some 6 KiB.
const LONGEST: usize = 64 * 1024;
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_SHA256: Oid<'static> = asn1_rs::oid!(1.2.840.113549.1.1.11);
const RSA_SHA384: Oid<'static> = asn1_rs::oid!(1.2.840.113549.1.1.12);

/// The time of a timestamp over this digest, by an authority that is trusted or stands under one that is.
pub(crate) fn verify(der: &[u8], imprint: &Hash, trusted: &[Certificate]) -> Result<Outside, String> {
    if trusted.is_empty() {
        return Err("this trust names no timestamp authority".to_owned());
    }
    if der.len() > LONGEST {
        return Err("the timestamp is too long".to_owned());
    }
    let data = signed_data(der).ok_or("the timestamp can't be read")?;
    let content = data.encap_content_info.econtent.as_ref().map(|any| any.value()).unwrap_or_default();
    let [signer] = data.signer_infos.0.as_slice() else {
        return Err("the timestamp has not one signer".to_owned());
    };
    let (stamped, seconds) = info(content).ok_or("the timestamp's content can't be read")?;
    if stamped != imprint {
        return Err("the timestamp is over something else".to_owned());
    }
    let carried = carried(&data);
    let own = carried.iter().map(Vec::as_slice).chain(trusted.iter().map(|authority| authority.der.as_slice()));
    let own = own.filter_map(|der| certificate::parse(der).ok()).find(|certificate| is_of(certificate, &signer.sid));
    let own = own.ok_or("the timestamp lacks its signer's certificate")?;
    if !is_authority(&own) {
        return Err(format!("{} is not one for timestamps alone", own.subject()));
    }
    if !is_signed(signer, content, &own) {
        return Err("the timestamp's signature is not good".to_owned());
    }
    let others: Vec<&[u8]> = carried.iter().map(Vec::as_slice).collect();
    let by = certificate::verify_chain(own.as_raw(), &others, trusted, seconds)?;
    let seconds = u64::try_from(seconds).map_err(|_| "the timestamp is from before 1970")?;
    Ok(Outside { seconds, by: format!("the timestamp authority {by}") })
}

fn signed_data(der: &[u8]) -> Option<SignedData> {
    let info = ContentInfo::from_der(der).ok().filter(|info| info.content_type == SIGNED_DATA)?;
    let data: SignedData = info.content.decode_as().ok()?;
    (data.encap_content_info.econtent_type == TST_INFO).then_some(data)
}

/// The digest and the second that were signed. Read here and not by a library of timestamps, since authorities write
/// fractions of seconds.
fn info(content: &[u8]) -> Option<(Vec<u8>, i64)> {
    let (rest, sequence) = Sequence::from_der(content).ok()?;
    let inner = sequence.content.as_ref();
    let (inner, version) = Integer::from_der(inner).ok()?;
    let (inner, _policy) = Oid::from_der(inner).ok()?;
    let (inner, imprint) = Any::from_der(inner).ok()?;
    let (inner, _serial) = Integer::from_der(inner).ok()?;
    let (_, time) = GeneralizedTime::from_der(inner).ok()?;
    let (octets, algorithm) = AlgorithmIdentifier::from_der(imprint.data).ok()?;
    let (after, stamped) = Any::from_der(octets).ok()?;
    let is_sound = rest.is_empty()
        && after.is_empty()
        && version.as_u32() == Ok(1)
        && imprint.tag() == asn1_rs::Tag::Sequence
        && stamped.tag() == asn1_rs::Tag::OctetString
        && algorithm.algorithm.to_id_string() == SHA256;
    is_sound.then_some((stamped.data.to_vec(), time.utc_datetime().ok()?.unix_timestamp()))
}

/// The certificates that came with it.
fn carried(data: &SignedData) -> Vec<Vec<u8>> {
    let set = data.certificates.as_ref().map(|set| set.0.as_slice()).unwrap_or_default();
    set.iter()
        .filter_map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => certificate.to_der().ok(),
            CertificateChoices::Other(_) => None,
        })
        .collect()
}

fn is_of(certificate: &X509Certificate<'_>, sid: &SignerIdentifier) -> bool {
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            named.issuer.to_der().is_ok_and(|issuer| issuer == certificate.issuer().as_raw())
                && named.serial_number.as_bytes() == certificate.raw_serial()
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => certificate.iter_extensions().any(|extension| {
            matches!(extension.parsed_extension(),
                x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier(id) if id.0 == named.0.as_bytes())
        }),
    }
}

/// Whether a certificate is for timestamps and for nothing else, as it must say critically [RFC3161-2.3].
fn is_authority(certificate: &X509Certificate<'_>) -> bool {
    certificate.extended_key_usage().ok().flatten().is_some_and(|usage| {
        let uses = usage.value;
        let others = uses.any
            || uses.server_auth
            || uses.client_auth
            || uses.code_signing
            || uses.email_protection
            || uses.ocsp_signing
            || !uses.other.is_empty();
        usage.critical && uses.time_stamping && !others
    })
}

/// The signature is over the signed attributes, and one of those is the content's digest [RFC5652-5.4].
fn is_signed(signer: &SignerInfo, content: &[u8], by: &X509Certificate<'_>) -> bool {
    let Some(attributes) = &signer.signed_attrs else { return false };
    let one = |oid| {
        let mut found = attributes.iter().filter(|attribute: &&Attribute| attribute.oid == oid);
        let first = found.next().filter(|_| found.next().is_none())?;
        match first.values.as_slice() {
            [value] => Some(value),
            _ => None,
        }
    };
    let digest = match signer.digest_alg.oid.to_string().as_str() {
        SHA256 => jose::digest::sha256(content),
        SHA384 => jose::digest::sha384(content),
        _ => return false,
    };
    let names_content = one(CONTENT_TYPE).and_then(|value| value.decode_as().ok()) == Some(TST_INFO);
    let named: Option<OctetString> = one(MESSAGE_DIGEST).and_then(|value| value.decode_as().ok());
    let names_digest = named.is_some_and(|named| named.as_bytes() == digest);
    let (Ok(octets), Ok(algorithm)) = (attributes.to_der(), signer.signature_algorithm.to_der()) else { return false };
    let algorithm = match signer.signature_algorithm.oid.to_string().as_str() {
        // The bare name of RSA leaves it to the digest's which scheme it is.
        RSA if digest.len() == 32 => AlgorithmIdentifier::new(RSA_SHA256, None),
        RSA => AlgorithmIdentifier::new(RSA_SHA384, None),
        _ => match AlgorithmIdentifier::from_der(&algorithm) {
            Ok((_, algorithm)) => algorithm,
            Err(_) => return false,
        },
    };
    let signature = signer.signature.as_bytes();
    names_content && names_digest && certificate::verify(by.public_key(), &algorithm, signature, &octets)
}

#[cfg(test)]
mod tests {
    use ledger::hash::sha256;
    use ledger::policy::Certificate;

    use super::verify;

    /// Made once with OpenSSL's `ts` command, with fractions of seconds: a root, and under it an authority with an RSA key
    /// and one with a P-256 key.
    const ROOT: &[u8] = include_bytes!("../testdata/root.der");
    const RSA: &[u8] = include_bytes!("../testdata/rsa.tst");
    const RSA_AUTHORITY: &[u8] = include_bytes!("../testdata/rsa.der");
    const EC: &[u8] = include_bytes!("../testdata/ec.tst");
    const TEXT: &[u8] = include_bytes!("../testdata/stamped.txt");
    const SECONDS: std::ops::Range<u64> = 1_795_651_200..1_795_824_000;

    fn trusting(der: &[u8]) -> Vec<Certificate> {
        vec![Certificate { name: "clock".to_owned(), der: der.to_vec() }]
    }

    #[test]
    fn a_timestamp_of_an_authority_under_the_root_gives_its_time() {
        for token in [RSA, EC] {
            let time = verify(token, &sha256(TEXT), &trusting(ROOT)).unwrap();
            assert!(SECONDS.contains(&time.seconds), "{time:?}");
            assert_eq!(time.by, "the timestamp authority clock");
        }
        assert!(verify(RSA, &sha256(TEXT), &trusting(RSA_AUTHORITY)).is_ok());
    }

    #[test]
    fn under_another_trust_or_over_something_else_it_gives_none() {
        assert!(verify(EC, &sha256(TEXT), &trusting(RSA_AUTHORITY)).unwrap_err().contains("leads to none"));
        assert!(verify(RSA, &sha256(TEXT), &[]).is_err());
        assert!(verify(RSA, &sha256(b"else"), &trusting(ROOT)).unwrap_err().contains("over something else"));
        assert!(verify(&RSA[1..], &sha256(TEXT), &trusting(ROOT)).is_err());
    }

    #[test]
    fn an_octet_that_is_changed_never_gives_another_time() {
        for token in [RSA, EC] {
            let time = verify(token, &sha256(TEXT), &trusting(ROOT)).unwrap().seconds;
            let changed = (0..token.len()).step_by(5).filter_map(|at| {
                let mut other = token.to_vec();
                other[at] ^= 0x01;
                verify(&other, &sha256(TEXT), &trusting(ROOT)).ok()
            });
            assert!(changed.into_iter().all(|found| found.seconds == time));
        }
    }
}
