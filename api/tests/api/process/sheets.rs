//! Spreadsheets over gRPC: a roster is taken whole or not at all, seats and scores as well; what is given comes back.

use liuhen_archive::records::Role;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::sheet_service_client::SheetServiceClient;
use liuhen_sheets::annex::{ROSTER, SCORES, person, score};
use liuhen_sheets::form::fill;
use liuhen_sheets::writer::{Page, to_xlsx_of};
use pb::OrganizationKind::TechnicalCollege;
use pb::SheetForm::{Arrangement, Enrolment, Plan, Roster, Scores, Seats};
use tonic::Code;

use super::scene::{NAMES, NUMBERS, Scene};
use crate::people::logged_in;
use crate::world::Connection;

pub(super) async fn sheets(scene: &Scene, role: Role) -> SheetServiceClient<Connection> {
    let access = logged_in(&scene.world, role, "everything").await.access;
    SheetServiceClient::new(scene.world.channel(Some(&access)).await)
}

/// A batch whose roster is open.
async fn open_batch(scene: &Scene) -> String {
    let request = pb::CreateBatchRequest { organization_id: scene.organization.clone(), ..<_>::default() };
    let batch = scene.as_role(Role::Registrar).await.create_batch(request).await.unwrap().into_inner().batch_id;
    scene.tell_as(Role::Registrar, &batch, scene.plan()).await;
    batch
}

pub(super) fn file(case: &str, form: pb::SheetForm, file: impl Into<Vec<u8>>) -> pb::ImportSheetRequest {
    pb::ImportSheetRequest { case_id: case.to_owned(), form: form.into(), file: file.into(), ..<_>::default() }
}

fn of(case: &str, form: pb::SheetForm) -> pb::ExportSheetRequest {
    pb::ExportSheetRequest { case_id: case.to_owned(), form: form.into(), ..<_>::default() }
}

fn roster() -> String {
    let rows = NAMES.iter().zip(NUMBERS).enumerate();
    let rows = rows.map(|(place, (name, number))| format!("{name},{number},2026-{place},单位{place}\n"));
    format!("姓名,证件号码,准考证号,工作单位\n{}", rows.collect::<String>())
}

async fn candidates(scene: &Scene, batch: &str) -> Vec<pb::Candidate> {
    let request = pb::ListCandidatesRequest { batch_id: batch.to_owned(), ..<_>::default() };
    scene.as_role(Role::Registrar).await.list_candidates(request).await.unwrap().into_inner().candidates
}

