//! A segment's object against its manifest.
//!
//! In: the object's bytes as a stream, the manifest's bytes. Out: findings, one for the object, one for each
//! fragment that is wrong, one for each signature. The object is read once, in order, with a buffer of 1 MiB.

use std::collections::BTreeMap;
use std::io::{self, Read};

use liuhen_proto::Sha256;
use liuhen_proto::digest::Hasher;
use liuhen_proto::fragment::{ClockSource, Sequence};
use liuhen_proto::segment::{Manifest, ManifestFragment, RangeStatement, SignedRange};
use liuhen_proto::signing::PublicKey;

use crate::Finding;

const BUFFER_BYTES: usize = 1024 * 1024;

/// Checks the object against the manifest. `trusted` are the keys that the auditor has from elsewhere; where
/// there are none, signatures are checked against the keys that the manifest itself names, and it says so.
pub fn check(object: &mut dyn Read, manifest: &[u8], trusted: &[PublicKey]) -> io::Result<Vec<Finding>> {
    let manifest = match Manifest::from_bytes(manifest) {
        Ok(manifest) => manifest,
        Err(error) => {
            return Ok(vec![Finding::wrong("manifest", format!("is none: {error}"), format!("不是有效的清单：{error}"))]);
        }
    };
    let mut findings = object_findings(object, &manifest)?;
    findings.extend(manifest.signatures.iter().map(|signed| signature_finding(signed, &manifest, trusted)));
    findings.push(tail_finding(&manifest));
    Ok(findings)
}

/// One pass over the object: its own digest, the init segment's, and every fragment's.
fn object_findings(object: &mut dyn Read, manifest: &Manifest) -> io::Result<Vec<Finding>> {
    let mut reader = Hashing { inner: object, all: Hasher::default(), position: 0, buffer: vec![0; BUFFER_BYTES] };
    let mut findings = Vec::new();
    if reader.digest_to(0, manifest.init.size_bytes)? != Some(manifest.init.sha256) {
        findings.push(Finding::wrong("init", "its digest is not the one of the manifest", "初始化段的摘要与清单不符"));
    }
    for fragment in &manifest.fragments {
        if let Some(finding) = fragment_finding(&mut reader, fragment)? {
            findings.push(finding);
        }
    }
    let read = reader.drain()?;
    findings.push(if read == (manifest.object.sha256, manifest.object.size_bytes) {
        let what = format!("{} bytes, {} fragments, digest agrees", read.1, manifest.fragments.len());
        Finding::right("object", what, format!("{} 字节，{} 个片段，摘要一致", read.1, manifest.fragments.len()))
    } else {
        Finding::wrong("object", "its size or digest is not the one of the manifest", "对象的大小或摘要与清单不符")
    });
    Ok(findings)
}

fn fragment_finding(reader: &mut Hashing<'_>, fragment: &ManifestFragment) -> io::Result<Option<Finding>> {
    let found = reader.digest_to(fragment.offset_bytes, fragment.size_bytes.into())?;
    let thing = format!("fragment {}", fragment.header.sequence);
    Ok(match found {
        Some(digest) if digest == fragment.sha256 => None,
        Some(_) => Some(Finding::wrong(thing, "was altered: its digest is another", "片段被改动：摘要不符")),
        None => Some(Finding::wrong(thing, "is missing: the object ends before it", "片段缺失：对象提前结束")),
    })
}

fn signature_finding(signed: &SignedRange, manifest: &Manifest, trusted: &[PublicKey]) -> Finding {
    let thing = format!("signature by {}", signed.key);
    let Some(statement) = signed.verify() else {
        return Finding::wrong(thing, "does not hold", "签名无效");
    };
    if statement.run != manifest.run || statement.stream != manifest.stream || statement.init != manifest.init.sha256 {
        return Finding::wrong(thing, "speaks of another run", "签名针对另一段录制");
    }
    if !agrees(&statement, manifest) {
        return Finding::wrong(thing, "covers fragments that are not those of the manifest", "签名覆盖的片段与清单不符");
    }
    if !trusted.is_empty() && !trusted.contains(&signed.key) {
        return Finding::wrong(thing, "is by a key that you do not trust", "签名密钥不在受信任列表中");
    }
    let (first, last) = (statement.first, statement.last());
    let source = if trusted.is_empty() { " (the key is the manifest's own word: give --key to check it)" } else { "" };
    let source_zh =
        if trusted.is_empty() { "（密钥来自清单本身，可用 --key 指定受信任的密钥）" } else { "" };
    let what = format!("holds for fragments {first} to {last}{source}");
    Finding::right(thing, what, format!("签名有效，覆盖片段 {first} 至 {last}{source_zh}"))
}

