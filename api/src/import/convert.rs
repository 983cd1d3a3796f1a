//! From what the records hold to what goes over the wire.

use liuhen_archive::records::{Import, ImportRevision, Receipt};
use liuhen_proto::wire::archive::v1 as pb;
use liuhen_proto::wire::common::v1::LogReceipt;

pub(super) fn receipt(receipt: &Receipt) -> LogReceipt {
    LogReceipt {
        leaf_index: receipt.leaf_index,
        leaf_hash: receipt.leaf_hash.as_bytes().to_vec(),
        tree_size: receipt.tree_size,
        root_hash: receipt.root.as_bytes().to_vec(),
    }
}

pub(super) fn import(import: Import) -> pb::Import {
    let plays = import.segments > 0;
    pb::Import {
        import_id: import.id.to_string(),
        viewpoint_id: import.viewpoint.to_string(),
        camera_id: import.camera.to_string(),
        stream_id: if plays { import.stream.to_string() } else { String::new() },
        original_sha256: import.original.sha256.as_bytes().to_vec(),
        original_size_bytes: import.original.size_bytes,
        original_object_name: import.original_name,
        interval: import.interval.map(Into::into),
        segments: import.segments,
        revisions: import.revisions.into_iter().map(revision).collect(),
    }
}

fn revision(revision: ImportRevision) -> pb::ImportRevision {
    pb::ImportRevision {
        revision: revision.revision,
        clock_offset_us: revision.clock_offset_us,
        at_us: revision.at.as_micros(),
        statement: revision.statement.map(String::into_bytes).unwrap_or_default(),
        signature: revision.signature.as_bytes().to_vec(),
        public_key: revision.public_key.to_bytes().to_vec(),
        key_id: revision.key.to_string(),
        leaf_index: revision.leaf_index,
    }
}
