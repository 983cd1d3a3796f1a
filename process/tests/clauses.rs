//! Every clause that a pack cites is one that the guideline has.

use std::collections::BTreeSet;

use liuhen_process::pack::Pack;
use liuhen_process::words::OrganizationKind;

/// The numbering of the notice (N) and of the three guidelines: a part, and the items below it. What is not numbered, such
/// as the paragraphs of S四(四)2(2), has no clause of its own.
const NUMBERING: &[(&str, &[&str])] = &[
    ("N一", &[]),
    ("N二", &[]),
    ("S一", &[]),
    ("S二", &["(一)", "(二)"]),
    ("S三", &["(一)", "(二)", "(三)1", "(三)1(1)", "(三)1(2)", "(三)1(3)", "(三)1(4)"]),
    ("S三", &["(三)2", "(三)2(1)", "(三)2(2)", "(三)2(3)", "(四)"]),
    ("S四", &["(一)1", "(一)2", "(一)2(1)", "(一)2(2)", "(一)2(3)", "(一)3", "(一)3(1)", "(一)3(2)", "(一)3(3)", "(一)3(4)"]),
    (
        "S四",
        &["(一)4", "(一)5", "(二)", "(三)1", "(三)2", "(三)3", "(四)", "(四)1(1)", "(四)1(2)", "(四)2(1)", "(四)2(2)", "(四)3"],
    ),
    ("S五", &["(一)1(1)", "(一)1(2)", "(一)1(3)", "(一)2(1)", "(一)2(2)", "(一)3(1)", "(一)3(2)", "(二)"]),
    ("S六", &["(一)", "(二)", "(三)"]),
    ("S七", &["(一)", "(二)"]),
    ("S八", &[]),
    ("S附件", &["1", "2", "3", "4"]),
    ("E一", &[]),
    ("E二", &[]),
    ("E三", &[]),
    ("E四", &["(一)", "(二)1", "(二)2", "(二)2(1)", "(二)2(2)", "(二)2(3)", "(二)2(4)", "(三)", "(四)"]),
    ("E四", &["(五)1", "(五)2", "(五)2(1)", "(五)2(2)", "(五)2(3)", "(五)3", "(五)4", "(六)1", "(六)2", "(六)3"]),
    ("E五", &["(一)", "(二)"]),
    ("E六", &["(一)", "(二)", "(三)"]),
    ("E七", &["(一)", "(二)"]),
    ("E附件", &["1", "2", "3", "4", "5"]),
    ("T一", &[]),
    ("T二", &["(一)", "(二)", "(三)", "(四)"]),
    ("T三", &["(一)", "(二)", "(二)1", "(二)2", "(三)", "(四)", "(五)"]),
    ("T四", &["(一)", "(二)", "(三)", "(四)"]),
    ("T五", &["(一)", "(二)", "(三)"]),
    ("T六", &["(一)", "(二)"]),
    ("T七", &["(一)1", "(一)2", "(二)1", "(二)2", "(三)"]),
    ("T八", &["(一)1(1)", "(一)1(2)", "(一)1(3)", "(一)2(1)", "(一)2(2)", "(一)3(1)", "(一)3(2)", "(二)"]),
    ("T九", &["(一)", "(二)", "(三)"]),
    ("T十", &["(一)", "(二)"]),
    ("T十一", &[]),
    ("T附件", &["1", "2", "3", "4"]),
];

/// Parts whose opening words, before the first item, say something of their own.
const OPENINGS: [&str; 2] = ["T二", "T四"];

fn known() -> BTreeSet<String> {
    let items = |(part, items): &(&str, &[&str])| {
        let whole = (items.is_empty() || OPENINGS.contains(part)).then(|| (*part).to_owned());
        whole.into_iter().chain(items.iter().map(|item| format!("{part}{item}"))).collect::<Vec<_>>()
    };
    NUMBERING.iter().flat_map(items).collect()
}

/// A pack cites its own guideline, and the notice where its overlay binds; or says that a rule is the house's own.
#[test]
fn every_clause_is_one_of_its_guideline() {
    let known = known();
    for &kind in OrganizationKind::ALL {
        let own = match kind {
            OrganizationKind::SocialOrg => 'S',
            OrganizationKind::Enterprise => 'E',
            OrganizationKind::TechnicalCollege => 'T',
        };
        for region in [None, Some("370402".parse().unwrap())] {
            for (rule, weight) in Pack::newest(kind, region).rules() {
                for clause in weight.clause.split(", ").filter(|clause| *clause != "house") {
                    assert!(known.contains(clause), "{kind}, {rule}: there is no {clause}");
                    let notice = region.is_some() && clause.starts_with('N');
                    assert!(clause.starts_with(own) || notice, "{kind}, {rule}: {clause} is of another guideline");
                }
            }
        }
    }
}
