//! SMTP (RFC 3207) and LMTP (RFC 2033): STARTTLS.

use super::Fault;
use super::dialogue::Dialogue;

/// A name that does not exist (RFC 2606): servers that check it do so when a mail is sent, and none is.
const OWN_NAME: &str = "certnotify.invalid";

/// `hello` is the word that opens a session.
pub(super) fn begin(dialogue: &mut Dialogue<'_>, hello: &str) -> Result<(), Fault> {
    let greeting = dialogue.reply()?;
    if greeting.code != "220" {
        return Err(greeting.not_welcome());
    }
    dialogue.say(format!("{hello} {OWN_NAME}\r\n"))?;
    let capabilities = dialogue.reply()?;
    match capabilities.code.as_str() {
        "250" => {}
        // It knows no extensions.
        "500" | "501" | "502" | "504" => return Err(Fault::Refused(capabilities.shown())),
        _ => return Err(capabilities.not_welcome()),
    }
    if !capabilities.offers("STARTTLS") {
        return Err(Fault::Refused(String::new()));
    }
    dialogue.say("STARTTLS\r\n")?;
    let answer = dialogue.reply()?;
    if answer.code == "220" { Ok(()) } else { Err(Fault::Refused(answer.shown())) }
}
