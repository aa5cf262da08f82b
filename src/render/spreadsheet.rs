//! Records for spreadsheets (RFC 4180) in which no cell is a formula.

/// One record with its line end.
#[must_use]
pub fn record(cells: &[String]) -> String {
    let fields: Vec<String> = cells.iter().map(|cell| field(&harmless(cell))).collect();
    fields.join(",") + "\r\n"
}

/// A cell that a spreadsheet would take for a formula begins with an apostrophe, which it does not show.
fn harmless(cell: &str) -> String {
    let begins = |character| matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r');
    // A number is no formula, whatever its sign.
    if cell.strip_prefix('-').is_some_and(is_number) {
        return cell.to_owned();
    }
    let is_formula = cell.trim_start().starts_with(begins) || cell.starts_with(begins);
    if is_formula || is_rounded(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// Serial numbers that a spreadsheet would take for a number and show as another one: `12e45`, and more than 15 digits.
fn is_rounded(cell: &str) -> bool {
    match cell.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => is_number(mantissa) && is_number(exponent),
        None => cell.len() > 15 && is_number(cell),
    }
}

fn is_number(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn field(cell: &str) -> String {
    let needs_quotes = cell.contains([',', ';', '"', '\r', '\n', '\t']) || cell.trim() != cell;
    if needs_quotes { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_every_cell_is_one_field() {
        for (cell, written) in [
            ("vpn.example.com", "vpn.example.com"),
            ("a, b", "\"a, b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=HYPERLINK(\"http://e\")", "\"'=HYPERLINK(\"\"http://e\"\")\""),
            ("+1", "'+1"),
            ("-1f", "'-1f"),
            ("-12", "-12"),
            ("-", "'-"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "\"'\t=1\""),
            (" =1", "' =1"),
            (" a", "\" a\""),
            ("＝1", "'＝1"),
            ("12e45", "'12e45"),
            ("123456789012345", "123456789012345"),
            ("1234567890123456", "'1234567890123456"),
            ("12e4f", "12e4f"),
            ("e4", "e4"),
            ("two\nlines", "\"two\nlines\""),
            ("", ""),
        ] {
            assert_eq!(field(&harmless(cell)), written, "{cell:?}");
        }
    }
}
