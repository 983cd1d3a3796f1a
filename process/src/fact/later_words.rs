//! Closed lists of words in facts of what comes after the exam: notices, records.

use liuhen_proto::wire::session::v1 as wire;
use liuhen_proto::words;

words! {
    /// Where results are on public notice (S五(二), E五(二), T八(二)).
    NoticeChannel = wire::NoticeChannel {
        /// 网站或其他公开渠道
        Public = "public",
        /// 企业内部
        Enterprise = "enterprise",
        /// 学校
        School = "school",
    }
}

words! {
    /// Who decides about an objection (E五(二)).
    DecidedBy = wire::DecidedBy {
        /// 考核委员会
        Committee = "committee",
        /// The organisation itself.
        Organization = "organization",
    }
}

words! {
    /// What must be kept of a batch (S七(二), E七(二), T十(二)).
    RecordCategory = wire::RecordCategory {
        /// 计划公告, for an enterprise 认定公告.
        Announcement = "announcement",
        /// 实施方案, for an enterprise 考核方案.
        ImplementationPlan = "implementation_plan",
        /// 认定报名材料
        Application = "application",
        /// 现场签到表
        SignInSheet = "sign_in_sheet",
        /// 智能化考试过程操作记录
        ComputerLog = "computer_log",
        /// 考核试卷
        ExamPaper = "exam_paper",
        /// 综合评定材料, for an enterprise 综合评审材料.
        AppraisalMaterial = "appraisal_material",
        /// 评分表
        ScoreSheet = "score_sheet",
        /// 成绩汇总表
        ScoreSummary = "score_summary",
        /// 内部督导情况报告, for an enterprise 内部督导情况反馈.
        SupervisionReport = "supervision_report",
        /// 公示文件
        PublicNotice = "public_notice",
        /// 现场监控影像资料, for an enterprise 或图片.
        Footage = "footage",
        /// 发证名册
        IssueRoster = "issue_roster",
        /// What else is kept: 考场情况记录单, 评卷登记表 and so on.
        Other = "other",
    }
}

words! {
    /// What a record is kept on (K3).
    Medium = wire::Medium {
        /// 纸质
        Paper = "paper",
        /// 电子
        Electronic = "electronic",
        /// 图片 instead of footage, where an enterprise’s room is exempt (C7).
        Pictures = "pictures",
    }
}
