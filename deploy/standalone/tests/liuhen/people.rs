//! Accounts, roles and passes, as people type them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::server::{SITE, Server, liuhen, text, world_of};

/// A person at a terminal of their own.
struct Desk<'a> {
    server: &'a Server,
    logins: PathBuf,
}

impl<'a> Desk<'a> {
    fn new(server: &'a Server, name: &str) -> Self {
        Self { server, logins: server.data.parent().unwrap().join(name).join("login.json") }
    }

    fn ask(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = liuhen();
        command.args(arguments).env("LIUHEN_SERVER", &self.server.address).env("LIUHEN_LOGIN", &self.logins);
        command.current_dir(self.server.data.parent().unwrap()).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.ask(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{}: {error}", text(&output.stdout)))
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.ask(arguments);
        assert!(!output.status.success(), "{arguments:?}: {}", text(&output.stdout));
        text(&output.stderr)
    }
}

fn write(directory: &Path, name: &str, content: &str) -> String {
    std::fs::write(directory.join(name), content).unwrap();
    name.to_owned()
}

#[test]
fn people_are_let_in_looked_after_and_let_out() {
    // Passes are made for what is still to come.
    let (directory, server) = world_of(&SITE.replace("2026-11-22", "2091-11-22"));
    let at = directory.path();
    let password = write(at, "password", "correct horse battery\n");
    let (link, head_desk, admin) = (server.set_up.clone().unwrap(), Desk::new(&server, "head"), Desk::new(&server, "admin"));
    assert!(head_desk.refused(&["whoami"]).contains("liuhen login"));
    let set_up = ["admin", "set-up", &link, "--account", "zhang", "--name", "张三", "--password-file", &password];
    assert_eq!(admin.json(&set_up)["account"], "zhang");
    assert!(admin.refused(&set_up).contains("do not fit"), "the link works once");
    assert_eq!(admin.json(&["whoami"])["grants"][0]["role"], "administrator");
    let declared = admin.json(&["declare", "site.toml"]);
    let (site, session) =
        (declared["site"]["site_id"].as_str().unwrap(), declared["sessions"][0]["session_id"].as_str().unwrap());

    let added = admin.json(&["admin", "add", "li", "李雷", "--role", "site-head", "--scope", site]);
    let once = write(at, "once", added["password"].as_str().unwrap());
    assert!(head_desk.refused(&["login", "li", "--password-file", &password]).contains("do not fit"));
    assert_eq!(head_desk.json(&["login", "li", "--password-file", &once])["must_change_password"], true);
    assert!(head_desk.refused(&["site", site]).contains("change your password"));
    let changed = head_desk.ask(&["passwd", "--password-file", &once, "--new-password-file", &password]);
    assert!(changed.status.success(), "{}", text(&changed.stderr));
    assert_eq!(head_desk.json(&["site", site])["site"]["site_id"], site);
    assert!(head_desk.refused(&["admin", "add", "x", "X", "--role", "auditor", "--scope", site]).contains("none of your roles"));
    assert!(admin.refused(&["admin", "add", "y", "Y", "--role", "king", "--scope", site]).contains("no role"));

    // Ten invigilators, from a list with a mistake and then without.
    let wrong = write(at, "wrong.csv", "王芳,0303\n李四,0404\n");
    let refused = head_desk.refused(&["admin", "passes", "issue", session, "--list", &wrong, "-o", "passes.html"]);
    assert!(refused.contains("line 2") && !at.join("passes.html").exists(), "{refused}");
    let names: String = (0..10).map(|n| format!("王芳{n},0303\n")).collect();
    let list = write(at, "list.csv", &names);
    let issued = head_desk.json(&["admin", "passes", "issue", session, "--list", &list, "-o", "passes.html"]);
    assert_eq!(issued["passes"].as_array().unwrap().len(), 10);
    let page = std::fs::read_to_string(at.join("passes.html")).unwrap();
    assert!(page.matches("<svg").count() == 10 && page.contains("王芳7"));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(at.join("passes.html")).unwrap().permissions());
    assert_eq!(mode & 0o077, 0, "nobody else reads the PINs");
    assert!(
        head_desk.refused(&["admin", "passes", "issue", session, "--list", &list, "-o", "passes.html"]).contains("passes.html")
    );
    let pass = issued["passes"][0]["id"].as_str().unwrap();
    let revoked = head_desk.json(&["admin", "passes", "revoke", pass, "--reason", "ill"]);
    assert!(revoked["revoked_us"].is_number() && revoked["name"] == "王**");

