//! Logging in to Postfix, by Cyrus SASL and by Dovecot.

use super::real_servers::{Setup, ended, servers, submission};

#[test]
fn logins_that_keep_the_password_back_are_taken_by_postfix() {
    let Some(servers) = servers() else { return };
    servers.empty("kept");
    for (sent, port) in ["SCRAM_256_PORT", "SCRAM_1_PORT", "CRAM_PORT"].into_iter().enumerate() {
        let email = submission(&servers, "{ file = \"password\" }").replace("starttls", "implicit");
        let email = email.replace(servers.port("SUBMISSION_PORT"), servers.port(port));
        // With its realm: without one these look for the name of the machine.
        let email = email.replace("\"certnotify\"", "\"certnotify@certnotify.test\"");
        let setup = Setup::new(&servers, &email, "\"kept@example.com\"");
        ended(&setup.run(&["run"]), 0);
        servers.mails("kept", sent + 1);
        let wrong = email.replace("{ file = \"password\" }", "\"not the password\"");
        let said = ended(&Setup::new(&servers, &wrong, "\"kept@example.com\"").run(&["run"]), 1);
        assert!(said.contains("refused the login: 535"), "{port}: {said}");
        servers.mails("kept", sent + 1);
    }
}

#[test]
fn a_mail_by_an_access_token_goes_out_where_dovecot_asks_whether_it_is_good() {
    let Some(servers) = servers() else { return };
    servers.empty("oauth");
    let (port, tokens, root) = (servers.port("OAUTH_PORT"), servers.port("TOKENS_PORT"), servers.root());
    let email = |secret: &str, more: &str| {
        format!(
            "port = {port}\ntls = \"implicit\"\nusername = \"certnotify@certnotify.test\"\nca-file = \"{root}\"\n\
             oauth = {{ token-url = \"http://127.0.0.1:{tokens}/token\", client-id = \"certnotify\", \
             client-secret = \"{secret}\"{more} }}"
        )
    };
    let right = "the client's secret";
    for (sent, more) in ["", ", refresh-token = \"the refresh token\""].into_iter().enumerate() {
        let setup = Setup::new(&servers, &email(right, more), "\"oauth@example.com\"");
        ended(&setup.run(&["run"]), 0);
        let mails = servers.mails("oauth", sent + 1);
        assert!(mails.iter().all(|mail| String::from_utf8_lossy(mail).contains("Authenticated sender: certnotify")));
    }
    for (secret, more, reason) in [
        ("wrong", "", "refused an access token: 401 invalid_client"),
        (
            right,
            ", refresh-token = \"an old one\"",
            "refused an access token: 400 invalid_grant: the token has been revoked",
        ),
    ] {
        let said = ended(&Setup::new(&servers, &email(secret, more), "\"oauth@example.com\"").run(&["run"]), 1);
        assert!(said.contains(reason), "{said}");
    }
    let at_hand = email(right, "").split("oauth = ").next().unwrap().to_owned() + "oauth = { token = \"made-up\" }";
    let said = ended(&Setup::new(&servers, &at_hand, "\"oauth@example.com\"").run(&["run"]), 1);
    assert!(said.contains("refused the access token: 535"), "{said}");
    servers.mails("oauth", 2);
}
