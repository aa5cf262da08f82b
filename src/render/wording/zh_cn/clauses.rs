//! Simplified Chinese, of clauses that were written in English when something was looked at.

/// An English clause and the same in Chinese, in which a number stands for a hole. Each hole takes no more than its kind
/// allows:
///
/// | hole | takes | shown |
/// |---|---|---|
/// | `{}` | a name or a number | as it is |
/// | `{@}` | a place | as it is |
/// | `{&}` | another clause | in Chinese; in quotes where it is not known |
/// | `{*}` | the words of a peer | in quotes |
type Clause = (&'static str, &'static str);

/// Of the system and of libraries: a clause about what stands before it.
const CAUSES: &[Clause] = &[
    ("{}: {&}", "{0}：{1}"),
    ("it took too long", "超时"),
    ("it closed the connection", "对方关闭了连接"),
    ("its name has no address", "域名没有地址"),
    ("a private authority is added by `ca-file`", "私有 CA 用 ca-file 添加"),
];

/// `said` in Chinese. What is not known is quoted as it was said.
pub(super) fn clause(said: &str) -> String {
    known(said, 0).unwrap_or_else(|| quoted(said))
}

/// Clauses hold clauses only so deep.
const DEPTH: usize = 6;

fn known(said: &str, depth: usize) -> Option<String> {
    if depth == DEPTH {
        return None;
    }
    let whole = CAUSES.iter().find_map(|(english, chinese)| {
        let holes = matched(english, said)?;
        filled(chinese, &holes, depth)
    });
    whole.or_else(|| {
        let (first, rest) = said.split_once("; ")?;
        let (first, rest) = (known(first, depth + 1), known(rest, depth + 1));
        // Words of a peer may have this mark, too.
        Some(format!("{}；{}", first?, rest?))
    })
}

fn quoted(said: &str) -> String {
    if said.contains(' ') { of_peer(said) } else { said.to_owned() }
}

/// The words of a peer.
pub(super) fn of_peer(said: &str) -> String {
    format!("“{said}”")
}

/// A hole of a pattern, by its mark, and what stands there.
type Hole<'s> = (&'static str, &'s str);

/// What stands in the holes of `pattern` where `said` has its form from the beginning to the end.
fn matched<'s>(pattern: &'static str, said: &'s str) -> Option<Vec<Hole<'s>>> {
    let mut holes = Vec::new();
    let mut pieces = pattern.split('{');
    let first = pieces.next()?;
    let (mut rest, mut is_quoted) = (said.strip_prefix(first)?, first.ends_with('`'));
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let (kind, literal) = piece.split_once('}')?;
        let is_last = pieces.peek().is_none();
        let end = if is_last { rest.strip_suffix(literal)?.len() } else { rest.find(literal)? };
        let (hole, after) = rest.split_at(end);
        if !takes(kind, hole, is_quoted) {
            return None;
        }
        is_quoted = literal.ends_with('`');
        holes.push((kind, hole));
        rest = &after[literal.len()..];
    }
    rest.is_empty().then_some(holes)
}

/// Whether a hole of this kind takes `text`; where it stands in backticks, that is a name of any form.
fn takes(kind: &str, text: &str, is_quoted: bool) -> bool {
    match kind {
        "" if is_quoted => !text.contains('`'),
        "" => !text.contains("; ") && !text.contains(": ") && (text.starts_with('`') || !text.contains('`')),
        "@" => !text.is_empty() && !text.contains("; ") && !text.contains(": ") && !text.contains('`'),
        _ => !text.is_empty(),
    }
}

fn filled(chinese: &str, holes: &[Hole<'_>], depth: usize) -> Option<String> {
    let mut written = String::new();
    let mut pieces = chinese.split('{');
    written.push_str(pieces.next()?);
    for piece in pieces {
        let (number, literal) = piece.split_once('}')?;
        let (kind, hole) = holes.get(number.parse::<usize>().ok()?)?;
        written.push_str(&match *kind {
            "&" => known(hole, depth + 1).unwrap_or_else(|| quoted(hole)),
            "*" => of_peer(hole),
            "@" => (*hole).to_owned(),
            _ => hole.replace('`', ""),
        });
        written.push_str(literal);
    }
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::clause;

    #[test]
    fn what_is_not_known_stands_in_quotes() {
        for (said, in_chinese) in [("it is odd", "“it is odd”"), ("", ""), ("; ; ", "“; ; ”")] {
            assert_eq!(clause(said), in_chinese);
        }
        let nested = "no answer from x: ".repeat(200);
        assert!(clause(&nested).len() < 2 * nested.len());
    }
}
