//! Facts of a file, judged one after the other as the records will judge them: each with those before it known.
//!
//! Always: nothing is recorded; what blocks is a trouble of its row.

use liuhen_archive::records::Known;
use liuhen_process::finding::{Finding, Severity};
use liuhen_process::rule::{Moment, Refused, judge};
use liuhen_proto::world::Randomness;
use liuhen_proto::{Problem, Timestamp};
use liuhen_sheets::{Place, Trouble, Troubles};

use super::read::{Sheet, Told};
use crate::process::record::would_be;

/// What the rules found of all facts, where none of them is refused.
pub(super) fn tried(mut known: Known, sheet: &Sheet, now: Timestamp, random: &dyn Randomness) -> Result<Vec<Finding>, Troubles> {
    let (mut found, mut troubles) = (Vec::new(), Troubles::default());
    for told in &sheet.told {
        // No row of a sheet is a second look, of which a rule asks under which login it is taken.
        let telling = would_be(None, now, &known.pack.name, random);
        let moment =
            Moment { view: &known.view, pack: &known.pack, calendar: &known.calendar, telling: &telling, fact: &told.fact };
        match judge(&moment) {
            Ok(findings) => match known.view.take(&told.fact, &telling, &findings) {
                Ok(()) => found.extend(findings),
                Err(unfit) => troubles.push(of_problem(sheet, told, &unfit.into())),
            },
            Err(Refused::Unfit(unfit)) => troubles.push(of_problem(sheet, told, &unfit.into())),
            Err(Refused::Blocked(findings)) => {
                let blocking = findings.iter().filter(|finding| finding.severity == Severity::Block);
                blocking.for_each(|finding| troubles.push(of_finding(sheet, told, finding)));
            }
        }
    }
    if troubles.is_empty() { Ok(found) } else { Err(troubles.sorted()) }
}

fn of_problem(sheet: &Sheet, told: &Told, problem: &Problem) -> Trouble {
    Trouble::at(Place::row(&sheet.filled.sheet, told.row), problem.message(), problem.message_zh())
}

/// In the row of the one whom it is about, where the fact is about many.
fn of_finding(sheet: &Sheet, told: &Told, finding: &Finding) -> Trouble {
    let own = told.rows.iter().find(|(about, _)| *about == finding.about).map_or(told.row, |(_, row)| *row);
    let place = Place::row(&sheet.filled.sheet, own);
    let (rule, clause) = (&finding.rule, &finding.clause);
    Trouble::at(place, format!("{} [{rule}, {clause}]", finding.english), format!("{}［{rule}，{clause}］", finding.chinese))
}
