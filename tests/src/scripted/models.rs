//! The models whose replies we have, and what is odd about each.
//!
//! Always: every file of `tests/footage/sdp` stands in exactly the models that replay it, and none is left out
//! (`tests/tests/cameras.rs` holds it). Not here: what the recorder makes of a model; that is what is tested.

use anyhow::Result;

use super::message::Reply;

/// A file of `tests/footage/sdp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// Its content.
    pub text: &'static str,
}

/// How a model describes itself.
#[derive(Debug, Clone, Copy)]
enum Description {
    /// By a whole reply.
    Reply(File),
    /// By a body, whose head is not known.
    Body(File),
    /// Not known: only other replies of it are. This is put in their place.
    Unknown(&'static str),
}

/// A model.
#[derive(Debug, Clone)]
pub struct Model {
    /// Maker and, where known, model.
    pub name: &'static str,
    /// What is odd about it.
    pub odd: &'static str,
    description: Description,
    options: Option<File>,
    setups: &'static [File],
    play: Option<File>,
    teardown: Option<File>,
    /// Its 401.
    pub unauthorized: Option<File>,
    /// Whether it sends its parameter sets again with each key frame.
    pub in_band: bool,
}

macro_rules! file {
    ($name:literal) => {
        File { name: $name, text: include_str!(concat!("../../footage/sdp/", $name)) }
    };
}

/// What a camera says of which no description is known.
const PLAIN: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n\
                     a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z00AKZpkA8ARPyzUBAQFAAADA+gAAOpgBA==,aO48gA==\r\n\
                     a=control:trackID=0\r\n";

impl Model {
    const fn new(name: &'static str, odd: &'static str, description: Description) -> Self {
        let (options, play, teardown, unauthorized) = (None, None, None, None);
        Self { name, odd, description, options, setups: &[], play, teardown, unauthorized, in_band: true }
    }

    /// A camera about which nothing is odd.
    pub const fn plain() -> Self {
        Self::new("plain", "", Description::Unknown(PLAIN))
    }

    /// One that is odd in its description alone, whatever else it may be.
    pub const fn described(name: &'static str, odd: &'static str, sdp: &'static str) -> Self {
        Self::new(name, odd, Description::Unknown(sdp))
    }

    /// Sends its parameter sets nowhere but in its description.
    pub const fn out_of_band(mut self) -> Self {
        self.in_band = false;
        self
    }

    /// The files it is made of.
    pub fn files(&self) -> Vec<File> {
        let described = match self.description {
            Description::Reply(file) | Description::Body(file) => Some(file),
            Description::Unknown(_) => None,
        };
        let others = [described, self.options, self.play, self.teardown, self.unauthorized];
        others.into_iter().flatten().chain(self.setups.iter().copied()).collect()
    }

    pub(super) fn describe(&self) -> Result<Reply> {
        let body = match self.description {
            Description::Reply(file) => return Reply::read(file.text),
            Description::Body(file) => file.text,
            Description::Unknown(text) => text,
        };
        let base = "Content-Base: rtsp://camera/live/".to_owned();
        Ok(Reply::plain("200 OK", &[base]).with_body("application/sdp", body))
    }

    pub(super) fn sdp(&self) -> Result<String> {
        Ok(self.describe()?.body().to_owned())
    }

    pub(super) fn options(&self) -> Option<&'static str> {
        self.options.map(|file| file.text)
    }

    pub(super) fn play(&self) -> Option<&'static str> {
        self.play.map(|file| file.text)
    }

    pub(super) fn teardown(&self) -> Option<&'static str> {
        self.teardown.map(|file| file.text)
    }

    /// The reply to SETUP number `n`, where one is known that speaks of this way to travel. One that has to serve a
    /// second track loses its `ssrc`, which was the first one's.
    pub(super) fn set_up(&self, n: usize, tcp: bool) -> Result<Option<Reply>> {
        let mut known = Vec::new();
        for file in self.setups {
            let reply = Reply::read(file.text)?;
            let transport = reply.header("transport").unwrap_or_default().to_owned();
            if transport.contains("/TCP") == tcp {
                known.push((reply, transport));
            }
        }
        let Some((mut reply, transport)) = known.get(n).or(known.last()).cloned() else { return Ok(None) };
        if n >= known.len() {
            let parts: Vec<_> = transport.split(';').filter(|part| !part.starts_with("ssrc=")).collect();
            reply.set("transport", &parts.join(";"));
        }
        Ok(Some(reply))
    }
}

