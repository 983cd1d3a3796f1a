//! An authority that somebody else has made: the site's own, which signs instead of the built-in one.
//!
//! In: its certificate and its key, as PEM, and the time. Out: an [`Authority`], or what is wrong with it, in words that
//! whoever starts the server can act on. Always: what it will sign is tried first, as recorders will look at it.

use std::time::Duration;

use liuhen_proto::Timestamp;
use rcgen::{Issuer, KeyIdMethod, KeyPair, PublicKeyData as _};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::KeyUsage;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::parse_x509_certificate;

use super::{Authority, AuthorityError, CENTRE, Outside, params};

impl Authority {
    /// From what the site's own authority has made: the first certificate is the one that signs.
    pub fn outside(certificate: &str, key: &str, now: Timestamp) -> Result<Self, AuthorityError> {
        let der = CertificateDer::from_pem_slice(certificate.as_bytes());
        let der = der.map_err(|_| refused("its file holds no certificate in PEM", "证书文件中没有 PEM 格式证书"))?;
        let parsed = parse_x509_certificate(&der);
        let (_, parsed) = parsed.map_err(|_| refused("its certificate cannot be read", "证书无法解析"))?;
        check(&parsed, now)?;
        let key = KeyPair::from_pem(key);
        let key = key.map_err(|_| {
            let why = "its key is none that can be used: Ed25519, ECDSA P-256 or P-384, or RSA, as PKCS #8 in PEM, not encrypted";
            refused(why, "私钥须为未加密的 PKCS #8 PEM（Ed25519、ECDSA P-256/P-384 或 RSA）")
        })?;
        if parsed.public_key().raw != key.subject_public_key_info() {
            return Err(refused("its certificate is not that of the key beside it", "证书与私钥不匹配"));
        }
        let until = Timestamp::from_micros(parsed.validity().not_after.timestamp().saturating_mul(1_000_000));
        let outside = Outside { name: parsed.subject().as_raw().to_vec(), until };
        let mut params = params();
        // By this those who check find the key that has signed.
        let names = |it: &X509Extension<'_>| match it.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(KeyIdMethod::PreSpecified(id.0.to_vec())),
            _ => None,
        };
        params.key_identifier_method = parsed.iter_extensions().find_map(names).unwrap_or(KeyIdMethod::Sha256);
        let (issuer, certificate) = (Issuer::new(params, key), der.clone());
        let authority = Self { issuer, certificate, outside: Some(outside) };
        authority.tried()?;
        Ok(authority)
    }

    /// Signs for an address once, and looks at that as a recorder will.
    fn tried(&self) -> Result<(), AuthorityError> {
        let (chain, _) = self.server()?;
        let looked_at = || {
            let anchor = webpki::anchor_from_trusted_cert(&self.certificate)?;
            let leaf = webpki::EndEntityCert::try_from(&chain[0])?;
            // What is signed for addresses holds from 1975 to 4096: recorders ask no clock.
            let (time, usage) = (UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000)), KeyUsage::server_auth());
            let all = ring::default_provider().signature_verification_algorithms.all;
            leaf.verify_for_usage(all, &[anchor], &[], time, usage, None, None)?;
            leaf.verify_is_valid_for_subject_name(&ServerName::try_from(CENTRE).map_err(|_| webpki::Error::BadDer)?)
        };
        let why = |error: webpki::Error| AuthorityError::Outside {
            why: format!("recorders would not take what it signs ({error}); may it sign for {CENTRE}?"),
            zh: format!("录像机不会接受其签发的证书，请确认其可签发 {CENTRE}"),
        };
        looked_at().map_err(why)
    }
}

fn check(parsed: &X509Certificate<'_>, now: Timestamp) -> Result<(), AuthorityError> {
    // Where there is no such extension, it is none (RFC 5280 section 4.2.1.9).
    let signs = parsed.key_usage().is_ok_and(|usage| usage.is_none_or(|usage| usage.value.key_cert_sign()));
    if !parsed.is_ca() || !signs {
        return Err(refused(
            "its certificate is none of an authority: it may not sign certificates",
            "该证书不是 CA 证书，不能签发证书",
        ));
    }
    let (validity, seconds) = (parsed.validity(), now.as_micros().div_euclid(1_000_000));
    if seconds < validity.not_before.timestamp() {
        return Err(refused("the time of its certificate has not begun", "证书尚未生效"));
    }
    if seconds > validity.not_after.timestamp() {
        return Err(refused("the time of its certificate is over", "证书已过期"));
    }
    Ok(())
}

