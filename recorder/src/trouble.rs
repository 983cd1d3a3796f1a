//! What can be wrong with a camera: a closed list of words, and for each what it means and what to do next,
//! in Chinese and English.
//!
//! In: what a source or a device said. Out: a [`Failure`] for people and programs. The words are part of the
//! JSON that `check` and `discover` print.

use std::fmt;
use std::io;

use serde::Serialize;

use crate::source::{Refusal, SourceError};

/// A trouble and what is known of it here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Which.
    pub trouble: Trouble,
    /// What it means.
    pub meaning: &'static str,
    /// The same in Chinese.
    pub meaning_zh: &'static str,
    /// What was seen: what the camera said, a number.
    pub what: String,
    /// What to do next.
    pub next_step: &'static str,
    /// The same in Chinese.
    pub next_step_zh: &'static str,
}

impl Failure {
    /// The trouble, with what was seen of it.
    pub fn new(trouble: Trouble, what: String) -> Self {
        let Words { meaning, meaning_zh, next_step, next_step_zh } = trouble.words();
        Self { trouble, meaning, meaning_zh, what, next_step, next_step_zh }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trouble, meaning, meaning_zh, what, next_step, next_step_zh } = self;
        writeln!(f, "  {} {}: {meaning}. {meaning_zh}。", if trouble.is_warning() { "!" } else { "✗" }, trouble.word())?;
        if !what.is_empty() {
            writeln!(f, "    seen 现象: {what}")?;
        }
        writeln!(f, "    next step: {next_step}")?;
        writeln!(f, "    下一步：{next_step_zh}")
    }
}

struct Words {
    meaning: &'static str,
    meaning_zh: &'static str,
    next_step: &'static str,
    next_step_zh: &'static str,
}

