//! `liuhen-verify`: reads its arguments, calls the library, prints the verdict.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use liuhen_proto::Sha256;
use liuhen_proto::custody::Trust;
use liuhen_proto::custody::note::{MAX_NOTE_BYTES, VerifierKey};
use liuhen_proto::custody::proof_file::MAX_PROOF_FILE_BYTES;
use liuhen_proto::segment::MAX_MANIFEST_BYTES;
use liuhen_proto::signing::PublicKey;
use liuhen_verify::log::{self, Scope};
use liuhen_verify::proof::{Earlier, Verdict};
use liuhen_verify::{Finding, import, proof, segment};

/// Checks what an exam archive hands over, without a network and without trusting who hands it over.
///
/// 离线核验考试档案：对象与清单、录制端签名、保管日志的哈希树与主体链。
///
/// Exit status: 0 all is well, 1 something was altered or is missing, 2 the check could not be made, 3 nothing is wrong, and
/// nobody outside has seen the log (本地封存, 未经外部见证).
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
    /// Check a log's signed checkpoint, and that it continues an earlier one of yours. 核验检查点
    Checkpoint {
        /// As `liuhen log checkpoint` writes it.
        checkpoint: PathBuf,
        #[command(flatten)]
        trust: TrustOf,
    },
    /// Check that entries are in the log, as they were handed over. 核验条目确在日志中
    Proof {
        /// As `liuhen log prove` writes it for an entry or a subject.
        proof: PathBuf,
        /// Output of `liuhen entries --json`, of the entry or of the subject.
        entries: PathBuf,
        #[command(flatten)]
        trust: TrustOf,
    },
}

/// Whom the auditor trusts, and what they have seen before.
#[derive(clap::Args)]
struct TrustOf {
    /// The log's key, which you have from elsewhere: NAME+ID+KEY; may be repeated. 日志公钥（请另行取得）
    #[arg(long = "log-key", value_name = "KEY", required = true)]
    logs: Vec<VerifierKey>,
    /// Key of a witness outside, NAME+ID+KEY; may be repeated. 见证方公钥
    #[arg(long = "witness", value_name = "KEY")]
    witnesses: Vec<VerifierKey>,
    /// A checkpoint that you have from an earlier visit. 此前的检查点
    #[arg(long, value_name = "FILE")]
    last_seen: Option<PathBuf>,
    /// That the log only grew since: output of `liuhen log prove --since`. 增长证明
    #[arg(long, value_name = "FILE", requires = "last_seen")]
    growth: Option<PathBuf>,
}

impl TrustOf {
    fn read(&self) -> anyhow::Result<(Trust, Earlier)> {
        let file = |path: &Option<PathBuf>| path.as_ref().map(|path| read(path, MAX_NOTE_BYTES * 2)).transpose();
        let trust = Trust { logs: self.logs.clone(), witnesses: self.witnesses.clone() };
        Ok((trust, Earlier { checkpoint: file(&self.last_seen)?, growth: file(&self.growth)? }))
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args.command) {
        Ok(verdict) => report(&verdict, args.json),
        Err(error) => {
            eprintln!("liuhen-verify: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command) -> anyhow::Result<Verdict> {
    match command {
        Command::Checkpoint { checkpoint, trust } => {
            let (trust, earlier) = trust.read()?;
            Ok(proof::checkpoint(&read(checkpoint, MAX_NOTE_BYTES)?, &trust, &earlier))
        }
        Command::Proof { proof, entries, trust } => {
            let ((trust, earlier), bytes) = (trust.read()?, read(proof, MAX_PROOF_FILE_BYTES)?);
            proof::entries(&bytes, &mut BufReader::new(open(entries)?), &trust, &earlier)
                .with_context(|| format!("read {}", entries.display()))
        }
        files => check(files).map(|findings| Verdict { findings, fresh: true }),
    }
}

/// What can be said without a checkpoint.
fn check(command: &Command) -> anyhow::Result<Vec<Finding>> {
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
        Command::Checkpoint { .. } | Command::Proof { .. } => unreachable!("they have a verdict of their own"),
    }
}

/// A file, of which no more is read than it may have.
fn read(path: &Path, limit: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
    file.take(limit as u64 + 1).read_to_end(&mut bytes).with_context(|| format!("read {}", path.display()))?;
    Ok(bytes)
}

fn open(path: &PathBuf) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("open {}", path.display()))
}

fn report(verdict: &Verdict, json: bool) -> ExitCode {
    for finding in &verdict.findings {
        if json {
            println!("{}", serde_json::to_string(finding).expect("a finding is plain data"));
        } else {
            let mark = if finding.ok { "ok   " } else { "WRONG" };
            println!("{mark} {}: {} · {}", finding.thing, finding.what, finding.what_zh);
        }
    }
    match verdict.findings.iter().all(|finding| finding.ok) {
        false => ExitCode::from(1),
        true if verdict.fresh => ExitCode::SUCCESS,
        true => ExitCode::from(3),
    }
}
