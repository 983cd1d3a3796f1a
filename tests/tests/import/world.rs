//! A server with a session of an hour ago in which nothing was recorded, and who imports into it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use liuhen_proto::digest::unhex;
use liuhen_proto::ids::{CameraId, ImportId, StreamId};
use liuhen_proto::import::ImportStatement;
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::archive::v1 as pb;
use liuhen_proto::wire::archive::v1::import_request::Step;
use liuhen_proto::wire::archive::v1::import_response::Answer;
use liuhen_proto::wire::archive::v1::import_service_client::ImportServiceClient;
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};
use liuhen_proto::{Sha256, Timestamp};
use liuhen_tests::camera::Spec;
use liuhen_tests::program::built;
use liuhen_tests::world::{Bearer, Declared, Plan, Server, run_tool};
use serde_json::Value;
use tokio_stream::StreamExt as _;
use tonic::transport::Endpoint;

/// How long the window is, and each film.
pub(crate) const SECONDS: u64 = 12;

pub(crate) struct World {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) server: Server,
    pub(crate) declared: Declared,
    pub(crate) session: String,
    pub(crate) window: Interval,
}

impl World {
    /// With a viewpoint of each name, and a registered key.
    pub(crate) async fn start(viewpoints: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut server = Server::start(&directory.path().join("data"), &directory.path().join("log")).await.unwrap();
        let mut centre = server.centre().await.unwrap();
        let plan = Plan::one_room(viewpoints.iter().map(|name| Spec::synthetic(name, name)));
        let key = SigningKey::generate(&OsRandom).public().to_bytes().to_vec();
        let declared = centre.declare(&plan, key, |spec| format!("rtsp://127.0.0.1:1/{}", spec.path)).await.unwrap();
        // An hour ago, where a minute begins: a DAV file of tests ends within its minute.
        let start_us = (SystemClock.now().as_micros() / 60_000_000 - 60) * 60_000_000;
        let window = Interval { start_us, end_us: start_us + SECONDS as i64 * 1_000_000 };
        let session = centre.declare_session(&declared, window).await.unwrap();
        // Sessions that are over are looked for once a minute, and at the start.
        server.stop().await.unwrap();
        server.restart().await.unwrap();
        let world = Self { directory, server, declared, session, window };
        world.liuhen(&["key", "--key", world.path("me.key").to_str().unwrap()]).unwrap();
        world.signed(&["key", "register", "李四"]).unwrap();
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn viewpoint(&self, place: usize) -> &str {
        &self.declared.cameras[place].viewpoint_id
    }

    /// The key that is registered.
    pub(crate) fn key(&self) -> SigningKey {
        let text = std::fs::read_to_string(self.path("me.key")).unwrap();
        SigningKey::from_seed(&unhex(text.trim()).unwrap().try_into().unwrap())
    }

    /// Runs a command with `--json`; gives what it printed, or what it complained of.
    pub(crate) fn liuhen(&self, arguments: &[&str]) -> Result<Value> {
        let printed = self.printed(arguments)?;
        serde_json::from_str(&printed).with_context(|| printed.clone())
    }

    /// The same, where it prints a line for each thing.
    pub(crate) fn printed(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(built("liuhen")?)
            .args(arguments)
            .args(["--json", "--lang", "en"])
            .env("LIUHEN_SERVER", self.server.address())
            .env("LIUHEN_TOKEN_FILE", self.server.data().join("admin.token"))
            .env("TMPDIR", self.directory.path())
            .output()
            .context("run liuhen")?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr));
        }
        String::from_utf8(output.stdout).context("what liuhen prints is text")
    }

    /// The same, with the registered key.
    pub(crate) fn signed(&self, arguments: &[&str]) -> Result<Value> {
        let key = self.path("me.key");
        self.liuhen(&[arguments, &["--key", key.to_str().context("a path of text")?]].concat())
    }

    /// `--start` of a device that is ahead by so much.
    pub(crate) fn start_flag(&self, ahead_us: i64) -> Vec<String> {
        let [year, month, day, hour, minute, second] = self.device_clock(ahead_us);
        vec!["--start".into(), format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")]
    }

    /// What such a device shows where the window begins, in the zone of the exam sites.
    pub(crate) fn device_clock(&self, ahead_us: i64) -> [u32; 6] {
        let seconds = (self.window.start_us + ahead_us) / 1_000_000 + 8 * 3_600;
        let text = run_tool("date", &["-u", "-d", &format!("@{seconds}"), "+%Y %-m %-d %-H %-M %-S"]).unwrap();
        let parts: Vec<u32> = String::from_utf8(text).unwrap().split_whitespace().map(|part| part.parse().unwrap()).collect();
        parts.try_into().unwrap()
    }

    pub(crate) fn import(&self, file: &Path, viewpoint: &str, start: &[String], offset: &str, more: &[&str]) -> Result<Value> {
        self.import_as(&self.path("me.key"), file, viewpoint, start, offset, more)
    }

    pub(crate) fn import_as(
        &self,
        key: &Path,
        file: &Path,
        viewpoint: &str,
        start: &[String],
        offset: &str,
        more: &[&str],
    ) -> Result<Value> {
        let start: Vec<&str> = start.iter().map(String::as_str).collect();
        let declared = ["--custodian", "王五", "--device", "NVR, channel 3", "--offset-reason", "compared at 08:10"];
        let place = ["import", file.to_str().unwrap(), "--viewpoint", viewpoint, "--key", key.to_str().unwrap()];
        self.liuhen(&[&place[..], &start, &["--clock-offset", offset], &declared, more].concat())
    }

    /// Of a file that is only kept.
    pub(crate) fn statement(&self, content: &[u8]) -> ImportStatement {
        let now = SystemClock.now();
        ImportStatement {
            v: 1,
            r#type: "import".to_owned(),
            import: ImportId::mint(now, &OsRandom),
            viewpoint: self.viewpoint(0).parse().unwrap(),
            camera: CameraId::mint(now, &OsRandom),
            stream: StreamId::mint(now, &OsRandom),
            original: Sized256 { sha256: Sha256::of(content), size_bytes: content.len() as u64 },
            file_name: "a.bin".to_owned(),
            device: "camera".to_owned(),
            custodian: "王五".to_owned(),
            device_start: Timestamp::from_micros(self.window.start_us),
            clock_offset_us: 0,
            offset_reason: "compared".to_owned(),
            runs: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// A call of these steps; where it does not end, it waits behind the last one.
    pub(crate) async fn call(&self, steps: Vec<Step>, ends: bool) -> Result<pb::Imported> {
        let channel = Endpoint::from_shared(self.server.address())?.connect().await?;
        let mut client = ImportServiceClient::with_interceptor(channel, Bearer::new(&self.server.token()?)?);
        let steps = tokio_stream::iter(steps.into_iter().map(|step| pb::ImportRequest { step: Some(step) }));
        let mut answers = if ends {
            client.import(steps).await?.into_inner()
        } else {
            client.import(steps.chain(tokio_stream::pending())).await?.into_inner()
        };
        while let Some(answer) = answers.message().await? {
            if let Some(Answer::Imported(imported)) = answer.answer {
                return Ok(imported);
            }
        }
        bail!("the call ended without an answer")
    }

    /// Calls of which files lie on the server's disk.
    pub(crate) fn staged(&self) -> usize {
        std::fs::read_dir(self.server.data().join("staging")).map_or(0, |entries| {
            entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().join("0").exists())).count()
        })
    }

    /// No object, no record, no file of a call.
    pub(crate) fn holds_nothing(&self) {
        let data = self.server.data();
        let files = run_tool("find", &[data.join("objects"), data.join("staging"), "-type".into(), "f".into()]).unwrap();
        assert_eq!(String::from_utf8_lossy(&files), "");
        assert_eq!(self.liuhen(&["import", "list"]).unwrap(), Value::Array(Vec::new()));
        let site = self.liuhen(&["site", &self.declared.site_id]).unwrap().to_string();
        assert!(!site.contains("NVR"), "{site}");
    }
}

/// Writes a film of [`SECONDS`] with a tone: H.264, unless `more` says otherwise.
pub(crate) fn film(path: &Path, more: &[&str]) {
    let seconds = SECONDS.to_string();
    let inputs = [
        "-v",
        "error",
        "-y",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=160x120:rate=10",
        "-f",
        "lavfi",
        "-i",
        "sine=sample_rate=16000",
    ];
    let encode = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "20", "-pix_fmt", "yuvj420p"];
    let end = ["-t", &seconds, path.to_str().unwrap()];
    run_tool("ffmpeg", &[&inputs[..], &encode, more, &end].concat()).unwrap();
}

/// Waits for a condition.
pub(crate) async fn until(patience: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(patience, wait).await.expect("it comes about in time");
}
