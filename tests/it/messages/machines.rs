//! What programs are sent: webhooks and commands by their published schema, alerts of PagerDuty by their keys.

use std::collections::BTreeSet;

use certnotify::cause::Clause;
use certnotify::event::{Detail, EventKind, Evidence, FindingId, Occurrence, OccurrenceId};
use certnotify::policy::{Channel, ContactName, Language};
use certnotify::render::{self, Message};
use serde_json::{Value, json};
use time::Duration;
use time::macros::datetime;

use super::fleet::{Case, NOW, World, certificate, fleet, named, payload, twelve, vpn};
use super::hostile::{assert_is_printable, corpus, many, shape, strings};
use super::occurrence_kinds::{batch, chinese, english, everything, messages, occurrence, old};
use super::sizes::worst;
use crate::support::json_schema::Schema;

const PROGRAMS: [Channel; 2] = [Channel::Webhook, Channel::Command];
/// What the service takes.
const LARGEST_EVENT: usize = 512 * 1024;

fn schema() -> Schema {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/webhook.schema.json");
    Schema::read(&std::fs::read_to_string(path).unwrap())
}

fn items(payload: &Value) -> &Vec<Value> {
    payload["data"]["items"].as_array().unwrap()
}

#[test]
fn everything_that_a_program_is_sent_fits_the_published_schema() {
    let schema = schema();
    for world in World::all() {
        for channel in PROGRAMS {
            let test = render::test_message(&ContactName::new("ops"), channel, &world.render_input(), NOW);
            assert_eq!(schema.objections(&payload(&test)), [""; 0]);
            for size in [0, 1, 12, 500] {
                let cases: Vec<Case> = twelve().into_iter().chain(fleet(500)).take(size).collect();
                for message in messages(&world, channel, &cases, &everything()) {
                    assert_eq!(schema.objections(&payload(&message)), [""; 0], "{channel} {size}");
                }
            }
        }
    }
}

#[test]
fn the_schema_refuses_what_is_no_message() {
    let schema = schema();
    let message = payload(&messages(&english(), Channel::Webhook, &[vpn()], &everything()[..1]).remove(0));
    let mut wrong: Vec<Value> = Vec::new();
    for place in
        ["", "/data", "/data/totals", "/data/items/0", "/data/items/0/certificate", "/data/items/0/reminders/0"]
    {
        for key in message.pointer(place).unwrap().as_object().unwrap().keys() {
            let mut without = message.clone();
            without.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(key);
            wrong.push(without);
        }
        let mut with = message.clone();
        with.pointer_mut(place).unwrap()["more"] = json!(1);
        wrong.push(with);
    }
    for (place, value) in [
        ("/type", json!("certificate.other")),
        ("/version", json!(2)),
        ("/timestamp", json!("yesterday")),
        ("/data/id", json!("xyz")),
        ("/data/truncated", json!(-1)),
        ("/data/items/0/urgency", json!("soon")),
        ("/data/items/0/reminders/0/kind", json!("expiration")),
    ] {
        let mut other = message.clone();
        *other.pointer_mut(place).unwrap() = value;
        wrong.push(other);
    }
    assert!(wrong.len() > 50);
    for wrong in wrong {
        assert_ne!(schema.objections(&wrong), [""; 0], "{wrong}");
    }
}

