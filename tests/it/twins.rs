//! Servers with a certificate for RSA keys and one for others: both are looked at, and each has its own series.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Instant;

use certnotify::certificate::{Certificate, Fingerprint};
use certnotify::event::{Detail, EventKind};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::{Authority, Leaf, NOW, leaf};
use crate::support::scenario::{Look, Scenario};
use crate::support::tls_server::{serve_keys, serve_keys_once};
use crate::support::world;

const ALL: &[&rustls::SupportedProtocolVersion] = rustls::ALL_VERSIONS;

fn days(days: i64) -> Duration {
    Duration::days(days)
}

/// For the address of loopback, with this much left of 90 days.
fn issued(is_rsa: bool, left: i64) -> Leaf {
    let wish = leaf(&["127.0.0.1"]).left(days(left));
    let root = Authority::root("Root");
    if is_rsa { root.issue_for(&wish, RSA_KEY) } else { root.issue(&wish) }
}

/// The exit code, and of each row the name, the algorithm and the findings.
fn check(arguments: &[&str]) -> (i32, Vec<(String, String, Vec<String>)>) {
    let at = NOW.format(&Rfc3339).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.env_clear().env("TZ", "UTC").args(["check", "--no-trust", "--format", "json", "--at", &at]);
    let output = command.args(arguments).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = report["certificates"].as_array().unwrap().iter().map(|row| {
        let findings = row["findings"].as_array().unwrap().iter();
        let findings = findings.map(|finding| finding["id"].as_str().unwrap().to_owned()).collect();
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (word(&row["name"]), word(&row["key"]["algorithm"]), findings)
    });
    (output.status.code().unwrap(), rows.collect())
}

