//! Mail where passwords end: an access token from a server, from a program, or at hand.

use certnotify::policy::{Grant, OAuth};

use super::*;
use crate::dated::World;
use crate::support::web::{Reply, Web};

const TOKEN: &str = "eyJ0eXAi.first-token_0123456789~/+=";
const CLIENT_SECRET: &str = "client&secret=with/odd+signs 7";

fn granting(token: &str, more: &str) -> Reply {
    Reply::With(
        "Content-Type: application/json",
        format!(r#"{{"token_type":"Bearer","access_token":"{token}"{more}}}"#),
    )
}

fn grant(web: &Web) -> Grant {
    Grant {
        token_url: web.url("/token"),
        client_id: "an id".to_owned(),
        client_secret: Some(literal(CLIENT_SECRET)),
        refresh_token: None,
        scope: Some("https://mail.example.com/.default".to_owned()),
        ca_file: None,
    }
}

fn by_grant(web: &Web) -> OAuth {
    OAuth::Grant(Box::new(grant(web)))
}

/// A server of this machine whose user has this token, and the way to it.
fn server(auth: &'static str, token: &'static str, echoes: bool, oauth: OAuth) -> (SmtpServer, Policies) {
    let server = SmtpServer::start(Manners {
        auth: Some(auth),
        user: ("certs@example.com", "no password"),
        token,
        echoes,
        ..Manners::default()
    });
    let mut policies =
        policies([contact_with_mail("ops", &["ops@example.com"]), contact_with_mail("bob", &["bob@example.com"])]);
    policies.mail.port = server.port();
    policies.mail.username = Some("certs@example.com".to_owned());
    policies.mail.oauth = Some(oauth);
    (server, policies)
}

fn form(web: &Web) -> Vec<String> {
    web.bodies().into_iter().map(|body| String::from_utf8(body).unwrap()).collect()
}

#[test]
fn a_token_of_the_client_credentials_opens_the_server_and_is_asked_for_once() {
    for (auth, mechanism) in
        [("AUTH LOGIN XOAUTH2", "AUTH XOAUTH2 "), ("AUTH XOAUTH2 OAUTHBEARER", "AUTH OAUTHBEARER ")]
    {
        let web = Web::start();
        web.reply("/token", granting(TOKEN, r#","expires_in":3599"#));
        let (server, policies) = server(auth, TOKEN, false, by_grant(&web));
        let mut channels = channels(&policies);
        channels.send(&message("ops", Channel::Email, 1), NOW).unwrap();
        channels.send(&message("bob", Channel::Email, 2), NOW).unwrap();
        assert_eq!(server.taken().iter().filter(|taken| taken.user.is_some()).count(), 2);
        assert!(server.clear().iter().any(|line| line.starts_with(mechanism)), "{:?}", server.clear());
        assert_eq!(server.faults(), <[String; 0]>::default());
        let asked = "grant_type=client_credentials&scope=https%3A%2F%2Fmail.example.com%2F.default&client_id=an%20id\
                     &client_secret=client%26secret%3Dwith%2Fodd%2Bsigns%207";
        assert_eq!(form(&web), [asked]);
    }
}

#[test]
fn a_refresh_token_is_asked_with_and_a_public_client_has_no_secret() {
    let web = Web::start();
    web.reply(
        "/token",
        granting(TOKEN, r#","expires_in":"3599","refresh_token":"another"#.replace("another", "other\"").as_str()),
    );
    let public = Grant { client_secret: None, refresh_token: Some(literal("1//refresh")), scope: None, ..grant(&web) };
    let (server, policies) = server("AUTH XOAUTH2", TOKEN, false, OAuth::Grant(Box::new(public)));
    send_by(&policies).unwrap();
    assert_eq!(server.taken().len(), 1);
    assert_eq!(form(&web), ["grant_type=refresh_token&refresh_token=1%2F%2Frefresh&client_id=an%20id"]);
}

#[test]
fn a_token_that_is_refused_is_replaced_once_and_the_mail_goes_out() {
    let web = Web::start();
    web.reply("/token", granting("withdrawn", r#","expires_in":3599"#));
    let (server, policies) = server("AUTH XOAUTH2", TOKEN, false, by_grant(&web));
    let mut channels = channels(&policies);
    let (reason, help) = permanent(channels.send(&message("ops", Channel::Email, 1), NOW));
    assert!(reason.contains("refused the access token: 535") && reason.contains("status 401"), "{reason}");
    assert!(help.contains("`oauth` in [email]"), "{help}");
    assert_eq!(web.asked().len(), 1, "a new token that is refused at once is not asked for again");
    // It is known now that the server lets nothing out.
    assert!(channels.send(&message("bob", Channel::Email, 2), NOW).is_err());
    assert_eq!(web.asked().len(), 1);
    assert_eq!(server.faults(), <[String; 0]>::default());
}

#[test]
fn a_token_that_has_ended_is_not_used_again() {
    let web = Web::start();
    // Within the margin: it would end while the server reads it.
    web.reply("/token", granting(TOKEN, r#","expires_in":30"#));
    let (_server, policies) = server("AUTH XOAUTH2", TOKEN, false, by_grant(&web));
    let mut channels = channels(&policies);
    channels.send(&message("ops", Channel::Email, 1), NOW).unwrap();
    channels.send(&message("bob", Channel::Email, 2), NOW).unwrap();
    assert_eq!(web.asked().len(), 2);
}

#[test]
fn a_token_server_that_refuses_is_quoted_without_any_secret() {
    let web = Web::start();
    web.reply(
        "/token",
        Reply::Error(
            400,
            format!(r#"{{"error":"invalid_grant","error_description":"AADSTS700082: expired, {CLIENT_SECRET}"}}"#),
        ),
    );
    let refreshing = Grant { refresh_token: Some(literal("the-refresh-token")), ..grant(&web) };
    let (server, policies) = server("AUTH XOAUTH2", TOKEN, false, OAuth::Grant(Box::new(refreshing)));
    let (reason, help) = permanent(send_by(&policies));
    assert!(reason.contains("refused an access token: 400 invalid_grant: AADSTS700082: expired"), "{reason}");
    assert!(!reason.contains("odd+signs") && help.contains("refresh token has ended"), "{reason}: {help}");
    assert!(server.clear().is_empty(), "nobody was called");
}

#[test]
fn a_token_server_that_is_down_is_asked_again_in_the_next_run() {
    let web = Web::start();
    let (_server, policies) = server("AUTH XOAUTH2", TOKEN, false, by_grant(&web));
    for status in [500, 503, 429] {
        web.reply("/token", Reply::Status(status, "Retry-After: 7"));
        let result = send_by(&policies);
        let Err(DeliveryError::NoConnection { reason }) = &result else { panic!("{result:?}") };
        assert!(reason.to_string().contains("gives no access token now"), "{reason}");
        web.reply("/token", Reply::Status(status, "Retry-After: 700"));
        let result = send_by(&policies);
        let Err(DeliveryError::Transient { retry_after, .. }) = &result else { panic!("{result:?}") };
        assert_eq!(*retry_after, Some(Duration::from_secs(700)));
    }
    let gone = Grant { token_url: "http://127.0.0.1:9/token".to_owned(), ..grant(&web) };
    let policies = Policies {
        mail: certnotify::policy::MailTransport { oauth: Some(OAuth::Grant(Box::new(gone))), ..policies.mail.clone() },
        ..policies.clone()
    };
    let result = send_by(&policies);
    assert!(
        matches!(&result, Err(DeliveryError::NoConnection { reason }) if reason.to_string().starts_with("no access token from")),
        "{result:?}"
    );
}

#[test]
fn a_client_that_must_name_itself_in_the_header_does_so() {
    let web = Web::start();
    web.reply("/token", Reply::Status(401, "WWW-Authenticate: Basic"));
    let (_server, policies) = server("AUTH XOAUTH2", TOKEN, false, by_grant(&web));
    permanent(send_by(&policies));
    let forms = form(&web);
    assert!(forms.len() == 2 && forms[0].contains("client_secret") && !forms[1].contains("client_secret"), "{forms:?}");
}

#[test]
fn what_is_no_token_is_never_sent_on() {
    let web = Web::start();
    for reply in [
        Reply::Bytes(b"<html>log in</html>".to_vec()),
        granting("with a space", ""),
        granting("ctrl\\u0001auth=Bearer other", ""),
        granting("", ""),
        Reply::With("X: y", r#"{"token_type":"mac","access_token":"x"}"#.to_owned()),
    ] {
        web.reply("/token", reply);
        let (server, policies) = server("AUTH XOAUTH2", TOKEN, false, by_grant(&web));
        permanent(send_by(&policies));
        assert!(server.clear().is_empty());
    }
}

#[test]
fn a_server_that_echoes_the_token_does_not_make_it_known() {
    let web = Web::start();
    web.reply("/token", granting("a-secret-token-0123456789", ""));
    let (server, policies) = server("AUTH XOAUTH2", TOKEN, true, by_grant(&web));
    let (reason, _) = permanent(send_by(&policies));
    let encoded = server.clear().iter().find_map(|line| line.strip_prefix("AUTH XOAUTH2 ").map(str::to_owned)).unwrap();
    assert!(
        reason.contains("<secret>") && !reason.contains(&encoded[8..]) && !reason.contains("0123456789"),
        "{reason}"
    );
}

#[test]
fn a_program_prints_the_token() {
    let program = |script: &str| OAuth::Program(["/bin/sh", "-c", script].map(str::to_owned).to_vec());
    let (server, policies) = server("AUTH XOAUTH2", TOKEN, false, program(&format!("echo '{TOKEN}'; echo more")));
    send_by(&policies).unwrap();
    assert_eq!(server.taken().len(), 1);

    let with = |script: &str| Policies {
        mail: certnotify::policy::MailTransport { oauth: Some(program(script)), ..policies.mail.clone() },
        ..policies.clone()
    };
    let result = send_by(&with("echo no account >&2; exit 3"));
    assert!(
        matches!(&result, Err(DeliveryError::NoConnection { reason }) if reason.to_string().contains("no account")),
        "{result:?}"
    );
    let result = send_by(&with(&format!("echo '{TOKEN}'; echo 'cannot keep {TOKEN} for later' >&2; exit 3")));
    assert!(
        matches!(&result, Err(DeliveryError::NoConnection { reason }) if reason.to_string().ends_with("cannot keep <secret> for later")),
        "{result:?}"
    );
    for script in ["true", "head -c 100000 /dev/zero | tr '\\0' a"] {
        let (reason, _) = permanent(send_by(&with(script)));
        assert!(reason.contains("is no access token"), "{reason}");
    }
    let missing = OAuth::Program(vec!["/nowhere/token".to_owned()]);
    let policies = Policies {
        mail: certnotify::policy::MailTransport { oauth: Some(missing), ..policies.mail.clone() },
        ..policies.clone()
    };
    assert!(permanent(send_by(&policies)).0.contains("does not exist"));
}

#[test]
fn a_server_without_such_a_login_gets_no_token() {
    let web = Web::start();
    web.reply("/token", granting(TOKEN, ""));
    let (server, policies) = server("AUTH PLAIN LOGIN", TOKEN, false, by_grant(&web));
    let (reason, _) = permanent(send_by(&policies));
    assert!(reason.contains("offers neither AUTH OAUTHBEARER nor AUTH XOAUTH2"), "{reason}");
    assert!(!server.clear().iter().any(|line| line.starts_with("AUTH")));
}

#[test]
fn a_token_server_that_is_down_is_asked_a_few_times_in_a_run_however_many_mails_wait() {
    let web = Web::start();
    web.reply("/token", Reply::Status(503, "X: y"));
    let world = World::new();
    let contacts: Vec<String> = (0..40).map(|n| format!("c{n}")).collect();
    let tables: Vec<String> =
        contacts.iter().map(|name| format!("[contacts.{name}]\nemail = \"{name}@example.com\"\n")).collect();
    let entries: Vec<String> = (0..4)
        .map(|n| {
            let told = &contacts[n * 10..(n + 1) * 10];
            format!("[[certificates]]\nname = \"e{n}\"\nexpires = \"2020-01-0{}\"\ncontacts = {told:?}\n", n + 1)
        })
        .collect();
    world.writes(&format!(
        "[email]\nhost = \"127.0.0.1\"\nport = 9\ntls = \"none\"\nusername = \"certs@example.com\"\n\
         oauth = {{ token-url = \"{}\", client-id = \"x\", client-secret = \"{CLIENT_SECRET}\" }}\n{}\
         [policies.default]\nchannels = [\"email\"]\n{}",
        web.url("/token"),
        tables.concat(),
        entries.concat()
    ));
    let ran = world.runs(&["run"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("gives no access token now: 503"), "{}", ran.stderr);
    assert!((1..=3).contains(&web.asked().len()), "{} questions", web.asked().len());
}
