//! The words of configurations: quoted paths are one word, and a comment is none.

/// The statements of a line, each as its words; `ends` are the characters that end one beside the end of the line.
pub(super) fn statements(line: &str, ends: &[char]) -> Vec<Vec<String>> {
    let mut statements = vec![Vec::new()];
    let mut word = String::new();
    let mut quote = None;
    let mut before = ' ';
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let is_outside = quote.is_none();
        match character {
            _ if quote == Some(character) => quote = None,
            '\\' if quote != Some('\'') => word.extend(characters.next()),
            '"' | '\'' if is_outside && (word.is_empty() || word == "<") => quote = Some(character),
            '#' if is_outside && before.is_whitespace() => break,
            _ if is_outside && ends.contains(&character) && before != '$' => {
                take(&mut word, &mut statements);
                statements.push(Vec::new());
            }
            _ if is_outside && (character.is_whitespace() || matches!(character, '=' | ',' | ';')) => {
                take(&mut word, &mut statements);
            }
            _ => word.push(character),
        }
        before = character;
    }
    take(&mut word, &mut statements);
    statements.retain(|words| !words.is_empty());
    statements
}

fn take(word: &mut String, statements: &mut [Vec<String>]) {
    if let (false, Some(last)) = (word.is_empty(), statements.last_mut()) {
        last.push(std::mem::take(word));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_keep_their_blanks_and_statements_end_where_the_server_ends_them() {
        let of = |line: &str, ends: &[char]| statements(line, ends);
        assert_eq!(
            of(r#"server { listen 443 ssl; ssl_certificate "/a b.pem"; } # c"#, &[';', '{', '}']),
            [vec!["server"], vec!["listen", "443", "ssl"], vec!["ssl_certificate", "/a b.pem"]]
        );
        assert_eq!(of(r"crt /a\ b.pem alpn h2", &[]), [["crt", "/a b.pem", "alpn", "h2"]]);
        assert_eq!(of("ssl_cert = <'/a b.pem'", &['{']), [["ssl_cert", "</a b.pem"]]);
        assert_eq!(of("# nothing", &[]), Vec::<Vec<String>>::new());
        assert_eq!(of("x ${home}/a#b", &['{', '}']).concat().concat(), "x${home/a#b");
    }
}
