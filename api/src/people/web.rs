//! `POST /v1/login`, `/v1/renew`, `/v1/logout`: being let in as a page of a browser.
//!
//! In: account and password as JSON, or cookies. Out: cookies that scripts cannot read, and what a page must show with each
//! change. Always: no answer holds a token outside a cookie, and none is kept by anybody on the way; a body is small. The
//! guard has asked whether the request comes from a page of ours ([`crate::auth`]). Not here: who is let in (`entrance`).

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::{Problem, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::People;
use crate::auth::cookie::{self, Kind};
use crate::auth::{Asking, Token, no_token, unknown_token};
use crate::error;
use crate::peer::Via;

/// The largest body, in bytes: account and password, each of 128 characters at most.
const MAX_BODY_BYTES: usize = 8 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogIn {
    account: String,
    password: String,
}

/// The routes.
pub(crate) fn routes(people: People) -> Router {
    let routes = Router::new().route("/v1/login", post(log_in)).route("/v1/renew", post(renew));
    routes.route("/v1/logout", post(log_out)).layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(people)
}

fn via(request: &Request) -> Via {
    request.extensions().get().copied().unwrap_or(Via::Plain)
}

async fn log_in(State(people): State<People>, request: Request) -> Response {
    let (via, peer) = (via(&request), request.extensions().get().copied());
    let answer = async {
        let read = axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await;
        let body = read.map_err(|_| Problem::field("body", format!("must be at most {MAX_BODY_BYTES} bytes")))?;
        let LogIn { account, password } = form(&body)?;
        people.let_in(peer, pb::LogInRequest { account, password }).await
    };
    match answer.await {
        Ok(login) => let_in(&login, via, people.now()),
        Err(problem) => error::to_http(&problem),
    }
}

fn form(body: &Bytes) -> Result<LogIn, Problem> {
    let form = serde_json::from_slice(body);
    form.map_err(|_| Problem::field("body", r#"must be JSON: {"account":"…","password":"…"}"#))
}

async fn renew(State(people): State<People>, request: Request) -> Response {
    let via = via(&request);
    let refresh = cookie::read(request.headers(), Kind::Refresh, via);
    let renewed = match refresh {
        Some(refresh) => people.renew(refresh.reveal()).await,
        None => Err(no_token()),
    };
    match renewed {
        Ok(login) => let_in(&login, via, people.now()),
        Err(problem) => ended(error::to_http(&problem), via),
    }
}

async fn log_out(State(people): State<People>, request: Request) -> Response {
    let via = via(&request);
    let answer = match request.extensions().get::<Asking>() {
        Some(asking) => people.end(asking).await,
        None => Err(no_token()),
    };
    match answer {
        Ok(()) => ended(StatusCode::NO_CONTENT.into_response(), via),
        Err(problem) => error::to_http(&problem),
    }
}

/// The cookies of a login, and what a page needs to know of it.
fn let_in(login: &pb::Login, via: Via, now: Timestamp) -> Response {
    let Some(access) = Token::parse(&login.access_token) else { return error::to_http(&unknown_token()) };
    let person = login.person.clone().unwrap_or_default();
    let body = json!({
        "person_id": person.id, "account": person.account, "must_change_password": person.must_change_password,
        "access_until_us": login.access_until_us, "refresh_until_us": login.refresh_until_us,
        "csrf": cookie::csrf_of(&access),
    });
    let mut response = body.to_string().into_response();
    let until = Timestamp::from_micros;
    let cookies = [
        cookie::set(Kind::Access, via, &login.access_token, until(login.access_until_us), now),
        cookie::set(Kind::Refresh, via, &login.refresh_token, until(login.refresh_until_us), now),
    ];
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies.into_iter().flatten() {
        headers.append(SET_COOKIE, cookie);
    }
    response
}

/// The same answer, with the cookies taken away.
fn ended(mut response: Response, via: Via) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let cleared = [cookie::clear(Kind::Access, via), cookie::clear(Kind::Refresh, via)];
    for cookie in cleared.into_iter().flatten() {
        headers.append(SET_COOKIE, cookie);
    }
    response
}
