//! WS-Discovery: a shout into the local network, and who answers.
//!
//! In: where to shout. Out: [`Answer`]s, one a device. Always: nothing is sent but the question; what a device
//! says of its address is used for port and path only, and the address is where its answer came from.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use liuhen_proto::world::Randomness;
use tokio::net::UdpSocket;
use tokio::time::Instant;
use url::Url;

use super::http::Endpoint;
use super::xml::{self, Element};

/// Where devices listen (WS-Discovery 1.0, section 2.4).
pub(super) const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);
pub(super) const PORT: u16 = 3702;
/// Datagrams get lost, so each question is asked again after so long.
const AGAIN: Duration = Duration::from_millis(500);
/// More devices than one network holds.
const MAX_ANSWERS: usize = 2_000;
/// Devices that answer to one of these do not always answer to the other.
const TYPES: [(&str, &str); 2] = [
    ("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter"),
    ("http://www.onvif.org/ver10/device/wsdl", "Device"),
];

/// A device that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// Its device service; nothing where it offers none that we can speak to.
    pub(super) service: Option<Endpoint>,
    pub(super) address: IpAddr,
    /// What it calls itself.
    pub(super) name: Option<String>,
    /// Its model.
    pub(super) hardware: Option<String>,
}

/// Asks from the local address `from`, and gathers answers until `patience` is over.
pub(super) async fn ask(from: Ipv4Addr, to: SocketAddr, patience: Duration, random: &dyn Randomness) -> io::Result<Vec<Answer>> {
    // Bound to an address of an interface, Linux sends to a group through that interface.
    let socket = UdpSocket::bind((from, 0)).await?;
    socket.set_multicast_ttl_v4(1)?;
    let questions: Vec<_> = TYPES.iter().map(|kind| question(kind, random)).collect();
    let (end, mut again) = (Instant::now() + patience, Some(Instant::now()));
    let (mut found, mut buffer) = (BTreeMap::new(), vec![0; 65_536]);
    let mut times = 2;
    while found.len() < MAX_ANSWERS {
        let wake = again.unwrap_or(end).min(end);
        match tokio::time::timeout_at(wake, socket.recv_from(&mut buffer)).await {
            Ok(Ok((length, sender))) => {
                for answer in read(&buffer[..length], sender.ip()) {
                    found.entry((answer.address, answer.service.clone().map(|service| service.path))).or_insert(answer);
                }
            }
            // A host that is there and has no such port tells us so; others may still answer.
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            Ok(Err(error)) => return Err(error),
            Err(_) if Instant::now() >= end => break,
            Err(_) => {
                for question in &questions {
                    socket.send_to(question.as_bytes(), to).await?;
                }
                times -= 1;
                again = (times > 0).then(|| Instant::now() + AGAIN);
            }
        }
    }
    Ok(found.into_values().collect())
}

fn question((namespace, kind): &(&str, &str), random: &dyn Randomness) -> String {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    let hex = liuhen_proto::digest::hex(&bytes);
    let id = format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..]);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"><s:Header>\
         <a:Action s:mustUnderstand=\"1\">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>\
         <a:MessageID>urn:uuid:{id}</a:MessageID>\
         <a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>\
         <a:To s:mustUnderstand=\"1\">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body>\
         <Probe xmlns=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\">\
         <Types xmlns:k=\"{namespace}\">k:{kind}</Types></Probe></s:Body></s:Envelope>"
    )
}

/// What a datagram tells; what is no answer tells nothing.
fn read(datagram: &[u8], sender: IpAddr) -> Vec<Answer> {
    let Ok(envelope) = xml::read(datagram) else { return Vec::new() };
    let Some(matches) = envelope.at(&["Body", "ProbeMatches"]) else { return Vec::new() };
    matches.all("ProbeMatch").take(16).map(|found| answer(found, sender)).collect()
}

