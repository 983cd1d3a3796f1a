//! The authority: one key that signs certificates of recorders and neighbours, and of the address that they call. The built-in one, or one
//! that the site brings along (`outside`).
//!
//! In: a key pair and its certificate, as PEM. Out: certificates, X.509 with Ed25519 (RFC 8410). Always: what it signs is
//! for one use, client or server; times in what it signs for servers play no part, since recorders with a wrong clock
//! must come through. Recorders know it by the SHA-256 of its public key, [`Authority::pin`].
//! Not here: which key may have a certificate ([`super`]).

mod named;
mod outside;

use liuhen_proto::{Sha256, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKeyData, SanType, SerialNumber, SignatureAlgorithm,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::OffsetDateTime;

use super::made::Made;

/// The one name of all addresses for machines: recorders know the authority, and need no other name.
pub const CENTRE: &str = "centre.liuhen.internal";
const NAME: &str = "Liuhen machines";
/// Ed25519 in SubjectPublicKeyInfo (RFC 8410): this, then the 32 bytes of the key.
const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// ECDSA with P-256 in SubjectPublicKeyInfo (RFC 5480): this, then 4 and the 64 bytes of the point, uncompressed.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
    0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Why there is no authority, or no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A key or a certificate cannot be read or made.
    #[error("{what} of the machines' authority: {why}")]
    Made {
        /// `key` or `certificate`.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// One that somebody else has made cannot be used.
    #[error("the outside authority for recorders: {why} · 外部录像机 CA：{zh}")]
    Outside {
        /// Why not.
        why: String,
        /// The same in Chinese.
        zh: String,
    },
}

fn made(what: &'static str) -> impl Fn(rcgen::Error) -> AuthorityError {
    move |error| AuthorityError::Made { what, why: error.to_string() }
}

/// A key of a machine: Ed25519, or P-256 for those whose library knows no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(Point);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Point {
    Ed25519([u8; 32]),
    P256([u8; 65]),
}

impl PublicKey {
    /// From the SubjectPublicKeyInfo of a certificate; nothing where it is of another kind.
    pub fn from_info(info: &[u8]) -> Option<Self> {
        let ed25519 = || info.strip_prefix(&ED25519)?.try_into().ok().map(Point::Ed25519);
        let p256 = || info.strip_prefix(&P256)?.try_into().ok().filter(|point: &[u8; 65]| point[0] == 4).map(Point::P256);
        ed25519().or_else(p256).map(Self)
    }

    /// SHA-256 of the SubjectPublicKeyInfo: as it stands in the records.
    pub fn sha256(self) -> Sha256 {
        let prefix = match self.0 {
            Point::Ed25519(_) => &ED25519[..],
            Point::P256(_) => &P256,
        };
        Sha256::of(&[prefix, self.der_bytes()].concat())
    }
}

impl PublicKeyData for PublicKey {
    fn der_bytes(&self) -> &[u8] {
        match &self.0 {
            Point::Ed25519(key) => key,
            Point::P256(point) => point,
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self.0 {
            Point::Ed25519(_) => &PKCS_ED25519,
            Point::P256(_) => &PKCS_ECDSA_P256_SHA256,
        }
    }
}

/// Signs.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    /// Of an outside one: what is its own.
    outside: Option<Outside>,
}

struct Outside {
    /// Its name, as it stands in its certificate.
    name: Vec<u8>,
    /// Until when that holds.
    until: Timestamp,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Authority({})", self.pin())
    }
}