/// Anjvision.
pub const ANJVISION: Model = Model::new(
    "Anjvision",
    "Content-Base without a scheme; H.265 with `packetization-mode`",
    Description::Reply(file!("anjvision_describe.txt")),
);
/// Anpviz.
pub const ANPVIZ: Model = Model::new(
    "Anpviz",
    "AAC under the static payload type of G.711, without `mode` and lengths, and said to have two channels of one",
    Description::Body(file!("anpviz_sdp.txt")),
);
/// Wowza Streaming Engine, with a film.
pub const WOWZA: Model = Model {
    setups: &[file!("bunny_setup.txt")],
    play: Some(file!("bunny_play.txt")),
    ..Model::new(
        "Wowza 4.8",
        "sound first; PLAY names a sequence number that is not the first",
        Description::Reply(file!("bunny_describe.txt")),
    )
};
/// The same with an `rtptime` that is none.
pub const BAD_RTPTIME: Model =
    Model { name: "(bad rtptime)", odd: "`rtptime=-1` in PLAY", play: Some(file!("bad_rtptime.txt")), ..WOWZA };
/// Dahua, through ONVIF.
pub const DAHUA_H264: Model = Model {
    options: Some(file!("dahua_options.txt")),
    setups: &[file!("dahua_setup.txt")],
    play: Some(file!("dahua_play.txt")),
    ..Model::new(
        "Dahua, H.264, AAC, ONVIF",
        "a third track with metadata; PLAY names another session than SETUP",
        Description::Reply(file!("dahua_describe_h264_aac_onvif.txt")),
    )
};
/// Dahua.
pub const DAHUA_H265: Model = Model {
    setups: &[file!("dahua_setup.txt")],
    ..Model::new(
        "Dahua, H.265, G.711",
        "Content-Base that ends in a query and a slash",
        Description::Reply(file!("dahua_describe_h265_pcma.txt")),
    )
};
/// Foscam.
pub const FOSCAM: Model = Model::new(
    "Foscam",
    "an old live555 that goes on sending after the end; sound by its static payload type alone",
    Description::Reply(file!("foscam_describe.txt")),
);
/// GeoVision.
pub const GEOVISION: Model = Model::new(
    "GeoVision",
    "no `t=` line; absolute addresses of tracks; parameter sets in the description only",
    Description::Body(file!("geovision_sdp.txt")),
)
.out_of_band();
/// GW Security, main stream.
pub const GW_MAIN: Model = Model {
    setups: &[file!("gw_main_setup_video.txt"), file!("gw_main_setup_audio.txt")],
    play: Some(file!("gw_main_play.txt")),
    ..Model::new(
        "GW Security GW4089IP, main",
        "start codes behind its parameter sets; µ-law under the number of A-law; PLAY names an address that is not its own",
        Description::Reply(file!("gw_main_describe.txt")),
    )
};
/// GW Security, second stream.
pub const GW_SUB: Model = Model {
    setups: &[file!("gw_sub_setup.txt")],
    play: Some(file!("gw_sub_play.txt")),
    ..Model::new(
        "GW Security GW4089IP, sub",
        "start codes behind its parameter sets; PLAY names an address that is not its own",
        Description::Reply(file!("gw_sub_describe.txt")),
    )
};
/// A video recorder that many brands sell.
pub const H264DVR: Model = Model {
    setups: &[file!("h264dvr_setup_video.txt"), file!("h264dvr_setup_audio.txt")],
    play: Some(file!("h264dvr_play.txt")),
    ..Model::new(
        "H264DVR 1.0",
        "`Cseq`; another session id for each track; `framerate:0S`; its replies are to UDP",
        Description::Reply(file!("h264dvr_describe.txt")),
    )
};
/// Hikvision.
pub const HIKVISION: Model = Model {
    setups: &[file!("hikvision_setup.txt")],
    play: Some(file!("hikvision_play.txt")),
    ..Model::new(
        "Hikvision",
        "spaces before the session id; queries in the addresses of tracks; a second track with metadata",
        Description::Reply(file!("hikvision_describe.txt")),
    )
};
/// Hikvision with another firmware.
pub const HIKVISION_SSRC: Model = Model {
    name: "Hikvision (ssrc)",
    odd: "`ssrc= d6d6627`: a space for a zero",
    setups: &[file!("hikvision_setup_ssrc_space.txt")],
    ..HIKVISION
};
/// IPCAM.
pub const IPCAM: Model = Model::new(
    "IPCAM C9F0SeZ3N0PbL0",
    "white space after its codec; `framerate` twice; no Content-Base",
    Description::Reply(file!("ipcam_describe.txt")),
);
/// Laureii.
pub const LAUREII: Model = Model {
    play: Some(file!("laureii_play.txt")),
    ..Model::new(
        "Laureii",
        "RTP-Info that ends with `;`, and names a sequence number that is not the first",
        Description::Unknown(PLAIN),
    )
};
/// Longse.
pub const LONGSE: Model = Model {
    unauthorized: Some(file!("longse_unauthorized.txt")),
    ..Model::new("Longse", "a space after CSeq in its 401", Description::Unknown(PLAIN))
};
/// Luckfox.
pub const LUCKFOX: Model = Model {
    setups: &[file!("luckfox_rkipc_setup_tcp.txt"), file!("luckfox_rkipc_setup_udp.txt")],
    ..Model::new("Luckfox rkipc", "Transport in another order than usual, without `unicast`", Description::Unknown(PLAIN))
};
/// Macro-video.
pub const MACROVIDEO: Model = Model::new(
    "macro-video",
    "no `o=` line; `c=` in the wrong place; `profile-level-id` that is no number",
    Description::Reply(file!("macrovideo_describe.txt")),
);
/// A server that leaves Content-Type out.
pub const NO_CONTENT_TYPE: Model = Model::new(
    "(no Content-Type)",
    "no Content-Type and no Content-Base; AAC with an extension of its configuration",
    Description::Reply(file!("missing_content_type_describe.txt")),
);
/// Reolink.
pub const REOLINK: Model = Model {
    setups: &[file!("reolink_setup.txt")],
    play: Some(file!("reolink_play.txt")),
    teardown: Some(file!("reolink_teardown.txt")),
    ..Model::new(
        "Reolink",
        "an old live555 that goes on sending after the end; `ssrc` in RTP-Info; parameters of AAC that end with `;`",
        Description::Reply(file!("reolink_describe.txt")),
    )
};
/// Reolink with the lines of its description in another order.
pub const REOLINK_CONTROL_FIRST: Model = Model {
    name: "Reolink (control first)",
    odd: "`control` before `tool`",
    description: Description::Reply(file!("reolink_describe_control_first.txt")),
    ..REOLINK
};
/// TP-Link.
pub const TPLINK: Model = Model::new(
    "TP-Link",
    "`o=` with a word too many; a third track whose line is no SDP",
    Description::Body(file!("tplink_sdp.txt")),
);
/// Ubiquiti.
pub const UBIQUITI: Model = Model::new(
    "Ubiquiti UniFi",
    "AAC and Opus under one payload type; an empty `fmtp`; the picture last",
    Description::Body(file!("ubiquiti_sdp.txt")),
);
/// VStarcam.
pub const VSTARCAM: Model = Model::new(
    "VStarcam",
    "`o=` with a name; a tab at the end of a line; no session control; an empty line at the end",
    Description::Reply(file!("vstarcam_describe.txt")),
);
