//! One track's packets after RFC 3550: H.264 (RFC 6184), H.265 (RFC 7798), AAC-hbr (RFC 3640), G.711.

use bytes::Bytes;

use super::film::{Film, GROUP};
use super::sdp::{Codec, Medium};

/// Milliseconds from one picture to the next.
pub(super) const TICK_MS: u64 = 40;
/// The longest payload that is not cut up.
const WHOLE: usize = 1_200;
/// Samples in a packet of G.711, and in one of AAC.
const G711: u64 = 160;
const AAC: u64 = 1_024;

/// Where a track's packets begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) ssrc: u32,
    pub(super) sequence: u16,
    pub(super) timestamp: u32,
}

/// Makes a track's packets.
#[derive(Debug)]
pub(super) struct Track {
    medium: Medium,
    film: Option<&'static Film>,
    /// Sent before each key frame.
    sets: Vec<Bytes>,
    start: Start,
    packets: u16,
    sounds: u64,
}

impl Track {
    /// Begins; the sets of the description go with each key frame if `in_band`, and those of the film if it has none.
    pub(super) async fn new(medium: Medium, in_band: bool, start: Start) -> anyhow::Result<Self> {
        let film = match medium.codec {
            Codec::H264 => Some(Film::h264().await?),
            Codec::H265 => Some(Film::h265().await?),
            _ => None,
        };
        let sets = match film {
            Some(film) if medium.sets.is_empty() => film.sets.clone(),
            _ if in_band => medium.sets.clone(),
            _ => Vec::new(),
        };
        Ok(Self { medium, film, sets, start, packets: 0, sounds: 0 })
    }

    /// The packets of the moment: a picture, or the sound up to it.
    pub(super) fn tick(&mut self, tick: u64) -> Vec<Vec<u8>> {
        match self.medium.codec {
            Codec::H264 | Codec::H265 => self.picture(tick),
            Codec::G711 { silence } => self.sound(tick, G711, &[silence; G711 as usize]),
            Codec::Aac { channels } => self.sound(tick, AAC, &silent_aac(channels)),
            Codec::Other => Vec::new(),
        }
    }

    fn picture(&mut self, tick: u64) -> Vec<Vec<u8>> {
        let Some(film) = self.film else { return Vec::new() };
        let number = usize::try_from(tick).unwrap_or(0) % GROUP;
        let sets = if number == 0 { self.sets.clone() } else { Vec::new() };
        let payloads: Vec<_> = sets.iter().chain(&film.frames[number]).flat_map(|unit| self.cut_up(unit)).collect();
        let last = payloads.len() - 1;
        let ticks = tick * TICK_MS * u64::from(self.medium.clock_rate) / 1_000;
        payloads.iter().enumerate().map(|(n, payload)| self.packet(payload, ticks, n == last)).collect()
    }

    fn sound(&mut self, tick: u64, samples: u64, payload: &[u8]) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        while self.sounds * samples * 1_000 <= tick * TICK_MS * u64::from(self.medium.clock_rate) {
            packets.push(self.packet(payload, self.sounds * samples, true));
            self.sounds += 1;
        }
        packets
    }

    fn packet(&mut self, payload: &[u8], ticks: u64, mark: bool) -> Vec<u8> {
        // 32 bits of the time are sent, by contract.
        let timestamp = self.start.timestamp.wrapping_add(ticks as u32);
        let mut packet = vec![0x80, self.medium.payload_type | u8::from(mark) << 7];
        packet.extend(self.start.sequence.wrapping_add(self.packets).to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(self.start.ssrc.to_be_bytes());
        packet.extend(payload);
        self.packets = self.packets.wrapping_add(1);
        packet
    }

    /// A unit in one payload, or in fragments.
    fn cut_up(&self, unit: &[u8]) -> Vec<Vec<u8>> {
        if unit.len() <= WHOLE {
            return vec![unit.to_vec()];
        }
        let (header, kind, body) = match self.medium.codec {
            Codec::H265 => (vec![unit[0] & 0x81 | 49 << 1, unit[1]], unit[0] >> 1 & 0x3f, &unit[2..]),
            _ => (vec![unit[0] & 0xe0 | 28], unit[0] & 0x1f, &unit[1..]),
        };
        let last = body.len().div_ceil(WHOLE) - 1;
        let fragment = |(n, part): (usize, &[u8])| {
            let state = u8::from(n == 0) << 7 | u8::from(n == last) << 6;
            [&header[..], &[state | kind], part].concat()
        };
        body.chunks(WHOLE).enumerate().map(fragment).collect()
    }
}

/// One access unit of silence, with the header section of AAC-hbr.
fn silent_aac(channels: u16) -> Vec<u8> {
    let unit: &[u8] = match channels {
        1 => &[0x00, 0xc8, 0x00, 0x80, 0x23, 0x80],
        _ => &[0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80],
    };
    [&[0, 16, 0, (unit.len() << 3) as u8], unit].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn long_units_are_cut_up_and_time_goes_on() {
        let sdp = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 8\r\n";
        let media = Medium::all(sdp);
        let start = Start { ssrc: 7, sequence: 65_535, timestamp: u32::MAX };
        let track = Track::new(media[0].clone(), true, start).await.unwrap();
        let long = [&[0x65][..], &[1; 3_000]].concat();
        let parts = track.cut_up(&long);
        assert_eq!(parts.iter().map(|part| (part[0], part[1])).collect::<Vec<_>>(), [(0x7c, 0x85), (0x7c, 0x05), (0x7c, 0x45)]);
        assert_eq!(parts.iter().map(|part| part.len() - 2).sum::<usize>(), 3_000);
        let mut sound = Track::new(media[1].clone(), true, start).await.unwrap();
        assert_eq!([sound.tick(0).len(), sound.tick(1).len(), sound.tick(2).len()], [1, 2, 2]);
        assert_eq!(sound.tick(3)[0][2..8], [0, 4, 0, 0, 0x03, 0x1f], "number and time go past their ends");
    }
}
