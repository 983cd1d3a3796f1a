//! The console for browsers: its page, and gRPC as browsers can speak it.
//!
//! In: GET of `/` and `/assets/<name>`; gRPC-Web calls. Out: the files that were built into the program, or a page that says
//! that none was; gRPC-Web answers. Always: the page is the same for everybody and holds no data, so it needs no login; it
//! may load nothing from elsewhere and run nothing but its own files; a call by gRPC-Web passes the same guard as any
//! other. Not here: what the page does (`api/console`), who is let in ([`crate::people`]).

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};
use liuhen_proto::Problem;
use tonic_web::GrpcWebLayer;
use tower_service::Service as _;

use crate::error;

/// Names and contents of the files of the page; none where it was not built.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/console.rs"));
/// What is shown instead.
const NOT_BUILT: &str = include_str!("console/not_built.html");

/// Only files of our own, no script or style within a page, and no text that becomes HTML but by Svelte's own templates
/// (Content Security Policy level 3, Trusted Types). hls.js plays from `blob:` addresses.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; \
                      media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/// The routes.
pub(crate) fn routes() -> Router {
    let nothing = async || error::to_http(&Problem::not_found("/assets/"));
    Router::new().route("/", get(page)).route("/assets/", get(nothing)).route("/assets/{*name}", get(asset))
}

async fn page() -> Response {
    match content("index.html") {
        Some(bytes) => file(bytes, "text/html; charset=utf-8", "no-cache"),
        None => {
            (StatusCode::SERVICE_UNAVAILABLE, file(NOT_BUILT.as_bytes(), "text/html; charset=utf-8", "no-store")).into_response()
        }
    }
}

/// Its name holds a digest of it, so it never changes.
async fn asset(Path(name): Path<String>) -> Response {
    let known = content(&name).filter(|_| name != "index.html");
    match known.zip(kind(&name)) {
        Some((bytes, kind)) => file(bytes, kind, "public, max-age=31536000, immutable"),
        None => error::to_http(&Problem::not_found(format!("{name:.100}"))),
    }
}

fn content(name: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}

fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

fn file(bytes: &'static [u8], kind: &'static str, cache: &'static str) -> Response {
    let mut response = Bytes::from_static(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    response
}

/// The same, also for who speaks gRPC-Web: it is translated before the guard sees it, and the answer after. The layer by
/// itself would refuse all other calls over HTTP/1.1, so those go past it.
pub(crate) fn speaks_grpc_web(app: Router) -> Router {
    let translated = app.clone().layer(GrpcWebLayer::new());
    app.layer(from_fn_with_state(translated, choose))
}

async fn choose(State(mut translated): State<Router>, request: Request, next: Next) -> Response {
    let kind = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if !kind.starts_with(b"application/grpc-web") {
        return next.run(request).await;
    }
    match translated.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
