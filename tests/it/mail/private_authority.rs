//! The private authority of a mail server.

use certnotify::policy::MailTls;

use super::{policies_for, send_by};
use crate::support::authority::Authority;
use crate::support::smtp_server::{Manners, SmtpServer};

#[test]
fn every_form_of_ca_file_is_trusted_by_mail() {
    let authority = Authority::new();
    let server = SmtpServer::start(Manners { tls: Some(authority.server("127.0.0.1")), ..Manners::default() });
    for (form, path) in authority.files() {
        let mut policies = policies_for(&server, &["ops@example.com"]);
        policies.mail.tls = MailTls::StartTls;
        policies.mail.ca_file = Some(path);
        let sent = send_by(&policies);
        assert!(sent.is_ok(), "{form}: {sent:?}");
    }
}
