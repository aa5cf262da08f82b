//! English, of what sets the end of a certificate, and where a newer one lies.

use super::en::English;
use super::ends::Ends;

impl Ends for English {
    fn limited(&self, issuer: &str, own_end: &str) -> String {
        format!(
            "The intermediate {issuer} of its chain ends then, and no path does without it; its own end is {own_end}. \
             Put the newer intermediate of its authority in the chain, or renew the certificate."
        )
    }

    fn superseded(&self, place: &str, end: &str) -> String {
        format!("A newer one lies in {place}, and ends on {end}: put it here, or remove this file.")
    }
}
