//! CAMERA → SPOOL → UPLINK. The exam site's program.
//!
//! In: a [`config::Config`] and cameras. Out: signed, sealed-by-digest footage at the centre. In the order
//! data meets them:
//! - [`config`]: what the technician wrote, checked;
//! - [`source`]: RTSP cameras, files, a synthetic camera;
//! - [`clock`]: media time to time since boot to UTC;
//! - [`cut`]: access units to fragments with headers, one run at a time;
//! - [`camera`]: one task a camera, reconnecting for ever;
//! - `watch` (feature `judge`): what is wrong with picture and sound, from the fragments;
//! - [`spool`]: the site's write-ahead log, and [`key`], which signs what lies in it;
//! - [`observations`]: flags, stills and levels that wait for the centre, and how it wants to be judged;
//! - [`machine`]: who we are to the centre, and encrypted connections to it;
//! - [`uplink`]: to the centre, live first, resuming by what the centre holds;
//! - [`schedule`]: the site's sessions, and [`attend`], which starts and stops cameras by it;
//! - [`status`]: what each camera does, and [`page`], which shows it at the site;
//! - [`check`]: connects to each camera and says what it finds;
//! - [`discover`]: asks the network for cameras;
//! - [`trouble`]: what can be wrong with a camera, in words.
//!
//! Always: reading a camera never waits for disk or network; what leaves the spool was sealed; one camera
//! harms no other. Not here: the archive, which this room never touches; the format of fragments (`liuhen_media`).

pub mod attend;
pub mod camera;
pub mod check;
pub mod clock;
pub mod config;
pub mod cut;
pub mod discover;
mod durable;
pub mod key;
pub mod machine;
pub mod observations;
pub mod page;
pub mod schedule;
pub mod source;
pub mod spool;
pub mod status;
pub mod trouble;
pub mod uplink;
#[cfg(feature = "judge")]
pub mod watch;

use std::sync::Arc;
use std::time::Duration;

use liuhen_proto::Code;
use liuhen_proto::world::{Clock, OsRandom, SystemClock};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use camera::{Stream, Threads, World};
use clock::WallKeeper;
use config::Config;
use observations::Observations;
use schedule::Schedule;
use spool::{Spool, SpoolError};
use status::Board;
use status::Reach;

/// How long a shutdown may take to hand over what is left; it lies in the spool in any case.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Why the recorder cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The spool cannot be used.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// There is no key.
    #[error(transparent)]
    Key(#[from] key::KeyFileError),
    /// The name of this boot, or what is known of its clock, cannot be read or kept.
    #[error("cannot keep the boot's id and clock in the spool: {0}; check that the disk may be read and written")]
    Boot(#[source] std::io::Error),
    /// There are no threads for the cameras.
    #[error("cannot start the threads that read cameras: {0}; check the limits of this machine")]
    Threads(#[source] std::io::Error),
    /// An address of the centre cannot be used.
    #[error(transparent)]
    Uplink(#[from] uplink::UplinkError),
}

impl RunError {
    /// The closed list's code.
    pub fn code(&self) -> Code {
        match self {
            Self::Spool(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::Boot(_) | Self::Threads(_) => Code::Unavailable,
            Self::Uplink(error) => error.code(),
        }
    }
}

/// Records all cameras and hands footage over until `shutdown`.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), RunError> {
    run_by(Arc::new(SystemClock), config, shutdown).await
}

/// The same by another clock than the system's, for tests of what happens to time.
pub async fn run_by(clock: Arc<dyn Clock>, config: Config, shutdown: CancellationToken) -> Result<(), RunError> {
    let random = Arc::new(OsRandom);
    let directory = &config.spool.directory;
    let key = key::load_or_make(directory, random.as_ref())?;
    let signer = clock::Signer { recorder: config.recorder_id, key: key.clone() };
    let (spool, observations) = {
        let (spool, recorder, clock) = (config.spool.clone(), config.recorder_id, clock.clone());
        let open = move || {
            let opened = Spool::open(spool.clone(), recorder, key, clock)?;
            Ok::<_, SpoolError>((opened, Observations::open(&spool.directory, spool.quota.0)?))
        };
        tokio::task::spawn_blocking(open).await.expect("opening the spool does not panic, and the runtime stands")?
    };
    let mut tasks = JoinSet::new();
    let boot = clock::boot_id(directory, clock.as_ref(), random.as_ref()).map_err(RunError::Boot)?;
    let wall = WallKeeper::open(clock.clone(), directory, boot, signer).map_err(RunError::Boot)?;
    let wall = Arc::new(wall);
    let streams: Vec<_> = config.cameras.iter().flat_map(Stream::of).collect();
    let board = Arc::new(Board::new(clock.clone(), streams.iter().map(|stream| stream.id)));
    let (schedule, reach) = (Arc::new(Schedule::open(directory)), Arc::new(Reach::new(clock.clone())));
    let world = World { clock, random, wall, boot, spool, board, observations, schedule, reach };
    if let Some(address) = config.status {
        let site = page::Site::new(world.clone(), &streams, !config.centre.is_empty());
        tasks.spawn(page::serve(address, site, shutdown.clone()));
    }
    #[cfg(feature = "judge")]
    let (watch, streams) = {
        let mut streams = streams;
        (watch::task::start(&config, &mut streams, &world)?, streams)
    };
    tasks.spawn(keep_wall(world.wall.clone(), shutdown.clone()));
    tasks.spawn(keep_room(world.spool.clone(), shutdown.clone()));
    let recorded = CancellationToken::new();
    let uplink = uplink::start(&config, &world, recorded.clone())?;
    let mut threads = Threads::start(streams.len()).map_err(RunError::Threads)?;
    let mut cameras = JoinSet::new();
    for stream in streams {
        let thread = threads.assign().expect("there is a thread where there is a stream");
        cameras.spawn_on(attend::attend(stream, world.clone(), config.when, shutdown.clone()), thread);
    }
    shutdown.cancelled().await;
    while let Some(ended) = cameras.join_next().await {
        if let Ok(Err(error)) = ended {
            tracing::error!(%error, "a camera could not be recorded");
        }
    }
    #[cfg(feature = "judge")]
    watch.finish().await;
    recorded.cancel();
    if let Some(mut uplink) = uplink
        && tokio::time::timeout(LAST_WORDS, &mut uplink).await.is_err()
    {
        // What could not be handed over in time lies in the spool, which whoever comes next wants to open.
        uplink.abort();
        let _ = uplink.await;
    }
    Ok(())
}

/// Compares the clocks every second.
async fn keep_wall(wall: Arc<WallKeeper>, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let keeper = wall.clone();
        // A new mapping is written down first.
        if tokio::task::spawn_blocking(move || keeper.check()).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = shutdown.cancelled() => {}
        }
    }
}

/// Looks after the spool's room every second.
async fn keep_room(spool: Arc<Spool>, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let looked_after = spool.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || looked_after.look_after()).await {
            tracing::error!(%error, "the spool's room is not looked after");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = shutdown.cancelled() => {}
        }
    }
}
