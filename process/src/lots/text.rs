//! The two texts that people write: a reason, and what a witness adds to the seed.

use serde::{Deserialize, Serialize};

/// Why a text cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("{what} is blank: write at least one letter or digit")]
    Blank {
        /// What the text should have been.
        what: &'static str,
    },
    /// More bytes of UTF-8 than fit.
    #[error("{what} has {found_bytes} bytes, and at most {limit_bytes} fit: write less")]
    Long {
        /// What the text should have been.
        what: &'static str,
        /// Bytes given.
        found_bytes: usize,
        /// Bytes allowed.
        limit_bytes: usize,
    },
    /// A line break, a tab or another character that cannot be read aloud.
    #[error("{what} holds a control character: write it on one line, without tabs")]
    Control {
        /// What the text should have been.
        what: &'static str,
    },
}

impl TextError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Blank { .. } => "内容为空，请至少填写一个字".to_owned(),
            Self::Long { found_bytes, limit_bytes, .. } => {
                format!("内容为 {found_bytes} 字节，最多 {limit_bytes} 字节，请缩短")
            }
            Self::Control { .. } => "内容含有换行、制表等控制字符，请写在一行内".to_owned(),
        }
    }
}

fn check(what: &'static str, text: &str, limit_bytes: usize) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Blank { what });
    }
    if text.len() > limit_bytes {
        return Err(TextError::Long { what, found_bytes: text.len(), limit_bytes });
    }
    if text.chars().any(char::is_control) {
        return Err(TextError::Control { what });
    }
    Ok(())
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $what:literal, $limit:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Bytes of UTF-8, at most.
            pub const MAX_BYTES: usize = $limit;

            /// Takes the text exactly as it is written.
            pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
                let text = text.into();
                check($what, &text, Self::MAX_BYTES)?;
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                Self::new(text)
            }
        }
    )*};
}

texts! {
    /// Why there is another draw, or why somebody does not serve. One line, 1 to 600 bytes.
    Reason = "the reason", 600;
    /// A word or a number of a witness that nobody could know before. One line, 1 to 64 bytes.
    Entropy = "the contribution", 64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_that_says_something_and_fits() {
        assert!(Entropy::new("7".repeat(64)).is_ok());
        assert!(Reason::new("王老师 08:10 电话请假").is_ok());
        let refused = ["", "  ", "a\nb", "a\u{7f}", &"字".repeat(22)];
        assert!(refused.iter().all(|text| Entropy::new(*text).is_err()));
        let error = Entropy::new("7".repeat(65)).unwrap_err();
        assert_eq!(error.to_string(), "the contribution has 65 bytes, and at most 64 fit: write less");
        assert!(error.zh().contains("65"));
    }
}