fn refused(why: &str, zh: &str) -> AuthorityError {
    AuthorityError::Outside { why: why.to_owned(), zh: zh.to_owned() }
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, DnValue, GeneralSubtree, IsCa, KeyUsagePurpose, NameConstraints,
        PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
    };
    use time::OffsetDateTime;

    use super::*;

    /// Of /DC=cn/DC=example/OU=exams/OU=machines/CN=Machines CA+O=枣庄评价机构, from 2026-11-23 on; made by OpenSSL.
    const DIRECTORY: (&str, &str) = (
        "-----BEGIN CERTIFICATE-----\n\
         MIICLjCCAeCgAwIBAgIUV9RPecZFdafSi4LzJysCQogh+7QwBQYDK2VwMIGBMRIw\n\
         EAYKCZImiZPyLGQBGRYCY24xFzAVBgoJkiaJk/IsZAEZFgdleGFtcGxlMQ4wDAYD\n\
         VQQLDAVleGFtczERMA8GA1UECwwIbWFjaGluZXMxLzASBgNVBAMMC01hY2hpbmVz\n\
         IENBMBkGA1UECgwS5p6j5bqE6K+E5Lu35py65p6EMCAXDTI2MTEyMzE2NDM1MloY\n\
         DzIxMjYxMDMwMTY0MzUyWjCBgTESMBAGCgmSJomT8ixkARkWAmNuMRcwFQYKCZIm\n\
         iZPyLGQBGRYHZXhhbXBsZTEOMAwGA1UECwwFZXhhbXMxETAPBgNVBAsMCG1hY2hp\n\
         bmVzMS8wEgYDVQQDDAtNYWNoaW5lcyBDQTAZBgNVBAoMEuaeo+W6hOivhOS7t+ac\n\
         uuaehDAqMAUGAytlcAMhAFiIXdV2r70aAdofY9KhKHOZMYiv/NOCUmOmouzY3li7\n\
         o2YwZDAdBgNVHQ4EFgQUtUJ0VFLl5SvGPYkSUmvAdvBIaG0wHwYDVR0jBBgwFoAU\n\
         tUJ0VFLl5SvGPYkSUmvAdvBIaG0wEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8B\n\
         Af8EBAMCAQYwBQYDK2VwA0EAtPaI9YRlfZHSDs6isqcGDQrIc3srQJRj0Y6ZGohi\n\
         MR2nKNOl4oX/Mv+/XYv2fEYxKUvEWEbSiSg8yKYhX0agAQ==\n\
         -----END CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----\n\
         MC4CAQAwBQYDK2VwBCIEINvmBFKVrfxkX2RhW/SG2Tvu5rl9EvzXRZIoiq8r5mIU\n\
         -----END PRIVATE KEY-----",
    );

    const NOW: i64 = 1_795_309_200;

    fn now() -> Timestamp {
        Timestamp::from_micros(NOW * 1_000_000)
    }

    fn at(days: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(NOW + days * 86_400).unwrap()
    }

    /// An intermediate authority as a site's own would make it, named as real ones are.
    fn params() -> CertificateParams {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        (params.not_before, params.not_after) = (at(-1), at(400));
        params.distinguished_name.push(DnType::CountryName, DnValue::PrintableString("CN".try_into().unwrap()));
        params.distinguished_name.push(DnType::OrganizationName, "枣庄评价机构");
        params.distinguished_name.push(DnType::CommonName, "Machines CA 1");
        params
    }

    fn signed(params: CertificateParams, key: &KeyPair) -> String {
        let (root_key, mut root) = (KeyPair::generate().unwrap(), CertificateParams::default());
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.signed_by(key, &Issuer::new(root, root_key)).unwrap().pem()
    }

    fn why(certificate: &str, key: &KeyPair) -> String {
        let error = Authority::outside(certificate, &key.serialize_pem(), now()).unwrap_err().to_string();
        assert!(error.contains('·'), "in both languages: {error}");
        error
    }

    #[test]
    fn an_authority_of_the_sites_own_signs() {
        for kind in [&PKCS_ED25519, &PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384] {
            let key = KeyPair::generate_for(kind).unwrap();
            let certificate = signed(params(), &key);
            // Those that vouch for it may stand below.
            let file = format!("{certificate}{}", signed(params(), &KeyPair::generate().unwrap()));
            let authority = Authority::outside(&file, &key.serialize_pem(), now()).unwrap();
            assert_eq!(authority.pin(), liuhen_proto::Sha256::of(&key.subject_public_key_info()));
            assert_eq!(authority.until(), Some(Timestamp::from_micros((NOW + 400 * 86_400) * 1_000_000)));
        }
    }

    /// As directories of an enterprise name theirs: parts of one kind twice, and two at one place.
    #[test]
    fn its_name_is_taken_byte_by_byte() {
        let then = Timestamp::from_micros((NOW + 30 * 86_400) * 1_000_000);
        Authority::outside(DIRECTORY.0, DIRECTORY.1, then).unwrap();
    }

    #[test]
    fn what_is_wrong_with_it_is_said() {
        let key = KeyPair::generate().unwrap();
        let with = |change: &dyn Fn(&mut CertificateParams)| {
            let mut params = params();
            change(&mut params);
            signed(params, &key)
        };
        let sound = with(&|_| ());
        assert!(why(&sound, &KeyPair::generate().unwrap()).contains("not that of the key"));
        assert!(why(&with(&|it| it.is_ca = IsCa::NoCa), &key).contains("none of an authority"));
        assert!(why(&with(&|it| it.key_usages = vec![KeyUsagePurpose::DigitalSignature]), &key).contains("none of an authority"));
        assert!(why(&with(&|it| it.not_after = at(0) - Duration::from_secs(1)), &key).contains("is over"));
        assert!(why(&with(&|it| it.not_before = at(1)), &key).contains("has not begun"));
        let elsewhere = |it: &mut CertificateParams| {
            let permitted_subtrees = vec![GeneralSubtree::DnsName("example.cn".to_owned())];
            it.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: vec![] });
        };
        assert!(why(&with(&elsewhere), &key).contains(CENTRE));
        assert!(why("", &key).contains("no certificate in PEM"));
        assert!(why(&key.serialize_pem(), &key).contains("no certificate in PEM"));
        let error = Authority::outside(&sound, "no key", now()).unwrap_err().to_string();
        assert!(error.contains("PKCS #8"), "{error}");
    }
}
