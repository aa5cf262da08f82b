//! HTTP/1.1 as far as a webhook needs it, and the ways to get it wrong.

use std::io::{Read, Write};

use time::OffsetDateTime;
use time::macros::format_description;

use super::Fault;
use crate::support::delivery::NOW;

/// A request as it came over the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// As it stood in the request line, still encoded.
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(super) read_ahead: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The value of a parameter of the query, decoded once.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let value = self.query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?.1;
        // In a query a plus sign stands for a space.
        let value = value.replace('+', " ");
        Some(percent_encoding::percent_decode_str(&value).decode_utf8_lossy().into_owned())
    }
}

pub(super) fn read_head(stream: &mut impl Read) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut chunk) {
            Ok(read @ 1..) => bytes.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let read_ahead = bytes[end + 4..].to_vec();
    Some(Request { method, path: path.to_owned(), query: query.to_owned(), headers, read_ahead, ..Request::default() })
}

pub(super) fn read_body(stream: &mut impl Read, mut request: Request) -> Option<Request> {
    let length: usize = request.header("content-length").parse().unwrap_or_default();
    let mut body = std::mem::take(&mut request.read_ahead);
    let mut chunk = [0; 4096];
    while body.len() < length {
        match stream.read(&mut chunk) {
            Ok(read @ 1..) => body.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    }
    Some(Request { body, ..request })
}

/// Whether the client is still there to read it is its own business.
pub(super) fn answer(stream: &mut impl Write, status: u16, kind: &str, body: &str, now: OffsetDateTime) {
    let length = body.len();
    let form =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let date = now.format(form).unwrap();
    let head =
        format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n");
    let _ = write!(stream, "{head}Date: {date}\r\n\r\n{body}").and_then(|()| stream.flush());
}

pub(super) fn misbehave(stream: &mut (impl Read + Write), fault: &Fault, request: &Request) {
    let raw = |stream: &mut dyn Write, text: &str| {
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    };
    match fault {
        Fault::Html(status) => answer(stream, *status, "text/html", "<html><body>errcode 0 ok</body></html>", NOW),
        Fault::Body(body) => answer(stream, 200, "application/json", body, NOW),
        Fault::Echo => {
            let Request { path, query, headers, body, .. } = request;
            let sent = format!("{path}?{query} {headers:?} {}", String::from_utf8_lossy(body));
            if let Some((status, body)) = super::newer::echo(request, &sent)
                .or_else(|| super::phones::echo(request, &sent))
                .or_else(|| super::services::echo(request, &sent))
                .or_else(|| super::tickets::echo(request, &sent))
            {
                return answer(stream, status, "application/json", &body, NOW);
            }
            let body = serde_json::json!({"errcode": 310_000, "errmsg": sent, "code": 19_021, "msg": sent});
            answer(stream, 200, "application/json", &body.to_string(), NOW);
        }
        Fault::CutOff(body) => raw(stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{body}")),
        Fault::Redirect(to) => {
            raw(stream, &format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"));
        }
        Fault::TooMany { retry_after } => {
            let header = retry_after.map(|value| format!("Retry-After: {value}\r\n")).unwrap_or_default();
            raw(stream, &format!("HTTP/1.1 429 Too Many Requests\r\n{header}Content-Length: 0\r\n\r\n"));
        }
        Fault::GatewayLimit { reset } => {
            let body = r#"{"code":99991400,"msg":"request trigger frequency limit"}"#;
            let length = body.len();
            let head = format!("HTTP/1.1 429 X\r\nx-ogw-ratelimit-reset: {reset}\r\nContent-Length: {length}\r\n\r\n");
            raw(stream, &format!("{head}{body}"));
        }
        Fault::CloseBeforeAnswer | Fault::CloseWhileReading | Fault::LoseAnswer | Fault::Proper => {}
        Fault::Stall => wait_until_gone(stream),
        Fault::Drip => {
            raw(stream, "HTTP/1.1 200 OK\r\nX-Slow: ");
            while stream.write_all(b"a").and_then(|()| stream.flush()).is_ok() {
                std::thread::park_timeout(std::time::Duration::from_millis(5));
            }
        }
        Fault::Huge => {
            raw(stream, "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n");
            let blanks = vec![b' '; 65_536];
            for _ in 0..160 {
                if stream.write_all(&blanks).is_err() {
                    return;
                }
            }
        }
    }
}

/// Reads until the client hangs up.
fn wait_until_gone(stream: &mut impl Read) {
    let mut chunk = [0; 64];
    while matches!(stream.read(&mut chunk), Ok(1..)) {}
}
