//! 职业技能等级认定实施方案 (S附件3, T附件3), taken in as `batch_planned` and filled in.
//!
//! Always: what the annex has no place for stands in its 其他, as it asks for: the code of the occupation, weights, the
//! number of the plan on the platform. Not carried: rooms and who serves there, which are told of sessions; 认定对象,
//! telephone numbers and notes.

use std::collections::BTreeMap;

use liuhen_process::calendar::Date;
use liuhen_process::fact::Fact;
use liuhen_process::fact::batch::BatchPlanned;
use liuhen_process::fact::parts::{DateRange, Occupation, SubjectPlan};
use liuhen_process::fact::words::{Assessment, Level, Subject};
use liuhen_process::text::Text;
use liuhen_sheets::annex::plan;
use liuhen_sheets::form::{Entry, Filled, Line};
use liuhen_sheets::writer::Page;
use liuhen_sheets::{Place, Trouble, Troubles};

use super::page::{Giving, titled};
use super::read::{Reading, Told};
use super::words;
use crate::people::mask;

/// What a plan says that this form does not carry.
pub(super) const NOT_TAKEN: &[&str] = &["考场设置(考场、人数、人员)", "手机号码"];

const HEAD: &str = "单位负责人及手机号码";
const ROOMS: [&str; 8] = ["", "职业(工种、级别)", "认定地点", "认定时间", "考场", "考生人数", "监考人员", "内督人员"];
const EXAMINED: [(Subject, &str); 3] =
    [(Subject::Theory, "理论"), (Subject::Practical, "技能"), (Subject::ComprehensiveAppraisal, "综合评审")];

/// When subjects are examined: days, and how long.
type Times = BTreeMap<Subject, (Vec<Date>, u32)>;

struct Reader<'a> {
    filled: &'a Filled,
    entry: &'a Entry,
}

pub(super) fn facts(reading: &Reading<'_>, filled: &Filled) -> Result<Vec<Told>, Troubles> {
    let [entry] = filled.entries.as_slice() else {
        let english = "a batch has one plan: keep one row, with all its levels in it";
        return Err(Trouble::of_file(english, "一个批次只有一份计划：请只保留一行，认定等级写在同一格").into());
    };
    let reader = Reader { filled, entry };
    let fact = Fact::BatchPlanned(reader.plan(reading)?);
    Ok(vec![Told { row: entry.row, fact, rows: Vec::new() }])
}

