//! Where tracks branch off: what a pipeline gives is led through the right elements to the mailbox.
//!
//! In: source pads, at the beginning or whenever a demuxer adds one. Out: units. The first picture and the
//! first sound are taken; what cannot be recorded is noted and goes nowhere.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_app as app;
use liuhen_proto::world::Clock;

use super::branch::{Branch, Rtp};
use super::chain::Chain;
use super::mailbox::Mailbox;
use super::times::Header;
use crate::source::SourceError;

/// A sign of life is worth telling so often; microseconds.
const ALIVE_EVERY_US: u64 = 250_000;
/// What is refused is told of so many tracks.
const MAX_REFUSED: usize = 8;

#[derive(Debug, Default)]
struct State {
    /// Picture and sound that are taken.
    taken: [bool; 2],
    /// Elements that may still add pads.
    growing: usize,
    refused: Vec<String>,
    sinks: Vec<app::AppSink>,
    paced: bool,
}

/// Where tracks branch off.
pub(super) struct Junction {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) mailbox: Arc<Mailbox>,
    state: Mutex<State>,
    alive_us: AtomicU64,
}

impl Junction {
    pub(super) fn new(clock: Arc<dyn Clock>, mailbox: Arc<Mailbox>) -> Arc<Self> {
        Arc::new(Self { clock, mailbox, state: Mutex::default(), alive_us: AtomicU64::new(0) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No invariant spans two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many tracks are taken, and whether more may come.
    pub(super) fn tally(&self) -> (usize, bool) {
        let state = self.state();
        (state.taken.into_iter().filter(|taken| *taken).count(), state.growing > 0)
    }

    /// What was refused, in some words.
    pub(super) fn refused(&self) -> String {
        self.state().refused.join(", ")
    }

    /// Whether anything came that can be recorded.
    pub(super) fn has_tracks(&self) -> bool {
        self.tally().0 > 0
    }

    /// Frames are given at the time at which they are due, as a file needs it.
    pub(super) fn pace(&self) {
        let mut state = self.state();
        state.paced = true;
        state.sinks.iter().for_each(|sink| sink.set_sync(true));
    }

    pub(super) fn is_paced(&self) -> bool {
        self.state().paced
    }

    /// Notes what is not recorded.
    pub(super) fn refuse(&self, what: String) {
        let mut state = self.state();
        if state.refused.len() < MAX_REFUSED && !state.refused.contains(&what) {
            state.refused.push(what);
        }
    }

    /// Tells that something came, not more often than needed.
    pub(super) fn alive(&self) {
        let now = self.clock.boot_now().as_micros();
        if now.saturating_sub(self.alive_us.load(Ordering::Relaxed)) >= ALIVE_EVERY_US {
            self.alive_us.store(now, Ordering::Relaxed);
            self.mailbox.alive();
        }
    }

    /// Takes what an element gives: its free pads, and those that it adds.
    pub(super) fn watch(self: &Arc<Self>, element: &gst::Element) {
        let grows = element
            .pad_template_list()
            .iter()
            .any(|template| template.direction() == gst::PadDirection::Src && template.presence() == gst::PadPresence::Sometimes);
        if grows {
            self.state().growing += 1;
            let junction = Arc::downgrade(self);
            element.connect_pad_added(move |_, pad| {
                if let Some(junction) =
                    junction.upgrade().filter(|_| pad.direction() == gst::PadDirection::Src && !pad.is_linked())
                {
                    junction.attach(pad);
                }
            });
            let (junction, once) = (Arc::downgrade(self), AtomicU64::new(1));
            element.connect_no_more_pads(move |_| {
                if let Some(junction) = junction.upgrade().filter(|_| once.swap(0, Ordering::Relaxed) == 1) {
                    junction.state().growing -= 1;
                }
            });
        }
        element.src_pads().iter().filter(|pad| !pad.is_linked()).for_each(|pad| self.attach(pad));
    }

    /// Leads a pad to the mailbox.
    pub(super) fn attach(self: &Arc<Self>, pad: &gst::Pad) {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        if let Err(error) = self.lead(pad, &caps) {
            let text = format!("GStreamer cannot read it: {}; is the plugin installed?", error.message);
            self.mailbox.end(SourceError::Unreachable(text));
        }
    }

    fn lead(self: &Arc<Self>, pad: &gst::Pad, caps: &gst::Caps) -> Result<(), glib::BoolError> {
        match Chain::of(caps) {
            Chain::Frames { video, elements, form } if !std::mem::replace(&mut self.state().taken[usize::from(!video)], true) => {
                let rtp = self.listen(pad, caps);
                append(pad, elements, &self.sink(rtp, form)?)
            }
            Chain::Frames { .. } => append(pad, &[], &nowhere()?),
            Chain::Container(elements) => {
                let (last, before) = elements.split_last().ok_or_else(|| glib::bool_error!("no demuxer"))?;
                if last.starts_with("ts") {
                    forget_arrivals(pad);
                }
                let demuxer = gst::ElementFactory::make(last).build()?;
                self.watch(&demuxer);
                append(pad, before, &demuxer)
            }
            Chain::Unknown => {
                let finder = gst::ElementFactory::make("typefind").build()?;
                self.state().growing += 1;
                let junction = Arc::downgrade(self);
                finder.connect("have-type", false, move |values| {
                    let finder = values.first()?.get::<gst::Element>().ok()?;
                    let (junction, pad) = (junction.upgrade()?, finder.static_pad("src")?);
                    if !pad.is_linked() {
                        let caps = values.get(2)?.get::<gst::Caps>().ok()?;
                        if let Err(error) = junction.lead(&pad, &caps) {
                            junction
                                .mailbox
                                .end(SourceError::Unreachable(format!("GStreamer cannot read it: {}", error.message)));
                        }
                        junction.state().growing -= 1;
                    }
                    None
                });
                append(pad, &[], &finder)
            }
            Chain::Refused(what) => {
                tracing::warn!(encoding = what, "not recorded; H.264 or H.265, and AAC, Opus or G.711 can be");
                self.refuse(what);
                append(pad, &[], &nowhere()?)
            }
        }
    }

    /// Where frames of this form end.
    fn sink(self: &Arc<Self>, rtp: Option<Rtp>, form: &str) -> Result<gst::Element, glib::BoolError> {
        let mut branch = Branch::new(self.clock.clone(), self.mailbox.clone(), rtp);
        let form: gst::Caps = form.parse()?;
        let mut state = self.state();
        let sink = app::AppSink::builder().caps(&form).sync(state.paced).async_(false).max_buffers(4).build();
        sink.set_property("enable-last-sample", false);
        // What lies before the beginning of a segment is not shown; it is recorded all the same.
        sink.set_drop_out_of_segment(false);
        let take = move |sink: &app::AppSink| branch.take(&sink.pull_sample().map_err(|_| gst::FlowError::Eos)?);
        sink.set_callbacks(app::AppSinkCallbacks::builder().new_sample(take).build());
        state.sinks.push(sink.clone());
        Ok(sink.upcast())
    }

    /// Listens to what passes a pad: it is a sign of life, and RTP tells its times.
    fn listen(self: &Arc<Self>, pad: &gst::Pad, caps: &gst::CapsRef) -> Option<Rtp> {
        let caps = caps.structure(0).filter(|caps| caps.name() == "application/x-rtp");
        let clock_rate = caps.and_then(|caps| u32::try_from(caps.get::<i32>("clock-rate").ok()?).ok());
        let rtp = clock_rate.filter(|rate| *rate > 0).map(|clock_rate| Rtp { times: Arc::default(), clock_rate });
        let (junction, heard) = (Arc::downgrade(self), rtp.clone());
        pad.add_probe(gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST, move |_, info| {
            if let Some(junction) = junction.upgrade() {
                junction.alive();
            }
            let Some(rtp) = &heard else { return gst::PadProbeReturn::Ok };
            match &info.data {
                Some(gst::PadProbeData::Buffer(buffer)) => packet(rtp, buffer),
                Some(gst::PadProbeData::BufferList(list)) => list.iter().for_each(|buffer| packet(rtp, buffer)),
                _ => {}
            }
            gst::PadProbeReturn::Ok
        });
        rtp
    }
}

fn packet(rtp: &Rtp, buffer: &gst::BufferRef) {
    let mut head = [0; 12];
    if buffer.copy_to_slice(0, &mut head).is_err() {
        return;
    }
    let Some(header) = Header::read(head) else { return };
    let metas = buffer.iter_meta::<gst::ReferenceTimestampMeta>();
    let is_ntp = |caps: &gst::CapsRef| caps.structure(0).is_some_and(|caps| caps.name() == "timestamp/x-ntp");
    let ntp = metas.filter(|meta| is_ntp(meta.reference())).map(|meta| meta.timestamp().nseconds()).last();
    rtp.with(|times| times.packet(header, buffer.pts(), ntp));
}

/// A transport stream has a clock of its own. A demuxer that knew when its bytes arrived would bend it to that: it
/// is told that they come from a file.
fn forget_arrivals(pad: &gst::Pad) {
    pad.add_probe(gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM, |_, info| {
        match &mut info.data {
            Some(gst::PadProbeData::Buffer(buffer)) => {
                let buffer = buffer.make_mut();
                buffer.set_pts(None);
                buffer.set_dts(None);
            }
            Some(gst::PadProbeData::Event(event)) if event.type_() == gst::EventType::Segment => {
                *event = gst::event::Segment::new(&gst::FormattedSegment::<gst::format::Bytes>::new());
            }
            _ => {}
        }
        gst::PadProbeReturn::Ok
    });
}

fn nowhere() -> Result<gst::Element, glib::BoolError> {
    gst::ElementFactory::make("fakesink").property("sync", false).property("async", false).build()
}

/// Puts elements and `last` behind a pad, beside the pad's own element, and lets them run.
fn append(pad: &gst::Pad, elements: &[&str], last: &gst::Element) -> Result<(), glib::BoolError> {
    let beside = pad.parent_element().and_then(|element| element.parent()).and_downcast::<gst::Bin>();
    let bin = beside.ok_or_else(|| glib::bool_error!("a pad without a pipeline"))?;
    let elements = elements.iter().map(|name| gst::ElementFactory::make(name).build()).collect::<Result<Vec<_>, _>>()?;
    let chain: Vec<&gst::Element> = elements.iter().chain([last]).collect();
    bin.add_many(chain.iter().copied())?;
    gst::Element::link_many(chain.iter().copied())?;
    chain.iter().rev().try_for_each(|element| element.sync_state_with_parent())?;
    let into = chain[0].static_pad("sink").ok_or_else(|| glib::bool_error!("{} takes nothing", chain[0].name()))?;
    pad.link(&into).map_err(|error| glib::bool_error!("{} does not fit: {error}", chain[0].name()))?;
    Ok(())
}
