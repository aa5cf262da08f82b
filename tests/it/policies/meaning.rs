//! What a valid file comes to: defaults, inheritance, what stands for what.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use certnotify::event::{Category, EventKind, FindingId};
use certnotify::policy::{
    Attach, Channel, ClientCertificate, ContactName, Deadline, Entry, Frequency, Language, MailTls, Policy, Renewal,
    Secret, Watch, Window,
};
use time::Duration;

use super::{REST, Shelf, parsed, parsed_with, policies};

fn policy(text: &str) -> Arc<Policy> {
    policies(text).entries.into_iter().next().unwrap().policy
}

fn alerts() -> BTreeSet<EventKind> {
    EventKind::ALL.into_iter().filter(|kind| kind.category() == Category::Alerts).collect()
}

#[test]
fn two_tables_are_enough_and_the_default_policy_is_built_in() {
    let policies = policies(REST);
    let policy = &policies.entries[0].policy;
    assert_eq!(policy.name.as_str(), "default");
    assert_eq!(policy.contacts, [ContactName::new("alice")]);
    assert_eq!(policy.channels, certnotify::policy::PolicyChannels::built_in());
    assert_eq!(policy.events, BTreeSet::from([EventKind::Expiration]));
    assert_eq!(policy.window, Window::AllDay);
    assert_eq!(policy.deadline, Deadline::Before(Duration::days(30)));
    assert_eq!(policy.frequency, Frequency::Once);
    assert!(policy.milestones.is_empty() && policy.escalation.is_empty());
    assert_eq!(policies.settings.default_contact, Some(ContactName::new("alice")));
    assert_eq!(policies.settings.zone.name(), "Europe/Berlin");
    assert_eq!(policies.settings.language, Language::English);
    assert_eq!(policies.settings.time_limit, std::time::Duration::from_secs(600));
    assert_eq!((policies.mail.host.to_string().as_str(), policies.mail.port), ("localhost", 25));
    assert_eq!(policies.mail.tls, MailTls::None);
    assert_eq!(policies.file, Path::new("/etc/certnotify/policies.toml"));
}

#[test]
fn a_written_default_policy_replaces_what_it_names_and_custom_ones_inherit_it() {
    let text = format!(
        "{REST}policy = \"production\"\n[[certificates]]\nfile = \"b.pem\"\n\
         [policies.default]\ndeadline = \"33%\"\nfrequency = \"7d\"\nmilestones = [\"1d\", 7, \"3d\", \"3d\"]\n\
         [policies.production]\nfrequency = 3\nwindow = \"Mon-Fri 09:00-18:00\"\ntimezone = \"Asia/Shanghai\"\n"
    );
    let policies = policies(&text);
    let (production, default) = (&policies.entries[0].policy, &policies.entries[1].policy);
    assert_eq!(default.deadline, Deadline::Percent(33));
    assert_eq!(default.milestones, [Duration::days(7), Duration::days(3), Duration::days(1)]);
    assert_eq!(production.deadline, Deadline::Percent(33));
    assert_eq!(production.frequency, Frequency::EveryDays(3));
    assert_eq!(production.milestones, default.milestones);
    assert_eq!(production.window.as_str(), "Mon-Fri 09:00-18:00");
    assert_eq!(production.zone.as_ref().unwrap().name(), "Asia/Shanghai");
    assert_eq!(production.contacts, [ContactName::new("alice")]);
}

