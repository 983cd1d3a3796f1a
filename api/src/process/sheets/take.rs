//! A file is taken in: read, judged, recorded; all of it or nothing.

use std::sync::Arc;

use liuhen_archive::records::{Known, NewFact, Source};
use liuhen_process::case::CaseId;
use liuhen_process::fact::words::Subject;
use liuhen_process::finding::Finding;
use liuhen_process::text::Text;
use liuhen_proto::ids::{OrganizationId, StaffId};
use liuhen_proto::scope::Place;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::{Code, Problem, Sha256, wire};
use liuhen_sheets::{Trouble, Troubles};

use super::read::{self as sheets, Reading, Sheet, Told, Tools};
use super::tried::tried;
use super::{Shape, plan};
use crate::auth::Asking;
use crate::auth::action::of_fact;
use crate::error::{fault, records as failed};
use crate::process::{Process, answer, thing};
use crate::session::convert;

/// So many findings are told one by one.
const MAX_FINDINGS: usize = 200;

/// What is asked of a file.
struct Asked {
    case: CaseId,
    shape: Shape,
    sheet: Option<String>,
    subject: Option<Subject>,
    clerk: Option<StaffId>,
    organization: Option<OrganizationId>,
    sha256: Sha256,
}

/// What came of reading a file.
struct Read {
    /// Its first row, as its fact names it.
    first: Option<String>,
    rows: u32,
    judged: Result<Judged, Troubles>,
}

/// A file that nothing is wrong with.
struct Judged {
    sheet: Sheet,
    findings: Vec<Finding>,
}

impl Process {
    pub(super) async fn take_sheet(
        &self,
        asking: &Asking,
        it: pb::ImportSheetRequest,
    ) -> Result<pb::ImportSheetResponse, Problem> {
        let mut asked = asked(&it)?;
        // Before anything is said of the file: who may not tell what it tells hears nothing of it.
        let known = self.known(asking, asked.case).await?;
        asked.organization = self.may_tell_rows(asking, &asked).await?.organization;
        let (facts_seen, dry_run) = (known.facts, it.dry_run);
        let (asked, read) = self.read_apart(asked, it.file, known).await?;
        // What cannot be told again was told: the same file for the same case.
        if let Some(row) = read.first
            && self
                .archive
                .records
                .fact_of_source(&source(&asked, &row)?)
                .await
                .map_err(|error| failed("look a sheet up", error))?
                .is_some()
        {
            let (rows, file_sha256) = (read.rows, asked.sha256.as_bytes().to_vec());
            return Ok(pb::ImportSheetResponse { taken: true, rows, file_sha256, repeated: true, ..<_>::default() });
        }
        let judged = match read.judged {
            Ok(judged) => judged,
            Err(troubles) => return Ok(refused(&asked, &troubles)),
        };
        let mut response = response(&asked, &judged);
        if dry_run {
            return Ok(response);
        }
        let many = facts_of(&asked, judged.sheet, facts_seen)?;
        if let Some(first) = many.first() {
            self.may_tell(asking, asked.case, &first.fact, Some(first)).await?;
        }
        let written = self.archive.records.record_facts(&self.act(asking, "")?, asked.case, many).await;
        let written = written.map_err(|error| failed("record the rows of a sheet", error))?;
        if matches!(asked.case, CaseId::Session(_)) && !written.repeated {
            self.archive.live.sessions_changed();
        }
        response.repeated = written.repeated;
        response.receipt = written.receipt.as_ref().map(convert::receipt);
        Ok(response)
    }

    /// A neighbour pushes its facts one by one, and names them; files are for people.
    async fn may_tell_rows(&self, asking: &Asking, asked: &Asked) -> Result<Place, Problem> {
        if asking.caller.neighbour().is_some() {
            let english = "spreadsheets are for people: push the facts (PushFacts)";
            return Err(Problem::new(Code::PermissionDenied, english, "电子表格供人员使用，外部系统请用 PushFacts 推送"));
        }
        let asking = asking.to_do(of_fact(asked.shape.fact()));
        asking.somewhere()?;
        asking.about(thing(asked.case), asked.case).await
    }

    /// Reads and judges on a thread of its own: ten thousand rows are more than a call may hold up others with.
    async fn read_apart(&self, asked: Asked, file: Vec<u8>, known: Known) -> Result<(Asked, Read), Problem> {
        let (vault, random) = (Arc::clone(&self.vault), Arc::clone(&self.archive.random));
        let turn = Arc::clone(&self.sheets).acquire_owned().await.map_err(|error| fault("wait for a turn", &error))?;
        let tools = Tools { vault, random, now: self.archive.clock.now() };
        let work = move || {
            let read = judged(&asked, &file, known, &tools);
            // Kept until the work is done, even where nobody waits for it any more.
            drop(turn);
            (asked, read)
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| fault("read a sheet", &error))
    }
}

