//! `oauth` of `[email]`: where the token comes from that stands in place of a password.

use std::path::PathBuf;

use super::fields::Fields;
use super::problem::Problems;
use super::refusal::Refusal;
use super::tree::Node;
use super::{Host, command, keys, secret};
use crate::address::Url;
use crate::secret::Secret;

/// Where an access token comes from (RFC 6749 §1.4).
#[derive(Clone, Debug)]
pub enum OAuth {
    /// It is at hand: something else keeps it fresh.
    Token(Secret),
    /// A program prints it; never empty.
    Program(Vec<String>),
    /// A server hands it out.
    Grant(Box<Grant>),
}

/// What a token server is asked with: a refresh token (RFC 6749 §6), or the credentials of the client alone (§4.4).
#[derive(Clone, Debug)]
pub struct Grant {
    /// `https`, or `http` to this machine.
    pub token_url: String,
    pub client_id: String,
    pub client_secret: Option<Secret>,
    pub refresh_token: Option<Secret>,
    /// Names with a space between them.
    pub scope: Option<String>,
    /// What the token server is trusted by; default: the system's roots.
    pub ca_file: Option<PathBuf>,
}

impl OAuth {
    /// What must not be said.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let (first, second) = match self {
            Self::Token(token) => (Some(token), None),
            Self::Program(_) => (None, None),
            Self::Grant(grant) => (grant.client_secret.as_ref(), grant.refresh_token.as_ref()),
        };
        first.into_iter().chain(second)
    }
}

const HELP: &str = "write oauth = { token-url = \"https://…\", client-id = \"…\", client-secret = { env = \"NAME\" } }, or \
                    oauth = { token = { command = [\"/usr/local/bin/token\"] } }";
const TOKEN_HELP: &str = "write token = { command = [\"/usr/local/bin/token\"] }, or { file = \"PATH\" }";

/// The table of `[email]`.
pub(super) fn read(node: &Node, problems: &mut Problems) -> Option<OAuth> {
    let mut fields = Fields::from_node(node, &keys::OAUTH, &"`oauth` of `[email]`", HELP, problems)?;
    let (has_token, has_url) = (fields.means("token"), fields.means("token-url"));
    let token = fields.take("token").and_then(|node| token(node, fields.problems));
    let grant = grant(&mut fields);
    if has_token {
        let message = |key: &str| format!("`{key}` beside `token`: the token is at hand, or a server is asked for it");
        fields.refuse(|key| key.name != "token", message, "leave one of them out");
        fields.finish();
        return token;
    }
    if !has_url {
        fields.problems.error(node.place, "`oauth` of `[email]` has neither `token-url` nor `token`", HELP);
    }
    fields.finish();
    grant.map(|grant| OAuth::Grant(Box::new(grant)))
}

fn token(node: &Node, problems: &mut Problems) -> Option<OAuth> {
    if node.field("command").is_none() {
        return secret::read(node, "token", problems).map(OAuth::Token);
    }
    let is_trusted = command::is_trusted(node.place, "`token` of `oauth` of `[email]`", problems);
    let mut fields = Fields::from_node(node, &keys::TOKEN_PROGRAM, &"`token`", TOKEN_HELP, problems)?;
    let written = fields.take("command")?;
    let argv = command::arguments(written, "command", TOKEN_HELP, &mut fields);
    fields.finish();
    argv.filter(|_| is_trusted).map(OAuth::Program)
}

fn grant(fields: &mut Fields<'_, '_>) -> Option<Grant> {
    let token_url = fields.parsed("token-url", token_url);
    let client_id = fields.text("client-id");
    let client_secret = fields.secret("client-secret").map(|secret| secret.value);
    let refresh_token = fields.secret("refresh-token").map(|token| token.value);
    let scope = fields.text("scope").map(|scope| scope.value);
    let ca_file = fields.path("ca-file");
    if let Some(place) = fields.place_of("token-url") {
        if !fields.means("client-id") {
            fields.problems.error(place, "`token-url` without `client-id`", "add client-id = \"…\"");
        }
        if !fields.means("client-secret") && !fields.means("refresh-token") {
            let help = "add client-secret = { env = \"NAME\" }, refresh-token = { file = \"PATH\" }, or both";
            fields.problems.error(place, "`oauth` has neither `client-secret` nor `refresh-token`", help);
        }
    }
    Some(Grant {
        token_url: token_url?.value,
        client_id: client_id?.value,
        client_secret,
        refresh_token,
        scope,
        ca_file,
    })
}

/// The secrets of the client go there: in clear only within this machine.
fn token_url(written: &str) -> Result<String, Refusal> {
    let help = "write the whole address of the token endpoint, as https://login.example.com/oauth2/token";
    let url = Url::split(written);
    let host = url.host_and_port().map(|(host, _)| host);
    let (true, None, Ok(host)) =
        (url.is_of_web() && written.bytes().all(|byte| byte.is_ascii_graphic()), url.login, host)
    else {
        return Err(Refusal::new("`token-url` is no address of a web server", help));
    };
    if url.has_scheme("http") && !is_loopback(&host) {
        return Err(Refusal::new("`token-url` begins with http://: the client's secret would go in the clear", help));
    }
    Ok(written.to_owned())
}

/// Whether what goes there stays on this machine.
pub(super) fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Name(name) => name == "localhost",
        Host::Address(address) => address.to_canonical().is_loopback(),
        Host::OnLink(..) => false,
    }
}
