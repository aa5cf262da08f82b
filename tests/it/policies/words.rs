//! The words for each problem: what is put to a valid file, what is said of it, and the help.

use super::{REST, errors, shown};

type Cases = &'static [(&'static str, &'static str, &'static str)];

fn check(cases: Cases) {
    for (part, message, help) in cases {
        let first = part.starts_with("settings") || part.starts_with("timezone");
        let rest = format!("{REST}contacts = [\"alice\"]\n");
        let text = if first { format!("{part}{rest}") } else { format!("{rest}{part}") };
        let problems = errors(&text);
        let is_told = problems.iter().any(|problem| {
            problem.message.contains(message) && problem.help.as_deref().unwrap_or_default().contains(help)
        });
        assert!(is_told, "of\n{part}\nis told\n{}", shown(&problems));
        assert_eq!(problems.len(), 1, "of\n{part}\nis told\n{}", shown(&problems));
    }
}

#[test]
fn an_unknown_key_is_told_with_the_one_that_was_meant() {
    check(UNKNOWN_KEYS);
}

const UNKNOWN_KEYS: Cases = &[
    ("[settings]\ntimezon = \"UTC\"\n", "unknown key `timezon` in [settings]", "the key is `timezone`"),
    ("[settings]\ntz = \"UTC\"\n", "unknown key `tz` in [settings]", "the key is `timezone`"),
    ("timezone = \"UTC\"\n", "unknown key `timezone`", "`timezone` belongs in [settings]"),
    ("[contact.bob]\nemail = \"b@example.com\"\n", "unknown key `contact`", "the key is `contacts`"),
    ("[contacts.bob]\nemail = \"b@example.com\"\nphone = 1\n", "unknown key `phone`", "the keys here are `email`"),
    (
        "[policies.x]\ninterval = 1\n",
        "unknown key `interval` in policy `x`",
        "the key is `frequency`: frequency = \"1d\"",
    ),
    (
        "[[certificates]]\nhost = \"example.com\"\n",
        "unknown key `host` in [[certificates]] number 2",
        "the key is `endpoint`",
    ),
    (
        "[[certificates]]\nfile = \"b\"\nenabled = true\n",
        "unknown key `enabled` in certificate `b`",
        "the key is `notifications`",
    ),
    (
        "[policies.x]\ndefault_contact = \"a\"\n",
        "unknown key `default_contact`",
        "`default-contact` belongs in [settings]",
    ),
];

#[test]
fn a_value_of_the_wrong_type_is_told_with_an_example() {
    check(WRONG_TYPES);
}

const WRONG_TYPES: Cases = &[
    ("[settings]\nlanguage = 1\n", "`language` is a number, it must be a string", "write language = \"zh-CN\""),
    ("settings = 1\n", "[settings] is a number, it must be a table", "write [settings] on a line of its own"),
    ("[policies]\nx = \"30d\"\n", "policy `x` is a string, it must be a table", "write [policies.x]"),
    ("[[certificates]]\nfile = 2026-01-01\n", "`file` is a date or time, it must be a string", "write file ="),
    ("[[certificates]]\nfile = []\n", "`file` is an empty list", "write file ="),
    ("[[certificates]]\nfile = \" \"\n", "`file` is empty", ""),
    (
        "[[certificates]]\nfile = \"b\"\nnotifications = \"no\"\n",
        "`notifications` is a string, it must be true or false",
        "",
    ),
];

#[test]
fn a_value_out_of_its_range_is_told() {
    check(WRONG_VALUES);
}

