//! Leases: taken, renewed, and compared when something is sealed.

use liuhen_proto::Timestamp;
use liuhen_proto::ids::RecorderId;
use sqlx::{query, query_as};

use super::{Conn, LOCK_LEASE, SHARE_LEASE};
use crate::records::convert::{count, failed, number, word};
use crate::records::{Claim, Fence, Lease, sql};
use crate::{Error, Result};

type Row = (String, i64, i64);

/// Gives the lease to who claims it, if it may; and says who has it.
pub(super) async fn claim(tx: &mut Conn, claim: &Claim) -> Result<Lease> {
    let Claim { recorder, node, at, until, called } = *claim;
    let Some(held) = read(tx, LOCK_LEASE, recorder).await? else {
        let lease = Lease { recorder, node, epoch: 1, until };
        write(tx, sql::INSERT_LEASE, &lease).await?;
        return Ok(lease);
    };
    let ours = held.node == node;
    if !ours && !called && held.until > at {
        return Ok(held);
    }
    let epoch = if ours { held.epoch } else { held.epoch + 1 };
    let until = if ours { until.max(held.until) } else { until };
    let lease = Lease { recorder, node, epoch, until };
    write(tx, sql::SET_LEASE, &lease).await?;
    Ok(lease)
}

async fn write(tx: &mut Conn, statement: &'static str, lease: &Lease) -> Result<()> {
    let row = query(statement).bind(lease.recorder.to_string()).bind(lease.node.to_string());
    let row = row.bind(number(lease.epoch)).bind(lease.until.as_micros());
    row.execute(tx).await.map_err(failed("write lease"))?;
    Ok(())
}

async fn read(tx: &mut Conn, statement: &'static str, recorder: RecorderId) -> Result<Option<Lease>> {
    let row: Option<Row> =
        query_as(statement).bind(recorder.to_string()).fetch_optional(tx).await.map_err(failed("read lease"))?;
    let Some((node, epoch, until)) = row else { return Ok(None) };
    let what = format!("lease of {recorder}");
    let (node, epoch) = (word(&what, &node)?, count(&what, epoch)?);
    Ok(Some(Lease { recorder, node, epoch, until: Timestamp::from_micros(until) }))
}

/// Whether the lease is still the one under which something is to be sealed; it stays so until the transaction ends.
pub(super) async fn check(tx: &mut Conn, fence: &Fence) -> Result<()> {
    match read(tx, SHARE_LEASE, fence.recorder).await? {
        Some(lease) if lease.fence() != *fence => Err(Error::Stale { lease, fence: *fence }),
        Some(_) => Ok(()),
        None => Err(Error::NotFound(format!("lease of {}", fence.recorder))),
    }
}
