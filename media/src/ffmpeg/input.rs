//! A file of another device, opened and read by FFmpeg: what is in it, and its packets in the order of the file.

use std::ffi::{CStr, CString, c_char, c_int};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::{ptr, slice};

use ffmpeg_next::ffi;

use super::{CodecId, Packet, check, no_memory, quiet};
use crate::error::MediaError;

/// No single piece of memory that FFmpeg takes is larger: an 8K picture has 54 MB, the table of a day of frames 52 MB.
const MAX_ALLOCATION: usize = 512 * 1024 * 1024;
/// Containers that are read: none that names other files or addresses, none without times of its own.
const CONTAINERS: &CStr = c"mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,dhav,flv,asf,wav,w64,ogg,aac,flac";
/// So much is read to find out what is in a file.
const PROBE_BYTES: &CStr = c"16777216";
/// And so many microseconds of it.
const PROBE_US: &CStr = c"15000000";
/// A file of more streams is no recording.
const MAX_STREAMS: &CStr = c"32";

/// Pictures, sound, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Video,
    Audio,
    Other,
}

/// What FFmpeg knows of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub(crate) index: usize,
    pub(crate) kind: Kind,
    pub(crate) codec: CodecId,
    /// FFmpeg's short name of the codec.
    pub(crate) name: String,
    /// Seconds in a tick of the packets' times: a fraction, both parts above zero.
    pub(crate) time_base: (u32, u32),
    pub(crate) extradata: Vec<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) sample_rate: u32,
    pub(crate) channels: u16,
    /// Samples of sound in a packet, where all have as many.
    pub(crate) frame_size: u32,
    /// Pictures that are decoded before the one that is shown first.
    pub(crate) delay: u32,
    /// A cover, which is no footage.
    pub(crate) still: bool,
}

/// A packet: mostly one access unit.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) stream: usize,
    pub(crate) pts: Option<i64>,
    pub(crate) dts: Option<i64>,
    pub(crate) key: bool,
    pub(crate) damaged: bool,
    pub(crate) data: Vec<u8>,
}

/// An open file. Closed with it.
pub(crate) struct Input(*mut ffi::AVFormatContext);

// SAFETY: a format context belongs to no thread, it is only not to be used by two at once; `&mut self` sees to that.
unsafe impl Send for Input {}

/// Options as FFmpeg takes them. Freed with it.
struct Options(*mut ffi::AVDictionary);

impl Options {
    fn of(pairs: &[(&CStr, &CStr)]) -> Result<Self, MediaError> {
        let mut options = Self(ptr::null_mut());
        for (key, value) in pairs {
            // SAFETY: the dictionary is ours; key and value are copied.
            let code = unsafe { ffi::av_dict_set(&mut options.0, key.as_ptr(), value.as_ptr(), 0) };
            check("set an option", code)?;
        }
        Ok(options)
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: the dictionary is ours, and nobody uses it after this.
        unsafe { ffi::av_dict_free(&mut self.0) }
    }
}

impl Input {
    /// Opens a file, by its path only, and finds out what is in it.
    pub(crate) fn open(path: &Path) -> Result<Self, MediaError> {
        const DOING: &str = "open the file";
        quiet();
        // The protocol stands before the name, so that no name is taken for an address.
        let url = [b"file:", path.as_os_str().as_bytes()].concat();
        let url = CString::new(url).map_err(|_| MediaError::Config("a path holds no zero byte"))?;
        let mut options = Options::of(&[
            (c"protocol_whitelist", c"file"),
            (c"format_whitelist", CONTAINERS),
            (c"probesize", PROBE_BYTES),
            (c"analyzeduration", PROBE_US),
            (c"max_streams", MAX_STREAMS),
        ])?;
        let mut context = ptr::null_mut();
        // SAFETY: a new context is made into our pointer, which stays null where it fails; the options are ours.
        unsafe {
            ffi::av_max_alloc(MAX_ALLOCATION);
            check(DOING, ffi::avformat_open_input(&mut context, url.as_ptr(), ptr::null(), &mut options.0))?;
        }
        let input = Self(context);
        // SAFETY: the context is ours and open.
        check(DOING, unsafe { ffi::avformat_find_stream_info(input.0, ptr::null_mut()) })?;
        Ok(input)
    }

    fn raw(&self) -> &ffi::AVFormatContext {
        // SAFETY: the context is ours, open, and not written to while it is borrowed.
        unsafe { &*self.0 }
    }

    /// FFmpeg's short name of the container.
    pub(crate) fn format(&self) -> String {
        // SAFETY: an open context has a format, whose name is a static text.
        unsafe { text((*self.raw().iformat).name) }
    }

    /// A text that the file says of itself.
    pub(crate) fn tag(&self, key: &CStr) -> Option<String> {
        // SAFETY: the dictionary belongs to the context, which is borrowed; the entry is copied before that ends.
        unsafe {
            let entry = ffi::av_dict_get(self.raw().metadata, key.as_ptr(), ptr::null(), 0);
            (!entry.is_null()).then(|| text((*entry).value))
        }
    }

    /// The earliest time of presentation, microseconds; where FFmpeg knows it.
    pub(crate) fn start_us(&self) -> Option<i64> {
        known(self.raw().start_time)
    }

    /// How long the file says that it is, microseconds.
    pub(crate) fn duration_us(&self) -> Option<i64> {
        known(self.raw().duration).filter(|us| *us > 0)
    }

    /// What was found.
    pub(crate) fn streams(&self) -> Vec<Stream> {
        (0..self.raw().nb_streams as usize).map(|index| self.stream(index)).collect()
    }