const WRONG_VALUES: Cases = &[
    (
        "[settings]\ntimezone = \"Asia/Beijing\"\n",
        "`Asia/Beijing` is no IANA time zone",
        "did you mean `Asia/Shanghai`?",
    ),
    (
        "[settings]\ntimezone = \"Europe/Berln\"\n",
        "`Europe/Berln` is no IANA time zone",
        "did you mean `Europe/Berlin`?",
    ),
    ("[settings]\ntimezone = \"new york\"\n", "`new york` is no IANA time zone", "did you mean `America/New_York`?"),
    ("[settings]\ntimezone = \"Berlin\"\n", "`Berlin` is no IANA time zone", "did you mean `Europe/Berlin`?"),
    ("[settings]\ntimezone = \"nowhere at all\"\n", "is no IANA time zone", "write a zone of the IANA database"),
    ("[settings]\nlanguage = \"zh_CN\"\n", "there are no messages in `zh_CN`", "did you mean `zh-CN`?"),
    ("[settings]\nlanguage = \"fr\"\n", "there are no messages in `fr`", "there are `en`, `zh-CN` and `ja`"),
    ("[settings]\ntime-limit = \"2d\"\n", "`time-limit` is more than a day", ""),
    (
        "[settings]\nacme-directories = \"https://ca.example/directory\"\n",
        "`acme-directories` is a string, it must be a table of issuers and addresses",
        "write acme-directories = { ",
    ),
    (
        "[settings]\nacme-directories = { \"My CA\" = \"ca.example/directory\" }\n",
        "`ca.example/directory` is no address of an ACME directory: it begins with https://",
        "write acme-directories = { ",
    ),
    (
        "[settings]\nacme-directories = { \"My CA\" = \"https:///x\" }\n",
        "`https:///x` names no host",
        "write acme-directories = { ",
    ),
    ("[settings]\nacme-directories = { \"My CA\" = 1 }\n", "`acme-directories` is a number", ""),
    ("[policies.x]\nwindow = \"25:00-9\"\n", "`25:00-9` is no window", "write window = \"09:00-20:00\""),
    ("[policies.x]\nwindow = \"Foo 09:00-10:00\"\n", "is no window: days are written", ""),
    ("[policies.x]\ndeadline = \"51%\"\n", "`51%` of the lifetime is not from 1 to 50 %", "write deadline = \"50%\""),
    ("[policies.x]\ndeadline = \"0%\"\n", "`0%` of the lifetime is not from 1 to 50 %", ""),
    ("[policies.x]\ndeadline = \"soon\"\n", "`soon` is no duration", "write deadline = \"30d\""),
    ("[policies.x]\ndeadline = 0\n", "`deadline` must be more than nothing", ""),
    ("[policies.x]\ndeadline = -5\n", "`deadline` is no number of days", ""),
    ("[policies.x]\nfrequency = 0\n", "a frequency is one whole day or more", "\"once\""),
    ("[policies.x]\nfrequency = \"12h\"\n", "`12h` is not one whole day or more", "\"once\""),
    ("[policies.x]\nfrequency = \"weekly\"\n", "`weekly` is no frequency", "write frequency = \"7d\""),
    ("[policies.x]\nmilestones = [\"7d\", \"x\"]\n", "`x` is no duration", "write milestones ="),
    ("[policies.x]\nchannels = [\"mail\"]\n", "`mail` is no channel", "did you mean `email`?"),
    ("[policies.x]\nchannels = [\"wechat\"]\n", "`wechat` is no channel", "did you mean `wecom`?"),
    ("[policies.x]\nchannels = [\"pigeon\"]\n", "`pigeon` is no channel", "there are `email`"),
    ("[policies.x]\nchannels = []\n", "`channels` is an empty list", ""),
    ("[policies.x]\nevents = [\"expirations\"]\n", "`expirations` is no kind of event", "did you mean `expiration`?"),
    (
        "[policies.x]\nescalation = [{ within = \"7d\" }]\n",
        "`escalation` of policy `x` has no `contacts`",
        "write escalation",
    ),
    ("[policies.x]\nescalation = [\"7d\"]\n", "`escalation` of policy `x` is a string, it must be a table", ""),
    ("[[certificates]]\nfile = \"b\"\nrenewal = \"certbot\"\n", "`certbot` is no way to renew", "did you mean `auto`?"),
    ("[[certificates]]\nfile = \"b\"\naccept = [\"expired\"]\n", "`expired` cannot be accepted", ""),
    (
        "[[certificates]]\nfile = \"b\"\naccept = [\"legacy-protokol\"]\n",
        "is no finding",
        "did you mean `legacy-protocol`?",
    ),
    ("[[certificates]]\nfile = \"b\"\ncovers = [\"a b\"]\n", "`a b` is no name that a certificate can cover", ""),
];

#[test]
fn what_cannot_be_looked_at_is_said() {
    check(WATCHED);
}

