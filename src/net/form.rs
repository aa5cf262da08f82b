//! Forms as a web server takes them (`application/x-www-form-urlencoded`).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The media type.
pub(crate) const KIND: &str = "application/x-www-form-urlencoded";

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name or a value.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

/// The whole form.
pub(crate) fn of<N: AsRef<str>, V: AsRef<str>>(fields: impl IntoIterator<Item = (N, V)>) -> String {
    let fields =
        fields.into_iter().map(|(name, value)| format!("{}={}", encoded(name.as_ref()), encoded(value.as_ref())));
    fields.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_ends_its_field() {
        assert_eq!(of([("a", "x&b=y z"), ("ü", "1+2-~")]), "a=x%26b%3Dy%20z&%C3%BC=1%2B2-~");
    }
}
