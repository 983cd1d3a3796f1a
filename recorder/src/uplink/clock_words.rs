//! Corrections of this recorder's clock on their way to the centre: one at a time, each until it is answered.

use liuhen_proto::wire::ingest::v1 as pb;

use super::Link;
use crate::clock::Correction;

/// What one Control call has said of clocks.
#[derive(Debug, Default)]
pub(super) struct ClockWords {
    /// Said, and not answered.
    said: Option<Correction>,
}

impl ClockWords {
    /// What is to be said next; nothing while an answer is owed.
    pub(super) fn next(&mut self, link: &Link) -> Option<pb::ClockCorrection> {
        if self.said.is_some() {
            return None;
        }
        let correction = link.wall.correction()?;
        let word = pb::ClockCorrection {
            boot_id: correction.boot.to_string(),
            clock_mapping: correction.mapping,
            statement: correction.statement.clone().into_bytes(),
            signature: correction.signature.as_bytes().to_vec(),
        };
        self.said = Some(correction);
        Some(word)
    }

    /// The centre has it, or refuses it for good; the next one may be said.
    pub(super) async fn answered(&mut self, link: &Link, word: &pb::ClockCorrected) {
        let same = |said: &mut Correction| said.boot.to_string() == word.boot_id && said.mapping == word.clock_mapping;
        let Some(said) = self.said.take_if(same) else { return };
        if word.refused {
            tracing::error!(
                boot.id = word.boot_id,
                mapping = word.clock_mapping,
                message = word.message,
                "the centre refuses a correction of this clock; footage of that time keeps the times that it was recorded with"
            );
        }
        let wall = link.wall.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || wall.settled(&said)).await {
            tracing::error!(%error, "a correction of the clock could not be noted as taken");
        }
    }
}