/// Writes the list once: word, whether footage is good all the same, meaning and next step in both languages.
macro_rules! troubles {
    ($($(#[$doc:meta])* $name:ident $word:literal $kind:ident: $en:literal, $zh:literal; $next:literal, $next_zh:literal.)*) => {
        /// Kinds of trouble.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Trouble {
            $($(#[$doc])* $name,)*
        }

        impl Trouble {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its word in JSON.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Whether the camera is recorded all the same.
            pub const fn is_warning(self) -> bool {
                match self { $(Self::$name => troubles!(@ $kind),)* }
            }

            const fn words(self) -> Words {
                match self {
                    $(Self::$name => Words { meaning: $en, meaning_zh: $zh, next_step: $next, next_step_zh: $next_zh },)*
                }
            }
        }
    };
    (@ error) => { false };
    (@ warning) => { true };
}

troubles! {
    /// No such host.
    NameUnknown "name_unknown" error: "nobody knows the camera's name", "无法解析摄像机的主机名";
        "write the camera's IP address, or correct the name or this machine's DNS",
        "请改写为摄像机的 IP 地址，或更正主机名、本机 DNS 设置".
    /// The network has no way there.
    NoRoute "no_route" error: "there is no way to that address", "网络不通，无法到达该地址";
        "check power and cable of the camera, its address, and that this machine has an address in the same network",
        "请检查摄像机电源、网线和地址，并确认本机在同一网段有地址".
    /// The host is there and nobody listens.
    PortClosed "port_closed" error: "the device is there, but nobody listens at that port", "设备在线，但该端口未开放";
        "correct the port (RTSP is usually 554, 8554 or 10554), and switch RTSP on in the camera",
        "请更正端口（RTSP 通常为 554、8554 或 10554），并在摄像机中启用 RTSP".
    /// Nothing comes back.
    NoAnswer "no_answer" error: "nobody answers in time", "在时限内无应答";
        "check power, cable and address; a firewall may swallow packets; restart a camera that answers ping and nothing else",
        "请检查电源、网线和地址；可能被防火墙拦截；若能 ping 通却无应答，请重启摄像机".
    /// Name and password.
    Credentials "credentials" error: "the camera refuses name and password", "用户名或密码不被接受";
        "check username and password_file; some cameras want a user of their own for RTSP or ONVIF, and lock a user out for half an hour after wrong tries",
        "请检查 username 与 password_file；有的摄像机需单独建立 RTSP/ONVIF 用户，多次输错会锁定约半小时".
    /// The path.
    NotFound "not_found" error: "the camera has nothing under this path", "摄像机上没有该路径";
        "correct the path: `liuhen-recorder discover --address …` asks the camera for it",
        "请更正路径：可用 `liuhen-recorder discover --address …` 向摄像机查询".
    /// Too many viewers.
    Busy "busy" error: "the camera serves too many already, or is starting", "摄像机连接数已满，或正在启动";
        "wait a minute and try again; close other viewers (NVR, players), or raise the limit in the camera",
        "请稍候一分钟再试；关闭其他观看端（NVR、播放器），或在摄像机中提高连接数上限".
    /// UDP or TCP.
    Transport "transport" error: "the camera does not send in this way", "摄像机不支持该传输方式";
        "set transport = \"udp\" (or \"tcp\") for this camera, or switch RTP over RTSP (TCP) on in it",
        "请为该摄像机设置 transport = \"udp\"（或 \"tcp\"），或在摄像机中启用 RTP over RTSP (TCP)".
    /// Not to be recorded.
    Codec "codec" error: "the camera sends nothing in a codec that is recorded", "摄像机的编码格式不受支持";
        "set the camera to H.264 or H.265 (no «smart», «plus» or MJPEG), and sound to AAC or G.711",
        "请将视频设为 H.264 或 H.265（关闭 Smart/Plus 编码，不用 MJPEG），音频设为 AAC 或 G.711".
    /// TLS.
    Certificate "certificate" error: "the camera's certificate is not trusted", "摄像机证书不受信任";
        "write its digest as certificate_sha256 after comparing it at the camera, or use rtsp:// within the camera network",
        "请在摄像机上核对后将其摘要写入 certificate_sha256，或在摄像机专网内使用 rtsp://".
    /// It hung up.
    Closed "closed" error: "the camera hung up while it was recorded", "录制过程中摄像机断开了连接";
        "try again; if it happens each time, update its firmware, or lower bit rate and number of its viewers",
        "请重试；若每次都断开，请更新固件，或降低码率和同时观看数".
    /// Connected, and nothing.
    Silent "silent" error: "the camera is connected and sends nothing", "已连接，但摄像机不发送数据";
        "check in the camera's own page that this stream is switched on; over UDP let its packets through the firewall",
        "请在摄像机自带网页上确认该码流已开启；使用 UDP 时请让防火墙放行".
    /// Rubbish.
    Unreadable "unreadable" error: "what the camera sends cannot be read", "摄像机发来的数据无法解读";
        "set the camera to plain H.264 or H.265, and AAC or G.711, and update its firmware; try reader = \"gstreamer\"",
        "请设为普通 H.264 或 H.265、AAC 或 G.711 并更新固件；可尝试 reader = \"gstreamer\"".
    /// Something else.
    Unreachable "unreachable" error: "the camera cannot be reached or refuses", "无法连接摄像机或被其拒绝";
        "read what was seen; try the same address in a player (VLC, ffplay)",
        "请看现象说明，并用播放器（VLC、ffplay）打开同一地址试一试".
    /// A device without ONVIF that we speak.
    NoService "no_service" error: "the device does not speak ONVIF with us", "设备未按 ONVIF 应答";
        "switch ONVIF on in the device (often under network, integration protocol) and make an ONVIF user; else write its RTSP address by hand",
        "请在设备中启用 ONVIF（多在“网络—集成协议”）并建立 ONVIF 用户；否则请手工填写 RTSP 地址".
    /// Must carry a picture.
    NoPicture "no_picture" error: "no picture comes, and one must", "没有画面，而该机位必须有画面";
        "use the camera's main stream, or write carries = \"sound\" for a pickup",
        "请改用主码流；若为拾音设备，请写 carries = \"sound\"".
    /// Must carry sound.
    NoSound "no_sound" error: "no sound comes, and it must", "没有声音，而该机位必须有声音";
        "switch audio on for this stream (AAC or G.711), connect the microphone; or write carries = \"picture\" where none is wanted",
        "请为该码流开启音频（AAC 或 G.711）并接好拾音器；若不需要声音，请写 carries = \"picture\"".
    /// Clock.
    ClockOff "clock_off" warning: "the camera's clock is wrong", "摄像机时钟不准";
        "set the camera's time source to NTP (this machine or the school's server); footage keeps our time, the picture shows the camera's",
        "请将摄像机校时方式设为 NTP；录像以本机时间为准，画面上叠加的是摄像机时间".
    /// Clock, by whole hours.
    ClockZone "clock_zone" warning: "the camera's clock is off by whole hours: its time zone is wrong", "摄像机时钟相差整小时：时区设置有误";
        "set the camera's time zone to UTC+08:00 (Beijing), and its time source to NTP",
        "请将摄像机时区设为 UTC+08:00（北京），并使用 NTP 校时".
    /// Key frames.
    KeyFramesFar "key_frames_far" warning: "key frames lie more than 4 s apart", "关键帧间隔超过 4 秒";
        "set the I-frame interval to 2 s (50 at 25 fps) and switch «smart» coding off: a lost connection costs up to one interval of picture, and black or frozen pictures are noticed that much later",
        "请将 I 帧间隔设为 2 秒（25 帧时为 50）并关闭 Smart 编码：断线会损失至多一个间隔的画面，黑屏、静帧也会晚发现同样时间".
    /// Frame rate.
    LowFrameRate "low_frame_rate" warning: "few frames come", "帧率偏低";
        "set the frame rate to 15 fps or more; look whether the camera lowers it in the dark (slow shutter)",
        "请将帧率设为 15 帧/秒以上；检查是否因光线暗而自动降帧（慢快门）".
    /// Resolution.
    LowResolution "low_resolution" warning: "the evidence stream has a small picture", "证据流分辨率偏低";
        "use the main stream (often …/101, subtype=0) as source; the sub stream belongs to viewing_source",
        "请将主码流（常见为 …/101、subtype=0）写入 source，子码流写入 viewing_source".
    /// Loss.
    PacketsLost "packets_lost" warning: "packets were lost on the way", "传输中有丢包";
        "check cable, switch and Wi-Fi; use transport = \"tcp\"; lower the bit rate where the link is too narrow",
        "请检查网线、交换机和无线链路；使用 transport = \"tcp\"；带宽不足时降低码率".
    /// H.265.
    H265 "h265" warning: "H.265 is recorded whole, but many browsers do not play it", "H.265 可完整录制，但许多浏览器无法播放";
        "leave it if the viewing stream is H.264; otherwise set this stream, or at least the viewing stream, to H.264",
        "若查看流为 H.264 可保持不变；否则请将该码流或至少查看流设为 H.264".
    /// No viewing stream.
    ViewingMissing "viewing_missing" warning: "there is no viewing stream", "未配置查看流";
        "write viewing_stream_id and viewing_source (the camera's sub stream): looking at many rooms and judging costs less",
        "请写入 viewing_stream_id 与 viewing_source（子码流）：多画面查看与画面检测更省资源".
    /// Viewing stream is not smaller.
    ViewingLarger "viewing_larger" warning: "the viewing stream is not smaller than the evidence stream", "查看流不小于证据流";
        "exchange source and viewing_source, or lower the sub stream (640 × 360 is good)",
        "请对调 source 与 viewing_source，或调低子码流（建议 640 × 360）".
    /// Viewing stream has no picture.
    ViewingNoPicture "viewing_no_picture" warning: "the viewing stream has no picture", "查看流没有画面";
        "write the address of the camera's sub stream",
        "请写入摄像机子码流的地址".
    /// Sound that is there and not recorded.
    SoundNotRecorded "sound_not_recorded" warning: "the camera sends no sound that is recorded", "没有可录制的声音";
        "if sound is wanted, switch audio on and set it to AAC or G.711; write carries to say what must come",
        "如需声音，请开启音频并设为 AAC 或 G.711；用 carries 写明必须有的内容".
    /// Black.
    PictureBlack "picture_black" warning: "the picture is black", "画面全黑";
        "switch the light on, take the lens cap off, check the camera's infrared or exposure",
        "请开灯、取下镜头盖，检查红外与曝光设置".
    /// No detail.
    PictureBlurred "picture_blurred" warning: "the picture has hardly any detail", "画面几乎没有细节";
        "clean and focus the lens; look whether something covers it",
        "请清洁镜头并对焦，检查是否被遮挡".
    /// Nothing moves.
    PictureFrozen "picture_frozen" warning: "the picture stands still, noise and all", "画面冻结，连噪点都不变化";
        "restart the camera; where an NVR or converter lies between, look whether it repeats its last picture",
        "请重启摄像机；若中间有 NVR 或转换器，请检查其是否在重复最后一帧".
    /// Something hides the view.
    PictureCovered "picture_covered" warning: "most of the picture shows nothing", "画面大部分没有内容";
        "look whether something stands before the lens, whether it faces a wall, or the light is off",
        "请检查镜头前是否有遮挡物、是否正对墙面，或是否未开灯".
    /// Silence.
    SoundSilent "sound_silent" warning: "the sound is silent", "声音为静音";
        "connect the microphone, switch the input from line to mic (or back), raise its gain; clap once and check again",
        "请接好拾音器，切换线路/麦克风输入，提高增益；拍一下手后再检查".
    /// Clipping.
    SoundClipped "sound_clipped" warning: "the sound is too loud and clipped", "声音过大而失真";
        "lower the gain of the microphone or the input",
        "请降低拾音器或输入的增益".
}

impl Trouble {
    /// Of an error of a source.
    pub(crate) const fn of_source(error: &SourceError) -> Self {
        match error {
            SourceError::Refused(refusal, _) => match refusal {
                Refusal::Credentials => Self::Credentials,
                Refusal::NotFound => Self::NotFound,
                Refusal::Busy => Self::Busy,
                Refusal::Transport => Self::Transport,
                Refusal::Codec => Self::Codec,
                Refusal::Certificate => Self::Certificate,
            },
            SourceError::Unreachable(_) => Self::Unreachable,
            SourceError::Closed(_) | SourceError::Ended => Self::Closed,
            SourceError::Invalid(_) => Self::Unreadable,
        }
    }

    /// Of a connection that could not be made.
    pub(crate) fn of_connecting(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::PortClosed,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => Self::NoRoute,
            io::ErrorKind::TimedOut => Self::NoAnswer,
            io::ErrorKind::ConnectionReset => Self::Closed,
            _ => Self::Unreachable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_word_is_its_own_and_the_one_in_json() {
        let words: HashSet<_> = Trouble::ALL.iter().map(|trouble| trouble.word()).collect();
        assert_eq!(words.len(), Trouble::ALL.len());
        for trouble in Trouble::ALL {
            assert_eq!(serde_json::to_value(trouble).unwrap(), trouble.word());
        }
    }

    /// A technician looks the word up that `check` prints.
    #[test]
    fn the_guide_explains_every_word() {
        let guide = include_str!("../../docs/guide/cameras.md");
        let missing: Vec<_> = Trouble::ALL.iter().filter(|trouble| !guide.contains(&format!("`{}`", trouble.word()))).collect();
        assert!(missing.is_empty(), "docs/guide/cameras.md says nothing about {missing:?}");
    }
}
