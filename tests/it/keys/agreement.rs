//! What the schema takes the parser takes, and what the parser refuses for a key or a type the schema refuses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use certnotify::cause::ReadError;
use certnotify::policy::keys::{
    self, Applies, CERTIFICATES, COMMAND, CONTACTS, ESCALATION, Key, KeyTable, Kind, LANGUAGE_TEMPLATES, MAIL, OAUTH,
    POLICIES, SECRET, SETTINGS, TEMPLATES, TOKEN_PROGRAM,
};
use certnotify::policy::{Files, SourceFile, Zone, parse};
use proptest::prelude::*;

use super::schema::Judge;

/// Every file is there and empty.
struct Empty;

impl Files for Empty {
    fn matching(&mut self, _: &Path) -> Result<Vec<PathBuf>, String> {
        Ok(Vec::new())
    }

    fn policies(&mut self, path: &Path) -> Result<SourceFile, String> {
        Ok(SourceFile::new(path, ""))
    }

    fn list(&mut self, path: &Path) -> Result<SourceFile, ReadError> {
        Ok(SourceFile::new(path, ""))
    }

    fn template(&mut self, path: &Path) -> Result<SourceFile, String> {
        Ok(SourceFile::new(path, "text"))
    }
}

fn refusal_of_parser(text: &str) -> Option<String> {
    let main = SourceFile::new("/etc/certnotify/policies.toml", text);
    let errors = parse(main, &Zone::UTC, &mut Empty).policies.err()?;
    Some(errors.iter().map(|problem| problem.render() + "\n").collect())
}

/// A table of the file, and how keys of it become a document.
struct Case {
    name: String,
    keys: Vec<Key>,
    /// The document with these lines in the table.
    document: fn(&str, &str) -> String,
}

