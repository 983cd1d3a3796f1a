//! `liuhen site` and `liuhen session`: what was declared.

use anyhow::Result;
use liuhen_proto::judgement::Thresholds;
use liuhen_proto::wire::session::v1 as pb;
use serde_json::{Value, json};

use super::{Voice, hex, json_interval, judgement, show_interval};
use crate::arguments::{Remote, SessionAction, ShowSession, ShowSite};
use crate::client::{Client, refused};
use crate::moment::Zone;
use crate::say::sayln;

pub(crate) async fn site(arguments: &ShowSite, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    match &arguments.site {
        Some(site) => {
            let request = pb::GetSiteRequest { site_id: site.clone() };
            let answer = client.sessions.get_site(request).await.map_err(|status| refused(&status, voice.language))?;
            print_site(&answer.into_inner(), voice);
        }
        None => {
            let answer = client.sessions.list_sites(pb::ListSitesRequest {}).await;
            let sites = answer.map_err(|status| refused(&status, voice.language))?.into_inner().sites;
            if voice.json {
                voice.line(&json!({ "sites": sites.iter().map(json_site).collect::<Vec<_>>() }));
            } else {
                sites.iter().for_each(|site| sayln!("{}  {}", site.site_id, site.name));
            }
        }
    }
    Ok(())
}

fn json_site(site: &pb::Site) -> Value {
    json!({ "site_id": site.site_id, "organization_id": site.organization_id, "name": site.name })
}

/// `camera`, `pickup` or `import`.
fn kind(camera: &pb::Camera) -> &'static str {
    match camera.kind() {
        pb::CameraKind::Pickup => "pickup",
        pb::CameraKind::Import => "import",
        pb::CameraKind::Camera | pb::CameraKind::Unspecified => "camera",
    }
}

pub(super) fn json_layout(layout: &pb::GetSiteResponse) -> Value {
    let room = |room: &pb::Room| json!({ "room_id": room.room_id, "name": room.name, "kind": room.kind().as_str_name() });
    let viewpoint = |view: &pb::Viewpoint| {
        json!({
            "viewpoint_id": view.viewpoint_id, "room_id": view.room_id, "name": view.name,
            "required": view.required, "sound_required": view.sound_required, "sound_only": view.sound_only, "seats": view.seats,
            "thresholds": Thresholds::from_wire(&view.thresholds).map_or(Value::Null, |said| judgement::json_thresholds(&said)),
            "reference_still_id": view.reference_still_id, "judgement_revision": view.judgement_revision,
        })
    };
    let camera = |camera: &pb::Camera| {
        json!({
            "camera_id": camera.camera_id, "viewpoint_id": camera.viewpoint_id, "name": camera.name,
            "evidence_stream_id": camera.evidence_stream_id, "viewing_stream_id": camera.viewing_stream_id,
            "kind": kind(camera),
        })
    };
    let recorder = |recorder: &pb::Recorder| json!({ "recorder_id": recorder.recorder_id, "name": recorder.name, "public_key": hex(&recorder.public_key) });
    json!({
        "site": layout.site.as_ref().map(json_site),
        "rooms": layout.rooms.iter().map(room).collect::<Vec<_>>(),
        "viewpoints": layout.viewpoints.iter().map(viewpoint).collect::<Vec<_>>(),
        "cameras": layout.cameras.iter().map(camera).collect::<Vec<_>>(),
        "recorders": layout.recorders.iter().map(recorder).collect::<Vec<_>>(),
    })
}

