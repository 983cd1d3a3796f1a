//! Rows of 成绩登记表, as scores that were entered.

use std::collections::{BTreeMap, HashMap};

use liuhen_process::fact::Fact;
use liuhen_process::fact::score::ScoreEntered;
use liuhen_process::fact::words::Subject;
use liuhen_process::text::Text;
use liuhen_sheets::annex::score;
use liuhen_sheets::form::{Entry, Filled};
use liuhen_sheets::{Trouble, Troubles};

use super::read::{Reading, Told, each, is_name};
use super::words;

pub(super) fn facts(reading: &Reading<'_>, filled: &Filled) -> Result<Vec<Told>, Troubles> {
    let Some(clerk) = reading.clerk else {
        return Err(Trouble::of_file("who enters the scores is missing (clerk_id)", "缺少登分人员（clerk_id）").into());
    };
    let candidates = &reading.known.view.batch.candidates;
    let ticket = |(id, it): (&_, _)| {
        let it: &liuhen_process::case::batch::Candidate = it;
        Some((it.enrolled.ticket.as_ref()?.as_str(), (*id, it)))
    };
    let tickets: BTreeMap<_, _> = candidates.iter().filter_map(ticket).collect();
    let mut seen = HashMap::new();
    each(filled, |entry| {
        let wrong = |heading, english: String, chinese: String| filled.trouble(entry, heading, english, chinese);
        let found = tickets.get(entry.text(score::TICKET).unwrap_or_default());
        let (candidate, known) = found.copied().ok_or_else(|| {
            wrong(score::TICKET, "no candidate of the batch has this ticket".to_owned(), "本批次没有该准考证号".to_owned())
        })?;
        if entry.text(score::NAME).is_some_and(|name| !is_name(name, known.enrolled.name.as_str())) {
            let english = "is not the name of whose ticket this is: the row is shifted, or the ticket is another one's";
            return Err(wrong(score::NAME, english.to_owned(), "姓名与准考证号不符，请核对是否错行".to_owned()));
        }
        let subject = subject(reading, filled, entry)?;
        let centi = centi(entry.text(score::POINTS).unwrap_or_default()).ok_or_else(|| {
            wrong(
                score::POINTS,
                "must be 0 to 100 points with at most two decimals".to_owned(),
                "应为 0 至 100 分，最多两位小数".to_owned(),
            )
        })?;
        if let Some(row) = seen.insert((candidate, subject), entry.row) {
            let english = format!("has a score in this subject by row {row} already");
            return Err(wrong(score::TICKET, english, format!("该考生本科目成绩已在第 {row} 行")));
        }
        if entry.text(score::NOTE) == Some(MASKED) {
            let english = "is masked: fill in what the room record says, or leave it empty";
            return Err(wrong(score::NOTE, english.to_owned(), "该内容已脱敏，请填写考场记录的违纪情况或留空".to_owned()));
        }
        let note = entry.text(score::NOTE).map(Text::new).transpose();
        let violation_note = note.map_err(|error| wrong(score::NOTE, error.to_string(), "内容过长或含控制字符".to_owned()))?;
        let fact = Fact::ScoreEntered(ScoreEntered { candidate, subject, centi, clerk, violation_note });
        Ok(Told { row: entry.row, fact, rows: Vec::new() })
    })
}

fn subject(reading: &Reading<'_>, filled: &Filled, entry: &Entry) -> Result<Subject, Trouble> {
    let wrong = |english: &str, chinese: &str| filled.trouble(entry, score::SUBJECT, english, chinese);
    match (entry.text(score::SUBJECT), reading.subject) {
        (Some(text), asked) => match words::subject(text) {
            Some(subject) if asked.is_none_or(|asked| asked == subject) => Ok(subject),
            Some(_) => Err(wrong("is another subject than the one that is asked for", "与指定的考核科目不同")),
            None => Err(wrong("is no subject: 理论, 技能 or 综合", "不是考核科目，应为理论、技能或综合")),
        },
        (None, Some(asked)) => Ok(asked),
        (None, None) => {
            Err(wrong("the subject is missing: fill in 考核科目, or say which one it is", "缺少考核科目，请填写或指定"))
        }
    }
}

/// What stands for words in a list that is masked: nobody's words are that.
pub(super) const MASKED: &str = "***";

/// Hundredths of a point.
fn centi(points: &str) -> Option<u32> {
    let (whole, part) = points.split_once('.').unwrap_or((points, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let centi = whole.parse::<u32>().ok()? * 100 + format!("{part:0<2}").parse::<u32>().ok()?;
    (centi <= 10_000).then_some(centi)
}

/// Points as they are written: 85.5.
pub(super) fn points(centi: u32) -> String {
    let text = format!("{}.{:02}", centi / 100, centi % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_hundredths() {
        for centi_of in [0, 5, 50, 100, 6_000, 8_550, 8_555, 10_000] {
            assert_eq!(centi(&points(centi_of)), Some(centi_of), "{centi_of}");
        }
        for bad in ["", "-1", "100.01", "60.555", "1e2", "101", "abc"] {
            assert_eq!(centi(bad), None, "{bad}");
        }
    }
}