/// Who is on a sheet: name, number, ticket, employer.
fn persons(bytes: &[u8]) -> Vec<[String; 4]> {
    let filled = fill(&liuhen_sheets::read(bytes).unwrap(), &ROSTER, None).unwrap();
    let headings = [person::NAME, person::NUMBER, person::TICKET, person::EMPLOYER];
    let row = |entry: &liuhen_sheets::form::Entry| headings.map(|heading| entry.text(heading).unwrap_or_default().to_owned());
    let mut rows: Vec<_> = filled.entries.iter().map(row).collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn a_roster_is_taken_whole_or_not_at_all_and_comes_back() {
    let scene = Scene::planned(TechnicalCollege).await;
    let batch = open_batch(&scene).await;
    let mut registrar = sheets(&scene, Role::Registrar).await;
    let tried = pb::ImportSheetRequest { dry_run: true, ..file(&batch, Roster, roster()) };
    let tried = registrar.import_sheet(tried).await.unwrap().into_inner();
    assert_eq!((tried.taken, tried.rows, tried.facts, tried.receipt), (true, 3, 3, None), "{:?}", tried.troubles);
    assert!(candidates(&scene, &batch).await.is_empty());

    // One digit is wrong, one level is none: the third is not taken either, and no number is repeated.
    let bad = roster().replacen("11010519491231002X", "110105194912310021", 1).replacen("440308199901101512", "4403", 1);
    let refused = registrar.import_sheet(file(&batch, Roster, bad)).await.unwrap().into_inner();
    let places: Vec<_> = refused.troubles.iter().map(|it| (it.row, it.column.as_str())).collect();
    assert_eq!((refused.taken, places), (false, vec![(2, "B"), (3, "B")]), "{:?}", refused.troubles);
    assert!(!format!("{refused:?}").contains("110105194912310021"));
    assert!(refused.troubles[0].chinese.contains("校验码不符"));
    assert!(candidates(&scene, &batch).await.is_empty());

    let taken = registrar.import_sheet(file(&batch, Roster, roster())).await.unwrap().into_inner();
    assert!(taken.taken && taken.receipt.is_some() && !taken.repeated, "{taken:?}");
    assert_eq!(candidates(&scene, &batch).await.len(), 3);
    let again = registrar.import_sheet(file(&batch, Roster, roster())).await.unwrap().into_inner();
    assert!(again.taken && again.repeated && again.receipt.is_none(), "{again:?}");
    // The same people in another file.
    let twice = registrar.import_sheet(file(&batch, Roster, roster() + "\n")).await.unwrap().into_inner();
    assert_eq!((twice.taken, twice.troubles.len()), (false, 3));
    assert_eq!(candidates(&scene, &batch).await.len(), 3);

    comes_back(&scene, &batch).await;
}

async fn comes_back(scene: &Scene, batch: &str) {
    let mut registrar = sheets(scene, Role::Registrar).await;
    let csv = pb::ExportSheetRequest { format: pb::SheetFormat::Csv.into(), ..of(batch, Roster) };
    let masked = registrar.export_sheet(csv).await.unwrap().into_inner();
    let masked = String::from_utf8(masked.file).unwrap();
    assert!(masked.contains("欧**") && NUMBERS.iter().all(|number| !masked.contains(number)), "{masked}");

    let silent = pb::RevealSheetRequest { sheet: Some(of(batch, Roster)), ..<_>::default() };
    assert_eq!(registrar.reveal_sheet(silent.clone()).await.unwrap_err().code(), Code::InvalidArgument);
    let spoken = pb::RevealSheetRequest { purpose: "打印名册".to_owned(), ..silent };
    let given = registrar.reveal_sheet(spoken.clone()).await.unwrap().into_inner();
    let reveals = pb::ListRevealsRequest { batch_id: batch.to_owned(), ..<_>::default() };
    let reveals = scene.as_role(Role::Auditor).await.list_reveals(reveals).await.unwrap().into_inner().reveals;
    assert_eq!(reveals.iter().filter(|it| it.purpose == "打印名册").count(), 3);

    let other = open_batch(scene).await;
    let taken = registrar.import_sheet(file(&other, Roster, given.file.clone())).await.unwrap().into_inner();
    assert!(taken.taken, "{:?}", taken.troubles);
    let spoken = pb::RevealSheetRequest { sheet: Some(of(&other, Roster)), ..spoken };
    let back = registrar.reveal_sheet(spoken).await.unwrap().into_inner();
    assert_eq!(persons(&back.file), persons(&given.file));
    // As the annex of colleges as well.
    let annex = pb::RevealSheetRequest { sheet: Some(of(&other, Enrolment)), purpose: "学籍".to_owned() };
    let annex = registrar.reveal_sheet(annex).await.unwrap().into_inner();
    let third = open_batch(scene).await;
    let taken = registrar.import_sheet(file(&third, Enrolment, annex.file)).await.unwrap().into_inner();
    assert_eq!((taken.taken, taken.rows), (true, 3), "{:?}", taken.troubles);
}

/// 实施方案 as an organisation fills it in (S附件3, T附件3).
const PLAN: &str = "职业技能等级认定实施方案
机构名称(盖章),某机构,,,填报日期,2026年10月1日
单位负责人及手机号码,张负责 13800000000,,,考务联系人及手机号码,李四
认定计划名称,职业(工种),认定等级,认定对象,认定人数,考核方式,备注
20261122枣庄某机构第1期社会化评价,车工,四级/中级工,社会人员,3,理论：上机考试,
考场设置情况
理论,职业(工种、级别),认定地点,认定时间,考场,考生人数,监考人员,内督人员
,车工、四级,第一考点,2026年11月22日 9:00-10:30,1,3,,
技 能,职业(工种、级别),认定地点,认定时间,考场,考生人数,考评人员,
,车工、四级,第一考点,2026-11-22 90分钟,2,3,,
综合评审,职业(工种、级别),认定地点,认定时间,考场,考生人数,考评人员,
,车工、四级,第一考点,2026-11-22 14:00~15:30,3,3,,
其他,职业编码：6-18-01-01；成绩权重：理论30%、技能50%、综合20%；平台计划编号：P-1
";

#[tokio::test]
async fn a_plan_is_told_by_its_form_and_comes_back() {
    let scene = Scene::planned(TechnicalCollege).await;
    let mut registrar = sheets(&scene, Role::Registrar).await;
    let request = pb::CreateBatchRequest { organization_id: scene.organization.clone(), ..<_>::default() };
    let create = async || scene.as_role(Role::Registrar).await.create_batch(request.clone()).await.unwrap().into_inner().batch_id;
    let csv = |batch: &str| pb::ExportSheetRequest { format: pb::SheetFormat::Csv.into(), ..of(batch, Plan) };

    let (first, second) = (create().await, create().await);
    let taken = registrar.import_sheet(file(&first, Plan, PLAN)).await.unwrap().into_inner();
    assert_eq!((taken.taken, taken.rows, taken.facts), (true, 1, 1), "{:?}", taken.troubles);
    assert!(taken.not_taken.iter().any(|it| it.contains("考场设置")), "{:?}", taken.not_taken);
    // It is the plan that the scene told as a fact.
    let told = registrar.export_sheet(csv(&scene.batch)).await.unwrap().into_inner().file;
    let given = registrar.export_sheet(csv(&first)).await.unwrap().into_inner().file;
    assert_eq!(String::from_utf8(given.clone()).unwrap(), String::from_utf8(told).unwrap());

    // Who is responsible is masked, and has to be filled in; all else comes back.
    let masked = registrar.import_sheet(file(&second, Plan, given.clone())).await.unwrap().into_inner();
    let said: Vec<_> = masked.troubles.iter().map(|it| (it.row, it.english.contains("单位负责人及手机号码"))).collect();
    assert_eq!((masked.taken, said), (false, vec![(2, true)]), "{:?}", masked.troubles);
    let whole = String::from_utf8(given).unwrap().replace("张**", "张负责");
    let taken = registrar.import_sheet(file(&second, Plan, whole.clone())).await.unwrap().into_inner();
    assert!(taken.taken, "{:?}", taken.troubles);
    let given = registrar.export_sheet(csv(&second)).await.unwrap().into_inner().file;
    assert_eq!(String::from_utf8(given).unwrap().replace("张**", "张负责"), whole);
    // As a workbook as well, into a batch that has its plan: the rules say no.
    let book = registrar.export_sheet(of(&second, Plan)).await.unwrap().into_inner().file;
    assert!(liuhen_sheets::read(&book).is_ok());
    let again = registrar.import_sheet(file(&second, Plan, whole + "\n")).await.unwrap().into_inner();
    assert!(!again.taken && again.troubles.len() == 1, "{again:?}");

    let third = create().await;
    for (from, to, says) in [
        ("职业编码：6-18-01-01；", "", "其他 lacks 职业编码"),
        ("成绩权重：理论30%、", "成绩权重：", "其他 lacks 成绩权重"),
        ("2026年11月22日 9:00-10:30", "上午9点", "认定时间 says no day"),
        ("四级/中级工", "四级半", "is no level"),
        ("车工、四级,第一考点,2026-11-22 90分钟", "=A1,第一考点,2026-11-22 90分钟", "is a formula"),
    ] {
        assert_eq!(PLAN.matches(from).count(), 1, "{from}");
        let bad = registrar.import_sheet(file(&third, Plan, PLAN.replace(from, to))).await.unwrap().into_inner();
        let said: Vec<_> = bad.troubles.iter().map(|it| it.english.as_str()).collect();
        assert!(!bad.taken && matches!(&*said, [one] if one.contains(says)), "{says}: {said:?}");
    }
}

#[tokio::test]
async fn seats_come_back_as_they_were_given() {
    let scene = Scene::planned(TechnicalCollege).await;
    let seats = scene.state().await.seats;
    let mut head = sheets(&scene, Role::SiteHead).await;
    let given = head.export_sheet(of(&scene.session, Seats)).await.unwrap().into_inner();
    assert_eq!(given.rows as usize, seats.len());
    let taken = head.import_sheet(file(&scene.session, Seats, given.file)).await.unwrap().into_inner();
    assert_eq!((taken.taken, taken.rows, taken.facts), (true, given.rows, 1), "{:?}", taken.troubles);
    assert_eq!(scene.state().await.seats, seats);

    // By rooms and ranges of tickets, as the annex has it.
    let given = head.export_sheet(of(&scene.session, Arrangement)).await.unwrap().into_inner();
    let taken = head.import_sheet(file(&scene.session, Arrangement, given.file)).await.unwrap().into_inner();
    assert_eq!((taken.taken, taken.rows), (true, 3), "{:?}", taken.troubles);
    // Seats are 1, 2, 3 now, and the table says all there is to say of them.
    let seats = scene.state().await.seats;
    let given = head.export_sheet(of(&scene.session, Arrangement)).await.unwrap().into_inner();
    let taken = head.import_sheet(file(&scene.session, Arrangement, given.file)).await.unwrap().into_inner();
    assert!(taken.taken && scene.state().await.seats == seats, "{:?}", taken.troubles);
    let unknown = "准考证号,考场,座位号,轮次\n2026-7,302,1,1\n2026-0,302,1,9\n";
    let refused = head.import_sheet(file(&scene.session, Seats, unknown)).await.unwrap().into_inner();
    assert_eq!(refused.troubles.iter().map(|it| it.row).collect::<Vec<_>>(), [2, 3], "{:?}", refused.troubles);
}

/// Names and scores stand on two sheets of one file, or on one: each is taken in, and each of them once.
#[tokio::test]
async fn a_file_may_hold_more_than_one_thing() {
    let scene = Scene::planned(TechnicalCollege).await;
    let batch = open_batch(&scene).await;
    let mut registrar = sheets(&scene, Role::Registrar).await;
    let half = |from: usize, to: usize| {
        let rows = (from..to).map(|it| vec![NAMES[it].to_owned(), NUMBERS[it].to_owned(), format!("2026-{it}"), "80".to_owned()]);
        let headings = ["姓名", "证件号码", "准考证号", "成绩"].map(str::to_owned).to_vec();
        Page { title: format!("第{from}组"), headings, rows: rows.collect(), ..Page::default() }
    };
    let both = to_xlsx_of(&[half(0, 2), half(2, 3)]).unwrap();
    for (sheet, rows) in [("第0组", 2), ("第2组", 1)] {
        let asked = pb::ImportSheetRequest { sheet: sheet.to_owned(), ..file(&batch, Roster, both.clone()) };
        let taken = registrar.import_sheet(asked.clone()).await.unwrap().into_inner();
        assert!(taken.taken && !taken.repeated && taken.rows == rows, "{sheet}: {taken:?}");
        assert!(registrar.import_sheet(asked).await.unwrap().into_inner().repeated, "{sheet}");
    }
    assert_eq!(candidates(&scene, &batch).await.len(), 3);

    let mut clerk = sheets(&scene, Role::ScoreClerk).await;
    let subject = pb::Subject::Practical.into();
    let clerk_id = scene.staff[12].clone();
    let scores = pb::ImportSheetRequest { sheet: "第0组".to_owned(), clerk_id, subject, ..file(&batch, Scores, both) };
    let taken = clerk.import_sheet(scores).await.unwrap().into_inner();
    assert!(taken.taken && !taken.repeated && taken.facts == 2, "{taken:?}");
}

/// Of each file of the corpus the trial says what the taking says, and nothing of it is left behind.
#[tokio::test]
async fn bad_files_leave_nothing_behind() {
    let scene = Scene::planned(TechnicalCollege).await;
    let batch = open_batch(&scene).await;
    let mut registrar = sheets(&scene, Role::Registrar).await;
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../sheets/tests/corpus");
    let mut tried = 0;
    for path in std::fs::read_dir(corpus).unwrap().map(|it| it.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // All but those of scores, and those that are read from end to end: one of a kind is enough here.
        if name.starts_with("score-") || name.starts_with("too-many-") {
            continue;
        }
        let real = file(&batch, Roster, std::fs::read(&path).unwrap());
        let dry = pb::ImportSheetRequest { dry_run: true, ..real.clone() };
        let (dry, real) = (registrar.import_sheet(dry).await.unwrap(), registrar.import_sheet(real).await.unwrap());
        let (dry, real) = (dry.into_inner(), real.into_inner());
        assert!(!real.taken && real.receipt.is_none() && !real.troubles.is_empty(), "{name}: {real:?}");
        assert_eq!(dry, real, "{name}");
        assert!(real.troubles.iter().all(|it| it.chinese.chars().any(|c| c > '\u{2e80}')), "{name}: {real:?}");
        tried += 1;
    }
    assert!(tried > 50, "{tried}");
    assert!(candidates(&scene, &batch).await.is_empty());
}

#[tokio::test]
async fn scores_are_entered_by_who_may() {
    let scene = Scene::planned(TechnicalCollege).await;
    let mut clerk = sheets(&scene, Role::ScoreClerk).await;
    let scores = |text: &str| pb::ImportSheetRequest { clerk_id: scene.staff[12].clone(), ..file(&scene.batch, Scores, text) };
    let masked = scores("准考证号,考核科目,成绩,违纪记录\n2026-0,技能,85.5,***\n");
    let masked = clerk.import_sheet(masked).await.unwrap().into_inner();
    assert_eq!((masked.taken, masked.troubles[0].column.as_str()), (false, "D"), "{masked:?}");
    let given = scores("准考证号,姓名,考核科目,成绩\n2026-0,欧阳踏雪无痕,技能,85.555\n2026-1,王芳,技能,60\n");
    let refused = clerk.import_sheet(given).await.unwrap().into_inner();
    let places: Vec<_> = refused.troubles.iter().map(|it| (it.row, it.column.as_str())).collect();
    assert_eq!(places, [(2, "D"), (3, "B")], "{:?}", refused.troubles);
    let right =
        scores("准考证号,姓名,考核科目,成绩,违纪记录\n2026-0,欧阳踏雪无痕,技能,85.5,\n2026-1,𠮷**,技能,60,交头接耳=警告\n");
    let taken = clerk.import_sheet(right).await.unwrap().into_inner();
    assert_eq!((taken.taken, taken.facts), (true, 2), "{:?}", taken.troubles);
    let subject = pb::Subject::Practical.into();
    let asked = pb::ExportSheetRequest { subject, ..of(&scene.batch, Scores) };
    let column = |file: &[u8], heading| {
        let found = fill(&liuhen_sheets::read(file).unwrap(), &SCORES, None).unwrap();
        found.entries.iter().map(|entry| entry.text(heading).unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let given = clerk.export_sheet(asked.clone()).await.unwrap().into_inner();
    assert_eq!(column(&given.file, score::POINTS), ["85.5", "60"]);
    assert_eq!(column(&given.file, score::NOTE), ["", "***"]);
    let revealed = pb::RevealSheetRequest { sheet: Some(asked), purpose: "核对".to_owned() };
    let mut registrar = sheets(&scene, Role::Registrar).await;
    let given = registrar.reveal_sheet(revealed).await.unwrap().into_inner();
    assert_eq!(column(&given.file, score::NOTE), ["", "交头接耳=警告"]);
    let mut invigilator = sheets(&scene, Role::Invigilator).await;
    let told = invigilator.import_sheet(scores("a")).await.unwrap_err();
    assert!(matches!(told.code(), Code::PermissionDenied | Code::NotFound), "{told:?}");
    let revealed = pb::RevealSheetRequest { sheet: Some(of(&scene.batch, Roster)), purpose: "看看".to_owned() };
    assert_eq!(invigilator.reveal_sheet(revealed).await.unwrap_err().code(), Code::PermissionDenied);
    let wrong = clerk.import_sheet(file(&scene.session, Scores, "a")).await.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
}

/// What has not happened is not on the lists: nobody came, nothing was judged.
#[tokio::test]
async fn lists_say_what_is_known_and_nothing_else() {
    let scene = Scene::planned(TechnicalCollege).await;
    let mut registrar = sheets(&scene, Role::Registrar).await;
    let mut list = async |case: &str, form: pb::SheetForm| {
        let csv = pb::ExportSheetRequest { format: pb::SheetFormat::Csv.into(), ..of(case, form) };
        let given = registrar.export_sheet(csv).await.unwrap().into_inner();
        (given.rows, String::from_utf8(given.file).unwrap())
    };
    let (rows, attendance) = list(&scene.session, pb::SheetForm::Attendance).await;
    assert_eq!((rows, attendance.matches("缺考").count()), (9, 0), "{attendance}");
    assert!(attendance.contains("欧**") && !attendance.contains(NAMES[0]), "{attendance}");
    let (rows, record) = list(&scene.session, pb::SheetForm::RoomRecord).await;
    assert!(rows == 3 && record.contains("\"技能操作考核\",\"3\",\"\",\"\""), "{record}");
    for form in [pb::SheetForm::ScoreSummary, pb::SheetForm::Certificates] {
        assert_eq!(list(&scene.batch, form).await.0, 0);
    }
    let (rows, year) = list(&scene.organization, pb::SheetForm::Year).await;
    assert!(rows == 1 && year.contains("\"2026\",\"20261122枣庄某机构第1期社会化评价\",\"车工\""), "{year}");
    let (rows, missing) = list(&scene.batch, pb::SheetForm::Completeness).await;
    assert!(rows == 13 && missing.contains("\"计划公告\",\"应归档\",\"0\",\"缺少\""), "{missing}");
    assert!(missing.contains("\"发证名册\",\"本批次无此项\",\"0\",\"——\""), "{missing}");
    assert_eq!(list(&scene.batch, pb::SheetForm::Volume).await.0, 0);
    let wrong = registrar.export_sheet(of(&scene.batch, pb::SheetForm::Year)).await.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
    let taken = registrar.import_sheet(file(&scene.session, pb::SheetForm::Attendance, attendance)).await.unwrap_err();
    assert_eq!(taken.code(), Code::InvalidArgument);
}

/// Every list of a batch that is closed, as its people export it.
pub(super) async fn lists_of(scene: &Scene) {
    let mut registrar = sheets(scene, Role::Registrar).await;
    for subject in [pb::Subject::Theory, pb::Subject::Practical, pb::Subject::ComprehensiveAppraisal] {
        let asked = pb::ExportSheetRequest { subject: subject.into(), ..of(&scene.session, Arrangement) };
        let printed = registrar.export_sheet(asked).await.unwrap().into_inner();
        assert_eq!(printed.rows, 1, "{subject:?}");
    }
    let expected: [(&str, pb::SheetForm, &[&str]); 7] = [
        (&scene.session, pb::SheetForm::Attendance, &["一致", "欧**"]),
        (&scene.session, pb::SheetForm::RoomRecord, &["理论知识考试"]),
        (&scene.batch, pb::SheetForm::ScoreSummary, &["75", "合格"]),
        (&scene.batch, pb::SheetForm::Certificates, &["S000037040001264000000", "四级/中级工", "2026-12-01"]),
        (&scene.batch, pb::SheetForm::Volume, &["发证名册", "材料", "电子"]),
        (&scene.batch, pb::SheetForm::Completeness, &["齐全"]),
        (&scene.organization, pb::SheetForm::Year, &["100%"]),
    ];
    for (case, form, words) in expected {
        let csv = pb::ExportSheetRequest { format: pb::SheetFormat::Csv.into(), ..of(case, form) };
        let given = String::from_utf8(registrar.export_sheet(csv).await.unwrap().into_inner().file).unwrap();
        assert!(words.iter().all(|word| given.contains(word)), "{form:?}: {given}");
        assert!(NAMES.iter().all(|name| !given.contains(name)) && !given.contains("李站长"), "{form:?}: {given}");
        let book = registrar.export_sheet(of(case, form)).await.unwrap().into_inner();
        assert!(book.rows > 0 && liuhen_sheets::read(&book.file).is_ok(), "{form:?}");
    }
}
