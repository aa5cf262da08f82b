//! Public events and the plans of browsers for roots: whom each concerns, when, and as what it is told.

use certnotify::certificate::Certificate;
use certnotify::event::{Detail, EventKind, FindingId, OccurrenceId};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::{WATCH, with_left};
use crate::support::scenario::{Look, Scenario};

const WINTER: OffsetDateTime = datetime!(2026-12-01 09:00 UTC);
const R3: &str = "CN=GlobalSign,O=GlobalSign,OU=GlobalSign Root CA - R3";
const R46: &str = "CN=GlobalSign Root R46,O=GlobalSign nv-sa,C=BE";
const GO_DADDY: &str = "CN=Go Daddy Root Certificate Authority - G2,O=GoDaddy.com\\, Inc.,L=Scottsdale,ST=Arizona,C=US";
const X1: &str = "CN=ISRG Root X1,O=Internet Security Research Group,C=US";
const ENTRUST: &str =
    "CN=Entrust Root Certification Authority - G2,OU=See www.entrust.net/legal-terms,O=Entrust\\, Inc.,C=US";

/// A leaf by `issuer` that began 10 days before `at` and lives for `days`.
fn leaf(at: OffsetDateTime, issuer: &str, days: i64, usages: &[&str]) -> Certificate {
    let mut leaf = with_left("edge.example", 0);
    (leaf.not_before, leaf.not_after) = (at - Duration::days(10), at + Duration::days(days - 10));
    leaf.issuer = issuer.into();
    leaf.usages = usages.iter().map(|usage| (*usage).into()).collect();
    leaf
}

fn authority(subject: &str, issuer: &str, not_before: OffsetDateTime) -> Certificate {
    let mut authority = with_left(subject, 20_000);
    authority.not_before = not_before;
    authority.subject = subject.into();
    authority.issuer = issuer.into();
    authority.is_authority = true;
    authority.is_self_issued = subject == issuer;
    authority
}

/// What a run at `at` tells of this certificate and its issuers: category, kind and name of each.
fn told(at: OffsetDateTime, leaf: &Certificate, issuers: &[&Certificate]) -> Vec<String> {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[Look::endpoint("edge.example:443", leaf).below(issuers)]);
    story.run(at);
    let ids = story.history.occurrences.keys().map(OccurrenceId::as_str);
    ids.filter(|id| id.starts_with("service.announcement ") || id.starts_with("alert.anomaly "))
        .map(str::to_owned)
        .collect()
}

fn announced(at: OffsetDateTime, leaf: &Certificate, issuers: &[&Certificate]) -> Vec<String> {
    let strip = |id: String| id.strip_prefix("service.announcement ").map(str::to_owned);
    told(at, leaf, issuers).into_iter().filter_map(strip).collect()
}

/// When, the issuer, days of life, usages, and what is announced.
type Case<'a> = (OffsetDateTime, &'a str, i64, &'a [&'a str], &'a [&'a str]);

#[test]
fn each_public_event_concerns_its_own_authorities_and_purposes_and_no_others() {
    const LETS: &str = "CN=E7,O=Let's Encrypt,C=US";
    const DIGICERT: &str = "CN=DigiCert Global G2 TLS,O=DigiCert Inc,C=US";
    let cases: [Case<'_>; 16] = [
        (WINTER, DIGICERT, 199, &[], &["sc081-100-days"]),
        (WINTER, DIGICERT, 199, &["serverAuth"], &["sc081-100-days"]),
        (WINTER, DIGICERT, 99, &[], &[]),
        (WINTER, DIGICERT, 99, &["clientAuth", "serverAuth"], &["end-of-client-auth"]),
        (WINTER, DIGICERT, 199, &["clientAuth"], &[]),
        (WINTER, DIGICERT, 199, &["emailProtection"], &[]),
        (WINTER, DIGICERT, 199, &["codeSigning"], &[]),
        (WINTER, DIGICERT, 700, &["codeSigning"], &["csc31-460-days"]),
        (WINTER, "CN=DigiCert Inc", 199, &[], &[]),
        (WINTER, "CN=Our CA,O=Example\\, O=DigiCert Inc", 199, &[], &[]),
        (WINTER, "CN=CA,O=Amazonia Logistics", 199, &[], &[]),
        (WINTER, "CN=CA,O=DigiCertified GmbH", 199, &["clientAuth", "serverAuth"], &[]),
        (WINTER, LETS, 90, &[], &["letsencrypt-64-days"]),
        (WINTER, LETS, 45, &[], &[]),
        (datetime!(2028-01-01 09:00 UTC), LETS, 64, &[], &["letsencrypt-45-days"]),
        (datetime!(2029-01-01 09:00 UTC), LETS, 64, &[], &["sc081-47-days"]),
    ];
    for (at, issuer, days, usages, expected) in cases {
        assert_eq!(
            announced(at, &leaf(at, issuer, days, usages), &[]),
            expected,
            "{issuer} of {days} days, {usages:?}"
        );
    }
}

