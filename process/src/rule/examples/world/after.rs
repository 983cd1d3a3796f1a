//! After the exam: marking, release, notice, certificates, the volume.

use crate::fact::certificate::{CertificateIssued, CertificateNumbered, CertificatesConfirmed, DataReported};
use crate::fact::parts::DateRange;
use crate::fact::record::{BatchClosed, RecordFiled, SessionReceived, SummaryFiled};
use crate::fact::score::{MachineTotalTold, MachineTotalsConfirmed, MarkingLogged, MarkingPrepared, NoticePosted};
use crate::fact::score::{ReleasedResult, ResultsUploaded, ScoreEntered, ScoreSheetSigned, ScoresReleased, ScoresVerified};
use crate::fact::words::{Medium, NoticeChannel, RecordCategory, Subject};
use crate::words::OrganizationKind;

use super::batch::plan;
use super::day::sealed;
use super::{World, candidate, date, file, on, session_id, signature, staff, text};

/// 登分人员
pub(crate) const CLERK: u32 = 27;
/// 登分复核人员
pub(crate) const VERIFIER: u32 = 28;
/// 阅卷人员
pub(crate) const MARKER: u32 = 29;
/// What the platform gives candidate 1.
pub(crate) const NUMBER: &str = "S000037040001264000001";
/// Scores in theory, which decide: candidate 1 passes, candidate 2 does not.
const THEORY: [u32; 2] = [8_000, 5_000];
/// Scores in practice and appraisal, of both.
const BY_PANEL: [(Subject, u32, u32); 2] = [(Subject::Practical, 21, 7_500), (Subject::ComprehensiveAppraisal, 24, 9_000)];

/// What an examiner judged in the session.
pub(crate) fn sheet(n: u32, subject: Subject, examiner: u32, centi: u32) -> ScoreSheetSigned {
    ScoreSheetSigned {
        candidate: candidate(n),
        subject,
        session: Some(session_id(1)),
        examiner: staff(examiner),
        centi,
        document_sha256: Some(file("sheet")),
        supersedes: None,
        signature: signature("考评员"),
    }
}

/// What the clerk enters.
pub(crate) fn score(n: u32, subject: Subject, centi: u32) -> ScoreEntered {
    ScoreEntered { candidate: candidate(n), subject, centi, clerk: staff(CLERK), violation_note: None }
}

/// By the weights 400, 400 and 200.
pub(crate) fn results() -> ScoresReleased {
    let result = |n: u32, total, passed| ReleasedResult { candidate: candidate(n), total, passed };
    ScoresReleased { results: vec![result(1, 8_000, true), result(2, 6_800, false)], signature: signature("负责人") }
}

/// On the Tuesday after the exam.
pub(crate) fn notice(kind: OrganizationKind) -> NoticePosted {
    let channel = match kind {
        OrganizationKind::SocialOrg => NoticeChannel::Public,
        OrganizationKind::Enterprise => NoticeChannel::Enterprise,
        OrganizationKind::TechnicalCollege => NoticeChannel::School,
    };
    let (notice, place, document_sha256) = (text("GS-1"), text("公示栏"), file("notice"));
    let (posted_on, candidates) = (date("2026-10-20"), vec![candidate(1), candidate(2)]);
    NoticePosted { notice, posted_on, channel, place, document_sha256, candidates }
}

pub(crate) fn upload(day: &str) -> ResultsUploaded {
    let (notice, reference, candidates) = (text("GS-1"), text("PT-2026-0311"), vec![candidate(1), candidate(2)]);
    ResultsUploaded { notice, uploaded_on: date(day), reference, candidates }
}

pub(crate) fn numbered() -> CertificateNumbered {
    CertificateNumbered { candidate: candidate(1), number: text(NUMBER), reference: text("FM-1") }
}

pub(crate) fn certificates_confirmed() -> CertificatesConfirmed {
    let (authority, reference, candidates) = (text("枣庄市人社局"), text("QR-99"), vec![candidate(1)]);
    CertificatesConfirmed { authority, reference, confirmed_on: date("2026-11-03"), candidates }
}

pub(crate) fn issue() -> CertificateIssued {
    CertificateIssued {
        candidate: candidate(1),
        number: text(NUMBER),
        occupation: text("车工"),
        job_type: text("——"),
        level: text("四级/中级工"),
        issued_on: date("2026-11-04"),
        handwritten: true,
        hand_sealed: true,
        document_sha256: None,
    }
}

pub(crate) fn reported(day: &str) -> DataReported {
    DataReported { reported_on: date(day), reference: text("SJ-1"), candidates: vec![candidate(1)] }
}

/// A record of that category: a file, but papers and score sheets lie in a box.
pub(crate) fn record(category: RecordCategory) -> RecordFiled {
    let paper = matches!(category, RecordCategory::ExamPaper | RecordCategory::ScoreSheet);
    RecordFiled {
        record: text(category.as_str()),
        category,
        title: text("材料"),
        dated: date("2026-11-30"),
        medium: if paper { Medium::Paper } else { Medium::Electronic },
        version: 1,
        pages: 12,
        document_sha256: (!paper).then(|| file(category.as_str())),
        storage_box: paper.then(|| text("H-3")),
        shelf: paper.then(|| text("J-12")),
        signature: None,
    }
}

