//! Rows of 考生名册 and of 学籍统计表, as candidates.

use std::collections::HashMap;

use liuhen_process::fact::batch::CandidateEnrolled;
use liuhen_process::fact::words::{IdDocumentType, Level};
use liuhen_process::fact::{Fact, IdNumber};
use liuhen_process::text::Text;
use liuhen_proto::Sha256;
use liuhen_proto::ids::CandidateId;
use liuhen_sheets::annex::person;
use liuhen_sheets::form::{Entry, Filled};
use liuhen_sheets::{Trouble, Troubles};

use super::read::{Reading, Told, each};
use super::words;
use crate::vault::NumberError;

pub(super) fn facts(reading: &Reading<'_>, filled: &Filled) -> Result<Vec<Told>, Troubles> {
    let batch = &reading.known.view.batch;
    let here = batch.candidates.values().map(|it| it.enrolled.id_number.hash);
    let mut persons = Persons { reading, filled, numbers: here.map(|hash| (hash, None)).collect(), tickets: HashMap::new() };
    each(filled, |entry| persons.candidate(entry))
}

/// 17 digits and a digit or X (GB 11643); whether the last one fits, the vault sees.
fn is_resident(number: &str) -> bool {
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    number.len() == 18 && (digits == 18 || digits == 17 && number.ends_with(['X', 'x']))
}

struct Persons<'a> {
    reading: &'a Reading<'a>,
    filled: &'a Filled,
    /// Numbers that were seen, with their row; without one where the candidate is of the batch already.
    numbers: HashMap<Sha256, Option<u32>>,
    tickets: HashMap<String, u32>,
}

impl Persons<'_> {
    fn candidate(&mut self, entry: &Entry) -> Result<Told, Trouble> {
        let wrong = |heading, english: &str, chinese: &str| self.filled.trouble(entry, heading, english, chinese);
        let name = self.text(entry, person::NAME)?;
        let name = name.ok_or_else(|| wrong(person::NAME, "a name is missing: fill it in", "缺少姓名，请填写"))?;
        let (id_type, id_number) = self.document(entry)?;
        let (level, employer, ticket) =
            (self.level(entry)?, self.text(entry, person::EMPLOYER)?, self.text(entry, person::TICKET)?);
        self.once(entry, &id_number, ticket.as_ref())?;
        let candidate = CandidateId::mint(self.reading.now, self.reading.random);
        let (photo_sha256, photo_bytes) = (None, 0);
        let enrolled =
            CandidateEnrolled { candidate, name, id_type, id_number, ticket, employer, photo_sha256, photo_bytes, level };
        Ok(Told { row: entry.row, fact: Fact::CandidateEnrolled(enrolled), rows: Vec::new() })
    }

    fn text<const MAX: usize>(&self, entry: &Entry, heading: usize) -> Result<Option<Text<MAX>>, Trouble> {
        let Some(text) = entry.text(heading) else { return Ok(None) };
        let refused = |error| {
            let chinese = format!("内容过长（最多 {MAX} 字节）或含有控制字符，请改正");
            self.filled.trouble(entry, heading, format!("{error}: put it right"), chinese)
        };
        Text::new(text).map(Some).map_err(refused)
    }

    /// The document and its number, sealed.
    fn document(&self, entry: &Entry) -> Result<(IdDocumentType, IdNumber), Trouble> {
        let number = entry.text(person::NUMBER).unwrap_or_default();
        let at = |heading, english: &str, chinese: &str| self.filled.trouble(entry, heading, english, chinese);
        let said = match entry.text(person::DOCUMENT) {
            Some(text) => {
                let unknown =
                    || at(person::DOCUMENT, "is no document that counts (S三(三)1)", "不是认可的有效证件类型（S三(三)1）");
                words::document(text).ok_or_else(unknown)?
            }
            None => IdDocumentType::ResidentIdCard,
        };
        let sealed = self.reading.vault.seal(number).map_err(|error| match error {
            NumberError::Form => {
                at(person::NUMBER, "must be 4 to 40 letters, digits or hyphens", "应为 4 至 40 位字母、数字或连字符")
            }
            NumberError::Check => {
                at(person::NUMBER, "the check character does not fit: a digit was mistyped", "校验码不符，请核对证件号码")
            }
        })?;
        if said == IdDocumentType::ResidentIdCard && !is_resident(number) {
            let english = "is no resident identity number (18 characters): put it right, or say which document it is (证件类型)";
            return Err(at(person::NUMBER, english, "不是 18 位居民身份证号码，请核对，或填写证件类型"));
        }
        Ok((said, sealed))
    }

    /// That of the row; that of the plan where it has one only.
    fn level(&self, entry: &Entry) -> Result<Level, Trouble> {
        let of_plan = self.reading.known.view.batch.plan.as_ref().map_or(&[][..], |plan| &plan.levels);
        let at = |english: String, chinese: String| self.filled.trouble(entry, person::LEVEL, english, chinese);
        let level = match (entry.text(person::LEVEL), of_plan) {
            (Some(text), _) => words::level(text).ok_or_else(|| {
                at("is no level: 五级/初级工 … 一级/高级技师".to_owned(), "不是技能等级，应如“四级/中级工”".to_owned())
            })?,
            (None, [only]) => return Ok(*only),
            (None, _) => return Err(at("the level is missing: fill it in".to_owned(), "缺少申报等级，请填写".to_owned())),
        };
        if !of_plan.is_empty() && !of_plan.contains(&level) {
            let names = of_plan.iter().map(|level| words::level_name(*level)).collect::<Vec<_>>().join("、");
            return Err(at(
                format!("is no level of the plan, which has {names}"),
                format!("计划中没有该等级，计划等级为：{names}"),
            ));
        }
        Ok(level)
    }

    /// Nobody and no ticket stands here twice.
    fn once(&mut self, entry: &Entry, number: &IdNumber, ticket: Option<&Text<40>>) -> Result<(), Trouble> {
        let at = |heading, english: String, chinese: String| Err(self.filled.trouble(entry, heading, english, chinese));
        match self.numbers.get(&number.hash) {
            Some(None) => {
                let (english, chinese) =
                    ("the batch has this person already: remove the row", "该证件号码已在本批次名单中，请删除该行");
                return at(person::NUMBER, english.to_owned(), chinese.to_owned());
            }
            Some(Some(row)) => {
                let (english, chinese) = (format!("is the number of row {row} as well"), format!("与第 {row} 行证件号码重复"));
                return at(person::NUMBER, english, chinese);
            }
            None => {}
        }
        if let Some(row) = ticket.and_then(|ticket| self.tickets.get(ticket.as_str())) {
            return at(person::TICKET, format!("is the ticket of row {row} as well"), format!("与第 {row} 行准考证号重复"));
        }
        self.numbers.insert(number.hash, Some(entry.row));
        ticket.and_then(|ticket| self.tickets.insert(ticket.to_string(), entry.row));
        Ok(())
    }
}
