//! The schema and its migrations, embedded. One text for both databases.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "first", include_str!("../../migrations/0001_first.sql"))];

/// The migrations, in the words of a database: `blob` is what it calls bytes.
pub(super) fn migrator(blob: &str) -> Migrator {
    let migration = |(version, name, text): &(i64, &'static str, &str)| {
        // Our own text with one word replaced; nothing from outside is in it.
        let sql = AssertSqlSafe(text.replace("BLOB", blob)).into_sql_str();
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect())
}
