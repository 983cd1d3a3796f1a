//! The custody log: appending under the lock of the head, and reading.

use std::collections::HashMap;

use liuhen_proto::Sha256;
use liuhen_proto::custody::tree::leaf_hash;
use liuhen_proto::custody::{Body, Envelope, Frontier};
use liuhen_proto::world::Randomness;
use sqlx::{QueryBuilder, query, query_as};

use super::{Conn, Db, LOCK_HEAD};
use crate::records::convert::{blob, count, digest, failed, number};
use crate::records::draft::Draft;
use crate::records::sql;
use crate::records::{Act, Entry, Head, Receipt};
use crate::{Error, Result};

/// So many rows a statement: each has six values, and SQLite takes 32766.
const ROWS: usize = 1000;

/// Appends entries, in their order. The last thing that a transaction does: from here on every other
/// writer waits.
pub(super) async fn append(tx: &mut Conn, act: &Act, drafts: Vec<Draft>, random: &dyn Randomness) -> Result<Vec<Receipt>> {
    if drafts.is_empty() {
        return Ok(Vec::new());
    }
    let mut frontier = frontier(tx, LOCK_HEAD).await?;
    let (old, mut leaves, mut chains) = (frontier.size(), Vec::with_capacity(drafts.len()), HashMap::new());
    for draft in drafts {
        let leaf = leaf(tx, act, draft, (frontier.size(), &mut chains), random).await?;
        frontier.push(leaf.hash);
        leaves.push(leaf);
    }
    for leaves in leaves.chunks(ROWS) {
        insert(tx, leaves).await?;
    }
    for (subject, (entries, head)) in chains {
        let head: Option<Sha256> = head;
        let head = head.expect("a chain that was appended to has a head");
        let moved = query(sql::MOVE_SUBJECT).bind(subject).bind(number(entries)).bind(head.as_bytes().to_vec());
        moved.execute(&mut *tx).await.map_err(failed("move the head of a chain"))?;
    }
    let (tree_size, root) = (frontier.size(), frontier.root());
    let tree = query(sql::INSERT_TREE).bind(number(tree_size)).bind(root.as_bytes().to_vec());
    tree.execute(&mut *tx).await.map_err(failed("note the root of the log"))?;
    let moved = query(sql::MOVE_HEAD).bind(number(tree_size)).bind(frontier.to_bytes()).bind(number(old));
    let moved = moved.execute(&mut *tx).await.map_err(failed("move the head of the log"))?;
    if moved.rows_affected() != 1 {
        return Err(Error::inconsistent("head of the log", "it moved while it was locked"));
    }
    Ok(leaves.into_iter().map(|it| Receipt { leaf_index: it.index, leaf_hash: it.hash, tree_size, root }).collect())
}

/// An entry with its place and its body.
struct Leaf {
    index: u64,
    hash: Sha256,
    subject: String,
    subject_seq: u64,
    envelope: Vec<u8>,
    idem: String,
    body: Option<(Sha256, Vec<u8>)>,
}

async fn leaf(
    tx: &mut Conn,
    act: &Act,
    draft: Draft,
    (index, chains): (u64, &mut HashMap<String, (u64, Option<Sha256>)>),
    random: &dyn Randomness,
) -> Result<Leaf> {
    if !chains.contains_key(&draft.subject) {
        chains.insert(draft.subject.clone(), chain_head(tx, &draft.subject).await?);
    }
    let chain = chains.get_mut(&draft.subject).expect("it was put in above");
    let body = draft.salted.or_else(|| draft.body.map(|data| Body::new(data, random).to_bytes()));
    let body = body.map(|bytes| (Sha256::of(&bytes), bytes));
    let envelope = Envelope {
        alg: "sha256".into(),
        at: act.at,
        by: act.by.to_string(),
        body: body.as_ref().map(|(sha256, _)| *sha256),
        data: draft.data,
        subject: draft.subject.clone(),
        subject_prev: chain.1,
        subject_seq: chain.0,
        r#type: draft.kind,
        v: 1,
    };
    let envelope = envelope.to_bytes().map_err(|error| Error::Invalid { field: "entry", why: error.to_string() })?;
    let (hash, subject_seq) = (leaf_hash(&envelope), chain.0);
    *chain = (chain.0 + 1, Some(hash));
    Ok(Leaf { index, hash, subject: draft.subject, subject_seq, envelope, idem: draft.idem, body })
}

