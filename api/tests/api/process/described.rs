//! What binds an organisation, as clients read it; and what stands against a case, with what follows from time alone.

use liuhen_archive::records::Role;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::fact::Told;
use pb::OrganizationKind::SocialOrg;
use tonic::Code;

use super::scene::{Scene, signature};

async fn pack(scene: &Scene) -> pb::DescribePackResponse {
    let request = pb::DescribePackRequest { organization_id: scene.organization.clone() };
    scene.as_role(Role::Invigilator).await.describe_pack(request).await.unwrap().into_inner()
}

async fn stands(scene: &Scene, case: &str) -> pb::ListFindingsResponse {
    let request = pb::ListFindingsRequest { case_id: case.to_owned() };
    scene.as_role(Role::Registrar).await.list_findings(request).await.unwrap().into_inner()
}

fn adopted(version: u32) -> pb::CatalogueAdopted {
    let item = pb::CatalogueItem {
        code: "4.9".to_owned(),
        tier: 4,
        subject: pb::ViolationSubject::Candidate.into(),
        chinese: "携带作弊器材".to_owned(),
        english: "Has equipment for cheating".to_owned(),
        consequence_chinese: "全部科目成绩无效".to_owned(),
        consequence_english: "All subjects are void".to_owned(),
        source: "市规定".to_owned(),
        police: true,
    };
    pb::CatalogueAdopted {
        name: "city".to_owned(),
        version,
        base: "default@1".to_owned(),
        adopted_on: "2026-11-01".to_owned(),
        source: "某市违纪违规处理规定".to_owned(),
        document_sha256: vec![1; 32],
        items: vec![item],
    }
}

/// Rules with clause, severity and who may let them pass; the catalogue, which the organisation can change; the forms.
#[tokio::test]
async fn a_pack_is_described_with_its_catalogue_and_its_forms() {
    let scene = Scene::planned(SocialOrg).await;
    let before = pack(&scene).await;
    assert_eq!((before.pack.as_str(), before.kind()), ("social_org@1+zaozhuang-2024@1", SocialOrg));
    let few = before.rules.iter().find(|rule| rule.rule == "P2.few").unwrap();
    assert_eq!((few.clause.as_str(), few.severity(), few.waiver.as_str()), ("S四(三)1", pb::Severity::Block, "site_head"));
    assert!(before.rules.iter().find(|rule| rule.rule == "H7").unwrap().waiver.is_empty());
    assert!(before.rules.iter().any(|rule| rule.rule == "A4"), "the overlay of the city binds");
    let forms: Vec<_> = before.forms.iter().map(|form| form.template.as_str()).collect();
    assert_eq!(forms, ["checklist@1", "supervision-internal@1", "supervision-external@1"]);
    assert_eq!(before.forms[1].supervisor(), pb::Duty::SupervisorInternal);

    let mut wrong = adopted(1);
    wrong.items[0].tier = 5;
    let refused = scene.try_as(Role::Registrar, &scene.organization, Told::CatalogueAdopted(wrong)).await.unwrap_err();
    assert!(refused.message().starts_with("catalogue_adopted.items[0].tier"), "{}", refused.message());
    scene.tell_as(Role::Registrar, &scene.organization, Told::CatalogueAdopted(adopted(1))).await;
    let catalogue = pack(&scene).await.catalogue.unwrap();
    let default = before.catalogue.unwrap();
    assert_eq!((default.catalogue.as_str(), catalogue.catalogue.as_str()), ("default@1", "city@1"));
    assert_eq!(catalogue.items.len(), default.items.len() + 1);
    let nobody = pb::DescribePackRequest { organization_id: "org_1".to_owned() };
    let refused = scene.as_role(Role::Registrar).await.describe_pack(nobody).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

/// A finding of a batch is let pass by the authority and nobody else, and stands again when it is found again.
#[tokio::test]
async fn findings_of_a_batch_are_let_pass_by_whom_the_pack_names() {
    let scene = Scene::planned(SocialOrg).await;
    let files = |day: &str| Told::PlanFiled(pb::PlanFiled { filed_on: day.to_owned() });
    let late = async || {
        let found = stands(&scene, &scene.batch).await.findings;
        found.into_iter().filter(|finding| finding.rule == "B2.late").collect::<Vec<_>>()
    };
    assert_eq!(late().await, []);
    scene.tell_as(Role::Registrar, &scene.batch, files("2026-11-20")).await;
    let found = late().await;
    assert_eq!((found.len(), found[0].waived, found[0].derived), (1, false, false));
    let waives = || {
        Told::BatchFindingWaived(pb::BatchFindingWaived {
            rule: "B2.late".to_owned(),
            about: found[0].about.clone(),
            reason: "市局同意补报".to_owned(),
            signature: signature(),
        })
    };
    let refused = scene.try_as(Role::ResponsibleHead, &scene.batch, waives()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{}", refused.message());
    scene.tell_as(Role::Authority, &scene.batch, waives()).await;
    assert!(late().await[0].waived);
    scene.tell_as(Role::Registrar, &scene.batch, files("2026-11-21")).await;
    let waived: Vec<_> = late().await.iter().map(|finding| finding.waived).collect();
    assert_eq!(waived, [true, false], "new facts bring it back");
    // Each case has findings of its own.
    let elsewhere = scene.try_as(Role::Authority, &scene.organization, waives()).await.unwrap_err();
    assert_eq!(elsewhere.code(), Code::InvalidArgument);
    assert_eq!(stands(&scene, &scene.site).await.findings, []);
}

/// A day that passes while nobody tells anything is a finding of that day, and gone when it is told.
#[tokio::test]
async fn what_is_overdue_is_listed_as_of_today() {
    let scene = Scene::planned(SocialOrg).await;
    let opened = pb::RegistrationHeld { opened_on: "2026-11-05".to_owned(), closed_on: "2026-11-11".to_owned() };
    let request = pb::CreateBatchRequest { organization_id: scene.organization.clone(), ..<_>::default() };
    let mut registrar = scene.as_role(Role::Registrar).await;
    let batch = registrar.create_batch(request).await.unwrap().into_inner().batch_id;
    let facts = pb::ListFindingsRequest { case_id: batch.clone() };
    assert_eq!(registrar.list_findings(facts).await.unwrap().into_inner().findings, [], "nothing is planned");
    let plan = scene.plan();
    scene.tell_as(Role::Registrar, &batch, plan).await;
    scene.tell_as(Role::Registrar, &batch, Told::RegistrationHeld(opened)).await;
    let listed = stands(&scene, &batch).await;
    let derived: Vec<_> = listed.findings.iter().filter(|finding| finding.derived).collect();
    assert_eq!(listed.as_of, "2026-11-22");
    let overdue: Vec<_> = derived.iter().map(|finding| (finding.rule.as_str(), finding.facts["due"].as_str())).collect();
    assert_eq!(overdue, [("B2.late", "2026-10-31"), ("B3.review", "2026-11-14"), ("B3.tickets", "2026-11-19")]);
    assert!(derived.iter().all(|finding| !finding.provisional && !finding.chinese.is_empty()));
    let reviewed = Told::ReviewFinished(pb::ReviewFinished { finished_on: "2026-11-13".to_owned() });
    scene.tell_as(Role::Registrar, &batch, reviewed).await;
    let state = pb::GetBatchStateRequest { batch_id: batch.clone() };
    let findings = registrar.get_batch_state(state).await.unwrap().into_inner().findings;
    assert!(!findings.iter().any(|finding| finding.rule == "B3.review"), "it was told, in time");
    assert!(findings.iter().any(|finding| finding.derived), "the others still are");
}
