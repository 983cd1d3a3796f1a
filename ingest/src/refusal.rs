//! Why something was refused, and what the recorder does about it: code, action, both languages.
//!
//! Always: a refusal names the run and, where it is about one, the fragment; nothing of what it is about was stored.

use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::{Code, Problem, Sha256};

/// What the recorder does about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Send it again, after a while.
    Repeat,
    /// Do not send it again; go on with the next.
    Skip,
    /// Send nothing of the run until a person has looked.
    Stop,
}

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The message itself is wrong.
    #[error("{0}")]
    Form(Problem),
    /// A camera of another site.
    #[error("stream belongs to another site than this recorder's; check stream_id and the recorder's token")]
    OtherSite,
    /// No such stream.
    #[error("stream is not known; declare the camera first, or check stream_id")]
    UnknownStream,
    /// A stream that no recorder records.
    #[error("stream stands for an imported file, and no recorder may add to it; check stream_id")]
    Imported,
    /// The run is known with other particulars.
    #[error("run was opened with another {0}; a run never changes it, begin a new run")]
    OtherRun(&'static str),
    /// The run is not open in this call.
    #[error("run is not open in this call; send OpenRun first")]
    NotOpen,
    /// The run has ended.
    #[error("run has ended after {0} fragments; begin a new run")]
    Ended(u64),
    /// Too large a thing.
    #[error("{what} of {found} bytes; at most {limit} are taken")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Bytes announced or sent.
        found: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// More than the recorder may have here at once.
    #[error("more {0} than this recorder may have open at once; wait for acknowledgements and send it again")]
    Busy(&'static str),
    /// Chunks do not touch.
    #[error("chunk begins at byte {found} and byte {expected} was expected; send the fragment again from its head")]
    ChunkOrder {
        /// Where it begins.
        found: u32,
        /// Where it had to begin.
        expected: u32,
    },
    /// A chunk without a head, or of another fragment than the head's.
    #[error("chunk belongs to no announced fragment; send the fragment again from its head")]
    ChunkWithoutHead,
    /// Another fragment was begun before this one was whole.
    #[error("another fragment of the run began before this one was whole; send it again from its head")]
    Unfinished,
    /// The bytes are not those that were announced.
    #[error("the bytes have digest {found}, announced was {announced}; send the fragment again")]
    Digest {
        /// As announced.
        announced: Sha256,
        /// As found.
        found: Sha256,
    },
    /// The bytes are no sound fragment.
    #[error("fragment cannot be read: {0}; it was not stored")]
    Broken(String),
    /// Header and announcement differ.
    #[error("the fragment's header names another {0} than its run; it was not stored")]
    HeaderDiffers(&'static str),
    /// Something before it is missing.
    #[error("fragments from {expected} on are missing before it; send them first")]
    Hole {
        /// The fragment that must come next.
        expected: Sequence,
    },
    /// An earlier place that was never held and cannot be filled any more.
    #[error("the run has gone on without this fragment; it cannot be put in any more")]
    PastHole,
    /// It speaks of time that the fragment before it speaks of already.
    #[error("fragment overlaps {what} by {overlap_us} us; it was not stored")]
    Overlap {
        /// What it overlaps.
        what: String,
        /// By how much, microseconds.
        overlap_us: i64,
    },
    /// The name is taken by other bytes.
    #[error(
        "(run, sequence) is held with digest {held}, and {found} was sent; kept aside, not stored; look whether two recorders share a run"
    )]
    Conflict {
        /// As held.
        held: Sha256,
        /// As sent.
        found: Sha256,
    },
    /// The signature is not right.
    #[error("signature refused: {0}; the segment will be sealed without it")]
    Signature(String),
    /// The signature speaks of fragments that have not come.
    #[error("signature reaches to fragment {last}, and fragments from {expected} on have not come; send them first")]
    SignatureAhead {
        /// Last fragment of the range.
        last: Sequence,
        /// The fragment that must come next.
        expected: Sequence,
    },
    /// The end tells another number of fragments than are held.
    #[error("run is said to end after {said} fragments, and {held} have come; send what is missing, or the right number")]
    EndDiffers {
        /// As told.
        said: u64,
        /// As held.
        held: u64,
    },
    /// The journal of this run cannot be written any more.
    #[error("the centre's journal of this run failed ({0}); nothing stored is lost, send it again later")]
    Journal(String),
    /// The records do not answer, or refuse.
    #[error("the centre's records: {0}")]
    Records(Problem),
}

