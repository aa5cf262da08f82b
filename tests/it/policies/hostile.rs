//! Text that is not meant to be written: no panic, no wrong place, no endless time.

use proptest::prelude::*;

use super::{REST, errors, parsed, policies, shown};

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let windows = format!("\u{feff}{}", REST.replace('\n', "\r\n"));
    assert_eq!(policies(&windows).entries.len(), 1);
    let wrong = format!("{windows}polici = \"x\"\r\n");
    let problem = &errors(&wrong)[0];
    assert_eq!((problem.line, problem.column), (Some(5), Some(1)));
    assert!(problem.render().contains("\n5 | polici = \"x\"\n"), "{:?}", problem.render());
}

#[test]
fn a_tab_and_a_control_character_keep_the_caret_in_its_place_and_the_terminal_whole() {
    let text = format!("{REST}\t\"k\\u001b[31m\u{202e}\"\t=\t1\n");
    let shown = shown(&errors(&text));
    assert!(shown.chars().all(|character| character == '\n' || !character.is_control()), "{shown:?}");
    assert!(!shown.contains('\u{202e}'), "{shown:?}");
    assert!(shown.contains("\n  |     ^^^"), "{shown}");
}

#[test]
fn of_a_line_of_a_megabyte_only_the_part_in_question_is_shown() {
    let long = "x".repeat(1_000_000);
    for part in [
        format!("note = \"{long}\"\nowner = 1 # {long}\n"),
        format!("contacts = [\"{long}\"]\n"),
        format!("accept = [{}\"oops\"]\n", "\"legacy-protocol\", ".repeat(50_000)),
        format!("{long} = 1\n"),
    ] {
        let problems = errors(&format!("{REST}{part}"));
        let render = problems[0].render();
        let widest = render.lines().filter(|line| line.contains(" | ")).map(|line| line.chars().count()).max();
        assert!(widest.unwrap_or_default() < 250, "{}", &render[..300]);
    }
}

#[test]
fn deep_nesting_is_refused() {
    for text in [
        format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("a = {}", "{ b = ".repeat(50_000)),
        format!("[{}]\n", vec!["a"; 50_000].join(".")),
        format!("{} = 1\n", vec!["a"; 50_000].join(".")),
    ] {
        assert!(!errors(&text).is_empty());
    }
}

#[test]
fn ten_thousand_problems_are_told_in_reasonable_time() {
    let keys: Vec<String> = (0..10_000).map(|number| format!("key{number} = 1\n")).collect();
    let text = format!("{REST}[policies.x]\n{}", keys.concat());
    assert_eq!(errors(&text).len(), 10_000);
}

const EXAMPLES: [&str; 3] = [
    include_str!("../../../policies.example.toml"),
    include_str!("../../../examples/policies/chat-robots.toml"),
    include_str!("../../../examples/policies/escalation.toml"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "(\\PC|\n|\r|\t|\\[|\\]|=|\"|'|#|\u{0}|\u{1b}){0,200}") {
        let parsed = parsed(&text);
        let problems = parsed.policies.err().unwrap_or_default();
        prop_assert!(!problems.is_empty());
        for problem in &problems {
            prop_assert!(problem.render().chars().all(|character| character == '\n' || !character.is_control()));
        }
    }

    #[test]
    fn no_change_of_an_example_makes_it_panic(
        which in 0..EXAMPLES.len(),
        at in any::<prop::sample::Index>(),
        length in 0..40_usize,
        inserted in "(\\PC|\n|\\[|\\]|=|\"|'|#|\\{|\\}|,|0|true){0,12}",
    ) {
        let uncovered = EXAMPLES[which].replace("\n#", "\n");
        let characters: Vec<char> = uncovered.chars().collect();
        let start = at.index(characters.len());
        let end = (start + length).min(characters.len());
        let text: String = characters[..start].iter().chain(&inserted.chars().collect::<Vec<_>>()).chain(&characters[end..]).collect();
        let parsed = parsed(&text);
        let _ = parsed.policies.map_err(|problems| shown(&problems));
        let _ = shown(&parsed.warnings);
    }
}
