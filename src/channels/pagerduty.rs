//! PagerDuty's Events API v2.

use super::spec::MINUTE;
use super::table::{CA_FILE, PROXY};
use super::{Form, Key, Objection, Role, Spec, Table};

const ROUTING_KEY: usize = 32;

pub(super) static SPEC: Spec = Spec { table: Some(TABLE), limits: &[(100, MINUTE)], ..Spec::new(Form::Alerts) };

const TABLE: Table = Table::new(&[
    Key::optional(
        "base-url",
        Role::Base(Some("https://events.pagerduty.com")),
        "The address of the service: in Europe https://events.eu.pagerduty.com.",
    ),
    Key::needed("routing-key", Role::Token, "The integration key of an Events API v2 integration.")
        .checked(objection_to_routing_key),
    CA_FILE,
    PROXY,
]);

fn objection_to_routing_key(key: &str) -> Option<Objection> {
    Objection::unless(
        key.len() == ROUTING_KEY && key.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "this is no routing key: it has 32 letters and digits",
        "copy the integration key of an Events API v2 integration",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_routing_key_has_its_form() {
        assert_eq!(objection_to_routing_key("0123456789abcdef0123456789ABCDEF"), None);
        for key in ["", "0123", "e+kd5BWM-NCknhB3XnYge+kd5BWM-NCk", "0123456789abcdef0123456789abcdef0"] {
            assert!(objection_to_routing_key(key).is_some(), "{key}");
        }
    }
}
