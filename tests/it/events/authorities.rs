//! Changes of issuers, roots and usages; public events; certnotify's own version.

use certnotify::certificate::Certificate;
use certnotify::event::{AuthorityChange, Detail, EventKind};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::{NOW, WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};

fn issued(days: i64, issuer: &str) -> Certificate {
    Certificate { issuer: issuer.to_owned(), ..with_left("edge.example", days) }
}

fn authority(subject: &str, issuer: &str) -> Certificate {
    let mut authority = with_left(subject, 2000);
    authority.not_before = NOW - Duration::days(2000);
    subject.clone_into(&mut authority.subject);
    issuer.clone_into(&mut authority.issuer);
    authority.is_authority = true;
    authority
}

fn edge(leaf: &Certificate) -> Look {
    Look::endpoint("edge.example:443", leaf)
}

fn changes(story: &Scenario) -> Vec<&AuthorityChange> {
    let details = story.details(EventKind::CaChange).into_iter();
    details
        .flat_map(|detail| if let Detail::AuthorityChanged { changes, .. } = detail { &changes[..] } else { &[] })
        .collect()
}

#[test]
fn a_new_issuer_is_told_the_first_time_and_one_drawn_at_random_is_not() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[edge(&issued(10, "CN=R10"))]).occurrences(NOW);
    story.looks("edge", &[edge(&issued(60, "CN=R11"))]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops", "service.ca-change ops"]);
    for (number, issuer) in [(2, "CN=R10"), (3, "CN=R11"), (4, "CN=R10")] {
        story.looks("edge", &[edge(&issued(60 + 10 * number, issuer))]);
        assert_eq!(story.occurrences(day(number)), ["business.hosting ops"], "{issuer}");
    }
}

#[test]
fn a_new_root_and_a_lost_usage_are_told_always() {
    let mut story = Scenario::new(WATCH);
    let usages = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let old = Certificate { usages: usages(&["serverAuth", "clientAuth"]), ..issued(10, "CN=A") };
    let new = Certificate { usages: usages(&["serverAuth"]), ..issued(60, "CN=A") };
    story.looks("edge", &[edge(&old).below(&[&authority("CN=A", "CN=Root 1")])]).occurrences(NOW);
    story.looks("edge", &[edge(&new).below(&[&authority("CN=A", "CN=Root 2")])]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops", "service.ca-change ops"]);
    let changes = changes(&story);
    assert!(changes.iter().any(|change| matches!(change, AuthorityChange::Root { to, .. } if to == "CN=Root 2")));
    assert!(
        changes.iter().any(|change| matches!(change, AuthorityChange::UsageLost { usage } if usage == "clientAuth"))
    );
}

#[test]
fn an_intermediate_near_its_end_is_told_once() {
    let mut story = Scenario::new(WATCH);
    let mut ageing = authority("CN=A", "CN=Root 1");
    ageing.not_after = day(40);
    story.looks("edge", &[edge(&issued(150, "CN=A")).below(&[&ageing])]);
    assert_eq!(story.occurrences(NOW), [""; 0]);
    let occurrences: Vec<String> = (1..80).flat_map(|number| story.occurrences(day(number))).collect();
    assert_eq!(occurrences.iter().filter(|row| row.contains("ca-change")).count(), 1, "{occurrences:?}");
}

#[test]
fn another_version_of_certnotify_is_told_once_and_a_first_run_is_none() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[edge(&issued(150, "CN=A"))]);
    assert_eq!(story.occurrences(NOW), [""; 0]);
    story.history.written_by = Some("0.9.0".to_owned());
    assert_eq!(story.occurrences(day(1)), ["service.upgrade ops"]);
    assert_eq!(story.occurrences(day(2)), [""; 0]);
}

#[test]
fn a_public_event_is_announced_once_long_before_it_to_whoever_it_concerns() {
    let before = datetime!(2026-12-01 09:00 UTC);
    let of = |issuer: &str| {
        let mut leaf = issued(0, issuer);
        (leaf.not_before, leaf.not_after) = (before - Duration::days(30), before + Duration::days(160));
        leaf
    };
    for (issuer, told) in [("CN=Issuing CA,O=DigiCert Inc,C=US", 1), ("CN=Our CA,O=Example Ltd", 0)] {
        let mut story = Scenario::new(WATCH);
        story.looks("edge", &[edge(&of(issuer))]);
        let occurrences: Vec<String> =
            (0..100).flat_map(|number| story.occurrences(before + Duration::days(number))).collect();
        assert_eq!(
            occurrences.iter().filter(|row| *row == "service.announcement ops").count(),
            told,
            "{issuer}: {occurrences:?}"
        );
    }
}

