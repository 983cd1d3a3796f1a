//! Staff and their accounts from the command line.

use crate::server::{SITE, text, world_of};

#[test]
fn staff_of_an_organisation_are_listed_and_who_is_not_there_cannot_be_linked() {
    let (_directory, server) = world_of(SITE);
    let declared = server.json(&["declare", "site.toml"]);
    let organization = declared["organization"]["organization_id"].as_str().unwrap();
    let listed = server.ask(&["admin", "staff", "list", organization]);
    assert!(listed.status.success() && text(&listed.stdout).contains("0 staff"), "{}", text(&listed.stderr));
    let (staff, person) = ("stf_01KC0000000000000000000000", "per_01KC0000000000000000000000");
    for arguments in [vec!["link", organization, staff, person], vec!["unlink", organization, staff]] {
        let refused = server.ask(&[&["admin", "staff"], &arguments[..]].concat());
        assert!(!refused.status.success() && text(&refused.stderr).contains("does not exist"), "{}", text(&refused.stderr));
    }
}
