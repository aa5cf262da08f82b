//! Whether a template is right: it is tried on samples of every kind of row, before a reminder depends on it.

use super::context::{Context, Row, Totals, VERSION};
use super::engine::{self, TemplateError};
use super::{Template, made, problem};
use crate::policy::{Channel, Language, Policies, Problem, TemplateKind, nearest};

/// Everything that is wrong with the templates of a policy file.
#[must_use]
pub fn mistakes(policies: &Policies) -> Vec<Problem> {
    let templates = policies.templates.all();
    templates.flat_map(|(kind, languages, template)| mistakes_of(kind, &languages, template)).collect()
}

fn mistakes_of(kind: TemplateKind, languages: &[Language], template: &Template) -> Vec<Problem> {
    let keys = keys();
    let mut slips: Vec<TemplateError> =
        engine::unknown_names(&template.text, |name| keys[0].iter().any(|key| key == name));
    for context in languages.iter().flat_map(|language| samples(kind, *language)) {
        if let Err(slip) = made(kind, template, &context)
            && !slips
                .iter()
                .any(|known| known.range == slip.range || known.unknown == slip.unknown && slip.unknown.is_some())
        {
            slips.push(slip);
        }
    }
    slips.sort_by_key(|slip| slip.range.as_ref().map(|range| range.start));
    slips.iter().map(|slip| problem(template, slip, &help(slip, &keys))).collect()
}

/// The keys of the message, of its rows and of its totals.
fn keys() -> [Vec<String>; 3] {
    let sample = samples(TemplateKind::Text, Language::English).into_iter().next();
    let value = sample.and_then(|sample| serde_json::to_value(sample).ok()).unwrap_or_default();
    [&value, &value["rows"][0], &value["totals"]].map(|part| {
        let keys = part.as_object().into_iter().flatten().map(|(key, _)| key.clone());
        keys.collect()
    })
}

fn help(slip: &TemplateError, keys: &[Vec<String>; 3]) -> String {
    let Some(unknown) = &slip.unknown else { return String::new() };
    let all: Vec<&str> = keys.iter().flatten().map(String::as_str).collect();
    let of = |keys: &[String]| keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    match nearest(unknown, &all) {
        Some(right) if right != unknown => format!("did you mean `{right}`?"),
        _ if all.contains(&unknown.as_str()) => {
            format!("the message has {}; a row has {}; `totals` has {}", of(&keys[0]), of(&keys[1]), of(&keys[2]))
        }
        _ => format!("there are {}; a row has {}", of(&keys[0]), of(&keys[1])),
    }
}

/// A message with every kind of row, one with a single certificate, and one about no certificate at all.
fn samples(kind: TemplateKind, language: Language) -> Vec<Context> {
    let expired = certificate("expired", -1);
    let soon = Row { number: 2, ..certificate("within-30-days", 22) };
    let renewed = Row { number: 3, is_reminder: false, kind: "business.hosting", ..certificate("calm", 89) };
    let notice = Row { number: 4, ..notice() };
    let all = vec![expired, soon.clone(), renewed, notice.clone()];
    [all, vec![Row { number: 1, ..soon }], vec![Row { number: 1, ..notice }]]
        .into_iter()
        .map(|rows| message(rows, kind, language))
        .collect()
}

fn message(rows: Vec<Row>, kind: TemplateKind, language: Language) -> Context {
    let of = |urgency: &str| rows.iter().filter(|row| row.is_reminder && row.urgency == urgency).count();
    Context {
        version: VERSION,
        language: language.tag(),
        contact: "ops".to_owned(),
        channel: if kind == TemplateKind::Chat { Channel::CHATBOTS[0] } else { Channel::Email }.as_str(),
        subject: "vpn.example.com: certificate expires 2026-12-14".to_owned(),
        summary: "1 certificate expires within 30 days.".to_owned(),
        totals: Totals {
            rows: rows.len(),
            expired: of("expired"),
            within_7_days: of("within-7-days"),
            within_30_days: of("within-30-days"),
            later: of("later"),
            events: rows.iter().filter(|row| !row.is_reminder).count(),
            need_nothing: 297,
            not_seen: 1,
        },
        rows,
        page: 1,
        pages: 1,
        may_be_a_repeat: false,
        foot: vec!["The next goes out on Saturday, 28 November.".to_owned()],
        hold: "To hold it until 2026-11-28, on web-1.example.com:".to_owned(),
        hold_command: "certnotify snooze f5/vpn.example.com --until 2026-11-28".to_owned(),
        footer: "certnotify on web-1.example.com, /etc/certnotify/policies.toml".to_owned(),
        machine: "web-1.example.com".to_owned(),
        policy_file: "/etc/certnotify/policies.toml".to_owned(),
    }
}

fn certificate(urgency: &'static str, days_left: i64) -> Row {
    let text = str::to_owned;
    Row {
        number: 1,
        is_reminder: true,
        kind: "business.expiration",
        urgency,
        name: text("vpn.example.com"),
        entry: text("f5/vpn.example.com"),
        left: format!("{days_left} days left"),
        left_short: format!("{days_left} d"),
        days_left: Some(days_left),
        expires: text("2026-12-14 00:59:59"),
        expires_on: text("2026-12-14"),
        names: vec![text("vpn.example.com"), text("webmail.example.com")],
        more_names: 3,
        issuer: text("Example Public CA G2"),
        serial: text("1518c3c23184ff27459142deccea2645"),
        fingerprint: text("c5464df043664b8977c7835638ba5741930e855f003305f4e2ce4bec605fdc1a"),
        places: vec![text("vpn.example.com:443")],
        more_places: 1,
        seen: vec![text("vpn.example.com:443 (10.20.0.5), today 08:07")],
        owner: text("anna"),
        note: text("Order at the CA portal"),
        why: text("30 days before its end"),
        remarks: vec![text("It is still served at vpn.example.com:443.")],
        what_to_do: vec![text("To do: renew it, and put the new one in place at vpn.example.com:443.")],
    }
}

fn notice() -> Row {
    let text = str::to_owned;
    Row {
        number: 1,
        kind: "service.notice",
        urgency: "calm",
        name: text("ci@build-1"),
        left: text("notice"),
        left_short: text("notice"),
        why: text("reported by ci@build-1, today 08:07"),
        remarks: vec![text("ci@build-1 reports: notice.")],
        ..Row::default()
    }
}
