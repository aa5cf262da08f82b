//! PKCS#12 (RFC 7292): the certificates of a key store; its keys are never decrypted.

mod algorithm_names;
pub(in crate::certificate) mod encryption;

use std::borrow::Cow;

use super::contents::{ContainerError, Contents, ReadContext};
use super::pkcs7::{Content, Held, Kind};
use crate::certificate::der::ber::{Element, Elements};
use encryption::{BROKEN, Password};

/// Content octets of `1.2.840.113549.1.12.10.1`, the types of bags.
const BAG_TYPES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];
/// Content octets of `1.2.840.113549.1.9`, below which stand the types of what bags hold.
const PKCS9: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09];

/// Bags within bags end here.
const DEEPEST: usize = 8;

/// Whether `bytes` begin as a store of version 3 does, the only one there is.
pub(super) fn is_it(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30) && store(bytes).is_some()
}

fn store(bytes: &[u8]) -> Option<Content<'_>> {
    let mut fields = Elements(bytes).next()?.children();
    fields.expect(0x02).filter(|version| version.content == [3])?;
    Content::new(&fields.next()?)
}

/// Adds what the store holds, and why it does not open where it does not.
pub(super) fn read(bytes: &[u8], context: &mut ReadContext<'_>, contents: &mut Contents) {
    let safe = store(bytes).and_then(|store| match store.kind {
        Kind::Data => Some(store.value),
        Kind::Signed => store.signed_octets(),
        _ => None,
    });
    let Some(safe) = safe else { return contents.close(BROKEN) };
    let octets = safe.octets();
    let Some(parts) = Elements(&octets).enter(0x30) else { return contents.close(BROKEN) };
    for part in parts {
        let Some(part) = Content::new(&part) else {
            contents.close(BROKEN);
            continue;
        };
        match part.kind {
            Kind::Data => match Elements(&part.value.octets()).enter(0x30).and_then(found) {
                Some(found) => found.add_to(contents),
                None => contents.close(BROKEN),
            },
            Kind::Encrypted => match decrypted(&part.value, context) {
                Ok(Some(found)) => found.add_to(contents),
                Ok(None) if context.password.is_some() => contents.close(ContainerError::WrongPassword),
                Ok(None) => contents.close(ContainerError::NeedsPassword),
                Err(error) => contents.close(error),
            },
            Kind::Enveloped => contents.close(ContainerError::ToAKey),
            Kind::Signed | Kind::Other => contents.close(BROKEN),
        }
    }
}

fn decrypted(value: &Element<'_>, context: &mut ReadContext<'_>) -> Result<Option<Held<'static>>, ContainerError> {
    let parts = || {
        let mut fields = value.children();
        fields.expect(0x02)?;
        let mut fields = fields.enter(0x30)?;
        fields.expect(0x06)?;
        let algorithm = fields.expect(0x30)?;
        let encrypted = fields.next().filter(|field| matches!(field.tag, 0x80 | 0xa0))?;
        Some((algorithm, encrypted.octets()))
    };
    let (algorithm, encrypted) = parts().ok_or(BROKEN)?;
    // A wrong password leaves noise, which is no sequence of bags.
    let accept = |plain: Vec<u8>| found(Elements(&plain).enter(0x30)?);
    encryption::decrypt(&algorithm, &encrypted, &Password::candidates(context.password), &mut context.patience, accept)
}

/// What the bags of one part hold; `None` where it is no sequence of bags.
fn found(bags: Elements<'_>) -> Option<Held<'static>> {
    let mut found = Held::default();
    for bag in bags.strict() {
        look_into(&bag?, &mut found, 0)?;
    }
    Some(found)
}

fn look_into(bag: &Element<'_>, found: &mut Held<'static>, depth: usize) -> Option<()> {
    let mut fields = bag.children();
    let kind = fields.expect(0x06)?.content;
    let value = fields.expect(0xa0)?;
    match kind.strip_prefix(BAG_TYPES) {
        Some([1 | 2]) => found.holds_private_key = true,
        Some([3]) => found.certificates.extend(held(&value, &[22, 1])),
        Some([4]) => found.lists.extend(held(&value, &[23, 1])),
        Some([6]) if depth < DEEPEST => {
            for inner in value.children().enter(0x30)? {
                look_into(&inner, found, depth + 1)?;
            }
        }
        _ => {}
    }
    Some(())
}

/// The encoding in a bag of certificates or lists, where it is of X.509.
fn held(value: &Element<'_>, wanted: &[u8]) -> Option<Cow<'static, [u8]>> {
    let mut fields = value.children().enter(0x30)?;
    let kind = fields.expect(0x06)?;
    let octets = fields.enter(0xa0)?.next()?;
    (kind.content.strip_prefix(PKCS9) == Some(wanted)).then(|| octets.octets().into_owned().into())
}
