//! A place that several entries watch is known to commands by the name of each.

use time::macros::datetime;

use super::Site;
use crate::support::certificates;

#[test]
fn each_entry_that_watches_a_place_names_it_to_commands() {
    let site = Site::new();
    let leaf = certificates::leaf(&["www.example.com"]);
    let leaf = leaf.lives(datetime!(2020-01-01 0:00 UTC), datetime!(2060-01-01 0:00 UTC)).self_signed().pem;
    site.write("tls/www.pem", leaf);
    site.policy(
        "[[certificates]]\nname = \"site\"\nfile = \"tls/www.pem\"\n\
         [[certificates]]\nname = \"folder\"\nfile = \"tls/*.pem\"\nevents = [\"business\"]\n",
    );
    assert_eq!(site.certnotify(&["run"]).0, 0);
    for name in ["site", "folder", "folder/www.pem"] {
        let (code, shown, stderr) = site.certnotify(&["state", "show", name]);
        assert_eq!(code, 0, "{name}: {stderr}");
        assert!(shown.contains("tls/www.pem"), "{shown}");
        let (code, _, stderr) = site.certnotify(&["snooze", name, "--until", "7d"]);
        assert_eq!(code, 0, "{name}: {stderr}");
        let (code, _, stderr) = site.certnotify(&["snooze", name, "--clear"]);
        assert_eq!(code, 0, "{name}: {stderr}");
    }
    let (code, _, stderr) = site.certnotify(&["event", "renewed", "--certificate", "folder", "--by", "certbot"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(site.inbox().contains("www.example.com"), "the report has the facts: {}", site.inbox());
}
