//! The tables of Slack, Mattermost, Google Chat, Pushover and Bark: what they come to, what is refused, what is doubted.

use certnotify::policy::{Channel, ContactName, Problem, Secret};

use super::{REST, errors, parsed, policies, shown};

fn with(table: &str) -> String {
    format!("{REST}contacts = [\"room\"]\n[contacts.room]\n{table}\n")
}

fn warnings(table: &str) -> Vec<String> {
    let text = format!("[policies.default]\ncontacts = [\"room\", \"alice\"]\n[contacts.room]\n{table}\n{REST}");
    let parsed = parsed(&text);
    assert!(parsed.policies.is_ok(), "{text}\n{:?}", parsed.policies);
    parsed.warnings.iter().map(Problem::render).collect()
}

#[test]
fn slack_at_a_host_that_is_not_slacks_is_warned_of() {
    for (address, word) in [
        ("https://chat.example.com/hooks/abcdefghijklmnopqrstuvwxyz", "Mattermost shows nothing"),
        ("https://mattermost.corp.lan/hooks/abcdefghijklmnopqrstuvwxyz", "Mattermost shows nothing"),
        ("https://rocket.example.com/services/T0/B0/x", "no address of Slack"),
        ("http://10.0.0.9:8065/hooks/abc", "Mattermost shows nothing"),
    ] {
        let warnings = warnings(&format!("slack = {{ webhook = \"{address}\" }}"));
        assert_eq!(warnings.len(), 1, "{address}: {warnings:?}");
        assert!(warnings[0].contains(word) && warnings[0].contains("mattermost = {"), "{warnings:?}");
        assert!(!warnings[0].contains("/hooks/abc") && !warnings[0].contains("T0"), "the address is a secret");
    }
    for address in [
        "https://hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack-gov.com/services/T0/B0/x",
        "http://127.0.0.1:8080/services/T0/B0/x",
    ] {
        assert_eq!(warnings(&format!("slack = {{ webhook = \"{address}\" }}")), Vec::<String>::new(), "{address}");
    }
    assert_eq!(warnings("slack = { webhook = { env = \"SLACK_WEBHOOK\" } }"), Vec::<String>::new());
}

#[test]
fn each_table_is_read_with_its_own_keys() {
    let text = "[policies.default]\ncontacts = [\"room\", \"alice\"]\n\
                channels = [\"email\", \"mattermost\", \"googlechat\", \"pushover\", \"bark\"]\n[contacts.room]\n\
                mattermost = { webhook = \"https://chat.example.com/hooks/abc\", mention = [\"@alice\", \"here\"] }\n\
                googlechat = { webhook = \"https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t\", \
                mention = \"all\", mention-within = \"7d\" }\n\
                pushover = { token = \"azGDORePK8gMaC0QOYAMyEEuzJnyUi\", user = { env = \"PUSHOVER_USER\" } }\n\
                bark = { key = \"ynJ5Ft4atkMkWeo2PAvFhF\", base-url = \"http://10.0.0.9:8080/\" }\n";
    let policies = policies(&format!("{text}{REST}"));
    let robots = &policies.contacts[&ContactName::new("room")].robots;
    let written = |secret: &Option<Secret>| secret.as_ref().and_then(Secret::literal).map(str::to_owned);
    assert_eq!(robots[&Channel::Mattermost].mention, ["alice", "here"]);
    assert_eq!(robots[&Channel::GoogleChat].mention_within, Some(time::Duration::days(7)));
    assert_eq!(robots[&Channel::Pushover].webhook.literal(), Some("https://api.pushover.net"));
    assert_eq!(written(&robots[&Channel::Pushover].token).as_deref(), Some("azGDORePK8gMaC0QOYAMyEEuzJnyUi"));
    assert!(matches!(robots[&Channel::Pushover].to, Some(Secret::Environment(_))));
    assert_eq!(robots[&Channel::Bark].webhook.literal(), Some("http://10.0.0.9:8080"));
    assert_eq!(written(&robots[&Channel::Bark].token).as_deref(), Some("ynJ5Ft4atkMkWeo2PAvFhF"));
}

#[test]
fn what_is_wrong_in_a_table_is_told_in_its_own_words() {
    for (table, message, help) in [
        ("mattermost = {}", "`mattermost` of contact `room` has no `webhook`", "write mattermost = { webhook = "),
        (
            "mattermost = { webhook = \"https://chat.example.com/hooks/\" }",
            "not the whole address of an incoming webhook",
            "Integrations",
        ),
        (
            "mattermost = { webhook = \"https://hooks.slack.com/services/T0/B0/x\" }",
            "not the whole address of an incoming webhook",
            "/hooks/",
        ),
        (
            "mattermost = { webhook = \"https://chat.example.com/hooks/x\", mention = [\"<!channel>\"] }",
            "cannot be mentioned",
            "name of a user",
        ),
        (
            "googlechat = { webhook = \"https://chat.googleapis.com/v1/spaces/A/messages?key=k\" }",
            "not the whole address of a webhook of googlechat",
            "key=…&token=…",
        ),
        (
            "slack = { webhook = \"https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t\" }",
            "this is an address of googlechat, and not of slack",
            "write googlechat = ",
        ),
        (
            "googlechat = { webhook = \"https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t\", \
             mention = [\"alice\"] }",
            "`alice` cannot be mentioned",
            "number of a user",
        ),
        (
            "pushover = { token = \"azGDORePK8gMaC0QOYAMyEEuzJnyUi\" }",
            "`pushover` of contact `room` has no `user`",
            "user = { env = \"PUSHOVER_USER\" }",
        ),
        (
            "pushover = { token = \"x\", user = { env = \"U\" } }",
            "no API token of an application: it has 30",
            "pushover.net",
        ),
        ("bark = {}", "`bark` of contact `room` has no `key`", "write bark = { key = { env = \"BARK_KEY\" } }"),
        ("bark = { key = \"https://api.day.app/x/\" }", "this is no key of a device", "copy from the app"),
        ("google-chat = {}", "unknown key `google-chat`", "the key is `googlechat`"),
        ("gchat = {}", "unknown key `gchat`", "the key is `googlechat`"),
        ("bark = { key = \"abc\", mention = [\"x\"] }", "unknown key `mention`", ""),
    ] {
        let problems = errors(&with(table));
        let is_told = problems.iter().any(|problem| {
            problem.message.contains(message) && problem.help.as_deref().unwrap_or_default().contains(help)
        });
        assert!(is_told, "of {table} is told\n{}", shown(&problems));
    }
}

#[test]
fn no_key_of_the_tables_is_shown_where_it_is_wrong() {
    let secret = "azGDORePK8gMaC0QOYAMyEEuz-nyUi";
    for table in [
        format!("pushover = {{ token = \"{secret}\", user = \"{secret}\" }}"),
        format!("pushover = {{ tokn = \"{secret}\" }}"),
        format!("bark = {{ key = \"{secret}/x\" }}"),
        format!("bark = \"{secret}\""),
        format!("mattermost = {{ webhook = \"https://chat.example.com/{secret}\" }}"),
        format!("googlechat = {{ webhook = \"https://chat.googleapis.com/v1/spaces/A/messages?token={secret}\" }}"),
    ] {
        let said = shown(&errors(&with(&table)));
        assert!(!said.contains(secret) && !said.contains(&secret[..12]), "{said}");
    }
}
