//! Text for rooms whose Markdown mentions people by `<…>` and by `@name`.

use crate::text::untrusted::{is_dns_shaped, substituted};

/// Clean text for Markdown in which also `<!channel>` and `<@name>` mention: what could mention, link or draw is replaced by
/// its likeness. A name without a space is code as well, so that no link is made of it.
pub(super) fn escape(text: &str) -> String {
    if is_dns_shaped(text) && text.contains('.') {
        return format!("`{text}`");
    }
    let plain = substituted(text);
    let is_name = !text.contains(char::is_whitespace) && text.contains(['.', '/', ':']);
    // In code an underscore draws nothing.
    if is_name { format!("`{}`", plain.replace('＿', "_")) } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_and_markup_is_not() {
        assert_eq!(escape("*.a_b.example"), "`*.a_b.example`");
        assert_eq!(escape("/srv/a_b|c`.pem"), "`/srv/a_b｜cˋ.pem`");
        assert_eq!(escape("<!channel> @all ~town"), "＜！channel＞ ＠all ～town");
        assert_eq!(escape("<!channel|.>"), "`＜！channel｜.＞`");
        assert_eq!(escape("Example CA"), "Example CA");
    }
}
