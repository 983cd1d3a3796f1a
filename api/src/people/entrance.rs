//! Being let in: by password, by pass, by refresh token; and going out.

use liuhen_archive::records::{Act, Login, LoginTokens, NewGrant, NewPerson, Pass, Person, RefusalKind, Renewed, Role};
use liuhen_proto::ids::PersonId;
use liuhen_proto::scope::Scope;
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::{Code, Principal, Problem, Sha256, Span, Timestamp};

use super::throttle::Target;
use super::{People, convert, not_let_in};
use crate::auth::action::Action;
use crate::auth::secret::judge;
use crate::auth::table::authorize_somewhere;
use crate::auth::{Asking, Token, unknown_token};
use crate::error::records as failed;
use crate::peer::Peer;
use crate::refusals::Tried;
use crate::session::check;
use crate::session::convert::receipt;

/// A stolen access token is of use for so long at most.
const ACCESS: Span = Span::from_secs(15 * 60);
/// Longer than any day at a site; whoever stays away for so long logs in again.
const REFRESH: Span = Span::from_secs(12 * 3600);
/// In which zone people read times: that of all China.
const ZONE: &str = "Asia/Shanghai";
/// The longest account, password or token that is looked at, in bytes.
const MAX_SECRET_BYTES: usize = 512;

/// Tokens of a login, before they are digested.
pub(super) struct Tokens {
    access: Token,
    refresh: Token,
}

impl People {
    /// The first administrator, by the token of the link.
    pub(super) async fn make_first(&self, from: Option<Peer>, request: pb::SetUpRequest) -> Result<pb::Login, Problem> {
        bounded(&[&request.token, &request.account, &request.password])?;
        let target = Target::new("set-up", from);
        self.throttle.try_once(&target, self.archive.clock.boot_now())?;
        let token = Token::parse(&request.token).map(|token| token.sha256());
        if token.is_none() || token != self.set_up {
            return Err(not_let_in());
        }
        let (account, name) = (convert::account(&request.account)?, check::name(&request.name)?);
        judge("password", &request.password, &account)?;
        let password = self.secrets.digest(request.password).await?;
        let now = self.now();
        let grant = NewGrant { role: Role::Administrator, scope: Scope::Everything, from: now, until: None };
        let new = NewPerson { account, name, password, must_change: false, grants: vec![grant] };
        // Nobody else is there to have done it.
        let act = Act::new(Principal::Person(PersonId::mint(now, &*self.archive.random)), now);
        let made = match self.archive.records.set_up(&act, new).await {
            Err(error) if error.code() == Code::AlreadyExists => return Err(not_let_in()),
            made => made.map_err(|error| failed("make the first administrator", error))?,
        };
        tracing::warn!(person = %made.value.id, "the archive was set up: its first administrator is made");
        self.throttle.forget(&target);
        self.open(&made.value, None).await
    }

    pub(super) async fn let_in(&self, from: Option<Peer>, request: pb::LogInRequest) -> Result<pb::Login, Problem> {
        bounded(&[&request.account, &request.password])?;
        let target = Target::new(&format!("account/{}", request.account), from);
        self.throttle.try_once(&target, self.archive.clock.boot_now())?;
        let found = self.archive.records.person_by_account(&request.account).await;
        let (person, digest) = found.map_err(|error| failed("look the account up", error))?.unzip();
        let right = self.secrets.is_right(request.password, digest).await?;
        match person {
            Some(person) if right && !person.suspended => {
                self.throttle.forget(&target);
                self.open(&person, None).await
            }
            person => {
                let why = match &person {
                    None => "there is no such account",
                    Some(_) if right => "the person is suspended",
                    Some(_) => "the password is wrong",
                };
                self.note(person.map(|person| person.id), from, why).await;
                Err(not_let_in())
            }
        }
    }

    pub(super) async fn let_in_by_pass(
        &self,
        from: Option<Peer>,
        request: pb::LogInWithPassRequest,
    ) -> Result<pb::Login, Problem> {
        bounded(&[&request.badge, &request.pin])?;
        let target = Target::new(&format!("badge/{}", request.badge), from);
        self.throttle.try_once(&target, self.archive.clock.boot_now())?;
        let badge = Sha256::of(request.badge.as_bytes());
        let found = self.archive.records.pass_by_badge(badge).await.map_err(|error| failed("look the badge up", error))?;
        let (known, digest) = found.map(|(pass, digest, sealed)| ((pass, sealed), digest)).unzip();
        let right = self.secrets.is_right(request.pin, digest).await?;
        let why = match &known {
            None => "there is no such badge",
            Some(_) if !right => "the PIN is wrong",
            Some((pass, _)) if pass.revoked.is_some() => "the pass was revoked",
            Some((pass, _)) if pass.until <= self.now() => "the time of the pass is over",
            Some((_, Some(_))) => "the papers of its session are sealed",
            Some((pass, None)) => {
                self.throttle.forget(&target);
                let person = self.archive.records.person(pass.person).await;
                let person = person.map_err(|error| failed("read the bearer of a pass", error))?.ok_or_else(not_let_in)?;
                return self.open(&person, Some(pass)).await;
            }
        };
        self.note(known.map(|(pass, _)| pass.person), from, why).await;
        Err(not_let_in())
    }

    /// That somebody was not let in; why, only our own log tells.
    pub(super) async fn note(&self, person: Option<PersonId>, from: Option<Peer>, why: &str) {
        let whose = person.map(|person| person.to_string());
        tracing::info!(person = whose, why, "a login was refused");
        let tried = Tried { kind: RefusalKind::Login, at: whose.clone(), whose, from };
        self.refusals.note(&self.archive, tried).await;
    }

