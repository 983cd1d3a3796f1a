//! The batch: plan, documents, candidates.

use crate::fact::IdNumber;
use crate::fact::batch::{BatchPlanned, CandidateEnrolled, CandidateReviewed, DocumentFiled, EmploymentVerified};
use crate::fact::batch::{
    PapersAssigned, PlanConfirmed, PlanFiled, RegistrationHeld, ReviewFinished, RosterFrozen, TicketsReady,
};
use crate::fact::parts::{DateRange, SubjectPlan};
use crate::fact::words::{Assessment, DocumentSlot, IdDocumentType, Level, ReviewOutcome, Subject};
use crate::words::OrganizationKind;

use super::organization::lathe_operator;
use super::{DAY, World, candidate, date, file, on, session_id, signature, text, the_organization};

/// The plan, by kind of organisation.
pub(crate) fn plan(world: &World) -> BatchPlanned {
    let subject = |subject, weight_permille, minutes| SubjectPlan {
        subject,
        weight_permille,
        minutes,
        by_computer: subject == Subject::Theory,
    };
    let name = match world.kind {
        OrganizationKind::SocialOrg => "20261017鲁南技能评价中心第3期社会化评价",
        OrganizationKind::TechnicalCollege => "20261017鲁南技师学院第3期技工院校",
        OrganizationKind::Enterprise => "鲁南机床公司2026年第3期",
    };
    BatchPlanned {
        organization: the_organization(),
        name: text(name),
        platform_plan: Some(text("PT-2026-0311")),
        responsible: text("孙丽"),
        occupation: lathe_operator(),
        levels: vec![Level::Level4],
        assessment: Assessment::Result,
        subjects: vec![
            subject(Subject::Theory, 400, 90),
            subject(Subject::Practical, 400, 120),
            subject(Subject::ComprehensiveAppraisal, 200, 60),
        ],
        held: DateRange { first: date(DAY), last: date(DAY) },
        headcount: 2,
    }
}

/// A candidate with a number and a photo.
pub(crate) fn candidate_enrolled(n: u32) -> CandidateEnrolled {
    let number = format!("37040219900101{n:04}");
    let id_number = IdNumber { hash: file(&number), sealed: text("c2VhbGVk"), masked: text(&format!("3704**********{n:04}")) };
    CandidateEnrolled {
        candidate: candidate(n),
        name: text(["张伟", "𠮷田翔", "李娜"][n as usize % 3]),
        id_type: IdDocumentType::ResidentIdCard,
        id_number,
        ticket: Some(text(&format!("2026101700{n:02}"))),
        employer: Some(text("山东新华铸造有限公司")),
        photo_sha256: Some(file("photo")),
        photo_bytes: 18_000,
        level: Level::Level4,
    }
}

impl World {
    /// Planned, confirmed, with candidates 1 and 2 approved and their roster frozen.
    pub(crate) fn with_batch(&mut self) -> &mut Self {
        self.when(on("2026-09-01", "10:00:00"));
        let plan = plan(self);
        self.tell(plan);
        self.with_documents();
        self.tell(PlanFiled { filed_on: date("2026-09-02") });
        let confirmed_on = date("2026-09-04");
        self.tell(PlanConfirmed { authority: text("枣庄市人社局"), reference: text("QR-77"), confirmed_on });
        self.tell(RegistrationHeld { opened_on: date("2026-09-10"), closed_on: date("2026-09-16") });
        (1..3).for_each(|n| self.with_candidate(n));
        self.tell(ReviewFinished { finished_on: date("2026-09-18") });
        self.tell(RosterFrozen { roster_sha256: None });
        self.tell(TicketsReady { ready_on: date("2026-10-08") });
        self.tell(PapersAssigned { paper: text("JZ-2026-A"), session: session_id(1) })
    }

    fn with_documents(&mut self) {
        for &slot in DocumentSlot::ALL {
            let (title, document_sha256, dated) = (text("资料"), file(slot.as_str()), date("2026-08-30"));
            let signature = Some(signature("负责人"));
            self.tell(DocumentFiled { slot, title, document_sha256, dated, stamped: true, signature });
        }
    }

    fn with_candidate(&mut self, n: u32) {
        self.tell(candidate_enrolled(n));
        self.tell(CandidateReviewed { candidate: candidate(n), outcome: ReviewOutcome::Approved, reason: None });
        let (candidate, authority) = (candidate(n), text("市中区人社局"));
        self.tell(EmploymentVerified { candidate, authority, true_as_said: true, note: None });
    }
}
