//! Closed lists of words in facts.

use liuhen_proto::wire::session::v1 as wire;
use liuhen_proto::words;

pub use super::later_words::{DecidedBy, Medium, NoticeChannel, RecordCategory};

words! {
    /// What is examined (S四(四)).
    Subject = wire::Subject {
        /// 理论知识考试
        Theory = "theory",
        /// 技能操作考核
        Practical = "practical",
        /// 综合评审
        ComprehensiveAppraisal = "comprehensive_appraisal",
    }
}

words! {
    /// How high a skill level is.
    Level = wire::Level {
        /// 五级/初级工
        Level5 = "5",
        /// 四级/中级工
        Level4 = "4",
        /// 三级/高级工
        Level3 = "3",
        /// 二级/技师
        Level2 = "2",
        /// 一级/高级技师
        Level1 = "1",
        /// 特级技师, E only
        SeniorSpecial = "special",
        /// 首席技师, E only
        Chief = "chief",
    }
}

words! {
    /// How it is assessed (T一, E四(三)).
    Assessment = wire::Assessment {
        /// Sessions at the end: 结果考核, 考核鉴定.
        Result = "result",
        /// Many dated events: 过程考核, 过程化考核.
        Process = "process",
        /// 考评结合, E only.
        Combined = "combined",
        /// 直接认定, E only; may have no session.
        Direct = "direct",
    }
}

