//! Bearer tokens: made, read, and kept as digests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use liuhen_proto::Sha256;
use liuhen_proto::world::Randomness;

/// The largest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 256;

/// A bearer token. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Makes a new one of 256 random bits; `kind` stands before it, so that people can tell tokens apart.
    pub fn generate(kind: &str, random: &dyn Randomness) -> Self {
        let mut bits = [0; 32];
        random.fill(&mut bits);
        Self(format!("{kind}_{}", URL_SAFE_NO_PAD.encode(bits)))
    }

    /// From what a file or a header holds; nothing where it cannot be a token.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.len() <= MAX_TOKEN_BYTES && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The secret itself: for the one who was given it, and for nobody else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(self.0.as_bytes())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::SeededRandom;

    #[test]
    fn a_token_reads_back_and_never_prints() {
        let token = Token::generate("lhr", &SeededRandom::new(1));
        assert_eq!(Token::parse(&format!(" {}\n", token.reveal())), Some(token.clone()));
        assert!(!format!("{token:?}").contains(&token.reveal()[4..]));
        for wrong in ["", "  ", "令牌", "a b", &"x".repeat(257)] {
            assert_eq!(Token::parse(wrong), None, "{wrong:.20}");
        }
    }
}
