//! From the sealed session to issued certificates and a closed batch, over gRPC and by who may, for each kind of
//! organisation and on both databases.

#[path = "amended.rs"]
mod amended;

use std::collections::{BTreeSet, HashMap};

use liuhen_archive::records::Role;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::fact::Told;
use liuhen_proto::wire::session::v1::process_service_client::ProcessServiceClient;
use pb::OrganizationKind::{Enterprise, SocialOrg, TechnicalCollege};
use tonic::{Code, Status};

use super::scene::{EXAMINERS, Scene, blocked, request, rules, signature};
use super::{postgres, traced, walk};
use crate::people::logged_in;

const DAY: i64 = 86_400;
/// Ten in the morning after the exam, in seconds from nine on its day.
const MONDAY: i64 = DAY + 3_600;
/// What everybody scores in every subject: the whole is the same by whichever weights.
const CENTI: u32 = 7_500;
const NOTICE: &str = "GS-1";

/// Who works on the results, logged in on that day.
struct Office<'a> {
    scene: &'a Scene,
    access: HashMap<Role, String>,
    /// The score clerk who checks.
    second: String,
}

fn text(text: &str) -> String {
    text.to_owned()
}

impl<'a> Office<'a> {
    /// Everybody logs in anew: logins do not last for days.
    async fn on(scene: &'a Scene, seconds: i64) -> Self {
        scene.it_is(seconds);
        let mut access = HashMap::new();
        for role in [
            Role::Examiner,
            Role::ScoreClerk,
            Role::Registrar,
            Role::ResponsibleHead,
            Role::Authority,
            Role::Archivist,
            Role::SupervisorInternal,
        ] {
            access.insert(role, logged_in(&scene.world, role, "everything").await.access);
        }
        let second = logged_in(&scene.world, Role::ScoreClerk, "everything").await.access;
        Self { scene, access, second }
    }

    async fn try_at(&self, role: Role, case: &str, told: Told) -> Result<pb::RecordFactResponse, Status> {
        self.send(&self.access[&role], request(case, told)).await
    }

    async fn send(&self, access: &str, request: pb::RecordFactRequest) -> Result<pb::RecordFactResponse, Status> {
        let channel = self.scene.world.channel(Some(access)).await;
        Ok(ProcessServiceClient::new(channel).record_fact(request).await?.into_inner())
    }

    /// Checks what was entered, under a login of their own.
    async fn second_look(&self, told: Told) -> Result<pb::RecordFactResponse, Status> {
        self.send(&self.second, request(&self.scene.batch, told)).await
    }

    /// Of the batch.
    async fn try_as(&self, role: Role, told: Told) -> Result<pb::RecordFactResponse, Status> {
        self.try_at(role, &self.scene.batch, told).await
    }

    /// Of the batch, with nothing found.
    async fn tell(&self, role: Role, told: Told) {
        let what = format!("{told:?}");
        let told = self.try_as(role, told).await.unwrap_or_else(|status| panic!("{what}: {}", status.message()));
        assert_eq!(rules(&told.findings), [""; 0], "{what}: {:?}", told.findings);
    }

    async fn state(&self) -> pb::GetSessionStateResponse {
        let channel = self.scene.world.channel(Some(&self.access[&Role::Registrar])).await;
        let request = pb::GetSessionStateRequest { session_id: self.scene.session.clone() };
        ProcessServiceClient::new(channel).get_session_state(request).await.unwrap().into_inner()
    }

    async fn results(&self) -> pb::BatchResults {
        let channel = self.scene.world.channel(Some(&self.access[&Role::Registrar])).await;
        let request = pb::GetBatchStateRequest { batch_id: self.scene.batch.clone() };
        ProcessServiceClient::new(channel).get_batch_state(request).await.unwrap().into_inner().results.unwrap()
    }

    async fn subjects(&self) -> BTreeSet<i32> {
        let turns = self.state().await.turns;
        turns.into_iter().filter_map(|turn| turn.turn).map(|turn| turn.subject).collect()
    }

