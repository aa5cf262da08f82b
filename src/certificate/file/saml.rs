//! Metadata of SAML 2.0: the certificate of each `KeyDescriptor`, with the entity that it is of and its use.

use std::collections::HashSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::contents::{BlockFault, Contents, ReadContext};
use super::{embedded_der, line_at, part_of_place};
use crate::certificate::{DistinguishedName, Fingerprint, Limit};

const NAMESPACE: &[u8] = b"urn:oasis:names:tc:SAML:2.0:metadata";

/// Of an entity's identifier, so much is part of a name.
const LONGEST_ENTITY: usize = 120;

/// Adds the certificates of `text`, each as a member `ENTITY/USE`; says whether it is metadata.
pub(super) fn read(text: &[u8], context: &mut ReadContext<'_>, contents: &mut Contents) -> bool {
    let is_xml = text.trim_ascii_start().first() == Some(&b'<');
    if !is_xml || memchr::memmem::find(text, NAMESPACE).is_none() {
        return false;
    }
    let mut entity = String::from("metadata");
    let mut usage: Option<String> = None;
    let mut known: HashSet<(String, Fingerprint)> = HashSet::new();
    // Until when each element that is open may be used, and those that it stands in.
    let mut ends: Vec<Option<OffsetDateTime>> = Vec::new();
    let mut position = 0;
    let before = contents.members.len();
    while let Some(tag) = Tag::next(text, position) {
        position = tag.end;
        tag.follow_ends(&mut ends);
        match (tag.local_name(), tag.is_end) {
            (b"EntityDescriptor", false) => {
                entity = tag.attribute(b"entityID").map_or_else(|| "metadata".to_owned(), |id| printable(&id));
            }
            (b"KeyDescriptor", false) => {
                let written = tag.attribute(b"use").map(|usage| printable(&usage));
                usage = Some(written.filter(|written| !written.is_empty()).unwrap_or_else(|| "any-use".to_owned()));
            }
            (b"KeyDescriptor", true) => usage = None,
            (b"X509Certificate", false) => {
                let Some(usage) = &usage else { continue };
                let end = position + memchr::memchr(b'<', &text[position..]).unwrap_or(text.len() - position);
                let label = format!("{entity}/{usage}");
                let mut inner = certificate(&text[position..end], context, || Some(line_at(text, tag.end)));
                if let Some(end) = ends.last().copied().flatten() {
                    limit(&mut inner, &entity, end);
                }
                inner.certificates.retain(|parsed| known.insert((entity.clone(), parsed.certificate.fingerprint)));
                if inner.count() > 0 {
                    contents.members.push((label, inner));
                }
                position = end;
            }
            _ => {}
        }
    }
    // Of one use the first keeps the name. A next key may be announced before the current one, which is not renewed by it yet.
    let end = |inner: &Contents| inner.certificates.first().map(|parsed| parsed.certificate.not_after);
    contents.members[before..].sort_by_key(|(_, inner)| end(inner));
    true
}

fn certificate(value: &[u8], context: &mut ReadContext<'_>, line: impl Fn() -> Option<usize>) -> Contents {
    let mut inner = Contents::default();
    embedded_der::read(value, &|_| line(), context, &mut inner);
    if inner.count() == 0 {
        inner.add(Err(BlockFault::NoBlock), line);
    }
    inner
}

/// Lets nothing outlive the metadata that it stands in.
fn limit(inner: &mut Contents, entity: &str, end: OffsetDateTime) {
    for parsed in &mut inner.certificates {
        if end < parsed.certificate.not_after {
            let identity = Sha256::digest(format!("certnotify metadata\n{entity}\n{}", end.unix_timestamp()));
            let certificate = Arc::make_mut(&mut Arc::make_mut(parsed).certificate);
            certificate.limited_by = Some(Box::new(Limit {
                fingerprint: Fingerprint::new(identity.into()),
                is_metadata: true,
                not_after: end,
                subject: DistinguishedName::from(entity),
            }));
        }
    }
}

/// Metadata without an offset is in UTC (SAML core 2.0 §1.3.3).
fn moment(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    let moment =
        OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339));
    moment.ok()?.checked_to_offset(time::UtcOffset::UTC)
}

/// A tag of XML.
struct Tag<'a> {
    /// What stands between its brackets, without the slash of an end.
    content: &'a [u8],
    is_end: bool,
    /// Behind its closing bracket.
    end: usize,
}

impl<'a> Tag<'a> {
    /// The next one that is no comment and no part of character data.
    fn next(text: &'a [u8], from: usize) -> Option<Self> {
        let mut position = from;
        loop {
            let start = position + memchr::memchr(b'<', text.get(position..)?)? + 1;
            let rest = &text[start..];
            let skipped = [(&b"!--"[..], &b"-->"[..]), (b"![CDATA[", b"]]>")];
            if let Some((_, close)) = skipped.iter().find(|(open, _)| rest.starts_with(open)) {
                position = start + memchr::memmem::find(rest, close)?;
                continue;
            }
            let end = start + memchr::memchr(b'>', rest)?;
            let (is_end, content) = match rest.first() {
                Some(b'/') => (true, &text[start + 1..end]),
                _ => (false, &text[start..end]),
            };
            return Some(Self { content, is_end, end: end + 1 });
        }
    }

    /// Entities, their groups and their roles may be used until their `validUntil` (SAML metadata 2.0 §2.3 and §2.4).
    fn follow_ends(&self, ends: &mut Vec<Option<OffsetDateTime>>) {
        let name = self.local_name();
        if !name.ends_with(b"Descriptor") || name == b"KeyDescriptor" {
            return;
        }
        if self.is_end {
            ends.pop();
        } else if self.content.last() != Some(&b'/') {
            let own = self.attribute(b"validUntil").and_then(|text| moment(&text));
            let outer = ends.last().copied().flatten();
            ends.push(own.into_iter().chain(outer).min());
        }
    }

    fn local_name(&self) -> &'a [u8] {
        let stop = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'/';
        let name = &self.content[..self.content.iter().position(stop).unwrap_or(self.content.len())];
        name.rsplit(|byte| *byte == b':').next().unwrap_or(name)
    }

    /// The value of an attribute, whatever its prefix.
    fn attribute(&self, wanted: &[u8]) -> Option<String> {
        let found = memchr::memmem::find_iter(self.content, wanted).find(|found| {
            let is_start =
                self.content[..*found].last().is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b':');
            is_start && self.content[found + wanted.len()..].trim_ascii_start().first() == Some(&b'=')
        })?;
        let rest = self.content[found + wanted.len()..].trim_ascii_start().get(1..)?.trim_ascii_start();
        let (quote, rest) = rest.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
        let value = &rest[..memchr::memchr(*quote, rest)?];
        Some(String::from_utf8_lossy(value).into_owned())
    }
}

/// What can be part of a place: the scheme of an address adds nothing to it.
fn printable(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_' | ':' | '/');
    part_of_place(text, LONGEST_ENTITY, fits)
}
