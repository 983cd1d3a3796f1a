//! One device: its clock, its profiles, its addresses.
//!
//! In: where it answered. Out: a [`Device`]. Always: name and password go, as a digest, only to the address
//! that answered; every list that a device gives is cut.

use std::collections::BTreeMap;
use std::net::IpAddr;

use liuhen_proto::Timestamp;
use liuhen_proto::world::{Clock, Randomness};
use url::Url;

use super::http::{Endpoint, HttpError};
use super::probe::{self, Answer};
use super::report::{Device, FoundCamera, FoundStream};
use super::soap::{Asking, CallError, call};
use super::xml::Element;
use super::{Trouble, clean};
use crate::config::Credentials;
use crate::trouble::Failure;

const DEVICE: &str = "http://www.onvif.org/ver10/device/wsdl";
const MEDIA: &str = "http://www.onvif.org/ver10/media/wsdl";
/// What is asked for a stream: RTSP, media to one receiver.
const STREAM_SETUP: &str = "<StreamSetup><Stream xmlns=\"http://www.onvif.org/ver10/schema\">RTP-Unicast</Stream>\
    <Transport xmlns=\"http://www.onvif.org/ver10/schema\"><Protocol>RTSP</Protocol></Transport></StreamSetup>";
/// Profiles that are looked at; an NVR has three a channel.
const MAX_PROFILES: usize = 256;

/// What all devices are asked with.
pub(super) struct Asker<'a> {
    pub(super) credentials: Option<&'a Credentials>,
    pub(super) clock: &'a dyn Clock,
    pub(super) random: &'a dyn Randomness,
}

/// Pictures or sound that a device offers.
#[derive(Debug, Clone)]
struct Profile {
    token: String,
    source: String,
    stream: FoundStream,
}

/// A device whose clock is known.
struct Known<'a> {
    asker: &'a Asker<'a>,
    /// Its clock minus ours.
    offset_us: i64,
}

impl Asker<'_> {
    /// Asks for everything; what does not work stands in the device's trouble.
    pub(super) async fn device(&self, answer: Answer) -> Device {
        let Answer { service, address, name, hardware } = answer;
        let mut device = Device { address, name, model: hardware, clock_offset_secs: None, cameras: Vec::new(), trouble: None };
        let Some(service) = service else {
            device.trouble = Some(Failure::new(Trouble::NoService, "it tells no http:// address".into()));
            return device;
        };
        if let Err(error) = self.fill(&mut device, &service).await {
            device.trouble = Some(failure(&error));
        }
        device
    }

    async fn fill(&self, device: &mut Device, service: &Endpoint) -> Result<(), CallError> {
        let offset_us = self.clock_offset_us(service).await?;
        device.clock_offset_secs = offset_us.map(|us| (us as f64 / 1e6).round() as i64);
        let known = Known { asker: self, offset_us: offset_us.unwrap_or(0) };
        // Many tell it to nobody; it is only a name.
        if let Ok(about) = known.ask(service, DEVICE, "GetDeviceInformation", "").await {
            let told = [about.text_at(&["Manufacturer"]), about.text_at(&["Model"])].into_iter().flatten();
            device.model =
                Some(clean(&told.collect::<Vec<_>>().join(" "))).filter(|text| !text.is_empty()).or(device.model.take());
        }
        let media = known.media(service, device.address).await?;
        let profiles = known.ask(&media, MEDIA, "GetProfiles", "").await?;
        let profiles: Vec<_> = profiles.all("Profiles").take(MAX_PROFILES).filter_map(profile).collect();
        device.cameras = known.cameras(&media, device.address, profiles).await?;
        Ok(())
    }

    /// The device's clock minus ours, to a second; nothing where it tells no time. Nobody need be known for it.
    async fn clock_offset_us(&self, service: &Endpoint) -> Result<Option<i64>, CallError> {
        let before = self.clock.now();
        let asking = Asking { credentials: None, device_now: before, random: self.random };
        let answer = match call(service, DEVICE, "GetSystemDateAndTime", "", &asking).await {
            Ok(answer) => answer,
            Err(error @ CallError::Http(_)) => return Err(error),
            Err(_) => return Ok(None),
        };
        let after = self.clock.now();
        let ours = before.as_micros() + after.since(before).as_micros() / 2;
        // It cuts its seconds off.
        Ok(utc(&answer).map(|at| at.as_micros() + 500_000 - ours))
    }
}

