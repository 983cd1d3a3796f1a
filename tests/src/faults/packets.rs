//! Packets that are lost, by the kernel itself: nftables drops some of those to and from one port.

use anyhow::Result;

use super::skipped;
use crate::world::run_tool;

/// A share of packets that is lost for as long as this lives.
#[derive(Debug)]
pub struct Loss {
    table: String,
}

impl Loss {
    /// Of the packets of every connection to this port, in both directions, so many of a hundred are lost. Nothing
    /// where nftables may not be changed; never under CI.
    pub fn on_port(port: u16, of_hundred: u8) -> Option<Self> {
        let loss = Self { table: format!("liuhen_test_{port}") };
        match loss.begin(port, of_hundred) {
            Ok(()) => Some(loss),
            Err(why) => skipped(&format!("losing packets needs root and nftables: {why:#}")),
        }
    }

    fn begin(&self, port: u16, of_hundred: u8) -> Result<()> {
        let table = &self.table;
        let rules = format!(
            "table inet {table} {{ chain lose {{ type filter hook input priority 0; policy accept; \
             tcp dport {port} numgen random mod 100 < {of_hundred} drop; \
             tcp sport {port} numgen random mod 100 < {of_hundred} drop; }}; }}"
        );
        run_tool("nft", &[rules]).map(drop)
    }
}

impl Drop for Loss {
    fn drop(&mut self) {
        // An error means that there is none.
        let _gone = run_tool("nft", &["delete", "table", "inet", &self.table]);
    }
}
