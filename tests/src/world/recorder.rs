//! The recorder program `liuhen-recorder run`, with its spool.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use liuhen_proto::digest::hex;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::OsRandom;

use super::declared::Declared;
use super::server::MachinesDoor;
use crate::program::{self, Program};

/// A recorder with its spool. Dropping it kills it.
#[derive(Debug)]
pub struct RecorderProgram {
    directory: PathBuf,
    program: Option<Program>,
    environment: Vec<(String, PathBuf)>,
}

impl RecorderProgram {
    /// Makes the recorder's key where the recorder looks for it, and gives the public half.
    pub fn make_key(directory: &Path) -> Result<Vec<u8>> {
        let spool = directory.join("spool");
        std::fs::create_dir_all(&spool).context("make the spool")?;
        let key = SigningKey::generate(&OsRandom);
        let mut file = std::fs::File::options().create_new(true).write(true).mode(0o600).open(spool.join("recorder.key"))?;
        writeln!(file, "{}", hex(&key.to_seed())).context("write the recorder's key")?;
        // As the recorder itself does: the key must be there after a power cut.
        file.sync_all().and_then(|()| std::fs::File::open(&spool)?.sync_all()).context("flush the recorder's key")?;
        Ok(key.public().to_bytes().to_vec())
    }

    /// Writes the configuration and the token; the centre may have several addresses.
    pub fn configure(directory: &Path, centre: &[String], declared: &Declared) -> Result<Self> {
        let token = directory.join("recorder.token");
        let mut file = std::fs::File::options().create(true).truncate(true).write(true).mode(0o600).open(token)?;
        writeln!(file, "{}", declared.recorder_token).context("write the recorder's token")?;
        std::fs::write(directory.join("recorder.toml"), configuration(centre, declared)?).context("write recorder.toml")?;
        Ok(Self { directory: directory.to_owned(), program: None, environment: Vec::new() })
    }

    /// The same over the network: encrypted, and known by keys.
    pub fn configure_for_network(directory: &Path, centre: &MachinesDoor, declared: &Declared) -> Result<Self> {
        let made = Self::configure(directory, &[centre.address()], declared)?;
        let path = directory.join("recorder.toml");
        let text = std::fs::read_to_string(&path).context("read recorder.toml")?;
        std::fs::write(path, format!("centre_sha256 = \"{}\"\n{text}", centre.pin)).context("write recorder.toml")?;
        Ok(made)
    }

    /// What stands in its environment, besides ours, from its next start on.
    pub fn set_environment(&mut self, environment: Vec<(String, PathBuf)>) {
        self.environment = environment;
    }

    /// Starts it. Nothing happens where it runs.
    pub fn start(&mut self) -> Result<()> {
        if self.program.is_none() {
            let config = self.directory.join("recorder.toml");
            let config = config.to_str().context("a directory whose name is text")?;
            let log = self.directory.join("recorder.log");
            let mut command = Command::new(program::built("liuhen-recorder")?);
            command.args(["run", "--config", config]).envs(self.environment.clone());
            self.program = Some(Program::spawn("liuhen-recorder", command, &log)?);
        }
        Ok(())
    }

    /// Its process id, while it runs.
    pub fn process(&self) -> Option<u32> {
        self.program.as_ref().map(Program::process)
    }

    /// `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        self.program.take().map_or(Ok(()), Program::kill)
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(&mut self) -> Result<()> {
        match self.program.take() {
            Some(program) => program.stop(Duration::from_secs(30)).await.map(drop),
            None => Ok(()),
        }
    }

    /// All that it has printed.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(self.directory.join("recorder.log")).unwrap_or_default()
    }
}

fn configuration(centre: &[String], declared: &Declared) -> Result<String> {
    let quote = |text: &str| serde_json::to_string(text).expect("text is JSON");
    let mut toml = String::new();
    let centre: Vec<_> = centre.iter().map(|address| quote(address)).collect();
    writeln!(toml, "centre = [{}]\ntoken_file = \"recorder.token\"", centre.join(", "))?;
    writeln!(toml, "recorder_id = {}\nsite_id = {}\n", quote(&declared.recorder_id), quote(&declared.site_id))?;
    writeln!(toml, "[spool]\ndirectory = \"spool\"\nquota = \"4 GiB\"")?;
    for camera in &declared.cameras {
        writeln!(toml, "\n[[camera]]\ncamera_id = {}", quote(&camera.camera_id))?;
        writeln!(toml, "evidence_stream_id = {}\nname = {}", quote(&camera.stream_id), quote(&camera.name))?;
        writeln!(toml, "source = {}", quote(&camera.url))?;
        if let (Some(stream), Some(url)) = (&camera.viewing_stream_id, &camera.viewing_url) {
            writeln!(toml, "viewing_stream_id = {}\nviewing_source = {}", quote(stream), quote(url))?;
        }
        if camera.pickup {
            writeln!(toml, "carries = \"sound\"")?;
        }
    }
    Ok(toml)
}
