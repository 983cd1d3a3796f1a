//! Replies that are none: nobody waits for them without end, and the sentence says what came.

use std::time::Duration;

use liuhen_recorder::config::{Reader, RtspSource};
use liuhen_recorder::source::SourceError;
use liuhen_tests::scripted::{Camera, Fault, Look, Manners, Model};
use tokio::time::Instant;

/// The step of connecting may take ten seconds; what is beyond is for a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(15);

/// A fault, and what retina's sentence holds.
const FAULTS: &[(Fault, &str)] = &[
    (Fault::Silence, "no whole answer to DESCRIBE within 10 s"),
    (Fault::Half, "no whole answer to DESCRIBE within 10 s"),
    (Fault::EndlessHeaders, "no whole answer to DESCRIBE within 10 s"),
    (Fault::EndlessLine, "no whole answer to DESCRIBE within 10 s"),
    (Fault::EndlessBody, "no whole answer to DESCRIBE within 10 s"),
    (Fault::HalfAndEnd, "the answer to DESCRIBE is no RTSP"),
    (Fault::NotRtsp, "the answer to DESCRIBE is no RTSP"),
    (Fault::OtherSequence, "the answer to DESCRIBE is no RTSP"),
    (Fault::EmptyBody, "the answer to DESCRIBE cannot be read"),
];

async fn error_of(fault: Fault, reader: Reader) -> SourceError {
    let camera = Camera::start(Model::plain(), Manners { fault: Some(fault), ..Manners::default() }).await.unwrap();
    let config = RtspSource { reader, ..RtspSource::new(camera.url().parse().unwrap()) };
    let began = Instant::now();
    let error = Look::at(&config).await.expect_err("nothing can come of this");
    assert!(began.elapsed() < PATIENCE, "{fault:?}, {reader:?}: {:?}", began.elapsed());
    error
}

/// All at the same time: some have to wait for the step's end.
async fn errors(reader: Reader) -> Vec<(Fault, &'static str, SourceError)> {
    let mut tasks = tokio::task::JoinSet::new();
    for &(fault, words) in FAULTS {
        tasks.spawn(async move { (fault, words, error_of(fault, reader).await) });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn faults_end_in_a_sentence() {
    for (fault, words, error) in errors(Reader::Retina).await {
        let text = error.to_string();
        assert!(text.contains(words), "{fault:?}: {text}");
        assert!(text.len() < 500 && !text.contains('\n'), "{fault:?}: {text}");
    }
}

/// GStreamer's words are not ours to choose; that there are some, and in time, is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn faults_end_in_a_sentence_by_gstreamer_too() {
    for (fault, _, error) in errors(Reader::Gstreamer).await {
        let text = error.to_string();
        eprintln!("{fault:?}: {text}");
        assert!((10..500).contains(&text.len()) && !text.contains('\n'), "{fault:?}: {text}");
    }
}

/// Ten thousand tracks are read, and two are taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_huge_description_is_read() {
    let manners = Manners { fault: Some(Fault::HugeDescription), ..Manners::default() };
    let camera = Camera::start(Model::plain(), manners).await.unwrap();
    let config = RtspSource { reader: Reader::Retina, ..RtspSource::new(camera.url().parse().unwrap()) };
    let began = Instant::now();
    let look = Look::at(&config).await.unwrap();
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    assert_eq!(look.words(), "H.264 1920×1080");
    assert_eq!(camera.count("SETUP"), 1);
}
