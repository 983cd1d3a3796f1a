use super::*;
use crate::boxes::BoxReader;
use crate::testing::{aac_track, between, g711_track, h264_track, room, run, store, stream};
use crate::track::{Law, Track};
use proptest::prelude::*;

fn tracks() -> [Track; 2] {
    [h264_track(1), aac_track(2)]
}

/// 16 s, and 6.4 s later 8 s more.
fn two_runs() -> (Vec<Piece>, Vec<Vec<u8>>) {
    [store(&tracks(), run(1), 0, room(400, 100)), store(&tracks(), run(2), 22_400_000, room(200, 50))].into_iter().unzip()
}

/// What a caller does with a plan.
fn read(plan: &Plan, files: &[Vec<u8>], range: Range<u64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for slice in plan.slices(range) {
        match slice {
            Slice::Bytes(more) => bytes.extend_from_slice(&more),
            Slice::Stored { piece, offset_bytes, size_bytes, patches } => {
                let start = bytes.len();
                bytes.extend_from_slice(&files[piece][offset_bytes as usize..][..size_bytes as usize]);
                for patch in patches {
                    bytes[start + patch.at..][..patch.bytes.len()].copy_from_slice(&patch.bytes);
                }
            }
        }
    }
    bytes
}

/// Decode times of a track in the file, in ticks.
fn decode_times(file: &[u8], track: u32) -> Vec<u64> {
    let mut times = Vec::new();
    let mut reader = BoxReader::new(file);
    while let Some(found) = reader.next_box().unwrap() {
        if found.name != *b"moof" {
            continue;
        }
        let mut trafs = found.reader();
        while let Some(traf) = trafs.next_box().unwrap() {
            if traf.name == *b"traf" {
                let mut tfhd = traf.reader().find(*b"tfhd", "tfhd").unwrap().reader();
                tfhd.u32().unwrap();
                if tfhd.u32().unwrap() == track {
                    let mut tfdt = traf.reader().find(*b"tfdt", "tfdt").unwrap().reader();
                    tfdt.u32().unwrap();
                    times.push(tfdt.u64().unwrap());
                }
            }
        }
    }
    times
}

#[test]
fn runs_stand_at_their_wall_clock_time() {
    let (pieces, files) = two_runs();
    let plan = plan(stream(), &pieces, between(5.0, 26.0)).unwrap();
    assert_eq!(plan.interval(), between(4.0, 26.4));
    let file = read(&plan, &files, 0..u64::MAX);
    assert_eq!(file.len() as u64, plan.size_bytes());
    let secs: Vec<_> = decode_times(&file, 1).iter().map(|time| *time as f64 / 90_000.0).collect();
    assert_eq!(secs, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 18.4, 20.4]);
    let sound = decode_times(&file, 2);
    assert!(sound.is_sorted() && sound[0] < 48_000 / 10);
    assert_eq!(sound[6], 184 * 4_800);
}

#[test]
fn every_range_is_that_of_the_whole() {
    let (pieces, files) = two_runs();
    let plan = plan(stream(), &pieces, between(0.0, 60.0)).unwrap();
    let whole = read(&plan, &files, 0..plan.size_bytes());
    for (from, to) in (0..whole.len()).step_by(7).map(|from| (from, from + 1 + from * 13 % 3_000)) {
        let part = read(&plan, &files, from as u64..to as u64);
        assert_eq!(part, whole[from..to.min(whole.len())]);
    }
    assert!(read(&plan, &files, whole.len() as u64..u64::MAX).is_empty());
}

#[test]
fn the_etag_changes_with_the_bytes() {
    let (mut pieces, _) = two_runs();
    let etag = |pieces: &[Piece], to| plan(stream(), pieces, between(0.0, to)).unwrap().etag().to_owned();
    let first = etag(&pieces, 10.0);
    assert_eq!(first, etag(&pieces, 10.0));
    assert!(first.starts_with('"') && first.ends_with('"') && first.len() == 66);
    assert_ne!(first, etag(&pieces, 20.0));
    pieces[0].fragments[0].sha256 = Sha256::of(b"other");
    assert_ne!(first, etag(&pieces, 10.0));
}

#[test]
fn another_configuration_is_told_part_by_part() {
    let (mut pieces, _) = two_runs();
    pieces.push(
        store(
            &[h264_track(1), g711_track(3, Law::A)],
            run(3),
            40_000_000,
            room(50, 50).into_iter().filter(|u| u.track == 1).collect(),
        )
        .0,
    );
    let Err(PlanError::Mixed(parts)) = plan(stream(), &pieces, between(0.0, 60.0)) else { panic!("they differ") };
    let told: Vec<_> = parts.iter().map(|part| (part.run, part.interval, part.codecs.as_str())).collect();
    let expected = [(run(1), between(0.0, 30.4), "avc1.64001f,mp4a.40.2"), (run(3), between(40.0, 42.0), "avc1.64001f,fLaC")];
    assert_eq!(told, expected);
    assert!(plan(stream(), &pieces, parts[0].interval).is_ok());
    assert_eq!(plan(stream(), &pieces, between(100.0, 101.0)).unwrap_err(), PlanError::Nothing);
}

proptest! {
    /// However the clocks of two runs disagree, decode times never go back and sound stays with the picture.
    #[test]
    fn decode_times_never_go_back(after_ms in 1i64..20_000, from in 0.0f64..10.0) {
        let (pieces, files): (Vec<_>, Vec<_>) =
            [store(&tracks(), run(1), 0, room(250, 50)), store(&tracks(), run(2), after_ms * 1_000, room(100, 50))].into_iter().unzip();
        let plan = plan(stream(), &pieces, between(from, 40.0)).unwrap();
        let file = read(&plan, &files, 0..u64::MAX);
        for track in [1, 2] {
            let times = decode_times(&file, track);
            prop_assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
        }
    }
}
