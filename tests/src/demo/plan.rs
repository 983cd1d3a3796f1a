//! Two rooms of two cameras each: one for theory, one for the practical test.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use liuhen_proto::wire::session::v1::RoomKind;

use crate::camera::Spec;
use crate::world::{CameraPlan, Plan, RoomPlan};

/// Synthetic rooms, or the files of a directory in turn.
pub(super) fn plan(footage: Option<&Path>) -> Result<Plan> {
    let files = footage.map(files).transpose()?;
    let mut places = 0..;
    let mut camera = |room: u32, place: &str, zh: &str| {
        let (path, name) = (format!("room{room}-{place}"), format!("Room {room} {place} · 考场{room}{zh}"));
        let index: usize = places.next().expect("there is always another number");
        let spec = match &files {
            Some(files) => Spec::footage(&path, &files[index % files.len()]),
            None => Spec::synthetic(&path, &name),
        };
        // Some footage is silent, so sound is asked for only of rooms that we draw.
        CameraPlan { name, sound_required: files.is_none() && place == "front", ..CameraPlan::of(spec) }
    };
    let rooms = [(1, RoomKind::Theory), (2, RoomKind::Practical)].map(|(number, kind)| RoomPlan {
        name: format!("Room {number} · 考场{number}"),
        kind,
        cameras: vec![camera(number, "front", "前"), camera(number, "back", "后")],
    });
    Ok(Plan::of(rooms.into()))
}

fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(directory).with_context(|| format!("read the footage directory {}", directory.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let film = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "mkv" || extension == "mp4");
    let mut files: Vec<PathBuf> = paths.filter(film).collect();
    files.sort();
    ensure!(!files.is_empty(), "{} holds no .mkv or .mp4 file", directory.display());
    Ok(files)
}
