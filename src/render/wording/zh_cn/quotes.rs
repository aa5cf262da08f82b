//! Simplified Chinese, of words that stay as they were said.

/// The words of a peer.
pub(super) fn of_peer(said: &str) -> String {
    format!("“{said}”")
}

/// A clause that was remembered as text alone: one word is a name or a code.
pub(super) fn quoted(said: &str) -> String {
    if said.contains(' ') { of_peer(said) } else { said.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn what_was_remembered_as_text_stands_in_quotes() {
        for (said, in_chinese) in [("it is odd", "“it is odd”"), ("EPERM", "EPERM"), ("", "")] {
            assert_eq!(quoted(said), in_chinese);
        }
    }
}
