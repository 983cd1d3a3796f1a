//! What is known of the volume of a batch: records, explanations, and that it is closed.

use std::collections::{BTreeMap, BTreeSet};

use liuhen_proto::Timestamp;
use liuhen_proto::ids::{IncidentId, SessionId};

use super::batch::Batch;
use super::{Telling, Unfit, View};
use crate::fact::Fact;
use crate::fact::record::RecordFiled;
use crate::fact::words::{Medium, RecordCategory};

/// The records of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// By name, the newest version of each.
    pub filed: BTreeMap<String, RecordFiled>,
    /// Holes in recordings that somebody has explained.
    pub explained: BTreeSet<(SessionId, IncidentId)>,
    /// When the batch was closed.
    pub closed: Option<Timestamp>,
}

impl Records {
    /// Records of a category.
    pub fn of(&self, category: RecordCategory) -> impl Iterator<Item = &RecordFiled> {
        self.filed.values().filter(move |record| record.category == category)
    }

    pub(super) fn apply(&mut self, fact: &Fact, telling: &Telling) {
        match fact {
            Fact::RecordFiled(it) => {
                self.filed.insert(it.record.to_string(), it.clone());
            }
            Fact::RecordingExplained(it) => {
                self.explained.insert((it.session, it.incident));
            }
            Fact::BatchClosed(_) => self.closed = Some(telling.occurred),
            _ => {}
        }
    }
}

/// What can be told of a batch that is closed: certificates live on, and what was forgotten is filed.
const fn goes_on(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::CertificateReissued(_)
            | Fact::DataReported(_)
            | Fact::DataReturned(_)
            | Fact::DataCorrected(_)
            | Fact::RecordFiled(_)
    )
}

/// Whether a fact of records fits the batch, and whether the batch still takes any.
pub(super) fn check(batch: &Batch, fact: &Fact) -> Result<(), Unfit> {
    if batch.records.closed.is_some() && !goes_on(fact) {
        let english = "its volume is complete: only what comes after the certificates can be told";
        return Err(Unfit::state("the batch", "closed", english, "该批次已结卷，只能登记证书补办、数据上报和补充归档"));
    }
    let Fact::RecordFiled(it) = fact else { return Ok(()) };
    if it.medium != Medium::Paper && it.document_sha256.is_none() {
        let english = "what is electronic needs its digest";
        return Err(Unfit::wrong("record_filed.document_sha256", english, "电子材料须有文件摘要"));
    }
    let before = batch.records.filed.get(it.record.as_str());
    if before.is_some_and(|before| before.category != it.category) {
        let english = "this record was filed under another category";
        return Err(Unfit::wrong("record_filed.category", english, "该材料已归入另一类别"));
    }
    let next = before.map_or(1, |before| before.version.saturating_add(1));
    match it.version == next {
        true => Ok(()),
        false => {
            let english = format!("the next version of this record is {next}");
            Err(Unfit::wrong("record_filed.version", english, format!("该材料的下一版本号为 {next}")))
        }
    }
}

/// Whether what a fact names stands in the sessions of the batch.
pub(super) fn known_sessions(view: &View, fact: &Fact) -> Result<(), Unfit> {
    let known = |session: SessionId, field: &str| {
        view.sessions.get(&session).ok_or_else(|| Unfit::unknown(field, session, "the sessions of the batch"))
    };
    match fact {
        Fact::ScoreSheetSigned(it) => match it.session {
            Some(session) => known(session, "score_sheet_signed.session_id").map(|_| ()),
            None => Ok(()),
        },
        Fact::RecordingExplained(it) => {
            let session = known(it.session, "recording_explained.session_id")?;
            match session.papers.incidents.contains_key(&it.incident) {
                true => Ok(()),
                false => Err(Unfit::unknown("recording_explained.incident_id", it.incident, "that session")),
            }
        }
        _ => Ok(()),
    }
}
