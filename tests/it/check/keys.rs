//! The private key in a file or beside it, and whether it is the certificate's own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::made_by_openssl::{EC, EC_KEY, OTHER_RSA_KEY, RSA, RSA_KEY, RSA_KEY_ENCRYPTED, RSA_KEY_WRAPPED};
use super::{Folder, Said};
use crate::support::certificates::{Authority, Leaf, leaf};

fn pair() -> (Authority, Leaf) {
    let root = Authority::root("Root");
    let leaf = root.issue(&leaf(&["www.example.com"]));
    (root, leaf)
}

/// Whether the key of this file is told to be another's.
fn is_told(folder: &Folder, file: &str) -> bool {
    let found = folder.found(&[file]);
    found.iter().any(|(_, findings)| findings.contains(&"key-mismatch".to_owned()))
}

#[test]
fn a_key_in_the_same_file_has_to_be_its_own_wherever_it_stands() {
    let (root, mine) = pair();
    let other = root.issue(&leaf(&["www.example.com"]));
    let folder = Folder::new();
    for (certificate, key, is_other) in [
        (&mine.pem, mine.key_pem.as_str(), false),
        (&mine.pem, &other.key_pem, true),
        (&RSA.to_owned(), RSA_KEY, false),
        (&RSA.to_owned(), RSA_KEY_WRAPPED, false),
        (&RSA.to_owned(), OTHER_RSA_KEY, true),
        (&RSA.to_owned(), RSA_KEY_ENCRYPTED, false),
        (&RSA.to_owned(), EC_KEY, true),
        (&EC.to_owned(), EC_KEY, false),
        (&EC.to_owned(), &mine.key_pem, true),
    ] {
        folder.write("site.pem", format!("{certificate}{}{key}", root.pem));
        assert_eq!(is_told(&folder, "site.pem"), is_other, "{certificate}{key}");
        folder.write("site.pem", format!("{key}{certificate}"));
        assert_eq!(is_told(&folder, "site.pem"), is_other, "{key}{certificate}");
    }
}

#[test]
fn a_key_beside_it_is_found_by_the_names_that_clients_and_servers_use() {
    let (root, mine) = pair();
    let other = root.issue(&leaf(&["www.example.com"]));
    for (certificate, key) in [
        ("live/www/fullchain.pem", "live/www/privkey.pem"),
        ("archive/www/cert7.pem", "archive/www/privkey7.pem"),
        ("nginx/www.crt", "nginx/www.key"),
        ("secret/tls.crt", "secret/tls.key"),
        ("haproxy/www.pem", "haproxy/www.pem.key"),
        ("mkcert/www.pem", "mkcert/www-key.pem"),
        ("mysql/server-cert.pem", "mysql/server-key.pem"),
        ("plain/cert.pem", "plain/key.pem"),
        ("acme/www.example.com_ecc/fullchain.cer", "acme/www.example.com_ecc/www.example.com.key"),
    ] {
        let folder = Folder::new();
        folder.write(certificate, format!("{}{}", mine.pem, root.pem)).write(key, &mine.key_pem);
        assert!(!is_told(&folder, certificate), "{certificate}");
        folder.write(key, &other.key_pem);
        let said = folder.run(&[certificate]);
        assert!(
            said.stdout.contains(&format!("the private key beside it, `{key}`, is not its own")),
            "{}",
            said.stdout
        );
        assert_eq!(said.code, 2);
        let directory = certificate.split('/').next().unwrap();
        assert!(is_told(&folder, directory), "{directory}");
    }
}

#[test]
fn every_key_beside_is_found_in_a_folder_of_many_whether_the_folder_is_named_or_not() {
    const MANY: usize = 40;
    let (root, mine) = pair();
    let other = root.issue(&leaf(&["www.example.com"]));
    let folder = Folder::new();
    for number in 0..MANY {
        let issued = root.issue(&leaf(&["www.example.com"]));
        folder.write(&format!("w{number}.pem"), issued.pem).write(&format!("w{number}.key"), &other.key_pem);
    }
    folder.write("own.pem", &mine.pem).write("own.key", &mine.key_pem);
    let told = |targets: &[&str]| {
        let found = folder.found(targets);
        found.iter().filter(|(_, findings)| findings.contains(&"key-mismatch".to_owned())).count()
    };
    for prefix in ["", "./"] {
        let files: Vec<String> = (0..MANY).map(|number| format!("{prefix}w{number}.pem")).collect();
        assert_eq!(told(&files.iter().map(String::as_str).collect::<Vec<_>>()), MANY, "{prefix}");
    }
    assert_eq!(told(&["."]), MANY);
}