const WATCHED: Cases = &[
    ("[[certificates]]\nname = \"x\"\n", "certificate `x` has neither `file` nor `endpoint`", ""),
    ("[[certificates]]\nfile = \"b\"\nendpoint = \"c\"\n", "has both `file` and `endpoint`", "make two"),
    ("[[certificates]]\nfile = \"~/b\"\n", "`~` in `~/b` is not expanded", "write the whole path"),
    ("[[certificates]]\nfile = \"https://example.com\"\n", "`https://` begins an address", "the key is `endpoint`"),
    ("[[certificates]]\nendpoint = \"/etc/x.pem\"\n", "is a path, and no endpoint", "the key is `file`"),
    ("[[certificates]]\nendpoint = \"example.com:0\"\n", "`0` is no port", ""),
    ("[[certificates]]\nendpoint = \"two words\"\n", "`two words` is no host name", ""),
    (
        "[[certificates]]\nendpoint = [\"a.example\", \"a.example:443\"]\n",
        "endpoint `a.example:443` is written twice",
        "",
    ),
    ("[[certificates]]\nendpoint = \"a\"\nexclude = [\"x\"]\n", "`exclude` is for files", ""),
    ("[[certificates]]\nendpoint = \"a\"\ndeploys-to = [\"b\"]\n", "`deploys-to` is for files", ""),
    ("[[certificates]]\nfile = \"b\"\ndeploys-to = [\"/c\"]\n", "`/c` is a path, and no endpoint", "the key is `file`"),
    ("[[certificates]]\nfile = \"b\"\nserver-name = \"x\"\n", "`server-name` is for endpoints", ""),
    ("[[certificates]]\nendpoint = \"gopher://b\"\n", "`gopher` is no scheme that certnotify speaks", ""),
    ("[[certificates]]\nendpoint = \"postgres://a:x@b\"\n", "an endpoint has no user name and no password", ""),
    ("[[certificates]]\nfile = \"b\"\nevery-address = true\n", "`every-address` is for endpoints", ""),
    ("[[certificates]]\nfile = \"b\"\nclient-certificate = \"b\"\n", "`client-certificate` is for endpoints", ""),
    ("[[certificates]]\nendpoint = \"b\"\nproxy = \"b:3128\"\n", "this is no address of a proxy", "socks5://"),
    ("[[certificates]]\nendpoint = \"b\"\nproxy = { env = \"P\" }\n", "the `proxy` of an endpoint is a string", ""),
    ("[[certificates]]\nendpoint = \"b\"\nclient-key = \"k\"\n", "`client-key` without `client-certificate`", ""),
    ("[[certificates]]\nendpoint = \"b\"\nstarttls = \"smtp\"\n", "unknown key `starttls`", "the key is `endpoint`"),
    (
        "[[certificates]]\nendpoint = [\"a:1\", \"a:2\"]\nconnect = \"b\"\n",
        "the endpoints have several ports",
        "connect = \"b:1\"",
    ),
    ("[certificates.x]\nfile = \"b\"\n", "unknown key `x` in certificate `a.pem`", "the keys here are `name`"),
];

#[test]
fn a_wrong_name_or_reference_is_told() {
    check(REFERENCES);
}

const REFERENCES: Cases = &[
    ("[contacts.\"a/b\"]\n", "`a/b` can be no name: it holds a `/`", "a name is 1 to 64 characters"),
    ("[contacts.\".a\"]\n", "`.a` can be no name: it begins with a dot", ""),
    ("[contacts.\"\"]\n", "can be no name: it has 0 characters", ""),
    ("[contacts.\"a\\u0007\"]\n", "it holds a character that cannot be printed", ""),
    (
        "[[certificates]]\nfile = \"b\"\nnote = \"ab\\u200bc\"\n",
        "`note` holds a character that cannot be printed",
        "take out its character 3, U+200B",
    ),
    (
        "[[certificates]]\nname = \"a.pem\"\nfile = \"b\"\n",
        "two certificates are called `a.pem`",
        "the first is at line 4",
    ),
    ("[policies.x]\ncontacts = [\"alcie\"]\n", "contact `alcie` is not defined", "did you mean `alice` (line 1)?"),
    ("[policies.x]\ncontacts = [\"zebra\"]\n", "contact `zebra` is not defined", "defined is `alice`"),
    ("[policies.x]\ncontacts = [\"alice\", \"alice\"]\n", "contact `alice` is named twice", ""),
    ("[policies.x]\ncontacts = []\n", "`contacts` is an empty list", ""),
    ("[settings]\ndefault-contact = \"bob\"\n", "contact `bob` is not defined", ""),
    ("[policies.x]\nescalation = [{ within = 7, contacts = [\"bob\"] }]\n", "contact `bob` is not defined", ""),
    ("[[certificates]]\nfile = \"b\"\ncontacts = [\"bob\"]\n", "contact `bob` is not defined", ""),
];

#[test]
fn what_would_reach_no_contact_is_said() {
    check(CONTACTS_AND_MAIL);
}