impl Reason {
    /// The code.
    pub fn code(&self) -> Code {
        match self {
            Self::Form(problem) | Self::Records(problem) => problem.code(),
            Self::OtherSite | Self::Imported => Code::PermissionDenied,
            Self::UnknownStream => Code::NotFound,
            Self::OtherRun(_) | Self::Conflict { .. } => Code::AlreadyExists,
            Self::NotOpen | Self::Ended(_) | Self::SignatureAhead { .. } | Self::Hole { .. } => Code::FailedPrecondition,
            Self::PastHole | Self::EndDiffers { .. } => Code::FailedPrecondition,
            Self::TooLarge { .. } => Code::TooLarge,
            Self::Busy(_) => Code::ResourceExhausted,
            Self::ChunkOrder { .. } | Self::ChunkWithoutHead | Self::Unfinished => Code::InvalidArgument,
            Self::Digest { .. } | Self::Broken(_) | Self::HeaderDiffers(_) | Self::Overlap { .. } => Code::InvalidArgument,
            Self::Signature(_) => Code::InvalidArgument,
            Self::Journal(_) => Code::Unavailable,
        }
    }

    /// What the recorder does about it.
    pub fn action(&self) -> Action {
        match self {
            // A recorder that cuts its chunks too large would lose all of its footage by skipping.
            Self::TooLarge { what: "chunk", .. } => Action::Stop,
            Self::OtherSite | Self::Imported | Self::UnknownStream => Action::Stop,
            Self::OtherRun(_) | Self::Conflict { .. } | Self::Ended(_) => Action::Stop,
            Self::Form(_) | Self::TooLarge { .. } | Self::Broken(_) | Self::HeaderDiffers(_) => Action::Skip,
            Self::Overlap { .. } | Self::PastHole | Self::Signature(_) => Action::Skip,
            Self::NotOpen | Self::Busy(_) | Self::ChunkOrder { .. } | Self::ChunkWithoutHead | Self::Unfinished => Action::Repeat,
            Self::Digest { .. } | Self::Hole { .. } | Self::SignatureAhead { .. } => Action::Repeat,
            // Fewer than are held: the recorder's count is wrong, and sending more does not mend it.
            Self::EndDiffers { said, held } => {
                if said < held {
                    Action::Stop
                } else {
                    Action::Repeat
                }
            }
            Self::Journal(_) => Action::Repeat,
            Self::Records(problem) => match problem.code() {
                Code::Unavailable | Code::Conflict | Code::ResourceExhausted | Code::Internal => Action::Repeat,
                _ => Action::Stop,
            },
        }
    }

