//! `[email]`: how mail leaves this machine.

use std::path::PathBuf;

use super::fields::{Fields, port_of};
use super::keys::Applies;
use super::mailbox::is_domain;
use super::refusal::Refusal;
use super::source::At;
use super::tree::Value;
use super::{Host, MailTls, MailTransport, command, corrections, oauth};
use crate::address::{Url, is_host, parse_host};

const USUAL_HOST: &str = "localhost";

impl Default for MailTransport {
    /// This machine's own mail server.
    fn default() -> Self {
        Self {
            host: Host::Name(USUAL_HOST.to_owned()),
            port: usual_port(MailTls::None),
            tls: MailTls::None,
            ca_file: None,
            helo: None,
            username: None,
            password: None,
            oauth: None,
            from: None,
            sendmail: None,
            modified: None,
        }
    }
}

pub(super) fn read(mut fields: Fields<'_, '_>) -> MailTransport {
    let sendmail = sendmail(&mut fields);
    let host = fields.parsed("host", host);
    let tls = fields.word("tls", &MailTls::ALL, MailTls::as_str, "is no way to use TLS");
    let usual = if fields.has("host") { MailTls::Implicit } else { MailTls::None };
    let mode = tls.unwrap_or(usual);
    let port = port(&mut fields);
    let username = fields.text("username");
    let password = fields.secret("password").map(|password| password.value);
    let oauth = fields.take("oauth").and_then(|node| oauth::read(node, fields.problems));
    let transport = MailTransport {
        host: host.map_or_else(|| Host::Name(USUAL_HOST.to_owned()), |host| host.value),
        port: port.as_ref().map_or_else(|| usual_port(mode), |port| port.value),
        tls: mode,
        ca_file: fields.path("ca-file"),
        helo: fields.parsed("helo", helo).map(|helo| helo.value),
        username: username.map(|name| name.value),
        password,
        oauth,
        from: fields.parsed("from", corrections::mail_address).map(|from| from.value),
        sendmail,
        modified: None,
    };
    if fields.has("sendmail") {
        // What belongs to a server would have no effect beside a program.
        let help = "leave it out, or leave out `sendmail`: mail goes to a program or to a server";
        fields.refuse(|key| key.applies == Applies::Servers, |key| format!("`{key}` beside `sendmail`"), help);
    } else {
        check_login(&mut fields, &transport);
        check_port(&mut fields, port, mode);
    }
    fields.finish();
    transport
}

/// A program of this machine that takes a mail as sendmail does.
fn sendmail(fields: &mut Fields<'_, '_>) -> Option<PathBuf> {
    let text = fields.text("sendmail")?;
    let is_trusted = command::is_trusted(text.place, "`sendmail` of `[email]`", fields.problems);
    let help = "write sendmail = \"/usr/sbin/sendmail\"";
    let program = fields.checked_path(&text, |written| {
        if written.contains(" -") {
            let message = format!("`{written}` is a program with arguments: certnotify gives it its own");
            return Err(Refusal::new(message, help));
        }
        if !written.contains('/') {
            return Err(Refusal::new(format!("`{written}` is no path of a program"), help));
        }
        Ok(())
    });
    program.filter(|_| is_trusted)
}

fn host(written: &str) -> Result<Host, Refusal> {
    parse_host(written.trim_matches(['[', ']'])).map_err(|_| {
        let url = Url::split(written);
        let help = match url.port {
            None if is_host(url.host) => format!("write host = \"{}\"", url.host),
            Some(port) if is_host(url.host) && port.parse::<u16>().is_ok() => {
                format!("write host = \"{}\" and port = {port}", url.host)
            }
            _ => "write host = \"smtp.example.com\"".to_owned(),
        };
        Refusal::new(format!("`{written}` is no host name"), help)
    })
}

fn helo(written: &str) -> Result<String, Refusal> {
    let help = "write the full name of this machine, or leave `helo` out";
    Refusal::unless(is_domain(written), written, format!("`{written}` is no host name"), help)
}

fn port(fields: &mut Fields<'_, '_>) -> Option<At<u16>> {
    fields.read("port", |value| {
        let own = if let Value::Text(text) = value { text.trim().parse::<u16>().ok() } else { None };
        let right = own.filter(|port| *port > 0).map(|port| format!("write port = {port}"));
        port_of(value, "port", "a number").map_err(|refusal| refusal.with_help(right))
    })
}

const fn usual_port(tls: MailTls) -> u16 {
    match tls {
        MailTls::Implicit => 465,
        MailTls::StartTls => 587,
        MailTls::None => 25,
    }
}

fn check_login(fields: &mut Fields<'_, '_>, transport: &MailTransport) {
    let [username, password, oauth] = ["username", "password", "oauth"].map(|key| fields.place_of(key));
    match (username, password, oauth) {
        (_, Some(place), Some(_)) => {
            let help = "leave `password` out: the token of `oauth` stands in its place";
            fields.problems.error(place, "`password` beside `oauth`", help);
        }
        (Some(place), None, None) => {
            fields.problems.error(place, "`username` without `password`", "add password = { env = \"SMTP_PASSWORD\" }");
        }
        (None, Some(place), None) => {
            fields.problems.error(place, "`password` without `username`", "add username = \"certnotify\"");
        }
        (None, None, Some(place)) => {
            let help = "add username = \"certs@example.com\", the mailbox that the token is for";
            fields.problems.error(place, "`oauth` without `username`", help);
        }
        _ => {}
    }
    let Some((place, what)) = password.map(|place| (place, "password")).or(oauth.map(|place| (place, "token"))) else {
        return;
    };
    if transport.tls == MailTls::None && !oauth::is_loopback(&transport.host) {
        let help = format!(
            "write tls = \"implicit\" or \"starttls\", or leave `username` and {} out",
            if what == "token" { "`oauth`" } else { "`password`" }
        );
        fields.problems.error(place, format!("the {what} would go in the clear to `{}`", transport.host), help);
    }
}

/// Certificate and port agree almost everywhere; where they do not, the connection hangs.
fn check_port(fields: &mut Fields<'_, '_>, port: Option<At<u16>>, mode: MailTls) {
    let Some(port) = port else { return };
    let usual = match (port.value, mode) {
        (587 | 25, MailTls::Implicit) => "starttls",
        (465, MailTls::StartTls | MailTls::None) => "implicit",
        _ => return,
    };
    let message = format!("port {} is usually spoken with tls = \"{usual}\"", port.value);
    fields.problems.warning(port.place, message, "say it if it is so: a server that waits for the other never answers");
}
