//! Whose call it is, and whether it may be made. One layer before everything that is served.
//!
//! In: a request with `authorization: Bearer <token>` or a cookie of ours, or on a connection with a key. Out: the same request with its [`Principal`] and what was asked
//! in the extensions, or a refusal in the caller's own protocol (gRPC status or HTTP JSON).
//! - [`action`]: what each RPC and route does; [`table`]: which role may do it; [`caller`]: who calls;
//! - `asking`: how handlers ask about the things that they show or change;
//! - `still`: answers that go on end with the right to them; `ends`: by a clock that is never set back;
//! - [`neighbour`]: what a neighbouring system can be permitted, and under which name it speaks;
//! - `page`: a login as a page of a browser shows it, by a `cookie`;
//! - [`identity`]: the seam for providers outside;
//! - [`token`], `secret`: tokens, passwords and PINs.
//!
//! Always: nothing is reached without an action that one of the caller's roles may do; no answer leaves whose handler has
//! not asked about a place; tokens are compared by their SHA-256 and never logged; who is not let in is not told why.
//! Not here: of which site a recorder may speak (`liuhen_ingest`).

pub mod action;
mod asking;
pub mod caller;
pub(crate) mod cookie;
mod ends;
pub mod identity;
pub mod neighbour;
mod page;
pub(crate) mod secret;
mod still;
pub mod table;
mod token;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use liuhen_archive::Archive;
use liuhen_archive::records::{Login, Machine, RefusalKind};
use liuhen_proto::ids::{GrantId, LoginId, PassId, PersonId};
use liuhen_proto::scope::Place;
use liuhen_proto::{Code, Principal, Problem, Sha256};
use tracing::Instrument as _;

pub(crate) use asking::Asking;
pub use token::Token;

use crate::error;
use crate::machines::RENEWED_UNTIL;
use crate::machines::authority::PublicKey;
use crate::peer::{Peer, Via};
use crate::refusals::{Refusals, Tried};
use action::{Action, of_path};
use caller::{Caller, Who};
use cookie::Asked;
use ends::Ends;
pub(crate) use still::Question;
use table::{Decision, Denial, authorize, authorize_somewhere};

/// The operator of the machine: who reads the data directory has it all.
#[derive(Debug, Clone, Copy)]
pub struct Administrator {
    /// Under which id the log names them.
    pub person: PersonId,
    /// SHA-256 of their token.
    pub token: Sha256,
}

/// A right with an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Right {
    Access(Sha256),
    Login(LoginId),
    Grant(GrantId),
    Pass(PassId),
}

/// Knows tokens.
#[derive(Clone)]
pub struct Authenticator {
    archive: Archive,
    administrator: Administrator,
    ends: Arc<Ends<Right>>,
    refusals: Arc<Refusals>,
}

impl Authenticator {
    /// Looks logins and recorders up in the records; the administrator is given.
    pub(crate) fn new(archive: Archive, administrator: Administrator, refusals: Arc<Refusals>) -> Self {
        Self { archive, administrator, ends: Arc::default(), refusals }
    }

    /// Whose request it is: nobody's where it shows nothing, a refusal where what it shows lets nobody in.
    async fn caller(&self, door: Door, asked: Asked<'_>, action: Action) -> Result<Option<Caller>, Problem> {
        match door.via {
            Via::Machines(Some(key)) => self.machine(key, door.from).await.map(Some),
            Via::Machines(None) => Ok(None),
            Via::Plain | Via::Tls if asked.headers.contains_key(AUTHORIZATION) => self.by_token(door, asked.headers).await,
            Via::Plain | Via::Tls => self.by_cookie(door, asked, action).await,
        }
    }

    /// The recorder or the neighbour of a key.
    async fn machine(&self, key: PublicKey, from: Option<Peer>) -> Result<Caller, Problem> {
        let found = self.archive.records.machine(key.sha256()).await;
        let found = found.map_err(|error| error::records("look the key up", error))?;
        let now = self.archive.clock.now();
        if found.is_none() {
            let neighbour = self.archive.records.neighbour_by_key(key.sha256()).await;
            if let Some(known) = neighbour.map_err(|error| error::records("look the key up", error))? {
                return self.neighbour(key, known, from).await;
            }
        }
        let why = match &found {
            None => "nobody knows its key",
            Some(machine) if machine.revoked.is_some() => "its key was revoked",
            Some(machine) if machine.until.after(RENEWED_UNTIL) <= now => "its certificate was over long ago",
            Some(Machine { recorder, site, until, .. }) => {
                let principal = Principal::Recorder { recorder: *recorder, site: *site };
                return Ok(Caller { principal, who: Who::Recorder { key: Some(key), is_over: *until <= now } });
            }
        };
        let at = found.map(|machine| machine.recorder.to_string());
        tracing::info!(recorder = at, why, "a recorder was not let in");
        self.refusals.note(&self.archive, Tried { kind: RefusalKind::Machine, at, whose: None, from }).await;
        Err(unknown_key())
    }

