//! THE CHAIN. From the plan to the certificate of one candidate, link by link.
//!
//! In: the facts that name a candidate, and the milestones of the batch and the sessions they are of. Out: [`Link`]s in the
//! order in which they come about, each with the facts that make it, or with the kinds of facts that would. Always: the
//! same facts make the same chain, in whichever order they are read; a link that is not there is shown, and never skipped.
//! Not here: where facts are found, who may tell them, footage (`liuhen_archive`, `liuhen_api`).

mod links;
mod stays;

pub use links::chain;
pub use stays::{Stay, stays};

use liuhen_proto::ids::SessionId;

use crate::case::{CaseId, Telling};
use crate::fact::words::Subject;
use crate::fact::{Fact, FactKind};

/// A fact with its place.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Whose file.
    pub case: CaseId,
    /// Its number there.
    pub number: u64,
    /// How it was told.
    pub telling: &'a Telling,
    /// What was told.
    pub fact: &'a Fact,
}

macro_rules! steps {
    ($($(#[doc = $doc:literal])+ $step:ident = $text:literal, $chinese:literal;)*) => {
        /// What a link is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Step { $($(#[doc = $doc])+ $step,)* }

        impl Step {
            /// As machines read it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$step => $text,)* }
            }

            /// As people read it.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$step => $chinese,)* }
            }
        }
    };
}

steps! {
    /// The plan of the batch.
    Planned = "planned", "认定计划";
    /// It was filed with the authority.
    PlanFiled = "plan_filed", "计划报备";
    /// The authority has confirmed it.
    PlanConfirmed = "plan_confirmed", "计划确认";
    /// The candidate applied.
    Enrolled = "enrolled", "报名";
    /// The application was reviewed.
    Reviewed = "reviewed", "资格审核";
    /// The roster was confirmed.
    RosterFrozen = "roster_frozen", "名册锁定";
    /// A session was planned under the batch.
    SessionPlanned = "session_planned", "场次计划";
    /// Who invigilates was drawn by lot, or named where the guideline knows no lots.
    InvigilatorsChosen = "invigilators_chosen", "监考人员选定";
    /// Examiners were sent.
    ExaminersSent = "examiners_sent", "考评员派遣";
    /// The candidate has a seat in a turn.
    Seated = "seated", "座位编排";
    /// The identity was checked.
    CheckedIn = "checked_in", "身份核验";
    /// The candidate entered the room.
    Entered = "entered", "入场";
    /// The turn began.
    TurnStarted = "turn_started", "开考";
    /// The candidate was heard at an appraisal.
    Defended = "defended", "综合评审";
    /// The candidate handed in and left.
    HandedIn = "handed_in", "交卷离场";
    /// A supervisor signed the form.
    Supervised = "supervised", "质量督导";
    /// The papers were sealed.
    Sealed = "sealed", "试卷封存";
    /// A subject was marked.
    Marked = "marked", "评分";
    /// Another person looked at it.
    Verified = "verified", "复核";
    /// The result is final.
    Released = "released", "成绩发布";
    /// It stood on a public notice.
    Posted = "posted", "公示";
    /// It is on the platform.
    Uploaded = "uploaded", "上传平台";
    /// The platform gave a number.
    Numbered = "numbered", "证书赋码";
    /// The authority confirmed the certificate.
    CertificateConfirmed = "certificate_confirmed", "确认发证";
    /// The certificate was issued.
    Issued = "issued", "证书发放";
    /// Its data were reported.
    Reported = "reported", "数据上报";
    /// The batch was closed.
    Closed = "closed", "结卷";
}

/// How a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The facts are there.
    Done,
    /// Nothing that comes after it is there either.
    Open,
    /// What comes after it is there, and it is not.
    Missing,
    /// It does not apply: who did not pass gets no certificate.
    NotNeeded,
}

impl Standing {
    /// As machines read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Open => "open",
            Self::Missing => "missing",
            Self::NotNeeded => "not_needed",
        }
    }
}

/// A link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What about.
    pub step: Step,
    /// In which session, where it is of one.
    pub session: Option<SessionId>,
    /// In which turn, where it is of one.
    pub turn: Option<u32>,
    /// Of which subject, where it is of one.
    pub subject: Option<Subject>,
    /// How it stands.
    pub standing: Standing,
    /// The facts that make it: whose file and number there, in the order in which they happened.
    pub facts: Vec<(CaseId, u64)>,
    /// The kinds of facts of which one makes it.
    pub kinds: &'static [FactKind],
}
