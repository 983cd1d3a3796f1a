//! The entries of a custody log: its tree and its chains.
//!
//! In: lines of JSON as `liuhen entries --json` prints them, `{"index":n,"envelope":"…"}` with the exact text of
//! each envelope. Out: findings. Memory grows by one digest for each subject and 64 for the tree.

use std::collections::HashMap;
use std::io::{self, BufRead, Read as _};

use liuhen_proto::Sha256;
use liuhen_proto::custody::envelope::MAX_ENVELOPE_BYTES;
use liuhen_proto::custody::tree::leaf_hash;
use liuhen_proto::custody::{Chain, Envelope, Frontier};
use serde::Deserialize;

use crate::Finding;

/// An envelope as JSON text in JSON text is at most six times as long.
const MAX_LINE_BYTES: u64 = 6 * MAX_ENVELOPE_BYTES as u64 + 256;

#[derive(Deserialize)]
struct Line {
    index: u64,
    envelope: String,
}

/// Checks a whole log from its first entry: no index left out, every subject's chain unbroken, and the root the
/// one that is expected, where one is given.
pub fn check(lines: &mut dyn BufRead, expected_root: Option<Sha256>) -> io::Result<Vec<Finding>> {
    let mut log = Log::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        lines.take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
        if line.iter().all(u8::is_ascii_whitespace) && line.is_empty() {
            break;
        }
        if let Err(finding) = log.take(&line) {
            return Ok(vec![finding]);
        }
    }
    Ok(log.verdict(expected_root))
}

#[derive(Default)]
struct Log {
    frontier: Frontier,
    chains: HashMap<String, Chain>,
}

impl Log {
    fn take(&mut self, line: &[u8]) -> Result<(), Finding> {
        let place = self.frontier.size();
        let thing = format!("entry {place}");
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            Finding::wrong(&thing, format!("is no line of an exported log: {error}"), format!("不是导出的日志行：{error}"))
        })?;
        if line.index != place {
            let what = format!("is missing: entry {} follows", line.index);
            return Err(Finding::wrong(thing, what, format!("缺失：其后为第 {} 条", line.index)));
        }
        let bytes = line.envelope.as_bytes();
        let envelope = Envelope::from_bytes(bytes)
            .map_err(|error| Finding::wrong(&thing, format!("is no envelope: {error}"), format!("不是有效的信封：{error}")))?;
        let chain = self.chains.entry(envelope.subject).or_default();
        chain
            .push(bytes)
            .map_err(|error| Finding::wrong(thing, error.to_string(), "主体链断裂：有条目被移除、插入、改动或移位"))?;
        self.frontier.push(leaf_hash(bytes));
        Ok(())
    }

    fn verdict(self, expected_root: Option<Sha256>) -> Vec<Finding> {
        let (size, root, chains) = (self.frontier.size(), self.frontier.root(), self.chains.len());
        let what = format!("{size} entries in {chains} chains, none broken; root {root}");
        let mut findings = vec![Finding::right("log", what, format!("共 {size} 条，{chains} 条主体链均完整；根 {root}"))];
        match expected_root {
            Some(expected) if expected != root => {
                findings.push(Finding::wrong("root", format!("is not {expected}"), format!("与所给的 {expected} 不符")));
            }
            Some(_) => findings.push(Finding::right("root", "is the one that you gave", "与所给的一致")),
            None => {}
        }
        findings
    }
}
