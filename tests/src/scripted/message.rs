//! Messages of RTSP: what a client asks, and replies from files, made fit for the one who asks.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};

/// What a client asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method, upper case.
    pub method: String,
    /// The address.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// Reads one from the beginning of `bytes`: it and its length; nothing while it is not whole.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            ensure!(bytes.len() < 64 << 10, "a request of more than 64 KiB");
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes[..end]).context("a request is text")?;
        let mut lines = text.split("\r\n");
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (method, url) = (first.next().unwrap_or_default().to_owned(), first.next().context("no address")?.to_owned());
        let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
        let request = Self { method, url, headers: lines.filter_map(header).collect() };
        let body: usize = request.header("content-length").map_or(Ok(0), str::parse).context("read Content-Length")?;
        let whole = end + 4 + body;
        Ok((bytes.len() >= whole).then_some((request, whole)))
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn cseq(&self) -> &str {
        self.header("cseq").unwrap_or("0")
    }
}

/// A reply.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    head: Vec<String>,
    body: String,
}

impl Reply {
    /// As it stands in a file.
    pub(super) fn read(text: &str) -> Result<Self> {
        let (head, body) = text.split_once("\r\n\r\n").context("a reply has an empty line after its head")?;
        ensure!(head.starts_with("RTSP/1.0 "), "no reply of RTSP: {head:.20}");
        Ok(Self { head: head.split("\r\n").map(str::to_owned).collect(), body: body.to_owned() })
    }

    /// Made here.
    pub(super) fn plain(status: &str, headers: &[String]) -> Self {
        let head = [format!("RTSP/1.0 {status}"), "CSeq: 0".into()].into_iter().chain(headers.iter().cloned()).collect();
        Self { head, body: String::new() }
    }

    pub(super) fn with_body(mut self, kind: &str, body: &str) -> Self {
        self.head.extend([format!("Content-Type: {kind}"), format!("Content-Length: {}", body.len())]);
        self.body = body.to_owned();
        self
    }

    pub(super) fn body(&self) -> &str {
        &self.body
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&String| line.split_once(':').is_some_and(|(known, _)| known.eq_ignore_ascii_case(name));
        self.head.iter().find(named).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim())
    }

    /// Puts another value in the place of a header's, and leaves its name and the white space as they are.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        for line in &mut self.head {
            let Some((known, old)) = line.split_once(':') else { continue };
            if known.eq_ignore_ascii_case(name) {
                *line = format!("{known}:{}", old.replacen(old.trim(), value, 1));
            }
        }
    }

    /// Makes `address` the camera's own wherever it tells one.
    pub(super) fn rehost(&mut self, address: SocketAddr) {
        for line in &mut self.head {
            *line = rehost(line, address);
        }
        // One model tells its base without a scheme.
        if let Some(base) = self.header("content-base").filter(|base| !base.starts_with("rtsp://")) {
            let path = base.split_once('/').map_or("", |(_, path)| path);
            let base = format!("{address}/{path}");
            self.set("content-base", &base);
        }
        self.body = rehost(&self.body, address);
        let length = self.body.len().to_string();
        self.set("content-length", &length);
    }

    /// What goes over the wire in answer to `request`.
    pub(super) fn bytes(mut self, request: &Request) -> Vec<u8> {
        self.set("cseq", request.cseq());
        format!("{}\r\n\r\n{}", self.head.join("\r\n"), self.body).into_bytes()
    }
}

/// Replaces host and port of every `rtsp://` address.
fn rehost(text: &str, address: SocketAddr) -> String {
    let mut parts = text.split("rtsp://");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |done, part| {
        let end = part.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(part.len());
        format!("{done}rtsp://{address}{}", &part[end..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &[u8] = b"DESCRIBE rtsp://h/ RTSP/1.0\r\nCSeq: 17\r\n\r\n";

    #[test]
    fn only_what_belongs_to_the_place_is_changed_in_a_reply() {
        let text = "RTSP/1.0 200 OK\r\nCseq: 1 \r\nContent-Base: rtsp://10.0.0.1:554/a/\r\nContent-Length: 35\r\n\r\n\
                    a=control:rtsp://10.0.0.1/a/track=1";
        let mut reply = Reply::read(text).unwrap();
        reply.rehost("127.0.0.1:9".parse().unwrap());
        let (request, length) = Request::read(ASKED).unwrap().unwrap();
        assert_eq!(length, ASKED.len());
        let expected = "RTSP/1.0 200 OK\r\nCseq: 17 \r\nContent-Base: rtsp://127.0.0.1:9/a/\r\nContent-Length: 38\r\n\r\n\
                        a=control:rtsp://127.0.0.1:9/a/track=1";
        assert_eq!(String::from_utf8(reply.bytes(&request)).unwrap(), expected);
    }

    #[test]
    fn a_base_without_a_scheme_stays_one() {
        let mut reply = Reply::read("RTSP/1.0 200 OK\r\nContent-Base: 10.0.0.1:554/s/\r\n\r\n").unwrap();
        reply.rehost("127.0.0.1:9".parse().unwrap());
        assert_eq!(reply.header("content-base"), Some("127.0.0.1:9/s/"));
    }

    #[test]
    fn a_request_is_read_when_it_is_whole() {
        assert!(Request::read(&ASKED[..30]).unwrap().is_none());
        assert!(Request::read(b"SET_PARAMETER * RTSP/1.0\r\nContent-Length: 4\r\n\r\nab").unwrap().is_none());
        assert!(Request::read(&vec![b'a'; 70_000]).is_err());
    }
}