impl Reader<'_> {
    fn wrong(&self, heading: usize, english: &str, chinese: &str) -> Trouble {
        self.filled.trouble(self.entry, heading, english, chinese)
    }

    fn beside(&self, line: Option<&Line>, english: String, chinese: String) -> Trouble {
        let row = line.map_or(self.entry.row, |line| line.row);
        Trouble::at(Place::row(&self.filled.sheet, row), english, chinese)
    }

    fn plan(&self, reading: &Reading<'_>) -> Result<BatchPlanned, Trouble> {
        let organization =
            reading.organization.ok_or_else(|| Trouble::of_file("the batch belongs to no organisation", "该批次没有所属机构"))?;
        let times = self.times()?;
        let days = || times.values().flat_map(|(days, _)| days.iter().copied());
        let (Some(first), Some(last)) = (days().min(), days().max()) else {
            let (english, chinese) = ("认定时间 is missing: fill it in for each subject", "缺少认定时间，请按科目填写");
            return Err(self.beside(None, english.to_owned(), chinese.to_owned()));
        };
        let count = self.entry.text(plan::COUNT).and_then(|count| count.parse().ok());
        Ok(BatchPlanned {
            organization,
            name: self.text(plan::NAME, self.entry.text(plan::NAME).unwrap_or_default())?,
            platform_plan: self.other("平台计划编号").map(|text| self.text(plan::NOTE, text)).transpose()?,
            responsible: self.responsible()?,
            occupation: self.occupation()?,
            levels: self.levels()?,
            assessment: self.assessment()?,
            subjects: self.subjects(&times)?,
            held: DateRange { first, last },
            headcount: count.ok_or_else(|| self.wrong(plan::COUNT, "must be a whole number", "应为整数"))?,
        })
    }

    fn text<const MAX: usize>(&self, heading: usize, text: &str) -> Result<Text<MAX>, Trouble> {
        let chinese = format!("内容过长（最多 {MAX} 字节）或含有控制字符，请改正");
        Text::new(text).map_err(|error| self.wrong(heading, &format!("{error}: put it right"), &chinese))
    }

    /// What stands in 其他 under a name: `职业编码：6-18-01-01；成绩权重：…`.
    fn other(&self, name: &str) -> Option<&str> {
        let line = self.filled.below.iter().find(|line| line.label().is_some_and(|label| label.starts_with("其他")))?;
        let parts = line.texts.iter().flat_map(|(_, text)| text.split(['；', ';', '\n']));
        let found = parts.filter_map(|part| part.split_once(['：', ':'])).find(|(key, _)| key.trim() == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    fn needs(&self, name: &str, example: &str) -> Trouble {
        let english = format!("其他 lacks {name}: write there {name}：{example}");
        self.beside(None, english, format!("“其他”一栏缺少{name}，请写明，如“{name}：{example}”"))
    }

    /// Without the telephone number behind it.
    fn responsible(&self) -> Result<Text<200>, Trouble> {
        let line = self.filled.above.iter().find(|line| line.texts.iter().any(|(_, text)| is_called(text, HEAD)));
        let missing = || {
            let english = format!("{HEAD} is missing: fill it in");
            self.beside(line, english, format!("缺少{HEAD}，请填写"))
        };
        let texts = line.map(|line| &line.texts[..]).unwrap_or_default();
        let at = texts.iter().position(|(_, text)| is_called(text, HEAD));
        let said = at.and_then(|at| texts.get(at + 1)).map(|(_, text)| text.as_str()).ok_or_else(missing)?;
        let name = said.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_whitespace() || "+-、，,".contains(c));
        if name.is_empty() || name.contains('*') {
            return Err(missing());
        }
        self.text(plan::NAME, name)
    }

    fn occupation(&self) -> Result<Occupation, Trouble> {
        let code = self.other("职业编码").ok_or_else(|| self.needs("职业编码", "6-18-01-01"))?;
        let name = self.entry.text(plan::OCCUPATION).unwrap_or_default();
        Ok(Occupation { code: self.text(plan::OCCUPATION, code)?, name: self.text(plan::OCCUPATION, name)? })
    }

    fn levels(&self) -> Result<Vec<Level>, Trouble> {
        let text = self.entry.text(plan::LEVEL).unwrap_or_default();
        let unknown =
            || self.wrong(plan::LEVEL, "is no level: 四级/中级工、三级/高级工", "不是技能等级，应如“四级/中级工、三级/高级工”");
        let mut levels = Vec::new();
        for part in text.split(['、', '，', ',', '；', ';', '\n']) {
            let level = words::level(part).ok_or_else(unknown)?;
            if !levels.contains(&level) {
                levels.push(level);
            }
        }
        Ok(levels)
    }

    /// Rooms and times are those of exams at the end, where nothing else is said.
    fn assessment(&self) -> Result<Assessment, Trouble> {
        let Some(text) = self.other("评价方式") else { return Ok(Assessment::Result) };
        words::assessment(text).ok_or_else(|| self.needs("评价方式", "结果考核、过程考核、考评结合或直接认定"))
    }

    fn subjects(&self, times: &Times) -> Result<Vec<SubjectPlan>, Trouble> {
        let said = self.other("成绩权重");
        let one = |(subject, (_, minutes)): (&Subject, &(Vec<Date>, u32))| {
            let weight = match said {
                Some(text) => weight_of(text, *subject),
                // Of one subject there is no doubt.
                None => (times.len() == 1).then_some(1_000),
            };
            let weight_permille = weight.ok_or_else(|| self.needs("成绩权重", "理论30%、技能70%"))?;
            let by_computer = self.by_computer(*subject, times.len() == 1);
            Ok(SubjectPlan { subject: *subject, weight_permille, minutes: *minutes, by_computer })
        };
        times.iter().map(one).collect()
    }

    /// `理论：上机考试；技能：实际操作`; of one subject, or of all, without a name.
    fn by_computer(&self, subject: Subject, is_only: bool) -> bool {
        let text = self.entry.text(plan::HOW).unwrap_or_default();
        text.split(['；', ';', '\n']).any(|part| match part.split_once(['：', ':']) {
            Some((whose, how)) => words::subject(whose) == Some(subject) && how.contains("上机"),
            None => is_only && part.contains("上机"),
        })
    }

    /// The rows below the names of subjects, by when they are examined.
    fn times(&self) -> Result<Times, Trouble> {
        let (mut times, mut subject, mut column) = (Times::new(), None, None);
        for line in &self.filled.below {
            let label = line.label().unwrap_or_default();
            if let Some((found, _)) = EXAMINED.iter().find(|(_, name)| is_called(label, name)) {
                subject = Some(*found);
            } else if label.starts_with("其他") {
                break;
            }
            if let Some((at, _)) = line.texts.iter().find(|(_, text)| is_called(text, "认定时间")) {
                column = Some(*at);
                continue;
            }
            let cell = line.texts.iter().find(|(at, _)| Some(*at) == column).map(|(_, text)| text.as_str());
            let (Some(subject), Some(text)) = (subject, cell.filter(|text| *text != "无")) else { continue };
            let wrong = || {
                let english = "认定时间 says no day and how long: 2026-11-22 9:00-10:30, or 2026-11-22 90分钟";
                self.beside(
                    Some(line),
                    english.to_owned(),
                    "认定时间应写明日期和时长，如“2026-11-22 9:00-10:30”或“2026-11-22 90分钟”".to_owned(),
                )
            };
            let (days, minutes) = when(text).ok_or_else(wrong)?;
            let known = times.entry(subject).or_insert_with(|| (Vec::new(), minutes));
            if known.1 != minutes {
                let english = "lasts longer or shorter than the rows before: a subject lasts the same for all";
                return Err(self.beside(Some(line), english.to_owned(), "同一科目各场时长应一致".to_owned()));
            }
            known.0.extend(days);
        }
        Ok(times)
    }
}

