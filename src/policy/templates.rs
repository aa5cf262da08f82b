//! `[templates]`: texts, a file each, that stand in place of certnotify's own layout.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::fields::Fields;
use super::refusal::Refusal;
use super::source::Files;
use super::{Language, keys};
use crate::text::words;

/// A layout is a few pages at most; what is larger is another file.
const LARGEST: usize = 256 * 1024;

words! {
    /// What a template stands in place of.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum TemplateKind {
        /// The subject of a mail: one line.
        Subject = "subject",
        /// The plain text of a mail.
        Text = "text",
        /// The HTML of a mail.
        Html = "html",
        /// What a message in a room says below its title.
        Chat = "chat",
    }
}

/// A template as it was read; whether it is right only its rendering can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// As problems show it.
    pub path: PathBuf,
    pub text: String,
}

/// All templates: those of one language go before those of every language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates {
    files: BTreeMap<(TemplateKind, Option<Language>), Template>,
}

impl Templates {
    /// The same with one more; without a language it holds for every one.
    #[must_use]
    pub fn with(mut self, kind: TemplateKind, language: Option<Language>, template: Template) -> Self {
        self.files.insert((kind, language), template);
        self
    }

    /// The file of this language, or that of all languages.
    #[must_use]
    pub fn pick(&self, kind: TemplateKind, language: Language) -> Option<&Template> {
        self.files.get(&(kind, Some(language))).or_else(|| self.files.get(&(kind, None)))
    }

    /// Each with the languages that use it.
    pub fn all(&self) -> impl Iterator<Item = (TemplateKind, Vec<Language>, &Template)> {
        self.files.iter().map(|((kind, language), template)| {
            let is_used = |language: &Language| self.pick(*kind, *language) == Some(template);
            let languages = match language {
                Some(language) => vec![*language],
                None => Language::ALL.into_iter().filter(is_used).collect(),
            };
            (*kind, languages, template)
        })
    }

    /// Adds those of one table.
    fn read(&mut self, fields: &mut Fields<'_, '_>, language: Option<Language>, files: &mut dyn Files) {
        let read = TemplateKind::ALL.map(|kind| Some(((kind, language), template(fields, kind, files)?)));
        self.files.extend(read.into_iter().flatten());
    }
}

pub(super) fn read(mut fields: Fields<'_, '_>, files: &mut dyn Files) -> Templates {
    let mut templates = Templates::default();
    templates.read(&mut fields, None, files);
    for language in Language::ALL {
        let Some(node) = fields.take(language.tag()) else { continue };
        let what = format!("[templates.{}]", language.tag());
        let help = format!("write {what} on a line of its own and below it text = \"FILE\"");
        let Some(mut own) = Fields::from_node(node, &keys::LANGUAGE_TEMPLATES, &what, &help, fields.problems) else {
            continue;
        };
        templates.read(&mut own, Some(language), files);
        own.finish();
    }
    fields.finish();
    templates
}

fn template(fields: &mut Fields<'_, '_>, kind: TemplateKind, files: &mut dyn Files) -> Option<Template> {
    let written = fields.text(kind.as_str())?;
    let path = fields.checked_path(&written, |_| Ok(()))?;
    let file = match files.template(&path) {
        Ok(file) if file.text.len() > LARGEST => Err("it is larger than 256 KiB".to_owned()),
        file => file,
    };
    let refuse = |reason: String| format!("the template `{}` cannot be used: {reason}", written.value);
    let file = file.map_err(|reason| Refusal::new(refuse(reason), "name a text file"));
    let mut file = fields.problems.judged(written.place, file)?.value;
    // Shown as its policy file is: from where the reader stands.
    let shown = fields.problems.sources.get(written.place.file).and_then(|source| source.file.path.parent());
    if let (Some(shown), Ok(rest)) = (shown.map(Path::to_owned), path.strip_prefix(fields.folder(written.place))) {
        file.path = shown.join(rest);
    }
    let source = fields.problems.add_source(file);
    let file = &fields.problems.sources.get(source)?.file;
    Some(Template { path: file.path.clone(), text: file.text.clone() })
}
