//! `liuhen admin identity`: whom an outside provider knows as whom.

use anyhow::Result;
use liuhen_proto::wire::people::v1 as pb;
use serde_json::json;

use crate::arguments::IdentityAction;
use crate::client::{Client, refused};
use crate::command::{Voice, at};
use crate::moment::Zone;
use crate::say::sayln;

pub(super) async fn run(action: &IdentityAction, voice: Voice) -> Result<()> {
    match action {
        IdentityAction::Link { person, issuer, subject, remote } => {
            let mut client = Client::connect(remote).await?;
            let (person_id, issuer, subject) = (person.clone(), issuer.clone(), subject.clone());
            let request = pb::LinkIdentityRequest { person_id, issuer, subject };
            let answer = client.people.link_identity(request).await.map_err(|status| refused(&status, voice.language))?;
            show(&answer.into_inner().identity.unwrap_or_default(), Zone::default(), voice);
        }
        IdentityAction::Unlink(arguments) => {
            let mut client = Client::connect(&arguments.remote).await?;
            let (identity_id, reason) = (arguments.id.clone(), arguments.reason.clone());
            let request = pb::UnlinkIdentityRequest { identity_id, reason };
            let answer = client.people.unlink_identity(request).await.map_err(|status| refused(&status, voice.language))?;
            show(&answer.into_inner().identity.unwrap_or_default(), Zone::default(), voice);
        }
        IdentityAction::List { person, asking } => {
            let mut client = Client::connect(&asking.remote).await?;
            let request = pb::ListIdentitiesRequest { person_id: person.clone() };
            let answer = client.people.list_identities(request).await.map_err(|status| refused(&status, voice.language))?;
            let identities = answer.into_inner().identities;
            identities.iter().for_each(|identity| show(identity, asking.times.zone, voice));
            if !voice.json {
                sayln!("{} {}", identities.len(), voice.pick("个外部身份", "identities"));
            }
        }
    }
    Ok(())
}

fn show(identity: &pb::Identity, zone: Zone, voice: Voice) {
    if voice.json {
        voice.line(&json!({
            "id": identity.id, "person": identity.person_id, "issuer": identity.issuer, "subject": identity.subject,
            "linked_us": identity.linked_us, "unlinked_us": identity.unlinked_us,
        }));
        return;
    }
    let state = match identity.unlinked_us {
        Some(us) => format!("{} {}", voice.pick("已解除", "unlinked"), zone.show(at(us))),
        None => format!("{} {}", voice.pick("关联于", "linked"), zone.show(at(identity.linked_us))),
    };
    sayln!("{}  {}  {}  {state}", identity.id, identity.issuer, identity.subject);
}