#[test]
fn a_row_holds_what_the_mail_says() {
    let case = vpn().owner("alice");
    let message = english().messages(Channel::Webhook, &[case]).remove(0);
    let sent = payload(&message);
    assert_eq!((sent["type"].as_str(), sent["version"].as_u64()), (Some("certificate.reminders"), Some(1)));
    assert_eq!(sent["timestamp"], "2026-11-21T07:07:00Z");
    let data = &sent["data"];
    assert_eq!(
        (&data["id"], &data["contact"], &data["machine"]),
        (&json!(message.id), &json!("ops"), &json!("web-1.example.com"))
    );
    assert_eq!(data["policy_file"], "/etc/certnotify/policies.toml");
    assert_eq!(data["summary"], "1 certificate expires within 30 days.");
    assert_eq!((&data["need_nothing"], &data["not_seen"]), (&json!(297), &json!(1)));
    let row = &items(&sent)[0];
    assert_eq!(
        (&row["name"], &row["owner"], &row["left"]),
        (&json!("f5/vpn.example.com"), &json!("alice"), &json!("22 days left"))
    );
    assert_eq!(row["note"], "Order at the CA portal (cost centre 4711), install by hand on the F5");
    let facts = &row["certificate"];
    assert_eq!(facts["dns_names"], json!(["vpn.example.com", "webmail.example.com"]));
    assert_eq!((&facts["not_after"], &facts["days_left"]), (&json!("2026-12-13T23:59:59Z"), &json!(22)));
    assert_eq!(facts["issuer"], "CN=Example Public CA G2,O=Example Trust Ltd");
    assert_eq!(row["places"][0]["place"], "vpn.example.com:443");
    let reminder = &row["reminders"][0];
    assert_eq!((&reminder["kind"], &reminder["class"]), (&json!("business.expiration"), &json!("derived")));
    assert_eq!((&reminder["why"], &reminder["nth"]), (&json!("every 7 days, last on 14 November"), &json!(2)));
    assert_eq!(reminder["told_later"], json!([{ "contact": "anna", "from": "2026-12-10T23:59:59Z" }]));
}

#[test]
fn what_only_happened_is_news_and_a_reported_word_keeps_its_page() {
    let detail = Detail::Reported {
        message: Some("See https://wiki.example/tls".to_owned()),
        url: Some("https://ci.example/7".to_owned()),
        unmatched: None,
    };
    let mut reported = occurrence(EventKind::HostingFailure, detail);
    reported.evidence = Evidence::Reported { by: "certbot".to_owned() };
    let sent = payload(&messages(&english(), Channel::Command, &[], &[reported]).remove(0));
    assert_eq!((&sent["type"], &sent["data"]["totals"]["only_news"]), (&json!("certificate.news"), &json!(1)));
    let occurrences = &items(&sent)[0]["news"][0];
    assert_eq!((&occurrences["by"], &occurrences["class"]), (&json!("certbot"), &json!("reported")));
    assert_eq!(
        (&occurrences["message"], &occurrences["url"]),
        (&json!("See https://wiki.example/tls"), &json!("https://ci.example/7"))
    );
}

#[test]
fn a_webhook_stays_small_and_says_how_many_rows_it_left_out() {
    for language in Language::ALL {
        let world = World::from_language(language);
        // What thousands add is the same in every language.
        let largest = if language == Language::English { 5000 } else { 500 };
        for size in [1, 2, 12, 60, largest] {
            for (cases, is_typical) in [(fleet(size), true), (worst(size.min(500)), false)] {
                let messages = world.messages(Channel::Webhook, &cases);
                assert!((1..=3).contains(&messages.len()));
                let mut listed = 0;
                for (number, message) in (1..).zip(&messages) {
                    let sent = payload(message);
                    let most = if is_typical && size <= 12 { 20_000 } else { 90_000 };
                    assert!(sent.to_string().len() <= most, "{size}: {}", sent.to_string().len());
                    assert_eq!(items(&sent).len(), message.certificates);
                    assert_eq!(
                        (&sent["data"]["page"], &sent["data"]["pages"]),
                        (&json!(number), &json!(messages.len()))
                    );
                    assert_eq!(sent["data"]["totals"]["due"], cases.len());
                    listed += items(&sent).len();
                    assert_eq!(sent["data"]["id"], message.id);
                }
                for message in &messages {
                    assert_eq!(payload(message)["data"]["truncated"], cases.len() - listed);
                }
                let first: BTreeSet<_> = cases[..listed].iter().map(|case| case.certificate.fingerprint).collect();
                assert_eq!(named(&messages), first, "the first of the batch are named");
            }
        }
    }
    let typical: usize = english().messages(Channel::Webhook, &fleet(500)).iter().map(|it| it.certificates).sum();
    assert!(typical >= 200, "{typical}");
}

