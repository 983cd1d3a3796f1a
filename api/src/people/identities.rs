//! Identities at an outside provider: linked to persons, and let in by.
//!
//! Always: a token that is not in order and an identity that is nobody's get the same answer after the same look-up; a token
//! lets in once. What the provider takes away is learned with the next login: unlinking ends those that are open.

use std::time::Duration;

use liuhen_archive::records::{Act, Identity, NewIdentity, Person, ShownToken};
use liuhen_proto::ids::{IdentityId, PersonId};
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::{Code, Principal, Problem, Sha256, Timestamp, wire};

use super::entrance::handed_out;
use super::reach::not_oneself;
use super::throttle::Target;
use super::{People, mask, not_let_in};
use crate::auth::Asking;
use crate::auth::identity::{IdentityVerifier, NotVerified, VerifiedIdentity};
use crate::error::records as failed;
use crate::peer::Peer;
use crate::session::check;
use crate::session::convert::receipt;

/// The longest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// The longest issuer or subject, in bytes (OpenID Connect Core 1.0 section 2).
const MAX_IDENTITY_BYTES: usize = 255;
/// How long a provider may take.
const PATIENCE: Duration = Duration::from_secs(10);

impl People {
    pub(super) async fn let_in_by_identity(
        &self,
        from: Option<Peer>,
        request: pb::LogInWithIdentityRequest,
    ) -> Result<pb::Login, Problem> {
        let verifier = self.identities.as_deref().ok_or_else(no_provider)?;
        if request.token.is_empty() || request.token.len() > MAX_TOKEN_BYTES {
            return Err(not_let_in());
        }
        // Signed tokens are not guessed: what counts is the same one again, and how many come from one network.
        let target = Target::new(&format!("identity/{}", Sha256::of(request.token.as_bytes())), from);
        self.throttle.try_once(&target, self.archive.clock.boot_now())?;
        let verified = self.verified(verifier, &request.token).await?;
        let subject = verified.as_ref().map_or("", |verified| verified.subject.as_str());
        let found = self.archive.records.person_by_identity(verifier.issuer(), subject).await;
        let found = found.map_err(|error| failed("look the identity up", error))?;
        let (why, person) = match (&verified, found) {
            (Err(why), _) => (*why, None),
            (Ok(_), None) => ("the identity is nobody's here", None),
            (Ok(_), Some((_, person))) if person.suspended => ("the person is suspended", Some(person.id)),
            (Ok(verified), Some((identity, person))) => {
                let shown = ShownToken { sha256: verified.signed, until: verified.until };
                if let Some(login) = self.open_by_identity(&identity, &person, shown).await? {
                    self.throttle.forget(&target);
                    return Ok(login);
                }
                ("the token was shown before, or the identity was unlinked just now", Some(person.id))
            }
        };
        self.note(person, from, why).await;
        Err(not_let_in())
    }

