//! Timestamps of an authority [RFC3161-2.4.2]: signed data [RFC5652-5] over a digest and a time; asking for one, and
//! judging it.

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

/// Octets of the longest timestamp that is read: one with a chain of certificates takes some 6 KiB.
const LONGEST: usize = 64 * 1024;
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const SHA512: &str = "2.16.840.1.101.3.4.2.3";
const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_SHA256: Oid<'static> = asn1_rs::oid!(1.2.840.113549.1.1.11);
const RSA_SHA384: Oid<'static> = asn1_rs::oid!(1.2.840.113549.1.1.12);
const RSA_SHA512: Oid<'static> = asn1_rs::oid!(1.2.840.113549.1.1.13);

/// The most octets of a nonce, and of a DER integer that is positive whatever they are.
const NONCE_LEN: usize = 8;
/// A request up to its digest: version 1, SHA-256 [RFC3161-2.4.1].
const BEFORE_DIGEST: [u8; 24] = [
    0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
    0x01, 0x05, 0x00, 0x04, 0x20,
];
/// The nonce's tag and length.
const BEFORE_NONCE: [u8; 2] = [0x02, NONCE_LEN as u8];
/// That the authority's certificate is wanted.
const AFTER_NONCE: [u8; 3] = [0x01, 0x01, 0xff];

/// The media type of a request, and of its answer [RFC3161-3.4].
pub const QUERY: &str = "application/timestamp-query";

/// The request for a timestamp over a digest. The nonce ties the answer to it: a random number, whose first bits are set
/// here so that it has one length.
#[must_use]
pub fn request(imprint: &Hash, nonce: u64) -> Vec<u8> {
    [BEFORE_DIGEST.as_slice(), imprint, &BEFORE_NONCE, &octets_of(nonce), &AFTER_NONCE].concat()
}

fn octets_of(nonce: u64) -> [u8; NONCE_LEN] {
    (nonce & (u64::MAX >> 2) | 1 << 62).to_be_bytes()
}

/// A timestamp that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// In DER.
    pub der: Vec<u8>,
    /// Its second since 1970.
    pub second: u64,
    /// The second at which its authority's certificate ends.
    pub until: u64,
}

/// The timestamp in an authority's answer to [`request`]. It is signed by the certificate that
/// it brings along; whether that one is trusted is for the reader to say.
///
/// # Errors
/// When the authority refuses, or the answer is to another request, in words.
pub fn response(der: &[u8], imprint: &Hash, nonce: u64) -> Result<Stamp, String> {
    if der.len() > LONGEST {
        return Err("the answer is too long".to_owned());
    }
    let (status, token) = answer(der).ok_or("the answer can't be read")?;
    // Granted, or granted with changes [RFC3161-2.4.2].
    if status > 1 {
        return Err(format!("the authority refuses, with status {status}"));
    }
    let token = Timestamp::open(token, imprint)?;
    if token.info.nonce.as_deref() != Some(octets_of(nonce).as_slice()) {
        return Err("the timestamp is the answer to another request".to_owned());
    }
    let carried = carried(&token.data);
    let own = carried.iter().filter_map(|der| certificate::parse(der).ok());
    let own = token.check(own)?;
    let until = u64::try_from(own.validity().not_after.timestamp()).unwrap_or(0);
    Ok(Stamp { der: token.der.to_vec(), second: token.info.seconds()?, until })
}

/// Status and timestamp of an answer.
fn answer(der: &[u8]) -> Option<(u32, &[u8])> {
    let (rest, whole) = Any::from_der(der).ok()?;
    let (token, status) = Any::from_der(whole.data).ok()?;
    let (_, code) = Integer::from_der(status.data).ok()?;
    let is_sound = rest.is_empty() && whole.tag() == asn1_rs::Tag::Sequence && status.tag() == asn1_rs::Tag::Sequence;
    is_sound.then_some((code.as_u32().ok()?, token))
}

/// The second of a timestamp over this digest by an authority that is trusted, or stands under one that is, and that one's
/// name.
///
/// # Errors
/// A sentence, where it is malformed, over something else, or of nobody who is trusted.
pub fn verify(der: &[u8], imprint: &Hash, trusted: &[Certificate]) -> Result<(u64, String), String> {
    if trusted.is_empty() {
        return Err("this trust names no timestamp authority".to_owned());
    }
    let token = Timestamp::open(der, imprint)?;
    let carried = carried(&token.data);
    let own = carried.iter().map(Vec::as_slice).chain(trusted.iter().map(|authority| authority.der.as_slice()));
    let own = token.check(own.filter_map(|der| certificate::parse(der).ok()))?;
    let others: Vec<&[u8]> = carried.iter().map(Vec::as_slice).collect();
    let by = certificate::verify_chain(own.as_raw(), &others, trusted, token.info.at)?;
    Ok((token.info.seconds()?, by))
}

