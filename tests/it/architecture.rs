//! The order of the modules: the list of modules in `src/ARCHITECTURE.md` against every source file.

mod circles;
mod declared;
mod documented;
pub(crate) mod source;
mod vocabulary;

use std::path::Path;

use source::Source;

/// Crates that touch the world or parse its text: each is named in one file, and can be replaced there.
const FACADES: [&str; 27] = [
    "aes",
    "cbc",
    "ccm",
    "des",
    "fast_glob",
    "idna",
    "indicatif",
    "jiff",
    "landlock",
    "lettre",
    "mail_parser",
    "minijinja",
    "ml_kem",
    "num_bigint",
    "p521",
    "rc2",
    "rustls_native_certs",
    "saphyr_parser",
    "seccompiler",
    "secrecy",
    "shlex",
    "signal_hook",
    "simple_dns",
    "toml",
    "ureq",
    "walkdir",
    "x509_parser",
];

/// Names under which everything, and so nothing, finds a place.
const JUNK_NAMES: [&str; 7] = ["util", "utils", "common", "helpers", "types", "misc", "shared"];

/// The decisions and nouns end with this module; what comes after it may touch the world.
const LAST_PURE_MODULE: &str = "render";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn architecture() -> String {
    std::fs::read_to_string(root().join("src/ARCHITECTURE.md")).unwrap()
}

/// The modules in their order, from the sentence that is the whole rule.
fn module_list(document: &str) -> Vec<String> {
    let (_, rule) = document.split_once("One list is the whole rule: `").expect("the sentence with the list");
    let (list, _) = rule.split_once('`').expect("the end of the list");
    list.split(',').map(|module| module.trim().to_owned()).collect()
}

fn library() -> Vec<Source> {
    let mut sources = Source::all(&root().join("src"));
    sources.retain(is_library);
    sources
}

fn is_library(source: &Source) -> bool {
    !source.path.starts_with("cli") && source.path != Path::new("main.rs")
}

/// Each naming of a module that does not stand before the own one in the list.
fn breaches_of_order(sources: &[Source], list: &[String]) -> Vec<String> {
    let rank = |module: &str| list.iter().position(|listed| listed == module);
    let mut breaches = Vec::new();
    for source in sources {
        let Some(module) = source.module() else { continue };
        let Some(own) = rank(&module) else {
            breaches.push(format!("{}: `{module}` is not in the list", source.path.display()));
            continue;
        };
        for named in source.modules_named() {
            if named == "*" || rank(&named).is_some_and(|rank| rank > own) {
                breaches.push(format!("{}: `{module}` names `{named}`", source.path.display()));
            }
        }
    }
    breaches
}

/// What calls `deliver` though only `pass` may: any other module, and a command that does more than name its types.
fn other_callers_of_deliver(sources: &[Source]) -> Vec<String> {
    let mut callers = Vec::new();
    for source in sources {
        let named = source.modules_named().contains(&"deliver".to_owned());
        if is_library(source) {
            let may = source.module().is_none_or(|module| module == "pass" || module == "deliver");
            if named && !may {
                callers.push(source.path.display().to_string());
            }
        } else if named {
            let items = source.named_below("certnotify::deliver::");
            if items.is_empty() {
                callers.push(source.path.display().to_string());
            }
            let is_more_than_a_type = |item: &&String| {
                matches!(item.as_str(), "*" | "Courier") || item.starts_with(|first: char| first.is_lowercase())
            };
            callers.extend(
                items.iter().filter(is_more_than_a_type).map(|item| format!("{}: {item}", source.path.display())),
            );
        }
    }
    callers
}

/// What sends or remembers and names what looks: it would borrow the insides of another stage.
fn borrowers_of_observe(sources: &[Source]) -> Vec<String> {
    let borrows = |source: &&Source| {
        let borrower = source.module().is_some_and(|module| module == "deliver" || module == "record");
        borrower && source.modules_named().contains(&"observe".to_owned())
    };
    sources.iter().filter(borrows).map(|source| source.path.display().to_string()).collect()
}

/// Facade crates that are named in more than one file.
fn shared_facades(sources: &[Source]) -> Vec<String> {
    let mut shared = Vec::new();
    for facade in FACADES {
        let files: Vec<_> = sources
            .iter()
            .filter(|source| source.has_word(facade))
            .map(|source| source.path.display().to_string())
            .collect();
        if files.len() > 1 {
            shared.push(format!("{facade}: {}", files.join(", ")));
        }
    }
    shared
}

