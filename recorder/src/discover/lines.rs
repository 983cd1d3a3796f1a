//! Lines of `recorder.toml` for what was found.

use std::fmt::Write as _;

use super::report::{Device, Discovery, FoundCamera, FoundStream};

/// Where the password is that the devices took, as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordFrom {
    /// A file.
    File(std::path::PathBuf),
    /// A variable of the environment.
    Variable(String),
}

/// Name and place of the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub username: String,
    /// Where the password is.
    pub password: PasswordFrom,
}

/// A `[[camera]]` section for each camera, whose ids are to be copied from the centre.
pub fn lines(found: &Discovery, login: Option<&Login>) -> String {
    let mut text = String::new();
    for device in &found.devices {
        for (index, camera) in device.cameras.iter().enumerate() {
            section(&mut text, device, index, camera, login).expect("a text takes all that is written");
        }
    }
    text
}

fn section(text: &mut String, device: &Device, index: usize, camera: &FoundCamera, login: Option<&Login>) -> std::fmt::Result {
    let label = device.label();
    let name = if device.cameras.len() == 1 { label.clone() } else { format!("{label} · {}", index + 1) };
    writeln!(text, "# {}", described(&camera.evidence))?;
    writeln!(text, "[[camera]]\ncamera_id = \"cam_…\"             # copy the ids from the centre: liuhen site")?;
    writeln!(text, "evidence_stream_id = \"str_…\"\nname = {}", quoted(&name))?;
    writeln!(text, "source = {}", quoted(&camera.evidence.url))?;
    if let Some(viewing) = &camera.viewing {
        writeln!(text, "viewing_stream_id = \"str_…\"     # {}", described(viewing))?;
        writeln!(text, "viewing_source = {}", quoted(&viewing.url))?;
    }
    if camera.evidence.sound.is_none() {
        writeln!(text, "carries = \"picture\"")?;
    }
    if let Some(login) = login {
        writeln!(text, "username = {}", quoted(&login.username))?;
        match &login.password {
            PasswordFrom::File(path) => writeln!(text, "password_file = {}", quoted(&path.to_string_lossy()))?,
            PasswordFrom::Variable(name) => writeln!(text, "password_env = {}", quoted(name))?,
        }
    }
    writeln!(text)
}

fn described(stream: &FoundStream) -> String {
    let FoundStream { profile, codec, width, height, .. } = stream;
    format!("profile {profile}: {codec}, {width} × {height}")
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
