//! Records in PostgreSQL: what differs from SQLite, which is opening and how rows are locked.
//!
//! Always: READ COMMITTED; whoever appends to the log holds its head (`FOR UPDATE`), taken last, so
//! entries are counted without holes however many nodes write.

use std::str::FromStr as _;
use std::sync::Arc;

use liuhen_proto::world::Randomness;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
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

type Db = sqlx::Postgres;
type Conn = sqlx::PgConnection;
use Postgres as Driver;

const LOCK_HEAD: &str = "SELECT size, frontier FROM head WHERE id = 1 FOR UPDATE";
const LOCK_ACCESS: &str = super::sql::access::LOCKED_ACCESS;
const LOCK_ALARM: &str = super::sql::LOCKED_ALARM;
const LOCK_FLAG: &str = super::sql::LOCKED_FLAG;
const LOCK_LEASE: &str = "SELECT node, epoch, until_us FROM lease WHERE recorder = $1 FOR UPDATE";
const SHARE_LEASE: &str = "SELECT node, epoch, until_us FROM lease WHERE recorder = $1 FOR SHARE";
const LOCK_RUN: &str = "SELECT stream, recorder, boot FROM run WHERE id = $1 FOR UPDATE";
/// Of an organisation: whoever tells what is compared across its batches; sites and batches may be made meanwhile.
const LOCK_ORGANIZATION: &str = "SELECT id FROM organization WHERE id = $1 FOR NO KEY UPDATE";
/// Of a recorder: whoever seals shares it, whoever corrects has it alone; runs may be opened meanwhile.
const LOCK_CLOCKS: &str = "SELECT id FROM recorder WHERE id = $1 FOR SHARE";
const LOCK_CLOCKS_TO_CHANGE: &str = "SELECT id FROM recorder WHERE id = $1 FOR NO KEY UPDATE";

/// Connections of one process.
const CONNECTIONS: u32 = 16;

/// Records in a PostgreSQL database.
pub struct Postgres {
    pool: Pool<Db>,
    random: Arc<dyn Randomness>,
    cases: Cases,
}

impl Postgres {
    /// Connects (`postgres://…`) and brings the schema up to date.
    pub async fn open(url: &str, random: Arc<dyn Randomness>) -> Result<Self> {
        let options = PgConnectOptions::from_str(url).map_err(failed("read the database's address"))?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS);
        let pool = pool.connect_with(options).await.map_err(failed("connect to the database"))?;
        let migrated = schema::migrator(schema::Dialect::Postgres).run(&pool).await;
        migrated.map_err(|error| Error::Database { what: "bring the schema up to date", source: error.into() })?;
        Ok(Self { pool, random, cases: Cases::default() })
    }

    fn random(&self) -> &dyn Randomness {
        &*self.random
    }

    async fn begin(&self) -> Result<Transaction<'static, Db>> {
        self.pool.begin().await.map_err(failed("begin to write"))
    }

    async fn reader(&self) -> Result<PoolConnection<Db>> {
        self.pool.acquire().await.map_err(failed("begin to read"))
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