    async fn by_token(&self, door: Door, headers: &http::HeaderMap) -> Result<Option<Caller>, Problem> {
        let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
        let token = header.to_str().ok().and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            if scheme.eq_ignore_ascii_case("bearer") { Token::parse(token) } else { None }
        });
        let token = token.ok_or_else(unknown_token)?.sha256();
        if token == self.administrator.token {
            return Ok(Some(Caller::operator(self.administrator.person)));
        }
        if let Some(caller) = self.by_login(token).await? {
            return Ok(Some(caller));
        }
        // Over the network a recorder shows a key: its token is for enrolling, and for trying out on one machine.
        if !door.is_of_this_machine() {
            return Err(unknown_token());
        }
        match self.archive.records.recorder_by_token(token).await {
            Ok(Some(recorder)) => {
                let principal = Principal::Recorder { recorder: recorder.id, site: recorder.site };
                Ok(Some(Caller { principal, who: Who::Recorder { key: None, is_over: false } }))
            }
            Ok(None) => Err(unknown_token()),
            Err(error) => Err(error::records("look the token up", error)),
        }
    }

    /// The person of an access token; nothing where it is none.
    async fn by_login(&self, token: Sha256) -> Result<Option<Caller>, Problem> {
        let login = self.archive.records.login_by_access(token).await;
        let Some(login) = login.map_err(|error| error::records("look the token up", error))? else { return Ok(None) };
        if self.ends.is_over(Right::Access(token), login.tokens.access_until, &*self.archive.clock) {
            tracing::debug!(login = %login.id, "an access token whose time is over");
            return Err(unknown_token());
        }
        self.caller_of(&login).map(Some)
    }

    /// The person of a login that still holds.
    pub(crate) fn caller_of(&self, login: &Login) -> Result<Caller, Problem> {
        let over = |right, until| self.ends.is_over(right, until, &*self.archive.clock);
        let why = match &login.pass {
            _ if login.ended.is_some() => "it was ended",
            _ if over(Right::Login(login.id), login.tokens.refresh_until) => "its time is over",
            _ if login.person.suspended => "the person is suspended",
            _ if login.identity_unlinked.is_some() => "its identity was unlinked",
            Some(pass) if pass.revoked.is_some() => "its pass was revoked",
            Some(pass) if over(Right::Pass(pass.id), pass.until) => "the time of its pass is over",
            Some(_) if login.pass_sealed.is_some() => "the papers of its session are sealed",
            _ => return Ok(Caller::of_login(login, |grant, until| over(Right::Grant(grant), until))),
        };
        tracing::info!(login = %login.id, person = %login.person.id, why, "a login lets nobody in any more");
        Err(unknown_token())
    }

    /// Whether a caller may still do somewhere what they were allowed to.
    async fn still_may(&self, caller: &Caller, action: Action, places: &[Place]) -> bool {
        if let Who::Neighbour(neighbour) = &caller.who {
            return self.neighbour_still_may(neighbour, action, places).await;
        }
        if let Who::Recorder { key: Some(key), .. } = caller.who {
            let again = self.machine(key, None).await.ok();
            return authorize_somewhere(again.as_ref(), action, self.archive.clock.now()).is_allowed();
        }
        let Some(login) = caller.person().and_then(|person| person.login) else { return true };
        let login = match self.archive.records.login(login).await {
            Ok(Some(login)) => login,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "whether a login still holds is not known");
                return false;
            }
        };
        let Ok(again) = self.caller_of(&login) else { return false };
        // What goes on decides by the roles that it began with: it ends with the first of them.
        let held = |caller: &Caller| caller.person().map(|person| person.held.clone()).unwrap_or_default();
        let (before, now_held) = (held(caller), held(&again));
        let now = self.archive.clock.now();
        before.iter().all(|role| now_held.contains(role))
            && authorize_somewhere(Some(&again), action, now).is_allowed()
            && places.iter().all(|place| authorize(Some(&again), action, place, now).is_allowed())
    }

    /// The question whether it still may, for as long as an answer or an address lasts.
    pub(crate) fn question(&self, asking: &Asking) -> Question {
        let (auth, caller, action) = (self.clone(), asking.caller.clone(), asking.action);
        let (_, places) = asking.decided();
        let places: Arc<[Place]> = places.into();
        Arc::new(move || {
            let (auth, caller, places) = (auth.clone(), caller.clone(), Arc::clone(&places));
            Box::pin(async move { auth.still_may(&caller, action, &places).await })
        })
    }

    /// Decides about a request by its door, its path and its headers.
    async fn admit(&self, door: Door, asked: Asked<'_>) -> Result<(Action, Option<Caller>), Problem> {
        let path = asked.uri.path();
        let action = of_path(path).filter(|action| door.serves(*action));
        let action = action.ok_or_else(|| Problem::not_found(format!("{path:.100}")))?;
        // Who comes in may show what is over: it is of no weight.
        let caller = match action {
            Action::LogIn | Action::Enrol => None,
            _ => self.caller(door, asked, action).await?,
        };
        if page::is_for_pages(path) && (asked.is_foreign() || !asked.shows_csrf()) {
            return Err(self.cross_site(door, caller.map(|caller| caller.principal.to_string())).await);
        }
        match authorize_somewhere(caller.as_ref(), action, self.archive.clock.now()) {
            Decision::Allowed(_) => Ok((action, caller)),
            Decision::Denied(denial) => Err(forbidden(action, denial)),
        }
    }
}

