//! ACME renewal information (RFC 9773) from a directory on loopback.

use std::collections::BTreeMap;
use std::time::Duration as Elapsed;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certnotify::history::History;
use certnotify::observation::{RenewalAnswer, RenewalWindow};
use certnotify::observe::{self, AuthorityQuery, Questions};
use certnotify::policy::{Entry, Renewal, Watch};
use tempfile::TempDir;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::{Authority, NOW, leaf};
use crate::support::web::{Reply, Web};
use crate::support::world::{entry, policy};

const HEADER: &str = "Retry-After: 21600";

struct Case {
    web: Web,
    folder: TempDir,
    entry: Entry,
    directories: BTreeMap<String, String>,
    /// The path of the renewal information of its certificate.
    path: String,
}

impl Case {
    fn new() -> Self {
        let (web, authority) = (Web::start(), Authority::root("Private CA"));
        // The first bit is set, so that the serial has a zero in front.
        let certificate = authority.issue(&leaf(&["www.example.com"]).serial(&[0x87, 0x65, 0x43, 0x21]));
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let mut entry = entry("www", policy());
        entry.watch = Watch::Files { patterns: vec![file("www.pem", &certificate.pem)], exclude: Vec::new() };
        entry.options_mut().ca_file = Some(file("ca.pem", &authority.pem));
        entry.options_mut().renewal = Some(Renewal::Auto);
        let directory = format!(r#"{{"newNonce": "x", "renewalInfo": "{}"}}"#, web.url("/renewal-info"));
        web.reply("/directory", Reply::Bytes(directory.into_bytes()));
        let directories = BTreeMap::from([("Private CA".to_owned(), web.url("/directory"))]);
        let path = format!("/renewal-info/{}", identifier(&certificate.der));
        Self { web, folder, entry, directories, path }
    }

    fn serves(&self, body: &str) -> &Self {
        self.web.reply(&self.path, Reply::With(HEADER, body.to_owned()));
        self
    }

    fn ask(&self, history: &History, now: OffsetDateTime) -> Vec<RenewalAnswer> {
        let options = observe::Options { questions: Questions::OfSubscribers, ..observe::Options::default() };
        let looked = observe::entries(&[&self.entry], &options, now);
        let asking = AuthorityQuery { one: Elapsed::from_secs(5), ..AuthorityQuery::default() };
        observe::renewal_info::ask(&[&self.entry], &looked, &self.directories, history, &asking, now)
    }

    fn answer(&self) -> RenewalAnswer {
        let mut answers = self.ask(&History::default(), NOW);
        assert_eq!(answers.len(), 1, "{answers:?}");
        answers.remove(0)
    }

    fn window(&self) -> RenewalWindow {
        self.answer().window.unwrap()
    }

    fn failure(&self) -> String {
        self.answer().window.unwrap_err()
    }
}

/// RFC 9773 §4.1, worked out by another reader of certificates.
fn identifier(der: &[u8]) -> String {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).unwrap();
    let key = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        x509_parser::extensions::ParsedExtension::AuthorityKeyIdentifier(authority) => {
            authority.key_identifier.as_ref().map(|key| key.0)
        }
        _ => None,
    });
    let serial = certificate.raw_serial();
    assert_eq!(serial[0], 0);
    format!("{}.{}", URL_SAFE_NO_PAD.encode(key.unwrap()), URL_SAFE_NO_PAD.encode(serial))
}

