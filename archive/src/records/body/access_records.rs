//! The trait of looks, for one driver.

use async_trait::async_trait;
use liuhen_proto::Interval;
use liuhen_proto::ids::{AccessId, SessionId, StreamId};

use super::{Driver, access, watched};
use crate::Result;
use crate::records::convert::failed;
use crate::records::transaction::transaction;
use crate::records::{Access, AccessRecords, Act, MAX_ROWS, NewAccess, Reported, Watched, Written};

#[async_trait]
impl AccessRecords for Driver {
    async fn note_access(&self, act: &Act, new: NewAccess) -> Result<Written<Access>> {
        transaction!(self, |tx| access::note(tx, act, &new, self.random()))
    }

    async fn accesses_of(&self, stream: StreamId, interval: Interval, limit: u32) -> Result<Vec<Access>> {
        access::of(&mut *self.reader().await?, stream, interval, limit.min(MAX_ROWS)).await
    }

    async fn accesses_of_session(&self, session: SessionId, limit: u32) -> Result<Vec<Access>> {
        access::of_session(&mut *self.reader().await?, session, limit.min(MAX_ROWS)).await
    }

    async fn access(&self, id: AccessId) -> Result<Option<Access>> {
        access::by_id(&mut *self.reader().await?, id).await
    }

    async fn report_watched(&self, act: &Act, access: AccessId, watched: Vec<Watched>) -> Result<()> {
        transaction!(self, |tx| watched::report(tx, act, access, &watched))
    }

    async fn watched_of(&self, access: AccessId) -> Result<Vec<Reported>> {
        watched::of(&mut *self.reader().await?, access).await
    }
}