#[test]
fn a_written_policy_hears_alerts_and_uses_every_channel_unless_it_says_otherwise() {
    let robot =
        "[contacts.room]\nwecom = { webhook = { env = \"A\" } }\n[policies.x]\ncontacts = [\"alice\", \"room\"]\n";
    let text = format!("{REST}policy = \"x\"\n{robot}");
    let written = policy(&text);
    assert_eq!(written.channels, BTreeSet::from([Channel::Email, Channel::Inbox, Channel::WeCom]).into());
    assert_eq!(written.events, alerts().into_iter().chain([EventKind::Expiration]).collect());
    let said = policy(&format!("{text}channels = [\"chatbot\", \"inbox\"]\nevents = [\"alert\", \"expiration\"]\n"));
    assert_eq!(
        said.channels,
        BTreeSet::from([Channel::Inbox, Channel::DingTalk, Channel::WeCom, Channel::Lark]).into()
    );
    assert_eq!(said.events, written.events);
    let inherited = policy(&format!("{text}[policies.default]\nchannels = [\"email\"]\nevents = [\"business\"]\n"));
    assert_eq!(inherited.channels, BTreeSet::from([Channel::Email]).into());
    assert!(inherited.events.contains(&EventKind::Hosting) && !inherited.events.contains(&EventKind::Expired));
}

#[test]
fn the_default_contact_is_told_where_there_are_several() {
    let text = format!("{REST}[contacts.bob]\nemail = \"b@example.com\"\n[settings]\ndefault-contact = \"bob\"\n");
    assert_eq!(policy(&text).contacts, [ContactName::new("bob")]);
}

#[test]
fn a_certificate_may_set_any_key_of_a_policy_for_itself() {
    let text = format!(
        "{REST}frequency = \"1d\"\nwindow = \"09:00-20:00\"\ndeadline = 14\nchannels = [\"inbox\"]\nevents = [\"expired\"]\n\
         escalation = [{{ within = \"2d\", contacts = [\"bob\"], channels = [\"email\"] }}]\ncontacts = \"bob\"\n\
         [contacts.bob]\nemail = \"b@example.com\"\n[policies.default]\nfrequency = \"7d\"\n"
    );
    let policy = policy(&text);
    assert_eq!(policy.frequency, Frequency::EveryDays(1));
    assert_eq!(policy.deadline, Deadline::Before(Duration::days(14)));
    assert_eq!(policy.channels, BTreeSet::from([Channel::Inbox]).into());
    assert_eq!(policy.events, BTreeSet::from([EventKind::Expired]));
    assert_eq!(policy.contacts, [ContactName::new("bob")]);
    assert_eq!(policy.escalation[0].within, Duration::days(2));
    assert_eq!(policy.escalation[0].channels, BTreeSet::from([Channel::Email]).into());
}

#[test]
fn what_entries_have_in_common_is_held_once() {
    let entries = policies(
        "[contacts.alice]\nemail = \"alice@example.com\"\n[[certificates]]\nfile = [\"/a.pem\", \"/b.pem\"]\n\
         [[certificates]]\nfile = \"/c.pem\"\n[[certificates]]\nfile = \"/d.pem\"\ndeadline = \"9d\"\n",
    )
    .entries;
    let [a, b, c, d] = entries.as_slice() else { panic!("{entries:?}") };
    let has_options_of_a = |entry: &Entry| Arc::ptr_eq(&a.options, &entry.options);
    assert!(has_options_of_a(b) && has_options_of_a(c) && !has_options_of_a(d));
    assert!(Arc::ptr_eq(&a.policy, &c.policy) && !Arc::ptr_eq(&a.policy, &d.policy));
    let mut other = a.clone();
    other.options_mut().is_silenced = true;
    assert!(!a.options.is_silenced && !b.options.is_silenced);
}

#[test]
fn a_contact_has_its_own_language_and_zone_or_those_of_the_settings() {
    let text = format!(
        "[settings]\nlanguage = \"zh-CN\"\ntimezone = \"Asia/Shanghai\"\n{REST}[contacts.bob]\nlanguage = \"en\"\n\
         timezone = \"Europe/Berlin\"\nemail = [\"b@example.com\", \"Bob <bob@example.com>\", \"b@example.com\"]\n"
    );
    let policies = policies(&text.replace("file = \"a.pem\"", "file = \"a.pem\"\ncontacts = [\"alice\"]"));
    let (alice, bob) = (&policies.contacts["alice"], &policies.contacts["bob"]);
    assert_eq!((alice.language, alice.zone.is_none()), (Language::SimplifiedChinese, true));
    assert_eq!((bob.language, bob.zone.as_ref().unwrap().name()), (Language::English, "Europe/Berlin"));
    assert_eq!(bob.email, ["b@example.com", "Bob <bob@example.com>"]);
    assert_eq!(policies.settings.zone.name(), "Asia/Shanghai");
}

