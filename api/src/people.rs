//! `liuhen.people.v1.PeopleService`: who is let in, who may do what, and passes for the day of an exam.
//!
//! In: accounts and passwords, badges and PINs, tokens; and what those who look after people want changed. Out: tokens,
//! told once; people with masked names. Always: who is not let in learns neither why nor which part was wrong, and it
//! takes as long as for one who is; nobody gives or takes what is not within their own scope, nor changes their own
//! rights. Not here: what a role may do ([`crate::auth::table`]).

mod convert;
mod entrance;
mod identities;
mod logins;
mod manage;
pub(crate) mod mask;
mod passes;
pub(crate) mod reach;
mod throttle;
pub(crate) mod web;

use std::sync::Arc;

use liuhen_archive::Archive;
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::wire::people::v1::people_service_server::PeopleService;
use liuhen_proto::{Code, Problem, Sha256, Timestamp};
use tonic::{Request, Response, Status};

use crate::auth::identity::IdentityVerifier;
use crate::auth::secret::Secrets;
use crate::auth::{Asking, Authenticator};
use crate::limit::Limits;
use crate::peer::Peer;
use crate::refusals::Refusals;
use throttle::Throttle;

type Answer<T> = Result<Response<T>, Status>;

/// The service.
#[derive(Clone)]
pub(crate) struct People {
    archive: Archive,
    auth: Authenticator,
    secrets: Secrets,
    throttle: Arc<Throttle>,
    limits: Arc<Limits>,
    refusals: Arc<Refusals>,
    /// SHA-256 of the token that makes the first administrator.
    set_up: Option<Sha256>,
    /// Who else vouches for people, if anybody.
    identities: Option<Arc<dyn IdentityVerifier>>,
}

impl People {
    pub(crate) fn new(archive: Archive, auth: Authenticator, refusals: Arc<Refusals>, set_up: Option<Sha256>) -> Self {
        let secrets = Secrets::new(Arc::clone(&archive.random));
        Self { archive, auth, secrets, throttle: Arc::default(), limits: Arc::default(), refusals, set_up, identities: None }
    }

    /// With somebody who vouches for people.
    pub(crate) fn with_identities(self, identities: Option<Arc<dyn IdentityVerifier>>) -> Self {
        Self { identities, ..self }
    }

    fn now(&self) -> Timestamp {
        self.archive.clock.now()
    }
}

/// From where a request comes, where that is known.
fn peer<T>(request: &Request<T>) -> Option<Peer> {
    request.extensions().get().copied()
}

/// The one answer to everybody who is not let in.
fn not_let_in() -> Problem {
    Problem::new(Code::Unauthenticated, "account and secret do not fit, or may not be used", "账号与密码不符，或不可使用")
}

#[tonic::async_trait]
impl PeopleService for People {
    async fn set_up(&self, request: Request<pb::SetUpRequest>) -> Answer<pb::SetUpResponse> {
        let login = Some(self.make_first(peer(&request), request.into_inner()).await?);
        Ok(Response::new(pb::SetUpResponse { login }))
    }

    async fn log_in(&self, request: Request<pb::LogInRequest>) -> Answer<pb::LogInResponse> {
        let login = Some(self.let_in(peer(&request), request.into_inner()).await?);
        Ok(Response::new(pb::LogInResponse { login }))
    }

    async fn log_in_with_pass(&self, request: Request<pb::LogInWithPassRequest>) -> Answer<pb::LogInWithPassResponse> {
        let login = Some(self.let_in_by_pass(peer(&request), request.into_inner()).await?);
        Ok(Response::new(pb::LogInWithPassResponse { login }))
    }

    async fn refresh(&self, request: Request<pb::RefreshRequest>) -> Answer<pb::RefreshResponse> {
        let login = Some(self.renew(&request.into_inner().refresh_token).await?);
        Ok(Response::new(pb::RefreshResponse { login }))
    }

    async fn log_out(&self, request: Request<pb::LogOutRequest>) -> Answer<pb::LogOutResponse> {
        self.end(&Asking::of(&request)?).await?;
        Ok(Response::new(pb::LogOutResponse {}))
    }

    async fn get_me(&self, request: Request<pb::GetMeRequest>) -> Answer<pb::GetMeResponse> {
        Ok(Response::new(self.me(&Asking::of(&request)?).await?))
    }

    async fn change_password(&self, request: Request<pb::ChangePasswordRequest>) -> Answer<pb::ChangePasswordResponse> {
        let (asking, peer) = (Asking::of(&request)?, peer(&request));
        Ok(Response::new(self.change_own(&asking, peer, request.into_inner()).await?))
    }

    async fn create_person(&self, request: Request<pb::CreatePersonRequest>) -> Answer<pb::CreatePersonResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.make(&asking, request.into_inner()).await?))
    }

    async fn reset_password(&self, request: Request<pb::ResetPasswordRequest>) -> Answer<pb::ResetPasswordResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.reset(&asking, &request.into_inner().person_id).await?))
    }

    async fn set_suspended(&self, request: Request<pb::SetSuspendedRequest>) -> Answer<pb::SetSuspendedResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.suspend(&asking, request.into_inner()).await?))
    }

    async fn grant_role(&self, request: Request<pb::GrantRoleRequest>) -> Answer<pb::GrantRoleResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.give(&asking, request.into_inner()).await?))
    }

    async fn revoke_grant(&self, request: Request<pb::RevokeGrantRequest>) -> Answer<pb::RevokeGrantResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.take(&asking, request.into_inner()).await?))
    }

    async fn list_people(&self, request: Request<pb::ListPeopleRequest>) -> Answer<pb::ListPeopleResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.list(&asking, request.into_inner()).await?))
    }

    async fn issue_passes(&self, request: Request<pb::IssuePassesRequest>) -> Answer<pb::IssuePassesResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.issue(&asking, request.into_inner()).await?))
    }

    async fn revoke_pass(&self, request: Request<pb::RevokePassRequest>) -> Answer<pb::RevokePassResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.revoke(&asking, request.into_inner()).await?))
    }

    async fn list_passes(&self, request: Request<pb::ListPassesRequest>) -> Answer<pb::ListPassesResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.passes(&asking, &request.into_inner().session_id).await?))
    }

    async fn log_in_with_identity(
        &self,
        request: Request<pb::LogInWithIdentityRequest>,
    ) -> Answer<pb::LogInWithIdentityResponse> {
        let login = Some(self.let_in_by_identity(peer(&request), request.into_inner()).await?);
        Ok(Response::new(pb::LogInWithIdentityResponse { login }))
    }

    async fn link_identity(&self, request: Request<pb::LinkIdentityRequest>) -> Answer<pb::LinkIdentityResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.link(&asking, request.into_inner()).await?))
    }

    async fn unlink_identity(&self, request: Request<pb::UnlinkIdentityRequest>) -> Answer<pb::UnlinkIdentityResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.unlink(&asking, request.into_inner()).await?))
    }

    async fn list_identities(&self, request: Request<pb::ListIdentitiesRequest>) -> Answer<pb::ListIdentitiesResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.identities(&asking, &request.into_inner().person_id).await?))
    }

    async fn list_logins(&self, request: Request<pb::ListLoginsRequest>) -> Answer<pb::ListLoginsResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.logins(&asking, request.into_inner()).await?))
    }

    async fn revoke_logins(&self, request: Request<pb::RevokeLoginsRequest>) -> Answer<pb::RevokeLoginsResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.revoke_logins_of(&asking, request.into_inner()).await?))
    }
}
