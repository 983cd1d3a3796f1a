//! A camera that asks for name and password (RFC 2617), and counts nothing as given that it has not checked.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use liuhen_recorder::config::{Credentials, Secret};
use md5::{Digest as _, Md5};

use super::message::{Reply, Request};

/// How it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Basic.
    Basic,
    /// Digest as of RFC 2069, which most cameras speak.
    Digest,
    /// Digest with `qop="auth"`.
    DigestQop,
    /// Digest in one header and Basic in another.
    Both,
}

/// What it asks for.
#[derive(Debug, Clone)]
pub struct Lock {
    /// How.
    pub scheme: Scheme,
    /// The name.
    pub username: &'static str,
    /// The password.
    pub password: &'static str,
    /// A nonce is good for so many requests of a connection, and then called stale.
    pub nonce_uses: usize,
    /// The 401 as a file has it, whose challenge is taken over.
    pub reply: Option<&'static str>,
}

impl Lock {
    /// Asks for `operator` and `t0p/secret`.
    pub const fn new(scheme: Scheme) -> Self {
        Self { scheme, username: "operator", password: "t0p/secret", nonce_uses: usize::MAX, reply: None }
    }

    /// The right name and password.
    pub fn key() -> Option<Credentials> {
        let lock = Self::new(Scheme::Basic);
        Some(Credentials { username: lock.username.into(), password: Secret::new(lock.password) })
    }
}

/// The lock at one connection's door.
#[derive(Debug)]
pub(super) struct Door {
    lock: Lock,
    nonce: String,
    realm: String,
    uses: usize,
}

static NONCES: AtomicUsize = AtomicUsize::new(1);

impl Door {
    pub(super) fn new(lock: &Lock) -> Self {
        let mut door = Self { lock: lock.clone(), nonce: String::new(), realm: "IP Camera(12345)".into(), uses: 0 };
        door.renew();
        if let Some(reply) = lock.reply.and_then(|text| Reply::read(text).ok()) {
            let challenge = reply.header("www-authenticate").unwrap_or_default();
            door.nonce = parameter(challenge, "nonce").unwrap_or_default();
            door.realm = parameter(challenge, "realm").unwrap_or_default();
        }
        door
    }

    fn renew(&mut self) {
        self.nonce = format!("{:032x}", NONCES.fetch_add(1, Ordering::Relaxed) * 0x9e37_79b9);
        self.uses = 0;
    }

    /// The 401, where the request does not open the door.
    pub(super) fn check(&mut self, request: &Request) -> Option<Reply> {
        let given = request.header("authorization").unwrap_or_default();
        let right = match given.split_once(' ') {
            Some(("Basic", pair)) => {
                self.lock.scheme != Scheme::Digest && self.lock.scheme != Scheme::DigestQop && self.basic(pair)
            }
            Some(("Digest", answer)) => self.lock.scheme != Scheme::Basic && self.digest(answer, &request.method),
            _ => false,
        };
        self.uses += usize::from(right);
        let stale = right && self.uses > self.lock.nonce_uses;
        if right && !stale {
            return None;
        }
        if stale {
            self.renew();
        }
        if let Some(reply) = self.lock.reply.filter(|_| !stale) {
            return Reply::read(reply).ok();
        }
        Some(self.challenge(stale))
    }

    fn challenge(&self, stale: bool) -> Reply {
        let (realm, nonce) = (&self.realm, &self.nonce);
        let basic = format!("WWW-Authenticate: Basic realm=\"{realm}\"");
        let mut digest = format!("WWW-Authenticate: Digest realm=\"{realm}\", nonce=\"{nonce}\"");
        digest += if self.lock.scheme == Scheme::DigestQop { ", algorithm=MD5, qop=\"auth\"" } else { "" };
        digest += if stale { ", stale=\"TRUE\"" } else { "" };
        let headers = match self.lock.scheme {
            Scheme::Basic => vec![basic],
            Scheme::Digest | Scheme::DigestQop => vec![digest],
            Scheme::Both => vec![digest, basic],
        };
        Reply::plain("401 Unauthorized", &headers)
    }

    fn basic(&self, pair: &str) -> bool {
        let pair = base64::engine::general_purpose::STANDARD.decode(pair.trim()).unwrap_or_default();
        pair == format!("{}:{}", self.lock.username, self.lock.password).into_bytes()
    }

    fn digest(&self, answer: &str, method: &str) -> bool {
        let given = |name: &str| parameter(answer, name).unwrap_or_default();
        let person = md5(&format!("{}:{}:{}", self.lock.username, self.realm, self.lock.password));
        let asked = md5(&format!("{method}:{}", given("uri")));
        let expected = if self.lock.scheme == Scheme::DigestQop {
            md5(&format!("{person}:{}:{}:{}:auth:{asked}", self.nonce, given("nc"), given("cnonce")))
        } else {
            md5(&format!("{person}:{}:{asked}", self.nonce))
        };
        given("username") == self.lock.username && given("nonce") == self.nonce && given("response") == expected
    }
}

fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The value of `name=value` or `name="value"`.
fn parameter(text: &str, name: &str) -> Option<String> {
    let pair = |part: &str| {
        let (known, value) = part.trim().trim_start_matches("Digest ").split_once('=')?;
        (known.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
    };
    text.split(',').find_map(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 2617, 3.5.
    #[test]
    fn the_digest_is_that_of_the_rfc() {
        let lock = Lock { username: "Mufasa", password: "Circle Of Life", ..Lock::new(Scheme::DigestQop) };
        let mut door = Door::new(&lock);
        door.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093".into();
        door.realm = "testrealm@host.com".into();
        let answer = "username=\"Mufasa\", realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", \
                      uri=\"/dir/index.html\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", \
                      response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
        assert!(door.digest(answer, "GET"));
        assert!(!door.digest(answer, "PUT"));
    }
}