words! {
    /// What a document is for.
    DocumentSlot = wire::DocumentSlot {
        /// 实施方案, for an enterprise 考核方案 (B11 to B13).
        ImplementationPlan = "implementation_plan",
        /// 承诺书 (B14).
        Undertaking = "undertaking",
        /// 认定人员名单 (B11).
        CandidateList = "candidate_list",
        /// 学籍统计表, T only (B7, B11).
        EnrolmentStatistics = "enrolment_statistics",
        /// 总体工作方案, E only (B13).
        WorkPlan = "work_plan",
        /// 考务手册, E only (F7).
        Handbook = "handbook",
        /// 考前会议纪要 (F3).
        MeetingMinutes = "meeting_minutes",
        /// The plan as the district authority audited and stamped it (A4).
        StampedPlan = "stamped_plan",
        /// The overall evaluation as filed with the city authority (A6).
        OverallEvaluation = "overall_evaluation",
        /// 教学计划, T only.
        TeachingPlan = "teaching_plan",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// The identity documents that count (S三(三)1).
    IdDocumentType = wire::IdDocumentType {
        /// 居民身份证
        ResidentIdCard = "resident_id_card",
        /// 山东省社会保障卡
        ShandongSocialCard = "shandong_social_card",
        /// 居住证
        ResidencePermit = "residence_permit",
        /// 港澳居民来往内地通行证
        HkMacaoPass = "hk_macao_pass",
        /// 台湾居民来往大陆通行证
        TaiwanPass = "taiwan_pass",
        /// 港澳台居民居住证
        HkMacaoTaiwanResidencePermit = "hk_macao_taiwan_residence_permit",
        /// 外国人护照
        ForeignPassport = "foreign_passport",
        /// 外国人永久居留身份证
        ForeignPermanentResidentCard = "foreign_permanent_resident_card",
    }
}

words! {
    /// What became of an application.
    ReviewOutcome = wire::ReviewOutcome {
        /// May sit.
        Approved = "approved",
        /// May not.
        Refused = "refused",
    }
}

words! {
    /// What stands between two persons (S四(三)1, E四(五)2).
    RelationKind = wire::RelationKind {
        /// 亲属
        Kin = "kin",
        /// 师生
        TeacherStudent = "teacher_student",
        /// 师徒
        MasterApprentice = "master_apprentice",
        /// 同一单位
        SameUnit = "same_unit",
        /// 培训教师 of the candidate (P4).
        Trainer = "trainer",
        /// Anything else that asks for recusal.
        Other = "other",
    }
}

words! {
    /// What somebody does at a session.
    Duty = wire::Duty {
        /// 考点负责人, T 考试负责人
        SiteHead = "site_head",
        /// 主考
        ChiefInvigilator = "chief_invigilator",
        /// 监考
        Invigilator = "invigilator",
        /// 考务
        ExamStaff = "exam_staff",
        /// 考评员
        Examiner = "examiner",
        /// 考评组长
        LeadExaminer = "lead_examiner",
        /// 内部质量督导员
        SupervisorInternal = "supervisor_internal",
        /// 外部质量督导员
        SupervisorExternal = "supervisor_external",
        /// 专人值守 at the cordon (C4)
        Guard = "guard",
    }
}

words! {
    /// What a site must have (S四(一)2(2)).
    Facility = wire::Facility {
        /// 考务办公室
        Office = "office",
        /// 应急考场
        StandbyRoom = "standby_room",
        /// 候考室
        WaitingRoom = "waiting_room",
        /// 保密室
        SecureRoom = "secure_room",
        /// 医务室
        MedicalRoom = "medical_room",
        /// 试卷试件回收室
        PaperReturnRoom = "paper_return_room",
        /// 考生禁带物品存放处
        BelongingsStore = "belongings_store",
        /// 警戒线 (C4)
        Cordon = "cordon",
    }
}

words! {
    /// What a device of a site does (S四(一)2(3)).
    DeviceKind = wire::DeviceKind {
        /// 身份识别
        IdReader = "id_reader",
        /// 信号屏蔽
        Jammer = "jammer",
        /// 录像, with 录像保存功能
        Recorder = "recorder",
    }
}

words! {
    /// Why a room is not recorded (E四(五)1).
    ExemptionReason = wire::ExemptionReason {
        /// 安全
        Safety = "safety",
        /// 保密
        Secrecy = "secrecy",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// What is kept instead of a recording (E四(五)1: 全程留痕).
    TraceKind = wire::TraceKind {
        /// Photos at intervals.
        Photos = "photos",
        /// A log on paper.
        PaperLog = "paper_log",
        /// A log of screens.
        ScreenLog = "screen_log",
        /// Signatures of witnesses.
        WitnessSignatures = "witness_signatures",
    }
}

words! {
    /// How an identity was checked (S四(四)2(1)).
    IdentityMethod = wire::IdentityMethod {
        /// By a device that compares faces.
        Face = "face",
        /// By a device that reads the document.
        Document = "document",
        /// By a person who looked.
        Person = "person",
    }
}

words! {
    /// What came out.
    IdentityResult = wire::IdentityResult {
        /// The person is the candidate.
        Match = "match",
        /// The person is not.
        Mismatch = "mismatch",
        /// It could not be told.
        Unverified = "unverified",
    }
}

words! {
    /// What is handed over (D2, I1).
    MaterialKind = wire::MaterialKind {
        /// 试卷
        Papers = "papers",
        /// 试件
        Workpieces = "workpieces",
        /// 答题卡
        AnswerSheets = "answer_sheets",
        /// 草稿纸
        DraftPaper = "draft_paper",
        /// 评分表
        ScoreSheets = "score_sheets",
        /// 签到表
        SignInSheets = "sign_in_sheets",
        /// 工卡量具
        Tools = "tools",
    }
}

words! {
    /// What happens to it.
    MaterialStep = wire::MaterialStep {
        /// It came to the site.
        Arrived = "arrived",
        /// From one person to another.
        HandedOver = "handed_over",
        /// The bag was opened.
        Opened = "opened",
        /// To candidates.
        Issued = "issued",
        /// From candidates.
        Collected = "collected",
        /// 封装
        Sealed = "sealed",
    }
}

words! {
    /// How the seal was found.
    SealState = wire::SealState {
        /// 完好
        Whole = "whole",
        /// 破损
        Broken = "broken",
        /// There is none.
        None = "none",
    }
}

words! {
    /// When a checklist or a supervision form is filled in.
    Phase = wire::Phase {
        /// 考前一天 (F)
        DayBefore = "day_before",
        /// 开考前 (G)
        PreStart = "pre_start",
        /// 考试中 (H)
        During = "during",
        /// 考试后 (I)
        After = "after",
    }
}

words! {
    /// An answer to an item.
    Answer = wire::Answer {
        /// As it should be.
        Yes = "yes",
        /// Not so.
        No = "no",
        /// 不适用
        NotApplicable = "not_applicable",
    }
}

words! {
    /// Who or what noticed it.
    IncidentSource = wire::IncidentSource {
        /// A person.
        Person = "person",
        /// A detector: a suspicion and no more (ISO/IEC 17024).
        Detector = "detector",
        /// A technical fact that accuses nobody.
        System = "system",
    }
}

words! {
    /// What an incident is about.
    IncidentKind = wire::IncidentKind {
        /// A candidate’s conduct.
        Candidate = "candidate",
        /// Conduct of staff (H8).
        StaffMisconduct = "staff_misconduct",
        /// An identity that does not match.
        Identity = "identity",
        /// Equipment.
        Equipment = "equipment",
        /// A hole in the recording.
        Technical = "technical",
        /// 突发事件
        Emergency = "emergency",
    }
}

words! {
    /// What a supervisor decided (H7).
    IncidentOutcome = wire::IncidentOutcome {
        /// It was a violation.
        Confirmed = "confirmed",
        /// It was none.
        Dismissed = "dismissed",
    }
}

words! {
    /// To whom an incident was reported (S四(四)2(2)).
    ReportTo = wire::ReportTo {
        /// The organisation.
        Organization = "organization",
        /// 人力资源社会保障部门
        Authority = "authority",
        /// 公安机关
        Police = "police",
    }
}

words! {
    /// What another system did.
    OutsideEventKind = wire::OutsideEventKind {
        /// Items sent to the site (H1).
        PaperTransferred = "paper_transferred",
        /// Answers sent back (H1).
        AnswersUploaded = "answers_uploaded",
        /// 智能化考试过程操作记录
        OperationLog = "operation_log",
        /// The plan on the provincial platform (A3).
        PlatformPlan = "platform_plan",
        /// 题库管理系统 (D4)
        ItemBankLink = "item_bank_link",
        /// A key of encrypted papers was used (D3).
        KeyUsed = "key_used",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// Whose violations an item of the catalogue is about.
    ViolationSubject = wire::ViolationSubject {
        /// 考生
        Candidate = "candidate",
        /// 工作人员
        Staff = "staff",
        /// 评价机构
        Body = "body",
    }
}

words! {
    /// How a candidate is appraised (综合评审: S附件3, T附件3).
    AppraisalMethod = wire::AppraisalMethod {
        /// 口头答辩
        OralDefence = "oral_defence",
        /// 项目评定
        Project = "project",
        /// 业绩评审
        Performance = "performance",
    }
}
