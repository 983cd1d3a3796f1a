//! Raises alarms: compares the clock with what is stored and with what recorders say, every second.
//!
//! In: layouts, open windows, gaps, and `Live`. Out: alarms, in the log before anybody sees them.
//! - Level-triggered: each look gathers [`facts`] from scratch; [`conditions`] says what is wrong, [`board`] what must
//!   change; both are pure.
//! - That a camera records is proven by stored fragments, never by what its recorder says of it.
//! - Of a recorder that is not heard nothing is known: what was wrong with it stays so.
//! - An alarm is closed only after ten seconds of health, so that what flickers is one alarm.
//! - One for each archive at a time. Not here: gaps ([`crate::watcher`]), words for people (`liuhen_api`).

use std::collections::HashMap;

use liuhen_proto::ids::{AlarmId, SessionId, SiteId, StreamId};
use liuhen_proto::{BootTime, Principal, Span, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::records::{Act, Expectation, SiteLayout};
use crate::{Archive, Result};

mod board;
mod conditions;
mod facts;
mod gather;

/// How often it looks.
pub const PERIOD: Span = Span::from_secs(1);
/// A camera that has produced no stored fragment for longer is silent; or for twice its own fragments' length.
pub const SILENT_AFTER: Span = Span::from_secs(10);
/// A recorder that has said nothing for longer is not heard.
pub const UNHEARD_AFTER: Span = Span::from_secs(10);
/// What was wrong is over when it has been well for so long.
pub const HEALTH: Span = Span::from_secs(10);
/// After the centre has begun, recorders are given so long to come.
pub const GRACE: Span = Span::from_secs(30);
/// What is declared is read again after so long.
const REFRESH: Span = Span::from_secs(10);

/// See the module.
pub struct Alarms {
    archive: Archive,
    by: Principal,
    /// When it first looked.
    began: Option<(Timestamp, BootTime)>,
    layouts: HashMap<SiteId, (SiteLayout, BootTime)>,
    expectations: HashMap<SessionId, (u32, Vec<Expectation>, BootTime)>,
    produced: HashMap<StreamId, facts::Produced>,
    /// Since when what an open alarm is about has been well.
    healthy: HashMap<AlarmId, BootTime>,
}

/// Looks every second until it is told to stop.
pub async fn run(mut alarms: Alarms, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(PERIOD.into());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = alarms.look().await {
            tracing::error!(error = &error as &dyn std::error::Error, "look for what is wrong");
        }
    }
}

impl Alarms {
    /// Of the archive, in the name of a node.
    pub fn new(archive: Archive, by: Principal) -> Self {
        let (layouts, expectations) = (HashMap::new(), HashMap::new());
        Self { archive, by, began: None, layouts, expectations, produced: HashMap::new(), healthy: HashMap::new() }
    }

    /// Looks once, as of the archive's clock.
    pub async fn look(&mut self) -> Result<()> {
        let facts = self.gather().await?;
        let conditions = conditions::of(&facts);
        let open = self.archive.records.open_alarms().await?;
        let boot = self.archive.clock.boot_now();
        let changes = board::changes(conditions, &open, &facts, &mut self.healthy, boot);
        if changes.is_empty() {
            return Ok(());
        }
        for alarm in self.archive.records.change_alarms(&Act::new(self.by, facts.now), changes).await? {
            tracing::info!(alarm.id = %alarm.id, kind = %alarm.kind, severity = %alarm.state.severity,
                condition = alarm.condition, open = alarm.closed.is_none(), "alarm changed");
        }
        self.archive.live.changed();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
