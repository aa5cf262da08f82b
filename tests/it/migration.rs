//! `certnotify init --from`: a policy from what another tool watches.

use std::fmt::Write as _;
use std::fs;

use assert_cmd::Command;

struct Desk(tempfile::TempDir);

struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Desk {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self(folder)
    }

    fn type_in(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.args(arguments).current_dir(self.0.path()).env_remove("CERTNOTIFY_POLICIES");
        let output = command.env("XDG_CONFIG_HOME", self.0.path().join("config")).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The entries that are written, without comments and empty lines, and the notes; the file is valid.
    fn import(&self, source: &str, files: &[&str]) -> (Vec<String>, Vec<String>) {
        let arguments = [&["init", "--from", source, "--output", "policies.toml", "--force"], files].concat();
        let said = self.type_in(&arguments);
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert!(said.stdout.starts_with("wrote policies.toml: "), "{}", said.stdout);
        let validated = self.type_in(&["-p", "policies.toml", "validate"]);
        assert_eq!(validated.code, 0, "{}", validated.stderr);
        let policy = fs::read_to_string(self.0.path().join("policies.toml")).unwrap();
        let (_, entries) = policy.split_once("milestones = [\"7d\", \"3d\", \"1d\"]\n").unwrap();
        let (entries, notes) = entries.split_once("\n# Not carried over").unwrap_or((entries, ""));
        let notes: Vec<String> =
            notes.lines().filter_map(|line| line.strip_prefix("# - ")).map(str::to_owned).collect();
        let printed: Vec<&str> = said.stderr.lines().filter_map(|line| line.strip_prefix("certnotify: ")).collect();
        assert_eq!(printed, notes.iter().take(50).map(String::as_str).collect::<Vec<_>>(), "what is said and written");
        let home = format!("{}/", self.0.path().canonicalize().unwrap().display());
        let is_kept = |line: &&str| !line.is_empty() && !line.starts_with('#');
        let kept = entries.lines().filter(is_kept).map(|line| line.trim().replace(&home, ""));
        (kept.collect(), notes)
    }
}

const TABLE: &str = "[[certificates]]";

#[test]
fn monitors_of_uptime_kuma_keep_their_names_and_lose_their_secrets() {
    let backup =
        br#"{"version":"1.23.16","notificationList":[{"id":1,"name":"Mail","config":"{\"smtpPassword\":\"hunter2\"}"}],
"monitorList":[
{"id":1,"name":"Shop \"A\"\nwindow","type":"http","url":"https://shop.example.com/cart?x=1","active":true},
{"id":2,"name":"Cart","type":"keyword","url":"https://bob:hunter2@shop.example.com/","active":1},
{"id":3,"name":"rack","type":"http","url":"https://10.0.0.1:8443","ignoreTls":true,"description":"on\tfloor 3"},
{"id":4,"name":"clear","type":"http","url":"http://clear.example.com"},
{"id":5,"name":"mail","type":"port","hostname":"mail.example.com","port":587},
{"id":6,"name":"shell","type":"port","hostname":"mail.example.com","port":"22"},
{"id":7,"name":"db","type":"postgres","databaseConnectionString":"postgres://u:hunter2@h/db"},
{"id":8,"name":"off","type":"http","url":"https://off.example.com","active":false},
{"id":9,"name":"rack","type":"http","url":"https://other.example.com","active":1,"expiryNotification":false},
{"id":10,"name":"relay","type":"smtp","hostname":"relay.example.com","port":25,"smtpSecurity":"starttls"}]}"#;
    let desk = Desk::with(&[("backup.json", backup)]);
    let (entries, notes) = desk.import("uptime-kuma", &["backup.json"]);
    assert_eq!(
        entries,
        [
            TABLE,
            r#"name = "Shop \"A\" window""#,
            r#"endpoint = "shop.example.com""#,
            TABLE,
            r#"name = "rack""#,
            r#"endpoint = "10.0.0.1:8443""#,
            r#"note = "on floor 3""#,
            "trust = false",
            TABLE,
            r#"name = "mail""#,
            r#"endpoint = "smtp://mail.example.com:587""#,
            TABLE,
            r#"name = "rack (2)""#,
            r#"endpoint = "other.example.com""#,
            TABLE,
            r#"name = "relay""#,
            r#"endpoint = "smtp://relay.example.com""#,
        ]
    );
    for said in [
        "monitor 2 `Cart`: `shop.example.com:443` is watched once, by backup.json: monitor 1",
        "monitor 4 `clear`: left out",
        "monitor 6 `shell`: left out: nothing says that TLS is spoken on port 22",
        "monitor 7 `db`: left out",
        "monitor 8 `off`: left out: it is paused",
        "the channel `Mail` is left out",
        "reminders of certificates were switched off and are on here; monitors: 1",
        "`rack` is called `rack (2)`",
    ] {
        assert!(notes.iter().any(|note| note.contains(said)), "{said}: {notes:?}");
    }
    assert!(!format!("{entries:?}{notes:?}").contains("hunter2"));
}

