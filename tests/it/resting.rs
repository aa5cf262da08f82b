//! A channel that took nothing, or whose server asked for time: what `plan` says of what it is owed.

use std::fs;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::dated::{World, now};
use crate::support::certificates::leaf;
use crate::support::web::{Reply, Web};

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

#[test]
fn what_no_channel_took_for_thirty_days_is_not_planned_as_a_run_sends_it_no_more() {
    let world = World::new();
    let put = |age: i64, left: i64| {
        let leaf = leaf(&["www.example.com"]).lives(now() - Duration::days(age), now() + Duration::days(left));
        fs::write(world.path("www.pem"), leaf.self_signed().pem).unwrap();
    };
    put(200, 165);
    let only_dingtalk = "channels = [\"dingtalk\"]\nevents = [\"business.hosting\"]";
    world.writes(&POLICY.replace("channels = [\"dingtalk\", \"inbox\"]", only_dingtalk));
    assert_eq!(world.runs(&["run"]).code, 0);
    put(1, 364);
    assert_eq!(world.runs(&["run"]).code, 1, "its renewal is not delivered");
    let planned = |after: Duration| {
        let at = (now() + after).format(&Rfc3339).unwrap();
        let plan = world.json(&["plan", "--days", "0", "--format", "json", "--at", &at]);
        plan["messages"].as_array().unwrap().len()
    };
    assert_eq!(planned(Duration::days(30) - Duration::HOUR), 1);
    assert_eq!(planned(Duration::days(30) + Duration::HOUR), 0);
}

#[test]
fn what_a_channel_refused_waits_for_the_window_once_it_is_tried_again() {
    let world = World::new();
    let leaf = leaf(&["www.example.com"]).lives(now() - Duration::days(350), now() + Duration::days(9));
    fs::write(world.path("www.pem"), leaf.self_signed().pem).unwrap();
    // A day after the refusal but an hour, the window is shut for half an hour more.
    let clock = |at: OffsetDateTime| format!("{:02}:{:02}", at.hour(), at.minute());
    let half = Duration::minutes(30);
    let window = format!("window = \"{}-{}\"\n[[certificates]]", clock(now() - half), clock(now() + half));
    world.writes(&POLICY.replace("[[certificates]]", &window).replace(", \"inbox\"]", "]"));
    let policy = fs::File::options().write(true).open(world.path("policies.toml")).unwrap();
    policy.set_modified((now() - Duration::HOUR).into()).unwrap();
    let ran = world.runs(&["run"]);
    assert_eq!(ran.code, 1);
    let sent_at = |days: &str| {
        let plan = world.json(&["plan", "--days", days, "--format", "json"]);
        OffsetDateTime::parse(plan["messages"][0]["send_at"].as_str().unwrap(), &Rfc3339).unwrap()
    };
    for days in ["0", "5"] {
        let sent_at = sent_at(days);
        assert!((sent_at - now() - Duration::DAY + half).abs() < Duration::minutes(2), "{days}: {sent_at}");
    }
    let minute = clock(sent_at("5"));
    let explained = world.runs(&["plan", "www"]).stdout;
    assert!(explained.contains(&format!("{minute} UTC to ops")), "{minute}: {explained}");
    let next = ran.stdout.lines().find(|line| line.starts_with("next")).unwrap();
    assert!(next.contains(&minute), "{minute}: {next}");
}

#[test]
fn what_a_server_asked_time_for_is_planned_for_when_that_is_over() {
    let world = World::new();
    let leaf = leaf(&["www.example.com"]).lives(now() - Duration::days(350), now() + Duration::days(9));
    fs::write(world.path("www.pem"), leaf.self_signed().pem).unwrap();
    let web = Web::start();
    web.reply("/hook", Reply::Status(429, "Retry-After: 7200"));
    let webhook = format!("webhook = {{ url = \"{}\" }}\n", web.url("/hook"));
    // Another contact is reached by the same server, and is not tried before either.
    world.writes(&format!(
        "[settings]\ntimezone = \"UTC\"\n[contacts.ops]\n{webhook}[contacts.anna]\n{webhook}[policies.default]\n\
         contacts = [\"ops\", \"anna\"]\nchannels = [\"webhook\", \"inbox\"]\n\
         [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\nrenewal = \"manual\"\n"
    ));
    assert_eq!(world.runs(&["run"]).code, 1);
    assert_eq!(web.asked().len(), 1);
    let planned = |arguments: &[&str]| world.runs(&[&["plan", "--days", "3"], arguments].concat()).stdout;
    let table = planned(&[]);
    let line = table.lines().find(|line| line.contains("webhook")).unwrap_or_else(|| panic!("{table}"));
    assert!(!line.starts_with("now") && line.ends_with("; its server asked for time"), "{table}");
    let messages = world.json(&["plan", "--days", "3", "--format", "json"])["messages"].clone();
    let messages = messages.as_array().unwrap();
    assert_eq!(messages.len(), 2, "{messages:?}");
    for message in messages {
        let sent_at = OffsetDateTime::parse(message["send_at"].as_str().unwrap(), &Rfc3339).unwrap();
        assert!((sent_at - now() - Duration::hours(2)).abs() < Duration::MINUTE, "{sent_at}");
    }
    let explained = planned(&["www"]);
    assert!(!explained.contains("now to"), "{explained}");
    let later = (now() + Duration::hours(3)).format(&Rfc3339).unwrap();
    assert!(planned(&["--at", &later]).lines().any(|line| line.starts_with("now") && line.contains("webhook")));
}

#[test]
fn people_who_could_not_be_mentioned_are_not_said_to_be_owed_the_message() {
    let refusals = [
        (r#"{"errcode":45009,"errmsg":"api freq"}"#, ""),
        (r#"{"errcode":93000,"errmsg":"no key"}"#, "; no robot has"),
    ];
    let refusals = refusals.map(|(refusal, help)| (Reply::Bytes(refusal.into()), help));
    for (refused, help) in refusals.into_iter().chain([(Reply::Error(500, String::new()), "\n")]) {
        let world = World::new();
        let leaf = leaf(&["www.example.com"]).lives(now() - Duration::days(350), now() + Duration::days(9));
        fs::write(world.path("www.pem"), leaf.self_signed().pem).unwrap();
        let web = Web::start();
        let path = "/cgi-bin/webhook/send?key=abc";
        let taken = Reply::Bytes(r#"{"errcode":0,"errmsg":"ok"}"#.into());
        let tries = if help == "\n" { 4 } else { 2 };
        web.reply(path, Reply::Asked("mentioned_mobile_list", Box::new([refused, taken.clone()])));
        world.writes(&format!(
            "[contacts.ops]\nwecom = {{ webhook = \"{}\", mention = [\"13800000000\"] }}\n[policies.default]\n\
             channels = [\"wecom\"]\n[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\nrenewal = \"manual\"\n",
            web.url(path)
        ));
        let ran = world.runs(&["run"]);
        assert_eq!(ran.code, 1);
        let said =
            format!("help: `ops` has the message itself; the people to mention with it were not mentioned{help}");
        assert!(ran.stderr.contains(&said) && !ran.stderr.contains("still owed"), "{}", ran.stderr);
        web.reply(path, taken);
        world.runs(&["run"]);
        assert_eq!(web.asked().len(), tries, "nothing of it is left");
    }
}
