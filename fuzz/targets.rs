// What hostile bytes are given to, one function for each target. Shared by the fuzzer (`fuzz/fuzz_targets`) and by the short run of
// `./dev test` (`tests/tests/corpus.rs`). A target panics where a reader breaks its word.

use liuhen_media::reader::read_fragment;
use liuhen_media::track::read_init;
use liuhen_proto::index;
use liuhen_proto::segment::{Manifest, RangeStatement};
use liuhen_proto::wire::ingest::v1::{UploadRequest, upload_request::Step};
use prost::Message as _;

/// fMP4 as a camera's footage comes in: an init segment, a fragment. What is read lies within the bytes.
pub(crate) fn fmp4(bytes: &[u8]) {
    // An error is a good answer to most of it.
    let _ = read_init(bytes);
    if let Ok(read) = read_fragment(bytes) {
        let interval = read.header.interval();
        assert!(interval.start() < interval.end());
        assert!(read.decode_time_offsets.iter().all(|&offset| (offset as usize) < bytes.len()));
    }
}

/// The index beside a segment in the spool. What is read packs to what reads the same.
pub(crate) fn spool_index(bytes: &[u8]) {
    if let Ok(fragments) = index::unpack(bytes) {
        assert_eq!(index::unpack(&index::pack(&fragments)).ok(), Some(fragments));
    }
    // An error is a good answer.
    let _ = index::unpack_coverage(bytes);
}

/// What a recorder sends, and the statements within.
pub(crate) fn upload(bytes: &[u8]) {
    let Ok(request) = UploadRequest::decode(bytes) else { return };
    match request.step {
        Some(Step::OpenRun(open)) => fmp4(&open.init),
        Some(Step::RangeSignature(signed)) => drop(RangeStatement::from_bytes(&signed.statement)),
        Some(Step::FragmentChunk(chunk)) => {
            fmp4(&chunk.data);
            drop(Manifest::from_bytes(&chunk.data));
        }
        _ => {}
    }
}
