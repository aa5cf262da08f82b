//! Messages that put themselves right: a room shows what is open, and no reminder is lost, late or repeated by it.

mod services;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use certnotify::policy::Channel;
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::support::certificates;
use crate::support::chat_vendors::{APP, BOT, CHAT, ChannelConfig, Fault, GROUP, PLACE, ROOM, STREAM, TOPIC, Vendors};
use crate::support::delivery::{NOW, TOKEN};

const EDITABLE: [Channel; 7] = [
    Channel::Discord,
    Channel::Telegram,
    Channel::Ntfy,
    Channel::Matrix,
    Channel::SlackApp,
    Channel::Zulip,
    Channel::LarkApp,
];
/// Tries each of them at the same time: services are waited for.
fn each_editable(work: impl Fn(Channel) + Sync) {
    std::thread::scope(|scope| {
        for channel in EDITABLE {
            let work = &work;
            scope.spawn(move || work(channel));
        }
    });
}

const LONG_AGO: OffsetDateTime = datetime!(2020-01-01 0:00 UTC);

struct Place {
    folder: TempDir,
    vendors: Vendors,
    runs: i64,
}

fn table(vendors: &Vendors, channel: Channel) -> String {
    match channel {
        Channel::Discord => format!("discord = {{ webhook = \"{}\" }}", vendors.discord(TOKEN)),
        Channel::Telegram => {
            let base = vendors.base(channel);
            format!("telegram = {{ base-url = \"{base}\", token = \"123456789:{TOKEN}\", chat = \"{CHAT}\" }}")
        }
        Channel::Ntfy => {
            format!("ntfy = {{ base-url = \"{}\", token = \"{TOKEN}\", topic = \"{TOPIC}\" }}", vendors.base(channel))
        }
        Channel::SlackApp => {
            let base = vendors.service(channel, TOKEN);
            format!("slack-app = {{ base-url = \"{base}\", token = \"{TOKEN}\", channel = \"{PLACE}\" }}")
        }
        Channel::LarkApp => {
            let base = vendors.service(channel, TOKEN);
            format!(
                "lark-app = {{ base-url = \"{base}\", app-id = \"{APP}\", app-secret = \"{TOKEN}\", receive-id = \"{GROUP}\" }}"
            )
        }
        Channel::GoogleChat => format!("googlechat = {{ webhook = \"{}\" }}", vendors.newer(channel, TOKEN)),
        Channel::Zulip => {
            let base = vendors.service(channel, TOKEN);
            format!("zulip = {{ base-url = \"{base}\", email = \"{BOT}\", key = \"{TOKEN}\", to = \"{STREAM}\" }}")
        }
        _ => {
            let base = vendors.service(channel, TOKEN);
            format!("matrix = {{ base-url = \"{base}\", token = \"{TOKEN}\", room = \"{ROOM}\" }}")
        }
    }
}

impl Place {
    /// `contacts` are told by `channels`, all in one room of each.
    fn new(contacts: &[&str], channels: &[Channel], entries: &[&str]) -> Self {
        let place = Self { folder: TempDir::new().unwrap(), vendors: Vendors::start(), runs: 0 };
        place.vendors.robot(TOKEN, ChannelConfig::default());
        for entry in entries {
            place.expired(entry);
        }
        place.policy(contacts, channels, entries);
        place
    }

