//! SOAP as ONVIF devices speak it: an envelope, a digest of the password, faults.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::StatusCode;
use liuhen_proto::Timestamp;
use liuhen_proto::world::Randomness;
use sha1::{Digest as _, Sha1};

use super::http::{self, Endpoint, HttpError};
use super::xml::{self, Element, XmlError, escaped};
use crate::config::Credentials;

const SECURITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const UTILITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const DIGEST: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest";
const BASE64_BINARY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// It does not speak HTTP with us.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Name and password are missing, wrong, or not allowed to ask this.
    #[error("the device refuses name and password")]
    Unauthorized,
    /// It refuses for another reason.
    #[error("the device answered {status}: {reason}")]
    Fault {
        /// Of HTTP.
        status: StatusCode,
        /// In its own words.
        reason: String,
    },
    /// It answers with something else.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

/// Who asks, and what the device's clock says now: it refuses a question that seems old.
pub(super) struct Asking<'a> {
    pub(super) credentials: Option<&'a Credentials>,
    pub(super) device_now: Timestamp,
    pub(super) random: &'a dyn Randomness,
}

/// Asks one question and gives what stands in the answer's body.
pub(super) async fn call(
    endpoint: &Endpoint,
    namespace: &str,
    name: &str,
    inside: &str,
    asking: &Asking<'_>,
) -> Result<Element, CallError> {
    let header = asking.credentials.map_or(String::new(), |credentials| security(credentials, asking));
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\">\
         <s:Header>{header}</s:Header><s:Body><{name} xmlns=\"{namespace}\">{inside}</{name}></s:Body></s:Envelope>"
    );
    let (status, bytes) = http::post(endpoint, &format!("{namespace}/{name}"), &body, asking.credentials).await?;
    let envelope = match xml::read(&bytes) {
        Ok(envelope) => envelope,
        Err(_) if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN => return Err(CallError::Unauthorized),
        Err(_) if !status.is_success() => {
            return Err(CallError::Fault { status, reason: status.canonical_reason().unwrap_or_default().to_owned() });
        }
        Err(error) => return Err(error.into()),
    };
    answer(envelope, status, name)
}

fn answer(mut envelope: Element, status: StatusCode, name: &str) -> Result<Element, CallError> {
    if let Some(fault) = envelope.at(&["Body", "Fault"]) {
        return Err(refusal(fault, status));
    }
    if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
        return Err(CallError::Unauthorized);
    }
    let response = format!("{name}Response");
    let body = envelope.take("Body").and_then(|mut body| body.take(&response));
    body.ok_or_else(|| CallError::Fault { status, reason: format!("no {response} in its answer") })
}

fn refusal(fault: &Element, status: StatusCode) -> CallError {
    let code = [&["Code", "Subcode", "Value"][..], &["Code", "Subcode", "Subcode", "Value"], &["faultcode"]];
    let is_about_password = |code: &&str| {
        code.contains("NotAuthorized") || code.contains("FailedAuthentication") || code.contains("OperationProhibited")
    };
    let refused = code.iter().filter_map(|path| fault.text_at(path)).any(|code| is_about_password(&code));
    let reason = fault.text_at(&["Reason", "Text"]).or_else(|| fault.text_at(&["faultstring"])).unwrap_or("no reason given");
    let says_so = reason.to_lowercase().contains("not authorized");
    if refused || says_so || status == StatusCode::UNAUTHORIZED {
        return CallError::Unauthorized;
    }
    CallError::Fault { status, reason: reason.chars().take(200).collect() }
}

/// The header of WS-UsernameToken: the password goes as a digest that holds for this moment only.
fn security(credentials: &Credentials, asking: &Asking<'_>) -> String {
    let mut nonce = [0; 16];
    asking.random.fill(&mut nonce);
    let created = rfc3339(asking.device_now);
    let digest = password_digest(&nonce, &created, credentials.password.reveal());
    let (username, nonce) = (escaped(&credentials.username), BASE64.encode(nonce));
    format!(
        "<Security s:mustUnderstand=\"1\" xmlns=\"{SECURITY}\"><UsernameToken><Username>{username}</Username>\
         <Password Type=\"{DIGEST}\">{digest}</Password><Nonce EncodingType=\"{BASE64_BINARY}\">{nonce}</Nonce>\
         <Created xmlns=\"{UTILITY}\">{created}</Created></UsernameToken></Security>"
    )
}

/// Base64(SHA-1(nonce, created, password)).
fn password_digest(nonce: &[u8], created: &str, password: &str) -> String {
    let digest = Sha1::new().chain_update(nonce).chain_update(created).chain_update(password).finalize();
    BASE64.encode(digest)
}

/// `2026-11-22T09:00:00Z`. Before 1970 there were no cameras.
pub(super) fn rfc3339(at: Timestamp) -> String {
    let since = std::time::Duration::from_micros(u64::try_from(at.as_micros()).unwrap_or(0));
    humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + since).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the ONVIF Application Programmer's Guide, section 6.1.1.3.
    #[test]
    fn the_digest_is_that_of_the_guide() {
        let nonce = BASE64.decode("LKqI6G/AikKCQrN0zqZFlg==").unwrap();
        let digest = password_digest(&nonce, "2010-09-16T07:50:45Z", "userpassword");
        assert_eq!(digest, "tuOSpGlFlIXsozq4HFNeeGeFLEI=");
    }

    #[test]
    fn faults_of_three_makes_are_about_the_password() {
        let fault = |inside: &str| {
            let text = format!("<e:Envelope><e:Body><e:Fault>{inside}</e:Fault></e:Body></e:Envelope>");
            answer(xml::read(text.as_bytes()).unwrap(), StatusCode::BAD_REQUEST, "GetProfiles").unwrap_err()
        };
        let refused = [
            "<e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>ter:NotAuthorized</e:Value></e:Subcode></e:Code>",
            "<e:Code><e:Subcode><e:Value>wsse:FailedAuthentication</e:Value></e:Subcode></e:Code>",
            "<faultcode>ter:NotAuthorized</faultcode><faultstring>Sender</faultstring>",
            "<e:Reason><e:Text>Sender not Authorized</e:Text></e:Reason>",
        ];
        for inside in refused {
            assert!(matches!(fault(inside), CallError::Unauthorized), "{inside}");
        }
        let other = fault("<e:Reason><e:Text>No such profile</e:Text></e:Reason>");
        assert_eq!(other.to_string(), "the device answered 400 Bad Request: No such profile");
    }
}