#[test]
fn a_command_is_told_all_in_one_message() {
    for cases in [fleet(5000), worst(500)] {
        let messages = english().messages(Channel::Command, &cases);
        assert_eq!((messages.len(), messages[0].certificates), (1, cases.len()));
        assert_eq!(items(&payload(&messages[0])).len(), cases.len());
        assert_eq!(payload(&messages[0])["data"]["truncated"], 0);
    }
}

#[test]
fn the_hostile_corpus_is_only_words_for_a_program() {
    for (world, channel) in
        [(english(), Channel::Webhook), (chinese(), Channel::Command), (english(), Channel::PagerDuty)]
    {
        let twin = world.payloads(channel, &many("harmless text", 1)).remove(0);
        for text in corpus() {
            let sent = world.payloads(channel, &many(&text, 1)).remove(0);
            assert_eq!(serde_json::from_str::<Value>(&sent.to_string()).unwrap(), sent);
            if !certnotify::render::untrusted::clean(&text).is_empty() {
                assert_eq!(shape(&sent), shape(&twin), "{text}");
            }
            let mut texts = Vec::new();
            strings(&sent, &mut texts);
            for said in texts {
                assert_is_printable(said);
                assert!(!said.contains('\n') && !said.contains("://"), "{said}");
            }
        }
    }
}

fn alerts(cases: &[Case], occurrences: &[Occurrence]) -> Vec<Message> {
    messages(&english(), Channel::PagerDuty, cases, occurrences)
}

fn key(message: &Message) -> String {
    payload(message)["dedup_key"].as_str().unwrap().to_owned()
}

#[test]
fn every_certificate_is_one_alert_that_the_service_takes() {
    for world in World::all() {
        for cases in [twelve(), fleet(500), worst(100)] {
            let messages = world.messages(Channel::PagerDuty, &cases);
            assert_eq!(messages.len(), cases.len());
            let (mut keys, mut ids) = (BTreeSet::new(), BTreeSet::new());
            for message in &messages {
                let event = payload(message);
                assert!(event.to_string().len() < LARGEST_EVENT);
                assert_eq!((message.certificates, message.reminders.len()), (1, 1));
                assert!(event["payload"]["summary"].as_str().unwrap().chars().count() <= 1024);
                assert!(key(message).len() <= 255);
                keys.insert(key(message));
                ids.insert(message.id.clone());
            }
            assert_eq!((keys.len(), ids.len()), (cases.len(), cases.len()));
        }
    }
}

#[test]
fn an_alert_reads_like_this() {
    let event = payload(&alerts(&[vpn()], &[])[0]);
    let mut brief = event.clone();
    brief["payload"]["custom_details"] = Value::Null;
    assert_eq!(
        brief,
        json!({
            "event_action": "trigger",
            "dedup_key": brief["dedup_key"],
            "client": format!("certnotify {} on web-1.example.com", env!("CARGO_PKG_VERSION")),
            "payload": {
                "summary": "vpn.example.com: certificate expires 2026-12-14",
                "source": "vpn.example.com:443",
                "severity": "warning",
                "timestamp": "2026-11-21T07:07:00Z",
                "component": "f5/vpn.example.com",
                "class": "business.expiration",
                "custom_details": null,
            },
        })
    );
    let details = &event["payload"]["custom_details"];
    assert_eq!((&details["machine"], &details["certificate"]["days_left"]), (&json!("web-1.example.com"), &json!(22)));
    let in_a_file = Case::new("a/x", "x.example.com", "/srv/x.pem", datetime!(2026-12-01 0:00 UTC));
    assert_eq!(payload(&alerts(&[in_a_file], &[])[0])["payload"]["source"], "web-1.example.com");
}

