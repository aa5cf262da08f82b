//! Command lines of `check_ssl_cert`, wherever they stand: scripts, crontabs, Nagios, Icinga, NRPE.

use std::path::PathBuf;

use certnotify::address::{Url, is_host};
use certnotify::text::untrusted::{cap, clean};

use super::Input;
use super::import::{Import, Keys, SHOWN};
use super::lines::{days, lines};
use super::ssl_cert_check::bracketed;

const COMMAND: &str = "check_ssl_cert";
/// A command in quotes, handed to a shell that is itself handed to another.
const DEEPEST: usize = 3;
/// The deadline of the default policy that is written.
const USUAL_HOURS: u64 = 30 * 24;

/// What has a value, and no bearing on which certificate is watched.
const WITH_VALUE: [&str; 36] = [
    "--check-ciphers",
    "--check-ssl-labs",
    "--check-ssl-labs-warn",
    "--clientpass",
    "--curl-bin",
    "--curl-user-agent",
    "--custom-http-header",
    "--date",
    "--debug-file",
    "--dig-bin",
    "--element",
    "--email",
    "--file-bin",
    "--fingerprint",
    "--format",
    "--inetproto",
    "--issuer",
    "--issuer-cert-cache",
    "--long-output",
    "--nmap-bin",
    "--not-issued-by",
    "--not-valid-longer-than",
    "--ocsp-critical",
    "--ocsp-warning",
    "--openssl",
    "--org",
    "--password",
    "--precision",
    "--serial",
    "--skip-element",
    "--ssl",
    "--temp",
    "--timeout",
    "--url",
    "--user-agent",
    "--xmpphost",
];

/// What only shapes the output or names programs.
const SILENT: [&str; 16] = [
    "--curl-bin", "--date", "--debug", "--debug-file", "--dig-bin", "--file-bin", "--format", "--long-output",
    "--nmap-bin", "--no-perf", "--openssl", "--precision", "--quiet", "--temp", "--terse", "--verbose",
];

/// The long form of the options of one letter.
const LETTERS: [(&str, &str); 22] = [
    ("-A", "--noauth"),
    ("-C", "--clientcert"),
    ("-H", "--host"),
    ("-K", "--clientkey"),
    ("-L", "--check-ssl-labs"),
    ("-P", "--protocol"),
    ("-S", "--ssl"),
    ("-c", "--critical"),
    ("-d", "--debug"),
    ("-e", "--email"),
    ("-f", "--file"),
    ("-i", "--issuer"),
    ("-m", "--match"),
    ("-n", "--match"),
    ("-o", "--org"),
    ("-p", "--port"),
    ("-q", "--quiet"),
    ("-r", "--rootcert"),
    ("-s", "--selfsigned"),
    ("-t", "--timeout"),
    ("-u", "--url"),
    ("-w", "--warning"),
];

pub(super) fn read(input: &Input, import: &mut Import) {
    let mut begun: Option<(String, String)> = None;
    for (at, line) in lines(input) {
        let (at, text) = match begun.take() {
            Some((at, before)) => (at, before + line),
            None => (at, line.to_owned()),
        };
        match text.strip_suffix('\\') {
            Some(text) => begun = Some((at, format!("{text} "))),
            None => command(&at, &text, DEEPEST, import),
        }
    }
    if let Some((at, text)) = begun {
        command(&at, &text, DEEPEST, import);
    }
}

/// Every `check_ssl_cert` of one line.
fn command(at: &str, line: &str, depth: usize, import: &mut Import) {
    if !line.contains(COMMAND) || depth == 0 {
        return;
    }
    let Some(words) = shlex::split(line) else {
        import.note(at, "left out: a quote is not closed");
        return;
    };
    let is_end = |word: &&String| matches!(word.as_str(), ";" | "&&" | "||" | "|" | "&") || word.contains('>');
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word.contains(char::is_whitespace) {
            command(at, word, depth - 1, import);
        } else if word.split('!').next() == Some(COMMAND) && word.contains('!') {
            import.note(at, "left out: its arguments are put together elsewhere; give the command line that is run");
        } else if word.rsplit(['/', '=']).next().is_some_and(|name| name.trim_end_matches(".sh") == COMMAND) {
            let arguments = words.as_slice();
            // A `;` may stand against the last word.
            let last = arguments.iter().position(|word| word.ends_with(';')).map_or(arguments.len(), |last| last + 1);
            let count = arguments[..last].iter().take_while(|word| !is_end(word)).count();
            Options::read(at, &arguments[..count], import).add(at, import);
            words = arguments[count..].iter();
        }
    }
}

#[derive(Default)]
struct Options {
    host: Option<String>,
    port: Option<String>,
    protocol: Option<String>,
    file: Option<String>,
    covers: Vec<String>,
    accept: Vec<String>,
    warning: Option<u64>,
    critical: Option<(String, u64)>,
    keys: Keys,
    left_out: Vec<String>,
}

