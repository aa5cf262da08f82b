//! Private authorities that end before the renewals of their certificates would.

use certnotify::detect::{Thresholds, findings};
use certnotify::event::{Detail, EventKind, Finding, FindingId, Severity};
use certnotify::observation::Trust;
use certnotify::policy::Deadline;
use time::Date;

use super::*;
use crate::support::scenario::{Look, Scenario};
use crate::support::unwrapped;

const ISSUING: &str = "CN=Example Issuing CA,O=Example Ltd";
const ROOT: &str = "CN=Example Root CA,O=Example Ltd";

/// Of `lifetime` days, with so many left.
fn leaf(name: &str, lifetime: i64, left: i64) -> Certificate {
    let end = NOW + Duration::days(left);
    Certificate { issuer: ISSUING.into(), ..certificate(name, end - Duration::days(lifetime), end) }
}

/// Issued by `issuer`, with so many days left.
fn authority(subject: &str, issuer: &str, left: i64) -> Certificate {
    let end = NOW + Duration::days(left);
    let mut made = certificate(subject, end - Duration::days(3650), end);
    made.subject = subject.into();
    made.issuer = issuer.into();
    (made.is_authority, made.is_self_issued) = (true, subject == issuer);
    made
}

/// What `check` finds of the authority.
fn found(leaf: &Certificate, above: &[&Certificate]) -> Option<Finding> {
    found_with(Look::endpoint("edge.example:443", leaf).below(above), &Thresholds::default())
}

fn found_with(look: Look, thresholds: &Thresholds) -> Option<Finding> {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[look]);
    let all = findings(&story.policies.entries[1], &story.observations()[0], thresholds, NOW);
    all.into_iter().find(|finding| finding.id == FindingId::CaHorizon)
}

fn on(left: i64) -> Date {
    (NOW + Duration::days(left)).date()
}

#[test]
fn check_says_from_when_renewals_come_out_shorter_than_the_lifetime_seen() {
    let finding = found(&leaf("edge.example", 90, 60), &[&authority(ISSUING, ROOT, 120)]).unwrap();
    assert_eq!(finding.until, Some(NOW + Duration::days(30)));
    assert_eq!(finding.severity, Severity::Warning);
    let (end, from) = (on(120), on(30));
    assert_eq!(
        finding.message.to_string(),
        format!(
            "its issuer `{ISSUING}` ends {end}: from {from} its renewals live shorter than 90 days, or are refused"
        )
    );
    let late = found(&leaf("edge.example", 90, 60), &[&authority(ISSUING, ROOT, 80)]).unwrap();
    assert!(late.message.to_string().contains(&format!("since {} its renewals", on(-10))), "{}", late.message);
}

#[test]
fn an_authority_that_lasts_as_long_as_the_next_renewal_keeps_silent() {
    let certificate = leaf("edge.example", 90, 60);
    assert!(found(&certificate, &[&authority(ISSUING, ROOT, 150)]).is_none());
    assert!(found(&certificate, &[&authority(ISSUING, ROOT, 149)]).is_some());
    assert!(found(&certificate, &[]).is_none(), "its end is not known");
    assert!(found(&certificate, &[&authority(ISSUING, ROOT, 60)]).is_some(), "it was cut already");
    assert!(found(&certificate, &[&authority(ISSUING, ROOT, 59)]).is_none(), "that has another finding");
    let within = Thresholds { within: Some(Deadline::Before(Duration::days(7))), ..Thresholds::default() };
    let look = Look::endpoint("edge.example:443", &certificate).below(&[&authority(ISSUING, ROOT, 100)]);
    assert!(found_with(look, &within).is_none(), "only dates were asked for");
}

#[test]
fn the_path_that_lasts_longest_counts_and_the_first_to_end_on_it() {
    let certificate = leaf("edge.example", 90, 60);
    let (short, long) = (authority(ISSUING, ROOT, 100), authority(ISSUING, ROOT, 2000));
    assert!(found(&certificate, &[&short, &long]).is_none());
    let middle = "CN=Example Policy CA,O=Example Ltd";
    let above = [authority(ISSUING, middle, 2000), authority(middle, ROOT, 110)];
    let finding = found(&certificate, &[&above[0], &above[1]]).unwrap();
    assert!(finding.message.to_string().contains(&format!("`{middle}` ends {}", on(110))), "{}", finding.message);
    // No client asks for the end of a root, but a root issues nothing that outlives it.
    let root = authority(ROOT, ROOT, 100);
    assert!(found(&certificate, &[&long, &root]).is_none());
    let direct = Certificate { issuer: ROOT.into(), ..certificate };
    assert!(found(&direct, &[&root]).is_some());
}

