//! Footage over HTTP, under addresses that were handed out: `/v1/play/<ticket>/…`.
//!
//! In: a ticket and the name of a file. Out, all of them virtual:
//! - `index.m3u8`: HLS playlist of the interval, growing while it is being recorded;
//! - `init-<run>.mp4` and `<run>-<first>-<last>.m4s`: what the playlist names; they never change;
//! - `clip.mp4`: one MP4 file of the interval as it was when first asked for, with ETag and ranges.
//!
//! Always: a ticket shows its own stream in its own interval; a token that comes along must be that of
//! the ticket's holder; footage is never copied into a file. Pages of other origins may read what a
//! ticket shows, since who has the address has the footage. Every answer says in `X-Liuhen-Trust` whether the
//! footage was captured or imported, and a playlist of imported footage says so itself. Not here: where footage lies ([`crate::footage`]).

mod clip;
mod hls;
mod range;
mod reply;
mod ticket;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::any;
use http::Method;
use http::request::Parts;
use liuhen_proto::{Principal, Problem};

use crate::{Shared, error};

pub(crate) use clip::{Clip, Clips};
pub(crate) use ticket::{Grant, Ticket, Tickets};

/// The routes.
pub(crate) fn routes(shared: Arc<Shared>) -> Router {
    Router::new().route("/v1/play/{ticket}/{file}", any(play)).with_state(shared)
}

async fn play(State(shared): State<Arc<Shared>>, Path((ticket, file)): Path<(String, String)>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let mut response = match request.method {
        Method::OPTIONS => reply::preflight(),
        Method::GET | Method::HEAD => match serve(&shared, &ticket, &file, &request).await {
            Ok(response) => response,
            Err(refusal) => refusal.into_response(),
        },
        _ => reply::wrong_method(),
    };
    reply::open_to_all_origins(response.headers_mut());
    response
}

/// A problem, or an answer that says more than a problem can.
enum Refusal {
    Problem(Problem),
    Answer(Box<Response>),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => error::to_http(&problem),
            Self::Answer(response) => *response,
        }
    }
}

async fn serve(shared: &Arc<Shared>, ticket: &str, file: &str, request: &Parts) -> Result<Response, Refusal> {
    let ticket = Ticket::parse(ticket).ok_or_else(expired)?;
    let grant = shared.tickets.grant(ticket, shared.archive.clock.now()).ok_or_else(expired)?;
    if request.extensions.get::<Principal>().is_some_and(|caller| *caller != grant.principal) {
        return Err(not_yours().into());
    }
    if !(grant.still)().await {
        return Err(expired().into());
    }
    let mut response = answer(shared, ticket, &grant, file, request).await?;
    reply::tell_trust(response.headers_mut(), grant.trust);
    Ok(response)
}

async fn answer(shared: &Arc<Shared>, ticket: Ticket, grant: &Grant, file: &str, request: &Parts) -> Result<Response, Refusal> {
    match file {
        "index.m3u8" => Ok(hls::playlist(shared, grant, request).await?),
        "clip.mp4" => clip::serve(shared, ticket, grant, request).await,
        _ => match hls::File::parse(file) {
            Some(hls::File::Init(run)) => Ok(hls::init(shared, grant, run, request).await?),
            Some(hls::File::Media { run, first, last }) => Ok(hls::media(shared, grant, run, (first, last), request).await?),
            None => Err(Problem::not_found(format!("{file:.100}")).into()),
        },
    }
}

fn expired() -> Problem {
    let message = "the address does not hold, or holds no longer: ask for another one by OpenPlayback";
    Problem::new(liuhen_proto::Code::NotFound, message, "播放地址无效或已过期，请重新获取")
}

fn not_yours() -> Problem {
    let message = "the address was given to somebody else: ask for one of your own by OpenPlayback";
    Problem::new(liuhen_proto::Code::PermissionDenied, message, "该播放地址属于其他用户，请自行获取")
}
