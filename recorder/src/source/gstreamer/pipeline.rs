//! A pipeline from its start to its end.
//!
//! What it reports goes to the mailbox from whichever thread reports it: errors, its end, and that the camera
//! has agreed to play. It is taken down when [`Running`] is dropped, on a thread of its own.

use std::sync::{Arc, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;
use tokio::sync::oneshot;

use super::junction::Junction;
use super::mailbox::Mailbox;
use super::rtspsrc::{self, Shown};
use super::words::Words;
use super::{front, offers_nothing};
use crate::config::{Piped, PipedSource, RtspSource};
use crate::source::{Refusal, SourceError};

/// What is to be connected to.
pub(super) enum Plan {
    /// A camera that speaks RTSP.
    Rtsp(RtspSource),
    /// Anything else.
    Piped(PipedSource),
}

impl Plan {
    /// Knows what must not be told.
    fn words(&self) -> Words {
        let credentials = match self {
            Self::Rtsp(rtsp) => rtsp.credentials.as_ref(),
            Self::Piped(piped) => piped.credentials.as_ref(),
        };
        match self {
            Self::Piped(PipedSource { kind: Piped::Pipeline(text), .. }) => Words::without_those_of(text.reveal()),
            _ => Words::without(credentials.map(|credentials| credentials.password.reveal())),
        }
    }
}

/// A pipeline that runs.
pub(super) struct Running {
    pipeline: gst::Pipeline,
    mailbox: Arc<Mailbox>,
    is_down: bool,
}

impl Running {
    pub(super) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Takes it down, on a thread of its own, and gives what ends when it is down: a camera has been told then.
    pub(super) fn take_down(&mut self) -> oneshot::Receiver<()> {
        let (tell, down) = oneshot::channel();
        if std::mem::replace(&mut self.is_down, true) {
            return down;
        }
        // Who brings a unit waits no more, so that GStreamer's threads can end.
        self.mailbox.close();
        let pipeline = self.pipeline.clone();
        let take_down = move || {
            // It is gone in any case; there is nothing to be done about one that does not come down.
            let _ = pipeline.set_state(gst::State::Null);
            drop(tell);
        };
        if std::thread::Builder::new().name("gst-down".into()).spawn(take_down).is_err() {
            // No thread can be had: then whoever takes it down waits.
            let _ = self.pipeline.set_state(gst::State::Null);
        }
        down
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.take_down());
    }
}

/// Builds and starts it. May wait for the network.
pub(super) fn start(plan: &Plan, junction: &Arc<Junction>) -> Result<Running, SourceError> {
    let words = plan.words();
    let failed = |error: &dyn std::fmt::Display| words.error(&error.to_string(), None);
    gst::init().map_err(|error| failed(&error))?;
    let running = Running { pipeline: gst::Pipeline::new(), mailbox: Arc::clone(&junction.mailbox), is_down: false };
    let (pipeline, shown) = (&running.pipeline, Shown::default());
    let ends = Ends { words: words.clone(), shown: Arc::clone(&shown) };
    listen(pipeline, junction, ends);
    let elements = match plan {
        Plan::Rtsp(config) => {
            let source = rtspsrc::build(config, junction, &shown).map_err(|error| failed(&error.message))?;
            pipeline.add(&source).map_err(|error| failed(&error.message))?;
            vec![source]
        }
        Plan::Piped(config) => front::build(config, pipeline, &words)?,
    };
    elements.iter().for_each(|element| junction.watch(element));
    // The reason of a failure comes over the bus.
    let lives = pipeline.set_state(gst::State::Paused).map_err(|_| failed(&"the pipeline does not start"));
    let lives = junction.mailbox.reason().map_or(lives, Err)?;
    if lives != gst::StateChangeSuccess::NoPreroll && is_stored(pipeline) {
        junction.pace();
    }
    let plays = pipeline.set_state(gst::State::Playing).map_err(|_| failed(&"the pipeline does not start"));
    junction.mailbox.reason().map_or(plays, Err)?;
    Ok(running)
}

/// Whether what is read lies somewhere and does not come by itself.
fn is_stored(pipeline: &gst::Pipeline) -> bool {
    let is_source = |element: &gst::Element| element.element_flags().contains(gst::ElementFlags::SOURCE);
    pipeline.iterate_recurse().into_iter().flatten().filter(is_source).any(|source| {
        source.src_pads().iter().any(|pad| {
            [gst::Format::Bytes, gst::Format::Time].into_iter().any(|format| {
                let mut query = gst::query::Seeking::new(format);
                pad.query(&mut query) && query.result().0
            })
        })
    })
}

/// What is needed to tell why a pipeline ended.
struct Ends {
    words: Words,
    shown: Shown,
}

impl Ends {
    fn error(&self, message: &gst::message::Error, junction: &Junction) -> SourceError {
        let refused = junction.refused();
        if !junction.has_tracks() && !refused.is_empty() {
            return offers_nothing(&refused);
        }
        let error = self.words.of(message);
        if let Some(digest) = *self.shown.lock().unwrap_or_else(PoisonError::into_inner) {
            let advice = format!("if it is the camera's own, write certificate_sha256 = \"{digest}\"");
            let text = format!("the camera's certificate is not one that this machine trusts; {advice} ({error})");
            return SourceError::Refused(Refusal::Certificate, text);
        }
        if junction.mailbox.has_begun() { SourceError::Closed(error.to_string()) } else { error }
    }
}

/// Hears what the pipeline reports, on the thread that reports it.
fn listen(pipeline: &gst::Pipeline, junction: &Arc<Junction>, ends: Ends) {
    let Some(bus) = pipeline.bus() else { return };
    let junction = Arc::downgrade(junction);
    bus.set_sync_handler(move |_, message| {
        if let Some(junction) = junction.upgrade() {
            hear(message, &junction, &ends);
        }
        gst::BusSyncReply::Drop
    });
}

fn hear(message: &gst::Message, junction: &Junction, ends: &Ends) {
    use gst::MessageView;
    let closed = || SourceError::Closed("the camera ended the stream".into());
    match message.view() {
        MessageView::Error(error) => {
            tracing::debug!(error = %ends.words.of(error), "GStreamer reports");
            junction.mailbox.end(ends.error(error, junction));
        }
        MessageView::Eos(_) if junction.is_paced() => junction.mailbox.end(SourceError::Ended),
        MessageView::Eos(_) => junction.mailbox.end(closed()),
        // RTSP is agreed on when PLAY is answered.
        MessageView::Progress(progress) if progress.get().0 == gst::ProgressType::Complete && progress.get().1 == "request" => {
            junction.mailbox.open();
        }
        _ => {}
    }
}
