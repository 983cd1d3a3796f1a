//! When a file begins by the device's clock, how far that clock was off, and what to do where a file does not fit.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use liuhen_media::demux::{DemuxError, SaidStart};
use liuhen_proto::import::MAX_OFFSET;
use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_proto::{Code, Span, Timestamp};

use crate::command::Voice;
use crate::moment::Zone;

/// File and name may differ by so much: the one tells when it was begun, the other when it was written.
const SAME: Span = Span::from_secs(60);

/// What the device's clock said at the first picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) at: Timestamp,
    /// How that is known: `declared`, `file`, `name`.
    pub(super) by: &'static str,
}

/// `+3m20s`, `-45s`, `0s`, as microseconds: ahead of true time where it is above zero.
pub(super) fn offset(text: &str) -> Result<i64> {
    let (sign, length) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let length = if length == "0" { "0s" } else { length };
    let wrong = || format!("--clock-offset `{text}`: write +3m20s where the device was ahead, -45s where it was behind, or 0s");
    let length = humantime::parse_duration(length).with_context(wrong)?;
    let micros = i64::try_from(length.as_micros()).ok().filter(|micros| *micros <= MAX_OFFSET.as_micros());
    Ok(sign * micros.with_context(wrong)?)
}

/// By what was typed, else by the file, else by its name. Where file and name say different things, a person must.
pub(super) fn start(typed: Option<&str>, said: Option<SaidStart>, path: &Path, zone: Zone) -> Result<Start> {
    if let Some(typed) = typed {
        let at = zone.read(typed, SystemClock.now()).context("--start")?;
        return Ok(Start { at, by: "declared" });
    }
    let by_file = said.map(|said| match said {
        SaidStart::Utc(at) => Ok(at),
        SaidStart::Local(at) => local(at, zone),
    });
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let by_name = in_name(&name).map(|text| zone.read(&text, SystemClock.now()));
    match (by_file.transpose()?, by_name.transpose()?) {
        (Some(file), Some(name)) if file.since(name).max(name.since(file)) > SAME => bail!(
            "the file says that it begins at {}, its name says {}: give --start · 文件与文件名的开始时间不一致，请用 --start 指定",
            zone.show(file),
            zone.show(name)
        ),
        (Some(at), _) => Ok(Start { at, by: "file" }),
        (None, Some(at)) => Ok(Start { at, by: "name" }),
        (None, None) => {
            bail!("neither the file nor its name says when it begins: give --start · 文件未注明开始时间，请用 --start 指定")
        }
    }
}

/// A device's wall clock, told as if it were UTC.
fn local(at: Timestamp, zone: Zone) -> Result<Timestamp> {
    let text = "UTC".parse::<Zone>()?.show(at);
    zone.read(&text, at)
}

/// `ch03_20261122090000.dav`, `20261122_090000`, `2026-11-22_09-00-00`: date and time as the zone reads them.
fn in_name(name: &str) -> Option<String> {
    let groups: Vec<&str> = name.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let six = groups.windows(6).find(|six| six.iter().map(|part| part.len()).eq([4, 2, 2, 2, 2, 2])).map(<[&str]>::concat);
    let two = groups.windows(2).find(|two| (two[0].len(), two[1].len()) == (8, 6)).map(<[&str]>::concat);
    let one = groups.iter().find(|group| group.len() == 14).map(|group| (*group).to_owned());
    let digits = one.or(two).or(six)?;
    let part = |from: usize, to: usize| digits.get(from..to);
    let text = format!("{}-{}-{} {}:{}:{}", part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?);
    let fits = digits.starts_with("20") && Zone::default().read(&text, Timestamp::from_micros(0)).is_ok();
    fits.then_some(text)
}

/// Why a file cannot be taken as it is, and what can be done with it.
pub(super) fn remedy(error: DemuxError, voice: Voice) -> anyhow::Error {
    let sound = matches!(&error, DemuxError::Unfit { kind, .. } if kind.0 == liuhen_proto::fragment::TrackKind::Audio);
    let (zh, en) = match error.code() {
        _ if sound => (
            "可用 --without-sound 只导入画面（声音保留在原文件中），或用 --keep-only 仅保存原文件",
            "`--without-sound` takes the pictures alone, and the sound stays in the original; `--keep-only` keeps the file, signed and in custody, and nothing of it plays or covers",
        ),
        Code::FailedPrecondition => (
            "可用 --keep-only 仅保存原文件（签名存证，但不能播放、不计入覆盖）",
            "`--keep-only` keeps the file, signed and in custody, and nothing of it plays or covers",
        ),
        _ => (
            "请确认文件是录像；--keep-only 可仅保存原文件",
            "is it a recording? `--keep-only` keeps any file, signed and in custody",
        ),
    };
    let hint = voice.pick(zh, en).to_owned();
    let text = match &error {
        DemuxError::Unfit { path, kind, codec } if voice.language == crate::language::Language::Chinese => {
            let kind = if kind.0 == liuhen_proto::fragment::TrackKind::Audio { "声音" } else { "画面" };
            format!("{} 的{kind}编码为 {codec}，无法按原样保存", path.display())
        }
        error => format!("{:#}", Chain(error)),
    };
    anyhow!("{text}. {hint}")
}

/// The same for what may be an error of another kind.
pub(super) fn remedied(error: anyhow::Error, voice: Voice) -> anyhow::Error {
    match error.downcast::<DemuxError>() {
        Ok(error) => remedy(error, voice),
        Err(error) => error,
    }
}

struct Chain<'a>(&'a DemuxError);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = std::error::Error::source(self.0);
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_as_people_write_them() {
        for (text, seconds) in [("+3m20s", 200), ("-45s", -45), ("0", 0), ("0s", 0), ("2h", 7_200)] {
            assert_eq!(offset(text).unwrap(), seconds * 1_000_000, "{text}");
        }
        for wrong in ["", "three minutes", "+-3s", "100y"] {
            assert!(offset(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_tell_times_where_they_hold_one() {
        let expected = Some("2026-11-22 09:05:07".to_owned());
        for name in
            ["ch03_20261122090507.dav", "NVR_ch3_main_20261122_090507.mp4", "2026-11-22_09-05-07.mkv", "20261122090507-090.avi"]
        {
            assert_eq!(in_name(name), expected, "{name}");
        }
        for name in ["video.mp4", "20261322090507.mp4", "ch01_12345678.mp4", "19000101000000.mp4", "考场.mp4"] {
            assert_eq!(in_name(name), None, "{name}");
        }
    }

    #[test]
    fn who_typed_a_time_is_believed_and_a_contradiction_is_told() {
        let zone = Zone::default();
        let path = Path::new("ch03_20261122090000.dav");
        let nine = zone.read("2026-11-22 09:00:00", Timestamp::from_micros(0)).unwrap();
        assert_eq!(start(Some("2026-11-22 10:00:00"), None, path, zone).unwrap().by, "declared");
        assert_eq!(start(None, None, path, zone).map(|start| (start.at, start.by)).unwrap(), (nine, "name"));
        let utc = Timestamp::from_micros(nine.as_micros() + 8 * 3_600_000_000);
        let said = Some(SaidStart::Local(utc));
        assert_eq!(start(None, said, path, zone).map(|start| (start.at, start.by)).unwrap(), (nine, "file"));
        let other = start(None, Some(SaidStart::Utc(utc)), path, zone).unwrap_err().to_string();
        assert!(other.contains("--start"), "{other}");
        assert!(start(None, None, Path::new("video.mp4"), zone).is_err());
    }
}