    fn stream(&self, index: usize) -> Stream {
        // SAFETY: there are `nb_streams` pointers to streams with parameters, all owned by the context, which is borrowed.
        let (stream, par) = unsafe {
            let stream = &**self.raw().streams.add(index);
            (stream, &*stream.codecpar)
        };
        let positive = |n: c_int| u32::try_from(n).unwrap_or(0);
        let extradata = if par.extradata.is_null() {
            Vec::new()
        } else {
            // SAFETY: `extradata` holds `extradata_size` bytes.
            unsafe { slice::from_raw_parts(par.extradata, positive(par.extradata_size) as usize) }.to_vec()
        };
        Stream {
            index,
            kind: match par.codec_type {
                ffi::AVMediaType::AVMEDIA_TYPE_VIDEO => Kind::Video,
                ffi::AVMediaType::AVMEDIA_TYPE_AUDIO => Kind::Audio,
                _ => Kind::Other,
            },
            codec: par.codec_id,
            // SAFETY: gives a static text for every id.
            name: unsafe { text(ffi::avcodec_get_name(par.codec_id)) },
            time_base: (positive(stream.time_base.num).max(1), positive(stream.time_base.den).max(1)),
            extradata,
            width: positive(par.width),
            height: positive(par.height),
            sample_rate: positive(par.sample_rate),
            channels: u16::try_from(par.ch_layout.nb_channels).unwrap_or(0),
            frame_size: positive(par.frame_size),
            delay: positive(par.video_delay),
            still: stream.disposition & ffi::AV_DISPOSITION_ATTACHED_PIC != 0,
        }
    }

    /// The next packet; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Unit>, MediaError> {
        let packet = Packet::empty()?;
        // SAFETY: context and packet are ours.
        let code = unsafe { ffi::av_read_frame(self.0, packet.0) };
        if code == ffi::AVERROR_EOF {
            return Ok(None);
        }
        check("read the file", code)?;
        // SAFETY: the packet is ours and was filled.
        let raw = unsafe { &*packet.0 };
        Ok(Some(Unit {
            stream: usize::try_from(raw.stream_index).unwrap_or(usize::MAX),
            pts: known(raw.pts),
            dts: known(raw.dts),
            key: raw.flags & ffi::AV_PKT_FLAG_KEY != 0,
            damaged: raw.flags & ffi::AV_PKT_FLAG_CORRUPT != 0,
            data: packet.bytes().to_vec(),
        }))
    }

    /// `ftyp` and `moov` for one stream alone, of which only the sample entry is of use: FFmpeg makes the codec
    /// record (`avcC`, `hvcC`) of the parameter sets that it found.
    pub(crate) fn moov(&self, index: usize, tag: [u8; 4]) -> Result<Vec<u8>, MediaError> {
        if index >= self.raw().nb_streams as usize {
            return Err(MediaError::Config("no such stream"));
        }
        let mut output = Output::mp4()?;
        // SAFETY: the index was checked; both contexts are ours, and the parameters are copied into the new stream.
        unsafe {
            let par = (**self.raw().streams.add(index)).codecpar;
            let stream = ffi::avformat_new_stream(output.0, ptr::null());
            if stream.is_null() {
                return Err(no_memory(OUTPUT));
            }
            check(OUTPUT, ffi::avcodec_parameters_copy((*stream).codecpar, par))?;
            (*(*stream).codecpar).codec_tag = u32::from_le_bytes(tag);
            (*stream).time_base = ffi::AVRational { num: 1, den: 90_000 };
        }
        output.header()
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // SAFETY: the context is ours, and nobody uses it after this.
        unsafe { ffi::avformat_close_input(&mut self.0) }
    }
}

const OUTPUT: &str = "make a codec record";

/// An MP4 file in memory that is never more than its head.
struct Output(*mut ffi::AVFormatContext);

impl Output {
    fn mp4() -> Result<Self, MediaError> {
        let mut context = ptr::null_mut();
        // SAFETY: a new context is made into our pointer, which stays null where it fails.
        let code = unsafe { ffi::avformat_alloc_output_context2(&mut context, ptr::null(), c"mp4".as_ptr(), ptr::null()) };
        check(OUTPUT, code)?;
        Ok(Self(context))
    }

    fn header(&mut self) -> Result<Vec<u8>, MediaError> {
        let mut options = Options::of(&[(c"movflags", c"empty_moov+default_base_moof"), (c"strict", c"-2")])?;
        // SAFETY: the buffer is opened into our context and closed again whatever happens between; what it gives is
        // `size` bytes of FFmpeg's own memory, copied and freed.
        unsafe {
            check(OUTPUT, ffi::avio_open_dyn_buf(&mut (*self.0).pb))?;
            let code = ffi::avformat_write_header(self.0, &mut options.0);
            let mut bytes = ptr::null_mut();
            let size = ffi::avio_close_dyn_buf((*self.0).pb, &mut bytes);
            (*self.0).pb = ptr::null_mut();
            let copy = match usize::try_from(size) {
                Ok(size) if !bytes.is_null() => slice::from_raw_parts(bytes, size).to_vec(),
                _ => Vec::new(),
            };
            ffi::av_free(bytes.cast());
            check(OUTPUT, code)?;
            Ok(copy)
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: the context is ours, its buffer is closed, and nobody uses it after this.
        unsafe { ffi::avformat_free_context(self.0) }
    }
}

const fn known(time: i64) -> Option<i64> {
    if time == ffi::AV_NOPTS_VALUE { None } else { Some(time) }
}

/// # Safety
/// `pointer` is null or a text that ends in zero and outlives the call.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}
