//! The numbers, in the OpenMetrics text format, which Prometheus reads. Made anew at each call.

use std::fmt::Error;
use std::sync::atomic::AtomicU64;

use liuhen_proto::Span;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::{Camera, Seen};
use crate::camera::Role;

pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Number = Gauge<f64, AtomicU64>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStream {
    stream: String,
    camera: String,
    role: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    stream: String,
    camera: String,
    role: &'static str,
    state: String,
}

pub(super) fn text(seen: &Seen) -> Result<String, Error> {
    let mut registry = Registry::with_prefix("liuhen_recorder");
    cameras(&mut registry, seen);
    spool(&mut registry, seen);
    if let Some(heard) = seen.centre {
        put(&mut registry, "centre_reachable", "1 while the centre is heard", None, f64::from(u8::from(heard)));
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

fn cameras(registry: &mut Registry, seen: &Seen) {
    let (ages, rates, offsets) = <(Family<OfStream, Number>, Family<OfStream, Number>, Family<OfStream, Number>)>::default();
    let states = Family::<InState, Number>::default();
    for camera in &seen.cameras {
        let (stream, name, role) = (camera.status.stream_id.clone(), camera.name.clone(), role(camera));
        let state = camera.status.state().as_str_name().trim_start_matches("CAMERA_STATE_").to_lowercase();
        let of = OfStream { stream: stream.clone(), camera: name.clone(), role };
        states.get_or_create(&InState { stream, camera: name, role, state }).set(1.0);
        rates.get_or_create(&of).set(camera.status.bits_per_second as f64);
        if let Some(age) = camera.age(seen.now) {
            ages.get_or_create(&of).set(age.as_secs_f64());
        }
        if let Some(offset) = camera.status.camera_offset_us {
            offsets.get_or_create(&of).set(Span::from_micros(offset).as_secs_f64());
        }
    }
    registry.register("camera_state", "1 for the state in which the stream is", states);
    let age = "How long ago the stream's last fragment on the disk ended";
    registry.register_with_unit("camera_last_fragment_age", age, Unit::Seconds, ages);
    registry.register("camera_bits_per_second", "Bits a second that reached the disk, over ten seconds", rates);
    let offset = "The camera's own clock minus the recorder's";
    registry.register_with_unit("camera_clock_offset", offset, Unit::Seconds, offsets);
}

fn spool(registry: &mut Registry, seen: &Seen) {
    let spool = &seen.spool;
    let sizes = [
        ("spool_used", "In the spool", spool.used_bytes),
        ("spool_unsealed", "In the spool and not sealed, so never deleted", spool.unsealed_bytes),
        ("spool_backlog", "In the spool and not stored at the centre", spool.backlog_bytes),
        ("spool_quota", "What the spool may take", spool.quota_bytes),
    ];
    for (name, help, bytes) in sizes {
        put(registry, name, help, Some(Unit::Bytes), bytes as f64);
    }
    if let Some(left) = spool.left {
        put(registry, "spool_left", "In how long unsealed footage fills the room", Some(Unit::Seconds), left.as_secs_f64());
    }
    put(registry, "spool_full", "1 while new fragments are refused for lack of room", None, f64::from(u8::from(spool.full)));
}

fn put(registry: &mut Registry, name: &str, help: &str, unit: Option<Unit>, value: f64) {
    let number = Number::default();
    number.set(value);
    match unit {
        Some(unit) => registry.register_with_unit(name, help, unit, number),
        None => registry.register(name, help, number),
    }
}

const fn role(camera: &Camera) -> &'static str {
    match camera.role {
        Role::Evidence => "evidence",
        Role::Viewing => "viewing",
    }
}
