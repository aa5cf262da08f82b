//! Logins that keep the password back, where a server takes no other.

use super::*;

/// A server of this machine that offers this, and the way to it.
fn offering(auth: &'static str, false_proof: Option<&'static str>) -> (SmtpServer, Policies) {
    answering(Manners { auth: Some(auth), false_proof, ..Manners::default() })
}

fn answering(manners: Manners) -> (SmtpServer, Policies) {
    let server = SmtpServer::start(Manners { user: (USER, PASSWORD), ..manners });
    let mut policies = policies_for(&server, &["ops@example.com"]);
    policies.mail.username = Some(USER.to_owned());
    policies.mail.password = Some(literal(PASSWORD));
    (server, policies)
}

fn auth_lines(server: &SmtpServer) -> Vec<String> {
    server.clear().into_iter().filter(|line| line.starts_with("AUTH")).collect()
}

#[test]
fn scram_and_cram_md5_are_spoken_where_nothing_simpler_is_offered() {
    for (auth, mechanism) in [
        ("AUTH SCRAM-SHA-256 SCRAM-SHA-256-PLUS CRAM-MD5", "AUTH SCRAM-SHA-256 "),
        ("AUTH CRAM-MD5 DIGEST-MD5 GSSAPI", "AUTH CRAM-MD5"),
        ("AUTH CRAM-MD5 PLAIN SCRAM-SHA-256", "AUTH PLAIN "),
    ] {
        let (server, policies) = offering(auth, None);
        send_by(&policies).unwrap();
        assert_eq!(server.taken()[0].user.as_deref(), Some(USER), "{auth}");
        let lines = auth_lines(&server);
        assert!(lines.len() == 1 && lines[0].starts_with(mechanism), "{auth}: {lines:?}");
        assert_eq!(server.faults(), <[String; 0]>::default(), "{auth}");
    }
}

#[test]
fn a_mechanism_that_is_offered_and_not_taken_is_followed_by_the_next() {
    let not_taken = "504 5.5.4 Unrecognized authentication type";
    for (auth, refused, spoken) in [
        ("AUTH PLAIN LOGIN", vec!["AUTH PLAIN"], vec!["AUTH PLAIN ", "AUTH LOGIN"]),
        ("AUTH LOGIN CRAM-MD5", vec!["AUTH LOGIN"], vec!["AUTH LOGIN", "AUTH CRAM-MD5"]),
        ("AUTH PLAIN SCRAM-SHA-256", vec!["AUTH PLAIN"], vec!["AUTH PLAIN ", "AUTH SCRAM-SHA-256 "]),
        ("AUTH CRAM-MD5 SCRAM-SHA-256", vec!["AUTH SCRAM-SHA-256"], vec!["AUTH SCRAM-SHA-256 ", "AUTH CRAM-MD5"]),
    ] {
        let answers = refused.into_iter().map(|command| (command, vec![not_taken])).collect();
        let (server, policies) = answering(Manners { auth: Some(auth), answers, ..Manners::default() });
        send_by(&policies).unwrap();
        assert_eq!(server.taken()[0].user.as_deref(), Some(USER), "{auth}");
        let lines = auth_lines(&server);
        assert!(lines.len() == 2 && lines.iter().zip(spoken).all(|(line, began)| line.starts_with(began)), "{lines:?}");
    }
    // Another refusal is about the password, and a second try would count as one more.
    for (answer, auth) in [(not_taken, "AUTH PLAIN"), ("535 5.7.8 no", "AUTH PLAIN LOGIN")] {
        let answers = [("AUTH PLAIN", vec![answer])].into_iter().collect();
        let (server, policies) = answering(Manners { auth: Some(auth), answers, ..Manners::default() });
        let (reason, _) = permanent(send_by(&policies));
        assert!(reason.contains(&answer[..3]), "{reason}");
        assert_eq!(auth_lines(&server).len(), 1, "{answer}");
    }
}

#[test]
fn a_wrong_password_is_refused_by_every_mechanism() {
    for auth in ["AUTH SCRAM-SHA-256", "AUTH CRAM-MD5"] {
        let (server, mut policies) = offering(auth, None);
        policies.mail.password = Some(literal("wrong-horse"));
        let (reason, help) = permanent(send_by(&policies));
        assert!(reason.contains("refused the login: 535") && help.contains("`password`"), "{auth}: {reason}: {help}");
        assert!(server.taken().is_empty());
    }
}

#[test]
fn a_server_that_does_not_prove_that_it_knows_the_password_gets_no_mail() {
    let (server, policies) = offering("AUTH SCRAM-SHA-256", Some("v=AAAA"));
    let (reason, _) = permanent(send_by(&policies));
    assert!(reason.contains("could not prove that it knows the password"), "{reason}");
    assert!(server.taken().is_empty());
}

#[test]
fn a_server_that_offers_no_known_login_is_told_by_what_it_lacks() {
    let (_server, policies) = offering("AUTH GSSAPI NTLM", None);
    let (reason, help) = permanent(send_by(&policies));
    assert!(reason.contains("SCRAM-SHA-256") && help.contains("oauth"), "{reason}: {help}");
}
