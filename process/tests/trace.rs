//! The chain of a candidate over generated batches: the same in whichever order facts are read, and every link that is taken
//! out is shown, with the kinds of facts that would make it.

use liuhen_process::case::{CaseId, Telling};
use liuhen_process::fact::Fact;
use liuhen_process::pack::Pack;
use liuhen_process::trace::{Link, Standing, Told, chain, stays};
use liuhen_process::words::OrganizationKind;
use liuhen_proto::Timestamp;
use liuhen_proto::ids::{BatchId, CandidateId, FactId, RoomId, SessionId};
use proptest::prelude::*;
use serde_json::{Value, json};

const SUBJECTS: [&str; 3] = ["theory", "practical", "comprehensive_appraisal"];
const DAY: i64 = 1_795_309_200;

fn id(kind: &str, number: u32) -> String {
    format!("{kind}_01KAPM3ZC00000000000000{number:03}")
}

fn candidate(number: u32) -> CandidateId {
    id("cand", number).parse().unwrap()
}

/// What was told, as (case, fact), in the order in which it happened.
struct Batch {
    told: Vec<(CaseId, Telling, Fact)>,
}

impl Batch {
    /// So many candidates, of whom each sits in one session of so many turns.
    fn of(candidates: u32, turns: usize) -> Self {
        let mut batch = Self { told: Vec::new() };
        batch.before(candidates, turns);
        batch.day(candidates, turns);
        batch.after(candidates, turns);
        batch
    }

    fn tell(&mut self, case: CaseId, fact: Value) {
        let at = Timestamp::from_micros((DAY + self.told.len() as i64) * 1_000_000);
        let id: FactId = id("fact", 0).parse().unwrap();
        let telling = Telling { id, by: None, at, occurred: at, provisional: false, breach: None, pack: String::new() };
        let read = serde_json::from_value(fact.clone()).unwrap_or_else(|error| panic!("{fact}: {error}"));
        self.told.push((case, telling, read));
    }

    fn of_batch(&mut self, fact: Value) {
        let batch: BatchId = id("bat", 1).parse().unwrap();
        self.tell(CaseId::Batch(batch), fact);
    }

    fn of_session(&mut self, fact: Value) {
        let session: SessionId = id("ses", 1).parse().unwrap();
        self.tell(CaseId::Session(session), fact);
    }

    fn before(&mut self, candidates: u32, turns: usize) {
        let subject = |subject: &&str| json!({ "subject": subject, "weight_permille": 1000, "minutes": 60, "by_computer": *subject == "theory" });
        let subjects: Vec<_> = SUBJECTS[..turns].iter().map(subject).collect();
        self.of_batch(json!({
            "fact": "batch_planned", "organization": id("org", 1), "name": "第1期", "platform_plan": "P-1", "responsible": "张负责",
            "occupation": { "code": "6-18-01-01", "name": "车工" }, "levels": ["4"], "assessment": "result",
            "subjects": subjects, "held": { "first": "2026-11-22", "last": "2026-11-22" }, "headcount": candidates,
        }));
        self.of_batch(json!({ "fact": "plan_filed", "filed_on": "2026-10-01" }));
        self.of_batch(json!({ "fact": "plan_confirmed", "authority": "人社局", "reference": "1", "confirmed_on": "2026-10-02" }));
        for number in 1..=candidates {
            self.of_batch(json!({
                "fact": "candidate_enrolled", "candidate": id("cand", number), "name": "王芳", "id_type": "resident_id_card",
                "id_number": { "hash": "00".repeat(32), "sealed": "x", "masked": "3**1" }, "ticket": format!("T-{number}"),
                "photo_bytes": 1, "level": "4",
            }));
            self.of_batch(json!({ "fact": "candidate_reviewed", "candidate": id("cand", number), "outcome": "approved" }));
        }
        self.of_batch(json!({ "fact": "roster_frozen" }));
    }