impl Known<'_> {
    async fn ask(&self, endpoint: &Endpoint, namespace: &str, name: &str, inside: &str) -> Result<Element, CallError> {
        let asker = self.asker;
        let device_now = Timestamp::from_micros(asker.clock.now().as_micros().saturating_add(self.offset_us));
        call(endpoint, namespace, name, inside, &Asking { credentials: asker.credentials, device_now, random: asker.random })
            .await
    }

    /// Where its media service is: by its capabilities, else by its list of services, else at the same place.
    async fn media(&self, service: &Endpoint, device: IpAddr) -> Result<Endpoint, CallError> {
        let at = |text: &str| Url::parse(text).ok().filter(|url| url.scheme() == "http").map(|url| probe::endpoint(&url, device));
        match self.ask(service, DEVICE, "GetCapabilities", "<Category>Media</Category>").await {
            Ok(answer) => {
                if let Some(found) = answer.text_at(&["Capabilities", "Media", "XAddr"]).and_then(at) {
                    return Ok(found);
                }
            }
            Err(error @ (CallError::Http(_) | CallError::Unauthorized)) => return Err(error),
            Err(_) => {}
        }
        let services = self.ask(service, DEVICE, "GetServices", "<IncludeCapability>false</IncludeCapability>").await;
        let services = match services {
            Ok(services) => services,
            Err(error @ (CallError::Http(_) | CallError::Unauthorized)) => return Err(error),
            Err(_) => return Ok(service.clone()),
        };
        let found = services.all("Service").find(|service| service.text_at(&["Namespace"]) == Some(MEDIA));
        Ok(found.and_then(|found| found.text_at(&["XAddr"])).and_then(at).unwrap_or_else(|| service.clone()))
    }

    /// One camera for each lens: its largest picture as evidence, its smallest for viewing.
    async fn cameras(&self, media: &Endpoint, device: IpAddr, profiles: Vec<Profile>) -> Result<Vec<FoundCamera>, CallError> {
        let mut lenses: BTreeMap<String, Vec<Profile>> = BTreeMap::new();
        for profile in profiles {
            lenses.entry(profile.source.clone()).or_default().push(profile);
        }
        let mut cameras = Vec::new();
        for mut profiles in lenses.into_values() {
            // Stable, so that of two equals the device's first stays first.
            profiles.sort_by_key(|profile| std::cmp::Reverse(profile.stream.size()));
            let Some(evidence) = profiles.first().cloned() else { continue };
            let smaller = profiles.last().filter(|last| last.stream.size() < evidence.stream.size()).cloned();
            let Some(evidence) = self.stream(media, device, evidence).await? else { continue };
            let viewing = match smaller {
                Some(profile) => self.stream(media, device, profile).await?,
                None => None,
            };
            cameras.push(FoundCamera { evidence, viewing });
        }
        Ok(cameras)
    }

    /// The profile with its address; nothing where the device gives none that is RTSP.
    async fn stream(&self, media: &Endpoint, device: IpAddr, profile: Profile) -> Result<Option<FoundStream>, CallError> {
        let token = super::xml::escaped(&profile.token);
        let inside = format!("{STREAM_SETUP}<ProfileToken>{token}</ProfileToken>");
        let answer = match self.ask(media, MEDIA, "GetStreamUri", &inside).await {
            Ok(answer) => answer,
            Err(error @ (CallError::Http(_) | CallError::Unauthorized)) => return Err(error),
            Err(_) => return Ok(None),
        };
        let url = answer.text_at(&["MediaUri", "Uri"]).and_then(|text| stream_url(text, device));
        Ok(url.map(|url| FoundStream { url, ..profile.stream }))
    }
}

