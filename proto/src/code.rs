//! The closed list of error codes, mapped once to gRPC and once to HTTP; and [`Problem`], what a caller
//! is told. Rooms keep their own error enums, each of which names its `Code`; at the door it becomes a
//! `Problem`. See docs/ref/errors.md.

use tonic_types::{ErrorDetails, StatusExt as _};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $grpc:ident, $http:literal;)*) => {
        /// What kind of thing went wrong. Machines act on it; people read the message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// As it stands on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The gRPC status code.
            pub const fn grpc(self) -> tonic::Code {
                match self { $(Self::$name => tonic::Code::$grpc,)* }
            }

            /// The HTTP status.
            pub const fn http(self) -> u16 {
                match self { $(Self::$name => $http,)* }
            }
        }
    };
}

codes! {
    /// The request itself is wrong; it will never work as it is.
    InvalidArgument = "invalid_argument", InvalidArgument, 400;
    /// Larger than the bound that the message names.
    TooLarge = "too_large", InvalidArgument, 413;
    /// No token, or one that is not known.
    Unauthenticated = "unauthenticated", Unauthenticated, 401;
    /// Known, and not allowed.
    PermissionDenied = "permission_denied", PermissionDenied, 403;
    /// Nothing of that name.
    NotFound = "not_found", NotFound, 404;
    /// The name is taken by something else.
    AlreadyExists = "already_exists", AlreadyExists, 409;
    /// Two changes met; read again and repeat.
    Conflict = "conflict", Aborted, 409;
    /// Right in itself, but not in the present state.
    FailedPrecondition = "failed_precondition", FailedPrecondition, 409;
    /// Past the end of what there is.
    OutOfRange = "out_of_range", OutOfRange, 416;
    /// More than the caller may take at once; wait.
    ResourceExhausted = "resource_exhausted", ResourceExhausted, 429;
    /// What is stored is not what was stored: a person must look.
    DataLoss = "data_loss", DataLoss, 500;
    /// A fault of ours: a person must look.
    Internal = "internal", Internal, 500;
    /// Not now; the same call may work later.
    Unavailable = "unavailable", Unavailable, 503;
}

/// What a caller is told: the code, what happened to which thing and what to do next, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    code: Code,
    message: String,
    message_zh: String,
    violations: Vec<(String, String)>,
}

impl Problem {
    /// A problem in English and in Chinese.
    pub fn new(code: Code, message: impl Into<String>, message_zh: impl Into<String>) -> Self {
        Self { code, message: message.into(), message_zh: message_zh.into(), violations: Vec::new() }
    }

    /// A field of the request that is wrong, by its path, and how.
    pub fn field(path: impl Into<String>, description: impl Into<String>) -> Self {
        let (path, description) = (path.into(), description.into());
        let message = format!("{path}: {description}");
        let message_zh = format!("请求字段 {path} 有误：{description}");
        Self { violations: vec![(path, description)], ..Self::new(Code::InvalidArgument, message, message_zh) }
    }

    /// The same, told in both languages.
    pub fn field_in_both(path: impl Into<String>, english: impl Into<String>, chinese: impl Into<String>) -> Self {
        let (path, english) = (path.into(), english.into());
        let message_zh = format!("请求字段 {path} 有误：{}", chinese.into());
        Self { message_zh, ..Self::field(path, english) }
    }

    /// With a field, or another thing that is in the way, and how.
    #[must_use]
    pub fn with_violation(mut self, path: impl Into<String>, description: impl Into<String>) -> Self {
        self.violations.push((path.into(), description.into()));
        self
    }

    /// Nothing of that name.
    pub fn not_found(thing: impl std::fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("{thing} does not exist"), format!("{thing} 不存在"))
    }

    /// The code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// In English.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// In Chinese.
    pub fn message_zh(&self) -> &str {
        &self.message_zh
    }

    /// Wrong fields of the request: path and what is wrong.
    pub fn violations(&self) -> &[(String, String)] {
        &self.violations
    }
}

impl From<Problem> for tonic::Status {
    fn from(problem: Problem) -> Self {
        let mut details = ErrorDetails::new();
        details.set_error_info(problem.code.as_str(), "liuhen", std::collections::HashMap::new());
        details.set_localized_message("zh-CN", &problem.message_zh);
        for (field, description) in &problem.violations {
            details.add_bad_request_violation(field, description);
        }
        Self::with_error_details(problem.code.grpc(), problem.message, details)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_carries_code_field_and_both_languages() {
        let status = tonic::Status::from(Problem::field("interval.end_us", "must be after interval.start_us"));
        assert_eq!(status.code(), tonic::Code::InvalidArgument);
        let details = status.get_error_details();
        assert_eq!(details.error_info().map(|info| info.reason.as_str()), Some("invalid_argument"));
        assert_eq!(details.localized_message().map(|m| m.locale.as_str()), Some("zh-CN"));
        assert_eq!(details.bad_request().map(|b| b.field_violations.len()), Some(1));
    }

    #[test]
    fn every_code_has_its_own_name() {
        let names: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
