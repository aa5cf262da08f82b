//! Glob patterns over paths: the only file that names the glob library.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use fast_glob::glob_match;

use crate::cause::{FileCause, PatternError};

/// Stands for `/` where a `*` may match several levels: no path of a person holds it.
const ANY_LEVEL: char = '\u{1}';

/// A pattern, split into the part without wildcards and the rest.
pub(crate) struct Glob {
    /// Where the walk begins.
    pub fixed: PathBuf,
    whole: Pattern,
    /// Of each component below the fixed part, up to the first `**`.
    components: Vec<Pattern>,
    /// Levels below the fixed part; `None`: any.
    depth: Option<usize>,
    /// The pattern itself names hidden entries.
    pub shows_hidden: bool,
}

/// Whether the text has wildcards.
#[must_use]
pub fn has_wildcards(pattern: &Path) -> bool {
    pattern.as_os_str().as_encoded_bytes().iter().any(|byte| matches!(byte, b'*' | b'?' | b'[' | b'{'))
}

/// The part of a pattern before its first component with a wildcard.
#[must_use]
pub fn fixed_part(pattern: &Path) -> PathBuf {
    pattern.components().take_while(|component| !has_wildcards(component.as_ref())).collect()
}

/// Whether `pattern`, a path, a directory or a glob, would find a file at `path`, were it there.
#[must_use]
pub fn would_find(pattern: &Path, exclude: &[String], path: &Path) -> bool {
    // Of many patterns most begin elsewhere: those need not be read.
    let Ok(below) = path.strip_prefix(fixed_part(pattern)) else { return false };
    let is_found = || {
        let Ok(glob) = Glob::new(pattern) else { return false };
        let mut above = below.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
        glob.matches(below) || glob.names_directories() && above.any(|above| glob.matches(above))
    };
    let is_excluded = || Exclude::new(exclude).is_ok_and(|exclude| exclude.passes_over(path));
    (!has_wildcards(pattern) || is_found()) && !is_excluded()
}

/// What is asked for, with what is passed over: another text asks for something else.
pub(crate) fn asked_for(pattern: &Path, exclude: &Exclude) -> String {
    format!("{}{exclude}", pattern.display())
}

/// What may stand for something else, or between names.
const SPECIAL: [char; 9] = ['*', '?', '[', ']', '{', '}', '\\', '/', ANY_LEVEL];

/// A pattern that was checked.
struct Pattern {
    /// As the library is given it.
    text: String,
    /// From here on it stands for itself. Most names do not end so, and need no further look.
    end: usize,
}

impl Pattern {
    /// A `*` and a `?` of it stay in their level.
    fn new(written: &str) -> Result<Self, FileCause> {
        check(written).map_err(|error| FileCause::BadPattern { pattern: written.to_owned(), error })?;
        let mut pattern = written.to_owned();
        while pattern.contains("**/**/") {
            pattern = pattern.replace("**/**/", "**/");
        }
        // The library takes a `!` in front for the opposite of the pattern.
        Ok(Self::checked(if pattern.starts_with('!') { format!("\\{pattern}") } else { pattern }))
    }

    fn checked(text: String) -> Self {
        let end = text.rfind(SPECIAL).map_or(0, |special| special + 1);
        Self { text, end }
    }

    fn matches(&self, path: &Path) -> bool {
        self.matches_bytes(path.as_os_str().as_encoded_bytes())
    }

    fn matches_bytes(&self, path: &[u8]) -> bool {
        path.ends_with(&self.text.as_bytes()[self.end..]) && glob_match(self.text.as_bytes(), path)
    }

    /// The same with a `*` for any number of levels.
    fn from_any_level(written: &str) -> Result<Self, FileCause> {
        let Self { text: pattern, .. } = Self::new(written)?;
        let (front, rest) = pattern.strip_prefix("**/").map_or(("", pattern.as_str()), |rest| ("{,**/}", rest));
        let between = rest.replace("/**/", "{/,/**/}");
        Ok(Self::checked(format!("{front}{between}").replace('/', &ANY_LEVEL.to_string())))
    }

    fn matches_at_any_level(&self, path: &Path) -> bool {
        let bytes = path.as_os_str().as_encoded_bytes().iter();
        let joined: Vec<u8> = bytes.map(|byte| if *byte == b'/' { ANY_LEVEL as u8 } else { *byte }).collect();
        self.matches_bytes(&joined)
    }
}

