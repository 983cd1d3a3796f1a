//! `liuhen-recorder discover`, on the command line.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use liuhen_proto::world::{OsRandom, SystemClock};
use liuhen_recorder::config::{Credentials, Secret};
use liuhen_recorder::discover::{self, Login, PasswordFrom, lines, parse_address};

#[derive(clap::Args)]
pub(super) struct Options {
    /// Ask this device instead of the whole network; may be given again. The port is that of its ONVIF service
    #[arg(long = "address", value_name = "IP[:PORT]", value_parser = parse_address)]
    addresses: Vec<SocketAddr>,
    /// Ask from this address of this machine only, where it stands in several networks
    #[arg(long, value_name = "IP", conflicts_with = "addresses")]
    from: Vec<Ipv4Addr>,
    /// Name of a user that the devices know for ONVIF
    #[arg(long)]
    username: Option<String>,
    /// A file with the user's password
    #[arg(long, value_name = "FILE", requires = "username", conflicts_with = "password_env")]
    password_file: Option<PathBuf>,
    /// A variable of the environment that holds it
    #[arg(long, value_name = "NAME", requires = "username")]
    password_env: Option<String>,
    /// How long to wait for answers
    #[arg(long, value_name = "TIME", default_value = "4s", value_parser = humantime::parse_duration)]
    wait: Duration,
    /// Write the lines of configuration to a new file instead of showing them
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Machine-readable output and logs
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let login = options.login();
    let asked = discover::Options {
        credentials: options.credentials()?,
        addresses: options.addresses,
        from: options.from,
        patience: options.wait,
        discovery_port: None,
    };
    let found = discover::discover(&asked, Arc::new(SystemClock), Arc::new(OsRandom)).await;
    let found = found.context("ask the network; give an address of this machine in the cameras' network with --from")?;
    let lines = lines(&found, login.as_ref());
    if options.json {
        println!("{}", serde_json::to_string(&found)?);
    } else {
        print!("{found}");
    }
    if let Some(path) = options.write {
        let mut file =
            std::fs::File::create_new(&path).with_context(|| format!("make {}; it must not be there yet", path.display()))?;
        file.write_all(lines.as_bytes()).with_context(|| format!("write {}", path.display()))?;
    } else if !options.json {
        print!("\n{lines}");
    }
    let all_told = !found.devices.is_empty() && found.devices.iter().all(|device| device.trouble.is_none());
    Ok(if all_told { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Options {
    fn credentials(&self) -> anyhow::Result<Option<Credentials>> {
        let Some(username) = self.username.clone() else { return Ok(None) };
        let password = match (&self.password_file, &self.password_env) {
            (Some(file), _) => {
                std::fs::read_to_string(file).with_context(|| format!("read the password in {}", file.display()))?
            }
            (None, Some(name)) => std::env::var(name).with_context(|| format!("read the password in the variable {name}"))?,
            (None, None) => anyhow::bail!("--username goes with --password-file or --password-env"),
        };
        Ok(Some(Credentials { username, password: Secret::new(password.trim()) }))
    }

    /// As the lines of configuration name it.
    fn login(&self) -> Option<Login> {
        let file = self.password_file.clone().map(PasswordFrom::File);
        let password = file.or_else(|| self.password_env.clone().map(PasswordFrom::Variable))?;
        Some(Login { username: self.username.clone()?, password })
    }
}
