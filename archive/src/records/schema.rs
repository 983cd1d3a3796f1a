//! The schema and its migrations, embedded. One text for both databases.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("../../migrations/0001_first.sql")),
    (2, "judgement_and_imports", include_str!("../../migrations/0002_judgement_and_imports.sql")),
    (3, "durable", include_str!("../../migrations/0003_durable.sql")),
    (4, "people", include_str!("../../migrations/0004_people.sql")),
    (5, "machines", include_str!("../../migrations/0005_machines.sql")),
    (6, "watched", include_str!("../../migrations/0006_watched.sql")),
    (7, "identity", include_str!("../../migrations/0007_identity.sql")),
    (8, "process", include_str!("../../migrations/0008_process.sql")),
    (9, "login", include_str!("../../migrations/0009_login.sql")),
    (10, "neighbours", include_str!("../../migrations/0010_neighbours.sql")),
    (12, "batch_sessions", include_str!("../../migrations/0012_batch_sessions.sql")),
    (13, "fact_keys", include_str!("../../migrations/0013_fact_keys.sql")),
    (14, "supervision", include_str!("../../migrations/0014_supervision.sql")),
];

/// Which of the two databases reads the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// The migrations, in the words of a database.
pub(super) fn migrator(dialect: Dialect) -> Migrator {
    let migration = |(version, name, text): &(i64, &'static str, &str)| {
        // Our own text in other words; nothing from outside is in it.
        let sql = AssertSqlSafe(words(text, dialect)).into_sql_str();
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect())
}

fn words(text: &str, dialect: Dialect) -> String {
    if dialect == Dialect::Sqlite {
        return text.to_owned();
    }
    let mut parts = text.split("/* only SQLite */");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once("/* end */").map_or(part, |(_, rest)| rest));
    std::iter::once(first).chain(rest).collect::<String>().replace("BLOB", "BYTEA")
}
