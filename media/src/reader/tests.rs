use std::sync::LazyLock;

use super::*;
use crate::cutter::Cutter;
use crate::testing::{aac_track, g711_track, h264_track, header_of, run, unit};
use crate::track::{Law, Track};
use crate::writer::write_fragment;
use proptest::prelude::*;

fn fragments(tracks: &[Track]) -> Vec<Vec<u8>> {
    let mut cutter = Cutter::new(tracks).unwrap();
    let mut cuts = Vec::new();
    for i in 0..100i64 {
        let order = [0, 3, 1, 2][i as usize % 4] + i / 4 * 4;
        cuts.extend(cutter.push(unit(1, order * 3_600, i % 48 == 0, vec![i as u8; 60 + i as usize])).unwrap());
        for (track, ticks) in [(2, 1_920), (3, 320)] {
            if tracks.len() >= track as usize {
                cuts.extend(cutter.push(unit(track, i * ticks, true, vec![i as u8; 320])).unwrap());
            }
        }
    }
    cuts.extend(cutter.finish());
    let write = |(i, cut)| write_fragment(&header_of(cut, tracks, run(1), i as u64, 0), cut).to_vec();
    cuts.iter().enumerate().map(write).collect()
}

#[test]
fn what_is_written_reads_back() {
    let tracks = [h264_track(1), aac_track(2), g711_track(3, Law::A)];
    let mut pictures = Vec::new();
    for bytes in fragments(&tracks) {
        let read = read_fragment(&bytes).unwrap();
        for (track, &offset) in read.tracks.iter().zip(&read.decode_time_offsets) {
            let at = offset as usize;
            let time = u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
            assert_eq!(time, track.decode_time as u64);
        }
        let video = read.tracks.iter().find(|track| track.track == 1).unwrap();
        pictures.extend(video.samples.iter().map(|s| bytes[s.offset as usize..][..s.size as usize].to_vec()));
    }
    let sent: Vec<_> = (0..100).map(|i| vec![i as u8; 60 + i]).collect();
    assert_eq!(pictures, sent);
}

#[test]
fn header_and_boxes_must_agree() {
    let tracks = [h264_track(1), aac_track(2)];
    let bytes = &fragments(&tracks)[0];
    let read = read_fragment(bytes).unwrap();
    let own = crate::writer::header_box(&read.header).len();
    let with = |change: fn(&mut FragmentHeader)| {
        let mut header = read.header.clone();
        change(&mut header);
        let mut changed = crate::writer::header_box(&header);
        changed.extend(&bytes[own..]);
        read_fragment(&changed).map(|_| ())
    };
    assert!(with(|_| {}).is_ok());
    assert!(matches!(with(|h| h.tracks[0].samples += 1), Err(MediaError::Disagree { track: 1, .. })));
    assert!(matches!(with(|h| h.tracks[1].media_start += 1), Err(MediaError::Disagree { track: 2, .. })));
    assert!(matches!(with(|h| h.tracks[1].media_end += 1), Err(MediaError::Disagree { .. })));
    assert!(matches!(with(|h| h.starts_with_sync = false), Err(MediaError::Disagree { .. })));
    assert!(matches!(with(|h| drop(h.tracks.pop())), Err(MediaError::TrackMismatch(2))));
    assert!(matches!(with(|h| h.tracks[1].track = 7), Err(MediaError::TrackMismatch(7))));
}

#[test]
fn what_lies_behind_or_is_missing_is_refused() {
    let bytes = &fragments(&[h264_track(1)])[0];
    assert!(read_fragment(&[bytes.as_slice(), &[0, 0, 0, 8, b'f', b'r', b'e', b'e']].concat()).is_err());
    assert!((0..bytes.len()).all(|length| read_fragment(&bytes[..length]).is_err()));
    assert!(matches!(read_fragment(&vec![0; MAX_FRAGMENT_BYTES as usize + 1]), Err(MediaError::TooLarge { .. })));
}

#[test]
fn absurd_numbers_of_samples_take_no_memory() {
    let bytes = fragments(&[h264_track(1)]).remove(0);
    let trun = bytes.windows(4).position(|name| name == b"trun").unwrap();
    for count in [u32::MAX, 1 << 20, 0] {
        let mut changed = bytes.clone();
        changed[trun + 8..trun + 12].copy_from_slice(&count.to_be_bytes());
        assert!(read_fragment(&changed).is_err());
    }
}

/// What another program may write and we do not take is told by the name of its box.
#[test]
fn what_cannot_be_moved_in_time_or_place_is_refused() {
    let bytes = fragments(&[h264_track(1)]).remove(0);
    let at = |name: &[u8]| bytes.windows(4).position(|found| found == name).unwrap() + 4;
    let with = |place: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[place] = value;
        read_fragment(&changed).unwrap_err().to_string()
    };
    assert!(with(at(b"tfdt"), 0).starts_with("box `tfdt`: must be of version 1"));
    assert!(with(at(b"tfhd") + 1, 0).starts_with("box `tfhd`: data must be found from `moof`"));
    // The sign bit of the data offset, and its low byte.
    assert!(with(at(b"trun") + 8, 0x80).contains("lies outside `mdat`"));
    assert!(with(at(b"trun") + 11, 0).contains("lies outside `mdat`"));
}

proptest! {
    #[test]
    fn mutated_bytes_never_panic(changes in prop::collection::vec((0usize..4_000, any::<u8>()), 1..20), cut in 0usize..200) {
        static FRAGMENT: LazyLock<Vec<u8>> =
            LazyLock::new(|| fragments(&[h264_track(1), aac_track(2), g711_track(3, Law::Mu)]).remove(1));
        let mut bytes = FRAGMENT.clone();
        for (at, value) in changes {
            let place = at % bytes.len();
            bytes[place] = value;
        }
        let _ = read_fragment(&bytes);
        bytes.truncate(bytes.len() - cut);
        let _ = read_fragment(&bytes);
    }
}
