//! Objects as they lie in a data directory.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use liuhen_proto::Sha256;
use liuhen_proto::wire::review::v1::Segment;

/// Reads a segment's object and manifest from the disk, and compares them with the digests that the server told.
pub fn digests_right(data: &Path, segment: &Segment) -> Result<()> {
    let object = data.join("objects").join(&segment.object_name);
    let manifest = object.with_extension("manifest.json");
    for (file, told) in [(&object, &segment.object_sha256), (&manifest, &segment.manifest_sha256)] {
        let bytes = std::fs::read(file).with_context(|| format!("read {}", file.display()))?;
        let found = Sha256::of(&bytes);
        ensure!(found.as_bytes().as_slice() == told.as_slice(), "{} has the digest {found}, another was told", file.display());
    }
    Ok(())
}
