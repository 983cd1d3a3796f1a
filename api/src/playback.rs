//! Footage over HTTP, under addresses that were handed out: `/v1/play/<ticket>/…`.
//!
//! In: a ticket and the name of a file. Out, all of them virtual:
//! - `index.m3u8`: HLS playlist of the interval, growing while it is being recorded;
//! - `init-<run>.mp4` and `<run>-<first>-<last>.m4s`: what the playlist names; they never change;
//! - `clip.mp4`: one MP4 file of the interval as it was when first asked for, with ETag and ranges.
//!
//! Always: a ticket shows its own stream in its own interval, to its holder only: who shows their token, or who asks from
//! where the ticket was asked for. Whatever is not in order is 403 and has its entry in the log ([`crate::refusals`]).
//! Footage is never copied into a file. Pages of other origins may read what a ticket shows. Every answer says in `X-Liuhen-Trust` whether the
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
use liuhen_archive::records::RefusalKind;
use liuhen_proto::{Principal, Problem};

use crate::peer::Peer;
use crate::refusals::Tried;
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
            Err(Refusal::Problem(problem)) => error::to_http(&problem),
            Err(Refusal::Answer(response)) => *response,
            Err(Refusal::Misuse(kind, grant)) => {
                note(&shared, kind, grant.as_deref(), request.extensions.get().copied()).await;
                error::to_http(&forbidden())
            }
        },
        _ => reply::wrong_method(),
    };
    reply::open_to_all_origins(response.headers_mut());
    response
}

/// A problem, an answer that says more than a problem can, or a try at what one may not see.
enum Refusal {
    Problem(Problem),
    Answer(Box<Response>),
    Misuse(RefusalKind, Option<Arc<Grant>>),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// The same answer to whatever is not in order: who guesses learns nothing by it.
async fn serve(shared: &Arc<Shared>, ticket: &str, file: &str, request: &Parts) -> Result<Response, Refusal> {
    let unknown = || Refusal::Misuse(RefusalKind::UnknownAddress, None);
    let ticket = Ticket::parse(ticket).ok_or_else(unknown)?;
    let grant = shared.tickets.grant(ticket).ok_or_else(unknown)?;
    if !is_owner(&grant, request) {
        return Err(Refusal::Misuse(RefusalKind::SharedAddress, Some(grant)));
    }
    if !grant.holds(shared.archive.clock.now()) || !(grant.still)().await {
        return Err(Refusal::Misuse(RefusalKind::EndedAddress, Some(grant)));
    }
    let mut response = answer(shared, ticket, &grant, file, request).await?;
    reply::tell_trust(response.headers_mut(), grant.trust);
    Ok(response)
}

/// Who shows their token, or sends none and asks from where the address was asked for: players cannot send one.
fn is_owner(grant: &Grant, request: &Parts) -> bool {
    match request.extensions.get::<Principal>() {
        Some(caller) => *caller == grant.principal,
        None => request.extensions.get::<Peer>().is_some_and(|peer| grant.peer == Some(*peer)),
    }
}

/// In the chain of the stream, where the address was one.
async fn note(shared: &Shared, kind: RefusalKind, grant: Option<&Grant>, from: Option<Peer>) {
    let (at, whose) = grant.map(|grant| (grant.stream.to_string(), grant.principal.to_string())).unzip();
    shared.refusals.note(&shared.archive, Tried { kind, at, whose, from }).await;
}

async fn answer(
    shared: &Arc<Shared>,
    ticket: Ticket,
    grant: &Arc<Grant>,
    file: &str,
    request: &Parts,
) -> Result<Response, Refusal> {
    let altered = || Refusal::Misuse(RefusalKind::AlteredAddress, Some(Arc::clone(grant)));
    match file {
        "index.m3u8" => Ok(hls::playlist(shared, grant, request).await?),
        "clip.mp4" => clip::serve(shared, ticket, grant, request).await,
        _ => match hls::File::parse(file) {
            Some(hls::File::Init(run)) => hls::init(shared, grant, run, request).await?.ok_or_else(altered),
            Some(hls::File::Media { run, first, last }) => {
                hls::media(shared, grant, run, (first, last), request).await?.ok_or_else(altered)
            }
            None => Err(altered()),
        },
    }
}

fn forbidden() -> Problem {
    let message = "the address shows you nothing: it holds no longer, was given to somebody else, or not for this; ask for one \
                   of your own by OpenPlayback";
    Problem::new(liuhen_proto::Code::PermissionDenied, message, "播放地址无效：已过期、属于其他用户或与授权内容不符，请重新获取")
}
