//! A footage file, taken apart into what its encoder wrote.
//!
//! In: a Matroska or MP4 file of H.264 or H.265, with AAC, G.711 or no sound. Out: [`Footage`], every
//! access unit as it stands in the file, with the moment at which a camera would have sent it.
//! Always: release times never go back within a track, and a unit is never released before the time
//! at which it is shown: a camera cannot send what it has not yet seen.

use std::path::Path;

use gstreamer as gst;
use gstreamer::glib::{self, object::ObjectExt as _};
use gstreamer::prelude::*;

/// A file in memory.
pub(super) struct Footage {
    pub(super) tracks: Vec<Track>,
    /// After this long the file begins again.
    pub(super) period: gst::ClockTime,
}

/// Pictures or sound of a file.
pub(super) struct Track {
    pub(super) caps: gst::Caps,
    pub(super) units: Vec<Unit>,
}

/// What the encoder wrote for one moment.
pub(super) struct Unit {
    pub(super) buffer: gst::Buffer,
    pub(super) pts: gst::ClockTime,
    /// When a camera would have sent it.
    pub(super) release: gst::ClockTime,
    end: gst::ClockTime,
}

/// Reads a file whole. It is some megabytes.
pub(super) fn load(file: &Path) -> Result<Footage, glib::Error> {
    let pipeline = gst::Pipeline::new();
    let make = |name: &str| gst::ElementFactory::make(name).build().map_err(|error| failed(file, &error));
    let (source, demux) = (make("filesrc")?, make(demuxer(file))?);
    source.set_property("location", file.to_str().ok_or_else(|| failed(file, &"its name is not text"))?);
    pipeline.add_many([&source, &demux]).and_then(|()| source.link(&demux)).map_err(|error| failed(file, &error))?;
    let weak = pipeline.downgrade();
    demux.connect_pad_added(move |_, pad| {
        let Some(pipeline) = weak.upgrade() else { return };
        // All tracks come from one thread: a sink that waits for its siblings would wait for ever.
        let sink = gst::ElementFactory::make("appsink").property("sync", false).property("async", false);
        let sink = sink.property("wait-on-eos", false).build().expect("appsink is in plugins-base");
        pipeline.add(&sink).expect("a new element has no parent");
        let into = sink.static_pad("sink").expect("an appsink has a sink");
        pad.link(&into).expect("an appsink takes anything");
        sink.sync_state_with_parent().expect("the pipeline is running");
    });
    pipeline.set_state(gst::State::Playing).map_err(|error| failed(file, &error))?;
    let read = read_all(&pipeline, file);
    pipeline.set_state(gst::State::Null).map_err(|error| failed(file, &error))?;
    footage(file, read?)
}

fn demuxer(file: &Path) -> &'static str {
    if file.extension().is_some_and(|extension| extension == "mkv") { "matroskademux" } else { "qtdemux" }
}

fn failed(file: &Path, why: &dyn std::fmt::Display) -> glib::Error {
    glib::Error::new(gst::ResourceError::Failed, &format!("footage {}: {why}", file.display()))
}

fn read_all(pipeline: &gst::Pipeline, file: &Path) -> Result<Vec<Track>, glib::Error> {
    let bus = pipeline.bus().expect("a pipeline has a bus");
    // With nothing downstream of the sinks, their queues hold the file until it has ended.
    loop {
        let message = bus.timed_pop(gst::ClockTime::from_seconds(20)).ok_or_else(|| failed(file, &"did not end in 20 s"))?;
        match message.view() {
            gst::MessageView::Error(error) => return Err(failed(file, &error.error())),
            gst::MessageView::Eos(_) => break,
            _ => {}
        }
    }
    let sinks = pipeline.iterate_sinks().into_iter().flatten();
    Ok(sinks.filter_map(|sink| track(&sink)).collect())
}

fn track(sink: &gst::Element) -> Option<Track> {
    let mut caps = None;
    let mut units: Vec<Unit> = Vec::new();
    let mut release = gst::ClockTime::ZERO;
    while let Some(sample) = sink.emit_by_name::<Option<gst::Sample>>("try-pull-sample", &[&0u64]) {
        caps = caps.or_else(|| sample.caps_owned());
        let buffer = sample.buffer_owned()?;
        let pts = sample.segment()?.downcast_ref::<gst::ClockTime>()?.to_running_time(buffer.pts()?)?;
        release = release.max(pts);
        units.push(Unit { end: pts + buffer.duration().unwrap_or_default(), buffer, pts, release });
    }
    Some(Track { caps: caps?, units })
}

fn footage(file: &Path, mut tracks: Vec<Track>) -> Result<Footage, glib::Error> {
    // Pictures first: that is the order of the streams in the camera's description.
    tracks.sort_by_key(|track| !track.caps.to_string().starts_with("video/"));
    let ends = tracks.iter().flat_map(|track| &track.units).map(|unit| unit.end);
    let period = ends.max().filter(|end| !end.is_zero()).ok_or_else(|| failed(file, &"holds nothing"))?;
    Ok(Footage { tracks, period })
}