impl Options {
    fn read(at: &str, words: &[String], import: &mut Import) -> Self {
        let mut options = Self::default();
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let word = word.trim_end_matches(';');
            let (option, joined) = match word.split_once('=') {
                Some((option, value)) if option.starts_with("--") => (option, Some(value)),
                _ => (word, None),
            };
            let option = LETTERS.iter().find(|(letter, _)| *letter == option).map_or(option, |(_, long)| long);
            if !option.starts_with('-') {
                continue;
            }
            let takes_value = WITH_VALUE.contains(&option) || is_carried(option);
            let value = match joined {
                Some(value) => Some(value.to_owned()),
                None if takes_value => words.next().map(|value| value.trim_end_matches(';').to_owned()),
                None => None,
            };
            options.take(at, option, value.as_deref().unwrap_or_default(), import);
        }
        options
    }

    fn take(&mut self, at: &str, option: &str, value: &str, import: &mut Import) {
        let own = |value: &str| Some(value.to_owned());
        let path =
            || std::path::absolute(value).unwrap_or_else(|_| PathBuf::from(value)).to_string_lossy().into_owned();
        if is_carried(option) && value.contains(['$', '`']) {
            import.note(at, &format!("{option} is left out: only what runs the command can fill it in"));
            return;
        }
        match option {
            "--host" => self.host = own(value),
            "--port" => self.port = own(value),
            "--protocol" => self.protocol = own(value),
            "--file" => self.file = own(value),
            "--sni" => self.keys.text("server-name", value),
            "--resolve" => self.keys.text("connect", value),
            "--rootcert" | "--rootcert-file" | "--rootcert-dir" => self.keys.text("ca-file", &path()),
            "--clientcert" => self.keys.text("client-certificate", &path()),
            "--clientkey" => self.keys.text("client-key", &path()),
            "--proxy" if !value.contains('@') => self.keys.text("proxy", value),
            "--noauth" => self.keys.no("trust"),
            "--selfsigned" => self.accept.push("self-signed".to_owned()),
            "--ignore-host-cn" => self.accept.push("name-mismatch".to_owned()),
            "--match" | "--cn" if is_host(value) => self.covers.push(value.to_owned()),
            "--warning" | "--critical" => match days(value) {
                Some((text, hours)) if option == "--warning" => {
                    self.keys.text("deadline", &text);
                    self.warning = Some(hours);
                }
                Some(critical) => self.critical = Some(critical),
                None => self.left_out.push(option.to_owned()),
            },
            _ if SILENT.contains(&option) => {}
            _ => self.left_out.push(cap(&clean(option), SHOWN)),
        }
    }

    fn add(mut self, at: &str, import: &mut Import) {
        if let Some((text, _)) = self.critical.filter(|(_, hours)| *hours < self.warning.unwrap_or(USUAL_HOURS)) {
            self.keys.list("milestones", &[text]);
        }
        if !self.covers.is_empty() {
            self.keys.list("covers", &self.covers);
        }
        if !self.accept.is_empty() {
            self.accept.dedup();
            self.keys.list("accept", &self.accept);
        }
        if !self.left_out.is_empty() {
            self.left_out.sort();
            self.left_out.dedup();
            import.note(at, &format!("left out: {}", self.left_out.join(", ")));
        }
        match (self.host, self.file) {
            (_, Some(file)) if file.contains("://") => import.note(at, "left out: a file of another machine"),
            (_, Some(file)) => {
                // A file is judged by its `ca-file` alone.
                self.keys.0.remove("trust");
                import.file(at, &file, self.keys);
            }
            (Some(host), None) => {
                let place = place(&host, self.port.as_deref(), self.protocol.as_deref());
                import.endpoint(at, &place, None, self.keys);
            }
            (None, None) => import.note(at, "left out: it names no host and no file"),
        }
    }
}

/// What a policy has a key for, and a value belongs to.
fn is_carried(option: &str) -> bool {
    const CARRIED: [&str; 17] = [
        "--clientcert", "--clientkey", "--cn", "--critical", "--file", "--host", "--match", "--port", "--protocol",
        "--proxy", "--resolve", "--rootcert", "--rootcert-dir", "--rootcert-file", "--sni", "--warning", "--days",
    ];
    CARRIED.contains(&option)
}

/// The endpoint of a host, a port and a protocol by their names there.
fn place(host: &str, port: Option<&str>, protocol: Option<&str>) -> String {
    let url = Url::split(host);
    let host = if url.scheme.is_some() { url.host } else { host };
    let host = bracketed(host);
    let (scheme, usual) = match protocol.unwrap_or("https") {
        "http" | "https" | "h2" | "doh" => ("https", None),
        "dns" | "dot" => ("tls", Some("853")),
        other => (other, None),
    };
    let own = if host.contains(':') && !host.ends_with(']') { None } else { port.or(url.port).or(usual) };
    own.map_or_else(|| format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}"))
}
