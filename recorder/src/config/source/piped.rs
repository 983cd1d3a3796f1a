//! Sources that only GStreamer reads: RTMP, SRT, V4L2, and any pipeline that the site writes.

use std::fmt;
use std::path::PathBuf;

use url::Url;

use super::{Credentials, Secret};

/// What GStreamer alone reads.
#[derive(Debug, Clone)]
pub struct PipedSource {
    /// What it is.
    pub kind: Piped,
    /// RTMP: name and password; SRT: the passphrase as password, and the stream's name as name.
    pub credentials: Option<Credentials>,
}

/// Kinds of [`PipedSource`].
#[derive(Debug, Clone)]
pub enum Piped {
    /// A stream on an RTMP server.
    Rtmp(Url),
    /// MPEG-TS over SRT.
    Srt(Url),
    /// A camera at this machine that encodes by itself.
    V4l2(PathBuf),
    /// Any pipeline, in the words of `gst-launch-1.0`. It may hold a password.
    Pipeline(Secret),
}

impl fmt::Display for PipedSource {
    /// For logs: of addresses no query, of RTMP not the last word of the path, which is often a key,
    /// and of pipelines the elements only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Piped::Rtmp(url) => {
                let path = url.path().rsplit_once('/').map_or("", |(path, _)| path);
                write!(f, "{}://{}{path}/…", url.scheme(), Host(url))
            }
            Piped::Srt(url) => write!(f, "srt://{}", Host(url)),
            Piped::V4l2(device) => write!(f, "v4l2:{}", device.display()),
            Piped::Pipeline(text) => write!(f, "gstreamer:{}", elements(text.reveal())),
        }
    }
}

struct Host<'a>(&'a Url);

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.host_str().unwrap_or_default())?;
        self.0.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// The words of a pipeline that cannot hold a secret: what begins it, and what follows a `!`.
fn elements(pipeline: &str) -> String {
    let mut last = "!";
    let mut shown = Vec::new();
    for word in pipeline.split_whitespace() {
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if plain && last == "!" {
            shown.push(word);
        }
        last = word;
    }
    shown.join(" ! ")
}

/// Reads what stands in the configuration; `rest` is `text` after its scheme.
pub(super) fn parse(scheme: &str, text: &str, rest: &str) -> Result<PipedSource, String> {
    let kind = match scheme {
        "rtmp" | "rtmps" => Piped::Rtmp(super::address(text)?),
        "srt" => Piped::Srt(srt(text)?),
        "v4l2" if rest.starts_with('/') => Piped::V4l2(rest.into()),
        "v4l2" => return Err("the device is missing; write for instance v4l2:/dev/video0".into()),
        _ if rest.trim().is_empty() => return Err("the pipeline is missing".into()),
        // Long ones are written in several lines.
        _ => Piped::Pipeline(Secret::new(rest.trim().replace('\n', " "))),
    };
    Ok(PipedSource { kind, credentials: None })
}

fn srt(text: &str) -> Result<Url, String> {
    let url = super::address(text)?;
    if url.port().is_none() {
        return Err("the address names no port".into());
    }
    if url.query_pairs().any(|(key, _)| key == "passphrase") {
        return Err("the address holds a passphrase; write password_file instead".into());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let (scheme, rest) = text.split_once(':').unwrap();
        let source = parse(scheme, text, rest).unwrap();
        assert!(!format!("{source:?}").contains("hidden"), "{source:?}");
        source.to_string()
    }

    #[test]
    fn what_is_shown_holds_no_secret() {
        let pipeline = "gstreamer: rtspsrc user-pw=hidden location=rtsp://a:hidden@b/ ! rtph264depay name=x ! h264parse";
        assert_eq!(shown(pipeline), "gstreamer:rtspsrc ! rtph264depay ! h264parse");
        assert_eq!(shown("v4l2:/dev/video0"), "v4l2:/dev/video0");
        assert_eq!(parse("rtmp", "rtmp://h:1/live/key?x=y", "").unwrap().to_string(), "rtmp://h:1/live/…");
        assert_eq!(parse("srt", "srt://10.0.0.1:9000?streamid=key", "").unwrap().to_string(), "srt://10.0.0.1:9000");
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for text in
            ["v4l2:", "v4l2:video0", "gstreamer: ", "srt://host", "srt://:9000", "srt://h:1?passphrase=x", "rtmp://a:b@h/x"]
        {
            let (scheme, rest) = text.split_once(':').unwrap();
            assert!(parse(scheme, text, rest).is_err(), "{text}");
        }
        assert!(parse("srt", "srt://0.0.0.0:9000?mode=listener", "").is_ok());
    }
}
