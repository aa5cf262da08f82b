//! The watch list of certspotter: a name a line, `.example.com` for it and everything below.

use super::Input;
use super::import::{Import, Keys};
use super::lines::lines;

pub(super) fn read(input: &Input, import: &mut Import) {
    for (at, line) in lines(input) {
        let mut words = line.split_whitespace();
        let Some(written) = words.next() else { continue };
        let host = written.strip_prefix('.').unwrap_or(written);
        if host.is_empty() {
            import.note(&at, "`.` stands for every name there is: left out");
            continue;
        }
        if host.contains([':', '/']) {
            import.note(&at, &format!("left out: `{host}` is no host name"));
            continue;
        }
        if words.any(|word| !word.starts_with("valid_at:")) {
            import.note(&at, "what stands behind the name is left out");
        }
        if host != written {
            import.note(&at, &format!("only `{host}` itself is watched: write each server below it as an endpoint"));
        }
        import.endpoint(&at, host, None, Keys::default());
    }
}