fn print_site(layout: &pb::GetSiteResponse, voice: Voice) {
    if voice.json {
        return voice.line(&json_layout(layout));
    }
    if let Some(site) = &layout.site {
        sayln!("{}  {}", site.site_id, site.name);
    }
    for room in &layout.rooms {
        sayln!("  {}  {}", room.room_id, room.name);
        for view in layout.viewpoints.iter().filter(|view| view.room_id == room.room_id) {
            let required = if view.required { voice.pick("必录", "required") } else { voice.pick("选录", "optional") };
            let sound = match (view.sound_only, view.sound_required) {
                (true, _) => voice.pick("只录声音", "sound only"),
                (false, true) => voice.pick("含声音", "with sound"),
                (false, false) => "",
            };
            sayln!("    {}  {}  {required} {sound}", view.viewpoint_id, view.name);
            for camera in layout.cameras.iter().filter(|camera| camera.viewpoint_id == view.viewpoint_id) {
                let kind = match camera.kind() {
                    pb::CameraKind::Pickup => voice.pick("  拾音器", "  pickup"),
                    pb::CameraKind::Import => voice.pick("  导入", "  imported"),
                    _ => "",
                };
                sayln!("      {}  {}  {}{kind}", camera.camera_id, camera.name, camera.evidence_stream_id);
                if !camera.viewing_stream_id.is_empty() {
                    sayln!("        {}  {}", voice.pick("预览", "viewing"), camera.viewing_stream_id);
                }
            }
        }
    }
    for recorder in &layout.recorders {
        sayln!("  {}  {}", recorder.recorder_id, recorder.name);
    }
}

pub(crate) async fn session(arguments: &ShowSession, voice: Voice) -> Result<()> {
    if let Some(SessionAction::Seal { session, remote, times }) = &arguments.action {
        return seal(session, remote, times.zone, voice).await;
    }
    let mut client = Client::connect(&arguments.remote).await?;
    let zone = arguments.times.zone;
    let Some(id) = &arguments.session else {
        let answer = client.sessions.list_sessions(pb::ListSessionsRequest::default()).await;
        let sessions = answer.map_err(|status| refused(&status, voice.language))?.into_inner().sessions;
        if voice.json {
            voice.line(&json!({ "sessions": sessions.iter().map(json_session).collect::<Vec<_>>() }));
        } else {
            sessions.iter().for_each(|session| print_session(session, zone, voice, false));
        }
        return Ok(());
    };
    let answer = client.sessions.get_session(pb::GetSessionRequest { session_id: id.clone() }).await;
    let session = answer.map_err(|status| refused(&status, voice.language))?.into_inner().session.unwrap_or_default();
    if voice.json {
        voice.line(&json_session(&session));
    } else {
        print_session(&session, zone, voice, true);
    }
    Ok(())
}

/// `liuhen session seal`.
async fn seal(session: &str, remote: &Remote, zone: Zone, voice: Voice) -> Result<()> {
    let mut client = Client::connect(remote).await?;
    let answer = client.sessions.seal_session(pb::SealSessionRequest { session_id: session.to_owned() }).await;
    let session = answer.map_err(|status| refused(&status, voice.language))?.into_inner().session.unwrap_or_default();
    if voice.json {
        voice.line(&json_session(&session));
    } else {
        print_session(&session, zone, voice, false);
    }
    Ok(())
}

pub(super) fn json_session(session: &pb::Session) -> Value {
    let window = |window: &pb::ExpectedWindow| json!({ "viewpoint_id": window.viewpoint_id, "interval": window.interval.as_ref().map(json_interval) });
    json!({
        "session_id": session.session_id,
        "site_id": session.site_id,
        "name": session.name,
        "exam": session.exam.as_ref().map(json_interval),
        "windows": session.windows.iter().map(window).collect::<Vec<_>>(),
        "revision": session.revision,
        "sealed_us": session.sealed_us,
    })
}

fn print_session(session: &pb::Session, zone: Zone, voice: Voice, with_windows: bool) {
    let exam = session.exam.as_ref().map(|exam| show_interval(zone, exam)).unwrap_or_default();
    sayln!("{}  {}  {exam}", session.session_id, session.name);
    for window in session.windows.iter().filter(|_| with_windows) {
        let when = window.interval.as_ref().map(|interval| show_interval(zone, interval)).unwrap_or_default();
        sayln!("  {} {}  {when}", voice.pick("应录", "expected"), window.viewpoint_id);
    }
}
