//! A score that stood on a public notice is changed in one way only: by its successor, which names it, by two persons under
//! two logins, as an entry of the log. Tried past that over gRPC, by a neighbouring system, from a sheet, and by many at once.

use futures_util::future::join_all;
use liuhen_archive::records::Role;
use liuhen_proto::wire::people::v1::GrantRoleRequest;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::fact::Told;
use liuhen_proto::wire::session::v1::process_service_client::ProcessServiceClient;
use pb::OrganizationKind::{Enterprise, SocialOrg};
use tokio_stream::StreamExt as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::super::scene::{EXAMINERS, Scene, blocked, breach, request, rules};
use super::super::sheets::{file, sheets};
use super::super::{postgres, scene};
use super::{CENTI, Office, text, until_posted};
use crate::neighbours::{SYSTEM, enrolled, from, invitation, manages, permits, process};
use crate::people::{logged_in, new_grant, operator};

/// Staff who amends, and who agrees.
const AMENDS: usize = 12;
const AGREES: usize = 13;
/// So many amend at once.
const MANY: u32 = 8;

/// The score that holds and that somebody would like to be another one.
struct Target<'a> {
    office: &'a Office<'a>,
    subject: i32,
    /// The fact that told it.
    held: String,
    /// What the batch holds before anything is tried.
    facts: Vec<pb::FactSummary>,
}

impl<'a> Target<'a> {
    async fn of(office: &'a Office<'a>) -> Self {
        let subject = pb::Subject::Practical.into();
        let facts = facts(office).await;
        // The first that was entered is that of the first candidate.
        let held = facts.iter().find(|fact| fact.kind == "score_entered").unwrap().fact_id.clone();
        Self { office, subject, held, facts }
    }

    fn candidate(&self) -> String {
        self.office.scene.candidates[0].clone()
    }

    fn amends(&self, supersedes: &str, centi: u32, approved_by: usize) -> Told {
        let staff = |place: usize| self.office.scene.staff[place].clone();
        Told::ScoreAmended(pb::ScoreAmended {
            candidate_id: self.candidate(),
            subject: self.subject,
            supersedes_fact_id: text(supersedes),
            score_centi: centi,
            reason: text("合分错误"),
            amended_by_id: staff(AMENDS),
            approved_by_id: staff(approved_by),
            document_sha256: Vec::new(),
        })
    }

    fn enters(&self) -> Told {
        let (candidate_id, clerk_id) = (self.candidate(), self.office.scene.staff[AMENDS].clone());
        Told::ScoreEntered(pb::ScoreEntered {
            candidate_id,
            subject: self.subject,
            score_centi: 9_900,
            clerk_id,
            ..<_>::default()
        })
    }

    fn totals(&self, subject: pb::Subject) -> Told {
        let (candidate_id, subject) = (self.candidate(), subject.into());
        Told::MachineTotalTold(pb::MachineTotalTold { candidate_id, subject, score_centi: 9_900, reference: text("CBT-2") })
    }

    fn second_look(&self) -> Told {
        let (verifier_id, candidate_ids) = (self.office.scene.staff[AGREES].clone(), vec![self.candidate()]);
        Told::ScoresVerified(pb::ScoresVerified { subject: self.subject, verifier_id, candidate_ids })
    }

    /// Nothing is half-written: the batch is what it was.
    async fn is_as_it_was(&self) {
        assert_eq!(facts(self.office).await, self.facts);
    }
}

async fn facts(office: &Office<'_>) -> Vec<pb::FactSummary> {
    let channel = office.scene.world.channel(Some(&office.access[&Role::Registrar])).await;
    let request = pb::ListFactsRequest { case_id: office.scene.batch.clone(), ..<_>::default() };
    ProcessServiceClient::new(channel).list_facts(request).await.unwrap().into_inner().facts
}

/// That it was refused, with what to do instead, in both languages.
fn told_why(answer: Result<pb::RecordFactResponse, Status>, why: &str) {
    let status = answer.unwrap_err();
    assert!(matches!(status.code(), Code::InvalidArgument | Code::FailedPrecondition), "{status:?}");
    assert!(status.message().contains(why), "{why}: {}", status.message());
    let chinese = status.get_details_localized_message().unwrap().message;
    assert!(chinese.chars().any(|c| c > '\u{4e00}'), "{chinese}");
}

