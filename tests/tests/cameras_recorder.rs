//! A whole recorder before difficult cameras: it keeps trying, ends quickly, and tells nobody the password.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use liuhen_recorder::config::Config;
use liuhen_tests::scripted::{Camera, Lock, Manners, Model, Scheme};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// All that was logged in this process.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn log() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned()
}

/// A recorder that runs in this process, with one camera.
struct Recorder {
    directory: tempfile::TempDir,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), liuhen_recorder::RunError>>,
}

impl Recorder {
    fn start(camera: &Camera, more: &str, password: &str) -> Self {
        // Only the first recorder of the process sets it.
        let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| Log).with_ansi(false).try_init();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("password"), password).unwrap();
        let text = format!(
            "recorder_id = \"rec_01J9Z0000000000000000000AA\"\nsite_id = \"site_01J9Z0000000000000000000AA\"\n\
             [spool]\ndirectory = \"spool\"\nquota = \"1 GiB\"\nsegment = \"4s\"\n\
             [[camera]]\ncamera_id = \"cam_01J9Z0000000000000000000A0\"\nevidence_stream_id = \"str_01J9Z0000000000000000000A0\"\n\
             name = \"camera\"\nsource = \"{}\"\nusername = \"operator\"\npassword_file = \"password\"\n{more}",
            camera.url()
        );
        let config = Config::parse(&text, &directory.path().join("recorder.toml"), &|_| None).unwrap();
        let stop = CancellationToken::new();
        let task = tokio::spawn(liuhen_recorder::run(config, stop.clone()));
        Self { directory, stop, task }
    }

    /// Ends as a person would end it; gives how long that took.
    async fn stop(self) -> Duration {
        let began = Instant::now();
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
        began.elapsed()
    }

    fn has_footage(&self) -> bool {
        footage(&self.directory.path().join("spool")).iter().any(|path| path.metadata().is_ok_and(|data| data.len() > 0))
    }
}

/// All segments under a directory.
fn footage(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let found = entries.flat_map(|path| if path.is_dir() { footage(&path) } else { vec![path] });
    found.filter(|path| path.extension().is_some_and(|e| e == "mp4") && !path.ends_with("init.mp4")).collect()
}

async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let wait = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(40), wait).await.unwrap_or_else(|_| panic!("never: {what}\n{}", log()));
}

/// Busy twice, asks for a password, says nothing to TEARDOWN: it is recorded, and the recorder ends quickly.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_camera_is_tried_until_it_answers_and_leaving_is_quick() {
    for reader in ["retina", "gstreamer"] {
        let manners = Manners { busy: 0..2, lock: Some(Lock::new(Scheme::Digest)), ignores_teardown: true, ..Manners::default() };
        let secret = Lock::new(Scheme::Digest).password;
        let camera = Camera::start(Model::plain(), manners).await.unwrap();
        let recorder = Recorder::start(&camera, &format!("reader = \"{reader}\"\n"), secret);
        until("footage", || recorder.has_footage()).await;
        assert!(camera.count("DESCRIBE") >= 3, "{reader}: {:?}", camera.asked());
        let took = recorder.stop().await;
        assert!(took < Duration::from_secs(5), "{reader}: {took:?}");
        assert!(log().contains("busy"), "{reader}");
        assert!(!log().contains(secret), "{reader}: the password is in the log");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_tried_again_and_never_logged() {
    for (reader, scheme) in
        [("retina", Scheme::Digest), ("retina", Scheme::Basic), ("gstreamer", Scheme::Digest), ("gstreamer", Scheme::Basic)]
    {
        let camera =
            Camera::start(Model::plain(), Manners { lock: Some(Lock::new(scheme)), ..Manners::default() }).await.unwrap();
        let recorder = Recorder::start(&camera, &format!("reader = \"{reader}\"\n"), "wr0ng-one");
        // Each try asks once without and once with the password.
        until("another try", || camera.asked().len() >= 4).await;
        recorder.stop().await;
        let log = log();
        assert!(log.contains("check username and password_file"), "{reader}: {log}");
        // The second is `operator:wr0ng-one` as Basic sends it.
        assert!(!log.contains("wr0ng-one") && !log.contains("b3BlcmF0b3I6d3Iwbmctb25l"), "{reader}: {log}");
    }
}
