//! Every problem at once, at its place, with the nearest right word.

use certnotify::policy::{Problem, report};

use super::{MAIN, REST, Shelf, errors, parsed_with, shown};

/// The one error of a file.
fn only(text: &str) -> Problem {
    let problems = errors(text);
    assert_eq!(problems.len(), 1, "{text}\n{}", shown(&problems));
    problems.into_iter().next().unwrap()
}

#[test]
fn all_problems_are_told_at_once_each_with_its_line_and_the_word_that_was_meant() {
    let text = "\
[contacts.alice]
email = \"alice@example.com\"
[policies.default]
days = 30
[policies.production]
[policies.office]
[[certificates]]
file = \"a.pem\"
policy = \"produktion\"
";
    insta::assert_snapshot!(report(MAIN.as_ref(), &errors(text)), @r#"
    certnotify: /etc/certnotify/policies.toml:4:1: unknown key `days` in policy `default`
      |
    4 | days = 30
      | ^^^^
      help: the key is `deadline`: deadline = "30d"

    certnotify: /etc/certnotify/policies.toml:9:10: policy `produktion` is not defined
      |
    9 | policy = "produktion"
      |          ^^^^^^^^^^^^
      help: did you mean `production` (line 5)? There are also `default` and `office`

    certnotify: /etc/certnotify/policies.toml: 2 problems; nothing was looked at, nothing was sent
    "#);
}

#[test]
fn the_caret_stands_under_its_word_behind_wide_characters() {
    let text = format!("{REST}[contacts.\"运维群\"]\nwecom = {{ \"钥匙\" = 1, keyword = \"证书\", webhok = 2 }}\n");
    let problem = errors(&text).into_iter().find(|problem| problem.message.contains("webhok")).unwrap();
    assert_eq!((problem.line, problem.column), (Some(6), Some(37)));
    insta::assert_snapshot!(problem.render(), @r#"
    certnotify: /etc/certnotify/policies.toml:6:37: unknown key `webhok` in `wecom` of contact `运维群`
      |
    6 | wecom = { "钥匙" = <secret>, keyword = "证书", webhok = <secret> }
      |                                                ^^^^^^
      help: the key is `webhook`: webhook = { env = "WECOM_WEBHOOK" }
    "#);
}

#[test]
fn what_is_no_toml_is_told_with_the_rest_of_the_file() {
    let text = "\
[contacts.alice]
email = \"alice@example.com\"
[policies.default]
window = 09:00-20:00
contacts = [\"alcie\"]
[contacts.alice]
email = \"a@example.com\"
";
    insta::assert_snapshot!(shown(&errors(text)), @r#"
    certnotify: /etc/certnotify/policies.toml:4:10: not TOML: invalid datetime
      |
    4 | window = 09:00-20:00
      |          ^^^^^^^^^^^
      help: text stands in double quotes: key = "…"

    certnotify: /etc/certnotify/policies.toml:6:11: `alice` is defined twice
      |
    6 | [contacts.alice]
      |           ^^^^^
      help: it is defined first in line 1
    "#);
    let shut_in = "[contacts.alice]\nemail = alice@example.com\n[[certificates]]\nfile = \"a\"\npolicy = \"of\"\n";
    let messages: Vec<String> = errors(shut_in).into_iter().map(|problem| problem.message).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert_eq!(messages[1], "policy `of` is not defined");
}

#[test]
fn eleven_contacts_are_too_many_for_a_policy_and_ten_are_not() {
    let text = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("\"c{number}\"")).collect();
        let tables: Vec<String> =
            (0..count).map(|number| format!("[contacts.c{number}]\nemail = \"c@example.com\"\n")).collect();
        let tables = tables.concat();
        format!("{tables}[policies.default]\ncontacts = [{}]\n[[certificates]]\nfile = \"a\"\n", names.join(", "))
    };
    assert_eq!(super::policies(&text(10)).entries[0].policy.contacts.len(), 10);
    assert_eq!(only(&text(11)).message, "11 contacts, where 1 to 10 may stand");
}

#[test]
fn a_file_without_certificates_or_without_a_contact_is_refused() {
    let messages = |text: &str| errors(text).into_iter().map(|problem| problem.message).collect::<Vec<_>>();
    assert_eq!(messages(""), ["there is no contact", "there are no certificates"]);
    assert_eq!(messages("[contacts.a]\nemail = \"a@b.example\"\n"), ["there are no certificates"]);
    let two = "[contacts.a]\n[contacts.b]\n[[certificates]]\nfile = \"x\"\n[[certificates]]\nfile = \"y\"\n";
    assert_eq!(messages(two), ["no contact is told of this certificate: the default policy has none"]);
    let problem = only(two);
    assert_eq!(problem.line, Some(3));
    assert!(problem.help.unwrap().contains("one of `a` and `b`"));
    let empty = shown(&errors(""));
    assert!(empty.starts_with("certnotify: /etc/certnotify/policies.toml: there is no contact\n  help: "), "{empty}");
    let single = only("[contacts.a]\n[certificates]\nfile = \"x\"\n");
    assert_eq!(single.help.as_deref(), Some("write [[certificates]], with two brackets, above each"));
}

#[test]
fn a_name_that_two_files_define_is_told_with_both_places() {
    let mut shelf = Shelf::with([
        ("/etc/certnotify/policies.d/a.toml", "[contacts.alice]\nemail = \"b@example.com\"\n"),
        (
            "/etc/certnotify/policies.d/b.toml",
            "[settings]\nlanguage = \"en\"\n[[certificates]]\nfile = \"b\"\npolicy = \"x\"\n",
        ),
    ]);
    let text = format!("include = [\"policies.d/*.toml\"]\n{REST}");
    let problems = parsed_with(&text, &mut shelf).policies.unwrap_err();
    insta::assert_snapshot!(shown(&problems), @r#"
    certnotify: /etc/certnotify/policies.d/a.toml:1:11: contact `alice` is defined twice
      |
    1 | [contacts.alice]
      |           ^^^^^
      help: the first is at /etc/certnotify/policies.toml:2

    certnotify: /etc/certnotify/policies.d/b.toml:1:2: `settings` stands in an included file
      |
    1 | [settings]
      |  ^^^^^^^^
      help: move it to /etc/certnotify/policies.toml: an included file holds contacts, policies and certificates

    certnotify: /etc/certnotify/policies.d/b.toml:5:10: policy `x` is not defined
      |
    5 | policy = "x"
      |          ^^^
      help: defined is `default`
    "#);
}

#[test]
fn a_wrong_line_of_a_list_is_told_in_the_list() {
    let mut shelf =
        Shelf::with([("/etc/certnotify/hosts.txt", "# all\r\na.example\r\n  two words # no\r\nb.example:8443\r\n")]);
    let text = "[contacts.a]\nemail = \"a@b.example\"\n[[certificates]]\nlist = \"hosts.txt\"\n";
    let parsed = parsed_with(text, &mut shelf);
    assert_eq!(parsed.policies.unwrap().entries[0].options.unread.len(), 1);
    insta::assert_snapshot!(shown(&parsed.warnings), @r#"
    certnotify: /etc/certnotify/hosts.txt:3:3: warning: line 3 of the list `hosts.txt`: `two words` is no host name
      |
    3 |   two words # no
      |   ^^^^^^^^^
      help: a line holds an endpoint and no more: two
    "#);
    let mut empty = Shelf::with([("/etc/certnotify/hosts.txt", "# nothing\n")]);
    assert!(shown(&parsed_with(text, &mut empty).warnings).contains("names no endpoint"));
}