/// Whether a cell is this label, whatever blanks stand in it.
fn is_called(text: &str, label: &str) -> bool {
    text.chars().filter(|c| !c.is_whitespace()).eq(label.chars())
}

/// Thousandths of a subject in `理论30%、技能70%`.
fn weight_of(text: &str, subject: Subject) -> Option<u32> {
    let parts = text.split(['、', '，', ',']).map(|part| part.trim().trim_end_matches('%'));
    let found = parts.filter_map(|part| part.find(|c: char| c.is_ascii_digit()).map(|at| part.split_at(at)));
    let (_, percent) = found.into_iter().find(|(name, _)| words::subject(name) == Some(subject))?;
    let (whole, tenth) = percent.split_once('.').unwrap_or((percent, "0"));
    let (whole, tenth): (u32, u32) = (whole.parse().ok()?, tenth.parse().ok().filter(|_| tenth.len() == 1)?);
    Some(whole * 10 + tenth).filter(|permille| *permille <= 1_000)
}

fn weight_text(permille: u32) -> String {
    if permille.is_multiple_of(10) { format!("{}%", permille / 10) } else { format!("{}.{}%", permille / 10, permille % 10) }
}

/// Days and minutes of `2026-11-22 9:00-10:30`, of `2026年11月22日 90分钟`, of `2026-11-22~2026-11-23 90分钟`.
fn when(text: &str) -> Option<(Vec<Date>, u32)> {
    let (mut days, mut rest) = (Vec::new(), text);
    while let Some((day, after)) = day(rest) {
        days.push(day);
        rest = after;
    }
    let minutes = match rest.split_once("分钟") {
        Some((before, _)) => before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?,
        None => {
            let clock = |text: &str| {
                let (hours, minutes) = text.split_once(':')?;
                Some(hours.parse::<u32>().ok()? * 60 + minutes.parse::<u32>().ok()?)
            };
            let mut clocks = rest.split(|c: char| !c.is_ascii_digit() && c != ':').filter_map(clock);
            let (from, to) = (clocks.next()?, clocks.next()?);
            to.checked_sub(from)?
        }
    };
    Some((days, minutes)).filter(|(days, minutes)| !days.is_empty() && (1..=1_440).contains(minutes))
}

