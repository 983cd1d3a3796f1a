//! Rows against their entries: each row says again what its entry must say.

use liuhen_proto::custody::{Body, Envelope};
use serde_json::{Map, Value as Json};

use super::{FindingKind, Fsck, PAGE, Stage};
use crate::Result;
use crate::records::scan::{Draft, RowKind};

impl Fsck<'_> {
    pub(super) async fn rows(&mut self) -> Result<()> {
        for &kind in RowKind::ALL {
            let mut after = String::new();
            loop {
                let page = self.archive.records.scan_drafts(kind, &after, PAGE).await;
                let page = self.readable(&format!("{kind:?} after {after:?}"), page)?;
                for draft in &page.drafts {
                    self.row(draft).await?;
                    self.note_reference(draft);
                }
                self.progress(Stage::Rows, self.report.checked.rows, None);
                match page.next {
                    Some(next) => after = next,
                    None => break,
                }
            }
        }
        self.counts().await
    }

    /// The number of its facts that is kept for each case: who checks in is told by it where the case's last page is.
    async fn counts(&mut self) -> Result<()> {
        let miscounted = self.archive.records.scan_miscounted(PAGE).await;
        for (case, kept, found) in self.readable("numbers of facts", miscounted)? {
            self.find(FindingKind::RowChanged, case, format!("case_file.facts is {kept}, and {found} facts are there"));
        }
        let unjoined = self.archive.records.scan_unjoined(PAGE).await;
        for session in self.readable("sessions of batches", unjoined)? {
            self.find(FindingKind::RowChanged, session, "it has a plan, and batch_session does not say of which batch");
        }
        self.keys().await
    }

    /// What each fact names: who traces a candidate or a certificate finds facts by it.
    async fn keys(&mut self) -> Result<()> {
        let mut after = String::new();
        loop {
            let page = self.archive.records.scan_miskeyed(&after, PAGE).await;
            let page = self.readable(&format!("names of facts after {after:?}"), page)?;
            for fact in page.wrong {
                self.find(FindingKind::RowChanged, fact, "fact_key does not say what it names");
            }
            match page.next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }

    /// One row against its entry.
    pub(super) async fn row(&mut self, draft: &Draft) -> Result<()> {
        self.report.checked.rows += 1;
        self.told.row(&draft.idem);
        let Some(entry) = self.archive.records.entry_by_idem(&draft.idem).await? else {
            self.find(FindingKind::RowWithoutEntry, &draft.idem, "no entry of this name");
            return Ok(());
        };
        // An entry that cannot be read is found when the log is read.
        let Ok(envelope) = Envelope::from_bytes(&entry.envelope) else { return Ok(()) };
        if let Some(difference) = difference(draft, &envelope) {
            self.find(FindingKind::RowChanged, &draft.idem, format!("entry {}: {difference}", entry.index));
        }
        let (Some(expected), Some(sha256)) = (&draft.body, envelope.body) else { return Ok(()) };
        let Some(bytes) = self.archive.records.body(sha256).await? else { return Ok(()) };
        let Ok(body) = Body::from_bytes(&bytes) else { return Ok(()) };
        if let Some(field) = missing_field(expected, &body.data) {
            let detail =
                format!("entry {}: {field} is {}, and the body says {:?}", entry.index, expected[field], body.data.get(field));
            self.find(FindingKind::RowChanged, &draft.idem, detail);
        }
        Ok(())
    }
}

fn difference(draft: &Draft, envelope: &Envelope) -> Option<String> {
    if (draft.kind, &draft.subject) != (envelope.r#type, &envelope.subject) {
        let (found, said) = (&draft.subject, &envelope.subject);
        return Some(format!("it is a {:?} about {found}, and the entry a {:?} about {said}", draft.kind, envelope.r#type));
    }
    let keys = draft.data.keys().chain(envelope.data.keys());
    let differs = |key: &&String| draft.data.get(*key) != envelope.data.get(*key);
    let key = keys.into_iter().find(differs)?;
    Some(format!("{key} is {:?}, and the entry says {:?}", draft.data.get(key), envelope.data.get(key)))
}

/// A field of the row that the body does not have so. The body may say more: a reason, for instance.
fn missing_field<'e>(expected: &'e Map<String, Json>, body: &Map<String, Json>) -> Option<&'e String> {
    expected.iter().find(|(key, value)| body.get(*key) != Some(*value)).map(|(key, _)| key)
}
