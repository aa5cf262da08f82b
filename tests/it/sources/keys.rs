//! OpenPGP keys and SSH certificates: only their ends. The files in `keys` were made by gpg and ssh-keygen.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{certnotify, findings, names, rows};

const USER: &[u8] = include_bytes!("keys/alice-cert.pub");
const HOST: &[u8] = include_bytes!("keys/host-cert.pub");
const BINARY: &[u8] = include_bytes!("keys/release.gpg");
const ARMORED: &[u8] = include_bytes!("keys/release.asc");
const EXTENDED: &[u8] = include_bytes!("keys/extended.gpg");
const SECRET: &[u8] = include_bytes!("keys/secret.gpg");

fn of(bytes: &[u8]) -> Vec<Value> {
    rows(TempDir::new().unwrap().path(), &["-"], bytes)
}

fn named<'a>(rows: &'a [Value], end: &str) -> &'a Value {
    rows.iter().find(|row| row["name"].as_str().unwrap().ends_with(end)).unwrap_or_else(|| panic!("{end}: {rows:?}"))
}

#[test]
fn a_certificate_of_a_user_ends_when_ssh_keygen_says() {
    let rows = of(USER);
    assert_eq!(rows.len(), 1, "{rows:?}");
    let row = &rows[0];
    assert_eq!((&row["subject"], &row["serial"]), (&"alice laptop".into(), &"7".into()));
    assert_eq!(row["dns_names"], serde_json::json!(["alice", "root"]));
    assert_eq!(row["not_before"], "2026-01-01T00:00:00Z");
    assert_eq!(row["not_after"], "2026-12-31T00:00:00Z");
    assert_eq!(row["issuer"], "SHA256:evjkH1NH2WYPgBnfQ/kUIXMGKmIlj94KENyerWALzEw");
    assert_eq!(findings(row), Vec::<&str>::new());
}

#[test]
fn a_certificate_of_a_host_that_lasts_forever_has_no_end_and_no_finding() {
    let rows = of(HOST);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["dns_names"], serde_json::json!(["host1.example.com"]));
    assert_eq!((&rows[0]["status"], &rows[0]["not_after"]), (&"ok".into(), &"9999-12-31T23:59:59Z".into()));
}

#[test]
fn keys_are_read_in_binary_and_in_armor_and_subkeys_have_their_own_end() {
    let secret = of(SECRET);
    assert_eq!(names(&secret), names(&of(EXTENDED)), "{secret:?}");
    for bytes in [BINARY, ARMORED, &[b"Our key:\r\n", ARMORED, b"\r\nBye\r\n"].concat()] {
        let rows = of(bytes);
        assert_eq!(rows.len(), 2, "{rows:?}");
        let primary = named(&rows, "release@example.com/08776854526ABB47");
        assert_eq!(primary["subject"], "Release Signing <release@example.com>");
        assert_eq!(primary["serial"], "92e582d7be4a032f6e34f83008776854526abb47");
        assert_eq!(primary["not_before"], "2025-01-01T00:00:00Z");
        assert_eq!(primary["not_after"], "2026-12-31T12:00:00Z");
        let subkey = named(&rows, "release@example.com/D7B6A618014126A6");
        assert_eq!(subkey["subject"], "Release Signing <release@example.com>, encryption subkey");
        assert_eq!(subkey["not_after"], "2026-06-30T12:00:00Z");
        assert_eq!(findings(subkey), ["expired"]);
    }
}

#[test]
fn the_newest_self_signature_counts_wherever_it_stands() {
    let extended = of(EXTENDED);
    let end = &named(&extended, "/08776854526ABB47")["not_after"];
    assert!(end.as_str().unwrap().starts_with("2028-01-01"), "{end}");
    // The old signature of the user behind the new one, as a merged keyring has it.
    let user = 53 + 2 + 37;
    let old = &BINARY[user..user + 2 + 150];
    let mut merged = EXTENDED[..user + 2 + 150].to_vec();
    merged.extend(old);
    merged.extend(&EXTENDED[user + 2 + 150..]);
    assert_eq!(&named(&of(&merged), "/08776854526ABB47")["not_after"], end);
}