/// The first day of a text, and what follows.
fn day(text: &str) -> Option<(Date, &str)> {
    let (mut numbers, mut rest) = ([0_u16; 3], text);
    for (number, ends) in numbers.iter_mut().zip([&['-', '年', '/', '.'][..], &['-', '月', '/', '.'], &[]]) {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        *number = rest.get(..digits)?.parse().ok()?;
        rest = &rest[digits..];
        if !ends.is_empty() {
            rest = rest.strip_prefix(ends)?;
        }
    }
    let [year, month, day] = numbers;
    Some((Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).ok()?, rest))
}

impl Giving<'_> {
    /// The plan as the annex has it; rooms and people are left to be filled in.
    pub(super) fn plan(&self) -> Page {
        let row = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let headings = &["认定计划名称", "职业(工种)", "认定等级", "认定对象", "认定人数", "考核方式", "备注"];
        let Some(plan) = &self.known.view.batch.plan else {
            return titled("职业技能等级认定实施方案", headings, Vec::new());
        };
        let levels = plan.levels.iter().map(|level| words::level_name(*level)).collect::<Vec<_>>().join("、");
        let machine = plan.subjects.iter().filter(|subject| subject.by_computer);
        let how: Vec<_> = machine.map(|it| format!("{}：上机考试", words::subject_name(it.subject))).collect();
        let count = plan.headcount.to_string();
        let rows = vec![row(&[plan.name.as_str(), plan.occupation.name.as_str(), &levels, "", &count, &how.join("；"), ""])];
        let mut after = vec![row(&["考场设置情况", "", "", "", "", "", "", ""])];
        for (subject, name) in EXAMINED {
            let Some(planned) = plan.subjects.iter().find(|it| it.subject == subject) else { continue };
            let mut head = row(&ROOMS);
            head[0] = name.to_owned();
            if subject != Subject::Theory {
                (head[6], head[7]) = ("考评人员".to_owned(), String::new());
            }
            after.push(head);
            let when = format!("{}~{} {}分钟", plan.held.first, plan.held.last, planned.minutes);
            let what = format!("{}、{levels}", plan.occupation.name);
            after.push(row(&["", &what, "", &when, "", "", "", ""]));
        }
        after.push(row(&["其他", &other(plan), "", "", "", "", "", ""]));
        let head = mask::name(plan.responsible.as_str());
        let before = vec![
            row(&["机构名称(盖章)", "", "", "", "填报日期", "", "", ""]),
            row(&[HEAD, &head, "", "", "考务联系人及手机号码", "", "", ""]),
        ];
        Page { before, after, ..titled("职业技能等级认定实施方案", headings, rows) }
    }
}

/// What the annex has no place for.
fn other(plan: &BatchPlanned) -> String {
    let weight = |it: &SubjectPlan| format!("{}{}", words::subject_name(it.subject), weight_text(it.weight_permille));
    let weights = plan.subjects.iter().map(weight).collect::<Vec<_>>().join("、");
    let mut parts = vec![format!("职业编码：{}", plan.occupation.code), format!("成绩权重：{weights}")];
    parts.push(format!("评价方式：{}", words::assessment_name(plan.assessment)));
    parts.extend(plan.platform_plan.as_ref().map(|name| format!("平台计划编号：{name}")));
    parts.join("；")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let date = |day| Date::new(2026, 11, day).unwrap();
        assert_eq!(when("2026-11-22 9:00-10:30"), Some((vec![date(22)], 90)));
        assert_eq!(when("2026年11月22日 14:00~15:00"), Some((vec![date(22)], 60)));
        assert_eq!(when("2026-11-22~2026-11-23 120分钟"), Some((vec![date(22), date(23)], 120)));
        for bad in ["9:00-10:30", "2026-11-22", "2026-13-01 90分钟", "2026-11-22 10:30-9:00", "待定"] {
            assert_eq!(when(bad), None, "{bad}");
        }
        for permille in [5, 300, 333, 1_000] {
            let text = format!("理论{}", weight_text(permille));
            assert_eq!(weight_of(&text, Subject::Theory), Some(permille), "{text}");
        }
    }
}
