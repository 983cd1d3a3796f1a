//! What a person declares and signs about a file of another device: whose it was, what its clock said,
//! and, later, that the clock had been wrong in another way. RFC 8785 JSON, see docs/ref/formats.md.
//!
//! Names of people stand in statements, so a statement is kept in a body and never in an envelope.
//! Always: what was declared first stays readable; a correction names the revision that it supersedes.

use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError, MAX_INTEGER};
use crate::digest::Sha256;
use crate::ids::{CameraId, ImportId, RunId, StreamId, ViewpointId};
use crate::segment::Sized256;
use crate::signing::{PublicKey, Signature};
use crate::time::{Span, Timestamp};

/// The largest statement, in bytes.
pub const MAX_STATEMENT_BYTES: usize = 64 * 1024;
/// The longest text in one, in bytes.
pub const MAX_TEXT_BYTES: usize = 500;
/// A clock is off by at most so much, either way: forty years, a device that woke up in 1970 or 1980 included.
pub const MAX_OFFSET: Span = Span::from_secs(60 * 60 * 24 * 366 * 60);
/// The most runs of one file.
pub const MAX_RUNS: usize = 100;
/// The most streams of one file.
pub const MAX_LEFT_OUT: usize = 32;

/// A run that was made of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedRun {
    /// The run.
    pub run: RunId,
    /// SHA-256 of its init segment.
    pub init: Sha256,
    /// Its fragments, from 0.
    pub fragments: u64,
}

/// What is declared when a file is taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportStatement {
    /// Version of the format: 1.
    pub v: u32,
    /// Always `import`.
    pub r#type: String,
    /// The import.
    pub import: ImportId,
    /// Where the device stood.
    pub viewpoint: ViewpointId,
    /// What stands for the device in the archive.
    pub camera: CameraId,
    /// Where its footage plays.
    pub stream: StreamId,
    /// The file, byte for byte.
    pub original: Sized256,
    /// What the file was called; told, never used as a path.
    pub file_name: String,
    /// Kind of device, make, serial number: as far as known.
    pub device: String,
    /// Who had the file in their keeping until now.
    pub custodian: String,
    /// What the device's clock said at the first picture or sound.
    pub device_start: Timestamp,
    /// The device's clock minus true time, microseconds: above zero where the device was ahead.
    pub clock_offset_us: i64,
    /// How the offset is known.
    pub offset_reason: String,
    /// What was made of the file; empty where it is only kept.
    pub runs: Vec<ImportedRun>,
    /// Streams of the file that were left out, each as kind and codec, `sound: MP2`. They are in the original.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub left_out: Vec<String>,
}

/// What is declared when the offset turns out to have been another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrectionStatement {
    /// Version of the format: 1.
    pub v: u32,
    /// Always `import.corrected`.
    pub r#type: String,
    /// The import.
    pub import: ImportId,
    /// The revision that this one makes, from 2: one more than the one it supersedes.
    pub revision: u32,
    /// The device's clock minus true time, microseconds.
    pub clock_offset_us: i64,
    /// Why.
    pub reason: String,
}

/// Why a statement is none.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// Not the canonical form.
    #[error("read import statement")]
    Form(#[from] CanonicalError),
    /// A value that cannot be.
    #[error("import statement: {0}")]
    Value(&'static str),
}

const fn fits(text: &str, least: usize) -> bool {
    text.len() >= least && text.len() <= MAX_TEXT_BYTES
}

const fn is_offset(us: i64) -> bool {
    us.unsigned_abs() <= MAX_OFFSET.as_micros().unsigned_abs()
}

impl ImportStatement {
    /// The canonical bytes, which are what is signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(self)
    }

    /// Reads and checks a statement.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatementError> {
        let statement: Self = canonical::from_bytes(bytes, MAX_STATEMENT_BYTES)?;
        statement.check()?;
        Ok(statement)
    }

    /// Whether its values can be true together.
    pub fn check(&self) -> Result<(), StatementError> {
        let refuse = |what| Err(StatementError::Value(what));
        if self.v != 1 || self.r#type != "import" {
            return refuse("version must be 1 and type `import`");
        }
        if self.original.size_bytes == 0 || self.original.size_bytes > MAX_INTEGER as u64 {
            return refuse("the original is empty, or absurdly large");
        }
        if !fits(&self.custodian, 1) || !fits(&self.offset_reason, 1) || !fits(&self.device, 1) || !fits(&self.file_name, 1) {
            return refuse("custodian, device, file name and offset reason are 1 to 500 bytes");
        }
        if !is_offset(self.clock_offset_us) || self.device_start.as_micros().unsigned_abs() > MAX_INTEGER as u64 {
            return refuse("the device's clock or its offset is absurd");
        }
        if self.runs.len() > MAX_RUNS || self.runs.iter().any(|run| run.fragments == 0 || run.fragments > MAX_INTEGER as u64) {
            return refuse("at most 100 runs, none of them empty");
        }
        if self.left_out.len() > MAX_LEFT_OUT || !self.left_out.iter().all(|stream| fits(stream, 1)) {
            return refuse("at most 32 streams are left out, each named with 1 to 500 bytes");
        }
        Ok(())
    }

    /// When the first picture or sound was taken, by what is declared here.
    pub const fn true_start(&self) -> Timestamp {
        Timestamp::from_micros(self.device_start.as_micros() - self.clock_offset_us)
    }
}

