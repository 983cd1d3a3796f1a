//! Passwords and PINs: made, judged, digested, compared.
//!
//! Always: Argon2id with the parameters that OWASP names (19 MiB, 2 passes, 1 lane: the crate's defaults); a comparison
//! costs the same whether there is such an account or not; only so many are computed at once, so that many logins do not
//! take all memory. Not here: how often somebody may try ([`crate::people`]).

use std::sync::{Arc, LazyLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use liuhen_archive::records::SecretHash;
use liuhen_proto::Problem;
use liuhen_proto::world::Randomness;
use tokio::sync::Semaphore;

/// So many digests are computed at once: 19 MiB each.
const AT_ONCE: usize = 4;
/// The shortest password, in characters; the guidance of NIST SP 800-63B for one beside throttling.
const MIN_PASSWORD_CHARS: usize = 8;
const MAX_PASSWORD_CHARS: usize = 128;
/// What everybody tries first, in small letters; longer ones that only repeat a character or count up are found by rule.
const TRIED_FIRST: &[&str] = &[
    "password",
    "passw0rd",
    "qwertyui",
    "iloveyou",
    "admin123",
    "administrator",
    "letmein1",
    "woaini123",
    "woaini520",
    "woaini1314",
    "5201314",
    "a123456789",
    "abc123456",
    "qq123456",
    "liuhen123",
    "1qaz2wsx",
    "zaq12wsx",
    "asdfghjkl",
    "qwertyuiop",
    "password1",
    "password123",
    "p@ssw0rd",
    "11223344",
    "88888888",
    "66666666",
];
/// Letters and digits that nobody takes for one another.
const LEGIBLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The digest that a password of nobody is compared with.
static NOBODY: LazyLock<SecretHash> = LazyLock::new(|| {
    let digest = Argon2::default().hash_password_with_salt(b"nobody's password", b"nobody's own salt");
    SecretHash(digest.map(|digest| digest.to_string()).unwrap_or_default())
});

/// Computes digests, a few at once.
#[derive(Clone)]
pub(crate) struct Secrets {
    places: Arc<Semaphore>,
    random: Arc<dyn Randomness>,
}

impl Secrets {
    pub(crate) fn new(random: Arc<dyn Randomness>) -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), random }
    }

    /// What is kept of a secret.
    pub(crate) async fn digest(&self, secret: String) -> Result<SecretHash, Problem> {
        let mut salt = [0; 16];
        self.random.fill(&mut salt);
        let digest = self.compute(move || Argon2::default().hash_password_with_salt(secret.as_bytes(), &salt)).await?;
        let digest = digest.map_err(|error| crate::error::fault("digest a password", &error))?;
        Ok(SecretHash(digest.to_string()))
    }

    /// Whether the secret is the one that was digested. Without a digest it is compared with nobody's, and is not.
    pub(crate) async fn is_right(&self, secret: String, digest: Option<SecretHash>) -> Result<bool, Problem> {
        let (known, digest) = (digest.is_some(), digest.unwrap_or_else(|| NOBODY.clone()));
        let right = move || {
            let digest = PasswordHash::new(&digest.0)?;
            Argon2::default().verify_password(secret.as_bytes(), &digest)
        };
        Ok(self.compute(right).await?.is_ok() && known)
    }

    async fn compute<T: Send + 'static>(&self, compute: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let _place = self.places.acquire().await.map_err(|error| crate::error::fault("wait to digest", &error))?;
        tokio::task::spawn_blocking(compute).await.map_err(|error| crate::error::fault("digest", &error))
    }

    /// A password for one use: 16 characters that can be read out, 80 bits.
    pub(crate) fn one_time_password(&self) -> String {
        let mut bits = [0; 16];
        self.random.fill(&mut bits);
        bits.map(|bits| char::from(LEGIBLE[usize::from(bits & 31)])).iter().collect()
    }

    /// Six digits, each number as likely as any other to within 2⁻⁴⁴.
    pub(crate) fn pin(&self) -> String {
        let mut bits = [0; 8];
        self.random.fill(&mut bits);
        format!("{:06}", u64::from_be_bytes(bits) % 1_000_000)
    }
}

/// Whether a password may be taken: long enough, and none that is tried first. Nothing else is asked (NIST SP 800-63B).
pub(crate) fn judge(field: &str, password: &str, account: &str) -> Result<(), Problem> {
    let refuse = |why: String| Err(Problem::field(field, why));
    let length = password.chars().count();
    if !(MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS).contains(&length) {
        return refuse(format!("must have {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters"));
    }
    if password.chars().any(char::is_control) {
        return refuse("must not hold control characters".to_owned());
    }
    let small = password.to_lowercase();
    let repeats = small.chars().all(|c| small.starts_with(c));
    let counts =
        |step: u32| small.chars().zip(small.chars().skip(1)).all(|(a, b)| u32::from(a).wrapping_add(step) == u32::from(b));
    if TRIED_FIRST.contains(&small.as_str()) || repeats || counts(1) || counts(u32::MAX) || small.contains("12345678") {
        return refuse("is one of those that everybody tries first".to_owned());
    }
    if !account.is_empty() && small.contains(&account.to_lowercase()) && length < account.chars().count() + 6 {
        return refuse("is hardly more than the account".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::SeededRandom;

    #[tokio::test]
    async fn a_secret_is_known_again_and_no_other_is() {
        let secrets = Secrets::new(Arc::new(SeededRandom::new(1)));
        let digest = secrets.digest("correct horse".to_owned()).await.unwrap();
        assert!(digest.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", digest.0);
        assert!(!format!("{digest:?}").contains("argon2"));
        assert!(secrets.is_right("correct horse".to_owned(), Some(digest.clone())).await.unwrap());
        assert!(!secrets.is_right("correct hors".to_owned(), Some(digest.clone())).await.unwrap());
        assert!(!secrets.is_right("correct horse".to_owned(), Some(SecretHash("rubbish".to_owned()))).await.unwrap());
        assert_ne!(secrets.digest("correct horse".to_owned()).await.unwrap(), digest, "each has a salt of its own");
        // Nobody's own password lets nobody in either.
        assert!(!secrets.is_right("nobody's password".to_owned(), None).await.unwrap());
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for refused in
            ["short", "12345678", "abcdefgh", "87654321", "aaaaaaaaaa", "Password", "wangfang1", "x\ny1234567", &"长".repeat(129)]
        {
            assert!(judge("password", refused, "wangfang").is_err(), "{refused}");
        }
        for taken in ["correct horse", "考点负责人密码甲", "k3v9x2mq", "wangfang and the sea"] {
            assert!(judge("password", taken, "wangfang").is_ok(), "{taken}");
        }
    }

    #[test]
    fn what_is_made_can_be_read_out() {
        let secrets = Secrets::new(Arc::new(SeededRandom::new(2)));
        let password = secrets.one_time_password();
        assert!(password.len() == 16 && password.bytes().all(|byte| LEGIBLE.contains(&byte)));
        assert!(judge("password", &password, "admin").is_ok());
        assert_ne!(password, secrets.one_time_password());
        let pins: Vec<_> = (0..50).map(|_| secrets.pin()).collect();
        assert!(pins.iter().all(|pin| pin.len() == 6 && pin.bytes().all(|digit| digit.is_ascii_digit())));
    }
}