/// What the library must not do anywhere, and the nouns and decisions least of all.
fn forbidden_deeds(sources: &[Source], list: &[String]) -> Vec<String> {
    let pure = list.iter().position(|module| module == LAST_PURE_MODULE).expect("the last pure module is in the list");
    let mut deeds = Vec::new();
    for source in sources {
        let mut forbidden =
            vec!["println", "eprintln", "print", "eprint", "dbg", "async", "await", "now_utc", "now_local"];
        let mut modules = vec!["env"];
        let module = source.module();
        if module.is_some_and(|module| list[..=pure].contains(&module)) {
            forbidden.extend(["TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs", "Instant", "SystemTime"]);
            modules.extend(["fs", "process", "thread"]);
        }
        let macros = |word: &&str| source.code.contains(&format!("{word}!")) && source.has_word(word);
        for word in forbidden {
            let found = if word.ends_with("print") || word.ends_with("println") || word == "dbg" {
                macros(&word)
            } else {
                source.has_word(word)
            };
            if found {
                deeds.push(format!("{}: `{word}`", source.path.display()));
            }
        }
        let named = source.named_below("std::");
        let named = modules.iter().filter(|module| named.iter().any(|name| name == *module));
        deeds.extend(named.map(|module| format!("{}: `std::{module}`", source.path.display())));
        if source.code.contains("process::exit") {
            deeds.push(format!("{}: `process::exit`", source.path.display()));
        }
    }
    deeds
}

/// Files that do not open with what they are, are too long, or stand in a module without a purpose.
fn untidy_files(sources: &[Source]) -> Vec<String> {
    let mut untidy = Vec::new();
    for source in sources {
        let path = source.path.display();
        if !source.text.starts_with("//! ") && !source.text.starts_with("#![doc = include_str!(") {
            untidy.push(format!("{path}: the first line does not say what it is"));
        }
        let lines = source.text.lines().count();
        if lines > 400 {
            untidy.push(format!("{path}: {lines} lines"));
        }
        let modules = source.path.with_extension("");
        if modules.iter().any(|module| JUNK_NAMES.iter().any(|junk| module == *junk)) {
            untidy.push(format!("{path}: the name says nothing"));
        }
    }
    untidy
}

/// Where the tree says what a path is, and goes on saying it on the next line.
const SECOND_COLUMN: usize = 26;

/// The paths of the tree in the document: two columns of spaces a level, a folder ends with `/`.
fn paths_of_tree(document: &str) -> Vec<String> {
    let (_, tree) = document.split_once("```text\nsrc/\n").expect("the tree");
    let (tree, _) = tree.split_once("```").expect("the end of the tree");
    let mut folders = vec!["src/".to_owned()];
    let mut paths = Vec::new();
    for line in tree.lines() {
        let depth = line.len() - line.trim_start().len();
        if depth >= SECOND_COLUMN {
            continue;
        }
        let Some(name) = line.split_whitespace().next() else { continue };
        folders.truncate(depth / 2);
        let path = folders.concat() + name;
        if name.ends_with('/') {
            folders.push(name.to_owned());
        }
        paths.push(path);
    }
    paths
}

#[test]
fn a_module_names_only_modules_before_it_in_the_list() {
    assert_eq!(breaches_of_order(&library(), &module_list(&architecture())), <[String; 0]>::default());
}

#[test]
fn the_list_holds_every_module_of_the_library_and_nothing_else() {
    let mut listed = module_list(&architecture());
    listed.sort();
    let map = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut declared: Vec<_> = map
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    declared.sort_unstable();
    assert_eq!(listed, declared);
}

#[test]
fn only_pass_calls_deliver() {
    assert_eq!(other_callers_of_deliver(&Source::all(&root().join("src"))), <[String; 0]>::default());
}

#[test]
fn deliver_and_record_do_not_name_observe() {
    assert_eq!(borrowers_of_observe(&library()), <[String; 0]>::default());
}

#[test]
fn a_crate_for_parsing_or_for_the_world_is_named_in_one_file() {
    assert_eq!(shared_facades(&Source::all(&root().join("src"))), <[String; 0]>::default());
}

#[test]
fn the_library_never_prints_exits_or_reads_the_environment_and_decisions_touch_nothing() {
    assert_eq!(forbidden_deeds(&library(), &module_list(&architecture())), <[String; 0]>::default());
}

#[test]
fn every_file_says_what_it_is_and_stays_small() {
    let mut untidy = Vec::new();
    for folder in ["src", "tests", "examples"] {
        untidy.extend(untidy_files(&Source::all(&root().join(folder))));
    }
    assert_eq!(untidy, <[String; 0]>::default());
}

#[test]
fn every_path_that_the_document_draws_is_there() {
    let paths = paths_of_tree(&architecture());
    assert!(paths.contains(&"src/render/wording/".to_owned()), "the tree was not read: {paths:?}");
    let missing: Vec<_> = paths.into_iter().filter(|path| !root().join(path).exists()).collect();
    assert_eq!(missing, <[String; 0]>::default());
}

