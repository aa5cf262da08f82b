//! Key stores of Java, JKS and JCEKS: their certificates are in the clear.

use super::contents::{ContainerError, ContainerKind, Contents};
use crate::bytes::Cursor;

const MAGIC: [[u8; 4]; 2] = [[0xfe, 0xed, 0xfe, 0xed], [0xce, 0xce, 0xce, 0xce]];

pub(super) fn is_it(bytes: &[u8]) -> bool {
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

/// Adds what the store holds: of a key its chain, leaf first.
pub(super) fn read(bytes: &[u8], contents: &mut Contents) {
    if entries(Cursor(bytes.get(4..).unwrap_or_default()), contents).is_none() {
        contents.close(ContainerError::Broken(ContainerKind::JavaKeyStore));
    }
}

/// `None` where the store ends in place of an entry.
fn entries(mut store: Cursor<'_>, contents: &mut Contents) -> Option<()> {
    // The first version takes every certificate for one of X.509.
    let names_types = match store.number(4)? {
        1_u32 => false,
        2 => true,
        _ => return None,
    };
    for _ in 0..store.number::<u32>(4)? {
        let kind: u32 = store.number(4)?;
        let _alias = store.counted(2)?;
        let _created = store.take(8)?;
        match kind {
            1 => {
                contents.holds_private_key = true;
                let _key = store.counted(4)?;
                for _ in 0..store.number::<u32>(4)? {
                    contents.add_encoded(certificate(&mut store, names_types)?);
                }
            }
            2 => contents.add_encoded(certificate(&mut store, names_types)?),
            // A secret key is an object of Java that does not say where it ends.
            3 => {
                skip_to_certificates(store, contents);
                return Some(());
            }
            _ => return None,
        }
    }
    Some(())
}

fn skip_to_certificates(mut store: Cursor<'_>, contents: &mut Contents) {
    const MARK: &[u8] = b"\0\x05X.509";
    while let Some(found) = store.0.windows(MARK.len()).position(|window| window == MARK) {
        let mut here = Cursor(&store.0[found..]);
        match certificate(&mut here, true).filter(|certificate| certificate.first() == Some(&0x30)) {
            Some(certificate) => {
                contents.add_encoded(certificate);
                store = here;
            }
            None => store.0 = &store.0[found + MARK.len()..],
        }
    }
}

fn certificate<'a>(store: &mut Cursor<'a>, names_types: bool) -> Option<&'a [u8]> {
    if names_types {
        let _type = store.counted(2)?;
    }
    store.counted(4)
}
