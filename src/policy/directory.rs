//! The name of a contact as the name of a directory.

use sha2::{Digest, Sha256};

use super::ContactName;
use crate::text::{boundary_at_most, hex};

impl ContactName {
    /// A file name that only this contact has: letters, digits, `-`, `_` and `.` of any script as
    /// they are, every other byte and a leading dot as `%XX`. A name that is too long for a file is
    /// cut and ends in `~` and a hash.
    #[must_use]
    pub fn directory_name(&self) -> String {
        let mut encoded = String::new();
        for (index, character) in self.as_str().char_indices() {
            if character.is_alphanumeric() || matches!(character, '-' | '_') || (character == '.' && index > 0) {
                encoded.push(character);
            } else {
                encoded.extend(character.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")));
            }
        }
        if encoded.len() > LONGEST { shortened(&encoded, self.as_str()) } else { encoded }
    }
}

/// Bytes; file systems take 255.
const LONGEST: usize = 200;

fn shortened(encoded: &str, name: &str) -> String {
    let kept = boundary_at_most(encoded, LONGEST - 33);
    format!("{}~{}", &encoded[..kept], hex(&Sha256::digest(name)[..16]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn directory(name: &str) -> String {
        ContactName::new(name).directory_name()
    }

    #[test]
    fn a_plain_name_of_any_script_is_its_own_directory() {
        for name in ["alice", "ops-room", "运维群", "a.b_c", "Jürgen"] {
            assert_eq!(directory(name), name);
        }
    }

    #[test]
    fn no_name_leaves_the_inbox_or_hides_in_it() {
        assert_eq!(directory("../etc"), "%2E.%2Fetc");
        assert_eq!(directory("."), "%2E");
        assert_eq!(directory("on call"), "on%20call");
        assert_eq!(directory("50%"), "50%25");
        assert!(directory(&"\u{1F514}".repeat(64)).len() <= 200);
    }

    proptest! {
        #[test]
        fn two_contacts_never_share_a_directory(one in "\\PC{1,64}", other in "\\PC{1,64}") {
            prop_assert!(directory(&one).len() <= 255 && !directory(&one).contains('/'));
            prop_assert!(one == other || directory(&one) != directory(&other));
        }
    }
}