/// What the library would take for a pattern that matches nothing.
fn check(pattern: &str) -> Result<(), PatternError> {
    let mut characters = pattern.chars();
    let mut open = 0_usize;
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.next().is_none() => return Err(PatternError::LastBackslash),
            '[' => {
                let class = characters.as_str();
                let class = class.strip_prefix(['!', '^']).unwrap_or(class);
                // A `]` that comes first is one of the characters.
                let length = class.char_indices().skip(1).find(|(_, character)| *character == ']');
                let (end, _) = length.ok_or(PatternError::OpenBracket)?;
                characters = class[end + 1..].chars();
            }
            '{' => open += 1,
            '}' => open = open.checked_sub(1).ok_or(PatternError::ClosingBrace)?,
            _ => {}
        }
    }
    if open > 0 { Err(PatternError::OpenBrace) } else { Ok(()) }
}

impl Glob {
    pub(crate) fn new(pattern: &Path) -> Result<Self, FileCause> {
        let no_text = || FileCause::BadPattern { pattern: pattern.display().to_string(), error: PatternError::NoText };
        let text = pattern.to_str().ok_or_else(no_text)?;
        // `./` at the front of a pattern is not at the front of what is walked.
        let fixed = fixed_part(pattern);
        let below: PathBuf = pattern.components().skip(fixed.components().count()).collect();
        let below = below.to_str().unwrap_or(text);
        let has_alternatives_of_paths =
            below.split('{').skip(1).any(|inner| inner.split('}').next().is_some_and(|inner| inner.contains('/')));
        let parts: Vec<&str> = if has_alternatives_of_paths { Vec::new() } else { below.split('/').collect() };
        let until_any = parts.iter().position(|part| part.contains("**"));
        let components = parts[..until_any.unwrap_or(parts.len())]
            .iter()
            .map(|part| Pattern::new(part))
            .collect::<Result<_, _>>()?;
        let depth = if until_any.is_some() || parts.is_empty() { None } else { Some(parts.len()) };
        let shows_hidden = below.starts_with('.') || ["/.", "{.", ",."].iter().any(|start| below.contains(start));
        Ok(Self { whole: Pattern::new(below)?, fixed, components, depth, shows_hidden })
    }

    /// What each name that can match, or lead to a match, begins with, on this level below the fixed part, counted from 0.
    pub(crate) fn start(&self, level: usize) -> &str {
        let pattern = self.components.get(level).map_or("", |component| &component.text);
        pattern.split(SPECIAL).next().unwrap_or_default()
    }

    /// Deeper than this nothing can match; `None`: at any depth something can.
    pub(crate) fn depth(&self) -> Option<usize> {
        self.depth
    }

    /// Whether directories that match stand for what they hold: not those that a `**` walks anyway.
    pub(crate) fn names_directories(&self) -> bool {
        self.depth.is_some()
    }

    /// Whether `below`, a path below the fixed part, matches.
    pub(crate) fn matches(&self, below: &Path) -> bool {
        self.whole.matches(below)
    }

    /// Whether something below the directory `below` could match.
    pub(crate) fn leads_to(&self, below: &Path) -> bool {
        let mut names = below.components().filter(|component| matches!(component, Component::Normal(_)));
        self.components
            .iter()
            .all(|pattern| names.next().is_none_or(|name| pattern.matches(Path::new(name.as_os_str()))))
    }
}

/// What is passed over, as written and as it is matched; `*` stands for any number of levels here, as in `*/archive/*`.
pub(crate) struct Exclude(Vec<(String, Pattern)>);

/// As it follows a pattern: nothing, or what the pattern is without.
impl fmt::Display for Exclude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(written, _)| write!(f, " without {written}"))
    }
}

