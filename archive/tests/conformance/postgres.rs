//! A throw-away PostgreSQL for tests: one cluster for all test processes that run at the same time, one
//! database for each test. A reaper stops the cluster when nobody has used it for ten seconds.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Held while this process lives, so that the reaper waits.
static IN_USE: OnceLock<File> = OnceLock::new();

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn home() -> PathBuf {
    std::env::temp_dir().join(format!("liuhen-test-postgres-{}", rustix::process::geteuid().as_raw()))
}

fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).filter(|bin| bin.join("initdb").exists()).max()
}

/// A command as the user that PostgreSQL may run as: it refuses root.
fn command(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.env("HOME", home()).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn run(mut command: Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}, see {}", home().join("log").display());
}

fn start(bin: &Path) {
    let (home, data) = (home(), home().join("data"));
    if command(&bin.join("pg_ctl")).arg("-D").arg(&data).arg("status").status().is_ok_and(|status| status.success()) {
        return;
    }
    let _ = std::fs::remove_dir_all(&data);
    let mut initdb = command(&bin.join("initdb"));
    initdb.arg("-D").arg(&data).args(["-U", "app", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]);
    run(initdb);
    let options =
        format!("-c listen_addresses='' -c unix_socket_directories={} -c fsync=off -c max_connections=300", home.display());
    let mut start = command(&bin.join("pg_ctl"));
    start.arg("-D").arg(&data).args(["-s", "-w", "-l"]).arg(home.join("log")).args(["-o", &options, "start"]);
    run(start);
    let stop = format!("'{}' -D '{}' -s -m immediate stop", bin.join("pg_ctl").display(), data.display());
    let script = format!("while sleep 10; do flock -n -x '{}' -c \"{stop}\" && exit; done", home.join("users.lock").display());
    // setsid forks and returns at once; the reaper outlives this process.
    let mut reaper = command(Path::new("setsid"));
    reaper.args(["--fork", "sh", "-c", &script]);
    run(reaper);
}

fn cluster(bin: &Path) {
    let home = home();
    std::fs::create_dir_all(&home).expect("the temporary directory can be written");
    let open = |name: &str| {
        let path = home.join(name);
        File::options().create(true).append(true).open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let users = open("users.lock");
    users.lock_shared().expect("a file can be locked");
    let starting = open("start.lock");
    starting.lock().expect("a file can be locked");
    if is_root() {
        let mut chown = Command::new("chown");
        // Not what is in it: files of a running cluster come and go.
        chown.arg("postgres:").arg(&home);
        run(chown);
    }
    start(bin);
    IN_USE.get_or_init(|| users);
}

/// The address of a new, empty database; nothing where PostgreSQL is not installed, which fails under CI.
pub(crate) async fn database() -> Option<String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Some(bin) = binaries() else {
        let hint = "PostgreSQL is not installed (apt-get install postgresql): the conformance suite did NOT run on it";
        assert!(std::env::var_os("CI").is_none(), "{hint}");
        eprintln!("SKIPPED: {hint}");
        return None;
    };
    tokio::task::spawn_blocking(move || cluster(&bin)).await.expect("the cluster starts");
    let name = format!("t_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let address = |database: &str| format!("postgres:///{database}?host={}&user=app", home().display());
    let mut admin = <sqlx::PgConnection as sqlx::Connection>::connect(&address("postgres")).await.expect("the cluster answers");
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut admin).await.expect("a database can be made");
    Some(address(&name))
}
