//! Many rows into a database, fast: without a journal, and in PostgreSQL with indexes made at the end.
//!
//! In: rows by table. Always: what lies there afterwards has all indexes and references of the schema. Not here: which
//! rows ([`crate::copies`], [`crate::peer`]).

use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, QueryBuilder, SqliteConnection};

use crate::copies::{Rows, Value};

/// SQLite takes so many values a statement.
const MOST_VALUES: usize = 32_766;
/// The tables with nearly all rows; the others are small.
const LARGE: &str = "('fact'::regclass, 'fact_key'::regclass, 'body'::regclass)";

/// Where rows go.
pub(crate) enum Filling {
    Sqlite(SqliteConnection),
    Postgres(PgConnection, Vec<String>),
}

fn sure<T>(answer: Result<T, sqlx::Error>) -> T {
    answer.unwrap_or_else(|error| panic!("fill the database: {error}"))
}

impl Filling {
    pub(crate) async fn sqlite(file: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file).foreign_keys(false);
        let options = options.journal_mode(SqliteJournalMode::Off).synchronous(SqliteSynchronous::Off);
        let options = options.pragma("cache_size", "-1500000").pragma("locking_mode", "EXCLUSIVE");
        Self::Sqlite(sure(SqliteConnection::connect_with(&options).await))
    }

    /// Keys, references and indexes of the large tables are kept aside, as statements that make them again.
    pub(crate) async fn postgres(url: &str) -> Self {
        let mut database = sure(PgConnection::connect_with(&sure(PgConnectOptions::from_str(url))).await);
        let constraints = format!(
            "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname), \
             format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
             FROM pg_constraint WHERE conrelid IN {LARGE} AND contype IN ('p', 'u', 'f') ORDER BY contype = 'f' DESC, conname"
        );
        let indexes = format!(
            "SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid) FROM pg_index \
             WHERE indrelid IN {LARGE} ORDER BY indexrelid"
        );
        let mut again = Vec::new();
        for statement in [constraints, indexes] {
            let found: Vec<(String, String)> = sure(sqlx::query_as(AssertSqlSafe(statement)).fetch_all(&mut database).await);
            for (drop, make) in found {
                sure(sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut database).await);
                again.push(make);
            }
        }
        // References last.
        again.reverse();
        Self::Postgres(database, again)
    }

    pub(crate) async fn run(&mut self, statements: &'static str) {
        match self {
            Self::Sqlite(database) => sure(sqlx::raw_sql(statements).execute(database).await).rows_affected(),
            Self::Postgres(database, _) => sure(sqlx::raw_sql(statements).execute(database).await).rows_affected(),
        };
    }

    /// Gives the number of rows.
    pub(crate) async fn write(&mut self, tables: &[Rows]) -> usize {
        match self {
            Self::Sqlite(database) => {
                let mut tx = sure(database.begin().await);
                for table in tables {
                    insert(&mut tx, table).await;
                }
                sure(tx.commit().await);
            }
            Self::Postgres(database, _) => {
                for table in tables.iter().filter(|table| !table.rows.is_empty()) {
                    let mut copy = sure(database.copy_in_raw(&format!("COPY {} FROM STDIN", table.table)).await);
                    sure(copy.send(lines(table)).await);
                    sure(copy.finish().await);
                }
            }
        }
        tables.iter().map(|table| table.rows.len()).sum()
    }

    /// Makes what was kept aside, and lets the database look at what it has.
    pub(crate) async fn finish(self) {
        match self {
            Self::Sqlite(database) => sure(database.close().await),
            Self::Postgres(mut database, again) => {
                sure(sqlx::raw_sql("SET maintenance_work_mem = '1GB'").execute(&mut database).await);
                for statement in again {
                    sure(sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut database).await);
                }
                // As its own housekeeping does some time after so many rows.
                sure(sqlx::raw_sql("VACUUM ANALYZE").execute(&mut database).await);
                sure(database.close().await);
            }
        }
    }
}

async fn insert(database: &mut SqliteConnection, table: &Rows) {
    let Some(columns) = table.rows.first().map(Vec::len) else { return };
    for rows in table.rows.chunks((MOST_VALUES / columns).min(200)) {
        let mut statement = QueryBuilder::<sqlx::Sqlite>::new(format!("INSERT INTO {} ", table.table));
        statement.push_values(rows, |mut into, row| {
            for value in row {
                match value {
                    Value::Null => into.push_bind(None::<i64>),
                    Value::Integer(it) => into.push_bind(*it),
                    Value::Text(it) => into.push_bind(it.as_str()),
                    Value::Blob(it) => into.push_bind(it.as_slice()),
                };
            }
        });
        sure(statement.build().execute(&mut *database).await);
    }
}

/// As COPY reads them. Truths are 0 and 1 in both databases.
fn lines(table: &Rows) -> Vec<u8> {
    let mut text = String::new();
    for row in &table.rows {
        for (place, value) in row.iter().enumerate() {
            if place > 0 {
                text.push('\t');
            }
            match value {
                Value::Null => text.push_str("\\N"),
                Value::Integer(it) => write!(text, "{it}").expect("text grows"),
                Value::Text(it) => text.push_str(&it.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t")),
                Value::Blob(it) => {
                    text.push_str("\\\\x");
                    it.iter().for_each(|byte| write!(text, "{byte:02x}").expect("text grows"));
                }
            }
        }
        text.push('\n');
    }
    text.into_bytes()
}
