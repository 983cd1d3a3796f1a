//! The trait of the process, for one driver.

use async_trait::async_trait;
use liuhen_process::calendar::YearTable;
use liuhen_process::case::CaseId;
use liuhen_process::fact::Fact;
use liuhen_process::fact::key::Key;
use liuhen_proto::ids::{BatchId, CandidateId, OrganizationId};

use super::{Driver, calendars, facts, keys, known, many_facts, process, reveals};
use crate::Result;
use crate::records::convert::failed;
use crate::records::transaction::transaction;
use crate::records::{
    Act, Known, MAX_NAMING, MAX_ROWS, ManyFacts, NewFact, ProcessRecords, Receipt, Recorded, Reveal, Source, Written,
};

#[async_trait]
impl ProcessRecords for Driver {
    async fn create_batch(&self, act: &Act, organization: OrganizationId) -> Result<Written<BatchId>> {
        transaction!(self, |tx| process::create_batch(tx, act, organization, self.random()))
    }

    async fn batches_of(&self, organization: OrganizationId) -> Result<Vec<BatchId>> {
        process::batches_of(&mut *self.reader().await?, organization).await
    }

    async fn record_fact(&self, act: &Act, case: CaseId, new: NewFact) -> Result<Written<Recorded>> {
        transaction!(self, |tx| process::record_with_gaps(tx, act, (case, &new), (&self.cases, self.random())))
    }

    async fn record_facts(&self, act: &Act, case: CaseId, many: Vec<NewFact>) -> Result<ManyFacts> {
        transaction!(self, |tx| many_facts::record(tx, act, (case, &many), (&self.cases, self.random())))
    }

    async fn fact_of_source(&self, source: &Source) -> Result<Option<Recorded>> {
        many_facts::of_source(&mut *self.reader().await?, source).await
    }

    async fn known(&self, case: CaseId) -> Result<Option<Known>> {
        let mut reader = self.reader().await?;
        known::about(&mut reader, (case, None), None, &self.cases).await
    }

    async fn known_for(&self, case: CaseId, fact: &Fact) -> Result<Option<Known>> {
        let mut reader = self.reader().await?;
        known::about(&mut reader, (case, Some(fact)), None, &self.cases).await
    }

    async fn facts(&self, case: CaseId, after: u64, limit: u32) -> Result<Vec<Recorded>> {
        facts::of(&mut *self.reader().await?, case, after, limit.min(MAX_ROWS)).await
    }

    async fn facts_naming(&self, key: &Key, case: Option<CaseId>, limit: u32) -> Result<Vec<Recorded>> {
        keys::naming(&mut *self.reader().await?, key, case, limit.min(MAX_ROWS)).await
    }

    async fn facts_naming_any(&self, keys: &[Key], case: Option<CaseId>, limit: u32) -> Result<Vec<Recorded>> {
        keys::naming_any(&mut *self.reader().await?, keys, case, limit.min(MAX_NAMING)).await
    }

    async fn note_reveal(&self, act: &Act, batch: BatchId, candidate: CandidateId, purpose: String) -> Result<Written<Reveal>> {
        transaction!(self, |tx| reveals::note(tx, act, (batch, candidate, &purpose), self.random()))
    }

    async fn note_reveals(&self, act: &Act, batch: BatchId, candidates: &[CandidateId], purpose: String) -> Result<Receipt> {
        transaction!(self, |tx| reveals::note_all(tx, act, (batch, candidates, &purpose), self.random()))
    }

    async fn reveals_of(&self, batch: BatchId, candidate: Option<CandidateId>, limit: u32) -> Result<Vec<Reveal>> {
        reveals::of(&mut *self.reader().await?, batch, candidate, limit.min(MAX_ROWS)).await
    }

    async fn load_calendar(&self, act: &Act, table: YearTable) -> Result<Receipt> {
        transaction!(self, |tx| calendars::load(tx, act, &table, self.random()))
    }
}
