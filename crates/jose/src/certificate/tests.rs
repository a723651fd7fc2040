use super::{read, self_signed, thumbprint_sha1, thumbprint_sha256};
use crate::fixtures::{private, rfc};
use crate::{Algorithm, Error, SigningKey, VerifyingKey, b64, generate};

const START: u64 = 1_700_000_000;
const TEN_YEARS: u64 = 315_360_000;

#[test]
fn self_signed_certificate_says_what_it_was_told() {
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA] {
        let private = private(algorithm);
        let der = self_signed("cochrane", algorithm, &private, START, START + TEN_YEARS).unwrap();
        let certificate = read(&der).unwrap();
        assert_eq!(certificate.subject, "CN=cochrane");
        assert_eq!((certificate.not_before, certificate.not_after), (START as i64, (START + TEN_YEARS) as i64));
        let key = SigningKey::from_der(algorithm, &private).unwrap();
        assert_eq!(Some(certificate.spki.as_slice()), key.spki());
        assert!(!VerifyingKey::from_certificate(&der, crate::Origin::Own).unwrap().serves(Algorithm::HS256));
        let (_, parsed) = x509_parser::parse_x509_certificate(&der).unwrap();
        assert_eq!(parsed.issuer(), parsed.subject());
        assert!(parsed.extensions().is_empty());
    }
}

#[test]
fn rsa_certificate_is_made_from_pkcs1_as_well() {
    let pkcs1 = generate::pkcs1_of_rsa(&private(Algorithm::RS256)).unwrap();
    assert!(self_signed("realm", Algorithm::PS512, &pkcs1, START, START + TEN_YEARS).is_ok());
}

#[test]
fn odd_requests_are_refused() {
    let rsa = private(Algorithm::RS256);
    assert!(self_signed("realm", Algorithm::ES256, &rsa, START, START).is_err());
    assert!(self_signed("realm", Algorithm::HS256, &rsa, START, START).is_err());
    let refused = self_signed("realm", Algorithm::RS256, &rsa, START, u64::MAX).unwrap_err();
    assert_eq!(refused, Error::TooLong("certificate validity"));
}

#[test]
fn published_certificate_holds_the_published_key() {
    let jwk = crate::Jwk::parse(&rfc("x5c")["jwk"]).unwrap();
    let der = b64::decode_standard(&jwk.x5c[0], "x5c").unwrap();
    let certificate = read(&der).unwrap();
    assert_eq!(crate::Material::from_spki(&certificate.spki).unwrap(), jwk.material);
    assert_eq!(certificate.subject, "C=US, ST=CO, L=Denver, O=Ping Identity Corp., CN=Brian Campbell");
    assert_eq!((thumbprint_sha1(&der).len(), thumbprint_sha256(&der).len()), (27, 43));
}

#[test]
fn garbage_is_no_certificate() {
    let der = self_signed("realm", Algorithm::ES256, &private(Algorithm::ES256), START, START + 1).unwrap();
    for length in 0..der.len() {
        assert!(read(&der[..length]).is_err());
    }
    assert!(read(&[der.as_slice(), &[0]].concat()).is_err());
    assert_eq!(read(&vec![0x30; 20_000]), Err(Error::TooLong("certificate")));
}