#[test]
fn a_file_cut_anywhere_ends_in_rows_or_a_finding() {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in [("k.gpg", BINARY), ("k.asc", ARMORED), ("k-cert.pub", USER), ("s.gpg", SECRET)] {
        for length in (1..bytes.len()).step_by(if name == "k.gpg" { 1 } else { 7 }) {
            fs::write(folder.path().join(format!("{length}-{name}")), &bytes[..length]).unwrap();
        }
    }
    let all = rows(folder.path(), &["*.gpg", "*.asc", "*.pub"], b"");
    assert!(all.iter().all(|row| !row["source"].as_str().unwrap().is_empty()));
    let count = all.iter().filter(|row| findings(row).contains(&"unparsable")).count();
    assert!(count > 400, "{count} of {}", all.len());
    for wrong in [
        &b"\xc6\xff\xff\xff\xff\xff\x04"[..],
        b"\x98\x06\x04\0\0\0\0\x16\xe1",
        b"\x99\xff\xff\x04",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA",
        b"ssh-rsa-cert-v01@openssh.com AAAAHHNzaC1yc2EtY2VydC12MDFAb3BlbnNzaC5jb23/////",
    ] {
        let rows = of(wrong);
        let found: Vec<_> = rows.iter().flat_map(findings).collect();
        assert!(found.iter().all(|id| matches!(*id, "unparsable" | "nothing-found")) && !found.is_empty(), "{rows:?}");
    }
}