#[test]
fn robots_have_secrets_from_every_place_and_feishu_is_lark() {
    let text = format!(
        "{REST}contacts = [\"alice\"]\n[contacts.room]\nfeishu = {{ webhook = {{ file = \"hook\" }}, secret = {{ credential = \"lark\" }}, keyword = \"k\" }}\n\
         dingtalk = {{ webhook = \" https://oapi.dingtalk.com/robot/send?access_token=x \\n\", secret = {{ env = \"S\" }}, \
         mention = [\"@13800000000\", \"all\"], mention-within = \"7d\", proxy = \"http://proxy:1\", ca-file = \"ca.pem\" }}\n"
    );
    let policies = policies(&text);
    let robots = &policies.contacts["room"].robots;
    let (lark, dingtalk) = (&robots[&Channel::Lark], &robots[&Channel::DingTalk]);
    assert!(matches!(&lark.webhook, Secret::File(path) if path == Path::new("/etc/certnotify/hook")));
    assert!(matches!(&lark.secret, Some(Secret::Credential(name)) if name == "lark"));
    assert_eq!(lark.keyword.as_deref(), Some("k"));
    assert!(matches!(&dingtalk.secret, Some(Secret::Environment(name)) if name == "S"));
    assert_eq!(dingtalk.mention, ["13800000000", "all"]);
    assert_eq!(dingtalk.mention_within, Some(Duration::days(7)));
    assert_eq!(dingtalk.ca_file.as_deref(), Some(Path::new("/etc/certnotify/ca.pem")));
    assert_eq!(dingtalk.webhook.literal().unwrap(), "https://oapi.dingtalk.com/robot/send?access_token=x");
}

#[test]
fn telegram_ntfy_and_gotify_have_a_base_address_below_which_they_are_reached() {
    let text = format!(
        "{REST}channels = [\"telegram\", \"ntfy\", \"gotify\"]\ncontacts = [\"phone\"]\n[contacts.phone]\n\
         telegram = {{ token = {{ env = \"BOT\" }}, chat = \"-100123\" }}\n\
         ntfy = {{ topic = \"certs\", base-url = \"http://10.0.0.9:2586/\", proxy = \"http://proxy:1\" }}\n\
         gotify = {{ token = \"A.b\", base-url = \"https://example.com/gotify/\", ca-file = \"ca.pem\" }}\n"
    );
    let policies = policies(&text);
    let robots = &policies.contacts["phone"].robots;
    let base = |channel: Channel| robots[&channel].webhook.literal().unwrap();
    assert_eq!(base(Channel::Telegram), "https://api.telegram.org");
    assert_eq!((base(Channel::Ntfy), base(Channel::Gotify)), ("http://10.0.0.9:2586", "https://example.com/gotify"));
    assert!(robots[&Channel::Ntfy].token.is_none() && robots[&Channel::Gotify].to.is_none());
    assert_eq!(robots[&Channel::Telegram].to.as_ref().unwrap().literal(), Some("-100123"));
    assert!(robots[&Channel::Ntfy].proxy.is_some() && robots[&Channel::Gotify].ca_file.is_some());
}

