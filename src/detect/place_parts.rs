//! What the name of a place says: its lineage, the name that its address is of, where its unread neighbours are told.

use crate::event::file_of;
use crate::observation::UNREAD_PARTS;

/// What a place has in common with the others of its lineage. Certbot appends `-0001` to the name of a certificate
/// that is issued again; other files of one folder are of one lineage where their names differ only in digits.
pub(super) fn lineage(place: &str, is_endpoint: bool) -> String {
    let file = file_of(place);
    if is_endpoint {
        return format!("{file} ");
    }
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let folder = match folder.rsplit_once("-0") {
        Some((name, digits)) if digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => folder,
    };
    let mut lineage = String::with_capacity(file.len() + 1);
    lineage.push_str(folder);
    lineage.push('/');
    name.split(|character: char| character.is_ascii_digit()).for_each(|part| lineage.push_str(part));
    lineage
}

/// Of one of several addresses, the place that its name would be.
pub(super) fn name_of(place: &str) -> Option<&str> {
    let (name, address) = file_of(place).rsplit_once('@')?;
    address.parse::<std::net::IpAddr>().is_ok().then_some(name)
}

/// The places at which it is told that a part of its file, or of what the file calls by its name, cannot be read.
pub(super) fn unread_parts(place: &str) -> impl Iterator<Item = String> + '_ {
    let ends = place.match_indices('#').map(|(end, _)| end).chain([place.len()]);
    ends.flat_map(|end| UNREAD_PARTS.map(|part| format!("{}{part}", &place[..end])))
}
