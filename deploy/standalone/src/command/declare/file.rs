//! The file that declares a site, and its check.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use liuhen_proto::judgement::{FlagKind, Limit, Thresholds};
use liuhen_proto::signing::PublicKey;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_proto::{Interval, Span};
use serde::Deserialize;

use super::judgement;
use crate::moment::Zone;

/// How such a file looks.
pub(super) const EXAMPLE: &str = include_str!("example.toml");

/// The largest file.
const MAX_BYTES: usize = 1024 * 1024;

/// What is declared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Declaration {
    pub(super) organization: Organization,
    pub(super) site: Site,
    #[serde(default)]
    pub(super) room: Vec<Room>,
    pub(super) recorder: Option<Recorder>,
    #[serde(default)]
    pub(super) session: Vec<Session>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organization {
    pub(super) name: String,
    pub(super) kind: OrganizationKind,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OrganizationKind {
    SocialOrg,
    Enterprise,
    TechnicalCollege,
}

impl OrganizationKind {
    pub(super) fn wire(self) -> pb::OrganizationKind {
        match self {
            Self::SocialOrg => pb::OrganizationKind::SocialOrg,
            Self::Enterprise => pb::OrganizationKind::Enterprise,
            Self::TechnicalCollege => pb::OrganizationKind::TechnicalCollege,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Site {
    pub(super) name: String,
    /// Its district; empty where nobody has said.
    #[serde(default)]
    pub(super) region: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Room {
    pub(super) name: String,
    pub(super) kind: RoomKind,
    #[serde(default)]
    pub(super) viewpoint: Vec<Viewpoint>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoomKind {
    Theory,
    Practical,
    ComprehensiveAppraisal,
    Service,
}

impl RoomKind {
    pub(super) fn wire(self) -> pb::RoomKind {
        match self {
            Self::Theory => pb::RoomKind::Theory,
            Self::Practical => pb::RoomKind::Practical,
            Self::ComprehensiveAppraisal => pb::RoomKind::ComprehensiveAppraisal,
            Self::Service => pb::RoomKind::Service,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Viewpoint {
    pub(super) name: String,
    /// Who does not say otherwise wants it whole.
    #[serde(default = "yes")]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) sound_required: bool,
    /// Only sound is expected; then it is required.
    #[serde(default)]
    pub(super) sound_only: bool,
    #[serde(default)]
    pub(super) seats: Vec<String>,
    /// Where judgement differs from the detectors' own thresholds.
    #[serde(default)]
    thresholds: BTreeMap<String, toml::Value>,
    #[serde(default)]
    pub(super) camera: Vec<Camera>,
}

fn yes() -> bool {
    true
}

impl Viewpoint {
    /// What it says about kinds of judgement: numbers in their units, or `off`.
    pub(super) fn thresholds(&self) -> Result<Thresholds> {
        let mut read = Thresholds::default();
        for (kind, value) in &self.thresholds {
            let wrong = || format!("thresholds: `{kind} = {value}` is none: write silent = -60, or frozen = \"off\"");
            let limit = match value {
                toml::Value::String(off) if off == "off" => Some(Limit::Off),
                toml::Value::Integer(_) | toml::Value::Float(_) => judgement::read_number(&value.to_string()).map(Limit::Milli),
                _ => None,
            };
            let kind: FlagKind = kind.parse().map_err(anyhow::Error::msg).context("thresholds")?;
            read.set(kind, limit.with_context(wrong)?)?;
        }
        Ok(read)
    }

    fn check(&self, place: &str) -> Result<()> {
        self.thresholds().with_context(|| place.to_owned())?;
        for camera in &self.camera {
            let place = || format!("{place}: camera {:?}", camera.name);
            if camera.kind == CameraKind::Pickup && (camera.viewing_stream || camera.viewing_source.is_some()) {
                bail!("{}: a pickup gives sound only, so it has no viewing stream", place());
            }
            if camera.viewing_source.is_some() && camera.source.is_none() {
                bail!("{}: has `viewing_source` and lacks `source`", place());
            }
        }
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Camera {
    pub(super) name: String,
    #[serde(default)]
    pub(super) kind: CameraKind,
    /// Whether it has a small stream as well; so it has where `viewing_source` stands.
    #[serde(default)]
    viewing_stream: bool,
    /// For the recorder's configuration; the server never learns it.
    pub(super) source: Option<String>,
    /// The small stream, reached in the same way.
    pub(super) viewing_source: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password_file: Option<PathBuf>,
}

impl Camera {
    pub(super) fn has_viewing_stream(&self) -> bool {
        self.viewing_stream || self.viewing_source.is_some()
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CameraKind {
    #[default]
    Camera,
    Pickup,
}

impl CameraKind {
    pub(super) fn wire(self) -> pb::CameraKind {
        match self {
            Self::Camera => pb::CameraKind::Camera,
            Self::Pickup => pb::CameraKind::Pickup,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recorder {
    pub(super) name: String,
    /// 64 hex digits, as `liuhen-recorder key` prints them.
    public_key: Option<String>,
    /// A file with them.
    public_key_file: Option<PathBuf>,
    /// Where its token is written, for its owner only.
    #[serde(default = "token_file")]
    pub(super) token_file: PathBuf,
    /// Where its configuration is written; not at all where it is missing.
    pub(super) config_file: Option<PathBuf>,
}

fn token_file() -> PathBuf {
    "recorder.token".into()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    pub(super) name: String,
    start: String,
    end: String,
    pub(super) rooms: Vec<String>,
    /// `45m`: recording begins so long before the start. The server's rule holds where both are missing.
    before: Option<String>,
    /// `30m`: recording goes on so long after the end.
    after: Option<String>,
}

impl Declaration {
    /// Reads and checks all that can be checked without the server.
    pub(super) fn read(text: &str, zone: Zone) -> Result<Self> {
        if text.len() > MAX_BYTES {
            bail!("the file is larger than 1 MiB");
        }
        let declaration: Self = toml::from_str(text)?;
        declaration.check(zone)?;
        Ok(declaration)
    }

    /// All cameras, in the order of the file.
    pub(super) fn cameras(&self) -> impl Iterator<Item = &Camera> {
        self.room.iter().flat_map(|room| &room.viewpoint).flat_map(|viewpoint| &viewpoint.camera)
    }

    fn check(&self, zone: Zone) -> Result<()> {
        names([&self.organization.name, &self.site.name].into_iter(), "organization and site", false)?;
        names(self.room.iter().map(|room| &room.name), "room", true)?;
        for room in &self.room {
            names(room.viewpoint.iter().map(|view| &view.name), &format!("room {:?}: viewpoint", room.name), true)?;
            for view in &room.viewpoint {
                let place = format!("room {:?}, viewpoint {:?}", room.name, view.name);
                names(view.camera.iter().map(|camera| &camera.name), &format!("{place}: camera"), true)?;
                view.check(&place)?;
            }
        }
        names(self.session.iter().map(|session| &session.name), "session", true)?;
        for session in &self.session {
            self.check_session(session, zone).with_context(|| format!("session {:?}", session.name))?;
        }
        let Some(recorder) = &self.recorder else { return Ok(()) };
        if let (Some(_), Some(camera)) = (&recorder.config_file, self.cameras().find(|camera| camera.source.is_none())) {
            bail!("camera {:?} lacks `source`, which the recorder's configuration needs", camera.name);
        }
        Ok(())
    }

    fn check_session(&self, session: &Session, zone: Zone) -> Result<()> {
        session.window(session.exam(zone)?)?;
        if session.rooms.is_empty() {
            bail!("`rooms` is empty: name the rooms in which it is held");
        }
        match session.rooms.iter().find(|name| !self.room.iter().any(|room| room.name == **name)) {
            Some(unknown) => bail!("`rooms` names {unknown:?}, which is no room of this file"),
            None => Ok(()),
        }
    }
}

fn names<'a>(names: impl Iterator<Item = &'a String>, of: &str, unique: bool) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if name.trim().is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
            bail!("{of}: `name` must be 1 to 200 bytes without control characters, and is {name:?}");
        }
        if unique && !seen.insert(name) {
            bail!("{of}: the name {name:?} stands there twice");
        }
    }
    Ok(())
}

impl Session {
    /// From start to end.
    pub(super) fn exam(&self, zone: Zone) -> Result<Interval> {
        let now = SystemClock.now();
        let start = zone.read(&self.start, now).context("`start`")?;
        let end = zone.read(&self.end, now).context("`end`")?;
        Interval::new(start, end).map_err(|_| anyhow::anyhow!("`end` {} is not after `start` {}", self.end, self.start))
    }

    /// When its viewpoints must be recorded, where the file says so.
    pub(super) fn window(&self, exam: Interval) -> Result<Option<Interval>> {
        if self.before.is_none() && self.after.is_none() {
            return Ok(None);
        }
        let span = |field: &'static str, text: &Option<String>| {
            let Some(text) = text else { return Ok(Span::ZERO) };
            let span = humantime::parse_duration(text).with_context(|| format!("`{field}` is no length of time, as 45m is"))?;
            i64::try_from(span.as_micros()).map(Span::from_micros).with_context(|| format!("`{field}` is too long"))
        };
        let (before, after) = (span("before", &self.before)?, span("after", &self.after)?);
        Ok(Some(Interval::new(exam.start().before(before), exam.end().after(after))?))
    }
}

impl Recorder {
    /// Its 32 bytes; files lie beside the declaration.
    pub(super) fn public_key(&self, folder: &Path) -> Result<Vec<u8>> {
        let text = match (&self.public_key, &self.public_key_file) {
            (Some(text), None) => text.clone(),
            (None, Some(file)) => {
                let path = folder.join(file);
                std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?
            }
            _ => bail!("[recorder] needs `public_key` or `public_key_file`: `liuhen-recorder key` prints the key"),
        };
        let key: PublicKey = text.trim().parse().context("[recorder] public_key must be 64 lower-case hex digits")?;
        Ok(key.to_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = r#"
        organization = { name = "示范评价机构", kind = "social_org" }
        site = { name = "第十一考点" }
        [[room]]
        name = "0303"
        kind = "theory"
        [[room.viewpoint]]
        name = "front"
        seats = ["01", "02"]
        [[room.viewpoint.camera]]
        name = "0303 front"
        source = "rtsp://127.0.0.1/front"
        [[session]]
        name = "morning"
        start = "2026-11-22 09:00"
        end = "2026-11-22 11:00"
        rooms = ["0303"]
        before = "45m"
    "#;

    fn wrong(from: &str, to: &str) -> String {
        assert!(SITE.contains(from), "{from}");
        format!("{:#}", Declaration::read(&SITE.replace(from, to), Zone::default()).unwrap_err())
    }

    #[test]
    fn a_site_is_read() {
        let file = Declaration::read(SITE, Zone::default()).unwrap();
        assert_eq!(file.cameras().count(), 1);
        assert!(file.room[0].viewpoint[0].required);
        let exam = file.session[0].exam(Zone::default()).unwrap();
        let window = file.session[0].window(exam).unwrap().unwrap();
        assert_eq!((window.start(), window.end()), (exam.start().before(Span::from_secs(2700)), exam.end()));
    }

    #[test]
    fn the_example_is_one() {
        let file = Declaration::read(EXAMPLE, Zone::default()).unwrap();
        assert_eq!((file.room.len(), file.cameras().count(), file.session.len()), (1, 3, 1));
        let pickup = file.cameras().last().unwrap();
        assert_eq!((pickup.kind, pickup.has_viewing_stream()), (CameraKind::Pickup, false));
        assert!(file.cameras().next().unwrap().has_viewing_stream());
        let view = &file.room[0].viewpoint[0];
        assert_eq!(view.thresholds().unwrap().get(FlagKind::Silent), Some(Limit::Milli(-55_000)));
        assert_eq!(file.recorder.unwrap().public_key(Path::new("")).unwrap().len(), 32);
    }

    #[test]
    fn every_refusal_names_what_is_wrong() {
        assert!(wrong("social_org", "club").contains("club"));
        assert!(wrong("seats", "chairs").contains("chairs"));
        assert!(wrong("09:00", "12:00").contains("`end`"));
        assert!(wrong("[\"0303\"]", "[\"0304\"]").contains("0304"));
        assert!(wrong("45m", "a while").contains("`before`"));
        assert!(wrong("\"front\"", "\"\"").contains("viewpoint"));
        let seats = "seats = [\"01\", \"02\"]";
        for (thresholds, named) in [("dark = 5", "dark"), ("black = 300", "black"), ("moved = \"never\"", "moved = ")] {
            let told = wrong(seats, &format!("thresholds = {{ {thresholds} }}"));
            assert!(told.contains("viewpoint \"front\"") && told.contains(named), "{told}");
        }
        let source = "source = \"rtsp://127.0.0.1/front\"";
        assert!(wrong(source, &format!("{source}\nkind = \"phone\"")).contains("phone"));
        assert!(wrong(source, &format!("{source}\nkind = \"pickup\"\nviewing_stream = true")).contains("viewing stream"));
        assert!(wrong(source, "viewing_source = \"rtsp://127.0.0.1/small\"").contains("lacks `source`"));
    }
}
