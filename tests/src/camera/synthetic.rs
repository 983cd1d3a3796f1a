//! The pipeline of a synthetic room, in GStreamer's own words.

use super::spec::{Size, Sound, Source};

/// The launch line, or nothing where the source is a file.
pub(super) fn launch(source: &Source) -> Option<String> {
    let Source::Synthetic { label, sound, size: Size { width, height }, fps, gop } = source else { return None };
    // The label stands within quotes of the launch line; these two would end them.
    let label: String = label.chars().filter(|c| !matches!(c, '"' | '\\')).collect();
    // There is something to see everywhere, and it moves: judgement must find nothing wrong with this room.
    let video = format!(
        "videotestsrc is-live=true pattern=checkers-8 horizontal-speed=1 \
         ! video/x-raw,format=I420,width={width},height={height},framerate={fps}/1 \
         ! textoverlay text=\"{label}\" valignment=top halignment=left font-desc=\"Sans 14\" \
         ! clockoverlay valignment=bottom halignment=right time-format=\"%F %T\" font-desc=\"Sans 14\" \
         ! x264enc tune=zerolatency speed-preset=ultrafast threads=1 key-int-max={gop} bitrate=200 \
         ! video/x-h264,profile=constrained-baseline ! rtph264pay name=pay0 pt=96"
    );
    Some(format!("( {video} {} )", audio(*sound)))
}

fn audio(sound: Sound) -> String {
    let source = "audiotestsrc is-live=true wave=ticks volume=0.3 ! audioconvert ! audioresample ! audio/x-raw,channels=1";
    match sound {
        Sound::None => String::new(),
        Sound::Alaw => format!("{source},rate=8000 ! alawenc ! rtppcmapay name=pay1 pt=8"),
        Sound::Mulaw => format!("{source},rate=8000 ! mulawenc ! rtppcmupay name=pay1 pt=0"),
        Sound::Aac => format!("{source},rate=16000 ! avenc_aac bitrate=32000 ! rtpmp4gpay name=pay1 pt=97"),
    }
}
