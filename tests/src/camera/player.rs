//! Plays a footage file into a camera's pipeline, again and again.
//!
//! In: [`Footage`] and the pipeline that the RTSP server made. Out: buffers at the moment of their
//! release, on the pipeline's own running time. Ends when the pipeline does.

use std::sync::Arc;
use std::time::Duration;

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::glib::object::ObjectExt as _;
use gstreamer::prelude::*;

use super::footage::{Footage, Track, Unit};

/// The launch line for a footage file: one appsrc and payloader for each track.
pub(super) fn launch(footage: &Footage) -> Option<String> {
    let mut line = String::from("(");
    for (index, track) in footage.tracks.iter().enumerate() {
        let payloader = payloader(track)?;
        line.push_str(&format!(
            " appsrc name=src{index} is-live=true format=time max-bytes=0 ! {payloader} name=pay{index} pt={}",
            payload_type(payloader, index)
        ));
    }
    line.push_str(" )");
    Some(line)
}

fn payloader(track: &Track) -> Option<&'static str> {
    match track.caps.structure(0)?.name().as_str() {
        "video/x-h264" => Some("rtph264pay"),
        // It takes byte streams only, into which the parser turns what the file holds.
        "video/x-h265" => Some("h265parse ! rtph265pay"),
        "audio/mpeg" => Some("rtpmp4gpay"),
        "audio/x-opus" => Some("rtpopuspay"),
        "audio/x-alaw" => Some("rtppcmapay"),
        "audio/x-mulaw" => Some("rtppcmupay"),
        _ => None,
    }
}

fn payload_type(payloader: &str, index: usize) -> usize {
    match payloader {
        "rtppcmapay" => 8,
        "rtppcmupay" => 0,
        _ => 96 + index,
    }
}

/// Starts the playing thread for a pipeline that has just been made.
pub(super) fn play(footage: Arc<Footage>, pipeline: &gst::Element) {
    let Some(bin) = pipeline.downcast_ref::<gst::Bin>() else { return };
    let sources: Vec<gst::Element> = (0..footage.tracks.len()).filter_map(|index| bin.by_name(&format!("src{index}"))).collect();
    for (source, track) in sources.iter().zip(&footage.tracks) {
        source.set_property("caps", &track.caps);
    }
    let sources = sources.iter().map(|source| source.downgrade()).collect::<Vec<_>>();
    std::thread::spawn(move || run(&footage, &sources));
}

/// All units of a file in the order of their release.
fn schedule(footage: &Footage) -> Vec<(usize, &Unit)> {
    let tracks = footage.tracks.iter().enumerate();
    let mut units: Vec<_> = tracks.flat_map(|(index, track)| track.units.iter().map(move |unit| (index, unit))).collect();
    units.sort_by_key(|(_, unit)| unit.release);
    units
}

/// Nothing is given once the pipeline is gone.
fn run(footage: &Footage, sources: &[glib::WeakRef<gst::Element>]) -> Option<()> {
    let begin = running_time(sources.first()?)?;
    let schedule = schedule(footage);
    for round in 0u64.. {
        let base = begin + footage.period * round;
        for &(index, unit) in &schedule {
            let mut buffer = unit.buffer.copy();
            let times = buffer.make_mut();
            times.set_pts(base + unit.pts);
            times.set_dts(None);
            let now = running_time(&sources[index])?;
            std::thread::sleep((base + unit.release).saturating_sub(now).into());
            push(&sources[index], &buffer)?;
        }
    }
    None
}

/// Running time of the pipeline; waits while it does not run. Before that an element may have a clock and no base
/// time yet, and tells the time since boot.
fn running_time(source: &glib::WeakRef<gst::Element>) -> Option<gst::ClockTime> {
    loop {
        let element = source.upgrade()?;
        if let (gst::State::Playing, Some(now)) = (element.current_state(), element.current_running_time()) {
            return Some(now);
        }
        drop(element);
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Hands a buffer over. While the pipeline changes its state it takes none, and another try is needed.
fn push(source: &glib::WeakRef<gst::Element>, buffer: &gst::Buffer) -> Option<()> {
    while source.upgrade()?.emit_by_name::<gst::FlowReturn>("push-buffer", &[buffer]) != gst::FlowReturn::Ok {
        std::thread::sleep(Duration::from_millis(5));
    }
    Some(())
}
