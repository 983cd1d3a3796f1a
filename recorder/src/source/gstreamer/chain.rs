//! What has to stand behind a pad, so that frames come out: depayloader, parser or demuxer, by the caps.

use gstreamer as gst;

/// What a pad gives, and what is to be done with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chain {
    /// Pictures or sound that can be recorded.
    Frames {
        /// Whether it is the picture.
        video: bool,
        /// Elements, the first one next to the pad.
        elements: &'static [&'static str],
        /// The form in which frames come out.
        form: &'static str,
    },
    /// A container: what comes out of its demuxer is looked at again.
    Container(&'static [&'static str]),
    /// Not known before the first bytes.
    Unknown,
    /// What is not recorded.
    Refused(String),
}

const AVC: &str = "video/x-h264,stream-format=avc,alignment=au";
const HVC: &str = "video/x-h265,stream-format=hvc1,alignment=au";
const AAC: &str = "audio/mpeg,mpegversion={2,4},stream-format=raw";

const fn video(elements: &'static [&'static str], form: &'static str) -> Chain {
    Chain::Frames { video: true, elements, form }
}

const fn audio(elements: &'static [&'static str], form: &'static str) -> Chain {
    Chain::Frames { video: false, elements, form }
}

impl Chain {
    /// For what these caps say.
    pub(super) fn of(caps: &gst::CapsRef) -> Self {
        let Some(first) = caps.structure(0).filter(|_| !caps.is_any()) else { return Self::Unknown };
        if caps.iter().any(|other| other.name() != first.name()) {
            return Self::Unknown;
        }
        let version = first.get::<i32>("mpegversion").ok();
        match first.name().as_str() {
            // So they are called before the camera has agreed to send them.
            "application/x-rtp" | "application/x-unknown" => rtp(first),
            "video/x-h264" => video(&["h264parse"], AVC),
            "video/x-h265" => video(&["h265parse"], HVC),
            "audio/mpeg" if version != Some(1) => audio(&["aacparse"], AAC),
            "audio/x-opus" => audio(&[], "audio/x-opus,channel-mapping-family=0"),
            "audio/x-alaw" => audio(&[], "audio/x-alaw"),
            "audio/x-mulaw" => audio(&[], "audio/x-mulaw"),
            "video/mpegts" => Self::Container(&["tsdemux"]),
            "video/mpeg" if first.get::<bool>("systemstream") == Ok(true) => Self::Container(&["mpegpsdemux"]),
            "video/x-flv" => Self::Container(&["flvdemux"]),
            "video/quicktime" => Self::Container(&["qtdemux"]),
            "video/x-matroska" | "video/webm" => Self::Container(&["matroskademux"]),
            "audio/mpeg" => Self::Refused("audio/mpeg, layer 1 to 3".into()),
            other => Self::Refused(other.to_owned()),
        }
    }

    /// Whether it is sound or picture that could be recorded, for what is chosen before its data come.
    pub(super) const fn is_video(&self) -> Option<bool> {
        match self {
            Self::Frames { video, .. } => Some(*video),
            Self::Container(_) => Some(true),
            _ => None,
        }
    }
}

fn rtp(caps: &gst::StructureRef) -> Chain {
    let text = |field: &str| caps.get::<&str>(field).unwrap_or_default();
    let encoding = text("encoding-name").to_ascii_uppercase();
    match (encoding.as_str(), caps.get::<i32>("payload")) {
        ("H264", _) => video(&["rtph264depay", "h264parse"], AVC),
        ("H265", _) => video(&["rtph265depay", "h265parse"], HVC),
        // Without its mode nobody can take its packets apart.
        ("MPEG4-GENERIC", _) if caps.has_field("mode") => audio(&["rtpmp4gdepay", "aacparse"], AAC),
        ("MP4A-LATM", _) => audio(&["rtpmp4adepay", "aacparse"], AAC),
        ("OPUS", _) => audio(&["rtpopusdepay"], "audio/x-opus"),
        ("PCMA", _) | ("", Ok(8)) => audio(&["rtppcmadepay"], "audio/x-alaw"),
        ("PCMU", _) | ("", Ok(0)) => audio(&["rtppcmudepay"], "audio/x-mulaw"),
        ("MP2T", _) | ("", Ok(33)) => Chain::Container(&["rtpmp2tdepay", "tsdemux"]),
        // Static payload types have no name where the camera gives them none.
        ("", Ok(payload)) => Chain::Refused(format!("{}/payload type {payload}", text("media"))),
        _ => Chain::Refused(format!("{}/{encoding:.40}", text("media"))),
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    fn of(text: &str) -> Chain {
        gst::init().expect("GStreamer is there");
        Chain::of(gst::Caps::from_str(text).expect("caps").as_ref())
    }

    #[test]
    fn caps_decide() {
        assert_eq!(of("application/x-rtp,media=video,encoding-name=H264"), video(&["rtph264depay", "h264parse"], AVC));
        assert_eq!(of("application/x-rtp,media=audio,payload=8"), audio(&["rtppcmadepay"], "audio/x-alaw"));
        assert_eq!(of("video/mpeg,systemstream=true,mpegversion=2"), Chain::Container(&["mpegpsdemux"]));
        assert_eq!(of("video/x-h264;video/x-h265"), Chain::Unknown);
        assert_eq!(of("ANY"), Chain::Unknown);
        assert_eq!(of("video/x-raw"), Chain::Refused("video/x-raw".into()));
        assert_eq!(of("application/x-rtp,media=video,encoding-name=JPEG"), Chain::Refused("video/JPEG".into()));
        assert_eq!(of("application/x-rtp,media=video,payload=26"), Chain::Refused("video/payload type 26".into()));
        let generic = "application/x-rtp,media=audio,encoding-name=MPEG4-GENERIC";
        assert_eq!(of(&format!("{generic},mode=AAC-hbr")), audio(&["rtpmp4gdepay", "aacparse"], AAC));
        assert_eq!(of(generic), Chain::Refused("audio/MPEG4-GENERIC".into()));
        assert!(matches!(of("audio/mpeg,mpegversion=1"), Chain::Refused(_)));
    }
}
