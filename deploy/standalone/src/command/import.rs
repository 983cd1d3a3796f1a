//! `liuhen import`: footage of other devices, taken in with a signed statement.
//!
//! In: files, and what a person declares of them. Out: imports that play and fill gaps, always marked as imported.
//! - [`declared`]: when the device's clock says that the file begins, and how far that is from true time;
//! - [`film`]: the file cut into fragments, in segment files of a directory of our own;
//! - [`upload`]: statement, original and segment files on their way, with progress;
//! - [`filled`]: what sessions lacked before and have now;
//! - [`shown`]: imports for people and for programs; their correction.
//!
//! Always: the original is taken byte for byte; each file is an import of its own, whole or not at all.

mod declared;
mod filled;
mod film;
mod shown;
mod upload;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, bail};
use liuhen_media::demux::{Demuxer, Found};
use liuhen_proto::Timestamp;
use liuhen_proto::digest::Hasher;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::{BootId, CameraId, ImportId, StreamId, ViewpointId};
use liuhen_proto::import::{ImportStatement, MAX_TEXT_BYTES, SignedStatement};
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};

use super::Voice;
use crate::arguments::{Import, ImportAction};
use crate::client::Client;
use crate::key_file;
use film::Film;

pub(crate) async fn run(arguments: &Import, voice: Voice) -> Result<ExitCode> {
    match &arguments.action {
        None => take_all(arguments, voice).await,
        Some(ImportAction::List { viewpoint, remote, times }) => {
            shown::list(Client::connect(remote).await?, viewpoint, times.zone, voice).await
        }
        Some(ImportAction::Show { import, remote, times }) => {
            shown::show(Client::connect(remote).await?, import, times.zone, voice).await
        }
        Some(ImportAction::Correct { import, clock_offset, reason, key, remote, times }) => {
            let (offset, key) = (declared::offset(clock_offset)?, key_file::read(key.path()?)?);
            let correction = shown::Correction { import, offset_us: offset, reason, key: &key };
            shown::correct(Client::connect(remote).await?, correction, times.zone, voice).await
        }
    }
}

/// What holds for all files of a call.
struct Taking<'a> {
    arguments: &'a Import,
    viewpoint: ViewpointId,
    /// Microseconds; above zero where the device is ahead.
    offset: i64,
    key: Option<SigningKey>,
    client: Option<Client>,
    voice: Voice,
}

