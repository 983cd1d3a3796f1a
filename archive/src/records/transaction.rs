//! One write transaction, tried again where two writers met.

/// How often a write is tried again when another writer came in between.
pub(super) const RETRIES: u32 = 8;

/// Runs `body` in a write transaction of the driver and commits it. A race (deadlock, serialization
/// failure, or a name that another writer has just taken) rolls back and begins again, so that the body
/// sees what the other has written; no index of the log is skipped by that.
macro_rules! transaction {
    ($driver:expr, |$tx:ident| $body:expr) => {{
        let mut retries = 0;
        loop {
            let mut transaction = $driver.begin().await?;
            let $tx = &mut *transaction;
            let outcome = match $body.await {
                Ok(value) => transaction.commit().await.map(|()| value).map_err(failed("commit")),
                Err(error) => Err(error),
            };
            match outcome {
                Err(error) if error.is_race() && retries < $crate::records::transaction::RETRIES => retries += 1,
                outcome => break outcome,
            }
        }
    }};
}

pub(super) use transaction;
