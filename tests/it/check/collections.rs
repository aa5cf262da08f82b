//! `certnotify check` on directories, globs, links, bundles and what is none of these.

use std::fs;
use std::os::unix::fs::symlink;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{Folder, days, found};
use crate::support::certificates::{Authority, leaf};

#[test]
fn a_directory_is_walked_for_files_that_look_like_certificates() {
    let folder = Folder::new();
    for name in ["d/a.pem", "d/sub/b.CRT", "d/c.cer", "d/d.cert", "d/.hidden.pem", "d/.git/e.pem", "d/..data/f.pem"] {
        folder.leaf(name, &leaf(&[name.rsplit('/').next().unwrap().trim_start_matches('.')]));
    }
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for name in ["d/privkey.pem", "d/privkey1.pem", "d/server-key.pem", "d/serverkey.pem", "d/only.pem"] {
        folder.write(name, &key);
    }
    folder.write("d/readme.txt", "-----BEGIN CERTIFICATE-----\n").write("d/empty.crt", "");
    assert_eq!(folder.names(&["d"]), ["d/a.pem", "d/c.cer", "d/d.cert", "d/sub/b.CRT"]);
    assert_eq!(folder.run(&["d"]).code, 0);
}

#[test]
fn nothing_is_a_finding_where_something_was_asked_for() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    folder.write("keys/only.pem", &key).write("text.pem", "hello").leaf("good/a.pem", &leaf(&["a.example"]));
    assert_eq!(folder.found(&["empty"]), [found("empty", &["nothing-found"])]);
    assert_eq!(folder.found(&["keys"]), [found("keys", &["nothing-found"])]);
    assert_eq!(folder.found(&["text.pem"]), [found("text.pem", &["nothing-found"])]);
    assert_eq!(folder.found(&["keys/*.pem"]), [found("keys/only.pem", &["nothing-found"])]);
    assert_eq!(folder.found(&["gone/*.pem"]), [found("gone/*.pem", &["nothing-found"])]);
    assert_eq!(folder.found(&["good/*.crt"]), [found("good/*.crt", &["nothing-found"])]);
    let said = folder.run(&["keys/*.pem"]);
    assert!(!said.stdout.contains("PRIVATE") && said.stdout.contains("holds a private key"), "{}", said.stdout);
    folder.write("a.csr", "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n");
    let said = folder.run(&["a.csr"]);
    assert!(said.stdout.contains("holds a certificate request (CSR) and no certificate"), "{}", said.stdout);
}

