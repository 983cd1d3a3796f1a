//! What is told of marking, scores and their public notice.

use liuhen_proto::Sha256;
use liuhen_proto::ids::{CandidateId, FactId, SessionId, StaffId};
use serde::{Deserialize, Serialize};

use super::parts::Signature;
use super::words::{DecidedBy, NoticeChannel, Subject};
use crate::calendar::Date;
use crate::text::Text;

/// Marking of a subject is made ready: what is marked with is protected. I3, I4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkingPrepared {
    /// Which.
    pub subject: Subject,
    /// What is marked with: 阅卷软件, or the place where keys lie.
    pub system: Text<200>,
    /// Software, keys and standards are encrypted (加密).
    pub encrypted: bool,
    /// It is protected against viruses and other tampering.
    pub protected: bool,
}

/// Markers of an occupation work as a group (阅卷工作组). I6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkingGroupFormed {
    /// Names it within the batch.
    pub group: Text<60>,
    /// What it marks.
    pub subject: Subject,
    /// 组长
    pub leader: StaffId,
    /// Who marks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markers: Vec<StaffId>,
    /// The standard that they agreed on (统一评判办法).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_sha256: Option<Sha256>,
}

/// Something is not as it should be while papers are marked. I6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkingAnomalyRecorded {
    /// Whose leader deals with it.
    pub group: Text<60>,
    /// In words.
    pub what: Text<2000>,
    /// To whom: the organisation, or the exam head (T).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_to: Option<Text<200>>,
}

/// A key, a standard or the software of marking was wrong, and was changed or copied. I4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkingMaterialChanged {
    /// Which.
    pub subject: Subject,
    /// What was wrong, and what was done.
    pub what: Text<2000>,
    /// By whom.
    pub changed_by: StaffId,
    /// Who let it be done (未经同意不得擅自修改、拷贝).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Signature>,
}

/// A marker’s work of a day is on record. I5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkingLogged {
    /// What was marked.
    pub subject: Subject,
    /// Who.
    pub marker: StaffId,
    /// When.
    pub worked_on: Date,
    /// 工作记录
    pub work: Text<2000>,
    /// The data that were backed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_sha256: Option<Sha256>,
}

/// An examiner or a marker signs a score sheet (评分表). H6, P5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreSheetSigned {
    /// Whose.
    pub candidate: CandidateId,
    /// What was examined.
    pub subject: Subject,
    /// In which session it was judged; not set where it was marked later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// Who judged.
    pub examiner: StaffId,
    /// Hundredths of a point, 0 to 10000.
    pub centi: u32,
    /// The sheet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_sha256: Option<Sha256>,
    /// Needed where the same examiner signed one before: that fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<FactId>,
    /// By the examiner.
    pub signature: Signature,
}

/// The marking of a computer comes to a total. I3, H1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineTotalTold {
    /// Whose.
    pub candidate: CandidateId,
    /// Of what.
    pub subject: Subject,
    /// Hundredths of a point, 0 to 10000.
    pub centi: u32,
    /// The system’s own name for it.
    pub reference: Text<200>,
}

/// A person looks at what a computer marked, and confirms it (复核确认). I3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineTotalsConfirmed {
    /// Of what.
    pub subject: Subject,
    /// Who confirms.
    pub marker: StaffId,
    /// Whose totals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<CandidateId>,
}

/// A score of marked papers is entered (登分). I7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreEntered {
    /// Whose.
    pub candidate: CandidateId,
    /// Of what.
    pub subject: Subject,
    /// Hundredths of a point, 0 to 10000.
    pub centi: u32,
    /// 录入人员
    pub clerk: StaffId,
    /// What the room record says of a violation, where there is one (认真核对并做好记录).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub violation_note: Option<Text<1000>>,
}

/// Entered scores are checked against the papers (登分复核). I8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoresVerified {
    /// Of what.
    pub subject: Subject,
    /// Who checks: not who entered.
    pub verifier: StaffId,
    /// Whose scores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<CandidateId>,
}

/// A score is put right, as a new version. I7, I8, J1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreAmended {
    /// Whose.
    pub candidate: CandidateId,
    /// Of what.
    pub subject: Subject,
    /// The fact that told the score which holds now.
    pub supersedes: FactId,
    /// Hundredths of a point, 0 to 10000.
    pub centi: u32,
    /// Why.
    pub reason: Text<1000>,
    /// Who amends.
    pub amended_by: StaffId,
    /// The second person, who agrees, and says so by `scores_verified` under a login of their own.
    pub approved_by: StaffId,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_sha256: Option<Sha256>,
}

/// What a candidate comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleasedResult {
    /// Who.
    pub candidate: CandidateId,
    /// The total by the weights of the plan, in hundredths of a point.
    pub total: u32,
    /// 合格
    pub passed: bool,
}

/// Scores of candidates are final, and may be posted. I7, B15.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoresReleased {
    /// Whose, and what they come to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<ReleasedResult>,
    /// By whom.
    pub signature: Signature,
}

/// Results are on public notice (公示). J1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticePosted {
    /// Names it within the batch.
    pub notice: Text<60>,
    /// The day itself does not count.
    pub posted_on: Date,
    /// Where.
    pub channel: NoticeChannel,
    /// The address, or the place.
    pub place: Text<200>,
    /// As posted.
    pub document_sha256: Sha256,
    /// Whose results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<CandidateId>,
}

/// Somebody objects to a result (异议). J1, J2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionRaised {
    /// Names it within the batch.
    pub objection: Text<60>,
    /// Against which notice.
    pub notice: Text<60>,
    /// Whose result; all of the notice where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<CandidateId>,
    /// When.
    pub raised_on: Date,
    /// Why.
    pub grounds: Text<2000>,
}

/// The objection is investigated, and decided. J2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionDecided {
    /// Which.
    pub objection: Text<60>,
    /// Who decides.
    pub decided_by: DecidedBy,
    /// It is right: the score has to be amended.
    pub upheld: bool,
    /// What was found.
    pub reasons: Text<2000>,
    /// Of all who decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<Signature>,
}

/// Results are on the platform (上传系统平台). J1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultsUploaded {
    /// Of which notice.
    pub notice: Text<60>,
    /// When.
    pub uploaded_on: Date,
    /// The platform’s own number.
    pub reference: Text<200>,
    /// Whose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<CandidateId>,
}