/// The address without credentials, at the device that said it.
fn stream_url(text: &str, device: IpAddr) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    if !matches!(url.scheme(), "rtsp" | "rtsps") || text.len() > 1_000 || url.host_str().is_none() {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let host = if device.is_ipv6() { format!("[{device}]") } else { device.to_string() };
    if url.host_str() != Some(&host) {
        url.set_host(Some(&host)).ok()?;
    }
    Some(url.into())
}

/// A profile with a picture that can be recorded.
fn profile(found: &Element) -> Option<Profile> {
    let video = found.at(&["VideoEncoderConfiguration"])?;
    let codec = clean(video.text_at(&["Encoding"])?);
    if codec.eq_ignore_ascii_case("jpeg") {
        return None;
    }
    let token = found.attribute("token").filter(|token| !token.is_empty() && token.len() <= 200)?;
    let source = found.text_at(&["VideoSourceConfiguration", "SourceToken"]).unwrap_or_default();
    let stream = FoundStream {
        url: String::new(),
        profile: found.text_at(&["Name"]).map_or_else(|| clean(token), clean),
        codec,
        width: video.number_at(&["Resolution", "Width"]).unwrap_or(0),
        height: video.number_at(&["Resolution", "Height"]).unwrap_or(0),
        frame_rate: video.number_at(&["RateControl", "FrameRateLimit"]),
        kilobits: video.number_at(&["RateControl", "BitrateLimit"]),
        key_frame_every: video.number_at(&["H264", "GovLength"]),
        sound: found.text_at(&["AudioEncoderConfiguration", "Encoding"]).map(clean),
    };
    Some(Profile { token: token.to_owned(), source: source.chars().take(200).collect(), stream })
}

/// The time that the device calls UTC.
fn utc(answer: &Element) -> Option<Timestamp> {
    let at = answer.at(&["SystemDateAndTime", "UTCDateTime"])?;
    let number = |path: [&str; 2]| at.number_at(&path);
    let (year, month, day) = (number(["Date", "Year"])?, number(["Date", "Month"])?, number(["Date", "Day"])?);
    let (hour, minute, second) = (number(["Time", "Hour"])?, number(["Time", "Minute"])?, number(["Time", "Second"])?);
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    let since = humantime::parse_rfc3339(&text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_micros(i64::try_from(since.as_micros()).ok()?))
}

fn failure(error: &CallError) -> Failure {
    let trouble = match error {
        CallError::Unauthorized => Trouble::Credentials,
        CallError::Http(HttpError::Connect(_, error)) => Trouble::of_connecting(error),
        CallError::Http(HttpError::Late(_)) => Trouble::NoAnswer,
        CallError::Http(HttpError::Broken(..)) | CallError::Fault { .. } | CallError::Xml(_) => Trouble::NoService,
    };
    Failure::new(trouble, clean(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::{soap, xml};

    #[test]
    fn a_stream_is_at_the_device_and_holds_no_password() {
        let device: IpAddr = "192.168.1.64".parse().unwrap();
        let url = stream_url("rtsp://admin:pw@10.0.0.1:10554/cam?channel=1&subtype=0", device).unwrap();
        assert_eq!(url, "rtsp://192.168.1.64:10554/cam?channel=1&subtype=0");
        assert_eq!(stream_url("http://192.168.1.64/snap", device), None);
        assert_eq!(stream_url("rtsp:///nowhere", device), None);
    }

    #[test]
    fn a_time_that_cannot_be_is_no_time() {
        let time = |month| {
            let text = format!(
                "<R><SystemDateAndTime><UTCDateTime><Time><Hour>9</Hour><Minute>5</Minute><Second>0</Second></Time>\
                 <Date><Year>2026</Year><Month>{month}</Month><Day>22</Day></Date></UTCDateTime></SystemDateAndTime></R>"
            );
            utc(&xml::read(text.as_bytes()).unwrap()).map(soap::rfc3339)
        };
        assert_eq!(time(11).as_deref(), Some("2026-11-22T09:05:00Z"));
        assert_eq!(time(13), None);
    }
}