#[test]
fn the_list_of_monitors_is_found_under_either_name_and_alone() {
    let monitor = r#"{"name":"a","type":"http","url":"https://a.example.com"}"#;
    for text in [
        format!("{{\"monitors\":[{monitor}]}}"),
        format!("{{\"monitorList\":{{\"1\":{monitor}}}}}"),
        format!("[{monitor}]"),
        format!("{{\"7\":{monitor}}}"),
    ] {
        let desk = Desk::with(&[("m.json", text.as_bytes())]);
        assert_eq!(desk.import("uptime-kuma", &["m.json"]).0, [TABLE, "name = \"a\"", "endpoint = \"a.example.com\""]);
    }
}

#[test]
fn command_lines_of_check_ssl_cert_are_found_in_scripts_crontabs_and_configurations() {
    let commands = b"#!/bin/sh
# don't: check_ssl_cert -H comment.example.com
*/5 * * * * nagios /usr/lib/nagios/plugins/check_ssl_cert -H www.example.com -w 30 -c 7 --sni 'shop.example.com' -s 2>&1
check_ssl_cert -H mail.example.com -P smtp \\
    --warning=20 --critical 0.5 --rootcert-file ca.pem --clientpass hunter2
command[check_cert]=/usr/lib/nagios/plugins/check_ssl_cert -f shop.pem -n www.example.com -A
bash -c 'check_ssl_cert -H 2001:db8::1 -p 8443 -A; check_ssl_cert --host https://a.example.com:444/x -i CA'
    command_line $USER1$/check_ssl_cert -H $HOSTADDRESS$ -w $ARG1$
    check_command check_ssl_cert!www.example.com!30
check_ssl_cert -H \"open
";
    let (entries, notes) = Desk::with(&[("cmds", commands)]).import("check-ssl-cert", &["cmds"]);
    let has = |lines: &[&str]| entries.windows(lines.len()).any(|window| window == lines);
    assert!(
        has(&[
            r#"endpoint = "www.example.com""#,
            r#"accept = ["self-signed"]"#,
            r#"deadline = "30d""#,
            r#"milestones = ["7d"]"#,
            r#"server-name = "shop.example.com""#,
        ]),
        "{entries:#?}"
    );
    let mail = [
        r#"endpoint = "smtp://mail.example.com""#,
        r#"ca-file = "ca.pem""#,
        r#"deadline = "20d""#,
        r#"milestones = ["12h"]"#,
    ];
    assert!(has(&mail), "{entries:#?}");
    assert!(has(&[r#"file = "shop.pem""#, r#"covers = ["www.example.com"]"#]), "{entries:#?}");
    assert!(has(&[r#"endpoint = "[2001:db8::1]:8443""#, "trust = false"]), "{entries:#?}");
    assert!(has(&[r#"endpoint = "a.example.com:444""#]), "{entries:#?}");
    assert_eq!(entries.iter().filter(|line| *line == TABLE).count(), 5);
    for said in [
        "cmds:4: left out: --clientpass",
        "cmds:7: left out: --issuer",
        "cmds:8: --host is left out: only what runs the command can fill it in",
        "cmds:9: left out: its arguments are put together elsewhere",
        "cmds:10: left out: a quote is not closed",
    ] {
        assert!(notes.iter().any(|note| note.starts_with(said)), "{said}: {notes:?}");
    }
    assert!(!format!("{entries:?}{notes:?}").contains("hunter2"));
}

#[test]
fn hosts_of_ssl_cert_check_speak_what_their_port_does() {
    let hosts = b"# ours\nwww.example.com 443\r\nmail.example.com smtp\nmail.example.com 25\n/etc/ssl/a b.pem FILE\n\
                  ldap.example.com ldaps\nwww.example.com\t443\nbad\"host 443\nx.example.com 99999\n\x1b[2J 443\n";
    let (entries, notes) = Desk::with(&[("hosts", hosts)]).import("ssl-cert-check", &["hosts"]);
    let endpoints = [
        TABLE,
        r#"file = "/etc/ssl/a b.pem""#,
        TABLE,
        "endpoint = [",
        r#""www.example.com",  # hosts:2"#,
        r#""smtp://mail.example.com",  # hosts:3"#,
        r#""ldap.example.com:636",  # hosts:6"#,
        "]",
    ];
    assert_eq!(entries, endpoints);
    assert_eq!(
        notes,
        [
            "hosts:4: `smtp://mail.example.com:25` is watched once, by hosts:3",
            "hosts:7: `www.example.com:443` is watched once, by hosts:2",
            "hosts:8: left out: `bad\"host` is no host name",
            "hosts:9: left out: `99999` is no port: it is a number from 1 to 65535",
            "hosts:10: left out: `[2J` is no host name",
        ]
    );
}

#[test]
fn columns_of_domain_admin_are_found_by_their_heads() {
    let table = "\u{feff}域名,端口,备注,分组\r\nexample.com,,主站,a\r\nwww.example.com,8443,\"带,逗号\"\"引号\",b\r\n\
                 example.com:443,,重复,c\r\n*.wild.example.com,,,\r\n";
    let (entries, notes) = Desk::with(&[("d.csv", table.as_bytes())]).import("domain-admin", &["d.csv"]);
    assert_eq!(
        entries,
        [
            TABLE,
            r#"name = "主站""#,
            r#"endpoint = "example.com""#,
            TABLE,
            r#"name = "带,逗号\"引号""#,
            r#"endpoint = "www.example.com:8443""#,
            TABLE,
            r#"endpoint = "wild.example.com""#,
        ]
    );
    assert_eq!(
        notes,
        [
            "d.csv:1: left out: the columns `分组`",
            "d.csv:4: `example.com:443` is watched once, by d.csv:2",
            "d.csv:5: `*.wild.example.com` is no server: `wild.example.com` is watched",
        ]
    );
    let desk = Desk::with(&[("d.txt", b"https://a.example.com/\nb.example.com:8443\n")]);
    let listed = [TABLE, "endpoint = [", r#""a.example.com",  # d.txt:1"#, r#""b.example.com:8443",  # d.txt:2"#, "]"];
    assert_eq!(desk.import("domain-admin", &["d.txt"]).0, listed);
}

#[test]
fn the_watch_list_of_certspotter_says_which_names_stand_for_more() {
    let list = b"# w\nexample.com\n.example.org valid_at:2020-01-01\n.\nexample.net what\n";
    let (entries, notes) = Desk::with(&[("watchlist", list)]).import("certspotter", &["watchlist"]);
    let listed = [
        TABLE,
        "endpoint = [",
        r#""example.com",  # watchlist:2"#,
        r#""example.org",  # watchlist:3"#,
        r#""example.net",  # watchlist:5"#,
        "]",
    ];
    assert_eq!(entries, listed);
    assert_eq!(
        notes,
        [
            "watchlist:3: only `example.org` itself is watched: write each server below it as an endpoint",
            "watchlist:4: `.` stands for every name there is: left out",
            "watchlist:5: what stands behind the name is left out",
        ]
    );
}

#[test]
fn targets_of_the_blackbox_exporter_are_read_by_their_modules() {
    let prometheus = b"scrape_configs:
  - job_name: node
    static_configs: [{targets: ['localhost:9100']}]
  - job_name: web
    metrics_path: /probe
    params: {module: [http_2xx]}
    static_configs:
      - targets:
          - https://www.example.com/health
          - http://clear.example.com
    file_sd_configs: [{files: ['more/*.json']}]
  - job_name: tcp
    params: {module: [tcp_connect]}
    static_configs:
      - targets: ['imap.example.com:993', 'shell.example.com:22', 'mail.example.com:25']
      - targets: ['a.example.com:7777']
        labels: {module: ours}
  - job_name: icmp
    params: {module: [icmp]}
    static_configs: [{targets: [10.0.0.1]}]
";
    let modules = b"modules:\n  ours:\n    prober: tcp\n    tcp:\n      tls: true\n      tls_config: {insecure_skip_verify: true}\n";
    let targets = br#"[{"targets":["https://www.example.com","b.example.com:443"],"labels":{"env":"prod"}}]"#;
    let desk = Desk::with(&[("prometheus.yml", prometheus), ("blackbox.yml", modules), ("targets.json", targets)]);
    let (entries, notes) = desk.import("blackbox", &["prometheus.yml", "targets.json", "blackbox.yml"]);
    assert_eq!(
        entries,
        [
            TABLE,
            "endpoint = [",
            r#""www.example.com",  # prometheus.yml:9"#,
            r#""imap.example.com:993",  # prometheus.yml:15"#,
            r#""smtp://mail.example.com",  # prometheus.yml:15"#,
            r#""b.example.com",  # targets.json:1"#,
            "]",
            TABLE,
            r#"endpoint = "a.example.com:7777""#,
            "trust = false",
        ]
    );
    assert_eq!(
        notes,
        [
            "prometheus.yml:10: left out: it is asked in the clear, without TLS",
            "prometheus.yml:11: `more/*.json` is not read: name it, too, behind this file",
            "prometheus.yml:15: `shell.example.com:22` is left out: nothing says that TLS is spoken on port 22",
            "prometheus.yml:20: `10.0.0.1` is left out: it is probed by icmp",
            "prometheus.yml: left out: jobs that do not ask the blackbox exporter (1)",
            "targets.json:1: `www.example.com:443` is watched once, by prometheus.yml:9",
        ]
    );
}

#[test]
fn a_list_may_begin_with_an_ipv6_address_in_brackets() {
    let desk = Desk::with(&[("list", b"[2001:db8::1]:8443\nwww.example.com\n"), ("pairs", b"[2001:db8::1] 8443\n")]);
    for (source, file) in [("domain-admin", "list"), ("ssl-cert-check", "pairs")] {
        let (entries, _) = desk.import(source, &[file]);
        let is_watched = entries.iter().any(|line| line.contains("\"[2001:db8::1]:8443\""));
        assert!(is_watched, "{source}: {entries:?}");
    }
    let (entries, notes) = desk.import("certspotter", &["list"]);
    assert_eq!(entries, [TABLE, "endpoint = \"www.example.com\""], "it watches names alone");
    assert_eq!(notes, ["list:1: left out: `[2001:db8::1]:8443` is no host name"]);
}

#[test]
fn what_is_no_file_of_the_tool_is_refused_with_its_line_and_writes_nothing() {
    let deep = "[".repeat(100_000);
    let bomb = (0..30).fold("a: &a [x, x]\n".to_owned(), |mut text, level| {
        let before = if level == 0 { "a".to_owned() } else { format!("b{}", level - 1) };
        let _ = writeln!(text, "b{level}: &b{level} [*{before}, *{before}, *{before}, *{before}]");
        text
    });
    let desk = Desk::with(&[
        ("text", b"one\n"),
        ("latin", b"example.com 443\nb\xfccher.example 443\n"),
        ("list.json", br#"{"monitorList":[{"basic_auth_pass":"hunter2"}]}"#),
        ("deep", deep.as_bytes()),
        ("bomb", bomb.as_bytes()),
        ("long", &vec![b'a'; 17 << 20]),
        ("empty", b"# nothing\n"),
    ]);
    for (source, file, said) in [
        ("uptime-kuma", "text", "text:1: this is no JSON"),
        ("uptime-kuma", "deep", "deep:1: this is no JSON"),
        ("ssl-cert-check", "latin", "latin:2: this is no UTF-8"),
        ("ssl-cert-check", "list.json", "`list.json` is JSON, and none is expected"),
        ("certspotter", "list.json", "`list.json` is JSON, and none is expected"),
        ("blackbox", "deep", "deep:1: this is no YAML"),
        ("blackbox", "bomb", "this is no YAML: it holds too many values"),
        ("certspotter", "long", "`long` is longer than 16 MiB"),
        ("certspotter", "empty", "nothing was found that certnotify can watch: it holds nothing"),
        ("domain-admin", "gone", "`gone` cannot be read: no such file or directory\n  help: name the file"),
    ] {
        let refused = desk.type_in(&["init", "--from", source, "--output", "policies.toml", file]);
        assert_eq!(refused.code, 3, "{source} {file}");
        assert!(refused.stderr.contains(said), "{source} {file}: {}", refused.stderr);
        assert!(!refused.stderr.contains("hunter2"), "{}", refused.stderr);
        assert!(!desk.0.path().join("policies.toml").exists());
    }
    rustix::fs::mkfifoat(rustix::fs::CWD, desk.0.path().join("fifo"), rustix::fs::Mode::RWXU).unwrap();
    let refused = desk.type_in(&["init", "--from", "certspotter", "--output", "policies.toml", "fifo"]);
    assert!(refused.stderr.contains("`fifo` cannot be read: it is a FIFO and no regular file\n"), "{}", refused.stderr);
    assert_eq!(desk.type_in(&["init", "--from", "certspotter"]).code, 3);
}

#[test]
fn thousands_of_one_name_are_numbered_and_many_notes_are_counted() {
    let mut monitors = Vec::new();
    for number in 0..3000 {
        monitors.push(format!(
            r#"{{"name":"{}","type":"http","url":"https://h{number}.example.com"}}"#,
            "long ".repeat(30)
        ));
    }
    let desk = Desk::with(&[("m.json", format!("[{}]", monitors.join(",")).as_bytes())]);
    let said = desk.type_in(&["init", "--from", "uptime-kuma", "--output", "policies.toml", "m.json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.ends_with("and 2950 more: the end of the policy file has all\n"), "{}", said.stderr);
    assert_eq!(desk.type_in(&["-p", "policies.toml", "validate"]).code, 0);
    let policy = fs::read_to_string(desk.0.path().join("policies.toml")).unwrap();
    assert!(policy.contains("(3000)\"\n"), "the last name has its number");
}
