//! What this machine is called.

/// The full name of this machine: that of `/etc/hosts` for its host name, else the host name.
pub(crate) fn name() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if host.contains('.') {
        return host;
    }
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    full_name(&host, &hosts).unwrap_or(host)
}

fn full_name(host: &str, hosts: &str) -> Option<String> {
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    let named = |line: &str| {
        let names: Vec<&str> = line.split_whitespace().skip(1).collect();
        let full = names.iter().find(|name| name.strip_prefix(host).is_some_and(|rest| rest.starts_with('.')))?;
        names.contains(&host).then(|| (*full).to_owned())
    };
    lines.into_iter().find_map(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_name_is_the_one_that_the_hosts_file_gives_to_the_host_name() {
        let hosts = "127.0.0.1 localhost\n127.0.1.1 web-1.example.com web-1 # me\n10.0.0.2 web-10.example.com web-10\n";
        assert_eq!(full_name("web-1", hosts).as_deref(), Some("web-1.example.com"));
        assert_eq!(full_name("web", hosts), None);
    }
}