impl Authority {
    /// Makes a new one; gives its certificate and its key, as PEM.
    pub fn generate() -> Result<(String, String), AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519).map_err(made("key"))?;
        let certificate = params().self_signed(&key).map_err(made("certificate"))?;
        Ok((certificate.pem(), key.serialize_pem()))
    }

    /// From what [`Authority::generate`] gave.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, AuthorityError> {
        let key = KeyPair::from_pem(key).map_err(made("key"))?;
        let refused = |why: String| AuthorityError::Made { what: "certificate", why };
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(|error| refused(error.to_string()))?;
        let of = webpki::EndEntityCert::try_from(&certificate).map_err(|error| refused(error.to_string()))?;
        if of.subject_public_key_info().as_ref() != key.subject_public_key_info() {
            return Err(refused("it is not that of the key beside it".to_owned()));
        }
        Ok(Self { issuer: Issuer::new(params(), key), certificate, outside: None })
    }

    /// Until when the certificate of an outside authority holds; nothing for the built-in one, whose end plays no part.
    pub fn until(&self) -> Option<Timestamp> {
        self.outside.as_ref().map(|outside| outside.until)
    }

    /// SHA-256 of its SubjectPublicKeyInfo: by this a recorder knows it.
    pub fn pin(&self) -> Sha256 {
        Sha256::of(&self.issuer.key().subject_public_key_info())
    }

    /// A certificate for the key of a recorder or a neighbour, DER.
    pub(super) fn certify(&self, key: PublicKey, of: &Made, now: Timestamp) -> Result<Vec<u8>, AuthorityError> {
        let mut params = leaf(&of.whose(), ExtendedKeyUsagePurpose::ClientAuth);
        let name = format!("urn:liuhen:{}", of.whose()).try_into().map_err(made("certificate"))?;
        params.subject_alt_names = vec![SanType::URI(name)];
        params.serial_number = Some(SerialNumber::from_slice(&serial(of.serial())));
        (params.not_before, params.not_after) = (day(now), day(of.until()));
        self.sign(&params, &key)
    }

    fn sign(&self, params: &CertificateParams, key: &impl PublicKeyData) -> Result<Vec<u8>, AuthorityError> {
        let signed = params.clone().signed_by(key, &self.issuer).map_err(made("certificate"))?;
        let Some(outside) = &self.outside else { return Ok(signed.der().to_vec()) };
        let named = named::issued_by(signed.der(), &outside.name, self.issuer.key());
        named.ok_or_else(|| AuthorityError::Made { what: "certificate", why: "it cannot be signed".to_owned() })
    }

    /// What an address for machines shows: a new key with each start, and the certificates up to this authority's own.
    pub(super) fn server(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519).map_err(made("key"))?;
        let mut params = leaf(CENTRE, ExtendedKeyUsagePurpose::ServerAuth);
        let name = CENTRE.to_owned().try_into().map_err(made("certificate"))?;
        params.subject_alt_names = vec![SanType::DnsName(name)];
        let chain = vec![self.sign(&params, &key)?.into(), self.certificate.clone()];
        Ok((chain, PrivateKeyDer::Pkcs8(key.serialize_der().into())))
    }
}

/// Of the authority itself: the same each time, so that the key and its certificate are all that must be kept.
fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn leaf(name: &str, usage: ExtendedKeyUsagePurpose) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params.use_authority_key_identifier_extension = true;
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}

fn serial(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}

/// To the second; what no certificate can tell is told as the epoch.
fn day(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.as_micros().div_euclid(1_000_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_and_keeps_its_pin() {
        let (certificate, key) = Authority::generate().unwrap();
        let first = Authority::from_pem(&certificate, &key).unwrap();
        let second = Authority::from_pem(&certificate, &key).unwrap();
        assert_eq!(first.pin(), second.pin());
        let (other, _) = Authority::generate().unwrap();
        let error = Authority::from_pem(&other, &key).unwrap_err().to_string();
        assert!(error.contains("not that of the key"), "{error}");
        assert!(Authority::from_pem("", &key).is_err() && Authority::from_pem(&certificate, "x").is_err());
        assert!(!format!("{first:?}").contains("PRIVATE"));
    }

    #[test]
    fn keys_of_another_kind_are_none() {
        let other = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        for kind in [&PKCS_ED25519, &PKCS_ECDSA_P256_SHA256] {
            let info = KeyPair::generate_for(kind).unwrap().subject_public_key_info();
            let read = PublicKey::from_info(&info).unwrap();
            assert_eq!((read.sha256(), read.subject_public_key_info()), (Sha256::of(&info), info.clone()));
            for wrong in [&info[1..], &[&info[..], &[0]].concat(), &other.subject_public_key_info(), &[]] {
                assert_eq!(PublicKey::from_info(wrong), None);
            }
        }
    }

    #[test]
    fn serial_numbers_are_read_from_hex() {
        assert_eq!(serial("00ff7a"), [0x00, 0xff, 0x7a]);
    }
}
