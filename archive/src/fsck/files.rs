//! Originals of imports and stills: rows against objects.

use liuhen_proto::Code;
use liuhen_proto::custody::Value;

use super::{FindingKind, Fsck, PAGE, Stage};
use crate::records::scan::{Draft, ObjectKind, StoredObject};
use crate::{Error, Result, names};

impl Fsck<'_> {
    /// Looks at every object that is no segment; gives their names.
    pub(super) async fn files(&mut self) -> Result<Vec<String>> {
        let mut known = Vec::new();
        for &kind in ObjectKind::ALL {
            let mut after = String::new();
            loop {
                let page = self.archive.records.scan_objects(kind, &after, PAGE).await;
                let page = self.readable(&format!("{kind:?} after {after:?}"), page)?;
                let Some(last) = page.last() else { break };
                after.clone_from(&last.id);
                for stored in page {
                    self.file(kind, &stored).await?;
                    known.push(stored.name);
                }
                self.progress(Stage::Objects, self.report.checked.segments, None);
            }
        }
        Ok(known)
    }

    async fn file(&mut self, kind: ObjectKind, stored: &StoredObject) -> Result<()> {
        let StoredObject { id, name, object } = stored;
        // What a person accepted is a fact; what was only derived can be made again.
        let fact = kind == ObjectKind::Originals || self.references.contains(id);
        let (missing, changed) = if fact {
            (FindingKind::ObjectMissing, FindingKind::ObjectChanged)
        } else {
            (FindingKind::DerivedMissing, FindingKind::DerivedChanged)
        };
        match self.digest(name).await {
            Ok((found, size)) => {
                self.report.checked.bytes += size;
                if found != object.sha256 {
                    let detail = format!("{id}: SHA-256 is {found}, and {} was stored", object.sha256);
                    self.find(changed, name, detail);
                }
                Ok(())
            }
            Err(error) if error.code() == Code::NotFound => {
                self.find(missing, name, format!("{id}: SHA-256 {}", object.sha256));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Remembers the still that somebody accepted.
    pub(super) fn note_reference(&mut self, draft: &Draft) {
        if let Some(Value::Text(still)) = draft.data.get("reference") {
            self.references.insert(still.clone());
        }
    }

    /// Whether an original or a still of this name has its row.
    pub(super) async fn is_file(&self, name: &str) -> Result<bool> {
        if let Some(import) = names::import_of(name) {
            return match self.archive.records.import(import).await {
                Ok(found) => Ok(found.is_some_and(|found| found.original_name == name)),
                // That its row cannot be read has been told.
                Err(Error::Inconsistent { .. }) => Ok(false),
                Err(error) => Err(error),
            };
        }
        let Some((stream, taken)) = names::still_of(name) else { return Ok(false) };
        let moment = liuhen_proto::Interval::new(taken, taken.after(liuhen_proto::Span::from_micros(1)));
        let Ok(moment) = moment else { return Ok(false) };
        let found = self.archive.records.stills_in(stream, moment, 1).await?;
        Ok(found.iter().any(|still| still.object_name == name))
    }
}
