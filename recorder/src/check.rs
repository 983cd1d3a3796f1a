//! `liuhen-recorder check`: connects to each camera, records some seconds of each of its streams, and says
//! what it finds, or why not and what to do.
//!
//! In: the configuration. Out: a [`Report`]. In the order data meets them: `watch` sees a stream, `preview`
//! judges its picture and sound with the detectors of the recorder itself, `reach` finds out why there is no
//! stream, `advice` says what could be better, `report` says it to people and programs.
//!
//! Nothing is written to the spool.

mod advice;
mod certificate;
#[cfg(feature = "judge")]
mod preview;
mod reach;
mod report;
#[cfg(test)]
mod tests;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use liuhen_proto::Span;
use liuhen_proto::world::{Clock, SystemClock};

use crate::config::{CameraConfig, Carries, Config, SourceConfig};
use crate::source::{self, Choice, Source, SourceError};
use crate::trouble::{Failure, Trouble};
pub use certificate::CertificateReport;
pub use report::{CameraReport, Found, Preview, Report, StreamReport};
use watch::Watch;

/// How long each stream is recorded.
const RECORD: Span = Span::from_secs(5);
/// A stream whose key frames lie far apart is watched for so long, to tell their distance.
const AT_MOST: Span = Span::from_secs(12);

/// Checks all cameras at once.
pub async fn check(config: &Config) -> Report {
    let tasks: Vec<_> = config.cameras.iter().cloned().map(|camera| tokio::spawn(check_camera(camera))).collect();
    let mut cameras = Vec::with_capacity(tasks.len());
    for (task, camera) in tasks.into_iter().zip(&config.cameras) {
        let panicked = || {
            let failure = Failure::new(Trouble::Unreadable, String::new());
            CameraReport::new(camera, StreamReport::failed(camera.stream_id, &camera.source, failure), None)
        };
        cameras.push(task.await.unwrap_or_else(|_| panicked()));
    }
    let now = SystemClock.now();
    Report { cameras, certificate: CertificateReport::of(config, now) }
}

async fn check_camera(camera: CameraConfig) -> CameraReport {
    let evidence = look(&camera.source, camera.carries);
    let viewing = async {
        let viewing = camera.viewing.as_ref()?;
        let carries = if camera.carries == Carries::PictureAndSound { Carries::Anything } else { camera.carries };
        Some((viewing, look(&viewing.source, carries).await))
    };
    let (evidence, viewing) = tokio::join!(evidence, viewing);
    let evidence = StreamReport::new(camera.stream_id, &camera.source, evidence);
    let viewing = viewing.map(|(viewing, seen)| StreamReport::new(viewing.stream_id, &viewing.source, seen));
    CameraReport::new(&camera, evidence, viewing)
}

/// What was seen of a stream, and what read it; nothing read it where it could not be reached.
type Seen = (Option<Choice>, Result<Found, Failure>);

/// Records a stream for some seconds.
async fn look(config: &SourceConfig, carries: Carries) -> Seen {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut source = match source::open(config, clock.clone()).await {
        Ok(source) => source,
        Err(error) => return (None, Err(reach::why(config, &error).await)),
    };
    let choice = Some(source.choice());
    let mut watch = Watch::new(clock.clone(), carries);
    let found = match record(source.as_mut(), &mut watch, clock.as_ref()).await {
        Ok(()) => watch.found(),
        Err(error) => Err(Failure::new(Trouble::of_source(&error), error.to_string())),
    };
    (choice, found)
}

async fn record(source: &mut dyn Source, watch: &mut Watch, clock: &dyn Clock) -> Result<(), SourceError> {
    let began = clock.boot_now();
    loop {
        let seen = clock.boot_now().since(began);
        if seen >= AT_MOST || (seen >= RECORD && watch.knows_key_distance()) {
            return Ok(());
        }
        let left = Duration::from(Span::from_micros(AT_MOST.as_micros() - seen.as_micros()));
        match tokio::time::timeout(left, source.next()).await {
            Err(_) | Ok(Err(SourceError::Ended)) => return Ok(()),
            Ok(event) => watch.take(event?)?,
        }
    }
}
