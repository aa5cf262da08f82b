//! What is given for a policy file and is something else: said once, and in place of all that is wrong with it as TOML.

/// What a text is, and what to do, where it is clearly no TOML.
pub(super) fn recognised(text: &str) -> Option<(&'static str, &'static str)> {
    const WRITE: &str = "a policy file is TOML: certnotify init writes one, policies.example.toml explains each key";
    let mut lines = text.lines().map(str::trim_end).filter(|line| !is_blank(line));
    let first = lines.next()?;
    if first.starts_with("-----BEGIN ") || (text.contains("\n-----BEGIN ") && !text.lines().any(is_toml)) {
        let help = "-p names the policy file; a certificate is looked at with: certnotify check FILE";
        return Some(("this is a PEM file and no policy", help));
    }
    let start = first.trim_start();
    if start.starts_with('{') || (start.starts_with('[') && is_json_list(text)) {
        return Some(("this is JSON and no policy", WRITE));
    }
    if first == "---" || first.starts_with("%YAML") || (is_yaml(first) && !text.lines().any(is_toml)) {
        return Some(("this is YAML and no policy", WRITE));
    }
    let is_markup = start.starts_with("<?xml") || start.starts_with("<!") || start.starts_with("<html");
    is_markup.then_some(("this is XML or HTML and no policy", WRITE))
}

fn is_blank(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// A head, or a key with its value.
fn is_toml(line: &str) -> bool {
    let line = line.trim();
    let is_head = line.starts_with('[') && line.split('#').next().is_some_and(|head| head.trim_end().ends_with(']'));
    let is_key = |key: &str| {
        let is_of_key =
            |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | '"' | ' ');
        !key.trim().is_empty() && key.chars().all(is_of_key)
    };
    is_head || line.split_once('=').is_some_and(|(key, value)| is_key(key) && !value.trim().is_empty())
}

/// A list of JSON at the top: a head of TOML holds no value and ends in its own line.
fn is_json_list(text: &str) -> bool {
    let inner = text.trim_start().trim_start_matches('[').trim_start();
    inner.is_empty() || inner.starts_with(['{', ']', '"']) && !text.lines().any(|line| line.contains('='))
}

/// `key:`, `key: value` or `- item`.
fn is_yaml(line: &str) -> bool {
    let is_of_key = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    let is_mapping = line.split_once(':').is_some_and(|(key, value)| {
        !key.is_empty() && key.chars().all(is_of_key) && (value.is_empty() || value.starts_with(' '))
    });
    is_mapping || line.starts_with("- ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_forms_are_known_by_how_they_begin() {
        let what = |text: &str| recognised(text).map_or("", |(what, _)| what);
        assert!(what("# a comment\n---\na: 1\n").contains("YAML"));
        assert!(what("- file: /etc/x.pem\n").contains("YAML"));
        assert!(what("[\n  { \"file\": \"x\" }\n]\n").contains("JSON"));
        assert!(what("[{\"a\": 1}]").contains("JSON"));
        assert!(what("-----BEGIN CERTIFICATE-----\nMIIBaa==\n-----END CERTIFICATE-----\n").contains("PEM"));
        assert!(what("<?xml version=\"1.0\"?>").contains("XML"));
    }

    #[test]
    fn what_may_be_a_policy_with_mistakes_is_left_to_the_reader_of_toml() {
        for text in [
            "",
            "# nothing\n",
            "[contacts.ops]\nemail = \"a@example.com\"\n",
            "[[certificates]]\nfile = \"x\"\n",
            "unfinished",
            "email: a@example.com\n[[certificates]]\nfile = \"x\"\n",
            "include = [\n  \"a\"\n]\n",
            "[contacts.ops\nemail = 1\n",
        ] {
            assert_eq!(recognised(text), None, "{text}");
        }
    }
}
