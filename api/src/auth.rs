//! Whose call it is, and whether it may be made. One layer before everything that is served.
//!
//! In: a request with `authorization: Bearer <token>`. Out: the same request with its [`Principal`] in
//! the extensions, or a refusal in the caller's own protocol (gRPC status or HTTP JSON).
//! Always: nothing is reached without an [`Action`] that the principal may do; tokens are compared by
//! their SHA-256 and never logged. Not here: scopes of people (later), and of which site a recorder may
//! speak (`liuhen_ingest`).

mod action;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use liuhen_archive::records::Records;
use liuhen_proto::ids::PersonId;
use liuhen_proto::world::Randomness;
use liuhen_proto::{Code, Principal, Problem, Sha256};
use tracing::Instrument as _;

pub use action::{Action, is_open, may, of_path};

use crate::error;

/// The largest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 256;

/// A bearer token. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Makes a new one of 256 random bits; `kind` stands before it, so that people can tell tokens apart.
    pub fn generate(kind: &str, random: &dyn Randomness) -> Self {
        let mut bits = [0; 32];
        random.fill(&mut bits);
        Self(format!("{kind}_{}", URL_SAFE_NO_PAD.encode(bits)))
    }

    /// From what a file or a header holds; nothing where it cannot be a token.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.len() <= MAX_TOKEN_BYTES && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The secret itself: for the one who was given it, and for nobody else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(self.0.as_bytes())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The local administrator: the one account until people have accounts.
#[derive(Debug, Clone, Copy)]
pub struct Administrator {
    /// Under which id the log names them.
    pub person: PersonId,
    /// SHA-256 of their token.
    pub token: Sha256,
}

/// Knows tokens.
#[derive(Clone)]
pub struct Authenticator {
    records: Arc<dyn Records>,
    administrator: Administrator,
}

impl Authenticator {
    /// Looks recorders up in the records; the administrator is given.
    pub fn new(records: Arc<dyn Records>, administrator: Administrator) -> Self {
        Self { records, administrator }
    }

    /// Whose request it is: nobody's where it carries no token, a refusal where the token is not known.
    pub(crate) async fn principal(&self, headers: &http::HeaderMap) -> Result<Option<Principal>, Problem> {
        let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
        let token = header.to_str().ok().and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            if scheme.eq_ignore_ascii_case("bearer") { Token::parse(token) } else { None }
        });
        let token = token.ok_or_else(unknown_token)?.sha256();
        if token == self.administrator.token {
            return Ok(Some(Principal::Administrator(self.administrator.person)));
        }
        match self.records.recorder_by_token(token).await {
            Ok(Some(recorder)) => Ok(Some(Principal::Recorder { recorder: recorder.id, site: recorder.site })),
            Ok(None) => Err(unknown_token()),
            Err(error) => Err(error::records("look the token up", error)),
        }
    }

    /// Decides about a request by its path and headers.
    async fn admit(&self, path: &str, headers: &http::HeaderMap) -> Result<Option<Principal>, Problem> {
        let action = of_path(path).ok_or_else(|| Problem::not_found(format!("{path:.100}")))?;
        let principal = self.principal(headers).await?;
        match principal {
            Some(principal) if !may(principal, action) => Err(forbidden(principal, action)),
            None if !is_open(action) => Err(no_token()),
            _ => Ok(principal),
        }
    }
}

/// The layer: `axum::middleware::from_fn_with_state(authenticator, auth::guard)`.
pub async fn guard(State(auth): State<Authenticator>, mut request: Request, next: Next) -> Response {
    let path = without_ticket(request.uri().path()).to_owned();
    match auth.admit(request.uri().path(), request.headers()).await {
        Ok(principal) => {
            let by = principal.map(|principal| principal.to_string()).unwrap_or_default();
            if let Some(principal) = principal {
                request.extensions_mut().insert(principal);
            }
            next.run(request).instrument(tracing::info_span!("call", path, by)).await
        }
        Err(problem) => {
            tracing::debug!(path, code = problem.code().as_str(), "call refused");
            refuse(&request, problem)
        }
    }
}

/// What may stand in a log: an address with its ticket is a key.
fn without_ticket(path: &str) -> &str {
    if path.starts_with("/v1/play/") { "/v1/play/" } else { path }
}

/// In gRPC an unknown method is UNIMPLEMENTED, whatever the reason.
fn refuse(request: &Request, problem: Problem) -> Response {
    let grpc = request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
    match problem.code() {
        Code::NotFound if grpc => tonic::Status::unimplemented(problem.message().to_owned()).into_http(),
        _ if grpc => tonic::Status::from(problem).into_http(),
        Code::Unauthenticated => ([("www-authenticate", "Bearer")], error::to_http(&problem)).into_response(),
        _ => error::to_http(&problem),
    }
}

/// The principal that the layer put into a request.
pub(crate) fn principal_of<T>(request: &tonic::Request<T>) -> Result<Principal, Problem> {
    request.extensions().get().copied().ok_or_else(no_token)
}

fn no_token() -> Problem {
    let message =
        "no token: send `authorization: Bearer <token>`; the administrator's token lies in admin.token of the data directory";
    Problem::new(
        Code::Unauthenticated,
        message,
        "缺少令牌：请发送 `authorization: Bearer <令牌>`；管理员令牌在数据目录的 admin.token 文件中",
    )
}

fn unknown_token() -> Problem {
    let message = "the token is not known here: it was mistyped, or belongs to another server";
    Problem::new(Code::Unauthenticated, message, "令牌无效：输入有误，或属于另一台服务器")
}

fn forbidden(principal: Principal, action: Action) -> Problem {
    let message = format!(
        "{principal} may not do this ({action:?}): use the token of an administrator or of a recorder, as the call needs"
    );
    Problem::new(Code::PermissionDenied, message, format!("{principal} 无权执行此操作 ({action:?})：请改用管理员或录像机的令牌"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::SeededRandom;

    #[test]
    fn a_ticket_never_reaches_the_log() {
        assert_eq!(without_ticket("/v1/play/Z80-vK_qVf4IIpsgLhDNzw/clip.mp4"), "/v1/play/");
        assert_eq!(without_ticket("/grpc.health.v1.Health/Check"), "/grpc.health.v1.Health/Check");
    }

    #[test]
    fn a_token_reads_back_and_never_prints() {
        let token = Token::generate("lhr", &SeededRandom::new(1));
        assert_eq!(Token::parse(&format!(" {}\n", token.reveal())), Some(token.clone()));
        assert!(!format!("{token:?}").contains(&token.reveal()[4..]));
        for wrong in ["", "  ", "令牌", "a b", &"x".repeat(257)] {
            assert_eq!(Token::parse(wrong), None, "{wrong:.20}");
        }
    }
}
