//! What one look shows to be wrong: the findings that no file and no server of a test can show.

use std::sync::Arc;

use certnotify::cause::{ChainCause, FailureCause};
use certnotify::certificate::{Certificate, Chain, Issuers, PublicKey, read_file};
use certnotify::detect::{self, Thresholds};
use certnotify::event::{Finding, FindingId, Severity};
use certnotify::observation::{Failure, Observation, ObservedCertificate, Trust};
use certnotify::policy::{Deadline, Entry, EntryName, Policy, Renewal, Watch};
use time::Duration;

use crate::support::certificates::{NOW, Wish, leaf};

fn certificate(wish: &Wish) -> Certificate {
    let contents = read_file(&wish.self_signed().der, &mut Issuers::default(), None);
    let certificate = &contents.certificates[0].certificate;
    // Signed by itself for want of another; taken as issued by an authority.
    Certificate { is_self_issued: false, issuer: "CN=Issuer".into(), ..(**certificate).clone() }
}

fn entry() -> Entry {
    let watch = Watch::Endpoints { endpoints: vec!["www.example.com".parse().unwrap()], options: Arc::default() };
    let mut entry = Entry::new(EntryName::new("www"), watch, Policy::without_recipients());
    entry.options_mut().renewal = Some(Renewal::Manual);
    entry
}

fn sight(leaf: Certificate, rest: Vec<Certificate>, trust: Trust) -> ObservedCertificate {
    let rest = rest.into_iter().map(Arc::new).collect();
    let mut sight = ObservedCertificate::new(Chain { leaf: leaf.into(), rest });
    sight.trust = trust;
    sight
}

fn observation(outcome: Result<ObservedCertificate, Failure>) -> Observation {
    Observation {
        entry: EntryName::new("www"),
        name: "www".into(),
        place: "www.example.com:443".into(),
        source: "www.example.com".into(),
        is_endpoint: true,
        on_disk: None,
        is_reached: true,
        outcome: outcome.map(Box::new).map_err(Box::new),
    }
}

fn found(entry: &Entry, sight: ObservedCertificate, thresholds: &Thresholds) -> Vec<Finding> {
    detect::findings(entry, &observation(Ok(sight)), thresholds, NOW)
}

fn ids(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.id.as_str()).collect()
}

fn usual(leaf: Certificate, rest: Vec<Certificate>, trust: Trust) -> Vec<Finding> {
    found(&entry(), sight(leaf, rest, trust), &Thresholds::default())
}

fn www() -> Wish {
    leaf(&["www.example.com"])
}

#[test]
fn a_life_that_no_public_authority_may_give_is_a_warning_under_a_public_root_only() {
    let long = certificate(&www().lives(NOW - Duration::days(10), NOW + Duration::days(300)));
    assert_eq!(ids(&usual(long.clone(), Vec::new(), Trust::PubliclyTrusted)), ["lifetime-too-long"]);
    assert!(usual(long, Vec::new(), Trust::Trusted).is_empty());
    assert!(usual(certificate(&www()), Vec::new(), Trust::PubliclyTrusted).is_empty());
    // A part of a day is a day, and the last second is of it (CA/Browser Forum Baseline Requirements §6.3.2).
    let lives = |length| certificate(&www().lives(NOW, NOW + length));
    for (length, days) in [(Duration::days(200), 201), (Duration::hours(200 * 24 + 36), 202)] {
        let said = format!("lives {days} days, and a public authority may give 200");
        assert_eq!(usual(lives(length), Vec::new(), Trust::PubliclyTrusted)[0].message.to_string(), said);
    }
    assert!(usual(lives(Duration::days(200) - Duration::SECOND), Vec::new(), Trust::PubliclyTrusted).is_empty());
}

#[test]
fn weak_keys_and_signatures_are_found_in_the_leaf_and_its_issuers_and_never_in_a_root() {
    let weak = |algorithm: &str, bits, signature: &str| Certificate {
        key: PublicKey { algorithm: algorithm.into(), bits: Some(bits), id: None },
        signature_algorithm: signature.into(),
        ..certificate(&www())
    };
    let sound = || certificate(&www());
    let judge = |leaf, rest| usual(leaf, rest, Trust::Trusted);
    assert_eq!(ids(&judge(weak("RSA", 1024, "md5WithRSAEncryption"), Vec::new())), ["weak-key", "weak-signature"]);
    assert_eq!(ids(&judge(weak("EC", 192, "ecdsa-with-SHA1"), Vec::new())), ["weak-key", "weak-signature"]);
    assert!(judge(weak("RSA", 2048, "sha256WithRSAEncryption"), Vec::new()).is_empty());
    assert!(judge(weak("EC", 224, "ecdsa-with-SHA224"), Vec::new()).is_empty());
    let findings = judge(sound(), vec![weak("RSA", 1024, "sha1WithRSAEncryption")]);
    assert_eq!(ids(&findings), ["weak-key", "weak-signature"]);
    assert!(
        findings[0].message.to_string().starts_with("its issuer `CN=www.example.com`: RSA key of 1024 bits"),
        "{findings:?}"
    );
    let root = Certificate { is_self_issued: true, ..weak("RSA", 1024, "sha1WithRSAEncryption") };
    assert!(judge(sound(), vec![root]).is_empty());
}

