//! Forms are given: masked to who may read the case; unmasked after the entries that say who sees whom.

use std::collections::BTreeSet;

use liuhen_archive::records::{Known, Thing};
use liuhen_process::case::CaseId;
use liuhen_process::fact::words::Subject;
use liuhen_proto::Problem;
use liuhen_proto::ids::{BatchId, CandidateId};
use liuhen_proto::wire::session::v1 as pb;
use liuhen_sheets::writer::{Page, to_csv, to_xlsx};

use super::lists::List;
use super::page::{Giving, page};
use super::{Shape, is_about};
use crate::access;
use crate::auth::Asking;
use crate::error::{fault, records as failed};
use crate::process::Process;
use crate::session::convert;

/// A form that can be taken in as well, or a list that is given only.
#[derive(Clone, Copy)]
enum Leaf {
    Form(Shape),
    List(List),
}

impl Leaf {
    fn of(form: pb::SheetForm, case: CaseId) -> Result<Self, Problem> {
        match List::of(form) {
            Some(list) => is_about(case, list.case()).map(|()| Self::List(list)),
            None => Shape::of(form, case).map(Self::Form),
        }
    }

    /// Filled in, and whom it shows.
    fn fill(self, giving: &Giving<'_>) -> Result<(Page, BTreeSet<CandidateId>), Problem> {
        match self {
            Self::Form(shape) => page(shape, giving),
            Self::List(list) => Ok(list.page(giving)),
        }
    }
}

/// What is asked for.
struct Wanted {
    case: CaseId,
    leaf: Leaf,
    csv: bool,
    subject: Option<Subject>,
}

impl Wanted {
    fn of(it: &pb::ExportSheetRequest) -> Result<Self, Problem> {
        let case: CaseId = it.case_id.parse().map_err(|error: String| Problem::field("case_id", error))?;
        let csv = it.format() == pb::SheetFormat::Csv;
        Ok(Self { case, leaf: Leaf::of(it.form(), case)?, csv, subject: Subject::from_wire(it.subject) })
    }

    fn file(&self, page: &Page) -> Result<Vec<u8>, Problem> {
        match self.csv {
            true => Ok(to_csv(page)),
            false => to_xlsx(page).map_err(|error| fault("write a sheet", &error)),
        }
    }
}

fn rows(page: &Page) -> u32 {
    u32::try_from(page.rows.len()).unwrap_or(u32::MAX)
}

impl Process {
    pub(super) async fn give_sheet(
        &self,
        asking: &Asking,
        it: pb::ExportSheetRequest,
    ) -> Result<pb::ExportSheetResponse, Problem> {
        let wanted = Wanted::of(&it)?;
        let known = self.known(asking, wanted.case).await?;
        let (page, _) = wanted.leaf.fill(&Giving { known: &known, vault: None, subject: wanted.subject })?;
        Ok(pb::ExportSheetResponse { file: wanted.file(&page)?, rows: rows(&page) })
    }

    /// The entries are on the disk before the file is given.
    pub(super) async fn reveal_sheet_to(
        &self,
        asking: &Asking,
        it: pb::RevealSheetRequest,
    ) -> Result<pb::RevealSheetResponse, Problem> {
        let sheet = it.sheet.ok_or_else(|| Problem::field("sheet", "is required"))?;
        let wanted = Wanted::of(&sheet)?;
        let known = self.known(asking, wanted.case).await?;
        let purpose = access::purpose(&it.purpose)?;
        let (known, subject) = (&known, wanted.subject);
        let (_, shown) = wanted.leaf.fill(&Giving { known, vault: None, subject })?;
        let receipt = self.note_shown(asking, (wanted.case, known), shown, purpose).await?;
        let (page, _) = wanted.leaf.fill(&Giving { known, vault: Some(&self.vault), subject })?;
        Ok(pb::RevealSheetResponse { file: wanted.file(&page)?, rows: rows(&page), receipt })
    }

    async fn note_shown(
        &self,
        asking: &Asking,
        (case, known): (CaseId, &Known),
        shown: BTreeSet<CandidateId>,
        purpose: String,
    ) -> Result<Option<liuhen_proto::wire::common::v1::LogReceipt>, Problem> {
        let of_plan = known.view.session.plan.as_ref().map(|plan| plan.batch);
        let batch: Option<BatchId> = if let CaseId::Batch(batch) = case { Some(batch) } else { of_plan };
        let Some(batch) = batch.filter(|_| !shown.is_empty()) else { return Ok(None) };
        // A session may be in reach whose batch is another's.
        asking.about(Thing::Batch(batch), batch).await?;
        let shown: Vec<_> = shown.into_iter().collect();
        let noted = self.archive.records.note_reveals(&self.act(asking, "")?, batch, &shown, purpose).await;
        let noted = noted.map_err(|error| failed("note who is seen, so nothing is shown", error))?;
        Ok(Some(convert::receipt(&noted)))
    }
}
