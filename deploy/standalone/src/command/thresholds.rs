//! `liuhen thresholds` shows and changes how a viewpoint is judged; `liuhen reference` accepts a still as the
//! view from it. Both see to it that nobody else's change is overwritten.

use anyhow::{Context as _, Result, bail};
use liuhen_proto::judgement::{FlagKind, Limit, Thresholds};
use liuhen_proto::wire::session::v1 as pb;
use serde_json::json;

use super::{Voice, judgement};
use crate::arguments;
use crate::client::{Client, refused};
use crate::say::sayln;

pub(crate) async fn run(arguments: &arguments::Thresholds, voice: Voice) -> Result<()> {
    let changes = arguments.changes.iter().map(|text| Change::read(text)).collect::<Result<Vec<_>>>()?;
    let mut client = Client::connect(&arguments.remote).await?;
    let mut viewpoint = find(&mut client, &arguments.viewpoint, arguments.site.as_deref(), voice).await?;
    if !changes.is_empty() {
        let mut thresholds = Thresholds::from_wire(&viewpoint.thresholds)?;
        for change in changes {
            thresholds = change.applied(&thresholds)?;
        }
        let request = pb::SetThresholdsRequest {
            viewpoint_id: viewpoint.viewpoint_id.clone(),
            revision: viewpoint.judgement_revision,
            thresholds: thresholds.to_wire(),
            reason: arguments.reason.clone().unwrap_or_default(),
        };
        let answer = client.sessions.set_thresholds(request).await.map_err(|status| refused(&status, voice.language))?;
        viewpoint = answer.into_inner().viewpoint.context("the server's answer lacks the viewpoint")?;
    }
    show(&viewpoint, voice)
}

/// `liuhen reference`.
pub(crate) async fn reference(arguments: &arguments::Reference, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let viewpoint = find(&mut client, &arguments.viewpoint, arguments.site.as_deref(), voice).await?;
    let request = pb::AcceptReferenceStillRequest {
        viewpoint_id: viewpoint.viewpoint_id,
        still_id: arguments.still.clone(),
        revision: viewpoint.judgement_revision,
    };
    let answer = client.sessions.accept_reference_still(request).await.map_err(|status| refused(&status, voice.language))?;
    show(&answer.into_inner().viewpoint.context("the server's answer lacks the viewpoint")?, voice)
}

/// The viewpoint as it is now: of the site, or of whichever site has it.
async fn find(client: &mut Client, id: &str, site: Option<&str>, voice: Voice) -> Result<pb::Viewpoint> {
    let failed = |status| refused(&status, voice.language);
    let sites = match site {
        Some(site) => vec![site.to_owned()],
        None => {
            let listed = client.sessions.list_sites(pb::ListSitesRequest {}).await.map_err(failed)?.into_inner();
            listed.sites.into_iter().map(|site| site.site_id).collect()
        }
    };
    for site_id in sites {
        let layout = client.sessions.get_site(pb::GetSiteRequest { site_id }).await.map_err(failed)?.into_inner();
        if let Some(found) = layout.viewpoints.into_iter().find(|viewpoint| viewpoint.viewpoint_id == id) {
            return Ok(found);
        }
    }
    bail!("{id} does not exist: `liuhen site SITE` lists viewpoints · 机位不存在，可用 liuhen site 查看")
}

/// What was typed about one kind.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    kind: FlagKind,
    /// Nothing for the detector's own way.
    limit: Option<Limit>,
}

impl Change {
    fn read(text: &str) -> Result<Self> {
        let wrong = || format!("`{text}` is no threshold: write silent=-60, frozen=off or black=default · 请写成 类型=数值");
        let (kind, value) = text.split_once('=').with_context(wrong)?;
        let kind = kind.parse().map_err(anyhow::Error::msg)?;
        let limit = match value {
            "default" => None,
            "off" => Some(Limit::Off),
            number => Some(Limit::Milli(judgement::read_number(number).with_context(wrong)?)),
        };
        Ok(Self { kind, limit })
    }

    fn applied(&self, to: &Thresholds) -> Result<Thresholds> {
        let mut changed = Thresholds::default();
        let others = to.iter().filter(|(kind, _)| *kind != self.kind);
        for (kind, limit) in others.chain(self.limit.map(|limit| (self.kind, limit))) {
            changed.set(kind, limit)?;
        }
        Ok(changed)
    }
}

fn show(viewpoint: &pb::Viewpoint, voice: Voice) -> Result<()> {
    let thresholds = Thresholds::from_wire(&viewpoint.thresholds).context("read the server's answer")?;
    let reference = Some(&viewpoint.reference_still_id).filter(|id| !id.is_empty());
    if voice.json {
        voice.line(&json!({
            "viewpoint_id": viewpoint.viewpoint_id,
            "judgement_revision": viewpoint.judgement_revision,
            "thresholds": judgement::json_thresholds(&thresholds),
            "reference_still_id": reference,
        }));
        return Ok(());
    }
    sayln!("{}  {}  #{}", viewpoint.viewpoint_id, viewpoint.name, viewpoint.judgement_revision);
    for &kind in FlagKind::ALL {
        let said = match thresholds.get(kind) {
            None => voice.pick("检测器默认", "the detector's own").to_owned(),
            Some(Limit::Off) => voice.pick("不检测", "off").to_owned(),
            Some(Limit::Milli(milli)) => format!("{} {}", judgement::number(milli), kind.unit()),
        };
        sayln!("  {} {}  {said}", kind, voice.pick(kind.zh(), ""));
    }
    let none = voice.pick("无；用 liuhen reference 确认一张截图", "none; accept a still by `liuhen reference`");
    sayln!("  {}  {}", voice.pick("基准画面", "reference still"), reference.map_or(none, String::as_str));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leaves_the_others_as_they_are() {
        let mut thresholds = Thresholds::default();
        for text in ["silent=-62.5", "frozen=off", "black=20"] {
            thresholds = Change::read(text).unwrap().applied(&thresholds).unwrap();
        }
        thresholds = Change::read("black=default").unwrap().applied(&thresholds).unwrap();
        assert_eq!(thresholds.get(FlagKind::Silent), Some(Limit::Milli(-62_500)));
        assert_eq!((thresholds.get(FlagKind::Frozen), thresholds.get(FlagKind::Black)), (Some(Limit::Off), None));
    }

    #[test]
    fn what_is_no_threshold_says_how_to_write_one() {
        for text in ["silent", "silent=", "silent=loud", "=5"] {
            assert!(Change::read(text).is_err(), "{text}");
        }
        assert!(format!("{:#}", Change::read("dark=5").unwrap_err()).contains("known are black"));
        assert!(Change::read("black=300").unwrap().applied(&Thresholds::default()).is_err(), "luma ends at 255");
    }
}