/// A timestamp over a digest, before anything is known of its signer.
struct Timestamp<'d> {
    der: &'d [u8],
    data: SignedData,
    info: Info,
}

/// What an authority signs.
struct Info {
    imprint: Vec<u8>,
    /// Seconds since 1970.
    at: i64,
    nonce: Option<Vec<u8>>,
}

impl Info {
    fn seconds(&self) -> Result<u64, String> {
        u64::try_from(self.at).map_err(|_| "the timestamp is from before 1970".to_owned())
    }
}

impl<'d> Timestamp<'d> {
    fn open(der: &'d [u8], imprint: &Hash) -> Result<Self, String> {
        if der.len() > LONGEST {
            return Err("the timestamp is too long".to_owned());
        }
        let data = signed_data(der).ok_or("the timestamp can't be read")?;
        let info = info(content(&data)).ok_or("the timestamp's content can't be read")?;
        if info.imprint != imprint {
            return Err("the timestamp is over something else".to_owned());
        }
        Ok(Self { der, data, info })
    }

    /// Checks the signature by the signer's certificate, which must be among these; gives it.
    fn check<'c>(&self, among: impl Iterator<Item = X509Certificate<'c>>) -> Result<X509Certificate<'c>, String> {
        let [signer] = self.data.signer_infos.0.as_slice() else {
            return Err("the timestamp has not one signer".to_owned());
        };
        let mut among = among;
        let own = among.find(|certificate| is_of(certificate, &signer.sid));
        let own = own.ok_or("the timestamp lacks its signer's certificate")?;
        if !is_authority(&own) {
            return Err(format!("{} is not one for timestamps alone", own.subject()));
        }
        if !is_signed(signer, content(&self.data), &own) {
            return Err("the timestamp's signature is not good".to_owned());
        }
        Ok(own)
    }
}

fn content(data: &SignedData) -> &[u8] {
    data.encap_content_info.econtent.as_ref().map(|any| any.value()).unwrap_or_default()
}

fn signed_data(der: &[u8]) -> Option<SignedData> {
    let info = ContentInfo::from_der(der).ok().filter(|info| info.content_type == SIGNED_DATA)?;
    let data: SignedData = info.content.decode_as().ok()?;
    (data.encap_content_info.econtent_type == TST_INFO).then_some(data)
}