    fn day(&mut self, candidates: u32, turns: usize) {
        let interval = json!({ "start_us": DAY * 1_000_000, "end_us": (DAY + 3600) * 1_000_000 });
        let turn = |(place, subject): (usize, &&str)| json!({ "number": place + 1, "subject": subject, "interval": interval });
        let planned: Vec<_> = SUBJECTS[..turns].iter().enumerate().map(turn).collect();
        self.of_session(json!({
            "fact": "session_planned", "batch": id("bat", 1), "turns": planned, "rooms": [{ "room": id("room", 1), "location": "1 号楼" }],
        }));
        let seat = |number: u32, turn: usize| json!({ "candidate": id("cand", number), "turn": turn, "room": id("room", 1), "seat": format!("{number:02}") });
        let seats: Vec<_> = (1..=turns).flat_map(|turn| (1..=candidates).map(move |number| seat(number, turn))).collect();
        self.of_session(json!({ "fact": "lots_drawn", "record": "{}" }));
        self.of_session(json!({ "fact": "examiners_dispatched", "dispatch": "派 9", "at_random": true }));
        self.of_session(json!({ "fact": "seats_assigned", "seats": seats }));
        for turn in 1..=turns {
            for number in 1..=candidates {
                let who = id("cand", number);
                self.of_session(json!({ "fact": "candidate_checked_in", "candidate": who, "turn": turn, "method": "face", "result": "match" }));
                self.of_session(json!({ "fact": "entered", "candidate": who, "turn": turn, "room": id("room", 1) }));
            }
            self.of_session(json!({ "fact": "turn_started", "turn": turn }));
            for number in 1..=candidates {
                let who = id("cand", number);
                if SUBJECTS[turn - 1] == "comprehensive_appraisal" {
                    let heard = json!({ "fact": "defence_held", "candidate": who, "turn": turn, "method": "oral_defence", "interval": interval });
                    self.of_session(heard);
                }
                self.of_session(json!({ "fact": "handed_in", "candidate": who, "turn": turn }));
            }
            self.of_session(json!({ "fact": "turn_ended", "turn": turn }));
        }
        let signature = json!({ "name": "李站长", "post": "负责人" });
        self.of_session(json!({ "fact": "form_signed", "form": id("form", 1), "signature": signature }));
        self.of_session(json!({ "fact": "session_sealed", "signature": signature }));
    }

    fn after(&mut self, candidates: u32, turns: usize) {
        let (all, staff) = ((1..=candidates).map(|number| id("cand", number)).collect::<Vec<_>>(), id("stf", 1));
        let (signature, digest) = (json!({ "name": "李", "post": "负责人" }), "00".repeat(32));
        for subject in &SUBJECTS[..turns] {
            for who in &all {
                self.of_batch(
                    json!({ "fact": "score_entered", "candidate": who, "subject": subject, "centi": 7000, "clerk": staff }),
                );
            }
            self.of_batch(json!({ "fact": "scores_verified", "subject": subject, "verifier": staff, "candidates": all }));
        }
        let results: Vec<_> = all.iter().map(|who| json!({ "candidate": who, "total": 7000, "passed": true })).collect();
        self.of_batch(json!({ "fact": "scores_released", "results": results, "signature": signature }));
        self.of_batch(json!({
            "fact": "notice_posted", "notice": "GS", "posted_on": "2026-11-23", "channel": "public", "place": "公示栏",
            "document_sha256": digest, "candidates": all,
        }));
        let uploaded = json!({ "fact": "results_uploaded", "notice": "GS", "uploaded_on": "2026-12-01", "reference": "1", "candidates": all });
        self.of_batch(uploaded);
        for (place, who) in all.iter().enumerate() {
            self.of_batch(
                json!({ "fact": "certificate_numbered", "candidate": who, "number": format!("S{place:021}"), "reference": "1" }),
            );
        }
        let confirmed = json!({
            "fact": "certificates_confirmed", "authority": "人社局", "reference": "1", "confirmed_on": "2026-12-01", "candidates": all,
        });
        self.of_batch(confirmed);
        for (place, who) in all.iter().enumerate() {
            self.of_batch(json!({
                "fact": "certificate_issued", "candidate": who, "number": format!("S{place:021}"), "occupation": "车工",
                "job_type": "——", "level": "四级/中级工", "issued_on": "2026-12-01", "handwritten": false, "hand_sealed": false,
            }));
        }
        self.of_batch(json!({ "fact": "data_reported", "reported_on": "2026-12-02", "reference": "1", "candidates": all }));
        self.of_batch(json!({ "fact": "batch_closed", "signature": signature }));
    }

