//! The front of a pipeline for RTSP: over TCP, TLS, or datagrams with a jitter buffer.

use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use liuhen_proto::Sha256;

use super::chain::Chain;
use super::junction::Junction;
use crate::config::{RtspSource, Transport};

/// How long a datagram that was overtaken is waited for. Within one connection nothing is overtaken.
const LATENCY_MS: u32 = 500;
/// How long the camera may take to answer; microseconds.
const ANSWER_US: u64 = 8_000_000;
/// How long datagrams may take to come; microseconds.
const DATAGRAMS_US: u64 = 5_000_000;

/// The certificate that a camera showed and that nobody vouches for.
pub(super) type Shown = Arc<Mutex<Option<Sha256>>>;

/// The element, not in a pipeline yet.
pub(super) fn build(config: &RtspSource, junction: &Arc<Junction>, shown: &Shown) -> Result<gst::Element, glib::BoolError> {
    let (protocols, latency) = match (config.url.scheme(), config.transport) {
        ("rtsps", Transport::Tcp) => ("tcp+tls", 0),
        (_, Transport::Tcp) => ("tcp", 0),
        (_, Transport::Udp) => ("udp", LATENCY_MS),
    };
    let mut source = gst::ElementFactory::make("rtspsrc")
        .property("location", config.url.as_str())
        .property_from_str("protocols", protocols)
        .property("latency", latency)
        .property("do-retransmission", false)
        .property("tcp-timeout", ANSWER_US)
        .property("timeout", DATAGRAMS_US)
        .property("udp-buffer-size", 2_097_152_i32)
        .property("user-agent", "liuhen-recorder")
        .property("add-reference-timestamp-meta", true)
        .property_from_str("ntp-time-source", "ntp");
    if let Some(credentials) = &config.credentials {
        source = source.property("user-id", &credentials.username).property("user-pw", credentials.password.reveal());
    }
    let source = source.build()?;
    choose(&source, junction);
    hear_reports(&source, junction);
    trust(&source, config.certificate, shown);
    Ok(source)
}

/// Asks for the first picture and the first sound that can be recorded, and for nothing else.
fn choose(source: &gst::Element, junction: &Arc<Junction>) {
    let (junction, taken) = (Arc::downgrade(junction), Mutex::new([false; 2]));
    source.connect("select-stream", false, move |values| {
        let chain = Chain::of(values.get(2)?.get::<gst::Caps>().ok()?.as_ref());
        let Some(video) = chain.is_video() else {
            if let Chain::Refused(what) = chain
                && let Some(junction) = junction.upgrade().filter(|_| !what.starts_with("application"))
            {
                tracing::warn!(encoding = what, "not recorded; H.264 or H.265, and AAC, Opus or G.711 can be");
                junction.refuse(what);
            }
            return Some(false.to_value());
        };
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        Some((!std::mem::replace(&mut taken[usize::from(!video)], true)).to_value())
    });
}

/// A camera that sends reports lives, even if frames are rare.
fn hear_reports(source: &gst::Element, junction: &Arc<Junction>) {
    let junction = Arc::downgrade(junction);
    source.connect("new-manager", false, move |values| {
        let manager = values.get(1)?.get::<gst::Element>().ok()?;
        let junction = junction.clone();
        manager.connect("on-ssrc-active", false, move |_| {
            junction.upgrade()?.alive();
            None
        });
        None
    });
}

/// Takes the certificate that the configuration names; others only if an authority of this machine vouches for them.
fn trust(source: &gst::Element, known: Option<Sha256>, shown: &Shown) {
    let shown = Arc::clone(shown);
    // Asked only for certificates that nobody vouches for.
    source.connect("accept-certificate", false, move |values| {
        let certificate = values.get(2)?.get::<glib::Object>().ok()?;
        let digest = Sha256::of(&certificate.property::<Option<glib::ByteArray>>("certificate")?);
        let trusted = known == Some(digest);
        *shown.lock().unwrap_or_else(PoisonError::into_inner) = (!trusted).then_some(digest);
        Some(trusted.to_value())
    });
}
