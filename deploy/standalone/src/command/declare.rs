//! `liuhen declare`: a whole site from one file.
//!
//! In: TOML ([`file::Declaration`]). Out: ids; the recorder's token in a file of its own; the recorder's
//! configuration, ready to run. Always: the file is read and checked before anything is sent. Each thing
//! has an idempotency key made of its names, so the same file declared again gives the same ids, and a
//! declaration that was interrupted is completed by repeating it.

mod file;
mod recorder;
mod thresholds;

use anyhow::{Context as _, Result, bail};
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::{Interval, Sha256};
use serde_json::json;

use super::{Voice, at, judgement};
use crate::arguments::Declare;
use crate::client::{Client, refused};
use crate::moment::Zone;
use crate::say::{say, sayln};
use file::Declaration;

pub(crate) async fn run(arguments: &Declare, voice: Voice) -> Result<()> {
    let path = match &arguments.file {
        Some(path) if !arguments.example => path,
        _ => {
            say(format_args!("{}", file::EXAMPLE));
            return Ok(());
        }
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let declaration = Declaration::read(&text, arguments.times.zone).with_context(|| format!("read {}", path.display()))?;
    let folder = path.parent().unwrap_or(std::path::Path::new("")).to_owned();
    let key = declaration.recorder.as_ref().map(|recorder| recorder.public_key(&folder)).transpose()?;
    if arguments.check {
        return told(&declaration, voice);
    }
    let mut declaring = Declaring { client: Client::connect(&arguments.remote).await?, voice };
    let mut declared = declaring.declare(&declaration, key, arguments.times.zone).await?;
    thresholds::set(&mut declaring, &declaration, &mut declared).await?;
    let written = match &declaration.recorder {
        Some(recorder) => recorder::write(recorder, &folder, &declaration, &mut declared, &declaring.client.address)?,
        None => Vec::new(),
    };
    report(&declared, &written, voice);
    Ok(())
}

fn told(declaration: &Declaration, voice: Voice) -> Result<()> {
    let cameras = declaration.cameras().count();
    let (rooms, sessions) = (declaration.room.len(), declaration.session.len());
    if voice.json {
        voice.line(&json!({ "ok": true, "rooms": rooms, "cameras": cameras, "sessions": sessions }));
    } else {
        let found = voice.pick("文件有效：考场、摄像机、场次数量", "the file is right; rooms, cameras, sessions:");
        sayln!("{found} {rooms}, {cameras}, {sessions}");
    }
    Ok(())
}

/// What came out.
struct Declared {
    organization: pb::Organization,
    site: pb::Site,
    rooms: Vec<pb::Room>,
    viewpoints: Vec<pb::Viewpoint>,
    /// In the order of the file.
    cameras: Vec<pb::Camera>,
    recorder: Option<pb::Recorder>,
    /// Empty where the recorder had been declared before.
    token: String,
    /// Where recorders call over the network.
    machines: Option<pb::MachinesDoor>,
    sessions: Vec<pb::Session>,
}

struct Declaring {
    client: Client,
    voice: Voice,
}

/// A key of the names on the way to a thing. At most 64 bytes, and the same for the same names.
fn key(names: &[&str]) -> String {
    format!("declare/{:.40}", Sha256::of(names.join("\u{1f}").as_bytes()).to_string())
}

impl Declaring {
    async fn declare(&mut self, file: &Declaration, key_bytes: Option<Vec<u8>>, zone: Zone) -> Result<Declared> {
        let organization = self.organization(file).await?;
        let site = self.site(file, &organization).await?;
        let mut declared = Declared {
            organization,
            site,
            rooms: Vec::new(),
            viewpoints: Vec::new(),
            cameras: Vec::new(),
            recorder: None,
            machines: None,
            token: String::new(),
            sessions: Vec::new(),
        };
        for room in &file.room {
            self.room(file, room, &mut declared).await?;
        }
        if let (Some(recorder), Some(public_key)) = (&file.recorder, key_bytes) {
            self.recorder(file, recorder, public_key, &mut declared).await?;
        }
        for session in &file.session {
            let declared_session = self.session(file, session, &declared, zone).await?;
            declared.sessions.push(declared_session);
        }
        Ok(declared)
    }

    async fn organization(&mut self, file: &Declaration) -> Result<pb::Organization> {
        let request = pb::CreateOrganizationRequest {
            name: file.organization.name.clone(),
            kind: file.organization.kind.wire().into(),
            idempotency_key: key(&["organization", &file.organization.name]),
        };
        let answer = self.client.sessions.create_organization(request).await;
        let answer = answer.map_err(|status| self.refused(&status, "organization", &file.organization.name))?;
        answer.into_inner().organization.context("the server's answer lacks the organisation")
    }

    async fn site(&mut self, file: &Declaration, organization: &pb::Organization) -> Result<pb::Site> {
        let request = pb::CreateSiteRequest {
            organization_id: organization.organization_id.clone(),
            name: file.site.name.clone(),
            region: file.site.region.clone(),
            idempotency_key: key(&["site", &file.organization.name, &file.site.name]),
        };
        let answer = self.client.sessions.create_site(request).await;
        let answer = answer.map_err(|status| self.refused(&status, "site", &file.site.name))?;
        answer.into_inner().site.context("the server's answer lacks the site")
    }

    async fn room(&mut self, file: &Declaration, room: &file::Room, declared: &mut Declared) -> Result<()> {
        let names = [file.organization.name.as_str(), &file.site.name, &room.name];
        let request = pb::CreateRoomRequest {
            site_id: declared.site.site_id.clone(),
            name: room.name.clone(),
            kind: room.kind.wire().into(),
            idempotency_key: key(&[&["room"], &names[..]].concat()),
        };
        let answer = self.client.sessions.create_room(request).await;
        let answer = answer.map_err(|status| self.refused(&status, "room", &room.name))?;
        let room_id = answer.into_inner().room.context("the server's answer lacks the room")?;
        for viewpoint in &room.viewpoint {
            self.viewpoint(viewpoint, &names, &room_id.room_id, declared).await?;
        }
        declared.rooms.push(room_id);
        Ok(())
    }

    async fn viewpoint(&mut self, view: &file::Viewpoint, names: &[&str], room_id: &str, declared: &mut Declared) -> Result<()> {
        let names = [names, &[&view.name]].concat();
        let request = pb::CreateViewpointRequest {
            room_id: room_id.to_owned(),
            name: view.name.clone(),
            required: view.required,
            sound_required: view.sound_required || view.sound_only,
            seats: view.seats.clone(),
            idempotency_key: key(&[&["viewpoint"], &names[..]].concat()),
            sound_only: view.sound_only,
        };
        let answer = self.client.sessions.create_viewpoint(request).await;
        let answer = answer.map_err(|status| self.refused(&status, "viewpoint", &view.name))?;
        let viewpoint = answer.into_inner().viewpoint.context("the server's answer lacks the viewpoint")?;
        for camera in &view.camera {
            let request = pb::CreateCameraRequest {
                viewpoint_id: viewpoint.viewpoint_id.clone(),
                name: camera.name.clone(),
                has_viewing_stream: camera.has_viewing_stream(),
                idempotency_key: key(&[&["camera"], &names[..], &[&camera.name]].concat()),
                kind: camera.kind.wire().into(),
            };
            let answer = self.client.sessions.create_camera(request).await;
            let answer = answer.map_err(|status| self.refused(&status, "camera", &camera.name))?;
            declared.cameras.push(answer.into_inner().camera.context("the server's answer lacks the camera")?);
        }
        declared.viewpoints.push(viewpoint);
        Ok(())
    }

    async fn recorder(
        &mut self,
        file: &Declaration,
        recorder: &file::Recorder,
        public_key: Vec<u8>,
        declared: &mut Declared,
    ) -> Result<()> {
        let request = pb::CreateRecorderRequest {
            site_id: declared.site.site_id.clone(),
            name: recorder.name.clone(),
            public_key,
            idempotency_key: key(&["recorder", &file.organization.name, &file.site.name, &recorder.name]),
        };
        let answer = self.client.sessions.create_recorder(request).await;
        let answer = answer.map_err(|status| self.refused(&status, "recorder", &recorder.name))?.into_inner();
        declared.recorder = answer.recorder;
        declared.token = answer.token;
        declared.machines = answer.machines;
        Ok(())
    }

    async fn session(
        &mut self,
        file: &Declaration,
        session: &file::Session,
        declared: &Declared,
        zone: Zone,
    ) -> Result<pb::Session> {
        let exam = session.exam(zone)?;
        let room = |name: &String| declared.rooms.iter().find(|room| room.name == *name).map(|room| room.room_id.clone());
        let names = [file.organization.name.as_str(), &file.site.name, &session.name];
        let request = pb::CreateSessionRequest {
            site_id: declared.site.site_id.clone(),
            name: session.name.clone(),
            exam: Some(exam.into()),
            windows: windows(file, session, declared, exam)?,
            room_ids: session.rooms.iter().filter_map(room).collect(),
            idempotency_key: key(&[&["session"], &names[..]].concat()),
        };
        let answer = self.client.sessions.create_session(request).await;
        let answer = answer.map_err(|status| self.refused(&status, "session", &session.name))?;
        answer.into_inner().session.context("the server's answer lacks the session")
    }

    fn refused(&self, status: &tonic::Status, kind: &str, name: &str) -> anyhow::Error {
        let error = refused(status, self.voice.language).context(format!("declare {kind} {name:?}"));
        if status.code() != tonic::Code::AlreadyExists {
            return error;
        }
        let hint = self.voice.pick(
            "该名称此前已用其他内容登记过：已登记的内容不会更改，请换一个名称",
            "this name was declared before with other content, which stays as it is: give the changed thing another name",
        );
        error.context(hint)
    }
}

/// The windows of a session that says when recording begins and ends; none where the server's rule holds.
fn windows(file: &Declaration, session: &file::Session, declared: &Declared, exam: Interval) -> Result<Vec<pb::ExpectedWindow>> {
    let Some(window) = session.window(exam)? else { return Ok(Vec::new()) };
    let of_session = |room: &&pb::Room| session.rooms.contains(&room.name);
    let rooms: Vec<_> = declared.rooms.iter().filter(of_session).map(|room| &room.room_id).collect();
    let required = declared.viewpoints.iter().filter(|view| view.required && rooms.contains(&&view.room_id));
    let window =
        |view: &pb::Viewpoint| pb::ExpectedWindow { viewpoint_id: view.viewpoint_id.clone(), interval: Some(window.into()) };
    let windows: Vec<_> = required.map(window).collect();
    if windows.is_empty() {
        bail!("session {:?} of {}: none of its rooms has a required viewpoint", session.name, file.site.name);
    }
    Ok(windows)
}

fn report(declared: &Declared, written: &[std::path::PathBuf], voice: Voice) {
    if voice.json {
        let layout = pb::GetSiteResponse {
            site: Some(declared.site.clone()),
            rooms: declared.rooms.clone(),
            viewpoints: declared.viewpoints.clone(),
            cameras: declared.cameras.clone(),
            recorders: declared.recorder.iter().cloned().collect(),
        };
        let mut value = super::show::json_layout(&layout);
        value["organization"] = json!({
            "organization_id": declared.organization.organization_id, "name": declared.organization.name,
        });
        value["sessions"] = declared.sessions.iter().map(super::show::json_session).collect();
        value["written"] = json!(written);
        return voice.line(&value);
    }
    sayln!("{}  {}", declared.organization.organization_id, declared.organization.name);
    sayln!("{}  {}", declared.site.site_id, declared.site.name);
    declared.rooms.iter().for_each(|room| sayln!("  {}  {}", room.room_id, room.name));
    declared.viewpoints.iter().for_each(|view| sayln!("  {}  {}", view.viewpoint_id, view.name));
    for camera in &declared.cameras {
        sayln!("  {}  {}  {}", camera.camera_id, camera.evidence_stream_id, camera.name);
    }
    declared.recorder.iter().for_each(|recorder| sayln!("  {}  {}", recorder.recorder_id, recorder.name));
    for session in &declared.sessions {
        let exam = session.exam.unwrap_or_default();
        sayln!("  {}  {}  {}", session.session_id, session.name, Zone::default().show(at(exam.start_us)));
    }
    for path in written {
        sayln!("{} {}", voice.pick("已写入", "wrote"), path.display());
    }
}
