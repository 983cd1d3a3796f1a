//! From errors of the rooms below to what a caller is told: [`Problem`], once; and a problem as an HTTP
//! answer, once. (As a gRPC status it is written in `liuhen_proto`.)

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use liuhen_proto::{Code, Problem};

/// An error of the archive: logged where somebody must look, and told to the caller.
pub(crate) fn records(doing: &'static str, error: liuhen_archive::Error) -> Problem {
    match error.code() {
        Code::Internal => return fault(doing, &error),
        Code::DataLoss => tracing::error!(doing, error = chain(&error), "what is stored is not what was stored"),
        Code::Unavailable => tracing::warn!(doing, error = chain(&error), "call failed"),
        _ => tracing::debug!(doing, error = chain(&error), "call refused"),
    }
    error.into()
}

/// A fault of ours: logged here with all that is known, told to the caller without it.
pub(crate) fn fault(doing: &'static str, error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(doing, error = chain(error), "call failed");
    let message = format!("{doing}: a fault of the server; its log tells more");
    Problem::new(Code::Internal, message, "服务器内部错误，详情见服务器日志")
}

/// An error with its causes, as one sentence.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// A problem as an HTTP answer: the status of its code and a small JSON object.
pub(crate) fn to_http(problem: &Problem) -> Response {
    with_body(problem, serde_json::Map::new())
}

/// The same, with more about it in the JSON object.
pub(crate) fn with_body(problem: &Problem, mut body: serde_json::Map<String, serde_json::Value>) -> Response {
    body.insert("code".to_owned(), problem.code().as_str().into());
    body.insert("message".to_owned(), problem.message().into());
    body.insert("message_zh".to_owned(), problem.message_zh().into());
    let status = StatusCode::from_u16(problem.code().http()).expect("every code names an HTTP status");
    let mut response = (status, serde_json::Value::Object(body).to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_an_http_answer() {
        for &code in Code::ALL {
            let response = to_http(&Problem::new(code, "what", "什么"));
            assert_eq!(response.status().as_u16(), code.http());
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json; charset=utf-8");
        }
    }

    #[test]
    fn a_fault_keeps_its_cause_from_the_caller() {
        let error = std::io::Error::other("/var/lib/secret: disk on fire");
        let problem = fault("read clip", &error);
        assert_eq!(problem.code(), Code::Internal);
        assert!(!problem.message().contains("secret"));
    }
}
