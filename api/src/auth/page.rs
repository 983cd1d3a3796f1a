//! Pages of browsers as callers: who has a cookie of ours, and asks from a page of ours.
//!
//! In: a request without `authorization`. Out: the person of the login in its cookie, or a refusal that is noted. Always:
//! what everybody may is neither given nor refused for a cookie; nothing else is done for a page of another origin, and
//! nothing is changed without what only a page of ours was told. Not here: the cookies themselves ([`super::cookie`]).

use liuhen_archive::records::RefusalKind;
use liuhen_proto::{Code, Problem};

use super::action::Action;
use super::caller::Caller;
use super::cookie::{self, Asked};
use super::{Authenticator, Door, unknown_token};
use crate::refusals::Tried;

impl Authenticator {
    /// The person of the login in a cookie, who asks from a page of ours.
    pub(super) async fn by_cookie(&self, door: Door, asked: Asked<'_>, action: Action) -> Result<Option<Caller>, Problem> {
        let Some(access) = cookie::read(asked.headers, cookie::Kind::Access, door.via) else { return Ok(None) };
        let caller = self.by_login(access.sha256()).await;
        // What everybody may is not refused for a cookie that is over, nor to a page of another origin.
        if action.is_open() {
            return Ok(if asked.is_foreign() { None } else { caller.ok().flatten() });
        }
        if asked.is_foreign() || !asked.may_change(&access) {
            let whose = caller.ok().flatten().map(|caller| caller.principal.to_string());
            return Err(self.cross_site(door, whose).await);
        }
        caller?.ok_or_else(unknown_token).map(Some)
    }

    /// Notes that a page which is none of ours tried something.
    pub(super) async fn cross_site(&self, door: Door, whose: Option<String>) -> Problem {
        let tried = Tried { kind: RefusalKind::CrossSite, at: whose.clone(), whose, from: door.from };
        self.refusals.note(&self.archive, tried).await;
        let message = "the request comes from another page than this server's, or lacks `x-liuhen-csrf`: log in or renew, and \
                       send what that answers as `csrf`; programs send `authorization: Bearer <token>`";
        let chinese = "请求并非来自本系统页面，或缺少 x-liuhen-csrf：请重新登录或续期，并在请求中附上返回的 csrf；程序请使用 authorization 令牌";
        Problem::new(Code::PermissionDenied, message, chinese)
    }
}

/// What lets a page in, and nobody else: no other page asks for it, not even by a form.
pub(super) fn is_for_pages(path: &str) -> bool {
    matches!(path, "/v1/login" | "/v1/renew" | "/v1/logout")
}