    /// In Chinese.
    pub fn message_zh(&self) -> String {
        match self {
            Self::Form(problem) => problem.message_zh().to_owned(),
            Self::OtherSite => "该视频流不属于本录像机所在考点；请核对 stream_id 与录像机令牌".into(),
            Self::UnknownStream => "该视频流未登记；请先登记摄像机，或核对 stream_id".into(),
            Self::Imported => "该视频流对应导入的文件，不接受录像机写入；请核对 stream_id".into(),
            Self::OtherRun(what) => format!("该录制段此前以不同的 {what} 打开；请开始新的录制段"),
            Self::NotOpen => "本次调用尚未打开该录制段；请先发送 OpenRun".into(),
            Self::Ended(count) => format!("该录制段已在 {count} 个片段后结束；请开始新的录制段"),
            Self::TooLarge { what, found, limit } => format!("{what} 为 {found} 字节，最多接受 {limit} 字节"),
            Self::Busy(what) => format!("本录像机同时未确认的内容过多（{what}）；请等待确认后重发"),
            Self::ChunkOrder { found, expected } => {
                format!("数据块起始于第 {found} 字节，应为第 {expected} 字节；请从片段头重发")
            }
            Self::ChunkWithoutHead => "数据块不属于任何已宣告的片段；请从片段头重发".into(),
            Self::Unfinished => "本片段未传完即开始了另一片段；请从片段头重发".into(),
            Self::Digest { announced, found } => format!("数据摘要为 {found}，宣告为 {announced}；请重发该片段"),
            Self::Broken(why) => format!("片段无法读取（{why}）；未保存"),
            Self::HeaderDiffers(what) => format!("片段头中的 {what} 与录制段不符；未保存"),
            Self::Hole { expected } => format!("其前自第 {expected} 个起的片段缺失；请先发送"),
            Self::PastHole => "录制段已越过该片段继续；无法再补入".into(),
            Self::Overlap { what, overlap_us } => format!("片段与 {what} 重叠 {overlap_us} 微秒；未保存"),
            Self::Conflict { held, found } => {
                format!("该片段名下已存有摘要 {held}，现收到 {found}；已另行隔离，未入库；请检查是否有两台录像机共用同一录制段")
            }
            Self::Signature(why) => format!("签名未被接受（{why}）；该段将不带签名封存"),
            Self::SignatureAhead { last, expected } => {
                format!("签名至第 {last} 个片段，而自第 {expected} 个起尚未收到；请先发送")
            }
            Self::EndDiffers { said, held } => format!("录制段称有 {said} 个片段，实收 {held} 个；请补发缺失部分或更正数目"),
            Self::Journal(why) => format!("中心日志写入失败（{why}）；已保存的内容未丢失，请稍后重发"),
            Self::Records(problem) => format!("中心记录库：{}", problem.message_zh()),
        }
    }
}

/// A refusal: about what, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The run; absent where the message named none.
    pub run: Option<RunId>,
    /// The fragment, where it is about one.
    pub sequence: Option<Sequence>,
    /// Why.
    pub reason: Box<Reason>,
}

impl Refusal {
    /// About a run.
    pub fn run(run: RunId, reason: Reason) -> Self {
        Self { run: Some(run), sequence: None, reason: Box::new(reason) }
    }

    /// About a fragment.
    pub fn fragment(run: RunId, sequence: Sequence, reason: Reason) -> Self {
        Self { run: Some(run), sequence: Some(sequence), reason: Box::new(reason) }
    }
}

impl From<Problem> for Refusal {
    /// About no run: the message could not be read so far.
    fn from(problem: Problem) -> Self {
        Self { run: None, sequence: None, reason: Box::new(Reason::Form(problem)) }
    }
}

impl From<Refusal> for pb::UploadError {
    fn from(refusal: Refusal) -> Self {
        let Refusal { run, sequence, reason } = refusal;
        let (thing, thing_zh) = match (run, sequence) {
            (Some(run), Some(sequence)) => (format!("{run} fragment {sequence}: "), format!("{run} 第 {sequence} 个片段：")),
            (Some(run), None) => (format!("{run}: "), format!("{run}：")),
            (None, _) => (String::new(), String::new()),
        };
        let action = match reason.action() {
            Action::Repeat => pb::ErrorAction::Repeat,
            Action::Skip => pb::ErrorAction::Skip,
            Action::Stop => pb::ErrorAction::Stop,
        };
        Self {
            run_id: run.map(|run| run.to_string()).unwrap_or_default(),
            sequence: sequence.map(Sequence::get),
            code: reason.code().as_str().to_owned(),
            action: action.into(),
            message: format!("{thing}{reason}"),
            message_zh: format!("{thing_zh}{}", reason.message_zh()),
        }
    }
}
