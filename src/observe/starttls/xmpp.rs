//! XMPP (RFC 6120 §5): STARTTLS.

use super::Fault;
use super::dialogue::{Dialogue, shown};

const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";

/// `namespace` is that of clients or of servers; `name` is the domain that is asked for.
pub(super) fn begin(dialogue: &mut Dialogue<'_>, namespace: &str, name: &str) -> Result<(), Fault> {
    let from = if namespace == "jabber:server" { " from='certnotify.invalid'" } else { "" };
    dialogue.say(format!(
        "<?xml version='1.0'?><stream:stream xmlns='{namespace}' xmlns:stream='http://etherx.jabber.org/streams' \
         to='{name}'{from} version='1.0'>"
    ))?;
    let (features, end) = dialogue.until(&["</stream:features>", "<stream:features/>", "</stream:error>"])?;
    if end == "</stream:error>" {
        return Err(Fault::TurnedAway(condition(&features)));
    }
    if !features.contains("<starttls") {
        return Err(Fault::Refused(String::new()));
    }
    dialogue.say(format!("<starttls xmlns='{TLS}'/>"))?;
    let (_, answer) = dialogue.until(&["<proceed", "<failure", "</stream:error>"])?;
    let (rest, _) = dialogue.until(&[">"])?;
    if answer != "<proceed" {
        return Err(Fault::Refused(String::new()));
    }
    if !rest.ends_with("/>") {
        dialogue.until(&["</proceed>"])?;
    }
    Ok(())
}

/// The name of the error, as in `<host-unknown xmlns=…/>`.
fn condition(text: &str) -> String {
    let inside = text.split_once("<stream:error").and_then(|(_, rest)| rest.split_once('>')).map(|(_, rest)| rest);
    let name = inside.and_then(|rest| rest.trim_start().strip_prefix('<'));
    let name = name.and_then(|rest| rest.split([' ', '/', '>']).next());
    shown(name.unwrap_or_default())
}
