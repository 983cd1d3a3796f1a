//! What requests are signed with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use liuhen_proto::Timestamp;
use sha2::Sha256;

/// The fewest bytes of a secret.
const MIN_BYTES: usize = 24;
/// The most.
const MAX_BYTES: usize = 64;
/// Clocks of both sides may differ by so much, as the libraries of Standard Webhooks have it.
const TOLERANCE_SECS: u64 = 300;
/// Where a secret is being replaced there are two.
const MAX_SIGNATURES: usize = 4;

/// A secret that both sides know. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// Why a text is no secret.
#[derive(Debug, thiserror::Error)]
#[error(
    "a webhook's secret is `whsec_` and the base64 of {MIN_BYTES} to {MAX_BYTES} random bytes: `echo whsec_$(head -c 32 /dev/urandom | base64)` makes one"
)]
pub struct SecretError;

impl Secret {
    /// From what a file holds.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.trim().strip_prefix("whsec_").ok_or(SecretError)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretError)?;
        if (MIN_BYTES..=MAX_BYTES).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(SecretError) }
    }

    /// The headers of a request with this id and body.
    pub(crate) fn headers(&self, id: &str, now: Timestamp, body: &[u8]) -> [(&'static str, String); 3] {
        let seconds = now.as_micros().div_euclid(1_000_000).to_string();
        let signature = format!("v1,{}", STANDARD.encode(self.mac(id, &seconds, body).finalize().into_bytes()));
        [("webhook-id", id.to_owned()), ("webhook-timestamp", seconds), ("webhook-signature", signature)]
    }

    /// Whether a message about this id has these headers, made by who knows the secret, and not at another time.
    pub(crate) fn has_signed(&self, headers: &HeaderMap, (id, now): (&str, Timestamp), body: &[u8]) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let seconds = text("webhook-timestamp");
        let in_time = seconds.parse::<i64>().is_ok_and(|at| at.abs_diff(now.as_micros().div_euclid(1_000_000)) <= TOLERANCE_SECS);
        let fits = |signature: &str| {
            let bytes = signature.strip_prefix("v1,").and_then(|encoded| STANDARD.decode(encoded).ok());
            bytes.is_some_and(|bytes| self.mac(id, seconds, body).verify_slice(&bytes).is_ok())
        };
        in_time && text("webhook-id") == id && text("webhook-signature").split(' ').take(MAX_SIGNATURES).any(fits)
    }

    fn mac(&self, id: &str, seconds: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        for part in [id.as_bytes(), b".", seconds.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks libraries.
    #[test]
    fn it_signs_as_the_specification_does() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
        let at = Timestamp::from_micros(1_614_265_330_000_000);
        let headers = secret.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
        assert_eq!(headers[1].1, "1614265330");
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(!format!("{secret:?}").contains("Mf"));
    }

    #[test]
    fn only_who_knows_the_secret_has_signed_and_only_lately() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let other = Secret::parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        let at = |seconds: i64| Timestamp::from_micros((1_614_265_330 + seconds) * 1_000_000);
        let made = |secret: &Secret| {
            let headers = secret.headers("id", at(0), b"{}").map(|(name, value)| (http::HeaderName::from_static(name), value));
            headers.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect::<HeaderMap>()
        };
        let headers = made(&secret);
        assert!(secret.has_signed(&headers, ("id", at(300)), b"{}"));
        assert!(!secret.has_signed(&headers, ("id", at(301)), b"{}") && !secret.has_signed(&headers, ("id", at(-301)), b"{}"));
        assert!(!secret.has_signed(&headers, ("it", at(0)), b"{}") && !secret.has_signed(&headers, ("id", at(0)), b"[]"));
        assert!(
            !secret.has_signed(&made(&other), ("id", at(0)), b"{}") && !secret.has_signed(&HeaderMap::new(), ("id", at(0)), b"")
        );
        let mut two = made(&other);
        let both = format!("{} {}", two["webhook-signature"].to_str().unwrap(), headers["webhook-signature"].to_str().unwrap());
        two.insert("webhook-signature", both.parse().unwrap());
        assert!(secret.has_signed(&two, ("id", at(0)), b"{}"));
    }

    #[test]
    fn short_and_bare_ones_are_refused() {
        for wrong in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%"] {
            assert!(Secret::parse(wrong).is_err(), "{wrong}");
        }
    }
}