    /// Theory by computer, the rest by three examiners, entered and checked by two.
    async fn scores(&self) {
        let scene = self.scene;
        let (clerk_id, verifier_id) = (scene.staff[12].clone(), scene.staff[13].clone());
        for subject in self.subjects().await {
            if subject == i32::from(pb::Subject::Theory) {
                self.theory(subject).await;
                continue;
            }
            for candidate in &scene.candidates {
                for examiner in &scene.staff[EXAMINERS] {
                    self.tell(Role::Examiner, self.sheet(candidate, subject, examiner)).await;
                }
                let candidate_id = candidate.clone();
                let entered =
                    pb::ScoreEntered { candidate_id, subject, score_centi: CENTI, clerk_id: clerk_id.clone(), ..<_>::default() };
                let stranger = self.try_as(Role::Examiner, Told::ScoreEntered(entered.clone())).await.unwrap_err();
                assert_eq!(stranger.code(), Code::PermissionDenied, "who judges does not enter");
                self.tell(Role::ScoreClerk, Told::ScoreEntered(entered)).await;
            }
            let verified = |verifier_id: &String| {
                let (verifier_id, candidate_ids) = (verifier_id.clone(), scene.candidates.clone());
                Told::ScoresVerified(pb::ScoresVerified { subject, verifier_id, candidate_ids })
            };
            blocked(self.second_look(verified(&clerk_id)).await, "I8.two");
            blocked(self.try_as(Role::ScoreClerk, verified(&verifier_id)).await, "I8.login");
            assert_eq!(rules(&self.second_look(verified(&verifier_id)).await.unwrap().findings), [""; 0]);
        }
    }

    async fn theory(&self, subject: i32) {
        let (marker_id, work) = (self.scene.staff[12].clone(), text("复核机考成绩"));
        let system = text("CBT");
        let prepared = pb::MarkingPrepared { subject, system, encrypted: true, protected: true };
        self.tell(Role::Examiner, Told::MarkingPrepared(prepared)).await;
        let (worked_on, backup_sha256) = (text("2026-11-23"), vec![7; 32]);
        let logged = pb::MarkingLogged { subject, marker_id: marker_id.clone(), worked_on, work, backup_sha256 };
        self.tell(Role::Examiner, Told::MarkingLogged(logged)).await;
        for candidate_id in self.scene.candidates.clone() {
            let total = pb::MachineTotalTold { candidate_id, subject, score_centi: CENTI, reference: text("CBT-1") };
            self.tell(Role::ScoreClerk, Told::MachineTotalTold(total)).await;
        }
        blocked(self.try_as(Role::Registrar, self.releases()).await, "I3.confirmed");
        let past = pb::RecordFactRequest { breach: super::breach(), ..request(&self.scene.batch, self.releases()) };
        let alone = self.send(&self.access[&Role::Registrar], past).await.unwrap_err();
        assert_eq!(alone.code(), Code::PermissionDenied, "what is done against a rule is the responsible head's to tell");
        let candidate_ids = self.scene.candidates.clone();
        let confirmed = pb::MachineTotalsConfirmed { subject, marker_id, candidate_ids };
        self.tell(Role::Examiner, Told::MachineTotalsConfirmed(confirmed)).await;
    }

    fn sheet(&self, candidate: &str, subject: i32, examiner: &str) -> Told {
        Told::ScoreSheetSigned(pb::ScoreSheetSigned {
            candidate_id: text(candidate),
            subject,
            session_id: self.scene.session.clone(),
            examiner_id: text(examiner),
            score_centi: CENTI,
            document_sha256: vec![5; 32],
            supersedes_fact_id: String::new(),
            signature: signature(),
        })
    }

    fn releases(&self) -> Told {
        let result =
            |candidate: &String| pb::ReleasedResult { candidate_id: candidate.clone(), total_centi: CENTI, passed: true };
        let results = self.scene.candidates.iter().map(result).collect();
        Told::ScoresReleased(pb::ScoresReleased { results, signature: signature() })
    }