async fn take_all(arguments: &Import, voice: Voice) -> Result<ExitCode> {
    let viewpoint = arguments.viewpoint.as_deref().unwrap_or_default();
    let viewpoint: ViewpointId = viewpoint.parse().context("--viewpoint")?;
    let offset = declared::offset(arguments.clock_offset.as_deref().unwrap_or_default())?;
    if arguments.start.is_some() && arguments.files.len() > 1 {
        bail!(
            "--start is that of one file: for several give --from-file, or import one after the other · --start 只适用于单个文件"
        );
    }
    let (key, client) = if arguments.dry_run {
        (None, None)
    } else {
        let key = key_file::read(arguments.key.as_deref().context("no key: give --key FILE")?)?;
        (Some(key), Some(Client::connect(&arguments.remote).await?))
    };
    let mut taking = Taking { arguments, viewpoint, offset, key, client, voice };
    let mut code = ExitCode::SUCCESS;
    for path in &arguments.files {
        let taken = tokio::select! {
            taken = taking.take(path) => taken,
            _ = tokio::signal::ctrl_c() => bail!("interrupted: nothing of {} was taken in · 已中断，未导入", path.display()),
        };
        // One that cannot be taken does not keep the others out.
        if let Err(error) = taken {
            if arguments.files.len() == 1 {
                return Err(error);
            }
            eprintln!("{}: {}: {error:#}", voice.pick("错误", "error"), path.display());
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// What was found out about a file, and made of it.
struct Looked {
    start: declared::Start,
    film: Option<Film>,
    left_out: Vec<String>,
}

/// Set when the one who waits is gone; the work ends then.
struct Cancel(Arc<AtomicBool>);

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Taking<'_> {
    async fn take(&mut self, path: &Path) -> Result<()> {
        let (stream, boot) = (StreamId::mint(SystemClock.now(), &OsRandom), BootId::mint(SystemClock.now(), &OsRandom));
        let directory = tempfile::tempdir().context("make a directory for what is made of the file")?;
        let looked = self.look(path, directory.path(), stream, boot).await?;
        let original = digest(path.to_owned()).await.with_context(|| format!("read {}", path.display()))?;
        let statement = self.statement(path, &looked, original, stream)?;
        let (Some(key), Some(client)) = (&self.key, &mut self.client) else {
            shown::dry(path, &looked, &statement, self.arguments.times.zone, self.voice);
            return Ok(());
        };
        let text = String::from_utf8(statement.to_bytes()).context("a statement is text")?;
        let signed = SignedStatement { signature: key.sign(text.as_bytes()), key: key.public(), statement: text };
        let interval = looked.film.as_ref().and_then(|film| film.interval(statement.true_start()));
        let before = filled::missing(client, statement.viewpoint, interval, self.voice).await?;
        let files = looked.film.as_ref().map(|film| film.files.as_slice()).unwrap_or_default();
        let imported = upload::upload(client, &signed, path, original, files, self.voice).await?;
        let after = filled::missing(client, statement.viewpoint, interval, self.voice).await?;
        let filled = filled::filled(&before, &after);
        shown::taken(path, &looked, &imported, &filled, self.arguments.times.zone, self.voice)
    }

    /// Reads the file to its end, and cuts it where it is to play.
    async fn look(&self, path: &Path, directory: &Path, stream: StreamId, boot: BootId) -> Result<Looked> {
        let (path, arguments) = (path.to_owned(), self.arguments);
        let (with_sound, keep_only, dry) = (!arguments.without_sound, arguments.keep_only, arguments.dry_run);
        let (start, zone, offset) = (arguments.start.clone(), arguments.times.zone, self.offset);
        let output = (!dry).then(|| directory.to_owned());
        let flag = Arc::new(AtomicBool::new(false));
        let _cancel = Cancel(Arc::clone(&flag));
        let voice = self.voice;
        let work = move || -> Result<Looked> {
            let opened = Demuxer::open(&path);
            let demuxer = match opened {
                Err(error) if keep_only => {
                    let start = declared::start(start.as_deref(), None, &path, zone)?;
                    tracing::info!(%error, "only kept");
                    return Ok(Looked { start, film: None, left_out: Vec::new() });
                }
                opened => opened?,
            };
            let start = declared::start(start.as_deref(), demuxer.said_start(), &path, zone)?;
            let found = demuxer.found().to_vec();
            if keep_only {
                return Ok(Looked { start, left_out: found.iter().filter_map(name).collect(), film: None });
            }
            let mut reading = demuxer.read(with_sound).map_err(|error| declared::remedy(error, voice))?;
            let zero = Timestamp::from_micros(start.at.as_micros().saturating_sub(offset));
            let ids = film::Ids { stream, boot };
            let film = film::make(&mut reading, ids, zero, output.as_deref(), &flag);
            let film = film.map_err(|error| declared::remedied(error, voice))?;
            let taken = |found: &&Found| found.taken && (with_sound || found.kind != Some(TrackKind::Audio));
            let left_out = found.iter().filter(|found| !taken(found)).filter_map(name).collect();
            Ok(Looked { start, film: Some(film), left_out })
        };
        tokio::task::spawn_blocking(work).await.context("read the file")?
    }

    fn statement(&self, path: &Path, looked: &Looked, original: Sized256, stream: StreamId) -> Result<ImportStatement> {
        let (now, arguments) = (SystemClock.now(), self.arguments);
        let text =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).unwrap_or("–").to_owned();
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let statement = ImportStatement {
            v: 1,
            r#type: "import".to_owned(),
            import: ImportId::mint(now, &OsRandom),
            viewpoint: self.viewpoint,
            camera: CameraId::mint(now, &OsRandom),
            stream,
            original,
            file_name: clipped(file_name),
            device: text(&arguments.device),
            custodian: text(&arguments.custodian),
            device_start: looked.start.at,
            clock_offset_us: self.offset,
            offset_reason: text(&arguments.offset_reason),
            runs: looked.film.as_ref().map(|film| film.runs.clone()).unwrap_or_default(),
            left_out: looked.left_out.clone(),
        };
        statement.check()?;
        Ok(statement)
    }
}

/// A stream of pictures or sound, as a statement names it.
fn name(found: &Found) -> Option<String> {
    let kind = match found.kind? {
        TrackKind::Video => "pictures",
        TrackKind::Audio => "sound",
    };
    Some(clipped(format!("{kind}: {}", found.codec)))
}

fn clipped(mut text: String) -> String {
    while text.len() > MAX_TEXT_BYTES {
        text.pop();
    }
    text
}

/// Length and digest of a file.
async fn digest(path: PathBuf) -> Result<Sized256> {
    let read = move || -> std::io::Result<Sized256> {
        let mut file = std::fs::File::open(path)?;
        let (mut hasher, mut size_bytes, mut buffer) = (Hasher::default(), 0, vec![0; 1 << 20]);
        loop {
            let count = std::io::Read::read(&mut file, &mut buffer)?;
            if count == 0 {
                return Ok(Sized256 { sha256: hasher.finish(), size_bytes });
            }
            hasher.update(&buffer[..count]);
            size_bytes += count as u64;
        }
    };
    Ok(tokio::task::spawn_blocking(read).await.context("read a file")??)
}