    // The site head goes: at once, and it stands in the log.
    let person = added["person"].as_str().unwrap();
    assert_eq!(admin.json(&["admin", "suspend", person, "--reason", "left"])["suspended"], true);
    assert!(head_desk.refused(&["site", site]).contains("lets nobody in"));
    let entries = admin.ask(&["entries", "--subject", person, "--json"]);
    assert!(text(&entries.stdout).contains("person.standing"), "{}", text(&entries.stdout));
    assert!(!text(&entries.stdout).contains("李雷"), "names stand in bodies only");
    let out = admin.ask(&["logout"]);
    assert!(out.status.success() && admin.refused(&["whoami"]).contains("not logged in"), "{}", text(&out.stderr));
    let fsck = server.json(&["fsck", "--data", "data"]);
    assert_eq!(fsck["sound"], true, "{fsck}");
}

#[test]
fn identities_elsewhere_are_linked_listed_masked_and_unlinked() {
    let (_directory, server) = world_of(SITE);
    let added = server.json(&["admin", "add", "li", "李雷", "--role", "auditor", "--scope", "everything"]);
    let person = added["person"].as_str().unwrap();
    let link = ["admin", "identity", "link", person, "--issuer", "https://login.example.cn", "--subject", "370402-0017"];
    let linked = server.json(&link);
    assert_eq!((&linked["subject"], &linked["unlinked_us"]), (&"37***17".into(), &Value::Null), "{linked}");
    assert_eq!(server.json(&link)["id"], linked["id"]);
    let id = linked["id"].as_str().unwrap();
    let listed = text(&server.ask(&["admin", "identity", "list", person]).stdout);
    assert!(listed.contains("https://login.example.cn  37***17  linked") && listed.contains("1 identities"), "{listed}");
    assert!(!listed.contains("0017"), "{listed}");
    let unlinked = server.json(&["admin", "identity", "unlink", id, "--reason", "left"]);
    assert!(unlinked["unlinked_us"].is_number(), "{unlinked}");
    let none = server.ask(&["admin", "identity", "list", "per_01M81B5H80M3E0EA8YH103RJXN", "--lang", "zh"]);
    assert!(text(&none.stderr).contains("不存在"), "{}", text(&none.stderr));
    let fsck = server.json(&["fsck", "--data", "data"]);
    assert_eq!(fsck["sound"], true, "{fsck}");
}

#[test]
fn logins_that_are_alive_are_listed_and_ended() {
    let (directory, server) = world_of(SITE);
    let added = server.json(&["admin", "add", "li", "李雷", "--role", "auditor", "--scope", "everything"]);
    let (person, once) = (added["person"].as_str().unwrap(), added["password"].as_str().unwrap());
    let (file, desk) = (write(directory.path(), "once", once), Desk::new(&server, "li"));
    desk.json(&["login", "li", "--password-file", &file]);
    let listed = server.json(&["admin", "tokens", "list", person]);
    assert!(listed["opened_us"].is_number() && listed["renewed_us"].is_null(), "{listed}");
    let shown = text(&server.ask(&["admin", "tokens", "list", person, "--lang", "zh"]).stdout);
    assert!(shown.contains("登录于") && shown.contains("1 个有效登录"), "{shown}");
    assert_eq!(desk.json(&["whoami"])["person"]["id"], person);
    let login = listed["id"].as_str().unwrap();
    let ended = server.json(&["admin", "tokens", "revoke", person, "--login", login, "--reason", "lost"]);
    assert_eq!(ended["revoked"][0], login);
    assert!(desk.refused(&["whoami"]).contains("lets nobody in"));
    let all = text(&server.ask(&["admin", "tokens", "revoke", person, "--reason", "lost"]).stdout);
    assert!(all.contains("0 logins were ended"), "{all}");
}
