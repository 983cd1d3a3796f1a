//! Entries of neighbouring systems, each in a chain of its own.

use liuhen_proto::Sha256;
use liuhen_proto::custody::EntryType;
use liuhen_proto::ids::NeighbourId;
use serde_json::{Map, Value as Json, json};

use super::{Draft, draft, record};
use crate::records::{Neighbour, NeighbourKey, Permits};

/// That it is known under a name, and where it may.
pub(in crate::records) fn neighbour(it: &Neighbour) -> Draft {
    let draft = record("neighbour", it.id, it.id).with("system", it.what.system.as_str());
    draft.with("scope", it.what.scope.to_string()).body(json!({ "name": it.what.name }))
}

/// What it may from now on. The reason stands in the log only.
pub(in crate::records) fn permits(id: NeighbourId, version: i64, it: &Permits, reason: Option<&str>) -> Draft {
    let draft = draft(EntryType::Record, id, format!("neighbour/{id}/permits/{version}")).with("kind", "neighbour.permits");
    let draft = draft.with("id", id.to_string()).with("version", version).with("reads", i64::from(it.reads));
    let mut body = json!({ "pushes": it.pushes.iter().map(|kind| kind.as_str()).collect::<Vec<_>>() });
    if let Some(reason) = reason {
        body["reason"] = reason.into();
    }
    draft.body(body)
}

/// By what it enrols from now on, or by nothing. The reason stands in the log only.
pub(in crate::records) fn token(id: NeighbourId, version: i64, token: Option<Sha256>, reason: Option<&str>) -> Draft {
    let draft = draft(EntryType::Record, id, format!("neighbour/{id}/token/{version}")).with("kind", "neighbour.token");
    let draft = draft.with("id", id.to_string()).with("version", version);
    let mut body = Map::new();
    body.extend(token.map(|token| ("token_sha256".to_owned(), Json::from(token.to_string()))));
    body.extend(reason.map(|reason| ("reason".to_owned(), Json::from(reason))));
    if body.is_empty() { draft } else { draft.body(Json::Object(body)) }
}

/// That a certificate was made: the newest one of the key.
pub(in crate::records) fn certificate(it: &NeighbourKey) -> Draft {
    let draft = draft(EntryType::Certificate, it.neighbour, format!("certificate/{}/{}", it.key, it.version));
    let draft = draft.with("neighbour", it.neighbour.to_string()).with("key", it.key.to_string());
    draft.with("version", i64::from(it.version)).with("serial", it.serial.clone()).with("until_us", it.until)
}

/// That a key lets nobody in any more.
pub(in crate::records) fn revoked(it: &NeighbourKey) -> Option<Draft> {
    let draft = draft(EntryType::CertificateRevoked, it.neighbour, format!("revocation/{}", it.key));
    let draft = draft.with("neighbour", it.neighbour.to_string()).with("key", it.key.to_string());
    Some(draft.with("revoked_us", it.revoked?))
}
