//! Records in one SQLite file: what differs from PostgreSQL, which is opening and how a write begins.
//!
//! Always: one writer, so `BEGIN IMMEDIATE` never waits for another of this process; readers see whole
//! transactions (WAL); a commit is on the disk when it returns (`synchronous = FULL`).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use liuhen_proto::world::Randomness;
use sqlx::Connection as _;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Pool, Transaction};

use super::cases::Cases;
use super::convert::failed;
use super::schema;
use crate::{Error, Result};

#[path = "body/access.rs"]
mod access;
#[path = "body/access_records.rs"]
mod access_records;
#[path = "body/alarm_records.rs"]
mod alarm_records;
#[path = "body/alarms.rs"]
mod alarms;
#[path = "body/board.rs"]
mod board;
#[path = "body/calendars.rs"]
mod calendars;
#[path = "body/corrected.rs"]
mod corrected;
#[path = "body/custody.rs"]
mod custody;
#[path = "body/declare.rs"]
mod declare;
#[path = "body/derived.rs"]
mod derived;
#[path = "body/facts.rs"]
mod facts;
#[path = "body/flags.rs"]
mod flags;
#[path = "body/identities.rs"]
mod identities;
#[path = "body/imported.rs"]
mod imported;
#[path = "body/imports.rs"]
mod imports;
#[path = "body/judgement.rs"]
mod judgement;
#[path = "body/keys.rs"]
mod keys;
#[path = "body/known.rs"]
mod known;
#[path = "body/lease.rs"]
mod lease;
#[path = "body/logins.rs"]
mod logins;
#[path = "body/lookup.rs"]
mod lookup;
#[path = "body/machines.rs"]
mod machines;
#[path = "body/many_facts.rs"]
mod many_facts;
#[path = "body/neighbours.rs"]
mod neighbours;
#[path = "body/passes.rs"]
mod passes;
#[path = "body/people.rs"]
mod people;
#[path = "body/people_records.rs"]
mod people_records;
#[path = "body/places.rs"]
mod places;
#[path = "body/process.rs"]
mod process;
#[path = "body/process_records.rs"]
mod process_records;
#[path = "body/records.rs"]
mod records;
#[path = "body/refusals.rs"]
mod refusals;
#[path = "body/reveals.rs"]
mod reveals;
#[path = "body/runs.rs"]
mod runs;
#[path = "body/scan.rs"]
mod scan;
#[path = "body/schedule.rs"]
mod schedule;
#[path = "body/seal.rs"]
mod seal;
#[path = "body/segments.rs"]
mod segments;
#[path = "body/supervision.rs"]
mod supervision;
#[path = "body/watched.rs"]
mod watched;

type Db = sqlx::Sqlite;
type Conn = sqlx::SqliteConnection;
use Sqlite as Driver;

// The write transaction holds the lock of the whole file already.
const LOCK_HEAD: &str = super::sql::READ_HEAD;
const LOCK_ACCESS: &str = super::sql::access::ACCESS;
const LOCK_ALARM: &str = super::sql::ALARM;
const LOCK_FLAG: &str = super::sql::FLAG;
const LOCK_LEASE: &str = super::sql::LEASE;
const SHARE_LEASE: &str = super::sql::LEASE;
const LOCK_RUN: &str = "SELECT stream, recorder, boot FROM run WHERE id = $1";
const LOCK_ORGANIZATION: &str = "SELECT id FROM organization WHERE id = $1";
const LOCK_CLOCKS: &str = "SELECT id FROM recorder WHERE id = $1";
const LOCK_CLOCKS_TO_CHANGE: &str = LOCK_CLOCKS;

/// Connections that read at the same time.
const READERS: u32 = 8;

/// Records in one SQLite file.
pub struct Sqlite {
    writer: Pool<Db>,
    readers: Pool<Db>,
    random: Arc<dyn Randomness>,
    cases: Cases,
}

impl Sqlite {
    /// Opens the file, makes it where it is missing, and brings its schema up to date.
    pub async fn open(file: &Path, random: Arc<dyn Randomness>) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            // A long session's rows in one go: handing 50 over at a time made the plan of 3 h take twice as long.
            .row_buffer_size(512);
        // A commit that the disk refused can leave a connection in a transaction that it cannot roll back: it is closed,
        // and another takes its place. Else one error of the disk would end all writing until the next start.
        let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = pool.before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }));
        let writer = pool.connect_with(options.clone()).await.map_err(failed("open the database"))?;
        let migrated = schema::migrator(schema::Dialect::Sqlite).run(&writer).await;
        migrated.map_err(|error| Error::Database { what: "bring the schema up to date", source: error.into() })?;
        // A file does not hang up: there is no need to ask each time whether it is still there.
        let pool =
            SqlitePoolOptions::new().max_connections(READERS).idle_timeout(None).max_lifetime(None).test_before_acquire(false);
        let readers = pool.connect_lazy_with(options.read_only(true));
        Ok(Self { writer, readers, random, cases: Cases::default() })
    }

    fn random(&self) -> &dyn Randomness {
        &*self.random
    }

    async fn begin(&self) -> Result<Transaction<'static, Db>> {
        match self.writer.begin_with("BEGIN IMMEDIATE").await {
            // The disk refused a commit: SQLite has rolled it back, and the driver believes that it goes on.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                tracing::error!("the database's disk refused a commit; the connection is made anew, look after the disk");
                let stale = self.writer.acquire().await.map_err(failed("begin to write"))?;
                stale.close().await.map_err(failed("begin to write"))?;
                self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed("begin to write"))
            }
            begun => begun.map_err(failed("begin to write")),
        }
    }

    async fn reader(&self) -> Result<PoolConnection<Db>> {
        self.readers.acquire().await.map_err(failed("begin to read"))
    }

    /// Writes everything down and closes the file. Without it nothing is lost; the next start reads the WAL.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests;