    /// What the token says, or why it says nothing.
    async fn verified(
        &self,
        verifier: &dyn IdentityVerifier,
        token: &str,
    ) -> Result<Result<VerifiedIdentity, &'static str>, Problem> {
        let now = self.now();
        let verified = tokio::time::timeout(PATIENCE, verifier.verify(token, now)).await;
        let verified = verified.unwrap_or_else(|_| Err(NotVerified::Unavailable("it takes too long".to_owned())));
        match verified {
            Ok(verified) if verified.issuer != verifier.issuer() => Ok(Err("the token is another issuer's")),
            Ok(verified) if verified.until <= now => Ok(Err("the time of the token is over")),
            Ok(verified) => Ok(Ok(verified)),
            Err(NotVerified::Refused(why)) => Ok(Err(why)),
            Err(error @ NotVerified::Unavailable(_)) => {
                tracing::warn!(
                    issuer = verifier.issuer(),
                    error = &error as &dyn std::error::Error,
                    "a login could not be verified"
                );
                let message = "whether the token is in order cannot be found out now: try again, or log in with a password";
                Err(Problem::new(Code::Unavailable, message, "暂时无法核验外部身份，请稍后重试或使用账号密码登录"))
            }
        }
    }

    async fn open_by_identity(
        &self,
        identity: &Identity,
        person: &Person,
        shown: ShownToken,
    ) -> Result<Option<pb::Login>, Problem> {
        let now = self.now();
        let (tokens, digests) = self.tokens(now, None);
        let act = Act::new(Principal::Person(person.id), now);
        let login = self.archive.records.open_login_by_identity(&act, identity.id, shown, digests).await;
        let Some(login) = login.map_err(|error| failed("log in", error))? else { return Ok(None) };
        tracing::info!(person = %person.id, login = %login.id, identity = %identity.id, "logged in");
        Ok(Some(handed_out(&tokens, &login)))
    }

    pub(super) async fn link(
        &self,
        asking: &Asking,
        request: pb::LinkIdentityRequest,
    ) -> Result<pb::LinkIdentityResponse, Problem> {
        let person = self.in_reach(asking, wire::id("person_id", &request.person_id)?).await?;
        not_oneself(asking, person.id)?;
        let (issuer, subject) = (name("issuer", &request.issuer)?, name("subject", &request.subject)?);
        let act = Act::new(asking.principal(), self.now());
        let new = NewIdentity { person: person.id, issuer, subject };
        let written = self.archive.records.link_identity(&act, new).await;
        let written = written.map_err(|error| failed("link the identity", error))?;
        Ok(pb::LinkIdentityResponse { identity: Some(shown(&written.value)), receipt: Some(receipt(&written.receipt)) })
    }

    pub(super) async fn unlink(
        &self,
        asking: &Asking,
        request: pb::UnlinkIdentityRequest,
    ) -> Result<pb::UnlinkIdentityResponse, Problem> {
        let id: IdentityId = wire::id("identity_id", &request.identity_id)?;
        let reason = check::text("reason", &request.reason, check::MAX_REASON_BYTES)?;
        let found = self.archive.records.identity(id).await.map_err(|error| failed("read the identity", error))?;
        let person = found.ok_or_else(|| Problem::not_found(id))?.what.person;
        // Whose it is, only those learn who look after them.
        let not_there = |problem: Problem| if problem.code() == Code::NotFound { Problem::not_found(id) } else { problem };
        self.in_reach(asking, person).await.map_err(not_there)?;
        not_oneself(asking, person)?;
        let act = Act::new(asking.principal(), self.now());
        let written = self.archive.records.unlink_identity(&act, id, reason).await;
        let written = written.map_err(|error| failed("unlink the identity", error))?;
        Ok(pb::UnlinkIdentityResponse { identity: Some(shown(&written.value)), receipt: Some(receipt(&written.receipt)) })
    }

    pub(super) async fn identities(&self, asking: &Asking, person: &str) -> Result<pb::ListIdentitiesResponse, Problem> {
        let person: PersonId = wire::id("person_id", person)?;
        self.in_reach(asking, person).await?;
        let found = self.archive.records.identities_of(person).await;
        let found = found.map_err(|error| failed("list identities", error))?;
        Ok(pb::ListIdentitiesResponse { identities: found.iter().map(shown).collect() })
    }
}

/// The one answer where nobody vouches for anybody.
fn no_provider() -> Problem {
    let message =
        "nobody is let in by an outside identity here, since no provider is configured: log in with account and password";
    Problem::new(Code::FailedPrecondition, message, "本系统未接入外部身份认证，请使用账号密码登录")
}

/// An issuer or a subject: taken as it is, since it is compared byte by byte.
fn name(field: &str, text: &str) -> Result<String, Problem> {
    let is_sound = (1..=MAX_IDENTITY_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let why =
        || Problem::field(field, format!("must be 1 to {MAX_IDENTITY_BYTES} printable characters of ASCII, without spaces"));
    is_sound.then(|| text.to_owned()).ok_or_else(why)
}

fn shown(it: &Identity) -> pb::Identity {
    pb::Identity {
        id: it.id.to_string(),
        person_id: it.what.person.to_string(),
        issuer: it.what.issuer.clone(),
        subject: mask::subject(&it.what.subject),
        linked_us: it.linked.as_micros(),
        unlinked_us: it.unlinked.map(Timestamp::as_micros),
    }
}
