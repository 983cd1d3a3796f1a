//! What can be typed after `liuhen sheets`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use liuhen_proto::wire::session::v1 as pb;

use super::Remote;

/// Takes spreadsheets in and gives them.
#[derive(Debug, Args)]
pub(crate) struct Sheets {
    #[command(subcommand)]
    pub(crate) action: SheetsAction,
}

/// A form.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Form {
    /// 职业技能等级认定实施方案
    Plan,
    /// 考生名册
    Roster,
    /// 技工院校学生学籍统计表
    Enrolment,
    /// 考场安排表
    Arrangement,
    /// 考场座次表
    Seats,
    /// 成绩登记表
    Scores,
    /// 签到表, given only
    Attendance,
    /// 考场记录单, given only
    RoomRecord,
    /// 成绩汇总表, given only
    ScoreSummary,
    /// 证书发放名册, given only
    Certificates,
    /// 年度认定情况统计表, given only
    Year,
    /// 卷内目录, given only
    Volume,
    /// 归档完整性检查表, given only
    Completeness,
}

impl From<Form> for pb::SheetForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Plan => Self::Plan,
            Form::Roster => Self::Roster,
            Form::Enrolment => Self::Enrolment,
            Form::Arrangement => Self::Arrangement,
            Form::Seats => Self::Seats,
            Form::Scores => Self::Scores,
            Form::Attendance => Self::Attendance,
            Form::RoomRecord => Self::RoomRecord,
            Form::ScoreSummary => Self::ScoreSummary,
            Form::Certificates => Self::Certificates,
            Form::Year => Self::Year,
            Form::Volume => Self::Volume,
            Form::Completeness => Self::Completeness,
        }
    }
}

/// A subject.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Subject {
    /// 理论知识考试
    Theory,
    /// 技能操作考核
    Practical,
    /// 综合评审
    Appraisal,
}

impl From<Subject> for pb::Subject {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Theory => Self::Theory,
            Subject::Practical => Self::Practical,
            Subject::Appraisal => Self::ComprehensiveAppraisal,
        }
    }
}

/// Which form, of what.
#[derive(Debug, Args)]
pub(crate) struct FormOf {
    /// Which form · 表格
    #[arg(value_name = "FORM")]
    pub(crate) form: Form,
    /// `bat_…`; `ses_…` for arrangement, seats, attendance and room-record; `org_…` for year · 批次、场次或机构编号
    #[arg(value_name = "CASE")]
    pub(crate) of: String,
    /// Of scores, or an arrangement to be printed: which subject · 考核科目
    #[arg(long, value_name = "SUBJECT")]
    pub(crate) subject: Option<Subject>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SheetsAction {
    /// Take a file in: all of its rows, or none · 导入表格（整表导入或全部不导入）
    Import {
        #[command(flatten)]
        form: FormOf,
        /// XLSX, or CSV in UTF-8 or GB18030 · 表格文件
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Sheet of the workbook, where several are such a form · 工作表名称
        #[arg(long, value_name = "NAME", default_value = "")]
        sheet: String,
        /// Of scores: who enters them, `stf_…` · 登分人员
        #[arg(long, value_name = "STAFF", default_value = "")]
        clerk: String,
        /// Say what would be done, and do nothing · 仅预览
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        remote: Remote,
    },
    /// Save a form filled in, names and numbers masked · 导出表格（姓名和证件号码脱敏）
    Export {
        #[command(flatten)]
        form: FormOf,
        /// Where to: .xlsx or .csv · 输出文件
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        /// Unmasked: say why, which stands in the log · 不脱敏：填写用途，记入日志
        #[arg(long, value_name = "TEXT")]
        reveal: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
}
