//! PEM blocks (RFC 7468), and what each holds.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::contents::{BlockFault, Contents, ReadContext};
use super::issuers::Issuers;
use super::pem_block::{Block, Kind};
use super::{LineAt, container};
use crate::certificate::der;
use crate::certificate::der::key::KeyPairId;
use crate::certificate::revocation::revocation_list;

/// The block of a certificate, with lines of 64 characters (RFC 7468 §2).
#[must_use]
pub fn write(der: &[u8]) -> String {
    let encoded = BASE64.encode(der);
    let mut block = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in encoded.as_bytes().chunks(64) {
        block.extend(line.iter().map(|byte| char::from(*byte)));
        block.push('\n');
    }
    block + "-----END CERTIFICATE-----\n"
}

/// The first private key of a file that no password protects, as its block has it.
#[must_use]
pub fn private_key(bytes: &[u8]) -> Option<Vec<u8>> {
    Block::all(bytes)
        .filter(|block| block.kind == Kind::PrivateKey && !block.is_encrypted())
        .find_map(|block| block.der().ok())
}

/// The first list of revoked certificates of a file.
pub(in crate::certificate) fn list(bytes: &[u8]) -> Option<Vec<u8>> {
    Block::all(bytes).filter(|block| block.kind == Kind::List).find_map(|block| block.der().ok())
}

/// Adds what stands in the blocks of `bytes`, whose lines `line_at` counts. Says whether there is any block.
pub(super) fn read(bytes: &[u8], line_at: LineAt<'_>, context: &mut ReadContext<'_>, contents: &mut Contents) -> bool {
    Block::all(bytes).inspect(|block| add(block, line_at, context, contents)).count() > 0
}

/// Adds what one block holds.
pub(super) fn add(block: &Block<'_>, line_at: LineAt<'_>, context: &mut ReadContext<'_>, contents: &mut Contents) {
    let line = || line_at(block.start);
    match block.kind {
        Kind::Certificate => add_certificates(block, line, context.issuers, contents),
        Kind::List => contents.add_list(block.der().and_then(|der| Ok(revocation_list::read(&der)?)), line),
        Kind::Container => match block.der() {
            Ok(der) => {
                let before = contents.count();
                container::read(&der, context, contents);
                if contents.count() == before {
                    contents.add(Err(BlockFault::NoBlock), line);
                }
            }
            Err(fault) => contents.add(Err(fault), line),
        },
        Kind::PrivateKey => {
            contents.holds_private_key = true;
            contents.keys.extend(block.der().ok().and_then(|der| KeyPairId::from_private_key(&der)));
        }
        Kind::Request => contents.requests = contents.requests.saturating_add(1),
        Kind::EndAlone => contents.add(Err(BlockFault::NoBegin), line),
        Kind::Other => {}
    }
}

/// Nearly always one certificate.
fn add_certificates(
    block: &Block<'_>,
    line: impl Fn() -> Option<usize>,
    issuers: &mut Issuers,
    contents: &mut Contents,
) {
    if let Some(known) = issuers.known(block.text) {
        return contents.add(Ok(known), line);
    }
    let der = match block.der() {
        Ok(der) => der,
        Err(fault) => return contents.add(Err(fault), line),
    };
    // After the certificate OpenSSL has its trust settings, which change nothing in it.
    let more = if block.has_trust_settings() { Vec::new() } else { der::rest_of_sequences(&der).to_vec() };
    match der::read_owned(der, Some(issuers.repeated())) {
        Ok(parsed) => {
            let parsed = Arc::new(parsed);
            if more.is_empty() {
                issuers.keep(block.text, &parsed);
            }
            contents.add(Ok(parsed), &line);
            container::read_der(&more, contents);
        }
        Err(fault) => contents.add(Err(fault.into()), line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_read_wherever_its_block_begins() {
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = key.serialize_pem().trim_end().to_owned();
        let certificate = write(b"0123456789abcdef0123456789abcdef");
        let escaped = format!("KEY='{}'", pem.replace('\n', "\\n"));
        let locked = pem.replace("PRIVATE", "ENCRYPTED PRIVATE");
        let glued = format!("{}{pem}", certificate.trim_end());
        for text in [pem.clone(), glued, format!("the key: {pem}"), escaped, format!("{locked}{pem}")] {
            assert_eq!(private_key(text.as_bytes()), Some(key.serialize_der()), "{text}");
        }
        assert_eq!(private_key(locked.as_bytes()), None);
        assert_eq!(private_key(certificate.as_bytes()), None);
    }

    #[test]
    fn a_list_is_read_wherever_its_block_begins() {
        let block = write(b"0123456789abcdef0123456789abcdef");
        let list = block.replace("CERTIFICATE", "X509 CRL");
        for text in [list.clone(), format!("{}{list}", block.trim_end()), format!("# of today\r\n{list}")] {
            assert_eq!(super::list(text.as_bytes()).unwrap(), b"0123456789abcdef0123456789abcdef", "{text}");
        }
    }
}