#[test]
fn a_public_authority_is_not_judged_by_it() {
    let public = "CN=R12,O=Let's Encrypt,C=US";
    let certificate = Certificate { issuer: public.into(), ..leaf("edge.example", 90, 60) };
    let issuer = authority(public, "CN=ISRG Root X1,O=Internet Security Research Group,C=US", 100);
    assert!(found(&certificate, &[&issuer]).is_none());
    let mut look = Look::endpoint("edge.example:443", &leaf("edge.example", 90, 60));
    look = look.below(&[&authority(ISSUING, ROOT, 100)]).judged(Trust::PubliclyTrusted);
    assert!(found_with(look, &Thresholds::default()).is_none());
}

#[test]
fn a_certificate_of_ten_years_beside_its_authority_is_left_alone_while_it_is_young() {
    let issuer = authority(ROOT, ROOT, 3640);
    let aged = |left: i64| Certificate { issuer: ROOT.into(), ..leaf("edge.example", 3650, left) };
    assert!(found(&aged(3640), &[&issuer]).is_none());
    assert!(found(&aged(1800), &[&authority(ROOT, ROOT, 1800)]).is_some());
    assert!(found(&aged(20), &[&authority(ROOT, ROOT, 20 + 398)]).is_none(), "it can give 398 days");
    assert!(found(&aged(20), &[&authority(ROOT, ROOT, 20 + 397)]).is_some());
}

#[test]
fn an_authority_that_ends_is_one_row_with_all_that_depend_on_it_and_is_told_once() {
    let issuer = authority(ISSUING, ROOT, 120);
    let other = authority("CN=Other CA", "CN=Other Root", 100);
    let mut looks: Vec<Look> = (0..5)
        .map(|number| {
            let name = format!("n{number}.example");
            Look::endpoint(&format!("{name}:443"), &leaf(&name, 80 + number, 60)).below(&[&issuer])
        })
        .collect();
    let strange = Certificate { issuer: "CN=Other CA".into(), ..leaf("other.example", 90, 60) };
    looks.push(Look::endpoint("other.example:443", &strange).below(&[&other]));
    let mut story = Scenario::new(&WATCH.replace(", \"service-changes\"", ""));
    story.looks("edge", &looks);
    let first = story.occurrences(NOW);
    assert_eq!(first.iter().filter(|row| *row == "alert.anomaly ops").count(), 2, "{first:?}");
    let details = story.details(EventKind::Anomaly);
    // The longest lifetime is the first to come out shorter.
    let from = on(120 - 84).to_string();
    let is_it = |detail: &&Detail| {
        matches!(detail, Detail::Announced { count: 5, title, date, .. }
            if *date == from && title.contains("Example Issuing CA") && title.contains(&on(120).to_string()))
    };
    assert_eq!(details.iter().copied().filter(is_it).count(), 1, "{details:?}");
    let later: Vec<String> = (1..20).flat_map(|number| story.occurrences(day(number))).collect();
    assert!(!later.iter().any(|row| row.contains("anomaly")), "{later:?}");
}

#[test]
fn the_message_says_it_in_the_language_of_the_contact() {
    for (language, title, other) in [
        ("en", "The authority Example Issuing CA ends on", "hears of its end"),
        ("zh-CN", "签发者 Example Issuing CA 将于", "恢复时"),
    ] {
        let policy = WATCH.replace("email =", &format!("language = \"{language}\"\n    email ="));
        let mut story = Scenario::new(&policy);
        let look = Look::endpoint("edge.example:443", &leaf("edge.example", 90, 60));
        story.looks("edge", &[look.below(&[&authority(ISSUING, ROOT, 120)])]);
        story.run(NOW);
        let certnotify::render::Body::Mail(mail) = &story.sent[0].body else { panic!("{:?}", story.sent) };
        assert!(mail.subject.contains(title), "{}", mail.subject);
        let text = unwrapped(&mail.text);
        assert!(!text.contains(other) && !text.contains("Source") && !text.contains("来源"), "{text}");
        assert!(text.contains(&on(30).to_string()) && text.contains(&on(120).to_string()), "{text}");
    }
}
