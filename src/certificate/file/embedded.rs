//! PEM inside text: the values of a Kubernetes Secret or a kubeconfig, YAML or JSON, in base64.

use base64::Engine as _;

use super::contents::{BlockFault, Contents, ReadContext};
use super::{LENIENT, LineAt, container, is_base64, pem};

/// How `-----BEGIN ` begins in base64.
const MARK: &[u8] = b"LS0tLS1CRUdJTi";

/// Keys whose values must hold a certificate.
const KEYS: [&[u8]; 4] = [b"tls.crt", b"ca.crt", b"client-certificate-data", b"certificate-authority-data"];

/// Adds what is encoded in `text`.
pub(super) fn read(text: &[u8], line_at: LineAt<'_>, context: &mut ReadContext<'_>, contents: &mut Contents) {
    let mut position = 0;
    while let Some(start) = next(text, position) {
        let (value, length) = value(&text[start..]);
        position = start + length.max(1);
        let line = || line_at(start);
        match LENIENT.decode(&value) {
            // A value of a Secret may be DER or a key store.
            Ok(inner) if container::is_it(&inner) => container::read(&inner, context, contents),
            Ok(inner) => {
                if !pem::read(&inner, &|_| line(), context, contents) {
                    contents.add(Err(BlockFault::NoBlock), line);
                }
            }
            Err(_) => contents.add(Err(BlockFault::NotBase64), line),
        }
    }
}

/// Where the next value begins that is worth decoding.
fn next(text: &[u8], from: usize) -> Option<usize> {
    let mut position = from;
    while let Some(found) = text[position..].iter().position(|byte| matches!(byte, b'L' | b':')) {
        let here = position + found;
        if text[here] == b'L' {
            let is_start = here == 0 || !is_of_value(text[here - 1]);
            if is_start && text[here..].starts_with(MARK) {
                return Some(here);
            }
        } else if let Some(start) = value_of_key(text, here) {
            return Some(start);
        }
        position = here + 1;
    }
    None
}

/// The start of the value after the colon at `colon`, where the key before it is one of ours and the value is
/// something that the mark would not find.
fn value_of_key(text: &[u8], colon: usize) -> Option<usize> {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'');
    let before = &text[..colon];
    let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    let key = KEYS.into_iter().find(|key| before.ends_with(key))?;
    let outer = before[..before.len() - key.len()].last();
    if outer.is_some_and(|byte| !is_quote(byte) && !matches!(byte, b' ' | b'\t' | b'\n' | b'{' | b',')) {
        return None;
    }
    let rest = &text[colon + 1..];
    let gap = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t') && !is_quote(byte))?;
    let value = &rest[gap..];
    let has_base64 = value.first().copied().is_some_and(is_of_value) && !value.starts_with(b"null");
    (has_base64 && !value.starts_with(MARK)).then_some(colon + 1 + gap)
}

/// The base64 at the start of `text`, folded or not, and how much of the text it takes.
fn value(text: &[u8]) -> (Vec<u8>, usize) {
    let run = |text: &[u8]| text.iter().position(|byte| !is_of_value(*byte)).unwrap_or(text.len());
    let mut end = run(text);
    let mut value = text[..end].to_vec();
    loop {
        // A folded value goes on with a line that holds nothing else.
        let rest = &text[end..];
        let Some(line) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) else { break };
        let indent = line.iter().position(|byte| *byte != b' ').unwrap_or(line.len());
        let length = run(&line[indent..]);
        let after = line.get(indent + length);
        if length == 0 || value.ends_with(b"=") || !matches!(after, None | Some(b'\r' | b'\n' | b'"' | b'\'')) {
            break;
        }
        value.extend_from_slice(&line[indent..indent + length]);
        end = text.len() - line.len() + indent + length;
    }
    (value, end)
}

fn is_of_value(byte: u8) -> bool {
    is_base64(byte) || byte == b'='
}
