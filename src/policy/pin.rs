//! `pins` and `tlsa` of an entry: what clients elsewhere hold its certificate to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use super::fields::Fields;
use super::refusal::Refusal;
use super::tree::Value;
use crate::certificate::{Certificate, Chain, Fingerprint};
use crate::text::unhex;

/// What an entry's certificate is held to; of each list one that fits is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    /// Keys that programs were built to trust, of the certificate or of one of its issuers (RFC 7469 §2.6).
    pub keys: Vec<Pin>,
    /// Records of DNS (RFC 6698 §2.1).
    pub tlsa: Vec<Pin>,
    /// Those that DNS has for the endpoints of the entry, whatever they are.
    pub looks_up: bool,
}

/// SHA-256 of one part of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    pub whose: PinnedCertificate,
    pub part: PinnedPart,
    pub digest: Fingerprint,
}

/// Which certificate of a chain is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinnedCertificate {
    /// Of the chain.
    Any,
    Own,
    Issuer,
}

/// What of the certificate its digest is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinnedPart {
    Certificate,
    /// The `SubjectPublicKeyInfo`.
    Key,
}

impl Pins {
    /// Whether nothing is pinned.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.tlsa.is_empty() && !self.looks_up
    }
}

impl Pin {
    /// Whether the chain, as far as it was seen, has what is pinned.
    #[must_use]
    pub fn fits(&self, chain: &Chain) -> bool {
        let fits = |certificate: &Certificate| match self.part {
            PinnedPart::Certificate => certificate.fingerprint == self.digest,
            PinnedPart::Key => certificate.key.id == Some(self.digest),
        };
        let own = || fits(&chain.leaf);
        let issuers = || chain.rest.iter().any(|issuer| fits(issuer));
        match self.whose {
            PinnedCertificate::Any => own() || issuers(),
            PinnedCertificate::Own => own(),
            // A certificate that stands for itself is its own issuer.
            PinnedCertificate::Issuer => issuers() || (chain.leaf.is_self_issued && own()),
        }
    }
}

/// What a record of DNS can be compared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsaRecord {
    Comparable(Pin),
    /// It has a SHA-512, and of a certificate only the SHA-256 is known.
    Incomparable,
    /// Clients pass over it (RFC 6698 §4.1).
    Unusable,
}

impl TlsaRecord {
    /// By the numbers of RFC 6698 §2.1.
    #[must_use]
    pub fn new(usage: u8, selector: u8, matching: u8, data: &[u8]) -> Self {
        let whose = match usage {
            0 | 2 => PinnedCertificate::Issuer,
            1 | 3 => PinnedCertificate::Own,
            _ => return Self::Unusable,
        };
        let part = match selector {
            0 => PinnedPart::Certificate,
            1 => PinnedPart::Key,
            _ => return Self::Unusable,
        };
        let digest = match matching {
            0 if !data.is_empty() => Fingerprint::new(Sha256::digest(data).into()),
            1 => match <[u8; 32]>::try_from(data) {
                Ok(digest) => Fingerprint::new(digest),
                Err(_) => return Self::Unusable,
            },
            2 if data.len() == 64 => return Self::Incomparable,
            _ => return Self::Unusable,
        };
        Self::Comparable(Pin { whose, part, digest })
    }
}

pub(super) fn read(fields: &mut Fields<'_, '_>) -> Pins {
    let looks_up = looks_up(fields);
    Pins {
        keys: fields.all_parsed("pins", pin),
        tlsa: if looks_up.is_none() { fields.all_parsed("tlsa", tlsa) } else { Vec::new() },
        looks_up: looks_up.unwrap_or_default(),
    }
}

/// `tlsa = true`, which needs to know of which endpoint; none where the key is something else.
fn looks_up(fields: &mut Fields<'_, '_>) -> Option<bool> {
    let node = fields.take("tlsa")?;
    let Value::Boolean(wanted) = node.value else { return None };
    let is_known = ["endpoint", "list", "deploys-to", "expires", "domain"].iter().any(|key| fields.means(key));
    if wanted && !is_known {
        let help = "add deploys-to = [\"HOST:PORT\"], or write the records: tlsa = [\"3 1 1 HEX\"]";
        fields.problems.error(node.place, "`tlsa = true` asks DNS for the records of an endpoint: of which?", help);
    }
    Some(wanted)
}

/// Of a SHA-256 in Base64.
const DIGITS: usize = 44;