    /// As the archive finds it: what names the candidate, and milestones.
    fn naming(&self, who: CandidateId) -> Vec<Told<'_>> {
        use liuhen_process::fact::key::Key;
        let wanted = |fact: &Fact| fact.keys().contains(&Key::Candidate(who)) || fact.keys().contains(&Key::Milestone);
        let told = self.told.iter().zip(1..).filter(|((_, _, fact), _)| wanted(fact));
        told.map(|((case, telling, fact), number)| Told { case: *case, number, telling, fact }).collect()
    }
}

fn pack() -> Pack {
    Pack::newest(OrganizationKind::SocialOrg, None)
}

fn standing(links: &[Link]) -> Vec<Standing> {
    links.iter().map(|link| link.standing).collect()
}

/// All that story 19 asks for and that facts tell stands in the chain; the recordings stand with the stays.
#[test]
fn story_19_the_chain_holds_what_an_auditor_asks_for() {
    let batch = Batch::of(1, SUBJECTS.len());
    let links = chain(candidate(1), &batch.naming(candidate(1)), &pack());
    let steps: Vec<_> = links.iter().map(|link| link.step.as_str()).collect();
    let asked = [
        "session_planned",
        "invigilators_chosen",
        "examiners_sent",
        "seated",
        "supervised",
        "marked",
        "verified",
        "released",
        "posted",
        "issued",
    ];
    assert!(asked.iter().all(|step| steps.contains(step)), "{steps:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_link_stands_on_its_facts_and_one_that_is_taken_out_is_shown(
        (candidates, turns) in (1..4u32, 1..=3usize), who in 0..4u32, out in any::<prop::sample::Index>(), seed in any::<u64>(),
    ) {
        let (batch, who) = (Batch::of(candidates, turns), candidate(who % candidates + 1));
        let told = batch.naming(who);
        let whole = chain(who, &told, &pack());
        prop_assert!(standing(&whole).iter().all(|it| *it == Standing::Done), "{whole:#?}");

        // In another order it is the same.
        let mut mixed = told.clone();
        mixed.sort_by_key(|told| told.number.wrapping_mul(seed | 1));
        prop_assert_eq!(&chain(who, &mixed, &pack()), &whole);

        // One link without its facts: it alone is wanting, and says what would make it.
        let at = out.index(whole.len());
        let rest: Vec<_> = told.iter().copied().filter(|it| !whole[at].facts.contains(&(it.case, it.number))).collect();
        let left = chain(who, &rest, &pack());
        let wanting: Vec<_> = left.iter().filter(|link| link.standing != Standing::Done).collect();
        let of = |link: &Link| (link.step, link.session, link.turn, link.subject);
        let Some(found) = wanting.iter().find(|link| of(link) == of(&whole[at])) else {
            // Without a plan nobody knows what is examined, and without a seat the turn is known by who came.
            prop_assert!(["planned", "session_planned"].contains(&whole[at].step.as_str()) || wanting.is_empty(), "{left:#?}");
            return Ok(());
        };
        let is_last = whole[at + 1..].iter().all(|link| !left.iter().any(|it| of(it) == of(link) && it.standing == Standing::Done));
        // Where all is theory nobody judges, and no examiners are asked for.
        let is_needed = whole[at].step.as_str() != "examiners_sent" || turns > 1;
        let wanting = if is_last { Standing::Open } else { Standing::Missing };
        prop_assert_eq!(found.standing, if is_needed { wanting } else { Standing::NotNeeded });
        prop_assert!(whole[at].facts.iter().all(|(_, number)| found.kinds.contains(&batch.told[*number as usize - 1].2.kind())));
    }

    #[test]
    fn stays_are_from_entering_to_handing_in(candidates in 1..4u32, turns in 1..=3usize) {
        let batch = Batch::of(candidates, turns);
        let now = Timestamp::from_micros(i64::MAX / 2);
        let found = stays(candidate(1), batch.told.iter().map(|(case, telling, fact)| (*case, telling, fact)), now);
        let room: RoomId = id("room", 1).parse().unwrap();
        prop_assert_eq!(found.len(), turns);
        prop_assert!(found.iter().all(|stay| stay.room == room && stay.seat.as_ref().is_some_and(|seat| seat.as_str() == "01")));
        prop_assert!(found.iter().all(|stay| stay.interval.end() < now), "{:?}", found);
    }
}
