//! The file as it is written, and its check.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use liuhen_proto::Sha256;
use serde::Deserialize;

use super::options;
use super::source::{self, Credentials, Reader, RtspSource, Secret, SourceConfig, Transport};
use super::{Bytes, CameraConfig, Carries, Config, ConfigError, SpoolConfig, TOKEN_VARIABLE, ViewingConfig};

/// Where a text comes from.
pub(super) struct Context<'a> {
    pub(super) path: &'a Path,
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Root {
    #[serde(default)]
    centre: Vec<String>,
    centre_sha256: Option<String>,
    token_file: Option<PathBuf>,
    recorder_id: String,
    site_id: String,
    spool: Spool,
    #[serde(default)]
    uplink: options::Uplink,
    #[serde(default)]
    status: options::Status,
    #[serde(default)]
    record: options::Record,
    #[serde(default)]
    camera: Vec<Camera>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spool {
    directory: PathBuf,
    quota: String,
    #[serde(default)]
    keep_sealed: bool,
    segment: Option<String>,
    buffer: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Camera {
    camera_id: String,
    evidence_stream_id: String,
    name: String,
    source: String,
    username: Option<String>,
    password_file: Option<PathBuf>,
    password_env: Option<String>,
    reader: Option<String>,
    transport: Option<String>,
    certificate_sha256: Option<String>,
    silence: Option<String>,
    viewing_stream_id: Option<String>,
    viewing_source: Option<String>,
    carries: Option<String>,
    judge: Option<Judge>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Judge {
    enabled: bool,
}

/// The most cameras of one recorder: what one status report may tell of.
const MAX_CAMERAS: usize = 1000;
const ID_REMEDY: &str = "Copy it from the centre, where it was made";

/// Reads and checks.
pub(super) fn check(text: &str, context: &Context<'_>) -> Result<Config, ConfigError> {
    let root: Root = toml::from_str(text)
        .map_err(|error| ConfigError::Form { file: context.path.to_owned(), message: error.to_string().trim_end().to_owned() })?;
    if root.camera.is_empty() || root.camera.len() > MAX_CAMERAS {
        return Err(context.refuse("camera", format!("{} cameras", root.camera.len()), "Write 1 to 1000 [[camera]] sections"));
    }
    let centre_pin = context.pin(root.centre_sha256.as_deref())?;
    let centre = root.centre.iter().map(|it| context.address(it, centre_pin.is_some())).collect::<Result<Vec<_>, _>>()?;
    let token = if centre.is_empty() { None } else { Some(context.token(root.token_file.as_deref())?) };
    let has_centre = !centre.is_empty();
    let cameras =
        root.camera.into_iter().enumerate().map(|(i, camera)| context.camera(i, camera)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    for (i, camera) in cameras.iter().enumerate() {
        let viewing = camera.viewing.iter().map(|viewing| ("viewing_stream_id", viewing.stream_id));
        for (name, stream) in [("evidence_stream_id", camera.stream_id)].into_iter().chain(viewing) {
            if !seen.insert(stream) {
                let key = format!("camera[{i}].{name}");
                return Err(context.refuse(&key, "it stands above already".into(), "Give each stream its own id"));
            }
        }
    }
    Ok(Config {
        centre,
        token,
        centre_pin,
        recorder_id: context.id("recorder_id", &root.recorder_id)?,
        site_id: context.id("site_id", &root.site_id)?,
        spool: context.spool(&root.spool)?,
        uplink_limit: context.limit(&root.uplink)?,
        status: context.listen(&root.status)?,
        when: context.when(&root.record, has_centre)?,
        cameras,
    })
}

impl Context<'_> {
    pub(super) fn refuse(&self, key: &str, what: String, remedy: &'static str) -> ConfigError {
        ConfigError::Value { file: self.path.to_owned(), key: key.to_owned(), what, remedy }
    }

    fn base(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new(""))
    }

    fn id<T: std::str::FromStr<Err: std::fmt::Display>>(&self, key: &str, text: &str) -> Result<T, ConfigError> {
        text.parse().map_err(|error: T::Err| self.refuse(key, error.to_string(), ID_REMEDY))
    }

    fn duration(&self, key: &str, text: Option<&str>, default: Duration) -> Result<Duration, ConfigError> {
        let Some(text) = text else { return Ok(default) };
        let duration = humantime::parse_duration(text)
            .map_err(|error| self.refuse(key, error.to_string(), "Write a time like \"5s\" or \"1m\""))?;
        let sane = Duration::from_secs(1)..=Duration::from_secs(60);
        if sane.contains(&duration) { Ok(duration) } else { Err(self.refuse(key, text.into(), "Write 1 s to 60 s")) }
    }

    fn size(&self, key: &str, text: &str, least: u64) -> Result<Bytes, ConfigError> {
        let size: Bytes = text
            .parse()
            .map_err(|error: super::size::SizeError| self.refuse(key, error.to_string(), "For instance \"20 GiB\""))?;
        if size.0 >= least {
            return Ok(size);
        }
        Err(self.refuse(key, format!("{size} is less than {}", Bytes(least)), "Allow more room"))
    }

    fn secret(&self, key: &str, path: &Path) -> Result<Secret, ConfigError> {
        let path = self.base().join(path);
        let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::Read {
            file: self.path.to_owned(),
            key: key.to_owned(),
            path,
            source,
            remedy: "Make the file, readable by the recorder alone",
        })?;
        match text.trim() {
            "" => Err(self.refuse(key, "the file is empty".into(), "Write the secret into it")),
            secret => Ok(Secret::new(secret)),
        }
    }

    fn token(&self, path: Option<&Path>) -> Result<Secret, ConfigError> {
        if let Some(path) = path {
            return self.secret("token_file", path);
        }
        match (self.variable)(TOKEN_VARIABLE) {
            Some(token) if !token.trim().is_empty() => Ok(Secret::new(token.trim())),
            _ => Err(self.refuse("token_file", "is missing".into(), "Set it, or the variable LIUHEN_RECORDER_TOKEN")),
        }
    }

    /// Over the network all is encrypted; on one machine it need not be.
    fn address(&self, text: &str, has_pin: bool) -> Result<String, ConfigError> {
        const REMEDY: &str = "Write for instance \"https://10.8.0.1:7801\", or on one machine \"http://127.0.0.1:7800\"";
        const PIN: &str =
            "Copy centre_sha256 from the configuration that `liuhen declare` writes, or from what `liuhen serve` prints";
        const FORM: &str = "an address is https:// or http://, a host and a port, without credentials";
        let url = url::Url::parse(text).map_err(|error| self.refuse("centre", format!("{text:?}: {error}"), REMEDY))?;
        let refuse = |what: &str, remedy| Err(self.refuse("centre", what.to_owned(), remedy));
        if !url.has_host() || !url.username().is_empty() || url.password().is_some() {
            return refuse(FORM, REMEDY);
        }
        let is_here = match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        };
        match url.scheme() {
            "https" if has_pin => Ok(text.to_owned()),
            "https" => refuse("https:// needs centre_sha256, by which the centre is known", PIN),
            "http" if is_here => Ok(text.to_owned()),
            "http" => refuse("http:// is not encrypted, and the centre is not on this machine", REMEDY),
            _ => refuse(FORM, REMEDY),
        }
    }

    fn pin(&self, text: Option<&str>) -> Result<Option<Sha256>, ConfigError> {
        const REMEDY: &str = "Write the 64 hexadecimal digits that `liuhen serve` prints";
        let Some(text) = text else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.refuse("centre_sha256", format!("{text:.80?}"), REMEDY))
    }

    fn spool(&self, spool: &Spool) -> Result<SpoolConfig, ConfigError> {
        Ok(SpoolConfig {
            directory: self.base().join(&spool.directory),
            quota: self.size("spool.quota", &spool.quota, 1 << 20)?,
            keep_sealed: spool.keep_sealed,
            segment: self.duration("spool.segment", spool.segment.as_deref(), Duration::from_secs(60))?,
            buffer: self.size("spool.buffer", spool.buffer.as_deref().unwrap_or("24 MiB"), 8 << 20)?,
        })
    }

    fn camera(&self, index: usize, camera: Camera) -> Result<CameraConfig, ConfigError> {
        let key = |name: &str| format!("camera[{index}].{name}");
        let source = self.source(&key, "source", &camera.source, &camera)?;
        Ok(CameraConfig {
            camera_id: self.id(&key("camera_id"), &camera.camera_id)?,
            stream_id: self.id(&key("evidence_stream_id"), &camera.evidence_stream_id)?,
            source,
            silence: self.duration(&key("silence"), camera.silence.as_deref(), Duration::from_secs(5))?,
            viewing: self.viewing(&key, &camera)?,
            carries: self.carries(&key, &camera)?,
            judged: self.judged(&key, &camera)?,
            name: camera.name,
        })
    }

    /// The second stream of the camera; reached with what the camera's other keys say, as the first.
    fn viewing(&self, key: &dyn Fn(&str) -> String, camera: &Camera) -> Result<Option<ViewingConfig>, ConfigError> {
        let (id, source) = match (&camera.viewing_stream_id, &camera.viewing_source) {
            (None, None) => return Ok(None),
            (Some(id), Some(source)) => (id, source),
            (Some(_), None) => {
                return Err(self.refuse(&key("viewing_source"), "is missing".into(), "Set it, or leave viewing_stream_id out"));
            }
            (None, Some(_)) => return Err(self.refuse(&key("viewing_stream_id"), "is missing".into(), ID_REMEDY)),
        };
        let stream_id = self.id(&key("viewing_stream_id"), id)?;
        Ok(Some(ViewingConfig { stream_id, source: self.source(key, "viewing_source", source, camera)? }))
    }

    fn carries(&self, key: &dyn Fn(&str) -> String, camera: &Camera) -> Result<Carries, ConfigError> {
        match camera.carries.as_deref() {
            None => Ok(Carries::Anything),
            Some("picture_and_sound") => Ok(Carries::PictureAndSound),
            Some("picture") => Ok(Carries::Picture),
            Some("sound") if camera.viewing_source.is_some() => {
                let what = "there is nothing to view of sound alone".into();
                Err(self.refuse(&key("viewing_source"), what, "Leave it and viewing_stream_id out, or carry the picture"))
            }
            Some("sound") => Ok(Carries::Sound),
            Some(other) => {
                let what = format!("{other:.40?} is not known");
                Err(self.refuse(&key("carries"), what, "Write picture_and_sound, picture or sound"))
            }
        }
    }

    fn judged(&self, key: &dyn Fn(&str) -> String, camera: &Camera) -> Result<bool, ConfigError> {
        match &camera.judge {
            Some(Judge { enabled: true }) if !cfg!(feature = "judge") => {
                let what = "this recorder was built without judgement".into();
                Err(self.refuse(&key("judge.enabled"), what, "Write false, or install the recorder with it"))
            }
            Some(judge) => Ok(judge.enabled),
            None => Ok(cfg!(feature = "judge")),
        }
    }

    /// The source that stands under `name`, with what the camera's other keys say about reaching it.
    fn source(&self, key: &dyn Fn(&str) -> String, name: &str, text: &str, camera: &Camera) -> Result<SourceConfig, ConfigError> {
        let refused = |what| self.refuse(&key(name), what, "See the list of sources in the guide");
        let mut source = source::parse(text, self.base()).map_err(refused)?;
        let credentials = self.credentials(key, camera)?;
        match &mut source {
            SourceConfig::Rtsp(rtsp) => {
                rtsp.credentials = credentials;
                return self.rtsp(key, rtsp.clone(), camera).map(SourceConfig::Rtsp);
            }
            SourceConfig::Piped(piped) => piped.credentials = credentials,
            _ if credentials.is_none() => {}
            _ => return Err(self.refuse(&key("username"), "this source takes none".into(), "Leave it out")),
        }
        let only_rtsp = [("reader", &camera.reader), ("transport", &camera.transport)];
        let only_rtsp = only_rtsp.into_iter().chain([("certificate_sha256", &camera.certificate_sha256)]);
        match only_rtsp.into_iter().find(|(_, value)| value.is_some()) {
            Some((name, _)) => Err(self.refuse(&key(name), "only RTSP takes it".into(), "Leave it out")),
            None => Ok(source),
        }
    }

    fn rtsp(&self, key: &dyn Fn(&str) -> String, mut rtsp: RtspSource, camera: &Camera) -> Result<RtspSource, ConfigError> {
        let refuse = |name: &str, value: &str, remedy| Err(self.refuse(&key(name), format!("{value:.40?} is not known"), remedy));
        rtsp.reader = match camera.reader.as_deref() {
            None | Some("auto") => Reader::Auto,
            Some("retina") => Reader::Retina,
            Some("gstreamer") => Reader::Gstreamer,
            Some(other) => return refuse("reader", other, "Write auto, retina or gstreamer"),
        };
        rtsp.transport = match camera.transport.as_deref() {
            None | Some("tcp") => Transport::Tcp,
            Some("udp") => Transport::Udp,
            Some(other) => return refuse("transport", other, "Write tcp or udp"),
        };
        let secure = rtsp.url.scheme() == "rtsps";
        if rtsp.reader == Reader::Retina && (secure || rtsp.transport == Transport::Udp) {
            let what = "retina speaks no TLS and does not sort datagrams".into();
            return Err(self.refuse(&key("reader"), what, "Write auto or gstreamer"));
        }
        let digest = camera.certificate_sha256.as_deref().map(|text| text.replace(':', "").to_lowercase());
        rtsp.certificate = match digest {
            None => None,
            Some(_) if !secure => {
                return Err(self.refuse(&key("certificate_sha256"), "the address is no rtsps://".into(), "Leave it out"));
            }
            Some(text) => match text.parse() {
                Ok(digest) => Some(digest),
                Err(_) => return refuse("certificate_sha256", &text, "Write the 64 hexadecimal digits that `check` shows"),
            },
        };
        Ok(rtsp)
    }

    fn credentials(&self, key: &dyn Fn(&str) -> String, camera: &Camera) -> Result<Option<Credentials>, ConfigError> {
        let password = match (&camera.password_file, &camera.password_env) {
            (Some(_), Some(_)) => {
                return Err(self.refuse(&key("password_env"), "password_file is set too".into(), "Leave one of them out"));
            }
            (Some(path), None) => Some(self.secret(&key("password_file"), path)?),
            (None, Some(name)) => {
                let missing = || self.refuse(&key("password_env"), format!("{name} is not set"), "Set the variable");
                Some(Secret::new((self.variable)(name).ok_or_else(missing)?))
            }
            (None, None) => None,
        };
        match (&camera.username, password) {
            (Some(username), Some(password)) => Ok(Some(Credentials { username: username.clone(), password })),
            (None, None) => Ok(None),
            _ => Err(self.refuse(&key("username"), "goes with a password".into(), "Set username and password_file, or neither")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
centre = ["http://127.0.0.1:7800"]
recorder_id = "rec_01J9Z0000000000000000000AA"
site_id = "site_01J9Z0000000000000000000AA"
[spool]
directory = "spool"
quota = "20 GiB"
[[camera]]
camera_id = "cam_01J9Z0000000000000000000AA"
evidence_stream_id = "str_01J9Z0000000000000000000AA"
name = "Room 1 front"
source = "rtsp://10.0.0.5:554/main?channel=1"
username = "admin"
password_env = "CAM1"
"#;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        let variable = |name: &str| match name {
            TOKEN_VARIABLE => Some("t0ken".to_owned()),
            "CAM1" => Some("s3cret".to_owned()),
            _ => None,
        };
        Config::parse(text, Path::new("/etc/liuhen/recorder.toml"), &variable)
    }

    #[test]
    fn a_good_file_is_taken_and_shows_no_secret() {
        let config = parse(GOOD).unwrap();
        assert_eq!(config.spool.directory, Path::new("/etc/liuhen/spool"));
        let shown = format!("{config:?} {}", config.cameras[0].source);
        assert!(!shown.contains("s3cret") && !shown.contains("t0ken"), "{shown}");
        let SourceConfig::Rtsp(rtsp) = &config.cameras[0].source else { panic!("rtsp") };
        assert_eq!(rtsp.credentials.as_ref().unwrap().password.reveal(), "s3cret");
    }

    /// What is replaced, by what, and what the refusal must name.
    const WRONG: &[(&str, &str, &str)] = &[
        ("quota = \"20 GiB\"", "quota = \"20\"", "spool.quota"),
        ("quota = \"20 GiB\"", "quota = \"20 GiB\"\nquotta = 1", "quotta"),
        ("rec_01", "ses_01", "recorder_id"),
        ("str_01", "str_1", "camera[0].evidence_stream_id"),
        ("rtsp://10.0.0.5", "rtsp://admin:pw@10.0.0.5", "camera[0].source"),
        ("rtsp://10.0.0.5:554/main?channel=1", "http://x", "camera[0].source"),
        ("rtsp://10.0.0.5:554/main?channel=1", "synthetic:width=17", "camera[0].source"),
        ("rtsp://10.0.0.5:554/main?channel=1", "srt://10.0.0.5", "camera[0].source"),
        ("username = \"admin\"", "username = \"admin\"\nreader = \"ffmpeg\"", "camera[0].reader"),
        ("username = \"admin\"", "username = \"admin\"\ntransport = \"multicast\"", "camera[0].transport"),
        ("username = \"admin\"", "username = \"admin\"\nreader = \"retina\"\ntransport = \"udp\"", "camera[0].reader"),
        ("username = \"admin\"", "username = \"admin\"\ncertificate_sha256 = \"00\"", "camera[0].certificate_sha256"),
        ("username = \"admin\"", "username = \"admin\"\nviewing_source = \"rtsp://10.0.0.5/sub\"", "camera[0].viewing_stream_id"),
        (
            "username = \"admin\"",
            "username = \"admin\"\nviewing_stream_id = \"str_01J9Z0000000000000000000AB\"",
            "camera[0].viewing_source",
        ),
        ("username = \"admin\"", "username = \"admin\"\ncarries = \"video\"", "camera[0].carries"),
        ("password_env = \"CAM1\"", "password_env = \"CAM1\"\n[camera.judge]\nblack = 3", "black"),
        ("CAM1", "CAM2", "camera[0].password_env"),
        ("password_env = \"CAM1\"", "", "camera[0].username"),
        ("password_env = \"CAM1\"", "password_file = \"/nowhere/pw\"", "camera[0].password_file"),
        ("http://127", "https://127", "centre"),
        ("[[camera]]", "[uplink]\nlimit = \"4 MB/s\"\n[[camera]]", "uplink.limit"),
        ("[[camera]]", "[status]\nlisten = \"localhost\"\n[[camera]]", "status.listen"),
        ("[[camera]]", "[record]\nwhen = \"night\"\n[[camera]]", "record.when"),
        ("[[camera]]", "[record]\nbefore = \"5m\"\n[[camera]]", "record.before"),
        ("[[camera]]", "[record]\nwhen = \"sessions\"\nafter = \"25h\"\n[[camera]]", "record.after"),
        ("centre = [\"http://127.0.0.1:7800\"]", "record = { when = \"sessions\" }", "record.when"),
        ("[[camera]]", "token_file = 3\n[[camera]]", "token_file"),
    ];

    #[test]
    fn a_refusal_names_file_key_and_remedy() {
        for (from, to, key) in WRONG {
            let error = parse(&GOOD.replace(from, to)).expect_err(to);
            let text = error.to_string();
            assert!(text.starts_with("/etc/liuhen/recorder.toml: ") && text.contains(key), "{text}");
            assert!(!text.contains("s3cret") && !text.contains("pw@"), "{text}");
            assert!(error.problem().message_zh().contains("配置文件"));
        }
    }

    #[test]
    fn the_example_is_a_good_file() {
        let variable = |_: &str| Some("s3cret".to_owned());
        let text = include_str!("../../recorder.example.toml").replace("token_file", "# token_file");
        let config = Config::parse(&text, Path::new("recorder.toml"), &variable).unwrap();
        assert_eq!(config.cameras.len(), 3);
        assert!(config.cameras[0].viewing.is_some() && config.cameras[0].carries == Carries::PictureAndSound);
        assert!(config.cameras[1].carries == Carries::Sound && !config.cameras[2].judged);
    }

    /// Adds lines to the camera of the good file.
    fn with(lines: &str) -> Result<Config, ConfigError> {
        parse(&GOOD.replace("username", &format!("{lines}\nusername")))
    }

    #[test]
    fn the_viewing_stream_is_reached_as_the_other_and_is_no_other_stream() {
        let viewing = |id: &str| {
            format!("viewing_stream_id = \"str_01J9Z0000000000000000000{id}\"\nviewing_source = \"rtsp://10.0.0.5/sub\"")
        };
        let config = with(&format!("transport = \"udp\"\n{}", viewing("AB"))).unwrap();
        let SourceConfig::Rtsp(rtsp) = &config.cameras[0].viewing.as_ref().unwrap().source else { panic!("rtsp") };
        assert_eq!((rtsp.url.path(), rtsp.transport), ("/sub", Transport::Udp));
        assert_eq!(rtsp.credentials.as_ref().unwrap().password.reveal(), "s3cret");
        let same = with(&viewing("AA")).unwrap_err().to_string();
        assert!(same.contains("camera[0].viewing_stream_id"), "{same}");
        let sound = with(&format!("carries = \"sound\"\n{}", viewing("AB"))).unwrap_err().to_string();
        assert!(sound.contains("camera[0].viewing_source"), "{sound}");
    }

    #[test]
    fn judgement_is_there_where_it_was_built_in_and_can_be_left_out() {
        assert_eq!(parse(GOOD).unwrap().cameras[0].judged, cfg!(feature = "judge"));
        let off = parse(&format!("{GOOD}[camera.judge]\nenabled = false\n")).unwrap();
        assert!(!off.cameras[0].judged);
        let on = parse(&format!("{GOOD}[camera.judge]\nenabled = true\n"));
        assert_eq!(on.is_ok(), cfg!(feature = "judge"));
    }

    #[test]
    fn two_cameras_cannot_share_a_stream() {
        let (head, camera) = GOOD.split_at(GOOD.find("[[camera]]").unwrap());
        let error = parse(&format!("{head}{camera}{camera}")).unwrap_err();
        assert!(error.to_string().contains("camera[1].evidence_stream_id"));
    }
}
