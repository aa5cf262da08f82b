//! What a file holds, whatever its kind: known by its content and not by its name.

use super::contents::{Contents, PasswordContext};
use super::encryption::Patience;
use super::pem::Issuers;
use super::value::plain_text;
use super::{container, keybox, kubernetes, openpgp, saml, ssh, text_file};

/// Reads every certificate of a file. Private keys beside them are passed over. `password` opens what is encrypted by
/// one; the empty one is tried too, and none.
#[must_use]
pub fn read(bytes: &[u8], issuers: &mut Issuers, password: Option<&str>) -> Contents {
    let mut contents = Contents::default();
    let opener = &mut PasswordContext { password, patience: Patience::default() };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if container::is_it(bytes) {
        contents.is_store = true;
        container::read(bytes, opener, &mut contents);
    } else if keybox::is_it(bytes) {
        contents.is_store = true;
        keybox::read(bytes, &mut contents);
    } else if openpgp::is_it(bytes) {
        openpgp::read(bytes, &mut contents);
    } else {
        let text = plain_text(bytes);
        if !kubernetes::read(&text, issuers, opener, &mut contents) && !saml::read(&text, opener, &mut contents) {
            text_file::read(&text, issuers, opener, &mut contents);
            openpgp::read_armored(&text, &mut contents);
            ssh::read(&text, &mut contents);
        }
    }
    contents
}
