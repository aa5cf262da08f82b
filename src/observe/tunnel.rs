//! Through a proxy to an endpoint: HTTP CONNECT and SOCKS5.

use std::io::{Read, Write};
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

pub(super) use crate::cause::ProxyError as Fault;
use crate::policy::{Host, Proxy, ProxyKind, ProxyLogin};
use crate::secret::Zeroizing;
use crate::text::untrusted;

/// No proxy says more before it passes a connection on.
const LONGEST_HEAD: usize = 16 * 1024;

/// Asks the proxy at the other end of `stream` for `host` and `port`; from there on the endpoint itself answers.
pub(super) fn open(proxy: &Proxy, host: &Host, port: u16, stream: &mut (impl Read + Write)) -> Result<(), Fault> {
    match proxy.kind {
        ProxyKind::Http => connect(proxy.login.as_ref(), host, port, stream),
        ProxyKind::Socks5 => socks(proxy.login.as_ref(), host, port, stream),
    }
}

fn connect(login: Option<&ProxyLogin>, host: &Host, port: u16, stream: &mut (impl Read + Write)) -> Result<(), Fault> {
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    if let Some(login) = login {
        let words = Zeroizing::new(format!("{}:{}", login.username.expose(), login.password.expose()));
        let words = Zeroizing::new(BASE64.encode(&*words));
        request.extend(["Proxy-Authorization: Basic ", &words, "\r\n"]);
    }
    request.push_str("\r\n");
    let request = Zeroizing::new(request);
    stream.write_all(request.as_bytes())?;
    let head = head(stream)?;
    let status_line = head.lines().next().unwrap_or_default();
    let status = status_line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)).unwrap_or_default();
    match status.as_bytes() {
        [b'2', ..] => Ok(()),
        b"407" => Err(Fault::WantsLogin),
        [] => Err(Fault::Unexpected),
        // It knows the password now, and may quote it in its words.
        _ if login.is_some() => match status.parse::<u16>() {
            Ok(code) if status.len() == 3 => Err(Fault::Answered(format!("HTTP/1.1 {code}"))),
            _ => Err(Fault::Unexpected),
        },
        _ => Err(Fault::Answered(untrusted::cap(&untrusted::clean(status_line), 80))),
    }
}

/// The head of an answer, and not a byte of what the endpoint says after it.
fn head(stream: &mut impl Read) -> Result<String, Fault> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == LONGEST_HEAD {
            return Err(Fault::Unexpected);
        }
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

const SOCKS: u8 = 5;
const NO_LOGIN: u8 = 0;
const BY_PASSWORD: u8 = 2;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

fn socks(login: Option<&ProxyLogin>, host: &Host, port: u16, stream: &mut (impl Read + Write)) -> Result<(), Fault> {
    match login {
        None => stream.write_all(&[SOCKS, 1, NO_LOGIN])?,
        Some(_) => stream.write_all(&[SOCKS, 2, NO_LOGIN, BY_PASSWORD])?,
    }
    let [version, method] = take(stream)?;
    match (version, method, login) {
        (SOCKS, NO_LOGIN, _) => {}
        (SOCKS, BY_PASSWORD, Some(login)) => log_in(login, stream)?,
        (SOCKS, ..) => return Err(Fault::WantsLogin),
        _ => return Err(Fault::Unexpected),
    }
    let mut request = vec![SOCKS, CONNECT, 0];
    match host {
        Host::Address(IpAddr::V4(address)) => {
            request.push(IPV4);
            request.extend(address.octets());
        }
        Host::Address(IpAddr::V6(address)) => {
            request.push(IPV6);
            request.extend(address.octets());
        }
        // The interface would be one of the proxy's machine, which the protocol cannot name.
        Host::OnLink(link) => {
            request.push(IPV6);
            request.extend(link.address.octets());
        }
        Host::Name(name) => {
            request.push(NAME);
            request.extend(counted(name));
        }
    }
    request.extend(port.to_be_bytes());
    stream.write_all(&request)?;
    let [version, reply, _, kind] = take(stream)?;
    if version != SOCKS {
        return Err(Fault::Unexpected);
    }
    if reply != 0 {
        return Err(Fault::Replied(reply));
    }
    // The address that it connected from is not used.
    match kind {
        IPV4 => take::<6>(stream).map(drop),
        IPV6 => take::<18>(stream).map(drop),
        NAME => {
            let [length] = take(stream)?;
            for _ in 0..usize::from(length) + 2 {
                take::<1>(stream)?;
            }
            Ok(())
        }
        _ => Err(Fault::Unexpected),
    }
}

/// RFC 1929.
fn log_in(login: &ProxyLogin, stream: &mut (impl Read + Write)) -> Result<(), Fault> {
    let mut request = vec![1];
    request.extend(counted(login.username.expose()));
    request.extend(counted(login.password.expose()));
    stream.write_all(&request)?;
    let [_, status] = take(stream)?;
    if status == 0 { Ok(()) } else { Err(Fault::WantsLogin) }
}

/// Text with its length before it; names and logins are at most 255 bytes long.
fn counted(text: &str) -> Vec<u8> {
    let text = &text.as_bytes()[..text.len().min(255)];
    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
    std::iter::once(length).chain(text.iter().copied()).collect()
}

fn take<const COUNT: usize>(stream: &mut impl Read) -> Result<[u8; COUNT], Fault> {
    let mut bytes = [0; COUNT];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}
