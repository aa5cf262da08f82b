//! English, of what sets the end of a certificate, and where a newer one lies.

use super::English;
use crate::render::wording::ends::Ends;

impl Ends for English {
    fn valid_without_end(&self, from: &str) -> String {
        format!("from {from}, no end")
    }

    fn limited(&self, by: &str, is_metadata: bool, own_end: Option<&str>) -> String {
        let own = own(own_end);
        if is_metadata {
            return format!(
                "The SAML metadata of {by} is valid until then (validUntil), and who reads it uses nothing in it later; \
                 {own}. Put the newer metadata of its provider here."
            );
        }
        format!(
            "The intermediate {by} of its chain ends then, and no path does without it; {own}. \
             Put the newer intermediate of its authority in the chain, or renew the certificate."
        )
    }

    fn superseded(&self, place: &str, end: Option<&str>) -> String {
        format!("A newer one lies in {place}, and {}: put it here, or remove this file.", ends_on(end))
    }

    fn superseded_to_do(&self, places: &str) -> String {
        format!("To do: put the newer one in place at {places}, or remove the old file.")
    }

    fn became(&self, date: &str, is_renewed: bool) -> String {
        if is_renewed { format!("renewed on {date}") } else { format!("watched no more since {date}") }
    }
}

fn own(end: Option<&str>) -> String {
    end.map_or_else(|| "it has no end of its own".to_owned(), |end| format!("its own end is {end}"))
}

/// `ends on 2027-03-01`, `has no end`.
pub(super) fn ends_on(end: Option<&str>) -> String {
    end.map_or_else(|| "has no end".to_owned(), |end| format!("ends on {end}"))
}
