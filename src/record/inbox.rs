//! Internal messages as they lie in their Maildir: list, read, mark.
