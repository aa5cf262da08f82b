//! What was written whole and never answered: when it is sent again, what it says then, and who hears of it.

use certnotify::event::{Detail, EventKind, MonitoringChange};
use certnotify::history::{History, to_one};
use certnotify::render::Body;
use time::Duration as Span;

use super::*;
use crate::events::with_left;
use crate::support::scenario::{Look, Scenario};
use crate::support::unwrapped;

/// When it starts for the tests with whole runs.
const START: OffsetDateTime = crate::events::NOW;

/// The hours at which a message is tried that is never answered, in hourly runs of three days.
fn tries(channel: Channel) -> Vec<u32> {
    let messages = [message("alice", channel, 1)];
    let label = label(&messages[0]);
    let mut history = History::default();
    let mut tries = Vec::new();
    for hour in 0..72_u32 {
        let mut script = Script::default().answers(&label, [unanswered(), unanswered(), unanswered()]);
        run(&mut script, &messages, &mut history, NOW + hour * Duration::from_secs(3600));
        let calls = journal(&script).len();
        assert!(calls <= 1, "{channel}, hour {hour}: {:?}", journal(&script));
        tries.extend((calls == 1).then_some(hour));
    }
    tries
}

#[test]
fn what_is_never_answered_is_sent_in_two_runs_and_then_once_a_day() {
    for channel in [Channel::Email, Channel::Lark, Channel::Telegram, Channel::PagerDuty, Channel::Command] {
        assert_eq!(tries(channel), [0, 1, 24, 47, 70], "{channel}");
    }
}

#[test]
fn an_answer_ends_what_was_counted() {
    let messages = [message("alice", Channel::Webhook, 1)];
    let hour = Duration::from_secs(3600);
    let mut history = History::default();
    run(&mut Script::default().answers("alice/webhook/1", [unanswered()]), &messages, &mut history, NOW);
    run(&mut Script::default(), &messages, &mut history, NOW + hour);
    assert!(history.unanswered.is_empty() && history.refusals.is_empty(), "{history:?}");
    let busy = [transient(), transient(), transient()];
    run(&mut Script::default().answers("alice/webhook/1", busy), &messages, &mut history, NOW + 2 * hour);
    run(&mut Script::default().answers("alice/webhook/1", [unanswered()]), &messages, &mut history, NOW + 3 * hour);
    let mut script = Script::default();
    run(&mut script, &messages, &mut history, NOW + 4 * hour);
    assert_eq!(journal(&script).len(), 1, "one unanswered run in a row is one");
}

