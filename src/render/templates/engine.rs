//! The template engine, shut in: nothing undefined passes, nothing else is read, nothing goes on for ever.

use std::ops::Range;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use serde::Serialize;

use crate::render::columns::{LINE, wrap};

/// What a template may do in any case, and for each row more; one step is an instruction or a few dozen letters.
const STEPS: u64 = 100_000;
const STEPS_FOR_A_ROW: u64 = 10_000;
/// Columns of a line that a template may ask for.
const NARROWEST: usize = 20;
const WIDEST: usize = 500;
/// Longest piece of a template that is quoted.
const QUOTED: usize = 60;

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TemplateError {
    /// In bytes of the template.
    pub(super) range: Option<Range<usize>>,
    pub(super) message: String,
    /// The word that nothing is known of.
    pub(super) unknown: Option<String>,
}

/// What `template` makes of `context`; with `html` every value in it is escaped.
pub(super) fn render(
    template: &str,
    html: bool,
    context: &impl Serialize,
    rows: usize,
) -> Result<String, TemplateError> {
    let mut environment = environment(html);
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    environment.set_fuel(Some(rows.saturating_mul(STEPS_FOR_A_ROW).saturating_add(STEPS)));
    let parsed = environment.template_from_str(template).map_err(|error| slip(&error, template))?;
    parsed.render(Value::from(Serde(context))).map_err(|error| slip(&error, template))
}

/// The names that a template takes from outside and that `is_known` does not know; also where no sample leads to them.
pub(super) fn unknown_names(template: &str, is_known: impl Fn(&str) -> bool) -> Vec<TemplateError> {
    let environment = environment(false);
    let Ok(parsed) = environment.template_from_str(template) else { return Vec::new() };
    let of_the_engine: Vec<String> = environment.globals().map(|(name, _)| name.to_owned()).collect();
    let mut names: Vec<String> = parsed.undeclared_variables(false).into_iter().collect();
    names.retain(|name| !is_known(name) && !of_the_engine.contains(name));
    names.sort();
    let slip = |name: String| {
        let range = place_of(&name, template);
        TemplateError { range, message: format!("there is no `{name}`"), unknown: Some(name) }
    };
    names.into_iter().map(slip).collect()
}

fn environment(html: bool) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_debug(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(move |_| if html { AutoEscape::Html } else { AutoEscape::None });
    environment.add_filter("wrap", |text: &str, columns: Option<usize>| {
        let lines = wrap(text, columns.unwrap_or(LINE).clamp(NARROWEST, WIDEST));
        lines.join("\n")
    });
    let mut syntax = environment.syntax().to_builder();
    if let Ok(syntax) = syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build() {
        environment.set_syntax(syntax);
    }
    environment
}

fn slip(error: &Error, template: &str) -> TemplateError {
    let range = error.range().or_else(|| line(error.line()?, template));
    let piece = range.clone().and_then(|range| template.get(range)).unwrap_or_default().trim();
    let quoted: String = piece.chars().take(QUOTED).collect();
    let detail = error.detail().unwrap_or_default();
    let (message, unknown) = match error.kind() {
        ErrorKind::OutOfFuel => ("it goes on and on, or makes far too much".to_owned(), None),
        ErrorKind::UndefinedError => {
            // The engine says which part of an expression it was.
            let expression = detail.split('`').nth(1).unwrap_or(&quoted);
            let last = expression.rsplit('.').next().unwrap_or_default().trim().to_owned();
            let slip = TemplateError {
                range: of_expression(expression, range.as_ref(), template).or(range),
                message: format!("there is no `{expression}`"),
                unknown: Some(last),
            };
            return slip;
        }
        ErrorKind::SyntaxError => (format!("no template: {detail}"), None),
        ErrorKind::UnknownFilter => (format!("there is no filter `{quoted}`"), None),
        ErrorKind::UnknownTest => (format!("there is no test `{quoted}`"), None),
        ErrorKind::UnknownFunction => (format!("there is no function `{quoted}`"), None),
        kind if detail.is_empty() => (kind.to_string(), None),
        _ => (detail.to_owned(), None),
    };
    TemplateError { range, message, unknown }
}

