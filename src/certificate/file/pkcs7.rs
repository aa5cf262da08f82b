//! PKCS#7 and CMS (RFC 5652): the certificates and lists that accompany a signature, mostly one of nothing.

use std::borrow::Cow;

use super::contents::Contents;
use crate::certificate::der::ber::{Element, Elements};

/// Content octets of `1.2.840.113549.1.7`, the types of content.
const CONTENT_TYPES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];

/// A `ContentInfo`.
pub(super) struct Content<'a> {
    pub kind: Kind,
    /// What stands in its `[0]`.
    pub value: Element<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Data,
    Signed,
    Enveloped,
    Encrypted,
    Other,
}

/// The encodings that a container holds, still to be read.
#[derive(Default)]
pub(super) struct Held<'a> {
    pub certificates: Vec<Cow<'a, [u8]>>,
    pub lists: Vec<Cow<'a, [u8]>>,
    pub holds_private_key: bool,
}

impl Held<'_> {
    pub(super) fn add_to(&self, contents: &mut Contents) {
        contents.holds_private_key |= self.holds_private_key;
        self.certificates.iter().for_each(|encoded| contents.add_encoded(encoded));
        self.lists.iter().for_each(|encoded| contents.add_encoded_list(encoded));
    }
}

impl<'a> Content<'a> {
    pub(super) fn new(element: &Element<'a>) -> Option<Self> {
        let mut fields = element.inside(0x30)?;
        let kind = match fields.expect(0x06)?.content.strip_prefix(CONTENT_TYPES)? {
            [1] => Kind::Data,
            [2] => Kind::Signed,
            [3] => Kind::Enveloped,
            [6] => Kind::Encrypted,
            _ => Kind::Other,
        };
        Some(Self { kind, value: fields.enter(0xa0)?.next()? })
    }

    /// What is signed, where this is signed data.
    pub(super) fn signed_octets(&self) -> Option<Element<'a>> {
        let mut fields = self.value.children();
        fields.expect(0x02)?;
        fields.expect(0x31)?;
        let mut inner = fields.enter(0x30)?;
        inner.expect(0x06)?;
        inner.enter(0xa0)?.next()
    }
}

/// Whether `bytes` begin as signed data does.
pub(super) fn is_it(bytes: &[u8]) -> bool {
    let start = Elements(bytes).next().and_then(|outer| outer.children().expect(0x06));
    start.is_some_and(|kind| kind.content.strip_prefix(CONTENT_TYPES).is_some())
}

/// What signed data holds; `None` where it is none.
pub(super) fn read(bytes: &[u8]) -> Option<Held<'_>> {
    let content = Content::new(&Elements(bytes).next()?).filter(|content| content.kind == Kind::Signed)?;
    let mut fields = content.value.children();
    fields.expect(0x02)?;
    fields.expect(0x31)?;
    fields.expect(0x30)?;
    // Attribute certificates and forms of old stand beside those of X.509.
    let mut of_x509 = |tag| {
        let listed = fields.optional(tag).map(|set| set.children()).unwrap_or_default();
        listed.filter(|element| element.tag == 0x30).map(|element| Cow::Borrowed(element.whole)).collect()
    };
    Some(Held { certificates: of_x509(0xa0), lists: of_x509(0xa1), holds_private_key: false })
}
