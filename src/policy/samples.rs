//! What one would write for each key: shown where a value is wrong.

use std::borrow::Cow;

use crate::channels;

/// A value as one would write it for `key`: of this list, or a table of a channel, or a key in one.
pub(super) fn example(key: &str) -> Option<Cow<'static, str>> {
    if let Some((_, value)) = EXAMPLES.iter().find(|(known, _)| *known == key) {
        return Some(Cow::Borrowed(value));
    }
    channels::tables().find_map(|(name, _, table)| {
        if name == key {
            return Some(Cow::Owned(table.example(name)));
        }
        let own = table.keys.iter().find(|own| own.name == key)?;
        Some(Cow::Owned(own.example(name)))
    })
}

/// A value as one would write it for each key.
const EXAMPLES: &[(&str, &str)] = &[
    ("accept", r#"["legacy-protocol"]"#),
    ("acme-directories", r#"{ "Example Internal CA" = "https://ca.example.com/acme/directory" }"#),
    ("argv", r#"["/usr/local/bin/tell", "--urgent"]"#),
    ("attach", r#"["calendar"]"#),
    ("base-url", r#""https://ntfy.example.com""#),
    ("ca-file", r#""/etc/ssl/private-ca.pem""#),
    ("channels", r#"["email", "inbox", "chatbot"]"#),
    ("chat", r#""-1001234567890""#),
    ("client-certificate", r#""/etc/certnotify/client.pem""#),
    ("client-key", r#""/etc/certnotify/client.key""#),
    ("connect", r#""192.0.2.1""#),
    ("contacts", r#"["alice"]"#),
    ("covers", r#"["www.example.com"]"#),
    ("credential", r#""smtp-password""#),
    ("deadline", r#""30d""#),
    ("deadline-cap", r#""50%""#),
    ("default-contact", r#""alice""#),
    ("dingtalk", r#"{ webhook = { env = "DINGTALK_WEBHOOK" } }"#),
    ("email", r#""alice@example.com""#),
    ("endpoint", r#""www.example.com:443""#),
    ("env", r#""SMTP_PASSWORD""#),
    ("escalation", r#"[{ within = "7d", contacts = ["alice"] }]"#),
    ("events", r#"["business", "alerts"]"#),
    ("every-address", "true"),
    ("exclude", r#"["*/archive/*"]"#),
    ("file", r#""/etc/letsencrypt/live/*/fullchain.pem""#),
    ("frequency", r#""7d""#),
    ("from", r#""certs@example.com""#),
    ("heartbeat", r#"{ env = "HEALTHCHECK_URL" }"#),
    ("helo", r#""web-1.example.com""#),
    ("host", r#""smtp.example.com""#),
    ("inbox", r#""/var/lib/certnotify/inbox""#),
    ("publish", r#""/srv/www/certificates""#),
    ("include", r#"["policies.d/*.toml"]"#),
    ("keyword", r#""certificate""#),
    ("language", r#""zh-CN""#),
    ("lark", r#"{ webhook = { env = "LARK_WEBHOOK" } }"#),
    ("list", r#""hosts.txt""#),
    ("mention", r#"["13800000000"]"#),
    ("mention-within", r#""7d""#),
    ("milestones", r#"["14d", "7d", "1d"]"#),
    ("name", r#""www""#),
    ("note", r#""Renewal: see wiki/tls""#),
    ("notifications", "true"),
    ("owner", r#""alice""#),
    ("password", r#"{ env = "SMTP_PASSWORD" }"#),
    ("policy", r#""production""#),
    ("port", "465"),
    ("proxy", r#""http://proxy.example.com:3128""#),
    ("renew-before", r#""30d""#),
    ("renewal", r#""auto""#),
    ("routing-key", r#"{ env = "PAGERDUTY_ROUTING_KEY" }"#),
    ("secret", r#"{ env = "ROBOT_SECRET" }"#),
    ("sendmail", r#""/usr/sbin/sendmail""#),
    ("server-name", r#""www.example.com""#),
    ("state", r#""/var/lib/certnotify/state.json""#),
    ("time-limit", r#""10m""#),
    ("timezone", r#""Asia/Shanghai""#),
    ("tls", r#""implicit""#),
    ("token", r#"{ env = "TELEGRAM_TOKEN" }"#),
    ("topic", r#"{ env = "NTFY_TOPIC" }"#),
    ("trust", "false"),
    ("url", r#"{ env = "HOOK_URL" }"#),
    ("username", r#""certnotify""#),
    ("webhook", r#"{ env = "ROBOT_WEBHOOK" }"#),
    ("wecom", r#"{ webhook = { env = "WECOM_WEBHOOK" } }"#),
    ("window", r#""09:00-20:00""#),
    ("within", r#""7d""#),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::Role;

    #[test]
    fn the_annotated_example_shows_every_key() {
        let example = include_str!("../../policies.example.toml");
        for (key, _) in EXAMPLES {
            assert!(example.contains(&format!("{key} = ")), "{key}");
        }
        for (name, _, table) in channels::tables().filter(|(name, channel, _)| *name == channel.as_str()) {
            assert!(example.contains(&format!("{name} = {{ ")), "{name}");
            for key in table.keys.iter().filter(|key| !matches!(key.role, Role::Refused(..))) {
                assert!(example.contains(&format!("{} = ", key.name)), "{name}: {}", key.name);
            }
        }
    }
}
