//! What a neighbouring system is to a centre: a key of its own, and the certificate that the centre has made for it.
//!
//! In: the centre's address for machines, SHA-256 of its authority's key, a one-time token. Out: files that any gRPC library
//! can use. In the order of their use:
//! - `folder`: the files;
//! - `pinned`: an encrypted connection to a centre that is known by the key of its authority.
//!
//! Always: the key is made here and leaves this machine never; the centre judges by its own clock whether a certificate
//! holds. Not here: facts, which the neighbour tells with a program of its own.

mod folder;
mod pinned;

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use liuhen_proto::wire::machine::v1 as pb;
use liuhen_proto::wire::machine::v1::machine_service_client::MachineServiceClient;
use liuhen_proto::{Sha256, Span, Timestamp};
use tonic::transport::{Channel, Endpoint};

pub(crate) use folder::{Enrolled, Folder, KeyKind};
use pinned::Connector;

/// Enrols by a one-time token, with the key in the folder; makes one where there is none. May be repeated: the answer may
/// have been lost.
pub(crate) async fn enrol(folder: &Folder, kind: KeyKind, (centre, pin): (&str, Sha256), token: &str) -> Result<Enrolled> {
    if folder.enrolled()?.is_some() {
        let there = folder.path().display();
        bail!("{there} holds an enrolled key already: give another directory, and remove that one when the new key is in use");
    }
    let key = folder.key_or_make(kind)?;
    let connector = Connector::new(pin, &key, None)?;
    let mut client = client(centre, &connector).await?;
    let answer = client.enrol(pb::EnrolRequest { token: token.to_owned() }).await.map_err(refused)?;
    let made = answer.into_inner().certificate.context("the centre's answer lacks the certificate")?;
    keep(folder, &connector, (centre, pin), made)
}

/// Has a new certificate made for the same key, where it is due or `always`; nothing where it is not.
pub(crate) async fn renew(folder: &Folder, always: bool, now: Timestamp) -> Result<Option<Enrolled>> {
    let not_enrolled = || format!("{} holds no enrolled key: `liuhen neighbour enrol` first", folder.path().display());
    let known = folder.enrolled()?.with_context(not_enrolled)?;
    if !always && !is_due(&known, now) {
        return Ok(None);
    }
    let connector = Connector::new(known.centre_sha256, &folder.key()?, Some(folder.certificate()?))?;
    let mut client = client(&known.centre, &connector).await?;
    let answer = client.renew(pb::RenewRequest {}).await.map_err(refused)?;
    let made = answer.into_inner().certificate.context("the centre's answer lacks the certificate")?;
    keep(folder, &connector, (&known.centre, known.centre_sha256), made).map(Some)
}

/// Whether less than a third of its time is left.
fn is_due(known: &Enrolled, now: Timestamp) -> bool {
    let (from, until) = (Timestamp::from_micros(known.from_us), Timestamp::from_micros(known.until_us));
    until.since(now) < Span::from_micros(until.since(from).as_micros() / 3)
}

fn keep(folder: &Folder, connector: &Connector, (centre, pin): (&str, Sha256), made: pb::Certificate) -> Result<Enrolled> {
    if made.neighbour_id.is_empty() {
        bail!("the token is a recorder's, which enrols by itself · 该令牌属于录像机，不能用于外部系统");
    }
    let authority = connector.authority().context("the centre has shown no authority")?;
    let enrolled = Enrolled {
        neighbour_id: made.neighbour_id,
        centre: centre.to_owned(),
        centre_sha256: pin,
        from_us: made.from_us,
        until_us: made.until_us,
    };
    folder.keep(&made.der, &authority, &enrolled)?;
    Ok(enrolled)
}

async fn client(centre: &str, connector: &Connector) -> Result<MachineServiceClient<Channel>> {
    let wrong = || format!("`{centre}` is no address for machines: write https://exam.example.cn:7801, for instance");
    let endpoint = Endpoint::from_shared(centre.to_owned()).with_context(wrong)?;
    let refused = || format!("connect to {centre}: is its address for machines open, and is --centre-sha256 its own?");
    let channel = endpoint.connect_with_connector(connector.clone()).await.with_context(refused)?;
    Ok(MachineServiceClient::new(channel))
}

/// The centre's words are about recorders as well.
fn refused(status: tonic::Status) -> anyhow::Error {
    if status.code() == tonic::Code::Unauthenticated {
        return anyhow!(
            "the centre lets this key or token in no longer, or never did: have `liuhen admin neighbours replace` make a new \
             token, and enrol in a new directory · 密钥或令牌无效：请由中心管理员重新生成一次性令牌，并在新目录中接入"
        );
    }
    anyhow!("{:?}: {}", status.code(), status.message())
}

/// A one-time token from a file.
pub(crate) fn token(path: &Path) -> Result<String> {
    let token = crate::data::read_token(path)?.with_context(|| format!("{} does not exist", path.display()))?;
    Ok(token.reveal().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_renewed_when_a_third_is_left_and_long_after_it_was_over() {
        let at = |day: i64| Timestamp::from_micros(day * 86_400_000_000);
        let known = Enrolled {
            neighbour_id: String::new(),
            centre: String::new(),
            centre_sha256: Sha256::of(b""),
            from_us: 0,
            until_us: at(90).as_micros(),
        };
        let due: Vec<bool> = [0, 59, 60, 61, 89, 90, 400].map(|day| is_due(&known, at(day))).into();
        assert_eq!(due, [false, false, false, true, true, true, true]);
    }
}