#[test]
fn the_key_of_an_alert_stays_while_its_severity_follows_the_end() {
    let severity = |end| {
        let mut case = Case::new("a/x", "x.example.com", "x.example.com:443", end);
        case.certificate = certificate(&["x.example.com"], datetime!(2027-01-01 0:00 UTC));
        case.certificate.not_after = end;
        let message = alerts(&[case], &[]).remove(0);
        (payload(&message)["payload"]["severity"].as_str().unwrap().to_owned(), key(&message))
    };
    let (days, first) = (Duration::days, severity(NOW + Duration::days(40)).1);
    for (left, wanted) in [(days(40), "info"), (days(30), "warning"), (days(7), "error"), (-days(1), "critical")] {
        assert_eq!(severity(NOW + left), (wanted.to_owned(), first.clone()));
    }
    let world = english();
    let mut other = world.batch(Channel::PagerDuty, &[vpn()]);
    let own = render::messages(&other, &world.render_input(), NOW).remove(0);
    other.contact = ContactName::new("night");
    assert_ne!(
        key(&own),
        key(&render::messages(&other, &world.render_input(), NOW).remove(0)),
        "each contact has its own"
    );
}

#[test]
fn what_comes_and_goes_without_the_certificate_is_an_alert_of_its_own() {
    let mut due = Case::new("www", "www.example.com", "/etc/ssl/www.pem", old().not_after);
    due.certificate = old();
    let wrong = |message: &str| Detail::FindingOpened {
        finding: FindingId::KeyMismatch,
        message: Clause::Text(message.to_owned()),
    };
    let anomaly = occurrence(EventKind::Anomaly, wrong("the key is another's"));
    let revoked =
        occurrence(EventKind::Revocation, Detail::Revoked { reason: None, since: None, source: "CRL".to_owned() });
    let sent = alerts(&[due], &[anomaly.clone(), revoked]);
    assert_eq!(sent.len(), 2, "the revocation joins the alert of its certificate");
    assert_ne!(key(&sent[0]), key(&sent[1]));
    assert_eq!((sent[0].occurrences.len(), sent[0].reminders.len(), sent[1].occurrences.len()), (1, 1, 1));
    assert_eq!(payload(&sent[0])["payload"]["custom_details"]["news"][0]["kind"], "business.revocation");

    let recovered = Occurrence {
        id: anomaly.id.recovery(NOW + Duration::HOUR),
        kind: EventKind::Recovery,
        detail: Detail::Recovered { finding: FindingId::KeyMismatch, count: 1, is_dropped: false },
        ..anomaly
    };
    let over = alerts(&[], &[recovered]).remove(0);
    assert_eq!(payload(&over), json!({ "event_action": "resolve", "dedup_key": key(&sent[1]) }));
    assert_eq!(over.occurrences.len(), 1);
}

#[test]
fn every_happening_is_an_alert_and_recorded_once() {
    let occurrences = everything();
    let sent = alerts(&[], &occurrences);
    let told: BTreeSet<&OccurrenceId> =
        sent.iter().flat_map(|message| &message.occurrences).map(|(id, _)| id).collect();
    assert_eq!(told, occurrences.iter().map(|occurrence| &occurrence.id).collect());
    assert_eq!(sent.iter().map(|message| message.occurrences.len()).sum::<usize>(), occurrences.len());
    for message in &sent {
        let event = payload(message);
        let severity = event["payload"]["severity"].as_str();
        let is_resolved = event["event_action"] == "resolve" && severity.is_none();
        assert!(is_resolved || severity.is_some_and(|it| ["critical", "error", "warning", "info"].contains(&it)));
    }
}

#[test]
fn an_alert_that_is_over_is_resolved_under_the_key_that_opened_it() {
    let world = english();
    let opened = key(&alerts(&[vpn()], &[])[0]);
    let mut batch = batch(&world, Channel::PagerDuty, &[], &[]);
    batch.resolved_alerts = vec![vpn().certificate.fingerprint];
    let over = render::messages(&batch, &world.render_input(), NOW).remove(0);
    assert_eq!(payload(&over), json!({ "event_action": "resolve", "dedup_key": opened }));
    assert_eq!(over.reminders[0].0.kind, EventKind::Hosting);
}
