//! The messages and services of the .proto files, and where they become words of this room.
//!
//! Form is checked once, on the receiving side, by `TryFrom`; every refusal names the field.

#![allow(
    missing_docs,
    clippy::all,
    clippy::allow_attributes_without_reason,
    reason = "generated from the .proto files, which are documented"
)]

/// `liuhen.common`.
pub mod common {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("liuhen.common.v1");
    }
}

/// `liuhen.archive`.
pub mod archive {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("liuhen.archive.v1");
    }
}

/// `liuhen.ingest`.
pub mod ingest {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("liuhen.ingest.v1");
    }
}

/// `liuhen.machine`.
pub mod machine {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("liuhen.machine.v1");
    }
}

/// `liuhen.people`.
pub mod people {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("liuhen.people.v1");
    }
}

/// `liuhen.session`.
pub mod session {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("liuhen.session.v1");
    }
}

/// `liuhen.review`.
pub mod review {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("liuhen.review.v1");
    }
}

/// The compiled .proto files, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

mod convert;
pub use convert::{digest, id, interval, kind, sequence};
