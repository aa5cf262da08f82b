//! Certificate revocation lists: each right, wrong or missing one gives its own answer.

use std::time::{Duration as Elapsed, Instant};

use certnotify::observation::Status;
use certnotify::observe::Questions;
use rcgen::{
    CertificateRevocationListParams, CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope, KeyIdMethod,
    KeyUsagePurpose, RevocationReason, RevokedCertParams, SerialNumber,
};
use time::Duration;
use time::macros::datetime;

use super::{Case, SERIAL};
use crate::support::certificates::{Authority, NOW, leaf};
use crate::support::status::{Crl, extension, issuing_point, point_name, tagged};
use crate::support::tls_server::closed;
use crate::support::web::{Reply, Web};

/// As another implementation writes it.
fn by_rcgen(case: &Case, revoked: Vec<RevokedCertParams>, scope: Option<CrlScope>) -> Vec<u8> {
    let url = case.web.url("/ca.crl");
    let point = CrlIssuingDistributionPoint { distribution_point: CrlDistributionPoint { uris: vec![url] }, scope };
    let params = CertificateRevocationListParams {
        this_update: NOW - Duration::hours(1),
        next_update: NOW + Duration::days(7),
        crl_number: SerialNumber::from(7),
        issuing_distribution_point: Some(point),
        revoked_certs: revoked,
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(&case.authority.issuer()).unwrap().der().to_vec()
}

fn serve(case: &Case, list: Vec<u8>) {
    case.web.reply("/ca.crl", Reply::Bytes(list));
}

fn fresh() -> Crl {
    Crl::new(NOW - Duration::hours(1))
}

#[test]
fn a_certificate_in_the_list_is_revoked_since_then_and_for_that_reason() {
    let case = Case::with_crl();
    let since = datetime!(2026-11-20 12:00 UTC);
    let revoked = RevokedCertParams {
        serial_number: SerialNumber::from_slice(&SERIAL),
        revocation_time: since,
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    };
    serve(&case, by_rcgen(&case, vec![revoked], Some(CrlScope::UserCertsOnly)));
    let source = case.web.url("/ca.crl");
    assert_eq!(case.status(), Status::Revoked { since: Some(since), reason: Some("keyCompromise".to_owned()), source });
}

#[test]
fn a_certificate_that_the_list_does_not_hold_is_not_revoked() {
    let case = Case::with_crl();
    let other = RevokedCertParams {
        serial_number: SerialNumber::from_slice(&[0x4a, 0xb1, 0xc1]),
        revocation_time: NOW,
        reason_code: None,
        invalidity_date: None,
    };
    serve(&case, by_rcgen(&case, vec![other], None));
    assert_eq!(case.status(), Status::NotRevoked);
    let empty = Case::with_crl();
    serve(&empty, by_rcgen(&empty, Vec::new(), None));
    assert_eq!(empty.status(), Status::NotRevoked);
}

#[test]
fn a_list_in_pem_is_read_too() {
    let case = Case::with_crl();
    let der = fresh().revoking(&SERIAL, NOW, None).signed_by(&case.authority);
    let lines = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
    serve(&case, format!("-----BEGIN X509 CRL-----\n{lines}\n-----END X509 CRL-----\n").into_bytes());
    assert!(matches!(case.status(), Status::Revoked { .. }));
}

#[test]
fn a_list_that_is_not_the_word_of_the_issuer_is_no_answer() {
    let (good, foreign) = (fresh(), Authority::root("Private CA"));
    for (list, why) in [
        (good.signed_by(&foreign), "has a wrong signature"),
        (good.signed_by(&Authority::root("Another CA")), "is of another issuer"),
        (b"<html>not found</html>".to_vec(), "is no CRL"),
        (Vec::new(), "is no CRL"),
        (b"-----BEGIN X509 CRL-----\nbroken".to_vec(), "is no CRL"),
    ] {
        let case = Case::with_crl();
        serve(&case, list);
        assert_eq!(case.unknown(), format!("its CRL at {} {why}", case.web.url("/ca.crl")));
    }
    let forger = Authority::root_for("Private CA", &[KeyUsagePurpose::KeyCertSign]);
    let list = good.signed_by(&forger);
    let case = Case::by(forger, |wish, web| wish.crl_at(&web.url("/ca.crl")));
    serve(&case, list);
    assert!(case.unknown().ends_with("its issuer may not sign any (key usage)"));
}

#[test]
fn one_flipped_bit_anywhere_never_makes_a_revoked_certificate_good() {
    let case = Case::with_crl();
    let list = fresh().revoking(&SERIAL, NOW, Some(4)).signed_by(&case.authority);
    let look = case.look(NOW);
    let revocation_target = look[0].outcome.as_ref().unwrap().revocation_target.clone().unwrap();
    for at in 0..list.len() * 8 {
        let mut broken = list.clone();
        broken[at / 8] ^= 1 << (at % 8);
        if let Ok(reading) = certnotify::certificate::crl::read(&broken, &[&revocation_target], NOW) {
            assert_ne!(reading.words, [certnotify::certificate::crl::RevocationStatus::NotRevoked], "bit {at}");
        }
    }
    for end in 0..list.len() {
        assert!(certnotify::certificate::crl::read(&list[..end], &[&revocation_target], NOW).is_err(), "{end} bytes");
    }
}

#[test]
fn a_list_of_another_time_is_no_answer() {
    for (this_update, next_update, why) in [
        (NOW - Duration::days(8), Some(NOW - Duration::days(1)), "was good until 2026-11-20 07:07 UTC"),
        (NOW + Duration::hours(1), Some(NOW + Duration::days(7)), "is not valid before 2026-11-21 08:07 UTC"),
        (NOW - Duration::hours(1), None, "does not say until when it holds"),
    ] {
        let case = Case::with_crl();
        serve(&case, Crl { this_update, next_update, ..fresh() }.signed_by(&case.authority));
        assert!(case.unknown().contains(why), "{}", case.unknown());
    }
}

#[test]
fn delta_and_indirect_lists_and_those_of_others_are_told_as_what_they_are() {
    let elsewhere = point_name("http://ca.example/2.crl");
    let cases: [(Vec<u8>, &str); 8] = [
        (extension(&[0x55, 0x1d, 0x1b], true, &[0x02, 1, 1]), "is a delta CRL, which is not supported"),
        (issuing_point(&tagged(0x84, &[0xff])), "is indirect, which is not supported"),
        (issuing_point(&elsewhere), "is for another distribution point"),
        (issuing_point(&tagged(0x82, &[0xff])), "is for another kind of certificates"),
        (issuing_point(&tagged(0x85, &[0xff])), "is for another kind of certificates"),
        (issuing_point(&tagged(0x83, &[0x06, 0x40])), "covers only some reasons"),
        (extension(&[0x55, 0x1d, 0x7f], true, &[]), "holds a critical extension that is not supported"),
        (tagged(0x30, &[0x05]), "is no CRL"),
    ];
    for (extension, why) in cases {
        let case = Case::with_crl();
        serve(&case, fresh().with(&extension).signed_by(&case.authority));
        assert!(case.unknown().ends_with(why), "{why}: {}", case.unknown());
    }
    // What it does hold counts, whatever it leaves out.
    let case = Case::with_crl();
    let partial = fresh().revoking(&SERIAL, NOW, Some(1)).with(&issuing_point(&tagged(0x83, &[0x06, 0x40])));
    serve(&case, partial.signed_by(&case.authority));
    assert!(matches!(case.status(), Status::Revoked { .. }));
}

#[test]
fn a_server_that_fails_is_no_answer() {
    for (reply, why) in [
        (Reply::Status(404, "X-A: b"), "it answered HTTP 404"),
        (Reply::Status(503, "Retry-After: 5"), "it answered HTTP 503"),
        (Reply::Status(302, "Location: http://127.0.0.1/"), "it leads elsewhere (HTTP 302), which is not followed"),
        (Reply::CutOff, "its answer ended too early, or took too long"),
        (Reply::Silence, "it took too long"),
    ] {
        let mut case = Case::with_crl();
        case.one = Elapsed::from_millis(300);
        case.web.reply("/ca.crl", reply);
        assert_eq!(case.unknown(), format!("{}: {why}", case.web.url("/ca.crl")));
    }
    let closed = closed();
    let case = Case::new(|wish, _| wish.crl_at(&format!("http://{closed}/ca.crl")));
    assert!(case.unknown().starts_with(&format!("http://{closed}/ca.crl: ")));
}

#[test]
fn a_second_place_is_asked_where_the_first_is_silent() {
    let case = Case::new(|wish, web| wish.crl_at(&web.url("/gone.crl")).crl_at(&web.url("/ca.crl")));
    serve(&case, fresh().signed_by(&case.authority));
    assert_eq!(case.status(), Status::NotRevoked);
    assert_eq!(case.web.asked(), ["/gone.crl", "/ca.crl"]);
}

#[test]
fn fifty_megabytes_are_searched_to_the_end_within_seconds() {
    let case = Case::with_crl();
    let mut list = fresh();
    let entry = Crl::new(NOW).revoking(&[0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], NOW, None).entries;
    list.entries = entry.repeat(50 * 1024 * 1024 / entry.len());
    let list = list.revoking(&SERIAL, NOW, Some(1)).signed_by(&case.authority);
    assert!(list.len() > 50 * 1024 * 1024);
    serve(&case, list);
    let began = Instant::now();
    assert!(matches!(case.status(), Status::Revoked { .. }));
    assert!(began.elapsed() < Elapsed::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(case.web.asked().len(), 2, "once beside others, once alone");
}

#[test]
fn a_list_without_end_is_left_at_the_limit() {
    let case = Case::with_crl();
    case.web.reply("/ca.crl", Reply::Endless(96 * 1024 * 1024));
    assert!(case.unknown().ends_with("its answer is larger than 65536 KiB"));
}

#[test]
fn a_list_is_kept_between_runs_while_it_is_fresh_and_as_long_as_it_holds_when_there_is_no_newer() {
    let case = Case::with_crl();
    serve(&case, fresh().signed_by(&case.authority));
    let hours = |hours| case.ask_at(NOW + Duration::hours(hours));
    assert_eq!(hours(0), [Status::NotRevoked]);
    assert_eq!(hours(5), [Status::NotRevoked]);
    assert_eq!(case.web.asked().len(), 1);
    serve(&case, fresh().revoking(&SERIAL, NOW, None).signed_by(&case.authority));
    assert!(matches!(hours(7)[..], [Status::Revoked { .. }]));
    case.web.reply("/ca.crl", Reply::Status(500, "X-A: b"));
    assert!(matches!(hours(24)[..], [Status::Revoked { .. }]), "it still holds");
    assert!(matches!(hours(24 * 8)[..], [Status::Unknown { .. }]), "it holds no longer");
}

#[test]
fn what_was_put_into_the_cache_is_checked_like_what_came_by_wire() {
    let case = Case::with_crl();
    serve(&case, fresh().signed_by(&case.authority));
    assert_eq!(case.status(), Status::NotRevoked);
    for kept in std::fs::read_dir(case.folder.path().join("cache")).unwrap() {
        let path = kept.unwrap().path();
        let mut forged = format!("{}\n", NOW.unix_timestamp()).into_bytes();
        forged.extend(fresh().revoking(&SERIAL, NOW, None).signed_by(&Authority::root("Private CA")));
        std::fs::write(path, forged).unwrap();
    }
    assert_eq!(case.status(), Status::NotRevoked);
    assert_eq!(case.web.asked().len(), 2);
}

#[test]
fn certificates_of_one_list_cost_one_question() {
    let web = Web::start();
    let authority = Authority::root("Private CA");
    let url = web.url("/ca.crl");
    let first = authority.issue(&leaf(&["a.example"]).crl_at(&url));
    let second = authority.issue(&leaf(&["b.example"]).serial(&[0x22]).crl_at(&url));
    let mut case = Case::from_certificate(web, authority, &first);
    std::fs::write(case.folder.path().join("www.pem"), first.pem + &second.pem).unwrap();
    case.entry.name = certnotify::policy::EntryName::new("both");
    serve(&case, fresh().revoking(&[0x22], NOW, None).signed_by(&case.authority));
    let statuses = case.ask_at(NOW);
    assert_eq!(statuses.iter().filter(|status| **status == Status::NotRevoked).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| matches!(status, Status::Revoked { .. })).count(), 1);
    assert_eq!(case.web.asked(), ["/ca.crl"]);
}

#[test]
fn no_authority_is_asked_where_no_recipient_is_told() {
    for change in [
        (|case: &mut Case| std::sync::Arc::make_mut(&mut case.entry.policy).events.clear()) as fn(&mut Case),
        |case| case.entry.options_mut().is_silenced = true,
        |case| case.questions = Questions::None,
    ] {
        let mut case = Case::with_crl();
        change(&mut case);
        assert_eq!(case.ask_at(NOW), []);
        assert!(case.web.asked().is_empty());
    }
}

#[test]
fn no_authority_is_asked_about_a_chain_that_was_not_verified() {
    let mut case = Case::with_crl();
    std::fs::write(case.folder.path().join("ca.pem"), &Authority::root("Another CA").pem).unwrap();
    assert_eq!(case.ask_at(NOW), []);
    case.questions = Questions::Revocation;
    assert_eq!(case.unknown(), "its chain was not verified, and only then is its authority asked");
    case.entry.options_mut().ca_file = None;
    assert_eq!(case.unknown(), "its chain was not verified, and only then is its authority asked");
    assert!(case.web.asked().is_empty());
}

#[test]
fn no_authority_is_asked_about_what_has_expired() {
    let mut case = Case::with_crl();
    case.questions = Questions::Revocation;
    assert_eq!(case.ask_at(NOW + Duration::days(71)), []);
    assert!(case.web.asked().is_empty());
}

#[test]
fn addresses_of_the_link_are_never_asked() {
    for url in
        ["http://169.254.169.254/latest", "http://[fe80::1]/x", "http://0.0.0.0/x", "http://[::ffff:169.254.0.1]/x"]
    {
        let case = Case::new(|wish, _| wish.crl_at(url));
        assert_eq!(case.unknown(), format!("{url}: it has an address that is unassigned or of this link only"));
    }
}

#[test]
fn a_certificate_without_a_revocation_address_is_unknown_unless_it_may_live_without() {
    let mut case = Case::new(|wish, _| wish);
    assert_eq!(case.ask_at(NOW), [], "and whoever subscribed is not told so each day");
    case.questions = Questions::Revocation;
    assert_eq!(case.unknown(), "it names neither a CRL nor an OCSP responder to be asked by HTTP");
    let mut only_ldap = Case::new(|wish, _| wish.crl_at("ldap://ca.example/cn=CA"));
    only_ldap.questions = Questions::Revocation;
    assert_eq!(only_ldap.unknown(), "it names neither a CRL nor an OCSP responder to be asked by HTTP");
    let brief = Case::new(|wish, _| wish.lives(NOW - Duration::days(1), NOW + Duration::days(5)));
    assert_eq!(brief.status(), Status::NotOffered);
    // RFC 9608: no revocation available.
    let declared = Case::new(|wish, web| wish.crl_at(&web.url("/ca.crl")).with_extension(&[2, 5, 29, 56], vec![5, 0]));
    assert_eq!(declared.status(), Status::NotOffered);
    let indirect = Case::new(|wish, _| {
        let point = tagged(0xa2, &tagged(0x82, b"other.example"));
        wish.with_extension(&[2, 5, 29, 31], tagged(0x30, &tagged(0x30, &point)))
    });
    assert_eq!(indirect.unknown(), "its CRL is indirect, which is not supported");
}
