//! What a policy file keeps secret, for what programs of this machine say: they can read all of it.

use super::Redactor;
use crate::address::Url;
use crate::disk::{Environment, reveal};
use crate::policy::{PROXY_VARIABLES, Secret, Withheld};

/// Knows every secret of `withheld` that is to be had.
pub(crate) fn of_policy(withheld: &Withheld, environment: &Environment<'_>) -> Redactor {
    let mut redactor = Redactor::default();
    for secret in &withheld.secrets {
        hide(secret, &mut redactor, environment);
    }
    for variable in PROXY_VARIABLES {
        if let Some(address) = environment(variable) {
            hide_login(&address, &mut redactor);
        }
    }
    for login in &withheld.logins {
        redactor.hide(login.password.expose());
        redactor.hide(&format!("{}:{}", login.username.expose(), login.password.expose()));
    }
    redactor
}

fn hide(secret: &Secret, redactor: &mut Redactor, environment: &Environment<'_>) {
    let Ok(value) = reveal(secret, environment) else { return };
    let value = value.expose();
    if !value.contains("://") {
        redactor.hide(value);
        return;
    }
    hide_login(value, redactor);
    let url = Url::split(value);
    // The host is no secret, and stands in messages of its own.
    if url.host_and_port().is_err() {
        redactor.hide_whole(value);
    }
    redactor.hide_address(url.path, url.query);
}

/// The name and the password in the address of a proxy.
pub(crate) fn hide_login(address: &str, redactor: &mut Redactor) {
    if let Some(login) = Url::split_server(address).login {
        redactor.hide(login);
        redactor.hide(login.split_once(':').map_or("", |(_, password)| password));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Revealed;

    fn literal(value: &str) -> Secret {
        Secret::Literal(value.to_owned().into())
    }

    #[test]
    fn no_debug_form_shows_a_secret() {
        let withheld = Withheld { secrets: vec![literal("hunter2")], ..Withheld::default() };
        let redactor = of_policy(&withheld, &|_| None);
        let forms = format!("{redactor:?} {:?} {:?}", Revealed::new("hunter2"), literal("hunter2"));
        assert_eq!(forms, "Redactor <secret> <secret>");
        assert!(!format!("{withheld:?}").contains("hunter2"));
    }

    #[test]
    fn the_password_of_a_proxy_is_found_and_its_place_is_said() {
        let mut redactor = Redactor::default();
        hide_login("http://user:p@ss@proxy:3128/", &mut redactor);
        hide_login("http://other:3128/", &mut redactor);
        assert_eq!(
            redactor.said("p@ss of user at proxy:3128, other:3128"),
            "<secret> of user at proxy:3128, other:3128"
        );
    }

    #[test]
    fn a_login_that_is_encoded_in_an_address_is_hidden_as_it_is_typed_too() {
        let withheld =
            Withheld { secrets: vec![literal("http://user:p%40ss%2Fword9@proxy:3128")], ..Withheld::default() };
        let redactor = of_policy(&withheld, &|_| None);
        assert_eq!(redactor.said("refused: p@ss/word9 at proxy:3128"), "refused: <secret> at proxy:3128");
        assert_eq!(redactor.said("refused: p%40ss%2Fword9"), "refused: <secret>");
    }
}
