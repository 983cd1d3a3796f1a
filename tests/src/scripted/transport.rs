//! How a track's packets travel, agreed in SETUP.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context as _, Result};
use tokio::net::UdpSocket;

/// What a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// In the connection of RTSP, on these two channels.
    Interleaved(u8, u8),
    /// As datagrams to these ports.
    Datagrams(u16, u16),
}

impl Wanted {
    /// From the header; of several ways the first.
    pub(super) fn read(header: &str) -> Option<Self> {
        let first = header.split(',').next()?;
        let pair = |name: &str| {
            let value = first.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))?;
            value.split_once('-')
        };
        if first.contains("/TCP") {
            let (a, b) = pair("interleaved").unwrap_or(("0", "1"));
            return Some(Self::Interleaved(a.parse().ok()?, b.parse().ok()?));
        }
        let (a, b) = pair("client_port")?;
        Some(Self::Datagrams(a.parse().ok()?, b.parse().ok()?))
    }
}

/// Two ports that follow each other: for packets, and for the client's reports, which nobody reads.
#[derive(Debug)]
pub(super) struct Ports {
    pub(super) packets: UdpSocket,
    _reports: UdpSocket,
}

/// Where packets go.
#[derive(Debug)]
pub(super) enum Wire {
    Interleaved(u8),
    Datagrams(Ports, SocketAddr),
}

impl Wire {
    pub(super) async fn open(wanted: Wanted, client: IpAddr) -> Result<Self> {
        match wanted {
            Wanted::Interleaved(channel, _) => Ok(Self::Interleaved(channel)),
            Wanted::Datagrams(port, _) => Ok(Self::Datagrams(Ports::open().await?, (client, port).into())),
        }
    }

    /// Puts what was agreed into the value of a Transport header, and leaves the rest of it as it is.
    pub(super) fn agree(&self, header: &str, wanted: Wanted) -> Result<String> {
        let ours = match self {
            Self::Datagrams(ports, _) => ports.packets.local_addr().context("ask for the port")?.port(),
            Self::Interleaved(_) => 0,
        };
        let part = |part: &str| match (part.split('=').next().unwrap_or_default().trim(), wanted) {
            ("interleaved", Wanted::Interleaved(a, b)) => format!("interleaved={a}-{b}"),
            ("client_port", Wanted::Datagrams(a, b)) => format!("client_port={a}-{b}"),
            ("server_port", Wanted::Datagrams(..)) => format!("server_port={ours}-{}", ours + 1),
            ("source" | "destination", _) => part.split('=').next().map_or_else(String::new, |name| format!("{name}=127.0.0.1")),
            _ => part.to_owned(),
        };
        Ok(header.split(';').map(part).collect::<Vec<_>>().join(";"))
    }

    /// A Transport header where no file has one.
    pub(super) fn plain(&self, wanted: Wanted) -> &'static str {
        match wanted {
            Wanted::Interleaved(..) => "RTP/AVP/TCP;unicast;interleaved=0-1",
            Wanted::Datagrams(..) => "RTP/AVP;unicast;client_port=0-0;server_port=0-0",
        }
    }
}

impl Ports {
    async fn open() -> Result<Self> {
        for _ in 0..100 {
            let packets = UdpSocket::bind("127.0.0.1:0").await.context("listen for datagrams")?;
            let port = packets.local_addr().context("ask for the port")?.port();
            if let Some(next) = port.checked_add(1)
                && let Ok(reports) = UdpSocket::bind(("127.0.0.1", next)).await
            {
                return Ok(Self { packets, _reports: reports });
            }
        }
        anyhow::bail!("no two ports that follow each other are free")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_what_is_wanted() {
        assert_eq!(Wanted::read("RTP/AVP/TCP;unicast;interleaved=2-3"), Some(Wanted::Interleaved(2, 3)));
        assert_eq!(Wanted::read("RTP/AVP/UDP;unicast;client_port=5000-5001"), Some(Wanted::Datagrams(5000, 5001)));
        assert_eq!(Wanted::read("RTP/AVP;multicast"), None);
    }

    #[tokio::test]
    async fn ports_are_agreed_and_the_rest_stays() {
        let wanted = Wanted::Datagrams(7, 8);
        let wire = Wire::open(wanted, [127, 0, 0, 1].into()).await.unwrap();
        let agreed = wire.agree("RTP/AVP;unicast;source=10.0.0.1;client_port=1-2;server_port=3-4;ssrc= 0", wanted).unwrap();
        assert!(agreed.starts_with("RTP/AVP;unicast;source=127.0.0.1;client_port=7-8;server_port="), "{agreed}");
        assert!(agreed.ends_with(";ssrc= 0") && !agreed.contains("=3-4"), "{agreed}");
    }
}