    fn policy(&self, contacts: &[&str], channels: &[Channel], entries: &[&str]) {
        let tables: String = channels.iter().map(|channel| table(&self.vendors, *channel) + "\n").collect();
        let tables: Vec<String> = contacts.iter().map(|contact| format!("[contacts.{contact}]\n{tables}")).collect();
        let tables = tables.concat();
        let names: Vec<String> = channels.iter().map(ToString::to_string).collect();
        let entry =
            |name: &&str| format!("[[certificates]]\nname = \"{name}\"\nfile = \"{name}.pem\"\nrenewal = \"manual\"\n");
        let entries = entries.iter().map(entry).collect::<Vec<_>>().concat();
        let policy = format!(
            "{tables}[policies.default]\ncontacts = {contacts:?}\nchannels = {names:?}\nevents = [\"expiration\", \"expired\"]\n{entries}"
        );
        let file = self.folder.path().join("policies.toml");
        fs::write(&file, policy).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn write(&self, name: &str, from: OffsetDateTime, until: OffsetDateTime) {
        let host = format!("{name}.example.com");
        let leaf = certificates::leaf(&[host.as_str()]).lives(from, until).self_signed();
        fs::write(self.folder.path().join(format!("{name}.pem")), leaf.pem).unwrap();
    }

    fn expired(&self, name: &str) {
        self.write(name, LONG_AGO, datetime!(2021-01-01 0:00 UTC));
    }

    fn renew(&self, name: &str) {
        self.write(name, datetime!(2024-01-01 0:00 UTC), datetime!(2099-01-01 0:00 UTC));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("TZ", "UTC").arg("-p").arg(self.folder.path().join("policies.toml"));
        command.arg("--state").arg(self.folder.path().join("memory/state.json")).args(arguments);
        command
    }

    /// Each run is an hour later for the services.
    fn run_with(&mut self, arguments: &[&str]) -> Output {
        self.runs += 1;
        self.vendors.set_clock(NOW + time::Duration::hours(self.runs));
        self.command(arguments).output().unwrap()
    }

    fn run(&mut self) -> (i32, String) {
        let output = self.run_with(&["run"]);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// One that has nothing to warn of.
    fn run_quietly(&mut self) {
        let (code, stderr) = self.run();
        assert!(code == 0 && !stderr.contains("warning") && !stderr.contains("still shows"), "{code}: {stderr}");
    }

    fn shown(&self) -> Vec<String> {
        let state = self.vendors.state();
        state.robots[TOKEN].shown.values().map(Value::to_string).collect()
    }

    fn shown_with(&self, word: &str) -> usize {
        self.shown().iter().filter(|message| message.contains(word)).count()
    }

    fn posted(&self) -> usize {
        let text = fs::read_to_string(self.folder.path().join("memory/state.json")).unwrap();
        let state: Value = serde_json::from_str(&text).unwrap();
        let text = state.to_string();
        if text.contains("\"posted\"") { text.matches("\"robot\":").count() } else { 0 }
    }

    fn faults(&self, faults: &[Fault]) {
        self.vendors.state().robots.get_mut(TOKEN).unwrap().faults = faults.iter().cloned().collect();
    }

    /// Those of the messages of one run, which is let in before.
    fn faults_of(&self, channel: Channel, faults: &[Fault]) {
        let login: &[Fault] = if channel == Channel::LarkApp { &[Fault::Proper] } else { &[] };
        self.faults(&[login, faults].concat());
    }

    /// Without those for a login.
    fn requests(&self) -> usize {
        let journal = self.vendors.journal();
        journal.iter().filter(|entry| !entry.request.path.ends_with(LOGIN)).count()
    }
}

const LOGIN: &str = "/tenant_access_token/internal";
const RENEWED: &str = "renewed on ";
const GONE: &str = "watched no more since ";

#[test]
fn a_reminder_is_put_right_with_the_renewal_and_once() {
    for channel in EDITABLE {
        let mut place = Place::new(&["ops"], &[channel], &["www"]);
        place.run_quietly();
        assert_eq!((place.shown().len(), place.posted()), (1, 1), "{channel}");
        assert_eq!(place.run().0, 0);
        assert_eq!((place.shown_with(RENEWED), place.requests()), (0, 1), "{channel}");
        place.renew("www");
        place.run_quietly();
        let shown = place.shown();
        assert_eq!((shown.len(), place.shown_with(RENEWED), place.posted()), (2, 1, 0), "{channel}: {shown:?}");
        let corrected = shown.iter().find(|message| message.contains(RENEWED)).unwrap();
        assert!(corrected.contains("www.example.com") && corrected.contains("Done"), "{channel}: {corrected}");
        let is_struck = ["~~expired 2021-01-01", "strikethrough", "<del>expired 2021-01-01"];
        let is_plain = matches!(channel, Channel::Ntfy | Channel::SlackApp);
        assert!(is_plain || is_struck.iter().any(|mark| corrected.contains(mark)), "{corrected}");
        let requests = place.requests();
        place.run_quietly();
        assert_eq!(place.requests(), requests, "{channel}: it is put right once");
    }
}

#[test]
fn of_several_certificates_the_open_ones_stay_open() {
    for channel in EDITABLE {
        let mut place = Place::new(&["ops"], &[channel], &["a", "b", "c"]);
        place.run();
        place.renew("b");
        place.run();
        let shown = place.shown();
        let partly = shown.iter().find(|message| message.contains(RENEWED)).unwrap();
        assert!(partly.contains("1 of 3 done"), "{channel}: {partly}");
        assert!(["a", "b", "c"].iter().all(|name| partly.contains(&format!("{name}.example.com"))), "{partly}");
        assert_eq!(partly.matches(RENEWED).count() % 3, if channel == Channel::Matrix { 2 } else { 1 }, "{partly}");
        place.renew("a");
        place.renew("c");
        place.run();
        let last = place.shown();
        let done = last.iter().find(|message| message.contains("nothing here is open")).unwrap();
        assert!(!done.contains("• "), "{channel}: {done}");
        assert_eq!(place.posted(), 0, "{channel}");
    }
}

#[test]
fn what_is_watched_no_more_is_put_right_and_what_is_snoozed_or_unreadable_is_not() {
    for channel in EDITABLE {
        let mut place = Place::new(&["ops"], &[channel], &["www", "other"]);
        place.run();
        let snoozed = place.run_with(&["snooze", "www", "--until", "2098-01-01"]);
        assert!(snoozed.status.code().is_some());
        fs::write(place.folder.path().join("other.pem"), "no certificate").unwrap();
        place.run();
        place.run();
        assert_eq!((place.shown_with(RENEWED), place.shown_with(GONE), place.posted()), (0, 0, 1), "{channel}");
        place.expired("spare");
        place.policy(&["ops"], &[channel], &["www", "spare"]);
        place.run();
        assert!(place.shown_with(GONE) == 1 && place.shown_with(RENEWED) == 0, "{channel}: {:?}", place.shown());
    }
}

#[test]
fn what_stands_again_is_not_said_to_be_done() {
    let all = ["a", "b", "c"];
    let mut place = Place::new(&["ops"], &[Channel::Discord], &all);
    place.run();
    place.policy(&["ops"], &[Channel::Discord], &["b", "c"]);
    place.run();
    assert_eq!(place.shown_with("1 of 3 done"), 1, "{:?}", place.shown());
    place.policy(&["ops"], &[Channel::Discord], &all);
    place.run();
    place.renew("b");
    place.renew("c");
    place.run();
    let shown = place.shown();
    let corrected = shown.iter().find(|message| message.contains("2 of 3 done")).unwrap_or_else(|| panic!("{shown:?}"));
    assert!(!corrected.contains(GONE), "{corrected}");
    place.renew("a");
    place.run();
    assert_eq!((place.shown_with("nothing here is open"), place.posted()), (1, 0), "{:?}", place.shown());
}

#[test]
fn two_contacts_in_one_room_have_each_their_own_message_put_right() {
    each_editable(|channel| {
        let mut place = Place::new(&["anna", "ben"], &[channel], &["www"]);
        // A chat of Telegram takes one message in a second, and the clock of the service stands still in a run.
        (0..2).for_each(|_| drop(place.run()));
        assert_eq!((place.shown().len(), place.posted()), (2, 2), "{channel}");
        place.renew("www");
        (0..3).for_each(|_| drop(place.run()));
        assert_eq!((place.shown_with(RENEWED), place.posted()), (2, 0), "{channel}: {:?}", place.shown());
    });
}

#[test]
fn what_cannot_be_put_right_is_tried_twice_and_delays_and_repeats_nothing() {
    each_editable(|channel| {
        let mut place = Place::new(&["ops"], &[channel], &["www"]);
        place.run();
        place.renew("www");
        // The closing message is taken, and then the service is away.
        place.faults_of(channel, &[Fault::Proper, Fault::Html(500)]);
        place.run_quietly();
        assert_eq!((place.shown().len(), place.posted()), (2, 1), "{channel}");
        place.faults_of(channel, &[Fault::Html(500)]);
        let (code, stderr) = place.run();
        assert_eq!((code, place.posted()), (0, 0), "{channel}: {stderr}");
        assert!(stderr.contains("still shows as open"), "{channel}: {stderr}");
        let requests = place.requests();
        assert_eq!(place.run().0, 0);
        assert_eq!((place.requests(), place.shown().len()), (requests, 2), "{channel}");
        assert_eq!(place.shown_with(RENEWED), 0, "{channel}");
    });
}

#[test]
fn one_that_failed_is_put_right_by_the_next_run() {
    each_editable(|channel| {
        for fault in [Fault::CloseBeforeAnswer, Fault::LoseAnswer, Fault::TooMany { retry_after: Some("1") }] {
            let mut place = Place::new(&["ops"], &[channel], &["www"]);
            place.run();
            place.renew("www");
            place.faults_of(channel, &[Fault::Proper, fault.clone()]);
            assert_eq!(place.run().0, 0, "{channel} {fault:?}");
            place.run_quietly();
            assert_eq!((place.shown_with(RENEWED), place.posted()), (1, 0), "{channel} {fault:?}");
        }
    });
}

#[test]
fn a_message_that_people_removed_is_no_trouble() {
    for channel in [Channel::Discord, Channel::Telegram, Channel::LarkApp] {
        let mut place = Place::new(&["ops"], &[channel], &["www"]);
        place.run();
        place.vendors.state().robots.get_mut(TOKEN).unwrap().shown.clear();
        place.renew("www");
        place.run_quietly();
        assert_eq!(place.posted(), 0, "{channel}");
    }
}

#[test]
fn a_server_that_knows_no_numbers_gets_no_second_message() {
    let mut place = Place::new(&["ops"], &[Channel::Ntfy], &["www"]);
    place.vendors.state().robots.get_mut(TOKEN).unwrap().is_old = true;
    place.run();
    place.renew("www");
    place.run();
    place.run();
    assert_eq!((place.shown().len(), place.posted(), place.shown_with(RENEWED)), (2, 0, 0));
}

#[test]
fn another_room_is_not_written_into() {
    let mut place = Place::new(&["ops"], &[Channel::Discord], &["www"]);
    place.run();
    let other = TOKEN.replace('0', "9");
    place.vendors.robot(&other, ChannelConfig::default());
    let file = place.folder.path().join("policies.toml");
    let policy = fs::read_to_string(&file).unwrap().replace(TOKEN, &other);
    fs::write(&file, policy).unwrap();
    place.renew("www");
    place.run();
    place.run();
    assert_eq!(place.shown_with(RENEWED), 0);
    assert!(place.vendors.journal().iter().all(|entry| entry.request.method != "PATCH"));
    assert_eq!(place.posted(), 0);
}

/// A run that waits for its second message, and what ends it.
fn killed(place: &mut Place) {
    place.faults(&[Fault::Proper, Fault::Stall]);
    let mut run: Child = place.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while place.requests() < 2 && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn a_run_that_is_killed_leaves_the_identifiers_of_what_it_sent() {
    let mut place = Place::new(&["ops"], &[Channel::Discord, Channel::Matrix], &["www"]);
    killed(&mut place);
    assert_eq!(place.shown().len(), 1);
    place.run();
    assert_eq!((place.shown().len(), place.posted()), (2, 2), "nothing is told twice");
    place.renew("www");
    assert_eq!(place.run().0, 0);
    assert_eq!((place.shown_with(RENEWED), place.posted()), (2, 0), "{:?}", place.shown());
}
