//! What can be typed to take in footage of other devices, and to sign what one declares about it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Remote;

/// The file of the one who signs.
#[derive(Debug, Args)]
pub(crate) struct KeyFile {
    /// File with your signing key, for your eyes only · 签名密钥文件
    #[arg(long = "key", value_name = "FILE", env = "LIUHEN_KEY", required = true)]
    pub(crate) file: Option<PathBuf>,
}

/// Prints the public half; makes the file where it is missing.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Key {
    #[command(subcommand)]
    pub(crate) action: Option<KeyAction>,
    #[command(flatten)]
    pub(crate) key: KeyFile,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyAction {
    /// Tell the server whose key it is, so that what it signs is accepted · 在服务端登记密钥
    Register {
        /// Whose key it is: name and office · 持有人
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        key: KeyFile,
        #[command(flatten)]
        remote: Remote,
    },
}
