//! The name of this boot: minted once for each boot of the kernel, and kept beside the spool, so that a
//! recorder that is started again within a boot goes on with it.

use std::path::Path;

use liuhen_proto::ids::BootId;
use liuhen_proto::world::{Clock, Randomness};
use serde::{Deserialize, Serialize};

use crate::durable;

const KERNEL: &str = "/proc/sys/kernel/random/boot_id";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    kernel_boot: String,
    boot: BootId,
}

/// The id of this boot, from `directory`, or a new one that is written there.
pub fn boot_id(directory: &Path, clock: &dyn Clock, random: &dyn Randomness) -> std::io::Result<BootId> {
    let kernel = std::fs::read_to_string(KERNEL)?;
    for_boot(directory, kernel.trim(), clock, random)
}

fn for_boot(directory: &Path, kernel: &str, clock: &dyn Clock, random: &dyn Randomness) -> std::io::Result<BootId> {
    let path = directory.join("boot.json");
    let known = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
    if let Some(known) = known.filter(|record| record.kernel_boot == kernel) {
        return Ok(known.boot);
    }
    let record = Record { kernel_boot: kernel.to_owned(), boot: BootId::mint(clock.now(), random) };
    durable::write(&path, &serde_json::to_vec(&record).map_err(std::io::Error::other)?)?;
    Ok(record.boot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::{OsRandom, SystemClock};

    #[test]
    fn a_boot_keeps_its_id_and_the_next_gets_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let id = |kernel| for_boot(directory.path(), kernel, &SystemClock, &OsRandom).unwrap();
        let first = id("a");
        assert_eq!(id("a"), first);
        assert_ne!(id("b"), first);
        std::fs::write(directory.path().join("boot.json"), "{torn").unwrap();
        id("b");
        assert!(boot_id(directory.path(), &SystemClock, &OsRandom).is_ok());
    }
}