#[test]
fn one_bad_file_hides_no_other() {
    let folder = Folder::new();
    folder
        .leaf("d/a.pem", &leaf(&["a.example"]))
        .write("d/broken.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
        .write("d/keystore.p12", b"\x30\x82\x00\x05\x02\x01\x03\x30\x00")
        .leaf("d/z.pem", &leaf(&["z.example"]));
    symlink("nowhere.pem", folder.path().join("d/link.pem")).unwrap();
    symlink("nowhere", folder.path().join("d/other-link")).unwrap();
    assert_eq!(
        folder.found(&["d"]),
        [
            found("d/a.pem", &[]),
            found("d/broken.pem", &["unparsable"]),
            found("d/keystore.p12", &["unparsable"]),
            found("d/z.pem", &[]),
            found("d/link.pem", &["unreadable"]),
        ]
    );
    assert_eq!(folder.run(&["d"]).code, 3);
}

#[test]
fn a_link_that_leads_nowhere_is_called_like_any_member() {
    let folder = Folder::new();
    folder.leaf("d/a.pem", &leaf(&["a.example"])).leaf("e.pem", &leaf(&["e.example"]));
    for link in ["d/x.pem", "d/sub/x.pem", "x.pem"] {
        folder.write(link, "");
        fs::remove_file(folder.path().join(link)).unwrap();
        symlink("nowhere", folder.path().join(link)).unwrap();
    }
    for (target, names) in [
        ("d", ["d/a.pem", "d/sub/x.pem", "d/x.pem"].as_slice()),
        ("d/*", &["d/a.pem", "d/sub/x.pem", "d/x.pem"]),
        ("d/x*", &["d/x.pem"]),
        ("*.pem", &["e.pem", "x.pem"]),
        ("*", &["d/a.pem", "d/sub/x.pem", "d/x.pem", "e.pem", "x.pem"]),
    ] {
        let mut found: Vec<_> = folder.found(&[target]).into_iter().map(|(name, _)| name).collect();
        found.sort();
        assert_eq!(found, names, "{target}");
        let said = folder.run(&[target]);
        assert!(said.stdout.contains("x.pem` cannot be read") && !said.stdout.contains("`./"), "{}", said.stdout);
    }
    for (name, called) in [("", ["x.pem", "sub/x.pem"]), ("name = \"n\"\n", ["n/x.pem", "n/sub/x.pem"])] {
        let policy =
            format!("[contacts.ops]\nemail = \"o@example.com\"\n[[certificates]]\n{name}file = \"d/**/*.pem\"\n");
        folder.write("policies.toml", policy);
        let found: Vec<_> = folder.found(&["-p", "policies.toml"]).into_iter().map(|(name, _)| name).collect();
        for called in called {
            assert!(found.iter().any(|found| found.ends_with(called)), "{called} among {found:?}");
        }
    }
}

#[test]
fn a_broken_block_beside_a_good_one_is_a_row_of_its_own() {
    let folder = Folder::new();
    let good = Authority::root("Root").issue(&leaf(&["a.example"])).pem;
    folder.write("a.pem", format!("{good}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
    assert_eq!(folder.found(&["a.pem"]), [found("a.pem", &[]), found("a.pem#broken", &["unparsable"])]);
}

#[test]
fn a_glob_finds_the_same_when_another_looks_into_its_directory() {
    let folder = Folder::new();
    for (number, name) in ["a.pem", "ab.pem", "a/x.pem", "a/.hidden.pem", "b/x/y.pem", ".h/x.pem", "[a].pem", "a b.pem"]
        .iter()
        .enumerate()
    {
        folder.leaf(&format!("live/{name}"), &leaf(&[&format!("host-{number}.example")]));
    }
    symlink("a", folder.path().join("live/link")).unwrap();
    symlink("ab.pem", folder.path().join("live/al.pem")).unwrap();
    symlink("nowhere", folder.path().join("live/an.pem")).unwrap();
    symlink("..", folder.path().join("live/up")).unwrap();
    symlink("../../live", folder.path().join("live/b/back")).unwrap();
    symlink("../a", folder.path().join("live/b/beside")).unwrap();
    for glob in [
        "live/*", "live/a*", "live/a*.pem", "live/a?.pem", "live/*.pem", "live/?/*.pem", "live/a*/*", "live/*/*/*",
        "live/.*", "live/\\[a*", "live/{a,b}/x*", "live/{a,b/x}/*.pem", "live/l*/x.pem", "live/u*/live/a*",
        "live/**/*.pem", "live/no*",
    ] {
        let alone = folder.found(&[glob]);
        let mut beside = folder.found(&[glob, "live/none-*"]);
        beside.retain(|(name, _)| name != "live/none-*");
        assert_eq!(beside, alone, "{glob}");
    }
}

#[test]
fn what_a_link_leads_to_once_more_is_told_once_whether_it_can_be_read_or_not() {
    let folder = Folder::new();
    folder.leaf("d/sub/a.pem", &leaf(&["a.example"])).leaf("d/b.pem", &leaf(&["b.example"]));
    for name in ["d/sub/large.pem", "d/large.pem"] {
        // A file with a hole: long, and of no cost.
        fs::File::create(folder.path().join(name)).unwrap().set_len(64 << 20).unwrap();
    }
    symlink("..", folder.path().join("d/sub/_up")).unwrap();
    symlink(".", folder.path().join("d/self")).unwrap();
    symlink("large.pem", folder.path().join("d/zz.pem")).unwrap();
    let good = [found("d/sub/_up/b.pem", &[]), found("d/sub/a.pem", &[])];
    let unread = ["d/sub/_up/large.pem", "d/sub/large.pem"].map(|name| found(name, &["unreadable"]));
    for directory in ["d/sub", "d/sub/**/*.pem"] {
        let mut all = folder.found(&[directory]);
        all.sort();
        let mut expected = [good.clone(), unread.clone()].concat();
        expected.sort();
        assert_eq!(all, expected, "{directory}");
    }
    assert_eq!(folder.found(&["d"]).len(), 4);
    assert_eq!(folder.found(&["d/l*.pem", "d/z*.pem"]).len(), 2, "two targets");
}

#[test]
fn globs_stay_in_their_level_and_directories_that_match_are_walked() {
    let folder = Folder::new();
    for name in ["live/a/cert.pem", "live/b/cert.pem", "live/b/deep/cert.pem", "live/.c/cert.pem"] {
        folder.leaf(name, &leaf(&[&format!("{}.example", name.replace(['/', '.'], "-").trim_start_matches('-'))]));
    }
    assert_eq!(folder.names(&["live/*/cert.pem"]), ["live/a/cert.pem", "live/b/cert.pem"]);
    assert_eq!(folder.names(&["live/**/*.pem"]).len(), 3);
    assert_eq!(folder.names(&["live/[ab]"]).len(), 3);
    assert_eq!(folder.names(&["live/{a,.c}/cert.pem"]), ["live/.c/cert.pem", "live/a/cert.pem"]);
    let absolute = folder.path().join("live/?/cert.pem");
    assert_eq!(folder.names(&[absolute.to_str().unwrap()]).len(), 2);
}

#[test]
fn certbots_folder_is_one_entry_a_leaf_and_the_longer_chain_wins() {
    let folder = Folder::new();
    let root = Authority::root("Root");
    let issuer = root.intermediate("Issuer");
    let leaf = issuer.issue(&leaf(&["www.example.com"]));
    folder
        .write("archive/www/cert1.pem", &leaf.pem)
        .write("archive/www/fullchain1.pem", format!("{}{}", leaf.pem, issuer.pem))
        .write("archive/www/privkey1.pem", &leaf.key_pem);
    fs::create_dir_all(folder.path().join("live/www")).unwrap();
    for name in ["cert", "fullchain", "privkey"] {
        let target = format!("../../archive/www/{name}1.pem");
        symlink(target, folder.path().join(format!("live/www/{name}.pem"))).unwrap();
    }
    assert_eq!(folder.names(&["live"]), ["live/www/fullchain.pem"]);
    assert_eq!(folder.names(&["live", "live/www/fullchain.pem", "./live/www/fullchain.pem"]).len(), 1);
}

#[test]
fn links_are_followed_and_loops_end() {
    let folder = Folder::new();
    folder.leaf("real/a.pem", &leaf(&["a.example"]));
    fs::create_dir(folder.path().join("d")).unwrap();
    symlink("../real", folder.path().join("d/linked")).unwrap();
    symlink("..", folder.path().join("real/up")).unwrap();
    symlink("loop.pem", folder.path().join("d/loop.pem")).unwrap();
    let found = folder.found(&["d"]);
    assert!(found.iter().any(|(name, findings)| name == "d/linked/a.pem" && findings.is_empty()), "{found:?}");
    assert_eq!(found.iter().filter(|(_, findings)| findings.is_empty()).count(), 1, "{found:?}");
}

#[test]
fn a_fifo_a_socket_and_a_device_are_never_opened() {
    let folder = Folder::new();
    folder.leaf("d/a.pem", &leaf(&["a.example"]));
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.path().join("d/fifo.pem"), rustix::fs::Mode::RWXU).unwrap();
    let socket = folder.path().join("d/socket.pem");
    rustix::fs::mknodat(rustix::fs::CWD, socket, rustix::fs::FileType::Socket, rustix::fs::Mode::RWXU, 0).unwrap();
    symlink("/dev/zero", folder.path().join("d/zero.pem")).unwrap();
    symlink("fifo.pem", folder.path().join("d/link.pem")).unwrap();
    let found = folder.found(&["d"]);
    // The link is the FIFO once more.
    assert_eq!(found.iter().filter(|(_, findings)| *findings == ["unreadable"]).count(), 3, "{found:?}");
    assert_eq!(folder.found(&["d/fifo.pem"])[0].1, ["unreadable"]);
}

#[test]
fn a_file_over_32_mib_is_not_read() {
    let folder = Folder::new();
    let file = fs::File::create(folder.path().join("big.pem")).unwrap();
    file.set_len(32 * 1024 * 1024 + 1).unwrap();
    let said = folder.run(&["big.pem"]);
    assert!(said.stdout.contains("larger than 32 MiB"), "{}", said.stdout);
    assert_eq!(said.code, 3);
}

#[test]
fn a_bundle_is_an_entry_a_certificate_and_further_ones_have_names_of_their_own() {
    let folder = Folder::new();
    let (one, two) = (Authority::root("One"), Authority::root("Two"));
    folder.write("bundle.pem", format!("{}{}{}", one.pem, two.pem, one.pem));
    let names = folder.names(&["bundle.pem"]);
    assert_eq!(names.len(), 2);
    assert_eq!(names[0], "bundle.pem");
    let digits = names[1].strip_prefix("bundle.pem#").unwrap();
    assert!(digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()), "{digits}");
}

#[test]
fn a_certificate_renewed_in_the_same_lineage_is_ok_and_elsewhere_it_is_not() {
    let folder = Folder::new();
    let names = ["www.example.com", "example.com"];
    folder
        .leaf("d/tls1.pem", &leaf(&names).left(days(-3)))
        .leaf("d/tls2.pem", &leaf(&["example.com", "www.example.com", "more.example.com"]).left(days(80)))
        .leaf("e/other.pem", &leaf(&["www.example.com", "gone.example.com"]).left(days(3)))
        .leaf("e/new.pem", &leaf(&["www.example.com"]).left(days(80)));
    assert_eq!(folder.found(&["d"]), [found("d/tls1.pem", &[]), found("d/tls2.pem", &[])]);
    let said = folder.run(&["d"]);
    assert_eq!(said.code, 0);
    assert!(said.stdout.contains("renewed by d/tls2.pem"), "{}", said.stdout);
    folder.leaf("f/old.pem", &leaf(&names).left(days(-3)));
    assert_eq!(folder.run(&["d", "f"]).code, 2);
    // The new one leaves a name out.
    assert_eq!(folder.run(&["e"]).code, 2);
}

#[test]
fn standard_input_is_no_file_that_may_be_missing_and_no_host() {
    let folder = Folder::new();
    let store = BASE64_STANDARD.encode(include_bytes!("../containers/modern.p12"));
    let said = folder.run_with(&["-"], &store);
    assert!(
        said.stdout.contains("help: -: name it by `password` in the policy file, or by --password-file"),
        "{}",
        said.stdout
    );
    let said = folder.run_with(&["-"], &"x".repeat(33 << 20));
    assert!(said.stdout.contains("larger than 32 MiB") && !said.stdout.contains("help:"), "{}", said.stdout);
}