/// Many rows a statement: the entries of a roster would else ask the database twenty thousand times.
async fn insert(tx: &mut Conn, leaves: &[Leaf]) -> Result<()> {
    let bodies: Vec<_> = leaves.iter().filter_map(|leaf| leaf.body.as_ref()).collect();
    if !bodies.is_empty() {
        let mut insert = QueryBuilder::<Db>::new(sql::INSERT_BODIES);
        insert.push_values(bodies, |mut row, (sha256, bytes)| {
            row.push_bind(blob(*sha256)).push_bind(bytes.as_slice());
        });
        insert.push(sql::OR_NOTHING).build().execute(&mut *tx).await.map_err(failed("write body"))?;
    }
    let mut insert = QueryBuilder::<Db>::new(sql::INSERT_LEAVES);
    insert.push_values(leaves, |mut row, it| {
        row.push_bind(number(it.index)).push_bind(blob(it.hash)).push_bind(it.subject.as_str());
        row.push_bind(number(it.subject_seq)).push_bind(it.envelope.as_slice()).push_bind(it.idem.as_str());
    });
    insert.build().execute(&mut *tx).await.map_err(failed("append entry"))?;
    Ok(())
}

async fn chain_head(tx: &mut Conn, subject: &str) -> Result<(u64, Option<Sha256>)> {
    let row: Option<(i64, Vec<u8>)> =
        query_as(sql::READ_SUBJECT).bind(subject).fetch_optional(tx).await.map_err(failed("read the head of a chain"))?;
    let Some((entries, head)) = row else { return Ok((0, None)) };
    Ok((count("subject.entries", entries)?, Some(digest("subject.head", &head)?)))
}

/// The frontier of the log, by a statement that locks it or one that does not.
pub(super) async fn frontier(conn: &mut Conn, statement: &'static str) -> Result<Frontier> {
    let (size, hashes): (i64, Vec<u8>) =
        query_as::<Db, _>(statement).fetch_one(conn).await.map_err(failed("read the head of the log"))?;
    Frontier::from_bytes(count("head.size", size)?, &hashes).map_err(|error| Error::inconsistent("head of the log", error))
}

pub(super) async fn head(conn: &mut Conn) -> Result<Head> {
    let frontier = frontier(conn, sql::READ_HEAD).await?;
    Ok(Head { size: frontier.size(), root: frontier.root() })
}

/// Where the entry of this name stands, and the tree right after it was appended.
pub(super) async fn receipt(conn: &mut Conn, idem: &str) -> Result<Receipt> {
    let row: Option<(i64, Vec<u8>, i64, Vec<u8>)> =
        query_as(sql::READ_RECEIPT).bind(idem).fetch_optional(conn).await.map_err(failed("read receipt"))?;
    let (idx, hash, size, root) = row.ok_or_else(|| Error::inconsistent(idem, "it has no entry in the log"))?;
    Ok(Receipt {
        leaf_index: count("leaf.idx", idx)?,
        leaf_hash: digest("leaf.hash", &hash)?,
        tree_size: count("tree.size", size)?,
        root: digest("tree.root", &root)?,
    })
}

pub(super) async fn entries(conn: &mut Conn, from: u64, subject: Option<&str>, limit: u32) -> Result<Vec<Entry>> {
    let statement = if subject.is_some() { sql::ENTRIES_OF } else { sql::ENTRIES };
    let mut found = query_as(statement).bind(number(from)).bind(i64::from(limit));
    if let Some(subject) = subject {
        found = found.bind(subject.to_owned());
    }
    let rows: Vec<(i64, Vec<u8>)> = found.fetch_all(conn).await.map_err(failed("read entries"))?;
    rows.into_iter().map(|(idx, envelope)| Ok(Entry { index: count("leaf.idx", idx)?, envelope })).collect()
}

pub(super) async fn body(conn: &mut Conn, sha256: Sha256) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> =
        query_as(sql::READ_BODY).bind(sha256.as_bytes().to_vec()).fetch_optional(conn).await.map_err(failed("read body"))?;
    Ok(row.map(|(bytes,)| bytes))
}
