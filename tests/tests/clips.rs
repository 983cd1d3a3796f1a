//! The clips that other tests rest on are what they say they are.

use liuhen_tests::clips::{self, ClipSound};
use liuhen_tests::elementary;
use liuhen_tests::world::ffmpeg_decodes;

#[test]
fn generated_clips_hold_what_is_hard() {
    let directory = tempfile::tempdir().unwrap();
    for clip in clips::make(directory.path()).unwrap() {
        let file = clip.path.to_str().unwrap();
        let frames = ffmpeg_decodes(file).unwrap().frames;
        let units = elementary::nal_units(file, clip.h265).unwrap();
        assert!(units.len() as u64 >= frames && frames > 60, "{}: {frames} frames, {} units", clip.name, units.len());
        if clip.name == "bframes-aac" {
            assert!(elementary::sei_count(file, false).unwrap() >= 160, "{}", clip.name);
        }
        if matches!(clip.sound, ClipSound::Alaw | ClipSound::Mulaw) {
            let format = if clip.sound == ClipSound::Alaw { "alaw" } else { "mulaw" };
            let codes: std::collections::BTreeSet<u8> = elementary::codes(file, format).unwrap().into_iter().collect();
            assert_eq!(codes.len(), 256, "{}", clip.name);
        }
    }
}