#[test]
fn slack_teams_and_discord_are_channels_with_people_of_their_own() {
    let text = format!(
        "{REST}channels = [\"slack\", \"teams\", \"discord\"]\ncontacts = [\"room\"]\n[contacts.room]\n\
         slack = {{ webhook = \"https://hooks.slack.com/services/T0/B0/x\", mention = [\"U024BE7LH\", \"S0614TZR7\", \"here\"] }}\n\
         teams = {{ webhook = {{ env = \"TEAMS_WEBHOOK\" }}, proxy = \"http://proxy:1\" }}\n\
         discord = {{ webhook = \"https://discord.com/api/webhooks/1/x\", mention = [\"80351110224678912\", \"&165511591545143296\", \"all\"] }}\n"
    );
    let policies = policies(&text);
    let robots = &policies.contacts["room"].robots;
    assert_eq!(robots[&Channel::Slack].mention, ["U024BE7LH", "S0614TZR7", "here"]);
    assert_eq!(robots[&Channel::Discord].mention, ["80351110224678912", "&165511591545143296", "all"]);
    assert!(robots[&Channel::Teams].mention.is_empty() && robots[&Channel::Teams].proxy.is_some());
}

#[test]
fn mail_has_the_usual_port_of_its_tls_and_a_password_stays_on_this_machine_without_it() {
    let mail = |part: &str| policies(&format!("{REST}[email]\n{part}\n")).mail;
    assert_eq!((mail("host = \"a.example\"").port, mail("host = \"a.example\"").tls), (465, MailTls::Implicit));
    assert_eq!(mail("host = \"a.example\"\ntls = \"starttls\"").port, 587);
    assert_eq!(mail("host = \"a.example\"\ntls = \"none\"").port, 25);
    assert_eq!(mail("host = \"a.example\"\nport = 2525").port, 2525);
    let local = mail("host = \"127.0.0.1\"\ntls = \"none\"\nusername = \"u\"\npassword = \"p\"");
    assert!(local.password.is_some());
    assert_eq!(mail("host = \"[::1]\"\ntls = \"none\"").host.to_string(), "[::1]");
    assert_eq!(mail("username = \"u\"\npassword = \"p\"").host.to_string(), "localhost");
}

#[test]
fn mail_goes_to_a_program_where_one_is_named() {
    let mail = |part: &str| policies(&format!("{REST}[email]\n{part}\n")).mail;
    let program = mail("sendmail = \"/usr/sbin/sendmail\"\nfrom = \"watch@example.com\"");
    assert_eq!(program.sendmail.as_deref(), Some(Path::new("/usr/sbin/sendmail")));
    assert_eq!(program.from.as_deref(), Some("watch@example.com"));
    assert_eq!(mail("sendmail = \"bin/mail\"").sendmail.as_deref(), Some(Path::new("/etc/certnotify/bin/mail")));
    assert_eq!(mail("host = \"mx.example.com\"").sendmail, None);
}

#[test]
fn a_contact_may_want_a_calendar_with_its_mails() {
    let contact = |part: &str| {
        policies(&format!(
            "{REST}[settings]\ndefault-contact = \"bob\"\n[contacts.bob]\nemail = \"b@x.example\"\n{part}"
        ))
        .contacts["bob"]
            .clone()
    };
    assert_eq!(contact("attach = [\"calendar\"]\n").attach, BTreeSet::from([Attach::Calendar]));
    assert_eq!(contact("attach = \"calendar\"\n").attach, BTreeSet::from([Attach::Calendar]));
    assert!(contact("").attach.is_empty());
}

#[test]
fn paths_start_at_the_folder_of_the_file_they_stand_in() {
    let mut shelf = Shelf::with([(
        "/etc/certnotify/policies.d/a.toml",
        "[[certificates]]\nfile = [\"./x/*.pem\", \"/abs\"]\nname = \"n\"\n",
    )]);
    let text =
        format!("include = \"policies.d/*.toml\"\n{REST}[settings]\nstate = \"../state.json\"\ninbox = \"inbox\"\n");
    let policies = parsed_with(&text, &mut shelf).policies.unwrap();
    let Watch::Files { patterns, .. } = &policies.entries[0].watch else { panic!("a file") };
    assert_eq!(patterns, &[PathBuf::from("/etc/certnotify/a.pem")]);
    let Watch::Files { patterns, .. } = &policies.entries[1].watch else { panic!("files") };
    assert_eq!(patterns, &[PathBuf::from("/etc/certnotify/policies.d/x/*.pem"), PathBuf::from("/abs")]);
    assert_eq!(policies.settings.state, Some(PathBuf::from("/etc/certnotify/../state.json")));
    assert_eq!(policies.settings.inbox, Some(PathBuf::from("/etc/certnotify/inbox")));
}

