//! What was declared about an imported file, against its signatures; and the file itself.
//!
//! In: the output of `liuhen import show ID --json`, and the original where the auditor has it. Out: a finding for each
//! statement, and one for the file. Not here: the segments made of the file ([`crate::segment`]), and whether the
//! statements stand in the log ([`crate::log`]).

use std::io::{self, Read};

use liuhen_proto::digest::Hasher;
use liuhen_proto::import::{CorrectionStatement, ImportStatement};
use liuhen_proto::signing::{PublicKey, Signature};
use serde::Deserialize;

use crate::Finding;

/// The largest output that is read, in bytes: a hundred statements of the largest size.
pub const MAX_SHOWN_BYTES: usize = 16 * 1024 * 1024;

#[derive(Deserialize)]
struct Shown {
    import_id: String,
    revisions: Vec<Revision>,
}

#[derive(Deserialize)]
struct Revision {
    revision: u32,
    clock_offset_us: i64,
    statement: String,
    signature: Signature,
    public_key: PublicKey,
}

/// Checks every statement by its signature; `trusted` are the keys that the auditor has from elsewhere. The original is
/// compared with what was signed about it.
pub fn check(shown: &[u8], original: Option<&mut dyn Read>, trusted: &[PublicKey]) -> io::Result<Vec<Finding>> {
    let shown: Shown = match serde_json::from_slice(shown) {
        Ok(shown) => shown,
        Err(error) => {
            let what = format!("is not the output of `liuhen import show --json`: {error}");
            return Ok(vec![Finding::wrong("import", what, format!("不是 liuhen import show --json 的输出：{error}"))]);
        }
    };
    let mut findings: Vec<_> =
        (1..).zip(&shown.revisions).map(|(place, revision)| statement(place, revision, &shown.import_id, trusted)).collect();
    let first = shown.revisions.first().and_then(|first| ImportStatement::from_bytes(first.statement.as_bytes()).ok());
    match (first, original) {
        (None, _) => findings.push(Finding::wrong("import", "has no statement", "没有导入声明")),
        (Some(first), Some(original)) => findings.push(file(&first, original)?),
        (Some(_), None) => {}
    }
    Ok(findings)
}

fn statement(place: u32, revision: &Revision, import: &str, trusted: &[PublicKey]) -> Finding {
    let thing = format!("statement {}", revision.revision);
    let bytes = revision.statement.as_bytes();
    if !revision.public_key.verifies(bytes, &revision.signature) {
        return Finding::wrong(thing, "its signature does not hold", "签名无效");
    }
    let said = if place == 1 {
        ImportStatement::from_bytes(bytes).map(|said| (said.import.to_string(), 1, said.clock_offset_us)).ok()
    } else {
        let said = CorrectionStatement::from_bytes(bytes);
        said.map(|said| (said.import.to_string(), said.revision, said.clock_offset_us)).ok()
    };
    if said != Some((import.to_owned(), place, revision.clock_offset_us)) || revision.revision != place {
        return Finding::wrong(thing, "says something else than what is shown beside it", "声明内容与所示不符");
    }
    if !trusted.is_empty() && !trusted.contains(&revision.public_key) {
        return Finding::wrong(thing, "is by a key that you do not trust", "签名密钥不在受信任列表中");
    }
    let what = format!("signed by {}", revision.public_key);
    Finding::right(thing, what, format!("签名有效：{}", revision.public_key))
}

fn file(said: &ImportStatement, original: &mut dyn Read) -> io::Result<Finding> {
    let (mut hasher, mut size, mut buffer) = (Hasher::default(), 0, vec![0; 1024 * 1024]);
    loop {
        match original.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                hasher.update(&buffer[..count]);
                size += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(if (hasher.finish(), size) == (said.original.sha256, said.original.size_bytes) {
        Finding::right("original", format!("{size} bytes, the file that was signed"), format!("{size} 字节，与签名声明一致"))
    } else {
        Finding::wrong("original", "is not the file that was signed", "与签名声明中的文件不符")
    })
}