/// A second score, a sheet, a total; an amendment of nothing, of another score, and by one person alone. A breach helps none.
async fn over_grpc(it: &Target<'_>) {
    let (office, scene) = (it.office, it.office.scene);
    let another = it.facts.iter().rfind(|fact| fact.kind == "score_entered").unwrap().fact_id.clone();
    let sheet = office.sheet(&it.candidate(), it.subject, &scene.staff[EXAMINERS.start]);
    let instead = "amend";
    let tries = [
        (Role::ScoreClerk, it.enters(), instead),
        (Role::Examiner, sheet, instead),
        (Role::ScoreClerk, it.totals(pb::Subject::Theory), instead),
        (Role::Registrar, it.amends("", 9_900, AGREES), "supersedes_fact_id"),
        (Role::Registrar, it.amends(&another, 9_900, AGREES), it.held.as_str()),
        (Role::Registrar, it.amends(&it.held, 9_900, AMENDS), "name a second person"),
    ];
    for (role, told, why) in tries {
        told_why(office.try_as(role, told.clone()).await, why);
        let told = pb::RecordFactRequest { breach: breach(), ..request(&scene.batch, told) };
        told_why(office.send(&office.access[&Role::ResponsibleHead], told).await, why);
    }
    for role in [Role::ScoreClerk, Role::Examiner, Role::Authority, Role::Archivist] {
        let refused = office.try_as(role, it.amends(&it.held, 9_900, AGREES)).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{role:?}");
    }
    it.is_as_it_was().await;
}

/// No system is permitted to, and what one is permitted to tell does not overwrite a score.
async fn by_a_neighbour(it: &Target<'_>) {
    let scene = it.office.scene;
    for kind in ["score_amended", "score_entered", "scores_verified"] {
        let asked = invitation(&scene.organization, permits(&[kind], false));
        assert_eq!(manages(&scene.world).await.invite_neighbour(asked).await.unwrap_err().code(), Code::InvalidArgument);
    }
    let (machine, _) = enrolled(&scene.world, &scene.organization, permits(&["machine_total_told"], false)).await;
    let mut client = process(&scene.world, &machine).await;
    let told = [it.amends(&it.held, 9_900, AGREES), it.enters(), it.second_look(), it.totals(pb::Subject::Theory)];
    let pushed = told.into_iter().enumerate().map(|(place, told)| {
        let fact = from(SYSTEM, &format!("9/{place}"), &scene.batch, told);
        pb::PushFactsRequest { fact: Some(fact) }
    });
    let pushed = tokio_stream::iter(pushed.collect::<Vec<_>>());
    let answers: Vec<_> = client.push_facts(pushed).await.unwrap().into_inner().collect().await;
    let problems: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().problem.unwrap()).collect();
    for problem in &problems[..3] {
        assert!(problem.code == "PERMISSION_DENIED" && problem.english.contains("a person's to tell"), "{problem:?}");
    }
    assert!(problems[3].code == "FAILED_PRECONDITION" && problems[3].english.contains("score_amended"), "{:?}", problems[3]);
    it.is_as_it_was().await;
}

/// The row is named, and what to do.
async fn from_a_sheet(it: &Target<'_>) {
    let scene = it.office.scene;
    let scores = file(&scene.batch, pb::SheetForm::Scores, "准考证号,姓名,考核科目,成绩\n2026-0,欧阳踏雪无痕,技能,99\n");
    let scores = pb::ImportSheetRequest { clerk_id: scene.staff[AMENDS].clone(), ..scores };
    let refused = sheets(scene, Role::ScoreClerk).await.import_sheet(scores).await.unwrap().into_inner();
    let [trouble] = refused.troubles.as_slice() else { panic!("{refused:?}") };
    assert!(!refused.taken && trouble.row == 2 && trouble.english.contains("score_amended"), "{trouble:?}");
    it.is_as_it_was().await;
}