/// Every row of the file is a fact of its own, with the file as its source.
fn facts_of(asked: &Asked, Sheet { filled, told }: Sheet, seen: u64) -> Result<Vec<NewFact>, Problem> {
    let new = |told: Told| {
        let source = Some(source(asked, &row_name(filled.place, told.row))?);
        Ok(NewFact { fact: told.fact, elsewhere: None, breach: None, source, seen: Some(seen) })
    };
    told.into_iter().map(new).collect()
}

fn asked(it: &pb::ImportSheetRequest) -> Result<Asked, Problem> {
    let case: CaseId = it.case_id.parse().map_err(|error: String| Problem::field("case_id", error))?;
    let subject = match it.subject() {
        pb::Subject::Unspecified => None,
        _ => Some(Subject::from_wire(it.subject).ok_or_else(|| Problem::field("subject", "is no word of the closed list"))?),
    };
    let clerk = if it.clerk_id.is_empty() { None } else { Some(wire::id("clerk_id", &it.clerk_id)?) };
    let sheet = Some(it.sheet.clone()).filter(|sheet| !sheet.is_empty());
    let shape = Shape::of(it.form(), case)?;
    Ok(Asked { case, shape, sheet, subject, clerk, organization: None, sha256: Sha256::of(&it.file) })
}

/// The name of a row within its file: `2`, and `3!2` on the third of the sheets that people see.
fn row_name(sheet: usize, row: u32) -> String {
    if sheet == 0 { row.to_string() } else { format!("{}!{row}", sheet + 1) }
}

/// The name of a row: the same file says the same again. Names and scores of one sheet are two things, and so are two
/// sheets of one file.
fn source(asked: &Asked, row: &str) -> Result<Source, Problem> {
    let subject = asked.subject.map_or_else(String::new, |subject| format!("/{subject}"));
    let text = |error| fault("name a row", &error);
    let system = Text::new(format!("sheet:{}/{}", asked.case, asked.shape.fact())).map_err(text)?;
    let id = Text::new(format!("{}/{row}{subject}", asked.sha256)).map_err(text)?;
    Ok(Source { system, id })
}

fn judged(asked: &Asked, file: &[u8], known: Known, tools: &Tools) -> Read {
    let reading = Reading {
        known: &known,
        vault: &tools.vault,
        random: &*tools.random,
        now: tools.now,
        subject: asked.subject,
        organization: asked.organization,
        clerk: asked.clerk,
    };
    let filled = match sheets::filled(file, asked.sheet.as_deref(), asked.shape) {
        Ok(filled) => filled,
        Err(troubles) => return Read { first: None, rows: 0, judged: Err(troubles) },
    };
    let first = filled.entries.first().map(|entry| row_name(filled.place, entry.row));
    let rows = count(filled.entries.len());
    let told = sheets::told(&filled, asked.shape, &reading);
    let judged = told.and_then(|told| {
        let sheet = Sheet { filled, told };
        let findings = tried(known, &sheet, tools.now, &*tools.random)?;
        Ok(Judged { sheet, findings })
    });
    Read { first, rows, judged }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn response(asked: &Asked, judged: &Judged) -> pb::ImportSheetResponse {
    let told = judged.findings.len().min(MAX_FINDINGS);
    let mut not_taken = judged.sheet.filled.not_taken.clone();
    if asked.shape == Shape::Plan {
        not_taken.extend(plan::NOT_TAKEN.iter().map(|it| (*it).to_owned()));
    }
    pb::ImportSheetResponse {
        taken: true,
        rows: count(judged.sheet.filled.entries.len()),
        facts: count(judged.sheet.told.len()),
        not_taken,
        findings: answer::findings(&judged.findings[..told]),
        more_findings: count(judged.findings.len() - told),
        file_sha256: asked.sha256.as_bytes().to_vec(),
        ..<_>::default()
    }
}

fn refused(asked: &Asked, troubles: &Troubles) -> pb::ImportSheetResponse {
    let told = |it: &Trouble| pb::SheetTrouble {
        sheet: it.place.sheet.clone().unwrap_or_default(),
        row: it.place.row.unwrap_or_default(),
        column: it.place.column.map_or_else(String::new, |column| column.to_string()),
        english: it.in_english(),
        chinese: it.in_chinese(),
    };
    pb::ImportSheetResponse {
        troubles: troubles.told().iter().map(told).collect(),
        more_troubles: count(troubles.more()),
        file_sha256: asked.sha256.as_bytes().to_vec(),
        ..<_>::default()
    }
}
