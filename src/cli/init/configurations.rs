//! Certificates that the configurations of servers name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::search::{Findings, holds_nothing, observations};

/// Nobody writes longer configurations by hand.
const LARGEST: u64 = 1024 * 1024;
const DEEPEST: usize = 6;
const MOST_FILES: usize = 5000;

/// A server, its folders or files, and the words before the path of a certificate.
struct Server {
    name: &'static str,
    places: &'static [&'static str],
    directives: &'static [&'static str],
}

const SERVERS: [Server; 5] = [
    Server {
        name: "nginx",
        places: &["etc/nginx", "usr/local/etc/nginx", "usr/local/nginx/conf"],
        directives: &["ssl_certificate"],
    },
    Server {
        name: "Apache",
        places: &["etc/apache2", "etc/httpd", "usr/local/apache2/conf"],
        directives: &["sslcertificatefile"],
    },
    Server { name: "HAProxy", places: &["etc/haproxy"], directives: &["crt"] },
    Server {
        name: "Postfix",
        places: &["etc/postfix/main.cf", "etc/postfix/master.cf"],
        directives: &["smtpd_tls_cert_file", "smtpd_tls_eccert_file", "smtpd_tls_chain_files"],
    },
    Server { name: "Dovecot", places: &["etc/dovecot"], directives: &["ssl_cert", "ssl_server_cert_file"] },
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
                let is_key = name.ends_with(".key") || name.starts_with("privkey");
                self.found.extend((!is_key).then(|| path.to_owned()));
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
            let words = words(line);
            let first = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
            if let ("crt-base", Some(path)) = (first.as_str(), words.get(1)) {
                base = root.join(path.trim_start_matches('/'));
            }
            is_chain_list = is_continued || first == "smtpd_tls_chain_files";
            let paths: Vec<&str> = match self.name {
                "HAProxy" => words.windows(2).filter(|pair| pair[0] == "crt").map(|pair| pair[1]).collect(),
                _ if is_continued => words,
                // In master.cf settings stand behind `-o`.
                _ => words
                    .iter()
                    .position(|word| self.directives.contains(&word.to_ascii_lowercase().as_str()))
                    .filter(|at| *at == 0 || words[at - 1] == "-o")
                    .map(|at| words[at + 1..].to_vec())
                    .unwrap_or_default(),
            };
            let by = format!("{}: {}:{}", self.name, file.display(), index + 1);
            for path in paths {
                add(path.trim_start_matches('<'), &by, (root, &base), findings);
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
        Ok(_) if observations(&path, None).iter().all(holds_nothing) => {}
        Ok(_) => findings.add(path, by, false),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => findings.add(path, by, false),
        Err(_) if written.starts_with('/') => {
            findings.unread.push(format!("{by} names `{}`, which is not there", path.display()));
        }
        Err(_) => {}
    }
}

/// The words of a line up to a comment, without quotation marks and what separates them.
fn words(line: &str) -> Vec<&str> {
    let line = line.trim_start();
    if line.starts_with('#') {
        return Vec::new();
    }
    let line = line.split(" #").next().unwrap_or_default();
    let separates = |character: char| character.is_whitespace() || matches!(character, ';' | '=' | ',' | '{' | '}');
    line.split(separates).map(|word| word.trim_matches(['"', '\''])).filter(|word| !word.is_empty()).collect()
}
