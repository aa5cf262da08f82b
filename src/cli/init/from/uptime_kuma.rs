//! The JSON that Uptime Kuma writes as its backup, or its list of monitors alone.

use certnotify::address::{Url, parse_host};

use certnotify::text::untrusted::{cap, clean};
use serde_json::Value;

use super::Input;
use super::import::{Import, Keys, SHOWN};
use super::ssl_cert_check::{bracketed, spoken};
use crate::cli::exit::advised;

pub(super) fn read(input: &Input, import: &mut Import) -> anyhow::Result<()> {
    let value: Value = serde_json::from_str(&input.text).map_err(|wrong| {
        let help = "Settings, Backup, Export writes the file that is read here";
        advised(format!("{}:{}: this is no JSON: {wrong}", input.name, wrong.line()), help)
    })?;
    let Some(monitors) = monitors(&value) else {
        let help = "it has a list of monitors: `monitorList` or `monitors`";
        return Err(advised(format!("`{}` is no backup of Uptime Kuma", input.name), help));
    };
    let mut without_reminders = 0_usize;
    for (index, monitor) in monitors.iter().enumerate() {
        let name = text(monitor, "name").unwrap_or_default();
        let at = format!("{}: monitor {} `{}`", input.name, index + 1, cap(&clean(name), SHOWN));
        if text(monitor, "type").is_none() {
            import.note(&at, "left out: it has no type");
            continue;
        }
        if monitor.get("active").is_some_and(|active| active == &Value::Bool(false) || active.as_u64() == Some(0)) {
            import.note(&at, "left out: it is paused");
            continue;
        }
        without_reminders += usize::from(monitor.get("expiryNotification") == Some(&Value::Bool(false)));
        self::monitor(&at, monitor, name, import);
    }
    if without_reminders > 0 {
        let clause =
            format!("reminders of certificates were switched off and are on here; monitors: {without_reminders}");
        import.note(&input.name, &clause);
    }
    channels(&value, input, import);
    Ok(())
}

/// A list, or a table by number, under one of its names or alone.
fn monitors(value: &Value) -> Option<Vec<&Value>> {
    let list = value.get("monitorList").or_else(|| value.get("monitors")).unwrap_or(value);
    match list {
        Value::Array(items) => Some(items.iter().collect()),
        Value::Object(items) if !items.is_empty() && items.values().all(|item| item.get("type").is_some()) => {
            Some(items.values().collect())
        }
        _ => None,
    }
}

fn text<'v>(monitor: &'v Value, key: &str) -> Option<&'v str> {
    monitor.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A number, or one in quotes.
fn port(monitor: &Value) -> Option<u16> {
    let port = monitor.get("port")?;
    let number = port.as_u64().or_else(|| port.as_str()?.parse().ok())?;
    u16::try_from(number).ok().filter(|port| *port != 0)
}

fn monitor(at: &str, monitor: &Value, name: &str, import: &mut Import) {
    let mut keys = Keys::default();
    if monitor.get("ignoreTls").is_some_and(|value| value == &Value::Bool(true) || value.as_u64() == Some(1)) {
        keys.no("trust");
    }
    if let Some(note) = text(monitor, "description") {
        keys.text("note", &clean(note));
    }
    if monitor.get("proxyId").is_some_and(|proxy| !proxy.is_null()) {
        import.note(at, "its proxy is left out: write it as `proxy`");
    }
    let host = text(monitor, "hostname").map(bracketed);
    let place = host.as_ref().zip(port(monitor));
    match text(monitor, "type").unwrap_or_default() {
        "http" | "keyword" | "json-query" | "real-browser" | "websocket-upgrade" => {
            url(at, (text(monitor, "url").unwrap_or_default(), name), keys, import);
        }
        "grpc-keyword" if monitor.get("grpcEnableTls") == Some(&Value::Bool(true)) => {
            import.endpoint(at, text(monitor, "grpcUrl").unwrap_or_default(), Some(name), keys);
        }
        "smtp" => match (text(monitor, "smtpSecurity"), &host) {
            (Some("nostarttls"), _) | (_, None) => import.note(at, "left out: it speaks no TLS"),
            (Some("secure"), Some(host)) => {
                let port = port(monitor).unwrap_or(465);
                import.endpoint(at, &format!("smtps://{host}:{port}"), Some(name), keys);
            }
            (_, Some(host)) => {
                let port = port(monitor).unwrap_or(25);
                import.endpoint(at, &format!("smtp://{host}:{port}"), Some(name), keys);
            }
        },
        "port" => match place {
            Some((host, port)) if is_likely(port) => import.endpoint(at, &spoken(host, port), Some(name), keys),
            Some((_, port)) => {
                import.note(at, &format!("left out: nothing says that TLS is spoken on port {port}"));
            }
            None => import.note(at, "left out: it has no host, or no port"),
        },
        "mqtt" => match (host.as_deref().and_then(|host| host.split_once("://")), port(monitor)) {
            (Some(("mqtts" | "wss", host)), Some(port)) => {
                import.endpoint(at, &format!("{host}:{port}"), Some(name), keys);
            }
            _ => import.note(at, "left out: it speaks no TLS"),
        },
        other => import.note(at, &format!("left out: a monitor of type `{other}` shows no certificate")),
    }
}

/// A port on which TLS is usual, from the first byte or later.
pub(super) fn is_likely(port: u16) -> bool {
    const FROM_THE_FIRST_BYTE: [u16; 21] = [
        443, 465, 563, 636, 853, 989, 990, 993, 995, 2376, 3269, 5061, 5223, 5349, 5671, 6443, 6697, 8443, 8883, 9443,
        10250,
    ];
    FROM_THE_FIRST_BYTE.contains(&port) || spoken("", port).contains("://")
}

/// The host of a URL. A password in it is not carried over.
pub(super) fn url(at: &str, (written, name): (&str, &str), keys: Keys, import: &mut Import) {
    let url = Url::split(written);
    if url.has_scheme("https") || url.has_scheme("wss") {
        import.endpoint(at, &format!("https://{}", url.place), Some(name), keys);
    } else if url.has_scheme("http") || url.has_scheme("ws") {
        import.note(at, "left out: it is asked in the clear, without TLS");
    } else if url.scheme.is_none() && parse_host(url.host).is_ok() && url.port != Some("80") {
        import.note(at, "it does not say https; TLS is taken for it");
        import.endpoint(at, url.place, Some(name), keys);
    } else {
        import.note(at, "left out: its address is no https://");
    }
}

/// Channels hold secrets: only what they are called is repeated.
fn channels(value: &Value, input: &Input, import: &mut Import) {
    for channel in value.get("notificationList").and_then(Value::as_array).into_iter().flatten() {
        let name = cap(&clean(text(channel, "name").unwrap_or("without a name")), SHOWN);
        import.note(&input.name, &format!("the channel `{name}` is left out: write it as a channel of a contact"));
    }
}
