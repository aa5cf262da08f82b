//! What is written is read as it was, and takes little room.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::de::DeserializeSeed as _;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::macros::datetime;

use super::super::document::Document;
use super::{Compact, OfHistory};
use crate::certificate::{Certificate, CertificateKind, DateOf, Fingerprint, Limit, PublicKey};
use crate::history::{CertificateRecord, FolderRecord, History, Moment, NameSet, PlaceRecord, ServedRecord};
use crate::policy::EntryName;

const NOW: OffsetDateTime = datetime!(2026-11-22 08:07:12 UTC);
const EARLIER: OffsetDateTime = datetime!(2026-11-21 08:07:12 UTC);

fn digest(text: &str) -> Fingerprint {
    Fingerprint::new(Sha256::digest(text).into())
}

fn certificate(name: &str) -> Certificate {
    let dates = (datetime!(2026-01-01 0:00 UTC), datetime!(2044-01-01 0:00 UTC));
    Certificate {
        dns_names: vec![name.to_owned(), format!("www.{name}")],
        issuer: "CN=Example Issuing CA,O=Example".into(),
        key: PublicKey { algorithm: "EC".into(), bits: Some(256), id: Some(digest("key")) },
        serial: "4d2c0b7f9e1a3c5d7e9f0a1b2c3d4e5f60718293".to_owned(),
        signature_algorithm: "ecdsa-with-SHA256".into(),
        usages: vec!["serverAuth".into()].into(),
        ..Certificate::with_dates(digest(name), format!("CN={name}").into(), dates)
    }
}

fn record(facts: Certificate, name: &str, place: &str) -> CertificateRecord {
    let (names, place) = (NameSet::one(name), Some(place.into()));
    CertificateRecord { facts: Arc::new(facts), last_seen: NOW, names, place, is_unwatched: false }
}

fn place(source: &str, name: &str, entry: &str, fingerprint: Fingerprint) -> PlaceRecord {
    PlaceRecord {
        address: None,
        also: BTreeSet::new(),
        away: None,
        displaced: None,
        earlier: Vec::new(),
        entry: EntryName::new(entry),
        fingerprint,
        folder: Some(FolderRecord { device: 65024, own_device: None, pattern: "/srv/certificates/pem".into() }),
        is_endpoint: false,
        key: None,
        last_seen: NOW,
        limited_by: None,
        missing: 0,
        name: name.into(),
        root: Some("CN=Example Root,O=Example".into()),
        served: BTreeMap::new(),
        source: source.into(),
    }
}

/// Shows `facts` at a place that only `change` tells from the usual one.
fn show(
    history: &mut History,
    facts: Certificate,
    key: &str,
    change: impl Fn(&mut CertificateRecord, &mut PlaceRecord),
) {
    let name = format!("farm/{}", key.rsplit('/').next().unwrap());
    let mut known = place(key, &name, "farm", facts.fingerprint);
    let mut record = record(facts, &name, key);
    change(&mut record, &mut known);
    history.certificates.insert(record.facts.fingerprint, record);
    history.places.insert(key.to_owned(), known);
}

fn written(history: &History) -> String {
    serde_json::to_string(&Compact::new(history)).unwrap()
}

fn read(text: &str) -> Result<History, serde_json::Error> {
    OfHistory::default().deserialize(&mut serde_json::Deserializer::from_str(text))
}