#[test]
fn a_named_list_is_one_entry_and_an_unnamed_one_an_entry_each() {
    let text = "[contacts.a]\n\
        [[certificates]]\nname = \"edge/all\"\nendpoint = [\"b.example:8443\", \"A.example\"]\nlist = \"hosts.txt\"\n\
        [[certificates]]\nendpoint = [\"d.example\", \"[2001:db8::1]:443\"]\n\
        [[certificates]]\nfile = [\"x\", \"y/*.pem\"]\nexclude = \"*/old/*\"\n\
        [[certificates]]\nlist = \"hosts.txt\"\n";
    let mut shelf = Shelf::with([("/etc/certnotify/hosts.txt", "\u{feff}b.example:8443 # again\n\nc.example\n")]);
    let policies = parsed_with(text, &mut shelf).policies.unwrap();
    let names: Vec<&str> = policies.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["edge/all", "d.example", "[2001:db8::1]:443", "x", "y/*.pem", "hosts.txt"]);
    let Watch::Endpoints { endpoints, .. } = &policies.entries[0].watch else { panic!("endpoints") };
    let places: Vec<String> = endpoints.iter().map(certnotify::policy::Endpoint::place).collect();
    assert_eq!(places, ["b.example:8443", "a.example:443", "c.example:443"]);
    let Watch::Files { exclude, .. } = &policies.entries[4].watch else { panic!("files") };
    assert_eq!(exclude, &["*/old/*"]);
}

#[test]
fn the_keys_of_a_certificate_are_kept() {
    let text = "[contacts.alice]\n[[certificates]]\nname = \"edge\"\nendpoint = \"www.example.com:8443\"\nrenewal = \"auto\"\n\
        renew-before = \"20d\"\nnotifications = false\ncovers = [\"*.example.com\", \"192.0.2.1\"]\nowner = \"alice\"\n\
        note = \"one\\ntwo\"\naccept = [\"legacy-protocol\"]\nca-file = \"ca.pem\"\nserver-name = \"x.example\"\n\
        connect = \"192.0.2.7\"\ntrust = false\nevery-address = true\nproxy = \"socks5://u:p@proxy\"\nclient-certificate = \"own.pem\"\n";
    let policies = policies(text);
    let entry = &policies.entries[0];
    assert_eq!(entry.options.renewal, Some(Renewal::Auto));
    assert_eq!(entry.options.renew_before, Some(Duration::days(20)));
    assert!(entry.options.is_silenced);
    assert_eq!(entry.options.covers, ["*.example.com", "192.0.2.1"]);
    assert_eq!((entry.options.owner.as_deref(), entry.options.note.as_deref()), (Some("alice"), Some("one\ntwo")));
    assert_eq!(entry.options.accept, BTreeSet::from([FindingId::LegacyProtocol]));
    assert_eq!(entry.options.ca_file.as_deref(), Some(Path::new("/etc/certnotify/ca.pem")));
    let Watch::Endpoints { options, .. } = &entry.watch else { panic!("an endpoint") };
    assert_eq!(options.server_name.as_deref(), Some("x.example"));
    assert_eq!(options.connect.as_ref().unwrap().place(), "192.0.2.7:8443");
    assert!(options.ignore_trust);
    assert!(options.every_address);
    assert_eq!(options.proxy.as_ref().unwrap().to_string(), "SOCKS5 proxy proxy:1080");
    let own = Path::new("/etc/certnotify/own.pem").to_owned();
    assert_eq!(options.client, Some(ClientCertificate { certificate: own.clone(), key: own }));
}

