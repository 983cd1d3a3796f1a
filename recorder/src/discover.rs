//! `liuhen-recorder discover`: asks the network for ONVIF cameras, asks each for its streams, and writes
//! lines of configuration.
//!
//! In: where to ask, name and password. Out: a [`Discovery`], and [`lines`] of `recorder.toml`.
//! - Devices are strangers: what they send is bounded, and read as data only; their texts are cleaned.
//! - The password never leaves this machine in clear, and its digest goes only to the address that answered.
//!
//! Not here: whether a stream can really be recorded ([`crate::check`]). IPv6: cameras that answer WS-Discovery
//! do so over IPv4.

mod device;
mod http;
mod lines;
mod probe;
mod report;
mod soap;
mod xml;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use liuhen_proto::world::{Clock, Randomness};

use crate::config::Credentials;
use crate::trouble::Trouble;
use device::Asker;
use http::Endpoint;
pub use lines::{Login, PasswordFrom, lines};
use probe::Answer;
pub use report::{Device, Discovery, FoundCamera, FoundStream};

/// So many devices are asked at once.
const AT_ONCE: usize = 16;
/// Where nearly all devices have their service.
const USUAL_PATH: &str = "/onvif/device_service";

/// Where and how to ask.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Devices that are asked directly, at the port of their ONVIF service; with none, the whole network is asked.
    pub addresses: Vec<SocketAddr>,
    /// Local addresses to ask the network from; with none, all of this machine.
    pub from: Vec<Ipv4Addr>,
    /// Name and password for all devices.
    pub credentials: Option<Credentials>,
    /// How long answers are waited for.
    pub patience: Duration,
    /// Port of WS-Discovery; nothing for the usual one.
    pub discovery_port: Option<u16>,
}

/// Asks. An error where this machine cannot even send.
pub async fn discover(options: &Options, clock: Arc<dyn Clock>, random: Arc<dyn Randomness>) -> io::Result<Discovery> {
    let answers = if options.addresses.is_empty() {
        network(options, random.as_ref()).await?
    } else {
        named(options, random.as_ref()).await
    };
    let asker = Asker { credentials: options.credentials.as_ref(), clock: clock.as_ref(), random: random.as_ref() };
    let asked = futures_util::stream::iter(answers).map(|answer| asker.device(answer)).buffer_unordered(AT_ONCE);
    let mut devices: Vec<Device> = asked.collect().await;
    devices.sort_by_key(|device| device.address);
    Ok(Discovery { devices })
}

/// Everybody who answers on the networks of this machine.
async fn network(options: &Options, random: &dyn Randomness) -> io::Result<Vec<Answer>> {
    let from = if options.from.is_empty() { probe::interfaces() } else { options.from.clone() };
    let to = SocketAddr::from((probe::GROUP, options.discovery_port.unwrap_or(probe::PORT)));
    let asked = from.iter().map(|from| probe::ask(*from, to, options.patience, random));
    let (mut found, mut failed) = (BTreeMap::new(), None);
    for result in futures_util::future::join_all(asked).await {
        match result {
            Ok(answers) => found.extend(answers.into_iter().map(|answer| (answer.address, answer))),
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) if found.is_empty() => Err(error),
        _ => Ok(found.into_values().collect()),
    }
}

/// These devices. One that does not answer WS-Discovery is asked at the usual place all the same.
async fn named(options: &Options, random: &dyn Randomness) -> Vec<Answer> {
    let asked = options.addresses.iter().map(async |address| {
        let to = SocketAddr::new(address.ip(), options.discovery_port.unwrap_or(probe::PORT));
        let usual = Endpoint { address: *address, path: USUAL_PATH.into() };
        let silent = Answer { service: Some(usual), address: address.ip(), name: None, hardware: None };
        if !address.is_ipv4() {
            return silent;
        }
        let answers = probe::ask(Ipv4Addr::UNSPECIFIED, to, options.patience, random).await.unwrap_or_default();
        let of_it = |answer: &Answer| answer.address == address.ip() && answer.service.is_some();
        answers.into_iter().find(of_it).unwrap_or(silent)
    });
    futures_util::future::join_all(asked).await
}

/// A text of a stranger as it may be shown: one line, no control characters, not long.
fn clean(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(120).collect();
    text.trim().to_owned()
}

/// An address as people write it: `192.168.1.64`, `192.168.1.64:8000`.
pub fn parse_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(address);
    }
    let ip: Result<IpAddr, _> = text.parse();
    ip.map(|ip| SocketAddr::new(ip, 80)).map_err(|_| format!("{text:?} is no address; write 192.168.1.64 or 192.168.1.64:8000"))
}