/// Places that are usual in all but one thing each.
fn unusual() -> History {
    let mut history = History { last_run: Some(NOW), ..History::default() };
    let limit =
        || Box::new(Limit { fingerprint: digest("limit"), is_metadata: false, not_after: NOW, subject: "CN=i".into() });
    let mut show = |name: &str, change: &dyn Fn(&mut Certificate, &mut CertificateRecord, &mut PlaceRecord)| {
        show(&mut history, certificate(name), &format!("/pem/{name}"), |record, place| {
            let mut facts = (*record.facts).clone();
            change(&mut facts, record, place);
            record.facts = Arc::new(facts);
        });
    };
    show("usual", &|_, _, _| {});
    show("own key", &|facts, _, _| facts.key.id = Some(digest("another")));
    show("no key", &|facts, _, _| facts.key.id = None);
    show("self", &|facts, _, _| (facts.issuer, facts.is_self_issued) = (facts.subject.clone(), true));
    show("own root", &|facts, _, place| {
        (facts.issuer, facts.is_self_issued) = (facts.subject.clone(), true);
        place.root = Some(facts.subject.clone());
    });
    show("root unknown", &|facts, _, place| {
        (facts.issuer, facts.is_self_issued) = (facts.subject.clone(), true);
        place.root = None;
    });
    show("alike", &|facts, _, _| facts.issuer = facts.subject.clone());
    show("subject", &|facts, _, _| facts.subject = "CN=other,O=Example".into());
    show("nameless", &|facts, _, _| facts.dns_names.clear());
    show("date", &|facts, _, _| {
        (facts.dns_names, facts.subject, facts.issuer) = (Vec::new(), "APNs key".into(), "".into());
    });
    show("no subject", &|facts, _, _| facts.subject = "".into());
    show("addresses", &|facts, _, _| {
        facts.ip_addresses = vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
    });
    show("authority", &|facts, _, _| facts.is_authority = true);
    show("registration", &|facts, _, _| facts.kind = CertificateKind::Date(DateOf::Registration));
    show("list", &|facts, _, _| facts.kind = CertificateKind::RevocationList);
    show("quoted \"\u{1}", &|_, _, _| {});
    show("limited", &|facts, _, place| (facts.limited_by, place.limited_by) = (Some(limit()), Some(limit())));
    show("limited there", &|_, _, place| place.limited_by = Some(limit()));
    show("limited here", &|facts, _, _| facts.limited_by = Some(limit()));
    show("seen", &|_, record, place| (record.last_seen, place.last_seen) = (EARLIER, EARLIER));
    show("seen elsewhere", &|_, _, place| place.last_seen = EARLIER);
    show("names", &|_, record, _| record.names.insert("also"));
    show("nowhere", &|_, record, _| record.place = None);
    show("entry", &|_, _, place| place.entry = EntryName::new("farm/e"));
    show("absolute", &|_, record, place| {
        (place.name, place.entry) = (place.source.clone(), EntryName::new(&*place.source));
        record.names = NameSet::one(place.name.clone());
    });
    show("no root", &|_, _, place| place.root = None);
    show("endpoint", &|_, _, place| {
        (place.folder, place.is_endpoint, place.address) = (None, true, Some("::1".to_owned()));
    });
    show("away", &|_, _, place| (place.away, place.missing) = (Some(Moment(EARLIER)), 3));
    show("earlier", &|_, _, place| (place.earlier, place.displaced) = (vec![digest("e")], Some(digest("d"))));
    show("device", &|_, _, place| place.folder.as_mut().unwrap().own_device = Some(7));
    // Members of an entry; some are called by another name than their path below the folder.
    for (name, entry, called) in [
        ("member", "farm", "farm/d/member"),
        ("other entry", "farm/d", "farm/d/d/other entry"),
        ("entry without a name", "", "/d/entry without a name"),
        ("other path", "farm", "farm/e/other path"),
        ("shorter entry", "far", "farm/d/shorter entry"),
    ] {
        self::show(&mut history, certificate(name), &format!("/srv/certificates/pem/d/{name}"), |record, place| {
            (place.entry, place.name) = (EntryName::new(entry), called.into());
            record.names = NameSet::one(called);
        });
    }
    let further = digest("usual").short()[..8].to_owned();
    let second = PlaceRecord { source: "/pem/usual".into(), ..place("", "farm/usual#", "farm", digest("usual")) };
    history.places.insert(format!("/pem/usual#{further}"), second);
    history.certificates.insert(digest("gone"), record(certificate("gone"), "farm/gone", "/pem/gone"));
    history.places.insert("/pem/lost".to_owned(), place("/pem/lost", "lost", "lost", digest("lost")));
    history
}

#[test]
fn what_is_written_is_read_as_it_was() {
    for history in [History::default(), unusual()] {
        let text = written(&history);
        assert_eq!(read(&text).unwrap(), history, "{text}");
    }
}