impl Exclude {
    pub(crate) fn new(patterns: &[String]) -> Result<Self, FileCause> {
        let read = |written: &String| Pattern::from_any_level(written).map(|pattern| (written.clone(), pattern));
        patterns.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn passes_over(&self, path: &Path) -> bool {
        self.0.iter().any(|(_, pattern)| {
            let is_name = |name| pattern.matches_at_any_level(Path::new(name));
            pattern.matches_at_any_level(path) || path.file_name().is_some_and(is_name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, below: &str) -> bool {
        Glob::new(Path::new(pattern)).unwrap().matches(Path::new(below))
    }

    #[test]
    fn a_file_that_is_not_there_is_known_by_what_would_find_it() {
        let finds =
            |pattern: &str, path: &str| would_find(Path::new(pattern), &["*/archive/*".to_owned()], Path::new(path));
        for (pattern, path) in [
            ("/etc/ssl/a.pem", "/etc/ssl/a.pem"),
            ("/etc/ssl", "/etc/ssl/sub/a.pem"),
            ("/etc/ssl/*.pem", "/etc/ssl/a.pem"),
            ("/etc/live/*/fullchain.pem", "/etc/live/www/fullchain.pem"),
            ("/etc/live/*", "/etc/live/www/fullchain.pem"),
            ("/etc/**/*.pem", "/etc/a/b/c.pem"),
        ] {
            assert!(finds(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/etc/ssl/a.pem", "/etc/ssl/a.pem.old"),
            ("/etc/ssl", "/etc/ssl-old/a.pem"),
            ("/etc/ssl", "/etc/ssl/archive/a.pem"),
            ("/etc/ssl/*.pem", "/etc/ssl/a.key"),
            ("/etc/ssl/*.pem", "/etc/ssl/sub/a.pem"),
            ("/etc/**/*.pem", "/srv/c.pem"),
            ("/etc/[", "/etc/["),
        ] {
            assert!(!finds(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn a_star_stays_in_its_level_and_two_stars_do_not() {
        assert!(matches("/etc/live/*/fullchain.pem", "www/fullchain.pem"));
        assert!(!matches("/etc/live/*/fullchain.pem", "a/b/fullchain.pem"));
        assert!(matches("/etc/**/*.pem", "a.pem"));
        assert!(matches("/etc/**/*.pem", "a/b/c.pem"));
        assert!(matches("certs/{a,b}?.[pc]em", "a1.pem"));
        assert!(!matches("/etc/?.pem", "/.pem") && !matches("/etc/[!a].pem", "/.pem"));
    }

    #[test]
    fn a_bracket_without_its_other_half_is_refused() {
        for wrong in ["[a", "{a", "*}", "[]", "[!]", "{a,{b}", "*\\", "x[a-"] {
            assert!(Glob::new(&Path::new("/etc").join(wrong)).is_err(), "{wrong}");
        }
        for right in ["[]]", "[!]a]", "{a,{b,c}}", "*]", "\\{*", "[{]", "[}]x"] {
            assert!(Glob::new(&Path::new("/etc").join(right)).is_ok(), "{right}");
        }
    }

    #[test]
    fn a_mark_in_front_is_a_character_like_others() {
        assert!(matches("/etc/!*.pem", "!a.pem") && !matches("/etc/!*.pem", "a.pem"));
    }

    #[test]
    fn only_directories_that_can_lead_to_a_match_are_walked() {
        let glob = Glob::new(Path::new("/a/b/c*/d/*.pem")).unwrap();
        assert_eq!(glob.fixed, Path::new("/a/b"));
        assert_eq!(glob.depth(), Some(3));
        assert!(glob.leads_to(Path::new("c1")) && glob.leads_to(Path::new("c1/d")));
        assert!(!glob.leads_to(Path::new("x")) && !glob.leads_to(Path::new("c1/e")));
        let nested = Glob::new(Path::new("/a/{b,c/d}/*.pem")).unwrap();
        assert!(nested.leads_to(Path::new("c")) && nested.matches(Path::new("c/d/x.pem")));
    }

    #[test]
    fn what_is_excluded_may_lie_at_any_depth() {
        let exclude = Exclude::new(&["*/archive/*".to_owned(), "old-*".to_owned()]).unwrap();
        assert!(exclude.passes_over(Path::new("/etc/letsencrypt/archive/www/cert1.pem")));
        assert!(exclude.passes_over(Path::new("/srv/old-www.pem")));
        assert!(!exclude.passes_over(Path::new("/etc/letsencrypt/live/www/cert.pem")));
        let deep = Exclude::new(&["**/old/**/*.pem".to_owned()]).unwrap();
        for passed in ["old/a.pem", "/x/old/a.pem", "/x/old/y/z/a.pem"] {
            assert!(deep.passes_over(Path::new(passed)), "{passed}");
        }
        assert!(!deep.passes_over(Path::new("/x/older/a.pem")));
    }
}
