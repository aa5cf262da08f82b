//! Microsoft Teams, by a workflow of Power Automate.

use super::spec::SECOND;
use super::table::{CA_FILE, PROXY, WEBHOOK};
use super::{Form, Objection, Spec, Table, WebAddress};

pub(super) static SPEC: Spec = Spec { table: Some(TABLE), limits: &[(1, SECOND)], ..Spec::new(Form::Page) };

const TABLE: Table = Table { check_address, ..Table::new(&[WEBHOOK, CA_FILE, PROXY]) };

/// Teams takes messages by a workflow; who knows its signature may start it.
fn check_address(address: &WebAddress<'_>) -> Option<Objection> {
    let host = address.host.to_ascii_lowercase();
    if host.ends_with(".webhook.office.com") {
        return Some(Objection::new(
            "this is the address of an Office 365 connector, and Teams takes no messages by these any more",
            "make a workflow in the channel, \u{201c}send webhook alerts to a channel\u{201d}, and copy its address",
        ));
    }
    let is_workflow = host.ends_with(".logic.azure.com") || host.ends_with(".api.powerplatform.com");
    Objection::unless(
        !is_workflow || address.has_parameter("sig="),
        "this address has no signature (`sig=\u{2026}`): certnotify may not start the workflow",
        "let anyone trigger the workflow, and copy its whole address again",
    )
}
