//! What a platform answers, as both adapters of ours read it: a small JSON object (docs/ref/supervision.md).

use liuhen_archive::records::{MAX_RECEIPT_BYTES, PlatformAnswer};
use liuhen_process::calendar::Date;
use liuhen_process::text::Text;
use serde::Deserialize;

use super::{Answer, Trouble, bounded};

/// As it is written. What else stands in it is kept, and not read.
#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum Written {
    /// It has it, and will say more.
    Accepted {},
    /// It has taken the session in.
    Received { reference: Text<200>, received_on: Date },
    /// It will not have it.
    Refused { reason: String },
}

/// Reads an answer to this key.
pub(super) fn read(key: &str, bytes: &[u8]) -> Result<Answer, Trouble> {
    if bytes.len() > MAX_RECEIPT_BYTES {
        return Err(Trouble::TooLong);
    }
    let unreadable = |why: String| Trouble::Unreadable(why);
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
    if value.get("key").and_then(serde_json::Value::as_str) != Some(key) {
        return Err(unreadable(format!("its `key` is not {key}")));
    }
    let receipt = bytes.to_vec();
    match serde_json::from_value(value).map_err(|error| unreadable(error.to_string()))? {
        Written::Accepted {} => Ok(Answer::Taken),
        Written::Received { reference, received_on } => {
            Ok(Answer::Said(PlatformAnswer::Received { reference, received_on, receipt }))
        }
        Written::Refused { reason } => Ok(Answer::Said(PlatformAnswer::Refused { words: bounded(reason), receipt })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_and_what_is_none_is_said() {
        let said = |text: &str| read("ses_1-1", text.as_bytes());
        assert_eq!(said(r#"{"status":"accepted","key":"ses_1-1","queue":7}"#).unwrap(), Answer::Taken);
        let received = r#"{"status":"received","key":"ses_1-1","reference":"JG-1","received_on":"2026-11-23"}"#;
        let Answer::Said(PlatformAnswer::Received { reference, receipt, .. }) = said(received).unwrap() else { panic!() };
        assert_eq!((reference.as_str(), receipt.as_slice()), ("JG-1", received.as_bytes()));
        let refused = r#"{"status":"refused","key":"ses_1-1","reason":"批次\n不存在"}"#;
        let Answer::Said(PlatformAnswer::Refused { words, .. }) = said(refused).unwrap() else { panic!() };
        assert_eq!(words, "批次 不存在");
        for wrong in [
            "",
            "[]",
            "<html>",
            r#"{"status":"accepted"}"#,
            r#"{"status":"accepted","key":"ses_1-2"}"#,
            r#"{"status":"lost","key":"ses_1-1"}"#,
            r#"{"status":"received","key":"ses_1-1","reference":"","received_on":"2026-11-23"}"#,
            r#"{"status":"received","key":"ses_1-1","reference":"JG-1","received_on":"yesterday"}"#,
            r#"{"status":"received","key":"ses_1-1","reference":"JG-1"}"#,
        ] {
            assert!(matches!(said(wrong), Err(Trouble::Unreadable(_))), "{wrong}");
        }
        let long = format!(r#"{{"status":"accepted","key":"ses_1-1","more":"{}"}}"#, "a".repeat(MAX_RECEIPT_BYTES));
        assert!(matches!(said(&long), Err(Trouble::TooLong)));
    }
}
