//! Certificates that the configurations of servers name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::findings::{Findings, holds_nothing, is_key, observations};
use super::words::statements;

/// Longer configurations are not written by hand.
const LARGEST: u64 = 1024 * 1024;
const DEEPEST: usize = 6;
const MOST_FILES: usize = 5000;

/// A server, its folders or files, and the words before the path of a certificate.
struct Server {
    name: &'static str,
    places: &'static [&'static str],
    directives: &'static [&'static str],
    /// What ends a statement beside the end of its line.
    ends: &'static [char],
}

const SERVERS: [Server; 6] = [
    Server {
        name: "nginx",
        places: &["etc/nginx", "usr/local/etc/nginx", "usr/local/nginx/conf"],
        directives: &["ssl_certificate"],
        ends: &[';', '{', '}'],
    },
    Server {
        name: "Apache",
        places: &["etc/apache2", "etc/httpd", "usr/local/apache2/conf"],
        directives: &["sslcertificatefile"],
        ends: &[],
    },
    Server { name: "HAProxy", places: &["etc/haproxy"], directives: &["crt", "crt-list"], ends: &[] },
    Server {
        name: "Postfix",
        places: &["etc/postfix/main.cf", "etc/postfix/master.cf"],
        directives: &["smtpd_tls_cert_file", "smtpd_tls_eccert_file", "smtpd_tls_chain_files"],
        ends: &[],
    },
    Server {
        name: "Dovecot",
        places: &["etc/dovecot"],
        directives: &["ssl_cert", "ssl_server_cert_file"],
        ends: &['{', '}'],
    },
    Server { name: "Caddy", places: &["etc/caddy", "usr/local/etc/caddy"], directives: &["tls"], ends: &['{', '}'] },
];

/// Adds every certificate that a server is told to use.
pub(super) fn read(root: &Path, findings: &mut Findings) {
    for server in &SERVERS {
        for place in server.places {
            let place = root.join(place);
            let mut files = Files::default();
            files.walk(&place, 0, findings);
            let folder = if place.is_dir() { place } else { place.parent().map(Path::to_owned).unwrap_or_default() };
            for file in files.found {
                match text(&file) {
                    Ok(text) => server.read(&text, &file, (root, &folder), findings),
                    Err(error) => findings.unread(&file, &error),
                }
            }
        }
    }
}

fn text(path: &Path) -> std::io::Result<String> {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The files of a configuration; what is only available is not in use.
#[derive(Default)]
struct Files {
    found: Vec<PathBuf>,
    seen: BTreeSet<PathBuf>,
}

impl Files {
    fn walk(&mut self, path: &Path, depth: usize, findings: &mut Findings) {
        let Ok(real) = path.canonicalize() else { return };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if depth > DEEPEST || self.found.len() >= MOST_FILES || name.ends_with("-available") || !self.seen.insert(real)
        {
            return;
        }
        match path.metadata() {
            Err(error) => findings.unread(path, &error),
            Ok(metadata) if metadata.is_dir() => match fs::read_dir(path) {
                Err(error) => findings.unread(path, &error),
                Ok(items) => {
                    let mut items: Vec<PathBuf> = items.flatten().map(|item| item.path()).collect();
                    items.sort();
                    for item in &items {
                        self.walk(item, depth + 1, findings);
                    }
                }
            },
            Ok(metadata) if metadata.is_file() && metadata.len() <= LARGEST => {
                self.found.extend((!is_key(path)).then(|| path.to_owned()));
            }
            Ok(_) => {}
        }
    }
}

impl Server {
    fn read(&self, text: &str, file: &Path, (root, folder): (&Path, &Path), findings: &mut Findings) {
        let mut base = folder.to_owned();
        let mut is_chain_list = false;
        for (index, line) in text.lines().enumerate() {
            let is_continued = is_chain_list && line.starts_with([' ', '\t']);
            let by = format!("{}: {}:{}", self.name, file.display(), index + 1);
            let statements = statements(line, self.ends);
            let first = statements.first().and_then(|words| words.first()).map(|word| word.to_ascii_lowercase());
            is_chain_list = is_continued || first.as_deref() == Some("smtpd_tls_chain_files");
            for words in statements {
                if let [word, path, ..] = words.as_slice()
                    && word == "crt-base"
                {
                    base = root.join(path.trim_start_matches('/'));
                }
                if is_continued {
                    for path in &words {
                        add(path, &by, (root, &base), findings);
                    }
                    continue;
                }
                for (directive, path) in self.named(&words) {
                    if directive == "crt-list" {
                        crt_list(path, &by, (root, &base), findings);
                    } else {
                        add(path, &by, (root, &base), findings);
                    }
                }
            }
        }
    }

    /// The paths that a statement names, each with its directive.
    fn named<'w>(&self, words: &'w [String]) -> Vec<(String, &'w str)> {
        let mut named = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let directive = word.to_ascii_lowercase();
            // In master.cf settings stand behind `-o`, and HAProxy has several on a line.
            let is_at_its_place = self.name == "HAProxy" || at == 0 || words[at - 1] == "-o";
            if !is_at_its_place || !self.directives.contains(&directive.as_str()) {
                continue;
            }
            let arguments = &words[at + 1..];
            let count = match directive.as_str() {
                "smtpd_tls_chain_files" => arguments.len(),
                // `tls internal` and `tls ADDRESS` name no file.
                "tls" => usize::from(arguments.len() >= 2),
                _ => 1,
            };
            named.extend(arguments.iter().take(count).map(|path| (directive.clone(), path.trim_start_matches('<'))));
        }
        named
    }
}

/// Adds every certificate of a list of `HAProxy`: the first word of each line.
fn crt_list(written: &str, by: &str, (root, base): (&Path, &Path), findings: &mut Findings) {
    let list = match written.strip_prefix('/') {
        Some(below) => root.join(below),
        None => base.join(written),
    };
    match text(&list) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            findings.unread.push(format!("{by} names `{}`, which is not there", list.display()));
        }
        Err(error) => findings.unread(&list, &error),
        Ok(text) => {
            for (index, line) in text.lines().enumerate() {
                let by = format!("HAProxy: {}:{}", list.display(), index + 1);
                let statements = statements(line, &[]);
                let path = statements.first().and_then(|words| words.first());
                // A section of the list, and not a certificate.
                let path = path.filter(|path| !path.starts_with('['));
                if let Some(path) = path {
                    add(path, &by, (root, base), findings);
                }
            }
        }
    }
}

fn add(written: &str, by: &str, (root, base): (&Path, &Path), findings: &mut Findings) {
    if written.contains('$') {
        findings.unread.push(format!("{by} names `{written}`, which only that server can resolve"));
        return;
    }
    let path = match written.strip_prefix('/') {
        Some(below) => root.join(below),
        None => base.join(written),
    };
    match path.metadata() {
        // A list of chain files names keys as well.
        _ if is_key(&path) => {}
        Ok(_) if observations(&path, None).iter().all(holds_nothing) => {}
        Ok(_) => findings.add(path, by, false),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => findings.add(path, by, false),
        Err(_) if written.starts_with('/') => {
            findings.unread.push(format!("{by} names `{}`, which is not there", path.display()));
        }
        Err(_) => {}
    }
}