#[test]
fn an_issuer_that_is_not_needed_may_have_expired() {
    let expired = certificate(&leaf(&["issuer"]).left(-Duration::days(1)));
    let judge = |trust| usual(certificate(&www()), vec![expired.clone()], trust);
    assert!(judge(Trust::Trusted).is_empty());
    assert_eq!(ids(&judge(Trust::NotJudged)), ["chain-expires-soon"]);
    let root = Certificate { is_self_issued: true, ..expired.clone() };
    assert!(usual(certificate(&www()), vec![root], Trust::NotJudged).is_empty());
}

#[test]
fn the_worst_that_is_not_accepted_is_the_status() {
    let mut entry = entry();
    entry.options_mut().accept = [FindingId::Untrusted, FindingId::Expired].into();
    let distrust =
        || Trust::Distrusted { id: FindingId::Untrusted, cause: FailureCause::from(ChainCause::SelfSigned).into() };
    let findings = found(&entry, sight(certificate(&www()), Vec::new(), distrust()), &Thresholds::default());
    assert_eq!(detect::status(&findings), Severity::Ok);
    assert!(findings[0].accepted);
    let expired = certificate(&www().left(-Duration::HOUR));
    let findings = found(&entry, sight(expired, Vec::new(), distrust()), &Thresholds::default());
    assert_eq!(detect::status(&findings), Severity::Critical);
    assert!(!findings[0].accepted, "that it has expired always counts");
}

#[test]
fn a_policy_warns_from_the_moment_its_reminders_may_start() {
    let by_policy = Thresholds { by_policy: true, ..Thresholds::default() };
    let mut entry = entry();
    Arc::make_mut(&mut entry.policy).deadline = Deadline::Before(Duration::days(60));
    let judge = |entry: &Entry, lifetime: i64, left: i64| {
        let wish = www().lives(NOW + Duration::days(left - lifetime), NOW + Duration::days(left));
        let findings = found(entry, sight(certificate(&wish), Vec::new(), Trust::NotJudged), &by_policy);
        (detect::status(&findings), findings.iter().map(|finding| finding.id.as_str()).collect::<Vec<_>>().join(" "))
    };
    let (ok, warning, critical) = (Severity::Ok, Severity::Warning, Severity::Critical);
    assert_eq!(judge(&entry, 365, 60), (warning, "expires-soon".to_owned()));
    assert_eq!(judge(&entry, 365, 61), (ok, String::new()));
    assert_eq!(judge(&entry, 90, 46), (ok, String::new()));
    assert_eq!(judge(&entry, 365, 7), (critical, "expires-soon".to_owned()));
    // A renewal that is not late keeps the warning back, and critical never begins before the warning.
    entry.options_mut().renewal = Some(Renewal::Auto);
    assert_eq!(judge(&entry, 90, 28), (ok, String::new()));
    assert_eq!(judge(&entry, 90, 25), (warning, "expires-soon renewal-late".to_owned()));
    Arc::make_mut(&mut entry.policy).deadline = Deadline::Before(Duration::days(3));
    assert_eq!(judge(&entry, 365, 5), (warning, "renewal-late".to_owned()));
    assert_eq!(judge(&entry, 365, 3), (critical, "expires-soon renewal-late".to_owned()));
}

#[test]
fn within_knows_no_warning_for_dates() {
    let within =
        Thresholds { within: Some(Deadline::Before(Duration::days(14))), by_policy: true, ..Thresholds::default() };
    let mut entry = entry();
    entry.options_mut().renewal = Some(Renewal::Auto);
    let late = certificate(&www().left(Duration::days(15)));
    let issuer = certificate(&leaf(&["issuer"]).left(Duration::days(2)));
    assert!(found(&entry, sight(late, vec![issuer], Trust::NotJudged), &within).is_empty());
    let inside = certificate(&www().left(Duration::days(14)));
    let findings = found(&entry, sight(inside, Vec::new(), Trust::NotJudged), &within);
    assert_eq!((ids(&findings), findings[0].severity), (vec!["expires-soon"], Severity::Critical));
}

#[test]
fn every_name_that_is_wanted_is_looked_for() {
    let mut entry = entry();
    entry.options_mut().covers =
        vec!["www.example.com".to_owned(), "api.example.com".to_owned(), "192.0.2.1".to_owned()];
    let judge = |names: &[&str]| {
        let findings =
            found(&entry, sight(certificate(&leaf(names)), Vec::new(), Trust::NotJudged), &Thresholds::default());
        findings.first().map(|finding| finding.message.to_string())
    };
    assert_eq!(judge(&["*.example.com", "192.0.2.1"]), None);
    let message = judge(&["api.example.com", "a.example", "b.example", "c.example"]).unwrap();
    assert_eq!(
        message,
        "does not cover `www.example.com`, `192.0.2.1`; it is for api.example.com, a.example, b.example and 1 more"
    );
    assert!(judge(&[]).unwrap().ends_with("it has no names"));
}

#[test]
fn a_failed_look_is_the_finding_it_names() {
    let failure = Failure::new(FindingId::Unreachable, FailureCause::NotReached);
    let findings = detect::findings(&entry(), &observation(Err(failure)), &Thresholds::default(), NOW);
    assert_eq!((ids(&findings), detect::status(&findings)), (vec!["unreachable"], Severity::Unknown));
}
