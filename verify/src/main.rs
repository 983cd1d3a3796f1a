//! `liuhen-verify`: reads its arguments, calls the library, prints the verdict.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use liuhen_proto::Sha256;
use liuhen_proto::segment::MAX_MANIFEST_BYTES;
use liuhen_proto::signing::PublicKey;
use liuhen_verify::log::{self, Scope};
use liuhen_verify::{Finding, import, segment};

/// Checks what an exam archive hands over, without a network and without trusting who hands it over.
///
/// 离线核验考试档案：对象与清单、录制端签名、保管日志的哈希树与主体链。
///
/// Exit status: 0 all is well, 1 something was altered or is missing, 2 the check could not be made.
#[derive(Parser)]
#[command(name = "liuhen-verify", version)]
struct Args {
    /// Print one JSON object for each finding.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a segment's file against its manifest: every digest and every signature. 核验片段文件与清单
    Segment {
        /// The stored object, `….mp4`.
        object: PathBuf,
        /// Its manifest, `….manifest.json`; beside the object where it is not given.
        manifest: Option<PathBuf>,
        /// A recorder's public key that you have from elsewhere (64 hex digits); may be repeated.
        #[arg(long = "key")]
        keys: Vec<PublicKey>,
    },
    /// Check what was declared about an imported file: every signature, and the file itself. 核验导入声明
    Import {
        /// Output of `liuhen import show ID --json`.
        shown: PathBuf,
        /// The file that was imported.
        #[arg(long)]
        original: Option<PathBuf>,
        /// A person's public key that you have from elsewhere (64 hex digits); may be repeated.
        #[arg(long = "key")]
        keys: Vec<PublicKey>,
    },
    /// Check an exported custody log: its tree and every subject's chain. 核验导出的保管日志
    Log {
        /// Output of `liuhen entries --json`.
        entries: PathBuf,
        /// The export holds the entries of one subject only (`--subject`): check its chain. 仅核验一个主体的链
        #[arg(long, conflicts_with = "root")]
        chain: bool,
        /// A root that you have from elsewhere (64 hex digits).
        #[arg(long)]
        root: Option<Sha256>,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args.command) {
        Ok(findings) => report(&findings, args.json),
        Err(error) => {
            eprintln!("liuhen-verify: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command) -> anyhow::Result<Vec<Finding>> {
    match command {
        Command::Segment { object, manifest, keys } => {
            let manifest = manifest.clone().unwrap_or_else(|| object.with_extension("manifest.json"));
            let mut bytes = Vec::new();
            open(&manifest)?.take(MAX_MANIFEST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
            segment::check(&mut open(object)?, &bytes, keys).with_context(|| format!("read {}", object.display()))
        }
        Command::Import { shown, original, keys } => {
            let mut bytes = Vec::new();
            open(shown)?.take(import::MAX_SHOWN_BYTES as u64 + 1).read_to_end(&mut bytes)?;
            let mut original = original.as_ref().map(open).transpose()?;
            let original = original.as_mut().map(|file| file as &mut dyn std::io::Read);
            import::check(&bytes, original, keys).with_context(|| format!("read {}", shown.display()))
        }
        Command::Log { entries, chain, root } => {
            let scope = if *chain { Scope::Subject } else { Scope::Whole };
            log::check(&mut BufReader::new(open(entries)?), scope, *root).with_context(|| format!("read {}", entries.display()))
        }
    }
}

fn open(path: &PathBuf) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("open {}", path.display()))
}

fn report(findings: &[Finding], json: bool) -> ExitCode {
    for finding in findings {
        if json {
            println!("{}", serde_json::to_string(finding).expect("a finding is plain data"));
        } else {
            let mark = if finding.ok { "ok   " } else { "WRONG" };
            println!("{mark} {}: {} · {}", finding.thing, finding.what, finding.what_zh);
        }
    }
    if findings.iter().all(|finding| finding.ok) { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