#[test]
fn both_certificates_of_a_server_are_rows_in_each_version_of_tls() {
    let (elliptic, rsa) = (issued(false, 70), issued(true, 70));
    for versions in [ALL, &[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        for (leaves, first) in [([&elliptic, &rsa], "EC"), ([&rsa, &elliptic], "RSA")] {
            let address = serve_keys(&leaves, versions).to_string();
            let (exit, rows) = check(&[&address]);
            assert_eq!((exit, rows.len()), (0, 2), "{rows:?}");
            assert_eq!((rows[0].0.as_str(), rows[0].1.as_str()), (address.as_str(), first));
            let digits = rows[1].0.strip_prefix(&format!("{address}#")).unwrap();
            assert!(digits.len() == 8 && rows[1].1 != first, "{rows:?}");
        }
    }
}

#[test]
fn one_that_has_expired_is_found_beside_one_that_is_well() {
    for (elliptic, rsa) in [(70, -2), (-2, 70)] {
        let (elliptic, rsa) = (issued(false, elliptic), issued(true, rsa));
        let (exit, rows) = check(&[&serve_keys(&[&elliptic, &rsa], ALL).to_string()]);
        assert_eq!(exit, 2);
        assert_eq!(rows.iter().filter(|row| row.2 == ["expired"]).count(), 1, "{rows:?}");
    }
}

#[test]
fn a_server_with_one_certificate_is_one_row_without_a_finding() {
    for is_rsa in [false, true] {
        let only = issued(is_rsa, 70);
        for versions in [ALL, &[&rustls::version::TLS12]] {
            let (exit, rows) = check(&[&serve_keys(&[&only], versions).to_string()]);
            assert_eq!((exit, rows.len(), rows[0].2.len()), (0, 1, 0), "{rows:?}");
        }
    }
    // What a server shows for want of anything better is none of the name.
    let stranger = Authority::root("Root").issue_for(&leaf(&["other.example"]), RSA_KEY);
    let (exit, rows) = check(&[&serve_keys(&[&issued(false, 70), &stranger], ALL).to_string()]);
    assert_eq!((exit, rows.len()), (0, 1), "{rows:?}");
}

#[test]
fn a_server_that_does_not_answer_a_second_time_is_read_and_waited_for_briefly() {
    let begun = Instant::now();
    let (exit, rows) = check(&[&serve_keys_once(&[&issued(false, 70)]).to_string()]);
    assert_eq!((exit, rows.len()), (0, 1), "{rows:?}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(6), "{:?}", begun.elapsed());
}

#[test]
fn a_file_is_compared_with_what_is_served_for_keys_of_its_kind() {
    let (elliptic, rsa, old) = (issued(false, 80), issued(true, 80), issued(true, 20));
    let findings = |file: &Leaf, address: SocketAddr| {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("www.pem"), &file.pem).unwrap();
        let entry = format!("[[certificates]]\nfile = \"www.pem\"\ndeploys-to = \"{address}\"\nrenewal = \"manual\"\n");
        fs::write(path("policies.toml"), format!("[contacts.ops]\nemail = \"ops@example.com\"\n{entry}")).unwrap();
        check(&["-p", path("policies.toml").to_str().unwrap()]).1.remove(0).2
    };
    let both = serve_keys(&[&elliptic, &rsa], ALL);
    let late = serve_keys(&[&elliptic, &old], ALL);
    assert!(findings(&rsa, both).is_empty() && findings(&elliptic, both).is_empty());
    assert!(findings(&elliptic, late).is_empty());
    assert!(findings(&rsa, late).contains(&"not-deployed".to_owned()));
    // It did not say whether it has one for RSA: nothing follows.
    assert!(findings(&rsa, serve_keys_once(&[&issued(false, 20), &rsa])).is_empty());
}

/// With this much left at `NOW`.
fn facts(algorithm: &str, left: i64) -> Certificate {
    let mut certificate = world::certificate("www.example.com", NOW - days(60), NOW + days(left));
    certificate.key.algorithm = algorithm.into();
    certificate.key.bits = Some(if algorithm == "RSA" { 2048 } else { 256 });
    let mut digest = [u8::try_from(algorithm.len()).unwrap(); 32];
    digest[..8].copy_from_slice(&left.to_le_bytes());
    certificate.fingerprint = Fingerprint::new(digest);
    certificate
}

/// The looks at a server that shows the first of them first.
fn at_server(shown: &[&Certificate]) -> Vec<Look> {
    let look = |(index, leaf): (usize, &&Certificate)| match index {
        0 => Look::endpoint("www.example.com:443", leaf),
        _ => Look::endpoint(&format!("www.example.com:443#{}", &leaf.fingerprint.short()[..8]), leaf),
    };
    shown.iter().enumerate().map(look).collect()
}

fn hour(number: i64) -> OffsetDateTime {
    NOW + Duration::hours(number)
}

fn watched() -> Scenario {
    Scenario::new(POLICY)
}

#[test]
fn one_that_ends_soon_is_reminded_of_and_its_renewal_is_of_that_one_alone() {
    let (elliptic, old) = (facts("EC", 80), facts("RSA", 10));
    let mut scenario = watched();
    scenario.looks("www", &at_server(&[&elliptic, &old])).run(hour(0));
    assert_eq!(scenario.sent.len(), 1);
    let of = |kind, certificate: &Certificate, scenario: &Scenario| {
        scenario.history.deliveries.get(&certificate.fingerprint).is_some_and(|kinds| kinds.contains_key(&kind))
    };
    assert!(of(EventKind::Expiration, &old, &scenario) && !of(EventKind::Expiration, &elliptic, &scenario));
    // A new elliptic one, and then a new one for RSA.
    let (newer, new) = (facts("EC", 90), facts("RSA", 85));
    scenario.looks("www", &at_server(&[&newer, &old])).run(hour(1));
    assert!(of(EventKind::Hosting, &elliptic, &scenario) && !of(EventKind::Hosting, &old, &scenario));
    scenario.looks("www", &at_server(&[&newer, &new]));
    for run in 2..6 {
        scenario.run(hour(run));
        assert_eq!(scenario.sent.len(), usize::from(run == 2), "{run}: {:?}", scenario.beginnings());
    }
    assert!(of(EventKind::Hosting, &old, &scenario) && !of(EventKind::Hosting, &newer, &scenario));
    assert_eq!(scenario.details(EventKind::Deletion).len(), 0);
    assert_eq!(scenario.details(EventKind::NotificationsDisabled).len(), 0);
    assert_eq!(scenario.history.places.len(), 2);
}

#[test]
fn one_that_has_expired_is_told_though_the_other_ends_later() {
    let mut scenario = watched();
    scenario.looks("www", &at_server(&[&facts("EC", 80), &facts("RSA", -1)])).run(hour(0));
    assert_eq!(scenario.sent.len(), 1);
    assert_eq!(scenario.sent[0].certificates, 1);
}

#[test]
fn which_of_them_is_shown_first_is_no_event() {
    let (elliptic, rsa) = (facts("EC", 80), facts("RSA", 70));
    let mut scenario = watched();
    for run in 0..8 {
        let shown = if run % 3 == 0 { [&elliptic, &rsa] } else { [&rsa, &elliptic] };
        scenario.looks("www", &at_server(&shown)).run(hour(run));
        assert!(scenario.sent.is_empty(), "{run}: {:?}", scenario.beginnings());
    }
}

#[test]
fn one_that_is_served_no_more_was_replaced_by_the_other_and_not_deleted() {
    let (elliptic, rsa) = (facts("EC", 80), facts("RSA", 70));
    for left in [&elliptic, &rsa] {
        let mut scenario = watched();
        scenario.looks("www", &at_server(&[&elliptic, &rsa])).run(hour(0));
        scenario.looks("www", &at_server(&[left]));
        let mut sent = Vec::new();
        for run in 1..6 {
            scenario.run(hour(run));
            sent.push(scenario.sent.len());
        }
        assert_eq!(sent, [0, 1, 0, 0, 0]);
        let details = scenario.details(EventKind::Deletion);
        assert!(
            matches!(details[..], [Detail::Replaced { by, .. }] if by.fingerprint == left.fingerprint),
            "{details:?}"
        );
        assert_eq!(scenario.history.places.len(), 1);
    }
}

#[test]
fn one_that_a_server_did_not_say_it_has_is_watched_on_for_seven_days() {
    let (elliptic, rsa) = (facts("EC", 80), facts("RSA", 33));
    let mut scenario = watched();
    scenario.looks("www", &at_server(&[&elliptic, &rsa])).run(hour(0));
    let silent = Look::endpoint("www.example.com:443", &elliptic).incomplete();
    scenario.looks("www", &[silent]);
    for run in 1..(6 * 24) {
        scenario.run(hour(run));
        // The reminder of its end comes all the same.
        assert_eq!(scenario.sent.len(), usize::from(run == 3 * 24), "{run}: {:?}", scenario.beginnings());
    }
    scenario.looks("www", &at_server(&[&elliptic, &rsa])).run(hour(6 * 24));
    assert!(scenario.sent.is_empty());
}

const POLICY: &str = r#"
    [contacts.ops]
    email = "ops@example.com"

    [policies.default]
    contacts = ["ops"]
    channels = ["email"]
    events = ["business", "alerts", "service-changes"]
    frequency = "once"

    [[certificates]]
    name = "www"
    renewal = "manual"
    endpoint = "www.example.com"
"#;

/// Made for these tests: `openssl genpkey -algorithm RSA`.
const RSA_KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC2sQIEDYToikZo
RWesqGBydHKfJ3Tw/nSbw7PcyEOsBHcL1aRnH4GcoNc0ZN7M1OBXabUoFR2A/CNs
96TQMraN6aaJnqiERy9Uba1juFxZRxYlcXV16mHu0uCdWEUdWMf3N8/glKTZ33zO
0ycJA6zNYFyrsc1Jlwinn1LT3kqTZEEmX1a6yo/5GwDlIrobv+jD8DRGGZy9i5Aq
zf/K0G7bh3XSt7zO1YTU0QDgXgxF7LDJufw0TKQwIv/fBZ5GR/lexyORBUBsWWHD
6/HWSyUiWttb6+NV4BPfhT63D8tbMHiJzF7FQ+IV7o2+GTCm9uB45fzKo+p2TJrw
y6pDsHqHAgMBAAECggEAFsdJ2bjYd34LeqNyDRm5XMv0IVqevrrwox3q5n5PIbrf
dP71o/34/88gxgxFqK2/gxFPtb2xk2GHW+YiC0DSI4OccNBIG/txhUoKMm125j1y
H3JevjhebulQJDjbSpDFQ1JsKDOgZ6HxQoBv/4m7w/0Ie503Br6UJQI9JjmIfDPv
UdqpCZglYCbVl5AR7oOLahESkqpAyejjJ0fzVoa0Kf85s+IZ/lqLD/JH18UTARbW
LDkARD3oAyJrQYAzQqDVMVtqfbJr7iz8M0DFYb46FpuJ6zLm0Ez06nLKYV1VG0Gh
Ne925GNaM0iVNPfMyvneLJ90tvVAGkSKLaYrkQn6QQKBgQD6+eY3zNoYy29f9ei2
MmRcJzbS/7ktLvLvVAJdNqBr86Uh1h5eR/wMjiEI0PfHqGrBAHoc+vZDGk94jG8i
yiFLQAg0G1DgdWvcK0oER04M1lW9f/rucicS8xro6V68CNDBul4zX8LttsioE6Nw
HTIIrVW+3m3x04dFPDse5SuTEQKBgQC6WTDTxgfj4X4Vkgs0Y/7xYOmF6s6wdzbJ
JM/bBNMWtGX2Eb3sdDPMnpNR6QYlrY2SieLkmDJCZFgfKqEG34t1+Pb/jIZ6o2A8
rPdKRsGTNLkN27TorOIXD3iobHnn7uQ9/40uIx7K70y60mIlykk5bAV+8uU8AiMe
tN3zotoEFwKBgQDUC41p+ccPCdqIvhCm1z6Z6XvVm7+NoEwazuTMcpnpe0o6o1i3
GaSnyvG4LC4c33uKo2eI0rR8D1+znxtKznKAzJHhzG5xpmPB+kUoBkK4b+KzH80X
5xSCWymSPZIP1nbiJx7t0uuzwioYb7c3w0MBt8lpYS6NEcYJRhFBUiiVsQKBgQCg
YeUxT045JjkTLZfxJmMkskkqVhZAMMp5QfKXSUa4UtkyeMCigryWTqDyrYD56q5f
QceDAS64j458fH8M4FcyWO2UsgiIApbwgdlwFwfBv23J7J9+ZlVMjadGJd6h7KyK
Y6jJ3bZB6MV8QVfxuHFfN4ZfZYRAKoK5iedBKpdDTwKBgHHefR62GQfJiwdcw7na
bepvitflJVCU3KkIEJkE+UqY7XY+W3Y06YKS6N6rrzySA/AMxB3M46iNz1E6EdUq
/DUgzbBKvHn4P9S/+WXxxd4ApEfPyR5Dfu+EVmY+DETOCJBdXezb0sH/J0bFtCes
yx33VgPDpslj+cSw8ZOh2iiE
-----END PRIVATE KEY-----
";
