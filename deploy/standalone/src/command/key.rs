//! `liuhen key`: the key with which a person signs what they declare, and its registration.

use anyhow::{Context as _, Result};
use liuhen_proto::signing::PublicKey;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::world::OsRandom;
use serde_json::json;

use super::{Voice, hex};
use crate::arguments::{Key, KeyAction, KeyFile};
use crate::client::{Client, refused};
use crate::key_file;
use crate::say::sayln;

pub(crate) async fn run(arguments: &Key, voice: Voice) -> Result<()> {
    match &arguments.action {
        None => show(&arguments.key, voice),
        Some(KeyAction::Register { name, key, remote }) => {
            let public = key_file::read(key.path()?)?.public();
            let mut client = Client::connect(remote).await?;
            let request = pb::RegisterKeyRequest {
                name: name.clone(),
                public_key: public.to_bytes().to_vec(),
                idempotency_key: String::new(),
            };
            let answer = client.sessions.register_key(request).await.map_err(|status| refused(&status, voice.language))?;
            registered(&answer.into_inner().key.context("the server's answer lacks the key")?, voice);
            Ok(())
        }
    }
}

impl KeyFile {
    /// The file that was named.
    pub(crate) fn path(&self) -> Result<&std::path::Path> {
        self.file.as_deref().context("no key: give --key FILE · 请用 --key 指定签名密钥文件")
    }
}

fn show(key: &KeyFile, voice: Voice) -> Result<()> {
    let path = key.path()?;
    let (key, made) = key_file::read_or_make(path, &OsRandom)?;
    let public: PublicKey = key.public();
    if voice.json {
        voice.line(&json!({ "public_key": public.to_string(), "file": path, "made": made }));
        return Ok(());
    }
    sayln!("{public}");
    if made {
        eprintln!("{} {}", voice.pick("已生成密钥，请妥善保管", "a new key was made, keep it safe:"), path.display());
    }
    Ok(())
}

fn registered(key: &pb::Key, voice: Voice) {
    if voice.json {
        voice.line(&json!({ "key_id": key.key_id, "name": key.name, "public_key": hex(&key.public_key) }));
    } else {
        sayln!("{}  {}  {}", key.key_id, hex(&key.public_key), key.name);
    }
}
