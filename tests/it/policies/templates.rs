//! `[templates]`: read with the policy file, tried by `validate`, and no reason to lose a reminder.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use certnotify::policy::{Language, TemplateKind, TemplateKind::Chat, TemplateKind::Subject, TemplateKind::Text};
use certnotify::render::template_mistakes;

use super::{MAIN, REST, Shelf, errors, parsed_with, shown};

fn with(templates: &str, shelf: &mut Shelf) -> certnotify::policy::Policies {
    let parsed = parsed_with(&format!("{REST}{templates}"), shelf);
    parsed.policies.unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

fn refused(templates: &str, shelf: &mut Shelf) -> String {
    shown(&parsed_with(&format!("{REST}{templates}"), shelf).policies.expect_err(templates))
}

/// What is said of one template of mails.
fn mistakes(text: &str) -> String {
    let mut shelf = Shelf::with([("/etc/certnotify/mail.txt", text)]);
    shown(&template_mistakes(&with("[templates]\ntext = \"mail.txt\"\n", &mut shelf)))
}

#[test]
fn a_template_is_found_beside_its_policy_file_and_a_language_has_its_own() {
    let mut shelf = Shelf::with([
        ("/etc/certnotify/t/subject.txt", "\u{feff}all"),
        ("/srv/room.txt", "room"),
        ("/etc/certnotify/zh.txt", "中文"),
    ]);
    let toml =
        "[templates]\nsubject = \"t/subject.txt\"\nchat = \"/srv/room.txt\"\n[templates.zh-CN]\nsubject = \"zh.txt\"\n";
    let templates = with(toml, &mut shelf).templates;
    let text = |kind: TemplateKind, language| templates.pick(kind, language).map(|template| template.text.as_str());
    assert_eq!(text(Subject, Language::English), Some("all"), "without its mark of UTF-8");
    assert_eq!(text(Subject, Language::SimplifiedChinese), Some("中文"));
    assert_eq!(text(Chat, Language::SimplifiedChinese), Some("room"));
    assert_eq!(text(Text, Language::English), None);
    let path = |kind, language| templates.pick(kind, language).map(|template| template.path.clone());
    assert_eq!(path(Subject, Language::English), Some(PathBuf::from("/etc/certnotify/t/subject.txt")));
}

#[test]
fn what_is_wrong_with_the_table_is_told_at_its_place() {
    let said = refused("[templates]\ntext = \"none.txt\"\nhtm = \"a\"\n", &mut Shelf::default());
    assert!(said.contains(":6:8: the template `none.txt` cannot be used: there is no such file"), "{said}");
    assert!(said.contains(":7:1: unknown key `htm` in [templates]") && said.contains("`html`"), "{said}");
    let large = "x".repeat(256 * 1024 + 1);
    let said = refused("[templates]\nhtml = \"a\"\n", &mut Shelf::with([("/etc/certnotify/a", &large)]));
    assert!(said.contains("larger than 256 KiB"), "{said}");
    let said = refused("[templates.de]\ntext = \"a\"\n", &mut Shelf::default());
    assert!(said.contains("unknown key `de` in [templates]"), "{said}");
    let said = refused("[templates]\ntext = { env = \"A\" }\n", &mut Shelf::default());
    assert!(said.contains("`text` is a table, it must be a string"), "{said}");
    for table in ["[settings]", "[email]"] {
        let said = shown(&errors(&format!("{REST}{table}\ntemplates = {{ text = \"a\" }}\n")));
        assert!(said.contains("`templates` belongs in a table of its own: [templates]"), "{said}");
    }
}

#[test]
fn templates_belong_in_the_main_file() {
    let mut shelf = Shelf::with([("/etc/certnotify/d/a.toml", "[templates]\ntext = \"a.txt\"\n")]);
    let toml = format!("include = \"d/*.toml\"\n{REST}");
    let problems = parsed_with(&toml, &mut shelf).policies.expect_err(MAIN);
    assert!(shown(&problems).contains("`templates` stands in an included file"), "{}", shown(&problems));
}

#[test]
fn a_right_template_has_no_mistake() {
    assert_eq!(mistakes("{% for row in rows %}{{ row.name }} {{ row.days_left }}{% endfor %}{{ totals.later }}"), "");
    assert_eq!(
        mistakes("{% if rows | selectattr('is_reminder') | list | length > 1 %}many{% else %}one{% endif %}"),
        ""
    );
}

#[test]
fn a_word_that_is_not_there_is_shown_with_the_right_one() {
    assert_eq!(
        mistakes(
            "Hello\n{% for row in rows %}\n  {{ row.isuer }}\n{% endfor %}\n{% if false %}{{ foots }}{% endif %}\n"
        ),
        "certnotify: /etc/certnotify/mail.txt:3:6: there is no `row.isuer`\n  |\n3 |   {{ row.isuer }}\n  |      ^^^^^^^^^\n  \
         help: did you mean `issuer`?\n\n\
         certnotify: /etc/certnotify/mail.txt:5:18: there is no `foots`\n  |\n5 | {% if false %}{{ foots }}{% endif %}\n  \
         |                  ^^^^^\n  help: did you mean `foot`?\n"
    );
}

#[test]
fn what_holds_for_some_rows_only_is_a_mistake_before_it_happens() {
    let said = mistakes("{{ rows[1].name }}");
    assert!(said.contains(":1:4: there is no `rows[1]`"), "{said}");
    let said = mistakes("{% for row in rows %}{{ row.days_left + 1 }}{% endfor %}");
    assert!(said.contains("mail.txt:1:25: "), "what is about no certificate has no days left: {said}");
    let said = mistakes("{{ rows[0].names[0] }}");
    assert!(said.contains("there is no `rows[0].names[0]`"), "{said}");
}

#[test]
fn no_template_makes_the_check_go_on_for_ever() {
    for text in [
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "{{ 'x' * 10000000000 }}",
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set ns = namespace(x='xxxxxxxx') %}{% for a in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{{ '{{'",
        "{%",
        "{# never closed",
        "{% raw %}",
        "",
    ] {
        assert_ne!(mistakes(text), "", "{text}");
    }
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(50_000), ")".repeat(50_000));
    assert_ne!(mistakes(&deep), "");
}

fn certnotify(home: &Path) -> Command {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("certnotify");
    command.env_clear().env("HOME", home).env("TZ", "UTC").current_dir(home);
    command
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_run_with_a_broken_template_tells_in_the_built_in_words_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let toml = "[templates]\ntext = \"mail.txt\"\nsubject = \"subject.txt\"\n[contacts.ops]\n[[certificates]]\nfile = \"a.pem\"\n";
    fs::write(home.path().join("policies.toml"), toml).unwrap();
    fs::write(home.path().join("mail.txt"), "Dear {{ contatc }}").unwrap();
    fs::write(home.path().join("subject.txt"), "[Example] {{ subject }}").unwrap();
    fs::copy(root.join("examples/certificates/expired.pem"), home.path().join("a.pem")).unwrap();
    let with = |words: &[&str]| {
        let output =
            certnotify(home.path()).args(["-p", "policies.toml", "--state", "memory/state.json"]).args(words).output();
        let output = output.unwrap();
        (output.status.code(), text_of(&output.stdout), text_of(&output.stderr))
    };
    let (code, stdout, stderr) = with(&["plan", "--days", "0", "--full"]);
    assert!(code == Some(0) && stdout.contains("Subject: [Example] ") && stderr.contains("mail.txt:1:9"), "{stderr}");
    let (code, _, stderr) = with(&["run", "--quiet"]);
    assert_eq!(code, Some(1));
    assert_eq!(
        stderr,
        "certnotify: template mail.txt:1:9: there is no `contatc`\n  help: the built-in words went out instead; \
         certnotify --policies policies.toml --state memory/state.json validate shows where it is wrong\n"
    );
    let (_, inbox, _) = with(&["inbox", "show", "1"]);
    assert!(inbox.contains("Subject: [Example] ") && inbox.contains("Why this mail"), "{inbox}");
    let (code, _, stderr) = with(&["validate"]);
    assert_eq!(code, Some(3));
    assert!(stderr.contains("certnotify: mail.txt:1:9: there is no `contatc`\n"), "{stderr}");
    assert!(stderr.contains("did you mean `contact`?"), "{stderr}");
}

#[test]
fn the_example_of_templates_has_no_mistake_as_its_comment_says_to_use_it() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/templates");
    let text = fs::read_to_string(root.join("mail.txt")).unwrap();
    let (_, snippet) = text.split_once("    [templates]\n").expect("the snippet");
    let snippet: Vec<&str> = snippet.lines().take_while(|line| line.starts_with("    ")).collect();
    assert_eq!(snippet.len(), 3);
    let mut shelf = Shelf::default();
    for name in ["subject.txt", "mail.txt", "mail.html"] {
        let text = fs::read_to_string(root.join(name)).unwrap();
        shelf.0.insert(PathBuf::from(format!("/etc/certnotify/templates/{name}")), text);
    }
    let policies = with(&format!("[templates]\n{}\n", snippet.join("\n")), &mut shelf);
    assert_eq!(shown(&template_mistakes(&policies)), "");
    assert_eq!(policies.templates.all().count(), 3);
}