/// Whether every fragment that both speak of has the same digest.
fn agrees(statement: &RangeStatement, manifest: &Manifest) -> bool {
    let first = statement.first.get();
    let signed: BTreeMap<u64, Sha256> = (first..).zip(statement.fragments.iter().copied()).collect();
    manifest.fragments.iter().all(|f| signed.get(&f.header.sequence.get()).is_none_or(|digest| *digest == f.sha256))
}

/// Whether signatures cover what the manifest says that they cover.
fn tail_finding(manifest: &Manifest) -> Finding {
    let statements: Vec<_> = manifest.signatures.iter().filter_map(SignedRange::verify).collect();
    let covered = |sequence: Sequence| statements.iter().any(|s| s.first <= sequence && sequence <= s.last());
    let bare = manifest.fragments.iter().filter(|f| !covered(f.header.sequence)).count();
    let declared = |f: &ManifestFragment| f.header.clock.source == ClockSource::Declared;
    if manifest.signatures.is_empty() && manifest.fragments.iter().all(declared) {
        let what = "imported: no recorder captured it; what a person signed about the file is `liuhen import show --json`";
        let zh = "导入录像，非采集时封存：无录制端签名，导入人的签名声明见 liuhen import show --json";
        return Finding::right("coverage by signatures", what, zh);
    }
    match (bare, manifest.unsigned_tail) {
        (0, _) => Finding::right("coverage by signatures", "every fragment is signed", "每个片段均有签名"),
        (bare, true) => {
            let what = format!("{bare} fragments have no signature, and the manifest says so (unsigned_tail)");
            Finding::right("coverage by signatures", what, format!("{bare} 个片段无签名，清单已注明（unsigned_tail）"))
        }
        (bare, false) => {
            let what = format!("{bare} fragments have no signature, and the manifest does not say so");
            Finding::wrong("coverage by signatures", what, format!("{bare} 个片段无签名，且清单未注明"))
        }
    }
}

/// A reader that digests all that passes, and stretches of it on demand.
struct Hashing<'a> {
    inner: &'a mut dyn Read,
    all: Hasher,
    position: u64,
    buffer: Vec<u8>,
}

impl Hashing<'_> {
    /// The digest of `[start, start + size)`, skipping what lies before; nothing where the stream ends first.
    fn digest_to(&mut self, start: u64, size: u64) -> io::Result<Option<Sha256>> {
        let skip = start.saturating_sub(self.position);
        if self.pass(skip, None)? < skip {
            return Ok(None);
        }
        let mut part = Hasher::default();
        Ok((self.pass(size, Some(&mut part))? == size).then(|| part.finish()))
    }

    fn drain(mut self) -> io::Result<(Sha256, u64)> {
        self.pass(u64::MAX, None)?;
        Ok((self.all.finish(), self.position))
    }

    fn pass(&mut self, size: u64, mut part: Option<&mut Hasher>) -> io::Result<u64> {
        let mut passed = 0;
        while passed < size {
            let want = usize::try_from(size - passed).unwrap_or(usize::MAX).min(self.buffer.len());
            let read = match self.inner.read(&mut self.buffer[..want]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            if read == 0 {
                break;
            }
            self.all.update(&self.buffer[..read]);
            if let Some(part) = part.as_deref_mut() {
                part.update(&self.buffer[..read]);
            }
            passed += read as u64;
            self.position += read as u64;
        }
        Ok(passed)
    }
}
