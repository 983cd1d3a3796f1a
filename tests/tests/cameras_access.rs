//! Cameras that ask for a password, have one seat, move, or send otherwise than they said; and a whole recorder
//! before such cameras.

use std::sync::Arc;
use std::time::Duration;

use liuhen_proto::world::SystemClock;
use liuhen_recorder::config::{Credentials, Reader, RtspSource, Secret, SourceConfig, Transport};
use liuhen_recorder::source::{self, Refusal, SourceError};
use liuhen_tests::scripted::{Camera, Lock, Look, Manners, Model, Scheme, models};
use tokio::time::Instant;

const SCHEMES: [Scheme; 4] = [Scheme::Basic, Scheme::Digest, Scheme::DigestQop, Scheme::Both];
/// Readers whose answers are to be the same.
const READERS: [Reader; 2] = [Reader::Retina, Reader::Gstreamer];

async fn camera(manners: Manners) -> Camera {
    Camera::start(Model::plain(), manners).await.unwrap()
}

fn locked(scheme: Scheme) -> Manners {
    Manners { lock: Some(Lock::new(scheme)), ..Manners::default() }
}

fn config(camera: &Camera, reader: Reader) -> RtspSource {
    RtspSource { reader, ..RtspSource::new(camera.url().parse().unwrap()) }
}

/// What the camera says to this name and password.
async fn knock(camera: &Camera, reader: Reader, key: Option<Credentials>) -> Result<Look, SourceError> {
    Look::at(&RtspSource { credentials: key, ..config(camera, reader) }).await
}

/// Retina could not, GStreamer can, and the reason is told.
fn by_gstreamer(look: Result<Look, SourceError>, reason: &str) {
    let look = look.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(look.choice.reader, "gstreamer");
    assert!(look.choice.reason.contains(reason), "{}", look.choice);
    look.recorded().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_right_password_opens_in_every_scheme() {
    for reader in READERS {
        // GStreamer 1.22 answers as RFC 2069 has it, which a camera may refuse where it asks for more.
        for scheme in SCHEMES.into_iter().filter(|scheme| reader == Reader::Retina || *scheme != Scheme::DigestQop) {
            let camera = camera(locked(scheme)).await;
            knock(&camera, reader, Lock::key()).await.unwrap_or_else(|error| panic!("{reader:?} {scheme:?}: {error}"));
            let in_clear =
                camera.asked().iter().any(|asked| asked.header("authorization").is_some_and(|a| a.starts_with("Basic")));
            assert_eq!(in_clear, scheme == Scheme::Basic, "{reader:?} {scheme:?}: the password goes in clear only if it must");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_and_none_are_told_apart_and_not_told() {
    for reader in READERS {
        for scheme in SCHEMES {
            let camera = camera(locked(scheme)).await;
            let wrong = Credentials { username: "operator".into(), password: Secret::new("wr0ng-one") };
            for (key, words) in [(Some(wrong), "check username and password_file"), (None, "username and password_file")] {
                let error = knock(&camera, reader, key).await.unwrap_err();
                assert!(matches!(error, SourceError::Refused(Refusal::Credentials, _)), "{reader:?} {scheme:?}: {error:?}");
                let text = error.to_string();
                assert!(text.contains(words) && text.contains("401"), "{reader:?} {scheme:?}: {text}");
                assert!(!format!("{error:?}").contains("wr0ng-one"), "{text}");
            }
        }
    }
}

/// Retina answers no second challenge; GStreamer does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nonce_that_changes_is_followed_or_told() {
    let manners = Manners { lock: Some(Lock { nonce_uses: 1, ..Lock::new(Scheme::Digest) }), ..Manners::default() };
    let camera = camera(manners).await;
    let error = knock(&camera, Reader::Retina, Lock::key()).await.unwrap_err();
    assert!(error.to_string().contains("asks for the password again (401 to SETUP)"), "{error}");
    by_gstreamer(knock(&camera, Reader::Auto, Lock::key()).await, "asks for the password again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_camera_is_called_busy() {
    for reader in READERS {
        let camera = camera(Manners { busy: 0..usize::MAX, ..Manners::default() }).await;
        let error = Look::at(&config(&camera, reader)).await.unwrap_err();
        assert!(matches!(error, SourceError::Refused(Refusal::Busy, _)), "{reader:?}: {error:?}");
    }
}

/// Retina asks from time to time; GStreamer sends reports, which is a sign of life too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_session_is_kept_alive() {
    let session = |reader, timeout: Duration, watched: Duration| async move {
        let camera = camera(Manners { timeout: Some(timeout), ..Manners::default() }).await;
        let mut source = source::open(&SourceConfig::Rtsp(config(&camera, reader)), Arc::new(SystemClock)).await.unwrap();
        let began = Instant::now();
        while began.elapsed() < watched {
            source.next().await.unwrap_or_else(|error| panic!("{reader:?}: {error}, {:?}", camera.asked()));
        }
        assert_eq!(camera.cut_off(), 0, "{reader:?}");
        source.close().await;
        camera.count("OPTIONS") + camera.count("GET_PARAMETER")
    };
    let seconds = Duration::from_secs;
    let (asked, _) = tokio::join!(
        session(Reader::Retina, seconds(2), seconds(6)),
        // A report comes after 7.5 s at the latest.
        session(Reader::Gstreamer, seconds(9), seconds(11)),
    );
    assert!(asked >= 3, "{asked}");
}

/// Retina gives such a camera up, and says who would not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_does_not_answer_while_it_plays() {
    let timeout = Some(Duration::from_secs(2));
    let camera = camera(Manners { ignores_keep_alive: true, timeout, ..Manners::default() }).await;
    let config = SourceConfig::Rtsp(config(&camera, Reader::Retina));
    let mut source = source::open(&config, Arc::new(SystemClock)).await.unwrap();
    let error = tokio::time::timeout(Duration::from_secs(10), async { while source.next().await.is_ok() {} });
    error.await.expect("it is given up after a timeout");
    let error = source.next().await.expect_err("and stays so");
    assert!(error.to_string().contains("set reader = \"gstreamer\""), "{error}");
}

/// Who says nothing is cut off: otherwise the test before would hold for nobody.
#[tokio::test]
async fn who_says_nothing_is_cut_off() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let camera = camera(Manners { timeout: Some(Duration::from_secs(1)), ..Manners::default() }).await;
    let mut stream = tokio::net::TcpStream::connect(camera.address).await.unwrap();
    let ask = "SETUP rtsp://x/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n";
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut said = String::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut said)).await.unwrap().unwrap();
    assert!(said.contains(";timeout=1"), "{said}");
    assert_eq!(camera.cut_off(), 1);
}

