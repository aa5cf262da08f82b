//! A certificate in the raw: the fields that its authority is asked by, found without reading the others.

use time::OffsetDateTime;

use super::ber::{Element, Elements};

/// Anything signed (RFC 5280 §4.1 and §5.1, RFC 6960 §4.2.1): what, by which algorithm, and the signature.
#[derive(Clone, Debug)]
pub(in crate::certificate) struct Signed<'a> {
    pub body: Element<'a>,
    /// What the algorithm identifier holds.
    pub algorithm: &'a [u8],
    pub signature: &'a [u8],
    /// What follows the signature.
    pub rest: Elements<'a>,
}

impl<'a> Signed<'a> {
    /// From the content of the sequence of the three.
    pub(in crate::certificate) fn new(mut parts: Elements<'a>) -> Option<Self> {
        let body = parts.expect(0x30)?;
        let algorithm = parts.expect(0x30)?.content;
        let signature = parts.next()?.bits()?;
        Some(Self { body, algorithm, signature, rest: parts })
    }
}

/// A public key as its certificate has it.
#[derive(Clone, Copy, Debug)]
pub(in crate::certificate) struct PublicKey<'a> {
    /// What the algorithm identifier holds.
    pub algorithm: &'a [u8],
    pub bits: &'a [u8],
}

/// The content of the object identifier of authority information access.
pub(in crate::certificate) const INFORMATION_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];

#[derive(Clone, Copy, Debug)]
pub(in crate::certificate) struct Extension<'a> {
    /// The content of the object identifier.
    pub kind: &'a [u8],
    pub is_critical: bool,
    pub value: &'a [u8],
}

/// The parts of one certificate.
#[derive(Clone, Debug)]
pub(in crate::certificate) struct RawCertificate<'a> {
    pub signed: Signed<'a>,
    /// The content of the integer.
    pub serial: &'a [u8],
    /// With tag and length, as everything that names it repeats it.
    pub issuer: &'a [u8],
    pub subject: &'a [u8],
    pub not_before: Option<OffsetDateTime>,
    pub not_after: Option<OffsetDateTime>,
    pub key: PublicKey<'a>,
    pub extensions: Vec<Extension<'a>>,
}

impl<'a> RawCertificate<'a> {
    pub(in crate::certificate) fn new(der: &'a [u8]) -> Option<Self> {
        let signed = Signed::new(Elements(der).enter(0x30)?)?;
        let mut fields = signed.body.children();
        fields.optional(0xa0);
        let serial = fields.expect(0x02)?.content;
        fields.expect(0x30)?;
        let issuer = fields.expect(0x30)?.whole;
        let mut validity = fields.enter(0x30)?;
        let mut moment = || validity.next().and_then(|time| time.moment());
        let (not_before, not_after) = (moment(), moment());
        let subject = fields.expect(0x30)?.whole;
        let mut key = fields.enter(0x30)?;
        let key = PublicKey { algorithm: key.expect(0x30)?.content, bits: key.next()?.bits()? };
        let extensions = tagged_extensions(fields.find(|field| field.tag == 0xa3))?;
        Some(Self { signed, serial, issuer, subject, not_before, not_after, key, extensions })
    }

    pub(in crate::certificate) fn extension(&self, kind: &[u8]) -> Option<&'a [u8]> {
        self.extensions.iter().find(|extension| extension.kind == kind).map(|extension| extension.value)
    }
}

/// What the field of extensions holds, if there is one; `None` where one is broken.
pub(in crate::certificate) fn tagged_extensions(field: Option<Element<'_>>) -> Option<Vec<Extension<'_>>> {
    field.map_or(Some(Vec::new()), |field| extensions(field.children().enter(0x30)?))
}

/// What a sequence of extensions holds; `None` where one is broken.
pub(in crate::certificate) fn extensions(listed: Elements<'_>) -> Option<Vec<Extension<'_>>> {
    listed.strict().map(|item| extension(&item?)).collect()
}

/// What authority information access gives for this method (RFC 5280 §4.2.2.1), each a general name.
pub(in crate::certificate) fn access_places<'a>(value: &'a [u8], method: &[u8]) -> impl Iterator<Item = Element<'a>> {
    Elements(value).enter(0x30).unwrap_or_default().filter_map(move |description| {
        let mut fields = description.inside(0x30)?;
        fields.expect(0x06).filter(|kind| kind.content == method)?;
        fields.next()
    })
}

fn extension<'a>(item: &Element<'a>) -> Option<Extension<'a>> {
    let mut parts = item.inside(0x30)?;
    let kind = parts.expect(0x06)?.content;
    let is_critical = parts.optional(0x01).is_some_and(|value| value.content != [0]);
    Some(Extension { kind, is_critical, value: parts.expect(0x04)?.content })
}