/// From where a request comes, and how.
#[derive(Debug, Clone, Copy)]
struct Door {
    via: Via,
    from: Option<Peer>,
}

impl Door {
    fn of(extensions: &http::Extensions) -> Self {
        Self { via: extensions.get().copied().unwrap_or(Via::Plain), from: extensions.get().copied() }
    }

    /// Whether the call comes from this machine, unencrypted.
    fn is_of_this_machine(self) -> bool {
        self.via == Via::Plain && self.from.is_some_and(|Peer(address)| address.is_loopback())
    }

    /// Whether the action is served here at all.
    fn serves(self, action: Action) -> bool {
        match self.via {
            Via::Machines(_) => action.is_of_machines() || action.is_of_neighbours() || action == Action::Probe,
            Via::Plain | Via::Tls => !matches!(action, Action::Enrol | Action::RenewCertificate),
        }
    }
}

/// The layer: `axum::middleware::from_fn_with_state(authenticator, auth::guard)`.
pub async fn guard(State(auth): State<Authenticator>, request: Request, next: Next) -> Response {
    let grpc = is_grpc(&request);
    let mut response = guarded(&auth, request, next, grpc).await;
    if !grpc {
        let headers = response.headers_mut();
        // An address may be a key: it is told to no other site. And what is served is what we say it is.
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response
}

async fn guarded(auth: &Authenticator, mut request: Request, next: Next, grpc: bool) -> Response {
    let path = without_ticket(request.uri().path()).to_owned();
    let door = Door::of(request.extensions());
    let asked = Asked { method: request.method(), uri: request.uri(), headers: request.headers() };
    let (action, caller) = match auth.admit(door, asked).await {
        Ok(admitted) => admitted,
        Err(problem) => {
            tracing::debug!(path, code = problem.code().as_str(), "call refused");
            return refuse(grpc, problem);
        }
    };
    let by = caller.as_ref().map(|caller| caller.principal.to_string()).unwrap_or_default();
    let asking = caller.map(|caller| Asking::new(caller, action, auth.archive.clone()));
    if let Some(asking) = &asking {
        request.extensions_mut().insert(asking.principal());
        request.extensions_mut().insert(asking.clone());
    }
    let response = next.run(request).instrument(tracing::info_span!("call", path, by)).await;
    match asking {
        Some(asking) if action.is_about_a_place() => after(auth, &asking, response, grpc, &path),
        // A recorder whose key is revoked goes on for seconds, not for as long as its call lasts.
        Some(asking) if matches!(asking.caller.who, Who::Recorder { key: Some(_), .. }) => {
            let question = auth.question(&asking);
            response.map(|body| Body::new(still::Still::new(body, grpc, question)))
        }
        _ => response,
    }
}

/// No answer leaves without a decision; and one that goes on, for as long only as the decision holds.
fn after(auth: &Authenticator, asking: &Asking, response: Response, grpc: bool, path: &str) -> Response {
    let refused = response.status().is_client_error()
        || response.status().is_server_error()
        || response.headers().get("grpc-status").is_some_and(|status| status != "0");
    if refused {
        return response;
    }
    if !asking.decided().0 {
        tracing::error!(path, "the handler has not asked whether its caller may: the answer is withheld");
        let message = "the server did not decide whether you may: a fault of the server; its log tells more";
        return refuse(grpc, Problem::new(Code::Internal, message, "服务器内部错误：未作权限判定，详情见服务器日志"));
    }
    let question = auth.question(asking);
    response.map(|body| Body::new(still::Still::new(body, grpc, question)))
}

/// What may stand in a log: an address with its ticket is a key.
fn without_ticket(path: &str) -> &str {
    if path.starts_with("/v1/play/") { "/v1/play/" } else { path }
}

fn is_grpc(request: &Request) -> bool {
    request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

/// In gRPC an unknown method is UNIMPLEMENTED, whatever the reason.
fn refuse(grpc: bool, problem: Problem) -> Response {
    match problem.code() {
        Code::NotFound if grpc => tonic::Status::unimplemented(problem.message().to_owned()).into_http(),
        _ if grpc => tonic::Status::from(problem).into_http(),
        Code::Unauthenticated => ([("www-authenticate", "Bearer")], error::to_http(&problem)).into_response(),
        _ => error::to_http(&problem),
    }
}

pub(crate) fn no_token() -> Problem {
    let message = "no token: log in with `liuhen login`, or send `authorization: Bearer <token>`; the operator's token lies in \
                   admin.token of the data directory";
    Problem::new(
        Code::Unauthenticated,
        message,
        "缺少令牌：请用 liuhen login 登录，或发送 `authorization: Bearer <令牌>`；本机管理令牌在数据目录的 admin.token 文件中",
    )
}

/// The same for every token that lets nobody in.
pub(crate) fn unknown_token() -> Problem {
    let message = "the token lets nobody in here: it was mistyped, has ended, or belongs to another server; log in again";
    Problem::new(Code::Unauthenticated, message, "令牌无效：输入有误、已失效，或属于另一台服务器；请重新登录")
}

/// The same for every key that lets nobody in.
pub(crate) fn unknown_key() -> Problem {
    let message = "the recorder's key lets nobody in here: it has to enrol by a one-time token, which an administrator of the \
                   centre makes by `liuhen admin recorder replace`; for a neighbouring system, by `liuhen admin neighbours replace`";
    Problem::new(
        Code::Unauthenticated,
        message,
        "录像机密钥无效：请由中心管理员用 `liuhen admin recorder replace` 生成一次性令牌后重新接入；\
         外部系统用 `liuhen admin neighbours replace`",
    )
}

/// Why something may not be done, in words that help the one who may do it elsewhere.
pub(crate) fn forbidden(action: Action, denial: Denial) -> Problem {
    let (english, chinese) = match denial {
        Denial::NoCaller => return no_token(),
        Denial::NoRole => ("none of your roles may do this", "您的角色无此权限"),
        Denial::OutOfScope => ("your roles may do this, and not here", "您的角色有此权限，但不在您的管辖范围内"),
        Denial::MustChangePassword => {
            ("change your password first: somebody else has set it", "请先修改密码：当前密码由他人设置")
        }
        Denial::NotPermitted => ("this neighbour is not permitted to do this", "该外部系统未获此许可"),
        Denial::MustRenew => ("the certificate is over: renew it first", "证书已过期，请先续期"),
    };
    Problem::new(
        Code::PermissionDenied,
        format!("{english} ({action:?}); docs/ref/permissions.md tells who may"),
        format!("{chinese}（{action:?}）"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_never_reaches_the_log() {
        assert_eq!(without_ticket("/v1/play/Z80-vK_qVf4IIpsgLhDNzw/clip.mp4"), "/v1/play/");
        assert_eq!(without_ticket("/grpc.health.v1.Health/Check"), "/grpc.health.v1.Health/Check");
    }
}