impl CorrectionStatement {
    /// The canonical bytes, which are what is signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(self)
    }

    /// Reads and checks a statement.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatementError> {
        let statement: Self = canonical::from_bytes(bytes, MAX_STATEMENT_BYTES)?;
        let refuse = |what| Err(StatementError::Value(what));
        if statement.v != 1 || statement.r#type != "import.corrected" {
            return refuse("version must be 1 and type `import.corrected`");
        }
        if statement.revision < 2 {
            return refuse("a correction is revision 2 or more");
        }
        if !is_offset(statement.clock_offset_us) || !fits(&statement.reason, 1) {
            return refuse("the offset is absurd, or the reason is not 1 to 500 bytes");
        }
        Ok(statement)
    }
}

/// A statement with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedStatement {
    /// The exact text that was signed.
    pub statement: String,
    /// Over the statement's bytes.
    pub signature: Signature,
    /// The signer's key.
    pub key: PublicKey,
}

impl SignedStatement {
    /// Whether the signature holds.
    pub fn holds(&self) -> bool {
        self.key.verifies(self.statement.as_bytes(), &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SigningKey;
    use crate::world::SeededRandom;

    fn statement() -> ImportStatement {
        let (now, random) = (Timestamp::from_micros(1_795_312_800_000_000), SeededRandom::new(7));
        ImportStatement {
            v: 1,
            r#type: "import".into(),
            import: ImportId::mint(now, &random),
            viewpoint: ViewpointId::mint(now, &random),
            camera: CameraId::mint(now, &random),
            stream: StreamId::mint(now, &random),
            original: Sized256 { sha256: Sha256::of(b"nvr"), size_bytes: 3 },
            file_name: "ch03_20261122.dav".into(),
            device: "NVR, channel 3".into(),
            custodian: "王五".into(),
            device_start: now,
            clock_offset_us: 200_000_000,
            offset_reason: "compared with the server at 08:10".into(),
            runs: vec![ImportedRun { run: RunId::mint(now, &random), init: Sha256::of(b"init"), fragments: 30 }],
            left_out: Vec::new(),
        }
    }

    #[test]
    fn a_statement_reads_back_and_its_start_is_true_time() {
        let statement = statement();
        assert_eq!(ImportStatement::from_bytes(&statement.to_bytes()).unwrap(), statement);
        assert_eq!(statement.true_start().as_micros(), statement.device_start.as_micros() - 200_000_000);
    }

    #[test]
    fn nonsense_is_refused() {
        let wrong: [fn(&mut ImportStatement); 6] = [
            |s| s.custodian.clear(),
            |s| s.device = "x".repeat(501),
            |s| s.clock_offset_us = i64::MAX,
            |s| s.runs[0].fragments = 0,
            |s| s.original.size_bytes = 0,
            |s| s.left_out = vec![String::new()],
        ];
        for change in wrong {
            let mut statement = statement();
            change(&mut statement);
            assert!(ImportStatement::from_bytes(&statement.to_bytes()).is_err(), "{statement:?}");
        }
    }

    #[test]
    fn a_signature_holds_for_its_statement_only() {
        let key = SigningKey::generate(&SeededRandom::new(3));
        let text = String::from_utf8(statement().to_bytes()).unwrap();
        let signed = SignedStatement { signature: key.sign(text.as_bytes()), statement: text, key: key.public() };
        assert!(signed.holds());
        let other = SignedStatement { statement: signed.statement.replace("200000000", "100000000"), ..signed };
        assert!(!other.holds());
    }
}