fn window(start: &str, end: &str) -> String {
    format!(r#"{{"suggestedWindow": {{"start": "{start}", "end": "{end}"}}}}"#)
}

#[test]
fn a_window_ahead_open_or_past_is_taken_as_it_is() {
    for (start, end) in [
        (datetime!(2026-12-20 00:00 UTC), datetime!(2026-12-22 00:00 UTC)),
        (datetime!(2026-11-20 00:00 UTC), datetime!(2026-11-23 00:00 UTC)),
        (datetime!(2026-11-01 00:00 UTC), datetime!(2026-11-03 00:00 UTC)),
    ] {
        let case = Case::new();
        let text = |at: OffsetDateTime| at.format(&time::format_description::well_known::Rfc3339).unwrap();
        case.serves(&window(&text(start), &text(end)));
        assert_eq!(case.window(), RenewalWindow { start, end, explanation: None });
        assert_eq!(case.web.asked(), ["/directory", case.path.as_str()]);
    }
}

#[test]
fn other_zones_and_fractions_of_seconds_are_read() {
    let case = Case::new();
    case.serves(&window("2026-12-20T02:00:00.123456789+02:00", "2026-12-22T00:00:00.5Z"));
    assert_eq!(case.window().start, datetime!(2026-12-20 00:00 UTC));
    assert_eq!(case.window().end, datetime!(2026-12-22 00:00 UTC));
}

#[test]
fn an_explanation_is_kept_where_it_is_a_page_and_nothing_else() {
    for (written, kept) in [
        ("https://ca.example/incident", Some("https://ca.example/incident")),
        ("javascript:alert(1)", None),
        ("https://ca.example/\\u001b[2J", None),
        ("https://ca.example/ 证书", None),
    ] {
        let case = Case::new();
        let ends = r#"{"start": "2026-12-20T00:00:00Z", "end": "2026-12-22T00:00:00Z"}"#;
        case.serves(&format!(r#"{{"suggestedWindow": {ends}, "explanationURL": "{written}"}}"#));
        assert_eq!(case.window().explanation.as_deref(), kept, "{written}");
    }
}

#[test]
fn garbage_is_no_window() {
    for garbage in [
        String::new(),
        "[]".to_owned(),
        "<html>".to_owned(),
        "{}".to_owned(),
        window("tomorrow", "later"),
        window("2026-12-22T00:00:00Z", "2026-12-20T00:00:00Z"),
        window("2026-12-20T00:00:00Z", "2026-12-20T00:00:00Z"),
        r#"{"suggestedWindow": {"start": 1, "end": 2}}"#.to_owned(),
        "[".repeat(60_000),
    ] {
        let case = Case::new();
        case.serves(&garbage);
        assert!(case.failure().starts_with(&case.web.url(&case.path)), "{garbage:.40}");
    }
    let case = Case::new();
    case.web.reply(&case.path, Reply::Endless(1024 * 1024));
    assert!(case.failure().ends_with("its answer is larger than 64 KiB"));
}

#[test]
fn the_next_question_comes_when_the_authority_says_and_not_before() {
    let case = Case::new();
    case.serves(&window("2026-12-20T00:00:00Z", "2026-12-22T00:00:00Z"));
    let mut history = History::default();
    let answers = case.ask(&history, NOW);
    assert_eq!(answers[0].ask_again, NOW + Duration::hours(6));
    history.note_renewals(&answers);
    assert!(case.ask(&history, NOW + Duration::minutes(359)).is_empty());
    assert_eq!(case.web.asked().len(), 2);
    assert_eq!(case.ask(&history, NOW + Duration::hours(6)).len(), 1);
}

#[test]
fn an_authority_that_fails_is_asked_again_when_it_says() {
    let case = Case::new();
    case.web.reply(&case.path, Reply::Status(503, "Retry-After: 600"));
    assert_eq!(case.answer().ask_again, NOW + Duration::minutes(10));
    assert!(case.failure().ends_with("it answered HTTP 503"));
    case.web.reply(&case.path, Reply::Status(404, "Retry-After: 1"));
    assert_eq!(case.answer().ask_again, NOW + Duration::minutes(1));
}

#[test]
fn a_directory_that_offers_nothing_or_is_none_is_told() {
    for (directory, why) in [
        (r#"{"newNonce": "x"}"#, "it offers no renewal information"),
        ("<html>", "it is no ACME directory"),
        (
            r#"{"renewalInfo": "http://169.254.169.254/x"}"#,
            "plain http goes only to this machine and to private networks, and this host has a public address",
        ),
        (
            r#"{"renewalInfo": "https://169.254.169.254/x"}"#,
            "it has an address that is unassigned or of this link only",
        ),
        (r#"{"renewalInfo": "file:///etc/passwd"}"#, "its address cannot be used"),
    ] {
        let case = Case::new();
        case.web.reply("/directory", Reply::Bytes(directory.as_bytes().to_vec()));
        assert!(case.failure().ends_with(&format!(": {why}")), "{}", case.failure());
        assert!(case.web.asked().iter().all(|path| path == "/directory"));
    }
}

#[test]
fn plain_http_is_believed_of_no_authority_without_a_ca_file() {
    let mut case = Case::new();
    case.serves(&window("2026-12-20T00:00:00Z", "2026-12-22T00:00:00Z"));
    // Without it the chain is not verified, and no authority is asked at all.
    case.entry.options_mut().ca_file = None;
    assert!(case.ask(&History::default(), NOW).is_empty());
    assert!(case.web.asked().is_empty());
}

#[test]
fn only_what_renews_by_itself_and_is_watched_is_asked_about() {
    for change in [
        (|case: &mut Case| case.entry.options_mut().renewal = Some(Renewal::Manual)) as fn(&mut Case),
        |case| case.entry.options_mut().renewal = None,
        |case| case.entry.options_mut().is_silenced = true,
        |case| case.directories.clear(),
        |case| std::fs::write(case.folder.path().join("ca.pem"), Authority::root("Private CA").pem).unwrap(),
    ] {
        let mut case = Case::new();
        change(&mut case);
        assert!(case.ask(&History::default(), NOW).is_empty());
        assert!(case.web.asked().is_empty());
    }
}
