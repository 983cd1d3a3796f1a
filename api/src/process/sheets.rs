//! `liuhen.session.v1.SheetService`: spreadsheets of people become facts, and what is known becomes spreadsheets.
//!
//! In: files in the shape of the guidelines' annexes. Out: facts of all their rows, or every trouble by sheet, row and
//! column; and forms filled in. In the order of an import:
//! - [`read`]: a file as the rows of a form, away from the threads that answer calls;
//! - `words`, `plan`, `persons`, `rooms`, `seats`, `scores`: rows as facts;
//! - [`tried`]: facts judged one after the other, as the records will judge them;
//! - `take`: all of them recorded, by the caller, with the file as their source;
//! - `page`, `lists`, `volume`, `give`: the way back.
//!
//! Always: numbers of identity documents are sealed before anything else sees them; no trouble repeats what stands in a
//! cell; unmasked forms are given after the entries that say who sees whom. Not here: what a workbook is
//! (`liuhen_sheets`), the rules (`liuhen_process`).

mod give;
#[cfg(test)]
mod identity;
mod lists;
mod page;
mod persons;
mod plan;
mod read;
mod rooms;
mod scores;
mod seats;
mod take;
mod tried;
mod volume;
mod words;

use liuhen_process::case::CaseId;
use liuhen_process::fact::{CaseKind, FactKind};
use liuhen_proto::Problem;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::sheet_service_server::SheetService;
use liuhen_sheets::annex;
use liuhen_sheets::form::Form;
use tonic::{Request, Response};

use super::{Answer, Process};
use crate::auth::Asking;

/// A file, and what is asked of it.
pub(crate) const MAX_REQUEST_BYTES: usize = liuhen_sheets::reader::MAX_BYTES + 64 * 1024;

/// So many files are read at once: each may unpack to a hundred times its size.
pub(super) const MAX_AT_ONCE: usize = 2;

/// What can be taken in and given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Roster,
    Enrolment,
    Arrangement,
    Seats,
    Scores,
    Plan,
}

impl Shape {
    /// Of a request, for a case of the kind that it is about.
    fn of(form: pb::SheetForm, case: CaseId) -> Result<Self, Problem> {
        let shape = match form {
            pb::SheetForm::Roster => Self::Roster,
            pb::SheetForm::Enrolment => Self::Enrolment,
            pb::SheetForm::Arrangement => Self::Arrangement,
            pb::SheetForm::Seats => Self::Seats,
            pb::SheetForm::Scores => Self::Scores,
            pb::SheetForm::Plan => Self::Plan,
            _ => {
                let english =
                    "is required, and is a form that can be taken in: plan, roster, enrolment, arrangement, seats or scores";
                return Err(Problem::field_in_both(
                    "form",
                    english,
                    "应为可导入的表格：实施方案、名册、学籍统计表、考场安排表、座次表或成绩登记表",
                ));
            }
        };
        is_about(case, shape.fact().case())?;
        Ok(shape)
    }

    /// What its rows tell.
    const fn fact(self) -> FactKind {
        match self {
            Self::Roster | Self::Enrolment => FactKind::CandidateEnrolled,
            Self::Arrangement | Self::Seats => FactKind::SeatsAssigned,
            Self::Scores => FactKind::ScoreEntered,
            Self::Plan => FactKind::BatchPlanned,
        }
    }

    /// Its headings.
    const fn form(self) -> &'static Form {
        match self {
            Self::Roster => &annex::ROSTER,
            Self::Enrolment => &annex::ENROLMENT,
            Self::Arrangement => &annex::ARRANGEMENT,
            Self::Seats => &annex::SEATS,
            Self::Scores => &annex::SCORES,
            Self::Plan => &annex::PLAN,
        }
    }
}

/// Whether a form is about this kind of case.
fn is_about(case: CaseId, wanted: CaseKind) -> Result<(), Problem> {
    if case.kind() == wanted {
        return Ok(());
    }
    let (english, chinese) = match wanted {
        CaseKind::Session => ("is no session, which this form is about", "应为场次编号（ses_…）"),
        CaseKind::Batch => ("is no batch, which this form is about", "应为批次编号（bat_…）"),
        CaseKind::Organization => ("is no organisation, which this form is about", "应为机构编号（org_…）"),
        CaseKind::Site => ("is no site, which this form is about", "应为考点编号（site_…）"),
    };
    Err(Problem::field_in_both("case_id", english, chinese))
}

#[tonic::async_trait]
impl SheetService for Process {
    async fn import_sheet(&self, request: Request<pb::ImportSheetRequest>) -> Answer<pb::ImportSheetResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.take_sheet(&asking, request.into_inner()).await?))
    }

    async fn export_sheet(&self, request: Request<pb::ExportSheetRequest>) -> Answer<pb::ExportSheetResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.give_sheet(&asking, request.into_inner()).await?))
    }

    async fn reveal_sheet(&self, request: Request<pb::RevealSheetRequest>) -> Answer<pb::RevealSheetResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.reveal_sheet_to(&asking, request.into_inner()).await?))
    }
}