pub(crate) fn closed() -> BatchClosed {
    BatchClosed { signature: signature("负责人") }
}

pub(crate) fn summary() -> SummaryFiled {
    let (filed_on, document_sha256) = (date("2026-12-20"), file("summary"));
    SummaryFiled { year: 2026, filed_on, candidates: 2, passed: 1, certificates: 1, document_sha256 }
}

impl World {
    /// The session is sealed, and the batch sees it.
    pub(crate) fn gathered(&mut self) -> &mut Self {
        self.over().tell(sealed()).when(on("2026-10-19", "10:00:00"));
        let document_sha256 = None;
        self.tell(SessionReceived { reference: text("JG-1"), received_on: date("2026-10-19"), document_sha256 });
        self.look_at_session()
    }

    /// What is told of the session from here on is seen by the batch as well.
    pub(crate) fn look_at_session(&mut self) -> &mut Self {
        self.view.sessions.insert(session_id(1), self.view.session.clone());
        self
    }

    /// Theory is marked by computer and confirmed; three examiners have judged each candidate in the other subjects.
    pub(crate) fn judged(&mut self) -> &mut Self {
        let subject = Subject::Theory;
        self.gathered().tell(MarkingPrepared { subject, system: text("CBT"), encrypted: true, protected: true });
        let (worked_on, work) = (date("2026-10-19"), text("复核 2 份"));
        self.tell(MarkingLogged { subject, marker: staff(MARKER), worked_on, work, backup_sha256: Some(file("backup")) });
        for (n, centi) in (1..).zip(THEORY) {
            self.tell(MachineTotalTold { candidate: candidate(n), subject, centi, reference: text("CBT-1") });
        }
        self.tell(MachineTotalsConfirmed { subject, marker: staff(MARKER), candidates: vec![candidate(1), candidate(2)] });
        for (subject, first, centi) in BY_PANEL {
            for (n, examiner) in (1..3).flat_map(|n| (first..first + 3).map(move |examiner| (n, examiner))) {
                // Three that differ and come to the mean.
                self.tell(sheet(n, subject, examiner, centi + (examiner - first) * 10 - 10));
            }
        }
        self
    }

    /// All scores are entered, and checked by somebody else.
    pub(crate) fn scored(&mut self) -> &mut Self {
        self.judged().scores_after_judging()
    }

    /// What is judged is entered and checked.
    pub(crate) fn scores_after_judging(&mut self) -> &mut Self {
        for (subject, _, centi) in BY_PANEL {
            (1..3).for_each(|n| {
                self.tell(score(n, subject, centi));
            });
            let candidates = vec![candidate(1), candidate(2)];
            self.tell(ScoresVerified { subject, verifier: staff(VERIFIER), candidates });
        }
        self
    }

    /// Results are on public notice since the Tuesday after the exam.
    pub(crate) fn posted(&mut self) -> &mut Self {
        let notice = notice(self.kind);
        self.scored().tell(results()).when(on("2026-10-20", "09:00:00")).tell(notice)
    }

    /// The notice has lasted, and results are on the platform.
    pub(crate) fn uploaded(&mut self) -> &mut Self {
        self.posted().when(on("2026-10-28", "09:00:00")).tell(upload("2026-10-28"))
    }

    /// Who passed has a certificate.
    pub(crate) fn issued(&mut self) -> &mut Self {
        self.uploaded().when(on("2026-11-02", "09:00:00")).tell(numbered());
        self.when(on("2026-11-04", "09:00:00")).tell(certificates_confirmed()).tell(issue())
    }

    /// Everything is filed, and nobody waits.
    pub(crate) fn volume(&mut self) -> &mut Self {
        self.issued().volume_after_issue()
    }

    /// What follows the issue.
    pub(crate) fn volume_after_issue(&mut self) -> &mut Self {
        self.when(on("2026-11-20", "09:00:00")).tell(reported("2026-11-20")).when(on("2026-12-01", "09:00:00"));
        for &category in RecordCategory::ALL {
            self.tell(record(category));
        }
        self
    }

    /// Another batch of the organisation stands beside this one, in the same state and under id 2.
    pub(crate) fn beside(&mut self) -> &mut Self {
        let other = super::id(liuhen_proto::ids::BatchId::PREFIX, 2);
        self.view.others.insert(other, self.view.batch.clone());
        self
    }

    /// A plan for November.
    pub(crate) fn next_plan(&self) -> crate::fact::batch::BatchPlanned {
        let next = plan(self);
        let name = text(&next.name.as_str().replace("20261017", "20261121").replace("第3期", "第4期"));
        let held = DateRange { first: date("2026-11-21"), last: date("2026-11-21") };
        crate::fact::batch::BatchPlanned { name, held, ..next }
    }
}
