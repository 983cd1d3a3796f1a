//! A name that was planted appears nowhere unmasked: in no answer to anybody else, no error, no entry, no log, at no level.
//! The same holds for what an outside provider calls somebody. Names and numbers of candidates: `process.rs`.

use std::io;
use std::sync::{Arc, Mutex};

use liuhen_archive::records::Role;
use liuhen_proto::wire::people::v1 as pb;
use liuhen_proto::wire::people::v1::people_service_client::PeopleServiceClient;
use liuhen_proto::wire::review::v1 as review;
use tracing_subscriber::fmt::MakeWriter;

use crate::film::Film;
use crate::http::get;
use crate::people::{log_in, logged_in, session_of};
use crate::permissions::call;
use crate::world::{World, between};

const NAME: &str = "欧阳踏雪无痕";
const PASSWORD: &str = "planted horse battery";
const SUBJECT: &str = "370402199001010017";

/// All that was logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Hears everything that is logged from now on; nothing where another test of the process does.
    pub(crate) fn hear() -> Option<Self> {
        let log = Self::default();
        let subscriber =
            tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).with_ansi(false);
        subscriber.try_init().ok().map(|()| log)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What was said by answers and errors alike, as text.
#[derive(Default)]
struct Said(String);

impl Said {
    fn hear<T: std::fmt::Debug>(&mut self, answer: Result<tonic::Response<T>, tonic::Status>) -> Option<T> {
        match answer {
            Ok(answer) => {
                self.0 += &format!("{:?}\n", answer.get_ref());
                Some(answer.into_inner())
            }
            Err(status) => {
                self.0 += &format!("{status:?} {}\n", String::from_utf8_lossy(status.details()));
                None
            }
        }
    }
}

#[tokio::test]
async fn a_planted_name_appears_nowhere_unmasked() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).with_ansi(false);
    // Every test is a process of its own; where it is not, only one of them may hear the log.
    let hears = subscriber.try_init().is_ok();
    let world = World::new().await;
    let site = world.site().await;
    let session_id = session_of(&world, &site).await;
    let film = Film::shoot(world.directory.path(), 4, "160x96");
    world.recorded(&site, &film, 0).await;
    let mut said = Said::default();
    let mut operator = PeopleServiceClient::new(world.channel(Some(&world.token)).await);

    // Everything that can be done to and by the person.
    let grant =
        |role| pb::NewGrant { role: pb::Role::from(role).into(), scope: "everything".to_owned(), from_us: None, until_us: None };
    let new = pb::CreatePersonRequest {
        account: "planted".to_owned(),
        name: NAME.to_owned(),
        grants: vec![grant(Role::Auditor), grant(Role::SupervisorExternal)],
        idempotency_key: String::new(),
    };
    let made = said.hear(operator.create_person(new.clone()).await).unwrap();
    said.hear(operator.create_person(new).await);
    let person_id = made.person.unwrap().id;
    let login = log_in(&world, "planted", &made.password).await.unwrap();
    let mut own = PeopleServiceClient::new(world.channel(Some(&login.access_token)).await);
    let change = pb::ChangePasswordRequest { old_password: made.password, new_password: PASSWORD.to_owned() };
    own.change_password(change).await.unwrap();
    let planted = review::review_service_client::ReviewServiceClient::new(world.channel(Some(&login.access_token)).await);
    let (mut planted, stream_id) = (planted, site.camera.evidence_stream_id.clone());
    let play =
        review::OpenPlaybackRequest { stream_id: stream_id.clone(), interval: between(0, 20), purpose: "巡查".to_owned() };
    let path = planted.open_playback(play).await.unwrap().into_inner().hls_path;
    let link = pb::LinkIdentityRequest {
        person_id: person_id.clone(),
        issuer: "https://login.example.cn".to_owned(),
        subject: SUBJECT.to_owned(),
    };
    said.hear(operator.link_identity(link.clone()).await);
    said.hear(operator.link_identity(link).await);
    said.hear(operator.list_identities(pb::ListIdentitiesRequest { person_id: person_id.clone() }).await);
    let own_names = format!("{:?}", own.get_me(pb::GetMeRequest {}).await.unwrap());
    assert!(own_names.contains(NAME), "they see their own: the test would hear it");
    said.0 += &log_in(&world, "planted", "wrong").await.unwrap_err().to_string();
    said.0 += crate::http::ask_from("127.0.0.2", world.address, "GET", &path, &[]).await.text();
    said.0 += get(world.address, &path.replace("index", NAME)).await.text();
    let pass = pb::NewPass { name: NAME.to_owned(), room_id: site.room.room_id.clone(), role: 0 };
    let issue = |passes| pb::IssuePassesRequest { session_id: session_id.clone(), passes };
    said.hear(operator.issue_passes(issue(vec![pass.clone()])).await);
    said.hear(operator.issue_passes(issue(vec![pass.clone(), pb::NewPass { room_id: "room_x".to_owned(), ..pass }])).await);

    // Everything in which they appear.
    let auditor = logged_in(&world, Role::Auditor, "everything").await;
    let mut reading = auditor.review(&world).await;
    said.hear(operator.list_people(pb::ListPeopleRequest::default()).await);
    said.hear(auditor.people(&world).await.list_people(pb::ListPeopleRequest::default()).await);
    said.hear(operator.list_passes(pb::ListPassesRequest { session_id: session_id.clone() }).await);
    let looks =
        review::ListAccessesRequest { session_id: session_id.clone(), purpose: "倒查".to_owned(), ..Default::default() };
    let looks = said.hear(reading.list_accesses(looks).await).unwrap();
    assert!(looks.accesses.iter().any(|look| look.name == "欧**"), "{looks:?}");
    let refusals = said.hear(reading.list_refusals(review::ListRefusalsRequest { limit: 0 }).await).unwrap();
    assert!(refusals.refusals.iter().filter(|refusal| refusal.name == "欧**").count() >= 2, "{refusals:?}");
    let entries = review::ListEntriesRequest { from_index: 0, subject: String::new(), limit: 1000 };
    for entry in said.hear(reading.list_entries(entries).await).unwrap().entries {
        said.0 += &String::from_utf8_lossy(&entry.envelope);
    }
    let reason = || "left".to_owned();
    said.hear(
        operator.set_suspended(pb::SetSuspendedRequest { person_id: person_id.clone(), suspended: true, reason: reason() }).await,
    );
    said.hear(operator.reset_password(pb::ResetPasswordRequest { person_id: person_id.clone() }).await);
    let more = pb::GrantRoleRequest { person_id, grant: Some(grant(Role::Archivist)), idempotency_key: String::new() };
    let granted = said.hear(operator.grant_role(more).await).unwrap().grant.unwrap().id;
    said.hear(operator.revoke_grant(pb::RevokeGrantRequest { grant_id: granted, reason: reason() }).await);
    for (path, _) in liuhen_api::auth::action::RPCS {
        call(&world, path, Some(&world.token), bytes::Bytes::new()).await;
        call(&world, path, None, bytes::Bytes::new()).await;
    }

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!hears || logged.contains("a login was refused"), "the log is heard");
    for (what, text) in [("answers", &said.0), ("log", &logged)] {
        for secret in [NAME, PASSWORD, SUBJECT, "planted horse", &login.access_token, &login.refresh_token, "踏雪"] {
            let at = text.find(secret);
            assert_eq!(at.map(|at| text[..at].chars().rev().take(200).collect::<String>()), None, "{secret} in the {what}");
        }
    }
}