#[test]
fn every_module_of_the_source_is_drawn_in_the_document() {
    let paths = paths_of_tree(&architecture());
    let modules = std::fs::read_dir(root().join("src")).unwrap().map(|module| {
        let module = module.unwrap();
        let end = if module.path().is_dir() { "/" } else { "" };
        format!("src/{}{end}", module.file_name().display())
    });
    let missing: Vec<_> = modules.filter(|module| !paths.contains(module)).collect();
    assert_eq!(missing, <[String; 0]>::default());
}

#[test]
fn a_breach_of_the_order_is_caught() {
    let list = module_list("One list is the whole rule: `certificate, event,\npolicy, render, deliver, pass`. More.");
    assert_eq!(list, ["certificate", "event", "policy", "render", "deliver", "pass"]);
    let sources = [
        Source::new("certificate/pem.rs", "use super::super::event::Kind;"),
        Source::new("event/mod.rs", "use crate::certificate::Key; use super::policy::Zone;"),
        Source::new("policy/zone.rs", "use crate::{event::Kind, pass};"),
        Source::new("stray.rs", ""),
    ];
    assert_eq!(
        breaches_of_order(&sources, &list),
        [
            "certificate/pem.rs: `certificate` names `event`",
            "event/mod.rs: `event` names `policy`",
            "policy/zone.rs: `policy` names `pass`",
            "stray.rs: `stray` is not in the list",
        ]
    );
}

#[test]
fn a_second_caller_of_deliver_is_caught() {
    let sources = [
        Source::new("pass/mod.rs", "use crate::deliver::send_all;"),
        Source::new("record/mod.rs", "use crate::deliver::Receipt;"),
        Source::new("cli/run.rs", "use certnotify::deliver::Channels;"),
        Source::new("cli/test.rs", "use certnotify::deliver::{Courier, Receipt, send_all};"),
        Source::new("cli/plan.rs", "fn f() { certnotify::deliver::retry::again(); }"),
        Source::new("cli/inbox.rs", "use certnotify::{deliver, pass};"),
    ];
    let callers =
        ["record/mod.rs", "cli/test.rs: Courier", "cli/test.rs: send_all", "cli/plan.rs: retry", "cli/inbox.rs"];
    assert_eq!(other_callers_of_deliver(&sources), callers);
}

#[test]
fn a_borrower_of_observe_is_caught() {
    let sources = [
        Source::new("deliver/chat.rs", "use crate::observe::http;"),
        Source::new("record/mod.rs", "use crate::{net, observe::Options};"),
        Source::new("pass/mod.rs", "use crate::observe;"),
    ];
    assert_eq!(borrowers_of_observe(&sources), ["deliver/chat.rs", "record/mod.rs"]);
}

#[test]
fn a_facade_crate_in_two_files_is_caught() {
    let sources = [
        Source::new("deliver/http.rs", "use ureq::Agent;"),
        Source::new("deliver/lark.rs", "fn f(error: &ureq::Error) {}"),
        Source::new("deliver/wecom.rs", "// ureq is named elsewhere\nlet agent = \"ureq\"; let toml_like = 1;"),
    ];
    assert_eq!(shared_facades(&sources), ["ureq: deliver/http.rs, deliver/lark.rs"]);
}

#[test]
fn a_library_that_prints_or_looks_around_is_caught() {
    let list: Vec<_> = ["policy", "render", "observe"].map(str::to_owned).into();
    let sources = [
        Source::new("policy/mod.rs", "use std::{collections::BTreeMap, fs}; fn f(fingerprint: u8) {}"),
        Source::new("render/mod.rs", "fn f() { let start = std::time::Instant::now(); }"),
        Source::new("observe/mod.rs", "use std::fs; use std::env; fn f() { println!(); std::process::exit(1) }"),
    ];
    assert_eq!(
        forbidden_deeds(&sources, &list),
        [
            "policy/mod.rs: `std::fs`",
            "render/mod.rs: `Instant`",
            "observe/mod.rs: `println`",
            "observe/mod.rs: `std::env`",
            "observe/mod.rs: `process::exit`",
        ]
    );
}

#[test]
fn an_untidy_file_is_caught() {
    let sources = [
        Source::new("event/kind.rs", "//! The kinds.\n"),
        Source::new("event/util.rs", "//! This and that.\n"),
        Source::new("event/long.rs", format!("//! Long.\n{}", "\n".repeat(400))),
        Source::new("event/mute.rs", "use std::fmt;\n"),
    ];
    assert_eq!(
        untidy_files(&sources),
        [
            "event/util.rs: the name says nothing",
            "event/long.rs: 401 lines",
            "event/mute.rs: the first line does not say what it is",
        ]
    );
}
