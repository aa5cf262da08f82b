//! `certnotify init`: a starter policy from what is on a machine, or from targets.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use assert_cmd::Command;

use crate::support::certificates::{Authority, leaf};

/// A machine below a folder, and a home for the operator.
struct Machine {
    folder: tempfile::TempDir,
    authority: Authority,
}

struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("machine")).unwrap();
        Self { folder, authority: Authority::root("Root") }
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.folder.path().join("machine").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn certificate(&self, path: &str) -> &Self {
        let pem = self.authority.issue(&leaf(&["www.example.com"])).pem;
        self.write(path, &pem)
    }

    fn type_in(&self, arguments: &[&str], input: &str) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_certnotify"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("CERTNOTIFY_POLICIES")
            .env("XDG_CONFIG_HOME", self.folder.path().join("config"))
            .write_stdin(input)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The policy that is written for this machine, with the machine's folder left out of it.
    fn policy(&self, arguments: &[&str]) -> String {
        let arguments = [&["init", "--root", "machine", "--output", "policies.toml"], arguments].concat();
        let said = self.type_in(&arguments, "");
        assert_eq!((said.code, said.stderr.as_str()), (0, ""));
        let validated = self.type_in(&["-p", "policies.toml", "validate"], "");
        assert_eq!(validated.code, 0, "{}", validated.stderr);
        let machine = format!("{}/machine", self.folder.path().display());
        self.text("policies.toml").replace(&machine, "")
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.folder.path().join(path)).unwrap()
    }
}

/// What stands below the default policy.
fn entries(policy: &str) -> &str {
    policy.split_once("milestones = [\"7d\", \"3d\", \"1d\"]\n\n").unwrap().1
}

/// The lines that are no comments and no names of the tables of certificates.
fn tables(policy: &str) -> Vec<&str> {
    let (_, tables) = policy.split_once("[[certificates]]").unwrap();
    tables.lines().filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("name = ")).collect()
}

