//! A server that runs for one test, and the program that asks it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A site of one room with one camera, and a session.
pub(crate) const SITE: &str = r#"
organization = { name = "示范评价机构", kind = "social_org" }
site = { name = "第十一考点" }

[recorder]
name = "box"
public_key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
config_file = "recorder.toml"

[[room]]
name = "0303"
kind = "theory"
[[room.viewpoint]]
name = "front"
sound_required = true
seats = ["01", "02"]
[[room.viewpoint.camera]]
name = "0303 front"
source = "rtsp://127.0.0.1:8554/front"

[[session]]
name = "morning"
start = "2026-11-22 09:00"
end = "2026-11-22 11:00"
rooms = ["0303"]
"#;

/// The program, untouched by the environment.
pub(crate) fn liuhen() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liuhen"));
    for name in ["LIUHEN_SERVER", "LIUHEN_TOKEN", "LIUHEN_TOKEN_FILE", "LIUHEN_DATA", "LIUHEN_ZONE", "LC_ALL", "LC_MESSAGES"] {
        command.env_remove(name);
    }
    // Nobody is logged in, whoever runs the test.
    command.env("LANG", "C.UTF-8").env("LIUHEN_LOGIN", "/nonexistent/liuhen/login.json");
    command.env("LIUHEN_PURPOSE", "a test");
    command
}

/// A server that is killed when the test is over.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) data: std::path::PathBuf,
    /// The link by which the first administrator is made, where there is none.
    pub(crate) set_up: Option<String>,
    /// Where recorders call, where any do.
    pub(crate) machines: Option<Value>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been stopped already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// With more arguments.
    pub(crate) fn start_with(data: &Path, more: &[&str]) -> Self {
        let mut command = liuhen();
        let listen: &[&str] = if more.contains(&"--listen") { &[] } else { &["--listen", "127.0.0.1:0"] };
        command.args(["serve", "--json"]).args(listen).args(more).arg("--data").arg(data);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        let address = ready["address"].as_str().unwrap().to_owned();
        assert!(address.ends_with(&format!(":{}", ready["port"])));
        let token = std::fs::read_to_string(ready["token_file"].as_str().unwrap()).unwrap();
        assert!(!line.contains(token.trim()), "the token is never printed");
        let set_up = ready["set_up"].as_str().map(str::to_owned);
        let machines = ready.get("machines").cloned();
        Self { child, address, data: data.to_owned(), set_up, machines }
    }

    pub(crate) fn ask(&self, arguments: &[&str]) -> Output {
        let token = self.data.join("admin.token");
        let mut command = liuhen();
        command.args(arguments).env("LIUHEN_SERVER", &self.address).env("LIUHEN_TOKEN_FILE", token);
        command.current_dir(self.data.parent().unwrap()).output().unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.ask(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{}: {error}", text(&output.stdout)))
    }

    /// SIGTERM; gives whether it ended well.
    pub(crate) fn stop(mut self) -> bool {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().success()
    }
}

/// What a program printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server with this declaration beside it.
pub(crate) fn world_of(site: &str) -> (tempfile::TempDir, Server) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("site.toml"), site).unwrap();
    let server = Server::start(&directory.path().join("data"));
    (directory, server)
}
