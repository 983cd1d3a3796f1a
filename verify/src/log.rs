//! The entries of a custody log: its tree and its chains.
//!
//! In: lines of JSON as `liuhen entries --json` prints them: `{"index":n,"envelope":"…"}` with the exact text of
//! each envelope, and at the end `{"tree_size":n,"root_hash":"…"}`. Out: findings. Memory grows by one digest for each
//! subject and 64 for the tree.

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
#[serde(untagged)]
pub(crate) enum Line {
    Entry { index: u64, envelope: String },
    Head { tree_size: u64, root_hash: Sha256 },
}

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The whole log, from its first entry: no index may be left out, and the tree can be made again.
    Whole,
    /// All entries about one subject: its chain can be checked, the tree cannot.
    Subject,
}

/// Checks an exported log: every subject's chain is unbroken, and for a whole log no index is left out and the root
/// is the one that the export names and the one that is expected, where one is given.
pub fn check(lines: &mut dyn BufRead, scope: Scope, expected_root: Option<Sha256>) -> io::Result<Vec<Finding>> {
    let mut log = Log { scope, frontier: Frontier::default(), chains: HashMap::new(), entries: 0, named: None };
    let mut line = Vec::new();
    loop {
        if !read_line(lines, &mut line)? {
            break;
        }
        if let Err(finding) = log.take(&line) {
            return Ok(vec![finding]);
        }
    }
    Ok(log.verdict(expected_root))
}

/// The next line; whether there was one.
pub(crate) fn read_line(lines: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    lines.take(MAX_LINE_BYTES).read_until(b'\n', line)?;
    Ok(!line.is_empty())
}

struct Log {
    scope: Scope,
    frontier: Frontier,
    chains: HashMap<String, Chain>,
    entries: u64,
    /// What the export itself says of the log.
    named: Option<(u64, Sha256)>,
}

impl Log {
    fn take(&mut self, line: &[u8]) -> Result<(), Finding> {
        let thing = format!("line {}", self.entries + 1);
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            Finding::wrong(&thing, format!("is no line of an exported log: {error}"), format!("不是导出的日志行：{error}"))
        })?;
        match line {
            Line::Entry { index, envelope } => self.entry(index, &envelope),
            Line::Head { tree_size, root_hash } => {
                self.named = Some((tree_size, root_hash));
                Ok(())
            }
        }
    }

    fn entry(&mut self, index: u64, envelope: &str) -> Result<(), Finding> {
        let place = self.frontier.size();
        if self.scope == Scope::Whole && index != place {
            let what = format!("is missing: entry {index} follows");
            return Err(Finding::wrong(format!("entry {place}"), what, format!("缺失：其后为第 {index} 条")));
        }
        let thing = format!("entry {index}");
        let bytes = envelope.as_bytes();
        let envelope = Envelope::from_bytes(bytes)
            .map_err(|error| Finding::wrong(&thing, format!("is no envelope: {error}"), format!("不是有效的信封：{error}")))?;
        if self.scope == Scope::Subject && !self.chains.is_empty() && !self.chains.contains_key(&envelope.subject) {
            let what = format!("is about another subject, {}", envelope.subject);
            return Err(Finding::wrong(thing, what, format!("属于另一主体 {}", envelope.subject)));
        }
        let chain = self.chains.entry(envelope.subject).or_default();
        chain
            .push(bytes)
            .map_err(|error| Finding::wrong(thing, error.to_string(), "主体链断裂：有条目被移除、插入、改动或移位"))?;
        self.frontier.push(leaf_hash(bytes));
        self.entries += 1;
        Ok(())
    }

    fn verdict(self, expected_root: Option<Sha256>) -> Vec<Finding> {
        let (size, chains) = (self.entries, self.chains.len());
        if self.scope == Scope::Subject {
            let newest = self.chains.values().next().and_then(Chain::head).map_or_else(String::new, |head| head.to_string());
            let what = format!("{size} entries, unbroken; the newest has leaf hash {newest}");
            return vec![Finding::right("chain", what, format!("共 {size} 条，链完整；最新条目的叶哈希 {newest}"))];
        }
        let root = self.frontier.root();
        let what = format!("{size} entries in {chains} chains, none broken; root {root}");
        let mut findings = vec![Finding::right("log", what, format!("共 {size} 条，{chains} 条主体链均完整；根 {root}"))];
        if self.named.is_some_and(|named| named != (size, root)) {
            findings.push(Finding::wrong(
                "export",
                "names another size or root than its entries make",
                "导出所称的条数或根与条目不符",
            ));
        }
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
