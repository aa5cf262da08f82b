//! A channel that refused a message for good: what `plan` says of it.

use std::fs;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::dated::{World, now};
use crate::support::certificates::leaf;

const POLICY: &str = "[settings]\ntimezone = \"UTC\"\n[contacts.ops]\n\
    dingtalk = { webhook = { env = \"NO_SUCH_WEBHOOK\" } }\n[policies.default]\nchannels = [\"dingtalk\", \"inbox\"]\n\
    [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\nrenewal = \"manual\"\n";

#[test]
fn what_a_channel_refused_is_planned_for_when_it_is_tried_again() {
    let world = World::new();
    let leaf = leaf(&["www.example.com"]).lives(now() - Duration::days(350), now() + Duration::days(9));
    fs::write(world.path("www.pem"), leaf.self_signed().pem).unwrap();
    world.writes(POLICY);
    let planned = |arguments: &[&str]| world.runs(&[&["plan"], arguments].concat()).stdout;
    assert!(planned(&[]).contains("inbox, dingtalk  www"), "{}", planned(&[]));
    let policy = fs::File::options().write(true).open(world.path("policies.toml")).unwrap();
    policy.set_modified((now() - Duration::HOUR).into()).unwrap();
    assert_eq!(world.runs(&["run"]).code, 1);
    let table = planned(&["--days", "3"]);
    let line = table.lines().find(|line| line.contains("dingtalk")).unwrap_or_else(|| panic!("{table}"));
    assert!(!line.starts_with("now") && line.ends_with("; not taken the last time"), "{table}");
    let explained = planned(&["www"]);
    assert!(!explained.contains("now to ops"), "{explained}");
    let sent_at = &world.json(&["plan", "--format", "json"])["messages"][0]["send_at"];
    let sent_at = OffsetDateTime::parse(sent_at.as_str().unwrap(), &Rfc3339).unwrap();
    assert!((sent_at - now() - Duration::hours(23)).abs() < Duration::MINUTE, "{sent_at}");
    // A policy file that was changed since is a new try.
    world.writes(&format!("{POLICY}# mended\n"));
    assert!(planned(&[]).lines().any(|line| line.starts_with("now") && line.contains("dingtalk")), "{}", planned(&[]));
}
