//! OCSP: asked only where there is no CRL, and believed only where the authority signed.

use certnotify::observation::Status;
use rcgen::ExtendedKeyUsagePurpose;
use time::Duration;

use super::{Case, SERIAL};
use crate::support::certificates::{Authority, NOW, Wish};
use crate::support::status::{OcspAnswer, good, revoked, sequence, tagged, unknown};
use crate::support::web::{Reply, Web};

/// It names `/ocsp` of the server as its responder.
fn with_responder(wish: Wish, web: &Web) -> Wish {
    let place = tagged(0x86, web.url("/ocsp").as_bytes());
    let description = sequence(&[&tagged(0x06, &[0x2b, 6, 1, 5, 5, 7, 0x30, 1]), &place]);
    wish.with_extension(&[1, 3, 6, 1, 5, 5, 7, 1, 1], sequence(&[&description]))
}

fn answer(status: Vec<u8>) -> OcspAnswer {
    OcspAnswer {
        serial: SERIAL.to_vec(),
        status,
        this_update: NOW - Duration::hours(1),
        next_update: Some(NOW + Duration::days(3)),
    }
}

fn serve(case: &Case, bytes: Vec<u8>) {
    case.web.reply("/ocsp", Reply::Bytes(bytes));
}

#[test]
fn a_responder_is_asked_by_the_hashes_of_the_issuer_and_the_serial() {
    let case = Case::new(with_responder);
    serve(&case, answer(good()).signed_by(&case.authority, &case.authority, &[]));
    assert_eq!(case.status(), Status::NotRevoked);
    let [question] = &case.web.bodies()[..] else { panic!("one question") };
    // OCSPRequest, TBSRequest, the list, Request, CertID (RFC 6960 §4.1.1), and then the algorithm.
    let nested: Vec<u8> = (0..5).map(|depth| question[2 * depth]).collect();
    assert_eq!(nested, [0x30; 5], "{question:02x?}");
    assert!((0..5).all(|depth| usize::from(question[2 * depth + 1]) == question.len() - 2 * (depth + 1)));
    assert_eq!(question[10..21], [0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00]);
    assert_eq!((&question[21..23], &question[43..45]), (&[0x04, 20][..], &[0x04, 20][..]));
    assert_eq!(question[65..], tagged(0x02, &SERIAL));
}

#[test]
fn revoked_and_unknown_are_different_answers() {
    let since = NOW - Duration::days(2);
    let case = Case::new(with_responder);
    serve(&case, answer(revoked(since, 4)).signed_by(&case.authority, &case.authority, &[]));
    let source = case.web.url("/ocsp");
    assert_eq!(case.status(), Status::Revoked { since: Some(since), reason: Some("superseded".to_owned()), source });
    let case = Case::new(with_responder);
    serve(&case, answer(unknown()).signed_by(&case.authority, &case.authority, &[]));
    assert!(case.unknown().ends_with("/ocsp does not know the certificate"));
}

#[test]
fn a_deputy_of_the_authority_may_answer_and_no_other() {
    let case = Case::new(with_responder);
    let deputy = case.authority.deputy("Responder", ExtendedKeyUsagePurpose::OcspSigning);
    serve(&case, answer(good()).signed_by(&case.authority, &deputy, &[&deputy.der]));
    assert_eq!(case.status(), Status::NotRevoked);

    let foreign = Authority::root("Private CA");
    for signer in [
        case.authority.deputy("A server", ExtendedKeyUsagePurpose::ServerAuth),
        foreign.deputy("Responder", ExtendedKeyUsagePurpose::OcspSigning),
        foreign,
    ] {
        let other = Case::by(Authority::root("Private CA"), with_responder);
        serve(&other, answer(good()).signed_by(&other.authority, &signer, &[&signer.der]));
        assert!(other.unknown().ends_with("gave an answer that its authority did not sign"), "{}", other.unknown());
    }
}

#[test]
fn an_answer_of_another_certificate_or_of_another_time_is_none() {
    for (answer, why) in [
        (OcspAnswer { serial: vec![0x01], ..answer(good()) }, "answered of another certificate"),
        (OcspAnswer { next_update: Some(NOW - Duration::minutes(1)), ..answer(good()) }, "is not of now"),
        (OcspAnswer { this_update: NOW + Duration::hours(1), ..answer(good()) }, "is not of now"),
        (OcspAnswer { this_update: NOW - Duration::days(2), next_update: None, ..answer(good()) }, "is not of now"),
    ] {
        let case = Case::new(with_responder);
        serve(&case, answer.signed_by(&case.authority, &case.authority, &[]));
        assert!(case.unknown().ends_with(why), "{}", case.unknown());
    }
}

#[test]
fn a_responder_that_refuses_or_talks_nonsense_is_no_answer() {
    for (bytes, why) in [
        (tagged(0x30, &[0x0a, 1, 3]), "refused the question: it is busy"),
        (tagged(0x30, &[0x0a, 1, 6]), "refused the question: it refuses these requests"),
        (b"<html>".to_vec(), "does not speak OCSP"),
        (Vec::new(), "does not speak OCSP"),
    ] {
        let case = Case::new(with_responder);
        serve(&case, bytes);
        assert!(case.unknown().ends_with(why), "{}", case.unknown());
    }
    let case = Case::new(with_responder);
    case.web.reply("/ocsp", Reply::Endless(1024 * 1024));
    assert!(case.unknown().ends_with("its answer is larger than 64 KiB"));
}

#[test]
fn no_broken_answer_makes_a_revoked_certificate_good_or_the_reader_panic() {
    let case = Case::new(with_responder);
    let deputy = case.authority.deputy("Responder", ExtendedKeyUsagePurpose::OcspSigning);
    let bytes = answer(revoked(NOW, 1)).signed_by(&case.authority, &deputy, &[&deputy.der]);
    let look = case.look(NOW);
    let revocation_target = look[0].outcome.as_ref().unwrap().revocation_target.clone().unwrap();
    for at in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[at] ^= 0x81;
        if let Ok(reading) = certnotify::certificate::ocsp::read(&broken, &revocation_target, NOW) {
            assert_ne!(reading.word, certnotify::certificate::crl::RevocationStatus::NotRevoked, "byte {at}");
        }
        assert!(certnotify::certificate::ocsp::read(&bytes[..at], &revocation_target, NOW).is_err());
    }
}

#[test]
fn where_there_is_a_crl_no_responder_is_asked() {
    let case = Case::new(|wish, web| with_responder(wish, web).crl_at(&web.url("/ca.crl")));
    serve(&case, answer(good()).signed_by(&case.authority, &case.authority, &[]));
    assert!(case.unknown().contains("HTTP 404"));
    assert_eq!(case.web.asked(), ["/ca.crl"]);
}

#[test]
fn an_answer_is_kept_for_its_own_certificate() {
    let case = Case::new(with_responder);
    serve(&case, answer(good()).signed_by(&case.authority, &case.authority, &[]));
    assert_eq!(case.status(), Status::NotRevoked);
    assert_eq!(case.status(), Status::NotRevoked);
    assert_eq!(case.web.asked(), ["/ocsp"]);
}