#[test]
fn a_name_that_is_written_counts_although_the_folder_has_one() {
    let mut history = History::default();
    show(&mut history, certificate("a"), "/srv/certificates/pem/a", |_, _| {});
    let mut state: serde_json::Value = serde_json::from_str(&written(&history)).unwrap();
    let place = &mut state["places"]["/srv/certificates/pem/a"];
    assert_eq!((&place["name"], &place["entry"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    place["name"] = "other/a".into();
    let read = &read(&state.to_string()).unwrap().places["/srv/certificates/pem/a"];
    assert_eq!((&*read.name, read.entry.as_str()), ("other/a", "other"));
    state["folders"][0]["entry"].take();
    state["places"]["/srv/certificates/pem/a"]["name"].take();
    let error = self::read(&state.to_string()).unwrap_err().to_string();
    assert!(error.contains("missing field `name`"), "{error}");
}

#[test]
fn a_number_of_a_row_that_is_not_there_is_damage() {
    let text = written(&unusual());
    for table in ["authorities", "folders", "anchors"] {
        let mut state: serde_json::Value = serde_json::from_str(&text).unwrap();
        state[table] = serde_json::json!([]);
        let error = read(&state.to_string()).unwrap_err().to_string();
        assert!(error.contains(&format!("`{table}` has no row ")), "{error}");
    }
}

#[test]
fn a_key_that_stands_twice_in_a_record_or_beside_one_is_damage() {
    let mut history = unusual();
    let served = ServedRecord { fingerprint: digest("old"), last_seen: NOW };
    let usual = history.places.values_mut().next().unwrap();
    usual.served = ["a:443", "b:443"].map(|endpoint| (endpoint.to_owned(), served.clone())).into();
    let mut bytes = Vec::new();
    Document::new("/p.toml".to_owned()).write(&history, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(Document::parse(text.as_bytes()).unwrap().1, history);
    let (gone, first) = (digest("gone").to_string(), history.places.keys().next().unwrap().clone());
    let last = history.places.keys().last().unwrap();
    for (once, twice) in [
        (r#""a:443":"#.to_owned(), r#""b:443":"#.to_owned()),
        (format!("\"{last}\": "), format!("\"{first}\": ")),
        (format!("\"{gone}\": {{"), format!("\"{gone}\": {{}},\n    \"{gone}\": {{")),
        (r#"{"authority":0,"#.to_owned(), r#"{"authority":0,"authority":0,"#.to_owned()),
        (r#""fingerprint":"#.to_owned(), format!(r#""fingerprint":"{gone}","fingerprint":"#)),
    ] {
        assert!(text.contains(&once), "{once}: {text}");
        let error = Document::parse(text.replacen(&once, &twice, 1).as_bytes()).unwrap_err().to_string();
        assert!(error.contains("stands twice in one object"), "{twice}: {error}");
    }
}

#[test]
fn records_in_another_order_are_read_all_the_same() {
    let (one, other) = (digest("lost").to_string(), "/pem/zzz");
    let mut history = unusual();
    history.places.insert(other.to_owned(), place(other, "z", "z", digest("lost")));
    let mut bytes = Vec::new();
    Document::new("/p.toml".to_owned()).write(&history, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let line = text.lines().find(|line| line.contains(other)).unwrap().trim_end_matches(',');
    assert!(line.contains(&one));
    let moved =
        text.replacen(&format!(",\n{line}"), "", 1).replacen(r#""places": {"#, &format!("\"places\": {{\n{line},"), 1);
    assert_ne!(moved, text);
    assert_eq!(Document::parse(moved.as_bytes()).unwrap().1, history);
}

#[test]
fn a_certificate_with_a_key_of_its_own_takes_at_most_400_bytes() {
    const MANY: usize = 2000;
    let mut history = History::default();
    for number in 0..MANY {
        let key = format!("/srv/certificates/pem/d{:04}/host-{number}.pem", number / 100);
        let mut facts = certificate(&format!("host-{number}.example.com"));
        facts.key.id = Some(digest(&key));
        show(&mut history, facts, &key, |record, place| {
            place.name = format!("farm/d{:04}/host-{number}.pem", number / 100).into();
            record.names = NameSet::one(place.name.clone());
        });
    }
    let text = written(&history);
    assert!(text.len() / MANY <= 400, "{} bytes: {}", text.len() / MANY, &text[text.len() - 800..]);
    for once in ["Example Issuing CA", "ecdsa-with-SHA256", "\"/srv/certificates/pem\"", "Example Root"] {
        assert_eq!(text.matches(once).count(), 1, "{once}");
    }
}