#[test]
fn a_chain_that_leads_to_a_private_root_is_not_public_whatever_its_issuer_is_called() {
    let issuer = "CN=Issuing CA,O=DigiCert Inc,C=US";
    let private = authority(issuer, "CN=Our Root,O=Example Ltd", WINTER - Duration::days(900));
    assert_eq!(announced(WINTER, &leaf(WINTER, issuer, 199, &[]), &[&private]), [""; 0]);
    let public = authority(issuer, X1, WINTER - Duration::days(900));
    assert_eq!(announced(WINTER, &leaf(WINTER, issuer, 199, &[]), &[&public]), ["sc081-100-days"]);
}

#[test]
fn the_distrust_of_an_authority_is_an_alert_by_the_start_of_the_certificate() {
    let issuer = "CN=Entrust Certification Authority - L1K,O=Entrust\\, Inc.,C=US";
    let intermediate = authority(issuer, ENTRUST, datetime!(2014-10-22 00:00 UTC));
    let after = leaf(WINTER, issuer, 90, &["serverAuth"]);
    assert!(told(WINTER, &after, &[&intermediate]).contains(&"alert.anomaly entrust-distrust".to_owned()));
    let mut before = leaf(WINTER, issuer, 90, &["serverAuth"]);
    before.not_before = datetime!(2024-11-11 12:00 UTC);
    assert!(!told(WINTER, &before, &[&intermediate]).iter().any(|id| id.contains("entrust")));
    // Entrust Limited sells certificates under the roots of others.
    let elsewhere = authority(issuer, X1, datetime!(2024-10-22 00:00 UTC));
    assert!(!told(WINTER, &after, &[&elsewhere]).iter().any(|id| id.contains("entrust")));
}

#[test]
fn a_root_with_an_old_key_is_an_alert_for_what_outlives_it_and_an_announcement_for_the_rest() {
    let issuer = "CN=GlobalSign RSA OV SSL CA 2018,O=GlobalSign nv-sa,C=BE";
    let intermediate = authority(issuer, R3, datetime!(2018-11-21 00:00 UTC));
    let short = told(WINTER, &leaf(WINTER, issuer, 90, &[]), &[&intermediate]);
    assert_eq!(short, [format!("service.announcement root-age 2027-04-15 {R3}")]);
    let long = told(WINTER, &leaf(WINTER, issuer, 190, &["serverAuth"]), &[&intermediate]);
    assert!(long.contains(&format!("alert.anomaly root-age 2027-04-15 {R3}")), "{long:?}");
    for usage in ["codeSigning", "emailProtection", "clientAuth"] {
        let other = told(WINTER, &leaf(WINTER, issuer, 190, &[usage]), &[&intermediate]);
        assert!(!other.iter().any(|id| id.contains("root-age")), "{usage}: {other:?}");
    }
}

#[test]
fn a_path_to_a_root_that_stays_keeps_silent() {
    let issuer = "CN=GlobalSign GCC R46 OV TLS CA,O=GlobalSign nv-sa,C=BE";
    let intermediate = authority(issuer, R46, datetime!(2020-07-28 00:00 UTC));
    let cross = authority(R46, R3, datetime!(2020-07-28 00:00 UTC));
    let long = leaf(WINTER, issuer, 190, &["serverAuth"]);
    let told = told(WINTER, &long, &[&intermediate, &cross]);
    assert!(!told.iter().any(|id| id.contains("root-age")), "{told:?}");
}

#[test]
fn the_key_of_a_root_is_as_old_as_its_own_certificate_says() {
    let issuer = "CN=GlobalSign RSA OV SSL CA 2018,O=GlobalSign nv-sa,C=BE";
    let intermediate = authority(issuer, R3, datetime!(2018-11-21 00:00 UTC));
    let root = authority(R3, R3, datetime!(2016-01-01 00:00 UTC));
    let told = told(WINTER, &leaf(WINTER, issuer, 190, &["serverAuth"]), &[&intermediate, &root]);
    assert!(!told.iter().any(|id| id.contains("root-age")), "{told:?}");
}

