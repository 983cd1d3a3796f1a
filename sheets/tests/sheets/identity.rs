//! What is written is read again, whatever stands in it.

use liuhen_sheets::annex::ROSTER;
use liuhen_sheets::form::fill;
use liuhen_sheets::read;
use liuhen_sheets::writer::{Page, to_csv, to_xlsx};
use proptest::prelude::*;

/// A name without blanks at its ends, signs of formulas included.
fn name() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        "[王李欧阳𠮷A-Za-z0-9\"',;=+@-]{1,12}",
        "[=+@'-]{1,3}[a-z(]{1,5}",
        "[a-z]{1,4} _x000[0-9A-F]_[a-z\"]{1,4}",
        "[一-龥]{1,4}\n?[a-z&<>]{1,4}",
    ];
    // What a foot begins with is no name.
    name.prop_filter("a number alone", |name| !name.trim().is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_page_comes_back_as_it_was(people in proptest::collection::vec((name(), "[0-9A-Z-]{4,18}"), 1..20)) {
        let rows: Vec<_> = people.iter().map(|(name, number)| vec![name.clone(), number.clone()]).collect();
        let page = Page {
            title: "考生名册".into(),
            above: vec!["认定计划：某某".into()],
            headings: vec!["姓名".into(), "证件号码".into()],
            rows: rows.clone(),
            below: vec!["填表人：".into()],
            ..Page::default()
        };
        for file in [to_xlsx(&page).unwrap(), to_csv(&page)] {
            let found = fill(&read(&file).unwrap(), &ROSTER, None).map_err(|troubles| {
                TestCaseError::fail(format!("{troubles:?}"))
            })?;
            let texts: Vec<_> = found.entries.iter().map(|entry| {
                (0..2).map(|heading| entry.text(heading).unwrap_or_default().to_owned()).collect::<Vec<_>>()
            }).collect();
            prop_assert_eq!(&texts, &rows);
        }
    }

    /// Bytes of any kind are read or refused, and nothing else happens.
    #[test]
    fn noise_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), zip in any::<bool>()) {
        let bytes = if zip { [b"PK\x03\x04".as_slice(), &bytes].concat() } else { bytes };
        let _ = read(&bytes).map(|tables| fill(&tables, &ROSTER, None));
    }
}