const REST: &str = "\
[contacts.alice]
email = \"alice@example.com\"
[policies.production]
contacts = [\"alice\"]
[policies.default]
contacts = [\"alice\"]
[[certificates]]
file = \"/etc/ssl/www.pem\"
";

const MAIL_BY_OAUTH: &str = "\
[contacts.alice]
email = \"alice@example.com\"
[policies.default]
contacts = [\"alice\"]
[[certificates]]
file = \"/etc/ssl/www.pem\"
[email]
host = \"smtp.example.com\"
username = \"certs@example.com\"
";

fn headed(table: &'static KeyTable, document: fn(&str, &str) -> String) -> Case {
    Case { name: table.definition.to_owned(), keys: table.all().copied().collect(), document }
}

/// Lines as an inline table.
fn inline(lines: &str) -> String {
    format!("{{ {} }}", lines.trim_end().replace('\n', ", "))
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        headed(&SETTINGS, |_, lines| format!("{REST}[settings]\n{lines}")),
        headed(&MAIL, |_, lines| format!("{REST}[email]\n{lines}")),
        headed(&TEMPLATES, |_, lines| format!("{REST}[templates]\n{lines}")),
        headed(&LANGUAGE_TEMPLATES, |_, lines| format!("{REST}[templates.en]\n{lines}")),
        headed(&CONTACTS, |_, lines| format!("{REST}[contacts.bob]\n{lines}")),
        headed(&POLICIES, |_, lines| format!("{REST}[policies.office]\n{lines}")),
        headed(&CERTIFICATES, |_, lines| format!("{REST}[[certificates]]\n{lines}")),
        headed(&ESCALATION, |_, lines| format!("{REST}[policies.office]\nescalation = {}\n", inline(lines))),
        headed(&SECRET, |_, lines| format!("{REST}[settings]\nheartbeat = {}\n", inline(lines))),
        headed(&OAUTH, |_, lines| format!("{MAIL_BY_OAUTH}oauth = {}\n", inline(lines))),
        headed(&TOKEN_PROGRAM, |_, lines| format!("{MAIL_BY_OAUTH}oauth = {{ token = {} }}\n", inline(lines))),
        headed(&COMMAND, |_, lines| format!("{REST}[contacts.bob]\ncommand = {}\n", inline(lines))),
    ];
    cases.extend(keys::channels().iter().map(|channel| Case {
        name: channel.name.to_owned(),
        keys: channel.table.keys.iter().filter(|key| !key.is_refused).copied().collect(),
        document: |name, lines| format!("{REST}[contacts.bob]\n{name} = {}\n", inline(lines)),
    }));
    cases
}

/// What the keys need beside them: the first that is there of each row brings the rest.
const TOGETHER: [(&str, &str, &str); 9] = [
    ("email", "username", "password = \"hunter2\""),
    ("email", "oauth", "username = \"certnotify\""),
    ("email", "password", "username = \"certnotify\""),
    ("certificate", "expires", "name = \"x\""),
    ("certificate", "client-key", "client-certificate = \"client.pem\""),
    ("escalation", "contacts", "within = \"7d\""),
    ("escalation", "within", "contacts = [\"alice\"]"),
    ("command", "time-limit", "argv = [\"tell\"]"),
    ("", "mention-within", "mention = [\"all\"]"),
];

impl Case {
    /// The document that has this key with this value, and what the key needs.
    fn with(&self, key: &Key, value: &str) -> String {
        self.with_all(&BTreeMap::from([(key.name, value.to_owned())]))
    }

    fn with_all(&self, values: &BTreeMap<&str, String>) -> String {
        let mut lines: Vec<String> = values.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        let has = |lines: &[String], key: &str| lines.iter().any(|line| line.starts_with(&format!("{key} = ")));
        for (table, key, line) in TOGETHER {
            let other = line.split(" = ").next().unwrap();
            if (table == self.name || table.is_empty()) && has(&lines, key) && !has(&lines, other) {
                lines.push(line.to_owned());
            }
        }
        for key in self.keys.iter().filter(|key| key.is_required && self.is_of_channel()) {
            if !has(&lines, key.name) {
                lines.push(format!("{} = {}", key.name, sound(&self.name, key)[0]));
            }
        }
        let channel = keys::channels().iter().find(|channel| channel.name == self.name);
        if let Some(choice) = channel.and_then(|channel| channel.choice)
            && !choice.of.iter().any(|key| has(&lines, key))
        {
            let key = self.keys.iter().find(|key| key.name == choice.of[0]).unwrap();
            lines.push(format!("{} = {}", key.name, sound(&self.name, key)[0]));
        }
        if self.name == "oauth" && values.len() == 1 && !has(&lines, "token") {
            let needed = ["token-url = \"https://login.example.com/t\"", "client-id = \"x\"", "client-secret = \"y\""];
            let missing = needed.into_iter().filter(|line| !has(&lines, line.split(" = ").next().unwrap()));
            lines = missing.map(str::to_owned).chain(lines.clone()).collect();
        }
        if self.name == "command" && !has(&lines, "argv") {
            lines.push("argv = [\"tell\"]".to_owned());
        }
        if self.name == "escalation" && !has(&lines, "within") {
            lines.extend(["within = \"7d\"".to_owned(), "contacts = [\"alice\"]".to_owned()]);
        }
        if self.name == "certificate"
            && !["file", "endpoint", "list", "command-source", "expires", "domain", "metadata"]
                .iter()
                .any(|key| has(&lines, key))
        {
            let of_endpoint = self.keys.iter().any(|key| key.applies == Applies::Endpoints && has(&lines, key.name));
            lines.push(if of_endpoint { "endpoint = \"www.example.com\"" } else { "file = \"a.pem\"" }.to_owned());
        }
        (self.document)(&self.name, &(lines.join("\n") + "\n"))
    }

    fn is_of_channel(&self) -> bool {
        keys::channels().iter().any(|channel| channel.name == self.name)
    }
}

/// Values that are right for a key: its example, and others of its kind.
fn sound(table: &str, key: &Key) -> Vec<String> {
    let own = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    match (table, key.name) {
        ("discord", "mention") => return own(&["\"all\"", "[\"80351110224678912\", \"here\"]"]),
        ("slack" | "lark", "mention") => return own(&["\"all\"", "[\"all\"]"]),
        (_, "time-limit") => return own(&["\"10s\"", "\"2m\""]),
        ("settings", "heartbeat") => return own(&["{ env = \"PING\" }", "\"https://hc.example.com/x\""]),
        ("email", "oauth") => {
            return own(&[
                "{ token-url = \"https://login.example.com/t\", client-id = \"x\", client-secret = { env = \"KEY\" } }",
                "{ token-url = \"http://127.0.0.1:1/t\", client-id = \"x\", refresh-token = { file = \"/run/t\" } }",
                "{ token = { command = [\"mail-token\"] } }",
            ]);
        }
        ("email", "tls") => return own(&["\"implicit\"", "\"starttls\""]),
        ("certificate", "tlsa") => return own(&["[\"3 0 0 3000\", \"2 0 0 3000\"]", "\"3 0 0 3000\"", "false"]),
        ("certificate", "proxy") => return own(&["\"http://p.example.com:3128\"", "\"socks5://192.0.2.1:1080\""]),
        _ => {}
    }
    match key.kind {
        Kind::Boolean => own(&["true", "false"]),
        Kind::Duration => own(&["\"7d\"", "\"12h\"", "5", "\"90m\"", "\"9999d\""]),
        Kind::Durations => own(&["\"7d\"", "[\"14d\", 7, \"12h\"]", "[]", "3"]),
        Kind::Lead => own(&["\"60d\"", "\"33%\"", "30", "\"1%\"", "\"50%\""]),
        Kind::Share => own(&["\"none\"", "\"100%\"", "\"1%\""]),
        Kind::Frequency => own(&["\"once\"", "\"3d\"", "7", "\"24h\""]),
        Kind::Ports => own(&["443", "[443, 8443]"]),
        Kind::Port => own(&["1", "65535"]),
        Kind::OneOf(words) => words.all().iter().map(|word| format!("\"{word}\"")).collect(),
        Kind::AnyOf(words) => {
            let words = words.all();
            let singles = words.iter().map(|word| format!("\"{word}\""));
            singles.chain([format!("{words:?}")]).collect()
        }
        Kind::Token => own(&["{ env = \"NAME\" }", "{ command = [\"mail-token\", \"-q\"] }"]),
        Kind::Secret => own(&["{ env = \"NAME\" }", "{ file = \"/run/secret\" }", "{ credential = \"name\" }"]),
        Kind::Table(_) if key.example().is_empty() && table == "templates" => own(&["{ text = \"a.txt\" }", "{}"]),
        Kind::Table(_) if key.example().is_empty() => own(&[]),
        _ => own(&[&key.example()]),
    }
}

/// Values of which each is of the wrong type for most keys.
const OF_ALL_TYPES: [&str; 12] =
    ["true", "5", "1.5", "[]", "[5]", "[true]", "\"\"", "\" \"", "[\"\"]", "{ zzz = 1 }", "-1", "0"];

/// Those that may be tried for a key: five days are a length of time, and more than a limit may be, which no schema says.
fn of_all_types(key: &Key) -> Vec<&'static str> {
    OF_ALL_TYPES.into_iter().filter(|value| key.name != "time-limit" || *value != "5").collect()
}

fn agree(judge: &Judge, document: &str) -> Result<bool, String> {
    let (parser, schema) = (refusal_of_parser(document), judge.refusal(document));
    if parser.is_some() == schema.is_some() {
        return Ok(parser.is_none());
    }
    Err(format!("{document}\nthe parser: {parser:?}\nthe schema: {schema:?}"))
}

#[test]
fn each_key_takes_its_values_by_the_schema_and_by_the_parser() {
    let judge = Judge::new();
    for case in cases() {
        for key in &case.keys {
            for value in sound(&case.name, key) {
                let document = case.with(key, &value);
                assert_eq!(agree(&judge, &document), Ok(true), "{}: {} = {value}", case.name, key.name);
            }
        }
    }
}

#[test]
fn a_value_of_another_type_is_refused_by_both_or_by_neither() {
    let judge = Judge::new();
    let mut refused = 0;
    for case in cases() {
        for key in &case.keys {
            for value in of_all_types(key) {
                let agreed = agree(&judge, &case.with(key, value)).unwrap_or_else(|differ| panic!("{differ}"));
                refused += usize::from(!agreed);
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn a_key_that_is_not_defined_is_refused_by_both() {
    let judge = Judge::new();
    for case in cases() {
        let unknown = case.with_all(&BTreeMap::from([("zzz", "1".to_owned())]));
        assert_eq!(agree(&judge, &unknown), Ok(false), "{}", case.name);
    }
    for document in [format!("zzz = 1\n{REST}"), format!("{REST}[zzz]\n")] {
        assert_eq!(agree(&judge, &document), Ok(false), "{document}");
    }
}

/// Some keys of one table, each with a right value or, now and then, one of any type.
fn documents() -> impl Strategy<Value = String> {
    let tables = cases().len();
    (0..tables, proptest::collection::vec((any::<prop::sample::Index>(), any::<u16>(), 0..20_u8), 1..7)).prop_map(
        |(table, picks)| {
            let case = &cases()[table];
            let mut values = BTreeMap::new();
            for (index, pick, luck) in picks {
                let key = index.get(&case.keys);
                let pool = sound(&case.name, key);
                let value = match luck {
                    0 => of_all_types(key)[usize::from(pick) % 11].to_owned(),
                    _ if pool.is_empty() => continue,
                    _ => pool[usize::from(pick) % pool.len()].clone(),
                };
                values.insert(key.name, value);
            }
            case.with_all(&values)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn the_schema_and_the_parser_agree_on_every_document(document in documents()) {
        thread_local! { static JUDGE: Judge = Judge::new(); }
        prop_assert!(JUDGE.with(|judge| agree(judge, &document)).is_ok(), "{:?}", JUDGE.with(|judge| agree(judge, &document)));
    }
}