#[test]
fn the_name_that_is_asked_for_is_kept_as_the_handshake_has_it() {
    for (written, asked) in [("München.example", "xn--mnchen-3ya.example"), ("WWW.Example.com.", "www.example.com")] {
        let entry = format!("[[certificates]]\nendpoint = \"192.0.2.1\"\nserver-name = \"{written}\"\n");
        let policies = policies(&format!("[contacts.alice]\nemail = \"a@example.com\"\n{entry}"));
        let Watch::Endpoints { options, .. } = &policies.entries[0].watch else { panic!("{written}") };
        assert_eq!(options.server_name.as_deref(), Some(asked));
    }
}

#[test]
fn a_file_that_includes_itself_is_read_once() {
    let mut shelf =
        Shelf::with([("/etc/certnotify/policies.toml", REST), ("/etc/certnotify/x.toml", "[contacts.bob]\n")]);
    let text = format!("include = [\"*.toml\", \"x.toml\"]\n[settings]\ndefault-contact = \"alice\"\n{REST}");
    let policies = parsed_with(&text, &mut shelf).policies.unwrap();
    assert_eq!((policies.contacts.len(), policies.entries.len()), (2, 1));
}

#[test]
fn a_missing_included_file_is_an_error_and_a_pattern_without_files_a_warning() {
    let missing = parsed(&format!("include = [\"more.toml\"]\n{REST}")).policies.unwrap_err();
    assert_eq!(missing[0].message, "`/etc/certnotify/more.toml` cannot be included: there is no such file");
    let nothing = parsed(&format!("include = [\"none/*.toml\"]\n{REST}"));
    assert!(nothing.policies.is_ok());
    assert_eq!(nothing.warnings[0].message, "`none/*.toml` includes nothing");
}

#[test]
fn the_directories_of_private_authorities_are_known_by_the_names_of_their_issuers() {
    let text = format!("[settings]\nacme-directories = {{ \"My CA\" = \"https://ca.example/dir\" }}\n{REST}");
    let directories = policies(&text).settings.acme_directories;
    assert_eq!(
        directories.into_iter().collect::<Vec<_>>(),
        [("My CA".to_owned(), "https://ca.example/dir".to_owned())]
    );
    assert!(policies(REST).settings.acme_directories.is_empty());
}

#[test]
fn a_program_is_found_beside_the_policy_file_or_by_its_name_and_its_arguments_are_as_written() {
    let command = |written: &str| {
        let policies = policies(&format!("{REST}contacts = [\"alice\"]\n[contacts.bob]\ncommand = {written}\n"));
        let bob = policies.contacts["bob"].clone();
        assert_eq!(bob.channels(), BTreeSet::from([Channel::Inbox, Channel::Command]));
        bob.command.unwrap()
    };
    let beside = command(r#"{ argv = ["./hooks/tell", " two words ", "", "--a=$B"] }"#);
    assert_eq!(beside.argv, ["/etc/certnotify/hooks/tell", " two words ", "", "--a=$B"]);
    assert_eq!(beside.time_limit.as_secs(), 30);
    let by_name = command(r#"{ argv = ["tell"], time-limit = "5m" }"#);
    assert_eq!((by_name.argv, by_name.time_limit.as_secs()), (vec!["tell".to_owned()], 300));
    assert_eq!(command(r#"{ argv = ["/bin/tell"] }"#).argv, ["/bin/tell"]);
}

#[test]
fn programs_that_are_told_are_channels() {
    let text = format!(
        "{REST}contacts = [\"alice\"]\n[contacts.bob]\npagerduty = {{ routing-key = {{ env = \"A\" }} }}\n\
         webhook = {{ url = \"https://a.example/x\", secret = {{ env = \"B\" }} }}\n\
         [policies.x]\nchannels = [\"pagerduty\", \"webhook\", \"command\"]\n"
    );
    let bob = policies(&text).contacts["bob"].clone();
    assert_eq!(bob.channels(), BTreeSet::from([Channel::Inbox, Channel::PagerDuty, Channel::Webhook]));
    assert_eq!(bob.robots[&Channel::PagerDuty].webhook.literal(), Some("https://events.pagerduty.com"));
}
