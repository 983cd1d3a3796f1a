//! What the disk refused and must still be written: ends of runs, and what stands beside their segments.
//!
//! Always: a run counts as ended only when that is on the disk. A crash before costs nothing but the reason: the
//! next start finds the run open.

use std::path::PathBuf;
use std::sync::Mutex;

use liuhen_proto::ids::RunId;
use liuhen_proto::segment::SignedRange;

use super::run_files::{self, EndRecord, RunFiles};
use super::writer::write_beside;
use super::{Spool, SpoolError};

/// One thing that is to be written.
#[derive(Debug)]
pub(super) enum Debt {
    /// Index and signature of a closed segment.
    Beside { segment: PathBuf, index: Vec<u8>, signed: Box<SignedRange> },
    /// The end of a run.
    End { run: RunId, files: RunFiles, end: EndRecord },
}

/// All of them, oldest first.
#[derive(Debug, Default)]
pub(super) struct Debts(Mutex<Vec<Debt>>);

impl Spool {
    /// Writes it, or else later.
    pub(super) fn write_or_owe(&self, debt: Debt) -> Result<(), SpoolError> {
        let written = self.write(&debt);
        if written.is_err() {
            self.debts.0.lock().expect("no one panics while holding the debts").push(debt);
        }
        written
    }

    /// Tries again to write what is owed, and goes no further than the first that is refused again.
    pub(super) fn pay_debts(&self) {
        let owed = std::mem::take(&mut *self.debts.0.lock().expect("no one panics while holding the debts"));
        let mut owed = owed.into_iter().peekable();
        while owed.next_if(|debt| self.write(debt).is_ok()).is_some() {}
        let mut debts = self.debts.0.lock().expect("no one panics while holding the debts");
        let newer = std::mem::take(&mut *debts);
        debts.extend(owed.chain(newer));
    }

    fn write(&self, debt: &Debt) -> Result<(), SpoolError> {
        match debt {
            // Sealed and deleted meanwhile.
            Debt::Beside { segment, .. } if !segment.exists() => Ok(()),
            Debt::Beside { segment, index, signed } => write_beside(segment, index, signed),
            Debt::End { run, files, end } => {
                run_files::write_json(&files.end(), end).map_err(SpoolError::io("write", &files.end()))?;
                if let Some(state) = self.lock().runs.get_mut(run) {
                    state.end = Some(*end);
                }
                let reason = end.reason.as_str_name();
                tracing::info!(run.id = %run, fragments = end.fragments, reason, "run ended");
                self.tell();
                Ok(())
            }
        }
    }
}