/// What was signed. Read here and not by a library of timestamps, since authorities write fractions of seconds.
fn info(content: &[u8]) -> Option<Info> {
    let (rest, sequence) = Sequence::from_der(content).ok()?;
    let inner = sequence.content.as_ref();
    let (inner, version) = Integer::from_der(inner).ok()?;
    let (inner, _policy) = Oid::from_der(inner).ok()?;
    let (inner, imprint) = Any::from_der(inner).ok()?;
    let (inner, _serial) = Integer::from_der(inner).ok()?;
    let (mut inner, time) = GeneralizedTime::from_der(inner).ok()?;
    let (octets, algorithm) = AlgorithmIdentifier::from_der(imprint.data).ok()?;
    let (after, stamped) = Any::from_der(octets).ok()?;
    let is_sound = rest.is_empty()
        && after.is_empty()
        && version.as_u32() == Ok(1)
        && imprint.tag() == asn1_rs::Tag::Sequence
        && stamped.tag() == asn1_rs::Tag::OctetString
        && algorithm.algorithm.to_id_string() == SHA256;
    // Accuracy and ordering may come before the nonce, other things after it; the nonce alone is an integer.
    let mut nonce = None;
    while !inner.is_empty() && nonce.is_none() {
        let (rest, one) = Any::from_der(inner).ok()?;
        nonce = (one.tag() == asn1_rs::Tag::Integer).then(|| one.data.to_vec());
        inner = rest;
    }
    let at = time.utc_datetime().ok()?.unix_timestamp();
    is_sound.then(|| Info { imprint: stamped.data.to_vec(), at, nonce })
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
        SHA512 => jose::digest::sha512(content),
        _ => return false,
    };
    let names_content = one(CONTENT_TYPE).and_then(|value| value.decode_as().ok()) == Some(TST_INFO);
    let named: Option<OctetString> = one(MESSAGE_DIGEST).and_then(|value| value.decode_as().ok());
    let names_digest = named.is_some_and(|named| named.as_bytes() == digest);
    let (Ok(octets), Ok(algorithm)) = (attributes.to_der(), signer.signature_algorithm.to_der()) else { return false };
    let algorithm = match signer.signature_algorithm.oid.to_string().as_str() {
        // The bare name of RSA leaves it to the digest's which scheme it is.
        RSA => match digest.len() {
            32 => AlgorithmIdentifier::new(RSA_SHA256, None),
            48 => AlgorithmIdentifier::new(RSA_SHA384, None),
            _ => AlgorithmIdentifier::new(RSA_SHA512, None),
        },
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

    use super::{request, response, verify};

    /// Made once with OpenSSL's `ts` command, with fractions of seconds: a root, and under it an authority with an RSA key
    /// and one with a P-256 key.
    const ROOT: &[u8] = include_bytes!("../testdata/root.der");
    const RSA: &[u8] = include_bytes!("../testdata/rsa.tst");
    const RSA_AUTHORITY: &[u8] = include_bytes!("../testdata/rsa.der");
    const EC: &[u8] = include_bytes!("../testdata/ec.tst");
    /// Another root with a P-521 key, and under it authorities that sign by ECDSA with SHA-512.
    const ROOT_521: &[u8] = include_bytes!("../testdata/root521.der");
    const EC_384: &[u8] = include_bytes!("../testdata/ec384.tst");
    const EC_521: &[u8] = include_bytes!("../testdata/ec521.tst");
    const TEXT: &[u8] = include_bytes!("../testdata/stamped.txt");
    const SECONDS: std::ops::Range<u64> = 1_795_651_200..1_795_824_000;

    fn trusting(der: &[u8]) -> Vec<Certificate> {
        vec![Certificate { name: "clock".to_owned(), der: der.to_vec() }]
    }

    #[test]
    fn a_timestamp_of_an_authority_under_the_root_gives_its_time() {
        for token in [RSA, EC] {
            let time = verify(token, &sha256(TEXT), &trusting(ROOT)).unwrap();
            assert!(SECONDS.contains(&time.0), "{time:?}");
            assert_eq!(time.1, "clock");
        }
        assert!(verify(RSA, &sha256(TEXT), &trusting(RSA_AUTHORITY)).is_ok());
    }

    #[test]
    fn authorities_may_sign_by_ecdsa_with_sha_512_on_each_curve() {
        for token in [EC_384, EC_521] {
            assert_eq!(verify(token, &sha256(TEXT), &trusting(ROOT_521)).unwrap().1, "clock");
            assert!(verify(token, &sha256(TEXT), &trusting(ROOT)).is_err());
            let mut other = token.to_vec();
            *other.last_mut().unwrap() ^= 1;
            assert!(verify(&other, &sha256(TEXT), &trusting(ROOT_521)).is_err());
        }
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
            let (time, _) = verify(token, &sha256(TEXT), &trusting(ROOT)).unwrap();
            let changed = (0..token.len()).step_by(5).filter_map(|at| {
                let mut other = token.to_vec();
                other[at] ^= 0x01;
                verify(&other, &sha256(TEXT), &trusting(ROOT)).ok()
            });
            assert!(changed.into_iter().all(|(found, _)| found == time));
        }
    }

    #[test]
    fn an_answer_to_another_request_gives_no_timestamp() {
        let request = request(&sha256(TEXT), 7);
        assert_eq!((request.len(), request.get(..5)), (69, Some(&[0x30, 0x43, 0x02, 0x01, 0x01][..])));
        let granted = [&[0x30, 0x82, 0, 0, 0x30, 0x03, 0x02, 0x01, 0x00], RSA].concat();
        let length = u16::try_from(granted.len() - 4).unwrap().to_be_bytes();
        let granted = [&granted[..2], &length, &granted[4..]].concat();
        assert!(response(&granted, &sha256(TEXT), 7).unwrap_err().contains("another request"));
        let refused = [0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02];
        assert!(response(&refused, &sha256(TEXT), 7).unwrap_err().contains("status 2"));
        for odd in [&b""[..], &refused[..5], b"{}", RSA] {
            assert!(response(odd, &sha256(TEXT), 7).is_err());
        }
    }
}