/// All channels in one contact, told in `language`.
fn everything(language: &str) -> String {
    format!(
        r#"
        [contacts.ops]
        email = "ops@example.com"
        language = "{language}"
        dingtalk = {{ webhook = "https://oapi.dingtalk.com/robot/send?access_token=1" }}
        wecom = {{ webhook = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1" }}
        lark = {{ webhook = "https://open.feishu.cn/open-apis/bot/v2/hook/1" }}
        slack = {{ webhook = "https://hooks.slack.com/services/T/B/1" }}
        teams = {{ webhook = "https://prod-1.westeurope.logic.azure.com/workflows/1?sig=1" }}
        discord = {{ webhook = "https://discord.com/api/webhooks/1/1" }}
        telegram = {{ token = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", chat = "-1001234567890" }}
        ntfy = {{ topic = "alerts" }}
        gotify = {{ base-url = "https://gotify.example.com", token = "AAAAAAAAAAAAAAA" }}
        mattermost = {{ webhook = "https://chat.example.com/hooks/1" }}
        googlechat = {{ webhook = "https://chat.googleapis.com/v1/spaces/A/messages?key=1&token=1" }}
        pushover = {{ token = "azGDORePK8gMaC0QOYAMyEEuzJnyUi", user = "uQiRzpo4DXghDmr9QzzfQu27cmVRsG" }}
        bark = {{ key = "ynJ5Ft4atkMkWeo2PAvFhF" }}
        matrix = {{ base-url = "https://matrix.example.org", token = "syt_1", room = "!1:example.org" }}
        rocketchat = {{ webhook = "https://chat.example.com/hooks/1/1" }}
        zulip = {{ base-url = "https://zulip.example.com", email = "bot@zulip.example.com", key = "1", to = "ops" }}
        serverchan = {{ sendkey = "SCT1T1" }}
        pushplus = {{ token = "1" }}
        apprise = {{ base-url = "https://apprise.example.com", key = "1" }}
        wecom-app = {{ corpid = "ww1", agentid = "1000002", secret = "1", touser = "@all" }}
        lark-app = {{ app-id = "cli_1", app-secret = "1", receive-id = "oc_1" }}
        slack-app = {{ token = "xoxb-1", channel = "C1" }}
        github = {{ token = "1", repository = "acme/ops" }}
        gitlab = {{ token = "1", project = "acme/ops" }}
        jira = {{ base-url = "https://acme.atlassian.net", email = "a@example.com", token = "1", project = "OPS" }}
        pagerduty = {{ routing-key = "0123456789abcdef0123456789abcdef" }}
        webhook = {{ url = "https://example.com/hook" }}
        command = {{ argv = ["/bin/true"] }}
        [policies.default]
        channels = ["email", "chatbot", "slack", "teams", "discord", "telegram", "ntfy", "gotify", "pagerduty", "webhook", "command", "mattermost", "googlechat", "pushover", "bark", "matrix", "rocketchat", "zulip", "serverchan", "pushplus", "apprise", "wecom-app", "lark-app", "slack-app", "github", "gitlab", "jira"]
        [[certificates]]
        name = "files"
        file = "/etc/ssl/*.pem"
        renewal = "manual"
        "#
    )
}

/// All that may leave a message without an answer.
fn channels() -> impl Iterator<Item = Channel> {
    Channel::ALL.into_iter().filter(|channel| *channel != Channel::Inbox)
}

/// Every form of what a person or a program reads, without line breaks.
fn forms(message: &Message) -> Vec<String> {
    let joined = |text: &str| unwrapped(text);
    match &message.body {
        Body::Mail(mail) => vec![joined(&mail.text), joined(&mail.html)],
        Body::Chat { payload, plainer } => std::iter::once(payload).chain(plainer).map(once).collect(),
    }
}

/// Matrix has the same words a second time, as HTML.
fn once(payload: &serde_json::Value) -> String {
    let mut payload = payload.clone();
    if let Some(members) = payload.as_object_mut() {
        members.remove("formatted_body");
    }
    payload.to_string()
}

fn assert_said(language: &str, phrase: &str, names: &[&str]) {
    let mut story = Scenario::new(&everything(language));
    let looks: Vec<Look> =
        names.iter().map(|name| Look::file(&format!("/etc/ssl/{name}.pem"), &with_left(name, 20))).collect();
    story.looks("files", &looks);
    for channel in channels() {
        let events = if channel.keeps_alerts() { names.len() } else { 1 };
        for _ in 0..events {
            story.answers(channel, DeliveryError::Unanswered { reason: "silence".into() });
        }
    }
    story.run(START);
    assert!(story.sent.is_empty(), "{:?}", story.sent);
    story.run(START + Span::HOUR);
    for channel in channels() {
        let sent: Vec<&Message> = story.sent.iter().filter(|message| message.channel == channel).collect();
        assert!(!sent.is_empty(), "{channel}");
        for form in sent.into_iter().flat_map(forms) {
            assert_eq!(form.matches(phrase).count(), 1, "{channel}, {language}: {form}");
        }
    }
    story.run(START + Span::days(40));
    assert!(!story.sent.iter().flat_map(forms).any(|form| form.contains(phrase)), "it was answered since");
}

#[test]
fn what_is_sent_again_after_no_answer_says_so_in_every_form() {
    for names in [&["a.example"][..], &["a.example", "b.example", "c.example"]] {
        assert_said("en", "May be a repeat", names);
        assert_said("zh-CN", "可能重复", names);
    }
}

#[test]
fn three_runs_without_an_answer_are_told_by_another_channel() {
    let both = everything("en")
        .replace("channels = [", "channels = [\"inbox\", \"lark\"]\nevents = [\"business\", \"alerts\"]\n#");
    let mut story = Scenario::new(&both);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 20))]);
    let undeliverable = |story: &Scenario| {
        let details = story.details(EventKind::NotificationsDisabled).into_iter();
        details
            .filter(|detail| {
                matches!(detail, Detail::MonitoringStopped { change: MonitoringChange::Undeliverable { .. }, .. })
            })
            .count()
    };
    // Tried at the hours 0, 1 and 24.
    for hour in 0..25 {
        story.answers(Channel::Lark, DeliveryError::Unanswered { reason: "silence".into() });
        story.run(START + Span::hours(hour));
        assert_eq!(undeliverable(&story), 0, "hour {hour}");
    }
    story.run(START + Span::hours(25));
    assert_eq!(undeliverable(&story), 1, "{:?}", story.history.refusals);
    let told: Vec<&Message> = story.sent.iter().filter(|message| message.channel == Channel::Inbox).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("lark") || told[0].text.contains("Lark"), "{}", told[0].text);
    for hour in 26..40 {
        story.run(START + Span::hours(hour));
        assert!(story.sent.iter().all(|message| message.channel != Channel::Inbox), "hour {hour}");
    }
}

#[test]
fn by_mail_each_address_counts_its_own_runs_without_an_answer() {
    let (id, address) = (message("alice", Channel::Email, 1).id, "alice@example.com");
    let mut history = History::default();
    let mut mail = message("alice", Channel::Email, 1);
    mail.to = vec![address.to_owned()];
    for hour in 0..2_u32 {
        let mut script = Script::default().answers("alice/email/1", [unanswered()]);
        run(&mut script, std::slice::from_ref(&mail), &mut history, NOW + hour * Duration::from_secs(3600));
    }
    assert_eq!(history.unanswered_runs.get(&to_one(&id, address)), Some(&2), "{:?}", history.unanswered_runs);
    let way = (&mail.contact, Channel::Email);
    assert!(history.may_be_a_repeat(&id, way, &[address.to_owned()]));
    assert!(!history.may_be_a_repeat(&id, way, &["bob@example.com".to_owned()]));
    // One that tells more has another identifier.
    assert!(history.may_be_a_repeat("another", way, &[address.to_owned()]));
}

#[test]
fn what_was_never_answered_is_said_to_be_a_repeat_when_more_has_become_due_meanwhile() {
    let entries = ["shop", "blog", "news"].map(|name| {
        format!("[[certificates]]\nname = \"{name}\"\nfile = \"/etc/ssl/{name}.pem\"\nrenewal = \"manual\"\n")
    });
    let contact = "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"email\"]\n";
    let mut story = Scenario::new(&format!("{contact}{}", entries.concat()));
    story.shows("shop", &with_left("shop.example", 20));
    story.answers(Channel::Email, DeliveryError::Unanswered { reason: "no answer".into() });
    story.run(START);
    for (name, hours, is_repeat, count) in [("blog", 1, true, 2), ("news", 2, false, 1)] {
        story.shows(name, &with_left(&format!("{name}.example"), 20));
        story.run(START + Span::hours(hours));
        let [mail] = story.sent.as_slice() else { panic!("{:?}", story.sent) };
        assert_eq!((mail.text.contains("May be a repeat"), mail.certificates), (is_repeat, count), "{}", mail.text);
    }
}