    fn posts(&self) -> Told {
        let channel = match self.scene.kind {
            Enterprise => pb::NoticeChannel::Enterprise,
            TechnicalCollege => pb::NoticeChannel::School,
            _ => pb::NoticeChannel::Public,
        };
        Told::NoticePosted(pb::NoticePosted {
            notice: text(NOTICE),
            posted_on: text("2026-11-23"),
            channel: channel.into(),
            place: text("公示栏"),
            document_sha256: vec![6; 32],
            candidate_ids: self.scene.candidates.clone(),
        })
    }

    fn uploads(&self, day: &str) -> Told {
        let (notice, uploaded_on, reference) = (text(NOTICE), text(day), text("P-1"));
        Told::ResultsUploaded(pb::ResultsUploaded {
            notice,
            uploaded_on,
            reference,
            candidate_ids: self.scene.candidates.clone(),
        })
    }

    /// The platform's numbers, the authority's word, and a certificate for each.
    async fn certifies(&self) {
        let number = |place: usize| format!("S000037040001264{place:06}");
        for (place, candidate_id) in self.scene.candidates.iter().cloned().enumerate() {
            let twice = pb::CertificateNumbered { candidate_id: candidate_id.clone(), number: number(0), reference: text("FM") };
            if place > 0 {
                blocked(self.try_as(Role::Registrar, Told::CertificateNumbered(twice)).await, "J3.unique");
            }
            let numbered = pb::CertificateNumbered { candidate_id, number: number(place), reference: text("FM") };
            self.tell(Role::Registrar, Told::CertificateNumbered(numbered)).await;
        }
        let issued = |(place, candidate_id): (usize, String)| pb::CertificateIssued {
            candidate_id,
            number: number(place),
            occupation: text("车工"),
            job_type: text("——"),
            level_text: text("四级/中级工"),
            issued_on: text("2026-12-01"),
            ..<_>::default()
        };
        let first = Told::CertificateIssued(issued((0, self.scene.candidates[0].clone())));
        blocked(self.try_as(Role::Registrar, first).await, "J3.confirmed");
        let confirmed = Told::CertificatesConfirmed(pb::CertificatesConfirmed {
            authority: text("枣庄市人社局"),
            reference: text("QR-9"),
            confirmed_on: text("2026-12-01"),
            candidate_ids: self.scene.candidates.clone(),
        });
        let own = self.try_as(Role::ResponsibleHead, confirmed.clone()).await.unwrap_err();
        assert_eq!(own.code(), Code::PermissionDenied, "the authority confirms");
        self.tell(Role::Authority, confirmed).await;
        for it in self.scene.candidates.iter().cloned().enumerate() {
            self.tell(Role::Registrar, Told::CertificateIssued(issued(it))).await;
        }
        let (reported_on, reference) = (text("2026-12-01"), text("SJ-1"));
        let reported = pb::DataReported { reported_on, reference, candidate_ids: self.scene.candidates.clone() };
        self.tell(Role::Registrar, Told::DataReported(reported)).await;
    }

    /// All thirteen categories, each a file.
    async fn files(&self) {
        for category in 1..=13 {
            let filed = pb::RecordFiled {
                record: format!("R-{category}"),
                category,
                title: text("材料"),
                dated: text("2026-12-01"),
                medium: pb::Medium::Electronic.into(),
                version: 1,
                pages: 3,
                document_sha256: vec![u8::try_from(category).unwrap(); 32],
                ..<_>::default()
            };
            self.tell(Role::Archivist, Told::RecordFiled(filed)).await;
        }
    }

    /// Holes that the session has are explained.
    async fn explains(&self) {
        let holes = self.state().await.incidents.into_iter().filter(|it| it.about() == pb::IncidentKind::Technical);
        for hole in holes {
            let explained = pb::RecordingExplained {
                session_id: self.scene.session.clone(),
                incident_id: hole.incident_id,
                explanation: text("该机位未接入录像"),
                evidence_sha256: vec![vec![9; 32]],
                signature: signature(),
            };
            self.tell(Role::ResponsibleHead, Told::RecordingExplained(explained)).await;
        }
    }
}