#[test]
fn a_policy_without_service_changes_hears_of_none() {
    let mut story = Scenario::new(&WATCH.replace(", \"service-changes\"", ""));
    story.looks("edge", &[edge(&issued(10, "CN=A"))]).occurrences(NOW);
    story.looks("edge", &[edge(&issued(60, "CN=B"))]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops", "service.ca-change "]);
}

/// When, the issuer, its own issuer, days of life, usages, and what is announced.
type Case<'a> = (OffsetDateTime, &'a str, &'a str, i64, &'a [&'a str], &'a [&'a str]);

/// The public events that a run at `at` announces of a certificate by `issuer` that lives for `days`.
fn announced(at: OffsetDateTime, issuer: &str, root: &str, days: i64, usages: &[&str]) -> Vec<String> {
    let mut leaf = issued(0, issuer);
    (leaf.not_before, leaf.not_after) = (at - Duration::days(10), at + Duration::days(days - 10));
    leaf.usages = usages.iter().map(|usage| (*usage).to_owned()).collect();
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[edge(&leaf).below(&[&authority(issuer, root)])]);
    story.run(at);
    let ids = story.history.occurrences.keys().map(certnotify::event::OccurrenceId::as_str);
    ids.filter_map(|id| id.strip_prefix("service.announcement ").map(str::to_owned)).collect()
}

#[test]
fn each_public_event_concerns_its_own_authorities_and_no_others() {
    let winter = datetime!(2026-12-01 09:00 UTC);
    let lets = "CN=E7,O=Let's Encrypt,C=US";
    let cases: [Case; 13] = [
        (winter, "CN=DigiCert Global G2 TLS,O=DigiCert Inc,C=US", "CN=R", 199, &[], &["sc081-100-days"]),
        (winter, "CN=DigiCert Global G2 TLS,O=DigiCert Inc,C=US", "CN=R", 99, &[], &[]),
        (winter, "CN=DigiCert Global G2 TLS,O=DigiCert Inc,C=US", "CN=R", 99, &["clientAuth"], &["end-of-client-auth"]),
        (winter, "CN=DigiCert Inc", "CN=R", 199, &["clientAuth"], &[]),
        (winter, "CN=Our CA,O=Example\\, O=DigiCert Inc", "CN=R", 199, &["clientAuth"], &[]),
        (winter, lets, "CN=ISRG Root X2,O=Internet Security Research Group,C=US", 90, &[], &["letsencrypt-64-days"]),
        (winter, lets, "CN=ISRG Root X2", 45, &[], &[]),
        (datetime!(2028-01-01 09:00 UTC), lets, "CN=ISRG Root X2", 64, &[], &["letsencrypt-45-days"]),
        (datetime!(2029-01-01 09:00 UTC), lets, "CN=ISRG Root X2", 64, &[], &["sc081-47-days"]),
        (datetime!(2026-06-01 09:00 UTC), lets, "CN=ISRG Root X2", 90, &[], &["letsencrypt-generation-y"]),
        (
            winter,
            "CN=GlobalSign RSA OV SSL CA 2018,O=GlobalSign nv-sa,C=BE",
            "CN=GlobalSign,O=GlobalSign,OU=GlobalSign Root CA - R3",
            90,
            &[],
            &["mozilla-globalsign-r3"],
        ),
        (
            winter,
            "CN=Entrust Certification Authority - L1K,O=Entrust\\, Inc.,C=US",
            "CN=Entrust Root Certification Authority - G2,O=Entrust\\, Inc.,C=US",
            90,
            &[],
            &["entrust-distrust"],
        ),
        (
            winter,
            "CN=HiPKI OV TLS CA - G1,O=Chunghwa Telecom Co.\\, Ltd.,C=TW",
            "CN=HiPKI Root CA - G1,O=Chunghwa Telecom Co.\\, Ltd.,C=TW",
            90,
            &[],
            &["chunghwa-netlock-distrust"],
        ),
    ];
    for (at, issuer, root, days, usages, expected) in cases {
        assert_eq!(announced(at, issuer, root, days, usages), expected, "{issuer} of {days} days at {at}");
    }
}

#[test]
fn a_public_event_that_is_long_past_is_announced_to_nobody() {
    let late = datetime!(2027-06-01 09:00 UTC);
    assert_eq!(announced(late, "CN=X,O=DigiCert Inc,C=US", "CN=R", 199, &[]), [""; 0]);
}

#[test]
fn many_certificates_of_one_authority_are_one_announcement_that_counts_them() {
    let winter = datetime!(2026-12-01 09:00 UTC);
    let looks: Vec<Look> = (0..40)
        .map(|number| {
            let mut leaf = with_left(&format!("n{number}.example"), 0);
            (leaf.not_before, leaf.not_after) = (winter - Duration::days(10), winter + Duration::days(150));
            leaf.issuer = "CN=Issuing CA,O=Sectigo Limited,C=GB".to_owned();
            Look::endpoint(&format!("n{number}.example:443"), &leaf)
        })
        .collect();
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &looks);
    assert_eq!(story.occurrences(winter), ["service.announcement ops"]);
    let details = story.details(EventKind::Announcement);
    assert!(matches!(&details[..], [Detail::Announced { count: 40, names, .. }] if names.len() == 3), "{details:?}");
    // What was announced once stays so, however long ago the happening was forgotten.
    let again: Vec<String> = (1..100).flat_map(|number| story.occurrences(winter + Duration::days(number))).collect();
    assert!(!again.iter().any(|row| row.contains("announcement")), "{again:?}");
}
