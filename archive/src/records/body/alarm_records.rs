//! The trait of alarms, for one driver.

use async_trait::async_trait;
use liuhen_proto::ids::AlarmId;

use super::{Driver, alarms};
use crate::Result;
use crate::records::convert::failed;
use crate::records::transaction::transaction;
use crate::records::{Act, Alarm, AlarmChange, AlarmEvent, AlarmQuery, AlarmRecords, MAX_ROWS, Written};

#[async_trait]
impl AlarmRecords for Driver {
    async fn change_alarms(&self, act: &Act, changes: Vec<AlarmChange>) -> Result<Vec<Alarm>> {
        transaction!(self, |tx| alarms::change(tx, act, &changes, self.random()))
    }

    async fn acknowledge_alarm(&self, act: &Act, alarm: AlarmId, name: String, note: String) -> Result<Written<Alarm>> {
        transaction!(self, |tx| alarms::acknowledge(tx, act, alarm, (&name, &note), self.random()))
    }

    async fn alarm(&self, id: AlarmId) -> Result<Option<Alarm>> {
        alarms::alarm(&mut *self.reader().await?, id).await
    }

    async fn open_alarms(&self) -> Result<Vec<Alarm>> {
        alarms::all_open(&mut *self.reader().await?).await
    }

    async fn alarms(&self, query: AlarmQuery, limit: u32) -> Result<Vec<Alarm>> {
        alarms::found(&mut *self.reader().await?, query, limit).await
    }

    async fn alarm_events(&self, after: u64, limit: u32) -> Result<Vec<AlarmEvent>> {
        alarms::events(&mut *self.reader().await?, after, limit.min(MAX_ROWS)).await
    }

    async fn newest_alarm_event(&self) -> Result<u64> {
        alarms::newest_event(&mut *self.reader().await?).await
    }

    async fn webhook_position(&self, name: &str) -> Result<u64> {
        alarms::webhook(&mut *self.reader().await?, name).await
    }

    async fn move_webhook(&self, name: &str, number: u64) -> Result<()> {
        transaction!(self, |tx| alarms::move_webhook(tx, name, number))
    }
}