    pub(super) async fn renew(&self, refresh: &str) -> Result<pb::Login, Problem> {
        bounded(&[refresh])?;
        let shown = Token::parse(refresh).ok_or_else(unknown_token)?.sha256();
        let (tokens, digests) = self.tokens(self.now(), None);
        // By whom it is, only the records know; a renewal has no entry.
        let act = Act::new(Principal::Person(PersonId::mint(self.now(), &*self.archive.random)), self.now());
        let renewed = self.archive.records.renew_login(&act, shown, digests).await;
        match renewed.map_err(|error| failed("renew the login", error))? {
            Renewed::Yes(login) => {
                // Who may not come in any more gets no new tokens; those that were just made let nobody in.
                self.auth.caller_of(&login)?;
                Ok(handed_out(&tokens, &login))
            }
            Renewed::No => Err(unknown_token()),
            Renewed::Replayed(login, person) => {
                tracing::warn!(%login, %person, "a refresh token was shown twice: somebody has copied it; the login was ended");
                Err(unknown_token())
            }
        }
    }

    pub(super) async fn end(&self, asking: &Asking) -> Result<(), Problem> {
        let Some(login) = asking.caller.person().and_then(|person| person.login) else { return Ok(()) };
        let act = Act::new(asking.principal(), self.now());
        self.archive.records.end_login(&act, login).await.map_err(|error| failed("end the login", error))
    }

    pub(super) async fn me(&self, asking: &Asking) -> Result<pb::GetMeResponse, Problem> {
        let now = self.now();
        let actions = Action::ALL
            .iter()
            .filter(|action| !action.is_open() && authorize_somewhere(Some(&asking.caller), **action, now).is_allowed());
        let actions = actions.map(|action| format!("{action:?}")).collect();
        let known = pb::GetMeResponse { actions, zone: ZONE.to_owned(), now_us: now.as_micros(), ..Default::default() };
        let Principal::Person(id) = asking.principal() else { return Ok(known) };
        let person = self.archive.records.person(id).await.map_err(|error| failed("read your account", error))?;
        let held = asking.caller.person().map(|person| person.held.as_slice()).unwrap_or_default();
        let grants = held.iter().filter(|held| held.is_in_time(now)).map(convert::held).collect();
        Ok(pb::GetMeResponse { person: person.map(|person| convert::own(&person)), grants, ..known })
    }

    pub(super) async fn change_own(
        &self,
        asking: &Asking,
        from: Option<Peer>,
        request: pb::ChangePasswordRequest,
    ) -> Result<pb::ChangePasswordResponse, Problem> {
        bounded(&[&request.old_password, &request.new_password])?;
        let none = || Problem::new(Code::FailedPrecondition, "who calls has no password", "当前身份没有密码");
        let Principal::Person(id) = asking.principal() else { return Err(none()) };
        let records = &self.archive.records;
        let person = records.person(id).await.map_err(|error| failed("read your account", error))?.ok_or_else(none)?;
        let account = person.account.clone().ok_or_else(none)?;
        let target = Target::new(&format!("account/{account}"), from);
        self.throttle.try_once(&target, self.archive.clock.boot_now())?;
        let digest = records.password_of(id).await.map_err(|error| failed("read your account", error))?;
        if !self.secrets.is_right(request.old_password.clone(), digest).await? {
            return Err(Problem::field("old_password", "is wrong"));
        }
        self.throttle.forget(&target);
        if request.old_password == request.new_password {
            return Err(Problem::field("new_password", "is the old one"));
        }
        judge("new_password", &request.new_password, &account)?;
        let password = self.secrets.digest(request.new_password).await?;
        let keep = asking.caller.person().and_then(|person| person.login);
        let act = Act::new(asking.principal(), self.now());
        let written = records.set_password(&act, id, password, false, keep).await;
        let written = written.map_err(|error| failed("change the password", error))?;
        Ok(pb::ChangePasswordResponse { receipt: Some(receipt(&written)) })
    }

    async fn open(&self, person: &Person, pass: Option<&Pass>) -> Result<pb::Login, Problem> {
        let now = self.now();
        let (tokens, digests) = self.tokens(now, pass.map(|pass| pass.until));
        let act = Act::new(Principal::Person(person.id), now);
        let login = self.archive.records.open_login(&act, person.id, pass.map(|pass| pass.id), digests).await;
        let login = login.map_err(|error| failed("log in", error))?;
        tracing::info!(person = %person.id, login = %login.id, "logged in");
        Ok(handed_out(&tokens, &login))
    }

    /// New tokens, and what is kept of them; `end` is when they end at the latest.
    pub(super) fn tokens(&self, now: Timestamp, end: Option<Timestamp>) -> (Tokens, LoginTokens) {
        let random = &*self.archive.random;
        let tokens = Tokens { access: Token::generate("lha", random), refresh: Token::generate("lhf", random) };
        let until = |span| end.map_or(now.after(span), |end| now.after(span).min(end));
        let digests = LoginTokens {
            access: tokens.access.sha256(),
            access_until: until(ACCESS),
            refresh: tokens.refresh.sha256(),
            refresh_until: until(REFRESH),
        };
        (tokens, digests)
    }
}

pub(super) fn handed_out(tokens: &Tokens, login: &Login) -> pb::Login {
    pb::Login {
        access_token: tokens.access.reveal().to_owned(),
        access_until_us: login.tokens.access_until.as_micros(),
        refresh_token: tokens.refresh.reveal().to_owned(),
        refresh_until_us: login.tokens.refresh_until.as_micros(),
        person: Some(convert::own(&login.person)),
    }
}

/// What is absurdly long is no secret, and is not looked at.
fn bounded(texts: &[&str]) -> Result<(), Problem> {
    if texts.iter().all(|text| text.len() <= MAX_SECRET_BYTES) { Ok(()) } else { Err(not_let_in()) }
}
