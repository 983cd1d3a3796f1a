//! How flags and thresholds read, for people and for programs.

use liuhen_proto::judgement::{FlagKind, Limit, Thresholds};
use serde_json::{Value, json};

use super::Voice;

/// The kind, in the caller's language.
pub(super) fn kind(kind: i32, voice: Voice) -> String {
    match FlagKind::from_wire(kind) {
        Some(kind) => voice.language.pick(kind.zh().to_owned(), kind.as_str().replace('_', " ")),
        None => voice.pick("未知类型", "unknown kind").to_owned(),
    }
}

/// The kind, as programs write it.
pub(super) fn word(kind: i32) -> &'static str {
    FlagKind::from_wire(kind).map_or("unknown", FlagKind::as_str)
}

/// A value of the kind with its unit: `16 luma`, `-62.5 dBFS`.
pub(super) fn value(kind: i32, milli: i64) -> String {
    let unit = FlagKind::from_wire(kind).map_or("", FlagKind::unit);
    format!("{} {unit}", number(milli))
}

/// Thousandths as a decimal number, without what adds nothing.
pub(super) fn number(milli: i64) -> String {
    let (sign, whole, rest) = (if milli < 0 { "-" } else { "" }, milli.unsigned_abs() / 1000, milli.unsigned_abs() % 1000);
    match rest {
        0 => format!("{sign}{whole}"),
        rest => format!("{sign}{whole}.{}", format!("{rest:03}").trim_end_matches('0')),
    }
}

/// `-62.5` as thousandths.
pub(super) fn read_number(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(rest) || rest.len() > 3 || digits.ends_with('.') {
        return None;
    }
    let milli: i64 = format!("{rest:0<3}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(milli)?.checked_mul(sign)
}

/// What a viewpoint says about each kind that it says anything about.
pub(super) fn json_thresholds(thresholds: &Thresholds) -> Value {
    let limit = |limit| match limit {
        Limit::Off => json!("off"),
        Limit::Milli(milli) => json!(milli as f64 / 1000.0),
    };
    thresholds.iter().map(|(kind, said)| (kind.as_str().to_owned(), limit(said))).collect::<serde_json::Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_they_are_written() {
        for (text, milli) in [("16", 16_000), ("-62.5", -62_500), ("0.001", 1), ("-0.25", -250), ("0", 0)] {
            assert_eq!((read_number(text), number(milli).as_str()), (Some(milli), text));
        }
        for text in ["", "-", "1.", ".5", "1.0005", "1e3", "１", "--1", "+1", "99999999999999999999"] {
            assert_eq!(read_number(text), None, "{text}");
        }
    }
}
