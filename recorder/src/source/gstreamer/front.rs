//! What stands at the front of a pipeline, for each kind of source.

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;

use super::words::Words;
use crate::config::{Credentials, Piped, PipedSource};
use crate::source::SourceError;

/// Encoded pictures that cameras at this machine give.
const ENCODED: &str = "video/x-h264;video/x-h265";

/// Builds the front into `pipeline`, and gives the elements whose pads are to be recorded.
pub(super) fn build(config: &PipedSource, pipeline: &gst::Pipeline, words: &Words) -> Result<Vec<gst::Element>, SourceError> {
    let refused = |error: &dyn std::fmt::Display| words.error(&error.to_string(), None);
    if let Piped::Pipeline(text) = &config.kind {
        return written(text.reveal(), pipeline, words);
    }
    let element = element(config).map_err(|error| refused(&error.message))?;
    pipeline.add(&element).map_err(|error| refused(&error.message))?;
    if !matches!(config.kind, Piped::V4l2(_)) {
        return Ok(vec![element]);
    }
    let filter = gst::ElementFactory::make("capsfilter").property_from_str("caps", ENCODED).build();
    let filter = filter.map_err(|error| refused(&error.message))?;
    pipeline.add(&filter).and_then(|()| element.link(&filter)).map_err(|error| refused(&error.message))?;
    Ok(vec![filter])
}

fn element(config: &PipedSource) -> Result<gst::Element, glib::BoolError> {
    let text = |secret: fn(&Credentials) -> &str| config.credentials.as_ref().map(secret);
    let (username, password) = (text(|c| &c.username), text(|c| c.password.reveal()));
    match &config.kind {
        Piped::Rtmp(url) => gst::ElementFactory::make("rtmp2src")
            .property("location", url.as_str())
            .property_if_some("username", username)
            .property_if_some("password", password)
            .property("timeout", 8_u32)
            .build(),
        Piped::Srt(url) => gst::ElementFactory::make("srtsrc")
            .property("uri", url.as_str())
            .property_if_some("streamid", username)
            .property_if_some("passphrase", password)
            // Reconnecting is ours: a new connection is a new run.
            .property("auto-reconnect", false)
            .build(),
        Piped::V4l2(device) => gst::ElementFactory::make("v4l2src").property("device", device.to_string_lossy().as_ref()).build(),
        Piped::Pipeline(_) => Err(glib::bool_error!("a pipeline is no element")),
    }
}

/// The pipeline that the site wrote: its elements named `picture` and `sound`, else all.
fn written(text: &str, pipeline: &gst::Pipeline, words: &Words) -> Result<Vec<gst::Element>, SourceError> {
    let flags = gst::ParseFlags::FATAL_ERRORS;
    let bin = gst::parse::bin_from_description_full(text, false, None, flags);
    let refused = |error: &str| words.error(error, None);
    let bin = bin.map_err(|error| refused(&format!("the pipeline cannot be built: {}", error.message())))?;
    let bin = bin.downcast::<gst::Bin>().map_err(|_| refused("the pipeline is no bin"))?;
    pipeline.add(&bin).map_err(|error| refused(&error.message))?;
    let named: Vec<_> = ["picture", "sound"].into_iter().filter_map(|name| bin.by_name(name)).collect();
    match named.iter().find(|element| element.src_pads().iter().all(|pad| pad.is_linked())) {
        Some(linked) => {
            Err(refused(&format!("the element named {} has no free source pad; let nothing follow it", linked.name())))
        }
        None if named.is_empty() => Ok(bin.children()),
        None => Ok(named),
    }
}