#[test]
fn stores_of_clients_are_watched_whole_and_renew_by_themselves() {
    let machine = Machine::new();
    machine
        .certificate("etc/letsencrypt/live/www/fullchain.pem")
        .certificate("root/.acme.sh/www.example.com_ecc/fullchain.cer")
        .certificate("home/alice/.lego/certificates/www.example.com.crt")
        .certificate("home/alice/.lego/certificates/www.example.com.issuer.crt")
        .certificate("var/lib/caddy/.local/share/caddy/certificates/acme/www/www.crt")
        .write("etc/lego/certificates/README", "nothing here");
    let policy = machine.policy(&["--email", "alice@example.com"]);
    insta::assert_snapshot!(entries(&policy), @r##"
    # certbot
    [[certificates]]
    name = "certbot"
    file = "/etc/letsencrypt/live/*/fullchain.pem"
    renewal = "auto"

    # acme.sh
    [[certificates]]
    name = "acme.sh"
    file = "/root/.acme.sh/*/fullchain.cer"
    renewal = "auto"

    # lego
    [[certificates]]
    name = "lego"
    file = "/home/alice/.lego/certificates/*.crt"
    exclude = ["*.issuer.crt"]
    renewal = "auto"

    # Caddy
    [[certificates]]
    name = "Caddy"
    file = "/var/lib/caddy/.local/share/caddy/certificates/*/*/*.crt"
    renewal = "auto"
    "##);
}

#[test]
fn configurations_of_servers_are_read_with_the_line_that_names_each_certificate() {
    let machine = Machine::new();
    machine
        .certificate("etc/ssl/nginx.pem")
        .certificate("srv/apache.crt")
        .certificate("etc/haproxy/certs/shop.pem")
        .certificate("etc/mail/cert.pem")
        .certificate("etc/mail/twin.pem")
        .write("etc/mail/key.pem", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")
        .certificate("etc/dovecot/private/dovecot.pem")
        .write("etc/nginx/sites-available/old", "ssl_certificate /etc/ssl/old.pem;")
        .write(
            "etc/nginx/sites-available/www",
            "server {\n  # ssl_certificate /no;\n  ssl_certificate \"/etc/ssl/nginx.pem\"; # yes\n}",
        )
        .write("etc/nginx/conf.d/a.conf", "ssl_certificate $variable;\nssl_certificate /etc/ssl/gone.pem;")
        .write("etc/apache2/apache2.conf", "  SSLCertificateFile /srv/apache.crt\n")
        .write(
            "etc/haproxy/haproxy.cfg",
            "global\n  crt-base /etc/haproxy\nfrontend f\n  bind :443 ssl crt certs/ alpn h2\n",
        )
        .write(
            "etc/postfix/main.cf",
            "smtpd_tls_cert_file=/etc/mail/cert.pem\nsmtpd_tls_chain_files = /etc/mail/key.pem,\n  /etc/mail/twin.pem\n",
        )
        .write("etc/dovecot/conf.d/10-ssl.conf", "ssl_cert = </etc/dovecot/private/dovecot.pem\n");
    fs::create_dir_all(machine.folder.path().join("machine/etc/nginx/sites-enabled")).unwrap();
    symlink("../sites-available/www", machine.folder.path().join("machine/etc/nginx/sites-enabled/www")).unwrap();
    let policy = machine.policy(&[]);
    insta::assert_snapshot!(entries(&policy), @r##"
    # nginx: /etc/nginx/sites-enabled/www:3
    # in /etc/ssl
    [[certificates]]
    name = "nginx"
    file = "/etc/ssl/nginx.pem"

    # Apache: /etc/apache2/apache2.conf:1
    [[certificates]]
    name = "apache"
    file = "/srv/apache.crt"

    # HAProxy: /etc/haproxy/haproxy.cfg:4
    [[certificates]]
    name = "haproxy"
    file = "/etc/haproxy/certs/"

    # Postfix: /etc/postfix/main.cf:1
    [[certificates]]
    name = "mail"
    file = "/etc/mail/cert.pem"

    # Postfix: /etc/postfix/main.cf:3
    [[certificates]]
    name = "twin"
    file = "/etc/mail/twin.pem"

    # Dovecot: /etc/dovecot/conf.d/10-ssl.conf:1
    [[certificates]]
    name = "dovecot"
    file = "/etc/dovecot/private/dovecot.pem"

    # Not read:
    # - nginx: /etc/nginx/conf.d/a.conf:1 names `$variable`, which only that server can resolve
    # - nginx: /etc/nginx/conf.d/a.conf:2 names `/etc/ssl/gone.pem`, which is not there
    "##);
}

#[test]
fn certificates_of_authorities_in_etc_ssl_are_left_out() {
    let machine = Machine::new();
    machine.write("etc/ssl/certs/root.pem", &machine.authority.pem).certificate("etc/ssl/shop.pem");
    let bundle = format!("{}{}", machine.authority.pem, Authority::root("Other").pem);
    machine.write("etc/ssl/certs/ca-certificates.crt", &bundle);
    assert_eq!(tables(&machine.policy(&[])), ["file = \"/etc/ssl/shop.pem\""]);
}

#[test]
fn a_certificate_that_several_name_is_watched_once() {
    let machine = Machine::new();
    machine
        .certificate("etc/letsencrypt/live/www/fullchain.pem")
        .write("etc/nginx/nginx.conf", "ssl_certificate /etc/letsencrypt/live/www/fullchain.pem;")
        .write("etc/dovecot/dovecot.conf", "ssl_cert = </etc/letsencrypt/live/www/fullchain.pem");
    let policy = machine.policy(&[]);
    assert_eq!(policy.matches("[[certificates]]").count(), 1, "{policy}");
    assert!(policy.contains("# certbot\n# nginx: /etc/nginx/nginx.conf:1\n# Dovecot: "), "{policy}");
}

#[test]
fn targets_take_the_place_of_the_search() {
    let machine = Machine::new();
    machine.certificate("shop.pem").certificate("etc/letsencrypt/live/www/fullchain.pem");
    let arguments = ["init", "--output", "p.toml", "www.example.com:8443", "machine/shop.pem", "-"];
    let said = machine.type_in(&arguments, "# hosts\napi.example.com\n\nwww.example.com:8443 # again\n");
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    let policy = machine.text("p.toml");
    let file = format!("file = \"{}/machine/shop.pem\"", machine.folder.path().display());
    assert_eq!(
        tables(&policy),
        ["endpoint = [\"www.example.com:8443\", \"api.example.com\"]", "[[certificates]]", file.as_str()]
    );
    assert_eq!(machine.type_in(&["-p", "p.toml", "validate"], "").code, 0);
}

#[test]
fn what_is_no_target_is_refused_and_nothing_is_written() {
    let machine = Machine::new();
    for (target, why) in [("two words", "no host name"), ("./gone.pem", "there is no `./gone.pem`")] {
        let said = machine.type_in(&["init", "--output", "p.toml", "www.example.com", target], "");
        assert_eq!(said.code, 3);
        assert!(said.stderr.contains(why), "{}", said.stderr);
    }
    let said = machine.type_in(&["init", "--output", "p.toml", "-"], "# none yet\n\n");
    assert_eq!(said.code, 3);
    assert!(said.stderr.starts_with("certnotify: standard input has no target\n"), "{}", said.stderr);
    let said = machine.type_in(&["init", "--output", "p.toml", "--email", "nobody", "www.example.com"], "");
    assert_eq!(said.code, 3);
    assert!(said.stderr.starts_with("certnotify: --email: `nobody` is no mail address"), "{}", said.stderr);
    assert!(!said.stderr.contains("p.toml"), "{}", said.stderr);
    assert!(!machine.folder.path().join("p.toml").exists());
}

#[test]
fn a_machine_without_certificates_gets_no_policy() {
    let machine = Machine::new();
    let said = machine.type_in(&["init", "--root", "machine", "--output", "p.toml"], "");
    assert_eq!((said.code, said.stdout.as_str()), (3, ""));
    assert!(said.stderr.contains("no certificate was found on this machine"), "{}", said.stderr);
    assert!(!machine.folder.path().join("p.toml").exists());
}

#[test]
fn what_is_there_is_replaced_by_force_only_and_others_read_nothing() {
    let machine = Machine::new();
    let path = machine.folder.path().join("p.toml");
    fs::write(&path, "mine").unwrap();
    let arguments = ["init", "--output", "p.toml", "www.example.com"];
    let said = machine.type_in(&arguments, "");
    assert_eq!((said.code, machine.text("p.toml").as_str()), (3, "mine"));
    assert!(said.stderr.contains("`p.toml` is there already") && said.stderr.contains("--force"), "{}", said.stderr);
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    assert_eq!(machine.type_in(&[&arguments[..], &["--force"]].concat(), "").code, 0);
    assert!(machine.text("p.toml").contains("endpoint = [\"www.example.com\"]"));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(left_over(machine.folder.path()), [] as [String; 0]);
}

/// Drafts that were not taken away.
fn left_over(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|item| item.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.')).collect()
}

#[test]
fn it_says_what_to_type_next() {
    let machine = Machine::new();
    let said = machine.type_in(&["init", "--output", "new/p.toml", "www.example.com"], "");
    insta::assert_snapshot!(said.stdout, @r#"
    wrote new/p.toml: 1 endpoint

    next:
      write the address of a recipient into it: email = "…"
      certnotify -p new/p.toml check            what is wrong now
      certnotify -p new/p.toml plan             which messages will go out, and when
      certnotify -p new/p.toml test --all       whether messages arrive
      certnotify -p new/p.toml run              from cron or a timer, once an hour or once a day
    "#);
    let said = machine.type_in(&["init", "--quiet", "--output", "q.toml", "www.example.com"], "");
    assert_eq!((said.code, said.stdout.as_str()), (0, ""));
    let said = machine.type_in(&["init", "--output", "-", "www.example.com"], "");
    assert_eq!(said.stdout, machine.text("q.toml"));
}

#[test]
fn a_path_of_ill_will_ends_no_comment_and_no_string() {
    let machine = Machine::new();
    let name = "etc/ssl/a\"\n[evil]\u{1b}[31m\u{202e}.pem";
    machine.certificate(name).certificate("etc/ssl/plain \"quoted\" \\.pem");
    let policy = machine.policy(&[]);
    assert!(!policy.contains("\n[evil]") && !policy.contains(['\u{1b}', '\u{202e}']), "{policy}");
    assert_eq!(tables(&policy), ["file = \"/etc/ssl/plain \\\"quoted\\\" \\\\.pem\""]);
}

#[test]
fn what_cannot_be_read_is_listed_and_hides_nothing() {
    let machine = Machine::new();
    machine.certificate("etc/ssl/shop.pem").certificate("etc/ssl/private/hidden.pem");
    let private = machine.folder.path().join("machine/etc/ssl/private");
    fs::set_permissions(&private, Permissions::from_mode(0o000)).unwrap();
    let is_refused = fs::read_dir(&private).is_err();
    let policy = machine.policy(&[]);
    fs::set_permissions(&private, Permissions::from_mode(0o700)).unwrap();
    assert!(policy.contains("file = \"/etc/ssl/shop.pem\""), "{policy}");
    assert_eq!(policy.contains("# Not read:\n"), is_refused, "{policy}");
}

#[test]
fn directives_are_found_however_they_share_a_line_and_quoted_paths_are_whole() {
    let machine = Machine::new();
    machine
        .certificate("srv/a.pem")
        .certificate("srv/with blank.pem")
        .certificate("srv/caddy.crt")
        .certificate("srv/first.pem")
        .certificate("srv/second.pem")
        .certificate("srv/listed.pem")
        .certificate("srv/imap.pem")
        .certificate("etc/ssl/certs/ssl-cert-snakeoil.pem")
        .write("srv/a.key", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")
        .write(
            "etc/nginx/nginx.conf",
            "http { server { listen 443 ssl; ssl_certificate /srv/a.pem; ssl_certificate_key /srv/a.key; }\n\
             server { ssl_certificate \"/srv/with blank.pem\"; } server { ssl_certificate /etc/ssl/certs/ssl-cert-snakeoil.pem; } }\n",
        )
        .write(
            "etc/caddy/Caddyfile",
            "a.example {\n  tls /srv/caddy.crt /srv/a.key\n}\nb.example {\n  tls internal\n}\nc.example {\n  tls me@example.com\n}\n",
        )
        .write(
            "etc/haproxy/haproxy.cfg",
            "frontend f\n  bind :443 ssl crt /srv/first.pem crt /srv/second.pem\n  bind :444 ssl crt-list /etc/haproxy/list.txt\n",
        )
        .write("etc/haproxy/list.txt", "# of the shop\n/srv/listed.pem [alpn h2] shop.example\n/srv/gone.pem\n")
        .write("etc/dovecot/dovecot.conf", "local_name imap.example { ssl_cert = </srv/imap.pem }\n");
    let policy = machine.policy(&[]);
    for path in ["a.pem", "with blank.pem", "caddy.crt", "first.pem", "second.pem", "listed.pem", "imap.pem"] {
        assert!(policy.contains(&format!("file = \"/srv/{path}\"")), "{path}: {policy}");
    }
    assert!(!policy.contains("snakeoil") && !policy.contains("a.key"), "{policy}");
    assert!(policy.contains("# HAProxy: /etc/haproxy/list.txt:2"), "{policy}");
    assert!(policy.contains("list.txt:3 names `/srv/gone.pem`, which is not there"), "{policy}");
    assert_eq!(policy.matches("\nname = ").count(), policy.matches("\nfile = ").count(), "{policy}");
}

#[test]
fn a_private_key_is_no_target() {
    let machine = Machine::new();
    machine.write("www.key", "-----BEGIN PRIVATE KEY-----\nMC4CAQA=\n-----END PRIVATE KEY-----\n");
    let said = machine.type_in(&["init", "--output", "p.toml", "machine/www.key"], "");
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("there is no certificate in `machine/www.key`"), "{}", said.stderr);
}

#[test]
fn a_line_of_a_list_that_is_no_target_is_named_by_its_number() {
    let machine = Machine::new();
    let said = machine.type_in(&["init", "--output", "p.toml", "-"], "# hosts\nwww.example.com\n\ntwo words\n");
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("line 4: `two words` is no host name"), "{}", said.stderr);
}

#[test]
fn a_file_and_an_endpoint_of_one_host_have_two_names() {
    let machine = Machine::new();
    machine.certificate("live/www.example.com/fullchain.pem");
    let targets = ["www.example.com", "machine/live/www.example.com/fullchain.pem"];
    let said = machine.type_in(&[&["init", "--output", "p.toml"], &targets[..]].concat(), "");
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    assert!(machine.text("p.toml").contains("name = \"www.example.com-2\""), "{}", machine.text("p.toml"));
}

#[test]
fn entries_of_one_name_are_numbered() {
    let machine = Machine::new();
    machine
        .certificate("srv/a/www.pem")
        .certificate("srv/b/www.pem")
        .write("etc/nginx/nginx.conf", "ssl_certificate /srv/a/www.pem;\nssl_certificate /srv/b/www.pem;\n");
    let policy = machine.policy(&[]);
    assert!(policy.contains("name = \"www\"\n") && policy.contains("name = \"www-2\"\n"), "{policy}");
}
