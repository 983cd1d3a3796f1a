//! The init segment's boxes.
use crate::error::MediaError;
use crate::track::{InitInfo, Track};

pub(crate) fn write(tracks: &[Track]) -> Result<Vec<u8>, MediaError> {
    let _ = tracks;
    Err(MediaError::Config("no tracks"))
}

pub(crate) fn read(bytes: &[u8]) -> Result<InitInfo, MediaError> {
    let _ = bytes;
    Err(MediaError::Missing("moov"))
}
