//! The CSV that domain-admin exports and imports: columns by their heads, or a domain a line.

use certnotify::address::Url;
use certnotify::text::untrusted::{cap, clean};
use csv::StringRecord;

use super::Input;
use super::import::{Import, Keys, SHOWN};
use super::ssl_cert_check::bracketed;
use crate::cli::exit::advised;

const DOMAIN: [&str; 3] = ["域名", "domain", "host"];
const PORT: [&str; 2] = ["端口", "port"];
const ALIAS: [&str; 4] = ["备注", "alias", "remark", "别名"];

/// Where each column stands.
struct Columns {
    domain: usize,
    port: Option<usize>,
    alias: Option<usize>,
}

pub(super) fn read(input: &Input, import: &mut Import) -> anyhow::Result<()> {
    let separator = if input.text.lines().next().is_some_and(|head| head.contains(';')) { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .trim(csv::Trim::All)
        .from_reader(input.text.as_bytes());
    let mut columns = None;
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|wrong| {
        let line = wrong.position().map_or(0, csv::Position::line);
        advised(format!("{}:{line}: this is no CSV", input.name), "domain-admin exports one: 导出, CSV")
    })? {
        let at = format!("{}:{}", input.name, record.position().map_or(0, csv::Position::line));
        match &columns {
            None => {
                let (found, is_head) = heads(&at, &record, import);
                if !is_head {
                    row(&at, &record, &found, import);
                }
                columns = Some(found);
            }
            Some(columns) => row(&at, &record, columns, import),
        }
    }
    Ok(())
}

/// The columns by the first row, and whether it is a row of heads.
fn heads(at: &str, record: &StringRecord, import: &mut Import) -> (Columns, bool) {
    let place =
        |names: &[&str]| record.iter().position(|head| names.iter().any(|name| head.eq_ignore_ascii_case(name)));
    let Some(domain) = place(&DOMAIN) else { return (Columns { domain: 0, port: None, alias: None }, false) };
    let columns = Columns { domain, port: place(&PORT), alias: place(&ALIAS) };
    let is_read = |index: usize| index == domain || Some(index) == columns.port || Some(index) == columns.alias;
    let others: Vec<String> = record
        .iter()
        .enumerate()
        .filter(|(index, head)| !is_read(*index) && !head.is_empty())
        .map(|(_, head)| format!("`{}`", cap(&clean(head), SHOWN)))
        .collect();
    if !others.is_empty() {
        import.note(at, &format!("left out: the columns {}", others.join(", ")));
    }
    (columns, true)
}

fn row(at: &str, record: &StringRecord, columns: &Columns, import: &mut Import) {
    let cell = |index: Option<usize>| index.and_then(|index| record.get(index)).unwrap_or_default();
    let written = cell(Some(columns.domain));
    if written.is_empty() || written.starts_with('#') {
        return;
    }
    let url = Url::split(written);
    let is_bare_ipv6 = url.scheme.is_none() && written.parse::<std::net::Ipv6Addr>().is_ok();
    let place = if is_bare_ipv6 { bracketed(written) } else { url.place.to_owned() };
    let wildcard = place.strip_prefix("*.");
    if let Some(below) = wildcard {
        import.note(at, &format!("`*.{below}` is no server: `{below}` is watched"));
    }
    let place = wildcard.unwrap_or(&place);
    let port = cell(columns.port);
    let place = if port.is_empty() || url.port.is_some() { place.to_owned() } else { format!("{place}:{port}") };
    import.endpoint(at, &place, Some(cell(columns.alias)), Keys::default());
}
