//! Cookies of a page: how a browser shows a login without its scripts ever holding a token.
//!
//! In: headers of a request. Out: the token in its cookie, and whether the request comes from a page of ours; cookies to
//! set. Always: `HttpOnly`, `SameSite=Strict`, for this host and no other; with TLS `Secure` and named `__Host-` (RFC 6265bis
//! section 4.1.3.2), and then no other name is read. Who changes something by a cookie shows besides what only a page of
//! ours was told: [`csrf_of`]. Not here: what a token lets in to ([`super`]).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use liuhen_proto::{Sha256, Timestamp};

use super::Token;
use crate::peer::Via;

/// What a page shows with each change.
pub(crate) const CSRF: HeaderName = HeaderName::from_static("x-liuhen-csrf");
/// Fetch Metadata (W3C): from where a browser says that a request comes.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a cookie holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The access token.
    Access,
    /// The refresh token.
    Refresh,
}

impl Kind {
    const fn name(self, via: Via) -> &'static str {
        match (self, via) {
            (Self::Access, Via::Tls) => "__Host-liuhen-access",
            (Self::Refresh, Via::Tls) => "__Host-liuhen-refresh",
            (Self::Access, _) => "liuhen-access",
            (Self::Refresh, _) => "liuhen-refresh",
        }
    }
}

/// What the guard needs to know of a request.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
}

impl Asked<'_> {
    /// Whether a browser says that a page of another origin asks. A browser that says nothing asks for a page of ours, or
    /// is none.
    pub(super) fn is_foreign(&self) -> bool {
        let text = |name: &HeaderName| self.headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let elsewhere = |site: &str| !matches!(site, "same-origin" | "none");
        let host = self.uri.authority().map(|authority| authority.as_str()).or_else(|| text(&HOST));
        let other = |origin: &str| origin.split_once("://").map(|(_, authority)| authority) != host;
        text(&FETCH_SITE).is_some_and(elsewhere) || text(&ORIGIN).is_some_and(other)
    }

    /// Whether it changes nothing by what it is.
    fn only_reads(&self) -> bool {
        matches!(*self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    /// Whether it shows what goes with the token, or need not.
    pub(super) fn may_change(&self, access: &Token) -> bool {
        let shown = self.headers.get(CSRF).map(HeaderValue::as_bytes).unwrap_or_default();
        // Digests are compared, so that how long it takes tells nothing of the value.
        self.only_reads() || Sha256::of(shown) == Sha256::of(csrf_of(access).as_bytes())
    }

    /// Whether it shows anything that a page of another origin cannot send without asking.
    pub(super) fn shows_csrf(&self) -> bool {
        self.headers.get(CSRF).is_some_and(|shown| !shown.is_empty())
    }
}

/// What a page is told once, and shows with each change: it follows from the access token, which no page can read.
pub(crate) fn csrf_of(access: &Token) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::of(format!("liuhen csrf {}", access.reveal()).as_bytes()).as_bytes())
}

/// The token in a cookie.
pub(crate) fn read(headers: &HeaderMap, kind: Kind, via: Via) -> Option<Token> {
    let texts = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == kind.name(via)).and_then(|(_, token)| Token::parse(token))
}

/// A cookie that holds a token for as long as that holds.
pub(crate) fn set(kind: Kind, via: Via, token: &str, until: Timestamp, now: Timestamp) -> Option<HeaderValue> {
    let seconds = until.since(now).as_micros().div_euclid(1_000_000).max(0);
    written(kind, via, token, seconds)
}

/// A cookie that takes one away.
pub(crate) fn clear(kind: Kind, via: Via) -> Option<HeaderValue> {
    written(kind, via, "", 0)
}

fn written(kind: Kind, via: Via, token: &str, seconds: i64) -> Option<HeaderValue> {
    let secure = if via == Via::Tls { "; Secure" } else { "" };
    let text = format!("{}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}", kind.name(via));
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn with_tls_only_the_cookie_of_this_host_is_read() {
        let both = headers(&[("cookie", "a=b; liuhen-access=lha_1; __Host-liuhen-access=lha_2")]);
        assert_eq!(read(&both, Kind::Access, Via::Tls), Token::parse("lha_2"));
        assert_eq!(read(&both, Kind::Access, Via::Plain), Token::parse("lha_1"));
        assert_eq!(read(&both, Kind::Refresh, Via::Tls), None);
        let until = Timestamp::from_micros(900_000_000);
        let tls = set(Kind::Access, Via::Tls, "lha_3", until, Timestamp::from_micros(0)).unwrap();
        assert_eq!(tls, "__Host-liuhen-access=lha_3; Path=/; Max-Age=900; HttpOnly; SameSite=Strict; Secure");
        assert!(!format!("{tls:?}").contains("lha_3"));
        let plain = clear(Kind::Refresh, Via::Plain).unwrap();
        assert_eq!(plain, "liuhen-refresh=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    }

    #[test]
    fn a_page_of_another_origin_is_told_from_ours() {
        let (method, uri) = (Method::POST, Uri::from_static("/v1/login"));
        let is_foreign = |pairs: &[(&'static str, &str)]| {
            let headers = headers(&[&[("host", "exam.example.cn:7800")], pairs].concat());
            Asked { method: &method, uri: &uri, headers: &headers }.is_foreign()
        };
        assert!(!is_foreign(&[]) && !is_foreign(&[("origin", "https://exam.example.cn:7800")]));
        assert!(!is_foreign(&[("sec-fetch-site", "same-origin")]) && !is_foreign(&[("sec-fetch-site", "none")]));
        for origin in ["https://exam.example.cn", "https://evil.example", "null", "https://exam.example.cn:7800.evil.example", ""]
        {
            assert!(is_foreign(&[("origin", origin)]), "{origin}");
        }
        assert!(is_foreign(&[("sec-fetch-site", "cross-site")]) && is_foreign(&[("sec-fetch-site", "same-site")]));
    }
}
