//! Answers: bytes with their headers, as conditions and ranges want them.

use std::ops::Range;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use liuhen_archive::records::TrustLevel;
use liuhen_proto::{Code, Problem};

use super::range::{Answer, decide};
use crate::error;

/// For what never changes under its address.
pub(super) const FOR_EVER: &str = "private, max-age=31536000, immutable";
/// For what must be asked for again.
pub(super) const ASK_AGAIN: &str = "private, no-cache";

/// Where the footage comes from.
const TRUST: HeaderName = HeaderName::from_static("x-liuhen-trust");

/// What is served.
pub(super) struct Content<'a> {
    /// Its MIME type.
    pub(super) kind: &'static str,
    /// Strong, with quotes.
    pub(super) etag: &'a str,
    /// How long it may be kept.
    pub(super) cache: &'static str,
    /// Its length.
    pub(super) len: u64,
}

impl Content<'_> {
    /// Answers a GET or HEAD; `body` gives the bytes of a range.
    pub(super) fn answer<S>(&self, request: &Parts, body: impl FnOnce(Range<u64>) -> S) -> Response
    where
        S: Stream<Item = Result<Bytes, Problem>> + Send + 'static,
    {
        let mut response = Response::new(Body::empty());
        self.describe(response.headers_mut());
        let (status, range) = match decide(&request.headers, self.etag, self.len) {
            Answer::Whole => (StatusCode::OK, Some(0..self.len)),
            Answer::Part(range) => (StatusCode::PARTIAL_CONTENT, Some(range)),
            Answer::NotModified => (StatusCode::NOT_MODIFIED, None),
            Answer::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, None),
            Answer::Unsatisfiable => return self.unsatisfiable(),
        };
        *response.status_mut() = status;
        let Some(range) = range else { return response };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(CONTENT_LENGTH, (range.end - range.start).into());
        if status == StatusCode::PARTIAL_CONTENT {
            headers.insert(CONTENT_RANGE, header(format!("bytes {}-{}/{}", range.start, range.end - 1, self.len)));
        }
        if request.method != Method::HEAD {
            *response.body_mut() = Body::from_stream(body(range));
        }
        response
    }

    fn describe(&self, headers: &mut HeaderMap) {
        headers.insert(ETAG, header(self.etag.to_owned()));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(self.cache));
    }

    fn unsatisfiable(&self) -> Response {
        let message = format!("the range lies outside of the {} bytes", self.len);
        let mut response =
            error::to_http(&Problem::new(Code::OutOfRange, message, format!("请求的范围超出文件长度 {} 字节", self.len)));
        response.headers_mut().insert(CONTENT_RANGE, header(format!("bytes */{}", self.len)));
        response
    }
}

fn header(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("tags and numbers are visible ASCII")
}

/// Bytes that are in memory already.
pub(super) fn in_memory(
    bytes: Bytes,
) -> impl FnOnce(Range<u64>) -> futures_util::stream::Iter<std::array::IntoIter<Result<Bytes, Problem>, 1>> {
    move |range| {
        let place = |at: u64| usize::try_from(at).expect("what is in memory has its places in memory");
        futures_util::stream::iter([Ok(bytes.slice(place(range.start)..place(range.end)))])
    }
}

/// Says where the footage comes from: `captured` or `imported`.
pub(super) fn tell_trust(headers: &mut HeaderMap, trust: TrustLevel) {
    headers.insert(TRUST, HeaderValue::from_static(trust.as_str()));
}

/// Players on pages of other origins may ask for ranges and see what they got.
pub(super) fn open_to_all_origins(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let expose = "Accept-Ranges, Content-Length, Content-Range, ETag, X-Liuhen-Trust";
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(expose));
}

/// The answer to a browser that asks whether it may ask.
pub(super) fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Range, If-Range, If-None-Match, If-Match"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    response
}

/// The answer to a method that nothing here knows.
pub(super) fn wrong_method() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    response
}
