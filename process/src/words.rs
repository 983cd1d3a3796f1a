//! Words that the rules and the records share.

use liuhen_proto::wire::session::v1 as wire;
use liuhen_proto::words;

words! {
    /// Which of the three guidelines binds an organisation.
    OrganizationKind = wire::OrganizationKind {
        /// 社会培训评价组织
        SocialOrg = "social_org",
        /// 企业
        Enterprise = "enterprise",
        /// 技工院校
        TechnicalCollege = "technical_college",
    }
}

words! {
    /// What a room is for.
    RoomKind = wire::RoomKind {
        /// 理论知识考试
        Theory = "theory",
        /// 操作技能考核
        Practical = "practical",
        /// 综合评审
        ComprehensiveAppraisal = "comprehensive_appraisal",
        /// A room that no candidate sits in.
        Service = "service",
    }
}
