//! When the authority wants a renewal (RFC 9773), against the end of the certificate and what the client plans.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::dated::{World, now};
use crate::support::certificates::{Authority, leaf};
use crate::support::web::{Reply, Web};

const SERIAL: [u8; 4] = [0x07, 0x65, 0x43, 0x21];

/// A certificate of 90 days with so many left, and its authority.
struct Case {
    web: Web,
    world: World,
    path: String,
    end: OffsetDateTime,
}

impl Case {
    fn new(left: i64, more: &str) -> Self {
        let (web, world, authority) = (Web::start(), World::new(), Authority::root("Private CA"));
        let end = now() + Duration::days(left);
        let wish = leaf(&["www.example.com"]).lives(end - Duration::days(90), end).serial(&SERIAL);
        let certificate = authority.issue(&wish);
        world.put("www.pem", &certificate.pem);
        world.put("ca.pem", &authority.pem);
        let (_, read) = x509_parser::parse_x509_certificate(&certificate.der).unwrap();
        let key = read.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            x509_parser::extensions::ParsedExtension::AuthorityKeyIdentifier(authority) => {
                authority.key_identifier.as_ref().map(|key| key.0.to_vec())
            }
            _ => None,
        });
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let path = format!("/renewal-info/{}.{}", encode(&key.unwrap()), encode(&SERIAL));
        let directory = format!(r#"{{"newNonce": "x", "renewalInfo": "{}"}}"#, web.url("/renewal-info"));
        web.reply("/directory", Reply::Bytes(directory.into_bytes()));
        world.writes(&format!(
            "[settings]\nresolver = \"127.0.0.1:1\"\nacme-directories = {{ \"Private CA\" = \"{}\" }}\n\
             [contacts.ops]\nemail = \"ops@example.com\"\n\
             [policies.default]\nchannels = [\"inbox\"]\nevents = [\"alert.anomaly\", \"alert.recovery\"]\n\
             [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\nca-file = \"ca.pem\"\nrenewal = \"auto\"\n{more}",
            web.url("/directory")
        ));
        Self { web, world, path, end }
    }

    /// The authority wants a renewal from so many days before the end to so many.
    fn wants(&self, from: i64, until: i64) -> &Self {
        let at = |days: i64| (self.end - Duration::days(days)).format(&Rfc3339).unwrap();
        let body = format!(r#"{{"suggestedWindow": {{"start": "{}", "end": "{}"}}}}"#, at(from), at(until));
        self.web.reply(&self.path, Reply::With("Retry-After: 21600", body));
        self
    }

    fn day(&self, before_end: i64) -> String {
        (self.end - Duration::days(before_end)).date().to_string()
    }

    /// The kinds that a run tells, and what `check` says then.
    fn told(&self) -> (Vec<String>, Vec<(String, String)>) {
        let kinds = self.world.told().into_iter().map(|(kind, _)| kind).collect();
        assert!(self.web.asked().contains(&self.path), "{:?}", self.web.asked());
        let report = self.world.json(&["check", "--format", "json"]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let findings = report["certificates"][0]["findings"].as_array().unwrap().iter();
        let findings = findings.map(|finding| (text(&finding["id"]), text(&finding["message"])));
        // With 25 to 45 days left a private authority's certificate may warn of its end by the days of `check`.
        (kinds, findings.filter(|(id, _)| id != "expires-soon").collect())
    }
}

#[test]
fn a_window_that_begins_after_the_end_or_reaches_beyond_it_is_told() {
    let case = Case::new(40, "");
    let (kinds, found) = case.wants(-1, -3).told();
    assert_eq!(kinds, ["alert.anomaly"]);
    let clause = format!("its authority wants it to be renewed from {} on, and it ends before", case.day(-1));
    assert_eq!(found, [("renewal-blocked".to_owned(), clause)]);
    let case = Case::new(40, "");
    let (kinds, found) = case.wants(5, -1).told();
    assert_eq!(kinds, ["alert.anomaly"]);
    let clause = format!(
        "its authority lets it be renewed from {} to {}, and it ends before that is over",
        case.day(5),
        case.day(-1)
    );
    assert_eq!(found, [("renewal-blocked".to_owned(), clause)]);
}

#[test]
fn an_authority_that_wants_it_earlier_than_the_client_plans_is_told() {
    let case = Case::new(40, "renew-before = \"10d\"\n");
    let (kinds, found) = case.wants(32, 30).told();
    assert_eq!(kinds, ["alert.anomaly"]);
    let clause = format!(
        "its authority wants it to be renewed until {}, and `renew-before` plans {}",
        case.day(30),
        case.day(10)
    );
    assert_eq!(found, [("renewal-blocked".to_owned(), clause)]);
}

#[test]
fn a_window_that_fits_or_is_far_away_says_nothing() {
    for (left, more, from, until) in [
        (40, "", 32, 30),
        (40, "renew-before = \"30d\"\n", 32, 30),
        (40, "renew-before = \"27d\"\n", 32, 30),
        // What the client plans is earlier.
        (40, "renew-before = \"30d\"\n", 20, 18),
        // There is time to mend it.
        (80, "renew-before = \"10d\"\n", 32, 30),
        (80, "", -1, -3),
    ] {
        let case = Case::new(left, more);
        assert_eq!(case.wants(from, until).told(), (vec![], vec![]), "{left} {more}{from} {until}");
    }
}

#[test]
fn a_window_that_is_over_makes_the_renewal_late_in_check_as_in_a_run() {
    let case = Case::new(38, "");
    let (_, found) = case.wants(48, 46).told();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == "renewal-late" && found[0].1.ends_with(&format!("it was due {}", case.day(46))), "{found:?}");
}