#[test]
fn a_directory_shows_keys_by_name_and_passes_over_signatures_and_encrypted_files() {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in [
        ("release.gpg", BINARY),
        ("host-cert.pub", HOST),
        ("host.pub", b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJUWYDrb6fjxdv9GfBYPmC39gyGC7bLiX8kYPgDq1ACx\n"),
        ("dump.sql.gpg", b"\x85\x01\x0c\x03abcdefgh"),
        ("a.tar.asc", b"-----BEGIN PGP SIGNATURE-----\n\niHUEABYI\n-----END PGP SIGNATURE-----\n"),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let rows = rows(folder.path(), &["."], b"");
    assert_eq!(rows.len(), 3, "{rows:?}");
}

#[test]
fn a_later_end_of_the_same_key_is_its_renewal_and_said_once() {
    let folder = TempDir::new().unwrap();
    let policies = "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\n\
                    events = [\"business\"]\n[[certificates]]\nname = \"release\"\nfile = \"release.gpg\"\n";
    fs::write(folder.path().join("policies.toml"), policies).unwrap();
    let told = |bytes: &[u8]| {
        fs::write(folder.path().join("release.gpg"), bytes).unwrap();
        certnotify(folder.path(), &["run", "--quiet"], b"");
        let history = certnotify(folder.path(), &["history", "--format", "json"], b"").stdout;
        String::from_utf8(history).unwrap()
    };
    assert!(!told(BINARY).contains("business.hosting"));
    let renewed = told(EXTENDED);
    assert_eq!(renewed.matches("business.hosting").count(), told(EXTENDED).matches("business.hosting").count());
    assert!(!renewed.contains("business.deletion"), "{renewed}");
}

/// Whether the program is on this machine.
fn has(program: &str) -> bool {
    ["/usr/bin", "/bin"].iter().any(|folder| Path::new(folder).join(program).exists())
}

#[test]
fn what_ssh_keygen_makes_of_each_kind_of_key_is_read() {
    if !has("ssh-keygen") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let keygen = |arguments: &[&str]| {
        let made = Command::new("ssh-keygen").args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    };
    keygen(&["-q", "-t", "ed25519", "-N", "", "-f", "ca"]);
    for kind in ["ed25519", "rsa", "ecdsa"] {
        keygen(&["-q", "-t", kind, "-N", "", "-f", kind]);
        let key = format!("{kind}.pub");
        keygen(&["-q", "-s", "ca", "-I", kind, "-n", "a", "-V", "20260101000000Z:20270101000000Z", &key]);
        let rows = rows(folder.path(), &[&format!("{kind}-cert.pub")], b"");
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!((&rows[0]["subject"], &rows[0]["not_after"]), (&kind.into(), &"2027-01-01T00:00:00Z".into()));
    }
}

#[test]
fn what_gpg_makes_of_each_kind_of_key_is_read() {
    if !has("gpg") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let gpg = |arguments: &[&str]| {
        let common = ["--batch", "--homedir", ".", "--no-autostart", "--faked-system-time", "20260101T000000!"];
        let start = if arguments.contains(&"--export") { &common[..] } else { &common[..3] };
        let rest = if start.len() == 3 { &common[4..] } else { &[] };
        let mut command = Command::new("gpg");
        command.args(start).args(rest).args(["--passphrase", ""]).args(arguments).current_dir(folder.path());
        command.env("HOME", folder.path()).output().unwrap()
    };
    for kind in ["rsa2048", "ed25519", "nistp256"] {
        let user = format!("{kind}@example.com");
        let made = gpg(&["--quick-gen-key", &user, kind, "sign", "2027-01-01"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let rows = of(&gpg(&["--export", &user]).stdout);
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert!(rows[0]["not_after"].as_str().unwrap().starts_with("2027-01-01"), "{rows:?}");
    }
    let _ = Command::new("gpgconf").args(["--homedir", ".", "--kill", "all"]).current_dir(folder.path()).output();
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn a_keybox_of_gpg_shows_its_keys_and_those_of_a_directory_are_found() {
    if !has("gpg") {
        let reason = "gpg is not here: no keybox was made";
        return eprintln!("{reason}");
    }
    let folder = TempDir::new().unwrap();
    let gpg = |arguments: &[&str]| {
        let mut command = Command::new("gpg");
        command.args(["--batch", "--homedir", ".", "--faked-system-time", "20260101T000000!", "--passphrase", ""]);
        command.args(arguments).current_dir(folder.path()).env("HOME", folder.path()).output().unwrap()
    };
    for (user, until) in [("one@example.com", "2027-01-01"), ("two@example.com", "2026-06-01")] {
        let made = gpg(&["--quick-gen-key", user, "ed25519", "sign", until]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let _ = Command::new("gpgconf").args(["--homedir", ".", "--kill", "all"]).current_dir(folder.path()).output();
    let listed = |rows: &[Value]| {
        let mut ends: Vec<String> = rows
            .iter()
            .map(|row| format!("{} {}", row["subject"].as_str().unwrap(), &row["not_after"].as_str().unwrap()[..10]))
            .collect();
        ends.sort();
        ends
    };
    let named = rows(folder.path(), &["pubring.kbx"], b"");
    let all = listed(&named);
    assert_eq!(all, ["one@example.com 2027-01-01", "two@example.com 2026-06-01"]);
    assert_eq!(listed(&of(&fs::read(folder.path().join("pubring.kbx")).unwrap())), all);
    assert_eq!(listed(&rows(folder.path(), &["."], b"")), all, "in a directory, too");
    let whole = fs::read(folder.path().join("pubring.kbx")).unwrap();
    let folder = TempDir::new().unwrap();
    for length in 1..whole.len() {
        fs::write(folder.path().join(format!("{length}.kbx")), &whole[..length]).unwrap();
    }
    let cut = rows(folder.path(), &["*.kbx"], b"");
    let told = |row: &&Value| findings(row).iter().any(|id| matches!(*id, "unparsable" | "nothing-found"));
    assert!(
        cut.iter().filter(told).count() > whole.len() / 2,
        "{} of {}",
        cut.iter().filter(told).count(),
        whole.len()
    );
}

/// One blob of a keybox with this kind and content.
fn blob(kind: u8, flags: u8, content: &[u8]) -> Vec<u8> {
    let whole = u32::try_from(16 + content.len()).unwrap().to_be_bytes();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&whole[..], &[kind, 1, 0, flags], &16_u32.to_be_bytes(), &length, content].concat()
}

#[test]
fn a_keybox_holds_certificates_beside_keys_and_no_length_in_it_is_believed() {
    let header = [&32_u32.to_be_bytes()[..], &[1, 1, 0, 2], b"KBXf", &[0; 20]].concat();
    let certificate = crate::support::certificates::leaf(&["www.example.com"]).self_signed();
    let deleted = blob(0, 0, b"deleted");
    let keybox = [&header[..], &deleted, &blob(3, 0, &certificate.der), &blob(2, 0, BINARY)].concat();
    let rows = of(&keybox);
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows.iter().any(|row| row["dns_names"] == serde_json::json!(["www.example.com"])), "{rows:?}");
    assert!(names(&rows).iter().any(|name| name.ends_with("release@example.com/08776854526ABB47")), "{rows:?}");
    let passing = of(&[&header[..], &blob(3, 2, &certificate.der), &blob(2, 0, BINARY)].concat());
    assert_eq!(passing.len(), 2, "a certificate that was needed for a moment: {passing:?}");
    for broken in [
        [&header[..], &4_u32.to_be_bytes()].concat(),
        [&header[..], &u32::MAX.to_be_bytes(), &[2, 1, 0, 0]].concat(),
        [&header[..], &20_u32.to_be_bytes(), &[2, 1, 0, 0], &[0xff; 12]].concat(),
        [&header[..], &6_u32.to_be_bytes(), &[2, 1]].concat(),
    ] {
        let rows = of(&broken);
        assert_eq!(findings(&rows[0]), ["unparsable"], "{rows:?}");
    }
}

#[test]
fn a_store_that_is_none_is_told_in_a_directory_and_an_empty_one_is_not() {
    let header = [&32_u32.to_be_bytes()[..], &[1, 1, 0, 2], b"KBXf", &[0; 20]].concat();
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("release.gpg"), BINARY).unwrap();
    fs::write(folder.path().join("empty.kbx"), &header).unwrap();
    fs::write(folder.path().join("notes.pem"), "no certificate").unwrap();
    assert_eq!(rows(folder.path(), &["."], b"").len(), 2);
    for name in ["a.kbx", "b.jks", "c.p12", "d.p7b", "e.truststore", "f.pfx"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let told = rows(folder.path(), &["."], b"");
    let found = told.iter().filter(|row| findings(row) == ["nothing-found"]).count();
    assert_eq!((told.len(), found), (8, 6), "{told:?}");
}
