//! Whether the C library resolves names by modules of which it is known what they do.

use std::sync::LazyLock;

pub(super) fn names_are_resolved_as_usual() -> bool {
    static IS_SO: LazyLock<bool> = LazyLock::new(|| {
        std::fs::read_to_string("/etc/nsswitch.conf").map_or(true, |switch| has_usual_modules(&switch))
    });
    *IS_SO
}

/// Modules of the C library other than these may ask for a name at any port (LDAP, NIS, SMB).
fn has_usual_modules(switch: &str) -> bool {
    const USUAL: [&str; 6] = ["files", "dns", "resolve", "myhostname", "mymachines", "mdns"];
    let lines = switch.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let mut modules = lines.filter_map(|line| line.strip_prefix("hosts:")).flat_map(without_actions);
    modules.all(|module| USUAL.contains(&module) || module.starts_with("mdns"))
}

/// What stands in brackets says what to do with an answer.
fn without_actions(modules: &str) -> impl Iterator<Item = &str> {
    modules.split('[').enumerate().flat_map(|(nth, part)| {
        let modules = if nth == 0 { part } else { part.split_once(']').map_or("", |(_, rest)| rest) };
        modules.split_whitespace()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_that_may_connect_anywhere_to_resolve_a_name_is_found() {
        let usual =
            "passwd: files sss\nhosts:  files mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] dns # ldap\n";
        assert!(has_usual_modules(usual));
        assert!(has_usual_modules("passwd: ldap\n"));
        assert!(!has_usual_modules("hosts: files ldap dns\n"));
        assert!(!has_usual_modules("hosts: files [NOTFOUND=continue] nis\n"));
    }
}