const CONTACTS_AND_MAIL: Cases = &[
    ("[contacts.bob]\nemail = \"bob\"\n", "`bob` is no mail address: it has no `@`", "write alice@example.com"),
    (
        "[contacts.bob]\nwecom = \"https://qyapi.weixin.qq.com/x\"\n",
        "`wecom` of contact `bob` is a string",
        "write wecom = { webhook",
    ),
    ("[contacts.bob]\nwecom = {}\n", "`wecom` of contact `bob` has no `webhook`", ""),
    (
        "[contacts.bob]\nwecom = { webhook = \"http://example.com/\" }\n",
        "its key would go out in the clear",
        "write https://",
    ),
    ("[contacts.bob]\nwecom = { webhook = { env = \"A\" }, secret = \"x\" }\n", "WeCom robots sign nothing", ""),
    (
        "[contacts.bob]\nlark = { webhook = { env = \"A\" } }\nfeishu = { webhook = { env = \"A\" } }\n",
        "has `lark` and `feishu`",
        "",
    ),
    (
        "[contacts.bob]\nlark = { webhook = { env = \"A\" }, mention = [\"13800000000\"] }\n",
        "`13800000000` cannot be mentioned",
        "cannot mention by mobile number",
    ),
    (
        "[contacts.bob]\nlark = { webhook = { env = \"A\", file = \"b\" } }\n",
        "`webhook` names 2 places, it must name one",
        "",
    ),
    (
        "[contacts.bob]\nlark = { webhook = { env = \"A\" }, proxy = \"proxy:3128\" }\n",
        "this is no address of a proxy",
        "",
    ),
    (
        "[contacts.bob]\nslack = { webhook = { env = \"A\" }, mention = [\"alice\"] }\n",
        "`alice` cannot be mentioned",
        "write the ID of a member",
    ),
    (
        "[contacts.bob]\ndiscord = { webhook = { env = \"A\" }, mention = [\"@ops\"] }\n",
        "`ops` cannot be mentioned",
        "write the ID of a user",
    ),
    ("[contacts.bob]\nteams = { webhook = { env = \"A\" }, mention = [\"all\"] }\n", "unknown key `mention`", ""),
    ("[contacts.bob]\nslack = { webhook = { env = \"A\" }, secret = \"x\" }\n", "unknown key `secret`", ""),
    (
        "[contacts.bob]\ntelegram = { token = { env = \"A\" } }\n",
        "`telegram` of contact `bob` has no `chat`",
        "write telegram = { token = { env = \"TELEGRAM_TOKEN\" }, chat = ",
    ),
    (
        "[contacts.bob]\ntelegram = { token = \"AAF\", chat = \"-1\" }\n",
        "this is no token of a bot",
        "copy it from @BotFather",
    ),
    (
        "[contacts.bob]\ntelegram = { token = { env = \"A\" }, chat = \"ops\" }\n",
        "this is no chat",
        "of a group it begins with -",
    ),
    (
        "[contacts.bob]\ntelegram = { token = { env = \"A\" }, chat = -100123 }\n",
        "`chat` is a number",
        "write a string",
    ),
    ("[contacts.bob]\nntfy = { topic = \"https://ntfy.sh/certs\" }\n", "this is no topic", "write its name alone"),
    (
        "[contacts.bob]\nntfy = { topic = \"certs\", base-url = \"http://ntfy.example.com\" }\n",
        "this address is http",
        "write https://",
    ),
    (
        "[contacts.bob]\ngotify = { token = { env = \"A\" } }\n",
        "`gotify` of contact `bob` has no `base-url`",
        "write gotify = { base-url = ",
    ),
    (
        "[contacts.bob]\ngotify = { token = \"A b\", base-url = \"https://example.com/gotify\" }\n",
        "this is no token of an application",
        "",
    ),
    ("[contacts.bob]\nntfy = { topic = \"certs\", mention = [\"x\"] }\n", "unknown key `mention`", ""),
    ("[contacts.bob]\nteams = {}\n", "`teams` of contact `bob` has no `webhook`", "write teams = { webhook = "),
    (
        "[contacts.bob]\nteams = { webhook = \"https://x.webhook.office.com/webhookb2/0\" }\n",
        "Office 365 connector",
        "make a workflow",
    ),
    (
        "[contacts.bob]\ndiscord = { webhook = \"https://hooks.slack.com/services/T0/B0/x\" }\n",
        "this is an address of slack, and not of discord",
        "write slack = { webhook",
    ),
    ("[email]\nhost = \"a b\"\n", "`a b` is no host name", ""),
    (
        "[email]\nhost = \"smtp.example.com:587\"\n",
        "is no host name",
        "write host = \"smtp.example.com\" and port = 587",
    ),
    ("[email]\nport = 70000\n", "a port is a number from 1 to 65535", ""),
    ("[email]\ntls = \"ssl\"\n", "`ssl` is no way to use TLS", "did you mean `implicit`?"),
    ("[email]\npassword = { env = \"A\" }\n", "`password` without `username`", ""),
    ("[email]\nusername = \"a\"\n", "`username` without `password`", ""),
    (
        "[email]\nhost = \"a.example\"\ntls = \"none\"\nusername = \"a\"\npassword = \"b\"\n",
        "the password would go in the clear to `a.example`",
        "",
    ),
    ("[email]\nfrom = \"nobody\"\n", "`nobody` is no mail address", ""),
    ("[settings]\nheartbeat = \"hc.example/u\"\n", "this is no ping address", "{ env = \"HEALTHCHECK_URL\" }"),
    ("[settings]\nheartbeat = \"https:///u\"\n", "this is no ping address", ""),
    ("[settings]\nheartbeat = {}\n", "`heartbeat` names 0 places, it must name one", ""),
    (
        "[contacts.bob]\nattach = [\"calender\"]\n",
        "`calender` cannot be attached to a mail",
        "did you mean `calendar`?",
    ),
    (
        "[email]\nsendmail = \"/usr/sbin/sendmail\"\nhost = \"mx.example.com\"\n",
        "`host` beside `sendmail`",
        "leave out `sendmail`",
    ),
    ("[email]\nsendmail = \"/usr/sbin/sendmail\"\ntls = \"none\"\n", "`tls` beside `sendmail`", ""),
    ("[email]\nsendmail = \"/usr/sbin/sendmail\"\npassword = \"b\"\n", "`password` beside `sendmail`", ""),
    ("[email]\nsendmail = \"sendmail\"\n", "`sendmail` is no path of a program", "/usr/sbin/sendmail"),
    (
        "[email]\nsendmail = \"/usr/sbin/sendmail -t\"\n",
        "`/usr/sbin/sendmail -t` is a program with arguments",
        "write sendmail = \"/usr/sbin/sendmail\"",
    ),
    ("[email]\nsendmail = [\"/usr/sbin/sendmail\"]\n", "`sendmail` is a list, it must be a string", ""),
    (
        "[contacts.bob]\ngotify = { base-url = \"https://g.example\", token = 5 }\n",
        "`token` is a number, it must be a string, or a table that says where it is",
        "{ env = \"NAME\" }",
    ),
    ("[contacts.bob]\npagerduty = { key = \"x\" }\n", "unknown key `key`", "the key is `routing-key`"),
];

