//! What was found, for people in Chinese and English and for programs as JSON.

use std::fmt;
use std::net::IpAddr;

use serde::Serialize;

use crate::trouble::Failure;

/// All devices that answered.
#[derive(Debug, Serialize)]
pub struct Discovery {
    /// By their addresses.
    pub devices: Vec<Device>,
}

/// A device.
#[derive(Debug, Serialize)]
pub struct Device {
    /// Where it answered.
    pub address: IpAddr,
    /// What it calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Maker and model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Its clock minus this machine's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_offset_secs: Option<i64>,
    /// One for each lens.
    pub cameras: Vec<FoundCamera>,
    /// Why there are no cameras, or not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Failure>,
}

/// A camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundCamera {
    /// Its largest picture.
    pub evidence: FoundStream,
    /// Its smallest, where that is smaller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub viewing: Option<FoundStream>,
}

/// A stream as the device describes it; `check` finds out what it really sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundStream {
    /// Its address, without credentials.
    pub url: String,
    /// The device's name for it.
    pub profile: String,
    /// Codec of the picture. Many devices say H264 here for H.265 too.
    pub codec: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Frames a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<u32>,
    /// Thousand bits a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kilobits: Option<u32>,
    /// Frames from one key frame to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_frame_every: Option<u32>,
    /// Codec of the sound, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
}

impl FoundStream {
    /// Pixels of the picture.
    pub(super) fn size(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

impl Device {
    /// What people can tell it by.
    pub(super) fn label(&self) -> String {
        let name = self.model.as_ref().or(self.name.as_ref());
        name.map_or_else(|| self.address.to_string(), |name| format!("{} · {name}", self.address))
    }
}

impl fmt::Display for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.devices.is_empty() {
            writeln!(f, "No device answered. 没有设备应答。")?;
            writeln!(f, "  next step: check that cameras are on and in this network, and that ONVIF is switched on in them;")?;
            writeln!(f, "    ask one by its address: --address 192.168.1.64; across routers only that works")?;
            writeln!(f, "  下一步：请确认摄像机已通电并与本机在同一网段，且已在其网页中启用 ONVIF；")?;
            writeln!(f, "    也可按地址查询：--address 192.168.1.64（跨路由器只能这样）")?;
        }
        self.devices.iter().try_for_each(|device| write!(f, "{device}"))
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.label())?;
        match self.clock_offset_secs {
            Some(secs) => writeln!(f, "  clock 时钟: {secs:+} s")?,
            None if self.trouble.is_none() => writeln!(f, "  clock 时钟: not told 未提供")?,
            None => {}
        }
        for camera in &self.cameras {
            writeln!(f, "  evidence 证据流: {}", camera.evidence)?;
            match &camera.viewing {
                Some(viewing) => writeln!(f, "  viewing 查看流: {viewing}")?,
                None => writeln!(f, "  viewing 查看流: none 无")?,
            }
        }
        self.trouble.iter().try_for_each(|trouble| write!(f, "{trouble}"))
    }
}

impl fmt::Display for FoundStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} × {}", self.codec, self.width, self.height)?;
        if let Some(rate) = self.frame_rate {
            write!(f, ", {rate} fps")?;
        }
        if let Some(kilobits) = self.kilobits {
            write!(f, ", {kilobits} kbit/s")?;
        }
        write!(f, ", sound 声音: {}  {}", self.sound.as_deref().unwrap_or("none 无"), self.url)
    }
}