/// Where `expression` stands last before the end of what the engine points at.
fn of_expression(expression: &str, near: Option<&Range<usize>>, template: &str) -> Option<Range<usize>> {
    let at = template.get(..near?.end)?.rfind(expression)?;
    (!expression.is_empty()).then(|| at..at + expression.len())
}

/// A whole line, without the space around it.
fn line(number: usize, template: &str) -> Option<Range<usize>> {
    let start: usize = template.split_inclusive('\n').take(number.checked_sub(1)?).map(str::len).sum();
    let line = template.get(start..)?.lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    Some(start + indent..start + indent + line.trim().len())
}

/// Where `name` stands first as a word inside of a tag.
fn place_of(name: &str, template: &str) -> Option<Range<usize>> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let found = template.match_indices(name).find(|(at, _)| {
        let (before, after) = (&template[..*at], &template[at + name.len()..]);
        let is_word = !before.ends_with(|last: char| is_part(last) || last == '.') && !after.starts_with(is_part);
        let opened = before.rfind("{{").max(before.rfind("{%"));
        let closed = before.rfind("}}").max(before.rfind("%}"));
        is_word && opened > closed
    });
    found.map(|(at, _)| at..at + name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(template: &str) -> Result<String, String> {
        let context = serde_json::json!({ "row": { "name": "<b>&" }, "rows": [1, 2], "nothing": "" });
        render(template, false, &context, 1).map_err(|slip| {
            let at = slip.range.and_then(|range| template.get(range)).unwrap_or("nowhere").to_owned();
            format!("{} at {at}", slip.message)
        })
    }

    #[test]
    fn what_is_not_there_is_an_error_with_its_place_and_not_an_empty_text() {
        assert_eq!(made("a {{ row.nmae }} b"), Err("there is no `row.nmae` at row.nmae".to_owned()));
        assert_eq!(made("{{ rwo }}"), Err("there is no `rwo` at rwo".to_owned()));
        assert_eq!(made("{{ rows[7].name }}"), Err("there is no `rows[7]` at rows[7]".to_owned()));
        assert_eq!(made("{{ row.x | upper }}"), Err("there is no `row.x` at row.x".to_owned()));
        assert_eq!(made("{{ rows | jion }}"), Err("there is no filter `jion` at jion".to_owned()));
        assert!(made("{% if rwo %}x{% endif %}").is_err());
        assert!(made("{% for r in rwos %}x{% endfor %}").is_err());
        assert_eq!(made("{% if nothing %}x{% endif %}y"), Ok("y".to_owned()));
    }

    #[test]
    fn no_file_and_no_other_template_can_be_reached() {
        for tag in ["include", "import", "extends"] {
            let made = made(&format!("{{% {tag} \"/etc/passwd\" %}}")).unwrap_err();
            assert!(made.starts_with("no template: "), "{made}");
        }
    }

    #[test]
    fn a_tag_on_a_line_of_its_own_leaves_no_line() {
        assert_eq!(made("a\n  {% for r in rows %}\n{{ r }}\n  {% endfor %}\nb\n"), Ok("a\n1\n2\nb\n".to_owned()));
    }

    #[test]
    fn a_sentence_is_wrapped_where_a_reader_of_its_script_expects_it() {
        let text = "{{ 'a sentence of several words, 证书已到期，请尽快续期' | wrap(24) }}";
        assert_eq!(made(text), Ok("a sentence of several\nwords, 证书已到期，请尽\n快续期".to_owned()));
        assert_eq!(made("{{ 'ab' | wrap(0) }}{{ 'cd' | wrap }}"), Ok("abcd".to_owned()));
    }

    #[test]
    fn html_is_escaped_and_text_is_not() {
        let context = serde_json::json!({ "x": "<b>&\"'" });
        assert_eq!(render("{{ x }}", false, &context, 1).unwrap(), "<b>&\"'");
        assert_eq!(render("<i>{{ x }}</i>", true, &context, 1).unwrap(), "<i>&lt;b&gt;&amp;&quot;&#x27;</i>");
    }

    #[test]
    fn a_name_that_no_sample_reaches_is_found_where_it_stands() {
        let template = "nmae {# nmae #}{% if false %}{{ row.nmae }} {{ nmae }}{{ range(2) }}{% endif %}";
        let found = unknown_names(template, |name| name == "row");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].range, template.rfind("nmae").map(|at| at..at + 4));
    }
}
