//! The file of `ssl-cert-check -f`: `HOST PORT` or `PATH FILE` a line.

use certnotify::policy::Protocol;

use super::Input;
use super::import::{Import, Keys};
use super::lines::lines;

pub(super) fn read(input: &Input, import: &mut Import) {
    for (at, line) in lines(input) {
        let (host, port) = match line.rsplit_once([' ', '\t']) {
            Some((host, port)) => (host.trim(), port),
            None => (line, "443"),
        };
        if port == "FILE" {
            import.file(&at, host, Keys::default());
            continue;
        }
        let host = bracketed(host);
        match port.parse::<u16>() {
            Ok(number) => import.endpoint(&at, &spoken(&host, number), None, Keys::default()),
            Err(_) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                import.endpoint(&at, &format!("{host}:{port}"), None, Keys::default());
            }
            // A service by its name, as OpenSSL takes it.
            Err(_) => import.endpoint(&at, &format!("{}://{host}", port.to_lowercase()), None, Keys::default()),
        }
    }
}

/// An IPv6 address in brackets, so that a port may follow.
pub(super) fn bracketed(host: &str) -> String {
    if host.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() }
}

/// A host and a port, with the protocol that begins in the clear there.
pub(super) fn spoken(host: &str, port: u16) -> String {
    let submission = (port == 587).then_some(Protocol::Smtp);
    match submission.or_else(|| Protocol::usual_on(port)) {
        Some(protocol) => format!("{}://{host}:{port}", protocol.scheme()),
        None => format!("{host}:{port}"),
    }
}
