//! Words of forms: levels, subjects, documents and records as the guidelines call them.

use liuhen_process::fact::words::{Assessment, IdDocumentType, Level, Medium, RecordCategory, Subject};
use liuhen_process::words::OrganizationKind;

/// What a level is called, ours first.
const LEVELS: &[(Level, &[&str])] = &[
    (Level::Level5, &["五级/初级工", "五级", "5", "5级", "初级工", "初级"]),
    (Level::Level4, &["四级/中级工", "四级", "4", "4级", "中级工", "中级"]),
    (Level::Level3, &["三级/高级工", "三级", "3", "3级", "高级工", "高级"]),
    (Level::Level2, &["二级/技师", "二级", "2", "2级", "技师"]),
    (Level::Level1, &["一级/高级技师", "一级", "1", "1级", "高级技师"]),
    (Level::SeniorSpecial, &["特级技师"]),
    (Level::Chief, &["首席技师"]),
];

const SUBJECTS: &[(Subject, &[&str])] = &[
    (Subject::Theory, &["理论知识考试", "理论", "理论知识", "理论考试"]),
    (Subject::Practical, &["技能操作考核", "技能", "实操", "技能操作", "技能考核", "操作技能"]),
    (Subject::ComprehensiveAppraisal, &["综合评审", "综合"]),
];

const DOCUMENTS: &[(IdDocumentType, &[&str])] = &[
    (IdDocumentType::ResidentIdCard, &["居民身份证", "身份证", "二代身份证", "中华人民共和国居民身份证"]),
    (IdDocumentType::ShandongSocialCard, &["山东省社会保障卡", "社会保障卡", "社保卡"]),
    (IdDocumentType::ResidencePermit, &["居住证"]),
    (IdDocumentType::HkMacaoPass, &["港澳居民来往内地通行证", "港澳通行证", "回乡证"]),
    (IdDocumentType::TaiwanPass, &["台湾居民来往大陆通行证", "台胞证"]),
    (IdDocumentType::HkMacaoTaiwanResidencePermit, &["港澳台居民居住证"]),
    (IdDocumentType::ForeignPassport, &["外国人护照", "护照"]),
    (IdDocumentType::ForeignPermanentResidentCard, &["外国人永久居留身份证"]),
];

const ASSESSMENTS: &[(Assessment, &[&str])] = &[
    (Assessment::Result, &["结果考核", "考核鉴定"]),
    (Assessment::Process, &["过程考核", "过程化考核"]),
    (Assessment::Combined, &["考评结合"]),
    (Assessment::Direct, &["直接认定"]),
];

fn called<W: Copy>(list: &[(W, &[&str])], text: &str) -> Option<W> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '／' { '/' } else { c }).collect();
    list.iter().find(|(_, names)| names.contains(&text.as_str())).map(|(word, _)| *word)
}

fn ours<W: Copy + PartialEq>(list: &[(W, &[&'static str])], word: W) -> &'static str {
    list.iter().find(|(known, _)| *known == word).map_or("", |(_, names)| names[0])
}

pub(super) fn level(text: &str) -> Option<Level> {
    called(LEVELS, &text.chars().map(plain).collect::<String>())
}

/// A full-width digit as a plain one.
fn plain(character: char) -> char {
    match character {
        '０'..='９' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        _ => character,
    }
}

pub(super) fn level_name(level: Level) -> &'static str {
    ours(LEVELS, level)
}

pub(super) fn subject(text: &str) -> Option<Subject> {
    called(SUBJECTS, text)
}

pub(super) fn subject_name(subject: Subject) -> &'static str {
    ours(SUBJECTS, subject)
}

pub(super) fn document(text: &str) -> Option<IdDocumentType> {
    called(DOCUMENTS, text)
}

pub(super) fn document_name(document: IdDocumentType) -> &'static str {
    ours(DOCUMENTS, document)
}

pub(super) fn assessment(text: &str) -> Option<Assessment> {
    called(ASSESSMENTS, text)
}

pub(super) fn assessment_name(assessment: Assessment) -> &'static str {
    ours(ASSESSMENTS, assessment)
}

/// A category of records, as the guideline of the kind of organisation lists it (S七(二), E七(二), T十(二)).
pub(super) const fn category_name(category: RecordCategory, kind: OrganizationKind) -> &'static str {
    match (category, kind) {
        (RecordCategory::Announcement, OrganizationKind::Enterprise) => "认定公告",
        (RecordCategory::Announcement, _) => "计划公告",
        (RecordCategory::ImplementationPlan, OrganizationKind::Enterprise) => "考核方案",
        (RecordCategory::ImplementationPlan, _) => "实施方案",
        (RecordCategory::Application, _) => "认定报名材料",
        (RecordCategory::SignInSheet, _) => "现场签到表",
        (RecordCategory::ComputerLog, _) => "智能化考试过程操作记录",
        (RecordCategory::ExamPaper, _) => "考核试卷",
        (RecordCategory::AppraisalMaterial, OrganizationKind::Enterprise) => "综合评审材料",
        (RecordCategory::AppraisalMaterial, _) => "综合评定材料",
        (RecordCategory::ScoreSheet, _) => "评分表",
        (RecordCategory::ScoreSummary, _) => "成绩汇总表",
        (RecordCategory::SupervisionReport, OrganizationKind::Enterprise) => "内部督导情况反馈",
        (RecordCategory::SupervisionReport, _) => "内部督导情况报告",
        (RecordCategory::PublicNotice, _) => "公示文件",
        (RecordCategory::Footage, OrganizationKind::Enterprise) => "现场监控影像或图片资料",
        (RecordCategory::Footage, _) => "现场监控影像资料",
        (RecordCategory::IssueRoster, _) => "发证名册",
        (RecordCategory::Other, _) => "其他",
    }
}

pub(super) const fn medium_name(medium: Medium) -> &'static str {
    match medium {
        Medium::Paper => "纸质",
        Medium::Electronic => "电子",
        Medium::Pictures => "图片",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_it_is_written() {
        for word in Level::ALL {
            assert_eq!(level(level_name(*word)), Some(*word));
        }
        for word in Subject::ALL {
            assert_eq!(subject(subject_name(*word)), Some(*word));
        }
        for word in Assessment::ALL {
            assert_eq!(assessment(assessment_name(*word)), Some(*word));
        }
        for word in IdDocumentType::ALL {
            assert_eq!(document(document_name(*word)), Some(*word));
        }
        assert_eq!((level("４"), level("高级 技师"), level("七级")), (Some(Level::Level4), Some(Level::Level1), None));
    }
}