fn closes() -> Told {
    Told::BatchClosed(pb::BatchClosed { signature: signature() })
}

/// From announcement to public notice.
async fn until_posted(scene: &Scene) -> Office<'_> {
    walk(scene).await;
    let office = Office::on(scene, MONDAY).await;
    let valid = Some(pb::DateRange { first: text("2026-01-01"), last: text("2028-12-31") });
    let filed = pb::BodyFiled { authority: text("枣庄市人社局"), number: text("S000037040001"), valid };
    office.try_at(Role::Registrar, &scene.organization, Told::BodyFiled(filed)).await.unwrap();
    let (reference, received_on) = (text("JG-1"), text("2026-11-23"));
    let received = pb::SessionReceived { reference, received_on, document_sha256: Vec::new() };
    office.try_at(Role::Registrar, &scene.session, Told::SessionReceived(received)).await.unwrap();
    office.scores().await;
    office.tell(Role::Registrar, office.releases()).await;
    office.tell(Role::Registrar, office.posts()).await;
    office
}

async fn goes_on(scene: &Scene) {
    until_posted(scene).await;
    // The fifth working day after Monday the 23rd is Monday the 30th.
    let office = Office::on(scene, MONDAY + 7 * DAY).await;
    blocked(office.try_as(Role::Registrar, office.uploads("2026-12-01")).await, "J1.early");
    let office = Office::on(scene, MONDAY + 8 * DAY).await;
    office.tell(Role::Registrar, office.uploads("2026-12-01")).await;
    let before = traced::chain(scene).await;
    let wanting: Vec<_> = traced::open(&before).into_iter().map(|(step, standing, _)| (step, standing)).collect();
    let all = ["numbered", "certificate_confirmed", "issued", "reported", "closed"];
    let is_reported = |step: &&str| scene.kind != Enterprise || *step != "reported";
    assert_eq!(wanting, all.iter().copied().filter(is_reported).map(|step| (step, "open")).collect::<Vec<_>>());
    assert_eq!(traced::open(&before)[0].2, ["registrar"], "whose the number is");
    office.certifies().await;
    blocked(office.try_as(Role::ResponsibleHead, closes()).await, "K2.complete");
    office.files().await;
    office.explains().await;
    let alone = office.try_as(Role::Registrar, closes()).await.unwrap_err();
    assert_eq!(alone.code(), Code::PermissionDenied, "the responsible head closes");
    let before = office.results().await;
    assert_eq!((before.judged, before.passed, before.uploaded, before.issued), (3, 3, 3, 3));
    assert!(before.volume.len() == 13 && before.volume.iter().all(|line| !line.missing && line.filed == 1) && !before.closed);
    assert_eq!((before.notices[0].upload_opens_on.as_str(), before.notices[0].provisional), ("2026-12-01", false));
    office.tell(Role::ResponsibleHead, closes()).await;
    assert!(office.results().await.closed);
    traced::from_each_end(scene, "S000037040001264000000").await;
    super::sheets::lists_of(scene).await;
    let after = office.try_as(Role::Registrar, office.releases()).await.unwrap_err();
    assert_eq!(after.code(), Code::FailedPrecondition);
    let report = liuhen_archive::fsck(&scene.world.archive, &mut |_| ()).await.unwrap();
    assert!(report.sound, "{:?}", report.findings);
}

async fn both(kind: pb::OrganizationKind) {
    goes_on(&Scene::planned(kind).await).await;
    let database = postgres::database().await.expect("PostgreSQL is installed: ./dev setup");
    goes_on(&Scene::planned_on(kind, Some(database)).await).await;
}

#[tokio::test]
async fn a_batch_of_a_social_organisation_goes_on_to_certificates_and_is_closed() {
    both(SocialOrg).await;
}

#[tokio::test]
async fn a_batch_of_an_enterprise_goes_on_to_certificates_and_is_closed() {
    both(Enterprise).await;
}

#[tokio::test]
async fn a_batch_of_a_technical_college_goes_on_to_certificates_and_is_closed() {
    both(TechnicalCollege).await;
}
