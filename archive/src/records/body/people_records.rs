//! The trait of people, for one driver.

use async_trait::async_trait;
use liuhen_proto::ids::{GrantId, LoginId, PassId, PersonId, SessionId};
use liuhen_proto::scope::Place;
use liuhen_proto::{Sha256, Timestamp};

use super::logins::Way;
use super::{Driver, logins, passes, people, places};
use crate::Result;
use crate::records::convert::failed;
use crate::records::transaction::transaction;
use crate::records::{
    Act, Grant, Login, LoginTokens, MAX_ROWS, NewGrant, NewPass, NewPerson, Pass, PeopleRecords, Person, Receipt, Renewed,
    SecretHash, Thing, Written,
};

#[async_trait]
impl PeopleRecords for Driver {
    async fn set_up(&self, act: &Act, new: NewPerson) -> Result<Written<Person>> {
        transaction!(self, |tx| people::set_up(tx, act, &new, self.random()))
    }

    async fn create_person(&self, act: &Act, new: NewPerson) -> Result<Written<Person>> {
        transaction!(self, |tx| people::create(tx, act, &new, self.random()))
    }

    async fn set_password(
        &self,
        act: &Act,
        person: PersonId,
        password: SecretHash,
        must_change: bool,
        keep: Option<LoginId>,
    ) -> Result<Receipt> {
        transaction!(self, |tx| people::set_password(tx, act, person, (&password, must_change, keep), self.random()))
    }

    async fn set_suspended(&self, act: &Act, person: PersonId, suspended: bool, reason: String) -> Result<Written<Person>> {
        transaction!(self, |tx| people::set_suspended(tx, act, person, (suspended, &reason), self.random()))
    }

    async fn grant_role(&self, act: &Act, person: PersonId, new: NewGrant) -> Result<Written<Grant>> {
        transaction!(self, |tx| people::grant_role(tx, act, person, &new, self.random()))
    }

    async fn revoke_grant(&self, act: &Act, grant: GrantId, reason: String) -> Result<Written<Grant>> {
        transaction!(self, |tx| people::revoke_grant(tx, act, grant, &reason, self.random()))
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>> {
        Ok(people::kept(&mut *self.reader().await?, &id.to_string()).await?.map(|kept| kept.person))
    }

    async fn grant(&self, id: GrantId) -> Result<Option<(PersonId, Grant)>> {
        people::grant(&mut *self.reader().await?, &id.to_string()).await
    }

    async fn person_by_account(&self, account: &str) -> Result<Option<(Person, SecretHash)>> {
        let kept = people::by_account(&mut *self.reader().await?, account).await?;
        Ok(kept.and_then(|kept| Some((kept.person, kept.password?))))
    }

    async fn password_of(&self, id: PersonId) -> Result<Option<SecretHash>> {
        Ok(people::kept(&mut *self.reader().await?, &id.to_string()).await?.and_then(|kept| kept.password))
    }

    async fn people(&self, after: &str, limit: u32) -> Result<Vec<Person>> {
        let kept = people::all(&mut *self.reader().await?, after, limit.min(MAX_ROWS)).await?;
        Ok(kept.into_iter().map(|kept| kept.person).collect())
    }

    async fn has_people(&self) -> Result<bool> {
        people::has_people(&mut *self.reader().await?).await
    }

    async fn open_login(&self, act: &Act, person: PersonId, pass: Option<PassId>, tokens: LoginTokens) -> Result<Login> {
        let way = pass.map_or(Way::Password, Way::Pass);
        transaction!(self, |tx| logins::open(tx, act, (person, way), tokens, self.random()))
    }

    async fn renew_login(&self, act: &Act, refresh: Sha256, tokens: LoginTokens) -> Result<Renewed> {
        transaction!(self, |tx| logins::renew(tx, act, refresh, tokens))
    }

    async fn end_login(&self, act: &Act, login: LoginId) -> Result<()> {
        transaction!(self, |tx| logins::end(tx, act, login))
    }

    async fn logins_of(&self, person: PersonId, now: Timestamp, limit: u32) -> Result<Vec<Login>> {
        logins::of(&mut *self.reader().await?, person, now, limit.min(MAX_ROWS)).await
    }

    async fn revoke_logins(
        &self,
        act: &Act,
        person: PersonId,
        only: Option<LoginId>,
        reason: String,
    ) -> Result<(Vec<LoginId>, Option<Receipt>)> {
        transaction!(self, |tx| logins::revoke(tx, act, person, (only, &reason), self.random()))
    }

    async fn login(&self, id: LoginId) -> Result<Option<Login>> {
        logins::by_id(&mut *self.reader().await?, id).await
    }

    async fn login_by_access(&self, access: Sha256) -> Result<Option<Login>> {
        logins::by_access(&mut *self.reader().await?, access).await
    }

    async fn issue_passes(&self, act: &Act, session: SessionId, until: Timestamp, new: Vec<NewPass>) -> Result<Vec<Pass>> {
        transaction!(self, |tx| passes::issue(tx, act, (session, until), &new, self.random()))
    }

    async fn revoke_pass(&self, act: &Act, pass: PassId, reason: String) -> Result<Written<Pass>> {
        transaction!(self, |tx| passes::revoke(tx, act, pass, &reason, self.random()))
    }

    async fn pass(&self, id: PassId) -> Result<Option<Pass>> {
        Ok(passes::kept(&mut *self.reader().await?, &id.to_string()).await?.map(|kept| kept.pass))
    }

    async fn pass_by_badge(&self, badge: Sha256) -> Result<Option<(Pass, SecretHash, Option<Timestamp>)>> {
        let kept = passes::by_badge(&mut *self.reader().await?, badge).await?;
        Ok(kept.map(|kept| (kept.pass, kept.pin, kept.sealed)))
    }

    async fn passes_of(&self, session: SessionId) -> Result<Vec<Pass>> {
        passes::of(&mut *self.reader().await?, session).await
    }

    async fn place_of(&self, thing: Thing) -> Result<Option<Place>> {
        places::of(&mut *self.reader().await?, thing).await
    }
}
