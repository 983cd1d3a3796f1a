//! What a recorder needs to run: its token, and its configuration.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use liuhen_api::auth::Token;

use super::Declared;
use super::file::{CameraKind, Declaration, Recorder};
use crate::data::{read_token, write_whole};

/// Writes the token, and the configuration where one is asked for. Gives what was written.
pub(super) fn write(
    recorder: &Recorder,
    folder: &Path,
    file: &Declaration,
    declared: &mut Declared,
    centre: &str,
) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    let token_path = folder.join(&recorder.token_file);
    match Token::parse(&declared.token) {
        Some(token) => {
            write_whole(&token_path, format!("{}\n", token.reveal()).as_bytes(), 0o600)?;
            written.push(token_path);
        }
        None if read_token(&token_path)?.is_none() => bail!(
            "the recorder was declared before, and its token is shown only once: {} is not there; declare a recorder of another name \
             · 录像机此前已登记，令牌只显示一次；请更换录像机名称重新登记",
            token_path.display()
        ),
        None => {}
    }
    if let Some(config) = &recorder.config_file {
        let path = folder.join(config);
        // What a technician has changed by hand is not overwritten.
        if !path.exists() {
            let text = configuration((recorder, folder), file, declared, centre)?;
            write_whole(&path, text.as_bytes(), 0o640)?;
            written.push(path);
        }
    }
    Ok(written)
}

fn configuration(
    (recorder, folder): (&Recorder, &Path),
    file: &Declaration,
    declared: &Declared,
    centre: &str,
) -> Result<String> {
    let id = declared.recorder.as_ref().context("the server's answer lacks the recorder")?;
    let mut root = toml::Table::new();
    match &declared.machines {
        // The same host as ours: what the server calls itself may be 0.0.0.0.
        Some(door) => {
            let url: http::Uri = centre.parse().context("the server's address")?;
            let host = url.host().context("the server's address names no host")?;
            root.insert("centre".into(), vec![format!("https://{host}:{}", door.port)].into());
            root.insert("centre_sha256".into(), door.authority_sha256.clone().into());
        }
        None => {
            root.insert("centre".into(), vec![centre.to_owned()].into());
        }
    }
    root.insert("token_file".into(), token_path(recorder, folder)?.into());
    root.insert("recorder_id".into(), id.recorder_id.clone().into());
    root.insert("site_id".into(), id.site_id.clone().into());
    let mut spool = toml::Table::new();
    spool.insert("directory".into(), "spool".into());
    spool.insert("quota".into(), "20 GiB".into());
    root.insert("spool".into(), spool.into());
    let mut cameras = toml::value::Array::new();
    for (camera, known) in file.cameras().zip(&declared.cameras) {
        let mut table = toml::Table::new();
        table.insert("camera_id".into(), known.camera_id.clone().into());
        table.insert("evidence_stream_id".into(), known.evidence_stream_id.clone().into());
        table.insert("name".into(), known.name.clone().into());
        table.insert("source".into(), camera.source.clone().context("a camera lacks `source`")?.into());
        if let Some(viewing) = &camera.viewing_source {
            table.insert("viewing_stream_id".into(), known.viewing_stream_id.clone().into());
            table.insert("viewing_source".into(), viewing.clone().into());
        }
        if camera.kind == CameraKind::Pickup {
            table.insert("carries".into(), "sound".into());
        }
        if let Some(username) = &camera.username {
            table.insert("username".into(), username.clone().into());
        }
        if let Some(password) = &camera.password_file {
            table.insert("password_file".into(), text(password)?.into());
        }
        cameras.push(table.into());
    }
    root.insert("camera".into(), cameras.into());
    Ok(toml::to_string(&root)?)
}

/// Paths in a configuration are relative to it.
fn token_path(recorder: &Recorder, folder: &Path) -> Result<String> {
    let beside = recorder.config_file.as_deref().and_then(Path::parent) == recorder.token_file.parent();
    match recorder.token_file.file_name() {
        Some(name) if beside => text(Path::new(name)),
        _ => text(&std::path::absolute(folder.join(&recorder.token_file))?),
    }
}

fn text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).with_context(|| format!("{} is no text", path.display()))
}