/// `sha256/BASE64`, as apps have it, also with the two slashes of curl or as `pin-sha256="BASE64"`.
fn pin(written: &str) -> Result<Pin, Refusal> {
    let text = written.trim().trim_start_matches("pin-");
    let digest = text.strip_prefix("sha256").and_then(|rest| {
        let rest = rest.trim_end_matches('"');
        // The digits themselves may begin with a slash.
        let (before, digits) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
        let is_pin = before.chars().all(|character| "/=:\"".contains(character));
        <[u8; 32]>::try_from(BASE64.decode(digits).ok().filter(|_| is_pin)?).ok()
    });
    let digest = digest.ok_or_else(|| {
        let help = "write pins = [\"sha256/…\"] with the Base64 of the SHA-256 of a public key: \
                    openssl x509 -in FILE -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64";
        Refusal::new(format!("`{written}` is no pin"), help)
    })?;
    Ok(Pin { whose: PinnedCertificate::Any, part: PinnedPart::Key, digest: Fingerprint::new(digest) })
}

/// The data of a record, or the whole line of a zone file.
fn tlsa(written: &str) -> Result<Pin, Refusal> {
    const HELP: &str =
        "write tlsa = [\"3 1 1 HEX\"]: usage 0 to 3, selector 0 or 1, matching type 0 or 1, and the data";
    let no_record = || Refusal::new(format!("`{written}` is no TLSA record"), HELP);
    let upper = written.to_ascii_uppercase();
    let data = upper.rsplit_once("TLSA").map_or(upper.as_str(), |(_, data)| data);
    let mut words = data.split(|character: char| character.is_whitespace() || "()".contains(character));
    let mut word = || words.find(|word| !word.is_empty());
    let (Some(usage), Some(selector), Some(matching)) = (word(), word(), word()) else { return Err(no_record()) };
    let usage = number(usage, &["PKIX-TA", "PKIX-EE", "DANE-TA", "DANE-EE"]).ok_or_else(no_record)?;
    let selector = number(selector, &["CERT", "SPKI"]).ok_or_else(no_record)?;
    let matching = number(matching, &["FULL", "SHA2-256", "SHA2-512"]).ok_or_else(no_record)?;
    let bytes = unhex(&words.collect::<String>()).filter(|bytes| !bytes.is_empty()).ok_or_else(no_record)?;
    if matching == 2 {
        let help = "write the record with matching type 1 (SHA-256), and publish that too: RFC 7671 §9 asks for it";
        return Err(Refusal::new("a TLSA record with SHA-512 (matching type 2) is not compared", help));
    }
    match TlsaRecord::new(usage, selector, matching, &bytes) {
        TlsaRecord::Comparable(pin) => Ok(pin),
        TlsaRecord::Incomparable | TlsaRecord::Unusable => Err(no_record()),
    }
}

/// As a digit or by its name (RFC 7218).
fn number(word: &str, names: &[&str]) -> Option<u8> {
    let digit = word.parse::<usize>().ok().filter(|digit| word.len() == 1 && *digit < names.len());
    let nth = digit.or_else(|| names.iter().position(|name| *name == word))?;
    u8::try_from(nth).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_pin_is_taken_as_programs_have_it() {
        let right = pin("sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=").unwrap();
        assert_eq!(right.digest.to_string(), DIGEST);
        for written in [
            "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "pin-sha256=\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"",
        ] {
            assert_eq!(pin(written).unwrap(), right, "{written}");
        }
        for written in ["", "sha256/", "sha256/47DEQpj8", "sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=", DIGEST] {
            assert!(pin(written).is_err(), "{written}");
        }
    }

    #[test]
    fn digits_that_begin_with_a_slash_are_a_pin() {
        let digits = BASE64.encode([0xff; 32]);
        assert!(digits.starts_with("//"));
        for written in [format!("sha256/{digits}"), format!("sha256//{digits}"), format!("pin-sha256=\"{digits}\"")] {
            assert_eq!(pin(&written).unwrap().digest, Fingerprint::new([0xff; 32]), "{written}");
        }
        assert!(pin(&format!("sha256x{digits}")).is_err());
    }

    #[test]
    fn a_record_is_taken_as_zone_files_have_it() {
        let right = tlsa(&format!("3 1 1 {DIGEST}")).unwrap();
        let own_key = Pin { whose: PinnedCertificate::Own, part: PinnedPart::Key, digest: DIGEST.parse().unwrap() };
        assert_eq!(right, own_key);
        let (first, second) = DIGEST.split_at(20);
        for written in [
            format!("_443._tcp.www.example.com. 3600 IN TLSA ( 3 1 1 {first}\n {} )", second.to_uppercase()),
            format!("DANE-EE SPKI SHA2-256 {DIGEST}"),
        ] {
            assert_eq!(tlsa(&written).unwrap(), right, "{written}");
        }
        let issuer = tlsa("2 0 0 3000").unwrap();
        assert_eq!((issuer.whose, issuer.part), (PinnedCertificate::Issuer, PinnedPart::Certificate));
        for written in ["", "3 1 1", "3 1 1 abc", "4 1 1 00", "3 2 1 00", "3 1 1 00", "3 1 0 zz", "3 1 2 00"] {
            assert!(tlsa(written).is_err(), "{written}");
        }
    }
}
