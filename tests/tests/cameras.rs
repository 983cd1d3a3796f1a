//! Every camera model whose replies we have: what comes of it, or why it is refused.

use std::collections::BTreeSet;
use std::path::Path;

use liuhen_recorder::config::{Reader, RtspSource, Transport};
use liuhen_tests::scripted::models as m;
use liuhen_tests::scripted::{Camera, Lock, Look, Manners, Model, Scheme};

/// What comes of a model.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    /// These tracks are recorded.
    Gives(&'static str),
    /// It is refused, in a sentence that holds these words.
    Refused(&'static str),
}
use Outcome::{Gives, Refused};

/// A model and what is to come of it.
struct Case {
    name: &'static str,
    model: Model,
    transport: Transport,
    outcome: Outcome,
}

const MOTION_JPEG: &str = "v=0\r\ns=old\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\n";

macro_rules! reader {
    ($reader:ident as $module:ident: $($name:ident)*) => {
        mod $module {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                check(stringify!($name), Reader::$reader).await;
            })*
        }
    };
}

macro_rules! cameras {
    (
        tcp { $($name:ident: $model:expr, $outcome:expr;)* }
        udp { $($udp_name:ident: $udp_model:expr, $udp_outcome:expr;)* }
    ) => {
        fn cases() -> Vec<Case> {
            let (tcp, udp) = (Transport::Tcp, Transport::Udp);
            vec![
                $(Case { name: stringify!($name), model: $model, transport: tcp, outcome: $outcome },)*
                $(Case { name: stringify!($udp_name), model: $udp_model, transport: udp, outcome: $udp_outcome },)*
            ]
        }
        // Over UDP the configuration refuses retina.
        reader!(Retina as retina: $($name)*);
        reader!(Gstreamer as gstreamer: $($name)* $($udp_name)*);
        reader!(Auto as auto: $($name)* $($udp_name)*);
    };
}

cameras! {
    tcp {
    anjvision: m::ANJVISION, Gives("H.265 1280×704");
    anpviz: m::ANPVIZ, Gives("H.264 704×576");
    wowza: m::WOWZA, Gives("H.264 240×160, AAC 12000 Hz ×2");
    bad_rtptime: m::BAD_RTPTIME, Gives("H.264 240×160, AAC 12000 Hz ×2");
    dahua_h264_aac_onvif: m::DAHUA_H264, Gives("H.264 704×480, AAC 48000 Hz");
    dahua_h265_pcma: m::DAHUA_H265, Gives("H.265 704×480, pcma 8000 Hz");
    foscam: m::FOSCAM, Gives("H.264 1280×720, pcmu 8000 Hz");
    geovision: m::GEOVISION, Gives("H.264 2688×1520");
    gw_main: m::GW_MAIN, Gives("H.264 1920×1080, pcmu 8000 Hz");
    gw_sub: m::GW_SUB, Gives("H.264 720×480");
    h264dvr: m::H264DVR, Gives("H.264 1920×1080, pcma 8000 Hz");
    hikvision: m::HIKVISION, Gives("H.264 1920×1080");
    hikvision_ssrc: m::HIKVISION_SSRC, Gives("H.264 1920×1080");
    ipcam: m::IPCAM, Gives("H.264 1280×960");
    laureii: m::LAUREII, Gives("H.264 1920×1080");
    longse: m::LONGSE, Gives("H.264 1920×1080");
    luckfox: m::LUCKFOX, Gives("H.264 1920×1080");
    macrovideo: m::MACROVIDEO, Gives("H.264 1280×720");
    no_content_type: m::NO_CONTENT_TYPE, Gives("H.264 320×180, AAC 48000 Hz ×2");
    reolink: m::REOLINK, Gives("H.264 2560×1440, AAC 16000 Hz");
    reolink_control_first: m::REOLINK_CONTROL_FIRST, Gives("H.264 2560×1440, AAC 16000 Hz");
    tplink: m::TPLINK, Gives("H.265 2560×1440, pcma 8000 Hz");
    ubiquiti: m::UBIQUITI, Gives("H.264 1920×1080, AAC 48000 Hz");
    motion_jpeg: Model::described("(Motion JPEG alone)", "no codec that a browser plays as video", MOTION_JPEG), Refused("offers nothing that can be recorded (video/");
    vstarcam: m::VSTARCAM, Gives("H.264 1920×1080, pcma 8000 Hz");
    }
    udp {
    h264dvr_udp: m::H264DVR, Gives("H.264 1920×1080, pcma 8000 Hz");
    luckfox_udp: m::LUCKFOX, Gives("H.264 1920×1080");
    }
}

/// Plays the model to the reader, and holds that what is to come of it comes.
async fn check(name: &str, reader: Reader) {
    let case = cases().into_iter().find(|case| case.name == name).expect("a case of the table");
    let lock = case.model.unauthorized.map(|file| Lock { reply: Some(file.text), ..Lock::new(Scheme::Digest) });
    let camera = Camera::start(case.model, Manners { lock, ..Manners::default() }).await.unwrap();
    let mut config = RtspSource::new(camera.url().parse().unwrap());
    (config.reader, config.transport, config.credentials) = (reader, case.transport, Lock::key());
    match (Look::at(&config).await, case.outcome) {
        (Ok(look), Gives(words)) => {
            assert_eq!(look.words(), words, "{}", look.choice);
            look.recorded().unwrap();
        }
        (Err(error), Refused(words)) => assert!(error.to_string().contains(words), "{error}"),
        (Ok(look), Refused(words)) => panic!("gives {} and is not refused ({words})", look.words()),
        (Err(error), Gives(words)) => panic!("gives no {words}: {error}"),
    }
}

#[test]
fn every_file_belongs_to_a_model_that_is_tested() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("footage/sdp");
    let found: BTreeSet<String> = names(&directory);
    let used: BTreeSet<String> = cases().iter().flat_map(|case| case.model.files()).map(|file| file.name.to_owned()).collect();
    assert_eq!(found, used);
    assert!(found.len() >= 43, "{} files", found.len());
}

/// Where the footage lies beside the project, no reply of it is missing here, and none is altered.
#[test]
fn the_files_are_those_of_the_footage() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = ["../../shared/footage/sdp", "../../../shared/footage/sdp"].map(|path| root.join(path));
    let Some(beside) = beside.into_iter().find(|directory| directory.is_dir()) else {
        eprintln!("NO FOOTAGE beside the project: only the files of the project are tested");
        return;
    };
    for name in names(&beside) {
        let ours = std::fs::read(root.join("footage/sdp").join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(ours, std::fs::read(beside.join(&name)).unwrap(), "{name} is altered");
    }
}

fn names(directory: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    entries.filter(|name| name.ends_with(".txt")).collect()
}

/// A row of the guide for each case.
fn row(case: &Case) -> String {
    let over = if case.transport == Transport::Udp { " over UDP" } else { "" };
    let outcome = match case.outcome {
        Gives(tracks) => tracks.replace("pcma", "G.711 A-law").replace("pcmu", "G.711 µ-law"),
        Refused(_) => "refused, with a sentence".into(),
    };
    format!("| {}{over} | {} | {outcome} |\n", case.model.name, case.model.odd)
}

/// The guide says what the tests above hold.
#[test]
fn the_guide_has_this_table() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/camera-models.md");
    let table: String = cases().iter().map(row).collect();
    let guide = std::fs::read_to_string(guide).unwrap();
    assert!(guide.contains(&table), "put this into docs/guide/camera-models.md:\n{table}");
}
