//! What GStreamer reports, in words that tell what happened and what to do. They never hold credentials.

use gstreamer as gst;

use crate::source::Refusal::{self, Busy, Certificate, Credentials, NotFound, Transport};
use crate::source::SourceError;

/// Makes the words, and knows what must not be in them.
#[derive(Clone, Default)]
pub(super) struct Words {
    secrets: Vec<String>,
}

/// What stands in a report, and what it means.
const KNOWN: &[(&str, Option<Refusal>, &str)] = &[
    ("401", Some(Credentials), "the camera refuses name and password; check username and password_file"),
    ("403", Some(Credentials), "the camera forbids it; check username and password_file, and what that user may see"),
    ("404", Some(NotFound), "the camera knows no such stream; check the path of the address"),
    ("453", Some(Busy), "the camera has not enough bandwidth for another viewer"),
    ("461", Some(Transport), "the camera sends in another way; try transport = \"udp\" or \"tcp\""),
    ("503", Some(Busy), "the camera is busy or has too many viewers"),
    ("connection refused", None, "nothing listens there; check address and port, and that the camera is on"),
    ("no route to host", None, "there is no way to the camera; check its address, power and cable"),
    ("network is unreachable", None, "there is no way to the camera; check the network of this machine"),
    ("error resolving", None, "nobody knows the host's name; check the address"),
    ("name or service not known", None, "nobody knows the host's name; check the address"),
    ("any udp packets", None, "no datagram came; a firewall may hold them back: try transport = \"tcp\""),
    ("certificate", Some(Certificate), "the camera's certificate is not one that this machine trusts"),
    ("tls", None, "no secure connection could be made; check that the address is to be rtsps://"),
    ("timed out", None, "no answer in time; check address, power and cable"),
    ("timeout", None, "no answer in time; check address, power and cable"),
    (
        "connection does not exist",
        None,
        "nobody answers, or passphrase and stream name are wrong; check the address and password_file",
    ),
    ("parse error", None, "what answers there is no RTSP; check that address and port are those of the camera's RTSP"),
    ("contains no streams", None, "the camera describes nothing that it could send; check the path of the address"),
    ("end-of-file", None, "the camera ended the connection; restart it if this stays"),
    ("no such file", None, "there is no such device or file; check the path"),
    ("cannot identify device", None, "there is no such device; check the path and the cable"),
    ("no element", None, "GStreamer lacks an element; install its plugin"),
    ("could not link", None, "the pipeline does not fit together"),
    (
        "not-negotiated",
        None,
        "the elements agree on no format; a camera that gives no H.264 or H.265 needs an encoder: write a gstreamer: pipeline",
    ),
    ("busy", None, "another program uses it"),
];

impl Words {
    /// Leaves these out of all words.
    pub(super) fn without<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        // What is very short would tear words apart and is found by trying anyway.
        Self { secrets: secrets.into_iter().filter(|secret| secret.len() >= 3).map(str::to_owned).collect() }
    }

    /// What a pipeline of the site holds in properties that are named like secrets.
    pub(super) fn without_those_of(pipeline: &str) -> Self {
        let words = pipeline.split_whitespace().filter_map(|word| word.split_once('='));
        let secret = |key: &str| ["pw", "pass", "key", "secret", "token", "user-id"].iter().any(|part| key.contains(part));
        Self::without(words.filter(|(key, _)| secret(key)).map(|(_, value)| value.trim_matches('"')))
    }

    /// Of an error on the bus.
    pub(super) fn of(&self, message: &gst::message::Error) -> SourceError {
        self.error(message.error().message(), message.debug().as_deref())
    }

    /// Of what GStreamer says, and what it says to programmers.
    pub(super) fn error(&self, said: &str, debug: Option<&str>) -> SourceError {
        // The first line names a place in GStreamer's code.
        let detail = debug.and_then(|debug| debug.split_once('\n')?.1.trim_end().lines().last()).unwrap_or_default();
        let all = format!("{said} {detail}").to_lowercase();
        let meant = KNOWN.iter().find(|(sign, ..)| holds(&all, sign));
        let said = self.clean(said.trim().trim_end_matches('.'));
        let detail = self.clean(detail.trim().trim_end_matches('.'));
        let both = if detail.is_empty() || detail == said { said } else { format!("{said}: {detail}") };
        match meant {
            Some((_, Some(refusal), meant)) => SourceError::Refused(*refusal, format!("{meant} ({both})")),
            Some((_, None, meant)) => SourceError::Unreachable(format!("{meant} ({both})")),
            None => SourceError::Unreachable(both),
        }
    }

    /// Without secrets, without what stands behind a host in an address, and of bounded length.
    fn clean(&self, text: &str) -> String {
        let short = |word: &str| match word.split_once("://") {
            Some((scheme, rest)) => {
                let authority = rest.split(['/', '?', '\'', '"']).next().unwrap_or_default();
                format!("{scheme}://{}/…", authority.rsplit('@').next().unwrap_or_default())
            }
            None => word.to_owned(),
        };
        let mut text = text.split_whitespace().map(short).collect::<Vec<_>>().join(" ");
        for secret in &self.secrets {
            text = text.replace(secret.as_str(), "…");
        }
        text.chars().take(300).collect()
    }
}

/// Whether a sign stands in a text; a number only in brackets, as GStreamer writes status codes.
fn holds(text: &str, sign: &str) -> bool {
    if sign.bytes().all(|byte| byte.is_ascii_digit()) { text.contains(&format!("({sign})")) } else { text.contains(sign) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_understood() {
        let debug = "gstrtspsrc.c(6795): gst_rtspsrc_send (): /GstPipeline:p/GstRTSPSrc:r:\nUnauthorized (401)";
        let error = Words::default().error("Unauthorized", Some(debug));
        assert!(matches!(&error, SourceError::Refused(Credentials, text) if text.contains("(401)")), "{error}");
        let error = Words::default().error("no element \"foo\"", None);
        assert!(error.to_string().starts_with("GStreamer lacks"), "{error}");
        let error = Words::default().error("Something new.", Some("x.c(401): f ():\nSomething new"));
        assert_eq!(error, SourceError::Unreachable("Something new".into()));
    }

    #[test]
    fn no_secret_is_told() {
        let words = Words::without(["s3cret"]);
        let text =
            words.error("Could not open 'rtsp://admin:s3cret@10.0.0.5/a?password=hidden'", Some("x\nwith s3cret")).to_string();
        assert!(text.contains("rtsp://10.0.0.5/…") && !text.contains("s3cret") && !text.contains("hidden"), "{text}");
        let words = Words::without_those_of("rtspsrc user-pw=\"hunter2\" location=x ! srtsink passphrase=longer name=pic");
        assert_eq!(words.error("hunter2 and longer, but pic", None).to_string(), "… and …, but pic");
    }
}
