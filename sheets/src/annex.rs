//! The forms of the guidelines' annexes, and the lists that go with them.
//!
//! S: 社会培训评价组织, E: 企业, T: 技工院校. Always: the first name of a heading is the one that we write.

use crate::form::{Form, Heading, Kind};

const fn heading(names: &'static [&'static str], kind: Kind) -> Heading {
    Heading { names, kind, required: false }
}

const fn required(names: &'static [&'static str], kind: Kind) -> Heading {
    Heading { names, kind, required: true }
}

/// Columns of [`ROSTER`] and [`ENROLMENT`].
pub mod person {
    /// 姓名
    pub const NAME: usize = 0;
    /// 证件号码
    pub const NUMBER: usize = 1;
    /// 申报等级, 技能等级
    pub const LEVEL: usize = 2;
    /// 工作单位, 所在单位
    pub const EMPLOYER: usize = 3;
    /// 证件类型
    pub const DOCUMENT: usize = 4;
    /// 准考证号
    pub const TICKET: usize = 5;
}

/// 考生名册: who applied (S三(三), E四(二), T五): what 申报表 asks for, a line for each.
pub const ROSTER: Form = Form {
    chinese: "考生名册",
    english: "roster of candidates",
    headings: &[
        required(&["姓名", "考生姓名", "申报人姓名"], Kind::Words),
        required(&["证件号码", "证件号", "身份证号", "身份证号码", "身份证件号码"], Kind::Code),
        heading(&["申报等级", "认定等级", "技能等级", "等级", "级别"], Kind::Words),
        heading(&["工作单位", "所在单位", "单位", "单位名称"], Kind::Words),
        heading(&["证件类型", "证件名称"], Kind::Words),
        heading(&["准考证号", "准考证号码", "考号"], Kind::Code),
    ],
    ends: &[],
};

/// 技工院校学生学籍统计表 (T附件2).
pub const ENROLMENT: Form = Form {
    chinese: "技工院校学生学籍统计表",
    english: "enrolment statistics of a technical college (T annex 2)",
    headings: &[
        required(&["姓名", "学生姓名"], Kind::Words),
        required(&["证件号码(注册学籍号)", "证件号码", "身份证号", "身份证号码"], Kind::Code),
        required(&["技能等级", "认定等级", "申报等级", "等级"], Kind::Words),
        heading(&["所在单位", "学校", "院校名称"], Kind::Words),
        heading(&["证件类型"], Kind::Words),
        heading(&["准考证号", "考号"], Kind::Code),
    ],
    ends: &[],
};

/// Columns of [`ARRANGEMENT`].
pub mod arrangement {
    /// 考场
    pub const ROOM: usize = 0;
    /// 考号区间
    pub const TICKETS: usize = 1;
    /// 人数
    pub const COUNT: usize = 2;
    /// 等级
    pub const LEVEL: usize = 3;
    /// 考试具体时间
    pub const TIME: usize = 4;
    /// 轮次
    pub const TURN: usize = 5;
}

/// 职业技能等级认定理论考试考场安排表 (E附件4): a room and the tickets that sit there.
pub const ARRANGEMENT: Form = Form {
    chinese: "考场安排表",
    english: "arrangement of rooms (E annex 4)",
    headings: &[
        required(&["考场", "考场号", "考场名称"], Kind::Words),
        required(&["考号区间", "准考证号区间"], Kind::Code),
        heading(&["人数", "考生人数"], Kind::Number),
        heading(&["等级", "级别", "认定等级"], Kind::Words),
        heading(&["考试具体时间", "考试时间", "认定时间"], Kind::When),
        heading(&["轮次", "场次"], Kind::Number),
    ],
    ends: &[],
};

/// Columns of [`SEATS`].
pub mod seat {
    /// 准考证号
    pub const TICKET: usize = 0;
    /// 考场
    pub const ROOM: usize = 1;
    /// 座位号
    pub const SEAT: usize = 2;
    /// 轮次
    pub const TURN: usize = 3;
    /// 姓名
    pub const NAME: usize = 4;
}

/// 考场座次表: the same seat by seat.
pub const SEATS: Form = Form {
    chinese: "考场座次表",
    english: "plan of seats",
    headings: &[
        required(&["准考证号", "准考证号码", "考号"], Kind::Code),
        required(&["考场", "考场号", "考场名称"], Kind::Words),
        required(&["座位号", "座号", "工位号", "机位号"], Kind::Words),
        heading(&["轮次", "场次"], Kind::Number),
        heading(&["姓名", "考生姓名"], Kind::Words),
    ],
    ends: &[],
};

/// Columns of [`SCORES`].
pub mod score {
    /// 准考证号
    pub const TICKET: usize = 0;
    /// 成绩
    pub const POINTS: usize = 1;
    /// 考核科目
    pub const SUBJECT: usize = 2;
    /// 姓名
    pub const NAME: usize = 3;
    /// 违纪记录
    pub const NOTE: usize = 4;
}

/// 成绩登记表: scores of papers, as a clerk enters them (登分).
pub const SCORES: Form = Form {
    chinese: "成绩登记表",
    english: "list of scores",
    headings: &[
        required(&["准考证号", "准考证号码", "考号"], Kind::Code),
        required(&["成绩", "得分", "分数"], Kind::Number),
        heading(&["考核科目", "科目", "认定科目"], Kind::Words),
        heading(&["姓名", "考生姓名"], Kind::Words),
        heading(&["违纪记录", "违纪情况"], Kind::Words),
    ],
    ends: &[],
};

/// Columns of [`PLAN`].
pub mod plan {
    /// 认定计划名称
    pub const NAME: usize = 0;
    /// 职业(工种)
    pub const OCCUPATION: usize = 1;
    /// 认定等级
    pub const LEVEL: usize = 2;
    /// 认定人数
    pub const COUNT: usize = 3;
    /// 考核方式
    pub const HOW: usize = 4;
    /// 备注
    pub const NOTE: usize = 5;
}

/// 职业技能等级认定实施方案 (S附件3, T附件3): a row for the plan, and below it how rooms are set up and what else there is.
pub const PLAN: Form = Form {
    chinese: "职业技能等级认定实施方案",
    english: "implementation plan (S and T annex 3)",
    headings: &[
        required(&["认定计划名称", "计划名称"], Kind::Words),
        required(&["职业(工种)", "职业", "职业名称"], Kind::Words),
        required(&["认定等级", "等级"], Kind::Words),
        required(&["认定人数", "人数"], Kind::Number),
        heading(&["考核方式"], Kind::Words),
        heading(&["备注"], Kind::Words),
    ],
    ends: &["考场设置情况"],
};
