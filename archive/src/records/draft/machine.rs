//! Entries of recorders as machines, in the chain of their site.

use liuhen_proto::Sha256;
use liuhen_proto::custody::EntryType;
use liuhen_proto::ids::{RecorderId, SiteId};
use serde_json::{Map, Value as Json};

use super::{Draft, draft};
use crate::records::Machine;

/// That a certificate was made: the newest one of the key.
pub(in crate::records) fn certificate(it: &Machine) -> Draft {
    let draft = draft(EntryType::Certificate, it.site, format!("certificate/{}/{}", it.key, it.version));
    let draft = draft.with("recorder", it.recorder.to_string()).with("key", it.key.to_string());
    draft.with("version", i64::from(it.version)).with("serial", it.serial.clone()).with("until_us", it.until)
}

/// That a key lets nobody in any more.
pub(in crate::records) fn revoked(it: &Machine) -> Option<Draft> {
    let draft = draft(EntryType::CertificateRevoked, it.site, format!("revocation/{}", it.key));
    let draft = draft.with("recorder", it.recorder.to_string()).with("key", it.key.to_string());
    Some(draft.with("revoked_us", it.revoked?))
}

/// That the recorder enrols by another token from now on, or not at all. The reason stands in the log only.
pub(in crate::records) fn token(
    (recorder, site): (RecorderId, SiteId),
    version: i64,
    token: Option<Sha256>,
    reason: Option<&str>,
) -> Draft {
    let draft = draft(EntryType::Record, site, format!("recorder/{recorder}/token/{version}")).with("kind", "recorder.token");
    let mut body = Map::new();
    body.extend(token.map(|token| ("token_sha256".to_owned(), Json::from(token.to_string()))));
    body.extend(reason.map(|reason| ("reason".to_owned(), Json::from(reason))));
    let draft = draft.with("id", recorder.to_string()).with("version", version);
    if body.is_empty() { draft } else { draft.body(Json::Object(body)) }
}
