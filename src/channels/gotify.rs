//! Applications of a Gotify server of one's own.

use super::table::{CA_FILE, PROXY, is_graphic};
use super::{Form, Key, Objection, Role, Spec, Table};

pub(super) static SPEC: Spec = Spec { table: Some(TABLE), ..Spec::new(Form::Page) };

const TABLE: Table = Table::new(&[
    Key::needed("base-url", Role::Base(None), "The address of the server."),
    Key::needed("token", Role::Token, "The token of an application (`A…`).").checked(objection_to_token),
    CA_FILE,
    PROXY,
]);

fn objection_to_token(token: &str) -> Option<Objection> {
    Objection::unless(
        is_graphic(token),
        "this is no token of an application",
        "copy it from the list of applications (A…)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_no_space() {
        assert!(objection_to_token("A bc").is_some() && objection_to_token("A.b").is_none());
    }
}
