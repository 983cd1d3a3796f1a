//! As much of a description as is needed to send what it promises.

use base64::Engine as _;
use bytes::Bytes;

/// What a track carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Codec {
    /// H.264.
    H264,
    /// H.265.
    H265,
    /// AAC in packets after RFC 3640.
    Aac { channels: u16 },
    /// G.711, with the code of silence.
    G711 { silence: u8 },
    /// Something that is not sent here.
    Other,
}

/// A track of a description.
#[derive(Debug, Clone)]
pub(super) struct Medium {
    pub(super) sound: bool,
    pub(super) payload_type: u8,
    pub(super) codec: Codec,
    pub(super) clock_rate: u32,
    pub(super) control: String,
    /// Parameter sets, in the order in which they are sent.
    pub(super) sets: Vec<Bytes>,
}

impl Medium {
    /// All tracks of a description.
    pub(super) fn all(sdp: &str) -> Vec<Self> {
        let mut media: Vec<Vec<&str>> = Vec::new();
        for line in sdp.lines() {
            if line.starts_with("m=") {
                media.push(Vec::new());
            }
            if let Some(medium) = media.last_mut() {
                medium.push(line);
            }
        }
        media.iter().map(|lines| Self::read(lines)).collect()
    }

    fn read(lines: &[&str]) -> Self {
        let mut first = lines[0].trim_start_matches("m=").split_whitespace();
        let sound = first.next() == Some("audio");
        let payload_type = first.nth(2).and_then(|number| number.parse().ok()).unwrap_or(0);
        let attribute = |name: &str| lines.iter().find_map(|line| line.strip_prefix("a=")?.strip_prefix(name)?.strip_prefix(':'));
        let map = attribute("rtpmap").and_then(|map| map.split_once(' ')).map_or("", |(_, map)| map).trim();
        let mut map = map.split('/');
        let encoding = map.next().unwrap_or_default().to_lowercase();
        let clock_rate = map.next().and_then(|rate| rate.parse().ok()).unwrap_or(8_000);
        let channels = map.next().and_then(|channels| channels.parse().ok()).unwrap_or(1);
        let codec = match (encoding.as_str(), payload_type) {
            ("h264", _) => Codec::H264,
            ("h265", _) => Codec::H265,
            ("mpeg4-generic", _) => Codec::Aac { channels },
            ("pcma", _) | ("", 8) => Codec::G711 { silence: 0xd5 },
            ("pcmu", _) | ("", 0) if sound => Codec::G711 { silence: 0xff },
            _ => Codec::Other,
        };
        let sets = sets(attribute("fmtp").unwrap_or_default());
        Self { sound, payload_type, codec, clock_rate, control: attribute("control").unwrap_or("*").into(), sets }
    }
}

fn sets(parameters: &str) -> Vec<Bytes> {
    let of = |name: &str| {
        let value = parameters.split(';').find_map(|pair| pair.trim().split_once(name)?.1.strip_prefix('='));
        let decode = |set: &str| base64::engine::general_purpose::STANDARD.decode(set.trim()).ok();
        // One camera writes a start code behind each set; in band it surely sends the set alone.
        let bare = |set: Vec<u8>| set.strip_suffix(&[0, 0, 0, 1]).map_or_else(|| set.clone(), <[u8]>::to_vec);
        value.into_iter().flat_map(|value| value.split(',')).filter_map(decode).map(bare).map(Bytes::from).collect::<Vec<_>>()
    };
    ["sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets"].into_iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracks_are_read_from_a_description() {
        let sdp = "v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000 \r\n\
                   a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0I=,aM4AAAAB\r\na=control:track1\r\n\
                   m=audio 0 RTP/AVP 8\t \r\na=control:track2\r\n";
        let media = Medium::all(sdp);
        assert_eq!((&media[0].codec, media[0].control.as_str(), media[0].sets.len()), (&Codec::H264, "track1", 2));
        assert_eq!(media[0].sets[1].as_ref(), [0x68, 0xce]);
        assert_eq!((media[1].payload_type, &media[1].codec), (8, &Codec::G711 { silence: 0xd5 }));
    }
}
