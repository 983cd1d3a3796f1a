//! A footage file, taken apart into what its encoder wrote.
//!
//! In: a Matroska or MP4 file of H.264 or H.265, with AAC, G.711 or no sound. Out: [`Footage`], every
//! access unit as it stands in the file, with the moment at which a camera would have sent it.
//! Always: release times never go back within a track, and a unit is never released before the time
//! at which it is shown: a camera cannot send what it has not yet seen.

use std::path::Path;
use std::sync::{Arc, Mutex};

use gstreamer as gst;
use gstreamer::glib;
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
    let tracks = Arc::new(Mutex::new(Vec::new()));
    let (weak, gathered) = (pipeline.downgrade(), Arc::clone(&tracks));
    demux.connect_pad_added(move |_, pad| {
        let Some(pipeline) = weak.upgrade() else { return };
        gather(pad, &gathered);
        // All tracks come from one thread: a sink that waits for its siblings would wait for ever.
        let sink = gst::ElementFactory::make("fakesink").property("sync", false).property("async", false);
        let sink = sink.build().expect("fakesink is in GStreamer's core");
        pipeline.add(&sink).expect("a new element has no parent");
        let into = sink.static_pad("sink").expect("a sink has a sink pad");
        pad.link(&into).expect("a fakesink takes anything");
        sink.sync_state_with_parent().expect("the pipeline is running");
    });
    pipeline.set_state(gst::State::Playing).map_err(|error| failed(file, &error))?;
    let ended = until_end(&pipeline, file);
    pipeline.set_state(gst::State::Null).map_err(|error| failed(file, &error))?;
    ended?;
    let tracks = std::mem::take(&mut *tracks.lock().expect("no one panics while holding the tracks"));
    footage(file, tracks)
}

/// Takes what comes out of a pad. A sink would drop what an edit list hides, and a camera sends that too.
fn gather(pad: &gst::Pad, tracks: &Arc<Mutex<Vec<Track>>>) {
    let mut all = tracks.lock().expect("no one panics while holding the tracks");
    let index = all.len();
    all.push(Track { caps: gst::Caps::new_empty(), units: Vec::new() });
    drop(all);
    let tracks = Arc::clone(tracks);
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        let mut tracks = tracks.lock().expect("no one panics while holding the tracks");
        let track = &mut tracks[index];
        if let (Some(buffer), Some(caps)) = (info.buffer(), pad.current_caps()) {
            track.caps = caps;
            let pts = buffer.pts().unwrap_or_default();
            let end = pts + buffer.duration().unwrap_or_default();
            track.units.push(Unit { buffer: buffer.clone(), pts, release: pts, end });
        }
        gst::PadProbeReturn::Ok
    });
}

fn demuxer(file: &Path) -> &'static str {
    if file.extension().is_some_and(|extension| extension == "mkv") { "matroskademux" } else { "qtdemux" }
}

fn failed(file: &Path, why: &dyn std::fmt::Display) -> glib::Error {
    glib::Error::new(gst::ResourceError::Failed, &format!("footage {}: {why}", file.display()))
}

fn until_end(pipeline: &gst::Pipeline, file: &Path) -> Result<(), glib::Error> {
    let bus = pipeline.bus().expect("a pipeline has a bus");
    loop {
        let message = bus.timed_pop(gst::ClockTime::from_seconds(20)).ok_or_else(|| failed(file, &"did not end in 20 s"))?;
        match message.view() {
            gst::MessageView::Error(error) => return Err(failed(file, &error.error())),
            gst::MessageView::Eos(_) => return Ok(()),
            _ => {}
        }
    }
}

fn footage(file: &Path, mut tracks: Vec<Track>) -> Result<Footage, glib::Error> {
    // Pictures first: that is the order of the streams in the camera's description.
    tracks.sort_by_key(|track| !track.caps.to_string().starts_with("video/"));
    let first = tracks.iter().flat_map(|track| &track.units).map(|unit| unit.pts).min();
    let first = first.ok_or_else(|| failed(file, &"holds nothing"))?;
    for track in &mut tracks {
        let mut release = gst::ClockTime::ZERO;
        for unit in &mut track.units {
            (unit.pts, unit.end) = (unit.pts - first, unit.end - first);
            release = release.max(unit.pts);
            unit.release = release;
        }
    }
    let ends = tracks.iter().flat_map(|track| &track.units).map(|unit| unit.end);
    let period = ends.max().filter(|end| !end.is_zero()).ok_or_else(|| failed(file, &"lasts no time"))?;
    Ok(Footage { tracks, period })
}