#[test]
fn a_key_that_was_left_over_says_nothing_while_its_own_is_there() {
    let (root, mine) = pair();
    let folder = Folder::new();
    folder.write("cert.pem", &mine.pem).write("cert.key", root.issue(&leaf(&["old.example.com"])).key_pem);
    assert!(is_told(&folder, "cert.pem"));
    folder.write("privkey.pem", &mine.key_pem);
    assert!(!is_told(&folder, "cert.pem"));
}

#[test]
fn the_key_of_an_authority_beside_its_chain_is_no_mismatch() {
    let (root, mine) = pair();
    let lower = root.intermediate("Lower");
    let folder = Folder::new();
    folder.write("chain.pem", &lower.pem).write("chain.key", &mine.key_pem);
    assert!(!is_told(&folder, "chain.pem"));
}

#[test]
fn a_key_that_cannot_be_read_or_is_none_says_nothing() {
    let (root, mine) = pair();
    let folder = Folder::new();
    folder.write("www.pem", &mine.pem);
    for broken in ["", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", RSA_KEY_ENCRYPTED, "\0\u{1}"] {
        folder.write("www.key", broken);
        assert!(!is_told(&folder, "www.pem"), "{broken}");
    }
    fs::remove_file(folder.path().join("www.key")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.path().join("www.key"), rustix::fs::Mode::RWXU).unwrap();
    assert!(!is_told(&folder, "www.pem"), "and nobody waits for a FIFO");
    folder.write("locked.pem", &mine.pem).write("locked.key", root.issue(&leaf(&["b"])).key_pem);
    fs::set_permissions(folder.path().join("locked.key"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(folder.path().join("locked.key")).is_err() {
        assert!(!is_told(&folder, "locked.pem"));
    }
}

#[test]
fn no_part_of_a_key_is_ever_shown() {
    let (root, mine) = pair();
    let folder = Folder::new();
    folder.write("site.pem", format!("{}{}", mine.pem, root.issue(&leaf(&["b"])).key_pem)).write("rsa.pem", RSA);
    folder.write("rsa.key", OTHER_RSA_KEY);
    for format in ["json", "table"] {
        let Said { stdout, stderr, .. } = folder.run(&["--format", format, "-v", "site.pem", "rsa.pem"]);
        let all = stdout + &stderr;
        assert!(all.contains("not its own"), "{all}");
        for key in [root.issue(&leaf(&["b"])).key_pem.as_str(), &mine.key_pem, OTHER_RSA_KEY] {
            let lines = key.lines().filter(|line| !line.starts_with('-'));
            assert!(lines.into_iter().all(|line| !all.contains(line)), "{all}");
        }
        assert!(!all.contains("PRIVATE"), "{all}");
    }
}

#[test]
fn the_wrong_key_in_a_second_file_of_a_certificate_is_told_whichever_file_stands_for_it() {
    let (root, mine) = pair();
    let other = root.issue(&leaf(&["www.example.com"]));
    let (chain, alone) = (format!("{}{}", mine.pem, root.pem), &mine.pem);
    let wrong = |certificates: &str| format!("{certificates}{}", other.key_pem);
    for (first, second, named) in [
        (wrong(alone), chain.clone(), "`d/a.pem`, which holds it as well,"),
        (chain.clone(), wrong(alone), "`d/b.pem`, which holds it as well,"),
        (alone.clone(), wrong(alone), "`d/b.pem`, which holds it as well,"),
        (alone.clone(), wrong(&chain), "the same file"),
        (wrong(alone), wrong(&chain), "the same file"),
    ] {
        let folder = Folder::new();
        folder.write("d/a.pem", &first).write("d/b.pem", &second);
        for target in ["d", "d/*.pem"] {
            let said = folder.run(&[target]);
            assert_eq!(said.code, 2, "{}", said.stdout);
            assert!(said.stdout.contains(&format!("the private key in {named} is not its own")), "{}", said.stdout);
            assert_eq!(folder.found(&[target]).len(), 1, "{first}{second}");
        }
    }
}
