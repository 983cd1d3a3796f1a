//! ISO BMFF boxes (ISO/IEC 14496-12): a writer that fills sizes in, and a reader that trusts nothing.
//!
//! In: bytes. Out: fields. Always: a read past the end of a box is an error, never a panic; the reader
//! borrows and reserves no memory.

use crate::error::MediaError;

/// Four letters of a box.
pub(crate) type FourCc = [u8; 4];

/// Writes boxes into memory.
#[derive(Debug, Default)]
pub(crate) struct BoxWriter {
    bytes: Vec<u8>,
}

impl BoxWriter {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity) }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes written so far.
    pub(crate) fn position(&self) -> usize {
        self.bytes.len()
    }

    /// A box, with what `fill` writes in it.
    pub(crate) fn put_box(&mut self, name: FourCc, fill: impl FnOnce(&mut Self)) {
        let start = self.position();
        self.u32(0).put(&name);
        fill(self);
        let size = u32::try_from(self.position() - start).expect("we write no box of 4 GiB");
        self.set_u32(start, size);
    }

    /// A box with version and flags.
    pub(crate) fn put_full_box(&mut self, name: FourCc, version: u8, flags: u32, fill: impl FnOnce(&mut Self)) {
        self.put_box(name, |w| {
            w.u32(u32::from(version) << 24 | flags);
            fill(w);
        });
    }

    /// A `uuid` box.
    pub(crate) fn put_uuid_box(&mut self, uuid: &[u8; 16], content: &[u8]) {
        self.put_box(*b"uuid", |w| {
            w.put(uuid).put(content);
        });
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(crate) fn zeros(&mut self, count: usize) -> &mut Self {
        self.bytes.resize(self.bytes.len() + count, 0);
        self
    }

    pub(crate) fn u8(&mut self, value: u8) -> &mut Self {
        self.put(&[value])
    }

    pub(crate) fn u16(&mut self, value: u16) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    pub(crate) fn u32(&mut self, value: u32) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    pub(crate) fn u64(&mut self, value: u64) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// Overwrites four bytes already written.
    pub(crate) fn set_u32(&mut self, at: usize, value: u32) {
        self.bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
    }
}

/// A box as it lies in the bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawBox<'a> {
    pub(crate) name: FourCc,
    /// Where the box begins in the bytes that the outermost reader was made of.
    pub(crate) start: usize,
    /// Where its content begins there.
    pub(crate) content_start: usize,
    pub(crate) content: &'a [u8],
}

impl<'a> RawBox<'a> {
    pub(crate) fn reader(&self) -> BoxReader<'a> {
        BoxReader { bytes: self.content, position: 0, base: self.content_start, name: self.name }
    }

    /// Where the box ends.
    pub(crate) fn end(&self) -> usize {
        self.content_start + self.content.len()
    }

    pub(crate) fn error(&self, why: &'static str) -> MediaError {
        MediaError::in_box(self.name, why)
    }
}

/// Reads the content of a box, or of a file.
#[derive(Debug, Clone)]
pub(crate) struct BoxReader<'a> {
    bytes: &'a [u8],
    position: usize,
    base: usize,
    name: FourCc,
}

impl<'a> BoxReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, base: 0, name: *b"file" }
    }

    pub(crate) fn error(&self, why: &'static str) -> MediaError {
        MediaError::in_box(self.name, why)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.position == self.bytes.len()
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// Where the next byte lies in the outermost bytes.
    pub(crate) fn offset(&self) -> usize {
        self.base + self.position
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], MediaError> {
        if count > self.remaining() {
            return Err(self.error("ends before its content"));
        }
        let bytes = &self.bytes[self.position..self.position + count];
        self.position += count;
        Ok(bytes)
    }

    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let bytes = &self.bytes[self.position..];
        self.position = self.bytes.len();
        bytes
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MediaError> {
        let bytes = self.take(N)?;
        Ok(bytes.try_into().expect("take gave as many bytes as asked for"))
    }

    pub(crate) fn u8(&mut self) -> Result<u8, MediaError> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16, MediaError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, MediaError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, MediaError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn four_cc(&mut self) -> Result<FourCc, MediaError> {
        self.array()
    }

    /// Version and flags.
    pub(crate) fn version_flags(&mut self) -> Result<(u8, u32), MediaError> {
        let word = self.u32()?;
        Ok(((word >> 24) as u8, word & 0x00ff_ffff))
    }

    /// The next box, or none at the end. A box "to the end of the file" (size 0) is refused.
    pub(crate) fn next_box(&mut self) -> Result<Option<RawBox<'a>>, MediaError> {
        if self.is_empty() {
            return Ok(None);
        }
        let start = self.offset();
        let small = self.u32()?;
        let name = self.four_cc()?;
        let (size, head) = if small == 1 { (self.u64()?, 16) } else { (u64::from(small), 8) };
        let content = size.checked_sub(head).and_then(|content| usize::try_from(content).ok());
        let Some(content) = content.filter(|&content| content <= self.remaining()) else {
            return Err(MediaError::in_box(name, "its size cannot be"));
        };
        let content_start = self.offset();
        Ok(Some(RawBox { name, start, content_start, content: self.take(content)? }))
    }

    /// The first box of the name among those that follow.
    pub(crate) fn find(&self, name: FourCc, text: &'static str) -> Result<RawBox<'a>, MediaError> {
        self.find_optional(name)?.ok_or(MediaError::Missing(text))
    }

    /// The first box of the name among those that follow, if there is one.
    pub(crate) fn find_optional(&self, name: FourCc) -> Result<Option<RawBox<'a>>, MediaError> {
        let mut reader = self.clone();
        while let Some(found) = reader.next_box()? {
            if found.name == name {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}