#[test]
fn what_no_program_can_be_told_is_told() {
    check(MACHINES);
}

const MACHINES: Cases = &[
    (
        "[contacts.bob]\npagerduty = {}\n",
        "`pagerduty` of contact `bob` has no `routing-key`",
        "env = \"PAGERDUTY_ROUTING_KEY\"",
    ),
    ("[contacts.bob]\npagerduty = { routing-key = \"x\" }\n", "this is no routing key", "integration key"),
    ("[contacts.bob]\nwebhook = {}\n", "`webhook` of contact `bob` has no `url`", "write webhook = { url ="),
    ("[contacts.bob]\nwebhook = { url = \"http://example.com/\" }\n", "its key would go out in the clear", ""),
    (
        "[contacts.bob]\nwebhook = { url = { env = \"A\" }, secret = \"x\" }\n",
        "this is no secret of a webhook",
        "openssl rand -base64 32",
    ),
    (
        "[contacts.bob]\nwebhook = { url = { env = \"A\" }, secret = \"whsec_=fKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\" }\n",
        "this is no secret of a webhook",
        "openssl rand -base64 32",
    ),
    ("[contacts.bob]\ncommand = \"/bin/tell\"\n", "`command` of contact `bob` is a string", "no shell splits it"),
    ("[contacts.bob]\ncommand = {}\n", "`command` of contact `bob` has no `argv`", ""),
    ("[contacts.bob]\ncommand = { argv = \"/bin/tell --urgent\" }\n", "`argv` is a string, it must be a list", ""),
    ("[contacts.bob]\ncommand = { argv = [] }\n", "`argv` names no program", ""),
    ("[contacts.bob]\ncommand = { argv = [\" \"] }\n", "`argv` names no program", ""),
    ("[contacts.bob]\ncommand = { argv = [\"a\", 1] }\n", "`argv` holds a number, it must hold strings", ""),
    ("[contacts.bob]\ncommand = { argv = [\"a\\u0000\"] }\n", "`argv` holds a NUL", ""),
    ("[contacts.bob]\ncommand = { argv = [\"~/tell\"] }\n", "is not expanded", "write the whole path"),
    ("[contacts.bob]\ncommand = { argv = [\"a\"], time-limit = \"6m\" }\n", "is more than 5 minutes", ""),
    ("[contacts.bob]\ncommand = { argv = [\"a\"], shell = true }\n", "unknown key `shell`", "`argv`, `time-limit`"),
];