/// Many amend the score that holds, each as it should be: one is taken, and the others read it again.
async fn by_many_at_once(it: &Target<'_>, registrar: &str) -> (u32, pb::RecordFactResponse) {
    let amends = |n: u32| async move {
        let told = request(&it.office.scene.batch, it.amends(&it.held, CENTI + 100 * n, AGREES));
        (CENTI + 100 * n, it.office.send(registrar, told).await)
    };
    let (taken, refused): (Vec<_>, Vec<_>) = join_all((1..=MANY).map(amends)).await.into_iter().partition(|(_, it)| it.is_ok());
    assert_eq!(taken.len(), 1, "{refused:?}");
    let (centi, taken) = taken.into_iter().next().unwrap();
    let taken = taken.unwrap();
    for (_, refused) in refused {
        told_why(refused, &taken.fact_id);
    }
    (centi, taken)
}

/// What is taken stands in the log as a finding, and counts when the second person has agreed; then it is released and
/// posted again.
async fn the_right_way(it: &Target<'_>, registrar: &str, (centi, amended): (u32, pb::RecordFactResponse)) {
    let (office, scene) = (it.office, it.office.scene);
    assert_eq!(rules(&amended.findings), ["J1.amended"]);
    let after = facts(office).await;
    assert_eq!(after[..it.facts.len()], it.facts, "what was told before stays");
    let [added] = &after[it.facts.len()..] else { panic!("one fact was added") };
    assert_eq!((added.kind.as_str(), &added.fact_id), ("score_amended", &amended.fact_id));
    let index = amended.receipt.unwrap().leaf_index;
    let entries = scene.world.archive.records.entries(index, None, 1).await.unwrap();
    assert!(String::from_utf8_lossy(&entries[0].envelope).contains(&amended.fact_id), "{entries:?}");

    let uploads = || office.uploads("2026-12-01");
    blocked(office.try_as(Role::Registrar, uploads()).await, "J1.posted");
    // Half of the whole is practical work.
    let total_centi = CENTI + (centi - CENTI) / 2;
    let results = vec![pb::ReleasedResult { candidate_id: it.candidate(), total_centi, passed: true }];
    let released = Told::ScoresReleased(pb::ScoresReleased { results, signature: scene::signature() });
    blocked(office.try_as(Role::Registrar, released.clone()).await, "I8.verified");
    blocked(office.send(registrar, request(&scene.batch, it.second_look())).await, "I8.login");
    assert_eq!(rules(&office.second_look(it.second_look()).await.unwrap().findings), [""; 0]);
    office.tell(Role::Registrar, released).await;
    blocked(office.try_as(Role::Registrar, uploads()).await, "J1.posted");
    let Told::NoticePosted(notice) = office.posts() else { unreachable!() };
    let again = pb::NoticePosted { notice: text("GS-2"), candidate_ids: vec![it.candidate()], ..notice };
    office.tell(Role::Registrar, Told::NoticePosted(again)).await;
}

async fn is_tampered_with(scene: &Scene) {
    let office = until_posted(scene).await;
    let target = Target::of(&office).await;
    over_grpc(&target).await;
    by_a_neighbour(&target).await;
    from_a_sheet(&target).await;
    // Who may amend, and may check as well: under one login they are one person.
    let both = logged_in(&scene.world, Role::Registrar, "everything").await;
    let grant = Some(new_grant(Role::ScoreClerk, "everything"));
    let grant = GrantRoleRequest { person_id: both.id.clone(), grant, idempotency_key: String::new() };
    operator(&scene.world).await.grant_role(grant).await.unwrap();
    let won = by_many_at_once(&target, &both.access).await;
    the_right_way(&target, &both.access, won).await;
    let report = liuhen_archive::fsck(&scene.world.archive, &mut |_| ()).await.unwrap();
    assert!(report.sound, "{:?}", report.findings);
}

#[tokio::test]
async fn story_19_nobody_changes_a_score_after_the_notice_but_in_the_one_right_way() {
    is_tampered_with(&Scene::planned(Enterprise).await).await;
}

#[tokio::test]
async fn story_19_nobody_changes_a_score_after_the_notice_on_postgresql_either() {
    let database = postgres::database().await.expect("PostgreSQL is installed: ./dev setup");
    is_tampered_with(&Scene::planned_on(SocialOrg, Some(database)).await).await;
}