#[test]
fn what_a_root_ends_early_is_one_row_with_all_that_depend_on_it_and_is_told_once() {
    let issuer = "CN=Go Daddy Secure Certificate Authority - G2,O=GoDaddy.com\\, Inc.,C=US";
    let intermediate = authority(issuer, GO_DADDY, datetime!(2011-05-03 00:00 UTC));
    let looks: Vec<Look> = (0..5)
        .map(|number| {
            let mut leaf = leaf(WINTER, issuer, 190, &["serverAuth"]);
            leaf.fingerprint = with_left(&format!("n{number}.example"), number).fingerprint;
            Look::endpoint(&format!("n{number}.example:443"), &leaf).below(&[&intermediate])
        })
        .collect();
    // Alerts are enough to hear of it.
    let mut story = Scenario::new(&WATCH.replace(", \"service-changes\"", ""));
    story.looks("edge", &looks);
    let first = story.occurrences(WINTER);
    assert_eq!(first.iter().filter(|row| *row == "alert.anomaly ops").count(), 1, "{first:?}");
    let details = story.details(EventKind::Anomaly);
    let is_it =
        |detail: &&&Detail| matches!(detail, Detail::Announced { count: 5, title, .. } if title.contains("2027-04-15"));
    assert_eq!(details.iter().filter(is_it).count(), 1, "{details:?}");
    let later: Vec<String> = (1..60).flat_map(|number| story.occurrences(WINTER + Duration::days(number))).collect();
    assert!(!later.iter().any(|row| row.contains("anomaly")), "{later:?}");
}

#[test]
fn check_says_how_long_before_the_end_the_root_is_trusted_no_more() {
    let issuer = "CN=Go Daddy Secure Certificate Authority - G2,O=GoDaddy.com\\, Inc.,C=US";
    let intermediate = authority(issuer, GO_DADDY, datetime!(2011-05-03 00:00 UTC));
    let mut story = Scenario::new(WATCH);
    let mut leaf = leaf(WINTER, issuer, 190, &["serverAuth"]);
    leaf.not_after = datetime!(2027-06-12 00:00 UTC);
    story.looks("edge", &[Look::endpoint("edge.example:443", &leaf).below(&[&intermediate])]);
    let observations = story.observations();
    let thresholds = certnotify::detect::Thresholds::default();
    let findings = certnotify::detect::findings(&story.policies.entries[0], &observations[0], &thresholds, WINTER);
    let found = findings.iter().find(|finding| finding.id == FindingId::RootHorizon).unwrap();
    assert_eq!(found.until, Some(datetime!(2027-04-15 00:00 UTC)));
    assert_eq!(
        found.message.to_string(),
        "its root `Go Daddy Root Certificate Authority - G2` is trusted by Firefox and Chrome until 2027-04-15, \
         58 days before its end"
    );
}

#[test]
fn a_public_event_is_announced_once_long_before_it_to_recipients_whom_it_concerns() {
    for (issuer, expected) in [("CN=Issuing CA,O=DigiCert Inc,C=US", 2), ("CN=Our CA,O=Example Ltd", 0)] {
        let mut story = Scenario::new(WATCH);
        let mut leaf = leaf(WINTER, issuer, 170, &[]);
        leaf.not_before = WINTER - Duration::days(30);
        story.looks("edge", &[Look::endpoint("edge.example:443", &leaf)]);
        let rows: Vec<String> =
            (0..100).flat_map(|number| story.occurrences(WINTER + Duration::days(number))).collect();
        // The lifetime of 100 days, and the end of validation by phone.
        assert_eq!(
            rows.iter().filter(|row| *row == "service.announcement ops").count(),
            expected,
            "{issuer}: {rows:?}"
        );
    }
}

#[test]
fn a_public_event_that_is_long_past_is_not_announced() {
    let late = datetime!(2027-06-01 09:00 UTC);
    assert_eq!(announced(late, &leaf(late, "CN=X,O=DigiCert Inc,C=US", 199, &[]), &[]), [""; 0]);
}

#[test]
fn many_certificates_of_one_authority_are_one_announcement_that_counts_them() {
    let looks: Vec<Look> = (0..40)
        .map(|number| {
            let mut leaf = with_left(&format!("n{number}.example"), 0);
            (leaf.not_before, leaf.not_after) = (WINTER - Duration::days(10), WINTER + Duration::days(150));
            leaf.issuer = "CN=Issuing CA,O=Sectigo Limited,C=GB".into();
            Look::endpoint(&format!("n{number}.example:443"), &leaf)
        })
        .collect();
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &looks);
    assert_eq!(story.occurrences(WINTER), ["service.announcement ops"]);
    let details = story.details(EventKind::Announcement);
    assert!(matches!(&details[..], [Detail::Announced { count: 40, names, .. }] if names.len() == 3), "{details:?}");
    // What was announced once stays so, however long ago the occurrence was forgotten.
    let again: Vec<String> = (1..14).flat_map(|number| story.occurrences(WINTER + Duration::days(number))).collect();
    assert!(!again.iter().any(|row| row.contains("announcement")), "{again:?}");
}
