//! Conditional and range requests (RFC 9110 sections 13 and 14), as one pure decision.
//!
//! In: the headers, the strong ETag and the length of what is asked for. Out: what to answer.
//! Always: a range that is answered lies within the length. A request for several ranges, and a
//! `Range` that cannot be read, get the whole, as the RFC permits.

use std::ops::Range;

use http::HeaderMap;
use http::header::{IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE};

/// What to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// 200 with all bytes.
    Whole,
    /// 206 with these bytes.
    Part(Range<u64>),
    /// 304: the caller has it.
    NotModified,
    /// 412: the caller wants what is no more.
    PreconditionFailed,
    /// 416: the range lies outside.
    Unsatisfiable,
}

/// Decides. `etag` is strong, quotes included.
pub(super) fn decide(headers: &HeaderMap, etag: &str, len: u64) -> Answer {
    if headers.contains_key(IF_MATCH) && !list_holds(headers, IF_MATCH, etag, false) {
        return Answer::PreconditionFailed;
    }
    if list_holds(headers, IF_NONE_MATCH, etag, true) {
        return Answer::NotModified;
    }
    let Some(range) = headers.get(RANGE).and_then(|value| value.to_str().ok()) else { return Answer::Whole };
    // A weak tag or a date never equals our strong tag, so both give the whole.
    if headers.get(IF_RANGE).is_some_and(|tag| tag.as_bytes() != etag.as_bytes()) {
        return Answer::Whole;
    }
    match parse(range, len) {
        Parsed::Unreadable => Answer::Whole,
        Parsed::Outside => Answer::Unsatisfiable,
        Parsed::Within(range) => Answer::Part(range),
    }
}

fn list_holds(headers: &HeaderMap, name: http::HeaderName, etag: &str, weak_too: bool) -> bool {
    let tags = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
    tags.map(str::trim).any(|tag| tag == "*" || tag == etag || (weak_too && tag.strip_prefix("W/") == Some(etag)))
}

enum Parsed {
    Unreadable,
    Outside,
    Within(Range<u64>),
}

fn parse(header: &str, len: u64) -> Parsed {
    let spec = match header.split_once('=') {
        Some((unit, spec)) if unit.trim().eq_ignore_ascii_case("bytes") => spec.trim(),
        _ => return Parsed::Unreadable,
    };
    let Some((first, last)) = spec.split_once('-') else { return Parsed::Unreadable };
    match (number(first), number(last)) {
        (Number::Missing, Number::Is(suffix)) if suffix > 0 && len > 0 => Parsed::Within(len.saturating_sub(suffix)..len),
        (Number::Missing, Number::Is(_)) => Parsed::Outside,
        (Number::Is(first), Number::Is(last)) if last < first => Parsed::Unreadable,
        (Number::Is(first), Number::Is(_) | Number::Missing) if first >= len => Parsed::Outside,
        (Number::Is(first), Number::Is(last)) => Parsed::Within(first..last.saturating_add(1).min(len)),
        (Number::Is(first), Number::Missing) => Parsed::Within(first..len),
        _ => Parsed::Unreadable,
    }
}

enum Number {
    Missing,
    Is(u64),
    Wrong,
}

/// Digits only; a number too large for 64 bits is past every end.
fn number(text: &str) -> Number {
    match text {
        "" => Number::Missing,
        _ if !text.bytes().all(|b| b.is_ascii_digit()) => Number::Wrong,
        _ => Number::Is(text.parse().unwrap_or(u64::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAG: &str = "\"abc\"";

    fn ask(pairs: &[(&'static str, &str)]) -> Answer {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        decide(&headers, TAG, 100)
    }

    #[test]
    fn ranges_by_the_book() {
        let cases = [
            ("bytes=0-9", Answer::Part(0..10)),
            ("bytes=90-", Answer::Part(90..100)),
            ("bytes=90-1000", Answer::Part(90..100)),
            ("bytes=-10", Answer::Part(90..100)),
            ("bytes=-1000", Answer::Part(0..100)),
            ("BYTES=5-5", Answer::Part(5..6)),
            ("bytes=0-99999999999999999999999999", Answer::Part(0..100)),
            ("bytes=100-", Answer::Unsatisfiable),
            ("bytes=99999999999999999999999999-", Answer::Unsatisfiable),
            ("bytes=-0", Answer::Unsatisfiable),
            ("bytes=9-3", Answer::Whole),
            ("bytes=0-1,5-6", Answer::Whole),
            ("bytes=-", Answer::Whole),
            ("bytes=a-b", Answer::Whole),
            ("items=0-1", Answer::Whole),
            ("", Answer::Whole),
        ];
        for (header, expected) in cases {
            assert_eq!(ask(&[("range", header)]), expected, "{header}");
        }
    }

    #[test]
    fn conditions_by_the_book() {
        assert_eq!(ask(&[]), Answer::Whole);
        assert_eq!(ask(&[("if-none-match", "\"x\", \"abc\"")]), Answer::NotModified);
        assert_eq!(ask(&[("if-none-match", "W/\"abc\""), ("range", "bytes=0-1")]), Answer::NotModified);
        assert_eq!(ask(&[("if-none-match", "*")]), Answer::NotModified);
        assert_eq!(ask(&[("if-none-match", "\"x\"")]), Answer::Whole);
        assert_eq!(ask(&[("if-range", TAG), ("range", "bytes=0-1")]), Answer::Part(0..2));
        assert_eq!(ask(&[("if-range", "\"x\""), ("range", "bytes=0-1")]), Answer::Whole);
        assert_eq!(ask(&[("if-range", "W/\"abc\""), ("range", "bytes=0-1")]), Answer::Whole);
        assert_eq!(ask(&[("if-match", "\"x\"")]), Answer::PreconditionFailed);
        assert_eq!(ask(&[("if-match", TAG)]), Answer::Whole);
    }

    proptest! {
        #[test]
        fn no_header_makes_a_range_outside(text in "[ -~]{0,40}", len in 0u64..50) {
            let mut headers = HeaderMap::new();
            headers.insert("range", format!("bytes={text}").parse().unwrap());
            if let Answer::Part(range) = decide(&headers, TAG, len) {
                prop_assert!(range.start < range.end && range.end <= len);
            }
        }
    }
}