/// Who takes leave may come again at once, even where there is one seat.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leave_is_taken() {
    for reader in READERS {
        let camera = Camera::start(models::REOLINK, Manners { one_viewer: true, ..Manners::default() }).await.unwrap();
        for _ in 0..3 {
            Look::at(&config(&camera, reader)).await.unwrap_or_else(|error| panic!("{reader:?}: {error}"));
        }
        assert_eq!(camera.count("TEARDOWN"), 3, "{reader:?}");
    }
}

/// A camera that does not answer TEARDOWN holds nobody up for long, and has its seat back in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_ignores_teardown_is_left() {
    for reader in READERS {
        let manners = Manners { one_viewer: true, ignores_teardown: true, ..Manners::default() };
        let camera = camera(manners).await;
        let source = source::open(&SourceConfig::Rtsp(config(&camera, reader)), Arc::new(SystemClock)).await.unwrap();
        let began = Instant::now();
        source.close().await;
        assert!(began.elapsed() < Duration::from_secs(3), "{reader:?}: {:?}", began.elapsed());
        let again = async {
            while let Err(error) = Look::at(&config(&camera, reader)).await {
                assert!(matches!(error, SourceError::Refused(Refusal::Busy, _)), "{reader:?}: {error}");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(15), again).await.unwrap_or_else(|_| panic!("{reader:?}: never again"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_sends_datagrams_only_says_so() {
    let camera = camera(Manners { only_udp: true, ..Manners::default() }).await;
    let error = Look::at(&config(&camera, Reader::Retina)).await.unwrap_err();
    assert!(matches!(error, SourceError::Refused(Refusal::Transport, _)), "{error:?}");
    assert!(error.to_string().contains("transport = \"udp\""), "{error}");
    by_gstreamer(Look::at(&config(&camera, Reader::Auto)).await, "does not send over TCP");
}

/// Many cameras are busy for a moment with a connection that has just ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_is_busy_with_the_first_reader_is_asked_again_by_the_second() {
    let camera = camera(Manners { only_udp: true, busy: 1..3, ..Manners::default() }).await;
    by_gstreamer(Look::at(&config(&camera, Reader::Auto)).await, "does not send over TCP");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_sends_another_ssrc_than_it_tells() {
    let manners = || Manners { lies_about_ssrc: true, one_viewer: true, ..Manners::default() };
    let camera = Camera::start(models::LUCKFOX, manners()).await.unwrap();
    let error = Look::at(&config(&camera, Reader::Retina)).await.unwrap_err();
    assert!(error.to_string().contains("sends another ssrc than it tells"), "{error}");
    // Another one: the first may still take whoever left for a viewer.
    let camera = Camera::start(models::LUCKFOX, manners()).await.unwrap();
    by_gstreamer(Look::at(&config(&camera, Reader::Auto)).await, "another ssrc");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_moved_says_so() {
    let there = camera(Manners::default()).await;
    let here = camera(Manners { elsewhere: Some(there.url()), ..Manners::default() }).await;
    let error = Look::at(&config(&here, Reader::Retina)).await.unwrap_err();
    assert!(error.to_string().contains("sends elsewhere (302 to DESCRIBE)"), "{error}");
    by_gstreamer(Look::at(&config(&here, Reader::Auto)).await, "sends elsewhere");
    assert_eq!(there.count("PLAY"), 1);
}

/// Sound that the camera offers and then refuses does not cost the picture.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_that_is_refused_does_not_cost_the_picture() {
    for status in [404, 451, 500] {
        let manners = Manners { refuses_sound: Some(status), ..Manners::default() };
        let camera = Camera::start(models::VSTARCAM, manners).await.unwrap();
        let look = Look::at(&config(&camera, Reader::Retina)).await.unwrap_or_else(|error| panic!("{status}: {error}"));
        assert_eq!(look.words(), "H.264 1920×1080", "{status}");
        look.recorded().unwrap();
    }
}

#[test]
fn the_default_is_one_connection() {
    assert_eq!(RtspSource::new("rtsp://a/".parse().unwrap()).transport, Transport::Tcp);
}
