//! Glob patterns over paths: the only file that names the glob library.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

/// A pattern, split into the part without wildcards and the rest.
pub(super) struct Glob {
    /// Where the walk begins.
    pub fixed: PathBuf,
    whole: GlobMatcher,
    /// Of each component below the fixed part, up to the first `**`.
    components: Vec<GlobMatcher>,
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

fn matcher(pattern: &str, is_literal_separator: bool) -> Result<GlobMatcher, String> {
    GlobBuilder::new(pattern)
        .literal_separator(is_literal_separator)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| format!("`{pattern}` is no glob: {}", error.kind()))
}

impl Glob {
    pub(super) fn new(pattern: &Path) -> Result<Self, String> {
        let text = pattern.to_str().ok_or_else(|| format!("`{}` is no text", pattern.display()))?;
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
            .map(|part| matcher(part, true))
            .collect::<Result<_, _>>()?;
        let depth = if until_any.is_some() || parts.is_empty() { None } else { Some(parts.len()) };
        let shows_hidden = below.starts_with('.') || ["/.", "{.", ",."].iter().any(|start| below.contains(start));
        Ok(Self { whole: matcher(below, true)?, fixed, components, depth, shows_hidden })
    }

    /// Deeper than this nothing can match.
    pub(super) fn depth(&self) -> usize {
        self.depth.unwrap_or(usize::MAX)
    }

    /// Whether directories that match stand for what they hold: not those that a `**` walks anyway.
    pub(super) fn names_directories(&self) -> bool {
        self.depth.is_some()
    }

    /// Whether `below`, a path below the fixed part, matches.
    pub(super) fn matches(&self, below: &Path) -> bool {
        self.whole.is_match(below)
    }

    /// Whether something below the directory `below` could match.
    pub(super) fn leads_to(&self, below: &Path) -> bool {
        let mut names = below.components().filter(|component| matches!(component, Component::Normal(_)));
        self.components
            .iter()
            .all(|matcher| names.next().is_none_or(|name| matcher.is_match(Path::new(name.as_os_str()))))
    }
}

/// What is passed over; `*` stands for any number of levels here, as in `*/archive/*`.
pub(super) struct Exclude(Vec<GlobMatcher>);

/// As it follows a pattern: nothing, or what the pattern is without.
impl fmt::Display for Exclude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|matcher| write!(f, " without {}", matcher.glob()))
    }
}

impl Exclude {
    pub(super) fn new(patterns: &[String]) -> Result<Self, String> {
        patterns.iter().map(|pattern| matcher(pattern, false)).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn passes_over(&self, path: &Path) -> bool {
        !self.0.is_empty()
            && self.0.iter().any(|matcher| {
                matcher.is_match(path) || path.file_name().is_some_and(|name| matcher.is_match(Path::new(name)))
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
    fn a_star_stays_in_its_level_and_two_stars_do_not() {
        assert!(matches("/etc/live/*/fullchain.pem", "www/fullchain.pem"));
        assert!(!matches("/etc/live/*/fullchain.pem", "a/b/fullchain.pem"));
        assert!(matches("/etc/**/*.pem", "a.pem"));
        assert!(matches("/etc/**/*.pem", "a/b/c.pem"));
        assert!(matches("certs/{a,b}?.[pc]em", "a1.pem"));
        assert!(Glob::new(Path::new("/etc/[a")).is_err());
    }

    #[test]
    fn only_directories_that_can_lead_to_a_match_are_walked() {
        let glob = Glob::new(Path::new("/a/b/c*/d/*.pem")).unwrap();
        assert_eq!(glob.fixed, Path::new("/a/b"));
        assert_eq!(glob.depth(), 3);
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
    }
}