fn answer(found: &Element, sender: IpAddr) -> Answer {
    let scopes: Vec<_> = found.text_at(&["Scopes"]).unwrap_or_default().split_whitespace().take(100).collect();
    let scope = |kind: &str| {
        let value = scopes.iter().find_map(|scope| scope.strip_prefix("onvif://www.onvif.org/")?.strip_prefix(kind))?;
        Some(readable(value)).filter(|text| !text.is_empty())
    };
    let addresses = found.text_at(&["XAddrs"]).unwrap_or_default();
    let addresses: Vec<_> = addresses.split_whitespace().take(20).filter_map(|text| Url::parse(text).ok()).collect();
    let plain = || addresses.iter().filter(|url| url.scheme() == "http");
    let sender_text = sender.to_string();
    let best = plain().find(|url| url.host_str() == Some(&sender_text)).or_else(|| plain().next());
    Answer { service: best.map(|url| endpoint(url, sender)), address: sender, name: scope("name/"), hardware: scope("hardware/") }
}

/// Port and path of the address, at the device that said it.
pub(super) fn endpoint(url: &Url, device: IpAddr) -> Endpoint {
    let path = url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    Endpoint { address: SocketAddr::new(device, url.port().unwrap_or(80)), path }
}

/// `%20` and `_` as blanks, no control characters, not long.
fn readable(text: &str) -> String {
    let decoded: String = url::form_urlencoded::parse(format!("a={}", text.replace('&', "%26").replace('+', "%2B")).as_bytes())
        .next()
        .map_or(String::new(), |(_, value)| value.into_owned());
    super::clean(&decoded)
}

/// The addresses of this machine's interfaces, loopback left out; the unspecified one where none is known.
pub(super) fn interfaces() -> Vec<Ipv4Addr> {
    let table = std::fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    let found = local_addresses(&table);
    if found.is_empty() { vec![Ipv4Addr::UNSPECIFIED] } else { found }
}

/// The kernel's table of routes lists an address, and below it what it is.
fn local_addresses(table: &str) -> Vec<Ipv4Addr> {
    let mut last = None;
    let mut all = Vec::new();
    for line in table.lines() {
        let line = line.trim();
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse::<Ipv4Addr>().ok();
        } else if line == "/32 host LOCAL" {
            all.extend(last.filter(|address| !address.is_loopback() && !all.contains(address)));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::SeededRandom;

    #[test]
    fn a_question_is_xml_and_asks_for_one_type() {
        let question = question(&TYPES[0], &SeededRandom::new(1));
        let envelope = xml::read(question.as_bytes()).unwrap();
        assert_eq!(envelope.text_at(&["Body", "Probe", "Types"]), Some("k:NetworkVideoTransmitter"));
        assert_eq!(envelope.text_at(&["Header", "MessageID"]).unwrap().len(), "urn:uuid:".len() + 36);
    }

    #[test]
    fn an_answer_is_believed_in_port_and_path_and_not_in_its_host() {
        let datagram = br#"<e:Envelope><e:Body><d:ProbeMatches><d:ProbeMatch>
            <d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/HIKVISION%20DS-2CD2143G2-I
              onvif://www.onvif.org/hardware/DS-2CD2143G2-I</d:Scopes>
            <d:XAddrs>https://169.254.7.7/onvif/device_service http://169.254.7.7:8899/onvif/device_service</d:XAddrs>
            </d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"#;
        let sender: IpAddr = "192.168.1.64".parse().unwrap();
        let answers = read(datagram, sender);
        let service = Endpoint { address: "192.168.1.64:8899".parse().unwrap(), path: "/onvif/device_service".into() };
        assert_eq!(answers[0].service, Some(service));
        assert_eq!(answers[0].name.as_deref(), Some("HIKVISION DS-2CD2143G2-I"));
        assert!(read(b"hello", sender).is_empty());
    }

    #[test]
    fn addresses_of_interfaces_stand_in_the_kernels_table() {
        let table = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     +-- 192.168.1.0/24 2 0 1\n\
                     |-- 192.168.1.0\n /24 link UNICAST\n |-- 192.168.1.7\n /32 host LOCAL\n |-- 192.168.1.255\n /32 link BROADCAST\n\
                     Local:\n |-- 127.0.0.1\n /32 host LOCAL\n |-- 192.168.1.7\n /32 host LOCAL\n |-- 10.0.0.2\n /32 host LOCAL\n";
        assert_eq!(local_addresses(table), [Ipv4Addr::new(192, 168, 1, 7), Ipv4Addr::new(10, 0, 0, 2)]);
    }
}
