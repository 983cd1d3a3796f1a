use std::path::Path;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::mp4_file::Mp4File;
use crate::track::Track;

/// The first key frame of the clip that lies with the tests: 64 × 48, limited range.
fn tiny() -> (Track, Bytes) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clips/tiny.mp4");
    let mut file = Mp4File::open(&path).unwrap();
    let track = file.tracks()[0].clone();
    loop {
        let unit = file.next_unit().unwrap().unwrap();
        if unit.track == track.id && unit.sync {
            return (track, unit.data);
        }
    }
}

fn tiny_picture() -> Picture {
    let (track, sample) = tiny();
    PictureDecoder::new(&track.entry).unwrap().key_frame(&sample).unwrap().unwrap()
}

#[test]
fn a_key_frame_becomes_a_picture_and_its_still_looks_the_same() {
    let picture = tiny_picture();
    assert!(!picture.damaged());
    let luma = picture.luma(picture.width() / 2, picture.height() / 2);
    assert!(luma.pixels.iter().max() > luma.pixels.iter().min(), "there is something on it");
    let jpeg = picture.jpeg(1_920, 90).unwrap();
    assert!(jpeg.len() <= MAX_JPEG_BYTES);
    let again = Luma::from_jpeg(&jpeg, luma.width, luma.height).unwrap();
    let difference: u64 = luma.pixels.iter().zip(&again.pixels).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    assert!(difference < 3 * luma.pixels.len() as u64, "the range is the same: {difference} of {}", luma.pixels.len());
}

#[test]
fn what_came_before_changes_no_picture() {
    let (track, sample) = tiny();
    let alone = tiny_picture().luma(32, 24);
    let mut decoder = PictureDecoder::new(&track.entry).unwrap();
    for damaged in [0, 7, sample.len() / 3, sample.len() / 2, sample.len() - 1] {
        let mut bytes = sample[..damaged.max(5)].to_vec();
        bytes.resize(sample.len(), 0x5a);
        let _ = decoder.key_frame(&bytes);
        let again = decoder.key_frame(&sample).unwrap().unwrap();
        assert!(!again.damaged());
        assert_eq!(again.luma(32, 24), alone, "after one damaged at {damaged}");
    }
}

#[test]
fn stills_are_as_wide_as_asked_and_coarser_quality_is_smaller() {
    let picture = tiny_picture();
    let [fine, coarse, narrow] =
        [(1_920, 95), (1_920, 10), (32, 95)].map(|(width, quality)| picture.jpeg(width, quality).unwrap());
    assert!(coarse.len() < fine.len() && narrow.len() < fine.len());
    for (jpeg, width) in [(&fine, picture.width()), (&narrow, 32)] {
        let mut decoder = Decoder::open(CodecId::AV_CODEC_ID_MJPEG, &[]).unwrap();
        decoder.push(jpeg).unwrap();
        decoder.finish().unwrap();
        assert_eq!(decoder.frame().unwrap().unwrap().width(), width);
    }
}

#[test]
fn luma_may_have_any_size() {
    let picture = tiny_picture();
    for (width, height) in [(1, 1), (7, 1_000), (8_192, 2)] {
        assert_eq!(picture.luma(width, height).pixels.len(), (width * height) as usize);
    }
    assert_eq!(picture.luma(0, 0), picture.luma(1, 1), "no side is 0");
}

#[test]
fn what_is_no_picture_is_refused() {
    let (track, sample) = tiny();
    let mut decoder = PictureDecoder::new(&track.entry).unwrap();
    for bytes in [&[][..], &[0; 5], &[0xff; 3_000], &sample[..5], &vec![0; 7 << 20]] {
        assert!(!matches!(decoder.key_frame(bytes), Ok(Some(_))), "{} bytes", bytes.len());
    }
    assert!(decoder.key_frame(&sample).unwrap().is_some(), "it goes on after errors");
    let SampleEntry::H264 { config, .. } = track.entry else { panic!("H.264") };
    assert!(PictureDecoder::new(&SampleEntry::H264 { config, width: 8_193, height: 16 }).is_err());
    for jpeg in [&b""[..], b"\xff\xd8\xff", b"GIF89a", &vec![0xff; 5 << 20]] {
        assert!(Luma::from_jpeg(jpeg, 320, 180).is_err());
    }
}

#[test]
fn a_jpeg_that_claims_to_be_larger_than_8k_is_refused_before_memory_is_taken() {
    let mut jpeg = tiny_picture().jpeg(320, 50).unwrap();
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xf0, 0xff, 0xf0]);
    assert!(Luma::from_jpeg(&jpeg, 320, 180).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn mutated_pictures_never_panic(changes in prop::collection::vec((0usize..100_000, any::<u8>()), 1..20), keep in 0usize..100_000) {
        let (track, sample) = tiny();
        let SampleEntry::H264 { config, width, height } = track.entry else { panic!("H.264") };
        let (mut bytes, mut record) = (sample.to_vec(), config.to_vec());
        for &(at, value) in &changes {
            let place = at % (bytes.len() + record.len());
            match place.checked_sub(bytes.len()) {
                Some(place) => record[place] = value,
                None => bytes[place] = value,
            }
        }
        bytes.truncate(1 + keep % bytes.len());
        let mut decoder = PictureDecoder::new(&SampleEntry::H264 { config: record.into(), width, height }).unwrap();
        if let Ok(Some(picture)) = decoder.key_frame(&bytes) {
            let _ = picture.luma(32, 18);
            let _ = picture.jpeg(64, 50);
        }
    }

    #[test]
    fn mutated_jpegs_never_panic(changes in prop::collection::vec((0usize..10_000, any::<u8>()), 1..20)) {
        let mut jpeg = tiny_picture().jpeg(64, 50).unwrap();
        for (at, value) in changes {
            let place = 3 + at % (jpeg.len() - 3);
            jpeg[place] = value;
        }
        let _ = Luma::from_jpeg(&jpeg, 32, 18);
    }
}
