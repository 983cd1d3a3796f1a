//! Thresholds of a declaration. They are set where nobody has said anything about a viewpoint yet: what
//! persons have changed since stands, and who declares the file again is told so.

use anyhow::{Context as _, Result};
use liuhen_proto::judgement::Thresholds;
use liuhen_proto::wire::session::v1 as pb;

use super::file::Declaration;
use super::{Declared, Declaring};

/// Kept with the change in the custody log.
const REASON: &str = "declared with the site";

pub(super) async fn set(declaring: &mut Declaring, file: &Declaration, declared: &mut Declared) -> Result<()> {
    let wanted = file.room.iter().flat_map(|room| &room.viewpoint).map(|view| view.thresholds());
    let wanted = wanted.collect::<Result<Vec<_>>>()?;
    if wanted.iter().all(|thresholds| *thresholds == Thresholds::default()) {
        return Ok(());
    }
    let language = declaring.voice.language;
    let request = pb::GetSiteRequest { site_id: declared.site.site_id.clone() };
    let layout = declaring.client.sessions.get_site(request).await;
    let layout = layout.map_err(|status| crate::client::refused(&status, language))?.into_inner();
    // Viewpoints are declared in the order of the file.
    for (viewpoint, wanted) in declared.viewpoints.iter_mut().zip(wanted) {
        let now = layout.viewpoints.iter().find(|view| view.viewpoint_id == viewpoint.viewpoint_id);
        *viewpoint = now.context("the server's answer lacks a viewpoint")?.clone();
        if wanted == Thresholds::default() || Thresholds::from_wire(&viewpoint.thresholds)? == wanted {
            continue;
        }
        if viewpoint.judgement_revision > 0 {
            let hint = declaring.voice.pick(
                "阈值此后已有修改，保持不变；可用 liuhen thresholds 修改",
                "its thresholds were changed since, and stay as they are: `liuhen thresholds` changes them",
            );
            eprintln!("{}: {hint}", viewpoint.name);
            continue;
        }
        let request = pb::SetThresholdsRequest {
            viewpoint_id: viewpoint.viewpoint_id.clone(),
            revision: viewpoint.judgement_revision,
            thresholds: wanted.to_wire(),
            reason: REASON.to_owned(),
        };
        let answer = declaring.client.sessions.set_thresholds(request).await;
        let answer = answer.map_err(|status| declaring.refused(&status, "viewpoint", &viewpoint.name))?;
        *viewpoint = answer.into_inner().viewpoint.context("the server's answer lacks the viewpoint")?;
    }
    Ok(())
}
